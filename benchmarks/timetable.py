"""Timetable travel against cafein (MIT); see benchmarks/run.

cafein runs in the benchmark's own environment (benchmarks/requirements.txt) and is asked in turn with ours, preparation
apart.  Where it cannot be installed, what it took once is used, as its share of a yardstick's time then: scipy's
Dijkstra from every stop over the same footpaths and hops.
"""

import datetime as dt
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import made_up, peers

RECORDED = json.loads((Path(__file__).resolve().parent / "recorded.json").read_text())
ROUNDS, QUICK_ROUNDS = 5, 3
WALK_M_S = 1.2
ROUTERS = ("raptor", "tbtr")  # the second has been the quicker in every run so far


def lines(quick: bool = False, porto_alegre: Path | None = None) -> Iterator[dict[str, Any]]:
    """Each comparison as {"name", "ours_s", "peer", "peer_s", "ratio", "peak_mb"}, with words where they are needed."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if porto_alegre is not None:
            yield city(porto_alegre, folder, rounds)
            return
        feed = made_up.made_up(folder / "feed.zip")
        yield matrix(feed, folder, rounds, ROUTERS[-1:] if quick else ROUTERS)
        if not quick:
            yield one_origin(feed, folder)
            yield parcels(folder, rounds)


def matrix(feed: Path, folder: Path, rounds: int, routers: Sequence[str] = ROUTERS) -> dict[str, Any]:
    """Median travel time from all stops to all stops, leaving every minute from 07:00 to 09:00, both cores."""
    from siteselect.journeys import windows

    table = closed(prepared(feed))
    every = np.arange(len(table.change_s))
    window = windows.Window(7 * 3600, 9 * 3600)

    def ours() -> Took:
        return timed(lambda: windows.between_stops(table, every, window, percents=(50,)))

    line: dict[str, Any] = {"name": "timetable_matrix_vs_cafein", "stops": len(every)}
    ours()  # compiled and warm
    interpreter = peers.python()
    if interpreter is None:
        known = RECORDED["timetable"]
        took = [ours() for _ in range(rounds)]
        pace = statistics.median(timed(lambda: yardstick(table)).seconds for _ in range(rounds))
        once = pace * known["peer_s"] / known["yardstick_s"]
        return line | told(took, known["peer"], once) | {"recorded": True}
    with peers.Cafein(interpreter) as peer:
        stops = [key.removeprefix("made-up:") for key in table.stop_key]
        paths = table.footpaths
        np.savez(folder / "paths.npz", origin=np.array(stops)[paths.origin], target=np.array(stops)[paths.target],
                 seconds=paths.seconds, metres=paths.metres)  # fmt: skip
        day = made_up.DAY.isoformat()
        names = peer.ask("load", feeds=[str(feed)], transfers=str(folder / "paths.npz"), day=day)["stops"]

        def theirs(router: str, minutes: int = 120, save: Path | None = None) -> Took:
            return Took(**peer.ask("matrix", origins=stops, departure=f"{day} 07:00", minutes=minutes, percents=[50],
                                  router=router, save=save and str(save)))  # fmt: skip

        # on equal terms: an odd number of departures has one median, and nobody walks before the first ride
        odd = windows.Window(7 * 3600, 9 * 3600 + 60)
        best = min(routers, key=lambda router: theirs(router, odd.count, folder / "cafein.npy").cpu_s)
        took, yours = zip(*((ours(), theirs(best)) for _ in range(rounds)), strict=True)
        found = np.load(folder / "cafein.npy")[:, [names.index(stop) for stop in stops], 0].astype(float)
        found[found >= np.iinfo(np.uint32).max] = np.inf
    mine = from_the_stop_itself(table, odd)
    differ = int((mine != np.minimum(found, walked(table))).sum())
    return line | told(took, f"cafein {best}", yours) | {"differ_on_equal_terms": differ, "of": mine.size}


def from_the_stop_itself(table: Any, window: Any) -> np.ndarray:
    """Medians between all stops for who boards first where they stand, or walks the whole way: cafein's question."""
    from siteselect.journeys.windows import Walks, between_points

    every = np.arange(len(table.change_s))
    paths = table.footpaths
    stay = np.zeros(len(every), np.int64)
    here = Walks.of(every, every, stay, len(every))
    out = Walks.of(np.concatenate([paths.target, every]), np.concatenate([paths.origin, every]),
                   np.concatenate([paths.seconds, stay]), len(every))  # fmt: skip
    return between_points(table, here, out, here, window, (50,))[0][:, :, 0]


def walked(table: Any) -> np.ndarray:
    """Seconds on foot between all stops, infinite where no footpath leads."""
    found = np.full((len(table.change_s),) * 2, np.inf)
    found[table.footpaths.origin, table.footpaths.target] = table.footpaths.seconds
    np.fill_diagonal(found, 0)
    return found


def one_origin(feed: Path, folder: Path) -> dict[str, Any]:
    """One point to 2,000 places at a moment, timetable resident, straight-line walks; each round is 50 questions."""
    from siteselect import reach
    from siteselect.journeys import files, streets

    none = np.empty(0)
    files.write(folder / "stored", prepared(feed), streets.net(none, none, none, none), made_up.CRS)
    door = reach.opened(folder / "stored")
    random = np.random.default_rng(2)
    stop = random.integers(0, len(door.table.lon), 2050)
    lon = np.asarray(door.table.lon)[stop] + random.normal(0, 0.004, 2050)
    lat = np.asarray(door.table.lat)[stop] + random.normal(0, 0.004, 2050)
    places = reach.places(door, lon[:2000], lat[:2000])
    at = dt.datetime.combine(made_up.DAY, dt.time(8, 10))

    def ours() -> None:
        for asked in range(2000, 2050):
            reach.times(door, float(lon[asked]), float(lat[asked]), at, places)

    took = [timed(ours) for _ in range(ROUNDS + 1)][1:]
    return {"name": "timetable_one_origin_to_2000_places_50_times"} | told(took, "the limit set: 20 ms each", 50 * 0.02)


def parcels(folder: Path, rounds: int) -> dict[str, Any]:
    """Median door-to-door time of the county's 185,000 parcels to the nearest of 15 kinds of place, 07:00 to 09:00."""
    from benchmarks import county
    from siteselect import network, units
    from siteselect.journeys import windows
    from siteselect.layers.ledger import Report
    from siteselect.layers.streets import Streets
    from siteselect.network import store
    from siteselect.timetable import nearest

    made = county.make()
    table = prepared(made_up.made_up(folder / "county.zip", towns=towns(made.parcels)))
    streets = Streets(
        made.xy[:, 0], made.xy[:, 1], made.u, made.v, "walk", Report("streets", 0, 0, 0, 0, pd.DataFrame())
    )
    stops = np.column_stack(units.convert(table.lon, table.lat, units.DEGREES, made_up.CRS)) - made_up.CORNER
    sizes = np.cumsum([len(made.parcels), len(stops), *map(len, made.places)])
    everything = np.concatenate([made.parcels, stops, *made.places])
    tied = network.tie_to(store.ordered(network.prepare(streets)), everything)
    points, stop, *groups = np.split(np.arange(len(everything)), sizes[:-1])
    window = windows.Window(7 * 3600, 9 * 3600)
    found: list[np.ndarray] = []

    def ours() -> None:
        found[:] = nearest.of_each(table, tied, points, stop, groups, window)

    took = [timed(ours) for _ in range(rounds + 1)][1:]
    line = told(took, "the limit set: 2 s", 2.0)
    return {"name": "timetable_parcels_to_15_kinds", "parcels": len(points), "reached": round(
        float(np.isfinite(found[0]).mean()), 3)} | line  # fmt: skip


def towns(xy: np.ndarray, count: int = 12, apart_m: float = 5_000) -> np.ndarray:
    """The places round which most points lie, at least so far from each other."""
    cell, number = np.unique(np.floor(xy / 1_000), axis=0, return_counts=True)
    chosen: list[np.ndarray] = []
    for at in np.argsort(-number, kind="stable"):
        middle = cell[at] * 1_000 + 500
        if all(np.hypot(*(middle - other)) > apart_m for other in chosen):
            chosen.append(middle)
    return np.array(chosen[:count])


def city(source: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Five percentiles between all points of Porto Alegre's grid, every minute for two hours, walks along the streets.

    At most 20 minutes to and from stops and 600 m (500 s) between them, at 1.2 m/s, the street within 250 m, for both.
    """
    from siteselect import network, units
    from siteselect.journeys import windows
    from siteselect.journeys.windows import Walks
    from siteselect.layers import gtfs, streets
    from siteselect.timetable import day as timetable_day

    crs, day, percents = "EPSG:31982", dt.date(2019, 5, 13), (5, 25, 50, 75, 95)
    feeds = [source / "poa_eptc.zip", source / "poa_trensurb.zip"]
    read = streets.read(source / "poa_osm.pbf", {}, crs)
    table = timetable_day.build([gtfs.read(f, f.stem) for f in feeds], day, crs, read, walk_m_s=WALK_M_S)
    grid = pd.read_csv(source / "poa_hexgrid.csv")
    lon, lat = np.concatenate([grid["lon"], table.lon]), np.concatenate([grid["lat"], table.lat])
    tied = network.tie(read, np.column_stack(units.convert(lon, lat, units.DEGREES, crs)))
    points, stops = np.split(np.arange(len(lon)), [len(grid)])
    limit_m = 1_200 * WALK_M_S
    window = windows.Window(14 * 3600, 16 * 3600)
    found: list[np.ndarray] = []

    def walks(froms: np.ndarray, tos: np.ndarray, turned: bool = False) -> Walks:
        a, b, metres = network.within(tied, froms, tos, limit_m)
        a, b = a - froms[0], b - tos[0]
        seconds = np.ceil(metres / WALK_M_S - 1e-6)
        return Walks.of(b, a, seconds, len(tos)) if turned else Walks.of(a, b, seconds, len(froms))

    def ours() -> None:
        access, egress = walks(points, stops), walks(stops, points, turned=True)
        found[:] = windows.between_points(table, access, egress, walks(points, points), window, percents)

    ours()
    size = {"points": len(points), "stops": len(stops), "footpaths": len(table.footpaths.origin)}
    line: dict[str, Any] = {"name": "timetable_porto_alegre_vs_cafein"} | size
    interpreter = peers.python()
    if interpreter is None:
        return line | told([timed(ours) for _ in range(rounds)], "cafein (not installed)", None)
    pace = {"walking_speed_kmph": 3.6 * WALK_M_S, "snap_distance": network.REACH_M}
    with peers.Cafein(interpreter) as peer:
        peer.ask("load", feeds=[str(f) for f in feeds], osm_pbf=str(source / "poa_osm.pbf"), day=day.isoformat(),
                 max_walking_time=500 / 60, **pace)  # fmt: skip
        asked = [[str(i), x, y] for i, x, y in zip(grid["id"], grid["lon"], grid["lat"], strict=True)]

        def theirs() -> Took:
            return Took(**peer.ask(
                "matrix", origins=asked, departure=f"{day} 14:00", minutes=120, router="auto", percents=percents,
                max_walking_time=20, save=str(folder / "city.npy"), **pace,
            ))  # fmt: skip

        took, yours = zip(*((timed(ours), theirs()) for _ in range(rounds)), strict=True)
    other = np.load(folder / "city.npy").astype(float)
    there = other < np.iinfo(np.uint32).max
    apart = np.abs(other - found[0])[there & np.isfinite(found[0])]
    return line | told(took, "cafein auto", yours) | {
        "reached": [round(float(m.mean()), 4) for m in (np.isfinite(found[0]), there)],
        "apart_s": {"median": float(np.median(apart)), "p95": float(np.percentile(apart, 95))},
    }  # fmt: skip


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and the processor's on all cores, which are the truer where a machine is shared."""

    seconds: float
    cpu_s: float


def told(ours: Sequence[Took], peer: str, theirs: Sequence[Took] | float | None) -> dict[str, Any]:
    """The contract's fields; the ratio is the median of the rounds' ratios where both took turns, by the clock."""
    mine = statistics.median(t.seconds for t in ours)
    line: dict[str, Any] = {"ours_s": round(mine, 4), "peer": peer, "peer_s": None, "ratio": None}
    if isinstance(theirs, float):
        line |= {"peer_s": round(theirs, 4), "ratio": round(mine / theirs, 4)}
    elif theirs:
        ratios = [(a.seconds / b.seconds, a.cpu_s / b.cpu_s) for a, b in zip(ours, theirs, strict=True)]
        by_clock, by_cpu = (round(statistics.median(column), 4) for column in zip(*ratios, strict=True))
        line |= {"peer_s": round(statistics.median(t.seconds for t in theirs), 4), "ratio": by_clock}
        line["cpu_ratio"] = by_cpu
    line["cpu_s"] = round(statistics.median(t.cpu_s for t in ours), 4)
    return line | {"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}


def timed(work: Callable[[], object]) -> Took:
    """What one call took."""
    began, busy = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - began, time.process_time() - busy)


def prepared(feed: Path) -> Any:
    """Our timetable of a made-up feed, with footpaths of at most 300 m in a straight line."""
    from siteselect.layers import gtfs
    from siteselect.timetable import day

    return day.build([gtfs.read(feed, "made-up")], made_up.DAY, made_up.CRS, walk_m_s=WALK_M_S, transfer_m=300)


def whole(table: Any) -> np.ndarray:
    """Seconds on foot between all stops, by any number of footpaths."""
    return shortest(table.footpaths.origin, table.footpaths.target, table.footpaths.seconds, len(table.change_s))


def yardstick(table: Any) -> np.ndarray:
    """Least seconds between all stops on foot and aboard, without a wait: work for scipy that never changes."""
    patterns, paths = table.patterns, table.footpaths
    last = np.zeros(len(patterns.stop), bool)
    last[patterns.stop_from[1:] - 1] = True
    here = np.flatnonzero(~last)
    pattern = np.searchsorted(patterns.stop_from, here, side="right") - 1
    cell = patterns.time_from[pattern] + here - patterns.stop_from[pattern]
    seconds = np.concatenate([paths.seconds, patterns.arrive_s[cell + 1] - patterns.depart_s[cell]])
    origin, target = (np.concatenate(ends) for ends in (
        (paths.origin, patterns.stop[here]), (paths.target, patterns.stop[here + 1])))  # fmt: skip
    return shortest(origin, target, seconds, len(table.change_s))


def shortest(origin: np.ndarray, target: np.ndarray, seconds: np.ndarray, count: int) -> np.ndarray:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    return dijkstra(csr_matrix((seconds.astype(float), (origin, target)), shape=(count, count)))


def closed(table: Any) -> Any:
    """The timetable with its footpaths transitively closed, which cafein wants: both then answer the same question."""
    from siteselect.journeys import arrays

    far = whole(table)
    origin, target = np.nonzero(np.isfinite(far) & (far > 0))
    seconds = far[origin, target].astype(np.int64)
    every = arrays.Footpaths(origin, target, seconds, seconds * WALK_M_S, np.ones(len(origin), bool))
    back = arrays.Footpaths(target, origin, seconds, every.metres, every.straight)
    ahead, behind = (
        arrays.net(p, f, table.change_s) for p, f in ((table.patterns, every), (table.patterns.reversed(), back))
    )
    return replace(table, footpaths=every, ahead=ahead, behind=behind)
