"""How often each stop is served in the peaks, Monday to Friday: the timetable's part of the rules.

An interval is from one departure to the next of the same route in the same direction at the stop.  It counts when it
touches the window, in full: between a bus at 08:50 and the next at 09:30 nobody has a bus every 30 minutes until nine.
Before a route's first departure of the day and after its last the window's own end stands in.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteselect import transit
from siteselect.layers.gtfs import Feed

WINDOWS = tuple[tuple[int, int], ...]
NEAR_DAYS = 28  # an ordinary weekday is looked for this far from the analysis day
COLUMNS = [
    "stop_key", "mode", "route", "direction_known", "gap_min", "gap_inside_min", "departures_fewest",
    "departures_per_hour",
]  # fmt: skip


def weekdays(feed: Feed, day: dt.date) -> dict[int, dt.date]:
    """For Monday (0) to Friday (4) the ordinary day nearest to the analysis day; left out where the calendar has none.

    Ordinary is a day with as many trips as most days of its name within four weeks: a holiday is not.
    """
    counts = transit.trips_each_day(feed)
    dates = pd.DatetimeIndex(counts.index)
    apart = np.abs((dates - pd.Timestamp(day)).days.to_numpy())
    found = {}
    for weekday in range(5):
        here = np.flatnonzero((dates.day_of_week == weekday) & (apart <= NEAR_DAYS))
        if not len(here):
            continue
        usual = counts.iloc[here].mode().max()
        ordinary = here[(counts.iloc[here] == usual).to_numpy()]
        found[weekday] = dates[ordinary[apart[ordinary].argmin()]].date()
    return found


@dataclass(frozen=True)
class Service:
    """The peaks' service: `by_route` and, with all lines at a stop taken together, `together` (columns of `COLUMNS`).

    gap_min is the longest interval in any window of any ordinary day, Monday to Friday (infinite where a window has
    no service); gap_inside_min the same with intervals cut off at the windows' ends; departures_fewest in a window;
    departures_per_hour the fewest again by the hour.  A direction is the feed's direction_id, else its headsign; each
    route stands once more with its directions together, `direction_known` False.  `untold` are feeds whose calendar
    does not hold all five weekdays near the day: how often they run is not known, and they have no rows.
    """

    by_route: pd.DataFrame
    together: pd.DataFrame
    windows: WINDOWS
    days: dict[str, tuple[dt.date, ...]]
    untold: tuple[str, ...]


def of(feeds: Sequence[Feed], day: dt.date, windows: WINDOWS) -> Service:
    """How often each stop is served in the windows on the ordinary weekdays nearest to the day."""
    days = {feed.name: weekdays(feed, day) for feed in feeds}
    nothing = pd.DataFrame(columns=COLUMNS)
    by_route, whole = [nothing], [nothing]
    for feed in feeds:
        if len(days[feed.name]) < 5:
            continue
        timetables = _timetables(feed, tuple(days[feed.name].values()))
        by_route += [_feed(feed, timetables, windows, keys) for keys in (["route_id", "direction"], ["route_id"])]
        whole.append(_feed(feed, timetables, windows, []))
    joined = [pd.concat([t for t in tables if len(t)] or [nothing], ignore_index=True) for tables in (by_route, whole)]
    short = tuple(name for name, found in days.items() if len(found) < 5)
    return Service(joined[0], joined[1], windows, {n: tuple(d.values()) for n, d in days.items()}, short)


def frequent(
    stop_keys: pd.Series, service: Service, gap_most_min: float, departures_least: int, departures_modes: Sequence[str]
) -> pd.DataFrame:  # fmt: skip
    """Whether each stop is served often enough: [state (2 yes, 1 perhaps, 0 no), route, how, why], by stop.

    Yes: one route in one direction.  Perhaps: only with intervals cut off at the windows' ends, only with both
    directions or several routes taken together, or where the timetable does not hold the week.
    """
    by_route, whole = service.by_route.sort_values("gap_min", kind="stable"), service.together
    alone = by_route["gap_min"] <= gap_most_min
    rail = by_route["mode"].isin(list(departures_modes)) & (by_route["departures_fewest"] >= departures_least)
    both_ways = whole["mode"].isin(list(departures_modes)) & (whole["departures_fewest"] >= departures_least)
    cases = [
        (by_route[(alone | rail) & by_route["direction_known"]], 2, ""),
        (by_route[(alone | rail)], 1, "only with both directions of the line together"),
        (by_route[by_route["gap_inside_min"] <= gap_most_min], 1, "only if intervals end with the peak hours"),
        (whole[(whole["gap_min"] <= gap_most_min) | both_ways], 1, "only with several lines together"),
    ]
    best = by_route[by_route["direction_known"].astype(bool)]
    out = pd.DataFrame({"state": 0, "route": None, "how": None, "why": None}, index=stop_keys.index, dtype=object)
    for table, state, why in [*reversed(cases[1:]), (best, 0, "not often enough"), cases[0]]:
        first = table.drop_duplicates("stop_key").set_index("stop_key")
        hit = stop_keys.isin(first.index) & ((out["state"] == 0) | (state > 0))
        keys = stop_keys[hit]
        out.loc[hit, "state"], out.loc[hit, "why"] = state, why or None
        out.loc[hit, "route"] = keys.map(first["route"])
        out.loc[hit, "how"] = keys.map(_how(first, gap_most_min, departures_modes))
    short = stop_keys.str.rsplit(":", n=1).str[0].isin(service.untold) & (out["state"] == 0)
    out.loc[short, "state"] = 1
    out.loc[short, "why"] = "the timetable does not hold a whole week, so how often it is served is not known"
    return out


def _how(table: pd.DataFrame, gap_most_min: float, departures_modes: Sequence[str]) -> pd.Series:
    """How often, in words."""
    by_count = table["mode"].isin(list(departures_modes)) & (table["gap_min"] > gap_most_min)
    count = table["departures_fewest"].astype(float).map("{:.0f} departures at least in each peak".format)
    gap = table["gap_min"].astype(float)
    words = gap.map("at most {:.0f} min between departures in the peaks".format)
    words = words.where(np.isfinite(gap), "not in all the peak hours of the week")
    return count.where(by_count, words)


def _timetables(feed: Feed, dates: Sequence[dt.date]) -> list[pd.DataFrame]:
    """The departures of each different day, with their direction."""
    different = {tuple(sorted(feed.days.running(date))): date for date in reversed(dates)}
    return [_directed(feed, transit.departures(feed, date)) for date in sorted(different.values())]


def _feed(feed: Feed, timetables: Sequence[pd.DataFrame], windows: WINDOWS, keys: list[str]) -> pd.DataFrame:
    group = ["stop_id", *keys]
    tables = []
    for today in timetables:
        ordered = today.sort_values([*group, "departure_s"], ignore_index=True)
        tables += [_window(ordered, group, window) for window in windows]
    size = len(tables)
    every = pd.concat(tables, ignore_index=True)
    worst = every.groupby(group, dropna=False, sort=False).agg(
        gap_min=("gap_min", "max"), gap_inside_min=("gap_inside_min", "max"), departures_fewest=("departures", "min"),
        departures_per_hour=("per_hour", "min"), windows=("gap_min", "size"),
    ).reset_index()  # fmt: skip
    gone = worst["windows"] < size  # a window of some day in which the route does not run at all
    worst.loc[gone, ["gap_min", "gap_inside_min"]] = np.inf
    worst.loc[gone, ["departures_fewest", "departures_per_hour"]] = 0
    return _named(worst, feed, keys)


def _directed(feed: Feed, today: pd.DataFrame) -> pd.DataFrame:
    """The departures with a `direction`: the feed's own, else where the vehicle says that it goes."""
    sign = today["trip_id"].map(feed.trips.set_index("trip_id")["trip_headsign"]).fillna("").astype("str")
    own = today["direction_id"].astype("str")
    return today.assign(direction=own.where(today["direction_id"].notna(), sign))


def _window(today: pd.DataFrame, group: list[str], window: tuple[int, int]) -> pd.DataFrame:
    """The longest interval of each group that touches one window, and its departures in it."""
    begin, end = window
    time = today["departure_s"].to_numpy(float)
    number = today.groupby(group, dropna=False, sort=False).ngroup().to_numpy()
    first = np.r_[True, number[1:] != number[:-1]] if len(number) else np.zeros(0, bool)
    last = np.r_[first[1:], True] if len(number) else first
    before = np.where(first, np.minimum(begin, time), np.r_[0.0, time[:-1]] if len(time) else time)
    # from the departure before (or the window's begin) to this one, where that touches the window
    gap = np.where((time > begin) & (before < end), time - before, 0.0)
    inside = np.where(gap > 0, np.minimum(time, end) - np.maximum(before, begin), 0.0)
    tail = np.where(last & (time < end), end - np.maximum(time, begin), 0.0)
    unserved = (first & (time >= end)) | (last & (time < begin))
    gap = np.where(unserved, np.inf, np.maximum(gap, tail))
    inside = np.where(unserved, np.inf, np.maximum(inside, tail))
    within = (time >= begin) & (time < end)
    table = today[group].assign(gap_min=gap / 60, gap_inside_min=inside / 60, departures=within.astype("int64"))
    out = table.groupby(group, dropna=False, sort=False).agg(
        gap_min=("gap_min", "max"), gap_inside_min=("gap_inside_min", "max"), departures=("departures", "sum")
    )
    out["per_hour"] = out["departures"] * 3600 / (end - begin)
    return out.reset_index()


def _named(worst: pd.DataFrame, feed: Feed, keys: list[str]) -> pd.DataFrame:
    """The feed's own names for stops, routes and modes."""
    worst["stop_key"] = f"{feed.name}:" + worst["stop_id"].astype("str")
    names = feed.routes.assign(mode=transit.modes(feed.routes["route_type"]))
    short = names["short_name"].where(names["short_name"] != "", names["long_name"])
    names["route"] = names["operator"] + " " + short.where(short != "", names["route_id"])
    if keys:
        worst = worst.merge(names[["route_id", "mode", "route"]], on="route_id")
        return worst.assign(direction_known="direction" in keys)[COLUMNS]
    modes = names["mode"].unique()
    worst["mode"] = modes[0] if len(modes) == 1 else "bus"
    return worst.assign(route="all lines there", direction_known=True)[COLUMNS]
