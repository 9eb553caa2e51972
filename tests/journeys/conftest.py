"""A browser that reports every request that leaves the page's own origin, and servers over made-up data."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from api.app import create_app
from api.settings import Settings
from tests.journeys import madeup

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ("/", "/beds", "/beds?near=Smalltown&within_km=25&kind=any", "/sites", "/sites/made-001", "/map")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; a skip where there is none, but a failure where CI promised one."""
    if not CHROMIUM.exists():
        why = f"no Chromium at {CHROMIUM}: apt-get install chromium, or set CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """One page of the browser, with what it asked of others, what it complained about, and what it ran."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self.home = ""
        self.page.on("request", self._asked)
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dialog)

    def go(self, url: str) -> Any:
        """Open a page and wait until its map, if it has one, is drawn."""
        answer = self.page.goto(url)
        if self.page.locator(".folium-map").count() and self.page.evaluate("typeof homeground !== 'undefined'"):
            self.page.wait_for_selector(".folium-map[data-ready]")
        return answer

    def _asked(self, request: Any) -> None:
        url = urlsplit(request.url)
        self.home = self.home or f"{url.scheme}://{url.netloc}"  # the first thing asked for is the page itself
        if url.scheme != "data" and f"{url.scheme}://{url.netloc}" != self.home:
            self.elsewhere.append(request.url)

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Visit]]:
    """Open a page in a context of its own; every request elsewhere fails the test when it ends."""
    contexts, visits = [], []

    def opened(width: int = 1280, **options: Any) -> Visit:
        contexts.append(chromium.new_context(viewport={"width": width, "height": 800}, **options))
        visits.append(Visit(contexts[-1]))
        return visits[-1]

    yield opened
    for context in contexts:
        context.close()
    assert [url for v in visits for url in v.elsewhere] == []


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server over the made-up county."""
    folder = tmp_path_factory.mktemp("served")
    madeup.write_run(folder)
    with running(Settings(data=folder, store=madeup.write_store(folder), as_of=madeup.NIGHT)) as url:  # type: ignore[arg-type]
        yield url


class running:  # noqa: N801 - used like a function
    """A server in a thread of its own, on a port that was free."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = uvicorn.Config(create_app(settings), port=self.port, access_log=False, log_config=None)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        for _ in range(200):
            if self.server.started:
                return f"http://127.0.0.1:{self.port}"
            time.sleep(0.05)
        raise AssertionError("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
