"""Every 30 minutes, read as the longest interval of one route in one direction, Monday to Friday, in both peaks."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from siteselect.layers import gtfs
from siteselect.rules import service
from tests import town

DAY = dt.date(2026, 3, 3)
PEAKS = ((7 * 3600, 9 * 3600), (16 * 3600, 18 * 3600))


def feed(folder: Path, times: dict[str, list[str]], days: str = "1,1,1,1,1,0,0", exceptions: str = "") -> gtfs.Feed:
    """A bus between two stops: for each service its departures from A, all in direction 0."""
    folder.mkdir(parents=True)
    town.table(
        folder / "agency.txt", "agency_id,agency_name,agency_url,agency_timezone",
        [("T", "Town Bus", "http://t.example", "America/Los_Angeles")],
    )  # fmt: skip
    town.table(
        folder / "stops.txt",
        "stop_id,stop_name,stop_lat,stop_lon",
        [("A", "A", 38.44, -122.7), ("B", "B", 38.45, -122.7)],
    )
    town.table(folder / "routes.txt", "route_id,agency_id,route_short_name,route_type", [("1", "T", "1", 3)])
    week = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
    calendar = [f"{name},{days},20260101,20261231" for name in times]
    (folder / "calendar.txt").write_text(f"service_id,{week},start_date,end_date\n" + "\n".join(calendar) + "\n")
    if exceptions:
        (folder / "calendar_dates.txt").write_text(f"service_id,date,exception_type\n{exceptions}\n")
    trips, stop_times = [], []
    for name, clocks in times.items():
        for number, clock in enumerate(clocks):
            trip = f"{name}-{number}"
            trips.append((trip, "1", name, 0))
            later = f"{int(clock[:2]) + 1:02d}{clock[2:]}"
            stop_times += [(trip, "A", 1, clock, clock), (trip, "B", 2, later, later)]
    town.table(folder / "trips.txt", "trip_id,route_id,service_id,direction_id", trips)
    town.table(folder / "stop_times.txt", "trip_id,stop_id,stop_sequence,arrival_time,departure_time", stop_times)
    return gtfs.read(folder, "town", source="s", licence="l", day=DAY)


def clocks(first: str, last: str, minutes: int) -> list[str]:
    begin, end = (int(t[:2]) * 60 + int(t[3:]) for t in (first, last))
    return [f"{m // 60:02d}:{m % 60:02d}:00" for m in range(begin, end + 1, minutes)]


def told(feed: gtfs.Feed) -> dict[str, object]:
    """What the rule says of stop A."""
    found = service.frequent(pd.Series(["town:A"]), service.of([feed], DAY, PEAKS), 30, 2, ("rail", "ferry"))
    return dict(found.iloc[0])


def gap(feed: gtfs.Feed) -> float:
    table = service.of([feed], DAY, PEAKS).by_route
    return float(table.loc[(table["stop_key"] == "town:A") & table["direction_known"].astype(bool), "gap_min"].iloc[0])


def test_a_bus_every_half_hour_all_day_is_frequent(tmp_path: Path) -> None:
    bus = feed(tmp_path / "f", {"W": clocks("06:00", "19:00", 30)})
    assert gap(bus) == 30
    assert told(bus)["state"] == 2
    assert "30 min" in str(told(bus)["how"])


def test_one_interval_of_31_minutes_is_enough_to_fail(tmp_path: Path) -> None:
    times = [*clocks("06:00", "08:00", 30), "08:31:00", *clocks("09:00", "19:00", 30)]
    bus = feed(tmp_path / "f", {"W": times})
    assert gap(bus) == 31
    assert told(bus)["state"] == 0


def test_an_average_of_30_minutes_is_not_every_30_minutes(tmp_path: Path) -> None:
    bunched = ["07:00:00", "07:05:00", "07:10:00", "08:55:00", *clocks("09:00", "19:00", 15)]
    assert gap(feed(tmp_path / "f", {"W": bunched})) == 105


def test_a_peak_without_a_bus_has_no_interval_at_all(tmp_path: Path) -> None:
    bus = feed(tmp_path / "f", {"W": clocks("06:00", "12:00", 15)})
    assert gap(bus) == float("inf")
    assert told(bus)["state"] == 0


def test_intervals_that_only_pass_when_cut_off_at_the_peak_s_end_are_a_condition(tmp_path: Path) -> None:
    times = [*clocks("06:45", "08:45", 30), "09:20:00", *clocks("15:45", "19:00", 30)]
    assert told(feed(tmp_path / "f", {"W": times})) | {"how": ""} == {
        "state": 1, "route": "Town Bus 1", "how": "", "why": "only if intervals end with the peak hours",
    }  # fmt: skip


def test_the_worst_weekday_decides(tmp_path: Path) -> None:
    every = {"W": clocks("06:00", "19:00", 30)}
    bus = feed(tmp_path / "f", every, days="1,1,1,1,0,0,0", exceptions="W,20260206,1")
    assert told(bus)["state"] == 0 or bool(service.of([bus], DAY, PEAKS).untold)


def test_a_holiday_in_the_week_is_replaced_by_the_next_ordinary_day(tmp_path: Path) -> None:
    every = {"W": clocks("06:00", "19:00", 30)}
    bus = feed(tmp_path / "f", every, exceptions="W,20260302,2")  # the Monday of that week
    days = service.weekdays(bus, DAY)
    assert days[0] == dt.date(2026, 3, 9)
    assert days[1] == DAY
    assert told(bus)["state"] == 2


def test_real_timetables_make_six_stations_of_the_county_major_stops(real_data: Path) -> None:
    from siteselect import dossier, place, rules
    from siteselect.layers import areas
    from siteselect.rules import stops

    located = place.read(Path(__file__).resolve().parents[3] / "places" / "sonoma.toml", real_data)
    pack = rules.read_pack("california-statutes-2026-07-10", Path.cwd())
    assert isinstance(pack, rules.TestsPack)
    assert located.place.boundary is not None
    table, peaks = dossier._stops(located, pack, dt.date(2018, 2, 6), [])
    layers = rules.Layers(stops=table, service=peaks)
    county = areas.read(located.files(located.place.boundary), {}, layer="county")[0].union_all()
    assert table is not None
    major = (stops.of(layers, pack, "EPSG:26910")["major-transit-stop"]["state"] == 2).to_numpy()
    inside = table[major & table.within(county).to_numpy()]
    assert sorted(inside["name"]) == [
        "Cotati", "Petaluma Downtown", "Rohnert Park", "Santa Rosa Downtown", "Santa Rosa North",
        "Sonoma County Airport",
    ]  # fmt: skip


@pytest.mark.parametrize("first", ["07:00", "06:31"])
def test_the_wait_before_a_window_does_not_count(tmp_path: Path, first: str) -> None:
    times = ["05:00:00", *clocks(first, "19:00", 29)]
    expected = 29 if first == "07:00" else 91
    assert gap(feed(tmp_path / first[:2], {"W": times})) == (29 if first == "07:00" else expected - 62)
