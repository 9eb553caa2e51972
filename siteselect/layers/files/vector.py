"""A map layer from an untrusted file, in longitude and latitude, with valid shapes; every feature is accounted for."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteselect import units
from siteselect.errors import CrsUnknown
from siteselect.layers import values
from siteselect.layers.files.drivers import open_file
from siteselect.layers.files.filed import Filed
from siteselect.layers.ledger import Ledger

MOST_VERTICES = 20_000
_AREAL, _LINEAR, _POINTS = (3, 6), (1, 2, 5), (0, 4)
_KINDS = {
    **dict.fromkeys(_AREAL, "areas"),
    **dict.fromkeys(_LINEAR, "lines"),
    **dict.fromkeys(_POINTS, "points"),
    7: "collections",
}


def read_vector(
    path: Path,
    layer: str,
    place_box: units.Box | None = None,
    place_crs: str | None = None,
    shown: str | None = None,
    table: str | None = None,
    named: Sequence[str] = (),
    keep_unlocated: bool = False,
) -> tuple[gpd.GeoDataFrame, Ledger]:
    """GeoJSON, GeoPackage (its only layer, or `table`), Shapefile, zipped Shapefile, FlatGeobuf or GeoParquet.

    Gives the attributes as filed (object columns, unique names) and valid two-dimensional shapes in EPSG:4326.  The
    index is the feature's position in the ledger, whose `row` is the feature's number; rejected features are left out.
    With a place's box and system, the coordinate system is the one in which the features lie in the place, whatever the
    file declares (`units.detect`); without, the declared one, or EPSG:4326 where the numbers allow it.
    Rejected: no, empty or unreadable shape, coordinates off the earth, a part that spans more than 180 degrees of
    longitude (it was cut wrongly at the 180th meridian), an invalid shape of more than 20,000 vertices.  Repaired:
    other invalid shapes, a bare Feature, coordinates in another system than declared.  The columns `named` tell in the
    ledger which feature was rejected; with `keep_unlocated` one that has no shape, or an empty one, keeps a missing
    shape and is left for the caller to judge.  FileRefused for a file that is
    not what it should be; CrsUnknown when no system puts it in the place.
    """
    name = shown or path.name
    filed = open_file(path, name, table)
    ledger = Ledger.of_file(layer, name, len(filed.table))
    ledger.notes += [f"{name}: {note}" for note in filed.notes]
    everything = np.arange(len(filed.table))
    for reason in filed.repaired:
        ledger.repair(everything, "", reason, "save the file as its format asks", together=True)
    ledger.names = values.names_of(filed.table, named) if named else None
    _reject_shapeless(filed, ledger, keep_unlocated)
    _say_mixed(filed, ledger, name)
    left = _shaped(filed, ledger)
    if len(left):
        crs, sentence = _system(filed, left, place_box, place_crs, name)
        ledger.notes.append(sentence)
        known = units.canonical(filed.declared)
        if known is not None and crs != known:
            ledger.repair(
                left, "geometry", sentence, f"save the file in {units.DEGREES}, or declare its system", together=True
            )
        filed.geometry[left] = _in_degrees(filed.geometry[left], crs)
        _reject_misplaced(filed.geometry, left, ledger)
        _make_valid(filed.geometry, _shaped(filed, ledger), ledger)
    left = np.flatnonzero(ledger.left)
    gdf = gpd.GeoDataFrame(filed.table.iloc[left], geometry=list(filed.geometry[left]), crs=units.DEGREES)
    return gdf.set_index(pd.Index(left)), ledger


def _shaped(filed: Filed, ledger: Ledger) -> np.ndarray:
    """Positions of the features that are left and have a shape."""
    return np.flatnonzero(ledger.left & np.array([g is not None for g in filed.geometry], bool))


def _reject_shapeless(filed: Filed, ledger: Ledger, keep_unlocated: bool) -> None:
    for place, reason in filed.odd.items():
        ledger.reject([place], "", reason, "correct that feature")
    ledger.reject(filed.unread, "geometry", "its coordinates cannot be read as a shape", "draw that feature again")
    done = set(filed.odd) | set(filed.unread)
    none = [i for i, g in enumerate(filed.geometry) if g is None and i not in done]
    empty = [i for i, g in enumerate(filed.geometry) if g is not None and g.is_empty and i not in done]
    if keep_unlocated:
        filed.geometry[empty] = None
    else:
        ledger.reject(none, "geometry", "it has no shape (null)", "give its coordinates")
        ledger.reject(empty, "geometry", "its shape is empty", "give its coordinates")
    shaped = _shaped(filed, ledger)
    bounds = shapely.bounds(filed.geometry[shaped])
    infinite = shaped[~np.isfinite(bounds).all(axis=1)] if len(shaped) else shaped
    ledger.reject(infinite, "geometry", "a coordinate is not a number", "draw that feature again")


def _say_mixed(filed: Filed, ledger: Ledger, name: str) -> None:
    """Notes the fields that hold texts and numbers, and layers of several kinds of shape."""
    for column in filed.table.columns:
        kinds = _kinds(filed.table[column])
        if len(kinds) > 1:
            ledger.notes.append(f"{name}: the field {column} holds {' and '.join(sorted(kinds))}.")
    kinds = {_KINDS[int(t)] for t in shapely.get_type_id(filed.geometry[ledger.left]) if t >= 0}
    if len(kinds) > 1:
        ledger.notes.append(f"{name}: the features are {' and '.join(sorted(kinds))} together.")


def _kinds(cells: pd.Series) -> set[str]:
    """What the cells hold that are not blank."""
    types = set(map(type, cells))
    if any(issubclass(t, float | np.floating) for t in types):
        types = set(map(type, cells[cells.notna()]))  # a blank may be a float
    types -= {type(None), type(pd.NA), type(pd.NaT)}
    return {_kind(t) for t in types}


def _kind(held: type) -> str:
    if issubclass(held, bool | np.bool_):
        return "yes or no"
    return "numbers" if issubclass(held, int | float | np.number) else "texts"


def _system(filed: Filed, left: np.ndarray, box: units.Box | None, crs: str | None, name: str) -> tuple[str, str]:
    """The coordinate system to read the features in, and why."""
    bounds = shapely.bounds(filed.geometry[left])
    xs, ys = bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)
    if box is not None and crs is not None:
        try:
            return units.detect(xs, ys, filed.declared, box, crs, name)
        except CrsUnknown:
            vertices = shapely.get_coordinates(filed.geometry[left])
            if len(vertices) == len(left):
                raise
            # large areas may have their middles outside the place and yet reach into it
            return units.detect(vertices[:, 0], vertices[:, 1], filed.declared, box, crs, name)
    known = units.canonical(filed.declared)
    if known is not None:
        return known, f"{name}: it declares {units.name_of(filed.declared)} and was read as that."
    if np.abs(bounds[:, [0, 2]]).max() <= 180 and np.abs(bounds[:, [1, 3]]).max() <= 90:
        return (
            units.DEGREES,
            f"{name}: it declares no coordinate system; its numbers can be, and were read as, {units.DEGREES}.",
        )
    raise CrsUnknown(
        f"{name}: it declares no coordinate system, and its numbers are not degrees; save it in {units.DEGREES}."
    )


def _in_degrees(shapes: np.ndarray, crs: str) -> np.ndarray:
    def turned(xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return units.convert(xs, ys, crs, units.DEGREES)

    return np.asarray(shapely.transform(shapes, turned, interleaved=False), dtype=object)


def _reject_misplaced(shapes: np.ndarray, left: np.ndarray, ledger: Ledger) -> None:
    bounds = shapely.bounds(shapes[left])
    on_earth = np.isfinite(bounds).all(axis=1)
    on_earth[on_earth] = np.abs(bounds[on_earth][:, [0, 2]]).max(axis=1) <= 180
    ledger.reject(left[~on_earth], "geometry", "its coordinates lie off the earth", "draw that feature again")
    wide = left[on_earth][bounds[on_earth, 2] - bounds[on_earth, 0] > 180]
    parts, whose = shapely.get_parts(shapes[wide], return_index=True)
    spans = shapely.bounds(parts)
    torn = np.unique(whose[spans[:, 2] - spans[:, 0] > 180]) if len(parts) else np.array([], int)
    reason = "it spans more than 180 degrees of longitude, as a shape does that was not cut at the 180th meridian"
    ledger.reject(wide[torn], "geometry", reason, "cut it in two at longitude 180")


def _make_valid(shapes: np.ndarray, left: np.ndarray, ledger: Ledger) -> None:
    broken = left[~shapely.is_valid(shapes[left])] if len(left) else left
    counts = shapely.get_num_coordinates(shapes[broken])
    large = broken[counts > MOST_VERTICES]
    ledger.reject(
        large, "geometry", f"its shape is invalid and has more than {MOST_VERTICES:,} vertices", "repair or simplify it"
    )
    small = broken[counts <= MOST_VERTICES]
    reasons = shapely.is_valid_reason(shapes[small])
    mended = shapely.make_valid(shapes[small], method="structure", keep_collapsed=False)
    # GEOS leaves two parts that share an edge as they are, which is not valid either; drawing round them joins them
    still = np.flatnonzero(~shapely.is_valid(mended))
    mended[still] = shapely.buffer(mended[still], 0)
    for place, reason, shape in zip(small, reasons, mended, strict=True):
        if shape is None or shape.is_empty or not shape.is_valid:
            ledger.reject([place], "geometry", f"its shape is invalid ({reason}) and encloses nothing", "draw it again")
        else:
            shapes[place] = shape
            ledger.repair(
                [place], "geometry", f"its shape is invalid ({reason}); it was made valid", "repair it in the file"
            )
