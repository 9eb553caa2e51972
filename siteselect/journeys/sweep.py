"""The sweep: one pass over a window's hops, from the latest to the earliest, for many targets side by side.

For each departure that can be boarded a row holds the earliest arrival at every target.  Going back in time, a row is
the least of a few rows that are known already: the vehicle's next departure, the next departure from the same stop, and
those that can be caught where the hop ends, after the change or the walk.  So the work is nothing but the lesser of two
rows of numbers, which a processor takes a whole line at a time.  Who asks brings walks to the stops; between two rows
of a stop nothing changes, so the minutes of a window are read off the rows.

The answers are those of `scan`, which goes forwards from one origin and can tell the journey.  After the profile
connection scan (Dibbelt, Pajor, Strasser, Wagner 2018), with targets in place of its lists of departures.

All that is compiled and calls each other stands in this one file, as in `scan`.
"""

import numpy as np
from numba import njit, prange

from siteselect.journeys.board import BLANK, Board

LANES = 128  # targets taken together: a few lines of the cache


@njit(cache=True, nogil=True)
def links(b: Board, foot_from: np.ndarray, foot: np.ndarray, change_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each step, the rows that can be boarded after it: where they begin (steps + 1,), and they.

    First the row of the stop itself after its least time for a change, then those of its footpaths, in order.
    """
    steps, most = len(b.step_stop), 0
    for step in range(steps):
        stop = b.step_stop[step]
        most += foot_from[stop + 1] - foot_from[stop] + 1 if stop >= 0 else 0
    begins, found, to = np.zeros(steps + 1, np.int64), np.empty(most, np.int32), 0
    own, beside = b.row_from[:-1].copy(), np.empty(len(foot), np.int64)  # where each was found last: seldom far
    for path in range(len(foot)):
        beside[path] = b.row_from[foot[path, 0]]
    for step in range(steps):
        stop, at = b.step_stop[step], b.step_s[step]
        if stop >= 0:
            own[stop] = _first_row(b, stop, at + change_s[stop], own[stop])
            if own[stop] < b.row_from[stop + 1]:
                found[to] = own[stop]
                to += 1
            for path in range(foot_from[stop], foot_from[stop + 1]):
                other = foot[path, 0]
                beside[path] = _first_row(b, other, at + foot[path, 1], beside[path])
                if beside[path] < b.row_from[other + 1]:
                    found[to] = beside[path]
                    to += 1
        begins[step + 1] = to
    return begins, found[:to]


@njit(cache=True, nogil=True)
def _first_row(b: Board, stop: int, time: int, near: int) -> int:
    """The first row of a stop that leaves at a time or later, from one near it on; its end where none does."""
    while near > b.row_from[stop] and b.row_s[near - 1] >= time:
        near -= 1
    while near < b.row_from[stop + 1] and b.row_s[near] < time:
        near += 1
    return near


@njit(cache=True, nogil=True)
def entangled(b: Board, begins: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Which moments have steps that lead, in no time at all, to rows that are worked on after them."""
    worked = np.empty(len(b.row_s), np.int64)
    for step in range(len(b.step_row)):
        if b.step_row[step] >= 0:
            worked[b.step_row[step]] = step
    again = np.zeros(len(b.moment_from) - 1, np.uint8)
    for moment in range(len(again)):
        for step in range(b.moment_from[moment], b.moment_from[moment + 1]):
            for at in range(begins[step], begins[step + 1]):
                if worked[found[at]] >= step:
                    again[moment] = 1
    return again


@njit(cache=True, nogil=True)
def _fill(  # noqa: C901 - in one piece, as calls would count references to all the arrays
    b: Board, begins: np.ndarray, link: np.ndarray, again: np.ndarray, egress_from: np.ndarray, egress_lane: np.ndarray,
    egress_s: np.ndarray, never: int, aboard: np.ndarray, rows: np.ndarray,
) -> None:  # fmt: skip
    """Fill `rows` (rows, lanes) with the earliest arrivals; `aboard` (trips, lanes) is what a vehicle leads to so far.

    egress_from (stops + 1,), egress_lane, egress_s: the walks from each stop to the lanes' targets.
    """
    lanes = aboard.shape[1]
    aboard[:] = never
    kept = np.empty((1, lanes), aboard.dtype)
    for moment in range(len(again)):
        start, end = b.moment_from[moment], b.moment_from[moment + 1]
        before = np.int64(-1)
        if again[moment]:
            if len(kept) < end - start:
                kept = np.empty((2 * (end - start), lanes), aboard.dtype)
            for step in range(start, end):
                kept[step - start] = aboard[b.step_trip[step]]
                if b.step_row[step] >= 0:
                    rows[b.step_row[step]] = never
        while True:
            if before >= 0:
                for step in range(start, end):  # a vehicle's last hop must not know of its first
                    aboard[b.step_trip[step]] = kept[step - start]
            for step in range(start, end):
                trip, stop = b.step_trip[step], b.step_stop[step]
                if stop >= 0:
                    for path in range(egress_from[stop], egress_from[stop + 1]):
                        there = b.step_s[step] + egress_s[path]
                        if there < aboard[trip, egress_lane[path]]:
                            aboard[trip, egress_lane[path]] = there
                    at, end_at = begins[step], begins[step + 1]
                    while at + 4 <= end_at:  # four at a time: a quarter of the reading and writing of `aboard`
                        one, two, three, four = link[at], link[at + 1], link[at + 2], link[at + 3]
                        for lane in range(lanes):
                            aboard[trip, lane] = min(
                                aboard[trip, lane],
                                min(min(rows[one, lane], rows[two, lane]), min(rows[three, lane], rows[four, lane])),
                            )
                        at += 4
                    while at < end_at:
                        row = link[at]
                        for lane in range(lanes):
                            aboard[trip, lane] = min(aboard[trip, lane], rows[row, lane])
                        at += 1
                row, following = b.step_row[step], b.step_next[step]
                if row >= 0 and following >= 0:
                    for lane in range(lanes):
                        rows[row, lane] = min(aboard[trip, lane], rows[following, lane])
                elif row >= 0:
                    for lane in range(lanes):
                        rows[row, lane] = aboard[trip, lane]
            if not again[moment]:
                break
            total = np.int64(0)  # times only fall: when their sum stays, nothing has changed
            for step in range(start, end):
                for lane in range(lanes):
                    total += aboard[b.step_trip[step], lane]
                if b.step_row[step] >= 0:
                    for lane in range(lanes):
                        total += rows[b.step_row[step], lane]
            if total == before:
                break
            before = total


@njit(cache=True, nogil=True)
def _caught(
    b: Board, stops: np.ndarray, walks: np.ndarray, step: int, count: int, head: np.ndarray, chain: np.ndarray
) -> None:
    """For each departure (0 is the earliest), the rows that it can catch and the next departure cannot, as a chain.

    head (count,): first link; chain (links, 2): row and next link, BLANK at the end.
    """
    size = 0
    head[:] = BLANK
    for near in range(len(stops)):
        stop, walk = stops[near], walks[near]
        low, high = b.row_from[stop], b.row_from[stop + 1]
        end, last = high, (count - 1) * step + walk
        while low < high:
            middle = (low + high) >> 1
            if b.row_s[middle] < last:
                low = middle + 1
            else:
                high = middle
        turn = count - 1
        if low < end:
            chain[size, 0], chain[size, 1] = low, head[turn]
            head[turn] = size
            size += 1
        else:
            turn = count
        for row in range(low - 1, b.row_from[stop] - 1, -1):
            left = b.row_s[row] - walk
            if left < 0:
                break
            if left // step < turn:
                turn = left // step
                chain[size, 0], chain[size, 1] = row, head[turn]
                head[turn] = size
                size += 1
            else:
                chain[size - 1, 0] = row  # an earlier one that the same departure catches: it leads to the later, too


@njit(cache=True, nogil=True)
def _travel(
    rows: np.ndarray, head: np.ndarray, chain: np.ndarray, lefts: np.ndarray, never: int, best: np.ndarray,
    travel: np.ndarray,
) -> None:  # fmt: skip
    """Travel seconds (departures, lanes) from the rows that each departure catches; no path is `never` less `lefts`."""
    lanes = len(best)
    best[:] = never
    for turn in range(len(head) - 1, -1, -1):
        at = head[turn]
        while at >= 0:
            row = chain[at, 0]
            for lane in range(lanes):
                best[lane] = min(best[lane], rows[row, lane])
            at = chain[at, 1]
        left = lefts[turn]
        for lane in range(lanes):
            travel[turn, lane] = best[lane] - left


@njit(cache=True, nogil=True)
def _bounds(travel: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """The least and the greatest of each lane."""
    low[:] = travel[0]
    high[:] = travel[0]
    for turn in range(1, len(travel)):
        for lane in range(travel.shape[1]):
            low[lane] = min(low[lane], travel[turn, lane])
            high[lane] = max(high[lane], travel[turn, lane])


@njit(cache=True, nogil=True)
def _at_rank(
    travel: np.ndarray, rank: int, low: np.ndarray, high: np.ndarray, middle: np.ndarray, under: np.ndarray
) -> None:
    """The rank-th smallest of each lane, by halving the range from `low` to `high`; it is left in both."""
    count, lanes = travel.shape
    fours = count - count % 4
    widest = np.int64(0)
    for lane in range(lanes):
        widest = max(widest, np.int64(high[lane]) - np.int64(low[lane]))
    while widest > 0:
        for lane in range(lanes):
            middle[lane] = low[lane] + ((high[lane] - low[lane]) >> 1)
            under[lane] = 0
        for turn in range(0, fours, 4):  # four at a time: half the reading and writing of `under`
            for lane in range(lanes):
                most = middle[lane]
                under[lane] += (
                    (travel[turn, lane] <= most)
                    + (travel[turn + 1, lane] <= most)
                    + (travel[turn + 2, lane] <= most)
                    + (travel[turn + 3, lane] <= most)
                )
        for turn in range(fours, count):
            for lane in range(lanes):
                under[lane] += travel[turn, lane] <= middle[lane]
        for lane in range(lanes):
            if under[lane] >= rank:
                high[lane] = middle[lane]
            else:
                low[lane] = middle[lane] + 1
        widest >>= 1


@njit(cache=True, nogil=True)
def _on_foot(
    direct_to: np.ndarray, direct_s: np.ndarray, stops: np.ndarray, walks: np.ndarray, egress_from: np.ndarray,
    egress_lane: np.ndarray, egress_s: np.ndarray, base: int, none: int, through: bool, walk: np.ndarray,
) -> None:  # fmt: skip
    """The least walk to each lane's target; with `through`, also by a stop that is only passed."""
    walk[:] = none
    for path in range(len(direct_to)):
        lane = direct_to[path] - base
        if 0 <= lane < len(walk):
            walk[lane] = min(walk[lane], direct_s[path])
    if not through:
        return
    for near in range(len(stops)):
        for path in range(egress_from[stops[near]], egress_from[stops[near] + 1]):
            lane = egress_lane[path]
            walk[lane] = min(walk[lane], walks[near] + egress_s[path])


@njit(cache=True, parallel=True)
def sweep(  # noqa: C901 - the loops that the threads share
    b: Board, begins: np.ndarray, link: np.ndarray, again: np.ndarray, access_from: np.ndarray,
    access_stop: np.ndarray, access_s: np.ndarray, egress_from: np.ndarray, egress_lane: np.ndarray,
    egress_s: np.ndarray, direct_from: np.ndarray, direct_to: np.ndarray, direct_s: np.ndarray, step: int, count: int,
    ranks: np.ndarray, latest: int, longest: int, limit: int, through: bool, never: int, none: int, threads: int,
    rows: np.ndarray, found: np.ndarray, share: np.ndarray,
) -> None:  # fmt: skip
    """Travel times at the ranks, int32 (origins, targets, ranks), and the share within the limit.

    rows (blocks at once, rows, lanes): the memory; its type counts the seconds, and `never` is the greatest of it,
    more than `latest` (no ride takes longer) and the window's span together.
    egress_from (blocks, stops + 1): walks from stops to targets, block by block.  No path is `none` in `found`.  An
    empty `share` is not filled.
    """
    together, _, lanes = rows.shape
    origins, targets = found.shape[0], found.shape[1]
    for first in range(0, len(egress_from), together):
        blocks = min(together, len(egress_from) - first)
        for block in prange(blocks):
            aboard = np.empty((b.trips, lanes), rows.dtype)
            _fill(b, begins, link, again, egress_from[first + block], egress_lane, egress_s, never, aboard, rows[block])
        for thread in prange(threads):
            head, chain = np.empty(count, np.int32), np.empty((1, 2), np.int32)
            travel = np.empty((count, lanes), rows.dtype)
            lefts = np.empty(count, rows.dtype)
            for turn in range(count):
                lefts[turn] = turn * step
            best, least, most, low, high = [np.empty(lanes, rows.dtype) for _ in range(5)]
            middle, under = np.empty(lanes, rows.dtype), np.empty(lanes, rows.dtype)
            walk = np.empty(lanes, np.int32)
            for origin in range(thread, origins, threads):
                begin, end = access_from[origin], access_from[origin + 1]
                if len(chain) < (end - begin) * (count + 1):
                    chain = np.empty((2 * (end - begin) * (count + 1), 2), np.int32)
                _caught(b, access_stop[begin:end], access_s[begin:end], step, count, head, chain)
                for block in range(blocks):
                    base = (first + block) * lanes
                    some = min(lanes, targets - base)
                    _travel(rows[block], head, chain, lefts, never, best, travel)
                    _bounds(travel, least, most)
                    _on_foot(
                        direct_to[direct_from[origin] : direct_from[origin + 1]],
                        direct_s[direct_from[origin] : direct_from[origin + 1]],
                        access_stop[begin:end], access_s[begin:end], egress_from[first + block], egress_lane, egress_s,
                        base, none, through, walk,
                    )  # fmt: skip
                    for turn in range(len(ranks)):
                        low[:] = least
                        high[:] = most
                        _at_rank(travel, ranks[turn], low, high, middle, under)
                        for lane in range(some):
                            time = min(np.int64(low[lane]) if low[lane] <= latest else none, walk[lane])
                            found[origin, base + lane, turn] = time if time <= longest else none
                    if len(share):
                        for lane in range(some):
                            inside = 0
                            for turn in range(count):
                                inside += walk[lane] <= limit or travel[turn, lane] <= min(limit, latest)
                            share[origin, base + lane] = inside / count
