"""Map layers as they come: wrong systems, broken shapes, files that are not what they say."""

import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from siteselect import units
from siteselect.errors import CrsUnknown, FileRefused
from siteselect.layers import files
from siteselect.layers.files import vector

BOX: units.Box = (-123.0, 38.0, -122.0, 39.0)
CRS = "EPSG:26910"
SQUARE = [[[-122.7, 38.4], [-122.6, 38.4], [-122.6, 38.5], [-122.7, 38.5], [-122.7, 38.4]]]
BOW_TIE = [[[-122.7, 38.4], [-122.6, 38.5], [-122.6, 38.4], [-122.7, 38.5], [-122.7, 38.4]]]
LINES = {
    "shapefile": ".shp",
    "geopackage": ".gpkg",
    "flatgeobuf": ".fgb",
    "geoparquet": ".parquet",
    "geojson": ".geojson",
}
BAD_FILES = [
    "continents.geojson", "continents.gpkg", "continents.shp", "duplicate-fields.shp", "empty.geojson",
    "hkzones-extra-attribute.geojson", "hkzones-mixed-geometries.geojson", "hkzones-mixed-numeric.geojson",
    "hkzones-no-collection.geojson", "hkzones-type-mismatch.geojson", "new-zealand-antimeridian.geojson",
    "new-zealand-antimeridian.gpkg", "new-zealand-antimeridian.shp", "nl-null-points.shp", "too-small.geojson",
    "valid-polygon-projected.geojson", "valid-polygon-projected.gpkg", "valid-polygon-projected.shp",
    "valid-polygon-wgs84.geojson", "valid-polygon-wgs84.gpkg", "valid-polygon-wgs84.shp",
]  # fmt: skip


def says(refusal: FileRefused, begins: str | tuple[str, ...]) -> None:
    assert str(refusal).startswith(begins)


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


def polygon(rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": rings}


def geojson(folder: Path, *features: Any, name: str = "lots.geojson", **members: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **members}), encoding="utf-8")
    return path


def crs_member(name: str) -> dict[str, Any]:
    return {"crs": {"type": "name", "properties": {"name": name}}}


def save(gdf: gpd.GeoDataFrame, folder: Path, kind: str) -> Path:
    path = folder / f"lots{LINES[kind]}"
    if kind == "geoparquet":
        gdf.to_parquet(path)
    else:
        gdf.to_file(path)
    return path


def same(read: gpd.GeoDataFrame, lots: gpd.GeoDataFrame) -> bool:
    """Whether the lots are the same, whatever the order of features and vertices."""
    shapes = dict(zip(read["name"], read.geometry, strict=True))
    return all(
        shapely.hausdorff_distance(shapes.pop(name), shape) < 1e-6
        for name, shape in zip(lots["name"], lots.geometry, strict=True)
    )


@pytest.fixture
def lots() -> gpd.GeoDataFrame:
    shapes = [shapely.box(-122.7, 38.4, -122.69, 38.41), shapely.box(-122.6, 38.5, -122.59, 38.51)]
    return gpd.GeoDataFrame({"name": ["Peña", "Roseland"], "acres": [1.5, 2.0]}, geometry=shapes, crs=4326)


@pytest.mark.parametrize("kind", list(LINES))
@pytest.mark.parametrize("epsg", [4326, 2226])
def test_every_format_gives_the_same_lots_in_degrees(
    tmp_path: Path, lots: gpd.GeoDataFrame, kind: str, epsg: int
) -> None:
    read, ledger = files.read_vector(save(lots.to_crs(epsg), tmp_path, kind), "lots", BOX, CRS)
    assert read.crs == "EPSG:4326"
    assert same(read, lots)
    assert (ledger.report().kept, ledger.rows.tolist()) == (2, [1, 2])


def test_a_shapefile_without_its_prj_and_cpg_is_placed_by_its_coordinates(
    tmp_path: Path, lots: gpd.GeoDataFrame
) -> None:
    path = save(lots.to_crs(2226), tmp_path, "shapefile")
    path.with_suffix(".prj").unlink()
    path.with_suffix(".cpg").unlink()
    read, ledger = files.read_vector(path, "lots", BOX, CRS)
    assert same(read, lots)
    assert any("declares no coordinate system; as EPSG:2226, 2 of 2" in note for note in ledger.notes)
    assert any("no .cpg file" in note for note in ledger.notes)


def test_a_shapefile_in_an_old_encoding_keeps_its_accents_and_says_so(tmp_path: Path, lots: gpd.GeoDataFrame) -> None:
    path = tmp_path / "lots.shp"
    lots.to_file(path, encoding="CP1252")
    path.with_suffix(".cpg").unlink()
    read, ledger = files.read_vector(path, "lots", BOX, CRS)
    assert read["name"].tolist() == ["Peña", "Roseland"]
    assert any("Windows-1252" in note for note in ledger.notes)


def test_a_shapefile_whose_index_is_missing_is_repaired(tmp_path: Path, lots: gpd.GeoDataFrame) -> None:
    path = save(lots, tmp_path, "shapefile")
    path.with_suffix(".shx").unlink()
    read, ledger = files.read_vector(path, "lots", BOX, CRS)
    assert len(read) == ledger.report().repaired == 2
    assert not path.with_suffix(".shx").exists()  # nothing is written beside a user's file


def test_a_zipped_shapefile_reads_as_the_shapefile_in_it(tmp_path: Path, lots: gpd.GeoDataFrame) -> None:
    path = save(lots, tmp_path, "shapefile")
    with zipfile.ZipFile(tmp_path / "lots.zip", "w") as packed:
        for part in tmp_path.glob("lots.*"):
            if part.suffix != ".zip":
                packed.write(part, f"deep/../{part.name}")
    path.unlink()
    assert len(files.read_vector(tmp_path / "lots.zip", "lots", BOX, CRS)[0]) == 2


def test_a_zip_with_two_shapefiles_or_none_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lots.zip", "w") as packed:
        packed.writestr("readme.txt", "hello")
    with pytest.raises(FileRefused, match=r"lots\.zip: a zip with 0 Shapefiles"):
        files.read_vector(tmp_path / "lots.zip", "lots", BOX, CRS)


def test_a_wrongly_declared_system_is_found_and_said_once_for_the_file(tmp_path: Path) -> None:
    xs, ys = units.convert([-122.7, -122.6], [38.4, 38.5], units.DEGREES, "EPSG:3857")
    path = geojson(
        tmp_path,
        *(feature(point(x, y)) for x, y in zip(xs, ys, strict=True)),
        **crs_member("urn:ogc:def:crs:OGC:1.3:CRS84"),
    )
    read, ledger = files.read_vector(path, "lots", BOX, CRS)
    assert read.geometry.x.tolist() == pytest.approx([-122.7, -122.6])
    report = ledger.report()
    assert (report.repaired, len(report.lines), report.lines["rows"].iloc[0]) == (2, 1, 2)
    assert "declares OGC:CRS84, in which 0 lie in the place; as EPSG:3857, 2 of 2" in report.notes[0]


def test_a_system_that_geojson_declares_rightly_is_no_repair(tmp_path: Path) -> None:
    xs, ys = units.convert([-122.7], [38.4], units.DEGREES, "EPSG:3857")
    path = geojson(tmp_path, feature(point(xs[0], ys[0])), **crs_member("urn:ogc:def:crs:EPSG::3857"))
    read, ledger = files.read_vector(path, "lots", BOX, CRS)
    assert (round(read.geometry.x.iloc[0], 6), ledger.report().kept) == (-122.7, 1)


def test_a_layer_of_another_continent_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(CrsUnknown, match=r"lots\.geojson: it declares OGC:CRS84, and none of"):
        files.read_vector(geojson(tmp_path, feature(point(10, 50))), "lots", BOX, CRS)


def test_each_feature_without_a_usable_shape_is_rejected_with_its_own_reason(tmp_path: Path) -> None:
    path = geojson(
        tmp_path,
        feature(point(-122.7, 38.4), name="good"),
        feature(None, name="null"),
        feature({"type": "Point", "coordinates": []}, name="empty"),
        feature({"type": "Point", "coordinates": ["west", "north"]}, name="words"),
        feature({"type": "Circle", "coordinates": [1, 2]}, name="circle"),
        {"type": "feature", "geometry": point(-122.7, 38.4)},
        "not even an object",
    )
    read, ledger = files.read_vector(path, "lots", BOX, CRS)
    report = ledger.report()
    assert read["name"].tolist() == ["good"]
    assert (report.read, report.kept, report.rejected) == (7, 1, 6)
    assert dict(zip(report.lines["row"], report.lines["reason"], strict=True)) == {
        2: "it has no shape (null)",
        3: "its shape is empty",
        4: "its coordinates cannot be read as a shape",
        5: "its coordinates cannot be read as a shape",
        6: "it is not a GeoJSON Feature with properties",
        7: "it is not a GeoJSON Feature with properties",
    }


def test_a_bow_tie_is_made_valid_and_listed(tmp_path: Path) -> None:
    read, ledger = files.read_vector(geojson(tmp_path, feature(polygon(BOW_TIE))), "lots", BOX, CRS)
    assert read.geometry.is_valid.all()
    assert shapely.area(read.geometry.iloc[0]) == pytest.approx(0.005)
    assert "Self-intersection" in ledger.report().lines["reason"].iloc[0]


def test_a_huge_broken_outline_is_rejected_rather_than_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector, "MOST_VERTICES", 4)
    _, ledger = files.read_vector(geojson(tmp_path, feature(polygon(BOW_TIE))), "lots", BOX, CRS)
    assert "more than 4 vertices" in ledger.report().lines["reason"].iloc[0]


def test_a_shape_torn_at_the_180th_meridian_is_rejected_and_one_cut_there_is_kept(tmp_path: Path) -> None:
    torn = polygon([[[179, -40], [-179, -40], [-179, -39], [179, -39], [179, -40]]])
    halves = [
        [[[179, -40], [180, -40], [180, -39], [179, -40]]],
        [[[-180, -40], [-179, -40], [-180, -39], [-180, -40]]],
    ]
    path = geojson(tmp_path, feature(torn), feature({"type": "MultiPolygon", "coordinates": halves}))
    read, ledger = files.read_vector(path, "areas")
    assert read.index.tolist() == [1]
    assert "not cut at the 180th meridian" in ledger.report().lines["reason"].iloc[0]


def test_a_bare_feature_counts_as_a_collection_of_one(tmp_path: Path) -> None:
    path = tmp_path / "lot.geojson"
    path.write_text(json.dumps(feature(polygon(SQUARE), name="alone")), encoding="utf-8")
    read, ledger = files.read_vector(path, "lots", BOX, CRS)
    assert (read["name"].tolist(), ledger.report().repaired) == (["alone"], 1)


def test_mixed_shapes_mixed_values_and_repeated_names_are_noted(tmp_path: Path) -> None:
    path = geojson(tmp_path, feature(polygon(SQUARE), n=1), feature(point(-122.7, 38.4), n="two", more={"deep": [1]}))
    text = path.read_text().replace('"n": 1', '"n": 0, "n": 1')
    path.write_text(text)
    read, ledger = files.read_vector(path, "lots", BOX, CRS)
    assert read["n"].tolist() == [1, "two"]
    assert read["more"].iloc[1] == '{"deep": [1]}'
    said = " ".join(ledger.notes)
    assert "the field n holds numbers and texts" in said
    assert "areas and points together" in said
    assert "says n more than once" in said


@pytest.mark.parametrize(
    ("content", "because"),
    [
        ("", "empty"),
        ('{"type":"feature"}', "its type is 'feature'"),
        ('{"type":"FeatureCollection","features":[]}', "holds no features"),
        ('{"type":"FeatureCollection","features":{}}', "no list of features"),
        ("[1, 2]", "no type"),
        ('{"type":"FeatureCollection","features":[', "not JSON"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"a":' + "9" * 10_000 + "}", "not JSON"),
    ],
)
def test_what_is_no_geojson_is_refused_in_one_sentence(tmp_path: Path, content: str, because: str) -> None:
    path = tmp_path / "lots.geojson"
    path.write_text(content)
    with pytest.raises(FileRefused, match=because) as refusal:
        files.read_vector(path, "lots", BOX, CRS)
    assert str(refusal.value).startswith("lots.geojson: ")
    assert "\n" not in str(refusal.value)


def secret_reader(source: str) -> str:
    layer = f'<OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"


@pytest.mark.parametrize("name", ["lots.geojson", "lots.gpkg", "lots.shp", "lots.fgb", "lots.parquet", "lots.csv"])
@pytest.mark.parametrize("source", ["secret.geojson", "/vsicurl/http://localhost:9/secret.geojson"])
def test_a_file_that_points_at_other_files_is_refused_whatever_its_name(tmp_path: Path, name: str, source: str) -> None:
    geojson(tmp_path, feature(point(-122.7, 38.4), password="hunter2"), name="secret.geojson")
    (tmp_path / name).write_text(secret_reader(source))
    with pytest.raises(FileRefused, match="points at other files or addresses"):
        files.read_vector(tmp_path / name, "lots", BOX, CRS)


@pytest.mark.parametrize(
    "magic", [b"fgb\x03fgb\x00", b"\x00\x00\x27\x0a", b"SQLite format 3\x00" + b"\x00" * 52 + b"GPKG", b"{"]
)
def test_a_pointer_behind_the_first_bytes_of_an_honest_format_is_refused_too(tmp_path: Path, magic: bytes) -> None:
    secret = geojson(tmp_path, feature(point(-122.7, 38.4)), name="secret.geojson")
    (tmp_path / "lots.fgb").write_bytes(magic + secret_reader(str(secret)).encode())
    with pytest.raises(FileRefused, match="points at other files or addresses"):
        files.read_vector(tmp_path / "lots.fgb", "lots", BOX, CRS)


@pytest.mark.parametrize("kind", ["geopackage", "flatgeobuf", "geoparquet", "shapefile"])
@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_a_file_cut_short_is_refused_or_listed_never_a_traceback(
    tmp_path: Path, lots: gpd.GeoDataFrame, kind: str, cut: float
) -> None:
    path = save(lots, tmp_path, kind)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    try:
        read, ledger = files.read_vector(path, "lots", BOX, CRS)
    except FileRefused as refusal:
        return says(refusal, path.name)
    assert len(read) == ledger.report().read - ledger.report().rejected


def test_a_geopackage_with_several_layers_asks_which(tmp_path: Path, lots: gpd.GeoDataFrame) -> None:
    for layer in ("parcels", "roads"):
        lots.to_file(tmp_path / "all.gpkg", layer=layer)
    with pytest.raises(FileRefused, match=r"it has 2 \(parcels, roads\); name it as `table`"):
        files.read_vector(tmp_path / "all.gpkg", "lots", BOX, CRS)
    assert len(files.read_vector(tmp_path / "all.gpkg", "lots", BOX, CRS, table="roads")[0]) == 2


def test_a_geopackage_whose_table_is_drawn_from_elsewhere_is_refused(tmp_path: Path, lots: gpd.GeoDataFrame) -> None:
    path = save(lots, tmp_path, "geopackage")
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma writable_schema = on")
        made = "CREATE VIRTUAL TABLE loot USING VirtualOGR('/etc/passwd using rtree(a)')"
        db.execute("insert into sqlite_master values ('table', 'loot', 'loot', 0, ?)", (made,))
        db.commit()
    with pytest.raises(FileRefused, match="the table 'loot' is not held in the file itself"):
        files.read_vector(path, "lots", BOX, CRS)


def test_one_part_of_a_shapefile_is_told_apart_from_the_whole(tmp_path: Path, lots: gpd.GeoDataFrame) -> None:
    path = save(lots, tmp_path, "shapefile")
    with pytest.raises(FileRefused, match=r"give the \.shp file"):
        files.read_vector(path.with_suffix(".prj"), "lots", BOX, CRS)


numbers = st.one_of(st.floats(allow_nan=True), st.integers(), st.none(), st.text(max_size=3))
geometries = st.one_of(
    st.none(),
    st.builds(point, st.floats(-123, -122), st.floats(38, 39)),
    st.builds(lambda c: {"type": "Point", "coordinates": c}, st.lists(numbers, max_size=3)),
    st.builds(
        lambda c: polygon([[*c, c[0]]]),
        st.lists(st.tuples(st.floats(-123, -122), st.floats(38, 39)), min_size=3, max_size=8),
    ),
    st.builds(lambda kind, c: {"type": kind, "coordinates": c}, st.text(max_size=5), st.lists(numbers, max_size=2)),
)


BOW = [[-122, 38], [-123, 38.5], [-122, 38.5], [-122, 39], [-123, 38.5], [-122, 38.5], [-122, 38]]


@settings(deadline=None, max_examples=120)
@example([feature(polygon([BOW]))])  # its two halves share an edge once they are mended
@given(st.lists(st.builds(feature, geometries), min_size=1, max_size=8))
def test_every_feature_is_kept_repaired_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, features: list[Any]
) -> None:
    path = geojson(tmp_path_factory.getbasetemp(), *features, name="noise.geojson")
    try:
        read, ledger = files.read_vector(path, "noise", BOX, CRS)
    except FileRefused as refusal:
        return says(refusal, "noise.geojson: ")
    report = ledger.report()
    assert report.read == len(features) == report.kept + report.repaired + report.rejected
    assert len(read) == report.kept + report.repaired
    assert read.geometry.is_valid.all()
    assert not read.geometry.is_empty.any()
    assert len(report.lines[report.lines["outcome"] == "rejected"]) == report.rejected


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_of_another_project_is_refused_or_accounted_for(real_data: Path, name: str) -> None:
    try:
        read, ledger = files.read_vector(real_data / "spatial_bad_files" / name, "bad")
    except FileRefused as refusal:
        return says(refusal, ("empty.geojson: ", "too-small.geojson: "))
    report = ledger.report()
    assert len(read) == report.kept + report.repaired
    assert read.geometry.is_valid.all()
    expected: dict[str, Callable[[], bool]] = {
        "nl-null-points.shp": lambda: report.rejected == 3 and len(read) == 17,
        "duplicate-fields.shp": lambda: "stands more than once" in " ".join(report.notes),
        "hkzones-no-collection.geojson": lambda: report.repaired == 1,
        "hkzones-type-mismatch.geojson": lambda: "holds numbers and texts" in " ".join(report.notes),
        "hkzones-mixed-geometries.geojson": lambda: "areas and lines and points together" in " ".join(report.notes),
    }
    assert expected.get(name, lambda: report.kept == len(read))()


def test_the_list_of_bad_files_is_whole_and_their_table_reads(real_data: Path) -> None:
    folder = real_data / "spatial_bad_files"
    assert sorted(p.name for p in folder.iterdir() if p.suffix in (".geojson", ".gpkg", ".shp")) == sorted(BAD_FILES)
    assert files.read_table(folder / "cities.csv", "cities")[1].report().kept == 4
