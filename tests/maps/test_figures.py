"""Numbers are written once, and the unknown is never a number."""

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import figures, words

EN, ES = words.of("en"), words.of("es")


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, pd.NaT])
def test_an_unknown_figure_is_said_to_be_unknown(nothing: object) -> None:
    told = [figures.score(nothing, EN), figures.distance(nothing, EN), figures.area(nothing, EN),
            figures.value(nothing, "m", EN), figures.likely(nothing, 0.2, nothing, EN),
            figures.percent(nothing, EN)]  # fmt: skip
    assert set(told) == {"not known"}
    assert figures.distance(nothing, ES) == "no se sabe"


def test_a_distance_is_in_miles_and_in_metres() -> None:
    assert figures.distance(210, EN) == "0.13 mi (210 m)"
    assert figures.distance(8046.72, EN) == "5.0 mi (8.0 km)"


def test_zero_is_a_value_and_not_unknown() -> None:
    assert figures.value(0.0, "departures an hour", EN) == "0 departures an hour"
    assert figures.score(0.0, EN) == "0.000"


def test_a_likely_score_is_told_with_its_range_to_three_decimals() -> None:
    assert figures.likely(0.8221, 0.7521, 0.8921, EN) == "0.822, between 0.752 and 0.892"
    assert figures.likely(0.8221, 0.7521, 0.8921, ES) == "0.822, entre 0.752 y 0.892"


def test_a_range_whose_ends_read_alike_is_one_number() -> None:
    assert figures.likely(0.5002, 0.5001, 0.5004, EN) == "0.500"


@given(st.floats(-0.01, 0.01), st.integers(0, 3))
def test_nothing_has_no_sign(value: float, decimals: int) -> None:
    told = [figures.number(value, EN, decimals), figures.value(value, "people", EN), figures.percent(value, EN)]
    for text in told:
        assert not text.startswith("-") or set(text) & set("123456789"), text


def test_a_day_is_unmistakable_in_both_languages() -> None:
    assert figures.day("2024-02-01", EN) == "1 February 2024"
    assert figures.day(dt.date(2024, 2, 1), ES) == "1 de febrero de 2024"
    assert figures.day("2018 to 2025, by row", EN) == "2018 to 2025, by row"


def test_an_instant_is_shown_in_the_places_own_time() -> None:
    instant = dt.datetime(2024, 1, 27, 1, 10, tzinfo=dt.UTC)
    assert figures.moment(instant, EN, ZoneInfo("America/Los_Angeles")) == "26 January 2024, 17:10 PST"


@given(st.floats(0, 1e7))
def test_both_languages_write_the_same_digits(metres: float) -> None:
    digits = [[c for c in figures.distance(metres, w) if c.isdigit() or c in ".,"] for w in (EN, ES)]
    assert digits[0] == digits[1]


@given(st.floats(0, 1e5))
def test_an_age_never_reads_younger_than_half_of_what_it_is(hours: float) -> None:
    told = figures.age(hours, EN)
    amount = int("".join(c for c in told if c.isdigit()) or 0)
    unit = 365 * 24 if "year" in told else 24 if "day" in told else 1
    assert amount * unit >= hours / 2 or hours < 1
