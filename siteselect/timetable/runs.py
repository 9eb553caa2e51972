"""Which vehicle is where when: every run of a day and of the nights on both sides of it, all feeds in one table."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from siteselect import transit
from siteselect.layers.gtfs import Feed

DAY_S = 86_400
AHEAD_S = 36 * 3600  # of the day after, what leaves before its noon
NO, BY_DEMAND = 1, (2, 3)


@dataclass(frozen=True, eq=False)
class Runs:
    """Calls of vehicles, in the order of each run: arrays by call, and run_* arrays by run.

    run (calls,): ascending; stop (calls,): number over all feeds; arrive_s, depart_s: seconds after the start of the
    day asked about, negative before it; board, alight.  run_label, run_sign: numbers into labels and signs.
    """

    run: np.ndarray
    stop: np.ndarray
    arrive_s: np.ndarray
    depart_s: np.ndarray
    board: np.ndarray
    alight: np.ndarray
    run_label: np.ndarray
    run_sign: np.ndarray
    labels: np.ndarray
    signs: np.ndarray
    today: int


def gather(feeds: Sequence[Feed], day: dt.date, stop_number: pd.Series, *, wheelchair: bool = False) -> Runs:
    """All runs that matter on a day: its own, last night's past 24:00, and those of the next morning.

    stop_number: by "feed:stop_id".  With `wheelchair`, only stops where boarding is known to be possible count, and
    trips that say they take no wheelchair are left out; what a feed leaves open is not taken for possible.
    """
    parts, today = [], 0
    for feed in feeds:
        for shift in (-1, 0, 1):
            service_day = day + dt.timedelta(days=shift)
            part = _of_service_day(feed, service_day, wheelchair=wheelchair)
            today += part["key"].nunique() if shift == 0 else 0
            later = _start_of(feed, service_day) - _start_of(feed, day)
            part[["arrival_s", "departure_s"]] += int(later)
            ends = part.groupby("key")["arrival_s"].transform("max") if len(part) else part["arrival_s"]
            begins = part.groupby("key")["departure_s"].transform("min") if len(part) else part["departure_s"]
            parts.append(part[(ends >= 0) & (begins < AHEAD_S)].assign(shift=shift, feed=feed.name))
    table = pd.concat(parts, ignore_index=True)
    name = table["feed"] + ":" + table["stop_id"]
    run, _ = pd.factorize(table["feed"] + ":" + table["key"] + ":" + table["shift"].astype("str"))
    first = np.flatnonzero(np.r_[True, run[1:] != run[:-1]]) if len(run) else np.empty(0, int)
    label, labels = pd.factorize(table["label"].iloc[first])
    sign, signs = pd.factorize(table["trip_headsign"].iloc[first])
    return Runs(
        run, name.map(stop_number).to_numpy(np.int64), table["arrival_s"].to_numpy(np.int64),
        table["departure_s"].to_numpy(np.int64), table["board"].to_numpy(bool), table["alight"].to_numpy(bool),
        label, sign, np.asarray(labels, str), np.asarray(signs, str), today,
    )  # fmt: skip


def operator_route(routes: pd.DataFrame) -> pd.Series:
    """ "Operator route" for each route: its short name, else its long one, else its id."""
    short = routes["short_name"].where(routes["short_name"] != "", routes["long_name"])
    return (routes["operator"] + " " + short.where(short != "", routes["route_id"])).astype("str")


def zone(feeds: Sequence[Feed]) -> str:
    """The time zone that the feeds name; "" where none is named or none is known."""
    for feed in feeds:
        try:
            return ZoneInfo(feed.timezone).key if feed.timezone else ""
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ""


def _of_service_day(feed: Feed, day: dt.date, *, wheelchair: bool) -> pd.DataFrame:
    """Calls of the trips of a service day, each headway's run by itself, in the service day's seconds."""
    trips = feed.trips[feed.trips["trip_id"].isin(transit.running(feed, day).trips)]
    if wheelchair:
        trips = trips[trips["wheelchair_accessible"] != 2]
    names = feed.routes.assign(label=operator_route(feed.routes))[["route_id", "label"]]
    trips = trips.merge(names, on="route_id")[["trip_id", "label", "trip_headsign"]]
    calls = feed.stop_times[feed.stop_times["trip_id"].isin(trips["trip_id"])]
    calls = calls.merge(trips, on="trip_id", how="left")  # keeps the order of stop_times: by trip and sequence
    calls["board"], calls["alight"] = calls["pickup_type"] != NO, calls["drop_off_type"] != NO
    if wheelchair:
        stops = feed.stops.set_index("stop_id")["wheelchair_boarding"]
        can = calls["stop_id"].map(stops).eq(1)
        calls["board"] &= can
        calls["alight"] &= can
    spans = feed.frequencies
    by_headway = calls["trip_id"].isin(spans["trip_id"])
    fixed = calls[~by_headway].assign(key=calls["trip_id"])
    repeated = calls[by_headway].merge(transit.headway_runs(spans), on="trip_id")
    for column in ("arrival_s", "departure_s"):
        repeated[column] += repeated["start_s"] - repeated["trip_start_s"]
    repeated["key"] = repeated["trip_id"] + "#" + repeated["run"].astype("str")
    repeated = repeated.sort_values(["trip_id", "run", "stop_sequence"])
    columns = ["key", "stop_id", "arrival_s", "departure_s", "board", "alight", "label", "trip_headsign"]
    return pd.concat([fixed[columns], repeated[columns]], ignore_index=True)


def _start_of(feed: Feed, day: dt.date) -> float:
    """The service day's noon minus 12 h, in seconds; without a known zone every day has 24 hours."""
    noon = dt.datetime.combine(day, dt.time(12))
    place = zone([feed])
    return noon.replace(tzinfo=ZoneInfo(place) if place else dt.UTC).timestamp() - 12 * 3600
