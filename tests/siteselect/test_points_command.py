"""`siteselect points` as a planner meets it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "places" / "demo.toml"


def points(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siteselect", "points", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, stdin=subprocess.DEVNULL)


def test_the_demonstration_answers_as_json_and_as_csv_alike(tmp_path: Path) -> None:
    out = tmp_path / "items.csv"
    done = points(DEMO, "--pack", "ctcac-2024-12-11", "--json", "--csv", out)
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["edition"] == "CTCAC-2024-12-11"
    assert len(said["sites"]) > 30
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    plain = [(s["site_id"], i["rule"], i["points"], i["distance_m"]) for s in said["sites"] for i in s["items"]]
    filed = [
        (r["site_id"], r["rule"], int(r["points"]), float(r["distance_m"]) if r["distance_m"] else None) for r in rows
    ]
    assert filed == plain


def test_a_site_is_told_item_by_item_with_what_is_asked(tmp_path: Path) -> None:
    done = points(DEMO, "--pack", "ctcac-2024-12-11", "--site", "county-admin-center")
    assert done.returncode == 0
    for words in (
        "certain",
        "Northwest Regional Library",
        "to spare at 3 points",
        "density_units_per_acre",
        "soft resource",
    ):
        assert words in done.stdout


def test_a_project_s_facts_turn_conditions_into_points(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("[project]\ninternet_free_25_mbps = true\nrural_set_aside = false\n", encoding="utf-8")
    done = points(DEMO, "--pack", "ctcac-2024-12-11", "--project", mine, "--json")
    items = [i for s in json.loads(done.stdout)["sites"] for i in s["items"] if i["rule"] == "internet"]
    assert {(i["points"], i["status"]) for i in items} == {(2, "met")}


@pytest.mark.parametrize("pack", ["california-statutes-2026-07-10", "siting-2026-07-10"])
def test_packs_of_tests_answer_through_the_same_door(pack: str) -> None:
    done = points(DEMO, "--pack", pack, "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 0
    states = {i["status"] for s in said["sites"] for i in s["items"]}
    assert states <= {"pass", "conditional", "fail", "unknown", "does not apply"}
    assert {i["status"] for s in said["sites"] for i in s["items"] if i["rule"] == "flood"} <= {"unknown"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([DEMO, "--pack", "ctcac-2024"], "did you mean 'ctcac-2024-12-11'?"),
        ([DEMO, "--pack", "ahsc"], "not at hand"),
        ([DEMO, "--pack", "ctcac-2024-12-11", "--site", "county-admin-centre"], "did you mean 'county-admin-center'?"),
        ([DEMO, "--pack", "ctcac-2024-12-11", "--project", "nowhere.toml"], "no such file of project facts"),
        ([DEMO, "--pack", "ctcac-2024-12-11", "--day", "2031-01-01"], "outside its calendar"),
        ([DEMO, "--pack", "ctcac-2024-12-11", "--csv", "/nowhere/items.csv"], "cannot be written there"),
    ],
)
def test_a_refusal_is_one_sentence_and_status_1(words: list[str | Path], said: str) -> None:
    done = points(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_pack_of_california_is_refused_for_a_place_in_brazil(tmp_path: Path) -> None:
    done = points(ROOT / "places" / "porto-alegre.toml", "--data", tmp_path, "--pack", "ctcac-2024-12-11")
    assert done.returncode == 1
    assert "is a rule pack of US-CA and Porto Alegre, Brazil lies in BR-RS" in done.stderr


def test_a_place_that_does_not_say_where_it_lies_is_refused_with_what_to_add(tmp_path: Path) -> None:
    text = DEMO.read_text(encoding="utf-8")
    place = tmp_path / "mine.toml"
    place.write_text(text[: text.index("[rules]")], encoding="utf-8")
    done = points(place, "--data", ROOT / "data" / "raw" / "demo", "--pack", "ctcac-2024-12-11")
    assert done.returncode == 1
    assert 'add [rules] with jurisdiction = "US-CA"' in done.stderr


def test_real_sites_of_the_county_have_points_with_their_sources(real_data: Path, tmp_path: Path) -> None:
    done = points(ROOT / "places" / "sonoma.toml", "--data", real_data, "--pack", "ctcac-2024-12-11", "--json")
    assert done.returncode == 0, done.stderr
    sites = {s["site_id"]: {i["rule"]: i for i in s["items"]} for s in json.loads(done.stdout)["sites"]}
    downtown = sites["009081042"]
    assert downtown["library"]["amenity"] == "CENTRAL LIBRARY"
    assert downtown["library"]["points_if_confirmed"] == 3
    assert downtown["opportunity"]["amenity"] == "Low Resource"
    assert downtown["opportunity"]["status"] == "unknown"  # the map of 2020: whether it may be used is not known
    over = [i for items in sites.values() for i in items.values() if "crosses" in (i["because"] or "")]
    assert any("US 101" in i["because"] for i in over)
    assert all(i["source"] and i["as_of"] for items in sites.values() for i in items.values() if i["distance_m"])
