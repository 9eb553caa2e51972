"""The light door: an invented town's stored timetable, answered by hand, and the two commands."""

import datetime as dt
import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from siteselect import place, prepare, reach
from siteselect.errors import FeedExpired, FileRefused
from tests import town

ROOT = Path(__file__).resolve().parents[2]
TUESDAY = dt.date(2026, 3, 3)


def siteselect(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siteselect", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("town")
    prepare.journeys(place.read(town.write(base)), TUESDAY, base / "stored")
    return base / "stored"


def ask(folder: Path, start: tuple[float, float], goal: tuple[float, float], clock: str) -> tuple[float, float, str]:
    """Seconds, seconds on foot alone, and the trip, from point to point of the town in metres."""
    door = reach.opened(folder)
    asked = reach.places(door, *(np.array([v]) for v in town.lonlat(*goal)))
    at = dt.datetime.fromisoformat(f"{TUESDAY}T{clock}")
    found = reach.times(door, *town.lonlat(*start), at, asked)
    return float(found.travel_s[0]), float(found.walk_s[0]), found.words(0, "the clinic")


def test_a_ride_is_taken_where_it_is_sooner_and_told_in_words(folder: Path) -> None:
    # from North at (900, 1000) to South at (200, 100): 1,600 m, or the bus of 08:00; it is in Middle at (500, 500) at
    # 08:10 and in South at 08:20, and who walks the 700 m from Middle is 16 s sooner
    took, walk, _ = ask(folder, (900, 1000), (200, 100), "07:59:30")
    assert (took, walk) == (30 + 600 + np.ceil(700 / 1.2), np.ceil(1600 / 1.2))
    took, walk, _ = ask(folder, (900, 1000), (200, 100), "07:30")
    assert took == walk


def test_the_trip_names_the_walk_the_vehicle_the_stops_and_the_arrival(folder: Path) -> None:
    assert ask(folder, (100, 100), (500, 600), "06:58:20") == (
        750, 750, "leave 06:58, walk 900 m to the clinic, arrive 07:11",
    )  # fmt: skip
    assert ask(folder, (950, 1000), (150, 100), "07:58") == (
        22 * 60 + 25, np.ceil(1700 / 1.2),
        "leave 07:59, walk 50 m to North, Town Bus 2 at 08:00 towards South to Middle (08:10), walk 750 m to the "
        "clinic, arrive 08:21",
    )  # fmt: skip


def test_transit_is_never_slower_than_walking(folder: Path) -> None:
    door = reach.opened(folder)
    random = np.random.default_rng(1)
    goals = [town.lonlat(*random.uniform(0, 1000, 2)) for _ in range(60)]
    asked = reach.places(door, *np.array(goals).T)
    for clock in ("05:00", "07:29", "12:10", "18:45", "23:59"):
        at = dt.datetime.fromisoformat(f"{TUESDAY}T{clock}")
        found = reach.times(door, *town.lonlat(*random.uniform(0, 1000, 2)), at, asked)
        assert (found.travel_s <= found.walk_s).all()
        for goal in range(60):
            legs = found.trip(goal)
            assert legs[-1].end_s - found.depart_s == pytest.approx(found.travel_s[goal])
            assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(legs))


def test_off_the_streets_the_walk_is_a_straight_line_and_says_so(folder: Path) -> None:
    took, _, said = ask(folder, (3000, 500), (2400, 500), "12:00")
    assert took == pytest.approx(500, abs=1)
    assert said == "leave 12:00, walk 600 m (straight line) to the clinic, arrive 12:09"


def test_another_day_than_the_stored_one_is_refused(folder: Path) -> None:
    door = reach.opened(folder)
    with pytest.raises(FeedExpired, match=r"is of 2026-03-03, and 2026-03-04T08:00 is on 2026-03-04"):
        reach.seconds(door, dt.datetime(2026, 3, 4, 8))


def test_a_moment_with_a_zone_is_turned_into_the_feeds_own(folder: Path) -> None:
    door = reach.opened(folder)
    assert reach.seconds(door, dt.datetime(2026, 3, 3, 16, tzinfo=dt.UTC)) == 8 * 3600


def test_a_folder_that_holds_something_else_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    with pytest.raises(FileRefused, match="holds no stored timetable"):
        reach.opened(tmp_path / "mine")
    with pytest.raises(FileRefused):
        prepare.journeys(place.read(town.write(tmp_path)), TUESDAY, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep me"


def test_a_stored_timetable_is_found_again_and_made_anew_when_a_file_changed(tmp_path: Path) -> None:
    located = place.read(town.write(tmp_path))
    stored = tmp_path / "stored"
    prepare.journeys(located, TUESDAY, stored)
    first = (stored / "about.json").stat().st_mtime_ns
    prepare.journeys(located, TUESDAY, stored)
    assert (stored / "about.json").stat().st_mtime_ns == first
    with (tmp_path / "town" / "bus" / "trips.txt").open("a") as file:
        file.write("\n")
    prepare.journeys(located, TUESDAY, stored)
    assert (stored / "about.json").stat().st_mtime_ns != first


def point(x: float, y: float) -> str:
    return ",".join(str(v) for v in town.lonlat(x, y))


def test_the_command_answers_for_a_file_of_places_in_json(tmp_path: Path) -> None:
    place_file = town.write(tmp_path)
    clinics = tmp_path / "town" / "clinics.csv"
    done = siteselect(
        "reach", place_file, "--from", point(200, 100), "--to", clinics, "--at", "2026-03-03T07:20", "--json"
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [row["name"] for row in told["to"]] == ["West Clinic", "East Clinic"]
    assert told["service"]
    assert told["to"][0]["minutes"] == round(np.ceil(400 / 1.2) / 60, 1)
    assert told["credits"] == ["Town Bus (none needed)", "invented (none needed)"]


def test_on_a_day_without_service_the_walks_are_given_and_the_lack_is_said(tmp_path: Path) -> None:
    done = siteselect(
        "reach", town.write(tmp_path), "--from", point(0, 0), "--to", point(300, 0), "--at", "2026-03-01T12:00"
    )
    assert done.returncode == 0
    assert "no service today" in done.stdout
    assert "walk 300 m to" in done.stdout


@pytest.mark.parametrize("command", ["reach", "stops"])
def test_a_day_that_no_feed_covers_is_status_1_and_one_sentence(tmp_path: Path, command: str) -> None:
    place_file = town.write(tmp_path)
    words = ["--day", "2030-01-01"]
    if command == "reach":
        words = ["--from", point(0, 0), "--to", point(300, 0), "--at", "2030-01-01T12:00"]
    done = siteselect(command, place_file, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "0 of its 36 trips" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--from", "north", "--to", "0,0", "--at", "2026-03-03T12:00"], "--from"),
     (["--from", "0,0", "--to", "0,0", "--at", "noon"], "--at"), (["--from", "0,0", "--to", "0,0"], "--at")],
)  # fmt: skip
def test_a_question_that_cannot_be_meant_is_status_2(words: list[str], said: str) -> None:
    done = siteselect("reach", "places/demo.toml", *words)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [("lon,name\n1,a\n", "the column lat is missing"), ("lon,lat\n1,north\n", "lat 'north' is not degrees"),
     ("lon,lat\n", "only a header"), ("", "empty")],
)  # fmt: skip
def test_a_file_of_places_with_a_fault_is_named_with_its_row(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "to.csv").write_text(text)
    done = siteselect(
        "reach", "places/demo.toml", "--from", "0,0", "--to", tmp_path / "to.csv", "--at", "2026-03-03T12:00"
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_stops_of_the_town_with_their_service(tmp_path: Path) -> None:
    place_file = town.write(tmp_path)
    told = json.loads(siteselect("stops", place_file, "--json").stdout)
    assert {row["stop_key"]: row["departures"] for row in told["rows"]} == {
        "town-bus:S1": 24, "town-bus:S2": 12, "town-bus:S3": 12,
    }  # fmt: skip
    assert (told["stops"], told["major"], told["corridor"]) == (3, 0, 0)
    assert told["rows"][0]["gap_morning_min"] == 30
    said = siteselect("stops", place_file).stdout
    assert "town-bus: 36 of 36 trips run that day" in said
