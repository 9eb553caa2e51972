"""A day's timetable as arrays, in one direction of time and in the other.

Trips are kept in patterns: same stops in the same order, same boarding and alighting, and no trip overtakes another
(FIFO), so that the first that can be boarded is the best.  Times are seconds after the start of the day, int32.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

NEVER = np.int32(1 << 29)  # later than any time, and two of them still fit an int32


class Net(NamedTuple):
    """What the scan reads; a slot is a place in a pattern where people can board.

    slot_from (stops + 1,): slots by stop; slot (slots, 8): what is asked of one together, in one line of the cache:
    its pattern, position, the pattern's first trip and the one after its last, where its departures begin in
    `departures` (by trip), where the pattern's stops begin in `pattern_stop`, how many they are, where its arrivals
    begin in `arrivals` (trip after trip, by position; NEVER where nobody may alight); pattern_trip_from,
    pattern_stop_from (patterns + 1,); pattern_arrival_from (patterns,); foot_from (stops + 1,), foot (paths, 2):
    footpaths by stop, to which stop and how many seconds; change_s (stops,): least time between two vehicles at the
    same stop.
    """

    slot_from: np.ndarray
    slot: np.ndarray
    departures: np.ndarray
    pattern_trip_from: np.ndarray
    pattern_stop_from: np.ndarray
    pattern_stop: np.ndarray
    pattern_arrival_from: np.ndarray
    arrivals: np.ndarray
    foot_from: np.ndarray
    foot: np.ndarray
    change_s: np.ndarray


@dataclass(frozen=True, eq=False)
class Patterns:
    """Patterns with their trips.

    stop_from (patterns + 1,), stop, board, alight: by position; trip_from (patterns + 1,); arrive_s, depart_s: for each
    pattern trip after trip, by position.
    """

    stop_from: np.ndarray
    stop: np.ndarray
    board: np.ndarray
    alight: np.ndarray
    trip_from: np.ndarray
    arrive_s: np.ndarray
    depart_s: np.ndarray

    @property
    def time_from(self) -> np.ndarray:
        """Where each pattern's times begin, and their number at the end."""
        each = np.diff(self.stop_from) * np.diff(self.trip_from)
        return np.concatenate([[0], np.cumsum(each)]).astype(np.int64)

    def reversed(self) -> "Patterns":
        """The same trips with time and direction turned round: what departs at t arrives at -t."""
        length, trips = np.diff(self.stop_from), np.diff(self.trip_from)
        position = _mirrored(self.stop_from)
        start = self.time_from
        # each pattern's block of times is one run of numbers; turned round whole, trips and positions both turn
        cell = _mirrored(start)
        assert len(cell) == int((length * trips).sum())
        return Patterns(
            self.stop_from, self.stop[position], self.alight[position], self.board[position], self.trip_from,
            -self.depart_s[cell], -self.arrive_s[cell],
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Footpaths:
    """Walks from stop to stop, sorted by origin and target (stop numbers): seconds, metres, whether straight lines."""

    origin: np.ndarray
    target: np.ndarray
    seconds: np.ndarray
    metres: np.ndarray
    straight: np.ndarray


def net(patterns: Patterns, paths: Footpaths, change_s: np.ndarray) -> Net:
    """The arrays that the scan reads, for patterns in one direction of time."""
    count = len(change_s)
    length, trips = np.diff(patterns.stop_from), np.diff(patterns.trip_from)
    pattern = np.repeat(np.arange(len(length)), length)
    position = np.arange(len(patterns.stop)) - np.repeat(patterns.stop_from[:-1], length)
    can = np.flatnonzero(patterns.board & (position < length[pattern] - 1))
    order = can[np.argsort(patterns.stop[can], kind="stable")]
    slot_from = _counted(patterns.stop[order], count)
    each = trips[pattern[order]]
    starts = np.concatenate([[0], np.cumsum(each)])
    trip = np.arange(starts[-1]) - np.repeat(starts[:-1], each)
    first = patterns.time_from[pattern[order]] + position[order]
    cell = np.repeat(first, each) + trip * np.repeat(length[pattern[order]], each)
    barred = np.repeat(~patterns.alight[patterns.stop_from[pattern] + position], trips[pattern])
    arrivals = patterns.arrive_s.copy()
    at = np.repeat(patterns.time_from[pattern] + position, trips[pattern])
    turn = np.arange(len(at)) - np.repeat(np.cumsum(trips[pattern]) - trips[pattern], trips[pattern])
    arrivals[(at + turn * np.repeat(length[pattern], trips[pattern]))[barred]] = NEVER
    way = np.argsort(paths.origin, kind="stable")
    of = pattern[order]
    slot = np.column_stack([
        of, position[order], patterns.trip_from[of], patterns.trip_from[of + 1], starts[:-1], patterns.stop_from[of],
        length[of], patterns.time_from[of],
    ])  # fmt: skip
    return Net(
        slot_from, slot.astype(np.int32),
        patterns.depart_s[cell].astype(np.int32), patterns.trip_from.astype(np.int64),
        patterns.stop_from.astype(np.int64), patterns.stop.astype(np.int32), patterns.time_from[:-1].astype(np.int64),
        arrivals.astype(np.int32), _counted(paths.origin[way], count),
        np.column_stack([paths.target[way], paths.seconds[way]]).astype(np.int32), change_s.astype(np.int32),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Timetable:
    """The vehicles and footpaths of a day, all feeds together, ready to be asked.

    Stops by number: stop_key ("feed:stop_id"), stop_name, lon, lat (degrees).  Trips by number: trip_label (which of
    `labels`, "Operator route"), trip_sign (which of `signs`: where it is bound).  board_trip is set aside for words.
    ahead, behind: the scan's arrays with time running forwards and turned round.  day: ISO date; timezone as the feeds
    name it; walk_speed_m_s; walk_method and notes: words for every figure.
    """

    day: str
    timezone: str
    stop_key: np.ndarray
    stop_name: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    patterns: Patterns
    footpaths: Footpaths
    change_s: np.ndarray
    trip_label: np.ndarray
    trip_sign: np.ndarray
    labels: np.ndarray
    signs: np.ndarray
    trips_today: int
    walk_speed_m_s: float
    walk_method: str
    notes: tuple[str, ...]
    ahead: Net
    behind: Net


def timetable(**known: object) -> Timetable:
    """A timetable with the scan's arrays worked out from its patterns and footpaths."""
    patterns, paths, change = known["patterns"], known["footpaths"], known["change_s"]
    assert isinstance(patterns, Patterns)
    assert isinstance(paths, Footpaths)
    assert isinstance(change, np.ndarray)
    back = Footpaths(paths.target, paths.origin, paths.seconds, paths.metres, paths.straight)
    ahead, behind = net(patterns, paths, change), net(patterns.reversed(), back, change)
    wanted = {field.name for field in fields(Timetable)} - {"ahead", "behind"}
    assert set(known) == wanted, set(known) ^ wanted
    return Timetable(**known, ahead=ahead, behind=behind)  # type: ignore[arg-type]  # the names are checked above


def _counted(numbers: np.ndarray, count: int) -> np.ndarray:
    """Where each number's run begins in a sorted array, and the array's length at the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=count))]).astype(np.int64)


def _mirrored(starts: np.ndarray) -> np.ndarray:
    """Numbers that read each run of an array backwards, the runs staying where they are."""
    size = np.diff(starts)
    return np.repeat(starts[:-1] + starts[1:] - 1, size) - np.arange(starts[-1])
