"""The answer for all sites: a table of sites, a table of items, and the same as plain data."""

import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from siteselect.rules import items
from siteselect.rules.award import award, reported
from siteselect.rules.facts import Facts
from siteselect.rules.ground import Sites
from siteselect.rules.layers import Layers
from siteselect.rules.pack import Pack, PointsPack, absent


@dataclass(frozen=True)
class Result:
    """What a pack says of the sites.

    sites [site_id, name, points, points_if_confirmed, points_high, max] (points missing for a pack of tests, which has
    `verdict`); items [site_id, and `items.COLUMNS`]; reports [site_id, report, title, status, because, citation, text];
    cautions: what the figures leave to the reader's eye; asked: the facts that are not known and what to ask.
    """

    pack: Pack
    sites: pd.DataFrame
    items: pd.DataFrame
    reports: pd.DataFrame
    cautions: tuple[str, ...]
    asked: tuple[str, ...]

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
            "max": pack.cap,
        }
    )  # fmt: skip
    return Result(
        pack, table, pd.DataFrame(rows, columns=["site_id", *items.COLUMNS], dtype=object), pd.DataFrame(reports),
        _cautions(pack, layers), _asked(pack, facts),
    )  # fmt: skip


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
