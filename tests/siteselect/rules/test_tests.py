"""The statutes' tests and the siting constraints: three kinds of distance, and unknown that is never a pass."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from siteselect import rules
from siteselect.layers.ledger import Ledger
from siteselect.layers.streets import Streets
from tests import lots

HALF_M = lots.MILE_M / 2
ZONES = (
    "flood", "floodway", "fire_hazard", "fault_zone", "seismic_hazard_zone", "liquefaction", "freeway", "oil_gas",
    "hazardous_site", "wetland", "farmland", "conservation_plan", "habitat", "conservation_easement", "coastal_zone",
)  # fmt: skip
FAR_OFF = lots.square(lots.away(8_000))


def statutes(facts: dict[str, Any] | None = None, table: gpd.GeoDataFrame | None = None, **layers: Any) -> rules.Result:
    sites = lots.sites(lots.lot()) if table is None else table
    pack = lots.tests_pack("california-statutes-2026-07-10")
    said = rules.Facts(**(facts or {}))
    return rules.tests(pack, sites, crs=lots.CRS, layers=rules.Layers(**layers), facts=said)


def siting(zones: dict[str, Any], table: gpd.GeoDataFrame | None = None, slope: float | None = 3.0) -> rules.Result:
    sites = lots.sites(lots.lot()) if table is None else table
    found = {n: rules.Zone(gpd.GeoDataFrame(geometry=[s], crs="EPSG:4326"), "map", "2024") for n, s in zones.items()}
    figures = {} if slope is None else {"slope_percent": {"lot-0": slope}}
    layers = rules.Layers(zones=found, figures=figures)
    facts = rules.Facts(project={"noise_db_dnl": 60})
    return rules.tests(lots.tests_pack("siting-2026-07-10"), sites, crs=lots.CRS, layers=layers, facts=facts)


def rail(metres: float) -> dict[str, Any]:
    return {"stops": lots.stops(("S", "rail", lots.away(metres))), "service": lots.service()}


def test_a_rail_station_is_a_major_transit_stop_however_seldom_trains_run() -> None:
    inside = lots.item(statutes(**rail(HALF_M - 0.1)), "major-transit-stop")
    assert (inside["status"], inside["because"]) == ("pass", "trains stop there")
    assert inside["margin_m"] == pytest.approx(-0.1, abs=0.05)
    outside = lots.item(statutes(**rail(HALF_M + 51)), "major-transit-stop")
    assert outside["status"] == "fail"


@pytest.mark.parametrize(
    ("gaps", "status"), [((20, 20), "pass"), ((20, 21), "fail"), ((15, 40), "fail"), ((12, 12), "pass")]
)
def test_two_bus_routes_make_a_major_stop_when_both_run_every_20_minutes(gaps: tuple[int, int], status: str) -> None:
    service = lots.service(("S", "1", gaps[0]), ("S", "2", gaps[1]))
    stops = lots.stops(("S", "bus", lots.away(300)))
    found = lots.item(statutes(stops=stops, service=service), "major-transit-stop")
    # a route that runs three times an hour by its average is a condition
    assert found["status"] == status or (status == "fail" and max(gaps) <= 20)


def test_one_route_alone_is_no_major_stop_and_may_be_a_corridor() -> None:
    found = statutes(stops=lots.stops(("S", "bus", lots.away(300))), service=lots.service(("S", "1", 15)))
    assert lots.item(found, "major-transit-stop")["status"] == "fail"
    assert lots.item(found, "high-quality-corridor")["status"] == "pass"


def test_routes_that_stop_within_500_feet_of_each_other_meet() -> None:
    def found(apart_m: float) -> str:
        at = lots.away(300)
        stops = lots.stops(("A", "bus", at), ("B", "bus", lots.away(apart_m, 90, at)))
        service = lots.service(("A", "1", 15), ("B", "2", 15))
        return str(lots.item(statutes(stops=stops, service=service), "major-transit-stop")["status"])

    assert (found(152), found(154)) == ("pass", "fail")


def test_the_area_test_asks_for_a_quarter_of_the_area_at_most() -> None:
    # a lot 400 m wide, the stop east of its middle: half a mile from the stop is 796.4 m from its east side on average
    east_west, middle = lots.lot(side_m=400), lots.away(200, 180)

    def share(metres: float) -> dict[str, Any]:
        stop = {"stops": lots.stops(("S", "rail", lots.away(metres, 90, middle))), "service": lots.service()}
        return lots.item(statutes(table=lots.sites(east_west), **stop), "half-mile-area")

    assert share(494)["status"] == "pass"
    assert share(499)["status"] == "fail"
    assert "of its area is farther" in share(499)["because"]


def test_a_walk_is_not_a_straight_line() -> None:
    x, y = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    ledger = Ledger.of_file("streets", "streets", 1)
    streets = Streets(x, y, np.array([0]), np.array([1]), "walk", ledger.report())  # far away: no walk is known
    near = lots.item(statutes(**rail(500), streets=streets), "pl-walk")
    assert near["status"] == "conditional"
    assert "the walk is not known" in near["because"]
    assert lots.item(statutes(**rail(HALF_M + 200), streets=streets), "pl-walk")["status"] == "fail"


def test_six_kinds_within_a_mile_pass_and_six_of_a_few_kinds_are_a_condition() -> None:
    kinds = ("grocery", "park", "community-center", "pharmacy", "clinic", "library", "school")

    def count(*near: str) -> dict[str, Any]:
        rows = [(f"{k}-{n}", k, lots.square(lots.away(400 + n))) for n, k in enumerate(near)]
        rows += [(f"far-{k}", k, lots.square(lots.away(9_000))) for k in (*kinds, "bus-station")]
        layers = {"amenities": lots.amenities(*rows), "stops": lots.stops(("S", "bus", lots.away(9_000)))}
        facts = {"project": {"rural_area": False}}
        return lots.item(statutes(facts, **layers), "pl-amenities")

    assert count(*kinds[:6])["status"] == "pass"
    assert count(*kinds[:5])["status"] == "fail"
    assert count("park", "park", "park", "library", "library", "school")["status"] == "conditional"


def test_an_exemption_of_many_parts_says_which_of_them_decide() -> None:
    found = lots.item(statutes({"project": {"all_lower_income": False}}), "public-land-exemption")
    assert found["status"] == "fail"
    assert found["because"] == "All for lower incomes: all_lower_income is False"


def test_sb_79_does_not_apply_in_sonoma_and_says_why() -> None:
    found = lots.item(statutes(county="Sonoma"), "sb-79")
    assert found["status"] == "does not apply"
    assert "more than 15 passenger rail stations" in found["because"]
    assert lots.item(statutes(county="Alameda"), "sb-79")["status"] == "conditional"
    assert lots.item(statutes(), "sb-79")["status"] == "unknown"


def test_a_site_clear_of_every_zone_at_hand_passes() -> None:
    found = siting(dict.fromkeys(ZONES, FAR_OFF))
    assert set(found.items["status"]) == {"pass"}


@pytest.mark.parametrize("gone", [*ZONES, "slope"])
def test_a_site_with_an_unknown_hazard_never_passes_it(gone: str) -> None:
    zones = {name: FAR_OFF for name in ZONES if name != gone}
    found = siting(zones, slope=None if gone == "slope" else 3.0)
    assert lots.item(found, gone.replace("_", "-"))["status"] == "unknown"
    assert lots.item(found, "siting")["status"] == "unknown"


@settings(max_examples=30)
@given(here=st.sets(st.sampled_from(ZONES)), inside=st.sets(st.sampled_from(ZONES)))
def test_no_siting_line_passes_but_on_a_layer_that_was_looked_at(here: set[str], inside: set[str]) -> None:
    zones = {name: lots.square(lots.away(2_000, 225), 4_000) if name in inside else FAR_OFF for name in here}
    found = siting(zones)
    for name in ZONES:
        status = lots.item(found, name.replace("_", "-"))["status"]
        assert (status == "unknown") == (name not in here)
        assert status != "pass" or name not in inside
    passes = lots.item(found, "siting")["status"] == "pass"
    assert passes == (here == set(ZONES) and not inside)


def test_a_site_known_by_a_point_near_a_zone_is_unknown_and_not_a_pass() -> None:
    zone = lots.square(lots.away(40))
    point = siting(dict.fromkeys(ZONES, FAR_OFF) | {"flood": zone}, lots.sites(Point(lots.CORNER), margin_m=0.0))
    assert lots.item(point, "flood")["status"] == "unknown"
    drawn = siting(dict.fromkeys(ZONES, FAR_OFF) | {"flood": zone})
    assert lots.item(drawn, "flood")["status"] == "pass"


def test_what_a_zone_means_is_said_with_the_way_out() -> None:
    everywhere = lots.square(lots.away(2_000, 225), 4_000)
    found = siting(dict.fromkeys(ZONES, FAR_OFF) | {"flood": everywhere, "wetland": everywhere})
    flood, wetland = lots.item(found, "flood"), lots.item(found, "wetland")
    assert (flood["status"], wetland["status"]) == ("conditional", "fail")
    assert "letter of map revision" in flood["because"]
    assert lots.item(found, "siting")["because"].startswith("Wetlands")


def test_a_local_policy_is_labelled_as_one() -> None:
    found = siting({}).items.set_index("rule")["standing"]
    assert set(found[found == "local policy"].index) == {"slope", "liquefaction"}


def test_five_hundred_feet_from_a_freeway_hold_to_a_tenth_of_a_metre() -> None:
    def near(metres: float) -> dict[str, Any]:
        return lots.item(siting(dict.fromkeys(ZONES, FAR_OFF) | {"freeway": lots.square(lots.away(metres))}), "freeway")

    assert near(152.5)["status"] == "pass"
    assert near(152.3)["status"] == "conditional"
    assert near(152.3)["margin_m"] == pytest.approx(0.1, abs=0.05)
