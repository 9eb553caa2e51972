"""For each site, one row a measure: how far, how often, how much, with method, source and range.

Walking is measured along the streets where a network covers the site and no place beyond the network could be nearer;
otherwise the figure is the straight line, says so, and its range covers how much longer a walk may be.
"""

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from siteselect.access import ground, minutes, near, service
from siteselect.access.ground import Zones
from siteselect.access.minutes import Pace
from siteselect.access.near import STRAIGHT, Detour
from siteselect.access.nearest import nearest
from siteselect.access.points import MARGIN_MOST_M, Points
from siteselect.access.rows import COLUMNS, NEAR_M, OF_TRANSIT, filed, missing, names, stacked
from siteselect.access.service import Timetable
from siteselect.layers.streets import Streets
from siteselect.network import REACH_M

if TYPE_CHECKING:
    from siteselect.network.store import Network

__all__ = [
    "COLUMNS",
    "MARGIN_MOST_M",
    "NEAR_M",
    "OF_TRANSIT",
    "REACH_M",
    "STRAIGHT",
    "Detour",
    "Pace",
    "Timetable",
    "Zones",
    "filed",
    "measures",
    "missing",
    "names",
    "stacked",
]


def measures(
    sites: gpd.GeoDataFrame,
    *,
    crs: str,
    services: gpd.GeoDataFrame,
    timetable: Timetable | None,
    streets: Streets | None,
    hazards: dict[str, Zones],
    slopes: pd.DataFrame | None,
    slopes_source: tuple[str, str | None],
    people: gpd.GeoDataFrame | None,
    people_source: tuple[str, str | None],
    detour: Detour,
    prepared: "Network | None" = None,
    edges: bool = True,
    pace: Pace | None = None,
) -> pd.DataFrame:
    """Every measure that the layers at hand allow, one row per site and measure.

    In: the layers' tables, sites with lon, lat, margin_m, area_m2; `detour` is how many times the straight line a walk
    may be; `prepared` is the streets' network, where it is at hand; `edges`: a site with its parcel's outline is
    measured from there, not from its point; `pace`: walking minutes are wanted too.  Out: the columns of `COLUMNS`;
    value in `unit` (missing when unknown, and `unknown_because` says why), the range low..high that the method leaves
    open, the method in words, the source and its date, and what was reached.
    """
    served = service.served(timetable)
    groups = {category: table.reset_index(drop=True) for category, table in services.groupby("category", sort=True)}
    points = Points(sites, {**groups, "stop": served}, streets, crs, prepared, edges)
    stops = points.span["stop"]
    *found, stop, rail = nearest(points, [*(points.span[c] for c in groups), stops, stops[service.rail(served)]])
    tables = [
        near.table(points, f, f"nearest_{c}_m", t, detour) for f, (c, t) in zip(found, groups.items(), strict=True)
    ]
    if pace is not None:
        nearest_of = [
            (f"nearest_{c}_min", points.span[c], t, f) for f, (c, t) in zip(found, groups.items(), strict=True)
        ]
        if timetable is not None:
            stations = service.rail(served)
            nearest_of.append(("nearest_stop_min", stops, served, stop))
            nearest_of.append(("nearest_rail_min", stops[stations], served.iloc[stations], rail))
        tables += minutes.tables(points, nearest_of, pace, detour)
    if timetable is not None:
        tables += service.tables(points, served, timetable, detour, (stop, rail))
    tables += [ground.share(points, name, zones) for name, zones in hazards.items()]
    if slopes is not None:
        tables += ground.terrain(points, slopes, slopes_source)
    if people is not None:
        tables += [ground.people(points, people, what, people_source) for what in ("people", "jobs")]
    return stacked(tables)
