"""The demonstration pack: its totals are HUD's, every row has a source, and nothing in it is invented."""

import csv
import json
import subprocess
import sys
from datetime import date
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path

import pytest

PACK = Path(__file__).resolve().parents[1] / "data" / "raw" / "demo"
TABLES = (
    "sites.csv",
    "services.csv",
    "housing_inventory_2024.csv",
    "offices.csv",
    "gazetteer.csv",
    "addresses.csv",
    "smart_gtfs/stops_sources.csv",
)
WEST, SOUTH, EAST, NORTH = -123.54, 38.05, -122.34, 38.86  # Sonoma County
# HUD's totals for CA-504: projects, year-round beds, seasonal beds, people on the night of 26 January 2024
HUD = {
    "ES": (32, 1001, 40, 748),
    "TH": (19, 243, 0, 197),
    "PSH": (42, 1518, 0, 1353),
    "RRH": (22, 410, 0, 410),
    "OPH": (9, 152, 0, 121),
}


def rows(name: str) -> list[dict[str, str]]:
    with (PACK / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def point(row: dict[str, str], lon: str = "lon", lat: str = "lat") -> tuple[float, float] | None:
    return (float(row[lon]), float(row[lat])) if row[lon] else None


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return 111_195 * hypot((a[0] - b[0]) * cos(radians(a[1])), a[1] - b[1])


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_names_its_source_and_its_date(name: str) -> None:
    dated = "counted_on" if name == "housing_inventory_2024.csv" else "as_of"
    table = rows(name)
    assert table
    assert [row for row in table if not row["source"].strip() or not row[dated].strip()] == []
    for row in table:
        whole = row[dated] + "-01-01"[3 * (row[dated].count("-")) :]
        assert date(2010, 1, 1) < date.fromisoformat(whole) <= date.today(), f"{name}: {row[dated]}"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_utf_8_with_plain_line_ends_and_no_ragged_row(name: str) -> None:
    data = (PACK / name).read_bytes()
    assert b"\r" not in data
    assert not data.startswith(b"\xef\xbb\xbf")
    with (PACK / name).open(encoding="utf-8", newline="") as file:
        widths = {len(row) for row in csv.reader(file, strict=True)}
    assert len(widths) == 1


def test_the_inventory_adds_up_to_huds_own_totals() -> None:
    totals = {kind: [0, 0, 0, 0] for kind in HUD}
    for row in rows("housing_inventory_2024.csv"):
        year_round = sum(int(row[column]) for column in ("fam_beds", "adult_beds", "child_beds"))
        assert int(row["total"]) == year_round + int(row["seasonal"]), row["project"]
        for n, value in enumerate((1, year_round, int(row["seasonal"]), int(row["pit"]))):
            totals[row["type"]][n] += value
    assert {kind: tuple(values) for kind, values in totals.items()} == HUD


def test_no_row_is_in_the_inventory_twice_and_all_were_counted_on_one_night() -> None:
    table = rows("housing_inventory_2024.csv")
    assert len({row["row"] for row in table}) == len(table) == 124
    assert {row["counted_on"] for row in table} == {"2024-01-26"}


def test_a_place_for_survivors_of_violence_has_no_location_of_any_kind() -> None:
    confidential = [row for row in rows("housing_inventory_2024.csv") if row["hmis"] == "C" or "DV" in row["note"]]
    assert len(confidential) == 2
    for row in confidential:
        for column in ("address", "city", "zip", "lon", "lat", "location_margin_m", "location_source"):
            assert row[column] == ""
        assert row["precision"] == "none"


def test_a_row_without_an_address_or_with_a_placeholder_has_no_point() -> None:
    for row in rows("housing_inventory_2024.csv"):
        known = row["address"] != "" and "TBC" not in row["address"]
        assert (row["precision"] != "none") == known, row["project"]
        assert (point(row) is not None) == known
        assert (row["location_source"] != "") == known


def test_every_address_where_a_programme_is_located_can_be_looked_up() -> None:
    known = {(row["lon"], row["lat"]) for row in rows("addresses.csv")}
    located = [row for row in rows("housing_inventory_2024.csv") if row["precision"] == "address"]
    assert [row["project"] for row in located if (row["lon"], row["lat"]) not in known] == []


def test_nothing_in_the_pack_says_that_a_bed_is_free() -> None:
    for name in TABLES:
        for column in rows(name)[0]:
            assert not {"free", "open", "vacant", "vacancy", "available", "availability"} & set(column.split("_"))


@pytest.mark.parametrize(
    "name", ["sites.csv", "services.csv", "housing_inventory_2024.csv", "gazetteer.csv", "addresses.csv"]
)
def test_no_point_lies_outside_the_county(name: str) -> None:
    for row in rows(name):
        assert (row["lon"] == "") == (row["lat"] == "")
        if place := point(row):
            assert WEST <= place[0] <= EAST, row
            assert SOUTH <= place[1] <= NORTH, row


def test_a_site_without_a_point_gives_no_street_precision_and_one_with_a_point_says_whence() -> None:
    for row in rows("sites.csv"):
        assert row["owner"] in {"county", "city", "state", "federal", "other-public", "private", "unknown"}
        if point(row):
            assert row["location_precision"] in {"parcel point", "address", "street"}
            assert row["location_source"]
        else:
            assert row["location_precision"] in {"place", ""}


def test_a_site_that_the_county_sold_is_not_filed_as_the_countys() -> None:
    sites = {row["site_id"]: row for row in rows("sites.csv")}
    assert len(sites) == 41
    assert [row["site_id"] for row in sites.values() if row["status"] == "sold" and row["owner"] == "county"] == []
    assert (sites["county-chanate"]["owner"], "$15.05 million" in sites["county-chanate"]["outcome"]) == (
        "private",
        True,
    )


def test_hcds_inventory_has_nineteen_public_sites_and_exactly_one_of_the_county() -> None:
    filed = [row for row in rows("sites.csv") if row["site_id"].startswith("hcd-")]
    owners = [row["owner_filed"] for row in filed]
    assert (len(filed), owners.count("YES - City-Owned"), owners.count("YES - State-Owned")) == (19, 12, 5)
    (county,) = [row for row in filed if row["owner"] == "county"]
    found = (county["address"], county["apn"], county["area_acres"], county["capacity_units"], county["zoning"])
    assert found == ("6194 Forestville Street", "084-020-004-000", "1.66", "33", "R3 20")


def test_an_unstated_density_is_empty_and_not_zero() -> None:
    values = [row["density_max_per_acre"] for row in rows("sites.csv")]
    assert "" in values
    assert all(float(value) > 0 for value in values if value)


def test_the_services_are_those_that_the_pack_promises() -> None:
    table = rows("services.csv")
    assert len({row["service_id"] for row in table}) == len(table)
    count = {kind: sum(row["category"] == kind for row in table) for kind in {row["category"] for row in table}}
    assert (count["hospital"], count["library"]) == (8, 14)
    assert set(count) == {"hospital", "clinic", "library", "grocery", "school", "park", "county-services"}
    names = " ".join(row["name"] for row in table).upper()
    for wrong in ("`", "LAW LIBRARY", "MOBILE", "ACUPUNCTURE"):
        assert wrong not in names
    assert all(point(row) for row in table)


def street_address(text: str) -> str:
    return " ".join(text.upper().split()[:2])


def test_an_office_names_exactly_the_rows_that_are_filed_at_its_address() -> None:
    inventory = rows("housing_inventory_2024.csv")
    for office in rows("offices.csv"):
        filed = [row["row"] for row in inventory if street_address(row["address"]) == street_address(office["address"])]
        assert sorted(filed) == sorted(office["hic_rows"].split())


def test_a_building_where_people_sleep_is_not_called_an_office() -> None:
    offices = {street_address(row["address"]) for row in rows("offices.csv")}
    beds = [row for row in rows("housing_inventory_2024.csv") if row["type"] == "ES" and row["bedtype"] == "F"]
    assert [row["project"] for row in beds if street_address(row["address"]) in offices] == []


def test_a_towns_radius_reaches_every_site_of_the_town_that_has_a_point() -> None:
    towns = {row["name"]: row for row in rows("gazetteer.csv") if row["kind"] in {"city", "town"}}
    assert len(towns) == 9
    for site in rows("sites.csv"):
        place, town = point(site), towns.get(site["jurisdiction"])
        if place and town:
            middle = point(town)
            assert middle is not None
            assert metres(place, middle) <= float(town["radius_m"]) * 1.01


# ---- the timetable


def test_every_train_stops_at_every_station_in_the_order_of_time() -> None:
    trips, stops = rows("smart_gtfs/trips.txt"), rows("smart_gtfs/stops.txt")
    assert (len(trips), len(stops)) == (58, 14)
    times: dict[str, list[dict[str, str]]] = {trip["trip_id"]: [] for trip in trips}
    for row in rows("smart_gtfs/stop_times.txt"):
        times[row["trip_id"]].append(row)
    for trip in trips:
        calls = times[trip["trip_id"]]
        assert [int(call["stop_sequence"]) for call in calls] == list(range(1, 15))
        assert all(a["departure_time"] < b["arrival_time"] for a, b in pairwise(calls))
        ends = (calls[0]["stop_id"], calls[-1]["stop_id"])
        assert ends == (("larkspur", "windsor") if trip["direction_id"] == "0" else ("windsor", "larkspur"))
        assert trip["trip_headsign"].lower() == ends[1]


def test_twenty_one_trains_run_each_way_on_a_weekday_and_eight_at_weekends() -> None:
    trips = rows("smart_gtfs/trips.txt")
    for service, trains in (("weekday", 21), ("weekend", 8)):
        for direction in ("0", "1"):
            found = [t for t in trips if (t["service_id"], t["direction_id"]) == (service, direction)]
            assert len(found) == trains


def test_the_calendar_begins_on_the_day_the_timetable_was_read() -> None:
    calendar = {row["service_id"]: row for row in rows("smart_gtfs/calendar.txt")}
    (info,) = rows("smart_gtfs/feed_info.txt")
    assert {(row["start_date"], row["end_date"]) for row in calendar.values()} == {("20250922", "20251231")}
    assert "2025-09-22" in info["feed_publisher_name"]
    assert calendar["weekday"]["tuesday"] == "1"  # Tuesday 23 September 2025 is the day of the ranking
    assert date(2025, 9, 23).strftime("%A") == "Tuesday"


def test_a_stations_point_agrees_with_the_bus_stop_beside_it() -> None:
    stops = {row["stop_id"]: row for row in rows("smart_gtfs/stops.txt")}
    for row in rows("smart_gtfs/stops_sources.csv"):
        assert point(stops[row["stop_id"]], "stop_lon", "stop_lat") == point(row, "stop_lon", "stop_lat")
        assert float(row["bus_stop_distance_m"] or 0) <= 200
        assert float(row["public_list_differs_m"] or 0) <= 300


# ---- the sketch and the outlines


def test_the_sketched_streets_are_made_again_byte_for_byte(tmp_path: Path) -> None:
    made = tmp_path / "again.osm.pbf"
    command = [sys.executable, "-B", str(PACK / "make_sketch_streets.py"), str(made)]
    subprocess.run(command, check=True, timeout=120)
    assert made.read_bytes() == (PACK / "sketch_streets.osm.pbf").read_bytes()
    assert made.stat().st_size < 400_000
    assert [path.name for path in tmp_path.iterdir()] == [made.name]


def test_every_sketched_street_says_that_it_is_not_real() -> None:
    osmium = pytest.importorskip("osmium")
    ways = [dict(thing.tags) for thing in osmium.FileProcessor(str(PACK / "sketch_streets.osm.pbf")) if thing.is_way()]
    assert len(ways) == 588
    assert {way["name"] for way in ways} == {"Sketched grid, not a real street"}


@pytest.mark.parametrize(("name", "most", "areas"), [("boundary.geojson", 20_000, 1), ("towns.geojson", 60_000, 37)])
def test_the_outlines_are_small_valid_and_say_whose_they_are(name: str, most: int, areas: int) -> None:
    shapely = pytest.importorskip("shapely")
    data = (PACK / name).read_bytes()
    assert len(data) < most
    features = json.loads(data)["features"]
    assert len(features) == areas
    for feature in features:
        assert "US Census Bureau" in feature["properties"]["source"]
        outline = shapely.geometry.shape(feature["geometry"])
        assert outline.is_valid
        assert not outline.is_empty


def test_the_readme_counts_the_rows_as_they_are() -> None:
    text = (PACK / "README.md").read_text(encoding="utf-8")
    for name in TABLES[:-1]:
        assert f"| `{name}` | {len(rows(name))} |" in text
    inventory = rows("housing_inventory_2024.csv")
    for precision in ("address", "street", "place", "none"):
        told = sum(row["precision"] == precision for row in inventory)
        assert f"`{precision}` {told}" in text
