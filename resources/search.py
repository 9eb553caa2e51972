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
from resources.records import HOUSEHOLDS, KINDS, POPULATIONS, PROJECT_TYPES, Availability, Held, Observation, Shown
from resources.shown import TOWN_M, Origin, households, show
from resources.store import questions, reading

if TYPE_CHECKING:
    import pandas as pd

#: What people type for a type of programme or a group of people, beside the type's own name.
WORDS_FOR = {
    "ES": ("shelters", "albergue de emergencia", "refugio de emergencia"),
    "SH": ("refugio seguro",),
    "TH": ("vivienda transitoria", "vivienda de transición"),
    "PSH": ("vivienda permanente con apoyo",),
    "RRH": ("realojamiento rápido", "rental help", "ayuda para la renta"),
    "OPH": ("otra vivienda permanente",),
    "veterans": ("veterans", "veteranos", "veteranas"),
    "youth": ("youths", "young people", "jóvenes", "joven", "juventud"),
    "domestic-violence": ("domestic violence", "violence", "violencia doméstica", "survivors", "sobrevivientes"),
}

#: How the note begins that counts what a radius cannot speak of.
UNPLACED = "Left out because where they are is not known"

__all__ = ["UNPLACED", "WORDS_FOR", "Answer", "Origin", "Question", "near", "one", "place", "totals"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: every filter narrows; the empty ones ask for everything.

    `as_of` is a moment with its zone; `radius_m` is metres from `origin`; `types` are project types, `kinds` of KINDS
    (closed programmes come only when asked for), `households` one of HOUSEHOLDS, `population` one of POPULATIONS.
    Raises QuestionRefused for what cannot be meant.
    """

    as_of: dt.datetime
    origin: Origin | None = None
    radius_m: float | None = None
    types: frozenset[str] = frozenset()
    households: str | None = None
    population: str | None = None
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
        _one_of("population", frozenset({self.population} if self.population else ()), POPULATIONS)
        if self.limit < 1 or self.offset < 0:
            raise QuestionRefused("A page needs a limit of 1 or more and an offset of 0 or more.")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One page of `contents` out of `total`; `counts` (open, full, unknown) and `notes` speak of all that matched.

    `unplaced` counts the programmes that fit everything but the radius, whose place is not known.
    """

    contents: tuple[Shown, ...]
    total: int
    counts: dict[str, int]
    question: Question
    notes: tuple[str, ...] = field(default=())
    unplaced: int = 0


def near(engine: Engine, question: Question) -> Answer:
    """Answers a question.

    Order: 1 shelter beds at a known place, nearest first; 2 shelter beds whose place is not known; 3 confidential
    programmes; 4 homes at a known place, nearest first; 5 homes whose place is not known; 6 vouchers; 7 closed ones,
    when asked for.  Within 2, 3, 5, 6 and 7 by name.  With a household, those that do not say which they take come
    after all others, in the same order.  A place known only to its town stands a quarter of the town's width further
    down than the town's middle would: not knowing where it is does not make it the nearest.  A radius keeps what is
    known to be inside it, and all confidential programmes, whose order and form are the same for every point.  Raises
    StoreRefused.
    """
    origin = question.origin
    with reading(engine) as session:
        lon, lat = (origin.lon, origin.lat) if origin else (None, None)
        held = questions.programs(session, lon, lat, question.radius_m)
        apart = questions.unplaced(session) if question.radius_m is not None else []
        asked = [p for p in held if _fits(p, question)]
        beyond = [p for p in apart if _fits(p, question)]
        counts = questions.counts(session, [p.id for p in (*asked, *beyond)])
    every = _stated(asked, counts, question)
    found = [(p, a) for p, a in every if a.state == "open" or not question.open_only]
    unplaced = sum(a.state == "open" or not question.open_only for _, a in _stated(beyond, counts, question))
    states = {state: sum(a.state == state for _, a in found) for state in ("open", "full", "unknown")}
    found.sort(key=lambda pair: _order(pair[0], question))
    page = found[question.offset : question.offset + question.limit]
    hidden = sum(a.state == "unknown" for _, a in every) if question.open_only else 0
    silent = sum(_is_silent(p, question) for p, _ in found)
    return Answer(
        contents=tuple(show(p, a, origin) for p, a in page), total=len(found), counts=states, question=question,
        notes=_notes(unplaced, silent, hidden), unplaced=unplaced,
    )  # fmt: skip


def _stated(
    programs: list[Held], counts: dict[str, list[Observation]], question: Question
) -> list[tuple[Held, Availability]]:
    return [(p, availability.at(p, counts.get(p.id, ()), question.as_of)) for p in programs]


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
    if question.households and households(program) and question.households not in households(program):
        return False
    if question.population and question.population not in program.populations:
        return False
    wanted = words(question.text or "")
    said = (program.name, program.organization, program.address or "", program.city or "", program.office or "")
    if not wanted or wanted in words(" ".join(said)):
        return True
    meant = (PROJECT_TYPES[program.project_type], *WORDS_FOR[program.project_type])
    meant += tuple(name for population in program.populations for name in WORDS_FOR[population])
    return any(re.search(rf"\b{re.escape(wanted)}", words(name)) for name in meant)


def _is_silent(program: Held, question: Question) -> bool:
    return bool(question.households) and not households(program)


def _order(program: Held, question: Question) -> tuple[int, float, str, str]:
    """Place in the list.  A confidential programme's has no point in it, and nobody else's depends on one."""
    by_name = (program.name.casefold(), program.id)
    # who does not say whom it takes comes after those who do
    last = 10 if _is_silent(program, question) else 0
    if program.kind == "closed":
        return (last + 7, 0.0, *by_name)
    if program.confidential:
        return (last + 3, 0.0, *by_name)
    if program.kind == "voucher":
        return (last + 6, 0.0, *by_name)
    located = program.lon is not None
    distance_m = program.distance_m if program.distance_m is not None else 0.0
    if program.precision == "place":
        distance_m += (TOWN_M if program.margin_m is None else program.margin_m) / 4
    group = (1 if located else 2) if program.kind == "bed" else (4 if located else 5)
    return (last + group, distance_m if located else 0.0, *by_name)


def _notes(unplaced: int, silent: int, hidden: int) -> tuple[str, ...]:
    notes = []
    if unplaced:
        notes.append(f"{UNPLACED}: {unplaced}; ask without a distance to see them.")
    if silent:
        notes.append(f"Listed last because they do not say which households they take: {silent}.")
    if hidden:
        notes.append(f"Left out because it is not known whether a bed is free: {hidden}.")
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
