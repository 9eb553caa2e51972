"""Leaving at any minute of a window: how long it takes at best, as a rule, and at worst, and how often soon enough."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from siteselect.journeys import streets, windows
from siteselect.reach import door as doors
from siteselect.reach.door import DIRECT_M, Door, Places


@dataclass(frozen=True, eq=False)
class Spread:
    """Travel times over a window of departures, one each minute.

    travel_s float32 (origins, places, percents): the time that this percentage of the departures does not exceed
    (nearest rank); infinite where it falls on departures without a way, so that percentiles stay honest.  share_within
    float32 (origins, places): the share of departures of at most limit_s.  All NaN where coordinates are not known.
    """

    first_s: int
    departures: int
    percents: tuple[int, ...]
    limit_s: int
    travel_s: np.ndarray
    share_within: np.ndarray
    notes: tuple[str, ...]


def over(
    door: Door, lon: float, lat: float, at: dt.datetime, minutes: int, asked: Places,
    percents: tuple[int, ...] = windows.PERCENTS, limit_s: int = 3600,
) -> Spread:  # fmt: skip
    """From one point (degrees) to places: `between` with one origin."""
    return between(door, doors.places(door, np.array([lon]), np.array([lat])), asked, at, minutes, percents, limit_s)


def between(
    door: Door, origins: Places, targets: Places, at: dt.datetime, minutes: int,
    percents: tuple[int, ...] = windows.PERCENTS, limit_s: int = 3600,
) -> Spread:  # fmt: skip
    """From each origin to each target, leaving every minute from a moment on, for so many minutes.

    With minutes=1 it is the times of that moment.  Uses all cores (numba's threads).  ValueError for minutes or
    percents below 1; raises else as `times` does.
    """
    if minutes < 1 or not all(1 <= p <= 100 for p in percents):
        raise ValueError(f"a window of {minutes} minutes and percentiles {percents} cannot be meant")
    first_s = doors.seconds(door, at)
    window = windows.Window(first_s, first_s + minutes * 60)
    row, column, metres = _direct(door, origins, targets)
    direct = windows.Walks.of(row, column, door.on_foot_s(metres), len(origins))
    travel_s, share = windows.between_points(
        door.table, origins.walks, targets.walks, direct, window, percents, windows.LONGEST_S, limit_s
    )
    unknown = ~(origins.known[:, None] & targets.known)
    travel_s[unknown], share[unknown] = np.nan, np.nan
    return Spread(first_s, window.count, percents, limit_s, travel_s, share, door.notes)


def _direct(door: Door, origins: Places, targets: Places) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of origin and target within a walk of DIRECT_M, and its metres."""
    rows, columns, walks = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for origin in np.flatnonzero(origins.known):
        metres, _ = streets.walks(door.walking, origins.points, int(origin), targets.points, DIRECT_M)
        near = np.flatnonzero(np.isfinite(metres))
        rows.append(np.full(len(near), origin))
        columns.append(near)
        walks.append(metres[near])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(walks)
