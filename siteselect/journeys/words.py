"""A journey, leg by leg, and in words."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from siteselect.journeys.arrays import Timetable
from siteselect.journeys.scan import BLANK, Trail


@dataclass(frozen=True)
class Leg:
    """One part of a journey: a walk (`vehicle` is None; metres, and whether only a straight line) or a ride."""

    start_s: int
    end_s: int
    origin: str
    target: str
    vehicle: str | None = None
    bound: str = ""
    walk_m: float | None = None
    straight: bool = False


@dataclass(frozen=True)
class Clock:
    """What the clocks of a place show, so many seconds after a service day's start (its noon minus 12 h).

    In a night when the clocks are changed that is not the count of the hours.  With zone "" every day has 24 hours.
    """

    day: dt.date
    zone: str

    @classmethod
    def of(cls, table: Timetable) -> "Clock":
        """The clock of a timetable's day."""
        return cls(dt.date.fromisoformat(table.day), table.timezone)

    def moment(self, time_s: float) -> dt.datetime:
        """The moment, with the place's offset where the zone is known."""
        if not self.zone:
            return dt.datetime.combine(self.day, dt.time()) + dt.timedelta(seconds=int(time_s))
        return dt.datetime.fromtimestamp(_start(self.day, self.zone) + int(time_s), ZoneInfo(self.zone))

    def __call__(self, time_s: float) -> str:
        """A time as people say it; the days before and after say so."""
        then = self.moment(time_s)
        days = (then.date() - self.day).days
        suffix = {0: "", 1: " the day after", -1: " the day before"}.get(days, f" {days} days later")
        return f"{then:%H:%M}{suffix}"

    def until(self, time_s: float) -> str:
        """A time by which one is there, rounded up to the minute."""
        return self(int(np.ceil(time_s / 60)) * 60)


@lru_cache(maxsize=64)
def _start(day: dt.date, zone: str) -> int:
    return int(dt.datetime.combine(day, dt.time(12), ZoneInfo(zone)).timestamp()) - 12 * 3600


def legs(table: Timetable, trail: Trail, stop: int) -> list[Leg]:
    """The rides and the walks between them that end at a stop, in order; the walk to the first stop is not in it."""
    return _back(table, trail, stop)[0]


def first_stop(table: Timetable, trail: Trail, stop: int) -> int:
    """The number of the stop to which a journey that ends at a stop walks first."""
    return _back(table, trail, stop)[1]


def _back(table: Timetable, trail: Trail, stop: int) -> tuple[list[Leg], int]:
    found: list[Leg] = []
    on_foot = _ended_on_foot(table, trail, stop)
    while True:
        if on_foot:
            before = trail.walked_from[stop]
            if before == BLANK:
                break
            path = _path(table, int(before), stop)
            found.append(_walk(table, trail, int(before), stop, path))
            stop = int(before)
        ride = _ride(table, trail, stop)
        found.append(ride)
        stop = int(_entered(table, trail, stop))
        on_foot = bool(trail.on_foot[stop])
    return found[::-1], stop


def leaves_s(parts: list[Leg]) -> float:
    """The latest moment at which this very journey can be begun: just in time for its first vehicle."""
    walked = 0
    for leg in parts:
        if leg.vehicle is not None:
            return leg.start_s - walked
        walked += leg.end_s - leg.start_s
    return parts[0].start_s


def sentence(parts: list[Leg], arrives_s: float, clock: Clock) -> str:
    """The journey in one line: when to leave, what to walk, what to take, when one is there."""
    said = [f"leave {clock(leaves_s(parts))}"]
    for leg in _joined(parts):
        if leg.vehicle is None:
            assert leg.walk_m is not None
            if leg.walk_m >= 0.5:  # who stands at the stop walks nowhere
                how = f"{leg.walk_m:,.0f} m" + (" (straight line)" if leg.straight else "")
                said.append(f"walk {how} to {leg.target}")
        else:
            bound = f" towards {leg.bound}" if leg.bound else ""
            said.append(f"{leg.vehicle} at {clock(leg.start_s)}{bound} to {leg.target} ({clock(leg.end_s)})")
    return ", ".join([*said, f"arrive {clock.until(arrives_s)}"])


def _joined(parts: list[Leg]) -> list[Leg]:
    """The legs with walks that follow each other made one."""
    found: list[Leg] = []
    for leg in parts:
        last = found[-1] if found else None
        if leg.vehicle is None and last is not None and last.vehicle is None:
            metres = (last.walk_m or 0) + (leg.walk_m or 0)
            straight = last.straight or leg.straight
            found[-1] = Leg(last.start_s, leg.end_s, last.origin, leg.target, walk_m=metres, straight=straight)
        else:
            found.append(leg)
    return found


def _arrival(table: Timetable, trail: Trail, stop: int) -> int:
    return int(_times(table, trail, stop)[1])


def _times(table: Timetable, trail: Trail, stop: int) -> tuple[int, int]:
    """Departure and arrival of the ride that reached a stop."""
    pattern, patterns = int(trail.pattern[stop]), table.patterns
    size = int(patterns.stop_from[pattern + 1] - patterns.stop_from[pattern])
    turn = int(trail.trip[stop]) - int(patterns.trip_from[pattern])
    cell = int(table.ahead.pattern_arrival_from[pattern]) + turn * size
    return int(patterns.depart_s[cell + trail.entered[stop]]), int(patterns.arrive_s[cell + trail.left[stop]])


def _entered(table: Timetable, trail: Trail, stop: int) -> int:
    patterns = table.patterns
    return int(patterns.stop[patterns.stop_from[trail.pattern[stop]] + trail.entered[stop]])


def _ride(table: Timetable, trail: Trail, stop: int) -> Leg:
    start, end = _times(table, trail, stop)
    trip = int(trail.trip[stop])
    vehicle, bound = str(table.labels[table.trip_label[trip]]), str(table.signs[table.trip_sign[trip]])
    patterns = table.patterns
    last = int(patterns.stop[patterns.stop_from[int(trail.pattern[stop]) + 1] - 1])
    if not bound and last != stop:  # no sign is filed: a vehicle is bound for its last stop
        bound = str(table.stop_name[last])
    origin = str(table.stop_name[_entered(table, trail, stop)])
    return Leg(start, end, origin, str(table.stop_name[stop]), vehicle, bound)


def _walk(table: Timetable, trail: Trail, before: int, stop: int, path: int) -> Leg:
    start = _arrival(table, trail, before)
    end = start + int(table.footpaths.seconds[path])
    straight = bool(table.footpaths.straight[path])
    names = str(table.stop_name[before]), str(table.stop_name[stop])
    return Leg(start, end, *names, walk_m=float(table.footpaths.metres[path]), straight=straight)


def _path(table: Timetable, origin: int, target: int) -> int:
    """The number of a footpath; they are sorted by origin and target."""
    begin, end = int(table.ahead.foot_from[origin]), int(table.ahead.foot_from[origin + 1])
    return begin + int(np.searchsorted(table.footpaths.target[begin:end], target))


def _ended_on_foot(table: Timetable, trail: Trail, stop: int) -> bool:
    """Whether the earliest arrival at a stop is on foot: from a seed, or from another stop before any vehicle."""
    if not trail.on_foot[stop]:
        return False
    before = int(trail.walked_from[stop])
    if before == BLANK or trail.trip[stop] == BLANK:
        return True
    there = _arrival(table, trail, before) + int(table.footpaths.seconds[_path(table, before, stop)])
    return there <= _arrival(table, trail, stop)
