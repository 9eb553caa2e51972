"""The benchmark of many counties, and California on paper."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import california
from tests import towns

ROOT = Path(__file__).resolve().parents[2]
MEASURED = {
    "start": {"cpu_s": 4.0, "peak_mb": 250.0},
    "join": {"s_per_million": 16.0, "peak_mb": 750.0},
    "measured": [
        {"parcels": 18_500, "nodes": 14_700, "cpu_s": 14.0, "peak_mb": 450.0, "result_mb": 300.0},
        {"parcels": 185_000, "nodes": 147_000, "cpu_s": 124.0, "peak_mb": 2250.0, "result_mb": 3000.0},
    ],
}


def test_the_benchmark_compares_one_process_with_two_workers_byte_by_byte_and_records(tmp_path: Path) -> None:
    for seed in (1, 2):
        shutil.move(
            towns.one(tmp_path / "all" / f"Town {seed}", seed), tmp_path / "all" / f"Town {seed}" / "place.toml"
        )
    words = ["--counties", str(tmp_path / "all"), "--json", "--record", str(tmp_path / "measured.json")]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "many.py"), *words], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["places"], told["sites"], told["differ"]) == (2, 2 * towns.SITES, [])
    assert told["files"] > 20
    assert told["again"]["cpu_s"] < told["one_process"]["cpu_s"]
    (one,) = json.loads((tmp_path / "measured.json").read_text())["measured"]
    assert (one["parcels"], one["nodes"]) == (towns.SITES, 121)


def test_california_has_all_its_counties_parcels_and_nodes() -> None:
    found = california.counties()
    assert len({one.name for one in found}) == 58
    assert sum(one.parcels for one in found) == pytest.approx(12_000_000)
    assert sum(one.nodes for one in found) == pytest.approx(10_000_000)
    assert max(found, key=lambda one: one.parcels).name == "Los Angeles"


def test_a_cost_passes_through_what_was_measured_and_is_never_less_than_linear() -> None:
    points = MEASURED["measured"]
    assert isinstance(points, list)
    cost = california.fitted(points, "cpu_s", 4.0)
    assert [cost.of(p["parcels"] + p["nodes"]) for p in points] == pytest.approx([14.0, 124.0], rel=0.01)
    alone = california.fitted(points[1:], "cpu_s", 4.0)
    assert (alone.of(16 * 332_000) - 4) / 120 == pytest.approx(25)
    falling = california.fitted([points[0], points[1] | {"cpu_s": 20.0}], "cpu_s", 4.0)
    assert falling.exponent == 1.0


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=60), st.integers(1, 60))
def test_the_schedule_keeps_to_the_bounds_of_every_schedule(seconds: list[float], workers: int) -> None:
    found = california.wall(seconds, workers)
    least = max(max(seconds), sum(seconds) / workers)
    assert least - 1e-6 <= found <= sum(seconds) / workers + max(seconds) + 1e-6
    assert california.wall(seconds, 1) == pytest.approx(sum(seconds))


def test_more_workers_are_never_slower_and_the_largest_county_is_the_floor() -> None:
    told = california.plan(MEASURED, 0.05)
    hours = [way["hours"] for way in told["ways"]]
    assert hours == sorted(hours, reverse=True)
    assert hours[-1] == pytest.approx(told["counties"][0]["hours"] + told["join_hours"])
    assert "Los Angeles" in california.table(told, 0.05)


def test_without_measurements_it_says_how_to_make_them(tmp_path: Path) -> None:
    words = [sys.executable, str(ROOT / "benchmarks" / "california.py"), "--measured", str(tmp_path / "none.json")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "many.py --counties DIR --record" in done.stderr
