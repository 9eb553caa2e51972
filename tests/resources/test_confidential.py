"""What the file said of where a confidential programme is must change no answer, no ledger and no stored byte."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from resources import load, search
from resources.records import HOUSEHOLDS, KINDS, PROJECT_TYPES
from resources.search import Origin
from tests.resources import made
from tests.resources.made import (
    MAIN_STREET,
    NIGHT,
    SMALLTOWN,
    ask,
    confidential,
    inventory,
    opened,
    row,
    stored,
    voucher,
)

#: Everything that a file could give away, each cell good or bad.
WHEREABOUTS = (
    {},
    {"address": "40 Main St", "city": "Smalltown", "zip": "95999"},
    {"address": "10 Main St", "city": "Smalltown"},  # where others are
    {"address": "30 Main St", "city": "Smalltown", "note": "DV, tenant-based"},
    {"lon": -122.69, "lat": 38.41, "precision": "address", "location_source": "somebody knew", "location_margin_m": 5},
    {"lon": "bad", "lat": 999, "zip": "#1", "address": "1234 TBC", "precision": "exactly"},
    {"address": "40 Main St \x92", "city": "Hidden\x92ville"},
)


def others() -> list[dict[str, str]]:
    return [
        row(),
        row(project="Second", address="20 Main St", type="PSH", bedtype=""),
        row(project="Third", address="30 Main St", type="PSH", bedtype=""),
        voucher(address="90 Main St"),
    ]


def store_that_was_told(folder: Path, url: str, cells: dict[str, object]) -> tuple[Engine, list[object]]:
    """A store whose confidential rows said this, and what its ledger says."""
    rent = {"note": "DV, tenant-based"}
    safe = confidential(**(cells | rent if "note" in cells else cells))
    plain = confidential(**({"note": "DV, tenant-based"} if "note" in cells else {}))
    path = inventory(
        folder,
        *others(),
        safe,
        confidential(project="Safe rent", type="RRH", **{k: v for k, v in cells.items() if k != "note"}),
    )
    path.write_bytes(path.read_bytes().replace("\x92".encode(), b"\x92"))
    del plain
    tables = made.addresses(folder, *MAIN_STREET), made.gazetteer(folder, SMALLTOWN)
    engine = opened(url)
    loaded = load.files(engine, [path, *tables])
    return engine, [(ledger.read, ledger.repaired, ledger.rejected, ledger.lines) for ledger in loaded.ledgers]


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory):
    """For each telling a store; the first was told nothing."""
    stores = []
    for number, cells in enumerate(WHEREABOUTS):
        folder = tmp_path_factory.mktemp(f"told{number}")
        note = {"note": cells["note"]} if "note" in cells else {}
        silent = tmp_path_factory.mktemp(f"silent{number}")
        stores.append(
            (
                store_that_was_told(folder, f"sqlite:///{folder}/s.sqlite", dict(cells)),
                store_that_was_told(silent, f"sqlite:///{silent}/s.sqlite", dict(note)),
            )
        )
    kept = list(made.OPENED)
    made.OPENED.clear()  # these outlive the first test
    yield stores
    for engine in kept:
        engine.dispose()


questions = st.fixed_dictionaries(
    {
        "origin": st.builds(Origin, st.floats(-122.75, -122.6), st.floats(38.35, 38.5)),
        "radius_m": st.none() | st.floats(10, 20_000),
        "types": st.frozensets(st.sampled_from(sorted(PROJECT_TYPES)), max_size=2),
        "households": st.none() | st.sampled_from(HOUSEHOLDS),
        "kinds": st.none() | st.frozensets(st.sampled_from(KINDS), min_size=1),
        "open_only": st.booleans(),
        "text": st.none() | st.sampled_from(["main", "smalltown", "safe", "hidden", "95999"]),
        "limit": st.integers(1, 8),
        "offset": st.integers(0, 6),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(asked=questions, which=st.integers(0, len(WHEREABOUTS) - 1))
def test_two_stores_that_differ_only_in_what_was_said_of_it_give_the_same_answers(
    twins, asked: dict[str, object], which: int
) -> None:
    (told, _), (silent, _) = twins[which]
    one, other = ask(told, **asked), ask(silent, **asked)
    assert (one.contents, one.total, one.counts, one.notes) == (other.contents, other.total, other.counts, other.notes)


@pytest.mark.parametrize("which", range(len(WHEREABOUTS)))
def test_the_ledger_says_the_same_whatever_stood_there(twins, which: int) -> None:
    (_, told), (_, silent) = twins[which]
    assert told == silent


@pytest.mark.parametrize("which", range(len(WHEREABOUTS)))
def test_no_byte_of_it_is_in_the_file(twins, which: int) -> None:
    (engine, _), _ = twins[which]
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stored_bytes = Path(str(engine.url.database)).read_bytes()
    assert b"Hidden" not in stored_bytes
    assert b"somebody knew" not in stored_bytes


def test_it_has_no_place_in_any_table(tmp_path: Path, store_url: str) -> None:
    engine = stored(
        store_url, inventory(tmp_path, confidential(**WHEREABOUTS[1])), made.addresses(tmp_path, *MAIN_STREET)
    )
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM program WHERE confidential")) == 1
        assert connection.scalar(text("SELECT count(*) FROM filing")) == 0
        assert connection.scalar(text("SELECT count(*) FROM location")) == 0


@pytest.mark.parametrize(
    "marks",
    [
        {"note": "DV"},
        {"note": "victim service provider"},
        {"project": "Safe House (Location suppressed)"},
        {"hmis": "C"},
        {"hmis": "Comparable"},
        {"address": "Confidential"},
    ],
)
def test_any_one_mark_makes_it_confidential(tmp_path: Path, marks: dict[str, str]) -> None:
    engine = stored(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, row(**marks)))
    (shown,) = ask(engine).contents
    assert shown.confidential
    where = (shown.address, shown.city, shown.zip, shown.lon, shown.lat, shown.distance_m, shown.location_source)
    assert where == (None,) * 7
    assert shown.precision == "none"


def test_its_form_is_the_same_from_everywhere(tmp_path: Path, store_url: str) -> None:
    engine = stored(store_url, inventory(tmp_path, *others(), confidential()))
    seen = set()
    for lon in (-122.9, -122.69, 10.0):
        answer = ask(engine, origin=Origin(lon, 38.4), radius_m=20_000)
        seen |= {dataclasses.astuple(s) for s in answer.contents if s.confidential}
    alone = search.one(engine, ask(engine, text="Safe House").contents[0].id, NIGHT)
    assert seen == {dataclasses.astuple(alone)}


def test_a_programme_that_becomes_confidential_is_forgotten_where_it_was(tmp_path: Path, store_url: str) -> None:
    open_row = row(project="Safe House", address="40 Main St", counted_on="2023-01-26")
    engine = stored(store_url, inventory(tmp_path, open_row), made.addresses(tmp_path, *MAIN_STREET))
    assert ask(engine).contents[0].address == "40 Main St"
    load.files(engine, [inventory(tmp_path, confidential())])
    load.files(engine, [inventory(tmp_path, open_row)])  # the older file again: it stays confidential
    (shown,) = ask(engine).contents
    assert (shown.confidential, shown.address) == (True, None)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM filing")) == 0
        assert connection.scalar(text("SELECT count(*) FROM location")) == 0


def test_the_store_itself_refuses_a_place_for_it(tmp_path: Path, store_url: str) -> None:
    engine = stored(store_url, inventory(tmp_path, row(), confidential()))
    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(text("UPDATE program SET location_id = (SELECT min(id) FROM location) WHERE confidential"))
