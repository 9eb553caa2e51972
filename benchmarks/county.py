"""A made-up county: streets, parcels and fifteen kinds of place, the same for the same scale.

Towns are jittered grids of 85 to 130 m, turned at random; between them lie roads along bent lines and lone nodes.  The
streets are the shortest tree that joins all nodes, and of the other pairs of neighbours mostly the nearer ones, until
each node has 2.67 neighbours.  Nodes are numbered at random, as those of OpenStreetMap are.  Scale 1 has 147,000 nodes
on 80 x 60 km and 185,000 parcels; scale 16 the same on sixteen times the land.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay

NODES, PARCELS, KINDS = 150_000, 185_000, 15
NEIGHBOURS = 1.3333  # streets for each node


@dataclass(frozen=True)
class County:
    """xy (n, 2): nodes, metres; u, v: streets; parcels (p, 2); places: for each kind (k, 2), 20 to 2,000 of them."""

    xy: np.ndarray
    u: np.ndarray
    v: np.ndarray
    parcels: np.ndarray
    places: list[np.ndarray]


def make(scale: float = 1.0) -> County:
    chance = np.random.default_rng(7 + int(scale * 10))
    xy = _nodes(scale, chance)
    u, v = _streets(xy)
    chance = np.random.default_rng(1)
    parcels = xy[chance.integers(0, len(xy), int(PARCELS * scale))]
    sizes = np.maximum(np.round(np.geomspace(20, 2000, KINDS) * scale), 1).astype(int)
    places = [xy[chance.integers(0, len(xy), size)] for size in sizes]
    return County(
        xy, u, v,
        parcels + chance.normal(0, 30, parcels.shape),
        [some + chance.normal(0, 25, some.shape) for some in places],
    )  # fmt: skip


def _nodes(scale: float, chance: np.random.Generator) -> np.ndarray:
    count, land = int(NODES * scale), np.array([80_000, 60_000]) * np.sqrt(scale)
    share = chance.pareto(1.1, max(1, int(14 * scale))) + 0.25
    centres = chance.uniform(0.05, 0.95, (len(share), 2)) * land
    parts = [
        _town(max(60, int(0.72 * count * s)), chance) + c for s, c in zip(share / share.sum(), centres, strict=True)
    ]
    rest = max(count - sum(map(len, parts)), 0)
    roads = max(1, int(90 * scale))
    begin, to_town = chance.uniform(0, 1, (roads, 2)) * land, chance.random((roads, 1)) < 0.6
    end = np.where(
        to_town, centres[chance.integers(0, len(centres), roads)], begin + chance.normal(0, 9000, (roads, 2))
    )
    road, along = chance.integers(0, roads, int(0.8 * rest)), chance.random((int(0.8 * rest), 1))
    line = end[road] - begin[road]
    aside = np.column_stack([-line[:, 1], line[:, 0]]) / (np.hypot(*line.T)[:, None] + 1)
    bend = 700 * np.sin(9 * along + chance.uniform(0, 6.28, roads)[road][:, None])
    parts.append(begin[road] + along * line + aside * bend + chance.normal(0, 25, line.shape))
    parts.append(chance.uniform(0, 1, (rest - len(road), 2)) * land)
    xy = np.concatenate(parts)
    xy = xy[((xy > -500) & (xy < land + 500)).all(axis=1)]
    return xy[chance.permutation(len(xy))]


def _town(count: int, chance: np.random.Generator) -> np.ndarray:
    block, side = chance.uniform(85, 130), int(np.ceil(np.sqrt(1.25 * count)))
    grid = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) - side / 2) * block
    ragged = np.argsort(np.hypot(*grid.T) + chance.normal(0, 3 * block, len(grid)))[:count]
    grid = grid[ragged] + chance.normal(0, 0.17 * block, (len(ragged), 2))
    turn = chance.uniform(0, np.pi / 2)
    return grid @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def _streets(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count, corners = len(xy), Delaunay(xy).simplices
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    apex = np.concatenate([corners[:, 2], corners[:, 0], corners[:, 1]])
    middle = xy[pairs].mean(axis=1)
    inside = ((xy[apex] - middle) ** 2).sum(axis=1) < ((xy[pairs[:, 0]] - xy[pairs[:, 1]]) ** 2).sum(axis=1) / 4
    keys, number = np.unique(pairs[:, 0].astype(np.int64) * count + pairs[:, 1], return_inverse=True)
    between = np.zeros(len(keys), bool)
    between[number[inside]] = True  # a third node lies between the two: they are no neighbours
    u, v = keys // count, keys % count
    metres = np.hypot(*(xy[u] - xy[v]).T) + 0.01
    tree = minimum_spanning_tree(coo_matrix((metres, (u, v)), shape=(count, count)).tocsr()).tocoo()
    joined = np.isin(keys, np.minimum(tree.row, tree.col).astype(np.int64) * count + np.maximum(tree.row, tree.col))
    more = np.flatnonzero(~between & ~joined)
    luck = np.exp(-metres[more] / 400) * np.sqrt(np.random.default_rng(3).random(len(more)))
    joined[more[np.argsort(-luck)[: int(NEIGHBOURS * count) - int(joined.sum())]]] = True
    return u[joined], v[joined]
