"""How many minutes the walk to the nearest of each kind of place takes, where the ground is not level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siteselect.access.near import Detour, because
from siteselect.access.nearest import Found, beyond_m
from siteselect.access.points import Points
from siteselect.access.rows import rows
from siteselect.network.pace import FASTEST_M_PER_S, LEVEL_M_PER_S

if TYPE_CHECKING:
    from siteselect.network.store import Network

NO_WALK = "no walk along the streets is known"
NEARER_OFF = "a place that the streets at hand do not join may be nearer"


@dataclass(frozen=True)
class Pace:
    """Streets where a walk costs seconds, and where the heights are from, in words."""

    streets: "Network"
    heights: str

    @property
    def words(self) -> str:
        """How the minutes were found; pieces of street without a height are walked as level ground, and counted."""
        pieces = len(self.streets.ways.edge)
        level = self.streets.ways.level / pieces if pieces else 0.0
        unknown = f"; {level:.1%} of the streets have no height and are walked as level" if level else ""
        return f"minutes at Tobler's pace, slower uphill; heights: {self.heights}{unknown}"


def tables(
    points: Points, groups: Sequence[tuple[str, np.ndarray, pd.DataFrame, Found]], pace: Pace, detour: Detour
) -> list[pd.DataFrame]:
    """Minutes on foot from each site to the place of each group that is soonest reached.

    groups: measure, targets, their table (name, source, as_of), and the nearest in metres.  A walk is given only where
    no place that the streets do not join could be reached sooner, whatever its way; else nothing is known.
    """
    if points.starts is None:
        return []
    starts = points.starts.timed(pace.streets)
    seconds, source, _ = starts.nearest([targets for _, targets, _, _ in groups])
    return [_table(points, group, seconds[:, g], source[:, g], pace, detour) for g, group in enumerate(groups)]


def _table(
    points: Points,
    group: tuple[str, np.ndarray, pd.DataFrame, Found],
    seconds: np.ndarray,
    source: np.ndarray,
    pace: Pace,
    detour: Detour,
) -> pd.DataFrame:
    measure, targets, places, found = group
    reached = points.located & np.isfinite(seconds)
    sooner = reached & (seconds > beyond_m(points, targets, source, reached) / FASTEST_M_PER_S)
    value = np.where(reached & ~sooner, seconds / 60, np.nan)
    why = because(points, found.lost)
    why[points.located & ~found.lost] = NO_WALK
    why[sooner] = NEARER_OFF
    at = np.searchsorted(targets, np.where(reached, source, targets[0] if len(targets) else 0))
    named = [places[c].to_numpy(object)[at] if len(places) else None for c in ("source", "as_of", "name")]
    return rows(
        points.sites,
        measure,
        (
            value,
            np.maximum(value - points.margin_m / FASTEST_M_PER_S / 60, 0),
            value,
            value + points.margin_m * detour.high / LEVEL_M_PER_S / 60,
        ),
        method=points.walk_method + points.begins + f"; {pace.words}",
        source=named[0],
        as_of=named[1],
        target=named[2],
        because=why,
    )
