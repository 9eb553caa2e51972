"""Searches over a network that has no order yet: the nearest place of one kind, and everything within a limit."""

import numpy as np

from siteselect.network.compiled import kernel
from siteselect.network.labels import NONE, SHIFT
from siteselect.network.ways import NO_WAY

WIDTH_BITS = 19  # a bucket holds what is reached within 2**19 ticks of each other: 52 m


def nearest(
    arcs: tuple[np.ndarray, np.ndarray, np.ndarray], count: int, node: np.ndarray, label: np.ndarray
) -> np.ndarray:
    """Labels (n,) of the nearest place, as seen from each of `count` junctions; arcs by the junction they end in."""
    start, other, ticks = arcs
    farthest = max(int(ticks.max(initial=0)), int(label.max(initial=0)) >> SHIFT)
    buckets = 1 << ((farthest >> WIDTH_BITS) + 2).bit_length()
    return _spread(start, other, ticks, count, node, label, buckets)


@kernel
def _spread(
    start: np.ndarray, other: np.ndarray, ticks: np.ndarray, count: int, node: np.ndarray, label: np.ndarray,
    buckets: int,
) -> np.ndarray:  # fmt: skip
    """Buckets in a ring, each a linked list of (junction, label); what is out of date is passed over."""
    least = np.full(count, NONE, np.int64)
    head = np.full(buckets, -1, np.int32)
    size = len(other) + len(node)
    link, at, known = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int64)
    used, waiting, free = 0, 0, -1
    for i in range(len(node)):
        if label[i] < least[node[i]]:
            least[node[i]] = label[i]
            b = (label[i] >> (SHIFT + WIDTH_BITS)) & (buckets - 1)
            link[used], at[used], known[used], head[b] = head[b], node[i], label[i], used
            used += 1
            waiting += 1
    bucket = 0
    while waiting:
        entry = head[bucket & (buckets - 1)]
        if entry < 0:
            bucket += 1
            continue
        head[bucket & (buckets - 1)] = link[entry]
        waiting -= 1
        u, here = at[entry], known[entry]
        link[entry], free = free, entry
        if here > least[u]:
            continue
        for k in range(start[u], start[u + 1]):
            v, there = other[k], here + (ticks[k] << SHIFT)
            if there < least[v]:
                least[v] = there
                b = (there >> (SHIFT + WIDTH_BITS)) & (buckets - 1)
                entry = free
                if entry >= 0:
                    free = link[entry]
                else:
                    entry = used
                    used += 1
                    if used > len(link):  # a label may be mended more than once within a bucket
                        link, at, known = _longer(link, at, known)
                link[entry], at[entry], known[entry], head[b] = head[b], v, there, entry
                waiting += 1
    return least


@kernel
def _longer(link: np.ndarray, at: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.concatenate((link, np.empty_like(link))),
        np.concatenate((at, np.empty_like(at))),
        np.concatenate((known, np.empty_like(known))),
    )


@kernel
def within(
    start: np.ndarray, other: np.ndarray, ticks: np.ndarray, seeds: tuple[np.ndarray, np.ndarray, np.ndarray],
    limit: int, heap_room: int, least: np.ndarray,
) -> tuple[np.ndarray, int]:  # fmt: skip
    """Junctions within `limit` ticks of one point, and the ticks in `least` (NO_WAY elsewhere; to be reset after)."""
    node, cost, _ = seeds
    heap_cost, heap_node = np.empty(heap_room, np.int64), np.empty(heap_room, np.int32)
    found = np.empty(64, np.int32)
    size, reached = 0, 0
    for i in range(len(node)):
        if cost[i] <= limit:
            size = push(heap_cost, heap_node, size, cost[i], node[i])
    while size:
        here, u = heap_cost[0], heap_node[0]
        size = pop(heap_cost, heap_node, size)
        if here >= least[u]:
            continue
        least[u] = here
        if reached == len(found):
            found = np.concatenate((found, np.empty_like(found)))
        found[reached] = u
        reached += 1
        for k in range(start[u], start[u + 1]):
            there = here + ticks[k]
            if there <= limit and there < least[other[k]]:
                if size == len(heap_cost):
                    heap_cost = np.concatenate((heap_cost, np.empty_like(heap_cost)))
                    heap_node = np.concatenate((heap_node, np.empty_like(heap_node)))
                size = push(heap_cost, heap_node, size, there, other[k])
    return found, reached


@kernel
def push(cost: np.ndarray, node: np.ndarray, size: int, new: int, at: int) -> int:
    """Add to a heap; its size then."""
    i = size
    while i > 0 and cost[(i - 1) >> 1] > new:
        cost[i], node[i] = cost[(i - 1) >> 1], node[(i - 1) >> 1]
        i = (i - 1) >> 1
    cost[i], node[i] = new, at
    return size + 1


@kernel
def pop(cost: np.ndarray, node: np.ndarray, size: int) -> int:
    """Take the least from a heap; its size then."""
    size -= 1
    last, at = cost[size], node[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and cost[child + 1] < cost[child]:
            child += 1
        if cost[child] >= last:
            break
        cost[i], node[i] = cost[child], node[child]
        i = child
    cost[i], node[i] = last, at
    return size


@kernel
def pairs(
    arcs: tuple[np.ndarray, np.ndarray, np.ndarray], edges: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    meeting: tuple[np.ndarray, np.ndarray], points: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    goals: tuple[np.ndarray, np.ndarray], starts: np.ndarray, limit: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Every (start, goal, ticks) with a walk from start to goal of at most `limit`.

    arcs: by the junction they begin in.  edges: u, v, there, back.  meeting: edges by junction.  points: edge, from_u,
    to_u, connector.  goals: by edge, start and point.
    """
    start, other, ticks = arcs
    u, v, there, back = edges
    edge, from_u, to_u, connector = points
    least = np.full(len(start) - 1, NO_WAY, np.int64)
    seen = np.full(len(u), -1, np.int64)
    froms, tos, costs = np.empty(256, np.int64), np.empty(256, np.int64), np.empty(256, np.int64)
    size = 0
    for s in range(len(starts)):
        p = starts[s]
        e = edge[p]
        out = np.array([to_u[p], remaining(there[e], from_u[p], back[e], to_u[p])]) + connector[p]
        ends = np.array([u[e], v[e]])
        found, reached = within(start, other, ticks, (ends, out, ends), limit, 64, least)
        for r in range(-1, reached):
            first, last = (meeting[0][found[r]], meeting[0][found[r] + 1]) if r >= 0 else (0, 1)
            for m in range(first, last):
                near = meeting[1][m] if r >= 0 else e
                if seen[near] == s:
                    continue
                seen[near] = s
                for g in range(goals[0][near], goals[0][near + 1]):
                    q = goals[1][g]
                    cost = min(least[u[near]] + from_u[q],
                               least[v[near]] + remaining(back[near], to_u[q], there[near], from_u[q]))  # fmt: skip
                    cost += connector[q]
                    if near == e:
                        cost = min(cost, straight(there[e], back[e], from_u, to_u, p, q) + connector[p] + connector[q])
                    if p == q:
                        cost = 0
                    if cost > limit:
                        continue
                    if size == len(froms):
                        froms = np.concatenate((froms, np.empty_like(froms)))
                        tos = np.concatenate((tos, np.empty_like(tos)))
                        costs = np.concatenate((costs, np.empty_like(costs)))
                    froms[size], tos[size], costs[size] = p, q, cost
                    size += 1
        for r in range(reached):
            least[found[r]] = NO_WAY
    return froms[:size], tos[:size], costs[:size]


@kernel
def remaining(total: int, done: int, other_total: int, other_done: int) -> int:
    """Ticks of an edge beyond a place on it; a place at its very end has none, also where it may not be walked."""
    if total < NO_WAY:
        return total - done
    return 0 if other_total < NO_WAY and other_done == other_total else NO_WAY


@kernel
def straight(there: int, back: int, from_u: np.ndarray, to_u: np.ndarray, p: int, q: int) -> int:
    """Ticks from place p to place q of one edge without leaving it."""
    cost = NO_WAY
    if there < NO_WAY and from_u[q] >= from_u[p]:
        cost = from_u[q] - from_u[p]
    if back < NO_WAY and to_u[p] >= to_u[q]:
        cost = min(cost, to_u[p] - to_u[q])
    return cost
