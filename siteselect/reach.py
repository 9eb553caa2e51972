"""The light door for a running service: from this point, at this moment, how long to those points.

`opened` maps a stored timetable into memory; `places` ties the places that will be asked about, once; `times` answers.
Every time is the sooner of transit and walking, exact to the second for the timetable and the pace that are stored;
figures say when a walk is only a straight line.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from siteselect import units
from siteselect.errors import FeedExpired
from siteselect.journeys import files, streets, words
from siteselect.journeys.arrays import NEVER, Timetable
from siteselect.journeys.scan import BLANK, Trail, scan, work
from siteselect.journeys.windows import LONGEST_S

ACCESS_M = 1_200.0  # the most that anybody walks to or from a stop
DIRECT_M = 3_000.0  # the longest walk that is offered instead of a ride
NO_SERVICE = "no service today: nothing in the timetable runs on this day, so only walks are given"


@dataclass(frozen=True, eq=False)
class Door:
    """A stored timetable with its streets, and the stops tied to them; `work` is used by one answer at a time."""

    table: Timetable
    walking: streets.Net
    crs: str
    about: dict[str, object]
    stops: streets.Points

    @property
    def day(self) -> dt.date:
        """The day that the timetable is of."""
        return dt.date.fromisoformat(self.table.day)


@dataclass(frozen=True, eq=False)
class Places:
    """Places ready to be asked about: tied, and for each the stops within ACCESS_M (egress_*, by place)."""

    points: streets.Points
    egress_from: np.ndarray
    egress_stop: np.ndarray
    egress_s: np.ndarray
    egress_m: np.ndarray
    egress_straight: np.ndarray


@dataclass(frozen=True, eq=False)
class Answer:
    """From one point at one moment: travel_s and walk_s (infinite: no way), straight (the walk is a straight line).

    `notes` are sentences that belong beside the figures; `trip(place)` gives a journey leg by leg.
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

    def trip(self, place: int, name: str = "there") -> list[words.Leg]:
        """The journey to a place as legs; empty where there is none within LONGEST_S."""
        if not np.isfinite(self.travel_s[place]):
            return []
        end_s = self.depart_s + int(self.travel_s[place])
        if self.travel_s[place] >= self.walk_s[place]:
            straight = bool(self.straight[place])
            return [words.Leg(self.depart_s, end_s, "here", name, None, "", float(self.walk_m[place]), straight)]
        span = slice(self.asked.egress_from[place], self.asked.egress_from[place + 1])
        best = int(np.argmin(self.by_stop_s[self.asked.egress_stop[span]] + self.asked.egress_s[span]))
        path = int(span.start) + best
        stop = int(self.asked.egress_stop[path])
        middle = words.legs(self.door.table, self.trail, stop)
        first = words.first_stop(self.door.table, self.trail, stop)
        there_s = self.depart_s + int(np.ceil(self.access_m[first] / self.door.table.walk_speed_m_s - 1e-6))
        names = self.door.table.stop_name
        start = words.Leg(self.depart_s, there_s, "here", str(names[first]), None, "", float(self.access_m[first]),
                          bool(self.access_straight[first]))  # fmt: skip
        last = words.Leg(int(self.by_stop_s[stop]), end_s, str(names[stop]), name, None, "",
                         float(self.asked.egress_m[path]), bool(self.asked.egress_straight[path]))  # fmt: skip
        return [start, *middle, last]

    def words(self, place: int, name: str = "there") -> str:
        """The journey to a place in one line."""
        legs = self.trip(place, name)
        if not legs:
            return f"no way within {LONGEST_S // 3600} hours"
        return words.sentence(legs, self.depart_s + float(self.travel_s[place]))


def opened(folder: Path) -> Door:
    """Open a stored timetable; FileRefused when the folder holds none."""
    table, walking, about = files.read(folder)
    crs = str(about["crs"])
    return Door(table, walking, crs, about, _tied(walking, crs, table.lon, table.lat))


def places(door: Door, lon: np.ndarray, lat: np.ndarray) -> Places:
    """Tie places (degrees) to streets and stops, once for many answers."""
    points = _tied(door.walking, door.crs, lon, lat)
    speed = door.table.walk_speed_m_s
    rows, stops, metres, lines = [], [], [], []
    for place in range(len(points.xy)):
        walk_m, straight = streets.walks(door.walking, points, place, door.stops, ACCESS_M)
        near = np.flatnonzero(np.isfinite(walk_m))
        rows.append(len(near))
        stops.append(near)
        metres.append(walk_m[near])
        lines.append(straight[near])
    egress_m = np.concatenate([np.empty(0), *metres])
    return Places(
        points, np.concatenate([[0], np.cumsum(rows)]).astype(np.int64),
        np.concatenate([np.empty(0, np.int64), *stops]), np.ceil(egress_m / speed - 1e-6), egress_m,
        np.concatenate([np.empty(0, bool), *lines]),
    )  # fmt: skip


def times(door: Door, lon: float, lat: float, at: dt.datetime, asked: Places) -> Answer:
    """Travel times from a point at a moment to places, each the sooner of a walk and of a journey by transit.

    A moment without a zone is the feeds' local time.  Raises FeedExpired when the stored timetable is of another day.
    """
    table = door.table
    depart_s = seconds(door, at)
    origin = _tied(door.walking, door.crs, np.array([lon]), np.array([lat]))
    both = streets.Points(*(np.concatenate([getattr(door.stops, f), getattr(asked.points, f)]) for f in _TIED))
    metres, straight = streets.walks(door.walking, origin, 0, both, DIRECT_M)
    count = len(table.change_s)
    seconds_on_foot = np.ceil(metres / table.walk_speed_m_s - 1e-6)
    near = np.flatnonzero(metres[:count] <= ACCESS_M)
    w, trail = work(table.ahead, 1), _trail(count)
    ready = depart_s + seconds_on_foot[near].astype(np.int64)
    scan(table.ahead, np.zeros(len(near), np.int64), near, ready, depart_s + LONGEST_S, w, trail)
    arrives = np.minimum(w.by_vehicle, w.ready).astype(float)
    arrives[arrives >= NEVER] = np.inf
    walk_s = seconds_on_foot[count:]
    travel_s = walk_s.copy()
    each = np.diff(asked.egress_from)
    some = each > 0
    if some.any():
        ends = arrives[asked.egress_stop] + asked.egress_s - depart_s
        rode = np.minimum.reduceat(ends, asked.egress_from[:-1][some])
        travel_s[some] = np.minimum(travel_s[some], np.where(rode <= LONGEST_S, rode, np.inf))
    notes = (NO_SERVICE, *table.notes) if table.trips_today == 0 else table.notes
    return Answer(
        depart_s, travel_s, walk_s, metres[count:], straight[count:], notes, door, trail, arrives, metres[:count],
        straight[:count], asked,
    )  # fmt: skip


def seconds(door: Door, at: dt.datetime) -> int:
    """A moment as seconds after the start of the stored day (its noon minus 12 h); FeedExpired on another day."""
    place = ZoneInfo(door.table.timezone) if door.table.timezone else None
    local = at.astimezone(place) if at.tzinfo is not None and place is not None else at.replace(tzinfo=place)
    if local.date() != door.day:
        raise FeedExpired(
            f"the stored timetable is of {door.day}, and {at.isoformat(timespec='minutes')} is on {local.date()}; "
            "prepare the timetable of that day."
        )
    noon = dt.datetime.combine(door.day, dt.time(12), place)
    if place is None:
        return int((local - noon).total_seconds()) + 12 * 3600
    return int(local.timestamp() - noon.timestamp()) + 12 * 3600


_TIED = ("xy", "piece", "share", "connector_m")


def _tied(walking: streets.Net, crs: str, lon: np.ndarray, lat: np.ndarray) -> streets.Points:
    return streets.tie(walking, np.column_stack(units.convert(lon, lat, units.DEGREES, crs)))


def _trail(stops: int) -> Trail:
    trip, pattern, entered, left, walked_from = np.full((5, stops), BLANK, np.int32)
    return Trail(trip, pattern, entered, left, walked_from, np.zeros(stops, np.uint8))
