"""What a load does with the rows that real inventories hold, on both stores."""

import csv
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from resources import load
from resources.errors import FileRefused
from resources.load.ledger import Ledger, write
from resources.search import totals
from tests.resources.made import (
    COLUMNS,
    MAIN_STREET,
    SMALLTOWN,
    addresses,
    ask,
    gazetteer,
    inventory,
    offices,
    opened,
    row,
    stored,
    voucher,
    written,
)

TABLES = [
    "organization", "program", "filing", "location", "bed_inventory", "count_observation", "address", "address_town",
    "gazetteer_place", "office",
]  # fmt: skip
EVERY_KIND = frozenset({"bed", "home", "voucher", "closed"})


def loaded(url: str, *paths: Path, **options: dt.date) -> tuple[Engine, Ledger]:
    """The store, and the ledger of the first file."""
    engine = opened(url)
    return engine, load.files(engine, paths, **options).ledgers[0]


def outcomes(ledger: Ledger) -> list[tuple[int | None, str, str]]:
    return [(line.row, line.field, line.outcome) for line in ledger.lines]


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {t: sorted(tuple(map(str, r)) for r in connection.execute(text(f"SELECT * FROM {t}"))) for t in TABLES}


def only(engine: Engine, **question: object):
    (shown,) = ask(engine, **{"kinds": EVERY_KIND} | question).contents
    return shown


def test_every_row_read_is_kept_repaired_or_rejected_with_its_reason(tmp_path: Path, store_url: str) -> None:
    path = inventory(
        tmp_path,
        row(),
        row(project="Zip", zip="#95407"),
        row(project="Nobody knows", type="XX"),
        row(org="", project="No organization"),
        row(),
    )
    _, ledger = loaded(store_url, path)
    assert (ledger.read, ledger.kept, ledger.repaired, ledger.rejected) == (5, 1, 1, 3)
    assert outcomes(ledger) == [
        (3, "zip", "repaired"),
        (4, "type", "rejected"),
        (5, "org", "rejected"),
        (6, "project", "rejected"),
    ]
    assert all(line.reason and line.remedy for line in ledger.lines)


def test_loading_twice_changes_nothing(tmp_path: Path, store_url: str) -> None:
    paths = (
        inventory(tmp_path, row(), voucher(), row(project="Town only", address="1234 TBC")),
        addresses(tmp_path, *MAIN_STREET),
        gazetteer(tmp_path, SMALLTOWN),
        offices(tmp_path, "20 Main St,Smalltown,an office,made up,"),
    )
    engine = stored(store_url, *paths)
    before = everything(engine)
    load.files(engine, tuple(reversed(paths)))
    assert everything(engine) == before
    assert all(before.values())


def test_programmes_loaded_before_the_addresses_are_located_when_those_come(tmp_path: Path, store_url: str) -> None:
    engine = stored(store_url, inventory(tmp_path, row(address="30 MAIN ST.")))
    assert only(engine).precision == "none"
    load.files(engine, [addresses(tmp_path, *MAIN_STREET)])
    assert (only(engine).precision, only(engine).lon) == ("address", pytest.approx(-122.697))


def test_a_point_in_the_file_is_taken_with_its_precision_and_its_source(tmp_path: Path, store_url: str) -> None:
    pointed = row(lon=-122.5, lat=38.5, precision="street", location_source="a survey", location_margin_m=80)
    engine = stored(store_url, inventory(tmp_path, pointed), addresses(tmp_path, *MAIN_STREET))
    shown = only(engine)
    assert (shown.lon, shown.lat, shown.precision, shown.location_source) == (-122.5, 38.5, "street", "a survey")
    assert shown.distance_margin_m == 80


@pytest.mark.parametrize(("lon", "lat"), [("38.5", "-122.5"), ("-122.5", ""), ("abc", "38.5"), ("nan", "38.5")])
def test_a_point_that_cannot_be_one_is_looked_up_instead_and_said(tmp_path: Path, lon: str, lat: str) -> None:
    engine, ledger = loaded(
        f"sqlite:///{tmp_path}/s.sqlite",
        inventory(tmp_path, row(lon=lon, lat=lat, precision="address")),
        addresses(tmp_path, *MAIN_STREET),
    )
    assert outcomes(ledger) == [(2, "lon, lat, precision", "repaired")]
    assert only(engine).lon == pytest.approx(-122.699)


def test_a_placeholder_is_no_address_and_leaves_the_town(tmp_path: Path, store_url: str) -> None:
    engine, ledger = loaded(
        store_url,
        inventory(tmp_path, row(address="1234 TBC")),
        gazetteer(tmp_path, SMALLTOWN),
        addresses(tmp_path, *MAIN_STREET),
    )
    assert outcomes(ledger) == [(2, "address", "repaired")]
    shown = only(engine)
    assert (shown.address, shown.city, shown.precision) == (None, "Smalltown", "place")
    assert shown.distance_method == "in or near this town, where in it is not known: no distance"
    assert (shown.distance_m, shown.distance_margin_m) == (None, None)


def test_one_site_in_many_rows_is_one_location(tmp_path: Path, store_url: str) -> None:
    spellings = ("10 Main St", "10 MAIN STREET", "10 main", "10 Main St. Smalltown", "10 Main St #4")
    engine = stored(store_url, inventory(tmp_path, *(row(project=f"P{i}", address=a) for i, a in enumerate(spellings))))
    assert len(everything(engine)["location"]) == 1
    assert {shown.address for shown in ask(engine).contents} == {"10 Main St #4"}
    assert len(everything(engine)["program"]) == 5


def test_streets_of_another_kind_are_other_places(tmp_path: Path, store_url: str) -> None:
    engine = stored(
        store_url, inventory(tmp_path, row(address="9 Airway Ct"), row(project="Other", address="9 Airway Drive"))
    )
    assert len(everything(engine)["location"]) == 2


def test_help_with_rent_is_filed_at_an_office_where_nobody_sleeps(tmp_path: Path, store_url: str) -> None:
    engine = stored(store_url, inventory(tmp_path, voucher()), addresses(tmp_path, *MAIN_STREET))
    shown = only(engine)
    assert (shown.kind, shown.address, shown.lon, shown.distance_m) == ("voucher", None, None, None)
    assert "Office, nobody sleeps there: 10 Main St, Smalltown." in shown.remarks


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"type": "ES", "bedtype": "F"}, "bed"),
        ({"type": "SH"}, "bed"),
        ({"type": "ES", "bedtype": "O"}, "voucher"),
        ({"type": "TH"}, "home"),
        ({"type": "PSH"}, "home"),
        ({"type": "OPH"}, "home"),
        ({"type": "RRH"}, "voucher"),
        ({"type": "PSH", "note": "tenant-based veteran"}, "voucher"),
        ({"type": "PSH", "project": "Mainstream Voucher Program"}, "voucher"),
        ({"type": "TH", "project": "Giffen (CLOSED)"}, "closed"),
        ({"type": "ES", "inventory_type": "U"}, "closed"),
        ({"type": "OPH", "note": "address is the office, not the homes"}, "voucher"),
    ],
)
def test_the_kind_of_help_follows_from_what_is_filed(tmp_path: Path, cells: dict[str, str], kind: str) -> None:
    engine = stored(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, row(**cells)))
    assert only(engine).kind == kind


def test_supportive_housing_filed_where_vouchers_are_is_filed_at_the_office_too(tmp_path: Path, store_url: str) -> None:
    engine = stored(
        store_url,
        inventory(
            tmp_path,
            row(type="PSH", bedtype="", project="Vouchers", note="tenant-based", address="1440 Guerneville Rd"),
            row(type="PSH", bedtype="", project="S plus C", address="1440 Guerneville"),
            row(type="ES", project="Shelter next door", address="1440 Guerneville Road"),
        ),
    )
    kinds = {shown.name: (shown.kind, shown.address is not None) for shown in ask(engine).contents}
    assert kinds == {"Vouchers": ("voucher", False), "S plus C": ("voucher", False), "Shelter next door": ("bed", True)}


def test_an_office_in_the_table_makes_its_homes_vouchers_and_its_shelter_a_bed_without_a_place(
    tmp_path: Path, store_url: str
) -> None:
    paths = inventory(tmp_path, row(), row(type="PSH", project="Homes")), addresses(tmp_path, *MAIN_STREET)
    engine = stored(store_url, *paths)
    assert {shown.precision for shown in ask(engine).contents} == {"address"}
    load.files(engine, [offices(tmp_path, "10 Main Street,Smalltown,an office,made up,")])
    kinds = {shown.name: (shown.kind, shown.lon, shown.address) for shown in ask(engine).contents}
    assert kinds == {"Haven": ("bed", None, None), "Homes": ("voucher", None, None)}


def test_an_office_that_names_rows_speaks_only_of_those(tmp_path: Path) -> None:
    engine = stored(
        f"sqlite:///{tmp_path}/s.sqlite",
        inventory(tmp_path, row(row=19, type="OPH", project="Scattered"), row(row=42, project="Dream")),
        offices(tmp_path, "10 Main Street,Smalltown,offices and beds,made up,19 40"),
        addresses(tmp_path, *MAIN_STREET),
    )
    assert {shown.name: (shown.kind, shown.precision) for shown in ask(engine).contents} == {
        "Scattered": ("voucher", "none"),
        "Dream": ("bed", "address"),
    }


def test_more_people_than_beds_is_kept_and_said(tmp_path: Path, store_url: str) -> None:
    engine, ledger = loaded(store_url, inventory(tmp_path, row(pit=14)))
    assert (ledger.kept, outcomes(ledger)) == (1, [(2, "pit", "caution")])
    shown = only(engine)
    assert (shown.availability.free, shown.availability.state, shown.availability.people) == (0, "full", 14)
    assert any("More people (14) than beds (10)" in remark for remark in shown.remarks)


def test_a_number_that_cannot_be_read_is_unknown_and_never_zero(tmp_path: Path, store_url: str) -> None:
    engine, ledger = loaded(store_url, inventory(tmp_path, row(total="ten", adult_beds="1,001", pit="")))
    assert (ledger.repaired, ledger.lines[0].field) == (1, "total")
    shown = only(engine)
    assert (shown.beds_total, shown.adult_beds, shown.availability.state) == (None, 1001, "unknown")


def test_a_seasonal_shelter_says_its_season(tmp_path: Path, store_url: str) -> None:
    seasonal = row(adult_beds=0, seasonal=40, total=40, note="seasonal 2023-11-01..2024-03-31")
    shown = only(stored(store_url, inventory(tmp_path, seasonal)))
    assert "Seasonal beds: 40, 1 November 2023 to 31 March 2024." in shown.remarks
    assert (shown.households, shown.seasonal_beds) == ((), 40)


def test_a_season_that_cannot_be_is_not_filed(tmp_path: Path) -> None:
    seasonal = row(seasonal=40, note="seasonal 2023-13-01..2024-03-31")
    shown = only(stored(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, seasonal)))
    assert "Seasonal beds: 40, season not filed." in shown.remarks


def test_the_ledger_names_a_column_as_the_file_does(tmp_path: Path) -> None:
    text = "Organization Name,Project Name,Project Type,Total Beds\nHelpers,Haven,ES,ten\nHelpers,Other,XX,1\n"
    _, ledger = loaded(f"sqlite:///{tmp_path}/s.sqlite", written(tmp_path / "hic_2024.csv", text))
    assert [line.field for line in ledger.lines if line.row] == ["Total Beds", "Project Type"]


def test_a_byte_of_another_encoding_is_repaired_in_its_cell(tmp_path: Path, store_url: str) -> None:
    path = inventory(tmp_path, row(org="Nation@s Finest"))
    path.write_bytes(path.read_bytes().replace(b"@", b"\x92"))
    engine, ledger = loaded(store_url, path)
    assert (outcomes(ledger), only(engine).organization) == ([(2, "org", "repaired")], "Nation’s Finest")


def test_a_repeated_header_and_a_row_of_another_length_are_rejected(tmp_path: Path) -> None:
    path = inventory(tmp_path, row(), row(project="Second"))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1], lines[0], "", "1|2|3", lines[2]]))
    _, ledger = loaded(f"sqlite:///{tmp_path}/s.sqlite", path)
    assert (ledger.read, ledger.kept) == (4, 2)
    assert outcomes(ledger) == [(3, "", "rejected"), (5, "", "rejected")]


def test_hud_s_own_columns_are_read_below_a_title(tmp_path: Path, store_url: str) -> None:
    header = """CocState,HudNum,Year,Organization Name,Project Name,HIC Date,Project Type,Bed Type,Inventory Type
        Target Population,Housing Type,Victim Service Provider,address1,city,state,zip,Beds HH w/ Children
        Units HH w/ Children,Beds HH w/o Children,Veteran Beds HH w/o Children,Beds HH w/ only Children
        Year-Round Beds,Total Seasonal Beds,O/V Beds,Pit Count,Total Beds"""
    vets = """CA,CA-504,2024,Helpers,Vets,1/26/2024,PSH,,C
        NA,SB-S,No,10 Main St,Smalltown,CA,95999-1234,0
        0,"1,012","1,012",0
        "1,012",,,900,"1,012\""""
    haven = """CA,CA-504,2024,Helpers,Haven House,1/26/2024,ES,F,C
        DV,SB-S,Yes,1 Secret Rd,Hidden,CA,95998,4
        1,0,0,0
        4,,,3,4"""
    body = "\n".join(",".join(line.strip() for line in text.splitlines()) for text in (header, vets, haven))
    engine, ledger = loaded(store_url, written(tmp_path / "raw.csv", "2024 Housing Inventory\n" + body))
    assert (ledger.read, ledger.kept) == (2, 2)
    shelter, homes = sorted(ask(engine).contents, key=lambda shown: shown.name)
    assert (homes.adult_beds, homes.populations, homes.zip) == (1012, ("veterans",), "95999")
    assert homes.availability.counted_on == dt.date(2024, 1, 26)
    assert (shelter.confidential, shelter.address, shelter.city, shelter.zip) == (True, None, None, None)
    assert shelter.populations == ("domestic-violence",)


def test_an_older_inventory_adds_its_counts_and_overwrites_nothing(tmp_path: Path, store_url: str) -> None:
    new = inventory(tmp_path, row())
    old = inventory(
        tmp_path,
        row(total=99, adult_beds=99, pit=50, counted_on="2014-01-24"),
        row(project="Long gone", counted_on="2014-01-24"),
        name="old.psv",
    )
    engine = stored(store_url, new, old)
    shown = only(engine)  # and nothing of 2014 that 2024 does not list
    assert (shown.beds_total, shown.availability.free) == (10, 6)
    then = only(engine, as_of=dt.datetime(2014, 1, 24, 20, tzinfo=dt.UTC))
    assert (then.availability.people, then.availability.beds) == (50, 99)
    assert totals(engine)["people"].tolist() == [4]


def test_a_mistyped_year_does_not_make_every_other_programme_an_old_one(tmp_path: Path, store_url: str) -> None:
    engine, ledger = loaded(store_url, inventory(tmp_path, row(), row(project="Typo", counted_on="2924-01-26")))
    assert outcomes(ledger) == [(3, "counted_on", "repaired")]
    assert {s.name: s.availability.state for s in ask(engine).contents} == {"Haven": "open", "Typo": "unknown"}


def test_an_inventory_without_a_night_makes_no_availability_known_until_it_is_said(
    tmp_path: Path, store_url: str
) -> None:
    path = inventory(tmp_path, row(counted_on=""))
    path.write_text("\n".join("|".join(line.split("|")[: len(COLUMNS)]) for line in path.read_text().splitlines()))
    engine, ledger = loaded(store_url, path)
    assert [line.field for line in ledger.lines] == ["counted_on"]
    assert only(engine).availability.state == "unknown"
    load.files(engine, [path], counted_on=dt.date(2024, 1, 26))
    assert only(engine).availability.free == 6


def test_totals_add_up_as_hud_adds_them(tmp_path: Path, store_url: str) -> None:
    engine = stored(
        store_url,
        inventory(
            tmp_path,
            row(fam_beds=3, child_beds=2, seasonal=40, total=55),
            row(project="Not counted", pit=""),
            row(project="Next year", inventory_type="U"),
            row(project="Old (CLOSED)"),
            voucher(),
        ),
    )
    table = totals(engine).set_index("project_type")
    assert table.loc["ES"].tolist() == [3, 35, 40, 8, 1]
    assert table.loc["RRH"].tolist() == [1, 10, 0, 4, 0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"a,b,c\n1,2,3\n", "no known header"),
        ("name,kind\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest of a workbook", "not text"),
        (b'type,org,project\nES,"never closed,P\n', "quotation marks"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = written(tmp_path / "file.csv", content)
    with pytest.raises(FileRefused, match=says) as refused:
        load.files(opened(f"sqlite:///{tmp_path}/s.sqlite"), [path])
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "s.sqlite").exists()


def test_addresses_without_a_number_or_a_point_are_rejected(tmp_path: Path) -> None:
    path = addresses(
        tmp_path,
        MAIN_STREET[0],
        ",Main Street,,Smalltown,,38.4,-122.7",
        "7,Main Street,,Smalltown,,98.4,-122.7",
        MAIN_STREET[0],
    )
    _, ledger = loaded(f"sqlite:///{tmp_path}/s.sqlite", path)
    assert (ledger.read, ledger.kept, ledger.rejected) == (4, 1, 3)


def test_the_report_has_every_line_and_no_formula(tmp_path: Path) -> None:
    _, ledger = loaded(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, row(zip="=1+1"), row(type="XX")))
    write([ledger], tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(newline="") as opened:
        lines = list(csv.DictReader(opened))
    assert [(line["row"], line["outcome"]) for line in lines] == [("2", "repaired"), ("3", "rejected")]
    assert not any(value.startswith(("=", "+", "@")) for line in lines for value in line.values())


def test_a_file_without_points_takes_none_away_in_whatever_order_they_come(tmp_path: Path) -> None:
    pointed = inventory(tmp_path, row(lon="-122.7", lat="38.4", precision="address", location_margin_m="50"))
    bare = inventory(tmp_path, row(), name="later.psv")
    for name, order in (("a", (pointed, bare)), ("b", (bare, pointed))):
        engine = opened(f"sqlite:///{tmp_path}/{name}.sqlite")
        load.files(engine, [order[0]])
        assert load.files(engine, [order[1]]).programs == {"address": 1}


def test_a_point_is_not_kept_for_another_address(tmp_path: Path) -> None:
    pointed = inventory(tmp_path, row(lon="-122.7", lat="38.4", precision="address"))
    moved = inventory(tmp_path, row(address="99 Elm St"), name="later.psv")
    engine = opened(f"sqlite:///{tmp_path}/s.sqlite")
    load.files(engine, [pointed])
    assert load.files(engine, [moved]).programs == {"none": 1}


def test_a_street_that_the_table_knows_says_more_than_the_town_that_was_filed(tmp_path: Path) -> None:
    town = inventory(tmp_path, row(address="999 Main St", lon="-122.68", lat="38.42", precision="place"))
    engine = opened(f"sqlite:///{tmp_path}/s.sqlite")
    assert load.files(engine, [town, addresses(tmp_path, *MAIN_STREET)]).programs == {"street": 1}


def test_a_total_that_is_not_what_its_parts_add_up_to_is_cautioned(tmp_path: Path) -> None:
    sound, wrong = row(project="Sound", seasonal=5, total=15), row(project="Wrong", total=12)
    _, ledger = loaded(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, sound, wrong))
    (line,) = [line for line in ledger.lines if "add up" in line.reason]
    assert (line.row, line.outcome) == (3, "caution")
