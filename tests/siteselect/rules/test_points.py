"""What a planner relies on in the points: the cap, barriers, conditions, what is not known, and the words for it."""

from typing import Any

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from siteselect import rules
from tests import lots

EVERYTHING = {
    "rural_set_aside": False, "housing_type": "large-family", "density_units_per_acre": 60, "van_service": False,
    "transit_passes_per_low_income_unit": 1, "internet_free_25_mbps": True, "three_bedroom_share": 0.3,
    "new_construction": True, "inclusionary": False, "application_year": 2026, "site_control_year": 2020,
}  # fmt: skip
KNOWN = {"park": {"counts_as_park": True}, "library": {"lends_books": True}}


def barriers(shape: object, name: str = "US 101") -> rules.Barriers:
    return rules.Barriers(gpd.GeoDataFrame({"name": [name]}, geometry=[shape], crs="EPSG:4326"), "streets")


def across(metres: float) -> LineString:
    """A line across the way from the lot to the north-east, so far from its corner."""
    lon, lat = lots.away(metres)
    return LineString([(lon - 0.01, lat + 0.01), (lon + 0.01, lat - 0.01)])


def park(metres: float, shape: object = None) -> dict[str, Any]:
    return {"amenities": lots.amenities(("p", "park", shape or lots.square(lots.away(metres))))}


def parks(facts: dict[str, Any] | None = None, **layers: Any) -> dict[str, Any]:
    said = {"project": {"rural_set_aside": False}, "kinds": KNOWN} | (facts or {})
    return lots.item(lots.asked(lots.sites(lots.lot()), facts=said, **layers), "park")


def test_a_line_over_a_barrier_is_conditional_and_names_it() -> None:
    found = parks(**park(500), barriers=barriers(across(250)))
    assert (found["points"], found["points_high"], found["status"]) == (0, 3, "conditional")
    assert "crosses US 101" in found["because"]
    assert parks(**park(500), barriers=barriers(across(900)))["status"] == "met"


def test_a_nearer_amenity_over_a_barrier_does_not_hide_a_clear_one() -> None:
    table = lots.amenities(
        ("over", "park", lots.square(lots.away(400))), ("clear", "park", Point(lots.away(700, 225, lots.away(85, 225))))
    )
    found = parks(amenities=table, barriers=barriers(across(200)))
    assert (found["points"], found["amenity"]) == (3, "clear")


def test_a_barrier_area_that_is_the_amenity_itself_is_not_crossed() -> None:
    shape = lots.square(lots.away(500), side_m=600)
    assert parks(**park(500, Point(shape.centroid)), barriers=barriers(shape, "regional park"))["points"] > 0
    beyond = parks(
        **park(650, lots.square(lots.away(700))), barriers=barriers(lots.square(lots.away(300), 150), "golf")
    )
    assert "crosses golf" in beyond["because"]


def test_without_a_layer_of_barriers_a_line_counts_on_the_condition_that_somebody_looks_along_it() -> None:
    found = parks(**park(500), barriers=None)
    assert (found["points"], found["points_if_confirmed"], found["status"]) == (3, 3, "conditional")
    assert "not checked" in found["because"]
    looked = {"project": {"rural_set_aside": False, "other_lines_are_clear": True}}
    assert parks(looked, **park(500), barriers=None)["status"] == "met"
    but_one = looked | {"pairs": {("lot-0", "p"): {"barrier_crossed": True}}}
    assert parks(but_one, **park(500), barriers=None)["points"] == 0


def test_the_cap_holds_however_much_is_near() -> None:
    kinds = ("park", "library", "hospital", "pharmacy", "community-college")
    table = lots.amenities(*((k, k, lots.square(lots.away(300))) for k in kinds))
    layers = {"stops": lots.stops(("S", "bus", lots.away(200))), "service": lots.service(("S", "1", 15))}
    found = lots.asked(lots.sites(lots.lot()), facts={"project": EVERYTHING, "kinds": KNOWN}, amenities=table, **layers)
    assert found.items["points"].sum() > 15
    assert found.sites[["points", "points_if_confirmed", "points_high"]].to_numpy().tolist() == [[15, 15, 15]]


def test_a_list_that_is_not_at_hand_is_unknown_and_not_zero() -> None:
    found = lots.asked(lots.sites(lots.lot()), facts={"project": EVERYTHING})
    pharmacy = lots.item(found, "pharmacy")
    assert (pharmacy["points"], pharmacy["points_high"], pharmacy["status"]) == (0, 2, "unknown")
    assert pharmacy["because"] == "no list of pharmacy is at hand"
    assert lots.item(found, "transit")["status"] == "unknown"


def test_a_list_that_is_not_whole_leaves_the_better_points_open() -> None:
    facts = {"project": {"rural_set_aside": False}}
    table = lots.amenities(("it", "pharmacy", lots.square(lots.away(850))))
    whole = lots.item(lots.asked(lots.sites(lots.lot()), facts=facts, amenities=table), "pharmacy")
    assert (whole["points"], whole["points_high"]) == (1, 2)  # it may lie in a shopping complex
    partial = {"partial": {"pharmacy": "only those of one chain"}, "amenities": table}
    apart = {**facts, "kinds": {"pharmacy": {"in_shopping_complex": False}}}
    closed = lots.item(lots.asked(lots.sites(lots.lot()), facts=apart, amenities=table), "pharmacy")
    opened = lots.item(lots.asked(lots.sites(lots.lot()), facts=apart, **partial), "pharmacy")
    assert (closed["points_high"], closed["status"]) == (1, "met")
    assert (opened["points"], opened["points_high"], opened["status"]) == (1, 2, "conditional")
    assert "only those of one chain" in opened["because"]


@pytest.mark.parametrize(
    ("kind", "rule", "words"),
    [
        ("grocery", "food", "25,000 square feet"),
        ("library", "library", "lends books"),
        ("clinic", "health", "40 hours"),
    ],
)
def test_what_is_not_known_of_an_amenity_is_a_condition_that_says_what(kind: str, rule: str, words: str) -> None:
    table = lots.amenities(("it", kind, lots.square(lots.away(300))))
    found = lots.item(
        lots.asked(lots.sites(lots.lot()), facts={"project": {"rural_set_aside": False}}, amenities=table), rule
    )
    assert (found["points"], found["status"]) == (0, "conditional")
    assert words in found["because"]


def test_a_grocery_of_a_known_size_is_judged_by_it() -> None:
    table = lots.amenities(("it", "grocery", lots.square(lots.away(300))))

    def of(sqft: int) -> int:
        known = {"it": {"interior_sqft": sqft, "sells_staples_and_fresh_food": True, "in_shopping_complex": False}}
        facts = {"project": {"rural_set_aside": False}, "amenities": known}
        return int(lots.item(lots.asked(lots.sites(lots.lot()), facts=facts, amenities=table), "food")["points"])

    assert [of(25_000), of(24_999), of(5_000), of(4_999)] == [5, 4, 4, 0]


def test_points_for_one_housing_type_are_not_added_to_those_for_another() -> None:
    table = lots.amenities(
        ("s", "senior-center", lots.square(lots.away(100))),
        ("f", "special-needs-facility", lots.square(lots.away(100, 30))),
    )
    known = {
        "senior-center": {"operates_daily_for_seniors": True},
        "special-needs-facility": {"serves_the_population": True},
    }
    project = {k: v for k, v in EVERYTHING.items() if k != "housing_type"} | {
        "transit_passes_per_low_income_unit": 0, "internet_free_25_mbps": False, "new_construction": False,
    }  # fmt: skip
    whole = {"partial": {}, "stops": lots.stops(("S", "bus", lots.away(3_000)))}
    found = lots.asked(lots.sites(lots.lot()), facts={"project": project, "kinds": known}, amenities=table, **whole)
    assert {lots.item(found, rule)["points_high"] for rule in ("senior", "special-needs")} == {3}
    assert found.sites["points_if_confirmed"].iloc[0] == 3


def test_a_site_known_by_a_point_has_a_range_and_a_band_that_hangs_on_it_is_conditional() -> None:
    point = lots.sites(Point(lots.CORNER), margin_m=50.0)
    facts = {"project": {"rural_set_aside": False}, "kinds": KNOWN}

    def at(metres: float) -> dict[str, Any]:
        return lots.item(lots.asked(point, facts=facts, **park(metres)), "park")

    half = lots.MILE_M / 2
    assert at(half - 51)["points"] == 3
    close = at(half - 49)
    assert (close["points"], close["points_if_confirmed"], close["status"]) == (2, 3, "conditional")
    assert "the distance may be" in close["because"]
    assert close["distance_high_m"] == pytest.approx(half + 1, abs=0.2)
    assert close["distance_low_m"] < close["distance_m"]


def test_a_site_that_nobody_can_place_has_no_points_and_may_have_all() -> None:
    lost = lots.sites(Point(lots.CORNER), margin_m=5_000.0)
    found = lots.item(lots.asked(lost, facts={"kinds": KNOWN}, **park(100)), "park")
    assert (found["points"], found["points_high"], found["amenity"], found["distance_m"]) == (0, 3, None, None)
    assert "own place is not known" in found["because"]


def test_the_opportunity_map_gives_points_in_its_own_years_only() -> None:
    areas = gpd.GeoDataFrame(
        {"area_id": ["t"], "classes": [("High Resource",)]}, geometry=[lots.square(lots.away(3_000, 225), 6_000)],
        crs="EPSG:4326",
    )  # fmt: skip
    layer = rules.Opportunity(areas, 2020, "map", "2020")

    def of(**project: Any) -> dict[str, Any]:
        facts = {"project": EVERYTHING | project}
        return lots.item(lots.asked(lots.sites(lots.lot()), facts=facts, opportunity=layer), "opportunity")

    assert (of()["points"], of()["amenity"]) == (8, "High Resource")
    assert of(application_year=2027)["points"] == 8
    assert (of(application_year=2028)["points"], of(application_year=2028)["status"]) == (0, "conditional")
    assert of(inclusionary=True)["status"] == "not met"


def test_land_that_the_county_gives_is_reported_and_earns_no_points() -> None:
    table = lots.sites(lots.lot(), lots.lot(), ids=["county", "private"], owner=["county", "private"])

    def of(**project: Any) -> list[str]:
        return list(lots.asked(table, facts={"project": project}).reports["status"])

    assert of() == ["conditional", "not met"]
    assert of(land_rent_usd_per_year=100) == ["met", "not met"]
    assert of(land_rent_usd_per_year=101, land_donated=False) == ["not met", "not met"]


def test_several_lines_taken_together_are_a_condition() -> None:
    slow = lots.service(("S", "1", 60.0))
    together = rules.Layers(stops=lots.stops(("S", "bus", lots.away(200)))).stops
    both = type(slow)(slow.by_route, slow.together.assign(gap_min=20.0), slow.windows, slow.days, slow.untold)
    facts = {"project": {"rural_set_aside": False, "density_units_per_acre": 20, "van_service": False}}
    found = lots.item(lots.asked(lots.sites(lots.lot()), facts=facts, stops=together, service=both), "transit")
    assert (found["points"], found["points_if_confirmed"], found["status"]) == (4, 6, "conditional")
    assert "several lines together" in found["because"]


@settings(max_examples=40)
@given(near=st.floats(1, 3_000), margin=st.floats(0, 400), barrier=st.booleans())
def test_certain_is_never_more_than_confirmed_nor_that_than_the_best(near: float, margin: float, barrier: bool) -> None:
    table = lots.sites(Point(lots.CORNER), margin_m=margin)
    found = lots.asked(
        table, facts={"kinds": KNOWN}, **park(near), **({"barriers": barriers(across(near / 2))} if barrier else {})
    )
    for row in (found.items, found.sites):
        assert (row["points"] <= row["points_if_confirmed"]).all()
        assert (row["points_if_confirmed"] <= row["points_high"]).all()


def test_the_plain_answer_has_the_contract_s_keys_and_no_nan() -> None:
    import json

    plain = lots.asked(lots.sites(lots.lot()), **park(500)).plain()
    text = json.dumps(plain, allow_nan=False)
    wanted = {"rule", "points", "max", "amenity", "distance_m", "method", "margin_m", "source", "as_of", "status"}
    assert plain["edition"] == "CTCAC-2024-12-11"
    assert set(plain["absent"]) >= {"ahsc", "mhp", "homekey"}
    assert {"site_id", "points", "items"} <= set(plain["sites"][0])
    assert all(wanted <= set(item) for item in plain["sites"][0]["items"])
    assert "NaN" not in text
