"""Crossing between coordinate systems, and finding the one a file really holds."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect import units
from siteselect.errors import ConfigError, CrsUnknown

SONOMA: units.Box = (-123.632497, 38.07326, -122.347454, 38.852916)
CRS = "EPSG:26910"
CANDIDATES = [c or CRS for c in units.CANDIDATES]
points_in_the_box = st.lists(
    st.tuples(st.floats(SONOMA[0], SONOMA[2]), st.floats(SONOMA[1], SONOMA[3])), min_size=1, max_size=30
)


@pytest.mark.parametrize(
    ("crs", "because"),
    [
        ("EPSG:2226", "US survey foot, not metres"),
        ("EPSG:4326", "is in degrees"),
        ("EPSG:3857", "stretches distances"),
        ("EPSG:99999", "not a coordinate system"),
        ("+init=/etc/passwd:x", "not a coordinate system"),
    ],
)
def test_a_place_cannot_be_measured_in_feet_degrees_or_web_mercator(crs: str, because: str) -> None:
    with pytest.raises(ConfigError, match=because) as refusal:
        units.place_crs(crs)
    assert "EPSG:26910" in str(refusal.value)  # the remedy


@pytest.mark.parametrize("crs", ["EPSG:26910", "EPSG:31982", "EPSG:3310"])
def test_a_projected_system_in_metres_is_taken_as_it_is(crs: str) -> None:
    assert units.place_crs(crs) == crs


def test_an_acre_is_4047_square_metres_and_a_foot_304_8_millimetres() -> None:
    assert units.acres_to_m2(1.0) == pytest.approx(4046.86, abs=0.01)
    assert units.feet_to_m(10) == pytest.approx(3.048)


@settings(deadline=None, max_examples=60)
@given(points_in_the_box, st.sampled_from(CANDIDATES), st.sampled_from([None, "OGC:CRS84", "EPSG:3857", "EPSG:2226"]))
def test_points_of_the_place_come_back_to_it_from_whatever_system_they_were_written_in(
    points: list[tuple[float, float]], written_in: str, declared: str | None
) -> None:
    lon, lat = np.array(points).T
    xs, ys = units.convert(lon, lat, units.DEGREES, written_in)
    found, sentence = units.detect(xs, ys, declared, SONOMA, CRS, "lots.shp")
    assert units.apart_m(*units.convert(xs, ys, found, units.DEGREES), lon, lat).max() < 1
    assert f"{len(points)} of {len(points)} coordinates lie in the place" in sentence
    assert ("so it was read as that" in sentence) == (found != units.canonical(declared))


@settings(deadline=None, max_examples=30)
@given(points_in_the_box)
def test_metres_and_back_is_where_one_began(points: list[tuple[float, float]]) -> None:
    lon, lat = np.array(points).T
    there = units.to_metres(gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326), CRS)
    back = units.to_degrees(there).geometry
    assert units.apart_m(back.x, back.y, lon, lat).max() < 0.001


def test_the_sentence_says_what_was_declared_and_how_many_agree() -> None:
    xs, ys = units.convert([-122.7, -122.8], [38.4, 38.5], units.DEGREES, "EPSG:3857")
    assert units.detect(xs, ys, "urn:ogc:def:crs:OGC:1.3:CRS84", SONOMA, CRS, "sites.geojson") == (
        "EPSG:3857",
        "sites.geojson: it declares OGC:CRS84, in which 0 lie in the place; as EPSG:3857, 2 of 2 coordinates lie in "
        "the place, so it was read as that.",
    )


def test_one_stray_point_in_twenty_does_not_change_the_system() -> None:
    xs, ys = [-122.7] * 19 + [0.0], [38.4] * 19 + [0.0]
    assert units.detect(xs, ys, "EPSG:4326", SONOMA, CRS)[0] == "EPSG:4326"


def test_a_layer_that_reaches_beyond_the_place_is_read_as_declared_and_says_so() -> None:
    xs, ys = [-122.7, -118.0, -117.0, -121.0], [38.4, 34.0, 33.0, 37.0]
    found, sentence = units.detect(xs, ys, "EPSG:4326", SONOMA, CRS)
    assert (found, "1 of 4 coordinates lie in the place (the layer reaches beyond it)" in sentence) == (
        "EPSG:4326",
        True,
    )


def test_coordinates_of_nowhere_are_refused_with_the_systems_that_were_tried() -> None:
    with pytest.raises(
        CrsUnknown, match=r"lots\.shp: it declares no coordinate system, and none of EPSG:4326, .*EPSG:2226"
    ):
        units.detect([1.0, 2.0], [3.0, 4.0], None, SONOMA, CRS, "lots.shp")


def test_a_declared_proj_string_is_not_followed_since_it_may_name_files() -> None:
    assert units.canonical("+proj=longlat +nadgrids=/etc/passwd") is None
    assert units.canonical("urn:ogc:def:crs:EPSG::2226") == "EPSG:2226"


def test_the_distance_to_the_box_is_zero_inside_it_and_missing_for_the_missing() -> None:
    off = units.outside_m([-122.7, -117.54899, np.nan], [38.4, 34.06904, 38.4], SONOMA)
    assert off[0] == 0
    assert off[1] == pytest.approx(620_000, rel=0.01)
    assert np.isnan(off[2])
