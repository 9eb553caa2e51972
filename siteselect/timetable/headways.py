"""Transit service at a stop: how often, how long at most between two, from when to when, on which days of the week.

A stop is a major transit stop (California Public Resources Code 21064.3) when trains serve it, or ferries beside a bus
or train, or two bus routes or more that each run at least every 20 minutes in the morning and in the afternoon peak.  A
bus that runs at least every 15 minutes in both peaks makes a high-quality transit corridor (21155).  The law does not
say when the peaks are: they are taken as 07:00-09:00 and 16:00-18:00.  "Every 20 minutes" is read strictly: no interval
of a route in one direction is longer.
"""

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from siteselect import transit
from siteselect.layers.gtfs import Feed
from siteselect.layers.gtfs.days import WEEKDAYS
from siteselect.timetable.runs import operator_route

MORNING, AFTERNOON = (7 * 3600, 9 * 3600), (16 * 3600, 18 * 3600)
MAJOR_MIN, CORRIDOR_MIN = 20.0, 15.0
RAIL = ("rail", "metro", "tram")


def routes(feeds: Sequence[Feed], day: dt.date, hours: tuple[int, int] = transit.DAYTIME) -> pd.DataFrame:
    """Each route and direction at each stop where it can be boarded on a day.

    Returns [stop_key, route, mode, direction_id Int64 (NA when unknown), departures (in the hours), headway_min (the
    mean interval in the hours; NaN under two departures), gap_morning_min, gap_afternoon_min (largest interval that
    touches the peak), first_s, last_s (of the day)].  Raises FeedExpired.
    """
    found = []
    for feed in feeds:
        today = transit.departures(feed, day)
        names = feed.routes.assign(route=operator_route(feed.routes), mode=transit.modes(feed.routes["route_type"]))
        today = today.merge(names[["route_id", "route", "mode"]], on="route_id")
        today["stop_key"] = f"{feed.name}:" + today["stop_id"]
        found.append(today)
    table = pd.concat(found, ignore_index=True)
    keys = ["stop_key", "route_id", "route", "mode", "direction_id"]
    return _summed(table, keys, hours).drop(columns="route_id")


def stops(feeds: Sequence[Feed], day: dt.date, hours: tuple[int, int] = transit.DAYTIME) -> gpd.GeoDataFrame:
    """Where people can board, with the service of a day: one row a platform, those without service included.

    Returns the columns of `transit.stops`, and gap_morning_min, gap_afternoon_min (all routes together), first_s,
    last_s, days ("Mon Tue ...": the days of that week with a departure; "?" marks one outside the calendar), major
    (bool), major_because, corridor (bool: a bus every 15 minutes in both peaks).  Raises FeedExpired.
    """
    table = transit.stops(feeds, day, hours)
    by_route = routes(feeds, day, hours)
    every = [transit.departures(f, day).assign(feed=f.name) for f in feeds]
    today = pd.concat(every, ignore_index=True)
    today["stop_key"] = today["feed"] + ":" + today["stop_id"]
    whole = _summed(today, ["stop_key"], hours).set_index("stop_key")
    for column in ("gap_morning_min", "gap_afternoon_min", "first_s", "last_s"):
        table[column] = table["stop_key"].map(whole[column])
    table["days"] = table["stop_key"].map(_days(feeds, day)).fillna("").astype("str")
    because = table["stop_key"].map(_major(by_route))
    table["major"], table["major_because"] = because.notna(), because
    bus = by_route[(by_route["mode"] == "bus") & (_worst(by_route) <= CORRIDOR_MIN)]
    table["corridor"] = table["stop_key"].isin(bus["stop_key"])
    return table


def _summed(table: pd.DataFrame, keys: list[str], hours: tuple[int, int]) -> pd.DataFrame:
    """The service of each group of departures [*keys, departures, headway_min, gap_*_min, first_s, last_s]."""
    table = table.sort_values([*keys, "departure_s"], ignore_index=True)
    if table.empty:
        return table.reindex(columns=[*keys, *_FIGURES])
    number = table.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    time = table["departure_s"].to_numpy(np.int64)
    begins = np.flatnonzero(np.r_[True, number[1:] != number[:-1]])
    ends = np.r_[begins[1:], len(number)]
    rows = [_figures(np.unique(time[a:b]), time[a:b], hours) for a, b in zip(begins, ends, strict=True)]
    figures = pd.DataFrame(rows, columns=list(_FIGURES))
    return pd.concat([table.loc[begins, keys].reset_index(drop=True), figures], axis=1)


_FIGURES = ("departures", "headway_min", "gap_morning_min", "gap_afternoon_min", "first_s", "last_s")


def _figures(times: np.ndarray, every: np.ndarray, hours: tuple[int, int]) -> tuple[float, ...]:
    inside = times[(times >= hours[0]) & (times < hours[1])]
    count = int(((every >= hours[0]) & (every < hours[1])).sum())
    headway = (inside[-1] - inside[0]) / (len(inside) - 1) / 60 if len(inside) > 1 else np.nan
    gaps = (largest_gap_min(times, peak) for peak in (MORNING, AFTERNOON))
    return count, headway, *gaps, int(times[0]), int(times[-1])


def largest_gap_min(times: np.ndarray, window: tuple[int, int]) -> float:
    """The largest interval between two departures (ascending, s) that touches the window, in minutes.

    Before the first departure of the day and after its last, the window's own end stands in; a window without a
    departure before, in or after it has no service: infinite.
    """
    begin, end = window
    before, inside, after = times[times < begin], times[(times >= begin) & (times < end)], times[times >= end]
    if not len(inside) and not (len(before) and len(after)):
        return float(np.inf)
    marks = np.concatenate([before[-1:] if len(before) else [begin], inside, after[:1] if len(after) else [end]])
    return float(np.diff(marks).max() / 60)


def _worst(by_route: pd.DataFrame) -> pd.Series:
    return by_route[["gap_morning_min", "gap_afternoon_min"]].max(axis=1)


def _major(by_route: pd.DataFrame) -> pd.Series:
    """By stop_key, why a stop is a major transit stop; only those that are."""
    rail = by_route[by_route["mode"].isin(RAIL)]
    found = rail.groupby("stop_key")["route"].agg(lambda names: f"trains stop here ({names.iloc[0]})").to_dict()
    often = by_route[(by_route["mode"] == "bus") & (_worst(by_route) <= MAJOR_MIN)]
    for stop, names in often.groupby("stop_key")["route"].unique().items():
        if len(names) > 1:
            found.setdefault(
                stop, f"{len(names)} bus routes run every {MAJOR_MIN:.0f} min in both peaks ({'; '.join(names)})"
            )
    for stop, here in by_route.groupby("stop_key")["mode"].unique().items():
        if "ferry" in here and len(here) > 1:
            found.setdefault(stop, "a ferry terminal with another service")
    return pd.Series(found, dtype="str")


def _days(feeds: Sequence[Feed], day: dt.date) -> pd.Series:
    """By stop_key, the days of the week of `day` on which it is served."""
    monday = day - dt.timedelta(days=day.weekday())
    said: dict[str, list[str]] = {}
    for feed in feeds:
        for shift, name in enumerate(WEEKDAYS):
            that = monday + dt.timedelta(days=shift)
            short = name[:3].capitalize()
            if not feed.first_day <= that <= feed.last_day:
                keys, short = (f"{feed.name}:" + feed.stops["stop_id"]), f"{short}?"
            else:
                keys = f"{feed.name}:" + pd.Series(transit.departures(feed, that)["stop_id"].unique(), dtype="str")
            for key in keys:
                said.setdefault(key, []).append(short)
    return pd.Series({key: " ".join(words) for key, words in said.items()}, dtype="str")
