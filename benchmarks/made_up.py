"""A made-up county's timetable: 60 routes both ways, some 1,400 stops, as a GTFS zip.

Of the routes 15 run between towns, the others inside them; stops are shared where they are near.
"""

import datetime as dt
import itertools
import zipfile
from pathlib import Path

import numpy as np

DAY = dt.date(2026, 11, 18)
CORNER = (470_000.0, 4_210_000.0)
CRS = "EPSG:26910"


def made_up(path: Path, routes: int = 60, seed: int = 11, towns: np.ndarray | None = None) -> Path:
    """Write the timetable; the towns, (12, 2) metres from CORNER, are made up too where none are given."""
    random = np.random.default_rng(seed)
    drawn = random.uniform(0, 40_000, (12, 2))
    towns = drawn if towns is None else towns
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
