"""Parcels measured from their edge, and streets that lead nowhere: worked by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect import access, network
from siteselect.layers.ledger import Report
from siteselect.layers.streets import Streets
from siteselect.network.gates import BESIDE_M, EVERY_M, gates
from tests import town
from tests.siteselect.test_access import CRS, LINE, places, timetable

NOBODY = Report("streets", 0, 0, 0, 0, pd.DataFrame())


def streets(xy: list[tuple[float, float]], pieces: list[tuple[int, int]]) -> Streets:
    x, y = np.array(xy, float).T
    u, v = np.array(pieces).T
    return Streets(x + town.CORNER[0], y + town.CORNER[1], u, v, "walk", NOBODY)


def parcels(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Parcels by west, south, east, north in the town's metres."""
    rings = [town.ring((w, s), (e, s), (e, n), (w, n))[0] for w, s, e, n in boxes]
    outlines = gpd.GeoSeries([shapely.Polygon(r) for r in rings], crs="EPSG:4326")
    inside = outlines.representative_point()
    table = pd.DataFrame({"site_id": [f"s{i}" for i in range(len(boxes))], "shape": "parcel", "area_m2": 1000.0})
    return gpd.GeoDataFrame(table.assign(lon=inside.x, lat=inside.y, margin_m=0.0), geometry=outlines)


def measured(sites: gpd.GeoDataFrame, measure: str, *, edges: bool = True, **layers: object) -> pd.DataFrame:
    given = {"services": places(), "timetable": None, "streets": None, "hazards": {}, "slopes": None, "people": None}
    found = access.measures(
        sites, crs=CRS, slopes_source=("", None), people_source=("", None), detour=LINE, edges=edges,
        **(given | layers),
    )  # fmt: skip
    return found[found["measure"] == measure].reset_index(drop=True)


ROAD = [(-2000.0, 0.0), (4000.0, 0.0)]


def test_a_straight_line_is_struck_from_the_nearest_part_of_the_outline() -> None:
    site = parcels((0, 0, 400, 200))
    row = measured(site, "nearest_clinic_m", services=places((1000, 100))).iloc[0]
    assert row["value"] == pytest.approx(600, abs=0.2)
    assert row["method"] == "straight line, not a walk, from the parcel's edge"
    row = measured(site, "nearest_clinic_m", services=places((1000, 100)), edges=False).iloc[0]
    assert row["value"] == pytest.approx(800, abs=0.2)
    assert row["method"] == "straight line, not a walk, from its point"


def test_a_place_inside_the_outline_is_no_distance_away() -> None:
    assert measured(parcels((0, 0, 400, 200)), "nearest_clinic_m", services=places((50, 50)))["value"].tolist() == [0.0]


def test_a_walk_begins_at_either_end_of_the_edge_that_lies_along_the_street() -> None:
    # 10 m north of the road from 0 to 400: to both sides the walk begins at the end that is nearer
    site = parcels((0, 10, 400, 210))
    for clinic, most in (((900, 0), 510), ((-500, 0), 510), ((200, 0), 10 + EVERY_M / 2)):
        row = measured(site, "nearest_clinic_m", services=places(clinic), streets=streets(ROAD, [(0, 1)])).iloc[0]
        assert most - BESIDE_M <= row["value"] <= most + 0.2
        assert row["method"] == "walk, from the parcel's edge"
    row = measured(
        site, "nearest_clinic_m", services=places((900, 0)), streets=streets(ROAD, [(0, 1)]), edges=False
    ).iloc[0]
    assert row["value"] == pytest.approx(110 + 700, abs=0.2)


def test_a_parcel_that_a_street_crosses_is_left_at_its_edge() -> None:
    row = measured(
        parcels((0, -100, 400, 100)), "nearest_clinic_m", services=places((900, 0)), streets=streets(ROAD, [(0, 1)])
    ).iloc[0]
    assert row["value"] == pytest.approx(500, abs=0.2)


def test_a_parcel_between_two_streets_has_gates_to_both() -> None:
    # two roads that meet 6 km away: a clinic on each, and the parcel between them
    two = streets([*ROAD, (-2000, 200), (4000, 200), (10_000, 100)], [(0, 1), (2, 3), (1, 4), (3, 4)])
    site = parcels((0, 10, 400, 190))
    for clinic in ((900, 0), (900, 200)):
        row = measured(site, "nearest_clinic_m", services=places(clinic), streets=two).iloc[0]
        assert row["value"] == pytest.approx(500, abs=11)


def test_a_parcel_that_no_street_is_beside_goes_to_the_nearest_and_far_ones_are_said() -> None:
    row = measured(
        parcels((0, 150, 400, 300)), "nearest_clinic_m", services=places((900, 130)), streets=streets(ROAD, [(0, 1)])
    ).iloc[0]
    assert row["method"] == (
        "walk, from the parcel's edge; the nearest street is 150 m from the site; "
        "the nearest street is 130 m from the place"
    )
    assert row["value"] == pytest.approx(150 + 500 + 130, abs=401)
    assert row["value"] >= 150 + 500 + 130 - 0.2


def test_departures_are_counted_from_the_edge_too() -> None:
    site = parcels((0, 10, 400, 210))
    for layers in ({}, {"streets": streets(ROAD, [(0, 1)])}):
        row = measured(site, "trips_per_hour_within_800m", timetable=timetable((1150, 0)), **layers).iloc[0]
        assert row["value"] == 2
        assert ", from the parcel's edge; " in row["method"]
        row = measured(site, "trips_per_hour_within_800m", timetable=timetable((1150, 0)), edges=False, **layers).iloc[
            0
        ]
        assert row["value"] == 0


ISLAND = streets([*ROAD, (1000, 150), (1300, 150)], [(0, 1), (2, 3)])


def test_a_site_on_an_island_of_streets_is_unknown_and_the_island_is_named() -> None:
    sites = parcels((1100, 155, 1120, 170), (1100, 5, 1120, 20))
    found = measured(sites, "nearest_clinic_m", services=places((900, 0)), streets=ISLAND)
    assert np.isnan(found["value"][0])
    assert found["unknown_because"][0] == "its streets do not join those of any place: an island of 0.3 km"
    assert found["value"][1] == pytest.approx(205, abs=11)
    trips = measured(sites, "trips_per_hour_within_800m", timetable=timetable((900, 0)), streets=ISLAND)
    assert np.isnan(trips["value"][0])  # never 0: the stop is 250 m away
    assert trips["unknown_because"][0] == found["unknown_because"][0]
    assert trips["value"][1] == 2


def test_nothing_near_an_island_is_nothing_all_the_same() -> None:
    found = measured(
        parcels((1100, 155, 1120, 170)), "trips_per_hour_within_800m", timetable=timetable((3900, 0)), streets=ISLAND
    )
    assert found["value"].tolist() == [0.0]


def test_a_walk_is_not_the_nearest_when_a_nearer_place_lies_on_an_island() -> None:
    row = measured(
        parcels((1100, 5, 1120, 20)), "nearest_clinic_m", services=places((2000, 0), (1200, 150)), streets=ISLAND
    ).iloc[0]
    assert (row["target"], row["method"]) == ("p1", "straight line, not a walk, from the parcel's edge")


def test_a_walk_that_may_go_one_way_only_is_measured_from_the_site_to_the_place() -> None:
    ring = streets([(0, 0), (400, 0), (400, 400), (0, 400)], [(0, 1), (1, 2), (2, 3), (3, 0)])
    ring = Streets(ring.x, ring.y, ring.u, ring.v, "walk", NOBODY, np.ones(4, bool))
    for site, clinic, metres in (((95, 1, 105, 5), (300, 0), 195), ((295, 1, 305, 5), (100, 0), 1395)):
        row = measured(parcels(site), "nearest_clinic_m", services=places(clinic), streets=ring).iloc[0]
        assert row["value"] == pytest.approx(metres, abs=BESIDE_M)


@settings(max_examples=40)
@given(st.integers(0, 2**31 - 1))
def test_gates_are_on_streets_beside_their_outline_and_no_street_beside_it_is_left_out(seed: int) -> None:
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 500, (12, 2))
    u = random.integers(0, 12, 16)
    v = (u + random.integers(1, 12, 16)) % 12
    some = Streets(xy[:, 0], xy[:, 1], u, v, "walk", NOBODY)
    boxes = [
        shapely.box(*(p - h), *(p + h))
        for p, h in zip(random.uniform(-200, 700, (6, 2)), [5, 9, 20, 40, 80, 160], strict=True)
    ]
    outlines = np.array(boxes)
    found = gates(some, outlines, network.REACH_M)
    assert (np.diff(found.owner) >= 0).all()
    lines = shapely.linestrings(np.stack([xy[u], xy[v]], axis=1))
    points = shapely.points(found.xy)
    assert (shapely.distance(points[:, None], lines[None, :]).min(axis=1) < 1e-6).all()
    np.testing.assert_allclose(shapely.distance(points, outlines[found.owner]), found.connector_m, atol=1e-9)
    for number, outline in enumerate(outlines):
        apart = shapely.distance(outline, lines)
        mine = points[found.owner == number]
        assert (len(mine) > 0) == (apart.min() <= network.REACH_M)
        for line in lines[apart <= BESIDE_M]:
            assert shapely.distance(line, mine).min() < 1.5  # its own, or one within about a metre of it
