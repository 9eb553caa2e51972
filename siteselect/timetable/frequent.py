"""What counts as frequent service at a stop: definitions as data (california.toml), and which stops meet them."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from siteselect import units

RAIL = ("rail", "metro", "tram")
_M_PER_DEGREE = 110_000.0  # a little less than any degree of latitude, so that no near pair is missed


@dataclass(frozen=True)
class Definition:
    """One meaning of "often"; california.toml tells what each field means."""

    id: str
    kind: str
    says: str
    cite: str
    role: str = ""
    each: str = ""
    routes: int = 1
    near_m: float = 0.0
    at_most_min: float | None = None
    at_least_per_hour: float | None = None


def definitions() -> tuple[Definition, ...]:
    """Every definition, in the file's order."""
    text = Path(__file__).with_name("california.toml").read_text(encoding="utf-8")
    return tuple(Definition(**entry) for entry in tomllib.loads(text)["definition"])


def meets(wanted: Definition, stops: pd.DataFrame, by_route: pd.DataFrame, together: pd.DataFrame) -> pd.Series:
    """By stop_key, why a stop meets a definition; only those that do.

    stops: [stop_key, mode, never_served, lon, lat]; by_route, together: `headways.routes` and the same for all buses of
    a stop, with stop_key, mode, gap_*_min and *_per_hour.
    """
    if wanted.kind == "rail":
        return _rail(stops, by_route)
    if wanted.kind == "ferry":
        return _ferry(stops, by_route, wanted.near_m)
    rows = together if wanted.each == "stop" else by_route[by_route["mode"] == "bus"]
    rows = rows[_often(wanted, rows)]
    if wanted.each == "stop":
        return pd.Series(wanted.says, index=rows["stop_key"].unique(), dtype="str")
    here = rows.groupby("stop_key")["route"].agg(lambda names: sorted(set(names)))
    if wanted.routes > 1:
        here = _met(stops, here, wanted.near_m)
        here = here[here.map(len) >= wanted.routes]
    return here.map(lambda names: _because(wanted, names)).astype("str")


def _often(wanted: Definition, rows: pd.DataFrame) -> pd.Series:
    if wanted.at_most_min is not None:
        return rows[["gap_morning_min", "gap_afternoon_min"]].max(axis=1) <= wanted.at_most_min
    return rows[["morning_per_hour", "afternoon_per_hour"]].min(axis=1) >= (wanted.at_least_per_hour or np.inf)


def _because(wanted: Definition, names: Sequence[str]) -> str:
    often = (
        f"every {wanted.at_most_min:g} min or better"
        if wanted.at_most_min is not None
        else f"{wanted.at_least_per_hour:g} times an hour on average"
    )
    listed = "; ".join(names)
    if wanted.routes > 1:
        feet = wanted.near_m / 0.3048
        return f"{len(names)} bus routes, each {often} in both peaks, within {feet:,.0f} feet ({listed})"
    return f"a bus {often} in both peaks ({listed})"


def _rail(stops: pd.DataFrame, by_route: pd.DataFrame) -> pd.Series:
    """Stations are what trains ever serve: one is no less a station on a day without trains."""
    stations = stops[stops["mode"].isin(RAIL) & ~stops["never_served"]]
    today = by_route[by_route["mode"].isin(RAIL)].drop_duplicates("stop_key").set_index("stop_key")["route"]
    named = stations["stop_key"].map(today)
    words = ("trains stop here (" + named + ")").where(named.notna(), "trains stop here, though none on this day")
    return pd.Series(words.to_numpy(), index=stations["stop_key"], dtype="str")


def _ferry(stops: pd.DataFrame, by_route: pd.DataFrame, near_m: float) -> pd.Series:
    piers = stops.loc[(stops["mode"] == "ferry") & ~stops["never_served"], "stop_key"]
    if piers.empty:
        return pd.Series([], index=pd.Index([], dtype="str"), dtype="str")
    land = by_route[by_route["mode"].isin(["bus", *RAIL])]
    here = land.groupby("stop_key")["route"].agg(lambda names: sorted(set(names)))
    met = _met(stops, here, near_m)
    met = met[met.index.isin(piers)]
    return met.map(lambda names: f"a ferry terminal with {'; '.join(names[:3])}").astype("str")


def _met(stops: pd.DataFrame, here: pd.Series, near_m: float) -> pd.Series:
    """By stop_key, the names at the stop and at those within `near_m` (straight line); only where there is one."""
    if here.empty:
        return here
    keys, lon, lat = (stops[c].to_numpy() for c in ("stop_key", "lon", "lat"))
    flat = np.column_stack([lon * np.cos(np.radians(lat.mean())), lat])
    named = np.flatnonzero(np.isin(keys, here.index))
    near = cKDTree(flat).query_ball_point(flat[named], 1.05 * near_m / _M_PER_DEGREE)
    row = np.repeat(named, [len(others) for others in near])
    other = np.concatenate([np.empty(0, int), *near]).astype(int)
    within = units.apart_m(lon[row], lat[row], lon[other], lat[other]) <= near_m
    found: dict[str, set[str]] = {}
    for key, neighbour in zip(keys[row[within]], keys[other[within]], strict=True):
        found.setdefault(neighbour, set()).update(here[key])
    return pd.Series({key: sorted(names) for key, names in found.items()}, dtype=object)
