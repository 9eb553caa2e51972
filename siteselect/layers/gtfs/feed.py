"""One GTFS feed: its files -> clean tables that refer to each other, and a report for each file."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from siteselect.errors import FeedRefused
from siteselect.layers.gtfs import archive, days, stop_times, stops, table, transfers, trips
from siteselect.layers.gtfs.days import Calendar
from siteselect.layers.gtfs.table import Table
from siteselect.layers.ledger import Report

# file -> (columns that are read, columns without which the file cannot be used)
COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "agency.txt": (("agency_id", "agency_name", "agency_timezone"), ()),
    "stops.txt": (
        (
            *("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station"),
            "wheelchair_boarding",
        ),
        ("stop_id", "stop_lat", "stop_lon"),
    ),
    "routes.txt": (
        ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
        ("route_id", "route_type"),
    ),
    "trips.txt": (
        ("trip_id", "route_id", "service_id", "direction_id", "trip_headsign", "wheelchair_accessible"),
        ("trip_id", "route_id", "service_id"),
    ),
    "stop_times.txt": (
        (
            *("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time", "pickup_type", "drop_off_type"),
            *("shape_dist_traveled", *stop_times.FLEX_WINDOWS, *stop_times.FLEX_PLACES),
        ),
        ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"),
    ),
    "calendar.txt": (("service_id", *days.WEEKDAYS, "start_date", "end_date"),) * 2,
    "calendar_dates.txt": (("service_id", "date", "exception_type"),) * 2,
    "frequencies.txt": (
        ("trip_id", "start_time", "end_time", "headway_secs", "exact_times"),
        ("trip_id", "start_time", "end_time", "headway_secs"),
    ),
    "transfers.txt": (transfers.COLUMNS, ()),
    "feed_info.txt": (("feed_start_date", "feed_end_date"), ()),
}
NEEDED = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
READ_ON = ("agency.txt", "calendar.txt", "calendar_dates.txt", "frequencies.txt", "transfers.txt", "feed_info.txt")
OTHER_FILES = frozenset(  # the standard's, and of no use here
    {
        *("areas.txt", "attributions.txt", "booking_rules.txt", "fare_attributes.txt", "fare_leg_join_rules.txt"),
        *("fare_leg_rules.txt", "fare_media.txt", "fare_products.txt", "fare_rules.txt", "fare_transfer_rules.txt"),
        *("levels.txt", "location_group_stops.txt", "location_groups.txt", "networks.txt", "pathways.txt"),
        *("rider_categories.txt", "route_networks.txt", "shapes.txt", "stop_areas.txt", "timeframes.txt"),
        "translations.txt",
    }
)
MOST_DEPARTURES = 20_000_000  # that headways may stand for; more is a slip in frequencies.txt


@dataclass(frozen=True, eq=False)
class Feed:
    """A timetable whose tables refer to each other without gaps.

    `stops` [stop_id, stop_name, stop_lat, stop_lon (degrees, EPSG:4326), location_type int, parent_station,
    wheelchair_boarding int (1 possible, 2 not, 0 unknown; a platform without its own word has its station's)];
    `routes` [route_id, operator, short_name, long_name, route_type int];
    `trips` [trip_id, route_id, service_id, direction_id Int64, trip_headsign, wheelchair_accessible int (likewise)];
    `stop_times` [trip_id, stop_id, stop_sequence, arrival_s, departure_s, pickup_type, drop_off_type, interpolated
    bool, trip_start_s, ends_trip bool] by trip and sequence, in seconds after the service day's noon minus 12 h (may
    pass 86,400);
    `calendar` [service_id, monday..sunday bool, start_date, end_date]; `calendar_dates` [service_id, date,
    exception_type]; `frequencies` [trip_id, start_s, end_s, headway_s, exact_times];
    `transfers` [from_stop_id, to_stop_id, transfer_type int 0 to 3, min_transfer_s (NaN where not given)].
    `timezone` is the operators' as filed ("" when not given).
    `first_day` and `last_day` are the first and last day on which a trip really runs.
    """

    name: str
    source: str
    licence: str
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    calendar: pd.DataFrame
    calendar_dates: pd.DataFrame
    frequencies: pd.DataFrame
    transfers: pd.DataFrame
    first_day: date
    last_day: date
    reports: list[Report]
    notes: tuple[str, ...] = ()
    timezone: str = ""

    @property
    def days(self) -> Calendar:
        """The feed's calendar, to be asked for services."""
        return Calendar(self.calendar, self.calendar_dates)


def read(path: Path | str, name: str, *, source: str = "", licence: str = "", day: date | None = None) -> Feed:
    """Read a GTFS feed from a folder or a zip, with an account of every row.

    With `day`, a note says how many trips run on it.  Raises FeedRefused, in one sentence, when the path holds no feed
    or several, when a needed file or column is missing, or when no row of a needed file can be used.
    """
    opened = archive.opened(Path(path), COLUMNS)
    for file in NEEDED:
        if file not in opened.data:
            raise FeedRefused(f"{opened.label}/{file}: the file is missing; get the whole feed from its publisher")
    tables, notes = _tables(opened, name)
    if "calendar.txt" not in tables and "calendar_dates.txt" not in tables:
        raise FeedRefused(
            f"{opened.label}: has neither calendar.txt nor calendar_dates.txt, so no day is known on which it runs; "
            "get the whole feed from its publisher"
        )
    held = _cleaned(tables, name)
    calendar = Calendar(held["calendar"], held["calendar_dates"])
    served = calendar.counts(held["trips"]["service_id"].value_counts())
    served = served[served > 0]
    if served.empty:
        raise FeedRefused(f"{opened.label}: its calendar has no day on which a trip runs; get the current feed")
    first, last = served.index[0].date(), served.index[-1].date()
    notes += _notes(opened, tables, held, first, last)
    if day:
        running = int(served.get(pd.Timestamp(day), 0))
        notes.append(f"{opened.label}: {running:,} of {len(held['trips']):,} trips run on {day}")
    tables["trips.txt"].ledger.notes += notes
    reports = [tables[file].ledger.report() for file in COLUMNS if file in tables and file != "feed_info.txt"]
    zone = _timezone(tables.get("agency.txt"))
    return Feed(
        name, source, licence, **held, first_day=first, last_day=last, reports=reports, notes=tuple(notes),
        timezone=zone,
    )  # fmt: skip


def _tables(opened: archive.Archive, name: str) -> tuple[dict[str, Table], list[str]]:
    """The files as tables; an empty file that a feed can do without is noted and left out."""
    tables: dict[str, Table] = {}
    notes: list[str] = []
    for file, (wanted, required) in COLUMNS.items():
        data = opened.data.get(file)
        if data is None:
            continue
        if file in READ_ON and not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
            notes.append(f"{opened.label}/{file}: is empty and was passed over")
            continue
        layer = f"feed {name}: {file.removesuffix('.txt')}"
        tables[file] = table.read(data, f"{opened.label}/{file}", layer, wanted, required)
    if "agency.txt" not in tables or not tables["agency.txt"].frame["agency_name"].ne("").any():
        notes.append(f"{opened.label}/agency.txt: names no operator; the feed's name {name!r} stands for it")
    return tables, notes


def _cleaned(tables: dict[str, Table], name: str) -> dict[str, pd.DataFrame]:
    """All tables of a Feed; each is checked against those that it refers to."""
    filed_trips, times_table = tables["trips.txt"], tables["stop_times.txt"]
    held_stops = stops.cleaned(tables["stops.txt"])
    held_routes = trips.routes(tables["routes.txt"], tables.get("agency.txt"), name)
    calendar, lost = days.cleaned(tables.get("calendar.txt"), tables.get("calendar_dates.txt"))
    trips.check(filed_trips, held_routes["route_id"], tables["routes.txt"].frame["route_id"], calendar, lost)
    spans, spans_table = pd.DataFrame(), tables.get("frequencies.txt")
    if spans_table:
        spans = trips.check_frequencies(spans_table, filed_trips.frame["trip_id"])
        usable = set(spans.loc[spans_table.left, "trip_id"])
        _reject_trips(filed_trips, frozenset(set(spans["trip_id"]) - usable), "all its headways were rejected")
    filed_trips.refuse_if_nothing_is_left()
    held_times, faults = stop_times.cleaned(times_table, filed_trips, held_stops, tables["stops.txt"].frame["stop_id"])
    _reject_trips(filed_trips, faults.no_end_time, "no time at its first or last stop")
    _reject_trips(filed_trips, faults.backwards, "its times go backwards")
    _reject_trips(filed_trips, faults.on_demand, "runs on demand only, without a timetable")
    times_table.refuse_if_nothing_is_left()
    filed_trips.refuse_if_nothing_is_left()
    few = filed_trips.frame["trip_id"].isin(faults.too_short).to_numpy()
    filed_trips.caution(
        few, "trip_id", "{} has fewer than two usable stops, so nobody can ride it", "see stop_times.txt"
    )
    if spans_table:
        of_kept = filed_trips.frame.loc[filed_trips.left, "trip_id"]
        spans_table.reject(
            ~spans["trip_id"].isin(of_kept).to_numpy(), "trip_id", "its trip {} was rejected", "correct it"
        )
        spans = trips.kept_frequencies(spans_table, spans)
        _refuse_flood(spans_table, spans, held_times)
    else:
        spans = pd.DataFrame({"trip_id": pd.Series(dtype="str")})
        spans = spans.assign(**{c: np.array([], "int64") for c in ("start_s", "end_s", "headway_s", "exact_times")})
    return {
        "stops": held_stops,
        "routes": held_routes,
        "trips": trips.kept(filed_trips),
        "stop_times": held_times,
        "calendar": calendar.weekly,
        "calendar_dates": calendar.exceptions,
        "frequencies": spans,
        "transfers": transfers.cleaned(tables.get("transfers.txt"), held_stops, tables["stops.txt"].frame["stop_id"]),
    }


def _timezone(agency: Table | None) -> str:
    """The first time zone that agency.txt names; the standard wants one for all operators of a feed."""
    named = agency.frame["agency_timezone"] if agency else pd.Series([], dtype="str")
    return next((zone for zone in named if zone), "")


def _reject_trips(filed: Table, ids: frozenset[str], reason: str) -> None:
    where = filed.frame["trip_id"].isin(ids).to_numpy()
    filed.reject(where, "trip_id", reason, "correct the trip's rows in the file that has its times")


def _refuse_flood(filed: Table, spans: pd.DataFrame, held_times: pd.DataFrame) -> None:
    runs = np.ceil((spans["end_s"] - spans["start_s"]) / spans["headway_s"])
    stops_each = held_times.groupby("trip_id").size().reindex(spans["trip_id"], fill_value=0)
    count = int((np.asarray(runs) * np.asarray(stops_each)).sum())
    if count > MOST_DEPARTURES:
        raise FeedRefused(f"{filed.file}: its headways stand for {count:,} departures a day; correct the headways")


def _notes(
    opened: archive.Archive, tables: dict[str, Table], held: dict[str, pd.DataFrame], first: date, last: date
) -> list[str]:
    notes = []
    strange = [file for file in opened.names if file.endswith(".txt") and file not in OTHER_FILES | COLUMNS.keys()]
    if strange:
        notes.append(f"{opened.label}: not part of the standard and not read: {', '.join(sorted(strange))[:200]}")
    info = tables.get("feed_info.txt")
    if info and len(info.frame):
        said = [days.read_day(info.frame[field].iloc[0]) for field in ("feed_start_date", "feed_end_date")]
        if any(there and there != here for there, here in zip(said, (first, last), strict=True)):
            there = " to ".join(str(end or "no date") for end in said)
            notes.append(f"{info.file}: says {there}, but its trips run {first} to {last}; these days are used")
    by_headway = held["frequencies"]
    rough = by_headway.loc[by_headway["exact_times"] == 0, "trip_id"].nunique()
    if rough:
        notes.append(f"{opened.label}: {rough:,} trips are run by headway, so their exact times are not known")
    return notes
