"""The tax credit table, cell by cell, against its numbers typed anew from the regulation.

Cal. Code Regs. tit. 4, div. 17, ch. 1, s. 10325(c)(4)(A), edition of December 11, 2024, pp. 42-46.
"""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from siteselect.rules.pack import Row
from tests import lots

KNOWN: dict[str, dict[str, Any]] = {
    "park": {"counts_as_park": True}, "community-center": {"counts_as_park": True}, "library": {"lends_books": True},
    "grocery": {"interior_sqft": 30_000, "sells_staples_and_fresh_food": True}, "market": {"interior_sqft": 5_000},
    "farmers-market": {"weekly_certified_market": True}, "senior-center": {"operates_daily_for_seniors": True},
    "special-needs-facility": {"serves_the_population": True}, "clinic": {"qualifying_clinic": True},
}  # fmt: skip
FAMILY = {"housing_type": "large-family", "three_bedroom_share": 0.25}

# item, kind of amenity, points, miles, miles for a rural project, the project's facts
CELLS: list[tuple[str, str, int, str, str, dict[str, Any]]] = [
    ("park", "park", 3, "1/2", "1", {}),
    ("park", "park", 2, "3/4", "3/2", {}),
    ("park", "community-center", 3, "1/2", "1", {}),
    ("park", "community-center", 2, "3/4", "3/2", {}),
    ("library", "library", 3, "1/2", "1", {}),
    ("library", "library", 2, "1", "2", {}),
    ("food", "grocery", 5, "1/2", "1", {}),
    ("food", "grocery", 4, "1", "2", {}),
    ("food", "grocery", 3, "3/2", "3", {}),
    ("food", "market", 4, "1/4", "1/2", {}),
    ("food", "market", 3, "1/2", "1", {}),
    ("food", "farmers-market", 2, "1/2", "1/2", {}),
    ("food", "farmers-market", 1, "1", "1", {}),
    ("education", "community-college", 3, "1", "3/2", {}),
    ("education", "adult-school", 3, "1", "3/2", {}),
    ("education", "elementary-school", 3, "1/4", "3/4", FAMILY),
    ("education", "middle-school", 3, "1/2", "1", FAMILY),
    ("education", "high-school", 3, "1", "3/2", FAMILY),
    ("education", "elementary-school", 2, "3/4", "5/4", FAMILY),
    ("education", "middle-school", 2, "1", "3/2", FAMILY),
    ("education", "high-school", 2, "3/2", "2", FAMILY),
    ("senior", "senior-center", 3, "1/2", "1", {"housing_type": "senior"}),
    ("senior", "senior-center", 2, "3/4", "3/2", {"housing_type": "senior"}),
    ("special-needs", "special-needs-facility", 3, "1/2", "1/2", {"housing_type": "special-needs"}),
    ("special-needs", "special-needs-facility", 2, "1", "1", {"housing_type": "special-needs"}),
    ("health", "clinic", 3, "1/2", "1", {}),
    ("health", "clinic", 2, "1", "3/2", {}),
    ("health", "hospital", 3, "1/2", "1", {}),
    ("health", "hospital", 2, "1", "3/2", {}),
    ("pharmacy", "pharmacy", 2, "1/2", "1", {}),
    ("pharmacy", "pharmacy", 1, "1", "2", {}),
]
# points, miles, minutes between departures, units an acre
TRANSIT = [(7, "1/3", 30.0, 26), (6, "1/3", 30.0, 25), (5, "1/2", 30.0, 40), (4, "1/3", 31.0, 40), (3, "1/2", 31.0, 40)]


def at(rule: str, kind: str, metres: float, rural: bool, project: dict[str, Any]) -> dict[str, Any]:
    """The item of a lot with one amenity of the kind, whose nearest corner is so far from the lot's."""
    facts = {
        "project": {"rural_set_aside": rural, "rural_school_mile_is_added": False, **project},
        "kinds": {kind: KNOWN.get(kind, {}) | {"in_shopping_complex": False}},
        "pairs": {("lot-0", "it"): {"attendance_area": True}},
    }
    table = lots.amenities(("it", kind, lots.square(lots.away(metres))))
    return lots.item(lots.asked(lots.sites(lots.lot()), facts=facts, amenities=table), rule)


@pytest.mark.parametrize("rural", [False, True])
@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c[1]}-{c[2]}")
def test_each_cell_holds_to_a_tenth_of_a_metre(
    cell: tuple[str, str, int, str, str, dict[str, Any]], rural: bool
) -> None:
    rule, kind, points, miles, rural_miles, project = cell
    limit = float(Fraction(rural_miles if rural else miles)) * lots.MILE_M
    inside, outside = (at(rule, kind, limit + step, rural, project) for step in (-0.1, 0.1))
    assert (inside["points"], inside["method"]) == (points, "straight line, edge to edge")
    assert inside["slack_m"] == pytest.approx(0.1, abs=0.05)
    assert outside["points"] < points
    assert outside["next_points"] == points
    assert outside["margin_m"] == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize("cell", TRANSIT, ids=lambda c: str(c[0]))
def test_each_line_of_the_transit_table_holds_to_a_tenth_of_a_metre(cell: tuple[int, str, float, int]) -> None:
    points, miles, gap_min, density = cell
    limit = float(Fraction(miles)) * lots.MILE_M
    project = {"rural_set_aside": False, "density_units_per_acre": density, "van_service": False}

    def there(metres: float) -> dict[str, Any]:
        layers = {"stops": lots.stops(("S", "bus", lots.away(metres))), "service": lots.service(("S", "1", gap_min))}
        return lots.item(lots.asked(lots.sites(lots.lot()), facts={"project": project}, **layers), "transit")

    assert there(limit - 0.1)["points"] == points
    assert there(limit + 0.1)["points"] < points
    assert there(limit + 0.1)["margin_m"] == pytest.approx(0.1, abs=0.05)


def test_the_table_holds_no_other_cells_than_these() -> None:
    typed = {(rule, kind, points, Fraction(mi), Fraction(rural)) for rule, kind, points, mi, rural, _ in CELLS}
    shipped = set()
    for item in lots.ctcac().items:
        for row in item.rows:
            if item.id != "transit" and row.within_mi is not None and "wider" not in row.id:
                shipped |= {
                    (item.id, kind, row.points, row.within_mi, row.rural_mi or row.within_mi)
                    for kind in row.kinds
                    if (row.id.startswith("market") and kind == "grocery") is False
                }
    assert shipped == typed
    transit = {(r.points, r.within_mi) for r in rows("transit") if r.within_mi}
    assert transit == {(points, Fraction(miles)) for points, miles, *_ in TRANSIT}
    assert {(r.points, r.rural_points) for r in rows("internet")} == {(2, 3)}
    assert {r.points for r in rows("transit-pass")} == {3, 2}
    assert {r.points for r in rows("opportunity")} == {8}
    assert lots.ctcac().cap == 15


def rows(item: str) -> tuple[Row, ...]:
    return next(i.rows for i in lots.ctcac().items if i.id == item)


def test_the_wider_reading_of_the_rural_school_mile_gives_points_on_condition_only() -> None:
    project = FAMILY | {"rural_set_aside": True}
    facts = {"project": project, "pairs": {("lot-0", "it"): {"attendance_area": True}}}
    table = lots.amenities(("it", "high-school", lots.square(lots.away(2.4 * lots.MILE_M))))
    found = lots.item(lots.asked(lots.sites(lots.lot()), facts=facts, amenities=table), "education")
    assert (found["points"], found["points_if_confirmed"], found["status"]) == (0, 2, "conditional")


@settings(max_examples=40)
@given(
    cell=st.sampled_from(CELLS),
    near=st.floats(0, 6_000),
    more=st.floats(0, 3_000),
    rural=st.sampled_from([True, False]),
)
def test_points_never_rise_with_distance(
    cell: tuple[str, str, int, str, str, dict[str, Any]], near: float, more: float, rural: bool
) -> None:
    rule, kind, *_, project = cell
    close, far = at(rule, kind, near, rural, project), at(rule, kind, near + more, rural, project)
    for figure in ("points", "points_if_confirmed", "points_high"):
        assert close[figure] >= far[figure]


@settings(max_examples=40)
@given(cell=st.sampled_from(CELLS), metres=st.floats(1, 5_000))
def test_a_rural_project_never_has_fewer_points_for_the_same_amenity(
    cell: tuple[str, str, int, str, str, dict[str, Any]], metres: float
) -> None:
    rule, kind, *_, project = cell
    assert at(rule, kind, metres, True, project)["points"] >= at(rule, kind, metres, False, project)["points"]


def test_an_amenity_in_a_shopping_complex_is_250_feet_nearer() -> None:
    facts = {"project": {"rural_set_aside": False}, "amenities": {"it": {"in_shopping_complex": True}}}
    wall = lots.square(lots.away(lots.MILE_M / 2 + 76.2 - 0.1))
    layers = {"amenities": lots.amenities(("it", "pharmacy", wall))}
    found = lots.item(lots.asked(lots.sites(lots.lot()), facts=facts, **layers), "pharmacy")
    assert (found["points"], found["status"]) == (2, "met")
    assert found["distance_m"] == pytest.approx(lots.MILE_M / 2 - 0.1, abs=0.06)
    unknown = lots.item(lots.asked(lots.sites(lots.lot()), facts={"project": facts["project"]}, **layers), "pharmacy")
    assert (unknown["points"], unknown["points_high"], unknown["status"]) == (1, 2, "conditional")


def test_only_the_edge_nearest_counts_and_an_amenity_known_by_a_point_says_so() -> None:
    facts = {"project": {"rural_set_aside": False}, "kinds": {"park": {"counts_as_park": True}}}
    big = lots.square(lots.away(800), side_m=900)
    edge = lots.item(
        lots.asked(lots.sites(lots.lot()), facts=facts, amenities=lots.amenities(("p", "park", big))), "park"
    )
    assert (edge["points"], edge["status"]) == (3, "met")
    middle = lots.amenities(("p", "park", Point(big.centroid)))
    point = lots.item(lots.asked(lots.sites(lots.lot()), facts=facts, amenities=middle), "park")
    assert point["points"] < 3
    assert "point (no outline at hand)" in point["method"]
