"""The registry as data: every entry can be used, says where it is from, and opens no door to the inside."""

import tomllib
from pathlib import Path

import pytest

from siteselect.errors import ConfigError
from siteselect.sources import registry
from tests.siteselect.sources import made

ROOT = Path(__file__).resolve().parents[3]
NEEDED = """
sonoma-county-transit santa-rosa-citybus petaluma-transit smart-rail golden-gate-transit mendocino-transit bay-area-511
osm-extract osm-streets sonoma-parcels sonoma-addresses housing-sites surplus-land flood-zones fire-zones-state
fire-zones-local fault-zones liquefaction-zones farmland opportunity-map census-acs calenviroscreen-4 health-facilities
schools libraries wic-groceries parks hud-hic hud-pit dem-n39w123
"""


def test_all_that_a_county_needs_is_in_the_registry() -> None:
    assert set(NEEDED.split()) - set(registry.read().sources) == set()


def test_the_registry_asks_only_https_and_nothing_of_ones_own_network() -> None:
    known = registry.read()
    assert known.own_network_hosts == frozenset()
    assert [a.url for s in known.sources.values() for a in s.addresses if not a.url.startswith("https://")] == []


def test_every_source_names_its_licence_credit_vintage_and_a_file_of_its_own() -> None:
    sources = list(registry.read().sources.values())
    assert all(s.licence and s.credit and s.vintage and s.changes and s.page for s in sources)
    assert len({s.file for s in sources}) == len(sources)


def test_whatever_is_provided_by_511_says_so() -> None:
    addresses = [a for s in registry.read().sources.values() for a in s.addresses if "511.org" in a.host]
    assert addresses
    assert all("data provided by 511.org" in a.credit and a.key is not None for a in addresses)


def test_an_address_without_a_key_is_asked_before_one_with_a_key() -> None:
    bus = registry.read().sources["santa-rosa-citybus"]
    assert [a.key is None for a in bus.addresses] == [True, False]


def test_every_place_that_fetches_names_sources_that_there_are() -> None:
    known = registry.read()
    asked = [tomllib.loads(p.read_text()).get("fetch") for p in (ROOT / "places").glob("*.toml")]
    assert any(asked)
    for fetch in filter(None, asked):
        known.chosen(tuple(fetch["sources"]), "a place")


def test_the_layers_of_a_place_that_fetches_are_where_its_sources_are_put() -> None:
    place = tomllib.loads((ROOT / "places" / "sonoma-today.toml").read_text())
    files = {s.file for s in registry.read().sources.values()}
    layers = [
        *place["sites"],
        place["parcels"],
        place["streets"],
        *place["feeds"],
        *place["services"],
        *place["hazards"],
    ]
    assert {layer["path"] for layer in layers} - files == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (made.listed("http://publisher.example/x"), "is not https"),
        (made.listed("ftp://publisher.example/x"), "is not an address"),
        (made.listed("https://user:secret@publisher.example/x"), "is not an address"),
        (made.listed("https://p.example/x", file="../x.csv"), "must be a path inside the data folder"),
        (made.listed("https://p.example/x", file="/etc/x"), "must be a path inside the data folder"),
        (made.listed("https://p.example/x", format="exe"), "format"),
        (made.listed("https://p.example/x", extra='kind = "arcgis"'), "a feature service is kept as geojson"),
        (made.listed("https://p.example/x", surprise="1"), "surprise"),
        (made.listed("https://p.example/x", file="services/schools.csv"), "are both put at services/schools.csv"),
        (
            made.listed(
                "https://p.example/x",
                file="x.geojson",
                format="geojson",
                extra='kind = "arcgis"\nkey = { parameter = "k", variable = "K_K", get_one = "x" }',
            ),
            "only an address of the kind file may want a key",
        ),
        ("[[source", "not a TOML file"),
    ],
)
def test_a_registry_that_cannot_be_meant_is_refused_in_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(f"edition = 2026-11-22\n{text}")
    with pytest.raises(ConfigError) as refusal:
        registry.read(tmp_path / "own.toml")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_ones_own_file_adds_sources_and_replaces_those_of_the_same_name(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("edition = 2026-11-22\n" + made.listed("https://p.example/x", id="schools"))
    assert registry.read(own).sources["schools"].publisher == "Town Hall"
    assert "libraries" in registry.read(own).sources
