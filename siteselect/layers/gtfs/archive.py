"""The files of one feed, out of a folder or a zip, taken into memory and never written anywhere."""

import stat
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from siteselect.errors import FeedRefused

LIMIT_BYTES = 500_000_000
LIMIT_RATIO = 200
LIMIT_MEMBERS = 60
RATIO_FROM_BYTES = 1_000_000  # a smaller member cannot fill a memory, and tiny files compress oddly
CORE = frozenset({"stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "calendar.txt", "calendar_dates.txt"})
# what zipfile raises over damaged bytes, as seen by feeding it mutated archives
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Archive:
    """The bytes of the wanted files of a feed by lower-case name, and the names of all files that lie with them."""

    label: str
    names: tuple[str, ...]
    data: dict[str, bytes]


def opened(path: Path, wanted: Iterable[str]) -> Archive:
    """The wanted files of the one feed that lies in a folder or zip, at its top or one level down.

    A zip is known by its bytes, not by its name.  Raises FeedRefused over a path that holds no feed or several, over
    damaged bytes, and over an archive that is built to harm (size, ratio, number of members, paths, links, zips in it).
    """
    try:
        if path.is_dir():
            return _from_folder(path, set(wanted))
        if not path.is_file():
            raise FeedRefused(f"{path}: there is no such file or folder; give the folder or zip of a GTFS feed")
        with path.open("rb") as stream:
            head = stream.read(64)
    except OSError as error:
        raise FeedRefused(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if not zipfile.is_zipfile(path):
        seen = "looks like a page or an XML file" if head.lstrip().startswith(b"<") else "is neither a folder nor a zip"
        raise FeedRefused(f"{path}: {seen}; give the folder or zip of a GTFS feed, downloaded again if need be")
    try:
        with zipfile.ZipFile(path) as archive:
            return _from_zip(path, archive, set(wanted))
    except DAMAGED as error:
        raise FeedRefused(f"{path}: the zip is damaged ({str(error)[:80]}); download it again") from None


def _from_folder(path: Path, wanted: set[str]) -> Archive:
    files = {
        PurePosixPath(entry.relative_to(path).as_posix()): entry
        for level in (path.glob("*"), path.glob("*/*"))
        for entry in level
        if entry.is_file()  # never a pipe or a device, whose end may not come
    }
    found = _feed_among(path, list(files))
    taken = {name: files[member] for name, member in found.items() if name in wanted}
    if sum(file.stat().st_size for file in taken.values()) > LIMIT_BYTES:
        raise FeedRefused(f"{path}: the feed's tables are larger than {_mb(LIMIT_BYTES)}; cut the feed to the region")
    return Archive(path.name, tuple(found), {name: file.read_bytes() for name, file in taken.items()})


def _from_zip(path: Path, archive: zipfile.ZipFile, wanted: set[str]) -> Archive:
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    if len(members) > LIMIT_MEMBERS:
        raise FeedRefused(
            f"{path}: the zip holds {len(members):,} files, more than {LIMIT_MEMBERS}; zip the feed's tables only"
        )
    if sum(m.file_size for m in members) > LIMIT_BYTES:
        raise FeedRefused(f"{path}: the zip unpacks to more than {_mb(LIMIT_BYTES)}; cut the feed to the region")
    for member in members:
        _check_member(path, member)
    by_path = {PurePosixPath(m.filename.replace("\\", "/")): m for m in members}
    if len(by_path) < len(members):
        raise FeedRefused(f"{path}: the zip holds two files of the same name; zip the feed again")
    found = _feed_among(path, list(by_path))
    data: dict[str, bytes] = {}
    for name, at in found.items():
        if name in wanted:
            room = LIMIT_BYTES - sum(map(len, data.values()))
            data[name] = _unpacked(path, archive, by_path[at], room)
    return Archive(path.name, tuple(found), data)


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    said = f"{path}: the zip's member {member.filename[:80]!r}"
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise FeedRefused(f"{said} points outside the zip; zip the feed's folder again")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise FeedRefused(f"{said} is a link; put the file itself into the zip")
    if name.lower().endswith(".zip"):
        raise FeedRefused(f"{said} is a zip itself; unpack it and give one feed at a time")
    if member.flag_bits & 0x1:
        raise FeedRefused(f"{said} is locked with a password; give an open feed")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FeedRefused(f"{said} is packed in an unusual way; zip the feed again with the usual (deflate) method")
    if member.file_size > RATIO_FROM_BYTES and member.file_size > LIMIT_RATIO * member.compress_size:
        raise FeedRefused(f"{said} unpacks to more than {LIMIT_RATIO} times its size, as a zip bomb does; check it")


def _unpacked(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, room_bytes: int) -> bytes:
    limit_bytes = min(room_bytes, max(RATIO_FROM_BYTES, LIMIT_RATIO * member.compress_size))
    parts: list[bytes] = []
    count = 0
    with archive.open(member) as stream:
        while part := stream.read(CHUNK_BYTES):
            count += len(part)
            if count > limit_bytes:
                raise FeedRefused(
                    f"{path}: the zip's member {member.filename[:80]!r} is larger than it may be; check it"
                )
            parts.append(part)
    data = b"".join(parts)
    if data.startswith(b"PK\x03\x04"):
        raise FeedRefused(f"{path}: the zip's member {member.filename[:80]!r} is a zip itself; unpack it first")
    return data


def _feed_among(path: Path, files: list[PurePosixPath]) -> dict[str, PurePosixPath]:
    """The files of the one feed by lower-case name: those at the top, else of the one folder with tables."""
    shallow = [file for file in files if len(file.parts) <= 2]
    roots = sorted({file.parent for file in shallow if file.name.lower() in CORE})
    if not roots:
        raise FeedRefused(f"{path}: holds no GTFS table such as stops.txt; give the folder or zip of a GTFS feed")
    top = PurePosixPath(".")
    if top not in roots and len(roots) > 1:
        named = " and ".join(map(str, roots[:2])) + (f" and {len(roots) - 2} more" if len(roots) > 2 else "")
        raise FeedRefused(f"{path}: holds several feeds ({named}); give one of them")
    root = top if top in roots else roots[0]
    inside = [file for file in shallow if file.parent == root]
    found = {file.name.lower(): file for file in inside}
    if len(found) < len(inside):
        raise FeedRefused(f"{path}: holds two tables whose names differ only in capitals; remove one of them")
    return found


def _mb(count: int) -> str:
    return f"{count // 1_000_000} MB"
