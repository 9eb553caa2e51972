"""Real timetables: five operators of Sonoma County in 2018, two of Porto Alegre, and a validator's broken feeds."""

from datetime import date
from pathlib import Path

import pytest

from siteselect import transit
from siteselect.errors import FeedExpired, FeedRefused, SiteSelectError
from siteselect.layers import gtfs

SONOMA = {  # trips on Tuesday 2018-02-06, Saturday 2018-01-06, Sunday 2018-01-07; stops where nobody can ever board
    "sonoma-county-transit": (313, 105, 58, 23),
    "santa-rosa-city-bus": (383, 180, 99, 0),
    "petaluma-transit": (220, 94, 63, 14),
    "sonoma-marin-area-rail-transit": (34, 10, 10, 6),
    "golden-gate": (573, 173, 188, 53),
}
DAYS = (date(2018, 2, 6), date(2018, 1, 6), date(2018, 1, 7))
REFUSED = {
    "PROVENANCE.md",
    "au-sydney-entrances",
    "missing_calendar",
    "missing_routes",
    "missing_stop_times",
    "missing_stops",
    "missing_trips",
    "missing_weekday_column",
    "one_line.kml",
    "one_stop.kml",
    "unknown_format.zip",
    "upgrade_translations",
}


@pytest.mark.parametrize("name", SONOMA)
def test_the_trips_of_a_day_are_those_that_the_operators_ran(real_data: Path, name: str) -> None:
    feed = gtfs.read(real_data / "gtfs_sonoma_2018" / name, name)
    *trips, never = SONOMA[name]
    assert [transit.guard(feed, day).trips_running for day in DAYS] == trips
    assert sum(account.rejected for account in feed.reports) == 0
    assert transit.stops([feed], DAYS[0])["never_served"].sum() == never
    with pytest.raises(FeedExpired, match=f"feed {name}: 2026-06-01 is outside its calendar"):
        transit.guard(feed, date(2026, 6, 1))


def test_three_quarters_of_a_feeds_times_are_placed_and_said_in_one_line(real_data: Path) -> None:
    feed = gtfs.read(real_data / "gtfs_sonoma_2018" / "sonoma-county-transit", "SCT")
    account = next(found for found in feed.reports if found.layer == "feed SCT: stop_times")
    assert (account.read, account.kept, account.repaired, account.rejected) == (42863, 10898, 31965, 0)
    assert len(account.lines) == 1


def test_the_stations_of_a_railway_that_were_not_yet_open_are_never_served(real_data: Path) -> None:
    feed = gtfs.read(real_data / "gtfs_sonoma_2018" / "sonoma-marin-area-rail-transit", "SMART")
    stops = transit.stops([feed], DAYS[0]).set_index("name")
    assert {"Cloverdale", "Healdsburg", "Windsor", "Larkspur"} <= set(stops.index[stops["never_served"]])
    assert (stops.loc[~stops["never_served"], "mode"] == "rail").all()


@pytest.mark.parametrize(("name", "trips", "mode"), [("poa_eptc", 2374, "bus"), ("poa_trensurb", 529, "rail")])
def test_another_countrys_feeds_are_read_alike(real_data: Path, name: str, trips: int, mode: str) -> None:
    feed = gtfs.read(real_data / "porto_alegre" / f"{name}.zip", name)
    assert transit.guard(feed, date(2019, 5, 14)).trips_running == trips
    assert set(transit.stops([feed], date(2019, 5, 14))["mode"].dropna()) == {mode}


def test_every_broken_feed_ends_in_a_sentence_or_in_an_account(real_data: Path) -> None:
    refused = {}
    for path in sorted((real_data / "gtfs_bad_feeds").iterdir()):
        try:
            feed = gtfs.read(path, path.name)
        except FeedRefused as refusal:
            refused[path.name] = str(refusal)
            continue
        for account in feed.reports:
            assert account.read == account.kept + account.repaired + account.rejected
        assert transit.guard(feed, feed.first_day).trips_running > 0
        assert len(transit.stops([feed], feed.first_day))
    for sentence in refused.values():
        assert "; " in sentence, sentence  # what to do comes after it
        assert "\n" not in sentence, sentence
    assert set(refused) == REFUSED


@pytest.mark.parametrize(
    ("name", "table", "outcome", "reason"),
    [
        ("bad_date_format", "calendar", "rejected", "'2007.01.01' is not a date"),
        ("bad_utf8", "stops", "repaired", "a byte that is not UTF-8 was replaced"),
        ("contains_null", "stops", "repaired", "a NUL character was taken out"),
        ("duplicate_schedule_id", "calendar", "rejected", "the same service_id"),
        ("duplicate_stop_sequence", "stop_times", "rejected", "the same trip_id and stop_sequence"),
        ("extra_row_cells", "routes", "repaired", "more cells than the header"),
        ("invalid_route_agency", "routes", "caution", "is not in agency.txt"),
        ("missing_departure_time", "stop_times", "repaired", "the row's other time is taken"),
        ("missing_endpoint_times", "trips", "rejected", "no time at its first or last stop"),
        ("missing_row_cells", "routes", "repaired", "fewer cells than the header"),
        ("negative_stop_sequence", "stop_times", "rejected", "is not a whole number from 0 up"),
        ("undefined_stop", "stop_times", "rejected", "'NADAR' is not in stops.txt"),
    ],
)
def test_a_feed_named_after_its_defect_has_the_defect_in_its_account(
    real_data: Path, name: str, table: str, outcome: str, reason: str
) -> None:
    feed = gtfs.read(real_data / "gtfs_bad_feeds" / name, "bad")
    lines = next(found for found in feed.reports if found.layer == f"feed bad: {table}").lines
    said = lines[lines["outcome"] == outcome]["reason"]
    assert said.str.contains(reason, regex=False).any(), lines


def test_no_refusal_escapes_the_family(real_data: Path) -> None:
    with pytest.raises(SiteSelectError, match="holds several feeds"):
        gtfs.read(real_data / "gtfs_bad_feeds", "all")
