"""What holds for every page, in both languages, on a phone and on a desk."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from api.settings import Settings
from tests.journeys import madeup
from tests.journeys.conftest import PAGES, Visit, running

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "<svg onload=alert(4)>",
    "`+alert(5)+`",
    "${alert(6)}",
    '"><script>alert(7)</script>',
    "' onmouseover='alert(8)' x='",
    "\\`${alert(9)}\\",
    "<!--<script>alert(10)//",
    "\u2028alert(11)\u2029",
    "{{ 7*7 }}{% raw %}<b onclick=alert(12)>",
    "javascript:alert(13)",
    "<iframe srcdoc='<script>parent.alert(14)</script>'>",
    ']]><math><mi xlink:href="data:x,<script>alert(15)</script>">',
)
HOSTILE = " ".join(PAYLOADS)


def problems(page: object) -> list[str]:
    answer = Axe().run(page, options={"resultTypes": ["violations"], "preload": False})
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in answer.response["violations"]]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("lang", ["", "/es"])
def test_no_page_breaks_an_accessibility_rule(served: str, visit: Callable[..., Visit], lang: str, width: int) -> None:
    v = visit(width)
    found = {}
    first_bed = _first_bed(v, served)
    for path in (*PAGES, first_bed, "/beds?near=Nowhere", "/nothing-here"):
        v.go(f"{served}{lang}{path}")
        if v.page.locator("details").count():
            v.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found[path] = problems(v.page)
    assert {path: broken for path, broken in found.items() if broken} == {}


@pytest.mark.parametrize("lang", ["", "/es"])
def test_no_page_is_wider_than_a_phone(served: str, visit: Callable[..., Visit], lang: str) -> None:
    v = visit(360)
    for path in (*PAGES, _first_bed(v, served)):
        v.go(f"{served}{lang}{path}")
        assert v.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path


def test_no_page_complains_about_its_own_security_policy(served: str, visit: Callable[..., Visit]) -> None:
    v = visit()
    for path in (*PAGES, _first_bed(v, served)):
        v.go(f"{served}{path}")
        if v.page.locator("button[data-show]:visible").count():
            v.page.locator("button[data-show]:visible").first.click()  # a popup sets styles of its own
    assert v.complaints == []


def test_text_that_was_stored_is_never_run(tmp_path: Path, visit: Callable[..., Visit]) -> None:
    madeup.write_run(tmp_path, text=HOSTILE)
    store = madeup.write_store(tmp_path, text=HOSTILE)
    with running(Settings(data=tmp_path, store=store, as_of=madeup.NIGHT)) as url:  # type: ignore[arg-type]
        for allowed in (False, True):  # with the page's policy, and without that second fence
            v = visit(bypass_csp=allowed)
            for lang in ("", "/es"):
                for path in ("/", "/beds?kind=any", "/sites", "/sites/made-001", "/map", _first_bed(v, url)):
                    assert v.go(f"{url}{lang}{path}").status == 200
                    assert "<img src=x onerror=alert(3)>" in v.page.locator("main").inner_text()  # it is there, as text
                    _open_everything(v)
            assert v.dialogs == []
            assert [c for c in v.complaints if "Content Security Policy" in c] == []


def _open_everything(v: Visit) -> None:
    v.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    buttons = v.page.locator("button[data-show]")
    for i in range(min(buttons.count(), 3)):
        if buttons.nth(i).is_visible():
            buttons.nth(i).click()
    v.page.wait_for_timeout(100)


def _first_bed(v: Visit, url: str) -> str:
    v.page.goto(f"{url}/beds")
    return str(v.page.locator(".place h3 a").first.get_attribute("href"))
