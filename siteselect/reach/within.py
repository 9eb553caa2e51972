"""Being there by a moment: how late one may leave, and how; and the last ride of the day."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from siteselect.journeys import streets, words
from siteselect.journeys.arrays import NEVER
from siteselect.journeys.scan import Work, no_trail, scan, work
from siteselect.journeys.windows import LONGEST_S, Window, by_minute
from siteselect.reach import door as doors
from siteselect.reach.door import ACCESS_M, DIRECT_M, Door, Places
from siteselect.reach.leaving import NO_WAY, UNKNOWN, Answer, from_point, least

NIGHT_ENDS_S = 27 * 3600  # three in the morning after: by then the last vehicle of a day has been left
_MINUTE = 60


@dataclass(frozen=True, eq=False)
class Deadline:
    """The latest departures with which one is there by a moment; seconds after the start of the day.

    leave_s (n,): NaN where the coordinates are not known, minus infinity where there is no way within LONGEST_S;
    walk_s, walk_m: on foot alone (infinite beyond DIRECT_M); straight: that walk is only a straight line.
    """

    by_s: int
    leave_s: np.ndarray
    walk_s: np.ndarray
    walk_m: np.ndarray
    straight: np.ndarray
    notes: tuple[str, ...]
    door: Door
    origin: streets.Points
    target: Places

    @property
    def travel_s(self) -> np.ndarray:
        """From the latest departure to the moment; NaN unknown, infinite no way."""
        return np.asarray(self.by_s - self.leave_s)

    def answer(self, place: int) -> tuple[Answer, int]:
        """The journey that leaves then, as `times` gives it, and the place's number in it."""
        origin = doors.one_of(self.origin, place % len(self.origin.xy))
        goal = place % len(self.target)
        return from_point(self.door, origin, int(self.leave_s[place]), self.target), goal

    def trip(self, place: int, name: str = "there") -> list[words.Leg]:
        """The latest journey of a place as legs; empty where there is none."""
        if not np.isfinite(self.leave_s[place]):
            return []
        answer, goal = self.answer(place)
        return answer.trip(goal, name)

    def words(self, place: int, name: str = "there") -> str:
        """The latest journey of a place in one line."""
        if np.isnan(self.leave_s[place]):
            return UNKNOWN
        if not np.isfinite(self.leave_s[place]):
            return NO_WAY
        answer, goal = self.answer(place)
        return answer.words(goal, name)


def arrive_by(door: Door, lon: float, lat: float, by: dt.datetime, asked: Places) -> Deadline:
    """From each of the places to one point (degrees), there by a moment: the latest departures.

    Exact: who leaves then and takes the earliest journey (`times`) is there in time, who leaves a second later is not.
    One scan with time turned round answers for all places.  Raises as `times` does.
    """
    by_s = doors.seconds(door, by)
    goal = doors.places(door, np.array([lon]), np.array([lat]))
    metres, straight = streets.walks(door.walking, goal.points, 0, asked.points, DIRECT_M)
    by_stop = _latest_at_stops(door, goal, 0, by_s, work(door.table.behind, 1))
    ride = -least(asked, asked.egress_s - by_stop[asked.egress_stop])
    known = asked.known & goal.known[0]
    return _deadline(door, by_s, metres, straight, ride, known, asked.points, goal)


def latest(door: Door, lon: float, lat: float, by: dt.datetime, asked: Places) -> Deadline:
    """From one point (degrees) to each of the places, there by a moment: the latest departures.

    As exact as `arrive_by`, with a scan for each place.  Raises as `times` does.
    """
    by_s, count = doors.seconds(door, by), len(door.table.change_s)
    origin = doors.tied(door.walking, door.crs, np.array([lon], float), np.array([lat], float))
    metres, straight = streets.walks(door.walking, origin, 0, asked.ends, DIRECT_M)
    near = np.flatnonzero(metres[:count] <= ACCESS_M)
    before_s = door.on_foot_s(metres[near])
    ride, w = np.full(len(asked), -np.inf), work(door.table.behind, 1)
    for place in np.flatnonzero(np.diff(asked.egress_from) > 0) if len(near) else ():
        ride[place] = (_latest_at_stops(door, asked, int(place), by_s, w)[near] - before_s).max()
    known = asked.known & np.isfinite(origin.xy).all()
    return _deadline(door, by_s, metres[count:], straight[count:], ride, known, origin, asked)


def last_rides(door: Door, lon: float, lat: float, asked: Places) -> np.ndarray:
    """From one point (degrees) to each place, the last whole minute to leave by transit on the stored day.

    Seconds after the start of the day, float (n,): who leaves then has left the last vehicle by three in the morning
    after, who leaves later walks or waits for the next day.  Of places within DIRECT_M on foot, the last from which
    riding is sooner than walking.  NaN where the coordinates are not known; minus infinity where no such ride is.
    """
    table, count = door.table, len(door.table.change_s)
    origin = doors.tied(door.walking, door.crs, np.array([lon], float), np.array([lat], float))
    metres, _ = streets.walks(door.walking, origin, 0, asked.ends, DIRECT_M)
    near, walk_s = np.flatnonzero(metres[:count] <= ACCESS_M), door.on_foot_s(metres[count:])
    before_s = door.on_foot_s(metres[near]).astype(np.int64)
    minutes = NIGHT_ENDS_S // _MINUTE
    last = (minutes - 1) * _MINUTE
    group = np.repeat(np.arange(minutes), len(near))
    ready = last - group * _MINUTE + np.tile(before_s, minutes)
    w = work(table.ahead, 1)  # room for one arrival a stop: groups go from the latest departure back, so it is the last
    scan(table.ahead, group, np.tile(near, minutes), ready, NIGHT_ENDS_S, w, no_trail())
    leave = np.full(count, -np.inf)
    reached = w.event_count > 0
    leave[reached] = last - w.event_group[reached, 0] * _MINUTE
    last_s = -least(asked, -leave[asked.egress_stop])
    for place, minute in _sooner_than_walking(door, near, before_s, asked, walk_s, np.isfinite(last_s)).items():
        last_s[place] = minute
    known = asked.known & np.isfinite(origin.xy).all()
    return np.where(known, last_s, np.nan)


def _sooner_than_walking(
    door: Door, near: np.ndarray, before_s: np.ndarray, asked: Places, walk_s: np.ndarray, ridden: np.ndarray
) -> dict[int, float]:
    """For each place that can be walked to, the last minute from which riding there is sooner; minus infinity: none."""
    walked = np.flatnonzero(np.isfinite(walk_s) & ridden)
    if not len(walked):
        return {}
    travel = by_minute(door.table, near, before_s, Window(0, NIGHT_ENDS_S))
    found = {}
    for place in walked:
        span = asked.stops_of(int(place))
        ride_s = travel[asked.egress_stop[span]] + asked.egress_s[span, None]
        minutes = np.flatnonzero((ride_s < walk_s[place]).any(axis=0))
        found[int(place)] = float(minutes[-1] * _MINUTE) if len(minutes) else -np.inf
    return found


def _deadline(
    door: Door, by_s: int, metres: np.ndarray, straight: np.ndarray, ride: np.ndarray, known: np.ndarray,
    origin: streets.Points, target: Places,
) -> Deadline:  # fmt: skip
    walk_s = door.on_foot_s(metres)
    leave = np.maximum(np.where(ride >= by_s - LONGEST_S, ride, -np.inf), by_s - walk_s)
    leave, walk_s, walk_m = (np.where(known, values, np.nan) for values in (leave, walk_s, metres))
    return Deadline(by_s, leave, walk_s, walk_m, straight, door.notes, door, origin, target)


def _latest_at_stops(door: Door, goals: Places, goal: int, by_s: int, w: Work) -> np.ndarray:
    """The latest moment at each stop to board (or walk on from there) and be at a goal in time; minus infinity: none.

    As forwards, one may change on foot before the walk to the goal, and not after the walk to the first stop.
    """
    table, span = door.table, goals.stops_of(goal)
    stop = goals.egress_stop[span]
    at_s = by_s - goals.egress_s[span].astype(np.int64)
    net = table.behind
    each = net.foot_from[stop + 1] - net.foot_from[stop]
    path = np.repeat(net.foot_from[stop] - np.cumsum(each) + each, each) + np.arange(each.sum())
    seeds = np.concatenate([stop, net.foot[path, 0].astype(np.int64)])
    seed_s = np.concatenate([at_s, np.repeat(at_s, each) - net.foot[path, 1]])
    scan(net, np.zeros(len(seeds), np.int64), seeds, -seed_s, LONGEST_S - by_s, w, no_trail())
    found = -w.by_vehicle.astype(float)
    found[w.by_vehicle >= NEVER] = -np.inf
    np.maximum.at(found, stop, at_s)
    return found
