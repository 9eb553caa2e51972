"""Places to sleep over HTTP: what may be shown, never more."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.journeys import madeup


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def named(page: Any, name: str) -> Any:
    return next(r for r in page["contents"] if r["name"] == name)


def test_the_nearest_shelter_stands_first_with_its_distance_and_method(client: TestClient) -> None:
    page = get(client, "/api/resources?near=-122.72,38.44&kind=bed")
    first = page["contents"][0]
    assert first["name"] == "Main Street Shelter"
    assert first["distance_m"] == pytest.approx(0, abs=1)
    assert first["distance_method"].startswith("straight line")
    assert page["counts"] == {"open": 2, "full": 1, "unknown": 2}


def test_a_town_may_be_named_instead_of_a_point(client: TestClient) -> None:
    page = get(client, "/api/resources?near=Smalltown")
    assert page["origin"]["precision"] == "place"


def test_a_count_is_good_for_its_night_only(client: TestClient, county: Settings) -> None:
    assert named(get(client, "/api/resources"), "Main Street Shelter")["availability"]["free"] == 6
    later = county.model_copy(update={"as_of": None})
    with TestClient(create_app(later)) as now:
        availability = named(get(now, "/api/resources"), "Main Street Shelter")["availability"]
    assert (availability["state"], availability["free"]) == ("unknown", None)


@pytest.mark.parametrize("query", ["", "?near=-122.72,38.44", "?near=Smalltown&within_km=50", "?text=casa"])
def test_a_confidential_place_has_no_place_in_any_answer(client: TestClient, query: str) -> None:
    secret = named(get(client, f"/api/resources{query}"), madeup.SECRET)
    for field in ("address", "city", "zip", "lon", "lat", "distance_m", "distance_method", "distance_margin_m"):
        assert secret[field] is None, field
    assert secret["precision"] == "none"
    one = get(client, f"/api/resources/{secret['id']}")
    assert (one["lon"], one["lat"], one["address"]) == (None, None, None)


def test_where_you_ask_from_changes_nothing_of_a_confidential_place(client: TestClient) -> None:
    answers = [
        named(get(client, f"/api/resources?near={lon},38.4&within_km={km}"), madeup.SECRET)
        for lon in (-123.0, -122.72, -122.4)
        for km in (1, 20, 50)
    ]
    assert all(answer == answers[0] for answer in answers)


def test_every_filter_narrows(client: TestClient) -> None:
    everything = get(client, "/api/resources")["total_items"]
    for query in ("type=ES", "kind=voucher", "open_only=true", "text=main", "near=-122.72,38.44&within_km=1"):
        assert get(client, f"/api/resources?{query}")["total_items"] < everything, query


def test_a_page_of_results_goes_on_where_the_last_one_ended(client: TestClient) -> None:
    whole = [r["id"] for r in get(client, "/api/resources")["contents"]]
    pages = [get(client, f"/api/resources?per_page=3&page={n}")["contents"] for n in (1, 2, 3)]
    assert [r["id"] for page in pages for r in page] == whole


@pytest.mark.parametrize(
    "query",
    ["within_km=51&near=Smalltown", "within_km=-1&near=Smalltown", "within_km=nan&near=Smalltown", "within_km=5",
     "type=XX", "per_page=1001", "page=0", "near=" + "x" * 201, "near=-122,138", "name=Jane", "household=dogs"],
)  # fmt: skip
def test_a_question_that_cannot_be_meant_is_400(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/resources?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_that_is_not_found_is_404_and_is_not_repeated(client: TestClient) -> None:
    answer = client.get("/api/resources?near=77 Hidden Client Lane")
    assert answer.status_code == 404
    assert "Hidden" not in answer.text


def test_a_wrong_id_is_404(client: TestClient) -> None:
    assert client.get("/api/resources/nobody").status_code == 404


def test_an_answer_about_people_is_not_kept_by_the_browser(client: TestClient) -> None:
    assert client.get("/api/resources?near=Smalltown").headers["cache-control"] == "no-store"
    assert client.get("/beds?near=Smalltown").headers["cache-control"] == "no-store"


def test_a_population_narrows_and_another_word_is_refused(client: TestClient) -> None:
    found = get(client, "/api/resources?population=domestic-violence")["contents"]
    assert [r["name"] for r in found] == [madeup.SECRET]
    assert client.get("/api/resources?population=cats").status_code == 400


def test_the_page_says_how_many_a_distance_leaves_out_and_links_to_them(client: TestClient) -> None:
    inside = client.get("/beds?near=-122.72,38.44&within_km=2&kind=any&household=adults").text
    assert "not on the map, so" in inside
    assert "?near=-122.72%2C38.44&amp;household=adults&amp;kind=any" in inside


def test_a_distance_without_an_address_is_not_silently_dropped(client: TestClient) -> None:
    assert "A distance needs an address" in client.get("/beds?within_km=2").text
    assert "A distance needs an address" not in client.get("/beds").text


def test_a_page_past_the_last_is_not_there(client: TestClient) -> None:
    assert client.get("/beds?page=999").status_code == 404


@pytest.mark.parametrize("path", ["/beds", "/es/beds", "/api/resources", "/map", "/healthz"])
def test_a_store_that_is_not_there_is_not_named_to_a_visitor(path: str, county: Settings, tmp_path: Path) -> None:
    lost = county.model_copy(update={"store": f"sqlite:///{tmp_path}/who-knows/lost.sqlite"})
    with TestClient(create_app(lost)) as client:
        text = client.get(path).text
    assert "lost.sqlite" not in text
    assert "resources load" in text
