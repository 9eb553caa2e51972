"""Rule packs as data: what a file of an edition may say, checked when it is read."""

import difflib
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from siteselect.rules.clauses import Clause, Length

MILE_M = Fraction("1609.344")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def metres(miles: Fraction) -> float:
    """Metres of a distance in international miles."""
    return float(miles * MILE_M)


class Fact(_Strict):
    """Something that no map says and that is asked of a project (or one of its sites), an amenity, or the two together.

    A `choice` is one thing only: while it is not known, each of its `choices` is tried by itself.  So are yes and no
    of a fact that is `tried`, since some rows need the one and others the other.
    """

    id: str
    about: Literal["project", "amenity", "pair"]
    kind: Literal["yes-no", "number", "choice"]
    choices: tuple[str, ...] = ()
    tried: bool = False
    ask: str

    @property
    def ways(self) -> tuple[bool | str, ...]:
        """What is tried one after another while the fact is not known; nothing for most facts."""
        return self.choices or ((True, False) if self.tried else ())

    @model_validator(mode="after")
    def _choices_where_chosen(self) -> Self:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError(f"fact {self.id!r}: choices stand with kind = 'choice', and only there")
        if self.tried and self.kind != "yes-no":
            raise ValueError(f"fact {self.id!r}: only a fact of kind 'yes-no' is tried both ways")
        return self


class Condition(_Strict):
    """What must hold for a row: of a fact, of a stop's service, or of the opportunity map's class there."""

    id: str
    about: Literal["project", "amenity", "pair", "stop", "map"]
    fact: str | None = None
    equals: bool | str | None = None
    over: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    text: str

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        tests = [self.equals is not None, self.over is not None, self.at_least is not None]
        tests += [self.at_most is not None, bool(self.one_of)]
        of_fact = self.about in ("project", "amenity", "pair")
        if of_fact != (self.fact is not None) or sum(tests) != (self.about != "stop"):
            raise ValueError(f"condition {self.id!r}: give one test, and a fact where it is about project or amenity")
        return self

    def holds(self, value: Any) -> bool | None:
        """Whether a value passes; None where there is none."""
        if value is None:
            return None
        if self.equals is not None:
            return bool(value == self.equals)
        if self.one_of:
            return value in self.one_of
        if self.over is not None:
            return bool(value > self.over)
        return bool(value >= self.at_least) if self.at_least is not None else bool(value <= (self.at_most or 0.0))


class Row(_Strict):
    """One line of the table: the points, within which distance of which kinds of amenity, under which conditions.

    `kinds_unsure` are categories of which only some are meant (a school whose grades are not known): such an amenity
    counts on condition.  Where `rural_mi` or `rural_points` are not given, a rural project is treated as any other.
    """

    id: str
    points: Annotated[int, Field(gt=0)]
    rural_points: Annotated[int | None, Field(gt=0)] = None
    within_mi: Length | None = None
    rural_mi: Length | None = None
    kinds: tuple[str, ...] = ()
    kinds_unsure: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    text: str

    @model_validator(mode="after")
    def _a_distance_is_to_something(self) -> Self:
        if (self.within_mi is None) != (not self.kinds):
            raise ValueError(f"row {self.id!r}: within_mi and kinds stand together or not at all")
        if self.rural_mi is not None and (self.within_mi is None or self.rural_mi < self.within_mi):
            raise ValueError(f"row {self.id!r}: rural_mi is a distance no shorter than within_mi")
        if self.rural_points is not None and self.rural_points < self.points:
            raise ValueError(f"row {self.id!r}: rural_points are no fewer than points")
        return self


class Item(_Strict):
    """A subcategory: at most one of its rows is awarded."""

    id: str
    number: str
    title: str
    max: Annotated[int, Field(gt=0)]
    citation: str
    text: str
    in_complexes: bool = False
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _within_its_most(self) -> Self:
        over = [r.id for r in self.rows if max(r.points, r.rural_points or 0) > self.max]
        if over:
            raise ValueError(f"row {over[0]!r} gives more than the {self.max} points that its item may have")
        return self


class Service(_Strict):
    """How often a stop must be served, in which hours, Monday to Friday.

    Rail and ferry (`departures_modes`) also pass with `departures_least` departures in each of the hours.
    """

    windows: Annotated[tuple[tuple[str, str], ...], Field(min_length=1)]
    gap_most_min: Annotated[float, Field(gt=0)]
    departures_least: int = 2
    departures_modes: tuple[str, ...] = ()
    text: str

    @property
    def seconds(self) -> tuple[tuple[int, int], ...]:
        """The windows in seconds of the service day."""
        return tuple((_clock(a), _clock(b)) for a, b in self.windows)


class Measuring(_Strict):
    """How distances are struck.

    `reach_m` is not law: how far the land of an amenity of a kind may reach from the point that it is filed by.
    """

    method: str
    text: str
    citation: str
    complex_minus_ft: Annotated[float, Field(ge=0)]
    complex_fact: str
    barrier_fact: str
    clear_fact: str
    reach_m: dict[str, Annotated[float, Field(ge=0)]]
    reach_otherwise_m: Annotated[float, Field(ge=0)]
    reach_why: str


class Reported(_Strict):
    """Something that the edition counts elsewhere and that a planner wants beside the points; it earns none here."""

    id: str
    title: str
    citation: str
    text: str
    owners: tuple[str, ...]
    needs_any: tuple[str, ...]


class _Headed(_Strict):
    id: str
    edition: str
    title: str
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
    citation: str
    read: str
    cautions: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    rural_fact: str | None = None


class PointsPack(_Headed):
    """A table of points: a scoring category of one edition of a regulation."""

    kind: Literal["points"]
    cap: Annotated[int, Field(gt=0)]
    measuring: Measuring
    service: Service
    conditions: tuple[Condition, ...] = ()
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    reports: tuple[Reported, ...] = ()
    look_back_years: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        rows = [row for item in self.items for row in item.rows]
        _differ("fact", [f.id for f in self.facts])
        _differ("condition", [c.id for c in self.conditions])
        _differ("item", [i.id for i in self.items])
        _differ("row", [r.id for r in rows])
        conditions, facts = [c.id for c in self.conditions], [f.id for f in self.facts]
        for row in rows:
            _known(f"row {row.id!r}", "condition", row.needs, conditions)
        for report in self.reports:
            _known(f"report {report.id!r}", "condition", report.needs_any, conditions)
        for condition in self.conditions:
            if condition.fact is not None:
                about = [f.id for f in self.facts if f.about == condition.about]
                _known(f"condition {condition.id!r}", f"fact about a {condition.about}", (condition.fact,), about)
        asked = self.measuring
        special = [asked.complex_fact, asked.barrier_fact, asked.clear_fact, self.rural_fact or facts[0]]
        _known("the pack", "fact", tuple(special), facts)
        return self


class TestsPack(_Headed):
    """Tests that a site passes, passes on condition, fails, or of which nobody knows."""

    kind: Literal["tests"]
    windows: dict[str, tuple[str, str]] = {}
    major_gap_most_min: float | None = None
    corridor_gap_most_min: float | None = None
    meeting_ft: float | None = None
    per_hour_major: float | None = None
    per_hour_corridor: float | None = None
    reach_m: dict[str, Annotated[float, Field(ge=0)]] = {}
    reach_otherwise_m: Annotated[float, Field(ge=0)] = 0.0
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        ids = [c.id for c in self.clauses]
        _differ("clause", ids)
        for at, clause in enumerate(self.clauses):
            if clause.kind in ("all", "any"):
                _known(f"clause {clause.id!r}", "clause above it", clause.of, ids[:at])
            if clause.kind == "fact":
                _known(f"clause {clause.id!r}", "fact", (clause.fact,), [f.id for f in self.facts])
        return self

    @property
    def peaks(self) -> tuple[tuple[int, int], ...]:
        """The peak hours in seconds of the service day."""
        return tuple((_clock(a), _clock(b)) for a, b in self.windows.values())


Pack = PointsPack | TestsPack


def _differ(what: str, ids: list[str]) -> None:
    twice = [i for i in dict.fromkeys(ids) if ids.count(i) > 1]
    if twice:
        raise ValueError(f"{what} {twice[0]!r} stands twice; give each its own id")


def _known(who: str, what: str, said: tuple[str, ...], known: list[str]) -> None:
    for name in said:
        if name not in known:
            meant = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {meant[0]!r}?" if meant else f"there are {', '.join(known) or 'none'}"
            raise ValueError(f"{who} names {name!r}, which is no {what}; {hint}")


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60
