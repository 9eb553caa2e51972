"""Hazard zones and boundaries."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from siteselect import units
from siteselect.errors import ConfigError, FileRefused
from siteselect.layers import areas

BOX: units.Box = (-123.0, 38.0, -122.0, 39.0)
CRS = "EPSG:26910"


def zones(folder: Path, *shapes: shapely.Geometry, **columns: list[object]) -> Path:
    path = folder / "zones.geojson"
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4326).to_file(path)
    return path


def square(west: float, south: float, side: float = 0.01) -> shapely.Polygon:
    return shapely.box(west, south, west + side, south + side)


def test_zones_keep_their_names_and_only_those_asked_for(tmp_path: Path) -> None:
    path = zones(
        tmp_path,
        square(-122.7, 38.4),
        square(-122.6, 38.4),
        square(-122.5, 38.4),
        code=["A", "A", None],
        level=["High", "low", "HIGH"],
    )
    table, report = areas.read(path, {"id": "code", "label": "level", "where": {"level": ["high"]}}, BOX, CRS, "fire")
    assert table[["area_id", "name"]].values.tolist() == [["A", "High"], ["area-3", "HIGH"]]
    assert (report.layer, report.read, report.kept, report.rejected) == ("fire", 3, 2, 1)


def test_points_and_lines_enclose_nothing_and_are_rejected(tmp_path: Path) -> None:
    line = shapely.LineString([(-122.7, 38.4), (-122.6, 38.5)])
    mixed = shapely.GeometryCollection([square(-122.6, 38.4), line])
    path = zones(tmp_path, square(-122.7, 38.4), line, shapely.Point(-122.7, 38.4), mixed)
    table, report = areas.read(path, None, BOX, CRS)
    assert table["area_id"].tolist() == ["area-1", "area-4"]
    assert table.geom_type.tolist() == ["Polygon", "Polygon"]
    assert (report.kept, report.repaired, report.rejected) == (1, 1, 2)


def test_the_box_of_a_boundary_holds_all_of_it(tmp_path: Path) -> None:
    table, _ = areas.read(zones(tmp_path, square(-122.7, 38.4), square(-122.5, 38.6)))
    assert areas.box_of(table) == pytest.approx((-122.7, 38.4, -122.49, 38.61))


def test_a_zone_larger_than_the_place_still_counts(tmp_path: Path) -> None:
    state = shapely.Polygon([(-124.4, 42), (-114, 42), (-114, 32), (-122.5, 38.5), (-124.4, 40)])
    table, report = areas.read(zones(tmp_path, state), None, BOX, CRS)
    assert len(table) == 1
    assert "the layer reaches beyond it" in report.notes[0]


def test_a_layer_without_features_is_not_a_place_without_hazards(tmp_path: Path) -> None:
    path = tmp_path / "fire.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    with pytest.raises(FileRefused, match="if there truly are none, leave the layer out"):
        areas.read(path, None, BOX, CRS)


@pytest.mark.parametrize(("name", "count"), [("liquefaction_susceptibility", 305), ("alquist_priolo_fault_zones", 9)])
def test_the_real_hazards_are_read_whole(real_data: Path, name: str, count: int) -> None:
    box = areas.box_of(areas.read(real_data / "boundaries/sonoma_county.geojson")[0])
    table, report = areas.read(real_data / f"hazards/mtc_{name}_sonoma.geojson", None, box, CRS)
    assert (len(table), report.read) == (count, count)


def test_a_shapefile_without_its_dbf_says_that_this_is_missing(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"zone": ["A"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(tmp_path / "z.shp")
    (tmp_path / "z.dbf").unlink()
    with pytest.raises(ConfigError, match=r"z\.shp: there is no column 'zone'.*put its \.dbf file beside it"):
        areas.read(tmp_path / "z.shp", {"label": "zone"})
