"""Each line of the measures, worked by hand on a street of one kilometre."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from siteselect import access, units
from siteselect.layers.ledger import Report
from siteselect.layers.streets import Streets
from tests import town

CRS = "EPSG:26910"
LINE = access.Detour(low=1.0, likely=1.4, high=2.5)
NO_STREETS = None


def street() -> Streets:
    """One street from (0, 0) to (1000, 0)."""
    x, y = (np.array(c, float) for c in zip(town.CORNER, (town.CORNER[0] + 1000, town.CORNER[1]), strict=True))
    return Streets(x, y, np.array([0]), np.array([1]), "walk", Report("streets", 0, 0, 0, 0, pd.DataFrame()))


def sites(*rows: tuple[float, float], margin_m: float = 0.0, area_m2: float = 1000.0) -> gpd.GeoDataFrame:
    lonlat = [town.lonlat(*at) for at in rows]
    table = pd.DataFrame({"site_id": [f"s{i}" for i in range(len(rows))], "shape": "point", "area_m2": area_m2})
    table = table.assign(lon=[a for a, _ in lonlat], lat=[b for _, b in lonlat], margin_m=margin_m)
    return gpd.GeoDataFrame(table, geometry=[shapely.Point(p) for p in lonlat], crs="EPSG:4326")


def places(*rows: tuple[float, float]) -> gpd.GeoDataFrame:
    points = [shapely.Point(town.lonlat(*at)) for at in rows]
    names = [f"p{i}" for i in range(len(rows))]
    table = pd.DataFrame({"name": names, "category": "clinic", "source": "list", "as_of": "2026"})
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")


def timetable(*stops: tuple[float, float]) -> access.Timetable:
    """Stops with two trips an hour each, of their own."""
    points = [shapely.Point(town.lonlat(*at)) for at in stops]
    keys = [f"f:{i}" for i in range(len(stops))]
    table = pd.DataFrame(
        {"stop_key": keys, "feed": "f", "name": keys, "mode": "bus", "departures": 2, "departures_per_hour": 2.0}
    )
    trips = pd.DataFrame([(k, f"{k}-{n}") for k in keys for n in range(2)], columns=["stop_key", "trip_key"])
    frame = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")
    return access.Timetable(frame, trips, dt.date(2026, 3, 3), (7 * 3600, 8 * 3600), {"f": "operator"})


def measured(
    candidates: gpd.GeoDataFrame,
    measure: str,
    *,
    services: gpd.GeoDataFrame | None = None,
    stops: access.Timetable | None = None,
    streets: Streets | None = NO_STREETS,
    hazards: dict[str, access.Zones] | None = None,
) -> pd.Series:
    found = access.measures(
        candidates, crs=CRS, services=places() if services is None else services, timetable=stops, streets=streets,
        hazards=hazards or {}, slopes=None, slopes_source=("", None), people=None, people_source=("", None),
        detour=LINE,
    )  # fmt: skip
    return found[found["measure"] == measure].iloc[0]


def ends(row: pd.Series) -> tuple[float, ...]:
    return tuple(float(row[c]) for c in ("value", "low", "likely", "high"))


def test_a_walk_to_a_site_that_is_known_exactly_leaves_nothing_open() -> None:
    row = measured(sites((100, 0)), "nearest_clinic_m", services=places((400, 0)), streets=street())
    assert ends(row) == pytest.approx((300, 300, 300, 300), abs=0.2)


def test_a_site_known_to_100_m_is_100_m_nearer_or_two_and_a_half_times_that_farther_on_foot() -> None:
    row = measured(sites((100, 0), margin_m=100), "nearest_clinic_m", services=places((400, 0)), streets=street())
    assert ends(row) == pytest.approx((300, 200, 300, 550), abs=0.2)
    assert row["method"] == "walk, from its point; the site is known to 100 m"


def test_a_straight_line_from_a_site_known_to_100_m_is_widened_at_both_ends() -> None:
    row = measured(sites((100, 0), margin_m=100), "nearest_clinic_m", services=places((400, 0)))
    assert ends(row) == pytest.approx((300, 200, 420, 1000), abs=0.2)


def test_no_distance_is_below_zero() -> None:
    row = measured(sites((100, 0), margin_m=300), "nearest_clinic_m", services=places((150, 0)))
    assert row["low"] == 0


def test_a_walk_is_only_given_when_nothing_off_the_streets_could_be_nearer() -> None:
    # the walk is 500 m; a clinic 400 m north of the site is off every street, so that nobody knows the walk to it
    row = measured(sites((100, 0)), "nearest_clinic_m", services=places((600, 0), (100, 400)), streets=street())
    assert (row["target"], row["method"]) == ("p1", f"{access.STRAIGHT}, from its point")
    assert row["value"] == pytest.approx(400, abs=0.2)
    far = measured(sites((100, 0)), "nearest_clinic_m", services=places((600, 0), (100, 600)), streets=street())
    assert (far["target"], far["method"]) == ("p0", "walk, from its point")


def test_departures_by_a_straight_line_count_less_at_the_low_end_than_at_the_high() -> None:
    # stops at 300, 500 and 780 m: times 2.5 only the first is within 800 m, times 1.4 the first two
    row = measured(sites((0, 0)), "trips_per_hour_within_800m", stops=timetable((300, 0), (500, 0), (780, 0)))
    assert ends(row) == (6, 2, 4, 6)


def test_departures_of_a_site_beside_a_stop_off_the_streets_are_counted_by_a_straight_line() -> None:
    walked = measured(sites((0, 0)), "trips_per_hour_within_800m", stops=timetable((300, 0)), streets=street())
    assert (walked["value"], walked["low"]) == (2, 2)
    assert "walk" in walked["method"]
    mixed = measured(sites((0, 0)), "trips_per_hour_within_800m", stops=timetable((300, 0), (0, 500)), streets=street())
    assert mixed["value"] == 4
    assert access.STRAIGHT in mixed["method"]


def zones(west: float, east: float) -> dict[str, access.Zones]:
    ring = town.ring((west, -2000), (east, -2000), (east, 2000), (west, 2000))[0]
    frame = gpd.GeoDataFrame({"area_id": ["z"]}, geometry=[shapely.Polygon(ring)], crs="EPSG:4326")
    return {"flood": access.Zones(frame, "map", "2026")}


def test_the_share_of_a_point_that_its_circle_has_half_in_a_zone_may_be_anything() -> None:
    row = measured(sites((0, 0)), "flood_share", hazards=zones(0, 1000))
    assert row["value"] == pytest.approx(0.5, abs=0.01)
    assert (row["low"], row["high"]) == (0, 1)


@pytest.mark.parametrize(("west", "share"), [(-500, 1.0), (500, 0.0)])
def test_a_small_site_wholly_in_or_out_is_certain(west: float, share: float) -> None:
    assert ends(measured(sites((0, 0)), "flood_share", hazards=zones(west, 1000)))[1:] == (share,) * 3


def test_the_ground_of_a_site_known_only_to_60_m_is_not_known() -> None:
    row = measured(sites((0, 0), margin_m=60), "flood_share", hazards=zones(-500, 1000))
    assert np.isnan(row["value"])
    assert row["unknown_because"] == "the site's own place is not known closely enough"


def test_a_site_known_to_more_than_800_m_has_no_distance_at_all() -> None:
    row = measured(sites((0, 0), margin_m=801), "nearest_clinic_m", services=places((100, 0)))
    assert np.isnan(row["value"])


def test_zones_that_overlap_count_once() -> None:
    two = pd.concat([zones(-500, 1000)["flood"].areas, zones(-400, 900)["flood"].areas], ignore_index=True)
    row = measured(sites((0, 0)), "flood_share", hazards={"flood": access.Zones(gpd.GeoDataFrame(two), "map", "2026")})
    assert row["value"] == 1.0


def slopes(**columns: object) -> pd.DataFrame:
    of_terrain = {"slope_percent": 12.0, "method": "mean over the outline", "steep_share": 0.25, "steep_low": 0.2,
                  "steep_high": 0.4, "net_m2": 40_468.564224, "low_m2": 20_234.282112, "high_m2": 60_702.846336,
                  "net_method": "outline less steep and kept clear", "net_source": "dem; faults"}  # fmt: skip
    return pd.DataFrame([of_terrain | columns])


def of_terrain(candidates: gpd.GeoDataFrame, table: pd.DataFrame) -> pd.DataFrame:
    found = access.measures(
        candidates, crs=CRS, services=places(), timetable=None, streets=None, hazards={}, slopes=table,
        slopes_source=("dem", "2020"), people=None, people_source=("", None), detour=LINE,
    )  # fmt: skip
    return found.set_index("measure")


def outlined() -> gpd.GeoDataFrame:
    return sites((0, 0)).set_geometry([shapely.Polygon(town.ring((0, 0), (50, 0), (50, 50), (0, 50))[0])])


def test_an_outline_has_its_steep_share_and_its_net_acres_with_their_range_and_both_sources() -> None:
    found = of_terrain(outlined().set_crs(4326), slopes())
    assert ends(found.loc["steep_share"]) == pytest.approx((0.25, 0.2, 0.25, 0.4))
    assert ends(found.loc["net_developable_acres"]) == pytest.approx((10, 5, 10, 15))
    assert found.loc["net_developable_acres", ["unit", "source", "as_of"]].tolist() == ["acres", "dem; faults", "2020"]
    assert set(found.index) <= set(access.names([], []))


def test_of_a_site_that_is_a_point_only_the_slope_is_known() -> None:
    found = of_terrain(sites((0, 0)), slopes())
    assert found.loc["slope_percent", "value"] == 12
    for measure in ("steep_share", "net_developable_acres"):
        assert np.isnan(found.loc[measure, "value"])
        assert found.loc[measure, "unknown_because"] == "the site's outline is not known"


def test_net_acres_without_a_layer_of_faults_are_unknown_and_say_so() -> None:
    words = "unknown: no layer of fault zones is at hand"
    row = of_terrain(outlined().set_crs(4326), slopes(net_m2=np.nan, net_method=words)).loc["net_developable_acres"]
    assert np.isnan(row["value"])
    assert row["unknown_because"] == "no layer of fault zones is at hand"


def test_the_invented_town_is_where_its_metres_say() -> None:
    x, y = units.convert([town.lonlat(0, 0)[0]], [town.lonlat(0, 0)[1]], "EPSG:4326", CRS)
    assert (x[0], y[0]) == pytest.approx(town.CORNER, abs=0.01)
