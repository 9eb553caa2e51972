"""The siteselect command as a planner meets it: what it prints, what it leaves, how it ends."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import town

ROOT = Path(__file__).resolve().parents[2]


def siteselect(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siteselect", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, stdin=subprocess.DEVNULL)


def test_a_run_prints_the_ranked_table_and_leaves_every_file_it_promises(tmp_path: Path) -> None:
    done = siteselect("rank", town.write(tmp_path), "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "town-bus: 36 of 36 trips run that day" in done.stdout
    assert "Public land: owner is private" in done.stdout
    promised = [
        "sites.csv",
        "sites.geojson",
        "sites.gpkg",
        "sites.parquet",
        "reasons.csv",
        "map.html",
        "map.es.html",
        "manifest.json",
    ]
    assert [name for name in promised if not (tmp_path / "out" / name).stat().st_size] == []
    assert (tmp_path / "out" / "reports" / "streets.csv").read_text().count("motorway") == 1


def test_two_runs_leave_the_same_bytes_map_included(tmp_path: Path) -> None:
    place = town.write(tmp_path)
    marks = []
    for name in ("one", "two"):
        assert siteselect("rank", place, "--out", tmp_path / name).returncode == 0
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        marks.append({p.relative_to(tmp_path / name): hashlib.sha256(p.read_bytes()).hexdigest() for p in files})
    assert marks[0] == marks[1]


def test_json_on_standard_output_is_json_and_nothing_else(tmp_path: Path) -> None:
    done = siteselect("rank", town.write(tmp_path), "--json")
    told = json.loads(done.stdout)
    assert [site["rank"] for site in told["sites"]] == [1, 2, 3]
    assert [site["site_id"] for site in told["excluded"]] == ["mid"]
    assert told["sites"][0]["nearest_clinic_m_method"] == "walk along the invented streets, from the parcel's edge"
    assert told["sites"][0]["flood_share"] is None
    assert told["feeds"][0]["trips_running"] == 36


def test_a_day_that_no_feed_covers_is_status_1_one_sentence_and_no_score_at_all(tmp_path: Path) -> None:
    done = siteselect("rank", town.write(tmp_path), "--day", "2030-01-01", "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (1, "")
    assert "town-bus" in done.stderr
    assert "2026-12-31" in done.stderr
    assert "0 of its 36 trips" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_day_inside_the_calendar_on_which_nothing_runs_is_refused_too(tmp_path: Path) -> None:
    done = siteselect("rank", town.write(tmp_path), "--day", "2026-03-01")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the nearest day with service is Monday 2026-03-02" in done.stderr


@pytest.mark.parametrize(
    "words", [["rank"], ["rank", "x.toml", "--day", "tomorrow"], ["rank", "x.toml", "--wat"], ["rnk"]]
)
def test_a_command_that_cannot_be_meant_is_status_2(words: list[str]) -> None:
    done = siteselect(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_place_file_that_is_not_there_is_status_1_and_named(tmp_path: Path) -> None:
    done = siteselect("rank", tmp_path / "nowhere.toml")
    assert done.returncode == 1
    assert "nowhere.toml" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_help_tells_what_goes_in_what_comes_out_and_how_it_ends() -> None:
    done = siteselect("rank", "--help")
    assert done.returncode == 0
    for promised in (
        "manifest.json",
        "sites.gpkg",
        "Exit status",
        "never a zero",
        "--data",
        "--day",
        "--out",
        "--json",
    ):
        assert promised in done.stdout
