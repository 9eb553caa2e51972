"""All feeds of a day, joined into one timetable that can be asked for journeys."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from siteselect import units
from siteselect.journeys import arrays
from siteselect.layers.gtfs import Feed
from siteselect.layers.streets import Streets
from siteselect.timetable import changes, patterns, runs

WALK_M_S = 1.2
STRAIGHT = "straight line between stops, not a walk"


def build(
    feeds: Sequence[Feed],
    day: dt.date,
    crs: str,
    streets: Streets | None = None,
    *,
    walk_m_s: float = WALK_M_S,
    transfer_m: float = changes.TRANSFER_M,
    wheelchair: bool = False,
) -> arrays.Timetable:
    """The timetable of a day: its runs, last night's past 24:00 and the next morning's, with footpaths between stops.

    crs: the place's system in metres.  Footpaths reach `transfer_m`, at `walk_m_s`.  With `wheelchair`, only stops
    known to be boarded by wheelchair count.  Whether the day is in the calendars is for the caller to ask
    (`transit.guard`).
    """
    stops = platforms(feeds)
    number = pd.Series(np.arange(len(stops)), index=stops["stop_key"])
    calls = runs.gather(feeds, day, number, wheelchair=wheelchair)
    found, member = patterns.fifo(calls)
    xy = np.column_stack(units.convert(stops["stop_lon"], stops["stop_lat"], units.DEGREES, crs))
    paths = changes.footpaths(xy, streets, walk_m_s, transfer_m)
    paths, change_s = changes.as_operated(feeds, number, paths, walk_m_s)
    return arrays.timetable(
        day=day.isoformat(), timezone=runs.zone(feeds), stop_key=stops["stop_key"].to_numpy(str),
        stop_name=stops["name"].to_numpy(str), lon=stops["stop_lon"].to_numpy(float),
        lat=stops["stop_lat"].to_numpy(float), patterns=found, footpaths=paths, change_s=change_s,
        trip_label=calls.run_label[member], trip_sign=calls.run_sign[member], labels=calls.labels, signs=calls.signs,
        trips_today=calls.today, walk_speed_m_s=walk_m_s, walk_method=STRAIGHT if streets is None else streets.method,
        notes=_notes(feeds, day, wheelchair=wheelchair),
    )  # fmt: skip


def platforms(feeds: Sequence[Feed]) -> pd.DataFrame:
    """Where vehicles stop [stop_key "feed:stop_id", name (the station's, where there is one), stop_lon, stop_lat]."""
    tables = []
    for feed in feeds:
        here = feed.stops
        station = here["parent_station"].map(here.set_index("stop_id")["stop_name"])
        table = here.assign(name=station.fillna(here["stop_name"]), stop_key=f"{feed.name}:" + here["stop_id"])
        tables.append(table.loc[here["location_type"] == 0, ["stop_key", "name", "stop_lon", "stop_lat"]])
    return pd.concat(tables, ignore_index=True)


def _notes(feeds: Sequence[Feed], day: dt.date, *, wheelchair: bool) -> tuple[str, ...]:
    """What a reader of the figures should know."""
    notes = []
    for feed in feeds:
        if day == feed.last_day:
            notes.append(f"{feed.name}: its calendar ends on this day, so what runs after midnight is not known")
        if (feed.frequencies["exact_times"] == 0).any():
            notes.append(f"{feed.name}: some trips run by headway; their times are those of the first possible run")
        if wheelchair and (feed.stops["wheelchair_boarding"] == 0).any():
            unknown = int((feed.stops["wheelchair_boarding"] == 0).sum())
            notes.append(f"{feed.name}: {unknown:,} stops do not say whether a wheelchair can board; they are left out")
    return tuple(notes)
