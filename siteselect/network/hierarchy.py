"""A network ordered once, so that one sweep up and one down gives the nearest of many kinds of place to every junction.

Customizable contraction hierarchies: Dibbelt, Strasser, Wagner, ACM J. Exp. Algorithmics 21 (2016).  The order comes
from halving the network by straight lines.
"""

from dataclasses import dataclass

import numpy as np

from siteselect.network import dissection
from siteselect.network.compiled import kernel
from siteselect.network.labels import LANES, NONE, SHIFT, keep_nearest
from siteselect.network.ways import NO_WAY, Ways


@dataclass(frozen=True)
class Hierarchy:
    """Junctions by rank, and arcs from each to higher ones, where they are on some shortest walk.

    rank (n,): of each junction.  start (n + 1,), head: the arcs of each rank; up, down: their costs from the lower end
    to the higher and back, as labels add them.
    """

    rank: np.ndarray
    start: np.ndarray
    head: np.ndarray
    up: np.ndarray
    down: np.ndarray


def order(ways: Ways) -> Hierarchy:
    """Order a network and find what each arc of the hierarchy costs; seconds for a county, kept with the network."""
    count = len(ways.x)
    real = ways.u != ways.v
    u, v = ways.u[real], ways.v[real]
    rank = dissection.ranks(np.asarray(ways.x), np.asarray(ways.y), u, v)
    a, b = rank[u], rank[v]
    low, high = np.minimum(a, b), np.maximum(a, b)
    up = np.where(a < b, ways.there[real], ways.back[real])
    down = np.where(a < b, ways.back[real], ways.there[real])
    by_low = np.lexsort((high, low))
    low, high, up, down = low[by_low], high[by_low], up[by_low], down[by_low]
    first = np.concatenate([[0], np.cumsum(np.bincount(low, minlength=count))]).astype(np.int64)
    start, head = complete(count, first, high.astype(np.int32))
    arc_up, arc_down = fill(count, start, head, first, high, up, down)
    shorten(start, head, arc_up, arc_down)
    useful = np.flatnonzero(prune(start, head, arc_up, arc_down))
    owner = np.repeat(np.arange(count), np.diff(start))[useful]
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)
    return Hierarchy(rank, start, head[useful], arc_up[useful] << SHIFT, arc_down[useful] << SHIFT)


def nearest(hierarchy: Hierarchy, seeds: tuple[np.ndarray, np.ndarray, np.ndarray], lanes: int, k: int) -> np.ndarray:
    """Labels (n, lanes, k) by rank: the k nearest of each lane's places, nearest first, as seen from each junction.

    seeds: junctions, lanes and labels to start from.
    """
    node, lane, label = seeds
    table = np.full((len(hierarchy.rank), LANES if k == 1 else lanes, k), NONE, np.int64)
    plant(table, hierarchy.rank[node], lane, label)
    if k == 1:
        sweep(hierarchy.start, hierarchy.head, hierarchy.up, hierarchy.down, table.reshape(-1, LANES))
    else:
        sweep_many(hierarchy.start, hierarchy.head, hierarchy.up, hierarchy.down, table)
    return table


@kernel
def complete(count: int, first: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The arcs that remain when junctions are taken away lowest first and their neighbours joined: start, head."""
    start, head = np.zeros(count + 1, np.int64), np.empty(max(16, 4 * len(high)), np.int32)
    child, sibling = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    seen, found = np.full(count, -1, np.int32), np.empty(count, np.int32)
    for r in range(count):
        size = 0
        for k in range(first[r], first[r + 1]):
            if seen[high[k]] != r:
                seen[high[k]] = r
                found[size] = high[k]
                size += 1
        c = child[r]
        while c >= 0:
            for k in range(start[c], start[c + 1]):
                if head[k] != r and seen[head[k]] != r:
                    seen[head[k]] = r
                    found[size] = head[k]
                    size += 1
            c = sibling[c]
        if start[r] + size > len(head):
            grown = np.empty(max(2 * len(head), start[r] + size), np.int32)
            grown[: start[r]] = head[: start[r]]
            head = grown
        head[start[r] : start[r] + size] = np.sort(found[:size])
        start[r + 1] = start[r] + size
        if size:
            parent = head[start[r]]
            sibling[r], child[parent] = child[parent], r
    return start, head[: start[count]].copy()


@kernel
def fill(
    count: int, start: np.ndarray, head: np.ndarray, first: np.ndarray, high: np.ndarray,
    up: np.ndarray, down: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The costs of the arcs that are streets themselves; the others cannot be walked yet."""
    arc_up, arc_down = np.full(len(head), NO_WAY, np.int64), np.full(len(head), NO_WAY, np.int64)
    for r in range(count):
        at = start[r]
        for k in range(first[r], first[r + 1]):
            while head[at] < high[k]:
                at += 1
            arc_up[at], arc_down[at] = min(arc_up[at], up[k]), min(arc_down[at], down[k])
    return arc_up, arc_down


@kernel
def shorten(start: np.ndarray, head: np.ndarray, up: np.ndarray, down: np.ndarray) -> None:
    """Lowest first: let the arc between two higher neighbours be no longer than the way through the junction."""
    for v in range(len(start) - 1):
        for i in range(start[v], start[v + 1]):
            at = start[head[i]]
            for j in range(i + 1, start[v + 1]):
                while head[at] < head[j]:
                    at += 1
                up[at] = min(up[at], down[i] + up[j])
                down[at] = min(down[at], down[j] + up[i])


@kernel
def prune(start: np.ndarray, head: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Highest first: make each arc a shortest walk, and say which are needed: no way by higher ones is as short."""
    up_needed, down_needed = up < NO_WAY, down < NO_WAY
    for v in range(len(start) - 2, -1, -1):
        for i in range(start[v], start[v + 1]):
            at = start[head[i]]
            for j in range(i + 1, start[v + 1]):
                while head[at] < head[j]:
                    at += 1
                if up[j] + down[at] <= up[i]:
                    up[i], up_needed[i] = up[j] + down[at], False
                if up[at] + down[j] <= down[i]:
                    down[i], down_needed[i] = up[at] + down[j], False
                if up[i] + up[at] <= up[j]:
                    up[j], up_needed[j] = up[i] + up[at], False
                if down[at] + down[i] <= down[j]:
                    down[j], down_needed[j] = down[at] + down[i], False
    return up_needed | down_needed


@kernel
def plant(table: np.ndarray, rank: np.ndarray, lane: np.ndarray, label: np.ndarray) -> None:
    """Put each seed at its junction."""
    for i in range(len(rank)):
        keep_nearest(table, rank[i], lane[i], label[i])


@kernel
def sweep(start: np.ndarray, head: np.ndarray, up: np.ndarray, down: np.ndarray, table: np.ndarray) -> None:
    """Carry labels (n, lanes) against the walking direction: up the hierarchy, then down."""
    lanes = table.shape[1]
    for v in range(len(start) - 1):
        for k in range(start[v], start[v + 1]):
            x, cost = head[k], down[k]
            for lane in range(lanes):
                table[x, lane] = min(table[x, lane], table[v, lane] + cost)
    for v in range(len(start) - 2, -1, -1):
        for k in range(start[v], start[v + 1]):
            x, cost = head[k], up[k]
            for lane in range(lanes):
                table[v, lane] = min(table[v, lane], table[x, lane] + cost)


@kernel
def sweep_many(start: np.ndarray, head: np.ndarray, up: np.ndarray, down: np.ndarray, table: np.ndarray) -> None:
    """As `sweep`, for the k nearest of each lane: labels (n, lanes, k)."""
    for v in range(len(start) - 1):
        for a in range(start[v], start[v + 1]):
            _carry(table, v, head[a], down[a])
    for v in range(len(start) - 2, -1, -1):
        for a in range(start[v], start[v + 1]):
            _carry(table, head[a], v, up[a])


@kernel
def _carry(table: np.ndarray, source: int, goal: int, cost: int) -> None:
    last = table.shape[2] - 1
    for lane in range(table.shape[1]):
        worst = table[goal, lane, last]
        for place in range(last + 1):
            label = table[source, lane, place] + cost
            if label >= worst:
                break
            keep_nearest(table, goal, lane, label)
            worst = table[goal, lane, last]
