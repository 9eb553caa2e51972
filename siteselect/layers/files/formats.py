"""What a file is, told from its bytes; its name is not believed, and it is opened by that one format's reader only."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from siteselect.errors import FileRefused
from siteselect.sources.check import POINTERS

Format = Literal["geojson", "geopackage", "shapefile", "flatgeobuf", "geoparquet", "zip", "text"]
MOST_BYTES = 500_000_000
TAKEN = "GeoJSON, GeoPackage, Shapefile (also zipped), FlatGeobuf, GeoParquet, CSV, TSV and PSV (also .gz) are read"
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"SQLite format 3\x00", "geopackage"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"fgb\x03fgb", "flatgeobuf"),
    (b"PAR1", "geoparquet"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "text"),
)
_HEAD = 1 << 16


def sniff(path: Path, shown: str | None = None) -> Format:
    """The format of a local file by its bytes; FileRefused for anything that is not a plain file we read."""
    name = shown or path.name
    if str(path).startswith("/vsi") or ":/" in str(path):
        raise FileRefused(
            f"{path}: only files on this machine are read, no addresses; fetch it first and give its path."
        )
    if path.is_dir():
        raise FileRefused(f"{path}: it is a folder; give the file in it, or a pattern such as {path.name}/*.geojson.")
    if not path.is_file():
        raise FileRefused(f"{path}: there is no such file; check the path in the place file.")
    size = path.stat().st_size
    if not size:
        raise FileRefused(f"{name}: the file is empty; fetch it again.")
    if size > MOST_BYTES:
        raise FileRefused(
            f"{name}: {size / 1e6:,.0f} MB is more than the {MOST_BYTES / 1e6:,.0f} MB we read; cut it to the place."
        )
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise FileRefused(f"{name}: cannot be opened ({error.strerror}); check who may read it.") from None
    if any(pointer in head for pointer in POINTERS):
        raise FileRefused(
            f"{name}: it points at other files or addresses instead of holding the data; give the data file itself."
        )
    return _format(head, name, path.suffix.lower())


def shown_names(paths: Sequence[Path]) -> list[str]:
    """A short name for each file, with the folders that tell files of the same name apart."""
    if len({p.name for p in paths}) == len(paths):
        return [p.name for p in paths]
    above = os.path.commonpath([p.parent for p in paths])
    return [os.path.relpath(p, above) for p in paths]


def _format(head: bytes, name: str, suffix: str) -> Format:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            if kind == "geopackage" and head[68:72] not in (b"GPKG", b"GP10", b"GP11"):
                raise FileRefused(f"{name}: a SQLite database that is not a GeoPackage; {TAKEN}.")
            return kind
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if wide:
        start = head.decode("utf-16", errors="ignore").lstrip().encode()
    if not start:
        raise FileRefused(f"{name}: there is nothing but white space in it; fetch it again.")
    if start[:1] in b"{[":
        return "geojson"
    if start[:1] == b"<":
        raise FileRefused(f"{name}: an XML or HTML file (perhaps an error page saved instead of the data); {TAKEN}.")
    if suffix in (".dbf", ".shx", ".prj", ".cpg"):
        raise FileRefused(f"{name}: one part of a Shapefile; give the .shp file that lies beside it.")
    control = sum(byte < 9 or 13 < byte < 32 for byte in head[:4096])
    zeros = head[:4096].count(0)
    if not wide and control - zeros > len(head[:4096]) // 50:
        raise FileRefused(f"{name}: it is not a format that we know by its bytes; {TAKEN}.")
    return "text"
