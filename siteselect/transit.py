"""Timetables -> how often each stop is served on the day of the analysis, and by what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import geopandas
import numpy as np
import pandas as pd

from siteselect.errors import FeedExpired, NoServiceThatDay
from siteselect.layers.gtfs import Feed

DAYTIME = (7 * 3600, 19 * 3600)
NO_PICKUP = 1
# from route_type to what people call it; the first that fits, so that a stop with several is named by the heaviest
MODES: tuple[tuple[str, tuple[range, ...]], ...] = (
    ("rail", (range(2, 3), range(100, 200), range(300, 400))),
    ("metro", (range(1, 2), range(12, 13), range(400, 700))),
    ("tram", (range(0, 1), range(5, 6), range(900, 1000))),
    ("ferry", (range(4, 5), range(1000, 1100), range(1200, 1300))),
    ("funicular", (range(7, 8), range(1400, 1500))),
    ("aerial lift", (range(6, 7), range(1300, 1400))),
    ("bus", (range(3, 4), range(11, 12), range(200, 300), range(700, 900))),
    ("taxi", (range(1500, 1600),)),
    ("air", (range(1100, 1200),)),
    ("other", (range(1600, 1800),)),
)


@dataclass(frozen=True, eq=False)
class Running:
    """What runs on a day: service_ids and trip_ids, and how many of the feed's trips that are."""

    services: pd.Index
    trips: pd.Index
    trips_running: int
    trips_total: int


@dataclass(frozen=True)
class DayOfService:
    """One feed on the day of the analysis; `trips_typical` is the median of that weekday over the feed's calendar."""

    name: str
    first_day: date
    last_day: date
    day: date
    trips_running: int
    trips_total: int
    trips_typical: float
    note: str | None = None


def running(feed: Feed, day: date) -> Running:
    """The services and trips that run on a service day; a trip that is run by headway counts once."""
    services = feed.days.running(day)
    trips = feed.trips.loc[feed.trips["service_id"].isin(services), "trip_id"]
    return Running(services, pd.Index(trips), len(trips), len(feed.trips))


def trips_each_day(feed: Feed) -> pd.Series:
    """Trips that run on each day from the feed's first day of service to its last, by datetime64 day."""
    counts = feed.days.counts(feed.trips["service_id"].value_counts())
    return counts[str(feed.first_day) : str(feed.last_day)]


def guard(feed: Feed, day: date) -> DayOfService:
    """The feed's day, if it can be asked about that day.

    Raises FeedExpired when the day is outside the calendar, where nobody knows what runs, and NoServiceThatDay, with
    the nearest day that has service, when the calendar covers the day and nothing runs.
    """
    _covered(feed, day)
    counts = trips_each_day(feed)
    today = pd.Timestamp(day)
    count, total = int(counts[today]), len(feed.trips)
    if count == 0:
        nearest = _nearest(counts, today)
        raise NoServiceThatDay(
            f"feed {feed.name}: nothing runs on {day:%A} {day} (0 of its {total:,} trips), though its calendar covers "
            f"{feed.first_day} to {feed.last_day}; the nearest day with service is {nearest:%A} {nearest}"
        )
    typical = float(counts[pd.DatetimeIndex(counts.index).day_of_week == day.weekday()].median())
    note = None
    if not typical / 2 <= count <= typical * 1.5:
        few = "few" if count < typical else "many"
        note = f"unusually {few} trips run on {day}: {count:,}, where {typical:,.0f} are usual on a {day:%A}"
    return DayOfService(feed.name, feed.first_day, feed.last_day, day, count, total, typical, note)


def departures(feed: Feed, day: date) -> pd.DataFrame:
    """Every departure of a service day that takes passengers.

    Returns [stop_id, trip_id, run, route_id, direction_id Int64, departure_s]: seconds after the service day's noon
    minus 12 h, so 90,000 is one o'clock in the night that follows.  The last stop of a trip and stops without boarding
    are left out.  A trip that is run by headway departs once in each run (from 0); other trips have run 0 only.
    Raises FeedExpired when the day is outside the feed's calendar: no departures are then unknown, not zero.
    """
    _covered(feed, day)
    boards = _boardings(feed)
    boards = boards[boards["trip_id"].isin(running(feed, day).trips)]
    spans = feed.frequencies
    by_headway = boards["trip_id"].isin(spans["trip_id"])
    fixed = boards[~by_headway].assign(run=0)
    offsets = boards[by_headway].assign(offset_s=boards["departure_s"] - boards["trip_start_s"])
    repeated = offsets.drop(columns="departure_s").merge(headway_runs(spans), on="trip_id")
    repeated["departure_s"] = repeated["start_s"] + repeated["offset_s"]
    columns = ["stop_id", "trip_id", "run", "route_id", "direction_id", "departure_s"]
    every = pd.concat([fixed[columns], repeated[columns]]) if len(repeated) else fixed[columns]
    return every.sort_values(["stop_id", "departure_s", "trip_id", "run"], ignore_index=True)


def stops(feeds: Sequence[Feed], day: date, hours: tuple[int, int] = DAYTIME) -> geopandas.GeoDataFrame:
    """Where people can board, and how often on that day in the hours given (seconds of the service day, end excluded).

    Returns [stop_key "feed:stop_id", feed, stop_id, name, mode, departures, departures_per_hour, routes, served,
    never_served, geometry (Point, EPSG:4326)], one row for each platform of each feed.  A platform carries its
    station's name.  `routes` are those that depart in the hours, as "Operator route", or missing.  A stop without a
    departure on that day is kept with `served` False; `never_served` says that no trip of the feed ever takes
    passengers there, and then its `mode` is missing.  Raises FeedExpired.
    """
    _named_apart(feeds)
    _forwards(hours)
    frames = [_stops_of(feed, departures(feed, day), hours) for feed in feeds]
    table = pd.concat(frames, ignore_index=True)
    points = geopandas.points_from_xy(table.pop("stop_lon"), table.pop("stop_lat"), crs="EPSG:4326")
    return geopandas.GeoDataFrame(table, geometry=points)


def trip_stops(feeds: Sequence[Feed], day: date, hours: tuple[int, int] = DAYTIME) -> pd.DataFrame:
    """Which trips can be boarded at which stop in the hours, so that trips within a walk are counted once each.

    Returns distinct [stop_key, trip_key, route_key]; each run of a trip by headway has its own trip_key.  Raises
    FeedExpired.
    """
    _named_apart(feeds)
    _forwards(hours)
    frames = []
    for feed in feeds:
        inside = _inside(departures(feed, day), hours)
        prefix = f"{feed.name}:"
        run = ("#" + inside["run"].astype("str")).where(inside["trip_id"].isin(feed.frequencies["trip_id"]), "")
        frames.append(
            pd.DataFrame(
                {
                    "stop_key": prefix + inside["stop_id"],
                    "trip_key": prefix + inside["trip_id"] + run,
                    "route_key": prefix + inside["route_id"],
                }
            ).drop_duplicates()
        )
    return pd.concat(frames, ignore_index=True)


def modes(route_types: pd.Series) -> pd.Series:
    """What people call a route type, basic or extended: rail, metro, tram, ferry, bus, ..."""
    names = {number: name for name, spans in MODES for span in spans for number in span}
    return route_types.map(names).fillna("other").astype("str")


def _covered(feed: Feed, day: date) -> None:
    if not feed.first_day <= day <= feed.last_day:
        raise FeedExpired(
            f"feed {feed.name}: {day} is outside its calendar ({feed.first_day} to {feed.last_day}), so 0 of its "
            f"{len(feed.trips):,} trips run that day; choose a day inside, or get the feed that covers it"
        )


def _nearest(counts: pd.Series, today: pd.Timestamp) -> date:
    """The nearest day on which anything runs; of two as near, the earlier."""
    served = pd.DatetimeIndex(counts.index[counts > 0])
    found: date = served[int(np.abs((served - today).days).argmin())].date()
    return found


def _boardings(feed: Feed) -> pd.DataFrame:
    """All rows of the timetable where people can board, with route and direction."""
    rows = feed.stop_times
    boards = (rows["pickup_type"] != NO_PICKUP) & ~rows["ends_trip"]
    table = rows.loc[boards, ["trip_id", "stop_id", "departure_s", "trip_start_s"]]
    return table.merge(feed.trips[["trip_id", "route_id", "direction_id"]], on="trip_id")


def headway_runs(spans: pd.DataFrame) -> pd.DataFrame:
    """The starts of the trips that are run by headway: [trip_id, run, start_s]; a span's end is not a start."""
    each = np.ceil((spans["end_s"] - spans["start_s"]) / spans["headway_s"]).astype("int64")
    rows = spans.loc[spans.index.repeat(each)].reset_index(drop=True)
    turn = rows.groupby(["trip_id", "start_s"]).cumcount()
    rows["start_s"] += turn * rows["headway_s"]
    rows["run"] = rows.groupby("trip_id").cumcount()
    return rows[["trip_id", "run", "start_s"]]


def _stops_of(feed: Feed, today: pd.DataFrame, hours: tuple[int, int]) -> pd.DataFrame:
    here = feed.stops
    station = here["parent_station"].map(here.set_index("stop_id")["stop_name"])
    table = here.assign(name=station.fillna(here["stop_name"]).astype("str"))[here["location_type"] == 0]
    inside = _inside(today, hours)
    ever = _boardings(feed)[["stop_id", "route_id"]].drop_duplicates()
    ids = table["stop_id"]
    count = ids.map(inside.groupby("stop_id").size()).fillna(0).astype("int64")
    return pd.DataFrame(
        {
            "stop_key": f"{feed.name}:" + ids,
            "feed": feed.name,
            "stop_id": ids,
            "name": table["name"],
            "mode": ids.map(_heaviest_mode(feed, ever)).astype("str"),
            "departures": count,
            "departures_per_hour": count * 3600 / (hours[1] - hours[0]),
            "routes": ids.map(_route_names(feed, inside)).astype("str"),
            "served": ids.isin(today["stop_id"]),
            "never_served": ~ids.isin(ever["stop_id"]),
            "stop_lon": table["stop_lon"],
            "stop_lat": table["stop_lat"],
        }
    )


def _heaviest_mode(feed: Feed, pairs: pd.DataFrame) -> pd.Series:
    """By stop_id, the first in `MODES` of the modes that ever take passengers there."""
    order = [name for name, _ in MODES]
    routes = feed.routes.assign(mode=modes(feed.routes["route_type"]))
    named = pairs.merge(routes[["route_id", "mode"]], on="route_id")
    weight = named["mode"].map({name: place for place, name in enumerate(order)})
    return weight.groupby(named["stop_id"]).min().map(dict(enumerate(order)))


def _route_names(feed: Feed, inside: pd.DataFrame) -> pd.Series:
    """By stop_id, the routes that depart there as "Operator route", in the order of their names and numbers."""
    routes = feed.routes
    short = routes["short_name"].where(routes["short_name"] != "", routes["long_name"])
    label = (routes["operator"] + " " + short.where(short != "", routes["route_id"])).rename("label")
    pairs = inside[["stop_id", "route_id"]].merge(routes[["route_id"]].assign(label=label), on="route_id")
    pairs = pairs[["stop_id", "label"]].drop_duplicates()
    place = {name: at for at, name in enumerate(sorted(pairs["label"].unique(), key=_with_numbers))}
    pairs = pairs.sort_values("label", key=lambda names: names.map(place))
    return pairs.groupby("stop_id")["label"].agg("; ".join)


def _with_numbers(text: str) -> list[tuple[int, int, str]]:
    """A key that puts route 2 before route 10."""
    parts = re.findall(r"([0-9]+)|([^0-9]+)", text)
    return [(0, int(number), "") if number else (1, 0, word) for number, word in parts]


def _inside(table: pd.DataFrame, hours: tuple[int, int]) -> pd.DataFrame:
    return table[(table["departure_s"] >= hours[0]) & (table["departure_s"] < hours[1])]


def _forwards(hours: tuple[int, int]) -> None:
    if hours[1] <= hours[0]:
        raise ValueError(f"the hours end ({hours[1]} s) before they begin ({hours[0]} s)")


def _named_apart(feeds: Sequence[Feed]) -> None:
    names = [feed.name for feed in feeds]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"feeds need names of their own, and one at least is needed: {names}")
