"""Pages that are handed over: tagged, in their language, two a site, the same bytes twice, deaf to code."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import words
from maps.handover import dossier, legible, memo, packet, pair, press, scored, sheet
from maps.handover.packet import Packet
from siteselect.errors import ConfigError, FileRefused
from tests import town
from tests.maps.handover import conftest, reading

EN, ES = words.of("en"), words.of("es")
MAKERS: dict[str, Callable[[Packet, words.Words], bytes]] = {
    "site": lambda held, said: sheet.pdf(held, "east-side", said),
    "excluded site": lambda held, said: sheet.pdf(held, "mid", said),
    "memo": memo.pdf,
    "pair": lambda held, said: pair.pdf(held, "east-side", "north", said),
}


@pytest.mark.parametrize("said", [EN, ES], ids=["en", "es"])
@pytest.mark.parametrize("name", MAKERS)
def test_a_page_says_its_title_its_language_and_what_each_picture_shows(
    handed: Packet, name: str, said: words.Words
) -> None:
    made = MAKERS[name](handed, said)
    with pikepdf.open(io.BytesIO(made)) as book:
        assert str(book.Root.Lang).split("-")[0] == said.lang
        assert book.Root.MarkInfo.Marked
        assert book.Root.ViewerPreferences.DisplayDocTitle
        with book.open_outline() as outline:
            assert len(outline.root[0].children) >= (1 if name == "pair" else 5)
        with book.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
            assert about["dc:title"]
            assert "2026-03-03" in about["xmp:CreateDate"]
    kinds = [e["kind"] for e in reading.elements(made)]
    assert kinds.count("H1") == 1
    assert {"H2", "Table", "TH", "TD", "Figure"} <= set(kinds)
    assert [e for e in reading.elements(made) if e["kind"] == "Figure" and not e.get("Alt")] == []


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_run_gives_the_same_bytes(handed: Packet, run_folder: Path, name: str) -> None:
    assert MAKERS[name](handed, EN) == MAKERS[name](packet.read(run_folder), EN)


@pytest.mark.parametrize("said", [EN, ES], ids=["en", "es"])
def test_a_site_has_two_pages_excluded_or_not(handed: Packet, said: words.Words) -> None:
    for site_id in handed.held.sites["site_id"]:
        assert reading.pages(sheet.pdf(handed, site_id, said)) == 2, site_id


def test_a_page_says_what_is_not_known_and_never_a_zero_for_it(handed: Packet) -> None:
    facts = dossier.site(handed, "far")
    unknown = [r for r in facts["reasons"] if r["value"] is None]
    assert unknown
    told = reading.text(sheet.pdf(handed, "far", EN))
    for row in unknown:
        assert f"not known {row['unknown_because']}" in told
    assert "Homes, our estimate not known" in told
    assert "Not computed for this page." in told


def test_an_excluded_site_says_which_gate_and_what_would_admit_it(handed: Packet) -> None:
    told = reading.text(sheet.pdf(handed, "mid", EN))
    assert "not ranked" in told
    assert "Public land: the owner is: Private" in told or "Public land: owner is private" in told
    assert "To be admitted: its owner would have to be one of county" in told


def test_spanish_pages_mark_what_is_left_in_english(handed: Packet) -> None:
    made = sheet.pdf(handed, "east-side", ES)
    assert "Qué tan firme es" in reading.text(made)
    assert "How firmly" not in reading.text(made)
    assert any(e.get("Lang", "").startswith("en") for e in reading.elements(made))


def test_a_sketch_is_said_before_any_figure(handed: Packet) -> None:
    told = sheet.data(handed, "east-side", EN) | {"sketch": "SKETCH: not real."}
    page = reading.text(press.pdf("site", told))
    assert -1 < page.index("SKETCH: not real.") < page.index("Likely score")


def test_the_footer_bears_the_mark_of_the_inputs_and_the_sources_all_of_it(handed: Packet) -> None:
    for made in (maker(handed, EN) for maker in MAKERS.values()):
        told = reading.text(made)
        assert f"inputs {handed.mark[:16]}" in told
        assert handed.mark in told.replace(" ", "")


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    held = packet.read(conftest.hostile(conftest.ranked(tmp_path)))
    for site_id in held.held.sites["site_id"]:
        made = sheet.pdf(held, site_id, EN)
        assert legible.line(held.place["name"], 60) in reading.text(made)
        assert _links(made) == []
    told = reading.text(memo.pdf(held, EN))
    assert '#read("/etc/passwd")' in told
    assert "root:" not in told
    assert "[U+202E]" in reading.text(sheet.pdf(held, str(held.held.sites["site_id"][0]), EN)) + told
    assert _links(memo.pdf(held, ES)) == []


def _links(made: bytes) -> list[str]:
    """What leads out of a document: the contents of the packet only lead inside."""
    with pikepdf.open(io.BytesIO(made)) as book:
        notes = [note for page in book.pages for note in page.get("/Annots", [])]
        return [str(note.A.get("/URI")) for note in notes if "/A" in note and "/URI" in note.A]


@given(st.text(max_size=200))
def test_what_is_set_can_be_shown_and_no_word_is_too_long_for_a_line(text: str) -> None:
    told = legible.line(text)
    assert all(legible.can_show(c) or c == legible.BREAK for c in told)
    assert all(len(piece) <= 28 for word in told.split(" ") for piece in word.split(legible.BREAK))


def test_every_letter_that_counts_as_showable_is_in_the_fonts() -> None:
    letters = [chr(c) for first, last in legible.SHOWN for c in range(first, last + 1)]
    data = {"title": "x", "author": "x", "keywords": [], "day": [2026, 1, 1], "lang": "en", "page": "", "footer": "",
            "kind": "x", "name": "x", "sketch": " ".join(letters), "gap": "", "sites": [], "fields": [], "notes": ["x"],
            "criteria": {"title": "x", "heads": ["a", "b", "c", "d"], "rows": []}}  # fmt: skip
    assert press.pdf("pair", data | {"sites": [], "fields": [["a", "b", "c"]]})


def test_points_are_shown_rule_by_rule_when_they_are_given(run_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "points.json"
    item = {"rule": "transit", "points": 4, "max": 7, "amenity": "South (T)", "distance_m": 141.2, "margin_m": 38.0,
            "method": "straight line", "source": "town-bus", "as_of": "2026-03-03", "status": "met"}  # fmt: skip
    items = [item, {"rule": "park", "points": None, "max": 3}]
    answer = {"edition": "2024-12-11", "sites": [{"site_id": "east-side", "points": 4, "items": items}]}
    file.write_text(json.dumps(answer))
    held = packet.read(run_folder, scored.read(file))
    told = reading.text(sheet.pdf(held, "east-side", EN))
    assert "4 points that are certain. Edition 2024-12-11." in told
    assert "transit (met) 4 of 7 South (T), 141.2 m, straight line 38 m [" in told
    assert "park not known of 3 not known not known not known" in told
    assert "the file of points does not have this site" in reading.text(sheet.pdf(held, "north", EN))


def test_what_was_reached_is_drawn_where_its_place_is_known(run_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    reasons = pd.read_csv(folder / "reasons.csv")
    lon, lat = town.lonlat(200, 100)
    at_stop = reasons["target"] == "South (town-bus)"
    assert at_stop.any()
    reasons["target_lon"], reasons["target_lat"] = (pd.Series(v, reasons.index).where(at_stop) for v in (lon, lat))
    reasons.to_csv(folder / "reasons.csv", index=False)
    drawn = sheet.data(packet.read(folder), "east-side", EN)["map"]
    assert drawn["picture"]["svg"].count(">South (town-bus)<") == 1
    assert "Squares: what was reached." in drawn["caption"]
    assert "South" not in sheet.data(packet.read(run_folder), "east-side", EN)["map"]["picture"]["svg"]


def test_a_file_of_points_that_is_none_is_refused_with_a_remedy(tmp_path: Path) -> None:
    for content in ("nonsense", "{}", '{"edition": "x", "sites": [{"points": "many"}]}'):
        (tmp_path / "p.json").write_text(content)
        with pytest.raises(FileRefused, match="siteselect points"):
            scored.read(tmp_path / "p.json")


def test_an_unknown_site_is_named_with_the_one_that_may_be_meant(handed: Packet) -> None:
    with pytest.raises(ConfigError, match="did you mean 'north'"):
        sheet.pdf(handed, "nort", EN)


@given(st.floats(0.1, 50), st.floats(1, 60))
def test_homes_are_estimated_from_net_acres_and_density_alone(acres: float, most: float) -> None:
    told = dossier.units({"net_developable_acres": acres, "density_max_per_acre": most, "area_m2": 1e9})
    assert told["low"] is None
    assert told["high"] <= acres * most + 1e-6 < told["high"] + 1 + 1e-5


@pytest.mark.parametrize("row", [{"density_max_per_acre": 20.0}, {"net_developable_acres": 2.0}, {}])
def test_without_net_acres_or_density_no_homes_are_estimated(row: dict[str, float]) -> None:
    told = dossier.units(row | {"area_m2": 8000.0})
    assert (told["low"], told["high"]) == (None, None)
    assert told["because"]
