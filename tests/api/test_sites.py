"""The ranked sites over HTTP are the rows of the run's own files."""

import json
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.settings import Settings

FRAME = {"total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty", "contents"}


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_page_object_is_that_of_hsds(client: TestClient) -> None:
    page = get(client, "/api/sites?per_page=10&page=2")
    assert set(page) == FRAME | {"run"}
    assert (page["total_items"], page["total_pages"], page["page_number"], page["size"]) == (15, 2, 2, 5)
    assert (page["first_page"], page["last_page"], page["empty"]) == (False, True, False)


def test_no_answer_hides_that_the_ranking_is_a_sketch(client: TestClient) -> None:
    for path in ("/api/sites", "/api/sites?format=geojson", "/api/sites/made-001"):
        assert get(client, path)["run"]["sketch"] == "The walks are straight lines."


def test_every_number_is_the_files_number(client: TestClient, county: Settings) -> None:
    rows = pd.read_csv(county.data / "sites.csv").set_index("site_id")
    for site in get(client, "/api/sites?per_page=1000")["contents"]:
        for column in (
            "rank",
            "score_low",
            "score_likely",
            "score_high",
            "coverage",
            "nearest_stop_m",
            "area_m2",
            "lon",
            "lat",
        ):
            filed = rows.at[site["site_id"], column]
            assert site[column] == (None if pd.isna(filed) else filed)


def test_the_page_shows_the_number_that_the_api_gives(client: TestClient) -> None:
    site = get(client, "/api/sites/made-001")
    html = client.get("/sites/made-001").text
    assert f">{site['score_likely']:.3f}<" in html
    assert f"between {site['score_low']:.3f} and {site['score_high']:.3f}" in html
    stop = next(r for r in site["reasons"] if r["criterion"] == "stop")
    assert f"({stop['value']:.0f} m)" in html


def test_the_list_says_walk_or_straight_line_and_the_homes(client: TestClient) -> None:
    html = client.get("/sites").text
    assert "0.13 mi (210 m), straight line" in html
    assert "4.5 departures an hour, counted by straight line" in html
    assert html.count("60\u00a0% of the weight is a straight line, not a walk") == 12
    assert html.count('data-label="Homes" class="num">not known<') == 1
    assert "60\u00a0% of the weight is a straight line, not a walk" in client.get("/sites/made-001").text


def test_ranked_and_excluded_sites_can_be_asked_for_apart(client: TestClient) -> None:
    ranked = get(client, "/api/sites?ranked=true")["contents"]
    excluded = get(client, "/api/sites?ranked=false")["contents"]
    assert [s["rank"] for s in ranked] == list(range(1, 13))
    assert {s["rank"] for s in excluded} == {None}
    assert all(s["excluded_because"] for s in excluded)


def test_the_sites_of_one_owner_can_be_asked_for(client: TestClient) -> None:
    assert {s["owner"] for s in get(client, "/api/sites?owner=county")["contents"]} == {"county"}


def test_geojson_has_the_same_sites_with_their_outlines(client: TestClient) -> None:
    answer = client.get("/api/sites?format=geojson&ranked=true")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert [f["id"] for f in features] == [s["site_id"] for s in get(client, "/api/sites?ranked=true")["contents"]]
    assert features[0]["geometry"]["type"] == "Polygon"


def test_a_site_has_its_reasons_with_method_source_and_date_and_the_unknown_is_null(client: TestClient) -> None:
    site = get(client, "/api/sites/made-001")
    reasons = {r["criterion"]: r for r in site["reasons"]}
    assert reasons["stop"]["method"] == "straight line, not a walk"
    assert reasons["stop"]["source"] == "Made-up transit, 2018"
    assert reasons["grocery"]["value"] is None
    assert reasons["grocery"]["known"] is False
    assert site["layers"][0]["name"] == "sites"


def test_no_answer_holds_a_nan(client: TestClient) -> None:
    for path in ("/api/sites?per_page=1000", "/api/sites/made-001", "/api/sites?format=geojson"):
        json.loads(client.get(path).text, parse_constant=lambda name: pytest.fail(f"{name} in an answer"))


@pytest.mark.parametrize("path", ["/api/sites/made-999", "/api/sites?page=99", "/api/sites/..%2fmanifest.json"])
def test_what_is_not_there_is_404_as_a_problem(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


@pytest.mark.parametrize(
    "query", ["per_page=1001", "per_page=0", "page=0", "page=x", "ranked=maybe", "owner=me", "format=xml", "colour=red"]
)
def test_a_parameter_that_cannot_be_meant_is_400_and_named(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/sites?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["detail"]
