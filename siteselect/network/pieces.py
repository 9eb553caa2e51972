"""The straight pieces of street that both ways of searching start from."""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from siteselect.layers.streets import Streets

FRAGMENT_M = 5000.0  # streets that join each other and no others are a fragment when they are shorter together
PASSED_OVER_M = 100.0  # within this of a point a street of a larger part is taken for its street, not a fragment's


def once(streets: Streets) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each piece once, however often and whichever way it was drawn: two points on one piece must meet on it.

    Returns nodes u < v, and whether a piece may be walked from u to v and from v to u.
    """
    u, v = streets.u, streets.v
    real = u != v
    u, v = u[real], v[real]
    both = np.ones(len(u), bool) if streets.one_way is None else ~streets.one_way[real]
    key = np.minimum(u, v).astype(np.int64) * max(len(streets.x), 1) + np.maximum(u, v)
    keys, number = np.unique(key, return_inverse=True)
    there, back = np.zeros(len(keys), bool), np.zeros(len(keys), bool)
    there[number[both | (u < v)]] = True
    back[number[both | (u > v)]] = True
    size = max(len(streets.x), 1)
    return keys // size, keys % size, there, back


def street_m(nodes: int, u: np.ndarray, v: np.ndarray, metres: np.ndarray) -> np.ndarray:
    """For each piece the metres of all streets that join it."""
    joined = csr_matrix((np.ones(len(u), np.int8), (u, v)), shape=(nodes, nodes))
    part = connected_components(joined, directed=False)[1][u]
    together: np.ndarray = np.bincount(part, metres)[part] if len(part) else np.empty(0)
    return together
