"""The rows that every measure is told in."""

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from siteselect import texts

COLUMNS = [
    "site_id",
    "measure",
    "value",
    "low",
    "likely",
    "high",
    "unit",
    "method",
    "source",
    "as_of",
    "target",
    "unknown_because",
]
NEAR_M = 800.0  # half a mile: what is counted near a site is counted this far
CATEGORIES = (
    "grocery",
    "clinic",
    "hospital",
    "school",
    "library",
    "park",
    "pharmacy",
    "senior-center",
    "child-care",
    "county-services",
)
HAZARDS = ("flood", "fire_hazard", "fault_zone", "liquefaction", "landslide", "tsunami", "wetland", "farmland")
OF_TRANSIT = (
    "nearest_stop_m",
    "nearest_stop_departures_per_hour",
    "trips_per_hour_within_800m",
    "nearest_rail_m",
    "nearest_rail_departures_per_hour",
)
FILED = (
    "ready_days",
    "one_time_cost_usd",
    "monthly_cost_usd",
)  # figures that a site's owner files, valued as they stand
OF_TERRAIN = ("slope_percent", "steep_share", "net_developable_acres")
NOT_LOCATED = "the site's own place is not known closely enough"
UNITS = (
    ("_share", "share of the area"),
    ("_percent", "%"),
    ("_acres", "acres"),
    ("departures_per_hour", "departures an hour"),
    ("trips_per_hour_within_800m", "departures an hour"),
    ("people_within_800m", "people"),
    ("jobs_within_800m", "jobs"),
    ("_days", "days"),
    ("_usd", "US dollars"),
    ("_min", "min"),
    ("_m", "m"),
)


def names(categories: Iterable[str], hazards: Iterable[str]) -> list[str]:
    """Every measure that can be known somewhere, with those of a place's own categories and hazards."""
    near = [f"nearest_{c}_m" for c in dict.fromkeys((*CATEGORIES, *categories))]
    shares = [f"{h}_share" for h in dict.fromkeys((*HAZARDS, *hazards))]
    took = [f"{measure.removesuffix('_m')}_min" for measure in (*near, "nearest_stop_m", "nearest_rail_m")]
    return [*OF_TRANSIT, *near, *took, *shares, *OF_TERRAIN, "people_within_800m", "jobs_within_800m", *FILED]


def filed(sites: gpd.GeoDataFrame, source: str, as_of: str | None) -> list[pd.DataFrame]:
    """The filed figures that any site has, one table each; the method says that they were filed, not measured."""
    return [
        rows(sites, name, (figure,) * 4, method="as filed", source=source, as_of=as_of, because="nobody filed it")
        for name in FILED
        if np.isfinite(figure := sites[name].to_numpy(float)).any()
    ]


def unit(measure: str) -> str:
    """The unit that a measure's name ends in, as it is printed."""
    return next((words for ending, words in UNITS if measure.endswith(ending)), "")


def missing(sites: gpd.GeoDataFrame, measure: str, because: str) -> pd.DataFrame:
    """Rows that say that a measure is known for no site, and why."""
    nothing = np.full(len(sites), np.nan)
    return rows(
        sites, measure, (nothing, nothing, nothing, nothing), method=None, source=None, as_of=None, because=because
    )


def rows(
    sites: gpd.GeoDataFrame,
    measure: str,
    values: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    *,
    method: object,
    source: object,
    as_of: object,
    target: object = None,
    because: object = NOT_LOCATED,
) -> pd.DataFrame:
    """One measure's rows from its value, low, likely and high for each site; a NaN value says nothing else.

    `value` is what was measured; low to high is what that leaves open, and `likely` what it most likely comes to (a
    walk for a straight line, say).

    Words are one for all, or one for each site.
    """
    known = np.isfinite(values[0])
    digits = 3 if measure.endswith("_share") else 2 if "per_hour" in measure else 1
    every = np.ones(len(sites), bool)
    table: dict[str, object] = {
        "site_id": pd.Series(sites["site_id"].to_numpy(object), dtype=object),
        "measure": _told(measure, every),
    }
    for column, numbers in zip(("value", "low", "likely", "high"), values, strict=True):
        table[column] = np.round(np.where(known, numbers, np.nan), digits)
    table["unit"] = _told(unit(measure), every)
    for column, words in (("method", method), ("source", source), ("as_of", as_of), ("target", target)):
        table[column] = _told(words, known)
    table["unknown_because"] = _told(because, ~known)
    return pd.DataFrame(table)


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of several measures as one table, its texts held once each."""
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    parts = {c: [t[c] for t in tables] for c in COLUMNS}
    held = {}
    for column, of_each in parts.items():
        few = all(isinstance(part.dtype, pd.CategoricalDtype) for part in of_each)
        held[column] = texts.stacked([part.array for part in of_each]) if few else pd.concat(of_each, ignore_index=True)
    return pd.DataFrame(held)


def _told(words: object, where: np.ndarray) -> pd.Categorical:
    """One text for all or one for each site, where it holds."""
    every = texts.same(words, len(where)) if words is None or isinstance(words, str) else texts.coded(words)
    return texts.only_where(every, where)
