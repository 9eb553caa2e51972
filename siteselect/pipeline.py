"""The recipe: raw files to a ranked run, every stage in order."""

import datetime as dt
import difflib
from collections.abc import Callable
from importlib import metadata
from typing import Any

import geopandas as gpd
import pandas as pd

from siteselect import __version__, access, policy, rank, report, score, sources, transit, units
from siteselect.errors import ConfigError, FeedExpired, NoServiceThatDay, SiteSelectError
from siteselect.layers import areas, gtfs, people, services, sites, streets, terrain
from siteselect.layers.ledger import Report
from siteselect.layers.streets import Streets
from siteselect.place import Layer, Located
from siteselect.policy import Policy

Step = Callable[[str, str], None]
VERSIONED = ("geopandas", "shapely", "pyproj", "pyogrio", "rasterio", "osmium", "pandas", "numpy", "scipy", "folium")


def _silent(stage: str, words: str) -> None:
    """Tell nobody."""


def run(located: Located, day: dt.date | None = None, step: Step = _silent) -> report.Run:
    """Rank a place's sites on a day (the place's own unless given); `step` is told each stage before it begins.

    Raises the stages' errors, each a sentence for a person.  The calendar is asked first: on a day that a feed does not
    cover nothing is measured and nothing is scored.
    """
    place = located.place
    chosen = policy.read(policy.path_of(place.policy, located.file.parent))
    crs = units.place_crs(place.crs)
    on = day or place.day
    timetable, feeds, accounts = read_timetable(located, on, step)
    step("layers", "boundary, sites and services")
    boundary, box = _boundary(located, accounts)
    candidates = _sites(located, box, crs, accounts)
    places = _services(located, box, crs, accounts)
    step("layers", "streets, hazards, terrain and people")
    network = _streets(located, crs, accounts)
    hazards = _hazards(located, box, crs, accounts)
    slopes = _slopes(located, candidates, crs)
    grid = _people(located, box, crs, accounts)
    _agree(chosen, located, candidates, places, hazards)
    step("access", f"{len(candidates)} sites, {len(places)} services")
    measures = access.measures(
        candidates, crs=crs, services=places, timetable=timetable, streets=network, hazards=hazards, slopes=slopes,
        slopes_source=_origin(place.terrain), people=grid, people_source=_origin(place.people),
        detour=access.Detour(**chosen.straight_line.model_dump(exclude={"why"})),
    )  # fmt: skip
    measures = _without_what_is_partial(measures, candidates, place.feeds_missing)
    measures = _whole(measures, candidates, chosen)
    step("score", chosen.title)
    reasons = score.reasons(measures, chosen)
    order = rank.order(score.scores(reasons), score.gates(candidates, measures, chosen))
    step("table", f"{len(order)} sites")
    table = report.table(candidates, order, measures, reasons, access.STRAIGHT)
    background = _background(located, boundary, box, crs)
    manifest = _manifest(located, on, chosen, measures, feeds, accounts)
    return report.Run(table, reasons, tuple(accounts), background, manifest)


def read_timetable(
    located: Located, day: dt.date, step: Step = _silent
) -> tuple[access.Timetable | None, list[dict[str, Any]], list[Report]]:
    """The stops and trips of a day, what each feed runs on it, and the feeds' accounts."""
    if not located.place.feeds:
        return None, [], []
    feeds = []
    for layer in located.place.feeds:
        step("timetable", layer.name)
        feeds.append(
            gtfs.read(located.files(layer)[0], layer.name, source=layer.source, licence=layer.licence, day=day)
        )
    days = _guarded(feeds, day)
    hours = located.place.hours.seconds
    step("timetable", f"departures on {day}")
    table = access.Timetable(
        transit.stops(feeds, day, hours), transit.trip_stops(feeds, day, hours), day, hours,
        {feed.name: f"{feed.source} (GTFS, valid {feed.first_day} to {feed.last_day})" for feed in feeds},
    )  # fmt: skip
    told = [
        {"name": feed.name, "first_day": feed.first_day.isoformat(), "last_day": feed.last_day.isoformat(),
         "day": day.isoformat(), "trips_running": found.trips_running, "trips_total": found.trips_total,
         "trips_typical": found.trips_typical, "note": found.note, "source": feed.source, "licence": feed.licence}
        for feed, found in zip(feeds, days, strict=True)
    ]  # fmt: skip
    return table, told, [account for feed in feeds for account in feed.reports]


def _guarded(feeds: list[gtfs.Feed], day: dt.date) -> list[transit.DayOfService]:
    """What each feed runs on the day; one refusal that names every feed which does not cover it.

    A feed that covers the day and runs nothing on it (a weekday bus, on a Sunday) is told in its note, unless so are
    all of them.
    """
    found: list[transit.DayOfService] = []
    expired, idle = [], []
    for feed in feeds:
        try:
            found.append(transit.guard(feed, day))
        except FeedExpired as refusal:
            expired.append(str(refusal))
        except NoServiceThatDay as refusal:
            idle.append(str(refusal))
            none = (feed.first_day, feed.last_day, day, 0, len(feed.trips), 0.0)
            found.append(transit.DayOfService(feed.name, *none, note=str(refusal)))
    if expired:
        first, last = max(f.first_day for f in feeds), min(f.last_day for f in feeds)
        together = f" All feeds together cover {first} to {last}." if first <= last else " No day lies in all feeds."
        raise FeedExpired(f"{'; '.join(expired)}.{together if len(feeds) > 1 else ''}")
    if len(idle) == len(feeds):
        raise NoServiceThatDay(f"{'; '.join(idle)}.")
    return found


def _boundary(located: Located, accounts: list[Report]) -> tuple[gpd.GeoDataFrame | None, units.Box]:
    """The place's outline, where there is one, and the box that it lies in."""
    place = located.place
    if place.boundary is None:
        assert place.box is not None  # the place file has one or the other
        return None, place.box
    outline, account = areas.read(located.files(place.boundary), place.boundary.options, layer=place.boundary.name)
    accounts.append(account)
    return outline, areas.box_of(outline)


def _sites(located: Located, box: units.Box, crs: str, accounts: list[Report]) -> gpd.GeoDataFrame:
    """All candidate sites, with their outlines where a parcel layer has them."""
    place = located.place
    parcels = None
    if place.parcels is not None:
        files = located.files(place.parcels)
        parcels, account = sites.read_parcels(files, place.parcels.options, box, crs, place.parcels.name)
        accounts.append(account)
    tables = []
    for layer in place.sites:
        table, account = sites.read(located.files(layer), layer.options, box, crs, parcels, layer.name)
        accounts.append(account)
        tables.append(table)
    whole = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)
    twice = whole.loc[whole["site_id"].duplicated(), "site_id"]
    if len(twice):
        raise SiteSelectError(
            f"{located.file}: the site {twice.iloc[0]!r} stands in two of its layers; give one of them another id."
        )
    known = whole["lon"].notna() & (whole["margin_m"] <= access.MARGIN_MOST_M)
    return whole.assign(located=known.map({True: "yes", False: "no"}).astype(object))


def _services(located: Located, box: units.Box, crs: str, accounts: list[Report]) -> gpd.GeoDataFrame:
    tables = []
    for layer in located.place.services:
        table, account = services.read(
            located.files(layer), layer.options, box, crs, layer.name, layer.source, layer.as_of
        )
        accounts.append(account)
        tables.append(table)
    if not tables:
        columns = ["service_id", "name", "category", "source", "as_of", "geometry"]
        return gpd.GeoDataFrame(pd.DataFrame(columns=columns), geometry="geometry", crs="EPSG:4326")
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)


def _streets(located: Located, crs: str, accounts: list[Report]) -> Streets | None:
    layer = located.place.streets
    if layer is None:
        return None
    read = streets.read(located.files(layer)[0], layer.options, crs, layer.name)
    accounts.append(read.report)
    return read


def _hazards(located: Located, box: units.Box, crs: str, accounts: list[Report]) -> dict[str, access.Zones]:
    found = {}
    for layer in located.place.hazards:
        options = layer.options
        hazard = str(options.pop("hazard", layer.name))
        zones, account = areas.read(located.files(layer), options, box, crs, layer=layer.name)
        accounts.append(account)
        found[hazard] = access.Zones(zones, layer.source, layer.as_of)
    return found


def _slopes(located: Located, candidates: gpd.GeoDataFrame, crs: str) -> pd.DataFrame | None:
    layer = located.place.terrain
    return None if layer is None else terrain.slope_percent(located.files(layer)[0], candidates, crs)


def _people(located: Located, box: units.Box, crs: str, accounts: list[Report]) -> gpd.GeoDataFrame | None:
    layer = located.place.people
    if layer is None:
        return None
    grid, account = people.read(located.files(layer), layer.options, box, crs, layer.name)
    accounts.append(account)
    return grid


def _background(
    located: Located, boundary: gpd.GeoDataFrame | None, box: units.Box, crs: str
) -> gpd.GeoDataFrame | None:
    """Outlines for orientation on a map that asks no tiles of anybody."""
    layer = located.place.background
    drawn = None if layer is None else areas.read(located.files(layer), layer.options, box, crs, layer=layer.name)[0]
    found = [table for table in (boundary, drawn) if table is not None]
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=found[0].crs) if found else None


def _origin(layer: Layer | None) -> tuple[str, str | None]:
    return ("", None) if layer is None else (layer.source, layer.as_of)


def _agree(
    chosen: Policy, located: Located, candidates: gpd.GeoDataFrame, places: gpd.GeoDataFrame, hazards: dict[str, Any]
) -> None:
    """ConfigError when the policy values what nobody can measure, or a gate asks for what no site has: a typing slip.

    A measure that only lacks its layer here is unknown, which is no error.
    """
    names = access.names(places["category"].unique(), hazards)
    asked = [(f"criterion {c.id!r}", c.measure) for c in chosen.criteria]
    asked += [(f"gate {g.id!r}", g.measure) for g in chosen.gates if g.measure]
    fields = [str(c) for c in candidates.columns]
    for who, said, known in [
        *((who, measure, names) for who, measure in asked),
        *((f"gate {g.id!r}", g.field, fields) for g in chosen.gates if g.field),
    ]:
        if said not in known:
            meant = difflib.get_close_matches(said, known, 1)
            hint = f"did you mean {meant[0]!r}?" if meant else f"it knows {', '.join(known)}."
            raise ConfigError(
                f"policy {chosen.id!r} of {located.file}: {who} asks for {said!r}, which nothing gives; {hint}"
            )


def _without_what_is_partial(measures: pd.DataFrame, candidates: gpd.GeoDataFrame, because: str | None) -> pd.DataFrame:
    """The measures with stops and departures unknown where the place says that some operators' feeds are not at hand.

    The trains alone say how far the trains are; that no bus stops nearer, and how often, they cannot say.
    """
    if because is None:
        return measures
    partial = [m for m in access.OF_TRANSIT if not m.startswith("nearest_rail")]
    rest = measures[~measures["measure"].isin(partial)]
    return access.stacked([rest, *(access.missing(candidates, m, because) for m in partial)])


def _whole(measures: pd.DataFrame, candidates: gpd.GeoDataFrame, chosen: Policy) -> pd.DataFrame:
    """The measures with rows of unknowns for those that the policy asks for and no layer gives."""
    wanted = dict.fromkeys([*(c.measure for c in chosen.criteria), *(g.measure for g in chosen.gates if g.measure)])
    have = set(measures["measure"])
    gone = [access.missing(candidates, m, _no_layer(m)) for m in wanted if m not in have]
    return access.stacked([measures, *gone]) if gone else measures


def _no_layer(measure: str) -> str:
    if measure in access.OF_TRANSIT:
        return "no timetable is at hand"
    what = (
        measure.removeprefix("nearest_")
        .removesuffix("_m")
        .removesuffix("_share")
        .removesuffix("_percent")
        .replace("_", " ")
    )
    return f"no layer of {what} is at hand"


def _manifest(
    located: Located,
    day: dt.date,
    chosen: Policy,
    measures: pd.DataFrame,
    feeds: list[dict[str, Any]],
    accounts: list[Report],
) -> dict[str, Any]:
    """What was read, how, and what it came to; it does not tell the time of the run, so that equal runs are equal."""
    place = located.place
    known = measures.groupby("measure", sort=False)["value"].count()
    asked = {*(c.measure for c in chosen.criteria), *(g.measure for g in chosen.gates)}
    nowhere = [m for m in known.index[known == 0] if m in asked]
    because = measures.drop_duplicates("measure").set_index("measure")["unknown_because"]
    return {
        "place": {"id": place.id, "name": place.name, "crs": place.crs, "day": day.isoformat(),
                  "hours": {"from": place.hours.start, "to": place.hours.end}, "sketch": place.sketch,
                  "notes": list(place.notes)},
        "parameters": {"day": day.isoformat(), "hours": [place.hours.start, place.hours.end], "crs": place.crs,
                       "policy": f"{chosen.id} {chosen.edition}", "walk_counts_within_m": access.NEAR_M,
                       "street_reach_m": access.REACH_M, "site_margin_most_m": access.MARGIN_MOST_M,
                       "straight_line": chosen.straight_line.model_dump(exclude={"why"})},
        "policy": chosen.model_dump(mode="json"),
        "feeds": feeds,
        "layers": report.accounts(accounts),
        "unknown_everywhere": [{"measure": m, "because": because[m]} for m in nowhere],
        "credits": list(dict.fromkeys(f"{layer.source} ({layer.licence})" for layer in place.layers())),
        "inputs": sources.inputs(located),
        "versions": {"homeground": __version__, **{name: metadata.version(name) for name in VERSIONED}},
    }  # fmt: skip
