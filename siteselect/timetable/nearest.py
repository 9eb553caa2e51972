"""From every parcel to the nearest place of each kind, door to door: by timetable or on foot, whichever is sooner."""

from collections.abc import Sequence

import numpy as np

from siteselect import network
from siteselect.journeys import windows
from siteselect.journeys.arrays import Timetable
from siteselect.journeys.windows import Walks, Window

ACCESS_M = 1_200.0  # the most that anybody walks to or from a stop


def of_each(
    table: Timetable,
    tied: network.Tied,
    points: np.ndarray,
    stops: np.ndarray,
    groups: Sequence[np.ndarray],
    window: Window,
    percents: tuple[int, ...] = (50,),
    *,
    access_m: float = ACCESS_M,
    longest_s: int = windows.LONGEST_S,
    limit_s: int = 3600,
) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles of seconds over a window, float32 (points, groups, percents), and the share within `limit_s`.

    points, groups: numbers of tied points; stops: those of the timetable's stops, in its order.  Walks are along the
    streets at the timetable's pace, to and from stops at most `access_m`, and all the way however far.  Infinite where
    nothing leads there in `longest_s`.  One backward sweep for all groups, then each point's walks to its stops.
    """
    metres, _ = network.nearest_of_each(tied, groups)
    kinds = np.arange(len(groups))
    egress_m = metres[stops].T
    kind, stop = np.nonzero(egress_m <= access_m)
    egress = Walks.of(kind, stop, _seconds(table, egress_m[kind, stop]), len(groups))
    numbered = np.full(len(metres), -1)
    numbered[stops] = np.arange(len(stops))
    placed = np.full(len(metres), -1)
    placed[points] = np.arange(len(points))
    froms, tos, walk_m = network.within(tied, points, stops, access_m)
    access = Walks.of(placed[froms], numbered[tos], _seconds(table, walk_m), len(points))
    on_foot = metres[points]
    whole_s = np.minimum(_seconds(table, np.where(np.isfinite(on_foot), on_foot, 0)), longest_s + 1)
    row, to = np.nonzero(np.isfinite(on_foot))
    direct = Walks(
        np.concatenate([[0], np.cumsum(np.isfinite(on_foot).sum(axis=1))]).astype(np.int64),
        kinds[to].astype(np.int32), whole_s[row, to].astype(np.int32),
    )  # fmt: skip
    return windows.between_points(table, access, egress, direct, window, percents, longest_s, limit_s)


def _seconds(table: Timetable, metres: np.ndarray) -> np.ndarray:
    """Seconds on foot, rounded up."""
    seconds: np.ndarray = np.ceil(metres / table.walk_speed_m_s - 1e-6)
    return seconds
