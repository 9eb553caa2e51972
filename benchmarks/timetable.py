"""Timetable travel against cafein (MIT), on a made-up county timetable: 60 routes both ways, some 1,400 stops.

    .venv/bin/python benchmarks/timetable.py [--quick]

Prints one JSON line a comparison: medians of five rounds, the two engines in turns in one process, preparation apart.
cafein is not among the project's packages: install it beside them (`.venv/bin/pip install cafein`), or the line says
that it is missing.
"""

import argparse
import datetime as dt
import itertools
import json
import resource
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

DAY = dt.date(2026, 11, 18)
CORNER = (470_000.0, 4_210_000.0)
CRS = "EPSG:26910"
ROUNDS = 5
WALK_M_S = 1.2


def comparisons(quick: bool = False) -> Iterator[dict[str, Any]]:
    """Each comparison as {"name", "ours_s", "peer", "peer_s", "ratio", "peak_mb"}, with words where they are needed."""
    with tempfile.TemporaryDirectory() as folder:
        feed = made_up(Path(folder) / "feed.zip")
        yield matrix(feed, sources=200 if quick else None)
        yield one_origin(feed, Path(folder))


def matrix(feed: Path, sources: int | None) -> dict[str, Any]:
    """Median travel time from stops to all stops, leaving every minute from 07:00 to 09:00, both cores."""
    from siteselect.journeys import windows

    table = closed(prepared(feed))
    every = np.arange(len(table.change_s))
    origins = every if sources is None else np.random.default_rng(0).permutation(every)[:sources]
    window = windows.Window(7 * 3600, 9 * 3600)

    def ours() -> np.ndarray:
        return windows.between_stops(table, origins, window, percents=(50,), longest_s=24 * 3600)[:, :, 0]

    line: dict[str, Any] = {"name": "timetable_matrix_vs_cafein", "origins": len(origins), "stops": len(every)}
    try:
        from cafein.network import TransportNetwork
    except ImportError:
        took = [timed(ours) for _ in range(ROUNDS + 1)][1:]
        return line | told(took, "cafein (not installed)", None)
    peer = TransportNetwork.from_gtfs(str(feed), trip_distances=False, leg_geometries=False)
    ids = [key.removeprefix("made-up:") for key in table.stop_key]
    paths = table.footpaths
    peer.set_transfers([
        (ids[a], ids[b], int(s), float(m))
        for a, b, s, m in zip(paths.origin, paths.target, paths.seconds, paths.metres, strict=True)
    ])  # fmt: skip
    peer.compute_tbtr_transfers(DAY.isoformat())
    asked = [ids[o] for o in origins]

    def theirs(router: str) -> Callable[[], np.ndarray]:
        return lambda: peer.travel_time_matrix(
            asked, f"{DAY} 07:00", departure_time_window=dt.timedelta(hours=2), router=router
        )

    routers = ("raptor", "tbtr")
    rounds = [(timed(ours), *(timed(theirs(router)) for router in routers)) for _ in range(ROUNDS + 1)][1:]
    best = min((1, 2), key=lambda at: statistics.median(r[at] for r in rounds))
    column = {stop[0]: at for at, stop in enumerate(peer.stops)}
    order = [column[i] for i in ids]
    mine, yours = ours(), np.asarray(theirs("tbtr")(), float)[:, order, 0]
    yours[yours >= 2**31] = np.inf
    differ = int((mine != yours).sum())
    name = f"cafein {routers[best - 1]}"
    return line | told([r[0] for r in rounds], name, [r[best] for r in rounds]) | {"differ": differ, "of": mine.size}


def one_origin(feed: Path, folder: Path) -> dict[str, Any]:
    """One point to 2,000 places at a moment, timetable resident, straight-line walks; each round is 50 questions."""
    from siteselect import reach
    from siteselect.journeys import files, streets

    none = np.empty(0)
    files.write(folder / "stored", prepared(feed), streets.net(none, none, none, none), CRS)
    door = reach.opened(folder / "stored")
    random = np.random.default_rng(2)
    stop = random.integers(0, len(door.table.lon), 2050)
    lon = np.asarray(door.table.lon)[stop] + random.normal(0, 0.004, 2050)
    lat = np.asarray(door.table.lat)[stop] + random.normal(0, 0.004, 2050)
    places = reach.places(door, lon[:2000], lat[:2000])
    at = dt.datetime.combine(DAY, dt.time(8, 10))

    def ours() -> None:
        for asked in range(2000, 2050):
            reach.times(door, float(lon[asked]), float(lat[asked]), at, places)

    took = [timed(ours) / 50 for _ in range(ROUNDS + 1)][1:]
    line = {"name": "one_origin_2000_places_ms", "ours_ms": round(statistics.median(took) * 1000, 2)}
    return line | told(took, "the limit set: 20 ms", [0.02] * ROUNDS)


def told(ours: list[float], peer: str, theirs: list[float] | None) -> dict[str, Any]:
    """The contract's fields for some rounds."""
    mine = statistics.median(ours)
    yours = statistics.median(theirs) if theirs else None
    return {
        "ours_s": round(mine, 4), "peer": peer, "peer_s": round(yours, 4) if yours else None,
        "ratio": round(mine / yours, 3) if yours else None,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def prepared(feed: Path) -> Any:
    """Our timetable of the made-up feed, with footpaths of at most 300 m in a straight line."""
    from siteselect.layers import gtfs
    from siteselect.timetable import day

    return day.build([gtfs.read(feed, "made-up")], DAY, CRS, walk_m_s=WALK_M_S, transfer_m=300)


def closed(table: Any) -> Any:
    """The timetable with its footpaths transitively closed, which cafein wants: both then answer the same question."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import shortest_path

    from siteselect.journeys import arrays

    paths, count = table.footpaths, len(table.change_s)
    graph = csr_matrix((paths.seconds.astype(float), (paths.origin, paths.target)), shape=(count, count))
    whole = shortest_path(graph)
    origin, target = np.nonzero(np.isfinite(whole) & (whole > 0))
    seconds = whole[origin, target].astype(np.int64)
    every = arrays.Footpaths(origin, target, seconds, seconds * WALK_M_S, np.ones(len(origin), bool))
    back = arrays.Footpaths(target, origin, seconds, every.metres, every.straight)
    ahead, behind = (
        arrays.net(p, f, table.change_s) for p, f in ((table.patterns, every), (table.patterns.reversed(), back))
    )
    return replace(table, footpaths=every, ahead=ahead, behind=behind)


def made_up(path: Path, routes: int = 60, seed: int = 11) -> Path:
    """A county's timetable as a GTFS zip: 15 lines between towns, the others inside them, stops shared where near."""
    random = np.random.default_rng(seed)
    towns = random.uniform(0, 40_000, (12, 2))
    weight = random.dirichlet(np.full(12, 1.5))
    stops: list[np.ndarray] = []
    lines = []
    for route in range(routes):
        regional = route < 15
        if regional:
            a, b = random.choice(12, 2, replace=False, p=weight)
            way, apart_m, headway = [towns[a], towns[b]], 700.0, int(random.choice([60, 60, 120]))
        else:
            town = towns[random.choice(12, p=weight)]
            way = [town + random.normal(0, 2100, 2), town, *(town + random.normal(0, 2100, (2, 2)))]
            apart_m, headway = 330.0, int(random.choice([20, 30, 30, 60, 60, 60, 60]))
        lines.append((headway, 8.3 if regional else 6.2, _called(stops, way, apart_m)))
    _write(path, np.array(stops), lines, random)
    return path


def _called(stops: list[np.ndarray], way: list[np.ndarray], apart_m: float) -> list[int]:
    """The numbers of the stops along a way, which are made where none is within 100 m."""
    called: list[int] = []
    for a, b in itertools.pairwise(way):
        for share in np.arange(0, 1, apart_m / max(float(np.hypot(*(b - a))), apart_m)):
            point = a + (b - a) * share
            near = np.hypot(*(np.array(stops) - point).T) if stops else np.array([np.inf])
            if near.min() > 100:
                stops.append(point)
                near = np.array([*near[: len(stops) - 1], 0.0])
            if not called or called[-1] != int(near.argmin()):
                called.append(int(near.argmin()))
    return called


def _write(
    path: Path, stops: np.ndarray, lines: list[tuple[int, float, list[int]]], random: np.random.Generator
) -> None:
    from siteselect import units

    trips, times = [], []
    for route, (headway, speed, called) in enumerate(lines):
        leg = np.maximum(60, 1.15 * np.hypot(*np.diff(stops[called], axis=0).T))
        for direction in (0, 1):
            here, metres = (called, leg) if direction == 0 else (called[::-1], leg[::-1])
            after = np.round(np.concatenate([[0], np.cumsum(metres)]) / speed + np.arange(len(here)) * 12).astype(int)
            start = 5 * 3600 + 1800 + int(random.integers(0, headway)) * 60
            while start < 22 * 3600:
                trip = f"{route}_{direction}_{start}"
                trips.append((route, "A", trip, direction))
                times += [
                    (trip, _clock(start + s), _clock(start + s), stop, at)
                    for at, (stop, s) in enumerate(zip(here, after, strict=True))
                ]
                start += headway * (60 if 6 * 3600 < start < 19 * 3600 else 120)
    lon, lat = units.convert(stops[:, 0] + CORNER[0], stops[:, 1] + CORNER[1], CRS, units.DEGREES)
    places = [(n, f"stop {n}", f"{y:.7f}", f"{x:.7f}") for n, (x, y) in enumerate(zip(lon, lat, strict=True))]
    week = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
    agency = ("1", "Made-up", "http://made-up.example", "America/Los_Angeles")
    tables: dict[str, tuple[str, list[tuple[object, ...]]]] = {
        "agency": ("agency_id,agency_name,agency_url,agency_timezone", [agency]),
        "calendar": (f"service_id,{week},start_date,end_date", [("A", *[1] * 7, "20260101", "20271231")]),
        "stops": ("stop_id,stop_name,stop_lat,stop_lon", places),
        "routes": ("route_id,agency_id,route_short_name,route_type", [(n, "1", n, 3) for n in range(len(lines))]),
        "trips": ("route_id,service_id,trip_id,direction_id", trips),
        "stop_times": ("trip_id,arrival_time,departure_time,stop_id,stop_sequence", times),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (header, rows) in tables.items():
            with packed.open(f"{name}.txt", "w") as file:
                text = "\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"
                file.write(text.encode())


def _clock(time_s: int) -> str:
    return f"{time_s // 3600:02d}:{time_s // 60 % 60:02d}:{time_s % 60:02d}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200 origins instead of all")
    for line in comparisons(parser.parse_args().quick):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
