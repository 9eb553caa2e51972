"""Sites and what they are measured to, in metres, tied to the streets once."""

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from siteselect import units
from siteselect.access import starts
from siteselect.layers.streets import Streets

if TYPE_CHECKING:
    from siteselect.network.store import Network

MARGIN_MOST_M = 800.0  # a site known less closely than this has no measures at all
WIDE_M = 100.0  # a site known by a point alone whose circle is wider than this is more than a point
FROM_EDGE, FROM_POINT = ", from the parcel's edge", ", from its point"


class Points:
    """All points of a run: first the sites, then each group of others.

    sites: their table; crs: the place's system; xy (n, 2): metres, NaN where there is no place; span: for each group
    the numbers of its points; ground_m: for each site how far its real place may be from its point; margin_m: that, or
    how far a large site reaches from its point; located: whether that is close enough to measure; edged: whether a site
    is measured from its outline; outline: that outline in metres, None for the others; begins: from where it is
    measured, in words; starts: where the walks begin, and all points on the streets (None without streets);
    walk_method: what a walk is, in words.
    """

    def __init__(
        self,
        sites: gpd.GeoDataFrame,
        others: dict[str, gpd.GeoDataFrame],
        streets: Streets | None,
        crs: str,
        prepared: "Network | None" = None,
        edges: bool = True,
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
        parcel = (sites["shape"] == "parcel").to_numpy() & (shapely.get_dimensions(sites.geometry.to_numpy()) == 2)
        self.edged = self.located & parcel & edges
        self.outline = np.full(len(sites), None, object)
        if self.edged.any():
            self.outline[self.edged] = units.to_metres(sites[self.edged], crs).geometry.to_numpy()
        self.begins = np.where(self.edged, FROM_EDGE, FROM_POINT).astype(object)
        self.walk_method = streets.method if streets is not None else ""
        self.starts = None
        if streets is not None:
            self.starts = starts.tied(streets, self.xy, self.edged, self.outline, prepared)

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


def by_line(points: Points, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For some sites (by number) metres in a straight line to the nearest target, from the outline where that counts.

    Returns metres and the target's place among the targets, both for all sites: NaN and -1 for those not asked about,
    and where there is no target.
    """
    metres, which = np.full(points.count, np.nan), np.full(points.count, -1)
    drawn = points.edged[rows]
    if not len(targets):
        return metres, which
    plain, edged = rows[~drawn], rows[drawn]
    if len(plain):
        metres[plain], which[plain] = cKDTree(points.xy[targets]).query(points.xy[plain])
    if len(edged):
        tree = shapely.STRtree(shapely.points(points.xy[targets]))
        found, apart = tree.query_nearest(points.outline[edged], all_matches=False, return_distance=True)
        metres[edged[found[0]]], which[edged[found[0]]] = apart, found[1]
    return metres, which


def pairs_by_line(
    points: Points, rows: np.ndarray, targets: np.ndarray, limit_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sites and targets (by their places) within `limit_m` of each other in a straight line, and the metres."""
    if not len(targets) or not len(rows):
        return np.empty(0, int), np.empty(0, int), np.empty(0)
    ends = shapely.points(points.xy[rows])
    drawn = points.edged[rows]
    ends[drawn] = points.outline[rows[drawn]]
    others = shapely.points(points.xy[targets])
    site, target = shapely.STRtree(others).query(ends, predicate="dwithin", distance=limit_m)
    metres: np.ndarray = shapely.distance(ends[site], others[target])
    order = np.lexsort((target, site))
    return rows[site[order]], target[order], metres[order]
