"""How far the nearest of each kind of place is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteselect.access.nearest import Found
from siteselect.access.points import Points
from siteselect.access.rows import NOT_LOCATED, rows
from siteselect.network import FAR_M

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
    metres, walked = found.metres, found.walked
    margin = points.margin_m
    low = np.where(walked, metres, metres * detour.low) - margin
    likely = np.where(walked, metres, metres * detour.likely)
    high = np.where(walked, metres + margin * detour.high, (metres + margin) * detour.high)
    at = np.maximum(found.which, 0)
    named = [places[c].to_numpy(object)[at] if len(places) else None for c in ("source", "as_of", "name")]
    return rows(
        points.sites,
        measure,
        (metres, np.maximum(low, 0), likely, high),
        method=in_words(points, _walk_or_line(points, found)),
        source=named[0],
        as_of=named[1],
        target=named[2],
        because=because(points, found.lost),
    )


def because(points: Points, lost: np.ndarray) -> np.ndarray:
    """Why nothing is known of a site: its streets lead nowhere, or it has no place of its own."""
    words = np.full(points.count, NOT_LOCATED, object)
    if points.starts is not None:
        island_km = points.starts.street_m[lost] / 1000
        words[lost] = [f"its streets do not join those of any place: an island of {km:.1f} km" for km in island_km]
    return words


def _walk_or_line(points: Points, found: Found) -> np.ndarray:
    """What the metres are and from where, and which street is far from what it is the street of."""
    words: np.ndarray = np.where(found.walked, points.walk_method, STRAIGHT).astype(object) + points.begins
    for connector_m, end in ((found.site_m, "the site"), (found.place_m, "the place")):
        far = np.nan_to_num(connector_m) > FAR_M
        words[far] += [f"; the nearest street is {m:.0f} m from {end}" for m in connector_m[far].tolist()]
    return words


def in_words(points: Points, method: np.ndarray) -> np.ndarray:
    """The methods, with how closely a site is known where that is less than its point."""
    words: np.ndarray = method.astype(object)
    vague = points.margin_m > 0
    words[vague] += [f"; the site is known to {m:.0f} m" for m in points.margin_m[vague].tolist()]
    return words
