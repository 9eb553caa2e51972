"""What public transport gives a site: the nearest served stop, what leaves from it, and what leaves within a walk."""

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from siteselect.access import near
from siteselect.access.nearest import Found
from siteselect.access.points import Points, pairs_by_line
from siteselect.access.rows import NEAR_M, missing, rows

RAIL = ("rail", "metro", "tram")
SITES_AT_A_TIME = 8192


@dataclass(frozen=True)
class Timetable:
    """Stops and trips of the analysis day, as `transit.stops` and `transit.trip_stops` give them.

    hours: seconds of the service day; sources: for each feed the words for where its figures are from.
    """

    stops: gpd.GeoDataFrame
    trip_stops: pd.DataFrame
    day: dt.date
    hours: tuple[int, int]
    sources: dict[str, str]

    @property
    def when(self) -> str:
        """The hours and the day, as they stand beside a figure."""
        clock = "-".join(f"{s // 3600:02d}:{s % 3600 // 60:02d}" for s in self.hours)
        return f"{clock} on {self.day.isoformat()}"


def served(timetable: Timetable | None) -> gpd.GeoDataFrame:
    """The stops with a departure in the hours, each with its source and date; none without a timetable."""
    if timetable is None:
        return gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326")
    stops = timetable.stops[timetable.stops["departures"] > 0].reset_index(drop=True)
    source = stops["feed"].map(timetable.sources)
    return stops.assign(name=stops["name"] + " (" + stops["feed"] + ")", source=source, as_of=timetable.day.isoformat())


def rail(served: gpd.GeoDataFrame) -> np.ndarray:
    """The places of the rail stations among the served stops."""
    return np.flatnonzero(served["mode"].isin(RAIL)) if len(served) else np.empty(0, int)


def tables(
    points: Points,
    served: gpd.GeoDataFrame,
    timetable: Timetable,
    detour: near.Detour,
    found: tuple[Found, Found],
) -> list[pd.DataFrame]:
    """The nearest served stop and rail station, what leaves from each, and what leaves within a walk: five measures.

    found: the nearest of all stops, and of the rail stations.
    """
    tables = [near.table(points, found[0], "nearest_stop_m", served, detour)]
    tables.append(_there(points, found[0], "nearest_stop_departures_per_hour", served, timetable))
    tables.append(_within_a_walk(points, served, timetable, detour, found[0]))
    stations = served.iloc[rail(served)]
    if len(stations):
        tables.append(near.table(points, found[1], "nearest_rail_m", stations, detour))
        tables.append(_there(points, found[1], "nearest_rail_departures_per_hour", stations, timetable))
    else:
        tables.append(missing(points.sites, "nearest_rail_m", "no feed at hand runs trains on the analysis day"))
    return tables


def _there(points: Points, found: Found, measure: str, served: gpd.GeoDataFrame, timetable: Timetable) -> pd.DataFrame:
    """Departures an hour at the nearest of the stops `served`, as it was found."""
    which = found.which
    at = np.maximum(which, 0)
    hourly = np.full(points.count, np.nan)
    named: list[object] = [None, None]
    if len(served):
        hourly = np.where(which >= 0, served["departures_per_hour"].to_numpy(float)[at], np.nan)
        named = [served[c].to_numpy(object)[at] for c in ("source", "name")]
    return rows(
        points.sites,
        measure,
        (hourly, hourly, hourly, hourly),
        method=f"timetable: departures that board there, {timetable.when}",
        source=named[0],
        as_of=timetable.day.isoformat(),
        target=named[1],
        because=near.because(points, found.lost),
    )


def _within_a_walk(
    points: Points, served: gpd.GeoDataFrame, timetable: Timetable, detour: near.Detour, found: Found
) -> pd.DataFrame:
    """Departures an hour within 800 m: each trip counts once a site, however many of its stops are near.

    Where the streets join a site to every stop within 800 m of it in a straight line, the 800 m are walked; elsewhere
    they are a straight line, and the low end counts only what lies so near that the longest likely walk is 800 m.
    Where the streets are there and join the site to no stop, and there are some so near, nothing is known.
    """
    stops = points.span["stop"]
    trips = _board(served, timetable.trip_stops)
    hours = (timetable.hours[1] - timetable.hours[0]) / 3600
    reach_m = NEAR_M + float(points.margin_m.max(initial=0))
    apart = _apart(points, stops)
    lost = apart & found.lost
    walks = points.located & ~apart & (False if points.starts is None else points.starts.covered)

    def per_hour(site: np.ndarray, stop: np.ndarray, *keep: np.ndarray) -> list[np.ndarray]:
        """Departures an hour from the stops that each of some masks keeps."""
        counts: list[np.ndarray] = []
        for number, mask in enumerate(keep):
            same = next((i for i in range(number) if np.array_equal(keep[i], mask)), None)
            counts.append(
                _distinct(site[mask], stop[mask], trips, points.count) / hours if same is None else counts[same].copy()
            )
        return counts

    by_line = np.flatnonzero(points.located & ~walks & ~lost)
    site, stop, metres = pairs_by_line(points, by_line, stops, reach_m)
    margin = points.margin_m[site]
    value, low, likely, high = per_hour(
        site,
        stop,
        metres <= NEAR_M,
        (metres + margin) * detour.high <= NEAR_M,
        metres * detour.likely <= NEAR_M,
        metres * detour.low - margin <= NEAR_M,
    )
    if points.starts is not None:
        site, stop, metres = points.starts.within(np.flatnonzero(walks), stops, reach_m)
        stop, margin = np.searchsorted(stops, stop), points.margin_m[site]
        widened = margin * detour.high
        walked = per_hour(site, stop, metres <= NEAR_M, metres + widened <= NEAR_M, metres - widened <= NEAR_M)
        value[walks], low[walks], high[walks] = (counts[walks] for counts in walked)
        likely[walks] = value[walks]
    how = np.where(walks, points.walk_method, near.STRAIGHT).astype(object) + points.begins
    words = f"departures from stops within {NEAR_M:.0f} m, " + how + f"; {timetable.when}, each trip once"
    value = np.where(points.located & ~lost, value, np.nan)
    return rows(
        points.sites,
        "trips_per_hour_within_800m",
        (value, np.minimum(low, value), likely, np.maximum(high, value)),
        method=near.in_words(points, words),
        source="; ".join(dict.fromkeys(timetable.sources.values())),
        as_of=timetable.day.isoformat(),
        because=near.because(points, lost),
    )


def _apart(points: Points, stops: np.ndarray) -> np.ndarray:
    """Sites on the streets with a stop within 800 m in a straight line that the streets do not join to them."""
    apart = np.zeros(points.count, bool)
    if points.starts is None:
        return apart
    here = np.flatnonzero(points.located & points.starts.covered)
    part, stop_part = points.starts.island, points.starts.tied.component[stops]
    most = np.bincount(part[here]).argmax() if len(here) else -1
    # nearly all sites and stops are on the same part of the network: only the others need be compared
    for sites, some in (
        (here[part[here] == most], np.flatnonzero(stop_part != most)),
        (here[part[here] != most], np.arange(len(stops))),
    ):
        site, stop, _ = pairs_by_line(points, sites, stops[some], NEAR_M)
        apart[site[stop_part[some[stop]] != part[site]]] = True
    return apart


def _distinct(site: np.ndarray, stop: np.ndarray, trips: csr_matrix, count: int) -> np.ndarray:
    """How many different trips board at the stops of each site; some sites at a time, since a city has many of each."""
    found = np.zeros(count)
    near_by = csr_matrix((np.ones(len(site), np.int32), (site, stop)), shape=(count, trips.shape[0]))
    for first in range(0, count, SITES_AT_A_TIME):
        some = near_by[first : first + SITES_AT_A_TIME]
        found[first : first + SITES_AT_A_TIME] = np.diff((some @ trips).indptr)
    return found


def _board(served: gpd.GeoDataFrame, trip_stops: pd.DataFrame) -> csr_matrix:
    """Stops x trips: 1 where a trip boards at a stop within the hours."""
    stop = pd.Index(served["stop_key"]).get_indexer(trip_stops["stop_key"])
    trip, names = pd.factorize(trip_stops["trip_key"])
    here = stop >= 0
    ones = np.ones(int(here.sum()), np.int32)
    return csr_matrix((ones, (stop[here], trip[here])), shape=(len(served), len(names)))
