"""In which order to take junctions away: halves of a network first, the junctions that part them last."""

import numpy as np

from siteselect.network.compiled import kernel
from siteselect.network.numbering import incident

DIRECTIONS = 8  # straight lines that each part is tried against
LEAF = 8  # a part of so few junctions is not halved again
SHARE = 0.2  # of a part, what must lie on either side at least


def ranks(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Each junction's rank, the first to be taken away 0; edges u, v between junctions at x, y."""
    turn = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    start, edge = incident(len(x), u, v)
    owner = np.repeat(np.arange(len(x)), np.diff(start))
    other = (u[edge] + v[edge] - owner).astype(np.int32)
    rank, _ = _dissect(start, other, np.ascontiguousarray(x), np.ascontiguousarray(y), np.cos(turn), np.sin(turn))
    return rank


@kernel
def _dissect(
    start: np.ndarray, other: np.ndarray, x: np.ndarray, y: np.ndarray, across: np.ndarray, along: np.ndarray
) -> tuple[np.ndarray, int]:
    count = len(x)
    nodes, rank = np.arange(count), np.full(count, -1, np.int32)
    part, side, rest = np.zeros(count, np.int64), np.zeros(count, np.bool_), np.empty(count, np.int64)
    todo = [(0, count)]
    left, parts = count, 0
    while len(todo):
        low, high = todo.pop()
        if high - low <= LEAF:
            for i in range(low, high):
                left -= 1
                rank[nodes[i]] = left
            continue
        parts += 1
        here = nodes[low:high].copy()
        part[here] = parts
        _halve(start, other, x, y, across, along, here, part, side)
        taken = _thinner(start, other, here, part, side)
        near, far = 0, 0
        for u in here:
            if side[u] == taken and _crosses(start, other, u, part, side):
                left -= 1
                rank[u] = left
            elif side[u]:
                nodes[low + near] = u
                near += 1
            else:
                rest[far] = u
                far += 1
        nodes[low + near : low + near + far] = rest[:far]
        if near:
            todo.append((low, low + near))
        if far:
            todo.append((low + near, low + near + far))
    return rank, parts


@kernel
def _crosses(start: np.ndarray, other: np.ndarray, u: int, part: np.ndarray, side: np.ndarray) -> bool:
    found = False
    for k in range(start[u], start[u + 1]):
        found |= part[other[k]] == part[u] and side[other[k]] != side[u]
    return found


@kernel
def _thinner(start: np.ndarray, other: np.ndarray, here: np.ndarray, part: np.ndarray, side: np.ndarray) -> bool:
    """The side with fewer junctions at the cut: those part the two."""
    more = 0
    for u in here:
        if _crosses(start, other, u, part, side):
            more += 1 if side[u] else -1
    return more <= 0


@kernel
def _halve(
    start: np.ndarray, other: np.ndarray, x: np.ndarray, y: np.ndarray, across: np.ndarray, along: np.ndarray,
    here: np.ndarray, part: np.ndarray, side: np.ndarray,
) -> None:  # fmt: skip
    """Say on which side of the best straight line each junction lies: few edges across it, much on both sides."""
    count = len(here)
    first, last = int(count * SHARE), count - int(count * SHARE)
    least, best, size = np.inf, 0, count // 2
    for d in range(len(across)):
        order = np.argsort(x[here] * across[d] + y[here] * along[d])
        side[here] = False
        cut = 0
        for j in range(last):
            u = here[order[j]]
            side[u] = True
            for k in range(start[u], start[u + 1]):
                if part[other[k]] == part[u]:
                    cut += -1 if side[other[k]] else 1
            uneven = 1 - 2 * min(j + 1, count - j - 1) / count
            score = cut * (1 + 2 * uneven * uneven)
            if j >= first and score < least:
                least, best, size = score, d, j + 1
    order = np.argsort(x[here] * across[best] + y[here] * along[best])
    side[here] = False
    side[here[order[:size]]] = True
