"""Which stops the statutes mean: major transit stops, high-quality corridors, rail stations and ferry terminals."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteselect import units
from siteselect.rules.ground import MAYBE, NO, YES
from siteselect.rules.layers import Layers
from siteselect.rules.pack import TestsPack

RAIL = ("rail", "metro", "tram")
SETS = ("major-transit-stop", "high-quality-corridor", "rail-or-ferry")


def of(layers: Layers, pack: TestsPack, crs: str) -> dict[str, pd.DataFrame]:
    """For each of `SETS` every served stop with [state (2 yes, 1 perhaps, 0 no), why], in the order of `layers.stops`.

    Bus service is read strictly, as the longest interval of one route in one direction in the peak hours; where only
    the average of trips an hour passes, the answer is perhaps.  Two bus routes meet where they serve stops within
    `meeting_ft` of each other.  Without timetables: empty tables.
    """
    stops = layers.stops
    if stops is None or not len(stops):
        return {name: pd.DataFrame({"state": [], "why": []}) for name in SETS}
    rail = stops["mode"].isin(RAIL).to_numpy()
    ferry = (stops["mode"] == "ferry").to_numpy()
    near = _near(stops, crs, float(units.feet_to_m(pack.meeting_ft or 0.0)))
    found = {"rail-or-ferry": _told(rail | ferry, np.zeros(len(stops), bool), "trains or ferries stop there", "")}
    major_sure, major_maybe = _often(layers, pack, "major")
    corridor_sure, corridor_maybe = _often(layers, pack, "corridor")
    at = {key: place for place, key in enumerate(stops["stop_key"])}
    several_sure = _meeting(major_sure, near, at, len(stops))
    several_maybe = _meeting(pd.concat([major_sure, major_maybe]), near, at, len(stops))
    served = _beside(ferry, ~ferry, near)
    yes = rail | served | several_sure
    why = np.where(
        rail, "trains stop there", np.where(served, "a ferry terminal with a bus or train", "bus routes meet")
    )
    gap = pack.major_gap_most_min or 0.0
    why = np.where(several_sure & ~rail & ~served, f"bus routes that run every {gap:.0f} min meet there", why)
    found["major-transit-stop"] = _told(yes, several_maybe & ~yes, why, "two bus routes only by their average")
    sure, maybe = (np.zeros(len(stops), bool) for _ in range(2))
    for mask, table in ((sure, corridor_sure), (maybe, corridor_maybe)):
        mask[[at[k] for k in table["stop_key"] if k in at]] = True
    corridor = f"a bus every {pack.corridor_gap_most_min or 0:.0f} min in both peaks"
    found["high-quality-corridor"] = _told(sure, maybe & ~sure, corridor, "a bus that often only by its average")
    return found


def _told(yes: np.ndarray, maybe: np.ndarray, why_yes: object, why_maybe: str) -> pd.DataFrame:
    state = np.where(yes, YES, np.where(maybe, MAYBE, NO))
    why = np.full(len(yes), None, object)
    why[maybe] = why_maybe
    why[yes] = np.broadcast_to(np.asarray(why_yes, object), len(yes))[yes]
    return pd.DataFrame({"state": state, "why": why})


def _often(layers: Layers, pack: TestsPack, what: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bus routes at stops [stop_key, route] that run often enough for sure, and those that do by their average."""
    columns = ["stop_key", "route"]
    if layers.service is None:
        return pd.DataFrame(columns=columns), pd.DataFrame(columns=columns)
    gap, rate = (
        (pack.major_gap_most_min, pack.per_hour_major) if what == "major"
        else (pack.corridor_gap_most_min, pack.per_hour_corridor)
    )  # fmt: skip
    by_route = layers.service.by_route
    bus = by_route[(by_route["mode"] == "bus")]
    known = bus["direction_known"].astype(bool)
    sure = known & (bus["gap_min"].astype(float) <= (gap or 0.0))
    average = bus["departures_per_hour"].astype(float) >= (rate or np.inf)
    return bus.loc[sure, columns], bus.loc[average & ~sure, columns]


def _near(stops: gpd.GeoDataFrame, crs: str, metres: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of stops within some metres of each other, each with itself."""
    shapes = units.to_metres(stops, crs).geometry.to_numpy()
    i, j = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=metres)
    return i, j


def _meeting(often: pd.DataFrame, near: tuple[np.ndarray, np.ndarray], at: dict[str, int], n: int) -> np.ndarray:
    """True (n,) for the stops that one of the routes serves and near which another one stops."""
    found = np.zeros(n, bool)
    here: dict[int, set[str]] = {}
    for key, route in zip(often["stop_key"], often["route"], strict=True):
        if key in at:
            here.setdefault(at[key], set()).add(route)
    for i, j in zip(*near, strict=True):
        if i in here and j in here and len(here[int(i)] | here[int(j)]) > 1:
            found[i] = True
    return found


def _beside(of: np.ndarray, other: np.ndarray, near: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """True (n,) for the stops `of` that have one of the `other` near."""
    found = np.zeros(len(of), bool)
    i, j = near
    found[i[of[i] & other[j]]] = True
    return found
