"""Shapes as GeoJSON text: points, polygons and multipolygons, all at once."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

_DIGITS = 6  # of a degree: about 0.1 m
_KINDS = {0: "Point", 3: "Polygon", 6: "MultiPolygon"}


def written(shapes: np.ndarray) -> pa.Array:
    """The GeoJSON of each shape in degrees, "null" for none; outer rings run against the clock (RFC 7946).

    An area that crosses itself once its coordinates are rounded is made valid and stays an area.
    """
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, _DIGITS))
    crossed = np.flatnonzero(~shapely.is_valid(rounded) & ~shapely.is_missing(shapes))
    mended = shapely.make_valid(rounded[crossed], method="structure", keep_collapsed=False)
    shapes = shapes.copy()
    shapes[crossed] = np.where(shapely.is_empty(mended), shapes[crossed], mended)
    kinds = shapely.get_type_id(shapes)
    if not np.isin(kinds, (-1, *_KINDS)).all():
        raise ValueError(f"a site is a point or an area, not {set(kinds.tolist())}")
    texts = np.full(len(shapes), "null", object)
    for kind, name in _KINDS.items():
        here = np.flatnonzero(kinds == kind)
        if not len(here):
            continue
        some = shapely.orient_polygons(shapely.force_2d(shapes[here]), exterior_cw=False)
        _, xy, offsets = shapely.to_ragged_array(some)
        told = _pairs(xy)
        for ends in offsets:
            told = _listed(told, ends)
        said = pc.binary_join_element_wise(f'{{ "type": "{name}", "coordinates": ', told, " }", "")
        texts[here] = said.to_numpy(zero_copy_only=False)
    return pa.array(texts, pa.string())


def _pairs(xy: np.ndarray) -> pa.Array:
    """Each point as "[ x, y ]"."""
    return pc.binary_join_element_wise("[ ", _numbers(xy[:, 0]), ", ", _numbers(xy[:, 1]), " ]", "")


def _numbers(degrees: np.ndarray) -> pa.Array:
    """Numbers with at most six digits behind the point, and one at least."""
    scaled = degrees * 10**_DIGITS
    rounded = np.rint(scaled).astype(np.int64)
    between = np.flatnonzero(np.abs(np.abs(scaled - rounded) - 0.5) < 1e-6)  # the product's last bit must not decide
    rounded[between] = [int(f"{d:.{_DIGITS}f}".replace(".", "")) for d in degrees[between].tolist()]
    whole = pa.array(rounded).cast(pa.decimal128(19, 0))
    shifted = pa.Array.from_buffers(pa.decimal128(19, _DIGITS), len(whole), whole.buffers())
    short = pc.utf8_rtrim(shifted.cast(pa.string()), characters="0")
    return pc.if_else(pc.ends_with(short, "."), pc.binary_join_element_wise(short, "0", ""), short)


def _listed(texts: pa.Array, ends: np.ndarray) -> pa.Array:
    """Texts that belong together as one list: "[ a, b ]"."""
    lists = pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), texts)
    return pc.binary_join_element_wise("[ ", pc.binary_join(lists, ", "), " ]", "")
