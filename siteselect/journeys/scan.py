"""The scan: one pass over the trips that can be caught, for a whole window of departures.

Departures are taken from the latest to the earliest.  What a later departure reaches, an earlier one reaches too (it
can wait), so labels are kept from one to the next and only improvements travel on.  A trip is ridden from the earliest
position at which it was boarded so far; no stretch of a trip is ever scanned twice.  Arrivals by vehicle and on foot
are pruned apart, because footpaths need not be transitively closed: a stop reached on foot a little earlier does not
make the vehicle's arrival useless, from which other stops can be walked to.

The same code answers backwards questions over the arrays of turned time.  After RAPTOR (Delling, Pajor, Werneck 2012),
its range variant, and trip-based routing (Witt 2015), without their count of transfers: the earliest arrival is exact.

All that is compiled and calls each other stands in this one file: numba keeps what it compiled by file, and would go on
using an old piece of another.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from siteselect.journeys.arrays import NEVER, Net

BLANK = -1


class Work(NamedTuple):
    """The scan's memory, made once and used for many scans.

    ready (stops,): earliest time at which a vehicle can be boarded; by_vehicle (stops,): earliest arrival in one;
    boarded (trips,): earliest position boarded; hint (slots,): trip found last; queue, queued: stops to look at;
    event_count (stops,), event_group, event_s (stops, cap): from which group of departures on, which arrival.
    """

    ready: np.ndarray
    by_vehicle: np.ndarray
    boarded: np.ndarray
    hint: np.ndarray
    queue: np.ndarray
    queued: np.ndarray
    event_count: np.ndarray
    event_group: np.ndarray
    event_s: np.ndarray


class Trail(NamedTuple):
    """How each stop was reached: by which trip from and to which position, and from which stop on foot (else BLANK)."""

    trip: np.ndarray
    pattern: np.ndarray
    entered: np.ndarray
    left: np.ndarray
    walked_from: np.ndarray
    on_foot: np.ndarray


@njit(cache=True, nogil=True)
def work(net: Net, cap: int) -> Work:
    """Memory for scans that note at most `cap` events a stop."""
    stops = len(net.change_s)
    return Work(
        np.empty(stops, np.int32),
        np.empty(stops, np.int32),
        np.empty(net.pattern_trip_from[-1], np.int32),
        np.empty(len(net.slot_pattern), np.int32),
        np.empty(stops + 1, np.int32),
        np.zeros(stops, np.uint8),
        np.zeros(stops, np.int32),
        np.empty((stops, cap), np.int32),
        np.empty((stops, cap), np.int32),
    )


@njit(cache=True, nogil=True)
def no_trail() -> Trail:
    """A trail for a scan that leaves none."""
    none = np.empty(0, np.int32)
    return Trail(none, none, none, none, none, np.empty(0, np.uint8))


@njit(cache=True, nogil=True, inline="always")
def _note(w: Work, stop: int, group: int, arrival: int) -> bool:
    """Note an arrival from this group of departures on; False when there is no room."""
    n = w.event_count[stop]
    if n and w.event_group[stop, n - 1] == group:
        w.event_s[stop, n - 1] = arrival
        return True
    if n == w.event_group.shape[1]:
        return False
    w.event_group[stop, n] = group
    w.event_s[stop, n] = arrival
    w.event_count[stop] = n + 1
    return True


@njit(cache=True, nogil=True)
def scan(  # noqa: C901 - in pieces it takes twenty times as long: each call counts references to all the arrays
    net: Net, seed_group: np.ndarray, seed_stop: np.ndarray, seed_s: np.ndarray, limit: int, w: Work, trail: Trail
) -> bool:
    """Fill `w` with the arrivals of all groups of seeds; False when a stop has more events than there is room for.

    Seeds: at a time (seed_s) somebody stands at a stop, having left the origin with a group (0 is the latest
    departure, groups ascend).  Nothing later than `limit` is looked at.  Arrivals straight from a seed are no events:
    who asks knows the walk.  With arrays in it, `trail` is filled too (meant for one group).
    """
    tracking = len(trail.trip) > 0
    room = True
    w.ready[:] = NEVER
    w.by_vehicle[:] = NEVER
    w.event_count[:] = 0
    w.hint[:] = BLANK
    for pattern in range(len(net.pattern_arrival_from)):
        size = net.pattern_stop_from[pattern + 1] - net.pattern_stop_from[pattern]
        w.boarded[net.pattern_trip_from[pattern] : net.pattern_trip_from[pattern + 1]] = size
    length = len(w.queue)
    head = tail = 0
    seed = 0
    while seed < len(seed_group):
        group = seed_group[seed]
        while seed < len(seed_group) and seed_group[seed] == group:
            stop = seed_stop[seed]
            if seed_s[seed] < w.ready[stop]:
                w.ready[stop] = seed_s[seed]
                if tracking:
                    trail.on_foot[stop] = 1
                    trail.walked_from[stop] = BLANK
                if not w.queued[stop]:
                    w.queued[stop] = 1
                    w.queue[tail] = stop
                    tail = tail + 1 if tail + 1 < length else 0
            seed += 1
        while head != tail:
            here = w.queue[head]
            head = head + 1 if head + 1 < length else 0
            w.queued[here] = 0
            ready = w.ready[here]
            for slot in range(net.slot_from[here], net.slot_from[here + 1]):
                # the first trip that leaves at or after `ready`, which only gets earlier: go on from the last one found
                pattern = net.slot_pattern[slot]
                first = net.pattern_trip_from[pattern]
                past = net.pattern_trip_from[pattern + 1]
                base = net.slot_departure_from[slot]
                at = w.hint[slot]
                if at < 0:
                    low, at = 0, past - first
                    while low < at:
                        middle = (low + at) >> 1
                        if net.departures[base + middle] < ready:
                            low = middle + 1
                        else:
                            at = middle
                else:
                    while at > 0 and net.departures[base + at - 1] >= ready:
                        at -= 1
                w.hint[slot] = at
                trip = first + at
                if trip == past:
                    continue
                entered = net.slot_position[slot]
                until = w.boarded[trip]
                if until <= entered:
                    continue
                later = trip
                while later < past and w.boarded[later] > entered:  # a later trip brings nobody there sooner
                    w.boarded[later] = entered
                    later += 1
                stop_from = net.pattern_stop_from[pattern]
                size = net.pattern_stop_from[pattern + 1] - stop_from
                cell = net.pattern_arrival_from[pattern] + at * size
                for position in range(entered + 1, min(until, size - 1) + 1):
                    arrival = net.arrivals[cell + position]
                    if arrival > limit:
                        if arrival < NEVER:
                            break
                        continue  # nobody may alight here
                    stop = net.pattern_stop[stop_from + position]
                    if arrival >= w.by_vehicle[stop]:
                        continue
                    w.by_vehicle[stop] = arrival
                    if tracking:
                        trail.trip[stop] = trip
                        trail.pattern[stop] = pattern
                        trail.entered[stop] = entered
                        trail.left[stop] = position
                    if arrival < w.ready[stop]:
                        room &= _note(w, stop, group, arrival)
                    board = arrival + net.change_s[stop]
                    if board < w.ready[stop]:
                        w.ready[stop] = board
                        if tracking:
                            trail.on_foot[stop] = 0
                        if not w.queued[stop]:
                            w.queued[stop] = 1
                            w.queue[tail] = stop
                            tail = tail + 1 if tail + 1 < length else 0
                    for path in range(net.foot_from[stop], net.foot_from[stop + 1]):
                        other = net.foot_to[path]
                        there = arrival + net.foot_s[path]
                        if there >= w.ready[other] or there > limit:
                            continue
                        if there < w.by_vehicle[other]:
                            room &= _note(w, other, group, there)
                        w.ready[other] = there
                        if tracking:
                            trail.on_foot[other] = 1
                            trail.walked_from[other] = stop
                        if not w.queued[other]:
                            w.queued[other] = 1
                            w.queue[tail] = other
                            tail = tail + 1 if tail + 1 < length else 0
    return room


@njit(cache=True, nogil=True)
def expand(w: Work, last: int, step: int, count: int, longest: int, found: np.ndarray) -> None:
    """Travel seconds by stop and group, latest departure first, from the noted arrivals."""
    for stop in range(len(w.event_count)):
        n = w.event_count[stop]
        begin = w.event_group[stop, 0] if n else count
        for group in range(begin):
            found[stop, group] = NEVER
        for event in range(n):
            end = w.event_group[stop, event + 1] if event + 1 < n else count
            wait = w.event_s[stop, event] - last
            for group in range(w.event_group[stop, event], end):
                travel = wait + group * step
                found[stop, group] = travel if travel <= longest else NEVER


@njit(cache=True, nogil=True)
def expand_back(
    w: Work, arrivals: np.ndarray, walk: np.ndarray, first: int, step: int, count: int, longest: int, found: np.ndarray
) -> None:
    """Travel seconds by stop and departure, earliest first: the first arrival whose departure is not yet gone."""
    for stop in range(len(w.event_count)):
        event, n = 0, w.event_count[stop]
        for turn in range(count):
            now = first + turn * step
            while event < n and -w.event_s[stop, event] < now:
                event += 1
            travel = walk[stop]
            if event < n:
                travel = min(travel, arrivals[w.event_group[stop, event]] - now)
            found[stop, turn] = travel if travel <= longest else NEVER


@njit(cache=True, nogil=True)
def _at_ranks(
    w: Work,
    stop: int,
    walk: np.int32,
    last: int,
    step: int,
    count: int,
    ranks: np.ndarray,
    longest: int,
    runs: np.ndarray,
    found: np.ndarray,
) -> None:
    """The travel times of a stop at some ranks (ascending), without writing its departures out.

    Between two noted arrivals the travel times are an arithmetic sequence, so how many are at most x is a division.
    `runs` (3, departures) is room for the sequences: their first group, the group after, and the time at group 0.
    """
    n = w.event_count[stop]
    if n == 0:
        found[:] = walk if walk <= longest else NEVER
        return
    begins, ends, waits = runs[0], runs[1], runs[2]
    worst = best = np.int32(w.event_s[stop, 0] - last + w.event_group[stop, 0] * step)
    for event in range(n):
        begins[event] = w.event_group[stop, event]
        ends[event] = w.event_group[stop, event + 1] if event + 1 < n else count
        waits[event] = w.event_s[stop, event] - last
        worst = max(worst, np.int32(waits[event] + (ends[event] - 1) * step))
        best = min(best, np.int32(waits[event] + begins[event] * step))
    reached = count - begins[0]
    low = min(best, walk)
    inverse = np.float32(1.0 / step)
    for turn in range(len(ranks)):
        rank = ranks[turn]
        if rank > reached:
            found[turn] = walk if walk <= longest else NEVER
            continue
        if n == 1:
            low = min(np.int32(waits[0] + (begins[0] + rank - 1) * step), walk)
        else:
            high = min(worst, walk)
            while low < high:
                x = (low + high) >> 1
                under = np.int32(0)
                for event in range(n):
                    # half a second keeps the product of the two roundings on the right side of a whole number
                    fits = np.int32((np.float32(x - waits[event]) + np.float32(0.5)) * inverse + np.float32(1.0))
                    under += max(min(fits, ends[event]) - begins[event], 0)
                if under >= rank:
                    high = x
                else:
                    low = np.int32(x + 1)
        found[turn] = low if low <= longest else NEVER


@njit(cache=True, parallel=True)
def between_stops(
    net: Net,
    origins: np.ndarray,
    last: int,
    step: int,
    count: int,
    ranks: np.ndarray,
    longest: int,
    threads: int,
    found: np.ndarray,
) -> None:
    """Travel times at the ranks, int32 (origins, stops, ranks); what `windows.between_stops` says."""
    stops = len(net.change_s)
    for thread in prange(threads):
        w = work(net, count)
        trail = no_trail()
        walk = np.full(stops, NEVER, np.int32)
        runs = np.empty((3, count), np.int32)
        for row in range(thread, len(origins), threads):
            origin = origins[row]
            begin, end = net.foot_from[origin], net.foot_from[origin + 1]
            near, away = np.empty(end - begin + 1, np.int64), np.zeros(end - begin + 1, np.int64)
            near[0] = origin
            near[1:], away[1:] = net.foot_to[begin:end], net.foot_s[begin:end]
            group, seed_stop, seed_s = _seeds(near, away, last, step, count)
            scan(net, group, seed_stop, seed_s, last + longest, w, trail)
            walk[origin] = 0
            for path in range(begin, end):
                walk[net.foot_to[path]] = min(walk[net.foot_to[path]], net.foot_s[path])
            walk[origin] = 0
            for stop in range(stops):
                _at_ranks(w, stop, walk[stop], last, step, count, ranks, longest, runs, found[row, stop])
            walk[origin] = NEVER
            for path in range(begin, end):
                walk[net.foot_to[path]] = NEVER


@njit(cache=True, nogil=True)
def _smallest(values: np.ndarray, rank: int, low: int, high: int) -> int:
    """The rank-th smallest of some whole numbers, by halving the range; quick for a few hundred values."""
    while low < high:
        middle = (low + high) >> 1
        under = 0
        for value in values:
            under += value <= middle
        if under >= rank:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True)
def _at_most(values: np.ndarray, travel: np.ndarray, after: int) -> None:
    for turn in range(len(values)):
        values[turn] = min(values[turn], travel[turn] + after)


@njit(cache=True, nogil=True)
def _summed_up(values: np.ndarray, ranks: np.ndarray, limit: int, longest: int, found: np.ndarray) -> float:
    """Put the values at the ranks into `found`; the share of them within the limit."""
    under = 0
    low = high = values[0]
    for value in values:
        under += value <= limit
        low, high = min(low, value), max(high, value)
    for turn in range(len(ranks)):
        low = _smallest(values, ranks[turn], low, high)
        found[turn] = low if low <= longest else NEVER
    return under / len(values)


@njit(cache=True, nogil=True)
def _seeds(
    stop: np.ndarray, walk: np.ndarray, last: int, step: int, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seeds of all departures of a window: everybody walks to the stops near the origin."""
    near = len(stop)
    group = np.empty(near * count, np.int64)
    seed_stop = np.empty(near * count, np.int64)
    seed_s = np.empty(near * count, np.int64)
    for turn in range(count):
        for path in range(near):
            at = turn * near + path
            group[at], seed_stop[at] = turn, stop[path]
            seed_s[at] = last - turn * step + walk[path]
    return group, seed_stop, seed_s


@njit(cache=True, parallel=True)
def between_points(
    net: Net,
    access_from: np.ndarray,
    access_stop: np.ndarray,
    access_s: np.ndarray,
    egress_from: np.ndarray,
    egress_stop: np.ndarray,
    egress_s: np.ndarray,
    direct_from: np.ndarray,
    direct_to: np.ndarray,
    direct_s: np.ndarray,
    last: int,
    step: int,
    count: int,
    ranks: np.ndarray,
    longest: int,
    limit: int,
    threads: int,
    found: np.ndarray,
    share: np.ndarray,
) -> None:
    """Travel times at the ranks and the share within the limit; what `windows.between_points` says."""
    stops = len(net.change_s)
    targets = len(egress_from) - 1
    for thread in prange(threads):
        w = work(net, count)
        trail = no_trail()
        travel = np.empty((stops, count), np.int32)
        walk = np.empty(targets, np.int32)
        values = np.empty(count, np.int32)
        useful = np.empty(stops, np.int32)
        for row in range(thread, len(access_from) - 1, threads):
            begin, near = access_from[row], access_from[row + 1] - access_from[row]
            group, seed_stop, seed_s = _seeds(
                access_stop[begin : begin + near], access_s[begin : begin + near], last, step, count
            )
            scan(net, group, seed_stop, seed_s, last + longest, w, trail)
            expand(w, last, step, count, longest, travel)
            useful[:] = w.event_count
            for path in range(near):  # vehicles that come later than the walk to a stop are not noted: the walk counts
                stop, before = access_stop[begin + path], access_s[begin + path]
                useful[stop] = 1
                for turn in range(count):
                    travel[stop, turn] = min(travel[stop, turn], before)
            walk[:] = NEVER
            for path in range(direct_from[row], direct_from[row + 1]):
                walk[direct_to[path]] = min(walk[direct_to[path]], direct_s[path])
            for target in range(targets):
                values[:] = walk[target]
                for path in range(egress_from[target], egress_from[target + 1]):
                    if useful[egress_stop[path]]:
                        _at_most(values, travel[egress_stop[path]], egress_s[path])
                share[row, target] = _summed_up(values, ranks, limit, longest, found[row, target])
