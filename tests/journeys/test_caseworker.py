"""Someone stands at the desk at 17:10: which bed, how far, and is it free."""

from collections.abc import Callable

import pytest

from tests.journeys import madeup
from tests.journeys.conftest import Visit


def test_a_bed_is_found_with_the_keyboard_alone_in_twelve_key_presses(served: str, visit: Callable[..., Visit]) -> None:
    page = visit().page
    page.goto(f"{served}/beds")
    presses = 0
    for _ in range(12):
        page.keyboard.press("Tab")
        presses += 1
        if page.evaluate("document.activeElement.id") == "near":
            break
    page.keyboard.insert_text("Smalltown")  # typing an address is not counted: any search needs it
    page.keyboard.press("Enter")
    presses += 1
    page.wait_for_url("**near=Smalltown**")
    assert presses <= 12
    assert "Main Street Shelter" in page.locator(".places").inner_text()


def test_the_skip_link_leads_past_the_heading_to_the_content(served: str, visit: Callable[..., Visit]) -> None:
    page = visit().page
    page.goto(f"{served}/beds")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_search_needs_no_script(served: str, visit: Callable[..., Visit]) -> None:
    page = visit(java_script_enabled=False).page
    page.goto(f"{served}/beds")
    page.fill("#near", "Smalltown")
    page.click("text=Search")
    assert page.locator(".place").count() == 5
    assert page.locator("text=The map needs JavaScript").count() == 1
    assert page.locator("button[data-show]:visible").count() == 0  # a button that does nothing is not shown


def test_the_free_bed_says_when_it_was_counted_and_the_old_count_is_unknown(
    served: str, visit: Callable[..., Visit]
) -> None:
    page = visit().page
    page.goto(f"{served}/beds?kind=bed")
    free = page.locator(".place", has_text="Main Street Shelter").inner_text()
    assert "6 beds free" in free
    assert "10 beds, 4 people: counted on the night of 26 January 2024" in free
    unknown = page.locator(".place", has_text="Uncounted Inn").inner_text()
    assert "Not known whether a bed is free" in unknown
    assert "2-1-1" in unknown


def test_a_voucher_is_not_listed_as_a_bed_and_has_no_mark(served: str, visit: Callable[..., Visit]) -> None:
    v = visit()
    v.go(f"{served}/beds?kind=any")
    page = v.page
    assert page.locator(".place", has_text="Rent Help").locator("button[data-show]").count() == 0
    page.goto(f"{served}/beds")
    assert "Rent Help" not in page.locator("main").inner_text()


def test_showing_a_place_on_the_map_moves_there_and_names_it(served: str, visit: Callable[..., Visit]) -> None:
    v = visit()
    v.go(f"{served}/beds")
    v.page.locator(".place", has_text="Main Street Shelter").locator("button[data-show]").click()
    assert "Main Street Shelter" in v.page.locator(".leaflet-popup").inner_text()
    assert "folium-map" in v.page.evaluate("document.activeElement.className")


def test_switching_the_language_keeps_the_question(served: str, visit: Callable[..., Visit]) -> None:
    page = visit().page
    page.goto(f"{served}/beds?near=Smalltown&household=adults")
    page.click("text=Español")
    assert page.url.endswith("/es/beds?near=Smalltown&household=adults")
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.input_value("#near") == "Smalltown"
    assert "camas libres" in page.locator(".places").inner_text()


def test_the_confidential_place_tells_no_way_to_it_on_any_page(served: str, visit: Callable[..., Visit]) -> None:
    page = visit().page
    page.goto(f"{served}/beds?near=Smalltown&kind=any")
    entry = page.locator(".place", has_text=madeup.SECRET)
    assert "The address is confidential" in entry.inner_text()
    assert " mi " not in entry.inner_text()
    assert madeup.SECRET not in page.locator("#map-data").inner_text()


@pytest.mark.parametrize("lang", ["", "/es"])
def test_the_clock_that_was_set_is_said_on_every_page(served: str, visit: Callable[..., Visit], lang: str) -> None:
    page = visit().page
    for path in ("/", "/beds", "/sites", "/map"):
        page.goto(f"{served}{lang}{path}")
        assert "17:10 PST" in page.locator(".clock").inner_text()
