"""The recipe: raw files to a ranked run, every stage in order."""

import datetime as dt
import difflib
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from siteselect import __version__, access, policy, rank, report, score, sources, transit, units
from siteselect.errors import ConfigError, FeedExpired, NoServiceThatDay, SiteSelectError
from siteselect.layers import areas, gtfs, people, schemas, services, sites, terrain
from siteselect.layers.ledger import Report
from siteselect.layers.streets import Streets
from siteselect.network import kept
from siteselect.place import Layer, Located
from siteselect.policy import Policy
from siteselect.rank import moves

if TYPE_CHECKING:
    from siteselect.network.store import Network

Step = Callable[[str, str], None]
VERSIONED = ("geopandas", "shapely", "pyproj", "pyogrio", "rasterio", "osmium", "pandas", "numpy", "scipy", "folium")


def _silent(stage: str, words: str) -> None:
    """Tell nobody."""


def run(
    located: Located,
    day: dt.date | None = None,
    step: Step = _silent,
    weights: Sequence[str] = (),
    gates: Sequence[str] = (),
    cache: Path | None = None,
) -> report.Run:
    """Rank a place's sites on a day (the place's own unless given); `step` is told each stage before it begins.

    weights: changes of the policy's weights, as `policy.changed` takes them; the run then also tells each site's move.
    gates: switches of its gates, as `policy.switched` takes them.
    cache: a folder where large street networks are kept from run to run; what is wrong with it is told to `step` as a
    "note", and changes no number.

    Raises the stages' errors, each a sentence for a person.  The calendar is asked first: on a day that a feed does not
    cover nothing is measured and nothing is scored.
    """
    place = located.place
    base = policy.switched(policy.read(policy.path_of(place.policy, located.file.parent)), gates)
    chosen = policy.changed(base, weights)
    crs = units.place_crs(place.crs)
    on = day or place.day
    timetable, feeds, accounts = read_timetable(located, on, step)
    step("layers", "boundary, sites and services")
    boundary, box = _boundary(located, accounts)
    candidates = _sites(located, box, crs, accounts)
    places = _services(located, box, crs, accounts)
    step("layers", "streets, hazards, terrain and people")
    network, prepared = _streets(located, crs, accounts, cache, lambda words: step("note", words))
    hazards = _hazards(located, box, crs, accounts)
    slopes = _slopes(located, candidates, hazards, crs)
    grid = _people(located, box, crs, accounts)
    _agree(chosen, located, candidates, places, hazards)
    step("access", f"{len(candidates)} sites, {len(places)} services")
    measures = access.measures(
        candidates, crs=crs, services=places, timetable=timetable, streets=network, hazards=hazards, slopes=slopes,
        slopes_source=_origin(place.terrain), people=grid, people_source=_origin(place.people),
        detour=access.Detour(**chosen.straight_line.model_dump(exclude={"why"})), prepared=prepared,
        edges=chosen.parcels.measured_from == "edge", pace=_pace(located, crs, network, cache, step),
    )  # fmt: skip
    said_by = "; ".join(dict.fromkeys(layer.source for layer in place.sites))
    measures = pd.concat([measures, *access.filed(candidates, said_by, place.sites[0].as_of)], ignore_index=True)
    measures = _without_what_is_partial(measures, candidates, place.feeds_missing)
    measures = _whole(measures, candidates, chosen)
    step("score", chosen.title)
    reasons = score.reasons(measures, chosen)
    outcome = score.gates(candidates, measures, chosen)
    order = rank.order(score.scores(reasons), outcome)
    moved = None
    if weights:
        before, as_shipped = moves.weighed(outcome.reset_index(), reasons, base)
        moved = moves.by_group(before, order, as_shipped, reasons)
    step("table", f"{len(order)} sites")
    table = report.table(candidates, order, measures, reasons, access.STRAIGHT)
    background = _background(located, boundary, box, crs)
    manifest = _manifest(located, on, chosen, measures, feeds, accounts)
    return report.Run(table, reasons, tuple(accounts), background, manifest, moved)


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
    days = guarded(feeds, day)
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


def guarded(feeds: list[gtfs.Feed], day: dt.date) -> list[transit.DayOfService]:
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


def _streets(
    located: Located, crs: str, accounts: list[Report], cache: Path | None, tell: Callable[[str], None]
) -> tuple[Streets | None, "Network | None"]:
    """The place's streets, and their prepared network where it is kept in the cache."""
    layer = located.place.streets
    if layer is None:
        return None, None
    read, prepared = kept.walkable(cache, located.files(layer)[0], layer.options, crs, layer.name, tell)
    accounts.append(read.report)
    return read, prepared


def _pace(located: Located, crs: str, network: Streets | None, cache: Path | None, step: Step) -> access.Pace | None:
    """The streets as seconds on foot, where the place asks for minutes that tell uphill from downhill."""
    layer, model = located.place.streets, located.place.terrain
    if layer is None or network is None or layer.options.get("pace", "level") == "level":
        return None
    if model is None:
        raise ConfigError(
            f"{located.file}: streets.pace is 'slope', which needs heights; name an elevation model as [terrain]."
        )
    step("layers", "walking minutes by slope")
    street_file, dem = located.files(layer)[0], located.files(model)[0]
    timed = kept.timed(
        cache, street_file, dem, layer.options, crs, layer.name, network, lambda words: step("note", words)
    )
    return access.Pace(timed, model.source)


def _hazards(located: Located, box: units.Box, crs: str, accounts: list[Report]) -> dict[str, access.Zones]:
    found = {}
    for layer in located.place.hazards:
        options = layer.options
        hazard = str(options.pop("hazard", layer.name))
        zones, account = areas.read(located.files(layer), options, box, crs, layer=layer.name)
        accounts.append(account)
        found[hazard] = access.Zones(zones, layer.source, layer.as_of)
    return found


def _slopes(
    located: Located, candidates: gpd.GeoDataFrame, hazards: dict[str, access.Zones], crs: str
) -> pd.DataFrame | None:
    """How steep each site is, and what that and the fault zones leave to build on."""
    layer = located.place.terrain
    if layer is None:
        return None
    model, faults = located.files(layer)[0], hazards.get("fault_zone")
    slopes = terrain.steepness(model, candidates, crs)
    net = terrain.developable(model, candidates, crs, slopes, None if faults is None else faults.areas)
    from_both = layer.source if faults is None else f"{layer.source}; {faults.source}"
    return slopes.join(net.rename(columns={"method": "net_method"}).assign(net_source=from_both))


def _people(located: Located, box: units.Box, crs: str, accounts: list[Report]) -> gpd.GeoDataFrame | None:
    layer = located.place.people
    if layer is None:
        return None
    grid, account = people.read(located.files(layer), layer.options, box, crs, layer.name)
    accounts.append(account)
    return grid


def people_and_streets(located: Located) -> tuple[gpd.GeoDataFrame | None, Streets | None]:
    """The place's people and streets alone, for a question after the ranking; None for what is not at hand."""
    crs = units.place_crs(located.place.crs)
    accounts: list[Report] = []
    _, box = _boundary(located, accounts)
    streets, _ = _streets(located, crs, accounts, None, lambda words: None)
    return _people(located, box, crs, accounts), streets


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
    if "nearest_stop_min" in set(measures["measure"]):
        partial.append("nearest_stop_min")
    rest = measures[~measures["measure"].isin(partial)]
    return access.stacked([rest, *(access.missing(candidates, m, because) for m in partial)])


def _whole(measures: pd.DataFrame, candidates: gpd.GeoDataFrame, chosen: Policy) -> pd.DataFrame:
    """The measures with rows of unknowns for those that the policy asks for and no layer gives."""
    wanted = dict.fromkeys([*(c.measure for c in chosen.criteria), *(g.measure for g in chosen.gates if g.measure)])
    have = set(measures["measure"])
    gone = [access.missing(candidates, m, _no_layer(m)) for m in wanted if m not in have]
    return access.stacked([measures, *gone]) if gone else measures


def _no_layer(measure: str) -> str:
    if measure in schemas.FILED:
        return "nobody filed it"
    if measure in access.OF_TRANSIT:
        return "no timetable is at hand"
    if measure in ("steep_share", "net_developable_acres"):
        return "no layer of slope is at hand"
    if measure.endswith("_min"):
        return "walking minutes are not asked for in the place's file"
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
                       "parcels_measured_from": chosen.parcels.measured_from,
                       "straight_line": chosen.straight_line.model_dump(exclude={"why"})},
        "policy": chosen.model_dump(mode="json"),
        "feeds": feeds,
        "layers": report.accounts(accounts),
        "unknown_everywhere": [{"measure": m, "because": because[m]} for m in nowhere],
        "credits": list(dict.fromkeys(f"{layer.source} ({layer.licence})" for layer in place.layers())),
        "inputs": sources.inputs(located),
        "versions": {"homeground": __version__, **{name: metadata.version(name) for name in VERSIONED}},
    }  # fmt: skip
