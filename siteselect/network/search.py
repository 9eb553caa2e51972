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
def _longer(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three arrays of twice the length, begun as they were."""
    return (
        np.concatenate((a, np.empty_like(a))),
        np.concatenate((b, np.empty_like(b))),
        np.concatenate((c, np.empty_like(c))),
    )


@kernel
def within(
    arcs: tuple[np.ndarray, np.ndarray, np.ndarray], seeds: tuple[np.ndarray, np.ndarray], limit: int, least: np.ndarray
) -> tuple[np.ndarray, int]:
    """Junctions within `limit` ticks of one point, and the ticks in `least` (NO_WAY elsewhere; to be reset after)."""
    start, other, ticks = arcs
    heap_cost, heap_node, found = np.empty(64, np.int64), np.empty(64, np.int32), np.empty(64, np.int32)
    size, reached = 0, 0
    for i in range(len(seeds[0])):
        if seeds[1][i] <= limit:
            size = push(heap_cost, heap_node, size, seeds[1][i], seeds[0][i])
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
    u, v, there, back = edges
    edge, from_u, to_u, connector = points
    least, seen = np.full(len(arcs[0]) - 1, NO_WAY, np.int64), np.full(len(u), -1, np.int64)
    froms, tos, costs = np.empty(256, np.int64), np.empty(256, np.int64), np.empty(256, np.int64)
    size = 0
    for s in range(len(starts)):
        p = starts[s]
        e = edge[p]
        out = np.array([to_u[p], remaining(there[e], from_u[p], back[e], to_u[p])]) + connector[p]
        found, reached = within(arcs, (np.array([u[e], v[e]]), out), limit, least)
        near, many = _edges_at(found[:reached], meeting, e, s, seen)
        for i in range(many):
            for g in range(goals[0][near[i]], goals[0][near[i] + 1]):
                q = goals[1][g]
                cost = _walk(least, edges, points, p, q)
                if cost > limit:
                    continue
                if size == len(froms):
                    froms, tos, costs = _longer(froms, tos, costs)
                froms[size], tos[size], costs[size] = p, q, cost
                size += 1
        least[found[:reached]] = NO_WAY
    return froms[:size], tos[:size], costs[:size]


@kernel
def _edges_at(
    found: np.ndarray, meeting: tuple[np.ndarray, np.ndarray], own: int, stamp: int, seen: np.ndarray
) -> tuple[np.ndarray, int]:
    """The edges that meet some junctions, and one's own, each once."""
    near, size = np.empty(64, np.int64), 1
    near[0], seen[own] = own, stamp
    for r in found:
        for m in range(meeting[0][r], meeting[0][r + 1]):
            if seen[meeting[1][m]] != stamp:
                seen[meeting[1][m]] = stamp
                if size == len(near):
                    near = np.concatenate((near, np.empty_like(near)))
                near[size] = meeting[1][m]
                size += 1
    return near, size


@kernel
def _walk(
    least: np.ndarray, edges: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    points: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], p: int, q: int,
) -> int:  # fmt: skip
    """Ticks from point p, from which the junctions were reached, to point q."""
    u, v, there, back = edges
    edge, from_u, to_u, connector = points
    if p == q:
        return 0
    f = edge[q]
    by_v = least[v[f]] + remaining(back[f], to_u[q], there[f], from_u[q])
    cost = min(least[u[f]] + from_u[q], by_v)
    if f == edge[p]:
        cost = min(cost, straight(there[f], back[f], from_u, to_u, p, q) + connector[p])
    total: int = cost + connector[q]
    return total


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
