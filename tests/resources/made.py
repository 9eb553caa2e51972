"""Small made-up inventories: a town of one street, and what a test wants to change in them."""

import datetime as dt
from pathlib import Path

from sqlalchemy import Engine

from resources import load
from resources.records import TIME_ZONE
from resources.search import Answer, Origin, Question, near
from resources.store import open_store

COLUMNS = [
    "row", "type", "bedtype", "org", "project", "address", "city", "zip", "fam_beds", "fam_units", "adult_beds",
    "child_beds", "seasonal", "pit", "total", "hmis", "note",
]  # fmt: skip
EXTRA = ["inventory_type", "lon", "lat", "precision", "location_margin_m", "location_source", "counted_on", "source"]
OPENED: list[Engine] = []
NIGHT = dt.datetime(2024, 1, 26, 17, 10, tzinfo=TIME_ZONE)
HERE = Origin(-122.7, 38.4)


def row(**cells: object) -> dict[str, str]:
    """One row of an inventory: a shelter of ten beds with four people, unless said otherwise."""
    plain: dict[str, object] = {
        "type": "ES", "bedtype": "F", "org": "Helpers", "project": "Haven", "address": "10 Main St",
        "city": "Smalltown", "zip": "95999",
        "fam_beds": 0, "fam_units": 0, "adult_beds": 10, "child_beds": 0, "seasonal": 0, "pit": 4,
        "total": 10, "hmis": "Y", "counted_on": "2024-01-26",
    }  # fmt: skip
    return {name: str((plain | cells).get(name, "")) for name in COLUMNS + EXTRA}


def voucher(**cells: object) -> dict[str, str]:
    return row(**({"type": "RRH", "bedtype": "", "project": "Rent help"} | cells))


def confidential(**cells: object) -> dict[str, str]:
    nowhere: dict[str, object] = {"address": "", "city": "", "zip": ""}
    plain: dict[str, object] = {"project": "Safe House", "note": "DV, victim service provider", "hmis": "C"}
    return row(**(plain | nowhere | cells))


def inventory(folder: Path, *rows: dict[str, str], name: str = "inventory.psv") -> Path:
    lines = ["|".join(COLUMNS + EXTRA), *("|".join(r[c] for c in COLUMNS + EXTRA) for r in rows)]
    return written(folder / name, "\n".join(lines) + "\n")


def addresses(folder: Path, *rows: str, name: str = "addresses.csv") -> Path:
    return written(folder / name, "\n".join(["housenumber,street,unit,city,postcode,lat,lon", *rows]) + "\n")


def gazetteer(folder: Path, *rows: str, name: str = "gazetteer.csv") -> Path:
    return written(folder / name, "\n".join(["name,kind,lon,lat,radius_m,source", *rows]) + "\n")


def offices(folder: Path, *rows: str, name: str = "offices.csv") -> Path:
    return written(folder / name, "\n".join(["address,city,what,source,hic_rows", *rows]) + "\n")


def written(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def opened(url: str) -> Engine:
    """A store that is closed when the test is over."""
    OPENED.append(open_store(url))
    return OPENED[-1]


def stored(url: str, *paths: Path) -> Engine:
    engine = opened(url)
    load.files(engine, paths)
    return engine


def ask(engine: Engine, **question: object) -> Answer:
    return near(engine, Question(**({"as_of": NIGHT, "origin": HERE, "limit": 1000} | question)))  # type: ignore[arg-type]


#: Main Street runs east from -122.700, a house each 0.001 degrees; Oak Avenue has one house.
MAIN_STREET = tuple(f"{10 * i},Main Street,,Smalltown,,38.4,{-122.7 + 0.001 * i:.3f}" for i in range(1, 11))
OAK = "5,Oak Avenue,,Smalltown,,38.41,-122.69"
SMALLTOWN = "Smalltown,town,-122.68,38.42,3000,made up"
