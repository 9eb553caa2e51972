"""Is this file what its source says it is?  Told from its bytes; neither its name nor its label is believed."""

import csv
import gzip
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from siteselect.errors import SourceRefused
from siteselect.sources import zips
from siteselect.sources.brackets import Brackets
from siteselect.sources.registry import Format, Source

Box = tuple[float, float, float, float]
MAGIC: dict[Format, tuple[bytes, ...]] = {
    "gtfs": (b"PK\x03\x04",), "zip": (b"PK\x03\x04",), "xlsx": (b"PK\x03\x04",), "xlsb": (b"PK\x03\x04",),
    "gpkg": (b"SQLite format 3\x00",), "csv.gz": (b"\x1f\x8b",),
    "geotiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
}  # fmt: skip
# Wherever GDAL finds one of these in a file's head, it follows what the file says to other files and addresses.
POINTERS = (
    b"<OGRVRTDataSource", b"<VRTDataset", b"<OGRWFSDataSource", b"<GDAL_WMS", b"<WCS_GDAL", b"<GDAL_WMTS",
    b"<GDALTileIndexDataset", b"<MRF_META",
)  # fmt: skip
HEAD_BYTES = 1 << 16
SHRUNK = 0.2
MOST_BLOCKS = 500_000  # a block holds some thousand things; a state has some ten thousand blocks
WHOLLY_BYTES = 16_000_000
_STEP = 1 << 20
_GTFS = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
_PAIR = re.compile(rb"\[\s*(-?\d{1,9}(?:\.\d{0,20})?)\s*,\s*(-?\d{1,9}(?:\.\d{0,20})?)")


def head(source: Source, start: bytes, said: str) -> None:
    """Refuses a file by its first 64 KiB: a page instead of data, a pointer elsewhere, another format."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if any(pointer in start for pointer in POINTERS):
        raise SourceRefused(f"{said}: it points at other files or addresses instead of holding the data; not taken.")
    low = text[:1000].lower()
    if low.startswith((b"<!doctype", b"<html")) or b"<html" in low:
        raise SourceRefused(f"{said}: a web page (perhaps an error page) instead of {source.format}; not taken.")
    wanted = MAGIC.get(source.format)
    fits = {
        "osm.pbf": start[4:].startswith(b"\x0a\x09OSMHeader"),
        "osm": b"<osm" in text[:500] and b"<!DOCTYPE" not in start,  # no entities of its own
        "geojson": text.startswith(b"{"),
        "csv": not text.startswith((b"{", b"<", b"PK\x03\x04", b"%PDF")) and b"\x00" not in start,
    }.get(source.format, wanted is not None and start.startswith(wanted))
    if not fits:
        raise SourceRefused(f"{said}: by its first bytes it is not {source.format}; not taken.")


def whole(source: Source, path: Path, said: str, box: Box | None, rows_before: int | None) -> int | None:
    """Refuses a file that is too small, cut, empty, built to harm, elsewhere, or lacks columns; gives its rows.

    `box` is west, south, east, north of the place, degrees; `rows_before` those of the last good file.  None where rows
    cannot be counted cheaply (rasters, workbooks, extracts).
    """
    size = path.stat().st_size
    if size < source.least_bytes:
        raise SourceRefused(f"{said}: {size:,} bytes, where at least {source.least_bytes:,} are wanted; not taken.")
    with path.open("rb") as stream:
        head(source, stream.read(HEAD_BYTES), said)
    rows = _rows(source, path, said, box)
    if rows == 0:
        raise SourceRefused(f"{said}: there is nothing in it; not taken.")
    if rows is not None and rows_before and rows < SHRUNK * rows_before:
        raise SourceRefused(
            f"{said}: {rows:,} rows where the last good file has {rows_before:,}; if that is right, remove that first."
        )
    return rows


def _rows(source: Source, path: Path, said: str, box: Box | None) -> int | None:
    match source.format:
        case "gtfs":
            return _gtfs(source, path, said, box)
        case "zip" | "xlsx" | "xlsb":
            found = _members(path, said)
            if source.format != "zip" and not any(m.filename == "[Content_Types].xml" for m in found):
                raise SourceRefused(f"{said}: a zip that is not a workbook; not taken.")
        case "csv":
            with path.open("rb") as stream:
                return _table(source, iter(lambda: stream.read(_STEP), b""), said)
        case "csv.gz":
            return _table(source, _unpacked(path, said), said)
        case "geojson":
            return _geojson(source, path, said, box)
        case "osm.pbf":
            _pbf(path, said)
        case "osm":
            _osm(path, said)
        case _:
            pass
    return None


def _gtfs(source: Source, path: Path, said: str, box: Box | None) -> int:
    files = {PurePosixPath(m.filename).name.lower(): m for m in _members(path, said)}
    if missing := [name for name in _GTFS if name not in files]:
        raise SourceRefused(f"{said}: a zip without {missing[0]}, so no timetable; not taken.")
    stops = zips.rows(path, files["stops.txt"], said)
    header = [cell.strip() for cell in next(stops, [])]
    if gone := [c for c in ("stop_id", "stop_lat", "stop_lon", *source.columns) if c not in header]:
        raise SourceRefused(f"{said}: stops.txt has no column {gone[0]}: its shape has changed; not taken.")
    across, up = header.index("stop_lon"), header.index("stop_lat")
    count = 0
    for row in stops:
        count += 1
        if box is None or _inside(_number(row[across : across + 1]), _number(row[up : up + 1]), box):
            return zips.lines(path, files["stop_times.txt"])  # one stop in the place is enough
    if count:
        raise SourceRefused(f"{said}: none of its {count:,} stops lies in the place; not taken.")
    return 0


def _members(path: Path, said: str) -> list[zipfile.ZipInfo]:
    """The members of a sound zip in which none points elsewhere."""
    found = zips.members(path, said)
    for member in found:
        if any(pointer in zips.first_bytes(path, member, HEAD_BYTES) for pointer in POINTERS):
            raise SourceRefused(
                f"{said}: its member {member.filename[:80]!r} points at other files or addresses; not taken."
            )
    return found


def _table(source: Source, parts: Iterator[bytes], said: str) -> int:
    """Rows below the header, which may stand below title rows."""
    start, count, last = b"", 0, b"\n"
    for part in parts:
        if len(start) < HEAD_BYTES:
            start += part[:HEAD_BYTES]
        count += part.count(b"\n")
        last = part[-1:]
    total = count + (last != b"\n")
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = start.decode("cp1252", errors="replace")
    for above, line in enumerate(text.splitlines()[:30]):
        for mark in ",;\t|":
            cells = {cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])}
            if len(cells) > 1 and set(source.columns) <= cells:
                return max(0, total - above - 1)
    shown = ", ".join(source.columns) or "two columns or more"
    raise SourceRefused(f"{said}: no header line with {shown}: its shape has changed; not taken.")


def _unpacked(path: Path, said: str) -> Iterator[bytes]:
    most, count = max(zips.RATIO_FROM_BYTES, zips.MOST_RATIO * path.stat().st_size), 0
    try:
        with gzip.open(path) as stream:
            while piece := stream.read(_STEP):
                count += len(piece)
                if count > min(most, zips.MOST_UNPACKED_BYTES):
                    raise SourceRefused(
                        f"{said}: it unpacks to more than {most / 1e6:,.0f} MB, as a bomb does; not taken."
                    )
                yield piece
    except (gzip.BadGzipFile, zlib.error, EOFError, OSError) as error:
        raise SourceRefused(f"{said}: the gz file is damaged or cut ({str(error)[:80]}); not taken.") from None


def _geojson(source: Source, path: Path, said: str, box: Box | None) -> int:
    """Counts features without holding them; where they lie is looked at only when they are in degrees."""
    count, west, south, east, north, carry = 0, 999.0, 999.0, -999.0, -999.0, b""
    seen: set[str] = set()
    brackets = Brackets()
    with path.open("rb") as stream:
        while piece := stream.read(_STEP):
            text = carry + piece
            carry = text[-200:]
            brackets.read(piece)
            count += len(re.findall(rb'"type"\s*:\s*"Feature"', text)) - len(
                re.findall(rb'"type"\s*:\s*"Feature"', carry)
            )
            seen |= {c for c in source.columns if f'"{c}"'.encode() in text}
            if box is not None and not _overlap(west, south, east, north, box):  # one part in the place is enough
                # of a large file an eighth: to look at every corner of a county takes a quarter of a minute
                for pair in _PAIR.finditer(text, 0, len(text) if stream.tell() <= WHOLLY_BYTES else _STEP // 8):
                    lon, lat = float(pair[1]), float(pair[2])
                    west, south, east, north = min(west, lon), min(south, lat), max(east, lon), max(north, lat)
    count += len(re.findall(rb'"type"\s*:\s*"Feature"', carry))
    if not brackets.closed:
        raise SourceRefused(f"{said}: it ends in the middle, so it was cut on the way; not taken.")
    if count and (gone := [c for c in source.columns if c not in seen]):
        raise SourceRefused(f"{said}: no feature has {gone[0]}: its shape has changed; not taken.")
    degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if count and box and degrees and not _overlap(west, south, east, north, box):
        raise SourceRefused(f"{said}: its {count:,} features lie elsewhere, not in the place; not taken.")
    return count


def _overlap(west: float, south: float, east: float, north: float, box: Box) -> bool:
    return west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1]


def _pbf(path: Path, said: str) -> None:
    """Walks from block to block: a cut file ends inside one."""
    size, at, data = path.stat().st_size, 0, 0
    with path.open("rb") as stream:
        while at < size:
            stream.seek(at)
            start = stream.read(4)
            header = stream.read(struct.unpack(">I", start)[0]) if len(start) == 4 and start[:2] == b"\x00\x00" else b""
            named = re.match(
                rb"\x0a.(OSMHeader|OSMData)(?:\x12.{1,100}?)?\x18([\x80-\xff]{0,4}[\x00-\x7f])$", header, re.S
            )
            if named is None:
                raise SourceRefused(f"{said}: the extract is damaged at byte {at:,}; not taken.")
            length = sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(named[2]))
            data += named[1] == b"OSMData"
            if data > MOST_BLOCKS:
                raise SourceRefused(f"{said}: an extract of more than {MOST_BLOCKS:,} blocks; not taken.")
            at += 4 + len(header) + length
    if at != size:
        raise SourceRefused(f"{said}: the extract ends in the middle, so it was cut on the way; not taken.")
    if not data:
        raise SourceRefused(f"{said}: an extract with nothing in it; not taken.")


def _osm(path: Path, said: str) -> None:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4096))
        tail = stream.read()
        stream.seek(0)
        parts = iter(lambda: stream.read(_STEP), b"")
        ways = any(b"<way" in part for part in parts)
    remark = re.search(rb"<remark>\s*(.{1,200}?)\s*</remark>", tail, re.S)
    if remark is not None:
        told = remark[1].decode("utf-8", errors="replace")
        raise SourceRefused(f"{said}: the server gave up in the middle ({told}); not taken.")
    if not tail.rstrip().endswith(b"</osm>"):
        raise SourceRefused(f"{said}: it ends in the middle, so it was cut on the way; not taken.")
    if not ways:
        raise SourceRefused(f"{said}: there is no way in it; not taken.")


def _number(cell: list[str]) -> float:
    """A cell's number; no number where the row is too short or holds something else."""
    try:
        return float(cell[0])
    except (ValueError, IndexError):
        return float("nan")


def _inside(lon: float, lat: float, box: Box) -> bool:
    return box[0] <= lon <= box[2] and box[1] <= lat <= box[3]
