"""Points on a small network, searched with scipy: nothing to compile, nothing to prepare."""

from collections.abc import Sequence

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from siteselect.layers.streets import Streets
from siteselect.network import pieces
from siteselect.network.pieces import once

CHUNK = 64  # origins a pass: scipy answers with a full row for each


class Small:
    """Points tied to a small network.

    graph: metres between neighbours in walking direction; point i is node i, whether covered or not.
    """

    def __init__(self, streets: Streets, xy: np.ndarray, reach_m: float) -> None:
        count = len(xy)
        u, v, there, back = once(streets)
        ends = np.stack([np.column_stack([streets.x[i], streets.y[i]]) for i in (u, v)], axis=1)
        tree = shapely.STRtree(shapely.linestrings(ends))
        located = np.flatnonzero(np.isfinite(xy).all(axis=1))
        found = tree.query_nearest(shapely.points(xy[located]), max_distance=reach_m, all_matches=False)
        point, piece = located[found[0]], found[1].copy()
        length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
        street_m = pieces.street_m(len(streets.x), u, v, length)
        larger = np.flatnonzero(street_m >= pieces.FRAGMENT_M)
        stray = np.flatnonzero(street_m[piece] < pieces.FRAGMENT_M)
        if len(larger) and len(stray):
            tree = shapely.STRtree(shapely.linestrings(ends[larger]))
            again, better = tree.query_nearest(
                shapely.points(xy[point[stray]]), max_distance=pieces.PASSED_OVER_M, all_matches=False
            )
            piece[stray[again]] = larger[better]
        a, b = ends[piece, 0], ends[piece, 1]
        along = b - a
        squared = (along**2).sum(axis=1)
        share = np.divide(((xy[point] - a) * along).sum(axis=1), squared, out=np.zeros(len(point)), where=squared > 0)
        share = np.clip(share, 0, 1)
        self.connector_m = np.full(count, np.nan)
        self.connector_m[point] = np.hypot(*(xy[point] - a - along * share[:, None]).T)
        self.covered = np.isfinite(self.connector_m)
        self.street_m = np.full(count, np.nan)
        self.street_m[point] = street_m[piece]
        self.graph = _graph((u, v, there, back, length), len(streets.x), count, (point, piece, share), self.connector_m)
        label = connected_components(self.graph, directed=False)[1][:count]
        self.component = np.where(self.covered, label, -1)

    def nearest(self, groups: Sequence[np.ndarray], k: int) -> tuple[np.ndarray, np.ndarray]:
        """Metres (n, groups, k) and point number of the k nearest of each group; infinite and -1 for none."""
        count = len(self.covered)
        metres, which = np.full((count, len(groups), k), np.inf), np.full((count, len(groups), k), -1)
        for number, group in enumerate(groups):
            usable = np.asarray(group)[self.covered[group]]
            if k == 1 and len(usable):
                found = dijkstra(self.graph.T, indices=usable, min_only=True, return_predecessors=True)
                metres[:, number, 0] = found[0][:count]
                which[:, number, 0] = np.where(np.isfinite(found[0][:count]), found[2][:count], -1)
            for start in range(0, len(usable) if k > 1 else 0, CHUNK):
                some = usable[start : start + CHUNK]
                reach = dijkstra(self.graph.T, indices=some)[:, :count].T
                both = np.concatenate([metres[:, number], reach], axis=1)
                names = np.concatenate([which[:, number], np.where(np.isfinite(reach), some, -1)], axis=1)
                order = np.argsort(both, axis=1, kind="stable")[:, :k]
                metres[:, number] = np.take_along_axis(both, order, axis=1)
                which[:, number] = np.take_along_axis(names, order, axis=1)
        return metres, which

    def within(
        self, origins: np.ndarray, targets: np.ndarray, limit: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs (origin, target, metres) with a walk of at most `limit` metres."""
        usable = origins[self.covered[origins]]
        goals = targets[self.covered[targets]]
        froms, tos, metres = [np.empty(0, int)], [np.empty(0, int)], [np.empty(0)]
        for start in range(0, len(usable), CHUNK):
            some = usable[start : start + CHUNK]
            reach = dijkstra(self.graph, indices=some, limit=limit)[:, goals]
            row, column = np.nonzero(np.isfinite(reach))
            froms.append(some[row])
            tos.append(goals[column])
            metres.append(reach[row, column])
        return np.concatenate(froms), np.concatenate(tos), np.concatenate(metres)


def _graph(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray], nodes: int, count: int,
    tied: tuple[np.ndarray, np.ndarray, np.ndarray], connector: np.ndarray,
) -> csr_matrix:  # fmt: skip
    """The streets with each tied piece cut where points meet it, in walking direction.

    Nodes: the points, then the feet where their connectors meet a street, then the streets' own nodes.
    """
    point, piece, share = tied
    first_street = count + len(point)
    u, v, there, back, length = drawn[0] + first_street, drawn[1] + first_street, *drawn[2:]
    foot = count + np.arange(len(point))
    order = np.lexsort((share, piece))
    piece_o, share_o, foot_o = piece[order], share[order], foot[order]
    opens = np.r_[True, piece_o[1:] != piece_o[:-1]][: len(order)]
    closes = np.r_[opens[1:], True][: len(order)]
    before = np.where(opens, u[piece_o], np.r_[-1, foot_o[:-1]][: len(order)])
    before_share = np.where(opens, 0.0, np.r_[0.0, share_o[:-1]][: len(order)])
    whole = np.ones(len(u), bool)
    whole[piece] = False
    tails = np.concatenate([u[whole], before, foot_o[closes], point])
    heads = np.concatenate([v[whole], foot_o, v[piece_o[closes]], foot])
    metres = np.concatenate([
        length[whole],
        length[piece_o] * (share_o - before_share),
        length[piece_o[closes]] * (1 - share_o[closes]),
        connector[point],
    ])  # fmt: skip
    owner = np.concatenate([np.flatnonzero(whole), piece_o, piece_o[closes]])
    free = np.ones(len(point), bool)
    ahead, behind = (np.concatenate([may[owner], free]) | (metres == 0) for may in (there, back))
    froms, tos = np.concatenate([tails[ahead], heads[behind]]), np.concatenate([heads[ahead], tails[behind]])
    # a sparse matrix adds duplicates up and takes zero for "no edge": keep the shortest of parallel ones, above zero
    metres = np.maximum(np.concatenate([metres[ahead], metres[behind]]), 1e-9)
    order = np.lexsort((metres, tos, froms))
    froms, tos, metres = froms[order], tos[order], metres[order]
    first = np.r_[True, (froms[1:] != froms[:-1]) | (tos[1:] != tos[:-1])][: len(froms)] & (froms != tos)
    size = first_street + nodes
    return csr_matrix((metres[first], (froms[first], tos[first])), shape=(size, size))
