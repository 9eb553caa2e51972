"""Areas on the map: hazard zones and boundaries."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field

from siteselect import units
from siteselect.layers import files, schemas, values
from siteselect.layers.ledger import Ledger, Report


class Options(schemas.Options):
    """Columns of identifier and name (the number of the row where there is none), and which rows count.

    `where` keeps the rows whose column says one of the values; `table` names a GeoPackage's layer.
    """

    id: str | None = None
    label: str | None = None
    where: dict[str, list[str]] = Field(default_factory=dict)
    table: str | None = None


def read(
    paths: Path | Sequence[Path],
    options: Options | Mapping[str, Any] | None = None,
    box: units.Box | None = None,
    crs: str | None = None,
    layer: str = "areas",
) -> tuple[gpd.GeoDataFrame, Report]:
    """Areas [area_id, name, geometry polygonal] in EPSG:4326, and the account of their rows.

    With a place's box and system, the files' own declared systems are checked against the place (`files.read_vector`).
    Points and lines are rejected, since they enclose nothing; the areas of a collection are kept.
    """
    wanted = schemas.options(Options, options, layer)
    several = [paths] if isinstance(paths, Path) else list(paths)
    parts, ledgers, start = [], [], 0
    for path, shown in zip(several, files.shown_names(several), strict=True):
        gdf, ledger = files.read_vector(path, layer, box, crs, shown, wanted.table)
        gdf = files.kept(gdf, ledger, wanted.where, {}, shown)
        parts.append(_table(areal(gdf, ledger), ledger, wanted, shown, start))
        ledgers.append(ledger)
        start += len(ledger.rows)
    whole = pd.concat(parts, ignore_index=True)
    ledger = Ledger.joined(layer, ledgers)
    whole["area_id"] = values.unique(whole["area_id"])
    return schemas.checked(whole, "areas", layer, ledger), ledger.report()


def box_of(areas: gpd.GeoDataFrame) -> units.Box:
    """West, south, east and north of all the areas together, in degrees."""
    west, south, east, north = (float(v) for v in areas.total_bounds)
    return west, south, east, north


def areal(gdf: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """The rows that enclose something, the points and lines of their collections left out."""
    shapes = np.array(gdf.geometry.array, dtype=object)
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == 7)
    for i in mixed:
        shapes[i] = shapely.union_all([p for p in shapely.get_parts(shapes[i]) if shapely.get_dimensions(p) == 2])
    encloses = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes)
    ledger.repair(
        gdf.index[mixed], "geometry", "the points and lines of its collection were left out", "file areas alone"
    )
    for position, kind in values.each(gdf.geom_type[~encloses]):
        ledger.reject([position], "geometry", f"a {kind} encloses nothing where an area is wanted", "draw its outline")
    return gdf.set_geometry(gpd.GeoSeries(list(shapes), index=gdf.index, crs=units.DEGREES))[encloses]


def _table(gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, shown: str, start: int) -> gpd.GeoDataFrame:
    numbered = pd.Series([f"area-{start + p + 1}" for p in gdf.index], index=gdf.index, dtype=object)
    ids = values.texts(values.column(gdf, wanted.id, "id", shown)) if wanted.id else numbered
    names = values.texts(values.column(gdf, wanted.label, "label", shown)) if wanted.label else None
    table = {"area_id": ids.where(ids.notna(), numbered), "name": names if names is not None else [None] * len(gdf)}
    frame = pd.DataFrame(table, index=gdf.index).astype(object)
    return gpd.GeoDataFrame(frame.where(frame.notna(), None), geometry=gdf.geometry)
