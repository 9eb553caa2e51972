"""The points of a table at every site: for each item what is certain, what is measured, and what is possible."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import shapely

from siteselect import units
from siteselect.rules.facts import Facts
from siteselect.rules.ground import MAYBE, NO, YES, Sites
from siteselect.rules.layers import Layers
from siteselect.rules.measured import Measured, Measurer, answers
from siteselect.rules.pack import Condition, Item, PointsPack, Row

FAR_M = 1e9  # farther than anything
TOUCHES = 0.01  # a share of a site in another tract that is a line drawn twice, not land there


@dataclass(frozen=True)
class Awarded:
    """One item at every site (n,): its points for sure, if all that is asked is confirmed, and at best.

    `row` is the number of the item's row that is told about, `certain` the one that gives the sure points (-1: none);
    worth (rows, n) is each row's points, facts (rows, n) whether the project's
    facts meet it in the scenario that the site is told by, facts_at_best in the best for the row.
    """

    item: Item
    rows: tuple[Measured, ...]
    points: np.ndarray
    confirmed: np.ndarray
    high: np.ndarray
    row: np.ndarray
    certain: np.ndarray
    worth: np.ndarray
    facts: np.ndarray
    facts_at_best: np.ndarray


@dataclass(frozen=True)
class Awards:
    """All items, the category's totals under its cap (n,), and what amenities and stops alone give before the cap."""

    items: tuple[Awarded, ...]
    points: np.ndarray
    confirmed: np.ndarray
    high: np.ndarray
    by_place: np.ndarray
    measurer: Measurer
    maps: "Mapped"


@dataclass(frozen=True)
class Mapped:
    """What the opportunity map says of each site (n,): whether it is in one of the classes, as far as is known."""

    state: np.ndarray
    as_measured: np.ndarray
    classes: np.ndarray
    open: np.ndarray


def award(pack: PointsPack, sites: Sites, layers: Layers, facts: Facts) -> Awards:
    """Every item's points at every site.

    A fact of several choices that is not known is tried choice by choice: what only another housing type earns is not
    added up.
    """
    measurer = Measurer(pack, sites, layers, facts)
    classes = next((c.one_of for c in pack.conditions if c.about == "map"), ())
    maps = mapped(pack, sites, layers, facts, classes)
    measured = [tuple(measurer.row(item, row) for row in item.rows) for item in pack.items]
    tried = [f for f in pack.facts if f.ways]
    scenarios = [dict(zip([f.id for f in tried], ways, strict=True)) for ways in product(*(f.ways for f in tried))]
    each = [
        [_item(measurer, maps, item, rows, scenario) for item, rows in zip(pack.items, measured, strict=True)]
        for scenario in scenarios
    ]
    totals = [
        [np.minimum(sum(getattr(i, what) for i in items), pack.cap) for items in each]
        for what in ("points", "confirmed", "high")
    ]
    # the scenario that a site is told by: the best before the cap, so that none is hidden by another
    best = np.argmax(np.array([[i.confirmed for i in items] for items in each]).sum(axis=1), axis=0)
    items = tuple(_joined([items[k] for items in each], best) for k in range(len(pack.items)))
    low, confirmed, high = np.min(totals[0], axis=0), np.max(totals[1], axis=0), np.max(totals[2], axis=0)
    by_place = [i.confirmed for i in items if any(m.row.within_mi is not None for m in i.rows)]
    return Awards(items, low, confirmed, high, np.sum(by_place, axis=0), measurer, maps)


def _item(
    measurer: Measurer, maps: Mapped, item: Item, rows: tuple[Measured, ...], scenario: dict[str, bool | str]
) -> Awarded:
    """One item while the facts of several choices are what the scenario says, where they are not known."""
    n = len(measurer.sites)
    worth = np.array([np.where(measurer.rural == YES, m.row.rural_points or m.row.points, m.row.points) for m in rows])
    most = np.array([np.where(measurer.rural == NO, m.row.points, m.row.rural_points or m.row.points) for m in rows])
    facts = np.array([project_state(measurer, maps, m.row, scenario) for m in rows])
    map_too = np.array([_measured_on_map(measurer, maps, m.row, n) for m in rows])
    sure = np.array([m.sure for m in rows]) & (facts == YES)
    # a project that may be rural is told about by the distances that hold for any
    rural_only = np.array([_needs_rural(measurer, m.row) for m in rows])[:, None] & (measurer.rural == MAYBE)
    told = np.array([m.as_measured for m in rows]) & (facts >= MAYBE) & map_too & ~rural_only
    possible = np.array([m.at_best for m in rows]) & (facts >= MAYBE)
    points, confirmed = (worth * sure).max(axis=0), (worth * told).max(axis=0)
    high = np.maximum((most * possible).max(axis=0), confirmed)
    certain = np.where(points > 0, (worth * sure).argmax(axis=0), -1)
    # of rows worth as much the sure one, then the first; where none is earned, the best that an amenity at hand might
    # give, else the one that lacks the fewest metres
    might = np.array([m.open_pair >= 0 for m in rows]) & (facts >= MAYBE)
    shown = np.where(confirmed > 0, (worth * told * 2 + sure).argmax(axis=0), -1)
    shown = np.where((shown < 0) & might.any(axis=0), (most * might).argmax(axis=0), shown)
    lacking = np.array([np.where(facts[k] >= MAYBE, _lacking_m(m), 2 * FAR_M) for k, m in enumerate(rows)])
    shown = np.where(shown >= 0, shown, lacking.argmin(axis=0))
    return Awarded(item, rows, points, confirmed, high, shown, certain, worth, facts, facts)


def _lacking_m(measured: Measured) -> np.ndarray:
    """Metres that the nearest amenity of a row lacks (n,), `FAR_M` where there is none."""
    if measured.lines is None or not len(measured.lines.d_m):
        return np.full(len(measured.nearest), FAR_M)
    lacking = measured.lines.d_m[measured.nearest] - measured.limit_m
    return np.where(measured.nearest >= 0, lacking, FAR_M)


def _joined(each: list[Awarded], best: np.ndarray) -> Awarded:
    """One item over all scenarios: sure is what every one gives; it is told as in the best of them for the site."""
    at = np.arange(len(best))
    points = np.min([a.points for a in each], axis=0)
    confirmed, row, certain = (
        np.array([getattr(a, what) for a in each])[best, at] for what in ("confirmed", "row", "certain")
    )
    facts = np.array([a.facts for a in each]).transpose(1, 0, 2)[:, best, at]
    at_best = np.max([a.facts for a in each], axis=0)
    high = np.max([a.high for a in each], axis=0)
    certain = np.where(points > 0, certain, -1)
    return Awarded(each[0].item, each[0].rows, points, confirmed, high, row, certain, each[0].worth, facts, at_best)


def project_state(measurer: Measurer, maps: Mapped, row: Row, scenario: dict[str, bool | str]) -> np.ndarray:
    """YES, NO or MAYBE for each site (n,): whether what the row needs of the project and the map is so."""
    state = np.full(len(measurer.sites), YES)
    for name in row.needs:
        condition = measurer.conditions[name]
        if condition.about == "project":
            state = np.minimum(state, _of_project(measurer, condition, scenario))
        elif condition.about == "map":
            state = np.minimum(state, maps.state)
    return state


def _of_project(measurer: Measurer, condition: Condition, scenario: dict[str, bool | str]) -> np.ndarray:
    assert condition.fact is not None
    otherwise = scenario.get(condition.fact)
    key = (condition.id, otherwise)
    if key not in measurer.of_project:
        values = measurer.facts.of_sites(condition.fact, measurer.sites.ids)
        measurer.of_project[key] = answers([condition.holds(otherwise if v is None else v) for v in values])
    return measurer.of_project[key]


def _needs_rural(measurer: Measurer, row: Row) -> bool:
    return any(measurer.conditions[name].fact == measurer.pack.rural_fact for name in row.needs)


def _measured_on_map(measurer: Measurer, maps: Mapped, row: Row, n: int) -> np.ndarray:
    on_map = any(measurer.conditions[name].about == "map" for name in row.needs)
    return maps.as_measured if on_map else np.ones(n, bool)


def mapped(pack: PointsPack, sites: Sites, layers: Layers, facts: Facts, wanted: tuple[str, ...]) -> Mapped:
    """Each site on the opportunity map; a site over several classes, and a map whose year is not known to be the one
    that may be used, leave the question open."""
    n = len(sites)
    state, measured = np.full(n, MAYBE), np.zeros(n, bool)
    classes, why = np.full(n, None, object), np.full(n, None, object)
    opportunity = layers.opportunity
    if opportunity is None:
        why[:] = "no opportunity map is at hand"
        return Mapped(state, measured, classes, why)
    areas = units.to_metres(opportunity.table, sites.crs)
    shapes, said = areas.geometry.to_numpy(), opportunity.table["classes"].tolist()
    here = np.flatnonzero(sites.located)
    around = (sites.reach_m + sites.margin_m)[here] * sites.scale[here]
    at, area = shapely.STRtree(shapes).query(sites.shape[here], predicate="dwithin", distance=around)
    at = here[at]
    drawn = sites.drawn[at]
    share = np.ones(len(at))
    overlap = shapely.area(shapely.intersection(sites.shape[at[drawn]], shapes[area[drawn]]))
    share[drawn] = overlap / shapely.area(sites.shape[at[drawn]])
    found: dict[int, list[str]] = {}
    for place, which, part in zip(at.tolist(), area.tolist(), share.tolist(), strict=True):
        if part > TOUCHES:
            found.setdefault(place, []).extend(said[which])
    usable = _usable(pack, sites, facts, opportunity.year)
    for place in range(n):
        names = list(dict.fromkeys(found.get(place, [])))
        inside = [name in wanted for name in names]
        classes[place] = " or ".join(names) or None
        if not names:
            why[place] = "the site lies in no area of the map" if sites.located[place] else "the site is not located"
            continue
        state[place] = YES if all(inside) else NO if not any(inside) else MAYBE
        measured[place] = any(inside)
        if state[place] == MAYBE:
            why[place] = f"the site may lie in areas of several classes ({classes[place]})"
        if not usable[place]:
            state[place] = MAYBE
            why[place] = (
                f"the map at hand is of {opportunity.year or 'an unknown year'}; whether it may be used is not known"
            )
    return Mapped(state, measured, classes, why)


def _usable(pack: PointsPack, sites: Sites, facts: Facts, year: int | None) -> np.ndarray:
    """Whether a map of the year may be used: it is that of the application, or that of first site control not too long
    before it."""
    filed = facts.of_sites("application_year", sites.ids)
    control = facts.of_sites("site_control_year", sites.ids)
    usable = np.zeros(len(sites), bool)
    for place, (application, start) in enumerate(zip(filed, control, strict=True)):
        if year is not None and application is not None:
            looked_back = start == year and 0 <= application - start <= pack.look_back_years
            usable[place] = application == year or looked_back
    return usable


def reported(pack: PointsPack, sites: Sites, facts: Facts) -> list[list[dict[str, Any]]]:
    """For each site what the edition counts elsewhere: [report, title, status, because, citation]."""
    conditions = {c.id: c for c in pack.conditions}
    out: list[list[dict[str, Any]]] = [[] for _ in range(len(sites))]
    for report in pack.reports:
        states = []
        for name in report.needs_any:
            condition = conditions[name]
            assert condition.fact is not None
            states.append(answers([condition.holds(v) for v in facts.of_sites(condition.fact, sites.ids)]))
        best = np.max(states, axis=0)
        asked = " or ".join(conditions[name].text for name in report.needs_any)
        for place, owner in enumerate(sites.table["owner"].tolist()):
            if owner == "unknown":
                status, because = "unknown", "who owns the land is not known"
            elif owner not in report.owners:
                status, because = "not met", f"the owner is {owner}"
            else:
                status = {YES: "met", MAYBE: "conditional", NO: "not met"}[int(best[place])]
                because = f"the owner is {owner}; {'asked' if status == 'conditional' else 'said'}: {asked}"
            out[place].append(
                {"report": report.id, "title": report.title, "status": status, "because": because,
                 "citation": f"{report.citation}, {pack.edition}", "text": report.text}
            )  # fmt: skip
    return out
