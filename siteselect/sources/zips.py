"""A zip that nobody has looked into yet: every member read once, counted, its checksum compared, nothing written."""

import csv
import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from siteselect.errors import SourceRefused

MOST_UNPACKED_BYTES = 2_000_000_000
MOST_RATIO = 200
MOST_MEMBERS = 200
MOST_INDEX_BYTES = 1_000_000
RATIO_FROM_BYTES = 1_000_000  # a smaller member cannot fill a memory, and tiny files compress oddly
_STEP = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)


def members(path: Path, said: str) -> list[zipfile.ZipInfo]:
    """The members of a zip that does no harm; SourceRefused over damage, bombs, paths outside, links and zips in it."""
    _check_index(path, said)
    try:
        with zipfile.ZipFile(path) as packed:
            found = [m for m in packed.infolist() if not m.is_dir()]
            for member in found:
                _check_member(member, said)
            if sum(m.file_size for m in found) > MOST_UNPACKED_BYTES:
                raise SourceRefused(f"{said}: it unpacks to more than {MOST_UNPACKED_BYTES / 1e9:g} GB; not taken.")
            for member in found:
                _read_through(packed, member, said)
    except _DAMAGED as error:
        raise SourceRefused(f"{said}: the zip is damaged ({str(error)[:80]}); not taken.") from None
    return found


def first_bytes(path: Path, member: zipfile.ZipInfo, count: int) -> bytes:
    """The beginning of a member."""
    with zipfile.ZipFile(path) as packed, packed.open(member) as stream:
        return stream.read(count)


def lines(path: Path, member: zipfile.ZipInfo) -> int:
    """How many lines a member of text has below its first."""
    count, last = 0, b"\n"
    with zipfile.ZipFile(path) as packed, packed.open(member) as stream:
        while piece := stream.read(_STEP):
            count += piece.count(b"\n")
            last = piece[-1:]
    return max(0, count + (last != b"\n") - 1)


def table(path: Path, member: zipfile.ZipInfo, most_bytes: int = 50_000_000) -> list[dict[str, str]]:
    """The rows of a table of text in a zip."""
    text = first_bytes(path, member, most_bytes).decode("utf-8-sig", errors="replace")
    return list(csv.DictReader(io.StringIO(text), skipinitialspace=True))


def _check_index(path: Path, said: str) -> None:
    """Looks at the end of the file, where the number of members stands, before anything is made of them."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - 65_557))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise SourceRefused(f"{said}: a zip whose end is missing, so it was cut on the way; not taken.")
    count, index_bytes = struct.unpack("<HI", tail[at + 10 : at + 16])
    if count > MOST_MEMBERS or index_bytes > MOST_INDEX_BYTES:
        raise SourceRefused(f"{said}: a zip of more than {MOST_MEMBERS} files; not taken.")


def _check_member(member: zipfile.ZipInfo, said: str) -> None:
    name = member.filename.replace("\\", "/")
    shown = f"{said}: its member {member.filename[:80]!r}"
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise SourceRefused(f"{shown} points outside the zip; not taken.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise SourceRefused(f"{shown} is a link; not taken.")
    if name.lower().endswith(".zip"):
        raise SourceRefused(f"{shown} is a zip itself; not taken.")
    if member.flag_bits & 0x1:
        raise SourceRefused(f"{shown} is locked with a password; not taken.")
    if member.file_size > RATIO_FROM_BYTES and member.file_size > MOST_RATIO * max(1, member.compress_size):
        raise SourceRefused(f"{shown} unpacks to more than {MOST_RATIO} times its size, as a zip bomb does; not taken.")


def _read_through(packed: zipfile.ZipFile, member: zipfile.ZipInfo, said: str) -> None:
    """Unpacks a member into nothing, so that its checksum is compared and its true size counted."""
    count = 0
    with packed.open(member) as stream:
        while piece := stream.read(_STEP):
            if not count and piece.startswith(b"PK\x03\x04"):
                raise SourceRefused(f"{said}: its member {member.filename[:80]!r} is a zip itself; not taken.")
            count += len(piece)
            if count > max(RATIO_FROM_BYTES, MOST_RATIO * member.compress_size):
                raise SourceRefused(f"{said}: its member {member.filename[:80]!r} is a zip bomb; not taken.")
