"""One reader for each spatial format that GDAL or Arrow knows -> what it holds, as it is filed."""

import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from siteselect.errors import FileRefused
from siteselect.layers.files import geojson
from siteselect.layers.files.filed import Filed
from siteselect.layers.files.formats import MOST_BYTES, TAKEN, Format, sniff
from siteselect.layers.files.text import unique_names

_GDAL = {"geopackage": ("GPKG", ".gpkg"), "shapefile": ("ESRI Shapefile", ".shp"), "flatgeobuf": ("FlatGeobuf", ".fgb")}
# the only virtual table that is held in the file itself
_RTREE = re.compile(r'create virtual table "?[\w .-]+"? using rtree\s*\([\w\s,"]*\)', re.IGNORECASE)
_UNREADABLE = (
    CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError,
    IndexError, RuntimeError, ValueError,
)  # fmt: skip
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def open_file(path: Path, name: str, table: str | None = None) -> Filed:
    """What a spatial file holds, read by the one reader of its format; FileRefused when it is not that."""
    kind = sniff(path, name)
    if kind == "geojson":
        return geojson.read(path, name)
    if kind == "geoparquet":
        return geoparquet(path, name)
    if kind == "zip":
        with _unzipped(path, name) as shapefile:
            return _gdal(shapefile, name, "shapefile", None)
    if kind == "text":
        raise FileRefused(f"{name}: a table of text, not a map layer; name its lon and lat columns in the place file.")
    with _alone(path, kind) as alone:
        return _gdal(alone, name, kind, table)


def geoparquet(path: Path, name: str) -> Filed:
    """A GeoParquet file."""
    import geopandas as gpd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        details = pq.ParquetFile(path).metadata
        swollen = sum(details.row_group(i).total_byte_size for i in range(details.num_row_groups))
        if swollen > 4 * MOST_BYTES:
            raise FileRefused(f"{name}: it unpacks to {swollen / 1e6:,.0f} MB; cut it to the place.")
        gdf = gpd.read_parquet(path)
    except (pa.ArrowException, ValueError, OSError, shapely.errors.ShapelyError) as error:
        raise FileRefused(f"{name}: not a GeoParquet file ({_first_line(error)}); save it again.") from None
    geometry = np.asarray(gdf.geometry.array, dtype=object)
    table = pd.DataFrame(gdf.drop(columns=gdf.geometry.name)).astype(object).reset_index(drop=True)
    return Filed(table, geometry, gdf.crs.to_wkt() if gdf.crs is not None else None)


def _gdal(path: Path, name: str, kind: Format, table: str | None) -> Filed:
    """A file through GDAL, by one driver: checked before it is read, since GDAL would choose by the content."""
    driver, _ = _GDAL[kind]
    source = f"{driver}:{path}" if driver == "GPKG" else str(path)
    filed = Filed(pd.DataFrame(), np.array([], object), None)
    encoding = _beside(path, filed) if kind == "shapefile" else None
    if driver == "GPKG":
        table = _gpkg_layer(path, name, table)
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    how = {"layer": table, "force_2d": True, "datetime_as_string": True}
    try:
        found = pyogrio.read_info(source, layer=table, encoding=encoding)["driver"]
        if found != driver:
            raise FileRefused(
                f"{name}: it begins like a {driver} file but would be opened as {found}; give the data itself."
            )
        try:
            details, _, wkb, fields = pyogrio.raw.read(source, encoding=encoding, **how)
        except UnicodeDecodeError:
            filed.notes.append("its texts are not UTF-8 and were read as Windows-1252.")
            details, _, wkb, fields = pyogrio.raw.read(source, encoding="CP1252", **how)
    except _UNREADABLE as error:
        raise FileRefused(f"{name}: the {driver} file cannot be read ({_first_line(error)}); save it again.") from None
    return _from_wkb(filed, details, wkb, fields)


def _beside(path: Path, filed: Filed) -> str | None:
    """Says which parts of a Shapefile are missing; the encoding to try where none is named."""
    if not path.with_suffix(".dbf").exists():
        filed.notes.append("there is no .dbf file beside it, so its features have no attributes.")
    if not path.with_suffix(".shx").exists():
        filed.repaired.append("the .shx index was missing and was made anew")
    if path.with_suffix(".cpg").exists():
        return None
    filed.notes.append("there is no .cpg file beside it that names the encoding; its texts were tried as UTF-8.")
    return "UTF-8"


def _from_wkb(filed: Filed, details: dict[str, Any], wkb: Any, fields: list[Any]) -> Filed:
    names, renamed = unique_names([str(n) for n in details["fields"]])
    if renamed:
        filed.notes.append(f"the field {', '.join(renamed)} stands more than once; the later ones are numbered.")
    names = [n if n != "geometry" else "geometry.2" for n in names]
    count = len(wkb) if wkb is not None else max((len(f) for f in fields), default=0)
    raw = wkb if wkb is not None else np.full(count, None, object)
    filed.geometry = np.asarray(shapely.from_wkb(raw, on_invalid="ignore"), dtype=object).reshape(count)
    filed.unread = [i for i, (g, w) in enumerate(zip(filed.geometry, raw, strict=True)) if g is None and w is not None]
    filed.table = pd.DataFrame(dict(zip(names, fields, strict=True)), index=range(count)).astype(object)
    filed.declared = details["crs"]
    return filed


def _gpkg_layer(path: Path, name: str, table: str | None) -> str:
    """The one layer of features, or the one asked for."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as db:
            layers = [row[0] for row in db.execute("select table_name from gpkg_contents where data_type = 'features'")]
            made = db.execute("select name, sql from sqlite_master where sql like '%virtual%table%'").fetchall()
    except sqlite3.Error as error:
        raise FileRefused(f"{name}: the GeoPackage cannot be read ({error}); save it again.") from None
    strange = [table_name for table_name, sql in made if not _RTREE.fullmatch(sql)]
    if strange:
        raise FileRefused(f"{name}: the table {strange[0]!r} is not held in the file itself; save the layer alone.")
    if table is not None and table not in layers:
        raise FileRefused(f"{name}: it has no layer {table!r}; its layers are {', '.join(layers) or 'none'}.")
    if table is None and len(layers) != 1:
        has = ", ".join(layers) or "none"
        raise FileRefused(
            f"{name}: one layer of features is wanted and it has {len(layers)} ({has}); name it as `table`."
        )
    return table if table is not None else str(layers[0])


@contextmanager
def _alone(path: Path, kind: Format) -> Iterator[Path]:
    """The file under a plain name in a folder of its own, where GDAL sees nothing else but a Shapefile's parts."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"layer{_GDAL[kind][1]}"
        target.symlink_to(path.resolve())
        if kind == "shapefile":
            for part in path.parent.glob(f"{_literal(path.stem)}.*"):
                suffix = part.suffix.lower()
                if suffix in _PARTS[1:] and part.is_file() and not target.with_suffix(suffix).exists():
                    target.with_suffix(suffix).symlink_to(part.resolve())
        yield target


def _literal(text: str) -> str:
    """A text that matches itself in a file pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


@contextmanager
def _unzipped(path: Path, name: str) -> Iterator[Path]:
    """The parts of the one Shapefile in a zip, in a folder of their own; nothing else is unpacked."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "layer.shp"
        try:
            with zipfile.ZipFile(path) as packed:
                members = [m for m in packed.infolist() if not m.is_dir() and "__MACOSX" not in m.filename]
                stems = [m.filename[:-4] for m in members if m.filename.lower().endswith(".shp")]
                if len(stems) != 1:
                    raise FileRefused(f"{name}: a zip with {len(stems)} Shapefiles where one is wanted; {TAKEN}.")
                wanted = [m for m in members if m.filename[:-4] == stems[0] and m.filename[-4:].lower() in _PARTS]
                _unpack(packed, wanted, target, name)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
            raise FileRefused(
                f"{name}: the zip file cannot be unpacked ({_first_line(error)}); fetch it again."
            ) from None
        sniff(target, name)
        yield target


def _unpack(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path, name: str) -> None:
    """Writes each part under our own name; the sizes a zip claims are not believed."""
    left = MOST_BYTES
    for member in members:
        with packed.open(member) as source, target.with_suffix(member.filename[-4:].lower()).open("wb") as part:
            while piece := source.read(1 << 20):
                left -= len(piece)
                if left < 0:
                    raise FileRefused(
                        f"{name}: it unpacks to more than {MOST_BYTES / 1e6:,.0f} MB; cut it to the place."
                    )
                part.write(piece)


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0].rstrip(".;") if str(error).strip() else type(error).__name__
