"""Many points on a prepared network: where each is tied, and the walks between them, by compiled searches."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np

from siteselect.network import hierarchy, pace, search, snap
from siteselect.network.compiled import kernel
from siteselect.network.hierarchy import Hierarchy
from siteselect.network.labels import LANES, NONE, SHIFT, keep_nearest
from siteselect.network.numbering import incident
from siteselect.network.pieces import FRAGMENT_M, PASSED_OVER_M
from siteselect.network.ways import NO_WAY, TICKS, Ways

THREADS = min(os.cpu_count() or 1, 8)  # compiled searches run beside each other


class County:
    """Points tied to a network.

    edge (n,): of each point, -1 where no street is near; from_u, to_u: ticks along the edge between its end u and the
    point's foot, each way; connector: ticks between point and foot.
    """

    def __init__(self, ways: Ways, order: Hierarchy | None, xy: np.ndarray, reach_m: float) -> None:
        self.ways, self._order = ways, order
        piece, share, metres = self._nearest_piece(xy, reach_m)
        self.connector_m, self.covered = metres, piece >= 0
        at, part = np.maximum(piece, 0), np.nan_to_num(share)
        self.edge = np.where(self.covered, ways.edge[at] if len(ways.edge) else -1, -1).astype(np.int32)
        total = [cost[np.maximum(self.edge, 0)] if len(cost) else cost for cost in (ways.there, ways.back)]
        begins = (ways.from_u, ways.to_u), (ways.piece_there, ways.piece_back)
        place = [self._place(begins[0][i], begins[1][i], at, part, total[i]) for i in range(2)]
        self.from_u, self.to_u = place
        # one end of a street that goes one way only: at its very beginning one is at u, whatever the direction
        for mine, other in ((0, 1), (1, 0)):
            blocked = (total[mine] >= NO_WAY) & (place[other] == 0)
            place[mine][blocked] = 0
        level = 1.0 if ways.unit == "m" else pace.LEVEL_M_PER_S  # a connector is walked as on level ground
        self.connector = np.rint(np.nan_to_num(metres) / level * TICKS).astype(np.int64)
        self._turn = self._in_turn(total[0], total[1])

    def _nearest_piece(self, xy: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As `snap.nearest_piece`, a fragment passed over where a larger part of the network is near."""
        ways = self.ways
        piece, share, metres = snap.nearest_piece(ways.ends, xy, reach_m)
        fragment = ways.street_m < FRAGMENT_M
        if not fragment.any() or fragment.all():
            return piece, share, metres
        fragment = fragment[ways.island[ways.u[ways.edge]]]
        stray = np.flatnonzero((piece >= 0) & fragment[np.maximum(piece, 0)])
        if len(stray):
            larger = np.flatnonzero(~fragment)
            found = snap.nearest_piece(ways.ends[larger], xy[stray], PASSED_OVER_M)
            some = found[0] >= 0
            stray, at = stray[some], larger[found[0][some]]
            piece[stray], share[stray], metres[stray] = at, found[1][some], found[2][some]
        return piece, share, metres

    def _place(
        self, begins: np.ndarray, piece: np.ndarray, at: np.ndarray, share: np.ndarray, total: np.ndarray
    ) -> np.ndarray:
        if not len(begins):
            return np.full(len(at), NO_WAY, np.int64)
        ticks = np.minimum(begins[at], NO_WAY) + np.rint(share * np.minimum(piece[at], NO_WAY)).astype(np.int64)
        placed: np.ndarray = np.where(total >= NO_WAY, NO_WAY, ticks)
        return placed

    def _in_turn(self, there: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The points in the order of their edges, so that memory is read in turn; their edges; ticks to both ends."""
        at_v = (back < NO_WAY) & (self.to_u == back)
        to_v = np.where(there < NO_WAY, there - self.from_u, np.where(at_v, 0, NO_WAY)) if len(there) else self.to_u
        ends = [np.minimum(ticks + self.connector, NO_WAY) for ticks in (self.to_u, to_v)]
        turn = np.argsort(self.edge, kind="stable")
        return turn, self.edge[turn], ends[0][turn], ends[1][turn]

    @property
    def component(self) -> np.ndarray:
        """The island that each point is tied to, -1 for none."""
        if not len(self.ways.u):
            return np.full(len(self.edge), -1)
        found: np.ndarray = np.where(self.covered, self.ways.island[self.ways.u[np.maximum(self.edge, 0)]], -1)
        return found

    @property
    def street_m(self) -> np.ndarray:
        """Metres of streets on the island that each point is tied to, NaN for none."""
        if not len(self.ways.u):
            return np.full(len(self.edge), np.nan)
        return np.where(self.covered, self.ways.street_m[np.maximum(self.component, 0)], np.nan)

    @cached_property
    def order(self) -> Hierarchy:
        """The network's order, made now where it was not kept with it."""
        return self._order if self._order is not None else hierarchy.order(self.ways)

    def nearest(self, groups: Sequence[np.ndarray], k: int) -> tuple[np.ndarray, np.ndarray]:
        """Cost (n, groups, k) and point number of the k nearest of each group of points; infinite and -1 for none."""
        count = len(self.edge)
        cost, which = np.empty((count, len(groups), k)), np.empty((count, len(groups), k), np.int32)
        for first in range(0, len(groups), LANES):
            some = [np.asarray(g, np.int64) for g in groups[first : first + LANES]]
            self._pass(some, k, cost[:, first : first + LANES], which[:, first : first + LANES])
        return cost, which

    def _pass(self, groups: list[np.ndarray], k: int, cost: np.ndarray, which: np.ndarray) -> None:
        place = np.concatenate(groups)
        lane = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
        number = np.concatenate([np.arange(1, len(g) + 1) for g in groups])
        kept = self.covered[place]
        place, lane, number = place[kept], lane[kept], number[kept]
        seeds = self._seeds(place, lane, number)
        if k == 1 and self._order is None:
            rank = np.arange(len(self.ways.x), dtype=np.int32)
            table = self._by_buckets(seeds, len(groups))
        else:
            rank, table = self.order.rank, hierarchy.nearest(self.order, seeds, len(groups), k)
        start = np.concatenate([[0], np.cumsum(np.bincount(self.edge[place], minlength=len(self.ways.u)))])
        by_edge = np.argsort(self.edge[place], kind="stable")
        here = (start.astype(np.int64), place[by_edge], lane[by_edge], number[by_edge])
        offset = np.concatenate([[0], np.cumsum([len(g) for g in groups])]).astype(np.int64)
        edges = self.ways.u, self.ways.v, self.ways.there, self.ways.back
        points = self.from_u, self.to_u, self.connector
        finish = _finish_one if k == 1 else _finish_many
        numbered = np.concatenate(groups), offset

        def share(first: int, last: int) -> None:
            finish(table, rank, edges, points, self._turn, here, numbered, first, last, cost, which)

        cuts = np.linspace(0, len(self.edge), THREADS + 1).astype(int)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(share, cuts[:-1], cuts[1:]))

    def _seeds(
        self, place: np.ndarray, lane: np.ndarray, number: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where a search against the walking direction begins: both ends of each place's edge."""
        ways, edge = self.ways, self.edge[place]
        there, back = ways.there[edge], ways.back[edge]
        done = self.from_u[place], self.to_u[place]
        at_end = (there < NO_WAY) & (done[0] == there)
        from_v = np.where(back < NO_WAY, back - done[1], np.where(at_end, 0, NO_WAY))
        ticks = np.concatenate([done[0], from_v]) + np.tile(self.connector[place], 2)
        node = np.concatenate([ways.u[edge], ways.v[edge]])
        open_ = np.flatnonzero(ticks < NO_WAY)
        label = (ticks << SHIFT) | np.tile(number, 2)
        return node[open_], np.tile(lane, 2)[open_], label[open_]

    def _by_buckets(self, seeds: tuple[np.ndarray, np.ndarray, np.ndarray], lanes: int) -> np.ndarray:
        node, lane, label = seeds
        arcs, count = self.ways.into, len(self.ways.x)

        def one(which: int) -> np.ndarray:
            mine = lane == which
            return search.nearest(arcs, count, node[mine], label[mine])

        with ThreadPoolExecutor(THREADS) as pool:
            return np.ascontiguousarray(np.stack(list(pool.map(one, range(lanes))), axis=1)[:, :, None])

    def within(
        self, origins: np.ndarray, targets: np.ndarray, limit: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs (origin, target, cost) with a walk of at most `limit`; searched from whichever are fewer."""
        origins, targets = origins[self.covered[origins]], targets[self.covered[targets]]
        ways = self.ways
        turned = len(targets) < len(origins)
        starts, goals = (targets, origins) if turned else (origins, targets)
        by_edge = np.argsort(self.edge[goals], kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(self.edge[goals], minlength=len(ways.u)))]).astype(np.int64)
        u, v, there, back = ways.u, ways.v, ways.there, ways.back
        if turned:  # against the walking direction everything is the other way round
            arcs, edges = ways.into, (u, v, back, there)
            points = self.edge, self.to_u, self.from_u, self.connector
        else:
            arcs, edges = ways.out_of, (u, v, there, back)
            points = self.edge, self.from_u, self.to_u, self.connector
        ticks = int(np.floor(limit * TICKS + 0.5))
        meeting = incident(len(ways.x), u, v)
        froms, tos, cost = search.pairs(arcs, edges, meeting, points, (first, goals[by_edge]), starts, ticks)
        if turned:
            froms, tos = tos, froms
        return froms, tos, cost / TICKS


@kernel
def _told(label: int, place: np.ndarray, first: int) -> tuple[float, int]:
    """A label as a cost and a point's number."""
    if label >= NONE:
        return np.inf, -1
    return (label >> SHIFT) / TICKS, place[first + (label & ((np.int64(1) << SHIFT) - 1)) - 1]


@kernel
def _finish_one(
    table: np.ndarray, rank: np.ndarray, edges: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    points: tuple[np.ndarray, np.ndarray, np.ndarray], turn: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    here: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], groups: tuple[np.ndarray, np.ndarray],
    first: int, last: int, cost: np.ndarray, which: np.ndarray,
) -> None:  # fmt: skip
    """From labels at junctions to the nearest of each group for each point: by either end, or along its own edge."""
    u, v, there, back = edges
    from_u, to_u, connector = points
    start, place, lane, number = here
    lanes = cost.shape[1]
    best = np.empty(lanes, np.int64)
    for i in range(first, last):
        p, e, by_u, by_v = turn[0][i], turn[1][i], turn[2][i] << SHIFT, turn[3][i] << SHIFT
        if e < 0:
            cost[p], which[p] = np.inf, -1
            continue
        a, b = rank[u[e]], rank[v[e]]
        for g in range(lanes):
            best[g] = min(table[a, g, 0] + by_u, table[b, g, 0] + by_v)
        for k in range(start[e], start[e + 1]):
            q = place[k]
            ticks = search.straight(there[e], back[e], from_u, to_u, p, q) + connector[p] + connector[q]
            best[lane[k]] = min(best[lane[k]], ((0 if p == q else ticks) << SHIFT) | number[k])
        for g in range(lanes):
            cost[p, g, 0], which[p, g, 0] = _told(best[g], groups[0], groups[1][g])


@kernel
def _finish_many(
    table: np.ndarray, rank: np.ndarray, edges: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    points: tuple[np.ndarray, np.ndarray, np.ndarray], turn: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    here: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], groups: tuple[np.ndarray, np.ndarray],
    first: int, last: int, cost: np.ndarray, which: np.ndarray,
) -> None:  # fmt: skip
    """As `_finish_one`, for the k nearest."""
    u, v, there, back = edges
    from_u, to_u, connector = points
    start, place, lane, number = here
    lanes, k = cost.shape[1], cost.shape[2]
    best = np.empty((1, lanes, k), np.int64)
    for i in range(first, last):
        p, e, by_u, by_v = turn[0][i], turn[1][i], turn[2][i] << SHIFT, turn[3][i] << SHIFT
        best[:] = NONE
        if e >= 0:
            a, b = rank[u[e]], rank[v[e]]
            for g in range(lanes):
                for n in range(k):
                    keep_nearest(best, 0, g, table[a, g, n] + by_u)
                for n in range(k):
                    if table[b, g, n] + by_v >= best[0, g, k - 1]:
                        break
                    keep_nearest(best, 0, g, table[b, g, n] + by_v)
            for n in range(start[e], start[e + 1]):
                q = place[n]
                ticks = search.straight(there[e], back[e], from_u, to_u, p, q) + connector[p] + connector[q]
                keep_nearest(best, 0, lane[n], ((0 if p == q else ticks) << SHIFT) | number[n])
        for g in range(lanes):
            for n in range(k):
                cost[p, g, n], which[p, g, n] = _told(best[0, g, n], groups[0], groups[1][g])
