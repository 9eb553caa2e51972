"""What the routes are handed: the run, the store, the clock, the words."""

import datetime as dt
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from sqlalchemy import Engine

from api.errors import SitesMissing
from api.settings import Settings
from maps import ranked
from maps import run as runs
from maps import words as languages
from maps.weights import Weighed, weighed
from maps.words import Words
from resources import store
from siteselect.errors import FileRefused

MAKE_RUN = "siteselect rank places/demo.toml --out data/processed/demo"


class House:
    """What a running server holds: its settings, the run as last read, and the store's engine.

    The run is read when it is first asked for, and again when its manifest has changed.  Nothing is opened before.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._run: tuple[Path, int, runs.Run] | None = None
        self._listed: dict[str, list[ranked.Site]] = {}
        self._engine: Engine | None = None

    def folder(self) -> Path:
        """The run's folder; SitesMissing says how to make one."""
        data = self.settings.data
        if (data / "manifest.json").is_file():
            return data
        inside = sorted(p.parent for p in data.glob("*/manifest.json")) if data.is_dir() else []
        if len(inside) == 1:
            return inside[0]
        if inside:
            raise SitesMissing(f"{data}: holds {len(inside)} runs; name one of them with --data.")
        raise SitesMissing(f"{data}: holds no ranked run; `{MAKE_RUN}` makes one.")

    def run(self) -> runs.Run:
        """The ranked run; SitesMissing or FileRefused when there is none that can be read."""
        folder = self.folder()
        stamp = (folder / "manifest.json").stat().st_mtime_ns
        with self._lock:
            if self._run is None or self._run[:2] != (folder, stamp):
                self._run = (folder, stamp, runs.read(folder))
                self._listed = {}
            return self._run[2]

    def weighed(self, changes: Sequence[str]) -> Weighed:
        """The ranked run by the weights that a question asks for; ConfigError for what cannot be meant."""
        return weighed(self.run(), changes)

    def sites(self, words: Words, asked: Weighed | None = None) -> list[ranked.Site]:
        """The run's sites in words, ranked first; written once for each language and run, or for changed weights."""
        if asked is not None and asked.changed:
            return ranked.listed(asked.run, words)
        run = self.run()
        held = self._listed
        if words.lang not in held:
            held[words.lang] = ranked.listed(run, words)
        return held[words.lang]

    def background(self) -> list[dict[str, Any]]:
        """The outlines behind a map; none when there is no run: finding a bed does not need one."""
        try:
            return self.run().background
        except (SitesMissing, FileRefused):
            return []

    def engine(self) -> Engine:
        """The housing store's engine; StoreRefused when its URL cannot be meant."""
        with self._lock:
            if self._engine is None:
                self._engine = store.open_store(self.settings.store or self._beside())
            return self._engine

    def now(self) -> dt.datetime:
        """The instant that questions are asked at: the fixed one, else this one."""
        return self.settings.as_of or dt.datetime.now(dt.UTC)

    def close(self) -> None:
        """Let the store's connections go."""
        if self._engine is not None:
            self._engine.dispose()

    def _beside(self) -> str:
        try:
            folder = self.folder()
        except SitesMissing:
            folder = self.settings.data
        return f"sqlite:///{folder / 'resources.sqlite'}"


def house(request: Request) -> House:
    """The house that the app was made with."""
    held: House = request.app.state.house
    return held


def words(request: Request) -> Words:
    """The words of the language that the path asks for."""
    return languages.of(language(request.url.path))


def language(path: str) -> str:
    """`es` for a path under /es, else `en`."""
    return "es" if path == "/es" or path.startswith("/es/") else "en"


def changes(
    weight: Annotated[
        list[Annotated[str, Query(max_length=60)]],
        Query(max_length=20, description="change a weight: grocery:20, or services:x2 for a group"),
    ] = [],  # noqa: B006 - FastAPI copies it
) -> tuple[str, ...]:
    """The changes of weights that a question asks for; a group left as it is changes nothing."""
    return tuple(w for w in weight if not w.endswith((":x1", "=x1")))


TheHouse = Annotated[House, Depends(house)]
TheWords = Annotated[Words, Depends(words)]
Changes = Annotated[tuple[str, ...], Depends(changes)]
