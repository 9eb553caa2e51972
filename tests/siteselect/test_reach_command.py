"""The `reach` and `stops` commands: files of places, files of answers, the demonstration pack, the real county."""

import csv
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from siteselect import doors
from siteselect.doors import question
from siteselect.errors import FileRefused, OutRefused
from tests import feeds, town

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "places" / "demo.toml"
DOWNTOWN, PETALUMA = "-122.7207,38.4372", "-122.6366,38.2337"


def siteselect(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siteselect", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, stdin=subprocess.DEVNULL)


def point(x: float, y: float) -> str:
    return ",".join(str(v) for v in town.lonlat(x, y))


def answered(place: Path, origin: str, to: str | Path, at: str, **wanted: Any) -> dict[str, Any]:
    return doors.reach_answer(place, None, doors.ask(origin, str(to), at, **wanted), None)


# ---- the file of places


def test_every_row_of_a_file_of_places_is_answered_unknown_or_rejected_with_its_reason(tmp_path: Path) -> None:
    (near, far), bad = (town.lonlat(200, 100), town.lonlat(500, 500)), tmp_path / "to.csv"
    bad.write_text(
        "id,name,lon,lat\n"
        f"a,Near,{near[0]},{near[1]}\n"
        "b,Withheld,,\n"
        "c,Typo,west,38.4\n"
        f"d,Swapped,{far[1]},{far[0]}\n"
        "e,Null island,0,0\n"
        f",,{far[0]},{far[1]}\n"
        "g,Half,-122.7,\n"
    )
    told = answered(town.write(tmp_path), point(0, 0), bad, "2026-03-03T08:00")
    assert [(row["id"], row["status"]) for row in told["to"]] == [
        ("a", "reached"), ("b", "unknown"), ("row 7", "reached"), ("g", "unknown"),
    ]  # fmt: skip
    account = told["places"]
    assert (account["read"], account["kept"], account["repaired"], account["rejected"]) == (7, 4, 0, 3)
    assert [(line["row"], line["field"]) for line in account["rejections"]] == [(4, "lon"), (5, "lat"), (6, "lon")]
    assert "'west' is not degrees" in account["rejections"][0]["reason"]
    for row in told["to"]:
        if row["status"] == "unknown":
            assert [row[k] for k in ("lon", "lat", "minutes", "walk_minutes", "leave", "arrives")] == [None] * 6
            assert row["trip"] == "unknown: its coordinates are not known"


def test_points_in_geojson_are_places_too_and_other_shapes_are_rejected(tmp_path: Path) -> None:
    def feature(name: str, geometry: dict[str, Any] | None) -> dict[str, Any]:
        return {"type": "Feature", "properties": {"id": name}, "geometry": geometry}

    spot = town.lonlat(200, 100)
    shapes = [
        feature("clinic", {"type": "Point", "coordinates": spot}), feature("withheld", None),
        feature("street", {"type": "LineString", "coordinates": [spot, town.lonlat(300, 100)]}),
    ]  # fmt: skip
    path = tmp_path / "to.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}))
    table, account = question.read_places(path)
    assert list(table["id"]) == ["clinic", "withheld"]
    assert tuple(table.loc[0, ["lon", "lat"]]) == pytest.approx(spot)
    assert table.loc[1, ["lon", "lat"]].isna().all()
    assert (account.read, account.rejected) == (3, 1)
    assert "not a point" in account.lines.loc[account.lines["outcome"] == "rejected", "reason"].iloc[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [("lon,lat\nx,1\n", "1 of its 1 rows are rejected"), ("a,b\n1,2\n", "the column lon is missing"),
     ("{not json", "to.geojson")],
)  # fmt: skip
def test_a_file_with_no_place_in_it_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / ("to.geojson" if text.startswith("{") else "to.csv")
    path.write_text(text)
    with pytest.raises(FileRefused, match=said):
        question.read_places(path)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [({"within_min": 30}, "add --window"), ({"window_min": 30, "arrive": True}, "leave one out")],
)  # fmt: skip
def test_wishes_that_do_not_go_together_are_refused(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(typer.BadParameter, match=said):
        doors.ask("0,0", "1,1", "2026-03-03T08:00", **wanted)


def test_a_day_without_a_time_is_no_moment() -> None:
    with pytest.raises(typer.BadParameter, match="no time of day"):
        doors.ask("0,0", "1,1", "2026-03-03")


# ---- answers


def test_arriving_by_a_moment_tells_the_latest_departure_and_the_journey(tmp_path: Path) -> None:
    told = answered(town.write(tmp_path), point(950, 1000), point(150, 100), "2026-03-03T08:21", arrive=True)
    row = told["to"][0]
    assert (row["leave"], row["arrives"], row["status"]) == ("07:59", "08:21", "reached")
    assert [leg["kind"] for leg in row["legs"]] == ["walk", "ride", "walk"]
    assert row["legs"][1] | {"seconds": 0} == {
        "kind": "ride", "from": "North", "to": "Middle", "begins": "08:00", "ends": "08:10", "seconds": 0,
        "vehicle": "Town Bus 2", "towards": "South",
    }  # fmt: skip
    assert row["last_ride_leaves"] == "17:59"
    assert "the latest departure" not in told["method"]
    assert told["arrive_by"] is True


def test_a_window_gives_percentiles_and_the_share_within_a_limit(tmp_path: Path) -> None:
    told = answered(
        town.write(tmp_path), point(950, 1000), point(150, 100), "2026-03-03T07:30", window_min=60, within_min=23
    )
    row = told["to"][0]
    walk = row["walk_minutes"]
    assert row["minutes_p5"] < row["minutes_p50"] <= row["minutes_p95"] == walk
    # only who leaves at 07:58 or 07:59 is there in 23 minutes: the bus of 08:00 and 750 m
    assert row["share_within"] == pytest.approx(2 / 60, abs=1e-4)
    assert "leaving within 60 min" in doors.said(told)


def test_the_answer_holds_the_share_of_trips_that_run(tmp_path: Path) -> None:
    told = answered(town.write(tmp_path), point(0, 0), point(300, 0), "2026-03-01T12:00")
    assert [(f["trips_running"], f["trips_total"], f["share_running"]) for f in told["feeds"]] == [(0, 36, 0.0)]
    assert (told["service"], told["to"][0]["status"], told["to"][0]["last_ride_leaves"]) == (False, "reached", None)
    assert "no service today" in told["notes"][0]


def test_with_a_wheelchair_stops_that_say_nothing_are_not_taken_for_usable(tmp_path: Path) -> None:
    place = town.write(tmp_path)
    ask = (point(950, 1000), point(150, 100), "2026-03-03T07:58")
    told = answered(place, *ask, wheelchair=True)
    assert told["to"][0]["trip"].startswith("leave 07:58, walk 1,700 m")
    assert any("do not say whether a wheelchair can board" in note for note in told["notes"])
    assert any("streets on the way can be used with a wheelchair is not known" in note for note in told["notes"])


# ---- files


def test_the_answer_is_written_as_csv_geojson_or_json_by_the_names_end(tmp_path: Path) -> None:
    to = tmp_path / "to.csv"
    to.write_text(f"id,name,lon,lat\na,=1+1,{point(200, 100)}\nb,Withheld,,\n")
    told = answered(town.write(tmp_path), point(0, 0), to, "2026-03-03T08:00")
    for ending in ("csv", "geojson", "json"):
        doors.write_reach(told, tmp_path / "out" / f"reach.{ending}")
    with (tmp_path / "out" / "reach.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["id"], r["status"], r["minutes"] != "") for r in rows] == [
        ("a", "reached", True),
        ("b", "unknown", False),
    ]
    assert rows[0]["name"] == "'=1+1"  # a spreadsheet must not take a name for a formula
    drawn = json.loads((tmp_path / "out" / "reach.geojson").read_text())
    assert [f["geometry"] is None for f in drawn["features"]] == [False, True]
    assert json.loads((tmp_path / "out" / "reach.json").read_text()) == told
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["reach.csv", "reach.geojson", "reach.json"]


def test_an_answer_is_not_written_over_what_it_was_read_from(tmp_path: Path) -> None:
    place, mine = town.write(tmp_path), tmp_path / "to.csv"
    for out in (mine, tmp_path / "town" / "boundary.geojson", tmp_path / "town" / "bus" / "new.csv"):
        with pytest.raises(OutRefused, match="would be overwritten"):
            doors.guard(out, place, None, mine)
    with pytest.raises(typer.BadParameter, match="ends in"):
        doors.guard(tmp_path / "answer.xlsx", place, None)


def test_a_file_that_cannot_be_written_is_one_sentence_and_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutRefused, match="cannot be written"):
        doors.write_stops({"rows": []}, tmp_path / "file" / "stops.csv")
    assert (tmp_path / "file").read_text() == "mine"


# ---- stops


def test_each_stop_tells_its_headway_by_route_and_direction(tmp_path: Path) -> None:
    told = doors.stops_answer(town.write(tmp_path), None, None)
    middle = next(row for row in told["rows"] if row["name"] == "Middle")
    assert [(r["route"], r["direction"], r["departures"], r["headway_min"]) for r in middle["by_route"]] == [
        ("Town Bus 2", "next: South", 12, 60.0)
    ]
    south = next(row for row in told["rows"] if row["name"] == "South")
    assert (south["first"], south["last"], south["days"]) == ("07:00", "18:30", "Mon Tue Wed Thu Fri")
    assert told["feeds"][0]["share_running"] == 1.0


def test_a_route_whose_directions_are_not_filed_is_not_twice_as_frequent_where_both_stop(tmp_path: Path) -> None:
    head = feeds.FILES["stop_times.txt"].splitlines()[0]
    times, trips = [head], ["trip_id,route_id,service_id,direction_id,trip_headsign"]
    for minute in range(360, 1200, 20):
        for way, calls in (("out", "ABC"), ("back", "CBA")):
            late = minute + (10 if way == "back" else 0)
            trips.append(f"{way}{minute},r2,W,,")
            times += [
                f"{way}{minute},{m // 60}:{m % 60:02d}:00,{m // 60}:{m % 60:02d}:00,{stop},{n},0,0,"
                for n, stop in enumerate(calls)
                for m in [late + 5 * n]
            ]
    place = town.write(tmp_path)
    feeds.write(tmp_path / "town" / "bus", stop_times="\n".join(times) + "\n", trips="\n".join(trips) + "\n",
                frequencies=None)  # fmt: skip
    place.write_text(town.PLACE.replace("[boundary]", "[background]\nlabel = 'name'").replace(
        'day = 2026', 'box = [-123.0, 38.0, -122.0, 39.0]\nday = 2026'))  # fmt: skip
    told = doors.stops_answer(place, None, None)
    birch = next(row for row in told["rows"] if row["name"] == "Birch")
    assert {(r["direction"], r["gap_morning_min"]) for r in birch["by_route"]} == {
        ("next: Cedar", 20.0), ("next: Alder", 20.0),
    }  # fmt: skip
    assert birch["gap_morning_min"] == 10.0  # all together
    met = {d["id"]: d["stops"] for d in told["definitions"]}
    assert (met["one_bus_route_15_min"], met["all_buses_15_min"]) == (0, 1)


def test_the_peaks_can_be_moved_and_what_is_no_span_is_refused(tmp_path: Path) -> None:
    assert doors.peaks("06:00-09:00, 15:00-19:00") == ((21600, 32400), (54000, 68400))
    for text in ("07:00-09:00", "09:00-07:00,16:00-18:00", "morning,evening", "07:00-09:00,08:00-10:00"):
        with pytest.raises(typer.BadParameter, match="two spans"):
            doors.peaks(text)
    told = doors.stops_answer(town.write(tmp_path), None, None, doors.peaks("05:00-06:00,20:00-21:00"))
    assert told["peaks"] == [["05:00", "06:00"], ["20:00", "21:00"]]
    assert {row["gap_morning_min"] for row in told["rows"]} == {None}  # nothing runs then: no gap, and not a short one


# ---- the demonstration pack


def test_the_demonstration_answers_with_a_train_in_words() -> None:
    told = answered(DEMO, DOWNTOWN, PETALUMA, "2025-09-24T00:10Z")
    assert (told["day"], told["timezone"]) == ("2025-09-23", "America/Los_Angeles")
    trip = told["to"][0]["trip"]
    assert trip.startswith("leave 17:39, walk 284 m to Santa Rosa Downtown SMART Station, ")
    assert "SMART at 17:43 towards Larkspur to Petaluma Downtown SMART Station (18:09)" in trip
    assert told["to"][0]["last_ride_leaves"] == "19:16"
    assert any("timetables of the buses are not at hand" in note for note in told["notes"])


def test_in_the_demonstration_what_needs_the_buses_is_unknown_and_not_none(tmp_path: Path) -> None:
    done = siteselect("stops", DEMO, "--json", "--out", tmp_path / "stops.geojson")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    met = {d["id"]: d["stops"] for d in told["definitions"]}
    assert met.pop("rail_station") == 8
    assert set(met.values()) == {None}
    assert (told["major"], told["corridor"]) == (8, None)
    assert told["feeds"][0]["share_running"] == pytest.approx(42 / 58, abs=1e-4)
    assert len(json.loads((tmp_path / "stops.geojson").read_text())["features"]) == 8


def test_the_command_takes_every_wish_and_writes_the_file_that_it_names(tmp_path: Path) -> None:
    done = siteselect(
        "reach", DEMO, "--from", DOWNTOWN, "--to", PETALUMA, "--at", "2025-09-23T07:00", "--window", "60", "--within",
        "60", "--out", tmp_path / "reach.csv", "--store", tmp_path / "stored",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Written to {tmp_path / 'reach.csv'}" in done.stdout
    assert "of the departures take at most 60 min" in done.stdout
    assert "minutes_p95" in (tmp_path / "reach.csv").read_text().splitlines()[0]


# ---- the real county


@pytest.fixture(scope="module")
def county(real_data: Path) -> dict[str, Any]:
    import datetime as dt

    return doors.stops_answer(ROOT / "places" / "sonoma.toml", real_data, dt.date(2018, 2, 6))


def test_in_2018_each_definition_of_often_gives_the_answer_that_the_documentation_tells(county: dict[str, Any]) -> None:
    met = {d["id"]: d["stops"] for d in county["definitions"]}
    assert met == {
        "rail_station": 6, "ferry_terminal": 0, "two_bus_routes_20_min": 0, "two_bus_routes_15_min": 0,
        "one_bus_route_15_min": 31, "one_bus_route_4_per_hour": 31, "all_buses_15_min": 45, "all_buses_4_per_hour": 90,
    }  # fmt: skip
    text = (ROOT / "docs" / "stops.md").read_text()
    for definition, stops in met.items():
        assert f"| `{definition}` | {stops} |" in text
    assert {f["name"]: f["trips_running"] for f in county["feeds"]} == {
        "sonoma-county-transit": 313, "santa-rosa-city-bus": 383, "petaluma-transit": 220, "smart": 34,
        "golden-gate-transit": 573,
    }  # fmt: skip


def test_the_31_stops_of_citybus_1_are_those_of_the_raw_file(county: dict[str, Any], real_data: Path) -> None:
    raw = real_data / "gtfs_sonoma_2018" / "santa-rosa-city-bus"

    def rows(name: str) -> list[dict[str, str]]:
        with (raw / f"{name}.txt").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    trips = {r["trip_id"] for r in rows("trips") if (r["route_id"], r["service_id"]) == ("1", "1")}
    calls: dict[str, list[tuple[int, str, str]]] = {}
    for r in rows("stop_times"):
        if r["trip_id"] in trips:
            calls.setdefault(r["trip_id"], []).append((int(r["stop_sequence"]), r["stop_id"], r["departure_time"]))
    leaves: dict[str, set[int]] = {}
    for visits in calls.values():
        for _, stop, clock in sorted(visits)[:-1]:
            hours, minutes, seconds = (int(part) for part in clock.split(":"))
            leaves.setdefault(stop, set()).add(hours * 3600 + minutes * 60 + seconds)
    often = set()
    for stop, times in leaves.items():
        ordered = sorted(times)
        pairs = list(itertools.pairwise(ordered))
        for begin, end in ((7 * 3600, 9 * 3600), (16 * 3600, 18 * 3600)):
            touching = [b - a for a, b in pairs if b > begin and a < end]
            if not touching or max(touching) > 900:
                break
        else:
            often.add(f"santa-rosa-city-bus:{stop}")
    found = {row["stop_key"] for row in county["rows"] if "one_bus_route_15_min" in row["meets"]}
    assert (len(trips), len(often)) == (57, 31)
    assert found == often
    assert {r["route"] for row in county["rows"] if row["corridor"] for r in row["by_route"]
            if r["gap_morning_min"] and max(r["gap_morning_min"], r["gap_afternoon_min"] or 99) <= 15} == {
        "Santa Rosa CityBus 1"
    }  # fmt: skip


def test_with_longer_peaks_only_twelve_stops_keep_their_15_minutes(real_data: Path) -> None:
    import datetime as dt

    wide = doors.peaks("06:00-09:00,15:00-19:00")
    told = doors.stops_answer(ROOT / "places" / "sonoma.toml", real_data, dt.date(2018, 2, 6), wide)
    assert (told["corridor"], told["major"]) == (12, 6)
