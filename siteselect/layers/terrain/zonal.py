"""Slope by class in every outline, and at every point, in one walk over the elevation model's tiles."""

from collections.abc import Iterator

import numpy as np
import shapely

from siteselect.layers.terrain import coverage
from siteselect.layers.terrain.model import Model

CLASSES_PERCENT = (5.0, 10.0, 15.0, 20.0, 25.0)  # each class ends here and holds its end; the last has no end
STEEP_PERCENT = 20.0  # one of those ends: the County took ground over it out of its Chanate site's developable acres
CLASS_COLUMNS = (
    *(f"slope_{a:.0f}_{b:.0f}_share" for a, b in zip((0.0, *CLASSES_PERCENT), CLASSES_PERCENT, strict=False)),
    f"slope_over_{CLASSES_PERCENT[-1]:.0f}_share",
)
ROUNDING = 1e-6  # of an outline's area: less than this is no ground without data
FEW_POINTS = 1000  # whose cells are worked out before a compiler is ready
TILE = 512  # cells a side: what is held of the model at a time is one tile of it
MOST_CELLS = 400_000_000  # an outline that covers more has the wrong unit, or is no parcel


def by_class(
    ground: Model, shapes: np.ndarray, classes: tuple[float, ...] = CLASSES_PERCENT
) -> tuple[np.ndarray, np.ndarray]:
    """For each outline its mean slope in percent and (n, classes + 1) its square metres by class of slope.

    shapes: valid polygons and multipolygons in the place's metres, none of them empty.  A class ends at its number and
    holds it; the last has no end.  Each cell counts by the share of it that lies in the outline; what lies outside the
    model, or where it has no data, is in no class, and the mean is missing where nothing is in any.
    """
    sums = np.zeros((len(shapes), len(classes) + 2))
    west, north, across, down = ground.grid
    if len(shapes):
        drawn = coverage.outlines(shapes, west, north, across, down)
        ends = np.asarray(classes, float)
        box = _within(ground, drawn.bounds)
        little = len(drawn.x) + int(np.prod(box[:, 2:] - box[:, :2], axis=1).sum()) <= coverage.FEW
        for which, window, frame in _tiles(box, ground.columns):
            values = ground.slope(*frame, little=little)
            coverage.add(drawn, which, window, values, (frame[1], frame[0]), ends, sums, little=little)
    known = sums[:, 1:].sum(axis=1)
    mean = np.divide(sums[:, 0], known, out=np.full(len(shapes), np.nan), where=known > 0)
    return mean, sums[:, 1:] * (across * down)


def at_points(ground: Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slope in percent of the cell in which each point lies; missing outside and without data."""
    west, north, across, down = ground.grid
    cell = np.floor(np.column_stack([(x - west) / across, (north - y) / down]))
    cell[~np.isfinite(cell).all(axis=1)] = -1  # no place is outside
    slopes = np.full(len(cell), np.nan)
    little = len(cell) <= FEW_POINTS
    for which, window, frame in _tiles(_within(ground, np.hstack([cell, cell + 1])), ground.columns):
        slopes[which] = ground.slope(*frame, little=little)[window[:, 1] - frame[1], window[:, 0] - frame[0]]
    return slopes


def meets(ground: Model, shapes: np.ndarray) -> np.ndarray:
    """Whether a shape's box and the model have ground in common."""
    west, north, across, down = ground.grid
    x0, y0, x1, y1 = shapely.bounds(shapes).T
    south, east = north - ground.rows * down, west + ground.columns * across
    return np.asarray((x0 < east) & (x1 >= west) & (y0 < north) & (y1 >= south))


def known_share(class_m2: np.ndarray, area_m2: np.ndarray) -> np.ndarray:
    """The share of each area that is in some class; a sum's rounding is made good."""
    share = np.divide(class_m2.sum(axis=1), area_m2, out=np.full(len(area_m2), np.nan), where=area_m2 > 0)
    return np.where(share > 1 - ROUNDING, 1.0, share)


def steep_m2(class_m2: np.ndarray) -> np.ndarray:
    """What is over `STEEP_PERCENT`."""
    return np.asarray(class_m2[:, CLASSES_PERCENT.index(STEEP_PERCENT) + 1 :].sum(axis=1))


def gentle_m2(class_m2: np.ndarray) -> np.ndarray:
    """What is not over `STEEP_PERCENT`."""
    return np.asarray(class_m2[:, : CLASSES_PERCENT.index(STEEP_PERCENT) + 1].sum(axis=1))


def too_large(ground: Model, shapes: np.ndarray) -> np.ndarray:
    """Whether an outline's box holds more cells than anybody would wait for."""
    _, _, across, down = ground.grid
    west, south, east, north = shapely.bounds(shapes).T
    return np.asarray((east - west) / across * (north - south) / down > MOST_CELLS)


def _within(ground: Model, bounds: np.ndarray) -> np.ndarray:
    """The part of each box of cells that lies in the model; of no width or height where none does."""
    return np.asarray(np.clip(bounds, 0, [ground.columns, ground.rows] * 2), np.int64)


def _tiles(box: np.ndarray, columns: int) -> Iterator[tuple[np.ndarray, np.ndarray, tuple[int, int, int, int]]]:
    """By tile: the numbers of the boxes in it, the part of each that lies in it, and the frame round those parts."""
    here = np.flatnonzero((box[:, 2] > box[:, 0]) & (box[:, 3] > box[:, 1]))
    first, last = box[here, :2] // TILE, (box[here, 2:] - 1) // TILE
    wide, high = (last - first + 1).T
    of = np.repeat(np.arange(len(here)), wide * high)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    column, row = first[of, 0] + nth % wide[of], first[of, 1] + nth // wide[of]
    tile = row * (columns // TILE + 1) + column
    order = np.argsort(tile, kind="stable")
    for some in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1) if len(order) else ():
        corner = np.array([column[some[0]], row[some[0]]]) * TILE
        mine = box[here[of[some]]]
        window = np.hstack([np.maximum(mine[:, :2], corner), np.minimum(mine[:, 2:], corner + TILE)])
        left, top = (int(v) for v in window[:, :2].min(axis=0))
        right, bottom = (int(v) for v in window[:, 2:].max(axis=0))
        yield here[of[some]], window, (left, top, right, bottom)
