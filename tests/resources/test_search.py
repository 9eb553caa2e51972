"""Questions and their answers: order, filters, distances, pages; the same on both stores."""

import datetime as dt
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from sqlalchemy import Engine

from resources import search
from resources.errors import ProgramNotFound, QuestionRefused, StoreRefused
from resources.records import HOUSEHOLDS, KINDS, POPULATIONS, PROJECT_TYPES
from resources.search import Origin, Question
from tests.resources import made
from tests.resources.made import HERE, NIGHT, ask, confidential, inventory, opened, row, stored, voucher

EARTH = Geod(ellps="WGS84")
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


def at(lon: float, lat: float, **cells: object) -> dict[str, str]:
    """A row with a point of its own; its address differs so that it is a place of its own."""
    plain = {"lon": lon, "lat": lat, "precision": "address", "address": f"{round(abs(lon) * 1e5)} Main St"}
    return row(**(plain | cells))


@pytest.fixture
def county(tmp_path: Path, store_url: str) -> Engine:
    """Some of everything, in an area of 60 km."""
    rows = [
        at(-122.71, 38.41, project="Near shelter"),
        at(-122.30, 38.10, project="Far shelter", fam_beds=5, adult_beds=0, pit=10),
        at(-122.72, 38.42, project="Youth shelter", child_beds=6, adult_beds=0, note="youth"),
        row(project="Shelter nobody located", address="1 Unknown Rd"),
        row(project="Does not say who", adult_beds="", address="2 Unknown Rd"),
        at(-122.705, 38.405, project="Near homes", type="PSH"),
        at(-122.20, 38.20, project="Far homes", type="TH"),
        row(project="Homes nobody located", type="OPH", address=""),
        voucher(address="77 Office Park Rd"),
        confidential(),
        confidential(project="Safe rent", type="RRH"),
        at(-122.7, 38.4, project="Gone (CLOSED)"),
    ]
    return stored(store_url, inventory(tmp_path, *rows))


def names(answer: search.Answer) -> list[str]:
    return [shown.name for shown in answer.contents]


def test_the_list_goes_from_the_nearest_bed_to_help_that_is_no_bed(county: Engine) -> None:
    assert names(ask(county)) == [
        "Near shelter",
        "Youth shelter",
        "Far shelter",
        "Does not say who",
        "Shelter nobody located",
        "Safe House",
        "Safe rent",
        "Near homes",
        "Far homes",
        "Homes nobody located",
        "Rent help",
    ]


def test_a_closed_programme_comes_only_when_asked_for(county: Engine) -> None:
    assert names(ask(county, kinds=frozenset({"closed"}))) == ["Gone (CLOSED)"]


def test_without_a_point_there_is_no_distance(county: Engine) -> None:
    answer = ask(county, origin=None)
    assert answer.total == 11
    assert {(s.distance_m, s.distance_method, s.distance_margin_m) for s in answer.contents} == {(None, None, None)}


def test_a_radius_keeps_what_is_known_to_be_inside_and_every_confidential_programme(county: Engine) -> None:
    answer = ask(county, radius_m=5000)
    assert names(answer) == ["Near shelter", "Youth shelter", "Safe House", "Safe rent", "Near homes"]
    everywhere = [s for s in ask(county).contents if s.lon is None and not s.confidential]
    assert answer.unplaced == len(everywhere) > 0
    assert answer.notes == (f"{search.UNPLACED}: {answer.unplaced}; ask without a distance to see them.",)


def test_who_does_not_say_which_households_it_takes_comes_last_and_is_counted(county: Engine) -> None:
    answer = ask(county, households="families")
    assert answer.contents[0].name == "Far shelter"
    (silent,) = answer.contents[1:]
    assert silent.households == ()
    assert "It does not say which households it takes." in silent.remarks
    assert answer.notes == ("Listed last because they do not say which households they take: 1.",)


@pytest.mark.parametrize("typed", ["veteran", "Veteranos", "jóvenes", "youth", "vivienda transitoria", "violencia"])
def test_the_words_find_for_whom_a_programme_is_and_its_type_in_both_languages(tmp_path: Path, typed: str) -> None:
    rows = [
        row(project="A", note="veterans"), row(project="B", note="youth"), row(project="C"),
        row(project="D", type="TH"), made.confidential(project="E"),
    ]  # fmt: skip
    engine = stored(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, *rows))
    expected = {"v": "A", "V": "A", "j": "B", "y": "B"}[typed[0]]
    expected = {"vivienda transitoria": "D", "violencia": "E"}.get(typed, expected)
    assert names(ask(engine, text=typed)) == [expected]


@pytest.mark.parametrize(("population", "found"), [("veterans", ["A"]), ("youth", ["B"]), ("domestic-violence", ["E"])])
def test_a_population_keeps_what_is_for_it(tmp_path: Path, population: str, found: list[str]) -> None:
    rows = [row(project="A", note="veterans"), row(project="B", note="youth"), made.confidential(project="E")]
    engine = stored(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, *rows))
    assert names(ask(engine, population=population)) == found


def test_open_only_says_how_many_it_hides_because_nobody_knows(county: Engine) -> None:
    unknown = ask(county).counts["unknown"]
    assert f"Left out because it is not known whether a bed is free: {unknown}." in ask(county, open_only=True).notes


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({"types": frozenset({"PSH", "TH"})}, ["Near homes", "Far homes"]),
        ({"kinds": frozenset({"voucher"})}, ["Safe rent", "Rent help"]),
        ({"households": "children-only"}, ["Youth shelter", "Does not say who"]),
        ({"text": "FAR   sh"}, ["Far shelter"]),
        ({"text": "office park"}, ["Rent help"]),
        ({"open_only": True, "kinds": frozenset({"bed"}), "radius_m": 9000}, ["Near shelter", "Youth shelter"]),
    ],
)
def test_each_filter_narrows_to_what_it_says(county: Engine, question: dict[str, object], found: list[str]) -> None:
    assert names(ask(county, **question)) == found


def test_open_only_never_gives_what_is_full_or_unknown(county: Engine) -> None:
    everything = ask(county)
    answer = ask(county, open_only=True)
    assert {shown.availability.state for shown in answer.contents} == {"open"}
    assert answer.total == everything.counts["open"] > 0
    assert ask(county, open_only=True, as_of=NIGHT + dt.timedelta(days=1000)).total == 0


def test_the_counts_speak_of_all_that_matched_not_of_the_page(county: Engine) -> None:
    answer = ask(county, limit=2)
    assert (len(answer.contents), answer.total, sum(answer.counts.values())) == (2, 11, 11)


@pytest.mark.parametrize(
    ("precision", "margin", "origin", "method", "margin_m"),
    [
        ("address", "", HERE, "straight line, to the address point", None),
        ("address", 50, HERE, "straight line, to the address point", 50),
        ("street", 300, HERE, "straight line, to the middle of the street", 300),
        ("street", "", HERE, "straight line, to the middle of the street", None),
        (
            "street",
            300,
            Origin(-122.7, 38.4, "Town", "place", 4000.0),
            "straight line, to the middle of the street",
            300,
        ),
        ("address", 50, Origin(-122.7, 38.4, "Town", "place", None), "straight line, to the address point", 50),
        ("place", 1000, HERE, "straight line, to the middle of the town, not to the building", 1000),
        ("place", 3000, HERE, "in or near this town, where in it is not known: no distance", None),
        ("place", "", HERE, "in or near this town, where in it is not known: no distance", None),
    ],
)
def test_a_distance_says_what_it_was_measured_to_and_by_how_much_that_may_be_off(
    tmp_path: Path, precision: str, margin: object, origin: Origin, method: str, margin_m: float | None
) -> None:
    filed = at(-122.71, 38.41, precision=precision, location_margin_m=margin)
    (shown,) = ask(stored(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, filed)), origin=origin).contents
    assert (shown.distance_method, shown.distance_margin_m) == (method, margin_m)


def test_a_place_known_only_to_the_town_searched_from_has_no_distance_and_is_not_the_nearest(tmp_path: Path) -> None:
    town = at(-122.7, 38.4, project="In town", address="1 Nowhere Way", precision="place", location_margin_m=4000)
    near, far = at(-122.705, 38.4, project="Near"), at(-122.72, 38.4, project="Far", address="2 Far St")
    shown = ask(stored(f"sqlite:///{tmp_path}/s.sqlite", inventory(tmp_path, town, near, far)), origin=HERE).contents
    assert [s.name for s in shown] == ["Near", "In town", "Far"]
    assert [s.distance_m is None for s in shown] == [False, True, False]


@pytest.fixture
def scattered(tmp_path: Path, store_url: str) -> Engine:
    """Forty shelters over half the Earth, some at the seam of longitudes."""
    points = [(-122.7 + 0.01 * i, 38.4 + 0.007 * (i * i % 11)) for i in range(20)]
    points += [(179.99 - 0.001 * i, 10.0) for i in range(5)] + [(-179.99 + 0.001 * i, 10.0) for i in range(5)]
    points += [(30.0 + 40 * i, 85.0 - 12 * i) for i in range(4)] + [(-60.0, -88.9), (100.0, 89.9), (0.0, 0.0)]
    rows = [at(lon, lat, project=f"P{i}", address=f"{i + 1} Elm St") for i, (lon, lat) in enumerate(points)]
    return stored(store_url, inventory(tmp_path, *rows))


near_the_points = st.one_of(
    st.tuples(st.floats(-122.9, -122.3), st.floats(38.2, 38.7)),
    st.tuples(st.sampled_from([179.995, -179.995, 180.0, -180.0]), st.floats(9.9, 10.1)),
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
)
radii_m = st.one_of(st.floats(1, 50_000), st.floats(50_000, 2.1e7))


@SHARED
@given(point=near_the_points, radius_m=radii_m)
def test_distances_and_radii_are_those_of_the_ellipsoid(
    scattered: Engine, point: tuple[float, float], radius_m: float
) -> None:
    origin = Origin(*point)
    everything = ask(scattered, origin=origin).contents
    for shown in everything:
        assert shown.distance_m == pytest.approx(EARTH.inv(*point, shown.lon, shown.lat)[2], abs=1e-5)
    assert [s.distance_m for s in everything] == sorted(s.distance_m or 0 for s in everything)
    inside = {s.id for s in ask(scattered, origin=origin, radius_m=radius_m).contents}
    surely = {s.id for s in everything if (s.distance_m or 0) < radius_m - 1e-3}
    perhaps = {s.id for s in everything if (s.distance_m or 0) <= radius_m + 1e-3}
    assert surely <= inside <= perhaps


filters = st.fixed_dictionaries(
    {
        "radius_m": st.none() | st.floats(100, 80_000),
        "types": st.frozensets(st.sampled_from(sorted(PROJECT_TYPES)), max_size=3),
        "households": st.none() | st.sampled_from(HOUSEHOLDS),
        "population": st.none() | st.sampled_from(POPULATIONS),
        "kinds": st.none() | st.frozensets(st.sampled_from(KINDS), min_size=1, max_size=3),
        "open_only": st.booleans(),
        "text": st.none() | st.sampled_from(["shelter", "near", "zzz", "safe", "helpers"]),
        "as_of": st.sampled_from([NIGHT, NIGHT + dt.timedelta(days=2)]),
    }
)


@SHARED
@given(asked=filters, limit=st.integers(1, 5))
def test_pages_part_the_list_and_lose_nothing(county: Engine, asked: dict[str, object], limit: int) -> None:
    whole = ask(county, **asked)
    pages = [ask(county, **asked, limit=limit, offset=offset) for offset in range(0, whole.total + limit, limit)]
    assert [s.id for page in pages for s in page.contents] == [s.id for s in whole.contents]
    assert {page.total for page in pages} == {whole.total}


@SHARED
@given(asked=filters)
def test_filters_only_ever_narrow_and_do_so_together(county: Engine, asked: dict[str, object]) -> None:
    plain = {"as_of": asked["as_of"], "kinds": frozenset(KINDS) if asked["kinds"] else None}
    together = {s.id for s in ask(county, **asked).contents}
    apart = [
        {s.id for s in ask(county, **(plain | {name: asked[name]})).contents}
        for name in ("radius_m", "types", "households", "population", "kinds", "open_only", "text")
        if name != "kinds" or asked["kinds"]
    ]
    assert together == set.intersection(*apart)


def test_one_programme_is_found_by_the_id_of_the_list_and_has_no_distance(county: Engine) -> None:
    for listed in ask(county).contents:
        alone = search.one(county, listed.id, NIGHT)
        assert (alone.id, alone.name, alone.availability) == (listed.id, listed.name, listed.availability)
        assert alone.distance_m is None
    with pytest.raises(ProgramNotFound):
        search.one(county, "no such id", NIGHT)


@pytest.mark.parametrize(
    "question",
    [
        {"as_of": dt.datetime(2024, 1, 26, 17, 10)},
        {"radius_m": 0.0},
        {"radius_m": float("nan")},
        {"radius_m": 100.0, "origin": None},
        {"types": frozenset({"HOTEL"})},
        {"kinds": frozenset({"tent"})},
        {"households": "dogs"},
        {"population": "cats"},
        {"limit": 0},
        {"offset": -1},
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(question: dict[str, object]) -> None:
    with pytest.raises(QuestionRefused):
        Question(**({"as_of": NIGHT, "origin": HERE} | question))  # type: ignore[arg-type]


@pytest.mark.parametrize(("lon", "lat"), [(-181.0, 0.0), (0.0, 91.0), (float("nan"), 0.0), (0.0, float("inf"))])
def test_a_point_that_is_not_on_earth_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(QuestionRefused, match="longitude first"):
        Origin(lon, lat)


def test_eight_threads_get_the_same_answer_while_a_load_goes_on(county: Engine, tmp_path: Path) -> None:
    expected = [s.id for s in ask(county).contents]
    wrong: list[object] = []

    def read() -> None:
        for _ in range(10):
            try:
                if (got := [s.id for s in ask(county).contents]) != expected:
                    wrong.append(got)
            except Exception as error:  # a thread's error must reach the assertion
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    from resources.load import files

    files(county, [made.addresses(tmp_path, *made.MAIN_STREET)])
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///{tmp}/absent.sqlite", "run 'resources load"),
        ("sqlite:///{tmp}/empty.sqlite", "run 'resources load"),
        ("sqlite:///{tmp}/text.sqlite", "not a database"),
        ("sqlite://", "sqlite:///FILE"),
        ("mysql://h/d", "sqlite:///FILE"),
        ("nonsense", "sqlite:///FILE"),
        ("postgresql://someone:secret@localhost:1/nowhere", "check that it is there"),
    ],
)
def test_a_store_that_cannot_answer_is_refused_in_one_sentence(tmp_path: Path, url: str, says: str) -> None:
    (tmp_path / "empty.sqlite").touch()
    (tmp_path / "text.sqlite").write_text("this is no database, but long enough to be looked at" * 40)
    with pytest.raises(StoreRefused, match=says) as refused:
        ask(opened(url.format(tmp=tmp_path)))
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_store_of_another_edition_is_refused(tmp_path: Path, store_url: str) -> None:
    from sqlalchemy import text

    engine = stored(store_url, inventory(tmp_path, row()))
    with engine.begin() as connection:
        connection.execute(text("UPDATE resources_edition SET edition = 99"))
    with pytest.raises(StoreRefused, match="edition 99"):
        ask(opened(store_url))
