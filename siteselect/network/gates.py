"""Where a walk may leave a parcel: the points of the streets beside its outline."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from siteselect.layers.streets import Streets
from siteselect.network.pieces import once

BESIDE_M = 20.0  # a street whose line passes within this of an outline is beside it: half of a broad street's width
EVERY_M = 25.0  # a walk may begin this often along a street beside a large parcel
LOT_M = 50.0  # an outline whose box has a shorter diagonal is a house's lot: one place to begin on each piece of street
AT_A_TIME = 16_384  # outlines: what they come to must fit into memory beside all else
THREADS = min(os.cpu_count() or 1, 8)


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
    u, v, *_ = once(streets)
    ends = np.stack([np.column_stack([streets.x[i], streets.y[i]]) for i in (u, v)], axis=1)
    pieces = shapely.linestrings(ends)
    tree = shapely.STRtree(pieces)

    def some(first: int) -> Gates:
        found = _of(ends, pieces, tree, outlines[first : first + AT_A_TIME], reach_m)
        return Gates(found.owner + first, found.xy, found.connector_m)

    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(some, range(0, len(outlines), AT_A_TIME)))
    return Gates(
        np.concatenate([np.empty(0, np.int64), *(p.owner for p in parts)]),
        np.concatenate([np.empty((0, 2)), *(p.xy for p in parts)]),
        np.concatenate([np.empty(0), *(p.connector_m for p in parts)]),
    )


def _of(ends: np.ndarray, pieces: np.ndarray, tree: shapely.STRtree, outlines: np.ndarray, reach_m: float) -> Gates:
    owner, piece = tree.query(outlines, predicate="dwithin", distance=BESIDE_M)
    alone = np.ones(len(outlines), bool)
    alone[owner] = False
    lone = np.flatnonzero(alone)
    far, nearest = tree.query_nearest(outlines[lone], max_distance=reach_m, all_matches=False)
    west, south, east, north = shapely.bounds(outlines).T
    large = np.hypot(east - west, north - south)[owner] > LOT_M
    more = _along(ends, outlines, owner[large], piece[large])
    owner, piece = np.concatenate([owner, lone[far]]), np.concatenate([piece, nearest])
    between = shapely.get_coordinates(shapely.shortest_line(outlines[owner], pieces[piece])).reshape(-1, 2, 2)
    foot = _onto(ends[piece], between[:, 1])
    metres = np.hypot(*(between[:, 1] - between[:, 0]).T)
    return _once(np.concatenate([owner, more[0]]), np.concatenate([foot, more[1]]), np.concatenate([metres, more[2]]))


def _along(
    ends: np.ndarray, outlines: np.ndarray, owner: np.ndarray, piece: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points at most EVERY_M apart on the pieces, both ends among them, as far as they are beside their outline."""
    a, b = ends[piece, 0], ends[piece, 1]
    steps = np.maximum(np.ceil(np.hypot(*(b - a).T) / EVERY_M).astype(np.int64), 1)
    pair = np.repeat(np.arange(len(piece)), steps + 1)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(steps + 1) - (steps + 1), steps + 1)
    xy = a[pair] + (b - a)[pair] * (step / steps[pair])[:, None]
    metres = shapely.distance(shapely.points(xy), outlines[owner[pair]])
    beside = metres <= BESIDE_M
    return owner[pair[beside]], xy[beside], metres[beside]


def _onto(ends: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Points put exactly on their pieces, from which rounding may have moved them."""
    a, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    share = ((xy - a) * along).sum(axis=1) / (along**2).sum(axis=1)
    put: np.ndarray = a + along * np.clip(share, 0, 1)[:, None]
    return put


def _once(owner: np.ndarray, xy: np.ndarray, metres: np.ndarray) -> Gates:
    """The gates in the order of their owners; of those within about a metre of each other the nearest one."""
    cell = np.rint(xy - xy.min(axis=0, initial=np.inf)).astype(np.int64)
    key = (owner << 48) | (cell[:, 0] << 24) | cell[:, 1]  # fewer than 2**15 owners, and 16,000 km each way
    order = np.lexsort((metres, key))
    kept = order[np.r_[True, key[order[1:]] != key[order[:-1]]][: len(order)]]
    return Gates(owner[kept], xy[kept], metres[kept])
