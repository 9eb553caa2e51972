"""Runs -> patterns: the same stops in the same order, and no run overtakes another (FIFO)."""

import numpy as np

from siteselect.journeys.arrays import Patterns
from siteselect.timetable.runs import Runs


def fifo(runs: Runs) -> tuple[Patterns, np.ndarray]:
    """The patterns, and for each of their trips the number of its run.

    Runs with the same stops and the same boarding and alighting at each are one pattern, unless one overtakes another:
    then they are put into as few lanes as taking them by departure gives.  Runs of fewer than two calls are left out.
    """
    starts = np.flatnonzero(np.r_[True, runs.run[1:] != runs.run[:-1]]) if len(runs.run) else np.empty(0, int)
    ends = np.append(starts, len(runs.run))[1:]
    shape = runs.stop * 4 + runs.board * 2 + runs.alight
    alike: dict[bytes, list[int]] = {}
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if end - start > 1:
            alike.setdefault(shape[start:end].tobytes(), []).append(number)
    stops, boards, alights, arrives, departs, members = [], [], [], [], [], []
    for numbers in alike.values():
        length = ends[numbers[0]] - starts[numbers[0]]
        cells = starts[numbers][:, None] + np.arange(length)
        for lane in _lanes(runs.arrive_s[cells], runs.depart_s[cells]):
            span = slice(starts[numbers[0]], ends[numbers[0]])
            stops.append(runs.stop[span])
            boards.append(runs.board[span])
            alights.append(runs.alight[span])
            arrives.append(runs.arrive_s[cells[lane]].ravel())
            departs.append(runs.depart_s[cells[lane]].ravel())
            members.append(np.asarray(numbers)[lane])
    none = np.empty(0, np.int64)
    return Patterns(
        _begins([len(s) for s in stops]), np.concatenate([none, *stops]).astype(np.int32),
        np.concatenate([none.astype(bool), *boards]), np.concatenate([none.astype(bool), *alights]),
        _begins([len(m) for m in members]), np.concatenate([none, *arrives]).astype(np.int32),
        np.concatenate([none, *departs]).astype(np.int32),
    ), np.concatenate([none, *members])  # fmt: skip


def _lanes(arrive_s: np.ndarray, depart_s: np.ndarray) -> list[np.ndarray]:
    """Rows (runs) in lanes in which every column rises or stays, each lane in order."""
    times = np.concatenate([depart_s, arrive_s], axis=1)
    order = np.lexsort((arrive_s[:, -1], depart_s[:, 0]))
    if (np.diff(times[order], axis=0) >= 0).all():
        return [order]
    lanes: list[list[int]] = []
    for row in order:
        for lane in lanes:
            if (times[row] >= times[lane[-1]]).all():
                lane.append(int(row))
                break
        else:
            lanes.append([int(row)])
    return [np.asarray(lane) for lane in lanes]


def _begins(sizes: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))]).astype(np.int64)
