"""The answer for all sites: a table of sites, a table of items, and the same as plain data."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siteselect.errors import ConfigError
from siteselect.rules import items
from siteselect.rules.award import award, reported
from siteselect.rules.clauses import Clause
from siteselect.rules.facts import Facts
from siteselect.rules.finding import WORDS, Finding
from siteselect.rules.ground import Sites
from siteselect.rules.layers import Layers
from siteselect.rules.pack import Pack, PointsPack, TestsPack
from siteselect.rules.shelf import absent
from siteselect.rules.verdicts import Verdicts

TEST_COLUMNS = [
    "rule", "title", "points", "max", "status", "amenity", "distance_m", "method", "margin_m", "because", "source",
    "as_of", "standing", "citation", "edition", "text",
]  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What a pack says of the sites.

    sites [site_id, name, points, points_if_confirmed, points_high, max, by_place_before_cap: what its amenities
    and stops alone give, as measured] (points missing for a pack of tests, which has
    `verdict`); items [site_id, and `items.COLUMNS`]; reports [site_id, report, title, status, because, citation, text];
    cautions: what the figures leave to the reader's eye; asked: the facts that are not known and what to ask.
    """

    pack: Pack
    sites: pd.DataFrame
    items: pd.DataFrame
    reports: pd.DataFrame
    cautions: tuple[str, ...]
    asked: tuple[str, ...]

    def of_sites(self, site_ids: Sequence[str]) -> "Result":
        """The answer for some sites; ConfigError names one that the place does not have."""
        known = self.sites["site_id"].tolist()
        for site in site_ids:
            if site not in known:
                meant = difflib.get_close_matches(site, known, 1)
                raise ConfigError(f"there is no site {site!r}" + (f"; did you mean {meant[0]!r}?" if meant else "."))
        some = [t[t["site_id"].isin(site_ids)] if len(t) else t for t in (self.sites, self.items, self.reports)]
        return replace(self, sites=some[0], items=some[1], reports=some[2])

    def plain(self) -> dict[str, Any]:
        """The contract: edition, sites, and each site's items; numbers that are not known are null."""
        by_site: dict[str, list[dict[str, Any]]] = {}
        for row in _records(self.items):
            by_site.setdefault(row.pop("site_id"), []).append(row)
        also: dict[str, list[dict[str, Any]]] = {}
        for row in _records(self.reports):
            also.setdefault(row.pop("site_id"), []).append(row)
        sites = [
            row | {"items": by_site.get(row["site_id"], []), "reports": also.get(row["site_id"], [])}
            for row in _records(self.sites)
        ]
        return {
            "edition": self.pack.edition, "pack": self.pack.id, "title": self.pack.title,
            "jurisdiction": self.pack.jurisdiction, "citation": self.pack.citation, "read": self.pack.read,
            "cautions": list(self.cautions), "asked": list(self.asked), "absent": absent(), "sites": sites,
        }  # fmt: skip


def points(pack: PointsPack, sites: gpd.GeoDataFrame, *, crs: str, layers: Layers, facts: Facts) -> Result:
    """The points of a scoring table at every site, item by item.

    In: sites [site_id, name, owner, shape, margin_m, area_m2, lon, lat, geometry in EPSG:4326]; crs, the place's system
    in metres; the layers at hand; the facts that are known.  Out: for each item `points` (certain),
    `points_if_confirmed` (as measured, if all that is asked turns out so) and `points_high` (if what no list at hand
    shows did too); the total of each is held under the category's cap.
    """
    ready = Sites(sites, crs)
    awards = award(pack, ready, layers, facts)
    rows = [{"site_id": site} | item for at, site in enumerate(ready.ids) for item in items.of_site(pack, awards, at)]
    reports = [
        {"site_id": site} | report
        for site, found in zip(ready.ids, reported(pack, ready, facts), strict=True)
        for report in found
    ]
    table = pd.DataFrame(
        {
            "site_id": ready.ids, "name": sites["name"].to_numpy(), "points": awards.points.astype(int),
            "points_if_confirmed": awards.confirmed.astype(int), "points_high": awards.high.astype(int),
            "max": pack.cap, "by_place_before_cap": awards.by_place.astype(int),
        }
    )  # fmt: skip
    return Result(
        pack, table, pd.DataFrame(rows, columns=["site_id", *items.COLUMNS], dtype=object), pd.DataFrame(reports),
        _cautions(pack, layers), _asked(pack, facts),
    )  # fmt: skip


def tests(pack: TestsPack, sites: gpd.GeoDataFrame, *, crs: str, layers: Layers, facts: Facts) -> Result:
    """The tests of a statute or siting list at every site: pass, conditional, fail, unknown or does not apply.

    In: as for `points`.  Out: items with `status` and no points; margin_m is the metres short of the limit, below zero
    the metres to spare.  The sites' table counts the answers.
    """
    ready = Sites(sites, crs)
    verdicts = Verdicts(pack, ready, layers, facts)
    found = [(clause, verdicts.answer(clause)) for clause in pack.clauses]
    rows = [
        {"site_id": site} | _test(pack, clause, finding, at)
        for at, site in enumerate(ready.ids)
        for clause, finding in found
        if clause.shown
    ]
    table = pd.DataFrame({"site_id": ready.ids, "name": sites["name"].to_numpy(), "points": None, "max": None})
    shown = np.array([finding.state for clause, finding in found if clause.shown])
    for state, word in WORDS.items():
        table[word.replace(" ", "_")] = (shown == state).sum(axis=0)
    items_table = pd.DataFrame(rows, columns=["site_id", *TEST_COLUMNS], dtype=object)
    return Result(pack, table, items_table, pd.DataFrame(), tuple(pack.cautions), _asked(pack, facts))


def _test(pack: TestsPack, clause: Clause, found: Finding, at: int) -> dict[str, Any]:
    numbers = {name: getattr(found, name)[at] for name in ("distance_m", "margin_m")}
    texts = {name: getattr(found, name)[at] for name in ("because", "amenity", "method", "source", "as_of")}
    return {
        "rule": clause.id, "title": clause.title, "points": None, "max": None, "status": WORDS[int(found.state[at])],
        **texts, **{name: None if value != value else float(value) for name, value in numbers.items()},
        "standing": clause.standing, "citation": clause.citation, "edition": pack.edition, "text": clause.text,
    }  # fmt: skip


def _cautions(pack: Pack, layers: Layers) -> tuple[str, ...]:
    said = list(pack.cautions)
    if layers.barriers is None:
        said.append("No layer of barriers is at hand: whether a line crosses a highway or a railway is not checked.")
    if layers.service is not None and layers.service.untold:
        said.append(f"No whole week of service is in the timetable of {', '.join(layers.service.untold)}.")
    return tuple(said)


def _asked(pack: Pack, facts: Facts) -> tuple[str, ...]:
    return tuple(f"{f.id}: {f.ask}" for f in pack.facts if f.about == "project" and f.id not in facts.project)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return list(json.loads(table.to_json(orient="records", double_precision=6))) if len(table) else []
