"""What we hold -> what we may show: the only way out of the store, and the end of the line for a confidential place."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from resources.errors import QuestionRefused
from resources.records import CALL, HOUSEHOLDS, Availability, Held, Shown, day

_METHODS = {
    "address": "straight line, to the address point",
    "street": "straight line, to the middle of the street",
    "place": "straight line, to the middle of the town, not to the building",
}


IN_TOWN = "in or near this town, where in it is not known: no distance"
TOWN_M = 5_000.0  # how wide a town is taken to be where nobody filed it


@dataclass(frozen=True)
class Origin:
    """The point a search starts from; `margin_m` is how far the real one may be from it, None when not known."""

    lon: float
    lat: float
    label: str = "the point given"
    precision: str = "point"
    margin_m: float | None = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon) and math.isfinite(self.lat) and abs(self.lon) <= 180 and abs(self.lat) <= 90):
            raise QuestionRefused(
                "That is no point on Earth: write LON,LAT in degrees, longitude first (-122.71,38.44)."
            )


def show(program: Held, state: Availability, origin: Origin | None) -> Shown:
    """A programme as anyone may see it, with its distance when an origin was given.

    For a confidential programme everything of where it is stays empty, whatever was held.
    """
    if program.confidential:
        program = _nowhere(program)
    measured = origin if program.distance_m is not None else None
    in_town = measured is not None and _in_its_town(program)
    distance_m = None if in_town else program.distance_m
    beds = program.beds
    return Shown(
        id=program.id, name=program.name, organization=program.organization, project_type=program.project_type,
        kind=program.kind, confidential=program.confidential, address=program.address, city=program.city,
        zip=program.zip, precision=program.precision, location_source=program.location_source, lon=program.lon,
        lat=program.lat, margin_m=program.margin_m, distance_m=distance_m,
        distance_method=IN_TOWN if in_town else _METHODS.get(program.precision) if measured else None,
        distance_margin_m=program.margin_m if measured and not in_town else None,
        beds_total=beds.total_beds, family_beds=beds.family_beds, family_units=beds.family_units,
        adult_beds=beds.adult_beds, child_beds=beds.child_beds, seasonal_beds=beds.seasonal_beds,
        households=households(program), populations=program.populations, availability=state,
        source=program.source, source_date=program.source_date, remarks=_remarks(program, state),
    )  # fmt: skip


def _in_its_town(program: Held) -> bool:
    """Whether the search began so near a place known only to its town that a distance to the town's middle is none."""
    margin_m = TOWN_M if program.margin_m is None else program.margin_m
    return program.precision == "place" and program.distance_m is not None and program.distance_m <= margin_m


def _nowhere(program: Held) -> Held:
    return replace(
        program, address=None, city=None, zip=None, office=None, precision="none", location_source=None, lon=None,
        lat=None, margin_m=None, distance_m=None,
    )  # fmt: skip


def households(program: Held) -> tuple[str, ...]:
    """Which households the filed beds are for; empty is unknown."""
    beds = program.beds
    filed = zip(HOUSEHOLDS, (beds.family_beds, beds.adult_beds, beds.child_beds), strict=True)
    return tuple(name for name, number in filed if number)


def _remarks(program: Held, state: Availability) -> tuple[str, ...]:
    if program.confidential:
        return (f"Confidential place: its address is not held here. {CALL}",)
    return (*_of_place(program), *_of_beds(program, state))


def _of_place(program: Held) -> tuple[str, ...]:
    remarks = []
    if program.under_development:
        remarks.append("Under development: not open yet.")
    elif program.kind == "closed":
        remarks.append("The inventory lists it as closed.")
    if program.office:
        remarks.append(f"Office, nobody sleeps there: {program.office}.")
    elif program.precision == "none":
        remarks.append("The address could not be placed on the map." if program.address else "No address is filed.")
    if not program.listed:
        remarks.append(f"Not in the newest inventory; last listed in {program.edition_year}.")
    return tuple(remarks)


def _of_beds(program: Held, state: Availability) -> tuple[str, ...]:
    remarks = []
    beds = program.beds
    if state.people is not None and state.beds is not None and state.people > state.beds:
        remarks.append(f"More people ({state.people}) than beds ({state.beds}) were counted.")
    if beds.seasonal_beds:
        known = beds.season_start and beds.season_end
        season = f"{day(beds.season_start)} to {day(beds.season_end)}" if known else "season not filed"  # type: ignore[arg-type]  # both known
        remarks.append(f"Seasonal beds: {beds.seasonal_beds}, {season}.")
    if not households(program):
        remarks.append("It does not say which households it takes.")
    return tuple(remarks)
