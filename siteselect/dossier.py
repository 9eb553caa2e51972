"""A place's layers, read for the rule packs: what a planner asks of one edition of the law, from files to answer."""

import datetime as dt
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from siteselect import rules, transit, units
from siteselect.errors import ConfigError
from siteselect.layers import areas, barriers, gtfs, opportunity, services, sites, streets, terrain
from siteselect.layers.ledger import Report
from siteselect.place import Layer, Located, Rules
from siteselect.rules import service

NOWHERE = shapely.Polygon()


def admitted(located: Located, pack: rules.Pack) -> Rules:
    """What the place says for rule packs; ConfigError where the pack is of another jurisdiction than the place."""
    said = located.place.rules
    if said is None:
        raise ConfigError(
            f"{located.file}: it does not say in which jurisdiction the place lies, and {pack.title} is for "
            f'{pack.jurisdiction} alone; add [rules] with jurisdiction = "{pack.jurisdiction}" if the place lies there.'
        )
    inside = said.jurisdiction == pack.jurisdiction or said.jurisdiction.startswith(f"{pack.jurisdiction}-")
    if not inside:
        raise ConfigError(
            f"{located.file}: {pack.title} ({pack.edition}) is a rule pack of {pack.jurisdiction} and "
            f"{located.place.name} lies in {said.jurisdiction}; its points would mean nothing there."
        )
    return said


def answer(
    located: Located, pack: rules.Pack, facts: rules.Facts, day: dt.date | None = None
) -> tuple[rules.Result, list[Report]]:
    """The pack's answer for every site of a place on a day (the place's own unless given), and the layers' accounts."""
    said = admitted(located, pack)
    accounts: list[Report] = []
    crs = units.place_crs(located.place.crs)
    box = _box(located, accounts)
    table = read_sites(located, box, crs, accounts)
    layers = read_layers(located, said, pack, table, box, crs, day or located.place.day, accounts)
    if isinstance(pack, rules.PointsPack):
        return rules.points(pack, table, crs=crs, layers=layers, facts=facts), accounts
    return rules.tests(pack, table, crs=crs, layers=layers, facts=facts), accounts


def read_facts(located: Located, pack: rules.Pack, project: Any) -> rules.Facts:
    """The project's facts from its file (None without one), and what the place knows of whole kinds of amenity."""
    said = located.place.rules
    return rules.read_facts(project, pack, said.known if said is not None else {})


def read_sites(located: Located, box: units.Box, crs: str, accounts: list[Report]) -> gpd.GeoDataFrame:
    """All candidate sites, with their outlines where a parcel layer has them."""
    place, parcels = located.place, None
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
        raise ConfigError(
            f"{located.file}: the site {twice.iloc[0]!r} stands in two of its layers; rename one of them."
        )
    return whole


def read_layers(
    located: Located, said: Rules, pack: rules.Pack, table: gpd.GeoDataFrame, box: units.Box, crs: str, day: dt.date,
    accounts: list[Report],
) -> rules.Layers:  # fmt: skip
    """Everything that the pack may look at, as far as it is at hand."""
    place = located.place
    stops, peaks = _stops(located, pack, day, accounts)
    partial = dict(said.partial)
    if place.feeds_missing:
        partial.setdefault("stop", place.feeds_missing)
    return rules.Layers(
        amenities=_amenities(located, said, box, crs, accounts), stops=stops, service=peaks, partial=partial,
        barriers=_barriers(located, said, box, crs, accounts),
        opportunity=_opportunity(located, said, box, crs, accounts),
        zones=_zones(located, said, box, crs, accounts) if pack.kind == "tests" else {},
        figures=_figures(located, table, crs) if pack.kind == "tests" else {},
        streets=_streets(located, crs, accounts) if pack.kind == "tests" else None,
        sketched=place.sketch is not None, county=said.county,
    )  # fmt: skip


def _box(located: Located, accounts: list[Report]) -> units.Box:
    place = located.place
    if place.boundary is None:
        assert place.box is not None  # the place file has one or the other
        return place.box
    outline, account = areas.read(located.files(place.boundary), place.boundary.options, layer=place.boundary.name)
    accounts.append(account)
    return areas.box_of(outline)


def _amenities(located: Located, said: Rules, box: units.Box, crs: str, accounts: list[Report]) -> gpd.GeoDataFrame:
    own = {layer.name for layer in said.services}
    tables = []
    for layer in [*(s for s in located.place.services if s.name not in own), *said.services]:
        read, account = services.read(
            located.files(layer), layer.options, box, crs, layer.name, layer.source, layer.as_of
        )
        accounts.append(account)
        tables.append(read)
    if not tables:
        return rules.Layers().amenities
    whole = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)
    whole = whole.rename(columns={"service_id": "amenity_id", "category": "kind"})
    return whole[["amenity_id", "name", "kind", "source", "as_of", "geometry"]]


def _stops(
    located: Located, pack: rules.Pack, day: dt.date, accounts: list[Report]
) -> tuple[gpd.GeoDataFrame | None, service.Service | None]:
    """The stops that are served on the day, and how often in the pack's peak hours, Monday to Friday."""
    if not located.place.feeds:
        return None, None
    feeds = []
    for layer in located.place.feeds:
        feed = gtfs.read(located.files(layer)[0], layer.name, source=layer.source, licence=layer.licence, day=day)
        accounts.extend(feed.reports)
        feeds.append(feed)
    table = transit.stops(feeds, day)
    origin = {f.name: f"{f.source} (GTFS, valid {f.first_day} to {f.last_day})" for f in feeds}
    table = table.assign(source=table["feed"].map(origin), as_of=day.isoformat())
    windows = pack.service.seconds if isinstance(pack, rules.PointsPack) else pack.peaks
    return table[table["served"]].reset_index(drop=True), service.of(feeds, day, windows) if windows else None


def _barriers(located: Located, said: Rules, box: units.Box, crs: str, accounts: list[Report]) -> rules.Barriers | None:
    if not said.barriers:
        return None
    tables, whole = [], True
    for layer in said.barriers:
        read, account = barriers.read(located.files(layer), layer.options, box, crs, layer.name)
        accounts.append(account)
        tables.append(read)
        whole &= bool(layer.options.get("whole", False))
    table = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)
    source = "; ".join(dict.fromkeys(layer.source for layer in said.barriers))
    return rules.Barriers(table, source, None if whole else NOWHERE)


def _opportunity(
    located: Located, said: Rules, box: units.Box, crs: str, accounts: list[Report]
) -> rules.Opportunity | None:
    layer = said.opportunity
    if layer is None:
        return None
    tracts = None
    if said.tracts is not None:
        tracts, account = areas.read(located.files(said.tracts), said.tracts.options, box, crs, said.tracts.name)
        accounts.append(account)
    table, account = opportunity.read(located.files(layer), layer.options, box, crs, tracts, layer.name)
    accounts.append(account)
    return rules.Opportunity(table, layer.options.get("year"), layer.source, layer.as_of)


def _zones(located: Located, said: Rules, box: units.Box, crs: str, accounts: list[Report]) -> dict[str, rules.Zone]:
    """The ranking's hazards and the rules' own zones, by their names."""
    found = {}
    for layer, key in [*((z, "hazard") for z in located.place.hazards), *((z, "zone") for z in said.zones)]:
        options = layer.options
        name = str(options.pop(key, layer.name))
        table, account = areas.read(located.files(layer), options, box, crs, layer=layer.name)
        accounts.append(account)
        found[name] = rules.Zone(table, layer.source, layer.as_of)
    return found


def _figures(located: Located, table: gpd.GeoDataFrame, crs: str) -> dict[str, dict[str, float]]:
    layer = located.place.terrain
    if layer is None:
        return {}
    slopes = terrain.slope_percent(located.files(layer)[0], table, crs)["slope_percent"]
    known = slopes.notna()
    return {"slope_percent": dict(zip(table.loc[known, "site_id"], slopes[known].astype(float), strict=True))}


def _streets(located: Located, crs: str, accounts: list[Report]) -> streets.Streets | None:
    layer: Layer | None = located.place.streets
    if layer is None:
        return None
    read = streets.read(located.files(layer)[0], layer.options, crs, layer.name)
    accounts.append(read.report)
    return read
