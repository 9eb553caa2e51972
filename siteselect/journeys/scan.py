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
from numba import njit

from siteselect.journeys.arrays import NEVER, Net

BLANK = -1


class Work(NamedTuple):
    """The scan's memory, made once and used for many scans.

    ready (stops,): earliest time at which a vehicle can be boarded; by_vehicle (stops,): earliest arrival in one;
    boarded (trips,): earliest position boarded; found (slots, 2): trip found last, departure of the one before it;
    queue, queued: stops to look at; brought: those to which a vehicle brought somebody, who may walk on;
    event_count (stops,), event_group, event_s (stops, cap): from which group of departures on, which arrival.
    """

    ready: np.ndarray
    by_vehicle: np.ndarray
    boarded: np.ndarray
    found: np.ndarray
    queue: np.ndarray
    queued: np.ndarray
    brought: np.ndarray
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
        np.empty((len(net.slot), 2), np.int32),
        np.empty(stops + 1, np.int32),
        np.zeros(stops, np.uint8),
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
    w.found[:, 0] = BLANK
    w.found[:, 1] = NEVER
    for pattern in range(len(net.pattern_arrival_from)):
        size = net.pattern_stop_from[pattern + 1] - net.pattern_stop_from[pattern]
        w.boarded[net.pattern_trip_from[pattern] : net.pattern_trip_from[pattern + 1]] = size
    length, cap = len(w.queue), w.event_group.shape[1]
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
            if w.brought[here]:
                w.brought[here] = 0
                arrival = w.by_vehicle[here]
                for path in range(net.foot_from[here], net.foot_from[here + 1]):
                    other = net.foot[path, 0]
                    there = arrival + net.foot[path, 1]
                    if there >= w.ready[other] or there > limit:
                        continue
                    if there < w.by_vehicle[other]:
                        n = w.event_count[other]
                        if n and w.event_group[other, n - 1] == group:
                            w.event_s[other, n - 1] = there
                        elif n < cap:
                            w.event_group[other, n] = group
                            w.event_s[other, n] = there
                            w.event_count[other] = n + 1
                        else:
                            room = False
                    w.ready[other] = there
                    if tracking:
                        trail.on_foot[other] = 1
                        trail.walked_from[other] = here
                    if not w.queued[other]:
                        w.queued[other] = 1
                        w.queue[tail] = other
                        tail = tail + 1 if tail + 1 < length else 0
            ready = w.ready[here]
            for slot in range(net.slot_from[here], net.slot_from[here + 1]):
                if w.found[slot, 1] < ready:
                    continue  # the first trip that can be caught is the one that was found last
                first, past, base = net.slot[slot, 2], net.slot[slot, 3], net.slot[slot, 4]
                at = w.found[slot, 0]
                if at < 0:
                    low, at = 0, past - first
                    while low < at:
                        middle = (low + at) >> 1
                        if net.departures[base + middle] < ready:
                            low = middle + 1
                        else:
                            at = middle
                else:  # times only get earlier in the course of a scan
                    while at > 0 and net.departures[base + at - 1] >= ready:
                        at -= 1
                w.found[slot, 0] = at
                w.found[slot, 1] = net.departures[base + at - 1] if at > 0 else -NEVER
                trip = first + at
                if trip == past:
                    continue
                entered = net.slot[slot, 1]
                until = w.boarded[trip]
                if until <= entered:
                    continue
                w.boarded[trip] = entered
                stop_from, size = net.slot[slot, 5], net.slot[slot, 6]
                cell = net.slot[slot, 7] + at * size
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
                        trail.pattern[stop] = net.slot[slot, 0]
                        trail.entered[stop] = entered
                        trail.left[stop] = position
                    if arrival < w.ready[stop]:
                        n = w.event_count[stop]
                        if n and w.event_group[stop, n - 1] == group:
                            w.event_s[stop, n - 1] = arrival
                        elif n < cap:
                            w.event_group[stop, n] = group
                            w.event_s[stop, n] = arrival
                            w.event_count[stop] = n + 1
                        else:
                            room = False
                    board = arrival + net.change_s[stop]
                    if board < w.ready[stop]:
                        w.ready[stop] = board
                        if tracking:
                            trail.on_foot[stop] = 0
                    elif net.foot_from[stop] == net.foot_from[stop + 1]:
                        continue
                    w.brought[stop] = 1
                    if not w.queued[stop]:
                        w.queued[stop] = 1
                        w.queue[tail] = stop
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
