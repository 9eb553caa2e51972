"""Leaving a point at a moment: when one is at each place, and how."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from siteselect.journeys import streets, words
from siteselect.journeys.arrays import NEVER
from siteselect.journeys.scan import BLANK, Trail, scan, work
from siteselect.journeys.windows import LONGEST_S
from siteselect.reach import door as doors
from siteselect.reach.door import ACCESS_M, DIRECT_M, Door, Places

UNKNOWN = "unknown: its coordinates are not known"
NO_WAY = f"no way by this timetable within {LONGEST_S // 3600} hours"
NO_STOP = f"no stop lies within {ACCESS_M:,.0f} m on foot of where the journey begins, so only walks are given"


@dataclass(frozen=True, eq=False)
class Answer:
    """From one point at one moment: seconds to each place; `notes` are sentences that belong beside them.

    travel_s, walk_s (n,): NaN where the place's coordinates are not known, infinite where there is no way (walks of
    more than DIRECT_M are not offered); walk_m likewise; straight: the walk is only a straight line.
    """

    depart_s: int
    travel_s: np.ndarray
    walk_s: np.ndarray
    walk_m: np.ndarray
    straight: np.ndarray
    notes: tuple[str, ...]
    door: Door
    trail: Trail
    by_stop_s: np.ndarray
    access_m: np.ndarray
    access_straight: np.ndarray
    asked: Places

    def trip(self, place: int, name: str = "there", start: str = "here") -> list[words.Leg]:
        """The journey to a place as legs; empty where there is none within LONGEST_S, or the place is not known."""
        if not np.isfinite(self.travel_s[place]):
            return []
        end_s = self.depart_s + int(self.travel_s[place])
        if self.travel_s[place] >= self.walk_s[place]:
            straight = bool(self.straight[place])
            return [words.Leg(self.depart_s, end_s, start, name, None, "", float(self.walk_m[place]), straight)]
        span = self.asked.stops_of(place)
        path = span.start + int(np.argmin(self.by_stop_s[self.asked.egress_stop[span]] + self.asked.egress_s[span]))
        stop = int(self.asked.egress_stop[path])
        middle = words.legs(self.door.table, self.trail, stop)
        first = words.first_stop(self.door.table, self.trail, stop)
        there_s = self.depart_s + int(self.door.on_foot_s(self.access_m[first : first + 1])[0])
        names = self.door.table.stop_name
        begin = words.Leg(self.depart_s, there_s, start, str(names[first]), None, "", float(self.access_m[first]),
                          bool(self.access_straight[first]))  # fmt: skip
        last = words.Leg(int(self.by_stop_s[stop]), end_s, str(names[stop]), name, None, "",
                         float(self.asked.egress_m[path]), bool(self.asked.egress_straight[path]))  # fmt: skip
        return [begin, *middle, last]

    def words(self, place: int, name: str = "there") -> str:
        """The journey to a place in one line."""
        if np.isnan(self.travel_s[place]):
            return UNKNOWN
        legs = self.trip(place, name)
        if not legs:
            return NO_WAY
        clock = words.Clock.of(self.door.table)
        return words.sentence(legs, self.depart_s + float(self.travel_s[place]), clock)


def times(door: Door, lon: float, lat: float, at: dt.datetime, asked: Places) -> Answer:
    """Travel times from a point (degrees) at a moment to places, each the sooner of a walk and a journey by transit.

    A moment without a zone is the place's own time.  Waits count.  Raises FeedExpired when the stored timetable is of
    another day, and MomentRefused (`seconds`).
    """
    origin = doors.tied(door.walking, door.crs, np.array([lon], float), np.array([lat], float))
    return from_point(door, origin, doors.seconds(door, at), asked)


def from_point(door: Door, origin: streets.Points, depart_s: int, asked: Places) -> Answer:
    """`times` for a tied point and seconds after the start of the day."""
    table, count = door.table, len(door.table.change_s)
    metres, straight = streets.walks(door.walking, origin, 0, asked.ends, DIRECT_M)
    on_foot = door.on_foot_s(metres)
    near = np.flatnonzero(metres[:count] <= ACCESS_M)
    w, trail = work(table.ahead, 1), _trail(count)
    ready = depart_s + on_foot[near].astype(np.int64)
    scan(table.ahead, np.zeros(len(near), np.int64), near, ready, depart_s + LONGEST_S, w, trail)
    arrives = np.minimum(w.by_vehicle, w.ready).astype(float)
    arrives[arrives >= NEVER] = np.inf
    whereabouts = asked.known & np.isfinite(origin.xy).all()
    walk_s = np.where(whereabouts, on_foot[count:], np.nan)
    rode = least(asked, arrives[asked.egress_stop] + asked.egress_s) - depart_s
    travel_s = np.where(rode <= LONGEST_S, np.minimum(walk_s, rode), walk_s)
    notes = (*door.notes, NO_STOP) if not len(near) and table.trips_today else door.notes
    return Answer(
        depart_s, travel_s, walk_s, np.where(whereabouts, metres[count:], np.nan), straight[count:], notes, door, trail,
        arrives, metres[:count], straight[:count], asked,
    )  # fmt: skip


def least(asked: Places, values: np.ndarray) -> np.ndarray:
    """The least of the values (by place and stop) for each place; infinite where no stop is near."""
    found = np.full(len(asked), np.inf)
    some = np.diff(asked.egress_from) > 0
    if some.any():
        found[some] = np.minimum.reduceat(values, asked.egress_from[:-1][some])
    return found


def _trail(stops: int) -> Trail:
    trip, pattern, entered, left, walked_from = np.full((5, stops), BLANK, np.int32)
    return Trail(trip, pattern, entered, left, walked_from, np.zeros(stops, np.uint8))
