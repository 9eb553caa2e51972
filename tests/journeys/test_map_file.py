"""The file of a ranked run in a browser, opened from a disk: no server, no policy, no network."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maps import sites
from tests.journeys import madeup
from tests.journeys.conftest import Visit
from tests.journeys.test_everyone import HOSTILE, PAYLOADS, problems


def test_the_file_draws_from_a_disk_and_asks_nobody(tmp_path: Path, visit: Callable[..., Visit]) -> None:
    v = visit()
    v.go(_file(tmp_path).as_uri())
    assert v.page.locator(".leaflet-marker-icon").count() == 3
    assert v.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_file_breaks_no_accessibility_rule(
    tmp_path: Path, visit: Callable[..., Visit], lang: str, width: int
) -> None:
    v = visit(width)
    v.go(_file(tmp_path, lang).as_uri())
    v.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert problems(v.page) == []
    assert v.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("text", [*PAYLOADS, HOSTILE])
def test_stored_text_is_never_run_in_a_file_without_a_policy(
    tmp_path: Path, visit: Callable[..., Visit], text: str
) -> None:
    v = visit()
    v.go(_file(tmp_path, text=text).as_uri())
    v.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for button in v.page.locator("button[data-show]").all():
        button.click()
        button.hover()
    assert v.page.locator(".leaflet-popup").count() >= 1  # one that is going may still fade
    assert v.dialogs == []
    assert v.complaints == []


def test_without_script_the_list_stays_and_the_map_says_what_it_needs(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    v = visit(java_script_enabled=False)
    v.go(_file(tmp_path).as_uri())
    assert v.page.locator(".site").count() == 3
    assert v.page.locator("text=The map needs JavaScript").is_visible()


def test_on_paper_there_is_no_map_and_every_measure_is_printed(tmp_path: Path, visit: Callable[..., Visit]) -> None:
    v = visit()
    v.go(_file(tmp_path).as_uri())
    v.page.emulate_media(media="print")
    assert not v.page.locator(".folium-map").is_visible()
    assert v.page.locator(".reasons").first.is_visible()


def test_the_keyboard_walks_past_the_map_without_stopping_at_its_marks(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    v = visit()
    v.go(_file(tmp_path).as_uri())
    stops = v.page.evaluate(
        "[...document.querySelectorAll('.folium-map *')]"
        ".filter(e => e.tabIndex >= 0 && !e.matches('.leaflet-control *')).length"
    )
    assert stops == 0


def test_from_the_map_a_link_leads_back_to_the_entry(tmp_path: Path, visit: Callable[..., Visit]) -> None:
    v = visit(360)
    v.go(_file(tmp_path).as_uri())
    v.page.locator("button[data-show]").nth(1).click()
    v.page.wait_for_timeout(500)  # the map slides until the popup is within its frame
    assert v.page.locator(".leaflet-popup-close-button").bounding_box()["x"] < 330  # within the frame of the map
    v.page.locator(".popup a", has_text="Back to the list").click()
    assert v.page.evaluate("document.activeElement.id") == "s-made-002"
    top = v.page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert 0 <= top < 800


def _file(folder: Path, lang: str = "en", text: str | None = None) -> Path:
    madeup.write_run(folder, text=text)
    path = folder / "map.html"
    path.write_text(sites.page(folder, lang), encoding="utf-8")
    return path
