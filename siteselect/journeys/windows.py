"""Travel times over a window of departures: from each origin to each target, every minute, all exact to the second.

A travel time counts from the minute of departure to the arrival, waiting included.  No path is NEVER in whole numbers
and infinite in percentiles' seconds, so that a percentile over departures without a path stays honest.
"""

from dataclasses import dataclass

import numpy as np
from numba import get_num_threads

from siteselect.journeys import board, scan, sweep
from siteselect.journeys.arrays import NEVER, Timetable

LONGEST_S = 6 * 3600
PERCENTS = (5, 50, 95)
AT_ONCE_BYTES = 200_000_000  # memory for targets swept together


@dataclass(frozen=True)
class Window:
    """Departures first_s, first_s + step_s, ... before last_s, in seconds after the start of the day."""

    first_s: int
    until_s: int
    step_s: int = 60

    def __post_init__(self) -> None:
        if self.until_s <= self.first_s or self.step_s < 1:
            raise ValueError(f"a window from {self.first_s} s until {self.until_s} s holds no departure")

    @property
    def count(self) -> int:
        """How many departures there are."""
        return -(-(self.until_s - self.first_s) // self.step_s)

    @property
    def last_s(self) -> int:
        """The latest departure."""
        return self.first_s + (self.count - 1) * self.step_s


@dataclass(frozen=True, eq=False)
class Walks:
    """Walks between some points (rows) and numbered others (stops or points): begins (rows + 1,), other, seconds."""

    begins: np.ndarray
    other: np.ndarray
    seconds: np.ndarray

    @classmethod
    def of(cls, row: np.ndarray, other: np.ndarray, seconds: np.ndarray, count: int) -> "Walks":
        """From pairs in any order."""
        order = np.argsort(row, kind="stable")
        begins = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))]).astype(np.int64)
        return cls(begins, other[order].astype(np.int32), seconds[order].astype(np.int32))

    def rows(self, rows: np.ndarray) -> "Walks":
        """The walks of some rows, in that order."""
        each = np.diff(self.begins)[rows]
        begins = np.concatenate([[0], np.cumsum(each)])
        at = np.repeat(self.begins[rows] - begins[:-1], each) + np.arange(begins[-1])
        return Walks(begins, self.other[at], self.seconds[at])

    def by_stop(self, stops: int, lanes: int, blocks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Walks of targets (rows) turned round, by block of targets and stop: begins (blocks, stops + 1), lane, s."""
        target = np.repeat(np.arange(len(self.begins) - 1), np.diff(self.begins))
        block, lane = np.divmod(target, lanes)
        key = block * stops + self.other
        order = np.argsort(key, kind="stable")
        begins = np.concatenate([[0], np.cumsum(np.bincount(key, minlength=blocks * stops))]).astype(np.int64)
        ends = np.lib.stride_tricks.sliding_window_view(begins, stops + 1)[::stops]
        return np.ascontiguousarray(ends), lane[order].astype(np.int32), self.seconds[order]


def between_stops(
    table: Timetable,
    origins: np.ndarray,
    window: Window,
    percents: tuple[int, ...] = PERCENTS,
    longest_s: int = LONGEST_S,
) -> np.ndarray:
    """Percentiles (nearest rank) of travel seconds from stops to all stops: float32 (origins, stops, percents).

    The person stands at the origin when the window opens; walks along footpaths count from the first second.
    Infinite where the percentile falls on departures without a path of at most `longest_s`.
    """
    every = np.arange(len(table.change_s))
    paths = table.footpaths
    ends = [np.concatenate([some, every]) for some in (paths.origin, paths.target)]
    seconds = np.concatenate([paths.seconds, np.zeros(len(every), np.int64)])
    access, egress = (Walks.of(a, b, seconds, len(every)) for a, b in (ends, ends[::-1]))
    access = access.rows(np.asarray(origins, np.int64))
    return _swept(table, access, egress, access, window, percents, longest_s, None)[0]


def between_points(
    table: Timetable,
    access: Walks,
    egress: Walks,
    direct: Walks,
    window: Window,
    percents: tuple[int, ...] = PERCENTS,
    longest_s: int = LONGEST_S,
    limit_s: int = 3600,
) -> tuple[np.ndarray, np.ndarray]:
    """Door to door: float32 (origins, targets, percents) seconds, and the share of departures within `limit_s`.

    access: walks from origins to stops; egress: from targets to stops (as long as the way back from the stop);
    direct: walks from origins to targets.  Each is as exact as its seconds.
    """
    return _swept(table, access, egress, direct, window, percents, longest_s, limit_s)


def _swept(
    table: Timetable, access: Walks, egress: Walks, direct: Walks, window: Window, percents: tuple[int, ...],
    longest_s: int, limit_s: int | None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """What `between_points` says; without a limit the shares are empty, and who only passes a stop has not walked."""
    origins, targets = len(access.begins) - 1, len(egress.begins) - 1
    until_s = window.last_s + longest_s
    laid = board.board(table.patterns, table.ahead, window.first_s, until_s)
    begins, link = sweep.links(laid, table.ahead.foot_from, table.ahead.foot, table.ahead.change_s)
    again = sweep.entangled(laid, begins, link)
    span = window.last_s - window.first_s
    latest = min(longest_s, int(laid.step_s.max(initial=0)) + int(egress.seconds.max(initial=0)))
    short = span + latest < np.iinfo(np.uint16).max  # no ride that counts takes longer than the latest arrival
    kind, never = (np.dtype(np.uint16), np.iinfo(np.uint16).max) if short else (np.dtype(np.int32), int(NEVER))
    lanes = min(sweep.LANES, -(-targets // 16) * 16)
    blocks = -(-targets // lanes)
    size = max(len(laid.row_s) * lanes * kind.itemsize, 1)
    threads = get_num_threads()
    together = int(min(blocks, max(threads, AT_ONCE_BYTES // size)))
    out_from, out_lane, out_s = egress.by_stop(len(table.change_s), lanes, blocks)
    ranks = np.array([_rank(p, window.count) for p in percents], np.int32)
    found = np.empty((origins, targets, len(percents)), np.int32)
    share = np.empty((origins, targets) if limit_s is not None else (0, 0), np.float32)
    sweep.sweep(
        laid, begins, link, again, access.begins, access.other, access.seconds, out_from, out_lane, out_s,
        direct.begins, direct.other, direct.seconds, window.step_s, window.count, ranks, latest, longest_s,
        limit_s or 0, limit_s is not None, never, int(NEVER), threads,
        np.empty((together, len(laid.row_s), lanes), kind), found, share,
    )  # fmt: skip
    return _seconds(found), share


def by_minute(table: Timetable, stops: np.ndarray, walk_s: np.ndarray, window: Window) -> np.ndarray:
    """From one origin, given by its walks to stops: travel seconds to all stops, int32 (stops, departures ascending).

    Without the walk straight to the stop, which the caller knows.  NEVER where there is no path in LONGEST_S.
    """
    w = scan.work(table.ahead, window.count)
    group = np.repeat(np.arange(window.count), len(stops))
    ready = window.last_s - group * window.step_s + np.tile(walk_s, window.count)
    scan.scan(table.ahead, group, np.tile(stops, window.count), ready, window.last_s + LONGEST_S, w, scan.no_trail())
    found = np.empty((len(table.change_s), window.count), np.int32)
    scan.expand(w, window.last_s, window.step_s, window.count, LONGEST_S, found)
    return found[:, ::-1]


def to_nearest(table: Timetable, stops: np.ndarray, walk_s: np.ndarray, window: Window) -> np.ndarray:
    """From every stop to the nearest of a set of places, which is given by the walks from stops to it (one a stop).

    Returns travel seconds int32 (stops, departures ascending), walks from the stop itself included; NEVER without a
    path in LONGEST_S.  One backward scan answers for all stops: its seeds are the arrivals of vehicles near the set.
    """
    net = table.behind
    group, seed_stop, seed_s, arrivals = _arrivals_near(table, np.asarray(stops), np.asarray(walk_s), window)
    cap = 256
    while True:
        w = scan.work(net, cap)
        if scan.scan(net, group, seed_stop, seed_s, -window.first_s, w, scan.no_trail()):
            break
        cap *= 2
    found = np.empty((len(table.change_s), window.count), np.int32)
    walk = np.full(len(table.change_s), NEVER, np.int32)
    np.minimum.at(walk, stops, np.asarray(walk_s, np.int32))
    scan.expand_back(w, arrivals, walk, window.first_s, window.step_s, window.count, LONGEST_S, found)
    return found


def percentiles(travel_s: np.ndarray, percents: tuple[int, ...] = PERCENTS) -> np.ndarray:
    """Nearest-rank percentiles of the last axis, float32 seconds, infinite without a path."""
    ranks = [_rank(p, travel_s.shape[-1]) - 1 for p in percents]
    return _seconds(np.partition(travel_s, ranks, axis=-1)[..., ranks])


def share_within(travel_s: np.ndarray, limit_s: int) -> np.ndarray:
    """The share of departures (last axis) whose travel time is at most the limit."""
    share: np.ndarray = (travel_s <= limit_s).mean(axis=-1)
    return share


def _rank(percent: int, count: int) -> int:
    """Nearest rank, from 1."""
    return max(1, -(-percent * count // 100))


def _seconds(found: np.ndarray) -> np.ndarray:
    return np.where(found >= NEVER, np.float32(np.inf), found.astype(np.float32))


def _arrivals_near(
    table: Timetable, stops: np.ndarray, walk_s: np.ndarray, window: Window
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Seeds of a backward scan, one for each alighting near the set; by group, the moments at which it is reached."""
    walk = np.full(len(table.change_s), NEVER, np.int64)
    np.minimum.at(walk, stops, walk_s)
    patterns = table.patterns
    length, trips = np.diff(patterns.stop_from), np.diff(patterns.trip_from)
    near = np.flatnonzero(patterns.alight & (walk[patterns.stop] < NEVER))
    pattern = np.repeat(np.arange(len(length)), length)[near]
    each = trips[pattern]
    turn = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    first = patterns.time_from[pattern] + near - patterns.stop_from[pattern]
    alight_s = patterns.arrive_s[np.repeat(first, each) + turn * np.repeat(length[pattern], each)].astype(np.int64)
    stop = np.repeat(patterns.stop[near], each)
    there = alight_s + walk[stop]
    keep = (alight_s >= window.first_s) & (there <= window.last_s + LONGEST_S)
    stop, alight_s, there = stop[keep], alight_s[keep], there[keep]
    order = np.lexsort((stop, there))
    arrivals, group = np.unique(there[order], return_inverse=True)
    return group.astype(np.int64), stop[order].astype(np.int64), -alight_s[order], arrivals
