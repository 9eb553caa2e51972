"""Streets to metres on foot: points tied to the nearest street, and the shortest walks between them.

A walk is: from the point straight to the nearest street (the connector, measured and counted), along the streets, and
from the street straight to the other point.  Walks go both ways along every street.
"""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from siteselect.layers.streets import Streets

REACH_M = 250.0  # a point farther than this from any street is not covered by the network
CHUNK = 64  # origins a pass: scipy answers with a full row for each


@dataclass(frozen=True)
class Tied:
    """Points tied to the streets.

    graph: distances between neighbours in metres; point i is node i, whether covered or not.  covered (n,): a street is
    within REACH_M.  connector_m (n,): straight from the point to its street, NaN when not covered.  component (n,):
    points with the same number can walk to each other; -1 when not covered.
    """

    graph: csr_matrix
    covered: np.ndarray
    connector_m: np.ndarray
    component: np.ndarray


def tie(streets: Streets, xy: np.ndarray) -> Tied:
    """Tie points, (n, 2) in the place's metres, to the pieces of street nearest to them."""
    count = len(xy)
    streets = _once(streets)
    ends = np.stack([np.column_stack([streets.x[i], streets.y[i]]) for i in (streets.u, streets.v)], axis=1)
    tree = shapely.STRtree(shapely.linestrings(ends))
    located = np.flatnonzero(np.isfinite(xy).all(axis=1))
    found = tree.query_nearest(shapely.points(xy[located]), max_distance=REACH_M, all_matches=False)
    point, piece = located[found[0]], found[1]
    a, b = ends[piece, 0], ends[piece, 1]
    along = b - a
    squared = (along**2).sum(axis=1)
    share = np.divide(((xy[point] - a) * along).sum(axis=1), squared, out=np.zeros(len(point)), where=squared > 0)
    share = np.clip(share, 0, 1)
    foot = a + along * share[:, None]
    connector = np.full(count, np.nan)
    connector[point] = np.hypot(*(xy[point] - foot).T)
    graph = _graph(streets, count, point, piece, share, connector)
    covered = np.isfinite(connector)
    labels = connected_components(graph, directed=False)[1][:count]
    return Tied(graph, covered, connector, np.where(covered, labels, -1))


def nearest(tied: Tied, sources: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every point, metres to the nearest source on foot and which source that is.

    sources: numbers of points.  Returns (n,) metres, infinite where no source can be walked to, and (n,) point numbers,
    -1 there.  One search for all sources at once.
    """
    count = len(tied.covered)
    usable = sources[tied.covered[sources]]
    if not len(usable):
        return np.full(count, np.inf), np.full(count, -1)
    metres, _, source = dijkstra(tied.graph, directed=False, indices=usable, min_only=True, return_predecessors=True)
    reached = np.isfinite(metres[:count])
    return metres[:count], np.where(reached, source[:count], -1)


def within(
    tied: Tied, origins: np.ndarray, targets: np.ndarray, limit_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs (origin, target) with a walk of at most `limit_m`: two arrays of point numbers and one of metres."""
    usable = origins[tied.covered[origins]]
    goals = targets[tied.covered[targets]]
    froms, tos, metres = [], [], []
    for start in range(0, len(usable), CHUNK):
        some = usable[start : start + CHUNK]
        reach = dijkstra(tied.graph, directed=False, indices=some, limit=limit_m)[:, goals]
        row, column = np.nonzero(np.isfinite(reach))
        froms.append(some[row])
        tos.append(goals[column])
        metres.append(reach[row, column])
    if not froms:
        return np.empty(0, int), np.empty(0, int), np.empty(0)
    return np.concatenate(froms), np.concatenate(tos), np.concatenate(metres)


def _once(streets: Streets) -> Streets:
    """The streets with each piece once, whichever way it was drawn: two points on one piece must meet on it."""
    ends = np.sort(np.column_stack([streets.u, streets.v]), axis=1)
    once = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return replace(streets, u=once[:, 0], v=once[:, 1])


def _graph(
    streets: Streets, count: int, point: np.ndarray, piece: np.ndarray, share: np.ndarray, connector: np.ndarray
) -> csr_matrix:
    """The streets with each tied piece cut where points meet it.

    Nodes: the points, then the feet where their connectors meet a street, then the streets' own nodes.
    """
    tied_count = len(point)
    first_street = count + tied_count
    u, v, length = streets.u + first_street, streets.v + first_street, streets.length_m
    foot = count + np.arange(tied_count)
    order = np.lexsort((share, piece))
    piece_o, share_o, foot_o = piece[order], share[order], foot[order]
    opens = np.r_[True, piece_o[1:] != piece_o[:-1]] if tied_count else np.empty(0, bool)
    closes = np.r_[opens[1:], True] if tied_count else np.empty(0, bool)
    before = np.where(opens, u[piece_o], np.r_[-1, foot_o[:-1]]) if tied_count else np.empty(0, int)
    before_share = np.where(opens, 0.0, np.r_[0.0, share_o[:-1]]) if tied_count else np.empty(0)
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
    # a sparse matrix adds duplicates up and takes zero for "no edge": keep the shortest of parallel pieces, above zero
    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    order = np.lexsort((metres, high, low))
    low, high, metres = low[order], high[order], np.maximum(metres[order], 1e-9)
    first = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])] & (low != high)
    size = first_street + len(streets.x)
    return csr_matrix((metres[first], (low[first], high[first])), shape=(size, size))
