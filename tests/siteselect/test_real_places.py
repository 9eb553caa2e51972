"""Sonoma County and Porto Alegre on their real files, where those are at hand."""

import datetime as dt
from pathlib import Path

import pytest

from siteselect import pipeline, place
from siteselect.errors import FeedExpired
from siteselect.report import Run

PLACES = Path(__file__).resolve().parents[2] / "places"


@pytest.fixture(scope="module")
def sonoma(real_data: Path) -> Run:
    return pipeline.run(place.read(PLACES / "sonoma.toml", real_data))


@pytest.fixture(scope="module")
def porto_alegre(real_data: Path) -> Run:
    return pipeline.run(place.read(PLACES / "porto-alegre.toml", real_data))


def test_all_955_sites_are_accounted_for_and_the_wrong_coordinate_system_is_named(sonoma: Run) -> None:
    account = next(a for a in sonoma.manifest["layers"] if a["name"] == "housing element sites")
    assert account["read"] == account["kept"] + account["repaired"] + account["rejected"] == 955
    told = [n for n in account["notes"] if "declares OGC:CRS84" in n and "as EPSG:3857" in n]
    assert len(told) == 9  # one a file
    assert len(sonoma.sites) == 955 - account["rejected"]
    assert any("787 of 955 sites have a parcel" in n for n in account["notes"])


def test_the_one_county_site_and_the_19_public_ones_are_ranked_and_each_measure_has_its_method_and_source(
    sonoma: Run,
) -> None:
    ranked = sonoma.sites[sonoma.sites["rank"].notna()]
    assert len(ranked) == 19
    assert ranked["owner"].value_counts().to_dict() == {"city": 12, "state": 5, "other-public": 1, "county": 1}
    assert ranked.loc[ranked["owner"] == "county", "site_id"].tolist() == ["084020004"]
    assert (
        sonoma.sites.loc[sonoma.sites["rank"].isna(), "excluded_because"]
        .str.startswith("Public land: owner is private")
        .all()
    )
    reasons = sonoma.reasons[sonoma.reasons["site_id"].isin(ranked["site_id"])]
    known = reasons[reasons["known"]]
    assert known[["method", "source", "as_of"]].notna().all(axis=None)
    assert reasons.loc[~reasons["known"], "unknown_because"].notna().all()


@pytest.mark.parametrize(
    ("day", "trips"),
    [
        ("2018-02-06", [313, 383, 220, 34, 573]),
        ("2018-01-06", [105, 180, 94, 10, 173]),
        ("2018-01-07", [58, 99, 63, 10, 188]),
    ],
)
def test_the_trips_that_run_are_those_of_the_day(real_data: Path, day: str, trips: list[int]) -> None:
    located = place.read(PLACES / "sonoma.toml", real_data)
    _, feeds, _ = pipeline.read_timetable(located, dt.date.fromisoformat(day))
    assert [feed["trips_running"] for feed in feeds] == trips


def test_a_day_after_two_feeds_have_ended_names_both_and_ranks_nothing(real_data: Path) -> None:
    with pytest.raises(FeedExpired, match=r"sonoma-county-transit.*2018-06-16.*golden-gate-transit.*2018-03-10"):
        pipeline.run(place.read(PLACES / "sonoma.toml", real_data), dt.date(2018, 6, 20))


def test_downtown_is_walked_and_the_rest_of_the_county_is_a_straight_line(sonoma: Run) -> None:
    methods = sonoma.sites.set_index("site_id")["nearest_stop_m_method"]
    assert methods["010033011"].startswith("walk along drive streets")  # 429 7th Street, Santa Rosa
    assert methods["084020004"].startswith("straight line, not a walk")  # Forestville


def test_porto_alegre_is_another_country_and_the_same_program(porto_alegre: Run) -> None:
    sites = porto_alegre.sites
    assert len(sites) == 1227
    assert sites["rank"].notna().all()
    assert sites["conditions"].str.contains("Public land: not known").all()
    walked = sites["nearest_stop_m_method"].str.startswith("walk along streets and footways")
    assert walked.mean() > 0.9
    assert sites["slope_percent"].notna().mean() > 0.9
    assert sites["people_within_800m"].max() > 5000
    assert [f["trips_running"] for f in porto_alegre.manifest["feeds"]] == [2374, 529]
