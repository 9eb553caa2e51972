"""Lots, amenities and stops at exact distances: corner to corner on the ellipsoid, so that no projection is trusted."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import Geod
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from siteselect import rules
from siteselect.rules.service import Service

CRS = "EPSG:26910"
CORNER = (-122.71, 38.44)  # the north-east corner of every lot
MILE_M = 1609.344
CLEAR = rules.Barriers(gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326"), "looked at")
_GEOD = Geod(ellps="WGS84")


def away(metres: float, azimuth: float = 45.0, start: tuple[float, float] = CORNER) -> tuple[float, float]:
    """The point at a distance from a lot's corner, in the quarter that the corner faces."""
    lon, lat, _ = _GEOD.fwd(*start, azimuth, metres)
    return lon, lat


def square(south_west: tuple[float, float], side_m: float = 100.0) -> Polygon:
    """A square whose south-west corner is given."""
    east, north = away(side_m, 90, south_west), away(side_m, 0, south_west)
    return Polygon([south_west, east, (east[0], north[1]), north])


def lot(side_m: float = 60.0) -> Polygon:
    """The lot itself: a square whose north-east corner is `CORNER`."""
    west, south = away(side_m, 270), away(side_m, 180)
    return Polygon([CORNER, west, (west[0], south[1]), south])


def sites(*shapes: BaseGeometry, ids: Sequence[str] = (), **columns: Any) -> gpd.GeoDataFrame:
    """A table of sites with these shapes, as the readers give it."""
    series = gpd.GeoSeries(list(shapes), crs="EPSG:4326")
    middle = series.representative_point()
    drawn = series.geom_type == "Polygon"
    table = {
        "site_id": list(ids) or [f"lot-{n}" for n in range(len(shapes))], "name": "a lot", "owner": "county",
        "shape": drawn.map({True: "parcel", False: "point"}), "margin_m": 0.0, "area_m2": 3600.0, "lon": middle.x,
        "lat": middle.y,
    } | columns  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=series, crs="EPSG:4326")


def amenities(*rows: tuple[str, str, BaseGeometry]) -> gpd.GeoDataFrame:
    """Amenities of (identifier, kind, shape)."""
    table = pd.DataFrame([(i, i, k, "a list", "2024") for i, k, _ in rows])
    table.columns = pd.Index(["amenity_id", "name", "kind", "source", "as_of"])
    return gpd.GeoDataFrame(table, geometry=[shape for *_, shape in rows], crs="EPSG:4326")


def stops(*rows: tuple[str, str, tuple[float, float]]) -> gpd.GeoDataFrame:
    """Stops of (key, mode, longitude and latitude)."""
    table = pd.DataFrame([(k, k, m, "a timetable", "2026-03-03") for k, m, _ in rows])
    table.columns = pd.Index(["stop_key", "name", "mode", "source", "as_of"])
    return gpd.GeoDataFrame(table, geometry=[Point(p) for *_, p in rows], crs="EPSG:4326")


def service(*rows: tuple[str, str, float]) -> Service:
    """A service in which a route stops with at most so many minutes between departures: (stop, route, gap_min)."""
    columns = ["stop_key", "mode", "route", "direction_known", "gap_min", "gap_inside_min", "departures_fewest"]
    table = pd.DataFrame([(s, "bus", r, True, g, g, 2) for s, r, g in rows], columns=columns)
    table["departures_per_hour"] = 60 / table["gap_min"]
    return Service(table, table.assign(route="all lines there"), ((25200, 32400), (57600, 64800)), {}, ())


@functools.cache
def ctcac() -> rules.PointsPack:
    """The shipped table."""
    pack = rules.read_pack("ctcac-2024-12-11", Path.cwd())
    assert isinstance(pack, rules.PointsPack)
    return pack


@functools.cache
def tests_pack(name: str) -> rules.TestsPack:
    """A shipped pack of tests."""
    pack = rules.read_pack(name, Path.cwd())
    assert isinstance(pack, rules.TestsPack)
    return pack


def item(result: rules.Result, rule: str, site: str = "lot-0") -> dict[str, Any]:
    """One item of one site."""
    found = result.items[(result.items["rule"] == rule) & (result.items["site_id"] == site)]
    assert len(found) == 1
    return dict(found.iloc[0])


def asked(table: gpd.GeoDataFrame, *, facts: Mapping[str, Any] | None = None, **layers: Any) -> rules.Result:
    """The shipped table's points, barriers looked at and none there unless others are given."""
    said = rules.Facts(**(facts or {}))
    return rules.points(ctcac(), table, crs=CRS, layers=rules.Layers(**({"barriers": CLEAR} | layers)), facts=said)
