"""Tables as lines of text: the same bytes as pandas and GDAL write, for whatever a cell or a shape may be."""

import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siteselect.report import lines, shapes

HARD = [
    "plain",
    "a, b",
    'said "no"',
    "two\nlines",
    "ñ – 東",
    "",
    "'",
    "{a}",
    "  ends ",
    "back\\slash",
    "tab\there",
    None,
]
SAFE_TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r"), max_size=12)
here_only = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def as_pandas(table: pd.DataFrame) -> str:
    """What pandas writes, with an apostrophe before what a spreadsheet would run."""
    guarded = table.copy()
    for name in guarded.columns:
        if guarded[name].dtype in ("object", "str", "category"):
            guarded[name] = guarded[name].astype(object)
            at_risk = [isinstance(c, str) and c[:1] in lines.FORMULA_STARTS and c != "" for c in guarded[name]]
            guarded.loc[at_risk, name] = "'" + guarded.loc[at_risk, name].astype(object)
    return str(guarded.to_csv(index=False, lineterminator="\n"))


@here_only
@given(st.lists(st.tuples(SAFE_TEXT | st.none(), st.floats(allow_infinity=False)), min_size=1, max_size=30))
def test_any_csv_is_what_pandas_writes(tmp_path: Path, rows: list[tuple[str | None, float]]) -> None:
    table = pd.DataFrame(rows, columns=["words, few", "number"])
    table["words, few"] = table["words, few"].astype(object)
    table["number"] += 0.0
    table["kind"] = table["words, few"].astype("category")
    table["whole"] = pd.array([None if i % 3 else i for i in range(len(table))], dtype="Int64")
    table["yes"] = table.index % 2 == 0
    lines.write_csv(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().decode() == as_pandas(table)


def test_a_table_longer_than_a_part_has_every_row_once(tmp_path: Path) -> None:
    table = pd.DataFrame({"n": range(2 * lines.ROWS + 5), "x": np.arange(2 * lines.ROWS + 5) / 8})
    lines.write_csv(table, tmp_path / "t.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv"), table)


def test_a_table_without_rows_is_its_header(tmp_path: Path) -> None:
    lines.write_csv(pd.DataFrame({"a": [], "b": []}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "a,b\n"


def test_a_cell_that_a_spreadsheet_would_run_is_held_back(tmp_path: Path) -> None:
    lines.write_csv(pd.DataFrame({"a": ["=1+1", "-5", "@x", "fine"], "b": [-5.0, 1, 2, 3]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().splitlines()[1:] == ["'=1+1,-5.0", "'-5,1.0", "'@x,2.0", "fine,3.0"]


def drawn() -> list[shapely.Geometry | None]:
    square = shapely.box(-122.7182, 38.4419, -122.7179, 38.4422)
    holed = square.difference(shapely.box(-122.7181, 38.442, -122.718, 38.4421))
    far = shapely.box(-122.5, 38.1234565, -122.4000005, 38.2)
    clockwise = shapely.Polygon(list(square.exterior.coords)[::-1])
    return [
        square,
        holed,
        shapely.MultiPolygon([square, far]),
        clockwise,
        shapely.Point(-122.71812795, 38.0),
        None,
        far,
    ]


def written(table: gpd.GeoDataFrame, folder: Path) -> tuple[bytes, bytes]:
    """Ours and GDAL's."""
    lines.write_geojson(table, folder / "ours.geojson")
    pyogrio.write_dataframe(
        table, folder / "gdal.geojson", driver="GeoJSON", geometry_type="Unknown", RFC7946="YES",
        COORDINATE_PRECISION="6", WRITE_NAME="NO",
    )  # fmt: skip
    return (folder / "ours.geojson").read_bytes(), (folder / "gdal.geojson").read_bytes()


def test_a_geojson_of_every_kind_of_shape_and_hard_words_is_what_gdal_writes(tmp_path: Path) -> None:
    found = drawn() * 2
    table = gpd.GeoDataFrame(
        {"site_id": [f"s{i}" for i in range(len(found))], "name": (HARD * 2)[: len(found)],
         "rank": pd.array([*range(1, len(found)), None], dtype="Int64"),
         "x": [0.1, 1.0, 100.0, 9.95, 283.27994956800006, 399.42472889088, math.nan, 0.7521, -122.71812795427454, 1e16,
               1 / 3, 0.0, 12345678.9, 2.5e-7][: len(found)]},
        geometry=found, crs="EPSG:4326",
    )  # fmt: skip
    ours, gdals = written(table, tmp_path)
    assert ours == gdals


@here_only
@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20), st.lists(SAFE_TEXT, min_size=20, max_size=20))
def test_any_number_and_text_of_a_geojson_reads_back_as_it_is(
    tmp_path: Path, numbers: list[float], words: list[str]
) -> None:
    points = [shapely.Point(1, 2)] * len(numbers)
    table = gpd.GeoDataFrame({"x": numbers, "t": words[: len(numbers)]}, geometry=points, crs="EPSG:4326")
    lines.write_geojson(table, tmp_path / "t.geojson")
    told = [f["properties"] for f in json.loads((tmp_path / "t.geojson").read_text(encoding="utf-8"))["features"]]
    assert [t["x"] for t in told] == pytest.approx(numbers, rel=1e-13, abs=0)
    assert [t["t"] for t in told] == words[: len(numbers)]


def test_a_name_in_brackets_stays_a_name(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame({"name": ["[1, 2]", '{"a": 1}']}, geometry=[shapely.Point(0, 0)] * 2, crs="EPSG:4326")
    lines.write_geojson(table, tmp_path / "t.geojson")
    features = json.loads((tmp_path / "t.geojson").read_text())["features"]
    assert [f["properties"]["name"] for f in features] == ["[1, 2]", '{"a": 1}']


def test_an_area_that_crosses_itself_when_rounded_stays_a_valid_area() -> None:
    # its waist is a third of a micro-degree: rounded, the two sides touch
    thin = shapely.Polygon([(0, 0), (0.001, 1e-7), (0.002, 0), (0.002, 0.001), (0.001, 4e-7), (0, 0.001)])
    assert thin.is_valid
    told = json.loads(shapes.written(np.array([thin], object))[0].as_py())
    assert told["type"] in ("Polygon", "MultiPolygon")
    assert shapely.from_geojson(json.dumps(told)).is_valid


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_a_point_is_written_to_the_tenth_of_a_metre(points: list[tuple[float, float]]) -> None:
    told = shapes.written(np.array([shapely.Point(p) for p in points], object)).to_pylist()
    for text, point in zip(told, points, strict=True):
        lonlat = [float(f"{degrees:.6f}") for degrees in point]
        assert json.loads(text)["coordinates"] == lonlat
