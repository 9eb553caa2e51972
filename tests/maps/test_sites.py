"""The file of a ranked run: what it says and what it weighs."""

import json
import re
import time
from pathlib import Path

import pandas as pd
import pytest

from maps import ranked, run, sites, words
from siteselect.errors import FileRefused
from tests.journeys import madeup

EN, ES = words.of("en"), words.of("es")


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path)
    assert sites.page(folder) == sites.page(folder)


def test_each_ranked_site_tells_its_measures_with_method_source_and_date(tmp_path: Path) -> None:
    html = sites.page(madeup.write_run(tmp_path))
    wanted = (
        "100 Invented Street",
        "0.13 mi (210 m)",
        "likely 0.18 mi (294 m), between 0.13 mi (210 m) and 0.21 mi (336 m)",
        "straight line, not a walk",
        "Made-up transit, 2018",
        "4 January 2018",
        "Stop A",
        "0.255, between 0.240 and 0.270",
        "34 of 58 trips run on the day",
    )
    for told in wanted:
        assert told in html, told


def test_what_nobody_knows_is_said_once_and_not_in_every_site(tmp_path: Path) -> None:
    text = re.sub(r"<[^>]+>", "", sites.page(madeup.write_run(tmp_path)))
    assert text.count("Level ground") == 1
    assert "Level ground (no elevation layer)" in text


def test_an_unknown_measure_is_not_a_zero(tmp_path: Path) -> None:
    shown = ranked.listed(run.read(madeup.write_run(tmp_path)), EN)[0]
    grocery = next(r for r in shown.reasons if r.criterion == "grocery")
    assert (grocery.value, grocery.known, grocery.points) == ("not known", False, "0.100, between 0.000 and 0.200")
    assert grocery not in shown.top


def test_every_distance_and_count_of_a_list_says_its_method_in_a_word(tmp_path: Path) -> None:
    read = run.read(madeup.write_run(tmp_path))
    shown = ranked.listed(read, EN)
    assert [r.told for r in shown[0].top] == [
        "0.13 mi (210 m), straight line",
        "4.5 departures an hour, counted by straight line",
    ]
    lines = sites.features(read, shown, EN)[0].lines
    assert "Close to a stop that is served: 0.13 mi (210 m), straight line" in lines


@pytest.mark.parametrize(
    ("method", "word"),
    [
        ("walk along the streets", ", walk"),
        ("walk along a SKETCHED grid, not real streets; the site is known to 30 m", ", walk on a sketched grid"),
        ("straight line, not a walk; the site is known to 30 m", ", straight line"),
        ("by ear", ""),
    ],
)
def test_a_walk_a_sketch_and_a_straight_line_are_told_apart(tmp_path: Path, method: str, word: str) -> None:
    folder = madeup.write_run(tmp_path)
    table = pd.read_csv(folder / "reasons.csv", dtype=str)
    table.loc[table["criterion"] == "stop", "method"] = method
    table.to_csv(folder / "reasons.csv", index=False)
    stop = next(r for r in ranked.listed(run.read(folder), EN)[0].reasons if r.criterion == "stop")
    assert stop.told == f"0.13 mi (210 m){word}"


def test_the_colour_goes_by_the_likely_score_and_not_by_the_middle_of_the_range(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path)
    table = pd.read_csv(folder / "sites.csv", dtype=str)
    table.loc[0, ["score_low", "score_likely", "score_high"]] = ["0.1", "0.65", "0.7"]
    table.to_csv(folder / "sites.csv", index=False)
    first = ranked.listed(run.read(folder), EN)[0]
    assert (first.style, first.score) == ("score-4", "0.650, between 0.100 and 0.700")


def test_how_much_is_a_straight_line_and_how_many_homes_stand_in_the_list(tmp_path: Path) -> None:
    html = re.sub(r"<[^>]+>", "", sites.page(madeup.write_run(tmp_path)))
    assert html.count("60\u00a0% of the weight is a straight line, not a walk") == 3
    assert "homes, as filed: 12" in html
    assert "homes, as filed: not known" in html


def test_rejected_rows_and_cautions_are_told_with_the_file_that_lists_them(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path)
    told = "sites: rows rejected: 2 of 7; rows taken with a caution: 1; reports/sites.csv lists each."
    assert told in sites.page(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["layers"][0] |= {"rejected": 0, "kept": 7, "cautions": 0}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "No row of any layer was rejected" in sites.page(folder)


def test_a_run_of_an_older_programme_is_refused_with_the_column_and_the_remedy(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path)
    pd.read_csv(folder / "sites.csv", dtype=str).drop(columns="score_likely").to_csv(folder / "sites.csv", index=False)
    with pytest.raises(FileRefused, match=r"sites\.csv: column 'score_likely' is missing; run `siteselect rank` again"):
        sites.page(folder)


def test_an_excluded_site_has_its_reason_and_no_rank(tmp_path: Path) -> None:
    shown = ranked.listed(run.read(madeup.write_run(tmp_path)), ES)[-1]
    assert shown.rank is None
    assert shown.excluded_because == "Terreno público: el propietario es: Particular"


def test_a_condition_of_every_ranked_site_is_said_once(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path)
    table = pd.read_csv(folder / "sites.csv", dtype=str)
    table["conditions"] = "Not wholly inside an earthquake fault zone: not known"
    table.loc[1, "conditions"] += "; Public land: not known"
    table.to_csv(folder / "sites.csv", index=False)
    read = run.read(folder)
    assert ranked.sheet(read, EN)["conditions"] == "Not wholly inside an earthquake fault zone: not known"
    assert [s.own_conditions for s in ranked.listed(read, EN)[:3]] == ["", "Public land: not known", ""]


def test_a_site_known_only_to_400_m_is_drawn_as_a_circle_of_400_m(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path)
    table = pd.read_csv(folder / "sites.csv", dtype=str)
    table.loc[0, "margin_m"] = "400.0"
    table.to_csv(folder / "sites.csv", index=False)
    read = run.read(folder)
    drawn = sites.features(read, ranked.listed(read, EN), EN)
    assert [f.margin_m for f in drawn] == [400.0, None, None, None, None]


def test_a_name_that_a_spreadsheet_would_run_is_read_without_its_guard(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path)
    table = pd.read_csv(folder / "sites.csv", dtype=str)
    table.loc[0, "name"] = "'=2+2 Street"
    table.to_csv(folder / "sites.csv", index=False)
    assert ranked.listed(run.read(folder), EN)[0].name == "=2+2 Street"


@pytest.mark.parametrize("name", ["manifest.json", "sites.csv", "reasons.csv", "sites.geojson"])
def test_a_folder_that_lacks_a_file_is_refused_with_the_file_and_the_remedy(tmp_path: Path, name: str) -> None:
    folder = madeup.write_run(tmp_path)
    (folder / name).unlink()
    with pytest.raises(FileRefused, match=rf"{name}: not found; `siteselect rank"):
        sites.page(folder)


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path)
    (folder / "sites.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileRefused, match=r"sites\.csv"):
        sites.page(folder)
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(FileRefused, match="it has no place"):
        sites.page(folder)


def test_a_run_of_955_sites_is_quick_and_light(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path, ranked=19, excluded=936)
    began = time.perf_counter()
    html = sites.page(folder)
    assert time.perf_counter() - began < 10
    assert len(html.encode()) < 3_000_000


def test_a_run_of_955_ranked_sites_is_light_too_and_says_where_the_rest_is(tmp_path: Path) -> None:
    html = sites.page(madeup.write_run(tmp_path, ranked=955, excluded=0))
    assert len(html.encode()) < 3_000_000
    assert "those of all sites are in reasons.csv" in html


def test_the_map_and_the_list_hold_the_same_sites_in_the_same_order(tmp_path: Path) -> None:
    html = sites.page(madeup.write_run(tmp_path, ranked=12, excluded=5))
    data = json.loads(re.search(r'id="map-data">(.*?)</script>', html)[1])  # type: ignore[index]
    in_list = re.findall(r'id="s-([^"]+)"', html)
    assert [f["id"] for f in data["features"]] == in_list


def test_a_page_lists_and_draws_the_best_sites_and_says_how_many_more_there_are(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path, ranked=ranked.MOST + 5, excluded=3)
    html = sites.page(folder)
    assert html.count('<li class="site"') == ranked.MOST
    assert f"The best 2,000 of {ranked.MOST + 5:,} ranked sites are listed here and drawn on the map" in html
    assert html.count('"layer":"ranked"') == ranked.MOST
    assert html.count('"layer":"excluded"') == 3


def test_too_many_excluded_sites_are_counted_by_reason_and_not_drawn(tmp_path: Path) -> None:
    folder = madeup.write_run(tmp_path, ranked=3, excluded=ranked.MOST + 1)
    html, spanish = sites.page(folder), sites.page(folder, "es")
    assert "2001 sites are not ranked: see why" in html
    assert re.search(r"Public land: owner is private</th><td class=\"num\">2,001</td>", html)
    assert '"layer":"excluded"' not in html
    assert "Son demasiados para figurar o dibujarse aquí" in spanish


def test_a_county_is_read_in_part_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = madeup.write_run(tmp_path, ranked=6, excluded=2)
    whole = run.read(folder)
    pd.read_csv(folder / "reasons.csv").to_parquet(folder / "reasons.parquet")
    before = sites.page(folder)
    monkeypatch.setattr(run, "MOST_BYTES", 0)
    assert sites.page(folder) == before
    part = run.read(folder, 2)
    assert sorted(part.outlines) == sorted(whole.sites["site_id"].head(2))
    assert set(part.reasons["site_id"]) == set(whole.sites["site_id"].head(2))
    assert len(part.ranked) == 6
