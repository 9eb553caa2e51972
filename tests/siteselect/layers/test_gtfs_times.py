"""Times read, written and put between others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect.layers.gtfs import times


@settings(deadline=None)
@given(st.lists(st.integers(0, 999 * 3600 + 3599), min_size=1))
def test_a_time_that_is_written_is_read_back(seconds: list[int]) -> None:
    assert times.seconds(pd.Series([times.text(s) for s in seconds])).tolist() == seconds


@pytest.mark.parametrize(("text", "seconds"), [("4:19:00", 15540), ("04:19:00", 15540), ("26:39:00", 95940)])
def test_one_digit_hours_and_hours_past_midnight_are_times(text: str, seconds: int) -> None:
    assert times.seconds(pd.Series([text])).tolist() == [seconds]


@pytest.mark.parametrize("text", ["", "noon", "12:60:00", "12:00:60", "12:00", "-1:00:00", "12:0:00", "١٢:00:00"])
def test_what_is_no_time_is_missing_not_zero(text: str) -> None:
    assert np.isnan(times.seconds(pd.Series([text]))).all()


@st.composite
def trips(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trips one after the other: arrival and departure with gaps, never at an end; distances with faults."""
    arrival: list[float] = []
    departure: list[float] = []
    for _ in range(draw(st.integers(1, 4))):
        count = draw(st.integers(2, 9))
        now = draw(st.integers(0, 90_000))
        for stop in range(count):
            now += draw(st.integers(0, 600))
            leaves = now + draw(st.integers(0, 90))
            timed = stop in (0, count - 1) or draw(st.booleans())
            arrival.append(now if timed else np.nan)
            departure.append(leaves if timed else np.nan)
            now = leaves
    distance = draw(
        st.lists(st.one_of(st.just(np.nan), st.floats(0, 1e5)), min_size=len(arrival), max_size=len(arrival))
    )
    if draw(st.booleans()):
        distance = sorted(distance)
    return np.array(arrival, float), np.array(departure, float), np.array(distance, float)


@settings(deadline=None)
@given(trips())
def test_a_time_put_in_lies_between_its_timed_neighbours_and_none_goes_back(
    case: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    arrival, departure, distance = case
    came, left, by_distance = times.between(arrival, departure, distance)
    timed = ~np.isnan(arrival)
    assert not np.isnan(came).any()
    assert (came[timed] == arrival[timed]).all()
    assert (left[timed] == departure[timed]).all()
    assert not (by_distance & timed).any()
    before = after = 0
    for at in np.flatnonzero(~timed):
        before = max(i for i in range(at) if timed[i])
        after = min(i for i in range(at, len(timed)) if timed[i])
        assert departure[before] <= came[at] <= arrival[after]
        assert came[at] == left[at]
        assert came[at] >= left[at - 1]


def test_a_gap_is_spread_by_distance_only_when_every_distance_in_it_holds() -> None:
    arrival = np.array([0, np.nan, np.nan, 300.0])
    by = [times.between(arrival, arrival, np.array(d, float)) for d in ([0, 10, 90, 100], [0, np.nan, 90, 100])]
    assert by[0][0].tolist() == [0, 30, 270, 300]
    assert by[1][0].tolist() == [0, 100, 200, 300]
    assert by[0][2].tolist() == [False, True, True, False]
    assert not by[1][2].any()


def test_the_time_starts_from_the_departure_not_the_arrival_of_the_stop_before() -> None:
    came, _, _ = times.between(np.array([0, np.nan, 200.0]), np.array([100, np.nan, 200.0]), np.full(3, np.nan))
    assert came.tolist() == [0, 150, 200]
