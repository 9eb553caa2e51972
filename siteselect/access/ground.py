"""What a site lies on and among: hazard zones, slope, people and jobs."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from siteselect import units
from siteselect.access.points import Points, in_metres
from siteselect.access.rows import NEAR_M, NOT_LOCATED, rows
from siteselect.layers import overlay
from siteselect.layers.terrain import STEEP_PERCENT

CLOSE_M = 50.0  # a site known less closely than this lies on ground that is not known
UNFILED_RADIUS_M = 30.0  # the circle that stands for a site of which neither outline nor area is known
NO_MODEL = "the elevation model does not cover the site"
NO_OUTLINE = "the site's outline is not known"


@dataclass(frozen=True)
class Zones:
    """One hazard's areas (a table with polygonal geometry, EPSG:4326) and where they are from."""

    areas: gpd.GeoDataFrame
    source: str
    as_of: str | None


def share(points: Points, name: str, zones: Zones) -> pd.DataFrame:
    """Share of each site's area inside a hazard's zones: an area test.

    A site known by a point only is taken as a circle of its filed area (30 m round the point where that is unknown);
    unless the circle is small and wholly in or wholly out, its share is anything from 0 to 1.
    """
    sites = points.sites
    outline = _outlines(points)
    areas = units.to_metres(zones.areas, points.crs).geometry.to_numpy()
    inside_m2 = shapely.area(overlay.inside(outline, areas))  # zones of one kind may overlap: what lies in any of them
    whole_m2 = shapely.area(outline)
    inside = np.divide(inside_m2, whole_m2, out=np.zeros(len(sites)), where=whole_m2 > 0).clip(0, 1)
    inside = np.round(inside, 9)  # what lies wholly inside must not be a hair less than whole
    drawn = shapely.get_dimensions(sites.geometry.to_numpy()) == 2
    wide = ~drawn & (points.margin_m > points.ground_m)  # a large site is no circle: its share is not known from one
    vague = wide | (~drawn & (inside > 0) & (inside < 1))
    value = np.where(points.located & (points.ground_m <= CLOSE_M), inside, np.nan)
    circle = "share of a circle of the site's area round its point"
    return rows(
        sites,
        f"{name}_share",
        (value, np.where(vague, 0.0, inside), inside, np.where(vague, 1.0, inside)),
        method=np.where(drawn, "share of the parcel's outline", circle),
        source=zones.source,
        as_of=zones.as_of,
    )


def terrain(points: Points, slopes: pd.DataFrame, source: tuple[str, str | None]) -> list[pd.DataFrame]:
    """Slope in percent, and what is too steep and what is left to build on where the terrain stage gives them.

    slopes, in the sites' order: slope_percent and method; steep_share, steep_low and steep_high; net_m2, low_m2,
    high_m2, net_method and net_source (the model's and the fault zones').
    """
    known = points.located & (points.ground_m <= CLOSE_M)
    value = np.where(known, slopes["slope_percent"].to_numpy(float), np.nan)
    method = slopes["method"].to_numpy(object)
    tables = [_of_terrain(points, "slope_percent", (value, value, value, value), method, NO_MODEL, source)]
    drawn = known & (shapely.get_dimensions(points.sites.geometry.to_numpy()) == 2)
    if "steep_share" in slopes:
        likely, low, high = (slopes[c].to_numpy(float) for c in ("steep_share", "steep_low", "steep_high"))
        likely, because = np.where(drawn, likely, np.nan), np.where(drawn, NO_MODEL, NO_OUTLINE)
        share = f"share of the parcel's outline over {STEEP_PERCENT:.0f} % steep"
        tables.append(_of_terrain(points, "steep_share", (likely, low, likely, high), share, because, source))
    if "net_m2" in slopes:
        net, low, high = (slopes[c].to_numpy(float) / units.acres_to_m2(1) for c in ("net_m2", "low_m2", "high_m2"))
        net, said = np.where(drawn, net, np.nan), slopes["net_method"].to_numpy(object)
        because = np.where(drawn, [str(m).removeprefix("unknown: ") for m in said], NO_OUTLINE)
        both = slopes["net_source"].to_numpy(object), source[1]
        tables.append(_of_terrain(points, "net_developable_acres", (net, low, net, high), said, because, both))
    return tables


def _of_terrain(
    points: Points, measure: str, values: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], method: object,
    because: str | np.ndarray, source: tuple[object, str | None],
) -> pd.DataFrame:  # fmt: skip
    why = np.where(points.located & (points.ground_m <= CLOSE_M), because, NOT_LOCATED)
    return rows(points.sites, measure, values, method=method, source=source[0], as_of=source[1], because=why)


def people(points: Points, cells: gpd.GeoDataFrame, what: str, source: tuple[str, str | None]) -> pd.DataFrame:
    """People or jobs in the cells whose middle lies within 800 m, straight line; one unknown cell leaves it unknown."""
    counts = cells[what].to_numpy(float)
    value = np.full(points.count, np.nan)
    here = np.flatnonzero(points.located)
    found = cKDTree(in_metres(cells.geometry, points.crs)).query_ball_point(points.xy[here], NEAR_M)
    value[here] = [counts[f].sum() if len(f) else np.nan for f in found]
    return rows(
        points.sites,
        f"{what}_within_800m",
        (value, value, value, value),
        method=f"cells whose middle lies within {NEAR_M:.0f} m, straight line",
        source=source[0],
        as_of=source[1],
        because="not every cell within 800 m is counted",
    )


def _outlines(points: Points) -> np.ndarray:
    """Each site's outline in metres; a circle for a point; empty where it is not located."""
    outline: np.ndarray = units.to_metres(points.sites, points.crs).geometry.to_numpy().copy()
    filed_m2 = points.sites["area_m2"].fillna(np.pi * UNFILED_RADIUS_M**2).to_numpy(float)
    point = shapely.get_dimensions(outline) == 0
    outline[point] = shapely.buffer(outline[point], np.sqrt(filed_m2[point] / np.pi))
    outline[~points.located] = shapely.Polygon()
    return outline
