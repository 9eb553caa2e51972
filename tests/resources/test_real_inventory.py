"""HUD's inventory of CA-504 for 26 January 2024 and the demonstration pack: the totals that HUD published."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from resources import load, search
from resources.records import KINDS
from resources.store import open_store
from tests.resources.made import NIGHT, ask, opened

ROOT = Path(__file__).resolve().parents[2]
HUD = {  # projects, year-round beds, seasonal, people; HUD's counts by CoC, 2024
    "ES": [32, 1001, 40, 748, 0],
    "TH": [19, 243, 0, 197, 0],
    "PSH": [42, 1518, 0, 1353, 0],
    "RRH": [22, 410, 0, 410, 0],
    "OPH": [9, 152, 0, 121, 0],
}


def totals(engine: Engine) -> dict[str, list[int]]:
    return {row[0]: list(row[1:]) for row in search.totals(engine).itertuples(index=False)}


def test_the_demonstration_pack_adds_up_to_hud_s_totals(store_url: str) -> None:
    pack = ROOT / "data" / "raw" / "demo"
    names = ("housing_inventory_2024.csv", "gazetteer.csv", "addresses.csv", "offices.csv")
    engine = opened(store_url)
    ledger = load.files(engine, [pack / name for name in names]).ledgers[0]
    assert (ledger.read, ledger.rejected) == (124, 0)
    assert totals(engine) == HUD
    shown = ask(engine, origin=search.place(engine, "Petaluma"), kinds=frozenset(KINDS)).contents
    assert len(shown) == 124
    assert sum(s.confidential for s in shown) == 2
    nearest = next(s for s in shown if s.kind == "bed")
    assert nearest.city == "Petaluma"


def test_471_beds_at_the_housing_authority_s_office_are_vouchers(store_url: str, real_data: Path) -> None:
    engine = opened(store_url)
    load.files(engine, [real_data / "hic" / "hic_ca504_2024.psv"], counted_on=dt.date(2024, 1, 26))
    assert totals(engine) == HUD
    at_office = ask(engine, text="1440 guerneville").contents
    assert sum(s.beds_total or 0 for s in at_office) == 471
    assert {(s.kind, s.address) for s in at_office} == {("voucher", None)}


@pytest.fixture(scope="module")
def located(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Iterator[Engine]:
    engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('located')}/s.sqlite")
    table = real_data / "addresses_sonoma" / "sonoma_building_addresses_from_county_import.csv"
    ledgers = load.files(engine, [real_data / "hic" / "hic_ca504_2024.psv", table], dt.date(2024, 1, 26)).ledgers
    assert [(ledger.read, ledger.rejected) for ledger in ledgers] == [(124, 0), (63_764, 0)]
    yield engine
    engine.dispose()


def test_the_county_s_addresses_locate_what_stands_outside_the_cities(located: Engine) -> None:
    """Of 124 programmes 14 have a house number in the table, 27 a street of their town, 28 no address at all; those
    that are vouchers at an office are then not located."""
    shown = ask(located, kinds=frozenset(KINDS)).contents
    assert {p: sum(s.precision == p for s in shown) for p in ("address", "street", "place")} == {
        "address": 12,
        "street": 22,
        "place": 0,
    }
    assert all(s.distance_margin_m is None or s.distance_margin_m < 6000 for s in shown)
    assert ask(located, as_of=NIGHT).counts["open"] > 0
    assert ask(located, as_of=dt.datetime(2026, 11, 22, tzinfo=dt.UTC)).counts == {"open": 0, "full": 0, "unknown": 123}


@pytest.mark.parametrize(
    ("text", "precision", "label"),
    [
        ("420 E Cotati Ave, Cotati", "address", "420 East Cotati Avenue, Cotati"),
        ("945 petaluma blvd n", "address", "945 Petaluma Boulevard North, Petaluma"),
        ("Los Guilicos", "street", "Los Guilicos Avenue, Kenwood"),
        ("524 Sixth St Petaluma", "address", "524 6th Street, Petaluma"),
    ],
)
def test_addresses_of_the_county_are_found_as_people_write_them(
    located: Engine, text: str, precision: str, label: str
) -> None:
    origin = search.place(located, text)
    assert (origin.precision, origin.label) == (precision, label)


def test_hud_s_raw_file_of_2014_is_read_and_knows_no_night(tmp_path: Path, real_data: Path) -> None:
    engine = opened(f"sqlite:///{tmp_path}/s.sqlite")
    (ledger,) = load.files(engine, [real_data / "hic" / "hic_2014_CA-504.csv"]).ledgers
    assert (ledger.read, ledger.rejected) == (96, 0)
    shown = ask(engine, kinds=frozenset(KINDS)).contents
    assert {s.availability.state for s in shown} == {"unknown"}
    suppressed = [s for s in shown if "suppressed" in s.name]
    assert [s.confidential for s in suppressed] == [True]
