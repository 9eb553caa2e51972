"""Places to sleep as rows and as marks on a map, drawn no more exactly than they are known."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from maps import figures
from maps.page import Feature
from maps.words import Words
from resources.records import Availability, Shown

SAME_TOWN_M = 50.0  # between the middles of two towns this is one town: "0 m" would read as next door


@dataclass(frozen=True)
class Place:
    """One programme as a page shows it; every field is text to be escaped, empty where there is nothing to say."""

    id: str
    name: str
    organization: str
    type: str
    kind: str
    kind_code: str
    address: str
    no_address: str
    located_at: str
    precision: str
    distance: str
    distance_method: str
    state: str
    state_words: str
    free: str
    reason: str
    counted: str
    then: str
    beds: str
    beds_detail: tuple[tuple[str, str], ...]
    who: str
    remarks: tuple[str, ...]
    source: str
    source_date: str
    dated: str
    on_map: bool


def place(shown: Shown, words: Words) -> Place:
    """One programme in words."""
    return Place(
        id=shown.id,
        name=shown.name,
        organization=shown.organization,
        type=project_type(shown.project_type, words),
        kind=kind(shown.kind, words),
        kind_code=shown.kind,
        address="" if shown.confidential else ", ".join(filter(None, (shown.address, shown.city, shown.zip))),
        no_address=_no_address(shown, words),
        located_at=shown.precision,
        precision=_precision(shown, words),
        distance=_distance(shown, words),
        distance_method=_distance_method(shown, words),
        state=shown.availability.state,
        state_words=_state(shown.availability, words),
        free=_free(shown.availability, words),
        reason=shown.availability.reason,
        counted=_counted(shown.availability, words),
        then=_then(shown.availability, words),
        beds=_beds(shown, words),
        beds_detail=_beds_detail(shown, words),
        who=_who(shown, words),
        remarks=tuple(shown.remarks),
        source=shown.source,
        source_date=figures.day(shown.source_date, words) if shown.source_date else words.say("not dated"),
        dated=_dated(shown, words),
        on_map=located(shown),
    )


def located(shown: Shown) -> bool:
    """Whether a programme may stand on a map: not confidential, and a point is known."""
    return not shown.confidential and shown.lon is not None and shown.lat is not None and shown.precision != "none"


def features(answers: Iterable[Shown], words: Words, pages: str) -> list[Feature]:
    """The located programmes as marks, in the order of the list; `pages` is the path of their own pages.

    An address is a mark; a street or a town is a mark inside a dashed circle as wide as its margin, or
    inside a dotted ring where that is not known.  A voucher is help filed at an office, not a bed, and gets no mark.
    """
    return [_feature(s, words, pages) for s in answers if located(s) and s.kind != "voucher"]


def project_type(code: str, words: Words) -> str:
    """A HUD project type in words."""
    return {
        "ES": words.say("Emergency shelter"),
        "SH": words.say("Safe haven"),
        "TH": words.say("Transitional housing"),
        "PSH": words.say("Permanent supportive housing"),
        "RRH": words.say("Rapid re-housing"),
        "OPH": words.say("Other permanent housing"),
    }.get(code, code)


def kind(code: str, words: Words) -> str:
    """What a programme offers, in words."""
    return {
        "bed": words.say("A bed for the night"),
        "home": words.say("A home, by referral"),
        "voucher": words.say("Help with rent, filed at an office"),
        "closed": words.say("Closed"),
    }.get(code, code)


def household(code: str, words: Words) -> str:
    """A kind of household, in words."""
    return {
        "families": words.say("Families with children"),
        "adults": words.say("Adults without children"),
        "children-only": words.say("Children on their own"),
    }.get(code, code)


def population(code: str, words: Words) -> str:
    """A group that a programme is for, in words."""
    return {
        "veterans": words.say("Veterans"),
        "youth": words.say("Youth"),
        "domestic-violence": words.say("Survivors of domestic violence"),
    }.get(code, code)


def _feature(shown: Shown, words: Words, pages: str) -> Feature:
    entry = place(shown, words)
    assert shown.lat is not None
    assert shown.lon is not None
    exact = shown.precision == "address"
    free = shown.availability.free
    label = {"open": "✓" if free is None else str(free), "full": "0"}.get(entry.state, "?")
    return Feature(
        id=shown.id,
        layer="beds",
        style=entry.state if entry.state in ("open", "full") else "unknown",
        title=shown.name,
        at=(shown.lat, shown.lon),
        label=label,
        margin_m=None if exact else shown.margin_m,
        rough=not exact and not shown.margin_m,
        lines=tuple(line for line in (entry.type, entry.state_words, entry.dated, entry.precision) if line),
        href=f"{pages}/{quote(shown.id, safe='')}",
    )


def _no_address(shown: Shown, words: Words) -> str:
    if shown.confidential:
        return words.say("The address is confidential. Call 2-1-1: they will put you in touch.")
    if shown.kind == "voucher" and not shown.address:
        return words.say("This is help with rent, not a building.")
    return "" if shown.address or shown.city else words.say("The address is not known. Call 2-1-1.")


def _precision(shown: Shown, words: Words) -> str:
    if shown.confidential:
        return ""
    return {
        "address": words.say("Located at its address"),
        "street": words.say("Located on its street only, not at the door"),
        "place": words.say("Located in its town only"),
        "none": words.say("Not located on the map"),
    }.get(shown.precision, "")


def _distance(shown: Shown, words: Words) -> str:
    if shown.distance_m is None:
        return ""
    if shown.precision == "place" and shown.distance_m < SAME_TOWN_M:
        return words.say("In the town you asked about; where in it is not known:")
    return figures.distance(shown.distance_m, words)


def _distance_method(shown: Shown, words: Words) -> str:
    if shown.distance_m is None:
        return ""
    method = {
        "address": words.say("straight line, to the address"),
        "street": words.say("straight line, to the middle of the street"),
        "place": words.say("straight line, to the middle of the town, not to the building"),
    }.get(shown.precision, shown.distance_method or "")
    if shown.distance_margin_m is None and shown.precision in ("street", "place"):
        return words.say("{method}; how far off is not known", method=method)
    if shown.distance_margin_m:
        margin = figures.distance(shown.distance_margin_m, words)
        return words.say("{method}; give or take {margin}", method=method, margin=margin)
    return method


def _state(availability: Availability, words: Words) -> str:
    return {
        "open": words.say("Beds free"),
        "full": words.say("Full"),
    }.get(availability.state, words.say("Not known whether a bed is free"))


def _free(availability: Availability, words: Words) -> str:
    if availability.state == "open" and availability.free is not None:
        return words.count("{n} bed free", "{n} beds free", availability.free)
    return ""


def _counted(availability: Availability, words: Words) -> str:
    """The count that a state of open or full rests on; empty for any other state."""
    known = availability.people is not None and availability.beds is not None and availability.counted_on is not None
    if availability.state == "unknown" or not known or availability.age_hours is None:
        return ""
    assert availability.people is not None
    assert availability.beds is not None
    beds = words.count("{n} bed", "{n} beds", availability.beds)
    people = words.count("{n} person", "{n} people", availability.people)
    day = figures.day(availability.counted_on, words)
    if not isinstance(availability.counted_on, dt.datetime):  # a night has no hour, so its count has no age in hours
        return words.say("{beds}, {people}: counted on the night of {day}.", beds=beds, people=people, day=day)
    age = figures.age(availability.age_hours, words)
    return words.say("{beds}, {people}: counted on {day}, {age}.", beds=beds, people=people, day=day, age=age)


def _dated(shown: Shown, words: Words) -> str:
    """When the beds were last counted and who says so, in one short line for a map."""
    source = shown.availability.source or shown.source
    if shown.availability.counted_on is None:
        return words.say("No dated count; source: {source}", source=source)
    day = figures.day(shown.availability.counted_on, words)
    return words.say("Counted on {day}; source: {source}", day=day, source=source)


def _then(availability: Availability, words: Words) -> str:
    """What was counted once, where it says nothing about the moment asked about."""
    if availability.state != "unknown" or availability.people is None or availability.beds is None:
        return ""
    return words.say(
        "In that count: {beds}, {people}.",
        beds=words.count("{n} bed", "{n} beds", availability.beds),
        people=words.count("{n} person", "{n} people", availability.people),
    )


def _beds(shown: Shown, words: Words) -> str:
    if shown.beds_total is None:
        return words.say("number of beds not known")
    return words.count("{n} bed in all", "{n} beds in all", shown.beds_total)


def _beds_detail(shown: Shown, words: Words) -> tuple[tuple[str, str], ...]:
    named = [
        (words.say("Beds in all"), shown.beds_total),
        (words.say("Beds for families"), shown.family_beds),
        (words.say("Units for families"), shown.family_units),
        (words.say("Beds for adults"), shown.adult_beds),
        (words.say("Beds for children on their own"), shown.child_beds),
        (words.say("Seasonal beds"), shown.seasonal_beds),
    ]
    unknown = words.say("not known")
    return tuple((name, unknown if count is None else figures.number(count, words)) for name, count in named)


def _who(shown: Shown, words: Words) -> str:
    people = [household(h, words) for h in shown.households] + [population(p, words) for p in shown.populations]
    if not shown.households:
        people.append(words.say("does not say which households it takes"))
    return ", ".join(people)
