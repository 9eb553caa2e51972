"""Sites, amenities and barriers in metres, and the straight lines between them."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from siteselect import units

LOCATED_WITHIN_M = 800.0  # a site known less closely than this has no distances at all
LONG_LOT = 1.031  # half the diagonal of a lot four times as long as wide, in roots of its area
UNFILED_REACH_M = 100.0  # how far a site reaches from its point where neither outline nor area is known: a hectare so
NO, MAYBE, YES = 0, 1, 2


@dataclass(frozen=True)
class Barriers:
    """What breaks up walking: lines and areas [name, geometry], and the area in which they are all at hand.

    `covered` None says that they are all at hand wherever the sites are.
    """

    table: gpd.GeoDataFrame
    source: str
    covered: shapely.Geometry | None = None


class Sites:
    """Sites ready to be measured.

    shape: outlines or points in the place's metres, None where nobody knows; scale: metres of the system in a metre of
    ground there; margin_m: how far the place may be from its point; reach_m: how far the site may reach from its point
    where its outline is not at hand (0 with an outline); located: whether all that is close enough to measure.
    """

    def __init__(self, table: gpd.GeoDataFrame, crs: str) -> None:
        self.table, self.crs, self.ids = table, crs, table["site_id"].tolist()
        self.shape = units.to_metres(table, crs).geometry.to_numpy()
        margin = table["margin_m"].to_numpy(float)
        self.drawn = (shapely.get_dimensions(self.shape) == 2) & (table["shape"] == "parcel").to_numpy()
        area = table["area_m2"].to_numpy(float)
        reach = np.where(np.isfinite(area), LONG_LOT * np.sqrt(np.nan_to_num(area)), UNFILED_REACH_M)
        close = np.nan_to_num(margin, nan=np.inf) <= LOCATED_WITHIN_M
        self.located = ~shapely.is_missing(self.shape) & ~shapely.is_empty(self.shape) & close
        self.margin_m = np.where(self.located, margin, 0.0)
        self.reach_m = np.where(self.drawn, 0.0, reach)
        self.scale = _scale(table, crs)

    def __len__(self) -> int:
        return len(self.ids)

    def in_words(self, place: int) -> str:
        """How a site is known."""
        if self.drawn[place]:
            return "edge"
        margin = f", known to {self.margin_m[place]:.0f} m" if self.margin_m[place] else ""
        return f"point (no outline at hand{margin})"


@dataclass(frozen=True)
class Pairs:
    """Lines between sites and amenities (k,), by their places in their tables.

    d_m is the length as it is measured; the true one, edge to edge, lies from low_m to high_m.  `clear`: YES where
    the line crosses no barrier, NO where it does, MAYBE where barriers are not at hand.  `crossed` names them.
    """

    site: np.ndarray
    amenity: np.ndarray
    d_m: np.ndarray
    low_m: np.ndarray
    high_m: np.ndarray
    clear: np.ndarray
    crossed: np.ndarray


def pairs(
    sites: Sites, shapes: np.ndarray, reach_m: np.ndarray, off_m: np.ndarray, maybe_off_m: np.ndarray,
    limit_m: np.ndarray, barriers: Barriers | None,
) -> Pairs:  # fmt: skip
    """Every line that may be within its site's limit (n,), and each site's shortest whatever its length.

    shapes (m,): amenities in metres; reach_m (m,): how far the land of one known by a point may reach from it; off_m
    and maybe_off_m (m,): what is taken off its distance, for sure and perhaps.
    """
    here = np.flatnonzero(sites.located)
    if not len(here) or not len(shapes):
        none, nothing = np.zeros(0, int), np.zeros(0)
        return Pairs(none, none, nothing, nothing, nothing, none, np.zeros(0, object))
    slack = sites.reach_m + sites.margin_m
    most = float((reach_m + off_m + maybe_off_m).max())
    tree = shapely.STRtree(shapes)
    wide = ((limit_m + slack + most) * sites.scale + 1e-6)[here]
    i, j = tree.query(sites.shape[here], predicate="dwithin", distance=wide)
    nearest_i, nearest_j = tree.query_nearest(sites.shape[here], all_matches=False)
    both = np.unique(np.column_stack([np.r_[here[i], here[nearest_i]], np.r_[j, nearest_j]]), axis=0)
    site, amenity = both[:, 0], both[:, 1]
    straight = shapely.distance(sites.shape[site], shapes[amenity]) / sites.scale[site]
    d = np.maximum(straight - off_m[amenity], 0.0)
    low = np.maximum(d - slack[site] - reach_m[amenity] - maybe_off_m[amenity], 0.0)
    high = d + sites.margin_m[site]
    clear, crossed = _crossings(sites.shape[site], shapes[amenity], barriers, sites.crs)
    return Pairs(site, amenity, d, low, high, clear, crossed)


def _crossings(
    ends: np.ndarray, others: np.ndarray, barriers: Barriers | None, crs: str
) -> tuple[np.ndarray, np.ndarray]:
    """Whether the shortest line between each two shapes is clear of barriers, and the names of those it crosses."""
    names = np.full(len(ends), None, object)
    clear = np.full(len(ends), MAYBE)
    if barriers is None:
        return clear, names
    lines = shapely.shortest_line(ends, others)
    if barriers.covered is None:
        clear[:] = YES
    else:
        area = gpd.GeoDataFrame(geometry=[barriers.covered], crs=units.DEGREES)
        whole = units.to_metres(area, crs).geometry.iloc[0]
        shapely.prepare(whole)
        clear[shapely.covers(whole, lines)] = YES
    if not len(barriers.table):
        return clear, names
    shapes = units.to_metres(barriers.table, crs).geometry.to_numpy()
    at, barrier = shapely.STRtree(shapes).query(lines, predicate="crosses")
    # a line that ends or begins in an area (a park that is the amenity itself) does not cross it
    areal = shapely.get_dimensions(shapes[barrier]) == 2
    own = np.zeros(len(at), bool)
    for shape in (ends, others):
        own |= areal & shapely.intersects(shapes[barrier], shape[at])
    said = barriers.table["name"].to_numpy(object)
    for line, which in zip(at[~own], barrier[~own], strict=True):
        clear[line] = NO
        name = said[which] or "a barrier without a name"
        if name not in (names[line] or "").split(", "):
            names[line] = f"{names[line]}, {name}" if names[line] else name
    return clear, names


def _scale(table: gpd.GeoDataFrame, crs: str) -> np.ndarray:
    """Metres of the projected system in a metre on the ellipsoid, at each site; 1 where a site has no place."""
    lon, lat = table["lon"].to_numpy(float), table["lat"].to_numpy(float)
    known = np.isfinite(lon) & np.isfinite(lat)
    scale = np.ones(len(table))
    if known.any():
        factors = pyproj.Proj(crs).get_factors(lon[known], lat[known])
        scale[known] = np.sqrt(np.asarray(factors.areal_scale))
    return scale
