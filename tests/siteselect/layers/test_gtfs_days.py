"""Which services run on which day, against a slow count by hand."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect.layers.gtfs import days

FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def calendars(draw: st.DrawFn) -> days.Calendar:
    names = [f"s{n}" for n in range(draw(st.integers(1, 4)))]
    weekly = []
    for name in names:
        if draw(st.booleans()):
            start, end = sorted((draw(DAYS), draw(DAYS)))
            weekly.append((name, *draw(st.tuples(*[st.booleans()] * 7)), start, end))
    keys = draw(st.lists(st.tuples(st.sampled_from(names), DAYS), unique=True, max_size=12))
    exceptions = [(name, day, draw(st.sampled_from([1, 2]))) for name, day in keys]
    frame = pd.DataFrame(weekly, columns=["service_id", *days.WEEKDAYS, "start_date", "end_date"])
    frame = frame.astype({"service_id": "str", "start_date": "datetime64[s]", "end_date": "datetime64[s]"})
    dates = pd.DataFrame(exceptions, columns=["service_id", "date", "exception_type"])
    dates = dates.astype({"service_id": "str", "date": "datetime64[s]", "exception_type": "int64"})
    return days.Calendar(frame.astype(dict.fromkeys(days.WEEKDAYS, bool)), dates)


def by_hand(calendar: days.Calendar, day: date) -> set[str]:
    on = set()
    for line in calendar.weekly.itertuples():
        if line.start_date.date() <= day <= line.end_date.date() and getattr(line, days.WEEKDAYS[day.weekday()]):
            on.add(line.service_id)
    for line in calendar.exceptions.itertuples():
        if line.date.date() == day and line.exception_type == days.ADDED:
            on.add(line.service_id)
        elif line.date.date() == day:
            on.discard(line.service_id)
    return on


@settings(max_examples=60, deadline=None)
@given(calendars(), st.sets(DAYS, min_size=3, max_size=3))
def test_a_day_runs_what_the_calendar_and_its_exceptions_say(calendar: days.Calendar, asked: set[date]) -> None:
    named = {day.date() for day in calendar.exceptions["date"]}
    for day in asked | named:
        assert set(calendar.running(day)) == by_hand(calendar, day)


@settings(max_examples=40, deadline=None)
@given(calendars())
def test_the_count_of_all_days_is_the_count_of_each_day(calendar: days.Calendar) -> None:
    weight = pd.Series({"s0": 1, "s1": 10, "s2": 100, "s3": 1000})
    counts = calendar.counts(weight)
    for day, count in counts.items():
        assert count == sum(weight[name] for name in by_hand(calendar, day.date()))
    outside = {FIRST + timedelta(days=n) for n in range(42)} - {day.date() for day in counts.index}
    assert not any(by_hand(calendar, day) for day in outside)


@pytest.mark.parametrize(
    "text", ["2007.01.01", "2007-06-04", "20070230", "00010101", "99991231", "", "2026021", "٢٠٢٦٠١٠١"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert days.read_day(text) is None


def test_a_date_is_read() -> None:
    assert days.read_day("20260228") == date(2026, 2, 28)
