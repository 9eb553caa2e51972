"""The nearest of each kind of place to every site: a walk where it is proven, else a straight line or unknown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siteselect.access.points import Points, by_line


@dataclass(frozen=True)
class Found:
    """The nearest of one group for each site.

    metres; which: its place among the group (-1 for none); walked: whether the metres are a walk; site_m, place_m: the
    connectors of a walk at both ends, NaN without one; lost: the site's streets join no place of any kind, the nearest
    one has streets too, and so nothing is known.
    """

    metres: np.ndarray
    which: np.ndarray
    walked: np.ndarray
    site_m: np.ndarray
    place_m: np.ndarray
    lost: np.ndarray


def nearest(points: Points, groups: Sequence[np.ndarray]) -> list[Found]:
    """For each group of targets (point numbers, ascending) the nearest to each site; one search for all groups.

    A walk is given only where it is proven nearest: no target that the streets do not join to the site lies nearer in a
    straight line than the walk is long.  Where there is no target, or the site is not located: NaN and -1.
    """
    if points.starts is None:
        here, never = np.flatnonzero(points.located), np.zeros(points.count, bool)
        nothing = np.full(points.count, np.nan)
        return [Found(*by_line(points, here, targets), never, nothing, nothing, never) for targets in groups]
    walk_m, source, start = points.starts.nearest(groups)
    # streets that lead to no place of any kind are an island: no gap in them that a straight line might stand for
    stranded = points.starts.covered & ~np.isfinite(walk_m).any(axis=1)
    return [_proven(points, t, walk_m[:, g], source[:, g], start[:, g], stranded) for g, t in enumerate(groups)]


def _proven(
    points: Points, targets: np.ndarray, walk_m: np.ndarray, source: np.ndarray, start: np.ndarray, stranded: np.ndarray
) -> Found:
    assert points.starts is not None
    tied = points.starts.tied
    reached = points.located & np.isfinite(walk_m)
    walked = reached & ~(walk_m > beyond_m(points, targets, source, reached))
    line = np.flatnonzero(points.located & ~walked)
    metres, which = by_line(points, line, targets)
    lost = np.zeros(points.count, bool)
    if len(targets):
        known = line[which[line] >= 0]
        lost[known] = stranded[known] & tied.covered[targets[which[known]]]
    metres, which = np.where(lost, np.nan, metres), np.where(lost, -1, which)
    place = np.searchsorted(targets, source)
    return Found(
        np.where(walked, walk_m, metres),
        np.where(walked, place, which),
        walked,
        np.where(walked, points.starts.connector_m(start), np.nan),
        np.where(walked, tied.connector_m[source], np.nan),
        lost,
    )


def beyond_m(points: Points, targets: np.ndarray, source: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Straight metres to the nearest target that the streets do not join to the site; infinite where there is none.

    source: the point that each site reaches, where it is one of the `reached`.
    """
    assert points.starts is not None
    part = points.starts.tied.component
    nearest_m = np.full(points.count, np.inf)
    here = np.flatnonzero(reached)
    for island in np.unique(part[source[here]]):
        off = targets[part[targets] != island]
        if not len(off):
            continue
        rows = here[part[source[here]] == island]
        nearest_m[rows] = by_line(points, rows, off)[0][rows]
    return nearest_m
