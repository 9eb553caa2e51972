"""A housing inventory, HUD's own or a transcription of it, row by row -> what we understood of each programme."""

from __future__ import annotations

import csv
import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import resources as packaged
from zoneinfo import ZoneInfo

from resources.addresses import is_placeholder, words
from resources.load import cells
from resources.load.delimited import Row, Sheet
from resources.load.ledger import Ledger
from resources.records import PROJECT_TYPES, TIME_ZONE, Bed, Observation

#: HUD counts one night: what was counted is believed from its midnight until the next.
GOOD_FOR_HOURS = 24.0
#: Zips that only have post-office boxes, so that no building is in them.
PO_BOX_ZIPS = {"95473"}

_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "resources/program")
_SPOKEN = {name: code for code, name in PROJECT_TYPES.items()} | {"safe haven": "SH", "permanent supportive": "PSH"}
_WHERE = ("address", "address1", "address2", "city", "zip", "lon", "lat", "precision", "location margin m",
          "location source", "geocode", "geo code")  # fmt: skip
_CONFIDENTIAL = re.compile(r"\bDV\b|domestic violence|victim|suppressed|confidential|undisclosed|trafficking", re.I)
_TENANT_BASED = re.compile(
    r"tenant[- ]based|voucher|rental assistance|\bVASH\b|shelter plus care|\bS\+C\b|\bEHV\b", re.I
)
_CLOSED = re.compile(r"\(\s*closed\b[^)]*\)|\bclosed\s*$", re.I)
_PRECISIONS = ("address", "street", "place")


@dataclass(frozen=True, kw_only=True)
class Filed:
    """One programme as filed; for a confidential one every field of where it is stays empty."""

    id: str
    line: int
    filed_row: str | None
    name: str
    organization: str
    project_type: str
    bed_type: str | None
    housing_type: str | None
    inventory_type: str | None
    confidential: bool
    tenant_based: bool
    filed_at_office: bool
    closed: bool
    populations: tuple[str, ...]
    year: int | None
    source: str
    source_date: dt.date | None
    beds: Bed
    count: Observation | None
    address: str | None
    city: str | None
    zip: str | None
    lon: float | None
    lat: float | None
    precision: str | None
    margin_m: float | None
    location_source: str | None


def filed(sheet: Sheet, counted_on: dt.date | None = None, zone: ZoneInfo = TIME_ZONE) -> list[Filed]:
    """Every row of an inventory that can be taken; the sheet's ledger says what became of the others.

    Understood are HUD's raw columns (Organization Name, Project Name, Beds HH w/ Children, ...) and the transcription's
    (org, project, fam_beds, ...); `counted_on` is the night for rows that do not say theirs.  A row that names a victim
    service provider, domestic violence, a comparable database or a withheld address is confidential: where it is gets
    dropped before anything looks at it, and the ledger says the same sentence whatever stood there.
    """
    year, night = (None, counted_on) if counted_on else _said_by_name(sheet)
    seen: Counter[str] = Counter()
    rows: dict[str, set[tuple[str, ...]]] = {}
    found = []
    for row in sheet.rows:
        confidential = _is_confidential(row)
        if confidential:
            row = _without_where(row)
        if row.odd:
            sheet.ledger.repair(
                row.line, row.odd_titles, "a byte is not UTF-8; read as Windows-1252", "save the file as UTF-8"
            )
        if not (project_type := _named(row, sheet.ledger)):
            continue
        identity = "|".join(
            (words(row.get("org", "organization name")), words(row.get("project", "project name")), project_type)
        )
        content = tuple(v for k, v in sorted(row.cells.items()) if k not in ("row", ""))
        if content in rows.setdefault(identity, set()):
            sheet.ledger.reject(
                row.line, row.title("project", "project name"), "the same row stands above", "delete one of the two"
            )
            continue
        rows[identity].add(content)
        seen[identity] += 1
        program_id = str(uuid.uuid5(_SPACE, f"{identity}|{seen[identity]}"))
        found.append(_program(row, sheet, program_id, project_type, confidential, night, year, zone))
    return found


def _program(
    row: Row, sheet: Sheet, program_id: str, project_type: str, confidential: bool,
    counted_on: dt.date | None, year: int | None, zone: ZoneInfo,
) -> Filed:  # fmt: skip
    ledger = sheet.ledger
    note, name = row.get("note"), row.get("project", "project name")
    night = cells.date(row, ledger, "counted on", "hic date") or counted_on
    year = night.year if night else (cells.year(row, ledger) or year)
    source = row.get("source") or f"HUD Housing Inventory Count {year or '(year not said)'}"
    beds = _beds(row, ledger, note)
    inventory_type = row.get("inventory type").upper()[:1] or None
    program = Filed(
        id=program_id, line=row.line, filed_row=row.get("row") or None, name=name,
        organization=row.get("org", "organization name"), project_type=project_type,
        bed_type=row.get("bedtype", "bed type").upper()[:1] or None,
        housing_type=row.get("housing type").upper() or None,
        inventory_type=inventory_type, confidential=confidential,
        tenant_based=bool(_TENANT_BASED.search(f"{note} {name}")) or row.get("housing type").upper().startswith("TB"),
        filed_at_office="address is the office" in note.casefold(),
        closed=bool(_CLOSED.search(name)), populations=_populations(row, note, beds, ledger),
        year=year, source=source, source_date=night, beds=beds,
        count=_count(row, ledger, program_id, night, year, source, beds.total_beds, zone),
        address=None, city=None, zip=None, lon=None, lat=None, precision=None, margin_m=None, location_source=None,
    )  # fmt: skip
    if confidential:
        ledger.caution(
            row.line, row.title("address", "address1"), "confidential: where it is was not stored", "nothing to do"
        )
        return program
    return _located(program, row, ledger, note)


def _located(program: Filed, row: Row, ledger: Ledger, note: str) -> Filed:
    """The programme with its address, and with its point where the file gives one."""
    address: str | None = row.get("address", "address1") or None
    if address and is_placeholder(address):
        ledger.repair(
            row.line,
            row.title("address", "address1"),
            f"'{address[:40]}' stands for an address not known; taken as none",
            "file the address",
        )
        address = None
    zip_code = cells.zip_code(row, ledger)
    if zip_code in PO_BOX_ZIPS or (zip_code and "po-box zip" in note.casefold()):
        ledger.repair(
            row.line,
            row.title("zip"),
            f"{zip_code} has only post-office boxes; taken as unknown",
            "file the building's zip",
        )
        zip_code = None
    program = replace(program, address=address, city=row.get("city") or None, zip=zip_code)
    precision = row.get("precision").casefold()
    if not row.get("lon") and not row.get("lat"):
        return program
    lon, lat = cells.degrees(row, "lon", 180.0), cells.degrees(row, "lat", 90.0)
    if lon is None or lat is None or precision not in _PRECISIONS:
        remedy = "write lon and lat in degrees and a precision of address, street or place"
        ledger.repair(row.line, "lon, lat, precision", "the point cannot be taken; it is looked up instead", remedy)
        return program
    return replace(
        program, lon=lon, lat=lat, precision=precision, margin_m=cells.metres(row, ledger, "location margin m"),
        location_source=row.get("location source") or program.source,
    )  # fmt: skip


def _named(row: Row, ledger: Ledger) -> str | None:
    """The project type, or None after a rejection."""
    for columns in (("org", "organization name"), ("project", "project name"), ("type", "project type")):
        if not row.get(*columns):
            ledger.reject(row.line, row.title(*columns), "the row does not say it", "fill it in")
            return None
    text = row.get("type", "project type")
    code = text.upper() if text.upper() in PROJECT_TYPES else _SPOKEN.get(words(text))
    if code is None:
        ledger.reject(
            row.line,
            row.title("type", "project type"),
            f"'{text[:40]}' is not a project type",
            f"write one of {', '.join(PROJECT_TYPES)}",
        )
    return code


def _beds(row: Row, ledger: Ledger, note: str) -> Bed:
    def number(*columns: str) -> int | None:
        return cells.whole(row, ledger, *columns)

    start = cells.date(row, ledger, "availability start date") or cells.season(note)[0]
    end = cells.date(row, ledger, "availability end date") or cells.season(note)[1]
    beds = Bed(
        family_beds=number("fam beds", "beds hh w children"), family_units=number("fam units", "units hh w children"),
        adult_beds=number("adult beds", "beds hh w o children"),
        child_beds=number("child beds", "beds hh w only children"),
        seasonal_beds=number("seasonal", "total seasonal beds"), overflow_beds=number("overflow beds", "o v beds"),
        total_beds=number("total", "total beds"), season_start=start, season_end=end,
    )  # fmt: skip
    _check_sum(row, ledger, beds)
    return beds


def _check_sum(row: Row, ledger: Ledger, beds: Bed) -> None:
    """Cautions where the total is not that of its parts; seasonal and overflow beds may be in it or not."""
    parts = (beds.family_beds, beds.adult_beds, beds.child_beds)
    if beds.total_beds is None or None in parts:
        return
    year_round, extra = sum(p or 0 for p in parts), (beds.seasonal_beds or 0, beds.overflow_beds or 0)
    sums = {year_round, year_round + extra[0], year_round + extra[1], year_round + sum(extra)}
    if beds.total_beds not in sums:
        reason = (
            f"the total ({beds.total_beds}) is not what its parts add up to ({year_round + sum(extra)}); both are kept"
        )
        ledger.caution(row.line, row.title("total", "total beds"), reason, "ask the provider which is right")


def _count(
    row: Row, ledger: Ledger, program_id: str, night: dt.date | None, year: int | None, source: str,
    beds: int | None, zone: ZoneInfo,
) -> Observation | None:  # fmt: skip
    people = cells.whole(row, ledger, "pit", "pit count")
    if people is None:
        return None
    if beds is not None and people > beds:
        reason = f"more people ({people}) than beds ({beds}) were counted; both are kept and no bed is free"
        ledger.caution(row.line, row.title("pit", "pit count"), reason, "ask the provider which is right")
    starts = dt.datetime(night.year, night.month, night.day, tzinfo=zone) if night else None
    return Observation(
        program_id=program_id, night=str(night or year or "unknown"), counted_on=night, starts_at=starts,
        good_for_hours=GOOD_FOR_HOURS, people=people, beds=beds, source=source,
        reported_by=row.get("reported by") or None,
    )  # fmt: skip


def _populations(row: Row, note: str, beds: Bed, ledger: Ledger) -> tuple[str, ...]:
    """For whom all the beds are; a share of the beds for veterans does not make a programme theirs."""
    every = sum(b or 0 for b in (beds.family_beds, beds.adult_beds, beds.child_beds))

    def all_beds(tests: tuple[Callable[[str], bool], ...]) -> bool:
        columns = [c for c in row.cells if any(test(c) for test in tests)]
        return bool(columns) and every > 0 and sum(cells.whole(row, ledger, c) or 0 for c in columns) >= every

    is_dv = _CONFIDENTIAL.search(f"{note} {_target(row)}") or row.get("victim service provider")[:1].upper() in (
        "Y",
        "1",
    )
    veterans = (lambda c: c.startswith("veteran beds"), lambda c: c == "yearveteranbedcount")
    youth = (lambda c: c.startswith("youth beds"), lambda c: c == "yearyouthbedcount")
    tests = {
        "veterans": bool(re.search(r"\bveterans?\b", note, re.I)) or all_beds(veterans),
        "youth": bool(re.search(r"\byouth\b", note, re.I)) or all_beds(youth),
        "domestic-violence": bool(is_dv),
    }
    return tuple(name for name, yes in tests.items() if yes)


def _target(row: Row) -> str:
    return " ".join(row.get(c) for c in ("target population", "target population a", "target population b"))


def _is_confidential(row: Row) -> bool:
    """Errs on the side of silence: any of these marks is enough."""
    said = " ".join(
        (row.get("note"), row.get("notes"), row.get("project", "project name"), row.get("address", "address1"))
    )
    return (
        bool(_CONFIDENTIAL.search(f"{said} {_target(row)}"))
        or row.get("victim service provider").casefold() in ("yes", "y", "1", "true")
        or row.get("confidential").casefold() in ("yes", "y", "1", "true")
        or row.get("hmis", "hmis participating").casefold() in ("c", "comparable")
    )


def _without_where(row: Row) -> Row:
    return Row(row.line, {k: "" if k in _WHERE else v for k, v in row.cells.items()}, row.odd - set(_WHERE), row.titles)


def _said_by_name(sheet: Sheet) -> tuple[int | None, dt.date | None]:
    """The year in the file's name, and the night of that year's count where it is on our list of nights.

    Only for a file that says neither in its rows.  The list, hic_nights.csv, holds nights that HUD has published.
    """
    if {"year", "counted on", "hic date"} & sheet.columns:
        return None, None
    found = re.search(r"(?<!\d)(20\d\d)(?!\d)", sheet.path.name)
    coc = re.search(r"(?<![a-z])([a-z]{2})[-_ ]?(\d{3})(?!\d)", sheet.path.name.casefold())
    year = int(found.group(1)) if found else None
    night = _nights().get((f"{coc.group(1).upper()}-{coc.group(2)}", year)) if coc else None
    if night is not None:
        said = f"the file does not say its night; its name does, of a count taken on {night}"
        sheet.ledger.caution(None, "counted_on", said, "say --counted-on YYYY-MM-DD if it is of another night")
        return year, night
    what = f"only its name does ({year})" if year else "neither does its name"
    sheet.ledger.caution(
        None, "counted_on", f"the file does not say its night, {what}: its counts make no availability known",
        "say --counted-on YYYY-MM-DD",
    )  # fmt: skip
    return year, None


def _nights() -> dict[tuple[str, int | None], dt.date]:
    text = packaged.files("resources.load").joinpath("hic_nights.csv").read_text(encoding="utf-8")
    return {(r["coc"], int(r["year"])): dt.date.fromisoformat(r["night"]) for r in csv.DictReader(text.splitlines())}
