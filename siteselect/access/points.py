"""Sites and what they are measured to, in metres, tied to the streets once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from siteselect import network, units
from siteselect.layers.streets import Streets

if TYPE_CHECKING:
    from siteselect.network.store import Network

MARGIN_MOST_M = 800.0  # a site known less closely than this has no measures at all
WIDE_M = 100.0  # a site known by a point alone whose circle is wider than this is more than a point


class Points:
    """All points of a run: first the sites, then each group of others.

    sites: their table; crs: the place's system; xy (n, 2): metres, NaN where there is no place; span: for each group
    the numbers of its points; ground_m: for each site how far its real place may be from its point; margin_m: that, or
    how far a large site reaches from its point; located: whether that is close enough to measure; tied: the points on
    the streets (None without streets); walk_method: what a walk is, in words.
    """

    def __init__(
        self,
        sites: gpd.GeoDataFrame,
        others: dict[str, gpd.GeoDataFrame],
        streets: Streets | None,
        crs: str,
        prepared: "Network | None" = None,
    ) -> None:
        self.sites, self.crs = sites, crs
        parts = [in_metres(gpd.GeoSeries(gpd.points_from_xy(sites["lon"], sites["lat"]), crs="EPSG:4326"), crs)]
        self.span: dict[str, np.ndarray] = {}
        start = len(sites)
        for name, table in others.items():
            parts.append(in_metres(table.geometry, crs))
            self.span[name] = np.arange(start, start + len(table))
            start += len(table)
        self.xy = np.concatenate(parts)
        margin = sites["margin_m"].to_numpy(float)
        close = np.nan_to_num(margin, nan=np.inf) <= MARGIN_MOST_M
        self.located = np.isfinite(self.xy[: len(sites)]).all(axis=1) & close
        self.margin_m = np.where(self.located, np.maximum(margin, _half_width_m(sites)), 0.0)
        self.ground_m = np.where(self.located, margin, 0.0)
        self.tied = network.tie(streets, self.xy, prepared) if streets is not None else None
        self.walk_method = streets.method if streets is not None else ""

    @property
    def count(self) -> int:
        """How many sites there are; they are the points 0 to count."""
        return len(self.sites)


def _half_width_m(sites: gpd.GeoDataFrame) -> np.ndarray:
    """How far a large site reaches from its point where its outline is not at hand: the radius of its area."""
    radius = np.sqrt(sites["area_m2"].fillna(0.0).to_numpy(float) / np.pi)
    wide = (sites["shape"] == "point").to_numpy() & (radius >= WIDE_M)
    return np.where(wide, np.minimum(radius, MARGIN_MOST_M), 0.0)


def in_metres(geometry: gpd.GeoSeries, crs: str) -> np.ndarray:
    """Points (n, 2) in metres; NaN for a missing one."""
    moved = units.to_metres(gpd.GeoDataFrame(geometry=geometry.reset_index(drop=True)), crs).geometry.to_numpy()
    return np.column_stack([shapely.get_x(moved), shapely.get_y(moved)])


@dataclass(frozen=True)
class Found:
    """The nearest of one group for each site: metres, its place among the group (-1 for none), and whether walked."""

    metres: np.ndarray
    which: np.ndarray
    walked: np.ndarray


def nearest(points: Points, groups: Sequence[np.ndarray]) -> list[Found]:
    """For each group of targets (point numbers, ascending) the nearest to each site; one search for all groups.

    A walk is given only where it is proven nearest: no target off the network lies nearer in a straight line than the
    walk is long.  Where there is no target, or the site is not located: NaN and -1.
    """
    if points.tied is None:
        return [_by_line(points, targets) for targets in groups]
    walk_m, source = (found[: points.count] for found in network.nearest_of_each(points.tied, groups))
    return [_proven(points, targets, walk_m[:, g], source[:, g]) for g, targets in enumerate(groups)]


def _by_line(points: Points, targets: np.ndarray) -> Found:
    metres, which = np.full(points.count, np.nan), np.full(points.count, -1)
    if len(targets):
        here = np.flatnonzero(points.located)
        metres[here], which[here] = cKDTree(points.xy[targets]).query(points.xy[here])
    return Found(metres, which, np.zeros(points.count, bool))


def _proven(points: Points, targets: np.ndarray, walk_m: np.ndarray, source: np.ndarray) -> Found:
    assert points.tied is not None
    straight = _by_line(points, targets)
    off = targets[~points.tied.covered[targets]]
    beyond_m = _by_line(points, off).metres if len(off) else np.full(points.count, np.inf)
    walked = points.located & np.isfinite(walk_m) & ~(walk_m > beyond_m)
    metres = np.where(walked, walk_m, straight.metres)
    which = np.where(walked, np.searchsorted(targets, source), straight.which)
    return Found(metres, which, walked)
