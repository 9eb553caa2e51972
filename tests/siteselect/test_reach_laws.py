"""The light door's laws: being there by a moment, windows, the last ride, places that are not known, odd nights."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect import place, prepare, reach
from siteselect.errors import FeedExpired, MomentRefused
from siteselect.journeys import words
from tests import feeds, town

TUESDAY = dt.date(2026, 3, 3)
MIDNIGHT = dt.datetime.combine(TUESDAY, dt.time())
spots = st.tuples(st.floats(-100, 1100), st.floats(-100, 1100))
moments = st.integers(5 * 3600, 20 * 3600)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> reach.Door:
    base = tmp_path_factory.mktemp("town")
    prepare.journeys(place.read(town.write(base)), TUESDAY, base / "stored")
    return reach.opened(base / "stored")


def at(second: int) -> dt.datetime:
    return MIDNIGHT + dt.timedelta(seconds=second)


def tied(door: reach.Door, *goals: tuple[float, float]) -> reach.Places:
    return reach.places(door, *np.array([town.lonlat(*goal) for goal in goals]).T)


@settings(max_examples=40)
@given(spots, spots, moments)
def test_who_leaves_at_the_latest_departure_is_in_time_and_a_second_later_is_not(
    door: reach.Door, start: tuple[float, float], goal: tuple[float, float], by: int
) -> None:
    goals = tied(door, goal)
    leave = reach.latest(door, *town.lonlat(*start), at(by), goals).leave_s[0]
    assert np.isfinite(leave)
    before = reach.times(door, *town.lonlat(*start), at(int(leave)), goals)
    after = reach.times(door, *town.lonlat(*start), at(int(leave) + 1), goals)
    assert leave + before.travel_s[0] <= by < leave + 1 + after.travel_s[0]


@settings(max_examples=40)
@given(spots, spots, moments)
def test_from_all_to_one_and_from_one_to_all_give_the_same_latest_departure(
    door: reach.Door, start: tuple[float, float], goal: tuple[float, float], by: int
) -> None:
    one = reach.latest(door, *town.lonlat(*start), at(by), tied(door, goal))
    all_ = reach.arrive_by(door, *town.lonlat(*goal), at(by), tied(door, start))
    assert one.leave_s[0] == all_.leave_s[0]
    assert one.trip(0) == all_.trip(0)


def test_the_latest_departure_is_told_as_the_journey_that_it_begins(door: reach.Door) -> None:
    # to (150, 100) by 08:30: the bus of 08:00 from North is in Middle at 08:10, and 750 m on foot take 10 min 25 s
    found = reach.latest(door, *town.lonlat(950, 1000), at(8 * 3600 + 1800), tied(door, (150, 100)))
    walk = int(np.ceil(50 / 1.2))
    assert found.leave_s[0] == max(8 * 3600 - walk, 8 * 3600 + 1800 - np.ceil(1700 / 1.2))
    assert found.words(0, "the clinic").startswith("leave 08:06, walk 1,700 m to the clinic")
    sooner = reach.latest(door, *town.lonlat(950, 1000), at(8 * 3600 + 21 * 60), tied(door, (150, 100)))
    assert sooner.leave_s[0] == 8 * 3600 - walk
    assert "Town Bus 2 at 08:00 towards South to Middle (08:10)" in sooner.words(0)


@settings(max_examples=15)
@given(spots, spots, st.integers(6 * 3600, 18 * 3600), st.integers(1, 90))
def test_a_windows_percentiles_are_those_of_its_departures_one_by_one(
    door: reach.Door, start: tuple[float, float], goal: tuple[float, float], first: int, minutes: int
) -> None:
    goals, origin = tied(door, goal), town.lonlat(*start)
    each = np.sort([reach.times(door, *origin, at(first + 60 * turn), goals).travel_s[0] for turn in range(minutes)])
    found = reach.over(door, *origin, at(first), minutes, goals, limit_s=900)
    ranks = [max(1, -(-p * minutes // 100)) - 1 for p in found.percents]
    assert list(found.travel_s[0, 0]) == list(each[ranks])
    assert found.share_within[0, 0] == pytest.approx((each <= 900).mean())
    assert found.departures == minutes


def test_many_to_many_is_one_to_all_many_times(door: reach.Door) -> None:
    starts, goals = [(0, 0), (900, 950), (400, 100)], [(150, 100), (1000, 1000)]
    whole = reach.between(door, tied(door, *starts), tied(door, *goals), at(8 * 3600), 30)
    for row, start in enumerate(starts):
        one = reach.over(door, *town.lonlat(*start), at(8 * 3600), 30, tied(door, *goals))
        assert np.array_equal(whole.travel_s[row], one.travel_s[0])
    with pytest.raises(ValueError, match="window of 0 minutes"):
        reach.between(door, tied(door, *starts), tied(door, *goals), at(8 * 3600), 0)


def test_the_last_ride_is_the_last_minute_from_which_a_bus_still_leads_there(door: reach.Door) -> None:
    origin, goals = town.lonlat(900, 1000), tied(door, (200, 100), (905, 1000))
    last = reach.last_rides(door, *origin, goals)
    # the bus of 18:00 is the last of route 2; a step to the stop takes a second, so the last whole minute is 17:59
    assert last[0] == 18 * 3600 - 60
    ride = reach.times(door, *origin, at(18 * 3600 - 60), goals)
    assert ride.travel_s[0] == 60 + 10 * 60 + np.ceil(700 / 1.2)
    later = reach.times(door, *origin, at(18 * 3600 + 60), goals)
    assert later.travel_s[0] == later.walk_s[0]
    assert last[1] == -np.inf  # next door: no ride leads there


def test_a_place_without_coordinates_has_unknown_times_and_takes_none_from_the_others(door: reach.Door) -> None:
    lon, lat = np.array([town.lonlat(500, 500), (np.nan, np.nan), (400.0, 0.0)]).T
    asked, origin = reach.places(door, lon, lat), town.lonlat(100, 100)
    found = reach.times(door, *origin, at(8 * 3600), asked)
    assert np.isfinite(found.travel_s[0])
    assert np.isnan(found.travel_s[1:]).all()
    assert np.isnan(found.walk_s[1:]).all()
    assert found.words(1) == "unknown: its coordinates are not known"
    assert found.trip(1) == []
    for by in (reach.latest, reach.arrive_by):
        deadline = by(door, *origin, at(9 * 3600), asked)
        assert np.isnan(deadline.leave_s[1:]).all()
        assert np.isnan(deadline.travel_s[1:]).all()
        assert np.isfinite(deadline.leave_s[0])
        assert deadline.words(1) == "unknown: its coordinates are not known"
    spread = reach.over(door, *origin, at(8 * 3600), 10, asked)
    assert np.isnan(spread.travel_s[0, 1:]).all()
    assert np.isnan(spread.share_within[0, 1:]).all()
    assert np.isnan(reach.last_rides(door, *origin, asked)[1:]).all()


def test_from_an_unknown_place_everything_is_unknown(door: reach.Door) -> None:
    asked = tied(door, (500, 500))
    assert np.isnan(reach.times(door, np.nan, np.nan, at(8 * 3600), asked).travel_s).all()
    assert np.isnan(reach.arrive_by(door, np.nan, np.nan, at(8 * 3600), asked).leave_s).all()
    assert np.isnan(reach.latest(door, np.nan, np.nan, at(8 * 3600), asked).leave_s).all()
    assert np.isnan(reach.over(door, np.nan, np.nan, at(8 * 3600), 5, asked).travel_s).all()


def test_where_there_is_no_way_the_time_is_infinite_and_said_so(door: reach.Door) -> None:
    goals = reach.places(door, np.array([-121.0]), np.array([39.0]))
    found = reach.times(door, *town.lonlat(100, 100), at(8 * 3600), goals)
    assert found.travel_s[0] == np.inf
    assert found.words(0) == "no way by this timetable within 6 hours"
    deadline = reach.latest(door, *town.lonlat(100, 100), at(8 * 3600), goals)
    assert (deadline.leave_s[0], deadline.travel_s[0]) == (-np.inf, np.inf)
    assert deadline.words(0) == "no way by this timetable within 6 hours"


def test_where_no_stop_is_near_the_answer_says_that_it_is_only_walks(door: reach.Door) -> None:
    found = reach.times(door, *town.lonlat(3400, 500), at(8 * 3600), tied(door, (3000, 500)))
    assert any("no stop lies within 1,200 m" in note for note in found.notes)


# ---- odd nights: the small feed laps over midnight and knows Los Angeles


def stored(folder: Path, day: dt.date, **changes: str) -> reach.Door:
    text = town.PLACE.replace('path = "bus"', 'path = "feed"').replace('name = "town-bus"', 'name = "town"')
    town.write(folder)
    feeds.write(folder / "town" / "feed", **changes)
    (folder / "night.toml").write_text(text)
    prepare.journeys(place.read(folder / "night.toml"), day, folder / "stored")
    return reach.opened(folder / "stored")


@pytest.fixture
def spring(tmp_path: Path) -> reach.Door:
    calendar = feeds.changed("calendar", ("W,1,1,1,1,1,0,0", "W,1,1,1,1,1,1,1"))
    return stored(tmp_path, dt.date(2026, 3, 8), calendar=calendar)


def test_in_the_night_when_the_clocks_go_forward_the_clock_in_the_words_is_the_one_on_the_wall(
    spring: reach.Door,
) -> None:
    # noon minus 12 h is 23:00 on Saturday: a second of the day counts from there
    assert reach.seconds(spring, dt.datetime(2026, 3, 8, 0, 30)) == 5400
    assert reach.seconds(spring, dt.datetime(2026, 3, 8, 12)) == 12 * 3600
    clock = words.Clock.of(spring.table)
    assert [clock(s) for s in (0, 5400, 3 * 3600, 12 * 3600, 25 * 3600)] == [
        "23:00 the day before", "00:30", "03:00", "12:00", "01:00 the day after",
    ]  # fmt: skip


def test_a_time_that_the_clocks_skip_is_refused_and_one_that_comes_twice_is_told(
    spring: reach.Door, tmp_path: Path
) -> None:
    with pytest.raises(MomentRefused, match=r"2026-03-08T02:30 does not exist in America/Los_Angeles"):
        reach.seconds(spring, dt.datetime(2026, 3, 8, 2, 30))
    assert not reach.happens_twice(spring, dt.datetime(2026, 3, 8, 12))
    calendar = feeds.changed("calendar", ("W,1,1,1,1,1,0,0", "W,1,1,1,1,1,1,1"), ("20260313", "20261130"))
    autumn = stored(tmp_path / "autumn", dt.date(2026, 11, 1), calendar=calendar)
    assert reach.happens_twice(autumn, dt.datetime(2026, 11, 1, 1, 30))
    first = reach.seconds(autumn, dt.datetime(2026, 11, 1, 1, 30))
    again = reach.seconds(autumn, dt.datetime.fromisoformat("2026-11-01T01:30-08:00"))
    assert again - first == 3600


def test_a_moment_with_a_zone_belongs_to_the_day_that_it_is_in_the_place(tmp_path: Path) -> None:
    located = place.read(town.write(tmp_path))
    evening = dt.datetime.fromisoformat("2026-03-04T01:10:00Z")  # 17:10 on Tuesday in Los Angeles
    assert prepare.local_day(located, evening) == TUESDAY
    assert prepare.local_day(located, evening.replace(tzinfo=None)) == dt.date(2026, 3, 4)
    prepare.journeys(located, TUESDAY, tmp_path / "stored")
    assert prepare.local_day(located, evening, tmp_path / "stored") == TUESDAY
    with pytest.raises(FeedExpired):
        reach.seconds(reach.opened(tmp_path / "stored"), evening + dt.timedelta(days=1))


def test_where_the_feeds_name_no_zone_a_moment_with_one_is_refused(tmp_path: Path) -> None:
    agency = feeds.changed("agency", ("America/Los_Angeles", ""))
    nowhere = stored(tmp_path, TUESDAY, agency=agency)
    assert reach.seconds(nowhere, dt.datetime(2026, 3, 3, 8)) == 8 * 3600
    with pytest.raises(MomentRefused, match="names a time zone and the feeds name none"):
        reach.seconds(nowhere, dt.datetime(2026, 3, 3, 8, tzinfo=dt.UTC))


def test_the_door_may_be_asked_from_several_threads(door: reach.Door) -> None:
    from concurrent.futures import ThreadPoolExecutor

    goals = tied(door, *[(100 * n, 50 * n) for n in range(10)])
    ask: Callable[[int], list[float]] = lambda s: list(  # noqa: E731 - one line, used twice
        reach.times(door, *town.lonlat(900, 1000), at(s), goals).travel_s
    )
    moments_ = [7 * 3600 + 60 * n for n in range(60)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, moments_)) == [ask(s) for s in moments_]
