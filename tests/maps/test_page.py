"""A map that runs nothing stored and asks nobody."""

import json
import re

import folium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import page, words

EN = words.of("en")
DOT = page.Feature("a", "ranked", "score-1", "A site", (38.4, -122.7), "1")


@given(st.text())
def test_stored_text_leaves_the_data_block_as_it_went_in_and_cannot_end_its_element(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair is no text that a file could have held
    block = str(page.data_block({"title": text}))
    assert json.loads(block) == {"title": text}
    assert not re.search(r"[<>&'`\u2028\u2029]", block)


def test_a_number_that_is_not_one_is_refused_in_map_data() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        page.data_block({"lat": float("nan")})


@given(st.text())
def test_text_for_folium_cannot_leave_an_attribute_a_script_or_a_template_literal(text: str) -> None:
    assert not re.search(r"[<>\"'`${}\\\u2028\u2029]", page.escaped(text))


def test_the_map_names_no_address_on_the_network() -> None:
    parts = page.parts("Map", [DOT], [], EN)
    assert not re.search(r"https?:|//cdn|tile", parts.element + parts.script + parts.data)
    assert folium.Map.default_js != page.SafeMap.default_js == []


def test_two_maps_of_the_same_data_are_the_same_bytes() -> None:
    assert page.parts("Map", [DOT], [], EN) == page.parts("Map", [DOT], [], EN)


def test_the_map_has_a_name_and_says_what_it_needs() -> None:
    parts = page.parts('Map of "here" `now`', [DOT], [], EN)
    assert 'aria-label="Map of &quot;here&quot; &#96;now&#96;"' in parts.element
    assert "needs JavaScript" in parts.element


def test_the_styles_of_leaflet_fetch_no_image() -> None:
    assert "url(" not in page.asset("leaflet.css")
    assert ".leaflet-container" in page.asset("leaflet.css")
