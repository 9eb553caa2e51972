"""Matching an address to a point: what counts as the same, and how sure the answer says it is."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources import addresses
from resources.addresses.streets import Street, parse, street, words
from resources.errors import PlaceAmbiguous, PlaceNotFound, QuestionRefused
from resources.search import place
from tests.resources import made
from tests.resources.made import MAIN_STREET, OAK, SMALLTOWN, stored

LOCAL = (
    "45,Avenida de los Robles,,Smalltown,,38.43,-122.61",
    "7400,Los Guilicos Avenue,,Kenwood,,38.42,-122.55",
    "100,North McDowell Boulevard,,Smalltown,,38.44,-122.60",
    "100,South McDowell Boulevard,,Smalltown,,38.45,-122.59",
    "12,6th Street,,Smalltown,,38.46,-122.58",
    "14,6th Street,,Otherville,,38.56,-122.48",
    "9,Street Francis Drive,,Smalltown,,38.47,-122.57",
    "3,E Street,,Smalltown,,38.48,-122.56",
    "900,Highway 12,,Kenwood,,38.49,-122.55",
)


@pytest.fixture
def town(tmp_path: Path, store_url: str):
    return stored(
        store_url,
        made.addresses(tmp_path, *MAIN_STREET, OAK, *LOCAL),
        made.gazetteer(
            tmp_path,
            SMALLTOWN,
            "Central Library,landmark,-122.5,38.5,100,made up",
            "Otherville,town,-122.48,38.56,,made up",
        ),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sixth Street", "6TH ST."),
        ("E. Cotati Ave", "East Cotati Avenue"),
        ("PETALUMA BLVD N", "Petaluma Boulevard North"),
        ("St Francis Dr", "Street Francis Drive"),
        ("Hwy 12", "Highway 12"),
        ("Avenida de los Róbles", "avenida de los robles"),
        ("Mt. Hood Wy", "Mount Hood Way"),
    ],
)
def test_two_spellings_are_one_street(one: str, other: str) -> None:
    assert street(one) == street(other)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("E Street", Street("e", "street", "")),
        ("West Street", Street("west", "street", "")),
        ("6th Street East", Street("6th", "street", "east")),
        ("Avenida de los Robles", Street("avenida de los robles", "", "")),
        ("Los Guilicos", Street("los guilicos", "", "")),
        ("Highway 12", Street("highway 12", "", "")),
        ("Broadway", Street("broadway", "", "")),
    ],
)
def test_a_name_in_another_order_stays_whole(text: str, parts: Street) -> None:
    assert street(text) == parts


@pytest.mark.parametrize(
    ("text", "numbers", "core", "town", "zip_code"),
    [
        ("634 Pressley St, Santa Rosa, CA 95404", ("634",), "pressley", "santa rosa", "95404"),
        ("301 6th Street Santa Rosa", ("301",), "6th", "santa rosa", None),
        ("2901 Cleveland Ave Suite 204", ("2901",), "cleveland", "", None),
        ("2515 Kenton Ct. #A, B, D", ("2515",), "kenton", "", None),
        ("823-863 Liana Drive", ("823", "863"), "liana", "", None),
        ("Avenida de los Robles 45, Santa Rosa", ("45",), "avenida de los robles", "santa rosa", None),
        ("12100 Highway 12", ("12100",), "highway 12", "", None),
        ("12a E St", ("12A",), "e", "", None),
        ("Sonoma Highway", (), "sonoma", "", None),
    ],
)
def test_a_line_is_taken_apart(text: str, numbers: tuple[str, ...], core: str, town: str, zip_code: str | None) -> None:
    found = parse(text, {"santa rosa"})
    assert found.street is not None
    assert (found.numbers, found.street.core, found.town, found.zip) == (numbers, core, town, zip_code)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser_and_words_are_stable(text: str) -> None:
    parse(text, {"smalltown"})
    assert words(words(text)) == words(text)


@given(st.lists(st.tuples(st.floats(-122.8, -122.6), st.floats(38.3, 38.5)), min_size=2, max_size=40))
def test_the_middle_of_a_street_is_one_of_its_addresses_and_its_margin_holds_most(
    points: list[tuple[float, float]],
) -> None:
    lon, lat = np.array(points).T
    at_lon, at_lat, margin_m = addresses.middle(lon, lat)
    assert (at_lon, at_lat) in list(zip(lon, lat, strict=True))
    assert margin_m is not None
    away_m = addresses.WGS84.inv(lon, lat, np.full(len(lon), at_lon), np.full(len(lat), at_lat))[2]
    assert np.mean(away_m <= margin_m + 1e-6) >= 0.95


@pytest.mark.parametrize(
    ("text", "precision", "lon"),
    [
        ("30 Main St, Smalltown", "address", -122.697),
        ("30 main street smalltown CA", "address", -122.697),
        ("30 Main Street", "address", -122.697),
        ("Avenida de los Robles 45", "address", -122.61),
        ("100 N McDowell Blvd", "address", -122.60),
        ("12 Sixth St, Smalltown", "address", -122.58),
        ("3 E St Smalltown", "address", -122.56),
        ("Main Street, Smalltown", "street", None),
        ("33 Main Street, Smalltown", "street", None),
        ("Los Guilicos", "street", -122.55),
        ("Smalltown", "place", -122.68),
        ("Smalltown, CA 95999", "place", -122.68),
        ("central library", "place", -122.5),
        ("1 Nowhere Rd, Smalltown", "place", -122.68),
        ("-122.5,38.5", "point", -122.5),
        (" -122.5 ; 38.5 ", "point", -122.5),
    ],
)
def test_a_typed_line_finds_its_point_and_says_how_sure(town, text: str, precision: str, lon: float | None) -> None:
    origin = place(town, text)
    assert origin.precision == precision
    assert lon is None or origin.lon == pytest.approx(lon)


def test_the_middle_of_a_street_says_how_far_off_it_may_be_and_a_single_address_cannot(town) -> None:
    street_of_ten = place(town, "Main Street, Smalltown")
    assert street_of_ten.margin_m == pytest.approx(437, abs=2)  # ten houses, 87.4 m apart, from the fifth to the tenth
    assert place(town, "Los Guilicos").margin_m is None


def test_a_street_that_is_not_in_the_table_says_that_only_the_town_was_found(town) -> None:
    assert "not in the address table" in place(town, "1 Nowhere Rd, Smalltown").label


def test_a_street_in_two_towns_is_asked_back_without_the_number(town) -> None:
    with pytest.raises(PlaceAmbiguous) as asked:
        place(town, "6th Street")
    assert asked.value.candidates == ("6th Street, Otherville", "6th Street, Smalltown")
    with pytest.raises(PlaceAmbiguous) as asked:
        place(town, "100 McDowell Blvd, Smalltown")
    assert asked.value.candidates == ("North McDowell Boulevard, Smalltown", "South McDowell Boulevard, Smalltown")
    assert "100" not in str(asked.value)


@pytest.mark.parametrize("text", ["47 Zanzibar Crescent", "", "   ", "12345", "🦆", "' OR 1=1 --", "a" * 10_000])
def test_what_is_not_found_is_refused_without_repeating_it(town, text: str) -> None:
    with pytest.raises(PlaceNotFound) as refused:
        place(town, text)
    assert not text.strip() or text not in str(refused.value)


def test_latitude_first_is_refused_with_the_order_to_use(town) -> None:
    with pytest.raises(QuestionRefused, match="longitude first"):
        place(town, "38.44,-122.71")


def test_the_street_must_be_in_the_same_town(town, tmp_path: Path) -> None:
    from resources.load import files

    files(
        town,
        [
            made.inventory(
                tmp_path,
                made.row(address="14 6th Street", city="Smalltown"),
                made.row(project="B", address="14 6th St", city="Otherville"),
            )
        ],
    )
    shown = {s.name: s.precision for s in made.ask(town).contents}
    assert shown == {"Haven": "street", "B": "address"}
