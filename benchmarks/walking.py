"""Walking against its peers: nearest of every kind, three nearest, snapping; see benchmarks/run."""

import argparse
import itertools
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
RECORDED = json.loads((HERE / "recorded.json").read_text())
ROUNDS = 5
WARM = 1  # a round that does not count: code is compiled, memory is had


def in_turn(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """Medians of the calls' seconds, taken in turn."""
    took: list[list[float]] = [[] for _ in calls]
    for turn in range(WARM + rounds):
        for call, seconds in zip(calls, took, strict=True):
            start = time.perf_counter()
            call()
            if turn >= WARM:
                seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in took]


def line(name: str, ours: float, peer: str, theirs: float, peak_mb: float, **more: object) -> dict[str, object]:
    return {"name": name, "ours_s": round(ours, 5), "peer": peer, "peer_s": round(theirs, 4),
            "ratio": round(ours / theirs, 4), "peak_mb": round(peak_mb), **more}  # fmt: skip


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Work:
    """The streets, parcels and places of a run; on the made-up county, or on a file's streets."""

    def __init__(self, scale: float, streets_file: Path | None, crs: str) -> None:
        from benchmarks import county
        from siteselect.layers import streets
        from siteselect.layers.ledger import Report

        if streets_file is None:
            made = county.make(scale)
            report = Report("streets", 0, 0, 0, 0, pd.DataFrame())
            self.streets = streets.Streets(made.xy[:, 0], made.xy[:, 1], made.u, made.v, "walk", report)
            self.parcels, self.places = made.parcels, made.places
            return
        self.streets = streets.read(streets_file, {}, crs)
        xy = np.column_stack([self.streets.x, self.streets.y])
        chance = np.random.default_rng(1)
        count = len(xy)
        self.parcels = xy[chance.integers(0, count, int(1.25 * count))] + chance.normal(0, 30, (int(1.25 * count), 2))
        sizes = np.round(np.geomspace(5, 500, 15)).astype(int)
        self.places = [xy[chance.integers(0, count, n)] + chance.normal(0, 25, (n, 2)) for n in sizes]

    def ours(self) -> tuple[object, list[np.ndarray]]:
        """The parcels and places tied to the prepared network, and the places' numbers by kind."""
        from siteselect import network
        from siteselect.network import store

        prepared = store.ordered(network.prepare(self.streets))
        tied = network.tie_to(prepared, np.concatenate([self.parcels, *self.places]))
        sizes = np.cumsum([len(self.parcels), *(len(p) for p in self.places)])
        return tied, [np.arange(a, b) for a, b in itertools.pairwise(sizes)]


def scipy_nearest(work: Work) -> Callable[[], np.ndarray]:
    """Multi-source Dijkstra, a pass for each kind; parcels and places at their nearest node."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    s = work.streets
    # its best: one entry for each pair of neighbours, numbers as they are
    pairs = np.unique(np.sort(np.column_stack([s.u, s.v]), axis=1), axis=0)
    metres = np.hypot(s.x[pairs[:, 0]] - s.x[pairs[:, 1]], s.y[pairs[:, 0]] - s.y[pairs[:, 1]])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    graph = csr_matrix((np.tile(metres, 2), (both[:, 0], both[:, 1])), shape=(len(s.x),) * 2)
    nodes = cKDTree(np.column_stack([s.x, s.y]))
    at = nodes.query(work.parcels)[1]
    sources = [np.unique(nodes.query(p)[1]) for p in work.places]
    return lambda: np.stack([dijkstra(graph, indices=i, min_only=True)[at] for i in sources])


def kd_nearest(work: Work) -> Callable[[], np.ndarray]:
    from scipy.spatial import cKDTree

    trees = [cKDTree(p) for p in work.places]
    return lambda: np.stack([tree.query(work.parcels, workers=2)[0] for tree in trees])


def nearest(work: Work, asked: argparse.Namespace) -> list[dict[str, object]]:
    from siteselect import network

    tied, groups = work.ours()
    found = in_turn(
        ROUNDS,
        lambda: network.nearest_of_each(tied, groups),
        scipy_nearest(work),
        kd_nearest(work),
    )
    three = in_turn(ROUNDS, lambda: network.several_nearest(tied, groups, 3))[0]
    ours, scipy_s, tree_s = found
    peak = opened_alone(work)
    lines = [
        line("walk_nearest_vs_scipy", ours, "scipy.sparse.csgraph.dijkstra, a pass a kind", scipy_s, peak),
        line("walk_nearest_vs_kdtree", ours, "scipy cKDTree, straight lines, two threads", tree_s, peak),
    ]
    if not asked.streets:
        pandana = RECORDED["county"]
        once, thrice = (scipy_s * pandana[k] / pandana["scipy_s"] for k in ("nearest_s", "three_nearest_s"))
        lines.append(line("walk_nearest_vs_pandana", ours, pandana["peer"], once, peak, recorded=True))
        lines.append(line("walk_three_nearest_vs_pandana", three, pandana["peer"], thrice, peak_mb(), recorded=True))
    return lines


def snapping(work: Work, quick: bool) -> list[dict[str, object]]:
    import shapely

    from siteselect.network import REACH_M, snap

    s = work.streets
    ends = np.column_stack([s.x[s.u], s.y[s.u], s.x[s.v], s.y[s.v]])
    points = work.parcels[::16] if quick else work.parcels

    def tree() -> object:
        index = shapely.STRtree(shapely.linestrings(ends.reshape(-1, 2, 2)))
        return index.query_nearest(shapely.points(points), max_distance=REACH_M, all_matches=False)

    ours, theirs = in_turn(ROUNDS, lambda: snap.nearest_piece(ends, points, REACH_M), tree)
    return [line("snap_vs_strtree", ours, "shapely STRtree.query_nearest", theirs, peak_mb())]


def growth(scale: float) -> list[dict[str, object]]:
    """Ours at sixteen times the work, against ours."""
    from siteselect import network

    (one, groups), (many, more) = (Work(some, None, "").ours() for some in (scale, 16 * scale))
    once, large = in_turn(
        ROUNDS, lambda: network.nearest_of_each(one, groups), lambda: network.nearest_of_each(many, more)
    )
    return [line("walk_nearest_at_16_times_the_work", large, "ours at once the work", once, peak_mb())]


def main(words: str | None) -> None:
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--streets", type=Path)
    parser.add_argument("--crs", default="EPSG:31982")
    parser.add_argument("--only", default="")
    parser.add_argument("--porto-alegre", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    alone = asked.only in ("growth", "timetable") or asked.porto_alegre
    work = None if alone else Work(asked.scale, asked.streets, asked.crs)
    found: list[dict[str, object]] = []
    if work is not None:
        found += nearest(work, asked) + snapping(work, asked.quick)
    if asked.only == "growth" or not (asked.quick or asked.streets or alone):
        found += growth(asked.scale)
    if not asked.streets and asked.only != "growth":
        from benchmarks import timetable

        found += timetable.lines(quick=asked.quick, porto_alegre=asked.porto_alegre)
    for one in found:
        if asked.json:
            print(json.dumps(one))
        else:
            recorded = " (recorded once)" if one.get("recorded") else ""
            print(f"{one['name']:34} {one['ours_s']:9.4f} s {one['peer_s'] or 0:9.3f} s  {one['ratio'] or 0:.4f} of "
                  f"{one['peer']}{recorded}; {one['peak_mb']} MB")  # fmt: skip


def opened_alone(work: Work) -> float:
    """Peak MB of a fresh process that opens the kept network of `work` and finds the nearest of every kind once."""
    import tempfile

    from siteselect import network
    from siteselect.network import store

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store.save(store.ordered(network.prepare(work.streets)), folder / "net", {})
        np.save(folder / "parcels.npy", work.parcels)
        np.savez(folder / "places.npz", *work.places)
        code = (
            "import sys, numpy as np; from pathlib import Path; from siteselect import network; "
            "folder = Path(sys.argv[1]); places = np.load(folder / 'places.npz'); "
            "places = [places[f'arr_{i}'] for i in range(len(places.files))]; "
            "parcels = np.load(folder / 'parcels.npy'); "
            "tied = network.tie_to(network.open_folder(folder / 'net'), np.concatenate([parcels, *places])); "
            "at = np.cumsum([len(parcels), *map(len, places)]); "
            "network.nearest_of_each(tied, [np.arange(a, b) for a, b in zip(at[:-1], at[1:])]); "
            # not ru_maxrss, which begins at that of the process that started this one
            "print(next(int(line.split()[1]) / 1024 for line in open('/proc/self/status') if 'VmHWM' in line))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, name], check=True, capture_output=True, text=True, cwd=HERE.parent
        )
        return float(done.stdout)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    main(__doc__)
