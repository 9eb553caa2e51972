"""Reading a feed: what is repaired, what is rejected, and what ends in a refusal."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from siteselect.errors import FeedRefused
from siteselect.layers import gtfs
from siteselect.layers.ledger import Report
from tests import feeds


def report(feed: gtfs.Feed, table: str) -> Report:
    return next(found for found in feed.reports if found.layer == f"feed town: {table}")


def lines(feed: gtfs.Feed, table: str, outcome: str) -> list[tuple[int | None, str, str]]:
    found = report(feed, table).lines
    found = found[found["outcome"] == outcome]
    return [(None if pd.isna(r.row) else r.row, r.field, r.reason) for r in found.itertuples()]


def read(folder: Path, **changes: str | bytes | None) -> gtfs.Feed:
    return gtfs.read(feeds.write(folder, **changes), "town")


def times(feed: gtfs.Feed, trip: str) -> list[tuple[str, int, int]]:
    rows = feed.stop_times[feed.stop_times["trip_id"] == trip]
    return list(zip(rows["stop_id"], rows["arrival_s"], rows["departure_s"], strict=True))


def test_a_whole_feed_is_read_and_every_row_is_accounted_for(tmp_path: Path) -> None:
    feed = gtfs.read(feeds.write(tmp_path / "bus"), "town", source="Town", licence="CC0", day=date(2026, 3, 3))
    counts = {r.layer.removeprefix("feed town: "): (r.read, r.kept, r.repaired, r.rejected) for r in feed.reports}
    assert counts == {
        "agency": (1, 1, 0, 0),
        "stops": (7, 7, 0, 0),
        "routes": (3, 3, 0, 0),
        "trips": (5, 5, 0, 0),
        "stop_times": (15, 14, 1, 0),
        "calendar": (1, 1, 0, 0),
        "calendar_dates": (3, 3, 0, 0),
        "frequencies": (1, 1, 0, 0),
    }
    assert (feed.source, feed.licence) == ("Town", "CC0")
    assert "bus: 5 of 5 trips run on 2026-03-03" in feed.notes
    assert any("run by headway" in note for note in feed.notes)
    assert set(feed.notes) <= set(report(feed, "trips").notes)


def test_the_first_and_last_day_are_those_on_which_something_runs(tmp_path: Path) -> None:
    feed = read(tmp_path, feed_info="feed_start_date,feed_end_date\n20260101,20261231\n")
    assert (feed.first_day, feed.last_day) == (date(2026, 2, 2), date(2026, 3, 13))
    assert any("says 2026-01-01 to 2026-12-31, but its trips run 2026-02-02 to 2026-03-13" in n for n in feed.notes)


def test_a_calendar_that_begins_on_a_day_off_does_not_stretch_the_first_day(tmp_path: Path) -> None:
    feed = read(tmp_path, calendar=feeds.changed("calendar", ("20260202", "20260131")))
    assert feed.first_day == date(2026, 2, 2)  # 31 January and 1 February are a weekend


def test_a_missing_time_is_placed_by_distance_and_said_in_one_line(tmp_path: Path) -> None:
    feed = read(tmp_path)
    assert times(feed, "ten") == [("A", 28800, 28800), ("B", 29100, 29100), ("C", 30000, 30000)]  # a quarter of 20 min
    said = lines(feed, "stop_times", "repaired")
    assert len(said) == 1
    assert "1 by shape_dist_traveled and 0 evenly" in said[0][2]
    assert feed.stop_times.loc[feed.stop_times["interpolated"], "stop_id"].tolist() == ["B"]


@pytest.mark.parametrize("distance", ["", "1200", "-3", "x"])
def test_without_a_growing_distance_a_missing_time_is_placed_evenly(tmp_path: Path, distance: str) -> None:
    feed = read(tmp_path, stop_times=feeds.changed("stop_times", ("B,5,,,250", f"B,5,,,{distance}")))
    assert times(feed, "ten")[1] == ("B", 29400, 29400)
    assert "0 by shape_dist_traveled and 1 evenly" in lines(feed, "stop_times", "repaired")[0][2]


def test_times_past_midnight_stay_on_their_service_day(tmp_path: Path) -> None:
    assert times(read(tmp_path), "night")[-1] == ("C", 91800, 91800)


def test_a_row_with_one_of_two_times_takes_the_other(tmp_path: Path) -> None:
    feed = read(tmp_path, stop_times=feeds.changed("stop_times", ("two,09:20:00,09:20:00", "two,,09:20:00")))
    assert times(feed, "two")[-1] == ("A", 33600, 33600)
    assert (7, "arrival_time", "is blank; the row's other time is taken") in lines(feed, "stop_times", "repaired")


def test_a_trip_without_its_last_time_goes_with_all_its_rows(tmp_path: Path) -> None:
    feed = read(tmp_path, stop_times=feeds.changed("stop_times", ("ten,8:20:00,8:20:00", "ten,,")))
    assert "ten" not in set(feed.trips["trip_id"]) | set(feed.stop_times["trip_id"])
    assert lines(feed, "trips", "rejected") == [(2, "trip_id", "no time at its first or last stop")]
    assert report(feed, "stop_times").rejected == 3
    assert (4, "arrival_time", "is blank at the first or last stop of its trip") in lines(
        feed, "stop_times", "rejected"
    )


def test_a_trip_that_goes_back_in_time_is_rejected(tmp_path: Path) -> None:
    feed = read(tmp_path, stop_times=feeds.changed("stop_times", ("rail,10:15:00,10:15:00", "rail,10:05:30,10:05:30")))
    assert "rail" not in set(feed.trips["trip_id"]) | set(feed.stop_times["trip_id"])
    assert lines(feed, "stop_times", "rejected")[0][0] == 13
    assert lines(feed, "trips", "rejected") == [(5, "trip_id", "its times go backwards")]


def test_a_time_that_is_none_costs_its_row_in_the_middle_and_its_trip_at_the_end(tmp_path: Path) -> None:
    middle = feeds.changed("stop_times", ("two,09:10:00,09:10:00", "two,09:61:00,09:10:00"))
    feed = read(tmp_path / "a", stop_times=middle)
    assert lines(feed, "stop_times", "rejected") == [(6, "arrival_time", "'09:61:00' is not a time")]
    assert [stop for stop, *_ in times(feed, "two")] == ["C", "A"]
    feed = read(tmp_path / "b", stop_times=feeds.changed("stop_times", ("two,09:20:00,09:20:00", "two,noon,noon")))
    assert times(feed, "two") == []
    assert report(feed, "trips").rejected == 1


@pytest.mark.parametrize("sequence", ["-2", "", "1.5", "x", "1e300"])
def test_a_sequence_that_is_no_whole_number_from_zero_is_rejected(tmp_path: Path, sequence: str) -> None:
    feed = read(tmp_path, stop_times=feeds.changed("stop_times", ("B,2,1,0", f"B,{sequence},1,0")))
    assert lines(feed, "stop_times", "rejected") == [
        (6, "stop_sequence", f"'{sequence}' is not a whole number from 0 up")
    ]


def test_rows_come_in_the_order_of_their_sequence_not_of_the_file(tmp_path: Path) -> None:
    head, *rows = feeds.FILES["stop_times.txt"].splitlines()
    feed = read(tmp_path, stop_times="\n".join([head, *reversed(rows)]))
    assert feed.stop_times["trip_id"].is_monotonic_increasing
    assert [stop for stop, *_ in times(feed, "ten")] == ["A", "B", "C"]
    assert times(feed, "ten")[1][1] == 29100


def test_references_to_nothing_are_rejected_by_row(tmp_path: Path) -> None:
    feed = read(
        tmp_path,
        trips=feeds.FILES["trips.txt"] + "lost,r99,W,0,\nidle,r2,NEVER,0,\n",
        stop_times=feeds.FILES["stop_times.txt"].replace("P,2,0,0", "GONE,2,0,0")
        + "ghost,7:00:00,7:00:00,A,1,0,0,\nlost,7:00:00,7:00:00,A,1,0,0,\n",
    )
    assert lines(feed, "trips", "rejected") == [
        (7, "route_id", "'r99' is not in routes.txt"),
        (8, "service_id", "'NEVER' is not in the calendar"),
    ]
    assert set(lines(feed, "stop_times", "rejected")) == {
        (12, "stop_id", "'GONE' is not in stops.txt"),
        (17, "trip_id", "'ghost' is not in trips.txt"),
        (18, "trip_id", "its trip 'lost' was rejected"),
    }


def test_repeated_ids_are_rejected_after_the_first(tmp_path: Path) -> None:
    feed = read(
        tmp_path,
        stops=feeds.FILES["stops.txt"] + "A,Alder again,38.5,-122.7,0,\n",
        routes=feeds.FILES["routes.txt"] + "r2,T,2,,3\n",
        trips=feeds.FILES["trips.txt"] + "ten,r2,W,0,\n",
        stop_times=feeds.FILES["stop_times.txt"] + "two,09:15:00,09:15:00,C,2,0,0,\n",
        calendar=feeds.FILES["calendar.txt"] + "W,1,1,1,1,1,1,1,20260202,20260313\n",
        calendar_dates=feeds.FILES["calendar_dates.txt"] + "W,20260216,1\n",
    )
    for table, row in (
        ("stops", 9),
        ("routes", 5),
        ("trips", 7),
        ("stop_times", 17),
        ("calendar", 3),
        ("calendar_dates", 5),
    ):
        assert [line[0] for line in lines(feed, table, "rejected")] == [row], table
    assert feed.stops.set_index("stop_id").loc["A", "stop_lat"] == 38.4


@pytest.mark.parametrize("point", ["91,-122.7", "38.4,-181", "0,0", ",", "north,-122.7", "nan,-122.7", "inf,0"])
def test_a_stop_without_a_possible_point_is_rejected_with_its_times(tmp_path: Path, point: str) -> None:
    feed = read(tmp_path, stops=feeds.changed("stops", ("Birch,38.401,-122.7", f"Birch,{point}")))
    assert "B" not in set(feed.stops["stop_id"])
    assert lines(feed, "stops", "rejected")[0][0] == 3
    assert (3, "stop_id", "its stop 'B' was rejected") in lines(feed, "stop_times", "rejected")


def test_a_vehicle_cannot_stop_at_a_station_as_a_whole(tmp_path: Path) -> None:
    feed = read(tmp_path, stop_times=feeds.changed("stop_times", ("P,2,0,0", "S,2,0,0")))
    assert lines(feed, "stop_times", "rejected") == [(12, "stop_id", "'S' is a station or an entrance")]


def test_services_whose_dates_are_none_take_their_trips_along(tmp_path: Path) -> None:
    feed = read(tmp_path, calendar=feeds.changed("calendar", ("20260202", "2026-02-02")))
    assert lines(feed, "calendar", "rejected") == [(2, "start_date", "'2026-02-02' is not a date")]
    assert set(feed.trips["trip_id"]) == {"rail"}  # X runs by exceptions alone
    assert (2, "service_id", "the days of its service 'W' were rejected") in lines(feed, "trips", "rejected")


def test_a_feed_with_exceptions_only_is_whole(tmp_path: Path) -> None:
    feed = read(tmp_path, calendar=None, trips=feeds.FILES["trips.txt"].replace(",W,", ",X,"))
    assert (feed.first_day, feed.last_day) == (date(2026, 3, 3), date(2026, 3, 7))


def test_on_demand_service_is_left_out_and_counted(tmp_path: Path) -> None:
    text = feeds.FILES["stop_times.txt"].splitlines()
    text = [text[0] + ",start_pickup_drop_off_window,end_pickup_drop_off_window,location_group_id", *text[1:]]
    text += ["dial,,,,1,2,1,,08:00:00,17:00:00,zone", "dial,,,,2,1,2,,08:00:00,17:00:00,zone"]
    feed = read(tmp_path, stop_times="\n".join(text), trips=feeds.FILES["trips.txt"] + "dial,r2,W,0,\n")
    assert report(feed, "stop_times").rejected == 2
    assert "on-demand service without a timetable" in lines(feed, "stop_times", "rejected")[0][2]
    assert lines(feed, "trips", "rejected") == [(7, "trip_id", "runs on demand only, without a timetable")]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("shuttle,12:00:00,13:00:00,0,0", "headway_secs"),
        ("shuttle,12:00:00,13:00:00,ten,0", "headway_secs"),
        ("shuttle,13:00:00,12:00:00,600,0", "end_time"),
        ("shuttle,noon,13:00:00,600,0", "start_time"),
        ("shuttle,12:00:00,13:00:00,600,2", "exact_times"),
        ("shuttle,12:30:00,14:00:00,600,0", "start_time"),
        ("nobody,12:00:00,13:00:00,600,0", "trip_id"),
    ],
)
def test_a_headway_that_cannot_be_is_rejected(tmp_path: Path, row: str, field: str) -> None:
    feed = read(tmp_path, frequencies=feeds.FILES["frequencies.txt"] + row + "\n")
    assert [line[:2] for line in lines(feed, "frequencies", "rejected")] == [(3, field)]
    assert feed.frequencies["headway_s"].tolist() == [1200]


def test_a_trip_whose_headways_are_all_rejected_does_not_run_by_its_template(tmp_path: Path) -> None:
    feed = read(tmp_path, frequencies=feeds.changed("frequencies", (",1200,", ",-1,")))
    assert "shuttle" not in set(feed.trips["trip_id"]) | set(feed.stop_times["trip_id"])


def test_headways_that_stand_for_millions_of_departures_are_refused(tmp_path: Path) -> None:
    trips = "".join(f"t{n},r2,W,0,\n" for n in range(2000))
    rows = "".join(f"t{n},6:00:00,6:00:00,A,1,0,0,\nt{n},6:09:00,6:09:00,B,2,0,0,\n" for n in range(2000))
    spans = "".join(f"t{n},00:00:00,72:00:00,15,0\n" for n in range(2000))
    with pytest.raises(FeedRefused, match="correct the headways"):
        read(
            tmp_path,
            trips=feeds.FILES["trips.txt"] + trips,
            stop_times=feeds.FILES["stop_times.txt"] + rows,
            frequencies=feeds.FILES["frequencies.txt"] + spans,
        )


@pytest.mark.parametrize("agency", [None, "", "agency_id,agency_url\nT,http://t.example\n"])
def test_a_feed_without_an_operator_still_answers_under_its_own_name(tmp_path: Path, agency: str | None) -> None:
    feed = read(tmp_path, agency=agency)
    assert set(feed.routes["operator"]) == {"town"}
    assert any("names no operator" in note for note in feed.notes)


def test_an_unknown_agency_is_a_caution_not_a_loss(tmp_path: Path) -> None:
    feed = read(tmp_path, routes=feeds.changed("routes", ("r10,T", "r10,QQ")))
    assert len(feed.routes) == 3
    assert lines(feed, "routes", "caution") == [
        (2, "agency_id", "'QQ' is not in agency.txt, so the operator is unknown")
    ]


def test_a_single_agency_needs_no_id(tmp_path: Path) -> None:
    feed = read(tmp_path, routes=feeds.FILES["routes.txt"].replace(",T,", ",,"))
    assert set(feed.routes["operator"]) == {"Town"}


def test_a_misspelt_file_is_named_in_a_note(tmp_path: Path) -> None:
    folder = feeds.write(tmp_path / "bus", frequencies=None)
    (folder / "frecuencias.txt").write_text(feeds.FILES["frequencies.txt"])
    (folder / "shapes.txt").write_text("shape_id\n")
    notes = gtfs.read(folder, "town").notes
    assert "bus: not part of the standard and not read: frecuencias.txt" in notes


def test_a_known_direction_is_kept_and_an_unknown_one_is_missing(tmp_path: Path) -> None:
    direction = read(tmp_path).trips.set_index("trip_id")["direction_id"]
    assert direction["two"] == 1
    assert pd.isna(direction["night"])


@pytest.mark.parametrize("file", ["stops", "routes", "trips", "stop_times"])
def test_a_missing_or_empty_table_is_refused_by_name(tmp_path: Path, file: str) -> None:
    with pytest.raises(FeedRefused, match=rf"{file}\.txt: the file is missing; "):
        read(tmp_path / "a", **{file: None})
    with pytest.raises(FeedRefused, match=rf"{file}\.txt: is empty; "):
        read(tmp_path / "b", **{file: ""})
    header = feeds.FILES[f"{file}.txt"].splitlines()[0]
    with pytest.raises(FeedRefused, match=rf"{file}\.txt: has a header but no row; "):
        read(tmp_path / "c", **{file: header})


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("stops", "stop_lat"),
        ("routes", "route_type"),
        ("trips", "service_id"),
        ("stop_times", "departure_time"),
        ("calendar", "thursday"),
        ("calendar_dates", "exception_type"),
        ("frequencies", "headway_secs"),
    ],
)
def test_a_missing_column_is_refused_by_name(tmp_path: Path, file: str, column: str) -> None:
    with pytest.raises(FeedRefused, match=rf"{file}\.txt: the column {column} is missing; "):
        read(tmp_path, **{file: feeds.changed(file, (column, f"x_{column}"))})


def test_a_feed_without_any_calendar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedRefused, match=r"neither calendar\.txt nor calendar_dates\.txt"):
        read(tmp_path, calendar=None, calendar_dates=None)


def test_a_table_of_which_nothing_is_left_is_refused_with_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(FeedRefused, match=r"trips\.txt: none of its 5 rows can be used; row 2, service_id: 'Q' is not"):
        read(tmp_path, trips=feeds.FILES["trips.txt"].replace(",W,", ",Q,").replace(",X,", ",Q,"))


def test_a_calendar_without_a_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedRefused, match="no day on which a trip runs"):
        read(tmp_path, calendar=feeds.changed("calendar", ("1,1,1,1,1,0,0", "0,0,0,0,0,0,0")), calendar_dates=None,
             trips=feeds.FILES["trips.txt"].replace(",X,", ",W,"))  # fmt: skip


def test_many_alike_rejections_are_one_line_with_examples(tmp_path: Path) -> None:
    ghosts = "".join(f"ghost{n},7:00:00,7:00:00,A,1,0,0,\n" for n in range(80))
    found = report(read(tmp_path, stop_times=feeds.FILES["stop_times.txt"] + ghosts), "stop_times")
    said = found.lines[found.lines["outcome"] == "rejected"]
    assert said["rows"].tolist() == [80]
    assert said["reason"].item() == "'ghost0', 'ghost1', 'ghost2' is not in trips.txt (rows 17, 18, 19, ...)"
    assert found.rejected == 80
