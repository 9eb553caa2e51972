"""A place's timetable of a day -> the stored arrays that `reach` opens, and the table of its stops."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd

from siteselect import __version__, pipeline, sources, units
from siteselect.errors import ConfigError, FileRefused, NoServiceThatDay
from siteselect.journeys import files
from siteselect.journeys import streets as walking
from siteselect.layers import areas, gtfs, streets
from siteselect.place import Layer, Located
from siteselect.timetable import day as timetable_day
from siteselect.timetable import headways, runs


def journeys(located: Located, day: dt.date, folder: Path, *, wheelchair: bool = False) -> None:
    """Store the timetable of a day in a folder, unless it holds just that already.

    The calendars are asked first: FeedExpired names every feed that does not cover the day.  A day on which nothing
    runs is stored, and the answers say so.
    """
    layers = [*located.place.feeds, *([located.place.streets] if located.place.streets else [])]
    inputs = [row["sha256"] for layer in layers for row in sources.record(located, layer)]
    told: dict[str, Any] = {"place": located.place.id, "made_by": __version__, "inputs": inputs}
    told["wheelchair"] = wheelchair
    try:
        head = files.about(folder)
        if head["day"] == day.isoformat() and all(head.get(key) == value for key, value in told.items()):
            return
    except FileRefused:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise
    crs = units.place_crs(located.place.crs)
    feeds, guarded = read_feeds(located, day, idle=True)
    layer = located.place.streets
    read = streets.read(located.files(layer)[0], layer.options, crs, layer.name) if layer else None
    table = timetable_day.build(feeds, day, crs, read, wheelchair=wheelchair)
    none = np.empty(0)
    net = walking.net(read.x, read.y, read.u, read.v) if read else walking.net(none, none, none[:0], none[:0])
    files.write(folder, table, net, crs, sketch=located.place.sketch, credits=_credits(located), feeds=guarded,
                **told)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Service:
    """The stops inside a place with their service on a day, each route at them, and what each feed runs.

    stops, by_route: `timetable.headways.stops` and `routes`; feeds: by feed name, trips_running, trips_total,
    share_running, timezone, note, source, licence.
    """

    stops: gpd.GeoDataFrame
    by_route: pd.DataFrame
    feeds: list[dict[str, Any]]


def stops(located: Located, day: dt.date, peaks: tuple[headways.Span, headways.Span] = headways.PEAKS) -> Service:
    """The service of a place's stops on a day; FeedExpired and NoServiceThatDay as `rank` raises them."""
    feeds, told = read_feeds(located, day)
    table, by_route = headways.service(feeds, day, located.place.hours.seconds, peaks)
    boundary = located.place.boundary
    if boundary is None:
        assert located.place.box is not None  # the place file has one or the other
        inside = units.inside(table.geometry.x, table.geometry.y, located.place.box, 0.0)
    else:
        outline, _ = areas.read(located.files(boundary), boundary.options, layer=boundary.name)
        inside = table.geometry.within(outline.geometry.union_all()).to_numpy()
    table = table[inside].reset_index(drop=True)
    return Service(table, by_route[by_route["stop_key"].isin(table["stop_key"])].reset_index(drop=True), told)


def local_day(located: Located, at: dt.datetime, folder: Path | None = None) -> dt.date:
    """The day that a moment is on in the place; the feeds tell the zone of one that names another."""
    if at.tzinfo is None:
        return at.date()
    zone = _stored_zone(located, folder) if folder else None
    if zone is None:
        zone = runs.zone([_read(located, layer) for layer in located.place.feeds])
    return at.astimezone(ZoneInfo(zone)).date() if zone else at.date()


def _stored_zone(located: Located, folder: Path) -> str | None:
    try:
        head = files.about(folder)
    except FileRefused:
        return None
    return str(head["timezone"]) if head.get("place") == located.place.id else None


def _read(located: Located, layer: Layer, day: dt.date | None = None) -> gtfs.Feed:
    return gtfs.read(located.files(layer)[0], layer.name, source=layer.source, licence=layer.licence, day=day)


def read_feeds(located: Located, day: dt.date, *, idle: bool = False) -> tuple[list[gtfs.Feed], list[dict[str, Any]]]:
    """The place's feeds with the guard of `rank`; with `idle`, a day on which nothing runs is not refused."""
    if not located.place.feeds:
        raise ConfigError(f"{located.file}: names no timetable; give it a [[feeds]] layer.")
    feeds = [_read(located, layer, day) for layer in located.place.feeds]
    try:
        found = [(g.trips_running, g.trips_total, g.note) for g in pipeline.guarded(feeds, day)]
    except NoServiceThatDay:
        if not idle:
            raise
        found = [(0, len(feed.trips), f"nothing runs on {day:%A} {day}") for feed in feeds]
    return feeds, [
        {"name": f.name, "trips_running": running, "trips_total": total, "share_running": round(running / total, 4),
         "timezone": f.timezone, "note": note, "source": f.source, "licence": f.licence}
        for f, (running, total, note) in zip(feeds, found, strict=True)
    ]  # fmt: skip


def _credits(located: Located) -> list[str]:
    layers = [*located.place.feeds, *([located.place.streets] if located.place.streets else [])]
    return [f"{layer.source} ({layer.licence})" for layer in layers]
