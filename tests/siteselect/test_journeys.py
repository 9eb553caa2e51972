"""Journeys by timetable against a slow search over every event, and the laws that any timetable keeps."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect import network
from siteselect.journeys import arrays, scan, streets, windows, words
from siteselect.layers.ledger import Report
from siteselect.layers.streets import Streets
from siteselect.timetable import patterns
from siteselect.timetable.runs import Runs
from tests.plain_journeys import INF, Case, slow

STOPS = 6
WINDOW = windows.Window(1000, 1600, 60)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    runs = []
    for _ in range(draw(st.integers(1, 9))):
        now, run = draw(st.integers(900, 2200)), []
        for stop in draw(st.lists(st.integers(0, STOPS - 1), min_size=2, max_size=5)):
            leaves = now + draw(st.sampled_from([0, 0, 30, 120]))
            run.append((stop, now, leaves, draw(st.integers(0, 9)) > 0, draw(st.integers(0, 9)) > 0))
            now = leaves + draw(st.sampled_from([0, 45, 60, 200, 500]))
        runs.append(run)
    pair = st.tuples(st.integers(0, STOPS - 1), st.integers(0, STOPS - 1)).filter(lambda p: p[0] != p[1])
    paths = draw(st.dictionaries(pair, st.integers(1, 400), max_size=6))
    change = draw(st.lists(st.sampled_from([0, 0, 0, 60, 300]), min_size=STOPS, max_size=STOPS))
    return Case(runs, paths, change)


def built(case: Case) -> arrays.Timetable:
    calls = [(number, *call) for number, run in enumerate(case.runs) for call in run]
    run, stop, arrive, depart, board, alight = (np.array(column) for column in zip(*calls, strict=True))
    count = len(case.runs)
    found, member = patterns.fifo(
        Runs(run, stop, arrive, depart, board.astype(bool), alight.astype(bool), np.arange(count),
             np.zeros(count, int), np.array([f"bus {n}" for n in range(count)]), np.array([""]), count)
    )  # fmt: skip
    ends = np.array(sorted(case.paths), int).reshape(-1, 2)
    seconds = np.array([case.paths[a, b] for a, b in sorted(case.paths)], int)
    paths = arrays.Footpaths(ends[:, 0], ends[:, 1], seconds, seconds * 1.2, np.zeros(len(ends), bool))
    none = np.zeros(STOPS)
    return arrays.timetable(
        day="2026-03-03", timezone="", stop_key=np.array(list("ABCDEF")), stop_name=np.array(list("ABCDEF")), lon=none,
        lat=none, patterns=found, footpaths=paths, change_s=np.array(case.change), trip_label=member,
        trip_sign=np.zeros(count, int), labels=np.array([f"bus {n}" for n in range(count)]), signs=np.array([""]),
        trips_today=count, walk_speed_m_s=1.2, walk_method="walk", notes=(),
    )  # fmt: skip


def access(case: Case, origin: int) -> tuple[np.ndarray, np.ndarray]:
    """Where somebody at a stop can go on foot, and how long it takes."""
    near = [(origin, 0), *((b, s) for (a, b), s in case.paths.items() if a == origin)]
    stop, walk = zip(*near, strict=True)
    return np.array(stop), np.array(walk)


def minutes(case: Case, origin: int) -> np.ndarray:
    """Travel seconds from a stop by stop and departure of WINDOW; infinite without a path."""
    stop, walk = access(case, origin)
    found = windows.by_minute(built(case), stop, walk, WINDOW).astype(float)
    found[found >= arrays.NEVER] = np.inf
    for s, w in zip(stop, walk, strict=True):
        found[s] = np.minimum(found[s], w)
    return found


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(0, STOPS - 1))
def test_a_window_of_departures_is_exact_to_the_second(case: Case, origin: int) -> None:
    found = minutes(case, origin)
    for turn, start in enumerate(range(WINDOW.first_s, WINDOW.until_s, WINDOW.step_s)):
        assert list(found[:, turn]) == [a - start for a in slow(case, origin, start)]


@settings(max_examples=100, deadline=None)
@given(cases(), st.sets(st.integers(0, STOPS - 1), min_size=1, max_size=2))
def test_the_backward_scan_gives_the_nearest_of_a_set_as_forward_searches_do(case: Case, goals: set[int]) -> None:
    ends = [(g, 0) for g in goals] + [(a, s) for (a, b), s in case.paths.items() if b in goals]
    stop, walk = (np.array(column) for column in zip(*ends, strict=True))
    found = windows.to_nearest(built(case), stop, walk, WINDOW).astype(float)
    found[found >= arrays.NEVER] = np.inf
    for turn, start in enumerate(range(WINDOW.first_s, WINDOW.until_s, WINDOW.step_s)):
        for origin in range(STOPS):
            arrival = slow(case, origin, start)
            assert found[origin, turn] == min(arrival[g] for g in goals) - start


@settings(max_examples=50, deadline=None)
@given(cases())
def test_percentiles_over_a_window_are_those_of_its_departures_written_out(case: Case) -> None:
    found = windows.between_stops(built(case), np.arange(STOPS), WINDOW)
    for origin in range(STOPS):
        ordered = np.sort(minutes(case, origin), axis=1)
        ranks = [max(1, -(-p * WINDOW.count // 100)) - 1 for p in windows.PERCENTS]
        assert np.array_equal(found[origin], ordered[:, ranks].astype(np.float32))


@settings(max_examples=50, deadline=None)
@given(cases())
def test_door_to_door_is_the_best_of_every_walk_in_every_walk_out_and_walking_all_the_way(case: Case) -> None:
    every = np.arange(STOPS)
    before, after = np.array([10, 50, 90, 170, 10, 40]), np.array([5, 15, 25, 35, 45, 55])
    into = windows.Walks.of(np.zeros(STOPS, int), every, before, 1)
    out = windows.Walks.of(every, every, after, STOPS)
    direct = windows.Walks.of(np.zeros(1, int), np.zeros(1, int), np.array([333]), 1)
    found, share = windows.between_points(built(case), into, out, direct, WINDOW, limit_s=300)
    times = np.full((STOPS, WINDOW.count), np.inf)
    for turn, start in enumerate(range(WINDOW.first_s, WINDOW.until_s, WINDOW.step_s)):
        reach = np.min([riding_first(case, stop, start + walk) for stop, walk in enumerate(before)], axis=0)
        times[:, turn] = reach - start + after
    times[0] = np.minimum(times[0], 333)
    rank = -(-50 * WINDOW.count // 100) - 1
    assert np.array_equal(found[0, :, 1], np.sort(times, axis=1)[:, rank].astype(np.float32))
    assert share[0] == pytest.approx((times <= 300).mean(axis=1))


def riding_first(case: Case, origin: int, start: int) -> list[float]:
    """As `slow`, for somebody who has walked to a stop and rides before walking on."""
    arrival = [INF] * STOPS
    arrival[origin] = start
    ready = [INF] * STOPS
    ready[origin] = start
    changed = True
    while changed:
        changed = False
        for calls in case.runs:
            aboard = False
            for at, (stop, came, leaves, board, alight) in enumerate(calls):
                if aboard and alight:
                    for goal, when, can in [(stop, came, came + case.change[stop])] + [
                        (b, came + s, came + s) for (a, b), s in case.paths.items() if a == stop
                    ]:
                        arrival[goal] = min(arrival[goal], when)
                        if can < ready[goal]:
                            ready[goal], changed = can, True
                aboard = aboard or (board and at + 1 < len(calls) and ready[stop] <= leaves)
    return arrival


@settings(max_examples=50, deadline=None)
@given(cases(), st.integers(0, STOPS - 1), st.integers(0, STOPS - 1))
def test_a_trip_told_leg_by_leg_is_one_that_can_be_travelled_and_ends_when_said(
    case: Case, origin: int, goal: int
) -> None:
    table = built(case)
    stop, walk = access(case, origin)
    w = scan.work(table.ahead, 1)
    trail = scan.Trail(*np.full((5, STOPS), scan.BLANK, np.int32), np.zeros(STOPS, np.uint8))
    scan.scan(table.ahead, np.zeros(len(stop), int), stop, 1000 + walk, 90_000, w, trail)
    arrival = min(int(w.by_vehicle[goal]), int(w.ready[goal]))
    if arrival >= arrays.NEVER:
        return
    legs, now = words.legs(table, trail, goal), 1000
    first = words.first_stop(table, trail, goal)
    now += dict(zip(stop.tolist(), walk.tolist(), strict=True))[first]
    here = "ABCDEF"[first]
    rode = False
    for leg in legs:
        assert leg.origin == here
        assert leg.start_s >= now + (case.change["ABCDEF".index(here)] if rode and leg.vehicle else 0)
        now, here, rode = leg.end_s, leg.target, leg.vehicle is not None
    assert (here, now) == ("ABCDEF"[goal], arrival)


@settings(max_examples=50, deadline=None)
@given(cases(), cases(), st.integers(0, STOPS - 1))
def test_one_trip_more_makes_nobody_slower(case: Case, other: Case, origin: int) -> None:
    more = replace(case, runs=[*case.runs, other.runs[0]])
    assert (minutes(more, origin) <= minutes(case, origin)).all()


@settings(max_examples=50, deadline=None)
@given(cases(), st.integers(0, STOPS - 1))
def test_a_faster_pace_makes_nobody_slower(case: Case, origin: int) -> None:
    brisk = replace(case, paths={pair: max(1, s // 2) for pair, s in case.paths.items()})
    assert (minutes(brisk, origin) <= minutes(case, origin)).all()


def test_no_path_is_infinite_and_stays_so_in_a_percentile() -> None:
    case = Case([[(0, 1000, 1000, True, True), (1, 1100, 1100, True, True)]], {}, [0] * STOPS)
    found = windows.between_stops(built(case), np.array([0]), WINDOW, percents=(5, 50))
    assert found[0, 1].tolist() == [100, np.inf]  # the one bus leaves with the first of ten departures
    assert np.isinf(found[0, 2]).all()
    never = windows.by_minute(built(case), np.array([0]), np.array([0]), WINDOW)
    assert windows.share_within(never, 600)[1] == pytest.approx(0.1)


def test_a_stop_reached_on_foot_does_not_hide_the_vehicle_from_which_one_walks_on() -> None:
    # from A a walk reaches B at 1100; the bus is there at 1150 only, but from B one walks to C, which A does not
    case = Case([[(0, 1000, 1000, True, True), (1, 1150, 1150, True, True)]], {(0, 1): 100, (1, 2): 60}, [0] * STOPS)
    assert minutes(case, 0)[2, 0] == 210


def test_trips_that_overtake_are_kept_in_lanes_of_their_own() -> None:
    late = [(0, 1000, 1000, True, True), (1, 1900, 1900, True, True)]
    express = [(0, 1100, 1100, True, True), (1, 1200, 1200, True, True)]
    table = built(Case([late, express], {}, [0] * STOPS))
    assert len(table.patterns.trip_from) == 3
    assert minutes(Case([late, express], {}, [0] * STOPS), 0)[1, 0] == 200


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_resident_walks_are_those_of_the_network_that_measures_the_sites(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(4, 20))
    x, y = random.uniform(0, 900, (2, count))
    pieces = [(int(a), int(b)) for a, b in random.integers(0, count, (2 * count, 2)) if a != b] or [(0, 1)]
    u, v = np.array(pieces).T
    town = Streets(x, y, u, v, "walk", Report("streets", 0, 0, 0, 0, pd.DataFrame()))
    xy = random.uniform(-400, 1300, (8, 2))
    tied = network.tie(town, xy)
    net = streets.net(town.x, town.y, town.u, town.v)
    points = streets.tie(net, xy)
    assert np.array_equal(points.piece >= 0, tied.covered)
    _, tos, metres = network.within(tied, np.array([0]), np.arange(8), 1e9)
    found, straight = streets.walks(net, points, 0, points, 1e9)
    walked = {int(t): m for t, m in zip(tos, metres, strict=True)}
    for target in range(1, 8):
        if not straight[target]:
            assert found[target] == pytest.approx(walked.get(target, np.inf), abs=1e-5)
