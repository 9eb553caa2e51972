"""The application as a whole: what it promises in headers, what it says when something is missing, what it logs."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.__main__ import Discreet, main
from api.app import create_app
from api.settings import Settings
from tests.journeys import madeup

PAGES = ("/", "/beds", "/sites", "/map")


@pytest.mark.parametrize("path", [*PAGES, "/api/sites", "/api/resources", "/healthz", "/nothing", "/static/map.js"])
def test_every_answer_carries_the_headers_that_keep_it_to_itself(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "geolocation=()" in headers["permissions-policy"]


def test_the_nonce_is_new_for_each_page_and_is_on_every_script_that_runs(client: TestClient) -> None:
    first, second = client.get("/sites"), client.get("/sites")
    nonces = [re.search(r"'nonce-([^']+)'", a.headers["content-security-policy"])[1] for a in (first, second)]  # type: ignore[index]
    assert nonces[0] != nonces[1]
    scripts = re.findall(r"<script(?![^>]*application/json)[^>]*>", first.text)
    assert scripts
    assert all(f'nonce="{nonces[0]}"' in tag for tag in scripts)


def test_no_page_has_a_style_or_a_script_in_an_attribute(client: TestClient) -> None:
    for path in PAGES:
        assert not re.search(r"<[^>]+\s(style|on\w+)=", client.get(path).text), path


@pytest.mark.parametrize("path", ["/static/page.css/../../settings.py", "/static/..%2fpage.py", "/static/folium.js"])
def test_static_files_are_only_those_on_the_list(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_only_questions_are_taken(client: TestClient) -> None:
    for path in ("/beds", "/api/resources", "/api/sites"):
        assert client.post(path, content="x").status_code == 405


def test_an_unknown_parameter_of_a_page_is_refused_too(client: TestClient) -> None:
    answer = client.get("/beds?client=Jane")
    assert answer.status_code == 400
    assert "Jane" not in answer.text


def test_an_empty_form_is_not_an_error(client: TestClient) -> None:
    answer = client.get("/beds?near=&within_km=&household=&kind=bed&type=&text=")
    assert answer.status_code == 200
    assert "Main Street Shelter" in answer.text


def test_a_place_that_is_not_found_is_told_beside_the_form(client: TestClient) -> None:
    answer = client.get("/beds?near=Nowhere")
    assert answer.status_code == 404
    assert "That place was not found" in answer.text
    assert 'id="near"' in answer.text


def test_health_says_what_is_loaded_and_from_when(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body = answer.json()
    assert body["sites"]["ranked"] == 12
    assert body["sites"]["feeds"][0]["last_day"] == "2018-03-10"
    assert body["resources"]["programmes"] == 7
    assert body["resources"]["newest_inventory_age_days"] == 0
    assert body["clock"] == {"now": "2024-01-26T17:10:00-08:00", "fixed": True}


def test_without_a_run_the_beds_are_still_found_and_the_sites_say_the_command(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(data=tmp_path / "none", store=madeup.write_store(tmp_path)))) as client:
        assert client.get("/beds").status_code == 200
        assert client.get("/").status_code == 200
        answer = client.get("/api/sites")
        assert answer.status_code == 503
        assert "siteselect rank places/demo.toml --out data/processed/demo" in answer.json()["detail"]
        assert "siteselect rank" in client.get("/sites").text
        assert client.get("/healthz").status_code == 503


def test_without_a_store_the_sites_are_still_shown_and_the_beds_say_the_command(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(data=madeup.write_run(tmp_path)))) as client:
        assert client.get("/sites").status_code == 200
        assert client.get("/map").status_code == 200
        answer = client.get("/api/resources")
        assert answer.status_code == 503
        assert "resources load" in answer.json()["detail"]
        assert answer.headers["retry-after"]
        assert "resources load" in client.get("/es/beds").text
    assert not (tmp_path / "resources.sqlite").exists()


def test_a_folder_with_exactly_one_run_is_that_run(tmp_path: Path) -> None:
    madeup.write_run(tmp_path / "one")
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        assert client.get("/api/sites").status_code == 200
        madeup.write_run(tmp_path / "two")
        answer = client.get("/api/sites")
    assert answer.status_code == 503
    assert "holds 2 runs; name one of them with --data" in answer.json()["detail"]


def test_a_new_run_is_shown_without_a_restart(tmp_path: Path) -> None:
    madeup.write_run(tmp_path, ranked=3)
    with TestClient(create_app(Settings(data=tmp_path))) as client:
        assert client.get("/api/sites?ranked=true").json()["total_items"] == 3
        madeup.write_run(tmp_path, ranked=4)
        assert client.get("/api/sites?ranked=true").json()["total_items"] == 4
        assert "103 Invented Street" in client.get("/sites").text


def test_no_line_of_the_log_holds_what_was_asked(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for path in (
            "/beds?near=12 Client Street",
            "/api/resources?near=12 Client Street",
            "/api/resources?x=12 Client Street",
        ):
            client.get(path)
        one = client.get("/api/resources").json()["contents"][0]["id"]
        client.get(f"/beds/{one}")
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert any("GET /beds/{id} 200" in line for line in ours)
    assert not any("Client" in line or one in line for line in ours)


def test_a_traceback_in_the_log_does_not_repeat_the_errors_text() -> None:
    asked = "12 Client Street"
    try:
        raise ValueError(asked)
    except ValueError:
        record = logging.LogRecord("api", logging.ERROR, "", 0, "failed", None, sys.exc_info())
    line = Discreet().format(record)
    assert "ValueError" in line
    assert "raise" in line
    assert asked not in line


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--as-of", "2024-01-26T22:00"], "--as-of"),
        (["--port", "high"], "--port"),
        (["--port", "70000"], "--port"),
    ],
)
def test_a_command_that_cannot_be_meant_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith(f"api: {told}: ")
    assert "\n" not in error


def test_the_server_never_loads_the_readers_of_streets_and_rasters() -> None:
    heavy = ("osmnx", "osmium", "rasterio", "siteselect.layers")
    code = f"import sys, api.app; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_description_of_the_api_is_there_and_no_page_of_others_is(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    sites = {"/api/sites", "/api/sites/{site_id}", "/api/sites/{site_id}/why", "/api/stability"}
    assert set(paths) == {"/healthz", *sites, "/api/resources", "/api/resources/{id}"}
    assert client.get("/docs").status_code == 404


def test_every_setting_is_in_the_papers() -> None:
    papers = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"HOMEGROUND_{name.upper()}" in papers, name
