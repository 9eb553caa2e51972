"""The demonstration, from its own files to the pages: a planner's numbers, a developer's phone, a page in Spanish."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from maps import figures, words
from resources import load, store
from tests.journeys import madeup
from tests.journeys.conftest import Visit, running
from tests.journeys.test_everyone import problems

ROOT = Path(__file__).parents[2]
PACK = ROOT / "data" / "raw" / "demo"
EN = words.of("en")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The demonstration as its script makes it: ranked, loaded, and the clock at the night of the count."""
    out = tmp_path_factory.mktemp("demo") / "run"
    command = [sys.executable, "-m", "siteselect", "rank", "places/demo.toml", "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    url = f"sqlite:///{out / 'resources.sqlite'}"
    engine = store.open_store(url)
    tables = ("housing_inventory_2024.csv", "gazetteer.csv", "addresses.csv", "offices.csv")
    load.files(engine, [PACK / name for name in tables])
    engine.dispose()
    return Settings(data=out, store=url, as_of=madeup.NIGHT)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def client(demo: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo)) as client:
        yield client


@pytest.fixture(scope="module")
def site(demo: Settings) -> Iterator[str]:
    with running(demo) as url:
        yield url


def test_the_planners_number_is_the_same_in_the_file_the_map_the_page_and_the_api(
    demo: Settings, client: TestClient
) -> None:
    best = pd.read_csv(demo.data / "sites.csv").iloc[0]
    told = [figures.score(best["score_likely"], EN), figures.distance(best["nearest_grocery_m"], EN)]
    api = client.get(f"/api/sites/{best['site_id']}").json()
    for column in ("score_low", "score_likely", "score_high", "nearest_grocery_m"):
        assert api[column] == best[column]
    for page in (client.get(f"/sites/{best['site_id']}").text, (demo.data / "map.html").read_text()):
        assert [words for words in told if words not in page] == []


def test_the_planner_sees_that_the_demonstration_is_a_sketch_before_any_number(client: TestClient) -> None:
    html = client.get("/sites").text
    assert html.index("This ranking is a sketch.") < html.index('class="figure"')


def test_the_developer_opens_the_map_on_a_phone_from_a_file(demo: Settings, visit: Callable[..., Visit]) -> None:
    v = visit(360, has_touch=True, is_mobile=True)
    v.go((demo.data / "map.html").as_uri())
    v.page.locator("button[data-show]").first.tap()
    assert "Rank 1, score" in v.page.locator(".leaflet-popup").inner_text()
    v.page.wait_for_timeout(500)  # the map slides to make room for the popup
    v.page.locator(".leaflet-popup a", has_text="Back to the list").first.tap()
    assert v.page.evaluate("document.activeElement.className") == "site"
    assert v.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_files_of_the_demonstration_are_light(demo: Settings) -> None:
    for name in ("map.html", "map.es.html"):
        assert (demo.data / name).stat().st_size < 1_000_000


def test_in_spanish_every_sentence_of_ours_is_spanish(demo: Settings, client: TestClient) -> None:
    pages = [
        client.get(f"/es{path}").text for path in ("/sites", "/map", "/beds?kind=any&per_page=100", "/beds?kind=closed")
    ]
    pages += [client.get(f"/es/sites/{s}").text for s in set(re.findall(r'"/es/sites/([\w-]+)"', pages[0]))]
    pages += [client.get(f"/es/beds/{b}").text for b in set(re.findall(r'"/es/beds/([\w-]+)"', pages[2]))]
    pages += [(demo.data / "map.es.html").read_text()]
    assert len(pages) > 100
    left = {english for page in pages for english in re.findall(r'<span lang="en">(.*?)</span>', page, re.DOTALL)}
    assert left == set()


def test_in_spanish_every_reason_is_spanish_on_another_day_too(demo: Settings) -> None:
    with TestClient(create_app(demo.model_copy(update={"as_of": None}))) as today:
        page = today.get("/es/beds?kind=any&per_page=100").text
    assert "Último conteo: 26 de enero de 2024" in page
    assert '<span lang="en">' not in page
    assert "state-open" not in page  # an old count frees no bed


@pytest.mark.parametrize("lang", ["", "/es"])
def test_the_pages_of_the_demonstration_break_no_accessibility_rule(
    site: str, visit: Callable[..., Visit], lang: str
) -> None:
    v = visit()
    for path in ("/", "/beds?near=Santa+Rosa", "/sites", "/sites/county-admin-center", "/map"):
        v.go(f"{site}{lang}{path}")
        assert problems(v.page) == [], path
    assert v.complaints == []


def test_a_first_search_is_under_150_kb_and_quick(client: TestClient) -> None:
    answer = client.get("/beds?near=Santa+Rosa")
    assert len(answer.content) < 150_000
    assert answer.elapsed.total_seconds() < 1
