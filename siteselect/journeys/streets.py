"""Walking for a running service: streets as arrays, a point tied to them in microseconds, walks from it to many points.

The rule is that of `siteselect.network`: straight to the nearest piece of street within REACH_M, along the streets both
ways, and straight to the other point.  Where one of the two is not tied to a street, the walk is a straight line, and
says so.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

REACH_M = 250.0


class Net(NamedTuple):
    """Nodes x, y (metres); pieces u, v; arc_from, arc_to, arc_m: each piece both ways, by node; a grid over the pieces.

    cell_from, cell_piece: the pieces whose box touches each cell of REACH_M; corner_x, corner_y, columns: the grid.
    """

    x: np.ndarray
    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    arc_from: np.ndarray
    arc_to: np.ndarray
    arc_m: np.ndarray
    cell_from: np.ndarray
    cell_piece: np.ndarray
    grid: np.ndarray  # corner x, corner y, columns, rows


@dataclass(frozen=True, eq=False)
class Points:
    """Points tied to the streets: xy (n, 2) metres; piece (n,), -1 where none is near; share along it; connector_m."""

    xy: np.ndarray
    piece: np.ndarray
    share: np.ndarray
    connector_m: np.ndarray


def net(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> Net:
    """The arrays for some streets; an empty net where there are none."""
    # a street filed once each way is one piece: two points on it walk along it, not round by its end
    ends = np.sort(np.column_stack([u, v]).astype(np.int64), axis=1)
    u, v = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0).T
    metres = np.hypot(x[u] - x[v], y[u] - y[v])
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    order = np.argsort(tail, kind="stable")
    corner = np.array([x.min(), y.min()]) if len(x) else np.zeros(2)
    at_x, at_y = ((values - k) / REACH_M for values, k in zip((x, y), corner, strict=True))
    low_x, low_y = (np.floor(np.minimum(a[u], a[v])).astype(np.int64) for a in (at_x, at_y))
    high_x, high_y = (np.floor(np.maximum(a[u], a[v])).astype(np.int64) for a in (at_x, at_y))
    columns, rows = (int(high_x.max(initial=0)) + 1, int(high_y.max(initial=0)) + 1)
    wide, tall = high_x - low_x + 1, high_y - low_y + 1
    piece = np.repeat(np.arange(len(u)), wide * tall)
    turn = np.arange(len(piece)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
    cell = (low_y[piece] + turn // wide[piece]) * columns + low_x[piece] + turn % wide[piece]
    by_cell = np.argsort(cell, kind="stable")
    return Net(
        x.astype(float), y.astype(float), u, v, _counted(tail, len(x)), head[order],
        np.concatenate([metres, metres])[order], _counted(cell, columns * rows), piece[by_cell],
        np.array([corner[0], corner[1], columns, rows], float),
    )  # fmt: skip


def tie(streets: Net, xy: np.ndarray) -> Points:
    """Points (n, 2) in metres with the piece of street nearest to each."""
    piece = np.full(len(xy), -1, np.int64)
    share, connector = np.zeros(len(xy)), np.full(len(xy), np.nan)
    _tie(streets, np.ascontiguousarray(xy, float), piece, share, connector)
    return Points(xy, piece, share, connector)


def walks(streets: Net, origin: Points, at: int, targets: Points, limit_m: float) -> tuple[np.ndarray, np.ndarray]:
    """From one point to others: metres (n,), infinite beyond the limit, and whether each is only a straight line."""
    metres = np.hypot(*(targets.xy - origin.xy[at]).T)
    straight = (targets.piece < 0) | (origin.piece[at] < 0)
    if origin.piece[at] >= 0 and not straight.all():
        reach = np.full(len(streets.x), np.inf)
        _spread(streets, origin.piece[at], origin.share[at], origin.connector_m[at], limit_m, reach)
        u, v = streets.u[targets.piece], streets.v[targets.piece]
        long = np.hypot(streets.x[u] - streets.x[v], streets.y[u] - streets.y[v])
        along = np.minimum(reach[u] + targets.share * long, reach[v] + (1 - targets.share) * long)
        same = targets.piece == origin.piece[at]
        between = origin.connector_m[at] + np.abs(targets.share - origin.share[at]) * long
        along = np.where(same, np.minimum(along, between), along) + targets.connector_m
        metres = np.where(straight, metres, along)
    return np.where(metres <= limit_m, metres, np.inf), straight


def _counted(numbers: np.ndarray, count: int) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=count))]).astype(np.int64)


@njit(cache=True, nogil=True)
def _tie(streets: Net, xy: np.ndarray, piece: np.ndarray, share: np.ndarray, connector: np.ndarray) -> None:
    columns, rows = int(streets.grid[2]), int(streets.grid[3])
    for point in range(len(xy)):
        x, y = xy[point]
        if not (np.isfinite(x) and np.isfinite(y)):
            continue
        column = int(np.floor((x - streets.grid[0]) / REACH_M))
        row = int(np.floor((y - streets.grid[1]) / REACH_M))
        best = REACH_M * REACH_M
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(column - 1, 0), min(column + 2, columns)):
                for k in range(streets.cell_from[r * columns + c], streets.cell_from[r * columns + c + 1]):
                    p = streets.cell_piece[k]
                    ax, ay = streets.x[streets.u[p]], streets.y[streets.u[p]]
                    dx, dy = streets.x[streets.v[p]] - ax, streets.y[streets.v[p]] - ay
                    squared = dx * dx + dy * dy
                    along = ((x - ax) * dx + (y - ay) * dy) / squared if squared > 0 else 0.0
                    along = min(max(along, 0.0), 1.0)
                    away = (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2
                    if away < best or (away == best and piece[point] < 0):
                        best, piece[point], share[point] = away, p, along
        if piece[point] >= 0:
            connector[point] = np.sqrt(best)


@njit(cache=True, nogil=True)
def _spread(streets: Net, piece: int, share: float, connector: float, limit: float, reach: np.ndarray) -> None:
    """Metres from a tied point to every node within the limit (Dijkstra with a binary heap)."""
    heap_m = np.empty(1024)
    heap_node = np.empty(1024, np.int64)
    size = 0
    u, v = streets.u[piece], streets.v[piece]
    long = np.hypot(streets.x[u] - streets.x[v], streets.y[u] - streets.y[v])
    for node, metres in ((u, connector + share * long), (v, connector + (1 - share) * long)):
        if metres <= limit and metres < reach[node]:
            reach[node] = metres
            size = _push(heap_m, heap_node, size, metres, node)
    while size:
        here, metres = heap_node[0], heap_m[0]
        size -= 1
        _sink(heap_m, heap_node, size)
        if metres > reach[here]:
            continue
        for arc in range(streets.arc_from[here], streets.arc_from[here + 1]):
            other, there = streets.arc_to[arc], metres + streets.arc_m[arc]
            if there <= limit and there < reach[other]:
                reach[other] = there
                if size == len(heap_m):
                    heap_m = np.concatenate((heap_m, np.empty_like(heap_m)))
                    heap_node = np.concatenate((heap_node, np.empty_like(heap_node)))
                size = _push(heap_m, heap_node, size, there, other)


@njit(cache=True, nogil=True)
def _push(heap_m: np.ndarray, heap_node: np.ndarray, size: int, metres: float, node: int) -> int:
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap_m[above] <= metres:
            break
        heap_m[at], heap_node[at] = heap_m[above], heap_node[above]
        at = above
    heap_m[at], heap_node[at] = metres, node
    return size + 1


@njit(cache=True, nogil=True)
def _sink(heap_m: np.ndarray, heap_node: np.ndarray, size: int) -> None:
    """Put the last entry in the place of the first, which was taken."""
    metres, node = heap_m[size], heap_node[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap_m[below + 1] < heap_m[below]:
            below += 1
        if heap_m[below] >= metres:
            break
        heap_m[at], heap_node[at] = heap_m[below], heap_node[below]
        at = below
    heap_m[at], heap_node[at] = metres, node
