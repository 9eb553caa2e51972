"""A question -> programmes in the order a caseworker needs them, with reasons; never more than may be shown."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from resources import addresses, availability
from resources.addresses import words
from resources.errors import ProgramNotFound, QuestionRefused
from resources.records import HOUSEHOLDS, KINDS, PROJECT_TYPES, Held, Observation, Shown
from resources.shown import TOWN_M, Origin, households, show
from resources.store import questions, reading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer", "Origin", "Question", "near", "one", "place", "totals"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: every filter narrows; the empty ones ask for everything.

    `as_of` is a moment with its zone; `radius_m` is metres from `origin`; `types` are project types, `kinds` of KINDS
    (closed programmes come only when asked for), `households` one of HOUSEHOLDS.  Raises QuestionRefused for what
    cannot be meant.
    """

    as_of: dt.datetime
    origin: Origin | None = None
    radius_m: float | None = None
    types: frozenset[str] = frozenset()
    households: str | None = None
    kinds: frozenset[str] | None = None
    open_only: bool = False
    text: str | None = None
    limit: int = 50
    offset: int = 0

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise QuestionRefused("The time has no zone: write it as 2024-01-26T17:10:00-08:00.")
        if self.radius_m is not None and (self.origin is None or not 0 < self.radius_m < math.inf):
            raise QuestionRefused("A radius needs a point to be measured from and must be more than 0.")
        _one_of("project type", self.types, tuple(PROJECT_TYPES))
        _one_of("kind", self.kinds or frozenset(), KINDS)
        _one_of("household", frozenset({self.households} if self.households else ()), HOUSEHOLDS)
        if self.limit < 1 or self.offset < 0:
            raise QuestionRefused("A page needs a limit of 1 or more and an offset of 0 or more.")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One page of `contents` out of `total`; `counts` (open, full, unknown) and `notes` speak of all that matched."""

    contents: tuple[Shown, ...]
    total: int
    counts: dict[str, int]
    question: Question
    notes: tuple[str, ...] = field(default=())


def near(engine: Engine, question: Question) -> Answer:
    """Answers a question.

    Order: 1 shelter beds at a known place, nearest first; 2 shelter beds whose place is not known; 3 confidential
    programmes; 4 homes at a known place, nearest first; 5 homes whose place is not known; 6 vouchers; 7 closed ones,
    when asked for.  Within 2, 3, 5, 6 and 7 by name.  A place known only to its town stands a quarter of the town's
    width further down than the town's middle would: not knowing where it is does not make it the nearest.  A radius
    keeps what is known to be inside it, and all confidential programmes, whose order and form are the same for every
    point.  Raises StoreRefused.
    """
    origin = question.origin
    with reading(engine) as session:
        lon, lat = (origin.lon, origin.lat) if origin else (None, None)
        held = questions.programs(session, lon, lat, question.radius_m)
        asked = [p for p in held if _fits(p, question)]
        counts = questions.counts(session, [p.id for p in asked])
    found = [(p, availability.at(p, counts.get(p.id, ()), question.as_of)) for p in asked]
    found = [(p, a) for p, a in found if a.state == "open" or not question.open_only]
    states = {state: sum(a.state == state for _, a in found) for state in ("open", "full", "unknown")}
    found.sort(key=lambda pair: _order(pair[0]))
    page = found[question.offset : question.offset + question.limit]
    return Answer(
        contents=tuple(show(p, a, origin) for p, a in page), total=len(found), counts=states, question=question,
        notes=_notes(held, question),
    )  # fmt: skip


def one(engine: Engine, program_id: str, as_of: dt.datetime) -> Shown:
    """One programme, without a distance.  Raises ProgramNotFound, StoreRefused."""
    if as_of.tzinfo is None:
        raise QuestionRefused("The time has no zone: write it as 2024-01-26T17:10:00-08:00.")
    with reading(engine) as session:
        held = questions.program(session, program_id)
        if held is None:
            raise ProgramNotFound("No programme has that id: search again, the list may have been renewed.")
        counts = questions.counts(session, [held.id]).get(held.id, [])
    return show(held, availability.at(held, counts, as_of), None)


def place(engine: Engine, text: str) -> Origin:
    """The point that a line of text means: 'LON,LAT', an address, a street or a town, looked up in the store alone.

    Raises PlaceNotFound, PlaceAmbiguous (with candidates), QuestionRefused for a point not on Earth, StoreRefused.
    """
    if pair := re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*", text):
        return Origin(float(pair[1]), float(pair[2]))
    with reading(engine) as session:
        spot = addresses.find(session, text[:200])
    return Origin(spot.lon, spot.lat, spot.label, spot.precision, spot.margin_m)


def totals(engine: Engine) -> pd.DataFrame:
    """What the newest inventory adds up to, as HUD adds it.

    One row for each project type that occurs: project_type, projects, year_round_beds (family, adult and child-only),
    seasonal, people (counted in that inventory), not_counted (projects without a count of people).  A sum is missing
    only when nobody filed the number; programmes under development are left out.
    """
    import pandas as pd  # half a second that no search for a bed should wait for

    with reading(engine) as session:
        rows = questions.bed_rows(session)
        counts = questions.counts(session, [row.id for row in rows])
    table = pd.DataFrame(
        [
            {
                "project_type": row.project_type,
                "year_round_beds": _sum([row.family_beds, row.adult_beds, row.child_beds]),
                "seasonal": row.seasonal_beds,
                "people": _latest(counts.get(row.id, []), row.edition_year),
            }
            for row in rows
        ],
        columns=["project_type", "year_round_beds", "seasonal", "people"],
    ).astype({"year_round_beds": "Int64", "seasonal": "Int64", "people": "Int64"})
    grouped = table.groupby("project_type", sort=False)
    summed = grouped[["year_round_beds", "seasonal", "people"]].sum(min_count=1)
    summed.insert(0, "projects", grouped.size())
    summed["not_counted"] = grouped["people"].apply(lambda people: int(people.isna().sum()))
    order = [code for code in PROJECT_TYPES if code in summed.index]
    return summed.loc[order].reset_index()


def _fits(program: Held, question: Question) -> bool:
    """Whether the filters that need no clock and no distance keep it."""
    if question.kinds is None and program.kind == "closed":
        return False
    if question.kinds is not None and program.kind not in question.kinds:
        return False
    if question.types and program.project_type not in question.types:
        return False
    if question.households and question.households not in households(program):
        return False
    wanted = words(question.text or "")
    said = (program.name, program.organization, program.address or "", program.city or "", program.office or "")
    return not wanted or wanted in words(" ".join(said))


def _order(program: Held) -> tuple[int, float, str, str]:
    """Place in the list.  A confidential programme's has no point in it, and nobody else's depends on one."""
    by_name = (program.name.casefold(), program.id)
    if program.kind == "closed":
        return (7, 0.0, *by_name)
    if program.confidential:
        return (3, 0.0, *by_name)
    if program.kind == "voucher":
        return (6, 0.0, *by_name)
    located = program.lon is not None
    distance_m = program.distance_m if program.distance_m is not None else 0.0
    if program.precision == "place":
        distance_m += (TOWN_M if program.margin_m is None else program.margin_m) / 4
    group = (1 if located else 2) if program.kind == "bed" else (4 if located else 5)
    return (group, distance_m if located else 0.0, *by_name)


def _notes(held: list[Held], question: Question) -> tuple[str, ...]:
    notes = []
    if question.radius_m is not None:
        notes.append("Programmes whose place is not known are not in a radius; ask without one to see them.")
    if question.households:
        rest = Question(as_of=question.as_of, types=question.types, kinds=question.kinds, text=question.text)
        silent = sum(not households(p) and _fits(p, rest) for p in held)
        if silent:
            notes.append(f"Left out because they do not say which households they take: {silent}.")
    return tuple(notes)


def _sum(numbers: list[int | None]) -> int | None:
    known = [n for n in numbers if n is not None]
    return sum(known) if known else None


def _latest(counts: list[Observation], year: int | None) -> int | None:
    """People in the inventory's own count: the latest night of its year, a dated one before an undated one."""
    own = [c for c in counts if year is None or c.night.startswith(str(year))]
    return max(own, key=lambda c: c.night).people if own else None


def _one_of(what: str, given: frozenset[str], known: tuple[str, ...]) -> None:
    if wrong := sorted(given - set(known)):
        raise QuestionRefused(f"'{wrong[0][:20]}' is not a {what}: use one of {', '.join(known)}.")
