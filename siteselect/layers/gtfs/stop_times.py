"""When vehicles stop: stop_times.txt, cleaned, ordered, and with the times that it leaves out filled in."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteselect.layers.gtfs import times
from siteselect.layers.gtfs.stops import PLATFORM
from siteselect.layers.gtfs.table import Table, numbers

FLEX_WINDOWS = ("start_pickup_drop_off_window", "end_pickup_drop_off_window")
FLEX_PLACES = ("location_group_id", "location_id")
NO_PICKUP = 1
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Faults:
    """The trips that stop_times.txt leaves unusable, by reason."""

    no_end_time: frozenset[str]
    backwards: frozenset[str]
    on_demand: frozenset[str]
    too_short: frozenset[str]


def cleaned(table: Table, trips: Table, stops: pd.DataFrame, filed_stops: pd.Series) -> tuple[pd.DataFrame, Faults]:
    """Stop times [trip_id, stop_id, stop_sequence, arrival_s, departure_s, pickup_type, drop_off_type, interpolated,
    trip_start_s, ends_trip].

    Seconds count from the service day's noon minus 12 h; rows are sorted by trip_id and stop_sequence.  `trip_start_s`
    is the trip's first departure and `ends_trip` marks its last stop, both as filed, whatever row is rejected.  `trips`
    is the table as far as it is checked; what has to be said of its trips is in the second answer.
    """
    raw = table.frame
    on_demand = _exclude_on_demand(table)
    _check_keys(table, trips)
    sequence = numbers(raw["stop_sequence"])
    unfit = ~((sequence >= 0) & (sequence <= LARGEST) & (sequence % 1 == 0))
    table.reject(unfit, "stop_sequence", "{} is not a whole number from 0 up", "number the stops of the trip upwards")
    table.reject_repeated("trip_id", "stop_sequence")
    places, first = _order(raw["trip_id"], sequence, table.left)
    arrival, departure = _filed_times(table)
    trip = np.cumsum(first) - 1  # number of each ordered row's trip
    ids = raw["trip_id"].iloc[places[first]].to_numpy(object)
    no_end = _without_end_times(table, places, first, arrival, trip)
    back = _going_back(table, places, trip, arrival, departure)
    _reject_trips(table, places, trip, no_end, "its trip has no time at its first or last stop", "give that time")
    _reject_trips(table, places, trip, back & ~no_end, "its trip goes back in time", "correct the trip's times")
    arrival, departure, filled = _interpolated(table, places[~(no_end | back)[trip]], arrival, departure)
    _check_stops(table, stops, filed_stops)
    start = departure[places[first]][trip]
    frame = _assembled(table, places, sequence, arrival, departure, filled, start, np.append(first[1:], True))
    served = frame.groupby("trip_id").size() if len(frame) else pd.Series(dtype=int)
    short = set(trips.frame.loc[trips.left, "trip_id"]) - set(served[served >= 2].index)
    gone = frozenset(ids[no_end]), frozenset(ids[back & ~no_end]), frozenset(on_demand - set(served.index))
    return frame, Faults(*gone, frozenset(short.difference(*gone)))


def _exclude_on_demand(table: Table) -> set[str]:
    """Reject the rows of flexible service, which has no timetable; the trips that have such rows."""
    raw = table.frame
    window = np.logical_or.reduce([raw[field].ne("").to_numpy() for field in FLEX_WINDOWS])
    place = np.logical_or.reduce([raw[field].ne("").to_numpy() for field in FLEX_PLACES])
    flex = window | (place & raw["stop_id"].eq("").to_numpy())
    if flex.any():
        reason = "on-demand service without a timetable, so it has no departures to count"
        table.ledger.reject(np.flatnonzero(flex), FLEX_WINDOWS[0], reason, "nothing to do", together=True)
    return set(raw.loc[flex, "trip_id"])


def _check_keys(table: Table, trips: Table) -> None:
    ids = table.frame["trip_id"]
    table.reject(ids.eq("").to_numpy(), "trip_id", "is blank", "give the row its trip_id")
    known = ids.isin(trips.frame.loc[trips.left, "trip_id"]).to_numpy()
    filed = ids.isin(trips.frame["trip_id"]).to_numpy()
    table.reject(filed & ~known, "trip_id", "its trip {} was rejected", "correct the trip in trips.txt")
    table.reject(~known, "trip_id", "{} is not in trips.txt", "correct the trip_id")
    stop = table.frame["stop_id"].eq("").to_numpy()
    table.reject(stop, "stop_id", "is blank", "give the row its stop_id")


def _order(trip_ids: pd.Series, sequence: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the rows that are left, by trip and sequence; and whether each is the first of its trip."""
    at = np.flatnonzero(left)
    codes, _ = pd.factorize(trip_ids.iloc[at], sort=True)
    order = np.lexsort((sequence[at], codes))
    first = np.ones(len(at), bool)
    first[1:] = np.diff(codes[order]) != 0
    return at[order], first


def _filed_times(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Both times as filed; where one of the two is blank the other stands for it, where one is no time the row goes."""
    raw = table.frame
    arrival, departure = times.seconds(raw["arrival_time"]), times.seconds(raw["departure_time"])
    for field, value in (("arrival_time", arrival), ("departure_time", departure)):
        bad = np.isnan(value) & raw[field].ne("").to_numpy()
        table.reject(bad, field, "{} is not a time", "write it as HH:MM:SS")
    for field, value, other in (
        ("arrival_time", arrival, departure),
        ("departure_time", departure, arrival),
    ):
        half = np.isnan(value) & ~np.isnan(other)
        table.repair(half, field, "is blank; the row's other time is taken", "give both times")
        value[half] = other[half]
    arrival[~table.left] = departure[~table.left] = np.nan
    return arrival, departure


def _without_end_times(
    table: Table, places: np.ndarray, first: np.ndarray, arrival: np.ndarray, trip: np.ndarray
) -> np.ndarray:
    """Whether each trip lacks the time of its first or last row; lists those rows."""
    last = np.append(first[1:], True) if len(first) else first
    lacking = (first | last) & np.isnan(arrival[places])
    listed = np.zeros(len(table.frame), bool)
    listed[places[lacking]] = True
    table.reject(listed, "arrival_time", "is blank at the first or last stop of its trip", "give that time")
    found = np.zeros(int(first.sum()), bool)
    found[trip[lacking]] = True
    return found


def _going_back(
    table: Table, places: np.ndarray, trip: np.ndarray, arrival: np.ndarray, departure: np.ndarray
) -> np.ndarray:
    """Whether each trip has a time before the one that precedes it; lists the rows where it happens."""
    timed = ~np.isnan(arrival[places])
    at, of = places[timed], trip[timed]
    back = departure[at] < arrival[at]
    back[1:] |= (of[1:] == of[:-1]) & (arrival[at][1:] < departure[at][:-1])
    listed = np.zeros(len(table.frame), bool)
    listed[at[back]] = True
    table.reject(listed, "arrival_time", "{} goes back in time against the time before it", "correct the trip's times")
    found = np.zeros(int(trip[-1]) + 1 if len(trip) else 0, bool)
    found[of[back]] = True
    return found


def _reject_trips(
    table: Table, places: np.ndarray, trip: np.ndarray, unfit: np.ndarray, reason: str, remedy: str
) -> None:
    rows = np.zeros(len(table.frame), bool)
    rows[places[unfit[trip]]] = True
    at = np.flatnonzero(rows & table.left)
    table.ledger.reject(at, "trip_id", reason, remedy, together=True)


def _interpolated(
    table: Table, places: np.ndarray, arrival: np.ndarray, departure: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All times of the ordered rows of whole trips, and which rows had none."""
    distance = numbers(table.frame["shape_dist_traveled"])
    blank = np.isnan(arrival[places])
    came, left, by_distance = times.between(arrival[places], departure[places], distance[places])
    arrival, departure = arrival.copy(), departure.copy()
    arrival[places], departure[places] = came, left
    filled = np.zeros(len(arrival), bool)
    filled[places[blank]] = True
    filled &= table.left
    far = np.zeros(len(arrival), bool)
    far[places[by_distance]] = True
    by_distance_count = int((far & filled).sum())
    table.ledger.repair(
        np.flatnonzero(filled),
        "arrival_time",
        f"no time in the file: put between the timed stops, {by_distance_count:,} by shape_dist_traveled and "
        f"{int(filled.sum()) - by_distance_count:,} evenly by stop",
        "none needed; the operator may publish these times",
        together=True,
    )
    return arrival, departure, filled


def _check_stops(table: Table, stops: pd.DataFrame, filed_stops: pd.Series) -> None:
    ids = table.frame["stop_id"]
    platform = ids.isin(stops.loc[stops["location_type"] == PLATFORM, "stop_id"]).to_numpy()
    known = ids.isin(stops["stop_id"]).to_numpy()
    table.reject(known & ~platform, "stop_id", "{} is a station or an entrance", "name the platform where it stops")
    table.reject(ids.isin(filed_stops).to_numpy() & ~known, "stop_id", "its stop {} was rejected", "correct stops.txt")
    table.reject(~known, "stop_id", "{} is not in stops.txt", "correct the stop_id or add the stop")


def _kinds(table: Table, field: str) -> np.ndarray:
    texts = table.frame[field].replace("", "0")
    odd = ~texts.isin(["0", "1", "2", "3"]).to_numpy()
    table.repair(odd, field, "is {}, not 0 to 3; taken as 1 (not possible)", "write 0 where it is possible, else 1")
    kinds: np.ndarray = texts.mask(odd, str(NO_PICKUP)).astype("int64").to_numpy()
    return kinds


def _assembled(
    table: Table,
    places: np.ndarray,
    sequence: np.ndarray,
    arrival: np.ndarray,
    departure: np.ndarray,
    filled: np.ndarray,
    start: np.ndarray,
    last: np.ndarray,
) -> pd.DataFrame:
    left = table.left[places]
    at = places[left]
    raw = table.frame
    return pd.DataFrame(
        {
            "trip_id": raw["trip_id"].iloc[at].array,
            "stop_id": raw["stop_id"].iloc[at].array,
            "stop_sequence": sequence[at].astype("int64"),
            "arrival_s": arrival[at].astype("int64"),
            "departure_s": departure[at].astype("int64"),
            "pickup_type": _kinds(table, "pickup_type")[at],
            "drop_off_type": _kinds(table, "drop_off_type")[at],
            "interpolated": filled[at],
            "trip_start_s": start[left].astype("int64"),
            "ends_trip": last[: len(left)][left],  # an empty table has no last row
        }
    )
