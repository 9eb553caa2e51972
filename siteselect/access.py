"""For each site, one row a measure: how far, how often, how much, with method, source and range.

Walking is measured along the streets where a network covers the site and no place beyond the network could be nearer;
otherwise the figure is the straight line, says so, and its range covers how much longer a walk may be.
"""

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from siteselect import network, units
from siteselect.layers.streets import Streets

COLUMNS = ["site_id", "measure", "value", "low", "high", "unit", "method", "source", "as_of", "target", "unknown_because"]
NEAR_M = 800.0  # half a mile: the walk within which departures and people are counted
MARGIN_MOST_M = 800.0  # a site known less closely than this has no measures at all
RAIL = ("rail", "metro", "tram")
STRAIGHT = "straight line, not a walk"
NOT_LOCATED = "the site's own place is not known closely enough"


@dataclass(frozen=True)
class Zones:
    """One hazard's areas (a table with polygonal geometry, EPSG:4326) and where they are from."""

    areas: gpd.GeoDataFrame
    source: str
    as_of: str | None


@dataclass(frozen=True)
class Timetable:
    """Stops and trips of the analysis day, as `transit.stops` and `transit.trip_stops` give them."""

    stops: gpd.GeoDataFrame
    trip_stops: pd.DataFrame
    day: dt.date
    hours: tuple[int, int]
    sources: dict[str, str]


class Points:
    """Sites, services and stops in metres, tied to the streets once."""

    def __init__(
        self, sites: gpd.GeoDataFrame, others: dict[str, gpd.GeoDataFrame], streets: Streets | None, crs: str
    ) -> None:
        parts = [_points_m(gpd.GeoSeries(gpd.points_from_xy(sites["lon"], sites["lat"]), crs="EPSG:4326"), crs)]
        self.span: dict[str, np.ndarray] = {}
        start = len(sites)
        for name, table in others.items():
            parts.append(_points_m(table.geometry, crs))
            self.span[name] = np.arange(start, start + len(table))
            start += len(table)
        self.xy = np.concatenate(parts)
        self.sites = np.arange(len(sites))
        self.margin_m = sites["margin_m"].fillna(0.0).to_numpy(float) if "margin_m" in sites else np.zeros(len(sites))
        self.located = np.isfinite(self.xy[self.sites]).all(axis=1) & (self.margin_m <= MARGIN_MOST_M)
        self.tied = network.tie(streets, self.xy) if streets is not None else None
        self.walk_method = streets.method if streets is not None else ""


def measures(
    sites: gpd.GeoDataFrame,
    *,
    crs: str,
    services: gpd.GeoDataFrame,
    timetable: Timetable | None,
    streets: Streets | None,
    hazards: dict[str, Zones],
    slopes: pd.DataFrame | None,
    slopes_source: tuple[str, str | None],
    people: gpd.GeoDataFrame | None,
    people_source: tuple[str, str | None],
    detour: tuple[float, float],
) -> pd.DataFrame:
    """Every measure that the layers at hand allow, one row per site and measure.

    Gives the columns of `COLUMNS`: value in `unit` (missing when unknown, and `unknown_because` says why), the range
    low..high that the method leaves open, the method in words, the source and its date, and what was reached.
    """
    served = timetable.stops[timetable.stops["departures"] > 0].reset_index(drop=True) if timetable else None
    others = {c: t.reset_index(drop=True) for c, t in services.groupby("category", sort=True)}
    groups = dict(others)
    if served is not None:
        groups["stop"] = served
    points = Points(sites, groups, streets, crs)
    tables = [
        _nearest(sites, points, points.span[c], t["name"], t["source"], t["as_of"], f"nearest_{c}_m", detour)
        for c, t in others.items()
    ]
    if timetable is not None and served is not None:
        tables += _transit(sites, points, served, timetable, detour)
    tables += [_share(sites, points, name, zones, crs) for name, zones in hazards.items()]
    if slopes is not None:
        tables.append(_slope(sites, points, slopes, slopes_source))
    if people is not None:
        tables += [_people(sites, points, people, c, people_source, crs) for c in ("people", "jobs")]
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def missing(sites: gpd.GeoDataFrame, measure: str, because: str) -> pd.DataFrame:
    """Rows that say that a measure is known for no site, and why."""
    return _rows(sites, measure, np.full(len(sites), np.nan), method=None, source=None, as_of=None, because=because)


def _points_m(geometry: gpd.GeoSeries, crs: str) -> np.ndarray:
    moved = units.to_metres(gpd.GeoDataFrame(geometry=gpd.GeoSeries(geometry).reset_index(drop=True)), crs).geometry
    xy = np.column_stack([shapely.get_x(moved.to_numpy()), shapely.get_y(moved.to_numpy())])
    return np.where(np.isfinite(xy), xy, np.nan)


def _rows(
    sites: gpd.GeoDataFrame,
    measure: str,
    value: np.ndarray,
    *,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
    method: object,
    source: object,
    as_of: object,
    target: object = None,
    because: str = NOT_LOCATED,
) -> pd.DataFrame:
    known = np.isfinite(value)
    digits = 3 if measure.endswith("_share") else 2 if "per_hour" in measure else 1
    table = pd.DataFrame({"site_id": sites["site_id"].to_numpy(), "measure": measure})
    for column, numbers in (("value", value), ("low", value if low is None else low), ("high", value if high is None else high)):
        table[column] = np.round(np.where(known, numbers, np.nan), digits)
    table["unit"] = unit(measure)
    for column, words in (("method", method), ("source", source), ("as_of", as_of), ("target", target)):
        table[column] = pd.Series(words, index=table.index, dtype=object).where(known, None)
    table["unknown_because"] = pd.Series(because, index=table.index, dtype=object).where(~known, None)
    return table


def unit(measure: str) -> str:
    """The unit that a measure's name ends in, as it is printed."""
    for ending, words in (
        ("_share", "share of the area"), ("_percent", "%"), ("per_hour", "departures an hour"),
        ("per_hour_within_800m", "departures an hour"), ("people_within_800m", "people"), ("jobs_within_800m", "jobs"), ("_m", "m"),
    ):  # fmt: skip
        if measure.endswith(ending):
            return words
    return ""


def _nearest(
    sites: gpd.GeoDataFrame,
    points: Points,
    targets: np.ndarray,
    names: pd.Series,
    sources: pd.Series,
    dates: pd.Series,
    measure: str,
    detour: tuple[float, float],
) -> pd.DataFrame:
    """Metres to the nearest of `targets` (numbers of points), with the target's name, source and date."""
    metres, which, walked = nearest_m(points, targets)
    margin = points.margin_m
    low = np.where(walked, metres, metres * detour[0]) - margin
    high = np.where(walked, metres + margin * detour[1], (metres + margin) * detour[1])
    method = np.where(walked, points.walk_method, STRAIGHT)
    method = np.where(margin > 0, [f"{m}; the site is known to {g:.0f} m" for m, g in zip(method, margin, strict=True)], method)
    at = np.maximum(which, 0)
    return _rows(
        sites, measure, metres, low=np.maximum(low, 0), high=high, method=method, source=sources.to_numpy(object)[at],
        as_of=dates.to_numpy(object)[at], target=names.to_numpy(object)[at],
    )  # fmt: skip


def nearest_m(points: Points, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each site: metres to the nearest target, its place among `targets` (ascending), and whether that is a walk.

    A walk is given only where it is proven nearest: no target off the network lies nearer in a straight line than the
    walk is long.  Not located: NaN and -1.
    """
    count = len(points.sites)
    metres, which, walked = np.full(count, np.nan), np.full(count, -1), np.zeros(count, bool)
    if not len(targets):
        return metres, which, walked
    here = np.flatnonzero(points.located)
    metres[here], which[here] = cKDTree(points.xy[targets]).query(points.xy[here])
    if points.tied is not None:
        walk_m, source = network.nearest(points.tied, targets)
        walk_m, source = walk_m[:count], source[:count]
        off = targets[~points.tied.covered[targets]]
        beyond_m = np.full(count, np.inf)
        if len(off):
            beyond_m[here] = cKDTree(points.xy[off]).query(points.xy[here])[0]
        walked = points.located & np.isfinite(walk_m) & (walk_m <= beyond_m)
        metres = np.where(walked, walk_m, metres)
        which = np.where(walked, np.searchsorted(targets, source), which)
    return metres, which, walked


def _transit(
    sites: gpd.GeoDataFrame, points: Points, served: gpd.GeoDataFrame, timetable: Timetable, detour: tuple[float, float]
) -> list[pd.DataFrame]:
    """The nearest served stop, what leaves from it, departures within a walk, and the nearest rail station."""
    day = timetable.day.isoformat()
    source = served["feed"].map(timetable.sources)
    dates = pd.Series(day, index=served.index)
    names = served["name"] + " (" + served["feed"] + ")"
    stops = points.span["stop"]
    near = _nearest(sites, points, stops, names, source, dates, "nearest_stop_m", detour)
    which = nearest_m(points, stops)[1]
    at = np.maximum(which, 0)
    hourly = np.where(which >= 0, served["departures_per_hour"].to_numpy(float)[at], np.nan)
    counted = f"timetable: departures that board there, {_clock(timetable.hours)} on {day}"
    there = _rows(
        sites, "nearest_stop_departures_per_hour", hourly, method=counted, source=source.to_numpy(object)[at],
        as_of=day, target=names.to_numpy(object)[at],
    )  # fmt: skip
    rail = np.flatnonzero(served["mode"].isin(RAIL))
    if len(rail):
        columns = (c.iloc[rail].reset_index(drop=True) for c in (names, source, dates))
        station = _nearest(sites, points, stops[rail], *columns, "nearest_rail_m", detour)
    else:
        station = missing(sites, "nearest_rail_m", "no feed at hand runs trains on the analysis day")
    return [near, there, _within_a_walk(sites, points, served, timetable, detour), station]


def _within_a_walk(
    sites: gpd.GeoDataFrame, points: Points, served: gpd.GeoDataFrame, timetable: Timetable, detour: tuple[float, float]
) -> pd.DataFrame:
    """Departures an hour within 800 m: each trip counts once a site, however many of its stops are near.

    Where the streets cover a site and every stop within 800 m of it in a straight line, the 800 m are walked; elsewhere
    they are a straight line, and the low end counts only what lies so near that the longest likely walk is 800 m.
    """
    stops = points.span["stop"]
    trips = _board(served, timetable.trip_stops)
    hours = (timetable.hours[1] - timetable.hours[0]) / 3600

    def per_hour(site: np.ndarray, stop: np.ndarray) -> np.ndarray:
        near = csr_matrix((np.ones(len(site), np.int32), (site, stop)), shape=(len(sites), len(served)))
        return np.diff((near @ trips).indptr) / hours

    site, stop, metres = _pairs(points, stops, NEAR_M + points.margin_m.max(initial=0))
    margin = points.margin_m[site]
    value = per_hour(*_kept(site, stop, metres <= NEAR_M))
    low = per_hour(*_kept(site, stop, metres * detour[1] + margin * detour[1] <= NEAR_M))
    high = per_hour(*_kept(site, stop, metres * detour[0] - margin <= NEAR_M))
    method = np.full(len(sites), f"departures from stops within {NEAR_M:.0f} m, {STRAIGHT}", object)
    if points.tied is not None:
        off = np.zeros(len(sites), bool)
        off[site[~points.tied.covered[stops[stop]] & (metres <= NEAR_M)]] = True
        walks = points.located & points.tied.covered[: len(sites)] & ~off
        froms, tos, walk_m = network.within(points.tied, points.sites[walks], stops, NEAR_M + points.margin_m.max(initial=0))
        tos = np.searchsorted(stops, tos)
        margin = points.margin_m[froms]
        for out, keep in ((value, walk_m <= NEAR_M), (low, walk_m + margin <= NEAR_M), (high, walk_m - margin <= NEAR_M)):
            out[walks] = per_hour(*_kept(froms, tos, keep))[walks]
        method[walks] = f"departures from stops within {NEAR_M:.0f} m, {points.walk_method}"
    method += f"; {_clock(timetable.hours)} on {timetable.day.isoformat()}, each trip once"
    value = np.where(points.located, value, np.nan)
    feeds = "; ".join(dict.fromkeys(timetable.sources.values()))
    return _rows(sites, "trips_per_hour_within_800m", value, low=np.minimum(low, value), high=np.maximum(high, value),
                 method=method, source=feeds, as_of=timetable.day.isoformat())  # fmt: skip


def _board(served: gpd.GeoDataFrame, trip_stops: pd.DataFrame) -> csr_matrix:
    """Stops x trips: 1 where a trip boards at a stop within the hours."""
    stop = pd.Index(served["stop_key"]).get_indexer(trip_stops["stop_key"])
    trip, names = pd.factorize(trip_stops["trip_key"])
    here = stop >= 0
    ones = np.ones(int(here.sum()), np.int32)
    return csr_matrix((ones, (stop[here], trip[here])), shape=(len(served), len(names)))


def _pairs(points: Points, stops: np.ndarray, limit_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sites and stops (by their places) within `limit_m` of each other in a straight line, and the metres."""
    here = np.flatnonzero(points.located)
    found = cKDTree(points.xy[stops]).query_ball_point(points.xy[here], limit_m)
    site = np.repeat(here, [len(f) for f in found])
    stop = np.concatenate([np.asarray(f, int) for f in found]) if len(found) else np.empty(0, int)
    return site, stop, np.hypot(*(points.xy[site] - points.xy[stops[stop]]).T)


def _kept(site: np.ndarray, stop: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return site[keep], stop[keep]


def _clock(hours: tuple[int, int]) -> str:
    return "-".join(f"{s // 3600:02d}:{s % 3600 // 60:02d}" for s in hours)


def _share(sites: gpd.GeoDataFrame, points: Points, name: str, zones: Zones, crs: str) -> pd.DataFrame:
    """Share of each site's area inside a hazard's zones.

    A site known by a point only is taken as a circle of its filed area (30 m round the point where that is unknown too);
    unless the circle is wholly in or wholly out, its share is anything from 0 to 1.
    """
    outline = _outlines(sites, points, crs)
    areas = units.to_metres(zones.areas, crs).geometry.to_numpy()
    site, zone = shapely.STRtree(areas).query(outline, predicate="intersects")
    cut = gpd.GeoSeries(shapely.intersection(outline[site], areas[zone])).groupby(site).agg(
        lambda parts: shapely.area(shapely.union_all(list(parts)))
    )  # zones of one kind may overlap: their union is what a site lies in
    share = np.zeros(len(sites))
    share[cut.index.to_numpy(int)] = cut.to_numpy(float)
    share = np.minimum(share / np.where(points.located, shapely.area(outline), 1), 1)
    drawn = sites["shape"].isin(["parcel", "cell"]).to_numpy() & ~shapely.is_empty(sites.geometry.to_numpy())
    polygon = shapely.get_dimensions(sites.geometry.to_numpy()) == 2
    vague = ~(drawn & polygon) & (share > 0) & (share < 1)
    fits = points.located & (points.margin_m <= 50)
    value = np.where(fits, share, np.nan)
    method = np.where(polygon, "share of the parcel's outline", "share of a circle of the site's area round its point")
    return _rows(sites, f"{name}_share", value, low=np.where(vague, 0.0, share), high=np.where(vague, 1.0, share),
                 method=method, source=zones.source, as_of=zones.as_of)  # fmt: skip


def _outlines(sites: gpd.GeoDataFrame, points: Points, crs: str) -> np.ndarray:
    """Each site's outline in metres; a circle of its area for a point; empty where it is not located."""
    outline = units.to_metres(sites, crs).geometry.to_numpy().copy()
    radius = np.sqrt(sites["area_m2"].fillna(np.pi * 30**2).to_numpy(float) / np.pi)
    point = shapely.get_dimensions(outline) == 0
    outline[point] = shapely.buffer(outline[point], radius[point])
    outline[~points.located] = shapely.Polygon()
    return outline


def _slope(
    sites: gpd.GeoDataFrame, points: Points, slopes: pd.DataFrame, source: tuple[str, str | None]
) -> pd.DataFrame:
    table = slopes.reindex(sites.index)
    value = np.where(points.located & (points.margin_m <= 50), table["slope_percent"].to_numpy(float), np.nan)
    return _rows(sites, "slope_percent", value, method=table["method"].to_numpy(object), source=source[0], as_of=source[1],
                 because="the elevation model does not cover the site")  # fmt: skip


def _people(
    sites: gpd.GeoDataFrame, points: Points, people: gpd.GeoDataFrame, what: str, source: tuple[str, str | None], crs: str
) -> pd.DataFrame:
    """People or jobs in the grid cells whose middle lies within 800 m, straight line; unknown cells leave it unknown."""
    xy = _points_m(people.geometry, crs)
    counts = people[what].to_numpy(float)
    found = cKDTree(xy).query_ball_point(np.nan_to_num(points.xy[points.sites]), NEAR_M)
    value = np.array([counts[f].sum() if len(f) else np.nan for f in found])
    value = np.where(points.located, value, np.nan)
    return _rows(sites, f"{what}_within_800m", value, method=f"cells whose middle lies within {NEAR_M:.0f} m, straight line",
                 source=source[0], as_of=source[1], because="no counted cell lies within 800 m")  # fmt: skip
