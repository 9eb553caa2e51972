"""Rows with a place on the map, from a map layer or from a table with longitude and latitude."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteselect import units
from siteselect.errors import ConfigError
from siteselect.layers import values
from siteselect.layers.files.formats import sniff
from siteselect.layers.files.text import read_table
from siteselect.layers.files.vector import read_vector
from siteselect.layers.ledger import Ledger


def rows(
    path: Path,
    layer: str,
    columns: tuple[str | None, str | None],
    box: units.Box,
    crs: str,
    shown: str | None = None,
    table: str | None = None,
    named: Sequence[str] = (),
    keep_unlocated: bool = False,
) -> tuple[gpd.GeoDataFrame, Ledger]:
    """A file's rows in EPSG:4326, indexed by their position in the ledger.

    From a table of text, the points that `columns` (longitude, latitude) say; a row whose cells are blank or unreadable
    keeps a missing shape, for `near` to reject.  From a map layer, its shapes (`read_vector`).  The columns `named`
    say in the ledger which row was rejected; with `keep_unlocated` a map layer's rows without a shape are left too.
    """
    name = shown or path.name
    if sniff(path, name) != "text":
        return read_vector(path, layer, box, crs, name, table, named, keep_unlocated)
    lon, lat = columns
    if lon is None or lat is None:
        raise ConfigError(
            f"{name}: a table needs its columns of longitude and latitude; say lon and lat in the place file."
        )
    frame, ledger = read_table(path, layer, name)
    ledger.names = np.full(len(ledger.rows), None, object) if named else None
    if ledger.names is not None:
        ledger.names[frame.index] = values.names_of(frame, named)
    points = points_of(frame, lon, lat, ledger, name)
    return gpd.GeoDataFrame(frame, geometry=points, crs=units.DEGREES), ledger


def points_of(frame: pd.DataFrame, lon: str, lat: str, ledger: Ledger, name: str) -> list[Any]:
    """Points from two columns; None where either is blank or not a number."""
    xs = values.numbers(values.column(frame, lon, "lon", name), ledger, lon).to_numpy()
    ys = values.numbers(values.column(frame, lat, "lat", name), ledger, lat).to_numpy()
    found = np.full(len(frame), None, object)
    there = np.isfinite(xs) & np.isfinite(ys)
    found[there] = shapely.points(xs[there], ys[there])
    return list(found)


def near(
    gdf: gpd.GeoDataFrame, ledger: Ledger, box: units.Box, most_m: float, *, keep_unlocated: bool = False
) -> gpd.GeoDataFrame:
    """The rows within `most_m` metres of the place's box; the others are rejected with how far off they are.

    Points whose longitude and latitude stand in each other's place are repaired when turning them brings them there.
    Rows without coordinates are rejected too, or kept with a caution when they are wanted all the same.
    """
    missing = gdf.geometry.isna().to_numpy()
    remedy = "give its longitude and latitude"
    if keep_unlocated:
        reason = "it has no coordinates; it was kept in the list without a place"
        ledger.caution(gdf.index[missing], "geometry", reason, remedy)
    else:
        ledger.reject(gdf.index[missing], "geometry", "it has no coordinates, so it is nowhere", remedy)
    nowhere, gdf = gdf[missing], gdf[~missing]
    bounds = gdf.geometry.bounds.to_numpy()
    xs, ys = (
        np.clip((box[0] + box[2]) / 2, bounds[:, 0], bounds[:, 2]),
        np.clip((box[1] + box[3]) / 2, bounds[:, 1], bounds[:, 3]),
    )
    off_m = _off_m(xs, ys, box)
    points = (gdf.geom_type == "Point").to_numpy()
    turned = points & (off_m > most_m) & (_off_m(ys, xs, box) <= most_m)
    if turned.any():
        shapes = np.array(gdf.geometry.array, dtype=object)
        shapes[turned] = shapely.points(ys[turned], xs[turned])
        gdf = gdf.set_geometry(gpd.GeoSeries(list(shapes), index=gdf.index, crs=units.DEGREES))
        reason = "longitude and latitude stood in each other's place and were turned round"
        ledger.repair(gdf.index[turned], "geometry", reason, "exchange them in the file")
    far = (off_m > most_m) & ~turned
    for position, x, y, metres in zip(gdf.index[far], xs[far], ys[far], off_m[far], strict=True):
        ledger.reject([position], "geometry", _how_far(x, y, metres), "correct its coordinates, or leave it out")
    found = gdf[~far]
    if keep_unlocated and len(nowhere):
        return gpd.GeoDataFrame(pd.concat([found, nowhere]).sort_index(), crs=gdf.crs)
    return found


def kept(
    gdf: gpd.GeoDataFrame,
    ledger: Ledger,
    keep: Mapping[str, Sequence[str]],
    drop: Mapping[str, Mapping[str, str]],
    name: str,
) -> gpd.GeoDataFrame:
    """The rows whose cells say what `keep` wants, without those that `drop` gives a reason for.

    Case does not count, and "" stands for a blank cell.

    What `keep` sets aside is rejected, one line for each thing that a cell said, with the number of rows.
    """
    for column, wanted in keep.items():
        said = values.texts(values.column(gdf, column, "keep", name))
        folded = {w.casefold() for w in wanted}
        stays = np.array([(cell or "").casefold() in folded for cell in said], bool)
        only = " or ".join(map(repr, wanted)) if len(wanted) < 4 else f"only one of {len(wanted)} listed values"
        for what, at in _groups(said[~stays]).items():
            reason = f"set aside: {column} is {what}, and {only} is kept"
            ledger.reject(at, column, reason, "change keep in the place file if it belongs", together=True)
        gdf = gdf[stays]
    for column, reasons in drop.items():
        said = values.texts(values.column(gdf, column, "drop", name))
        because = {k.casefold(): v for k, v in reasons.items()}
        goes = np.array([(cell or "").casefold() in because for cell in said], bool)
        for position, cell in values.each(said[goes]):
            reason = f"set aside: {column} is {repr(cell) if cell else 'blank'}: {because[(cell or '').casefold()]}"
            ledger.reject([position], column, reason, "change drop in the place file if it belongs")
        gdf = gdf[~goes]
    return gdf


def _groups(said: pd.Series) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for position, cell in values.each(said):
        groups.setdefault("blank" if cell is None else repr(cell), []).append(position)
    return groups


def _off_m(xs: np.ndarray, ys: np.ndarray, box: units.Box) -> np.ndarray:
    metres = np.full(len(xs), np.inf)
    on_earth = (np.abs(xs) <= 180) & (np.abs(ys) <= 90)
    metres[on_earth] = units.outside_m(xs[on_earth], ys[on_earth], box)
    return metres


def _how_far(x: float, y: float, metres: float) -> str:
    where = f"its coordinates ({x:.5f}, {y:.5f})"
    if not np.isfinite(metres):
        return f"{where} lie off the earth"
    if x == 0 and y == 0:
        return f"{where} are those that stand for no coordinates at all"
    return (
        f"{where} lie {metres / 1000:,.0f} km outside the place"
        if metres >= 10_000
        else f"{where} lie {metres:,.0f} m outside the place"
    )
