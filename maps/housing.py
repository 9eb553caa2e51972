"""Places to sleep as rows and as marks on a map, drawn no more exactly than they are known."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from maps import figures
from maps.page import Feature
from maps.words import Words
from resources.records import Availability, Shown

ROUGH_M = 1000.0  # the circle of a place that is only somewhere about: its margin is not known


@dataclass(frozen=True)
class Place:
    """One programme as a page shows it; every field is text ready to be escaped, empty where there is nothing to say."""

    id: str
    name: str
    organization: str
    type: str
    kind: str
    kind_code: str
    address: str
    no_address: str
    precision: str
    distance: str
    distance_method: str
    state: str
    state_words: str
    free: str
    reason: str
    counted: str
    beds: str
    beds_detail: tuple[tuple[str, str], ...]
    who: str
    remarks: tuple[str, ...]
    source: str
    source_date: str
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
        address=", ".join(part for part in (shown.address, shown.city, shown.zip) if part) if not shown.confidential else "",
        no_address=_no_address(shown, words),
        precision=_precision(shown, words),
        distance="" if shown.distance_m is None else figures.distance(shown.distance_m, words),
        distance_method=_distance_method(shown, words),
        state=shown.availability.state,
        state_words=_state(shown.availability, words),
        free=_free(shown.availability, words),
        reason=shown.availability.reason,
        counted=" ".join(filter(None, (_counted(shown.availability, words), _age(shown.availability, words)))),
        beds=_beds(shown, words),
        beds_detail=_beds_detail(shown, words),
        who=_who(shown, words),
        remarks=tuple(shown.remarks),
        source=shown.source,
        source_date=figures.day(shown.source_date, words) if shown.source_date else words.say("not dated"),
        on_map=located(shown),
    )


def located(shown: Shown) -> bool:
    """Whether a programme may stand on a map: not confidential, and a point is known."""
    return not shown.confidential and shown.lon is not None and shown.lat is not None and shown.precision != "none"


def features(answers: Iterable[Shown], words: Words, pages: str) -> list[Feature]:
    """The located programmes as marks, in the order of the list; `pages` is the path of their own pages.

    An address is a mark; a street or a town is a mark inside a dashed circle as wide as its margin.  A voucher is
    help filed at an office, not a bed, and gets no mark.
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
    margin = None if shown.precision == "address" else (shown.distance_margin_m or ROUGH_M)
    free = shown.availability.free
    label = {"open": "✓" if free is None else str(free), "full": "0"}.get(entry.state, "?")
    return Feature(
        id=shown.id,
        layer="beds",
        style=entry.state if entry.state in ("open", "full") else "unknown",
        title=shown.name,
        at=(shown.lat, shown.lon),
        label=label,
        margin_m=margin,
        lines=tuple(line for line in (entry.type, entry.state_words, entry.precision) if line),
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


def _distance_method(shown: Shown, words: Words) -> str:
    if shown.distance_m is None:
        return ""
    method = {
        "address": words.say("straight line, to the address"),
        "street": words.say("straight line, to the middle of the street"),
        "place": words.say("straight line, to the middle of the town, not to the building"),
    }.get(shown.precision, shown.distance_method or "")
    if shown.distance_margin_m:
        margin = figures.distance(shown.distance_margin_m, words)
        return words.say("{method}; the place itself may be {margin} from there", method=method, margin=margin)
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
    """What was counted then, for a count that says nothing about now."""
    if availability.state != "unknown" or availability.people is None or availability.beds is None:
        return ""
    people, beds = figures.number(availability.people, words), figures.number(availability.beds, words)
    return words.say("Then: {people} people, {beds} beds.", people=people, beds=beds)


def _age(availability: Availability, words: Words) -> str:
    """How old a count is that is still good."""
    if availability.state == "unknown" or availability.age_hours is None:
        return ""
    return words.say("The count is {age}.", age=figures.age(availability.age_hours, words))


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
    return ", ".join(people) or words.say("not known for whom")
