"""What follows from everything filed together: which addresses are offices, what each programme is, and where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from resources.addresses import locate, words
from resources.addresses.streets import Parsed, parse
from resources.store.models import Filing, Location, Office, Program

_RANK = {"address": 0, "street": 1, "place": 2, "none": 3}


@dataclass(frozen=True)
class _Where:
    """What a row of `location` should say."""

    address: str | None
    city: str | None
    zip: str | None
    precision: str
    lon: float | None
    lat: float | None
    margin_m: float | None
    source: str | None


def settle(session: Session) -> None:
    """Works out kind, office and location of every programme anew from what was filed; changes only what differs.

    An address is an office when the table of offices has it, when a programme's note says so, or when a tenant-based
    programme is filed there.  Vouchers have an office and no place; a shelter whose only address is an office has no
    place either; programmes at one address share one location.
    """
    programs = session.scalars(select(Program).order_by(Program.id)).all()
    filings = {f.program_id: f for f in session.scalars(select(Filing))}
    listed = session.scalars(select(Office)).all()
    sites = _sites(filings.values(), listed)
    said = {sites[id(filings[p.id])] for p in programs if p.filed_at_office and p.id in filings}
    tenant = {sites[id(filings[p.id])] for p in programs if p.tenant_based and p.id in filings}
    groups: dict[str, list[tuple[Program, Filing]]] = {}
    for program in programs:
        filing = filings.get(program.id)
        site = sites[id(filing)] if filing else ""
        # supportive housing filed where vouchers are filed is vouchers too; a shelter beside an agency is a shelter
        is_office = bool(site) and (
            site in said
            or (site in tenant and _may_be_scattered(program))
            or any(sites[id(office)] == site and _speaks_of(office, program) for office in listed)
        )
        _set_kind(program, is_office)
        away = is_office or program.kind == "voucher" or program.tenant_based
        program.office = _office_text(filing) if filing and away else None
        if filing and not away and (filing.address or filing.city):
            groups.setdefault(site or f"town|{words(filing.city or '')}", []).append((program, filing))
        else:
            program.location_id = None
    _set_locations(session, groups)


def _set_kind(program: Program, is_office: bool) -> None:
    """bed: a shelter; voucher: help that is somewhere else than its address; home: a unit at a place; closed."""
    is_shelter = program.project_type in ("ES", "SH")
    site_based = (program.housing_type or "").startswith("SB")
    if program.closed or program.inventory_type == "U":
        kind = "closed"
    elif program.project_type == "RRH" or program.tenant_based or (is_shelter and program.bed_type in ("O", "V")):
        kind = "voucher"
    elif is_shelter:
        kind = "bed"
    elif is_office and not site_based:
        kind = "voucher"
    else:
        kind = "home"
    if program.kind != kind:
        program.kind = kind


def _speaks_of(office: Office, program: Program) -> bool:
    """Whether an office's row means this programme: named by its row, or no row is named; a shelter must be named."""
    if not office.inventory_rows:
        return True
    if program.filed_row is None:
        return program.project_type not in ("ES", "SH")
    return program.filed_row in office.inventory_rows.split()


def _may_be_scattered(program: Program) -> bool:
    return (
        program.project_type == "PSH" and program.bed_type != "F" and not (program.housing_type or "").startswith("SB")
    )


def _office_text(filing: Filing) -> str | None:
    if not filing.address:
        return None
    return ", ".join(part for part in (_without_city(filing.address, filing.city), filing.city) if part)


def _sites(filings: Iterable[Filing], offices: Sequence[Office]) -> dict[int, str]:
    """The same key for the same building, however written; empty without an address.

    '1440 Guerneville' is 1440 Guerneville Road as long as no other kind of Guerneville has that number in that town.
    """
    parsed: dict[int, Parsed] = {}
    rows: list[Filing | Office] = [*filings, *offices]
    for row in rows:
        nowhere = Parsed((), None, words(row.city or ""), None)
        parsed[id(row)] = parse(row.address, (), row.city) if row.address else nowhere
    kinds: dict[tuple[str, str, str], set[str]] = {}
    for p in parsed.values():
        if p.street:
            kinds.setdefault(_stem(p), set()).add(p.street.type)
    keys = {}
    for row_id, p in parsed.items():
        if p.street is None:
            keys[row_id] = ""
            continue
        said = sorted(kinds[_stem(p)] - {""})
        kind = p.street.type or (said[0] if len(said) == 1 else "")
        keys[row_id] = "|".join((*_stem(p), kind))
    return keys


def _stem(parsed: Parsed) -> tuple[str, str, str]:
    assert parsed.street is not None
    return (
        parsed.numbers[0] if parsed.numbers else "",
        f"{parsed.street.heading} {parsed.street.core}".strip(),
        parsed.town,
    )


def _set_locations(session: Session, groups: dict[str, list[tuple[Program, Filing]]]) -> None:
    """One row of `location` for each site; rows that no programme needs any more are deleted."""
    there = {row.key: row for row in session.scalars(select(Location))}
    for key, members in sorted(groups.items()):
        where = _where(session, [filing for _, filing in members])
        row = there.get(key)
        if row is None:
            row = Location(key=key)
            session.add(row)
        _describe(row, where)
        session.flush()
        for program, _ in members:
            if program.location_id != row.id:
                program.location_id = row.id
    session.flush()
    for key, row in there.items():
        if key not in groups:
            session.delete(row)
    session.flush()


def _describe(row: Location, where: _Where) -> None:
    for name in ("address", "city", "zip", "precision", "margin_m", "source"):
        if getattr(row, name) != getattr(where, name):
            setattr(row, name, getattr(where, name))
    point = None if where.lon is None or where.lat is None else shapely.Point(where.lon, where.lat)
    if (row.point is None) != (point is None) or (point is not None and not point.equals(row.point)):
        row.point = point


def _where(session: Session, filings: Sequence[Filing]) -> _Where:
    """The best point that any of the rows files, or that the address tables give where that says more than a town."""
    address = _plainest([_without_city(f.address, f.city) for f in filings if f.address])
    city = _commonest([f.city for f in filings if f.city])
    zip_code = _commonest([f.zip for f in filings if f.zip])
    pointed = [f for f in filings if f.lon is not None and f.precision]
    best = min(pointed, key=lambda f: (_RANK[f.precision or "none"], f.program_id), default=None)
    spot = locate(session, address, city, zip_code) if best is None or best.precision == "place" else None
    if best is not None and (spot is None or spot.precision == "place"):
        return _Where(address, city, zip_code, best.precision or "none", best.lon, best.lat, best.margin_m, best.source)
    if spot is None:
        return _Where(address, city, zip_code, "none", None, None, None, None)
    return _Where(address, city, zip_code, spot.precision, spot.lon, spot.lat, spot.margin_m, spot.source)


def _without_city(address: str, city: str | None) -> str:
    """'301 6th Street Santa Rosa' in Santa Rosa is '301 6th Street'."""
    shorter = (
        address[: -len(city)].rstrip(" ,") if city and address.casefold().endswith(f" {city.casefold()}") else address
    )
    return shorter if re.search(r"[^\d\s]", shorter) else address


def _plainest(texts: list[str]) -> str | None:
    """Of several spellings the one that is not in capitals, then the fullest."""
    return min(texts, key=lambda t: (t.isupper() or t == t.upper(), -len(t), t)) if texts else None


def _commonest(texts: list[str]) -> str | None:
    return min(Counter(texts).items(), key=lambda item: (-item[1], item[0]))[0] if texts else None
