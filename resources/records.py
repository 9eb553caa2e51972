"""What a programme is: one type for what we hold, another for what we may show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

#: A night of counting begins at midnight here; the inventory says a date, not a clock.
TIME_ZONE = ZoneInfo("America/Los_Angeles")

PROJECT_TYPES = {
    "ES": "emergency shelter",
    "SH": "safe haven",
    "TH": "transitional housing",
    "PSH": "permanent supportive housing",
    "RRH": "rapid re-housing",
    "OPH": "other permanent housing",
}
KINDS = ("bed", "home", "voucher", "closed")
HOUSEHOLDS = ("families", "adults", "children-only")
POPULATIONS = ("veterans", "youth", "domestic-violence")
PRECISIONS = ("address", "street", "place", "none")
CALL = "Call 2-1-1 to be connected."
CALL_FIRST = "Call before sending anyone: a bed may be held or need a referral."


@dataclass(frozen=True, kw_only=True)
class Bed:
    """What one inventory says of a programme's beds; None is unknown."""

    family_beds: int | None = None
    family_units: int | None = None
    adult_beds: int | None = None
    child_beds: int | None = None
    seasonal_beds: int | None = None
    overflow_beds: int | None = None
    total_beds: int | None = None
    season_start: dt.date | None = None
    season_end: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Observation:
    """People and beds counted once; `starts_at` is missing when the source does not say which night."""

    program_id: str
    night: str
    counted_on: dt.date | None
    starts_at: dt.datetime | None
    good_for_hours: float
    people: int | None
    beds: int | None
    source: str
    reported_by: str | None


@dataclass(frozen=True, kw_only=True)
class Held:
    """One programme as the store holds it, with its distance in metres from the point that was asked about.

    A confidential programme has no address, city, zip, office or point here, because the store has no row for them.
    """

    id: str
    name: str
    organization: str
    project_type: str
    kind: str
    confidential: bool
    under_development: bool
    listed: bool
    edition_year: int | None
    populations: tuple[str, ...]
    source: str
    source_date: dt.date | None
    office: str | None
    beds: Bed
    address: str | None
    city: str | None
    zip: str | None
    precision: str
    location_source: str | None
    lon: float | None
    lat: float | None
    margin_m: float | None
    distance_m: float | None


@dataclass(frozen=True, kw_only=True)
class Availability:
    """Whether a bed is free at the moment asked about; anything not known to be so is `unknown`.

    `people` and `beds` are what was counted at `counted_on`, not now; `free` is set only while the count is good.
    """

    state: str
    reason: str
    free: int | None = None
    people: int | None = None
    beds: int | None = None
    counted_on: dt.date | dt.datetime | None = None
    good_until: dt.datetime | None = None
    age_hours: float | None = None
    reported_by: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What anyone may be shown of a programme; the only thing a search gives.

    `margin_m` says how far the programme itself may be from its point (None when that is not known).
    `distance_m` is a straight line in metres on the WGS84 ellipsoid; `distance_margin_m` is its
    margin, when there is a distance; the origin's own is told once, with the origin.
    """

    id: str
    name: str
    organization: str
    project_type: str
    kind: str
    confidential: bool
    address: str | None
    city: str | None
    zip: str | None
    precision: str
    location_source: str | None
    lon: float | None
    lat: float | None
    margin_m: float | None
    distance_m: float | None
    distance_method: str | None
    distance_margin_m: float | None
    beds_total: int | None
    family_beds: int | None
    family_units: int | None
    adult_beds: int | None
    child_beds: int | None
    seasonal_beds: int | None
    households: tuple[str, ...]
    populations: tuple[str, ...]
    availability: Availability
    source: str
    source_date: dt.date | None
    remarks: tuple[str, ...] = field(default=())


def day(date: dt.date) -> str:
    """A date as people write it: 26 January 2024."""
    return f"{date.day} {date:%B %Y}"
