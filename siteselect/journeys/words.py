"""A journey, leg by leg, and in words."""

from dataclasses import dataclass

import numpy as np

from siteselect.journeys.arrays import Timetable
from siteselect.journeys.scan import BLANK, Trail

DAY_S = 86_400


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


def clock(time_s: float) -> str:
    """A time of the day as people say it; the days before and after say so."""
    whole = int(time_s)
    day, rest = divmod(whole, DAY_S)
    suffix = {0: "", 1: " the day after", -1: " the day before"}.get(day, f" {day} days later")
    return f"{rest // 3600:02d}:{rest // 60 % 60:02d}{suffix}"


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


def sentence(parts: list[Leg], arrives_s: float) -> str:
    """The journey in one line: what to walk, what to take, when one is there."""
    said = []
    for leg in parts:
        if leg.vehicle is None:
            assert leg.walk_m is not None
            how = f"{leg.walk_m:,.0f} m" + (" (straight line)" if leg.straight else "")
            said.append(f"walk {how} to {leg.target}")
        else:
            bound = f" towards {leg.bound}" if leg.bound else ""
            said.append(f"{clock(leg.start_s)} {leg.vehicle}{bound} to {leg.target}, {clock(leg.end_s)}")
    return "; ".join([*said, f"arrives {clock(np.ceil(arrives_s / 60) * 60)}"])


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
