"""Whether a bed is free: known only while a count is good, never from a stale one, never from a missing one."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources import availability
from resources.records import TIME_ZONE, Bed, Held, Observation
from tests.resources.made import NIGHT, ask, inventory, row, stored, voucher

MIDNIGHT = dt.datetime(2024, 1, 26, tzinfo=TIME_ZONE)


def held(kind: str = "bed", *, confidential: bool = False) -> Held:
    return Held(
        id="p", name="P", organization="O", project_type="ES", kind=kind, confidential=confidential,
        under_development=False, listed=True, edition_year=2024, populations=(), source="s", source_date=None,
        office=None, beds=Bed(total_beds=10), address=None, city=None, zip=None, precision="none",
        location_source=None, lon=None, lat=None, margin_m=None, distance_m=None,
    )  # fmt: skip


def count(
    starts_at: dt.datetime | None = MIDNIGHT, people: int | None = 4, beds: int | None = 10, hours: float = 24.0
) -> Observation:
    on = starts_at.astimezone(TIME_ZONE).date() if starts_at else None
    return Observation(
        program_id="p", night=str(on or 2014), counted_on=on, starts_at=starts_at, good_for_hours=hours, people=people,
        beds=beds, source="s", reported_by=None,
    )  # fmt: skip


moments = st.datetimes(dt.datetime(2023, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC))
counts = st.builds(
    count,
    st.none() | moments,
    st.none() | st.integers(0, 30),
    st.none() | st.integers(0, 30),
    st.sampled_from([2.0, 24.0, 48.0]),
)


def test_a_bed_is_free_from_the_midnight_of_the_count_until_the_next() -> None:
    for moment, state in (
        (MIDNIGHT - dt.timedelta(seconds=1), "unknown"),
        (MIDNIGHT, "open"),
        (MIDNIGHT + dt.timedelta(hours=24, seconds=-1), "open"),
        (MIDNIGHT + dt.timedelta(hours=24), "unknown"),
    ):
        assert availability.at(held(), [count()], moment).state == state


def test_a_stale_count_says_how_old_it_is_in_words() -> None:
    found = availability.at(held(), [count()], dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC))
    assert found.reason == "Last counted on 26 January 2024, 1,031 days ago; a count is good for 24 hours."
    assert (found.free, found.people, found.beds) == (None, 4, 10)
    assert found.age_hours == pytest.approx(1031 * 24 + 12)


def test_before_the_count_nothing_of_it_is_known() -> None:
    found = availability.at(held(), [count()], MIDNIGHT - dt.timedelta(days=1))
    assert found.reason == "Not yet counted at that time."
    assert (found.people, found.beds, found.counted_on) == (None, None, None)


def test_nobody_counted_is_said_and_so_is_a_count_without_its_night() -> None:
    assert availability.at(held(), [], NIGHT).reason == "Nobody has counted here."
    assert "which night of 2014" in availability.at(held(), [count(None)], NIGHT).reason


def test_a_fresh_report_of_a_few_hours_wins_while_it_is_good_and_the_night_s_count_holds_after_it() -> None:
    both = [count(), count(MIDNIGHT + dt.timedelta(hours=12), people=10, hours=2)]
    assert availability.at(held(), both, MIDNIGHT + dt.timedelta(hours=13)).state == "full"
    assert availability.at(held(), both, MIDNIGHT + dt.timedelta(hours=15)).state == "open"
    after = availability.at(held(), both, MIDNIGHT + dt.timedelta(hours=25))
    assert (after.state, after.people) == ("unknown", 10)


def test_a_voucher_is_never_open_by_arithmetic(tmp_path: Path, store_url: str) -> None:
    (shown,) = ask(stored(store_url, inventory(tmp_path, voucher(pit=0)))).contents
    assert (shown.availability.state, shown.availability.free) == ("unknown", None)


def test_a_count_that_crosses_the_change_of_clocks_is_still_24_hours_long(tmp_path: Path) -> None:
    engine = stored(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, row(counted_on="2024-03-10")))
    start = dt.datetime(2024, 3, 10, tzinfo=TIME_ZONE).astimezone(dt.UTC)
    for hours, state in ((23.9, "open"), (24.1, "unknown")):
        (shown,) = ask(engine, as_of=start + dt.timedelta(hours=hours)).contents
        assert shown.availability.state == state


@given(st.lists(counts, max_size=5), moments)
def test_open_and_full_mean_that_a_good_count_says_so(given_counts: list[Observation], as_of: dt.datetime) -> None:
    given_counts.sort(key=lambda c: (c.starts_at is None, c.starts_at or NIGHT))
    found = availability.at(held(), given_counts, as_of)
    if found.state == "unknown":
        assert found.free is None
        return
    assert found.good_until is not None
    assert found.people is not None
    assert found.beds is not None
    assert as_of < found.good_until
    assert found.free == max(0, found.beds - found.people)
    assert (found.state == "open") == (found.free > 0)


@given(st.lists(counts, max_size=5))
def test_setting_the_clock_forward_turns_every_state_to_unknown(given_counts: list[Observation]) -> None:
    given_counts.sort(key=lambda c: (c.starts_at is None, c.starts_at or NIGHT))
    late = dt.datetime(2027, 1, 4, tzinfo=dt.UTC)
    assert availability.at(held(), given_counts, late).state == "unknown"


@given(st.lists(counts, max_size=5), moments)
def test_what_is_counted_later_changes_nothing_now(given_counts: list[Observation], as_of: dt.datetime) -> None:
    given_counts.sort(key=lambda c: (c.starts_at is None, c.starts_at or NIGHT))
    known = [c for c in given_counts if c.starts_at is not None and c.starts_at <= as_of]
    if known:
        assert availability.at(held(), given_counts, as_of) == availability.at(held(), known, as_of)


@given(st.lists(counts, max_size=3), moments)
def test_a_confidential_place_never_states_its_occupancy(given_counts: list[Observation], as_of: dt.datetime) -> None:
    found = availability.at(held(confidential=True), given_counts, as_of)
    assert (found.state, found.free, found.people, found.beds, found.counted_on) == ("unknown", None, None, None, None)
    assert "2-1-1" in found.reason
