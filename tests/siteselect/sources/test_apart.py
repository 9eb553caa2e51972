"""Fetching from wherever it is called: with a loop running in the caller's thread, interrupted, without a resolver."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from siteselect.sources.apart import apart
from tests.publishers import Page, Publisher
from tests.siteselect.sources import made

ROOT = Path(__file__).resolve().parents[3]


def test_a_fetch_works_while_a_loop_runs_in_the_calling_thread(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))

    async def notebook() -> str:
        return made.one(tmp_path, made.source(hall.at("/t.csv"))).state

    # the loop of a test session's browser may be running in this thread already
    found: list[str] = []
    other = threading.Thread(target=lambda: found.append(asyncio.run(notebook())))
    other.start()
    other.join()
    assert found == ["fetched"]


def test_the_callers_own_loop_is_left_as_it_was(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))

    async def server() -> bool:
        mine = asyncio.get_running_loop()
        made.one(tmp_path, made.source(hall.at("/t.csv")))
        await asyncio.sleep(0)
        return asyncio.get_running_loop() is mine and not mine.is_closed()

    assert apart(server())


def test_what_goes_wrong_inside_is_raised_to_the_caller() -> None:
    async def wrong() -> None:
        raise LookupError("this one")

    with pytest.raises(LookupError, match="this one"):
        apart(wrong())


def test_an_interrupted_fetch_ends_at_once_and_leaves_no_file(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(9000), drip_s=0.05)
    place = made.place(tmp_path, hall, made.listed(hall.at("/t.csv")))
    command = [sys.executable, "-m", "siteselect", "fetch", str(place)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        until = time.monotonic() + 20
        while not hall.asked and time.monotonic() < until:
            time.sleep(0.05)
        before = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
    assert time.monotonic() - before < 5
    assert running.returncode == 130
    assert "Traceback" not in said
    assert not (tmp_path / "data" / "thing.csv").exists()


SILENT_RESOLVER = """
import socket, sys, threading, time
from pathlib import Path
from tests.siteselect.sources import made
socket.getaddrinfo = lambda *_, **__: threading.Event().wait(60)
before = time.monotonic()
outcome = made.one(Path(sys.argv[1]), made.source("https://publisher.example/x"), patience_s=1)
print(outcome.state, outcome.words, round(time.monotonic() - before))
"""


def test_a_resolver_that_says_nothing_is_given_up_on(tmp_path: Path) -> None:
    before = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", SILENT_RESOLVER, str(tmp_path)], capture_output=True, text=True, timeout=50, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert time.monotonic() - before < 10
    assert "failed" in done.stdout, done.stderr
    assert "no answer within 1 s" in done.stdout
