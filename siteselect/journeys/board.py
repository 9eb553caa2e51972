"""A window's departures laid out for the sweep: each is a row, and each hop of a vehicle is a step of its work."""

from typing import NamedTuple

import numpy as np

from siteselect.journeys.arrays import Net, Patterns

BLANK = -1


class Board(NamedTuple):
    """What the sweep reads; times are seconds after the window opens, int32.

    Rows, by stop and time: row_from (stops + 1,), row_s (rows,): when the vehicle leaves.  Steps, from the latest
    departure to the earliest: step_trip: whose; step_row: the row of its departure, BLANK where nobody may board;
    step_next: the next row of the same stop, BLANK for the last; step_stop, step_s: where and when it arrives next,
    BLANK where nobody may alight.  moment_from (moments + 1,): steps that leave in the same second.  trips: how many.
    """

    row_from: np.ndarray
    row_s: np.ndarray
    step_trip: np.ndarray
    step_row: np.ndarray
    step_next: np.ndarray
    step_stop: np.ndarray
    step_s: np.ndarray
    moment_from: np.ndarray
    trips: int


def board(patterns: Patterns, net: Net, first_s: int, until_s: int) -> Board:
    """The hops that leave from `first_s` until `until_s` (seconds after the start of the day)."""
    hop = _hops(patterns, first_s, until_s)
    trip, place = hop["trip"], hop["place"]
    leaves = patterns.depart_s[hop["cell"]].astype(np.int64) - first_s
    # the latest first; in the same second, a vehicle's last hop first, as the earlier ones ride on to it
    order = np.argsort(_ascending(until_s - first_s - leaves[::-1]), kind="stable")
    trip, place, cell, leaves = (values[::-1][order] for values in (trip, place, hop["cell"], leaves))
    stop = patterns.stop[place].astype(np.int64)
    can = np.flatnonzero(patterns.board[place])[::-1]  # of the same stop and second, what is worked on last goes first
    can = can[np.argsort(_ascending(stop[can]), kind="stable")]
    count = len(net.change_s)
    row_from = np.concatenate([[0], np.cumsum(np.bincount(stop[can], minlength=count))]).astype(np.int64)
    step_row, step_next = np.full((2, len(leaves)), BLANK, np.int32)
    step_row[can] = np.arange(len(can))
    follows = np.flatnonzero(stop[can[:-1]] == stop[can[1:]])
    step_next[can[follows]] = follows + 1
    there = np.where(patterns.alight[place + 1], patterns.stop[place + 1], BLANK)
    begins = np.flatnonzero(np.concatenate([[True], leaves[1:] != leaves[:-1]])) if len(leaves) else np.empty(0)
    return Board(
        row_from, leaves[can].astype(np.int32), trip.astype(np.int32), step_row, step_next, there.astype(np.int32),
        (patterns.arrive_s[cell + 1].astype(np.int64) - first_s).astype(np.int32),
        np.concatenate([begins, [len(leaves)]]).astype(np.int64), int(trip.max(initial=-1)) + 1,
    )  # fmt: skip


def _hops(patterns: Patterns, first_s: int, until_s: int) -> dict[str, np.ndarray]:
    """Hops in the order of trips: cell (of departure), place (of the pattern's stop), trip (renumbered)."""
    length, trips = np.diff(patterns.stop_from), np.diff(patterns.trip_from)
    start = patterns.time_from
    inside = (patterns.depart_s >= first_s) & (patterns.depart_s <= until_s)
    inside[np.cumsum(np.repeat(length, trips)) - 1] = False  # from a trip's last call nobody goes on
    cell = np.flatnonzero(inside)
    pattern = np.searchsorted(start, cell, side="right") - 1
    turn, position = np.divmod(cell - start[pattern], length[pattern])
    number = patterns.trip_from[pattern] + turn
    changed = np.concatenate([[False], number[1:] != number[:-1]]) if len(number) else np.empty(0, bool)
    return {"cell": cell, "place": patterns.stop_from[pattern] + position, "trip": np.cumsum(changed)}


def _ascending(values: np.ndarray) -> np.ndarray:
    """The same numbers, so small where they can be that sorting them is quick (numpy sorts 16 bits by radix)."""
    return values.astype(np.uint16) if len(values) and values.max() < 1 << 16 else values
