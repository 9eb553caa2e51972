"""Files -> store: inventories, addresses, places, offices, each told by its header, in whatever order they come."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select

from resources.load import delimited, inventory, tables, writes
from resources.load.ledger import Ledger, Line
from resources.load.settle import settle
from resources.records import TIME_ZONE
from resources.store import create, writing
from resources.store.models import Location, Program

__all__ = ["Ledger", "Line", "Loaded", "files"]

#: What helps to locate comes before what has to be located.
_ORDER = ("gazetteer", "addresses", "offices", "inventory")


@dataclass(frozen=True)
class Loaded:
    """The account of one load: a ledger for each file as given, and how many programmes the store now locates how."""

    ledgers: tuple[Ledger, ...]
    programs: dict[str, int]


def files(
    engine: Engine, paths: Sequence[Path], counted_on: dt.date | None = None, zone: ZoneInfo = TIME_ZONE
) -> Loaded:
    """Loads files into the store, all of them or none.

    `counted_on` is the night of inventories whose rows do not say theirs; a night begins at midnight in `zone`.
    Addresses and places are loaded before programmes whatever the order given, and programmes loaded earlier are
    located again.  Raises FileRefused for a file that is not one of the four kinds (the store is then as it was), and
    StoreRefused.
    """
    sheets = [delimited.read(path) for path in paths]
    ready = sorted(sheets, key=lambda sheet: _ORDER.index(sheet.kind))
    create(engine)
    with writing(engine) as session:
        for sheet in ready:
            if sheet.kind == "addresses":
                writes.addresses(session, tables.addresses(sheet))
            elif sheet.kind == "gazetteer":
                writes.places(session, tables.places(sheet))
            elif sheet.kind == "offices":
                writes.offices(session, tables.offices(sheet))
            else:
                writes.programs(session, inventory.filed(sheet, counted_on, zone), sheet.ledger)
        session.flush()
        settle(session)
        counted = session.execute(
            select(Location.precision, func.count())
            .select_from(Program)
            .outerjoin(Location, Location.id == Program.location_id)
            .group_by(Location.precision)
        )
        programs: Counter[str] = Counter()
        for precision, number in counted:
            programs[precision or "none"] += number
    return Loaded(tuple(sheet.ledger for sheet in sheets), dict(programs))
