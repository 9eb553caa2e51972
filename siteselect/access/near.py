"""How far the nearest of each kind of place is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteselect.access.points import Found, Points
from siteselect.access.rows import rows

STRAIGHT = "straight line, not a walk"


@dataclass(frozen=True)
class Detour:
    """How many times the straight line a walk is: at least, most likely, and at most (about 19 times in 20)."""

    low: float
    likely: float
    high: float


def table(points: Points, found: Found, measure: str, places: pd.DataFrame, detour: Detour) -> pd.DataFrame:
    """Metres from each site to the nearest of `places` (name, source, as_of), as they were found.

    The range: a walk along streets is what it is; a straight line stands for a walk of `detour` times its length; how
    closely the site itself is known widens both.
    """
    metres, which, walked = found.metres, found.which, found.walked
    margin = points.margin_m
    low = np.where(walked, metres, metres * detour.low) - margin
    likely = np.where(walked, metres, metres * detour.likely)
    high = np.where(walked, metres + margin * detour.high, (metres + margin) * detour.high)
    at = np.maximum(which, 0)
    named = [places[c].to_numpy(object)[at] if len(places) else None for c in ("source", "as_of", "name")]
    return rows(
        points.sites,
        measure,
        (metres, np.maximum(low, 0), likely, high),
        method=in_words(points, np.where(walked, points.walk_method, STRAIGHT)),
        source=named[0],
        as_of=named[1],
        target=named[2],
    )


def in_words(points: Points, method: np.ndarray) -> np.ndarray:
    """The methods, with how closely a site is known where that is less than its point."""
    margins = zip(method.tolist(), points.margin_m.tolist(), strict=True)
    return np.array([f"{m}; the site is known to {g:.0f} m" if g else m for m, g in margins], object)
