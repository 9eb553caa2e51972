"""Where a walk may leave a parcel: the points of the streets beside its outline."""

from dataclasses import dataclass

import numpy as np
import shapely

from siteselect.layers.streets import Streets

BESIDE_M = 20.0  # a street whose line passes within this of an outline is beside it: half of a broad street's width
EVERY_M = 25.0  # a walk may begin this often along a street beside a large parcel
LOT_M = 50.0  # an outline whose box has a shorter diagonal is a house's lot: one place to begin on each piece of street


@dataclass(frozen=True)
class Gates:
    """owner (m,): whose outline, ascending; xy (m, 2): the point of the street; connector_m (m,): straight to there."""

    owner: np.ndarray
    xy: np.ndarray
    connector_m: np.ndarray


def gates(streets: Streets, outlines: np.ndarray, reach_m: float) -> Gates:
    """Where walks begin for each of some outlines (polygons in the place's metres).

    On every piece of street within BESIDE_M the point nearest to the outline, and for what is larger than a lot points
    every EVERY_M where they are within BESIDE_M too; where no street is beside it, the point nearest to the outline on
    the nearest street within `reach_m`.  0 m where a street enters the outline.
    """
    ends = np.stack([np.column_stack([streets.x[i], streets.y[i]]) for i in (streets.u, streets.v)], axis=1)
    pieces = shapely.linestrings(ends)
    tree = shapely.STRtree(pieces)
    owner, piece = tree.query(outlines, predicate="dwithin", distance=BESIDE_M)
    alone = np.ones(len(outlines), bool)
    alone[owner] = False
    lone = np.flatnonzero(alone)
    far, nearest = tree.query_nearest(outlines[lone], max_distance=reach_m, all_matches=False)
    west, south, east, north = shapely.bounds(outlines).T
    large = np.hypot(east - west, north - south)[owner] > LOT_M
    more = _along(ends, outlines, owner[large], piece[large])
    owner, piece = np.concatenate([owner, lone[far]]), np.concatenate([piece, nearest])
    foot = shapely.get_coordinates(shapely.shortest_line(outlines[owner], pieces[piece]))[1::2]
    foot = _onto(ends[piece], foot)
    return _once(np.concatenate([owner, more[0]]), np.concatenate([foot, more[1]]), outlines)


def _along(
    ends: np.ndarray, outlines: np.ndarray, owner: np.ndarray, piece: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points at most EVERY_M apart on the pieces, both ends among them, as far as they are beside their outline."""
    a, b = ends[piece, 0], ends[piece, 1]
    steps = np.maximum(np.ceil(np.hypot(*(b - a).T) / EVERY_M).astype(np.int64), 1)
    pair = np.repeat(np.arange(len(piece)), steps + 1)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(steps + 1) - (steps + 1), steps + 1)
    xy = a[pair] + (b - a)[pair] * (step / steps[pair])[:, None]
    beside = shapely.dwithin(shapely.points(xy), outlines[owner[pair]], BESIDE_M)
    return owner[pair[beside]], xy[beside]


def _onto(ends: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Points put exactly on their pieces: inside an outline the nearest point need not be one of the street's."""
    a, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    squared = (along**2).sum(axis=1)
    share = np.divide(((xy - a) * along).sum(axis=1), squared, out=np.zeros(len(xy)), where=squared > 0)
    put: np.ndarray = a + along * np.clip(share, 0, 1)[:, None]
    return put


def _once(owner: np.ndarray, xy: np.ndarray, outlines: np.ndarray) -> Gates:
    """The gates in the order of their owners; of those within about a metre of each other the nearest one."""
    metres = shapely.distance(shapely.points(xy), outlines[owner])
    cell = np.rint(xy).astype(np.int64)
    order = np.lexsort((metres, cell[:, 1], cell[:, 0], owner))
    at = np.column_stack([owner, cell])[order]
    first = np.r_[True, (at[1:] != at[:-1]).any(axis=1)][: len(order)]
    kept = order[first]
    return Gates(owner[kept], xy[kept], metres[kept])
