"""The stored timetable, opened, and the places that are asked about, tied to its streets and stops."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from siteselect import units
from siteselect.errors import FeedExpired, MomentRefused
from siteselect.journeys import files, streets
from siteselect.journeys.arrays import Timetable
from siteselect.journeys.windows import Walks

ACCESS_M = 1_200.0  # the most that anybody walks to or from a stop
DIRECT_M = 3_000.0  # the longest walk that is offered instead of a ride
NO_SERVICE = "no service today: nothing in the timetable runs on this day, so only walks are given"
_GRACE = 1e-6  # of a second: a walk of 600.0000001 s, by rounding, is one of 600


@dataclass(frozen=True, eq=False)
class Door:
    """A stored timetable with its streets, and the stops tied to them; nothing in it changes while it is asked."""

    table: Timetable
    walking: streets.Net
    crs: str
    about: dict[str, object]
    stops: streets.Points

    @property
    def day(self) -> dt.date:
        """The day that the timetable is of."""
        return dt.date.fromisoformat(self.table.day)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that belong beside every figure."""
        return (NO_SERVICE, *self.table.notes) if self.table.trips_today == 0 else self.table.notes

    def on_foot_s(self, metres: np.ndarray) -> np.ndarray:
        """Whole seconds on foot, rounded up; infinite and unknown metres stay so."""
        found: np.ndarray = np.ceil(metres / self.table.walk_speed_m_s - _GRACE)
        return found


@dataclass(frozen=True, eq=False)
class Places:
    """Places ready to be asked about: tied, and for each the stops within ACCESS_M (egress_*, by place).

    known (n,): whether the place's coordinates are; ends: the door's stops, then the places.
    """

    points: streets.Points
    known: np.ndarray
    ends: streets.Points
    egress_from: np.ndarray
    egress_stop: np.ndarray
    egress_s: np.ndarray
    egress_m: np.ndarray
    egress_straight: np.ndarray

    def __len__(self) -> int:
        return len(self.known)

    def stops_of(self, place: int) -> slice:
        """Where the place's stops stand in the arrays egress_*."""
        return slice(int(self.egress_from[place]), int(self.egress_from[place + 1]))

    @property
    def walks(self) -> Walks:
        """The walks between the places and the stops, as the scan wants them."""
        return Walks(self.egress_from, self.egress_stop.astype(np.int32), self.egress_s.astype(np.int32))


def opened(folder: Path) -> Door:
    """Open a stored timetable; FileRefused when the folder holds none.  The arrays are mapped, not read."""
    table, walking, about = files.read(folder)
    crs = str(about["crs"])
    return Door(table, walking, crs, about, tied(walking, crs, table.lon, table.lat))


def places(door: Door, lon: np.ndarray, lat: np.ndarray) -> Places:
    """Tie places (degrees) to streets and stops, once for many answers.

    A place whose longitude or latitude is not a number, or none on the earth, is kept as one whose times are unknown.
    """
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    known = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    points = tied(door.walking, door.crs, np.where(known, lon, np.nan), np.where(known, lat, np.nan))
    ends = streets.Points(*(np.concatenate([getattr(door.stops, f), getattr(points, f)]) for f in _TIED))
    place, stop, metres, straight = _near(door, points)
    order = np.lexsort((stop, place))
    begins = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(known)))]).astype(np.int64)
    seconds_there = door.on_foot_s(metres[order])
    return Places(points, known, ends, begins, stop[order], seconds_there, metres[order], straight[order])


def seconds(door: Door, at: dt.datetime) -> int:
    """A moment as seconds after the start of the stored day (its noon minus 12 h).

    A moment without a zone is the place's own time.  FeedExpired on another day than the stored one; MomentRefused for
    a time that the clocks skip that night, and for a moment with a zone where the feeds name none.
    """
    zone = ZoneInfo(door.table.timezone) if door.table.timezone else None
    if at.tzinfo is not None and zone is None:
        raise MomentRefused(
            f"{at.isoformat(timespec='minutes')} names a time zone and the feeds name none; give the place's own time."
        )
    local = at.astimezone(zone) if at.tzinfo is not None else at.replace(tzinfo=zone)
    if zone is not None and local.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != local.replace(
        tzinfo=None
    ):
        raise MomentRefused(
            f"{at.isoformat(timespec='minutes')} does not exist in {zone.key}: the clocks go forward over it that "
            "night; give a time an hour later."
        )
    if local.date() != door.day:
        raise FeedExpired(
            f"the stored timetable is of {door.day}, and {at.isoformat(timespec='minutes')} is on {local.date()}; "
            "prepare the timetable of that day."
        )
    noon = dt.datetime.combine(door.day, dt.time(12), zone)
    if zone is None:
        return int((local - noon).total_seconds()) + 12 * 3600
    return int(local.timestamp() - noon.timestamp()) + 12 * 3600


def happens_twice(door: Door, at: dt.datetime) -> bool:
    """Whether a moment without a zone comes twice, as in the night when the clocks go back; the first is taken."""
    if at.tzinfo is not None or not door.table.timezone:
        return False
    zone = ZoneInfo(door.table.timezone)
    first, second = (at.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


_TIED = ("xy", "piece", "share", "connector_m")


def tied(walking: streets.Net, crs: str, lon: np.ndarray, lat: np.ndarray) -> streets.Points:
    """Points in degrees tied to the streets."""
    return streets.tie(walking, np.column_stack(units.convert(lon, lat, units.DEGREES, crs)))


def one_of(points: streets.Points, row: int) -> streets.Points:
    """One of some tied points, by itself."""
    return streets.Points(*(getattr(points, f)[row : row + 1] for f in _TIED))


def _near(door: Door, points: streets.Points) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of place and stop within ACCESS_M, metres, and whether each is a straight line; in no order."""
    by_stop = len(door.stops.xy) < len(points.xy)  # streets are walked both ways: search from whichever are fewer
    rows, columns = (door.stops, points) if by_stop else (points, door.stops)
    here, there, metres, lines = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)], [np.empty(0, bool)]
    for row in np.flatnonzero(np.isfinite(rows.xy).all(axis=1)):
        walk_m, straight = streets.walks(door.walking, rows, int(row), columns, ACCESS_M)
        near = np.flatnonzero(np.isfinite(walk_m))
        here.append(np.full(len(near), row))
        there.append(near)
        metres.append(walk_m[near])
        lines.append(straight[near])
    pair = np.concatenate(here), np.concatenate(there)
    place, stop = pair[::-1] if by_stop else pair
    return place, stop, np.concatenate(metres), np.concatenate(lines)
