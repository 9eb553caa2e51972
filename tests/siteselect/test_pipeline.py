"""The whole recipe on the invented town, with answers worked out by hand."""

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from siteselect import pipeline, place, policy, report
from siteselect.errors import ConfigError, FeedExpired, SiteSelectError
from siteselect.report import Run
from tests import town


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return town.write(tmp_path)


def ranked(toml: Path) -> Run:
    return pipeline.run(place.read(toml))


def measured(run: Run, site: str, measure: str) -> pd.Series:
    found = run.reasons[(run.reasons["site_id"] == site) & (run.reasons["measure"] == measure)]
    assert len(found) == 1
    return found.iloc[0]


def test_walks_go_along_the_streets_and_name_what_they_reach(toml: Path) -> None:
    run = ranked(toml)
    stop, clinic = (measured(run, "east-side", m) for m in ("nearest_stop_m", "nearest_clinic_m"))
    # its outline reaches to (130, 100), 70 m from the stop, and to (100, 130), 270 m from the clinic
    assert stop["value"] == pytest.approx(70, abs=0.2)
    assert (stop["target"], stop["method"]) == (
        "South (town-bus)", "walk along the invented streets, from the parcel's edge",
    )  # fmt: skip
    assert clinic["value"] == pytest.approx(270, abs=0.2)
    assert (clinic["target"], clinic["source"], clinic["as_of"]) == ("West Clinic", "invented", "2026-01-01")
    # from (500, 500) to the clinic at (900, 700): 400 east and 200 north, not the 447 m of a crow
    assert measured(run, "mid", "nearest_clinic_m")["value"] == pytest.approx(500, abs=0.2)


def test_off_the_streets_the_distance_is_a_straight_line_says_so_and_is_a_range(toml: Path) -> None:
    clinic = measured(ranked(toml), "far", "nearest_clinic_m")
    assert clinic["value"] == pytest.approx(2109.5, abs=0.2)
    assert clinic["method"] == "straight line, not a walk, from its point"
    ends = (clinic["low"], clinic["likely"], clinic["high"])
    assert ends == pytest.approx((2109.5, 1.4 * 2109.5, 2.5 * 2109.5), abs=0.5)


def test_departures_count_each_trip_once_and_only_those_that_can_be_boarded(toml: Path) -> None:
    run = ranked(toml)
    # S1: 24 departures of route 1; the 12 trips of route 2 end there and nobody boards them
    assert run.sites.set_index("site_id").at["east-side", "nearest_stop_departures_per_hour"] == 2.0
    # from (500, 500): S2 on the spot, where the 12 trips of route 2 go on, and S1 at 700 m with the 24 of route 1
    assert measured(run, "mid", "trips_per_hour_within_800m")["value"] == 3.0
    # S3 at 100 m; S2 is 800 m away along the streets and the same 12 trips call there: counted once
    assert measured(run, "north", "trips_per_hour_within_800m")["value"] == 1.0
    assert measured(run, "far", "trips_per_hour_within_800m")["value"] == 0.0


def test_a_share_is_of_the_outline_where_there_is_one(toml: Path) -> None:
    # the outline runs from 70 to 130 m east, the fault zone ends at 115 m: 45 of 60
    fault = measured(ranked(toml), "east-side", "fault_zone_share")
    assert fault["value"] == 0.75
    assert fault["method"] == "share of the parcel's outline"
    assert measured(ranked(toml), "north", "fault_zone_share")["value"] == 0.0


def test_private_land_is_excluded_with_its_reason_and_is_measured_all_the_same(toml: Path) -> None:
    run = ranked(toml)
    table = run.sites.set_index("site_id")
    assert sorted(table.loc[["north", "east-side"], "rank"]) == [1, 2]
    assert table.at["far", "rank"] == 3
    assert pd.isna(table.at["mid", "rank"])
    assert table.at["mid", "excluded_because"] == "Public land: owner is private"
    assert table.at["mid", "nearest_stop_m"] == 0.0


def test_what_no_layer_tells_is_said_once_and_keeps_every_score_a_range(toml: Path) -> None:
    run = ranked(toml)
    unknown = {u["measure"]: u["because"] for u in run.manifest["unknown_everywhere"]}
    assert unknown["flood_share"] == "no layer of flood is at hand"
    assert unknown["nearest_rail_m"] == "no feed at hand runs trains on the analysis day"
    assert (run.sites["score_low"] < run.sites["score_high"]).all()
    assert run.sites["flood_share"].isna().all()
    assert (run.sites["flood_share_method"] == "unknown").all()


def test_a_day_outside_the_calendar_stops_with_the_feed_its_last_day_and_the_share_that_runs(toml: Path) -> None:
    toml.write_text(toml.read_text().replace("day = 2026-03-03", "day = 2027-03-02"))
    with pytest.raises(FeedExpired, match=r"town-bus.*2026-12-31.*0 of (its )?36"):
        ranked(toml)


def test_two_runs_on_the_same_files_are_equal_byte_for_byte(toml: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        out = tmp_path / name
        with report.folder(out) as beside:
            report.write(ranked(toml), beside)
        contents.append({p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()})
    assert contents[0].keys() == contents[1].keys()
    assert {"sites.csv", "sites.geojson", "sites.gpkg", "sites.parquet", "reasons.csv", "manifest.json"} <= contents[
        0
    ].keys()
    assert [k for k in contents[0] if contents[0][k] != contents[1][k]] == []


def test_every_file_holds_the_same_numbers(toml: Path, tmp_path: Path) -> None:
    with report.folder(tmp_path / "out") as beside:
        report.write(ranked(toml), beside)
    out = tmp_path / "out"
    tables = [
        pd.read_csv(out / "sites.csv"),
        pd.DataFrame(json.loads((out / "sites.geojson").read_text())["features"]).pipe(
            lambda f: pd.json_normalize(f["properties"])
        ),
        pyogrio.read_dataframe(out / "sites.gpkg", read_geometry=False),
        gpd.read_parquet(out / "sites.parquet"),
    ]
    for column in ("site_id", "rank", "score_low", "score_high", "coverage", "nearest_clinic_m", "fault_zone_share"):
        first = pd.Series(tables[0][column])
        for other in tables[1:]:
            if column == "site_id":
                assert other[column].tolist() == first.tolist()
            else:
                assert other[column].astype(float).tolist() == pytest.approx(first.astype(float).tolist(), nan_ok=True)
    ends = ["low", "likely", "high"]
    points = pd.read_csv(out / "reasons.csv").groupby("site_id")[[f"points_{e}" for e in ends]].sum()
    scores = tables[0].set_index("site_id")
    for end in ends:
        assert points[f"points_{end}"].to_dict() == pytest.approx(scores[f"score_{end}"].to_dict(), abs=1e-4)


def test_the_manifest_says_what_was_read_and_every_row_is_accounted_for(toml: Path) -> None:
    manifest = ranked(toml).manifest
    assert {i["path"] for i in manifest["inputs"]} >= {"sites.csv", "streets.osm", "bus/stop_times.txt"}
    assert all(len(i["sha256"]) == 64 and i["source"] and i["licence"] for i in manifest["inputs"])
    assert all(a["read"] == a["kept"] + a["repaired"] + a["rejected"] for a in manifest["layers"])
    feed = manifest["feeds"][0]
    assert (feed["name"], feed["trips_running"], feed["trips_total"]) == ("town-bus", 36, 36)
    assert (feed["first_day"], feed["last_day"]) == ("2026-01-01", "2026-12-31")


def test_a_cell_that_a_spreadsheet_would_run_is_written_as_text(toml: Path, tmp_path: Path) -> None:
    sites = toml.parent / "town" / "sites.csv"
    sites.write_text(sites.read_text().replace("north,", "=HYPERLINK(1),"))
    with report.folder(tmp_path / "out") as beside:
        report.write(ranked(toml), beside)
    assert "'=HYPERLINK(1)" in pd.read_csv(tmp_path / "out" / "sites.csv")["site_id"].tolist()


def test_a_failed_write_leaves_the_run_before_it_whole(toml: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with report.folder(out) as beside:
        report.write(ranked(toml), beside)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}

    def half_way() -> None:
        with report.folder(out) as beside:
            (beside / "sites.csv").write_text("half")
            raise SiteSelectError("the disk is full")

    with pytest.raises(SiteSelectError):
        half_way()
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def with_policy(toml: Path, *change: str) -> Path:
    """The town with a policy of its own, changed."""
    text = policy.path_of("housing-near-transit-and-services", toml.parent).read_text().replace(*change)
    (toml.parent / "own.toml").write_text(text)
    toml.write_text(toml.read_text().replace('"housing-near-transit-and-services"', '"own.toml"'))
    return toml


@pytest.mark.parametrize(
    ("said", "meant"),
    [("nearest_grocery_m", "nearest_gorcery_m"), ("trips_per_hour_within_800m", "trips_per_hour_within_400m")],
)
def test_a_measure_that_nothing_gives_is_a_typing_slip_and_not_an_unknown(toml: Path, said: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"{meant}.*did you mean '{said}'"):
        ranked(with_policy(toml, said, meant))


def test_a_gate_on_a_column_that_no_site_has_is_refused(toml: Path) -> None:
    with pytest.raises(ConfigError, match=r"'statuz'.*did you mean 'status'"):
        ranked(with_policy(toml, 'field = "status"', 'field = "statuz"'))


def test_the_share_of_the_weights_that_is_a_straight_line_stands_in_the_table(toml: Path) -> None:
    share = ranked(toml).sites.set_index("site_id")["straight_line_share"]
    assert share["far"] == 0.38  # stop 15, departures 15, clinic 8
    assert share["north"] == 0.0


def test_a_large_site_known_by_a_point_alone_is_wider_than_its_point(toml: Path) -> None:
    sites = toml.parent / "town" / "sites.csv"
    sites.write_text(sites.read_text().replace("City,1.0", "City,60"))  # a circle of 278 m radius
    stop, fault = (measured(ranked(toml), "north", m) for m in ("nearest_stop_m", "fault_zone_share"))
    assert stop["value"] == pytest.approx(100, abs=0.2)
    assert (stop["low"], stop["high"]) == pytest.approx((0, 100 + 2.5 * 278), abs=1)
    assert (fault["low"], fault["high"]) == (0, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('crs = "EPSG:26910"', 'crs = "EPSG:2226"'), "EPSG:2226"),
        (('crs = "EPSG:26910"', 'crs = "EPSG:4326"'), "EPSG:4326"),
        (('path = "clinics.csv"', 'path = "clinic.csv"'), "clinic.csv"),
        (('path = "clinics.csv"', 'path = "../../etc/passwd"'), "inside the data folder"),
        (('from = "07:00"', 'from = "20:00"'), "not before"),
        (('policy = "housing-near-transit-and-services"', 'policy = "none.toml"'), "none.toml"),
        (("day = 2026-03-03", 'day = "soon"'), "day"),
        (('category = "clinic"', 'categry = "clinic"'), "categry"),
        (("[boundary]", "[bondary]"), "bondary: there is no such key"),
        (('to = "19:00"', 'to = "25:99"'), "hours.to"),
    ],
)
def test_a_wrong_place_file_ends_in_one_sentence_that_names_the_fault(
    toml: Path, change: tuple[str, str], words: str
) -> None:
    toml.write_text(toml.read_text().replace(*change))
    with pytest.raises(ConfigError, match=words.replace(".", r"\.")) as refusal:
        ranked(toml)
    assert "\n" not in str(refusal.value)


def test_a_missing_folder_is_named(toml: Path) -> None:
    shutil.rmtree(toml.parent / "town")
    with pytest.raises(ConfigError, match="data folder"):
        ranked(toml)
