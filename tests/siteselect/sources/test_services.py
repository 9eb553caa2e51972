"""Services that are asked for an area: layers of ArcGIS servers, Overpass, and 511 with its key."""

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from siteselect.layers import streets
from siteselect.sources import esri, light
from siteselect.sources.registry import Key
from tests.publishers import FeatureService, Page, Publisher
from tests.siteselect.sources import made

LAYER = "/rest/services/Parcels/FeatureServer/0"


def square(number: int, *, away: float = 0.0) -> tuple[dict[str, Any], dict[str, Any]]:
    """A parcel as GeoJSON: its attributes and its outline."""
    west, south = -122.74 + away + 0.0001 * (number % 300), 38.41 + 0.0001 * (number // 300)
    ring = [[west, south], [west + 5e-5, south], [west + 5e-5, south + 5e-5], [west, south]]
    return {"APN": f"{number:09d}"}, {"type": "Polygon", "coordinates": [ring]}


def parcels(count: int, **more: Any) -> FeatureService:
    """A layer whose object ids have gaps."""
    return FeatureService({7 + 3 * i: square(i) for i in range(count)}, **more)


def wanted(hall: Publisher, **more: Any) -> Any:
    plain = {"kind": "arcgis", "file": "parcels.geojson", "format": "geojson", "columns": ("APN",)}
    return made.source(hall.at(LAYER), **(plain | more))


def apns(file: Path) -> list[str]:
    return [f["properties"]["APN"] for f in json.loads(file.read_text())["features"]]


def test_every_feature_comes_once_however_small_the_pages_are(hall: Publisher, tmp_path: Path) -> None:
    parcels(2345, most=100).on(hall, LAYER)
    outcome = made.one(tmp_path, wanted(hall), box=made.BOX)
    assert (outcome.state, outcome.note and outcome.note.rows) == ("fetched", 2345)
    assert apns(tmp_path / "parcels.geojson") == [f"{i:09d}" for i in range(2345)]
    assert sum("outFields" in query for _, _, query, _ in hall.asked) == 24
    assert {query.get("geometry") for _, path, query, _ in hall.asked if path.endswith("query")} == {
        "-122.75,38.4,-122.65,38.5"
    }
    assert made.left_over(tmp_path) == []


def test_a_server_that_gives_half_of_each_page_is_asked_for_less(hall: Publisher, tmp_path: Path) -> None:
    parcels(900, half_from=150).on(hall, LAYER)
    assert made.one(tmp_path, wanted(hall), box=made.BOX).state == "fetched"
    assert len(apns(tmp_path / "parcels.geojson")) == 900


def test_a_page_that_is_too_heavy_is_asked_for_in_smaller_ones(hall: Publisher, tmp_path: Path) -> None:
    layer = parcels(20)
    for attributes, _ in layer.features.values():
        attributes["NOTE"] = "x" * 1_000_000
    layer.on(hall, LAYER)
    assert made.one(tmp_path, wanted(hall), box=made.BOX, patience_s=9).state == "fetched"
    assert len(apns(tmp_path / "parcels.geojson")) == 20


def test_a_slow_server_gets_on_from_page_to_page(hall: Publisher, tmp_path: Path) -> None:
    layer = parcels(3, most=1)
    for attributes, _ in layer.features.values():
        attributes["NOTE"] = "x" * 100_000
    layer.on(hall, LAYER)
    answer = layer._queried
    # each page takes longer than the patience, and is no longer than the one before
    hall.pages[f"{LAYER}/query"] = lambda query: (
        Page(json.dumps(answer(query)).encode(), etag=None, drip_s=0.3, drip_bytes=20_000)
        if "outFields" in query
        else answer(query)
    )
    assert made.one(tmp_path, wanted(hall), box=made.BOX, patience_s=1).state == "fetched"


def test_a_feature_that_never_comes_is_named_and_nothing_is_taken(hall: Publisher, tmp_path: Path) -> None:
    parcels(300, keeps_back=frozenset({307})).on(hall, LAYER)
    assert "keeps back the feature 307" in made.one(tmp_path, wanted(hall), box=made.BOX).words
    assert list(tmp_path.iterdir()) == []


def test_an_error_inside_a_good_answer_is_an_error(hall: Publisher, tmp_path: Path) -> None:
    parcels(30, errors=[{"code": 503, "message": "busy"}, {"code": 504, "message": "busy"}]).on(hall, LAYER)
    assert made.one(tmp_path, wanted(hall), box=made.BOX).state == "fetched"
    parcels(30, edited=1, errors=[{"code": 499, "message": "Token Required"}]).on(hall, LAYER)
    words = made.one(tmp_path, wanted(hall), box=made.BOX).words
    assert "the server says 499 Token Required; it wants a sign-in" in words
    assert "is kept" in words
    assert len(apns(tmp_path / "parcels.geojson")) == 30


def test_a_layer_that_says_it_was_not_edited_is_not_read_again(hall: Publisher, tmp_path: Path) -> None:
    parcels(30).on(hall, LAYER)
    made.one(tmp_path, wanted(hall), box=made.BOX)
    asked = len(hall.asked)
    assert made.one(tmp_path, wanted(hall), box=made.BOX).state == "unchanged"
    assert len(hall.asked) == asked + 1
    assert made.one(tmp_path, wanted(hall), box=(-122.8, 38.3, -122.6, 38.6)).state == "fetched"


def test_a_later_run_does_not_ask_again_for_pages_that_came(hall: Publisher, tmp_path: Path) -> None:
    layer = parcels(1000, most=100)
    layer.on(hall, LAYER)
    answer = layer._queried
    came = 0

    def fails_after_five(query: dict[str, str]) -> Any:
        nonlocal came
        came += "outFields" in query
        return Page(faults=[500]) if came > 5 and "outFields" in query else answer(query)

    hall.pages[f"{LAYER}/query"] = fails_after_five
    assert made.one(tmp_path, wanted(hall), box=made.BOX, patience_s=1).state == "failed"
    assert not (tmp_path / "parcels.geojson").exists()
    layer.pages = 0
    layer.on(hall, LAYER)
    assert made.one(tmp_path, wanted(hall), box=made.BOX).state == "fetched"
    assert layer.pages == 5
    assert apns(tmp_path / "parcels.geojson") == [f"{i:09d}" for i in range(1000)]


def bad_page(body: bytes) -> Any:
    return lambda query: Page(body, "text/html", etag=None)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (parcels(0), "the layer has no feature in the place"),
        (
            parcels(9, fields=("OBJECTID", "PARCEL_NO")),
            "no column APN: its shape has changed (it has OBJECTID,",
        ),
        (parcels(300, most=100, columns_gone_after=1), "without the column APN: its shape changed under way"),
        (FeatureService({1: square(1, away=40)}), "lie elsewhere, not in the place"),
        (FeatureService({1: ({"APN": "1"}, {"type": "Point", "coordinates": [float("nan"), 1]})}), "not JSON"),
    ],
    ids=["no feature", "another shape", "shape changes under way", "moved away", "not a number"],
)
def test_a_poisoned_layer_leaves_the_last_good_one(
    layer: FeatureService, said: str, hall: Publisher, tmp_path: Path
) -> None:
    parcels(8, edited=1).on(hall, LAYER)
    made.one(tmp_path, wanted(hall), box=made.BOX)
    layer.on(hall, LAYER)
    outcome = made.one(tmp_path, wanted(hall), box=made.BOX, patience_s=2)
    assert outcome.state == "failed"
    assert said in outcome.words
    assert len(apns(tmp_path / "parcels.geojson")) == 8


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b'{"features": [{"type', b"[1, 2]", b'{"hello": 1}'])
def test_an_answer_that_is_none_of_an_arcgis_server_is_refused(body: bytes, hall: Publisher, tmp_path: Path) -> None:
    hall.pages[LAYER] = bad_page(body)
    outcome = made.one(tmp_path, wanted(hall), box=made.BOX, patience_s=2)
    assert outcome.state == "failed"
    assert outcome.words.count("\n") == 0
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_speaks_only_its_own_json_becomes_geojson(hall: Publisher, tmp_path: Path) -> None:
    outer = [[-122.7, 38.4], [-122.7, 38.5], [-122.6, 38.5], [-122.6, 38.4], [-122.7, 38.4]]
    hole = [[-122.68, 38.42], [-122.62, 38.42], [-122.62, 38.48], [-122.68, 38.48], [-122.68, 38.42]]
    features = {5: ({"APN": "1"}, {"rings": [outer, hole]}), 6: ({"APN": "2"}, {})}
    FeatureService(features, formats="JSON").on(hall, LAYER)
    assert made.one(tmp_path, wanted(hall), box=made.BOX).state == "fetched"
    first, second = json.loads((tmp_path / "parcels.geojson").read_text())["features"]
    assert shape(first["geometry"]).area == pytest.approx(0.01 - 0.0036)
    assert second["geometry"] is None


@settings(deadline=None)  # a busy machine is no fault of theirs
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4), st.booleans()), min_size=1, max_size=5))
def test_rings_become_polygons_of_the_same_area(told: list[tuple[int, int, bool]]) -> None:
    rings, area = [], 0.0
    for number, (place, size, holed) in enumerate(told):
        west = 20.0 * number + place
        box = shapely.box(west, 0, west + 2 * size, 2 * size)
        rings.append([list(p) for p in shapely.geometry.polygon.orient(box, -1).exterior.coords])
        area += box.area
        if holed:
            inner = shapely.box(west + 0.5, 0.5, west + 1, 1)
            rings.insert(0, [list(p) for p in shapely.geometry.polygon.orient(inner, 1).exterior.coords])
            area -= inner.area
    made_of = esri.feature({"attributes": {}, "geometry": {"rings": rings}}, "esriGeometryPolygon")
    result = shape(made_of["geometry"])
    assert result.is_valid
    assert result.area == pytest.approx(area)


@pytest.mark.parametrize(
    "told",
    [
        {"attributes": {}, "geometry": {"curveRings": []}},
        {"attributes": {}, "geometry": {"rings": [[[1]]]}},
        {"attributes": {}, "geometry": {"rings": "x"}},
        {"geometry": {}},
    ],
)
def test_a_strange_geometry_is_strange_and_never_a_crash(told: dict[str, Any]) -> None:
    with pytest.raises(esri.Strange):
        esri.feature(told, "esriGeometryPolygon")


OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="38.45" lon="-122.70"/><node id="2" lat="38.46" lon="-122.70"/>
<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="footway"/></way></osm>
"""


def test_streets_come_from_overpass_as_a_file_that_the_reader_walks_on(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/api/interpreter"] = Page(OSM.encode(), etag=None)
    wish = made.source(hall.at("/api/interpreter"), kind="overpass", file="streets.osm", format="osm")
    assert made.one(tmp_path, wish, box=made.BOX).state == "fetched"
    (method, _, query, _) = hall.asked[0]
    assert method == "POST"
    assert '"highway"](38.400000,-122.750000,38.500000,-122.650000)' in query["data"]
    walked = streets.read(tmp_path / "streets.osm", {}, "EPSG:26910")
    assert walked.length_m.sum() == pytest.approx(1110, rel=0.01)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Page(OSM.replace("</osm>", "<remark>runtime error: timed out</remark></osm>").encode()), "the server gave up"),
        (Page(OSM[:-60].encode()), "cut on the way"),
        (Page(b"<html><body>too busy</body></html>"), "a web page"),
        (Page(b'<osm version="0.6"></osm>       '), "there is no way in it"),
        (Page(faults=[504] * 9), "fails (504)"),
        (Page(faults=[429] * 9, retry_after="60"), "run fetch again in 60 s"),
    ],
)
def test_an_overpass_server_that_gives_up_leaves_the_last_streets(
    page: Page, said: str, hall: Publisher, tmp_path: Path
) -> None:
    wish = made.source(hall.at("/api/interpreter"), kind="overpass", file="streets.osm", format="osm")
    hall.pages["/api/interpreter"] = Page(OSM.encode())
    made.one(tmp_path, wish, box=made.BOX)
    hall.pages["/api/interpreter"] = page
    outcome = made.one(tmp_path, wish, box=made.BOX, patience_s=2)
    assert outcome.state == "failed"
    assert said in outcome.words
    assert (tmp_path / "streets.osm").read_bytes() == OSM.encode()


def test_a_server_that_may_think_long_is_not_waited_for_when_it_refuses(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/api/interpreter"] = Page(faults=[429] * 99, retry_after="5")
    wish = made.source(hall.at("/api/interpreter"), kind="overpass", file="streets.osm", format="osm")
    before = time.monotonic()
    words = made.one(tmp_path, wish, box=made.BOX, patience_s=None).words
    assert time.monotonic() - before < 10
    assert "too many questions (429); run fetch again in 5 s" in words


def test_an_area_is_needed_to_ask_for_an_area(hall: Publisher, tmp_path: Path) -> None:
    assert "needs box = [...] in its [fetch] table" in made.one(tmp_path, wanted(hall)).words


SECRET = "s3cret-key"
KEY = Key(parameter="api_key", variable="TOWN_KEY", get_one="511.example/token")


def regional(hall: Publisher) -> Any:
    """A server that gives a feed for a key."""

    def answer(query: dict[str, str]) -> Page:
        return Page(made.feed(), "text/plain") if query.get("api_key") == SECRET else Page(faults=[401])

    hall.pages["/datafeeds"] = answer
    url = hall.at("/datafeeds?operator_id=SR")
    return made.source(url, key=KEY, file="bus.zip", format="gtfs", credit="data provided by 511.example")


def test_a_key_opens_the_feed_and_stands_nowhere_afterwards(hall: Publisher, tmp_path: Path) -> None:
    outcome = made.one(tmp_path, regional(hall), keys={"TOWN_KEY": SECRET})
    assert outcome.state == "fetched"
    assert outcome.note is not None
    assert outcome.note.credit == "data provided by 511.example"
    assert outcome.note.address == hall.at("/datafeeds?operator_id=SR")
    assert hall.asked[0][2] == {"operator_id": "SR", "api_key": SECRET}
    assert all(SECRET.encode() not in p.read_bytes() for p in tmp_path.iterdir())


def test_a_key_stands_in_nobodys_log(hall: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert made.one(tmp_path, regional(hall), keys={"TOWN_KEY": SECRET}).state == "fetched"
    assert "/datafeeds" in caplog.text
    assert SECRET not in caplog.text


def test_a_key_that_the_server_repeats_is_not_shown(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(location=f"https://elsewhere.example/{SECRET}/x?for={SECRET}")
    words = made.one(tmp_path, made.source(hall.at("/t.csv"), key=KEY), keys={"TOWN_KEY": SECRET}).words
    assert "redirected to https://elsewhere.example/(key)/x, and" in words
    assert SECRET not in words


def test_without_a_key_nobody_is_asked_and_the_way_to_one_is_told(hall: Publisher, tmp_path: Path) -> None:
    outcome = made.one(tmp_path, regional(hall))
    assert (outcome.state, hall.asked) == ("to do", [])
    assert "wants a key from 511.example/token in the environment variable TOWN_KEY" in outcome.words


def test_a_wrong_key_is_told_without_showing_it(hall: Publisher, tmp_path: Path) -> None:
    outcome = made.one(tmp_path, regional(hall), keys={"TOWN_KEY": "wrong-one"})
    assert "not allowed (401)" in outcome.words
    assert "wrong-one" not in outcome.words


NUMBERS = st.one_of(st.integers(-200, 200), st.floats(-180, 180, allow_nan=False))
SHAPES = st.recursive(
    st.lists(NUMBERS, min_size=2, max_size=3), lambda inner: st.lists(inner, max_size=3), max_leaves=8
)
TEXTS = st.text(max_size=30) | st.just('"coordinates": [1, 2]') | st.just("\\") | st.just('x\\"coordinates":[3')


@settings(deadline=None)  # a busy machine is no fault of theirs
@given(st.lists(st.tuples(SHAPES, TEXTS), max_size=4), st.sampled_from([None, 1]))
def test_what_is_read_without_its_coordinates_comes_back_whole(told: list[tuple[Any, str]], indent: int | None) -> None:
    whole = {"features": [{"properties": {t: t}, "geometry": {"coordinates": s}} for s, t in told]}
    try:
        read = light.Light(json.dumps(whole, indent=indent).encode())
    except ValueError:
        assert any(depth(s) is None for s, _ in told)
        return
    assert json.loads(read.text(read.told)) == whole
    assert b"\n" not in read.text(read.told)


def depth(shape: Any) -> int | None:
    """How deep points are nested, None where they are nested unevenly or more than four deep."""
    if not isinstance(shape, list):
        return 0
    inner = {depth(part) for part in shape} or {0}
    if len(inner) > 1 or None in inner or (0 in inner and not shape) or max(inner) >= 4:  # type: ignore[type-var]  # no None
        return None
    return 1 + inner.pop()  # type: ignore[operator]  # no None


@pytest.mark.parametrize(
    "raw", [b'{"coordinates":[1,,2]}', b'{"coordinates":[[1,2],]}', b'{"coordinates":[1e999,NaN]}']
)
def test_coordinates_that_are_none_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is not shown to anybody
        light.Light(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["features", "properties", "geometry", "attributes", "OBJECTID", "APN", "rings", "coordinates", "objectIds",
         "fields", "name", "type", "error",
         "code", "geometryType", "maxRecordCount", "objectIdField"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize("spoiled", ["described", "ids", "page"])
@pytest.mark.parametrize("formats", ["JSON", "JSON, geoJSON"])
def test_no_answer_of_a_service_is_a_crash(spoiled: str, formats: str, hall: Publisher, tmp_path: Path) -> None:
    layer = FeatureService({1: square(1)}, formats=formats)

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(JSON)
    def check(told: Any) -> None:
        layer.on(hall, LAYER)
        answer, page = hall.pages[f"{LAYER}/query"], Page(json.dumps(told).encode(), etag=None)
        assert callable(answer)
        if spoiled == "described":
            hall.pages[LAYER] = page
        else:
            when = spoiled == "ids"
            hall.pages[f"{LAYER}/query"] = lambda q: page if ("returnIdsOnly" in q) is when else answer(q)
        outcome = made.one(tmp_path, wanted(hall), box=made.BOX, patience_s=0.2)
        assert outcome.state == "failed"
        assert "\n" not in outcome.words

    check()
