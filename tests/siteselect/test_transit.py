"""How often a stop is served on a day, in an invented timetable whose answers are known."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect import transit
from siteselect.errors import FeedExpired, NoServiceThatDay
from siteselect.layers import gtfs
from siteselect.layers.gtfs import times
from tests import feeds

TUESDAY = date(2026, 3, 3)
WEDNESDAY = date(2026, 3, 4)
ALL_DAY = (0, 30 * 3600)


@pytest.fixture
def town(tmp_path: Path) -> gtfs.Feed:
    return gtfs.read(feeds.write(tmp_path / "bus"), "town")


def clock(table: pd.DataFrame, trip: str) -> list[tuple[str, str]]:
    rows = table[table["trip_id"] == trip].sort_values("departure_s")
    return [(stop, times.text(second)) for stop, second in zip(rows["stop_id"], rows["departure_s"], strict=True)]


def test_a_service_of_exceptions_runs_on_its_days_only(town: gtfs.Feed) -> None:
    assert set(transit.running(town, TUESDAY).trips) == {"ten", "two", "night", "rail", "shuttle"}
    assert set(transit.running(town, WEDNESDAY).trips) == {"ten", "two", "night", "shuttle"}
    assert set(transit.running(town, date(2026, 3, 7)).trips) == {"rail"}
    assert (transit.running(town, WEDNESDAY).trips_running, transit.running(town, WEDNESDAY).trips_total) == (4, 5)


def test_the_day_says_how_usual_it_is(town: gtfs.Feed) -> None:
    found = transit.guard(town, TUESDAY)
    assert (found.first_day, found.last_day, found.day) == (date(2026, 2, 2), date(2026, 3, 13), TUESDAY)
    assert (found.trips_running, found.trips_total, found.trips_typical, found.note) == (5, 5, 4, None)


def test_a_day_with_far_fewer_trips_than_usual_has_a_note(tmp_path: Path) -> None:
    holiday = feeds.FILES["calendar_dates.txt"] + "W,20260303,2\n"
    found = transit.guard(gtfs.read(feeds.write(tmp_path, calendar_dates=holiday), "town"), TUESDAY)
    assert found.note == "unusually few trips run on 2026-03-03: 1, where 4 are usual on a Tuesday"


@pytest.mark.parametrize("day", [date(2026, 2, 1), date(2026, 3, 14), date(2030, 1, 1)])
def test_a_day_outside_the_calendar_is_refused_not_counted_as_no_service(town: gtfs.Feed, day: date) -> None:
    with pytest.raises(FeedExpired, match=r"feed town: .* \(2026-02-02 to 2026-03-13\), so 0 of its 5 trips run"):
        transit.guard(town, day)
    with pytest.raises(FeedExpired):
        transit.departures(town, day)
    for ask in (transit.stops, transit.trip_stops):
        with pytest.raises(FeedExpired):
            ask([town], day)


def test_a_day_without_service_names_the_nearest_that_has_it(town: gtfs.Feed) -> None:
    with pytest.raises(NoServiceThatDay, match=r"on Sunday 2026-03-08 \(0 of its 5 trips\).* Saturday 2026-03-07"):
        transit.guard(town, date(2026, 3, 8))
    with pytest.raises(NoServiceThatDay, match="the nearest day with service is Tuesday 2026-02-17"):
        transit.guard(town, date(2026, 2, 16))


def test_inside_the_calendar_no_service_is_a_true_zero(town: gtfs.Feed) -> None:
    assert transit.departures(town, date(2026, 3, 8)).empty
    assert transit.trip_stops([town], date(2026, 3, 8)).empty
    assert transit.stops([town], date(2026, 3, 8))["departures"].sum() == 0


def test_nobody_boards_at_a_last_stop_or_where_boarding_is_barred(town: gtfs.Feed) -> None:
    found = transit.departures(town, TUESDAY)
    assert clock(found, "ten") == [("A", "08:00:00"), ("B", "08:05:00")]
    assert clock(found, "two") == [("C", "09:01:00")]  # at B it only sets down
    assert clock(found, "night") == [("A", "23:50:00"), ("B", "24:10:00")]


def test_a_trip_by_headway_departs_once_in_each_run_and_not_by_its_template(town: gtfs.Feed) -> None:
    assert clock(transit.departures(town, TUESDAY), "shuttle") == [
        ("A", "12:00:00"), ("B", "12:05:00"), ("A", "12:20:00"),
        ("B", "12:25:00"), ("A", "12:40:00"), ("B", "12:45:00"),
    ]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 7200), st.integers(15, 3600), st.integers(0, 600)), min_size=1, max_size=4))
def test_a_span_of_headways_holds_one_run_for_each_headway_begun(
    tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int, int]]
) -> None:
    rows, expected, now = [], [], 36000
    for length, headway, pause in spans:
        rows.append(f"shuttle,{times.text(now)},{times.text(now + length)},{headway},1")
        expected += list(range(now, now + length, headway))
        now += length + pause
    text = "trip_id,start_time,end_time,headway_secs,exact_times\n" + "\n".join(rows)
    feed = gtfs.read(feeds.write(tmp_path_factory.mktemp("feed"), frequencies=text), "town")
    found = transit.departures(feed, TUESDAY)
    found = found[(found["trip_id"] == "shuttle") & (found["stop_id"] == "A")]
    assert sorted(found["departure_s"]) == expected
    assert sorted(found["run"]) == list(range(len(expected)))


def test_a_rejected_first_or_last_row_does_not_move_the_rest(tmp_path: Path) -> None:
    rows = feeds.changed("stop_times", ("06:00:00,A,1", "06:00:00,GONE,1"), ("25:30:00,C,3", "25:30:00,GONE,3"))
    found = transit.departures(gtfs.read(feeds.write(tmp_path, stop_times=rows), "town"), TUESDAY)
    assert clock(found, "shuttle") == [("B", "12:05:00"), ("B", "12:25:00"), ("B", "12:45:00")]
    assert clock(found, "night") == [("A", "23:50:00"), ("B", "24:10:00")]


def test_departures_per_hour_are_those_of_the_hours_asked(town: gtfs.Feed) -> None:
    found = transit.stops([town], TUESDAY).set_index("stop_id")
    assert found["departures"].to_dict() == {"A": 4, "B": 4, "C": 2, "P": 1, "Z": 0}
    assert found.loc["A", "departures_per_hour"] == pytest.approx(4 / 12)
    whole = transit.stops([town], TUESDAY, ALL_DAY).set_index("stop_id")
    assert whole.loc["A", "departures"] == 5
    morning = transit.stops([town], TUESDAY, (8 * 3600, 9 * 3600)).set_index("stop_id")
    assert morning["departures_per_hour"].to_dict() == {"A": 1, "B": 1, "C": 0, "P": 0, "Z": 0}


def test_the_end_of_the_hours_is_not_in_them(town: gtfs.Feed) -> None:
    found = transit.stops([town], TUESDAY, (7 * 3600, 8 * 3600)).set_index("stop_id")
    assert found.loc["A", "departures"] == 0
    with pytest.raises(ValueError, match="before they begin"):
        transit.stops([town], TUESDAY, (8 * 3600, 8 * 3600))


def test_a_platform_carries_its_stations_name_and_a_station_is_no_stop(town: gtfs.Feed) -> None:
    found = transit.stops([town], TUESDAY).set_index("stop_id")
    assert found.loc["P", "name"] == "Central Station"
    assert not {"S", "E"} & set(found.index)


def test_a_stop_never_served_is_listed_apart_from_one_not_served_today(town: gtfs.Feed) -> None:
    found = transit.stops([town], WEDNESDAY).set_index("stop_id")
    assert found.loc["Z", ["served", "never_served"]].tolist() == [False, True]
    assert found.loc["P", ["served", "never_served"]].tolist() == [False, False]  # the tram does not run today
    assert pd.isna(found.loc["Z", "mode"])
    assert pd.isna(found.loc["Z", "routes"])


def test_a_stop_served_outside_the_hours_only_is_served_that_day(town: gtfs.Feed) -> None:
    found = transit.stops([town], TUESDAY, (18 * 3600, 19 * 3600)).set_index("stop_id")
    assert found.loc["A", "departures"] == 0
    assert found.loc["A", "served"]


def test_routes_are_named_with_their_operator_in_the_order_of_their_numbers(town: gtfs.Feed) -> None:
    found = transit.stops([town], TUESDAY).set_index("stop_id")
    assert found.loc["A", "routes"] == "Town 2; Town 10"
    assert found.loc["C", "routes"] == "Town 2; Town Harbour Line"


def test_a_stop_is_named_by_its_heaviest_mode(town: gtfs.Feed) -> None:
    found = transit.stops([town], TUESDAY).set_index("stop_id")
    assert found["mode"].dropna().to_dict() == {"A": "bus", "B": "bus", "C": "tram", "P": "tram"}


@pytest.mark.parametrize(
    ("route_type", "mode"),
    [(0, "tram"), (1, "metro"), (2, "rail"), (3, "bus"), (4, "ferry"), (11, "bus"), (12, "metro"), (106, "rail"),
     (200, "bus"), (401, "metro"), (715, "bus"), (900, "tram"), (1000, "ferry"), (1400, "funicular"), (1700, "other")],
)  # fmt: skip
def test_basic_and_extended_route_types_have_plain_names(route_type: int, mode: str) -> None:
    assert transit.modes(pd.Series([route_type])).tolist() == [mode]


def test_trips_are_distinct_by_stop_and_each_run_by_headway_counts(town: gtfs.Feed) -> None:
    found = transit.trip_stops([town], TUESDAY)
    at_a = found[found["stop_key"] == "town:A"]
    assert sorted(at_a["trip_key"]) == ["town:shuttle#0", "town:shuttle#1", "town:shuttle#2", "town:ten"]
    assert set(at_a["route_key"]) == {"town:r10", "town:r2"}
    assert not found.duplicated().any()


def test_a_trip_that_calls_twice_is_one_trip_and_two_departures(tmp_path: Path) -> None:
    loop = (
        feeds.FILES["stop_times.txt"].replace("ten,8:20:00,8:20:00,C,9", "ten,8:20:00,8:20:00,A,8")
        + "ten,8:30:00,8:30:00,C,9,0,0,\n"
    )
    feed = gtfs.read(feeds.write(tmp_path, stop_times=loop), "town")
    assert transit.stops([feed], TUESDAY).set_index("stop_id").loc["A", "departures"] == 5
    found = transit.trip_stops([feed], TUESDAY)
    assert len(found[(found["stop_key"] == "town:A") & (found["trip_key"] == "town:ten")]) == 1


def test_feeds_keep_their_stops_apart(tmp_path: Path, town: gtfs.Feed) -> None:
    other = gtfs.read(feeds.write(tmp_path / "other"), "other")
    found = transit.stops([town, other], TUESDAY)
    assert found["stop_key"].is_unique
    assert len(found) == 10
    assert found.crs == "EPSG:4326"
    with pytest.raises(ValueError, match="names of their own"):
        transit.stops([town, town], TUESDAY)
