"""Kernels that number junctions so that neighbours lie together, and join pieces of street into edges between them."""

import numpy as np

from siteselect.network.compiled import kernel

BITS = 16  # a side of the Hilbert square: 65,536 cells, a metre or two in a county


def hilbert(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Places in the order of a Hilbert curve: what is near on the ground is mostly near in memory."""
    if not len(x):
        return np.empty(0, np.int64)
    span = max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    scale = (2**BITS - 1) / span
    cells = [((c - c.min()) * scale).astype(np.int64) for c in (x, y)]
    order: np.ndarray = np.argsort(_along(cells[0], cells[1]), kind="stable")
    return order


@kernel
def _along(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    along = np.empty(len(x), np.int64)
    for i in range(len(x)):
        a, b, total = x[i], y[i], np.int64(0)
        for bit in range(BITS - 1, -1, -1):
            side = np.int64(1) << bit
            right, up = np.int64((a & side) > 0), np.int64((b & side) > 0)
            total += side * side * ((3 * right) ^ up)
            a, b = a & (side - 1), b & (side - 1)
            if up == 0:
                if right == 1:
                    a, b = side - 1 - a, side - 1 - b
                a, b = b, a
        along[i] = total
    return along


@kernel
def incident(count: int, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each node the pieces that meet there: those of node n are `piece[start[n] : start[n + 1]]`."""
    start = np.zeros(count + 1, np.int64)
    for i in range(len(u)):
        start[u[i] + 1] += 1
        start[v[i] + 1] += 1
    for n in range(count):
        start[n + 1] += start[n]
    fill = start[:-1].copy()
    piece = np.empty(2 * len(u), np.int64)
    for i in range(len(u)):
        piece[fill[u[i]]] = i
        fill[u[i]] += 1
        piece[fill[v[i]]] = i
        fill[v[i]] += 1
    return start, piece


@kernel
def junctions(
    start: np.ndarray, piece: np.ndarray, u: np.ndarray, v: np.ndarray, there: np.ndarray, back: np.ndarray
) -> np.ndarray:
    """Whether a node is a junction: anything but two pieces that can be walked through the same ways."""
    found = np.ones(len(start) - 1, np.bool_)
    for n in range(len(start) - 1):
        if start[n + 1] - start[n] != 2:
            continue
        p, q = piece[start[n]], piece[start[n] + 1]
        p_in, p_out = (there[p], back[p]) if v[p] == n else (back[p], there[p])
        q_out, q_in = (there[q], back[q]) if u[q] == n else (back[q], there[q])
        found[n] = p_in != q_out or p_out != q_in
    return found


@kernel
def chains(
    start: np.ndarray, piece: np.ndarray, u: np.ndarray, v: np.ndarray, junction: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pieces in walking order, edge by edge: which piece, whether it is turned round, and where each edge begins.

    A ring without a junction is given one: `junction` is changed.
    """
    line, turned = np.empty(len(u), np.int64), np.zeros(len(u), np.bool_)
    begins = np.empty(len(u) + 1, np.int64)
    done = np.zeros(len(u), np.bool_)
    placed, edges = 0, 0
    for rings in range(2):
        for n in range(len(start) - 1):
            if start[n] == start[n + 1] or (not junction[n] and rings == 0):
                continue
            for k in range(start[n], start[n + 1]):
                if done[piece[k]]:
                    continue
                junction[n] = True
                begins[edges] = placed
                edges += 1
                placed = _follow(n, piece[k], placed, start, piece, u, v, junction, done, line, turned)
    begins[edges] = placed
    return line, turned, begins[: edges + 1]


@kernel
def _follow(
    node: int, first: int, placed: int, start: np.ndarray, piece: np.ndarray, u: np.ndarray, v: np.ndarray,
    junction: np.ndarray, done: np.ndarray, line: np.ndarray, turned: np.ndarray,
) -> int:  # fmt: skip
    """Put the pieces from `node` by way of `first` as far as the next junction; how many are placed then."""
    here, p = node, first
    while True:
        done[p] = True
        line[placed] = p
        turned[placed] = v[p] == here
        placed += 1
        here = u[p] if turned[placed - 1] else v[p]
        if junction[here]:
            return placed
        a, b = piece[start[here]], piece[start[here] + 1]
        p = b if a == p else a
