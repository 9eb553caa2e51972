"""What was understood -> rows of the store; loading the same file again changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from resources.addresses import words
from resources.addresses.streets import parse
from resources.load.inventory import Filed
from resources.load.ledger import Ledger
from resources.store.models import Address, Base, Beds, Count, Filing, Office, Organization, Place, Program, Town

_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "resources/organization")
_BATCH = 5000
_OF_PROGRAM = (
    "filed_row", "name", "project_type", "bed_type", "housing_type", "inventory_type", "tenant_based",
    "filed_at_office", "closed", "source", "source_date",
)  # fmt: skip
_OF_FILING = ("address", "city", "zip", "lon", "lat", "precision", "margin_m")
_OF_POINT = ("lon", "lat", "precision", "margin_m", "source")


def addresses(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Adds the addresses that are not there yet; their digest is their id."""
    there = set(session.scalars(select(Address.id)))
    new = [row for row in rows if row["id"] not in there]
    for start in range(0, len(new), _BATCH):
        session.execute(insert(Address), new[start : start + _BATCH])
    known = set(session.scalars(select(Town.key)))
    towns = {row["city_key"]: row["city"] for row in new if row["city_key"] and row["city_key"] not in known}
    if towns:
        session.execute(insert(Town), [{"key": key, "name": name} for key, name in sorted(towns.items())])


def places(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Adds or corrects places of the gazetteer."""
    for row in rows:
        _put(session, Place, (row["name_key"], row["kind"], row["lon"], row["lat"]), row)


def offices(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Adds or corrects offices."""
    for row in rows:
        _put(session, Office, row["key"], row)


def programs(session: Session, rows: Iterable[Filed], ledger: Ledger) -> None:
    """Adds or corrects programmes with their beds, counts and filed addresses.

    An older inventory adds its counts and leaves what a newer one said.  A programme that any inventory calls
    confidential stays so, and what was stored of its whereabouts is deleted.
    """
    for row in rows:
        organization_id = str(uuid.uuid5(_SPACE, words(row.organization)))
        program = session.get(Program, row.id)
        if program is None:
            _put(session, Organization, organization_id, {"id": organization_id, "name": row.organization})
            program = Program(id=row.id, organization_id=organization_id, confidential=row.confidential, kind="home")
            session.add(program)
            is_newest = True
        else:
            is_newest = (row.year or 0) >= (program.edition_year or 0)
        if program.confidential and not row.confidential:
            ledger.caution(row.line, "project", "confidential in another inventory; it stays so", "ask the provider")
        program.confidential = program.confidential or row.confidential
        with session.no_autoflush:  # until it is whole, the database would refuse it
            if program.confidential:
                _forget_where(session, program)
            if is_newest:
                _describe(session, program, row)
            else:
                _keep_point(session, program, row)
        session.flush()
        if row.count is not None:
            _put(session, Count, (row.id, row.count.night), asdict(row.count))
    session.flush()


def _describe(session: Session, program: Program, row: Filed) -> None:
    for name in _OF_PROGRAM:
        setattr(program, name, getattr(row, name))
    program.populations = ",".join(row.populations)
    program.edition_year = row.year
    session.flush()  # its beds refer to it
    _put(session, Beds, row.id, {"program_id": row.id, **asdict(row.beds)})
    if not program.confidential:
        filing = {name: getattr(row, name) for name in _OF_FILING} | {"source": row.location_source}
        before = session.get(Filing, row.id)
        if row.lon is None and before is not None and _same_address(before, row):
            # a file that gives no point does not take away the one that another gave for that address
            filing |= {name: getattr(before, name) for name in _OF_POINT}
        _put(session, Filing, row.id, {"program_id": row.id, **filing})


def _keep_point(session: Session, program: Program, row: Filed) -> None:
    """Takes from an older inventory only the point of an address that the newer one files without a point."""
    filing = session.get(Filing, program.id)
    if program.confidential or filing is None or filing.lon is not None or row.lon is None:
        return
    if _same_address(filing, row):
        for name in _OF_POINT[:-1]:
            setattr(filing, name, getattr(row, name))
        filing.source = row.location_source


def _same_address(filing: Filing, row: Filed) -> bool:
    there, here = (parse(x.address, (), x.city) if x.address else None for x in (filing, row))
    same_town = words(filing.city or "") == words(row.city or "")
    if there is None or here is None:
        return there is here and same_town
    return same_town and (there.numbers, there.street) == (here.numbers, here.street)


def _forget_where(session: Session, program: Program) -> None:
    """Deletes what says where a confidential programme is; unused places go when the store is settled."""
    program.location_id = None
    program.office = None
    filing = session.get(Filing, program.id)
    if filing is not None:
        session.delete(filing)


def _put(session: Session, model: type[Base], key: Any, values: dict[str, Any]) -> None:
    """Adds a row or sets its columns; the same values write nothing."""
    row = session.get(model, key)
    if row is None:
        session.add(model(**values))
        return
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
