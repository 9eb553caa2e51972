"""A zip that nobody has looked into yet: every member read once, counted, its checksum compared, nothing written."""

import csv
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from siteselect.errors import SourceRefused

MOST_UNPACKED_BYTES = 2_000_000_000
MOST_RATIO = 200
MOST_MEMBERS = 200
MOST_INDEX_BYTES = 1_000_000
MOST_ROWS = 1_000_000
MOST_LINE = 100_000
RATIO_FROM_BYTES = 1_000_000  # a smaller member cannot fill a memory, and tiny files compress oddly
_STEP = 1 << 20
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError, OverflowError,
    RuntimeError, NotImplementedError,
)  # fmt: skip


def members(path: Path, said: str) -> list[zipfile.ZipInfo]:
    """The members of a zip that does no harm; SourceRefused over damage, bombs, paths outside, links and zips in it."""
    _check_index(path, said)
    try:
        with zipfile.ZipFile(path) as packed:
            found = [m for m in packed.infolist() if not m.is_dir()]
            if len(found) > MOST_MEMBERS:
                raise SourceRefused(f"{said}: a zip of more than {MOST_MEMBERS} files; not taken.")
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


def rows(path: Path, member: zipfile.ZipInfo, said: str) -> Iterator[list[str]]:
    """The rows of a table of text in a zip, its header first, one at a time; SourceRefused where it is no table."""
    shown = f"{said}: {member.filename[:80]}"
    with zipfile.ZipFile(path) as packed, packed.open(member) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        try:
            for count, row in enumerate(csv.reader(_lines(text), skipinitialspace=True)):
                if count > MOST_ROWS:
                    raise SourceRefused(f"{shown} has more than {MOST_ROWS:,} rows; not taken.")
                yield row
        except csv.Error as error:
            raise SourceRefused(f"{shown} is no table ({str(error)[:80]}); not taken.") from None


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines, of which none may fill the memory."""
    while line := text.readline(MOST_LINE):
        if len(line) == MOST_LINE:
            raise csv.Error("a line without an end")
        yield line


def _check_index(path: Path, said: str) -> None:
    """Looks at the end of the file, where the number of members stands, before anything is made of them."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - 65_557))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise SourceRefused(f"{said}: a zip whose end is missing, so it was cut on the way; not taken.")
    told = [struct.unpack("<HI", tail[at + 10 : at + 16])]
    # the end of a zip64 may stand before it, and then that one is believed
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        told += _large_ends(path, size - len(tail) + at - 20, tail[at - 12 : at - 4])
    if any(count > MOST_MEMBERS or index_bytes > MOST_INDEX_BYTES for count, index_bytes in told):
        raise SourceRefused(f"{said}: a zip of more than {MOST_MEMBERS} files; not taken.")


def _large_ends(path: Path, locator_at: int, told_at: bytes) -> list[tuple[int, int]]:
    """Members and bytes of the index as the end of a zip64 says them: just before its locator, and where that points.

    Readers differ in which of the two they take.
    """
    found: list[tuple[int, int]] = []
    with path.open("rb") as stream:
        for at in (locator_at - 56, *struct.unpack("<Q", told_at)):
            if 0 <= at < locator_at:
                stream.seek(at)
                end = stream.read(56)
                if end[:4] == b"PK\x06\x06" and len(end) == 56:
                    found.append(struct.unpack("<QQ", end[32:48]))
    return found


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
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SourceRefused(f"{shown} is packed in a way that few programs read; not taken.")
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
