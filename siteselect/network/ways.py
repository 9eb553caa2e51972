"""A street network as arrays: junctions in Hilbert order, edges between them, and the straight pieces of each edge.

Costs are whole ticks, so that sums are exact whichever way they are added up.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from siteselect.layers.streets import Streets
from siteselect.network import numbering, pace
from siteselect.network.pieces import once

TICKS = 10_000  # a tick is a tenth of a millimetre, or of a millisecond
NO_WAY = 1 << 37  # ticks of what cannot be walked: 13,700 km


@dataclass(frozen=True)
class Ways:
    """Streets ready to be searched.

    unit: what a cost is, "m" or "s".  Junctions: x, y in metres, island (0 is the one with the longest streets).
    Edges: u, v (junctions), there, back: ticks from u to v and from v to u, NO_WAY where it may not be walked that way.
    Pieces, in the order and direction of their edges: ends (p, 4) as x, y, x, y; edge; from_u, to_u: ticks between u
    and the piece's beginning; piece_there, piece_back: ticks along it.  level: pieces whose slope is unknown (seconds
    only; they are walked as on level ground).
    """

    unit: str
    x: np.ndarray
    y: np.ndarray
    island: np.ndarray
    u: np.ndarray
    v: np.ndarray
    there: np.ndarray
    back: np.ndarray
    ends: np.ndarray
    edge: np.ndarray
    from_u: np.ndarray
    to_u: np.ndarray
    piece_there: np.ndarray
    piece_back: np.ndarray
    level: int = field(default=0)

    @cached_property
    def into(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Arcs by the junction that they end in: start (n + 1,), the other end, ticks."""
        return self._arcs(self.v, self.u)

    @cached_property
    def out_of(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Arcs by the junction that they begin in: start (n + 1,), the other end, ticks."""
        return self._arcs(self.u, self.v)

    def _arcs(self, at: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        here, there = np.concatenate([at, other]), np.concatenate([other, at])
        ticks = np.concatenate([self.there, self.back])
        keep = np.flatnonzero((ticks < NO_WAY) & (here != there))
        order = keep[np.lexsort((there[keep], here[keep]))]
        start = np.concatenate([[0], np.cumsum(np.bincount(here[order], minlength=len(self.x)))])
        return start.astype(np.int64), there[order].astype(np.int32), ticks[order]

    @cached_property
    def street_m(self) -> np.ndarray:
        """Metres of streets of each island."""
        metres = np.hypot(self.ends[:, 2] - self.ends[:, 0], self.ends[:, 3] - self.ends[:, 1])
        whole: np.ndarray = np.bincount(
            self.island[self.u[self.edge]], metres, minlength=int(self.island.max(initial=-1)) + 1
        )
        return whole

    def islands(self) -> pd.DataFrame:
        """Parts of the network that do not join: [island, name, street_m], the longest first."""
        street_m = self.street_m
        names = [f"island {i}, {m / 1000:.1f} km of streets" if i else "main network" for i, m in enumerate(street_m)]
        return pd.DataFrame({"island": np.arange(len(street_m)), "name": names, "street_m": street_m})


def build(streets: Streets) -> Ways:
    """The network of some streets; a cost is metres."""
    u, v, there, back = once(streets)
    metres = np.hypot(streets.x[u] - streets.x[v], streets.y[u] - streets.y[v])
    return _build(streets, u, v, (_ticks(metres, there), _ticks(metres, back)), "m", 0)


def build_timed(streets: Streets, height_m: np.ndarray) -> Ways:
    """The network of some streets where a cost is seconds on foot, uphill slower; height_m: of each node of theirs.

    A piece with an end of unknown height (NaN) is walked as on level ground, and counted in `level`.
    """
    u, v, there, back = once(streets)
    metres = np.hypot(streets.x[u] - streets.x[v], streets.y[u] - streets.y[v])
    rise = height_m[v] - height_m[u]
    ticks = _ticks(pace.seconds(metres, rise), there), _ticks(pace.seconds(metres, -rise), back)
    return _build(streets, u, v, ticks, "s", int(np.isnan(rise).sum()))


def _ticks(cost: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    # one tick at least: the hierarchy may leave out what is no shorter than a way round only if no way is free
    ticks: np.ndarray = np.where(allowed, np.maximum(np.rint(cost * TICKS), 1), NO_WAY).astype(np.int64)
    return ticks


def _build(
    streets: Streets, u: np.ndarray, v: np.ndarray, ticks: tuple[np.ndarray, np.ndarray], unit: str, level: int
) -> Ways:
    passable = [t < NO_WAY for t in ticks]
    start, meeting = numbering.incident(len(streets.x), u, v)
    junction = numbering.junctions(start, meeting, u, v, passable[0], passable[1])
    line, turned, begins = numbering.chains(start, meeting, u, v, junction)
    number = np.full(len(streets.x), -1, np.int64)
    at = np.flatnonzero(junction & (np.diff(start) > 0))
    at = at[numbering.hilbert(streets.x[at], streets.y[at])]
    number[at] = np.arange(len(at))
    tail, head = np.where(turned, v[line], u[line]), np.where(turned, u[line], v[line])
    there = np.where(turned, ticks[1][line], ticks[0][line])
    back = np.where(turned, ticks[0][line], ticks[1][line])
    edge_u, edge_v = number[tail[begins[:-1]]], number[head[begins[1:] - 1]]
    # edges follow their junctions, and pieces their edges
    order = np.lexsort((np.maximum(edge_u, edge_v), np.minimum(edge_u, edge_v)))
    size = np.diff(begins)[order]
    first = np.concatenate([[0], np.cumsum(size)])
    rows = np.repeat(begins[:-1][order] - first[:-1], size) + np.arange(len(line))
    tail, head, there, back = tail[rows], head[rows], there[rows], back[rows]
    sums = [_along(cost, first) for cost in (there, back)]
    edge_u, edge_v = edge_u[order], edge_v[order]
    return Ways(
        unit, streets.x[at], streets.y[at], _islands(streets, len(at), edge_u, edge_v, (tail, head), size),
        edge_u.astype(np.int32), edge_v.astype(np.int32), sums[0][1], sums[1][1],
        np.column_stack([streets.x[tail], streets.y[tail], streets.x[head], streets.y[head]]),
        np.repeat(np.arange(len(size), dtype=np.int32), size), sums[0][0], sums[1][0], there, back, level,
    )  # fmt: skip


def _along(cost: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ticks from each edge's beginning to each of its pieces, and each edge's total."""
    if not len(cost):
        return cost, cost
    total = np.add.reduceat(cost, first[:-1])
    before = np.cumsum(cost) - cost
    blocked = total >= NO_WAY
    before = before - np.repeat(before[first[:-1]], np.diff(first))
    return np.where(np.repeat(blocked, np.diff(first)), NO_WAY, before), np.where(blocked, NO_WAY, total)


def _islands(
    streets: Streets, count: int, u: np.ndarray, v: np.ndarray, ends: tuple[np.ndarray, np.ndarray], size: np.ndarray
) -> np.ndarray:
    """Each junction's island, the one with the longest streets first."""
    graph = csr_matrix((np.ones(len(u), np.int8), (u, v)), shape=(count, count))
    found, label = connected_components(graph, directed=False)
    a, b = ends
    metres = np.hypot(streets.x[a] - streets.x[b], streets.y[a] - streets.y[b])
    length = np.bincount(label[np.repeat(u, size)], metres, minlength=found)
    rank = np.empty(found, np.int32)
    rank[np.argsort(-length, kind="stable")] = np.arange(found, dtype=np.int32)
    island: np.ndarray = rank[label]
    return island
