"""A point on either database: the three places, and the only ones, where PostGIS and SQLite differ."""

from __future__ import annotations

import struct
from typing import Any

import shapely
from geoalchemy2 import Geography, WKBElement
from geoalchemy2.shape import from_shape, to_shape
from pyproj import Geod
from sqlalchemy import Dialect, Float, LargeBinary
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

WGS84 = Geod(ellps="WGS84")


class PointGeog(TypeDecorator[shapely.Point]):
    """A WGS84 point: geography(Point,4326) on PostGIS, WKB bytes on SQLite, a shapely Point in Python."""

    impl = Geography  # not LargeBinary: GeoAlchemy2's create events read `spatial_index` off the impl
    cache_ok = True

    def __init__(self) -> None:
        super().__init__("POINT", srid=4326, spatial_index=False)  # the model names its own index

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        """Bytes on SQLite, geography elsewhere."""
        if dialect is not None and dialect.name == "sqlite":
            return LargeBinary()
        return self.impl_instance

    def process_bind_param(self, value: shapely.Point | None, dialect: Dialect) -> Any:
        """Into the database; a missing point stays missing."""
        if value is None:
            return None
        return from_shape(value, srid=4326) if dialect.name == "postgresql" else shapely.to_wkb(value, byte_order=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> shapely.Point | None:
        """Out of the database."""
        if value is None:
            return None
        return to_shape(value) if isinstance(value, WKBElement) else shapely.from_wkb(value)


class metres(FunctionElement[float]):  # noqa: N801  # it is written in a query like SQL's own functions
    """metres(point column, lon, lat): distance on the WGS84 ellipsoid, missing for a missing point."""

    type = Float()
    inherit_cache = True


class near(FunctionElement[Any]):  # noqa: N801  # as above
    """near(point column, id column, lon, lat, radius_m, west, south, east, north): within the radius, by the index.

    The box must hold the circle; PostGIS makes its own and does not look at it.
    """

    type = NullType()  # Boolean would be written '(...) = 1' on SQLite, which hides the R*Tree from its planner
    inherit_cache = True


@compiles(metres, "postgresql")
def _metres_postgis(element: metres, compiler: SQLCompiler, **kw: Any) -> str:
    column, lon, lat = (compiler.process(x, **kw) for x in element.clauses)
    return f"ST_Distance({column}, ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326)::geography)"


@compiles(metres, "sqlite")
def _metres_sqlite(element: metres, compiler: SQLCompiler, **kw: Any) -> str:
    column, lon, lat = (compiler.process(x, **kw) for x in element.clauses)
    return f"geod_metres({column}, {lon}, {lat})"


@compiles(near, "postgresql")
def _near_postgis(element: near, compiler: SQLCompiler, **kw: Any) -> str:
    column, _id, lon, lat, radius = (compiler.process(x, **kw) for x in list(element.clauses)[:5])
    return f"ST_DWithin({column}, ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326)::geography, {radius})"


@compiles(near, "sqlite")
def _near_sqlite(element: near, compiler: SQLCompiler, **kw: Any) -> str:
    clauses = list(element.clauses)
    table = clauses[0].table.name
    column, id_, lon, lat, radius, west, south, east, north = (compiler.process(x, **kw) for x in clauses)
    return (
        f"({id_} IN (SELECT id FROM {table}_rtree"  # noqa: S608  # a table's own name; every value is a parameter
        f" WHERE maxx >= {west} AND maxy >= {south} AND minx <= {east} AND miny <= {north})"
        f" AND geod_metres({column}, {lon}, {lat}) <= {radius})"
    )


def box(lon: float, lat: float, radius_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of a box that holds the circle; the whole width where it crosses a seam."""
    reach = radius_m * 1.01 + 1.0  # the R*Tree keeps 32-bit floats, so the box has to be a little generous
    quarter_m = 9_900_000.0
    if reach > quarter_m:
        return -180.0, -90.0, 180.0, 90.0
    south = lat - reach / 110_567.0
    north = lat + reach / 110_567.0
    if south <= -89.0 or north >= 89.0:
        return -180.0, max(south, -90.0), 180.0, min(north, 90.0)
    # the widest place of the circle lies at the parallel farthest from the equator that it touches
    wide = WGS84.fwd(lon, max(abs(south), abs(north)), 90.0, reach)[0] - lon
    if wide < 0 or lon - wide < -180.0 or lon + wide > 180.0:
        return -180.0, south, 180.0, north
    return lon - wide, south, lon + wide, north


def geod_metres(wkb: bytes | None, lon: float, lat: float) -> float | None:
    """What SQLite calls for metres(): 1 + 4 bytes of little-endian WKB header, then x and y."""
    if wkb is None:
        return None
    x, y = struct.unpack_from("<dd", wkb, 5)
    return float(WGS84.inv(x, y, lon, lat)[2])


def wkb_x(wkb: bytes) -> float:
    """The longitude, for the triggers that keep the R*Tree."""
    return float(struct.unpack_from("<d", wkb, 5)[0])


def wkb_y(wkb: bytes) -> float:
    """The latitude, for the triggers that keep the R*Tree."""
    return float(struct.unpack_from("<d", wkb, 13)[0])
