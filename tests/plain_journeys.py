"""Journeys worked out the plain way, to hold the program's own against: nothing here is the program's."""

import heapq
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

INF = float("inf")


@dataclass(frozen=True)
class Case:
    """Runs as lists of (stop, arrival, departure, board, alight); footpaths as {(from, to): s}; change times."""

    runs: list[list[tuple[int, int, int, bool, bool]]]
    paths: dict[tuple[int, int], int]
    change: list[int]


def slow(case: Case, origin: int, start: int) -> list[float]:  # noqa: C901 - one plain search
    """Earliest arrivals at all stops, by Dijkstra over every call of every run."""
    arrival = [INF] * len(case.change)
    heap: list[tuple[int, int, int, int]] = [(start, 0, origin, 0)]  # 0: can board at a stop; 1: in a run at a call
    heap += [(start + s, 0, b, 0) for (a, b), s in case.paths.items() if a == origin]
    for time, _, stop, _ in heap:
        arrival[stop] = min(arrival[stop], time)
    heapq.heapify(heap)
    seen = set()
    while heap:
        time, kind, number, call = heapq.heappop(heap)
        if kind == 0:
            if ("stop", number) in seen:
                continue
            seen.add(("stop", number))
            for run, calls in enumerate(case.runs):
                for at, (stop, _, leaves, board, _) in enumerate(calls[:-1]):
                    if stop == number and board and leaves >= time:
                        heapq.heappush(heap, (calls[at + 1][1], 1, run, at + 1))
            continue
        if ("run", number, call) in seen:
            continue
        seen.add(("run", number, call))
        stop, came, _, _, alight = case.runs[number][call]
        if call + 1 < len(case.runs[number]):
            heapq.heappush(heap, (case.runs[number][call + 1][1], 1, number, call + 1))
        if not alight:
            continue
        arrival[stop] = min(arrival[stop], came)
        heapq.heappush(heap, (came + case.change[stop], 0, stop, 0))
        for (a, b), s in case.paths.items():
            if a == stop:
                arrival[b] = min(arrival[b], came + s)
                heapq.heappush(heap, (came + s, 0, b, 0))
    return arrival


class Unrolled:
    """A timetable unrolled in time: every departure and arrival is a node, and whatever can follow it an edge.

    What can be reached from a moment at a stop is found by following edges; there are no labels to get wrong.
    calls: run (ascending), stop, arrive, depart, board, alight; paths: (origin, target, seconds); change by stop.
    """

    def __init__(self, calls: tuple[np.ndarray, ...], paths: tuple[np.ndarray, ...], change: np.ndarray) -> None:
        run, self.stop, self.arrive, self.depart, board, self.alight = calls
        self.count, self.paths, self.size = len(change), paths, len(run)
        goes_on = np.append(run[1:] == run[:-1], False)
        self.leaving = np.flatnonzero(board.astype(bool) & goes_on)
        order = np.lexsort((self.depart[self.leaving], self.stop[self.leaving]))
        self.leaving = self.leaving[order]  # by stop and time
        self.when, self.where = self.depart[self.leaving], self.stop[self.leaving]
        rides = np.flatnonzero(goes_on)
        waits = np.flatnonzero(self.where[1:] == self.where[:-1])
        gone = np.flatnonzero(self.alight)
        onward = self.followed(self.stop[gone], self.arrive[gone] + change[self.stop[gone]])
        walk, path = self.paths_from(self.stop[gone])
        ends = self.followed(paths[1][path], self.arrive[gone[walk]] + paths[2][path])
        # nodes: 0.. arriving at a call, then standing at a stop when a vehicle leaves it, which leads to its next call
        self.edges = [
            (rides, rides + 1), (self.size + waits, self.size + waits + 1),
            (self.size + np.arange(len(self.leaving)), self.leaving + 1),
            _known(gone, onward, self.size), _known(gone[walk], ends, self.size),
        ]  # fmt: skip

    def followed(self, stop: np.ndarray, time: np.ndarray) -> np.ndarray:
        """The next departure from a stop at a time or later (its place in `leaving`), -1 where there is none."""
        far = 1 << 20
        at = np.searchsorted(
            self.where.astype(np.int64) * far + self.when + 200_000, stop.astype(np.int64) * far + time + 200_000
        )
        inside = at < len(self.where)
        same = np.zeros(len(at), bool)
        same[inside] = self.where[at[inside]] == stop[inside]
        return np.where(same, at, -1)

    def paths_from(self, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each of some stops its footpaths: number in `stop`, number of the footpath (they are by origin)."""
        low, high = (np.searchsorted(self.paths[0], stop, side=side) for side in ("left", "right"))
        which = np.repeat(np.arange(len(stop)), high - low)
        return which, np.arange(len(which)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[which]

    def from_stops(self, origins: np.ndarray, starts: np.ndarray) -> list[np.ndarray]:
        """Earliest arrivals at all stops, one array for each origin and start; infinite where nothing leads."""
        walk, path = self.paths_from(origins)
        first = _known(np.arange(len(origins)), self.followed(origins, starts), self.size)
        on_foot = _known(walk, self.followed(self.paths[1][path], starts[walk] + self.paths[2][path]), self.size)
        nodes = self.size + len(self.leaving)
        tail, head = (
            np.concatenate(parts)
            for parts in zip(*self.edges, *((nodes + a, b) for a, b in (first, on_foot)), strict=True)
        )
        graph = csr_matrix((np.ones(len(tail), np.int8), (tail, head)), shape=(nodes + len(origins),) * 2)
        return [self._arrivals(graph, nodes + n, o, s) for n, (o, s) in enumerate(zip(origins, starts, strict=True))]

    def _arrivals(self, graph: csr_matrix, source: int, origin: int, start: int) -> np.ndarray:
        reached = breadth_first_order(graph, source, return_predecessors=False)
        reached = reached[reached < self.size]
        there = reached[self.alight[reached].astype(bool)]
        found = np.full(self.count, INF)
        found[origin] = start
        near = slice(*np.searchsorted(self.paths[0], [origin, origin + 1]))
        np.minimum.at(found, self.paths[1][near], start + self.paths[2][near])
        rode = np.full(self.count, INF)
        np.minimum.at(rode, self.stop[there], self.arrive[there])
        on = np.isfinite(rode[self.paths[0]])
        np.minimum.at(found, self.paths[1][on], rode[self.paths[0][on]] + self.paths[2][on])
        return np.minimum(found, rode)


def _known(tail: np.ndarray, at: np.ndarray, base: int) -> tuple[np.ndarray, np.ndarray]:
    return tail[at >= 0], base + at[at >= 0]
