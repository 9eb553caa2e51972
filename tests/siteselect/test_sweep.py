"""The sweep for many targets against the forward scan and plain searches, on whole feeds too; and the laws it keeps."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect import units
from siteselect.journeys import arrays, windows
from siteselect.layers import gtfs
from siteselect.timetable import day as timetable_day
from siteselect.timetable import nearest, runs
from tests.plain_journeys import Case, Unrolled, slow
from tests.siteselect.test_journeys import STOPS, WINDOW, built, cases, minutes

EVERY = np.arange(STOPS)
DAY, CRS = dt.date(2026, 3, 3), "EPSG:26910"
RANKS = tuple(range(10, 101, 10))  # WINDOW has ten departures: each of them, in order


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_sweep_gives_every_departure_as_a_plain_search_does(case: Case) -> None:
    found = windows.between_stops(built(case), EVERY, WINDOW, RANKS, longest_s=80_000)
    for origin in range(STOPS):
        starts = range(WINDOW.first_s, WINDOW.until_s, WINDOW.step_s)
        each = np.array([[a - start for a in slow(case, origin, start)] for start in starts])
        assert np.array_equal(found[origin], np.sort(each, axis=0).T.astype(np.float32))


@settings(max_examples=40, deadline=None)
@given(cases())
def test_forwards_and_backwards_agree_to_the_second(case: Case) -> None:
    found = windows.between_stops(built(case), EVERY, WINDOW, RANKS)
    for origin in range(STOPS):
        assert np.array_equal(found[origin], np.sort(minutes(case, origin), axis=1).astype(np.float32))


@settings(max_examples=60, deadline=None)
@given(cases(), cases())
def test_with_one_trip_more_no_pair_is_slower(case: Case, other: Case) -> None:
    more = replace(case, runs=[*case.runs, other.runs[0]])
    before, after = (windows.between_stops(built(c), EVERY, WINDOW, RANKS) for c in (case, more))
    assert (after <= before).all()


@settings(max_examples=60, deadline=None)
@given(cases())
def test_at_a_faster_pace_no_pair_is_slower(case: Case) -> None:
    brisk = replace(case, paths={pair: max(1, s // 2) for pair, s in case.paths.items()})
    before, after = (windows.between_stops(built(c), EVERY, WINDOW, RANKS) for c in (case, brisk))
    assert (after <= before).all()


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 2000))
def test_nobody_is_slower_than_on_foot(case: Case, walk_s: int) -> None:
    out = windows.Walks.of(EVERY, EVERY, np.full(STOPS, 30), STOPS)
    direct = windows.Walks.of(EVERY, np.roll(EVERY, 1), np.full(STOPS, walk_s), STOPS)
    found, share = windows.between_points(built(case), out, out, direct, WINDOW, RANKS, limit_s=2000)
    assert (found[EVERY, np.roll(EVERY, 1)] <= walk_s).all()
    assert (share[EVERY, np.roll(EVERY, 1)] == 1).all()


def test_targets_past_a_block_of_lanes_and_times_past_16_bits_are_exact() -> None:
    count, ride = 300, 70_000  # stops beside each other; the one vehicle takes most of a day to all of them
    run = [(n, 1000 + n * ride // count, 1000 + n * ride // count, True, True) for n in range(count)]
    stop, arrive, depart, board, alight = (np.array(column) for column in zip(*run, strict=True))
    calls = runs.Runs(np.zeros(count, int), stop, arrive, depart, board, alight, np.zeros(1, int), np.zeros(1, int),
                      np.array(["slow"]), np.array([""]), 1)  # fmt: skip
    table = plain(calls, count)
    window = windows.Window(900, 1000, 10)
    found = windows.between_stops(table, np.array([0, 150]), window, (100,), longest_s=100_000)[:, :, 0]
    assert list(found[0, 1:]) == [t - 900 for t in arrive[1:]]
    assert np.isinf(found[1, :150]).all()
    assert list(found[1, 151:]) == [t - 900 for t in arrive[151:]]
    short = windows.between_stops(table, np.array([0]), window, (100,), longest_s=30_000)[0, :, 0]
    assert np.array_equal(short, np.where(found[0] <= 30_000, found[0], np.inf))


def plain(calls: runs.Runs, count: int) -> arrays.Timetable:
    from siteselect.timetable import patterns

    found, member = patterns.fifo(calls)
    none = np.zeros(count)
    nowhere = np.empty(0, int)
    names = np.array([str(n) for n in range(count)])
    return arrays.timetable(
        day="2026-03-03", timezone="", stop_key=names, stop_name=names, lon=none, lat=none, patterns=found,
        footpaths=arrays.Footpaths(nowhere, nowhere, nowhere, nowhere * 1.0, nowhere > 0),
        change_s=np.zeros(count, int), trip_label=member, trip_sign=member, labels=calls.labels, signs=calls.signs,
        trips_today=1, walk_speed_m_s=1.2, walk_method="walk", notes=(),
    )  # fmt: skip


@dataclass(frozen=True)
class Town:
    """A feed to write: stops (metres north of a corner, wheelchair_boarding), trips, transfers; times in seconds."""

    stops: list[tuple[int, int]]
    trips: list[dict[str, object]]  # shift, calls [(stop, arrive, depart, pickup, drop_off)], wheelchair, spans
    transfers: dict[tuple[int, int], tuple[int, int]]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    near = st.integers(0, 1500)
    stops = [(draw(near), draw(st.sampled_from([1, 1, 1, 0, 2]))) for _ in range(STOPS)]
    trips: list[dict[str, object]] = []
    base = draw(st.sampled_from([300, 3_600, 84_000]))  # after midnight, at night, before midnight
    for _ in range(draw(st.integers(1, 8))):
        now, calls = base + draw(st.integers(0, 2400)), []
        for stop in draw(st.lists(st.integers(0, STOPS - 1), min_size=2, max_size=4)):
            leaves = now + draw(st.sampled_from([0, 0, 60]))
            pickup, drop_off = draw(st.sampled_from([0, 0, 0, 1, 2])), draw(st.sampled_from([0, 0, 0, 1, 3]))
            calls.append((stop, now, leaves if calls else now, pickup, drop_off))
            now = leaves + draw(st.sampled_from([0, 60, 90, 400]))
        shift = draw(st.sampled_from([0, 0, -1, 1] if base < 80_000 else [0, 0, -1]))
        spans = draw(st.sampled_from([[], [], [(0, 1500, 600)], [(0, 600, 300), (900, 1000, 300)]]))
        trips.append({"shift": shift, "calls": calls, "wheelchair": draw(st.sampled_from([0, 1, 2])), "spans": spans})
    pair = st.tuples(st.integers(0, STOPS - 1), st.integers(0, STOPS - 1))
    line = st.tuples(st.sampled_from([2, 2, 3]), st.sampled_from([60, 400, 900]))
    return Town(stops, trips, draw(st.dictionaries(pair, line, max_size=4)))


def clock(time_s: int) -> str:
    return f"{time_s // 3600:02d}:{time_s // 60 % 60:02d}:{time_s % 60:02d}"


def written(town: Town, folder: Path) -> Path:
    """The town as a feed; a trip of the day before or after has its own service and its own day's times."""
    folder.mkdir()
    days = {shift: (DAY + dt.timedelta(days=shift)).strftime("%Y%m%d") for shift in (-1, 0, 1)}
    trips, times, spans = [], [], []
    for number, trip in enumerate(town.trips):
        shift = trip["shift"] if base_of(trip) - 86_400 * trip["shift"] >= 0 else 0  # type: ignore[operator]
        late = -86_400 * shift  # type: ignore[operator]
        trips.append(f"r,S{shift},t{number},{trip['wheelchair']}")
        for at, (stop, came, leaves, pickup, drop_off) in enumerate(trip["calls"]):  # type: ignore[arg-type,var-annotated]
            times.append(f"t{number},{clock(came + late)},{clock(leaves + late)},{stop},{at},{pickup},{drop_off}")
        for start, end, headway in trip["spans"]:  # type: ignore[attr-defined]
            first = base_of(trip) + late
            spans.append(f"t{number},{clock(first + start)},{clock(first + end)},{headway}")
    tables = {
        "agency": ["agency_id,agency_name,agency_url,agency_timezone", "T,Town,http://t.example,America/Los_Angeles"],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding",
                  *(f"{n},{n},{38.4 + m / 111_000:.7f},-122.7,{w}" for n, (m, w) in enumerate(town.stops))],
        "routes": ["route_id,agency_id,route_short_name,route_type", "r,T,1,3"],
        "trips": ["route_id,service_id,trip_id,wheelchair_accessible", *trips],
        "stop_times": [
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type", *times],
        "calendar": ["service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
                     "never,0,0,0,0,0,0,0,20260101,20261231"],
        "calendar_dates": ["service_id,date,exception_type", *(f"S{s},{d},1" for s, d in days.items())],
        "frequencies": ["trip_id,start_time,end_time,headway_secs", *spans],
        "transfers": ["from_stop_id,to_stop_id,transfer_type,min_transfer_time",
                      *(f"{a},{b},{kind},{least}" for (a, b), (kind, least) in town.transfers.items())],
    }  # fmt: skip
    for name, lines in tables.items():
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return folder


def base_of(trip: dict[str, object]) -> int:
    return int(trip["calls"][0][1])  # type: ignore[index]


def understood(town: Town, *, wheelchair: bool) -> Case:
    """What the town's feed says, worked out here from the rules of GTFS."""
    out, case_runs = range(STOPS), []
    can = [not wheelchair or w == 1 for _, w in town.stops]
    for trip in town.trips:
        if wheelchair and trip["wheelchair"] == 2:
            continue
        spans = trip["spans"] or [(0, 1, 1)]
        starts = [start + headway * k for start, end, headway in spans for k in range(-(-(end - start) // headway))]  # type: ignore[attr-defined]
        for later in starts:
            case_runs.append([
                (s, came + later, leaves + later, pickup != 1 and can[s], drop_off != 1 and can[s])
                for s, came, leaves, pickup, drop_off in trip["calls"]  # type: ignore[attr-defined]
            ])  # fmt: skip
    x, y = units.convert(
        np.full(STOPS, -122.7), np.array([round(38.4 + m / 111_000, 7) for m, _ in town.stops]), units.DEGREES, CRS
    )
    paths = {}
    for a in out:
        for b in out:
            metres = float(np.hypot(x[a] - x[b], y[a] - y[b]))
            if a != b and metres <= 600:
                paths[a, b] = int(np.ceil(metres / 1.2 - 1e-6))
    change = [0] * STOPS
    for (a, b), (kind, least) in town.transfers.items():
        if a == b:
            change[a] = 10**7 if kind == 3 else least
        elif kind == 3:
            paths.pop((a, b), None)
        else:
            paths[a, b] = max(paths.get((a, b), 0), least)
    return Case(case_runs, paths, change)


@settings(max_examples=60)
@given(towns(), st.integers(0, 5400), st.booleans())
def test_a_whole_feed_with_all_its_rules_gives_what_its_text_says(
    tmp_path_factory: pytest.TempPathFactory, town: Town, after: int, wheelchair: bool
) -> None:
    folder = written(town, tmp_path_factory.mktemp("feed") / "town")
    table = timetable_day.build([gtfs.read(folder, "town")], DAY, CRS, wheelchair=wheelchair)
    case = understood(town, wheelchair=wheelchair)
    base = min(base_of(trip) for trip in town.trips)
    start = max(0, base - 600 + after)
    window = windows.Window(start, start + 1, 1)
    found = windows.between_stops(table, EVERY, window, (50,), longest_s=40_000)[:, :, 0]
    for origin in range(STOPS):
        assert [a - start for a in slow(case, origin, start)] == list(found[origin])


def compared(table: arrays.Timetable, random: np.random.Generator, origins: int, until_s: int) -> int:
    """How many trips from random stops at random moments were compared with the unrolled timetable, all equal."""
    p, compared_trips = table.patterns, 0
    length, trips = np.diff(p.stop_from), np.diff(p.trip_from)
    place = np.concatenate(
        [np.tile(np.arange(a, a + n), t) for a, n, t in zip(p.stop_from, length, trips, strict=False)]
    )
    run = np.repeat(np.arange(trips.sum()), np.repeat(length, trips))
    ways = table.footpaths
    plainly = Unrolled(
        (run, p.stop[place], p.arrive_s.astype(np.int64), p.depart_s.astype(np.int64), p.board[place], p.alight[place]),
        (ways.origin, ways.target, ways.seconds), table.change_s,
    )  # fmt: skip
    origin = random.choice(np.unique(p.stop), origins)
    start = random.integers(5 * 3600, until_s, origins)
    for o, s, expected in zip(origin, start, plainly.from_stops(origin, start), strict=True):
        near = slice(*np.searchsorted(ways.origin, [o, o + 1]))
        stop, walk = np.append(ways.target[near], o), np.append(ways.seconds[near], 0)
        found = windows.by_minute(table, stop, walk, windows.Window(int(s), int(s) + 1, 1))[:, 0].astype(float)
        found[stop] = np.minimum(found[stop], walk)
        found[found >= arrays.NEVER] = np.inf
        travel = expected - s
        travel[travel > windows.LONGEST_S] = np.inf
        assert np.array_equal(found, travel)
        compared_trips += int(np.isfinite(travel).sum()) - 1
    return compared_trips


def both_ways(table: arrays.Timetable, random: np.random.Generator, count: int) -> None:
    """The sweep and the scan agree for some origins in every departure of a window."""
    origins = random.choice(np.unique(table.patterns.stop), count)
    window = windows.Window(7 * 3600, 9 * 3600, 600)
    ranks = tuple(round(100 * (n + 1) / window.count) for n in range(window.count))
    found = windows.between_stops(table, origins, window, ranks)
    for row, origin in enumerate(origins):
        near = slice(*np.searchsorted(table.footpaths.origin, [origin, origin + 1]))
        stop = np.append(table.footpaths.target[near], origin)
        walk = np.append(table.footpaths.seconds[near], 0)
        each = windows.by_minute(table, stop, walk, window)
        each[stop] = np.minimum(each[stop], walk[:, None])
        assert np.array_equal(found[row], windows.percentiles(each, ranks))


def sonoma(real_data: Path) -> arrays.Timetable:
    folders = sorted(p for p in (real_data / "gtfs_sonoma_2018").iterdir() if p.is_dir())
    assert len(folders) == 5
    return timetable_day.build([gtfs.read(f, f.name) for f in folders], dt.date(2018, 2, 6), CRS)


def porto_alegre(real_data: Path) -> arrays.Timetable:
    zips = [real_data / "porto_alegre" / name for name in ("poa_eptc.zip", "poa_trensurb.zip")]
    return timetable_day.build([gtfs.read(z, z.stem) for z in zips], dt.date(2019, 5, 13), "EPSG:31982", transfer_m=400)


def test_random_trips_over_five_operators_are_those_of_the_unrolled_timetable(real_data: Path) -> None:
    table, random = sonoma(real_data), np.random.default_rng(1)
    assert compared(table, random, 25, 20 * 3600) > 1_000
    both_ways(table, random, 10)


def test_random_trips_over_a_brazilian_city_are_those_of_the_unrolled_timetable(real_data: Path) -> None:
    table, random = porto_alegre(real_data), np.random.default_rng(2)
    assert compared(table, random, 8, 20 * 3600) > 1_000
    both_ways(table, random, 5)


@pytest.mark.long
def test_ten_thousand_random_trips_from_as_many_moments_are_those_of_the_unrolled_timetable(real_data: Path) -> None:
    for table, origins in ((sonoma(real_data), 1_000), (porto_alegre(real_data), 300)):
        assert compared(table, np.random.default_rng(3), origins, 22 * 3600) > 10_000


def test_parcels_reach_the_nearest_of_each_kind_by_bus_or_on_foot() -> None:
    import pandas as pd

    from siteselect import network
    from siteselect.layers.ledger import Report
    from siteselect.layers.streets import Streets

    # a street of 6 km with stops at 0 and 5,000 m, a bus at 08:10 for 5 minutes; a library at 5,120 m, a shop at 240 m
    x = np.arange(0, 6001, 100.0)
    number = np.arange(len(x))
    town = Streets(x, np.zeros(len(x)), number[:-1], number[1:], "walk", Report("streets", 0, 0, 0, 0, pd.DataFrame()))
    at = np.array([0.0, 5000.0, 120.0, 3000.0, 5120.0, 240.0])
    tied = network.tie(town, np.column_stack([at, np.zeros(6)]))
    leaves = 8 * 3600 + 600
    calls = runs.Runs(np.zeros(2, int), np.array([0, 1]), np.array([leaves, leaves + 300]),
                      np.array([leaves, leaves + 300]), np.ones(2, bool), np.ones(2, bool), np.zeros(1, int),
                      np.zeros(1, int), np.array(["bus"]), np.array([""]), 1)  # fmt: skip
    window = windows.Window(8 * 3600, 8 * 3600 + 600, 60)
    groups = [np.array([4]), np.array([5])]
    found, share = nearest.of_each(
        plain(calls, 2), tied, np.array([2, 3]), np.array([0, 1]), groups, window, (50, 100), limit_s=1_100
    )
    # from 120 m: leave at 08:00 to 08:08, 100 s to the stop; the bus; 100 s more: 08:16:40
    assert list(found[0, 0]) == [12 * 60 + 40, 5_000 / 1.2 // 1 + 1]  # who leaves at 08:09 has missed it and walks
    assert list(found[0, 1]) == [100, 100]
    assert list(found[1, 0]) == [np.ceil(2120 / 1.2)] * 2  # no stop within reach: on foot
    assert share[0, 0] == pytest.approx(0.9)
    assert share[1].tolist() == [0, 0]
