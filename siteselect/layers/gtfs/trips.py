"""Who runs what: agency.txt, routes.txt, trips.txt and frequencies.txt, cleaned."""

import numpy as np
import pandas as pd

from siteselect.layers.gtfs import times
from siteselect.layers.gtfs.days import Calendar
from siteselect.layers.gtfs.table import Table, numbers

BASIC_TYPES = (0, 1, 2, 3, 4, 5, 6, 7, 11, 12)
EXTENDED_TYPES = range(100, 1800)
SHORTEST_HEADWAY_S = 15  # closer than this no vehicles run; a slip here would make millions of departures
LATEST_S = 72 * 3600


def route_types(texts: pd.Series) -> np.ndarray:
    """Route types as numbers, basic or extended; NaN where blank or unknown."""
    number = numbers(texts)
    known = np.isin(number, BASIC_TYPES) | np.isin(number, EXTENDED_TYPES)
    return np.where(known, number, np.nan)


def routes(table: Table, agency: Table | None, feed_name: str) -> pd.DataFrame:
    """Routes [route_id, operator, short_name, long_name, route_type int].

    The feed's name stands for an operator that agency.txt does not name.
    """
    raw = table.frame
    table.reject(raw["route_id"].eq("").to_numpy(), "route_id", "is blank", "give the route its route_id")
    kind = route_types(raw["route_type"])
    table.reject(np.isnan(kind), "route_type", "is {}, not a known kind of route", "write 3 for a bus, 2 for rail, ...")
    table.reject_repeated("route_id")
    table.refuse_if_nothing_is_left()
    named = agency.frame[agency.frame["agency_name"] != ""] if agency else pd.DataFrame()
    if named.empty:
        operator = pd.Series(feed_name, index=raw.index)
    else:
        names = dict(zip(named["agency_id"], named["agency_name"], strict=True))
        operator = raw["agency_id"].map(names)
        if len(named) == 1:
            operator = operator.where(raw["agency_id"] != "", named["agency_name"].iloc[0])
        unknown = operator.isna().to_numpy()
        table.caution(
            unknown, "agency_id", "{} is not in agency.txt, so the operator is unknown", "correct the agency_id"
        )
        operator = operator.fillna(feed_name)
    kept = raw.assign(operator=operator.astype("str"), route_type=pd.Series(kind, index=raw.index))[table.left]
    kept = kept.rename(columns={"route_short_name": "short_name", "route_long_name": "long_name"})
    kept["route_type"] = kept["route_type"].astype("int64")
    return kept[["route_id", "operator", "short_name", "long_name", "route_type"]].reset_index(drop=True)


def check(table: Table, known_routes: pd.Series, filed_routes: pd.Series, calendar: Calendar, lost: set[str]) -> None:
    """Reject the trips that have no id, an id used before, an unknown route, or a service whose days are not known."""
    raw = table.frame
    table.reject(raw["trip_id"].eq("").to_numpy(), "trip_id", "is blank", "give the trip its trip_id")
    table.reject_repeated("trip_id")
    rejected = (raw["route_id"].isin(filed_routes) & ~raw["route_id"].isin(known_routes)).to_numpy()
    table.reject(rejected, "route_id", "its route {} was rejected", "correct the route in routes.txt")
    unknown = ~raw["route_id"].isin(known_routes).to_numpy()
    table.reject(unknown, "route_id", "{} is not in routes.txt", "correct the route_id")
    unclear = raw["service_id"].isin(lost).to_numpy()
    table.reject(unclear, "service_id", "the days of its service {} were rejected", "correct the service's calendar")
    services = set(calendar.weekly["service_id"]) | set(calendar.exceptions["service_id"])
    adrift = ~raw["service_id"].isin(services).to_numpy()
    table.reject(adrift, "service_id", "{} is not in the calendar", "add the service to calendar.txt")


def kept(table: Table) -> pd.DataFrame:
    """The trips left [trip_id, route_id, service_id, direction_id Int64, trip_headsign, wheelchair_accessible].

    The direction is NA when unknown; wheelchair_accessible is 1, 2 (not possible) or 0 (unknown).
    """
    frame = table.frame
    odd = ~frame["direction_id"].isin(["0", "1", ""]).to_numpy()
    table.caution(odd, "direction_id", "is {}, taken as unknown", "write 0 or 1")
    left = frame[table.left].reset_index(drop=True)
    direction = pd.to_numeric(left["direction_id"].where(left["direction_id"].isin(["0", "1"])), errors="coerce")
    chair = left["wheelchair_accessible"].where(left["wheelchair_accessible"].isin(["1", "2"]), "0").astype("int64")
    return left.assign(direction_id=direction.astype("Int64"), wheelchair_accessible=chair)[
        ["trip_id", "route_id", "service_id", "direction_id", "trip_headsign", "wheelchair_accessible"]
    ]


def check_frequencies(table: Table, trip_ids: pd.Series) -> pd.DataFrame:
    """All rows as read as [trip_id, start_s, end_s, headway_s, exact_times]; those that cannot be are rejected."""
    raw = table.frame
    table.reject(~raw["trip_id"].isin(trip_ids).to_numpy(), "trip_id", "{} is not in trips.txt", "correct the trip_id")
    start, end = times.seconds(raw["start_time"]), times.seconds(raw["end_time"])
    for field, value in (("start_time", start), ("end_time", end)):
        table.reject(np.isnan(value), field, "{} is not a time", "write it as HH:MM:SS")
        table.reject(value > LATEST_S, field, "{} is days later", "give a time of the service day")
    table.reject(end <= start, "end_time", "{} is not after the start_time", "put the two times in order")
    headway = numbers(raw["headway_secs"])
    bad = ~((headway >= SHORTEST_HEADWAY_S) & (headway % 1 == 0))
    table.reject(
        bad, "headway_secs", f"{{}} is not a whole number of seconds from {SHORTEST_HEADWAY_S} up", "correct it"
    )
    exact = raw["exact_times"].replace("", "0")
    table.reject(~exact.isin(["0", "1"]).to_numpy(), "exact_times", "is {}", "write 0 or 1")
    frame = pd.DataFrame({"trip_id": raw["trip_id"], "start_s": start, "end_s": end, "headway_s": headway})
    frame["exact_times"] = exact
    order = frame[table.left].sort_values(["trip_id", "start_s"])
    latest = order.groupby("trip_id")["end_s"].cummax().groupby(order["trip_id"]).shift()
    overlap = np.zeros(len(raw), bool)
    overlap[order.index[order["start_s"] < latest]] = True
    table.reject(overlap, "start_time", "{} is inside another span of the same trip", "let the spans follow each other")
    return frame


def kept_frequencies(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The frequencies that are left, as whole numbers."""
    whole = ["start_s", "end_s", "headway_s", "exact_times"]
    return frame[table.left].astype(dict.fromkeys(whole, "int64")).reset_index(drop=True)
