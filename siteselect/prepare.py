"""A place's timetable of a day -> the stored arrays that `reach` opens, and the table of its stops."""

import datetime as dt
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from siteselect import __version__, pipeline, sources, units
from siteselect.errors import ConfigError, FileRefused, NoServiceThatDay
from siteselect.journeys import files
from siteselect.journeys import streets as walking
from siteselect.layers import areas, gtfs, streets
from siteselect.place import Located
from siteselect.timetable import day as timetable_day
from siteselect.timetable import headways


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
        if folder.exists() and any(folder.iterdir()):
            raise
    crs = units.place_crs(located.place.crs)
    feeds, _ = read_feeds(located, day, idle=True)
    layer = located.place.streets
    read = streets.read(located.files(layer)[0], layer.options, crs, layer.name) if layer else None
    table = timetable_day.build(feeds, day, crs, read, wheelchair=wheelchair)
    none = np.empty(0)
    net = walking.net(read.x, read.y, read.u, read.v) if read else walking.net(none, none, none[:0], none[:0])
    files.write(folder, table, net, crs, sketch=located.place.sketch, credits=_credits(located), **told)


def stops(located: Located, day: dt.date) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """The stops inside the place with their service on a day (`timetable.headways.stops`), and what each feed runs."""
    feeds, told = read_feeds(located, day)
    table = headways.stops(feeds, day, located.place.hours.seconds)
    boundary = located.place.boundary
    if boundary is None:
        assert located.place.box is not None  # the place file has one or the other
        inside = units.inside(table.geometry.x, table.geometry.y, located.place.box, 0.0)
    else:
        outline, _ = areas.read(located.files(boundary), boundary.options, layer=boundary.name)
        inside = table.geometry.within(outline.geometry.union_all()).to_numpy()
    return table[inside].reset_index(drop=True), told


def read_feeds(located: Located, day: dt.date, *, idle: bool = False) -> tuple[list[gtfs.Feed], list[dict[str, Any]]]:
    """The place's feeds with the guard of `rank`; with `idle`, a day on which nothing runs is not refused."""
    if not located.place.feeds:
        raise ConfigError(f"{located.file}: names no timetable; give it a [[feeds]] layer.")
    feeds = [
        gtfs.read(located.files(layer)[0], layer.name, source=layer.source, licence=layer.licence, day=day)
        for layer in located.place.feeds
    ]
    try:
        found = pipeline.guarded(feeds, day)
    except NoServiceThatDay:
        if not idle:
            raise
        return feeds, []
    return feeds, [
        {"name": f.name, "trips_running": g.trips_running, "trips_total": g.trips_total, "note": g.note,
         "source": f.source, "licence": f.licence}
        for f, g in zip(feeds, found, strict=True)
    ]  # fmt: skip


def _credits(located: Located) -> list[str]:
    layers = [*located.place.feeds, *([located.place.streets] if located.place.streets else [])]
    return [f"{layer.source} ({layer.licence})" for layer in layers]
