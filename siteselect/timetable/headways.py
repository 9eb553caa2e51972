"""Transit service at a stop: how often, how long at most between two, from when to when, on which days of the week.

What makes a stop a major transit stop or part of a high-quality corridor stands in california.toml; the law does not
say when the peaks are, so they are asked for, and 07:00-09:00 and 16:00-18:00 otherwise.  "Every 15 minutes" is read
strictly: no interval that touches a peak is longer.
"""

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from siteselect import transit
from siteselect.layers.gtfs import Feed
from siteselect.layers.gtfs.days import WEEKDAYS
from siteselect.timetable import frequent
from siteselect.timetable.runs import operator_route

Span = tuple[int, int]
MORNING, AFTERNOON = (7 * 3600, 9 * 3600), (16 * 3600, 18 * 3600)
PEAKS: tuple[Span, Span] = (MORNING, AFTERNOON)
_FIGURES = ("departures", "headway_min", "gap_morning_min", "gap_afternoon_min", "morning_per_hour",
            "afternoon_per_hour", "first_s", "last_s")  # fmt: skip


def routes(
    feeds: Sequence[Feed], day: dt.date, hours: Span = transit.DAYTIME, peaks: tuple[Span, Span] = PEAKS
) -> pd.DataFrame:
    """Each route and direction at each stop where it can be boarded on a day.

    Returns [stop_key, route, mode, direction ("0" or "1" as filed, else "next: STOP", where the departures go from
    here), headsign (the most usual, "" where none is filed), departures (in the hours), headway_min (the mean interval
    in the hours; NaN under two departures), gap_morning_min, gap_afternoon_min (largest interval that touches the peak;
    infinite without service), morning_per_hour, afternoon_per_hour, first_s, last_s (of the day)].  Raises FeedExpired.
    """
    return _by_route(_departures(feeds, day), hours, peaks)


def stops(
    feeds: Sequence[Feed], day: dt.date, hours: Span = transit.DAYTIME, peaks: tuple[Span, Span] = PEAKS
) -> gpd.GeoDataFrame:
    """Where people can board, with the service of a day: one row a platform, those without service included.

    Returns the columns of `transit.stops`, and gap_morning_min, gap_afternoon_min (all routes together), first_s,
    last_s, days ("Mon Tue ...": the days of that week with a departure; "?" marks one outside the calendar), meets
    (ids of the definitions of california.toml, "; " between), major (bool), major_because, corridor (bool).  Raises
    FeedExpired.
    """
    return service(feeds, day, hours, peaks)[0]


def service(
    feeds: Sequence[Feed], day: dt.date, hours: Span = transit.DAYTIME, peaks: tuple[Span, Span] = PEAKS
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """`stops` and `routes` together, for the work of one."""
    table = transit.stops(feeds, day, hours)
    today = _departures(feeds, day)
    by_route = _by_route(today, hours, peaks)
    whole = _summed(today, ["stop_key"], hours, peaks).set_index("stop_key")
    for column in ("gap_morning_min", "gap_afternoon_min", "first_s", "last_s"):
        table[column] = table["stop_key"].map(whole[column])
    table["days"] = table["stop_key"].map(_days(feeds, day)).fillna("").astype("str")
    buses = _summed(today[today["mode"] == "bus"], ["stop_key"], hours, peaks)
    places = table.assign(lon=table.geometry.x, lat=table.geometry.y)
    which, because = pd.Series("", index=table.index, dtype="str"), pd.Series(None, index=table.index, dtype="str")
    for wanted in frequent.definitions():
        why = table["stop_key"].map(frequent.meets(wanted, places, by_route, buses))
        which = which.where(why.isna(), which + "; " + wanted.id)
        if wanted.role == "major":
            because = because.where(because.notna(), why)
        elif wanted.role == "corridor":
            table["corridor"] = why.notna()
    table["meets"] = which.str.removeprefix("; ")
    table["major"], table["major_because"] = because.notna(), because
    return table, by_route


def _by_route(today: pd.DataFrame, hours: Span, peaks: tuple[Span, Span]) -> pd.DataFrame:
    keys = ["stop_key", "route_id", "route", "mode", "direction"]
    signs = today.value_counts([*keys, "trip_headsign"]).reset_index().drop_duplicates(keys)  # the most usual first
    found = _summed(today, keys, hours, peaks).merge(signs, on=keys, how="left")
    return found.rename(columns={"trip_headsign": "headsign"})[
        ["stop_key", "route", "mode", "direction", "headsign", *_FIGURES]
    ]


def _departures(feeds: Sequence[Feed], day: dt.date) -> pd.DataFrame:
    """Every departure of the day [stop_key, route_id, route, mode, direction, trip_headsign, departure_s]."""
    found = []
    for feed in feeds:
        names = feed.routes.assign(route=operator_route(feed.routes), mode=transit.modes(feed.routes["route_type"]))
        today = transit.departures(feed, day).merge(names[["route_id", "route", "mode"]], on="route_id")
        today = today.merge(feed.trips[["trip_id", "trip_headsign"]], on="trip_id")
        filed = today["direction_id"].astype("str")
        today["direction"] = filed.where(today["direction_id"].notna(), "next: " + _next_stop(feed, today))
        today["stop_key"] = f"{feed.name}:" + today["stop_id"]
        found.append(today)
    return pd.concat(found, ignore_index=True)


def _next_stop(feed: Feed, today: pd.DataFrame) -> pd.Series:
    """For each departure the name of the stop to which it goes next, which tells its direction where none is filed.

    A trip that leaves a stop several times is followed in the order of its times.
    """
    calls = feed.stop_times[["trip_id", "stop_id", "pickup_type", "ends_trip"]]
    calls = calls.assign(then=calls["stop_id"].shift(-1))  # by trip and sequence; a trip's last call boards nobody
    calls = calls[(calls["pickup_type"] != transit.NO_PICKUP) & ~calls["ends_trip"]]
    calls["turn"] = calls.groupby(["trip_id", "stop_id"]).cumcount()
    order = today.sort_values("departure_s", kind="stable")
    turn = order.groupby(["trip_id", "run", "stop_id"]).cumcount().reindex(today.index)
    wanted = today[["trip_id", "stop_id"]].assign(turn=turn)
    then = wanted.merge(calls[["trip_id", "stop_id", "turn", "then"]], on=["trip_id", "stop_id", "turn"], how="left")
    names = feed.stops.set_index("stop_id")["stop_name"]
    named = then["then"].map(names).fillna(then["then"]).fillna("not known").astype("str")
    return pd.Series(named.to_numpy(), index=today.index)


def _summed(table: pd.DataFrame, keys: list[str], hours: Span, peaks: tuple[Span, Span]) -> pd.DataFrame:
    """The service of each group of departures: [*keys] and the figures."""
    table = table.sort_values([*keys, "departure_s"], ignore_index=True)
    if table.empty:
        return table.reindex(columns=[*keys, *_FIGURES])
    number = table.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    time = table["departure_s"].to_numpy(np.int64)
    begins = np.flatnonzero(np.r_[True, number[1:] != number[:-1]])
    ends = np.r_[begins[1:], len(number)]
    rows = [_figures(time[a:b], hours, peaks) for a, b in zip(begins, ends, strict=True)]
    figures = pd.DataFrame(rows, columns=list(_FIGURES))
    return pd.concat([table.loc[begins, keys].reset_index(drop=True), figures], axis=1)


def _figures(every: np.ndarray, hours: Span, peaks: tuple[Span, Span]) -> tuple[float, ...]:
    times = np.unique(every)
    inside = times[(times >= hours[0]) & (times < hours[1])]
    headway = (inside[-1] - inside[0]) / (len(inside) - 1) / 60 if len(inside) > 1 else np.nan
    gaps = (largest_gap_min(times, peak) for peak in peaks)
    rates = (_within(every, peak) * 3600 / (peak[1] - peak[0]) for peak in peaks)
    return _within(every, hours), headway, *gaps, *rates, int(times[0]), int(times[-1])


def _within(times: np.ndarray, span: Span) -> int:
    return int(((times >= span[0]) & (times < span[1])).sum())


def largest_gap_min(times: np.ndarray, window: Span) -> float:
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
