"""Both languages say everything, and nothing is said that did not go through the words."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from maps import sites, words
from maps.vocabulary import SENTENCES, recognised
from tests.journeys import madeup
from tests.maps.messages import extracted

BRACES = re.compile(r"\{\w*\}")


def _ids(catalog: object) -> set[object]:
    return {m.id for m in catalog if m.id}  # type: ignore[attr-defined]


def test_the_template_of_messages_is_what_the_code_says() -> None:
    written = words.catalog(words.LOCALES / "messages.pot")
    assert _ids(written) == _ids(extracted()), "run `python -m tests.maps.messages`"


def test_no_message_lacks_its_spanish() -> None:
    spanish = words.catalog(words.LOCALES / "es.po")
    lacking = []
    for message in extracted():
        if not message.id:
            continue
        entry = spanish.get(message.id[0] if isinstance(message.id, tuple) else message.id)
        told = entry.string if entry is not None else ""
        if not all(told if isinstance(told, tuple) else (told,)) or entry.fuzzy:
            lacking.append(message.id)
    assert lacking == []


def test_the_spanish_keeps_every_value_of_its_message() -> None:
    for entry in words.catalog(words.LOCALES / "es.po"):
        if not entry.id:
            continue
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        told = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        for text in told:
            assert set(BRACES.findall(text)) <= {v for i in ids for v in BRACES.findall(i)}, text
            assert set(BRACES.findall(ids[-1])) <= set(BRACES.findall(text)) | {"{n}"}, text


def test_spanish_counts_one_and_many() -> None:
    spanish = words.of("es")
    assert spanish.count("{n} bed free", "{n} beds free", 1) == "1 cama libre"
    assert spanish.count("{n} bed free", "{n} beds free", 6) == "6 camas libres"


def test_a_brace_in_stored_text_is_only_a_brace() -> None:
    assert words.of("en").say("Map of {name}", name="{0} {lang!r}") == "Map of {0} {lang!r}"


def test_a_sentence_of_ours_is_translated_with_its_day_and_a_publishers_is_marked_as_english() -> None:
    spanish = words.of("es")
    told = spanish.stored("Last counted on 26 January 2024, 663 days ago; a count is good for 24 hours.")
    assert told == "Último conteo: 26 de enero de 2024, hace 663 días; un conteo vale por 24 horas."
    assert spanish.stored("Behind the mill.") == '<span lang="en">Behind the mill.</span>'
    assert words.of("en").stored("<b>") == "&lt;b&gt;"


def test_every_sentence_of_ours_recognises_itself() -> None:
    for message in SENTENCES:
        found = recognised(BRACES.sub("3", message) + ".")
        assert found is not None, message


def test_long_hostile_text_is_recognised_as_nothing_quickly() -> None:
    assert recognised("Office, nobody sleeps there: " * 2000) is None


class _Bare(HTMLParser):
    """Collects words on a page that came neither through the catalog nor from the data."""

    SILENT = ("script", "style")

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        data = given.get("translate") == "no" or ("lang" in given and tag != "html")
        for name in ("aria-label", "title", "alt", "placeholder", "data-label"):
            self._check(given.get(name) or "", exempt=self._exempt() or data)
        if tag not in ("meta", "link", "input", "rect", "br", "img"):
            self.stack.append((tag, data or self._exempt() or tag in self.SILENT))

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self._check(data, exempt=self._exempt())

    def _exempt(self) -> bool:
        return bool(self.stack and self.stack[-1][1])

    def _check(self, text: str, exempt: bool) -> None:
        bare = re.sub(r"⟦.*⟧", "", text, flags=re.DOTALL)
        bare = re.sub(r"\b(mi|km|m|Homeground|GeoJSON|PST|Tuesday \d+ February|\d+ January)\b|2-1-1|9-1-1", "", bare)
        if not exempt and re.search(r"[A-Za-zÀ-ÿ]{2,}", bare):
            self.found.append(text.strip())


def _unsaid(html: str) -> list[str]:
    page = _Bare()
    page.feed(html)
    return page.found


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """English pages in the pseudo-language: every message of ours in brackets."""
    real = words.of
    monkeypatch.setattr(words, "of", lambda lang: real(words.PSEUDO if lang == "en" else lang))


@pytest.mark.usefixtures("pseudo")
def test_no_page_of_the_server_says_a_word_that_is_not_in_the_catalog(tmp_path: Path) -> None:
    madeup.write_run(tmp_path)
    client = TestClient(
        create_app(Settings(data=tmp_path, store=madeup.write_store(tmp_path), as_of=madeup.NIGHT))  # type: ignore[arg-type]
    )
    first = client.get("/api/resources").json()["contents"][0]["id"]
    searches = ("/beds?near=Smalltown&kind=any", "/beds?near=Nowhere", f"/beds/{first}")
    for path in ("/", *searches, "/sites", "/sites/made-001", "/sites/made-005", "/map", "/nothing"):
        assert _unsaid(client.get(path).text) == [], path


@pytest.mark.usefixtures("pseudo")
def test_no_map_file_says_a_word_that_is_not_in_the_catalog(tmp_path: Path) -> None:
    assert _unsaid(sites.page(madeup.write_run(tmp_path))) == []


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("straight line, not a walk, from its point", "línea recta, no una caminata, desde su punto"),
        (
            "walk along the streets, from the parcel's edge; the nearest street is 130 m from the place; "
            "the site is known to 30 m",
            "caminata por las calles, desde el borde de la parcela; la calle más cercana está a 130 m del lugar; "
            "el sitio se conoce con un margen de 30 m",
        ),
        (
            "departures from stops within 800 m, walk along the streets, from its point; 07:00-19:00 on 2018-02-06, "
            "each trip once; the site is known to 30 m",
            "salidas desde paradas a no más de 800 m, caminata por las calles, desde su punto; 07:00-19:00 el "
            "2018-02-06, cada viaje una vez; el sitio se conoce con un margen de 30 m",
        ),
    ],
)
def test_how_far_and_from_where_is_said_in_spanish(english: str, spanish: str) -> None:
    assert words.of("es").known(english) == spanish
