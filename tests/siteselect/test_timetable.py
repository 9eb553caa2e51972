"""A day's timetable out of feeds: which vehicles are in it, where people may change, how often a stop is served."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siteselect.journeys import arrays, windows
from siteselect.layers import gtfs
from siteselect.timetable import day as timetable_day
from siteselect.timetable import headways
from tests import feeds

TUESDAY, WEDNESDAY = date(2026, 3, 3), date(2026, 3, 4)
CRS = "EPSG:26910"


def table(folder: Path, day: date = TUESDAY, *, wheelchair: bool = False, **changes: str | None) -> arrays.Timetable:
    feed = gtfs.read(feeds.write(folder, **changes), "town")
    return timetable_day.build([feed], day, CRS, transfer_m=150, wheelchair=wheelchair)


def travel(found: arrays.Timetable, origin: str, at_s: int) -> dict[str, float]:
    """Seconds from a stop to the others by vehicle and footpath, without walking first."""
    keys = [key.removeprefix("town:") for key in found.stop_key]
    window = windows.Window(at_s, at_s + 1)
    times = windows.by_minute(found, np.array([keys.index(origin)]), np.array([0]), window)[:, 0]
    return {key: int(s) for key, s in zip(keys, times, strict=True) if s < arrays.NEVER}


def test_a_ride_begins_with_the_wait_and_ends_where_one_may_alight(tmp_path: Path) -> None:
    found = travel(table(tmp_path), "A", 7 * 3600 + 50 * 60)
    assert found["B"] == 15 * 60  # waits ten minutes, rides five
    assert found["C"] == 15 * 60 + 93  # walks on from B: 111 m at 1.2 m/s is sooner than the bus


def test_nobody_boards_where_it_only_sets_down(tmp_path: Path) -> None:
    assert "A" not in travel(table(tmp_path), "B", 9 * 3600)


def test_last_nights_vehicles_past_midnight_are_there_in_the_morning(tmp_path: Path) -> None:
    assert travel(table(tmp_path, WEDNESDAY), "B", 0)["C"] == 90 * 60  # 24:10 to 25:30 of the service day before
    assert "C" not in travel(table(tmp_path / "monday", date(2026, 3, 2)), "B", 0)  # none runs on a Sunday


def test_late_in_the_evening_the_next_mornings_vehicles_count(tmp_path: Path) -> None:
    rows = feeds.FILES["stop_times.txt"] + "dawn,0:30:00,0:30:00,C,1,0,0,\ndawn,0:40:00,0:40:00,A,2,0,0,\n"
    trips = feeds.FILES["trips.txt"] + "dawn,r10,W,0,Alder\n"
    assert travel(table(tmp_path, stop_times=rows, trips=trips), "C", 23 * 3600)["A"] == 100 * 60


def test_the_night_when_the_clocks_change_has_the_hours_that_it_has(tmp_path: Path) -> None:
    # clocks go forward in the night to Sunday 8 March 2026: noon minus 12 h of that Sunday is 23:00 on Saturday
    calendar = feeds.changed("calendar", ("W,1,1,1,1,1,0,0", "W,1,1,1,1,1,1,0"))
    found = table(tmp_path, date(2026, 3, 8), calendar=calendar)
    night = found.patterns.arrive_s[found.patterns.arrive_s >= 0]
    assert sorted(night)[:3] == [50 * 60, 70 * 60, 150 * 60]  # Saturday's 23:50, 24:10 and 25:30


def test_a_trip_by_headway_runs_again_and_again(tmp_path: Path) -> None:
    assert travel(table(tmp_path), "A", 12 * 3600 + 21 * 60)["B"] == 19 * 60 + 240
    assert any("by headway" in note for note in table(tmp_path / "two").notes)


@pytest.mark.parametrize(
    ("line", "seconds"),
    [("B,C,2,600", 600), ("B,C,2,10", 93), ("B,C,3,", None), ("B,C,1,", 93), ("A,S,2,300", 93)],
)
def test_a_change_takes_the_longer_of_the_walk_and_the_operators_minimum(
    tmp_path: Path, line: str, seconds: int | None
) -> None:
    text = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n" + line + "\n"
    found = table(tmp_path, transfers=text)
    paths = {
        (found.stop_key[a][5:], found.stop_key[b][5:]): int(s)
        for a, b, s in zip(found.footpaths.origin, found.footpaths.target, found.footpaths.seconds, strict=True)
    }
    assert paths.get(("B", "C")) == seconds
    assert paths.get(("A", "P")) == (300 if line.startswith("A,S") else None)  # a station speaks for its platforms


def test_a_minimum_at_one_stop_is_kept_between_vehicles_there(tmp_path: Path) -> None:
    text = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nC,C,2,5400\n"
    hurried, slow = table(tmp_path / "none"), table(tmp_path / "some", transfers=text)
    assert travel(hurried, "B", 8 * 3600)["A"] == 70 * 60 + 93  # at C 08:20, on at 09:01, off at B, walks on
    assert travel(slow, "B", 8 * 3600)["A"] == 135 * 60  # nothing from C before 09:50: the tram of 10:00, there 10:15


def test_with_a_wheelchair_only_stops_known_to_be_boarded_count(tmp_path: Path) -> None:
    header, *rest = feeds.FILES["stops.txt"].splitlines()
    marks = {"A": "1", "B": "", "C": "1", "S": "1"}
    stops = "\n".join([header + ",wheelchair_boarding", *(f"{r},{marks.get(r[0], '')}" for r in rest)]) + "\n"
    found = table(tmp_path, stops=stops, wheelchair=True)
    assert travel(found, "A", 8 * 3600)["C"] == 20 * 60  # rides through B, where nothing is known
    assert travel(found, "B", 8 * 3600) == {}
    assert any("do not say whether a wheelchair can board" in note for note in found.notes)


def test_a_line_about_some_routes_only_is_not_taken_for_all(tmp_path: Path) -> None:
    text = "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id\nB,C,3,,r2\nB,GONE,0,,\nB,C,9,,\n"
    feed = gtfs.read(feeds.write(tmp_path, transfers=text), "town")
    account = next(report for report in feed.reports if report.layer == "feed town: transfers")
    assert (account.read, account.rejected, len(feed.transfers)) == (3, 3, 0)


# ---- service at a stop


def test_the_largest_gap_counts_the_wait_over_the_windows_edges() -> None:
    peak = (7 * 3600, 9 * 3600)

    def at(*minutes: int) -> np.ndarray:
        return np.array(minutes) * 60

    assert headways.largest_gap_min(at(410, 430, 445, 530, 545), peak) == 85
    assert headways.largest_gap_min(at(400, 560), peak) == 160  # nothing inside, but one before and one after
    assert headways.largest_gap_min(at(430, 450), peak) == 90  # to the window's end
    assert headways.largest_gap_min(at(600), peak) == np.inf


def pulse(routes: dict[str, tuple[int, str]], kind: int = 3) -> dict[str, str]:
    """Changes to the feed: routes that leave A for C every so many minutes from 06:00 to 20:00."""
    head = feeds.FILES["stop_times.txt"].splitlines()[0]
    times, trips, named = [head], ["trip_id,route_id,service_id,direction_id,trip_headsign"], []
    for route, (every, origin) in routes.items():
        named.append(f"{route},T,{route},,{kind}")
        for minute in range(360, 1200, every):
            trips.append(f"{route}{minute},{route},W,0,Cedar")
            for sequence, stop in enumerate((origin, "C")):
                clock = f"{(minute + 5 * sequence) // 60}:{(minute + 5 * sequence) % 60:02d}:00"
                times.append(f"{route}{minute},{clock},{clock},{stop},{sequence},0,0,")
    return {
        "stop_times": "\n".join(times) + "\n", "trips": "\n".join(trips) + "\n",
        "routes": "\n".join(["route_id,agency_id,route_short_name,route_long_name,route_type", *named]) + "\n",
    }  # fmt: skip


def served(folder: Path, changes: dict[str, str]) -> pd.DataFrame:
    feed = gtfs.read(feeds.write(folder, frequencies=None, **changes), "town")
    return headways.stops([feed], TUESDAY).set_index("stop_id")


def test_two_bus_routes_every_20_minutes_make_a_major_stop_and_one_does_not(tmp_path: Path) -> None:
    both = served(tmp_path / "a", pulse({"x": (20, "A"), "y": (20, "A"), "z": (10, "B")}))
    assert both["major"].to_dict() == {"A": True, "B": True, "C": False, "P": False, "Z": False}
    why = "2 bus routes, each every 20 min or better in both peaks, within 500 feet (Town x; Town y)"
    assert served(tmp_path / "c", pulse({"x": (20, "A"), "y": (20, "A")})).loc["A", "major_because"] == why
    assert both["corridor"].to_dict() == {"A": False, "B": True, "C": False, "P": False, "Z": False}
    slower = served(tmp_path / "b", pulse({"x": (20, "A"), "y": (30, "A")}))
    assert not slower["major"].any()


def test_every_rail_station_is_a_major_stop_however_seldom_its_trains(tmp_path: Path) -> None:
    found = served(tmp_path, pulse({"x": (400, "A")}, kind=2))
    assert found["major"].sum() == 1
    assert found.loc["A", "major_because"] == "trains stop here (Town x)"


def test_a_stop_tells_its_span_its_gaps_and_its_days(tmp_path: Path) -> None:
    found = served(tmp_path, pulse({"x": (30, "A")})).loc["A"]
    assert (found["first_s"], found["last_s"]) == (6 * 3600, 19 * 3600 + 1800)
    assert (found["gap_morning_min"], found["departures_per_hour"]) == (30, 2)
    assert found["days"] == "Mon Tue Wed Thu Fri"


def test_on_a_day_in_2018_the_six_stations_are_the_major_stops_of_the_county(real_data: Path) -> None:
    from siteselect import place, prepare

    located = place.read(Path(__file__).parents[2] / "places" / "sonoma.toml", real_data)
    found = prepare.stops(located, date(2018, 2, 6)).stops
    assert set(found.loc[found["major"], "name"]) == {
        "Sonoma County Airport", "Santa Rosa North", "Santa Rosa Downtown", "Rohnert Park", "Cotati",
        "Petaluma Downtown",
    }  # fmt: skip
    # one bus, CityBus 1, leaves its 31 stops every 15 minutes to the minute; nowhere do two routes
    assert found["corridor"].sum() == 31
    assert set(found.loc[found["corridor"], "feed"]) == {"santa-rosa-city-bus"}
