"""Coordinate systems and measures: the only place that crosses between them.

Outside, everything is longitude and latitude (EPSG:4326, always in that order); inside a computation, it is the place's
own projected system in metres.  The grid-shift files of PROJ are never fetched.
"""

import re
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from siteselect.errors import ConfigError, CrsUnknown

Box = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""

DEGREES = "EPSG:4326"
SWAPPED = "EPSG:4326 with latitude first"
CANDIDATES = (DEGREES, "EPSG:3857", "", "EPSG:2226", "EPSG:26910", "EPSG:3310", SWAPPED)  # "" is the place's own
MARGIN_DEG = 0.02  # boundaries are drawn coarsely: about 2 km of grace round a place's box
ENOUGH = 0.95

_ACRE_M2 = 4046.8564224  # international acre; the US survey acre differs by four parts in a million
_FOOT_M = 0.3048


def acres_to_m2(acres: Any) -> Any:
    """Square metres for a number, array or column of international acres."""
    return acres * _ACRE_M2


def feet_to_m(feet: Any) -> Any:
    """Metres for a number, array or column of international feet."""
    return feet * _FOOT_M


def place_crs(text: str) -> str:
    """The place's coordinate system, when distances can be measured in it; ConfigError tells what else to write."""
    crs = _crs(text)
    remedy = "give a projected system in metres, such as the UTM zone (EPSG:26910 for western California)"
    if crs is None:
        raise ConfigError(f"crs {text!r} is not a coordinate system that PROJ knows; {remedy}.")
    if not crs.is_projected:
        raise ConfigError(f"crs {text!r} ({crs.name}) is in degrees, in which nothing can be measured; {remedy}.")
    units = {axis.unit_name for axis in crs.axis_info}
    if units != {"metre"}:
        raise ConfigError(f"crs {text!r} ({crs.name}) is in {', '.join(sorted(units))}, not metres; {remedy}.")
    if crs.to_epsg() == 3857:
        raise ConfigError(f"crs {text!r} ({crs.name}) stretches distances with the latitude; {remedy}.")
    return text


def to_metres(gdf: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """The same rows in the place's system in metres; the table must know its own system."""
    _offline()
    return gdf.to_crs(crs)


def to_degrees(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same rows in longitude and latitude (EPSG:4326); the table must know its own system."""
    _offline()
    return gdf.to_crs(DEGREES)


def convert(xs: Any, ys: Any, source: str, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of one system in another; what cannot be converted becomes infinite.  Either may be `SWAPPED`."""
    x, y = np.asarray(xs, float), np.asarray(ys, float)
    if source == SWAPPED:
        x, y, source = y, x, DEGREES
    turn = target == SWAPPED
    target = DEGREES if turn else target
    if source != target:
        x, y = (np.asarray(v, float) for v in _transformer(source, target).transform(x, y))
    elif target == DEGREES:
        off_the_earth = (np.abs(x) > 360) | (np.abs(y) > 90)
        x, y = np.where(off_the_earth, np.inf, x), np.where(off_the_earth, np.inf, y)
    return (y, x) if turn else (x, y)


def inside(lons: Any, lats: Any, box: Box, margin_deg: float = MARGIN_DEG) -> np.ndarray:
    """True for each point in the box or within `margin_deg` of it."""
    x, y = np.asarray(lons, float), np.asarray(lats, float)
    west, south, east, north = box
    return np.asarray(
        (x >= west - margin_deg) & (x <= east + margin_deg) & (y >= south - margin_deg) & (y <= north + margin_deg)
    )


def apart_m(lons: Any, lats: Any, other_lons: Any, other_lats: Any) -> np.ndarray:
    """Straight-line metres between pairs of points, on the WGS 84 ellipsoid; missing where a coordinate is missing."""
    x, y, other_x, other_y = np.broadcast_arrays(*(np.asarray(v, float) for v in (lons, lats, other_lons, other_lats)))
    if not x.size:
        return np.zeros(x.shape)
    return np.asarray(pyproj.Geod(ellps="WGS84").inv(x.copy(), y.copy(), other_x.copy(), other_y.copy())[2], float)


def outside_m(lons: Any, lats: Any, box: Box) -> np.ndarray:
    """Straight-line metres from each point to the box; 0 inside it."""
    x, y = np.asarray(lons, float), np.asarray(lats, float)
    return apart_m(x, y, np.clip(x, box[0], box[2]), np.clip(y, box[1], box[3]))


def detect(
    xs: Any, ys: Any, declared: str | None, place_box: Box, own_crs: str, what: str = "the file"
) -> tuple[str, str]:
    """The system in which coordinates lie in the place, and a sentence: what was declared, found, and how many agree.

    The first of the declared system, EPSG:4326, 3857, the place's own, 2226, 26910, 3310 and 4326 with latitude first
    that puts the median and 95 % of the coordinates inside the place's box.  Where none does, the layer may reach
    beyond the place: then the one that puts most of them inside.  CrsUnknown when none puts any there.  Coordinates
    that are not finite have no say.
    """
    x, y = np.asarray(xs, float), np.asarray(ys, float)
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    known = canonical(declared)
    shares: dict[str, int] = {}
    for name in dict.fromkeys(([known] if known else []) + [c or own_crs for c in CANDIDATES]):
        lon, lat = convert(x, y, name, DEGREES)
        within = inside(lon, lat, place_box)
        shares[name] = int(within.sum())
        if len(x) and within.mean() >= ENOUGH and inside(np.median(lon), np.median(lat), place_box):
            return name, _sentence(what, declared, known, name, shares, len(x))
    best = max(shares, key=lambda name: shares[name])
    if not shares[best]:
        raise CrsUnknown(
            f"{what}: {_declares(declared)}, and none of {', '.join(name_of(s) for s in shares)} puts any of its "
            f"{len(x):,} coordinates in the place ({_box_text(place_box)}); "
            "save it in longitude and latitude (EPSG:4326)."
        )
    return best, _sentence(what, declared, known, best, shares, len(x))


def canonical(declared: str | None) -> str | None:
    """The name we use for a declared system; None where nothing that PROJ knows is declared."""
    crs = _crs(declared) if declared else None
    if crs is None:
        return None
    authority = crs.to_authority()
    if authority == ("OGC", "CRS84") or authority == ("EPSG", "4326"):
        return DEGREES
    return ":".join(authority) if authority else str(crs.to_wkt())


def name_of(declared: str | None) -> str:
    """What a person calls a declared or detected system."""
    if declared == SWAPPED:
        return SWAPPED
    crs = _crs(declared) if declared else None
    if crs is None:
        return repr(declared) if declared else "none"
    authority = crs.to_authority()
    return ":".join(authority) if authority else f'"{crs.name}"'


def _sentence(
    what: str, declared: str | None, known: str | None, found: str, shares: dict[str, int], total: int
) -> str:
    beyond = "" if shares[found] >= ENOUGH * total else " (the layer reaches beyond it)"
    agree = f"{shares[found]:,} of {total:,} coordinates lie in the place{beyond}"
    if found == known:
        return f"{what}: {_declares(declared)}, and {agree}."
    where = f", in which {shares[known]:,} lie in the place" if known else ""
    return f"{what}: {_declares(declared)}{where}; as {name_of(found)}, {agree}, so it was read as that."


def _declares(declared: str | None) -> str:
    return f"it declares {name_of(declared)}" if declared else "it declares no coordinate system"


def _box_text(box: Box) -> str:
    return f"longitude {box[0]:.3f} to {box[2]:.3f}, latitude {box[1]:.3f} to {box[3]:.3f}"


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    _offline()
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=1)
def _offline() -> None:
    pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]  # public, but not in __all__


@lru_cache(maxsize=64)
def _crs(text: str) -> pyproj.CRS | None:
    """The system a text names; only codes and WKT are taken, since a PROJ string may name files."""
    named = re.fullmatch(r"(?:urn:(?:x-)?ogc:def:crs:)?([A-Za-z]+):(?:[\d.]*:)?([A-Za-z]*\d+)", text.strip())
    wkt = (
        text.lstrip()[:40]
        .upper()
        .startswith(("PROJCS", "GEOGCS", "PROJCRS", "GEOGCRS", "GEODCRS", "COMPD", "BOUNDCRS"))
    )
    try:
        if named:
            return pyproj.CRS.from_authority(named[1].upper(), named[2].upper())
        return pyproj.CRS.from_wkt(text) if wkt else None
    except CRSError:
        return None
