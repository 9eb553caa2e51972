"""The same site's numbers stand in the terminal, the CSV, the API, the PDF and the workbook."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from maps import words
from maps.figures import M_PER_MILE
from maps.handover import dossier, lines, memo, packet, pair, sheet, workbook
from tests import town
from tests.journeys import madeup
from tests.maps.handover import reading

ROOT = Path(__file__).resolve().parents[3]
EN = words.of("en")
SCORES = ("score_low", "score_likely", "score_high")


def siteselect(*said: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siteselect", *map(str, said)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The town ranked once by the command, and every way in which its figures are told."""
    folder = tmp_path_factory.mktemp("same")
    done = siteselect("rank", town.write(folder), "--out", folder / "run", "--json")
    assert done.returncode == 0, done.stderr
    run = folder / "run"
    held = packet.read(run)
    client = TestClient(create_app(Settings(data=run, store=madeup.write_store(folder), as_of=madeup.NIGHT)))  # type: ignore[arg-type]
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(held)))
    return {
        "held": held, "run": run, "book": book, "memo": reading.text(memo.pdf(held, EN)),
        "terminal": {s["site_id"]: s for s in json.loads(done.stdout)["sites"]},
        "csv": pd.read_csv(run / "sites.csv").set_index("site_id"),
        "reasons": pd.read_csv(run / "reasons.csv").set_index(["site_id", "criterion"]),
        "api": lambda site: client.get(f"/api/sites/{site}").json(),
        "page": lambda site: reading.text(sheet.pdf(held, site, EN)),
        "xlsx": {name: _rows(book[name]) for name in ("Sites", "Reasons", "Stability")},
    }  # fmt: skip


def _rows(page: Any) -> list[dict[str, Any]]:
    heads, *rows = page.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


SITES = ("east-side", "north", "far")


@pytest.mark.parametrize("site", SITES)
def test_scores_and_coverage_are_the_same_everywhere(told: dict[str, Any], site: str) -> None:
    filed, page = told["csv"].loc[site], told["page"](site)
    api = told["api"](site)
    xlsx = next(r for r in told["xlsx"]["Sites"] if r["site_id"] == site)
    for column in (*SCORES, "coverage", "rank"):
        assert filed[column] == told["terminal"][site][column] == api[column] == xlsx[column]
    low, likely, high = (f"{filed[c]:.4f}" for c in SCORES)
    assert f"Whole score {likely} of 1.0000 ({low} to {high})" in page
    assert f"{likely} ({low} to {high})" in told["memo"]
    assert f"{int(filed['rank'])} of {len(told['terminal'])}" in page


@pytest.mark.parametrize("site", SITES)
def test_every_measure_is_the_same_everywhere(told: dict[str, Any], site: str) -> None:
    page, api = told["page"](site).replace("\u00a0", " "), told["api"](site)
    reasons = {r["criterion"]: r for r in api["reasons"]}
    xlsx = {r["criterion"]: r for r in told["xlsx"]["Reasons"] if r["site_id"] == site}
    seen = 0
    for criterion, row in told["reasons"].loc[site].iterrows():
        value = row["value"]
        for end in ("low", "likely", "high"):
            points = row[f"points_{end}"]
            assert points == reasons[criterion][f"points_{end}"] == xlsx[criterion][f"points_{end}"]
        assert f"{row['points_likely']:.4f} of " in page
        if pd.isna(value):
            assert reasons[criterion]["value"] is None
            assert xlsx[criterion]["value"] == "unknown"
            continue
        seen += 1
        assert value == reasons[criterion]["value"] == xlsx[criterion]["value"]
        if row["measure"] in told["terminal"][site]:
            assert value == told["terminal"][site][row["measure"]] == told["csv"].at[site, row["measure"]]
        if row["unit"] == "m":
            metres = f"{value:,.1f}".removesuffix(".0")
            assert f"{value / M_PER_MILE:,.2f} mi ({metres} m)" in page
    assert seen >= 2


@pytest.mark.parametrize("site", SITES)
def test_shares_of_the_draws_are_the_same_everywhere(told: dict[str, Any], site: str) -> None:
    done = siteselect("stability", told["run"], "--json")
    said = next(s for s in json.loads(done.stdout)["sites"] if s["site_id"] == site)
    xlsx = next(r for r in told["xlsx"]["Stability"] if r["site_id"] == site)
    assert {k: xlsx[k] for k in said} == said
    share = f"{round(100 * said['top3_share'], 1):g}"
    assert f"among the top three in {share} %" in told["page"](site).replace("\u00a0", " ")


def test_the_report_prints_what_its_pages_say(told: dict[str, Any]) -> None:
    printed = siteselect("report", told["run"], "north").stdout
    assert printed == "".join(f"{line}\n" for line in lines.lines(sheet.data(told["held"], "north", EN)))
    low, likely, high = told["csv"].loc["north", list(SCORES)]
    assert f"Whole score: {likely:.4f} of 1.0000 ({low:.4f} to {high:.4f})" in printed


def test_the_facts_as_json_are_those_of_the_tables(told: dict[str, Any]) -> None:
    answer = json.loads(siteselect("report", "north", told["run"], "--json").stdout)["sites"][0]
    assert answer == json.loads(json.dumps(dossier.site(told["held"], "north")))
    assert answer["score"] == told["csv"].loc["north", list(SCORES)].tolist()


def test_two_sites_side_by_side_add_up_to_their_difference(told: dict[str, Any]) -> None:
    answer = pair.answer(told["held"], "east-side", "far")
    assert sum(row["change"] for row in answer["rows"]) == pytest.approx(answer["gap"], abs=2e-4)
    changes = [row["change"] for row in answer["rows"]]
    assert changes == sorted(changes, reverse=True)
    page = reading.text(pair.pdf(told["held"], "east-side", "far", EN))
    for row in answer["rows"]:
        assert f"{row['change']:+.4f}".replace("+0.0000", "0.0000") in page
