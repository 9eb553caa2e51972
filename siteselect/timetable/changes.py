"""Changing vehicles: footpaths between stops, and what the operators say about them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from siteselect import network
from siteselect.journeys.arrays import NEVER, Footpaths
from siteselect.layers.gtfs import Feed
from siteselect.layers.gtfs.transfers import MINIMUM, NOT_POSSIBLE
from siteselect.layers.streets import Streets

TRANSFER_M = 600.0


def footpaths(xy: np.ndarray, streets: Streets | None, speed_m_s: float, limit_m: float = TRANSFER_M) -> Footpaths:
    """Walks of at most `limit_m` between stops at (n, 2) metres, seconds rounded up.

    Along the streets where both stops are tied to them; else in a straight line, since the streets at hand do not say.
    """
    tree = cKDTree(xy)
    pairs = tree.query_pairs(limit_m, output_type="ndarray").astype(np.int64)
    origin, target = np.concatenate([pairs, pairs[:, ::-1]]).T if len(pairs) else (np.empty(0, np.int64),) * 2
    metres = np.hypot(*(xy[origin] - xy[target]).T)
    straight = np.ones(len(origin), bool)
    if streets is not None:
        tied = network.tie(streets, xy)
        off = ~(tied.covered[origin] & tied.covered[target])
        every = np.arange(len(xy))
        walks = network.within(tied, every, every, limit_m)
        apart = walks[0] != walks[1]
        origin, target, metres = (
            np.concatenate([flown[off], walked[apart]])
            for flown, walked in zip((origin, target, metres), walks, strict=True)
        )
        straight = np.arange(len(origin)) < off.sum()
    order = np.lexsort((target, origin))
    origin, target, metres = origin[order], target[order], metres[order]
    return Footpaths(origin, target, np.ceil(metres / speed_m_s - 1e-6).astype(np.int64), metres, straight[order])


def as_operated(
    feeds: Sequence[Feed], stop_number: pd.Series, paths: Footpaths, speed_m_s: float
) -> tuple[Footpaths, np.ndarray]:
    """The footpaths with the operators' transfers.txt in force, and the least seconds between vehicles at each stop.

    A minimum time holds where it is longer than the walk, and where no walk is known it is the walk; "not possible"
    takes the footpath away.  A line about a station speaks for all its platforms.
    """
    change_s = np.zeros(len(stop_number), np.int64)
    said = [_by_stop(feed, stop_number) for feed in feeds]
    lines = pd.concat(said, ignore_index=True) if said else pd.DataFrame()
    known = pd.DataFrame({"origin": paths.origin, "target": paths.target, "s": paths.seconds, "m": paths.metres})
    known["straight"] = paths.straight
    lines = lines[(lines["kind"] == MINIMUM) | (lines["kind"] == NOT_POSSIBLE)].drop_duplicates(["origin", "target"])
    same = lines[lines["origin"] == lines["target"]]
    barred = same["kind"] == NOT_POSSIBLE
    change_s[same["origin"]] = np.where(barred, NEVER, same["least_s"].fillna(0)).astype(np.int64)
    both = known.merge(lines[lines["origin"] != lines["target"]], on=["origin", "target"], how="outer")
    both = both[both["kind"] != NOT_POSSIBLE]
    both["s"] = both[["s", "least_s"]].max(axis=1)
    both["m"] = both["m"].fillna(both["s"] * speed_m_s)
    both["straight"] = both["straight"].eq(True)  # what only the operator gives has a time, no line
    both = both.sort_values(["origin", "target"])
    origin, target, seconds = (both[c].to_numpy(np.int64) for c in ("origin", "target", "s"))
    lines_only = both["straight"].to_numpy(bool)
    return Footpaths(origin, target, seconds, both["m"].to_numpy(float), lines_only), change_s


def _by_stop(feed: Feed, stop_number: pd.Series) -> pd.DataFrame:
    """The feed's transfers as numbers of platforms [origin, target, kind, least_s]; a stop's own line goes first."""
    stops = feed.stops[feed.stops["location_type"] == 0]
    stand = pd.concat([
        stops[["stop_id"]].assign(named=stops["stop_id"], by_station=0),
        stops[["stop_id"]].assign(named=stops["parent_station"], by_station=1),
    ]).dropna()  # fmt: skip
    lines = feed.transfers
    for end in ("from", "to"):
        here = stand.rename(columns={"stop_id": f"{end}_platform", "named": f"{end}_stop_id"})
        lines = lines.merge(here.rename(columns={"by_station": f"{end}_by"}), on=f"{end}_stop_id")
    lines = lines.sort_values(["from_by", "to_by"], kind="stable")
    prefix = f"{feed.name}:"
    return pd.DataFrame(
        {
            "origin": (prefix + lines["from_platform"]).map(stop_number).astype("int64"),
            "target": (prefix + lines["to_platform"]).map(stop_number).astype("int64"),
            "kind": lines["transfer_type"].astype("int64"),
            "least_s": lines["min_transfer_s"].astype(float),
        }
    )
