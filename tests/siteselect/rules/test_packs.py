"""Packs and project facts as files: what is refused, in one sentence that says what was meant."""

from pathlib import Path

import pytest

from siteselect import rules
from siteselect.errors import ConfigError
from siteselect.rules import facts, shelf

FOLDER = Path(shelf.__file__).resolve().parents[1] / "rulepacks"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("ctcac-2024-12-11", "cap = 15", "capp = 15", "capp: there is no such key"),
        ("ctcac-2024-12-11", 'needs = ["lends-books"]', 'needs = ["lend-books"]', "did you mean 'lends-books'?"),
        ("ctcac-2024-12-11", 'within_mi = "1/3"', "within_mi = 0.33", "write the distance as text"),
        ("ctcac-2024-12-11", 'rural_mi = "1"', 'rural_mi = "1/8"', "no shorter than within_mi"),
        ("ctcac-2024-12-11", 'id = "library-3"', 'id = "park-3"', "row 'park-3' stands twice"),
        ("ctcac-2024-12-11", "points = 7", "points = 8", "more than the 7 points"),
        ("ctcac-2024-12-11", 'kind = "points"', 'kind = "point"', "of kind 'points' or 'tests'"),
        ("siting-2026-07-10", 'inside = "fail"', 'inside = "out"', "Input should be 'fail' or 'conditional'"),
        ("siting-2026-07-10", '"flood", "floodway"', '"flod", "floodway"', "did you mean 'flood'?"),
    ],
)
def test_a_slip_in_a_pack_is_refused_with_the_key_and_a_hint(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.toml") as refusal:
        rules.read_pack("mine.toml", tmp_path)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["ctcac-2024-12-11", "california-statutes-2026-07-10", "siting-2026-07-10"])
def test_every_shipped_pack_has_its_edition_and_a_citation_for_each_rule(name: str) -> None:
    pack = rules.read_pack(name, Path.cwd())
    parts = pack.items if isinstance(pack, rules.PointsPack) else pack.clauses
    assert pack.edition
    assert all(part.citation and part.text for part in parts)
    assert pack.jurisdiction == "US-CA"


def test_programmes_without_their_tables_are_said_to_be_absent() -> None:
    for name in ("AHSC", "mhp", "homekey"):
        with pytest.raises(ConfigError, match="not at hand"):
            rules.read_pack(name, Path.cwd())


def test_an_unknown_pack_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="did you mean 'siting-2026-07-10'"):
        rules.read_pack("siting-2026", Path.cwd())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project]\ndensity_units_per_acer = 30", "did you mean 'density_units_per_acre'?"),
        ("[project]\ndensity_units_per_acre = 'many'", "write a number from 0"),
        ("[project]\ndensity_units_per_acre = -1", "write a number from 0"),
        ("[project]\nrural_set_aside = 1", "write true or false"),
        ("[project]\nhousing_type = 'families'", "write one of"),
        ("[projects]\nx = 1", "did you mean 'project'?"),
        ("[amenities.a]\ninterior_sqtf = 3", "did you mean 'interior_sqft'?"),
        ("[sites.a]\nlends_books = true", "asks for no fact 'lends_books' there"),
        ("project = 3", "project is a table of facts"),
        ("[project\n", "not a TOML file"),
    ],
)
def test_a_slip_in_the_project_s_facts_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        facts.read(tmp_path / "mine.toml", rules.read_pack("ctcac-2024-12-11", Path.cwd()), {})
    assert said in str(refusal.value)


def test_a_site_s_own_fact_stands_before_the_project_s(tmp_path: Path) -> None:
    text = "[project]\nrural_set_aside = false\n[sites.a]\nrural_set_aside = true\n"
    text += "[sites.a.amenities.s]\nattendance_area = true\n"
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    said = facts.read(tmp_path / "mine.toml", rules.read_pack("ctcac-2024-12-11", Path.cwd()), {})
    assert said.of_sites("rural_set_aside", ["a", "b"]).tolist() == [True, False]
    assert said.pairs["a", "s"] == {"attendance_area": True}
