"""Slope of the ground on planes whose slope is known."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from siteselect import units
from siteselect.errors import FileRefused
from siteselect.layers import terrain

CRS = "EPSG:26910"
X, Y = 525_000.0, 4_254_000.0


def model(folder: Path, rise: float = 0.1, hole: bool = False, crs: str | None = CRS) -> Path:
    """A plane of 1 km by 1 km rising eastward by `rise`, in cells of 10 m; with `hole`, no data in its west half."""
    heights = np.tile((np.arange(100) * 10 + 5) * rise, (100, 1)).astype("float32")
    if hole:
        heights[:, :50] = -9999
    path = folder / "dem.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=100, count=1, dtype="float32", nodata=-9999, crs=crs,
        transform=from_origin(X, Y + 1000, 10, 10),
    ) as out:  # fmt: skip
        out.write(heights, 1)
    return path


def sites(*shapes: shapely.Geometry | None) -> gpd.GeoDataFrame:
    """Shapes in metres from the model's south-west corner, as sites in degrees."""
    moved = [shapely.transform(s, lambda c: c + np.array((X, Y))) if s is not None else None for s in shapes]
    index = [f"s{i}" for i in range(len(shapes))]
    return units.to_degrees(gpd.GeoDataFrame(geometry=moved, index=index, crs=CRS))


def test_a_plane_has_its_slope_in_an_outline_and_at_a_point(tmp_path: Path) -> None:
    where = sites(shapely.box(200, 200, 300, 300), shapely.Point(505, 505), shapely.box(501, 501, 504, 504))
    table = terrain.slope_percent(model(tmp_path), where, CRS)
    assert table["slope_percent"].tolist() == pytest.approx([10, 10, 10], abs=0.01)
    assert table.index.tolist() == ["s0", "s1", "s2"]
    assert table["method"].tolist() == [
        "mean over the outline, each cell by its share inside",
        "at the point",
        "mean over the outline, each cell by its share inside",
    ]


def test_outside_the_model_and_without_data_the_slope_is_unknown(tmp_path: Path) -> None:
    where = sites(
        shapely.Point(5000, 5000), shapely.Point(200, 200), shapely.box(200, 200, 300, 300),
        shapely.box(300, 200, 800, 300),
        shapely.box(50, 200, 800, 300), None, shapely.Point(2, 500),
    )  # fmt: skip
    table = terrain.slope_percent(model(tmp_path, hole=True), where, CRS)
    assert np.isnan(table["slope_percent"]).tolist() == [True, True, True, False, True, True, True]
    assert table["method"].iloc[3] == ("mean over the 58% of the outline that has data, each cell by its share inside")
    assert table["method"].str.startswith("unknown: ").sum() == 6


def test_a_model_in_degrees_gives_the_slope_in_metres(tmp_path: Path) -> None:
    west, south = units.convert([X], [Y], CRS, units.DEGREES)
    cell = 1e-4
    columns = np.arange(150)
    across_m = units.apart_m(west[0], south[0], west[0] + cell, south[0])
    heights = np.tile(columns * float(across_m) * 0.2, (150, 1)).astype("float32")
    path = tmp_path / "degrees.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=150, height=150, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(west[0], south[0] + 150 * cell, cell, cell),
    ) as out:  # fmt: skip
        out.write(heights, 1)
    table = terrain.slope_percent(path, sites(shapely.box(400, 400, 700, 700), shapely.Point(600, 600)), CRS)
    assert table["slope_percent"].iloc[0] == pytest.approx(20, rel=0.01)
    assert table["slope_percent"].iloc[1] == pytest.approx(20, rel=0.05)  # one cell, its heights interpolated


def test_a_model_in_feet_is_brought_to_metres(tmp_path: Path) -> None:
    table = terrain.slope_percent(
        model(tmp_path, rise=1.0), sites(shapely.Point(505, 505)), CRS, up_m=units.feet_to_m(1)
    )
    assert table["slope_percent"].tolist() == pytest.approx([30.48], abs=0.05)


def test_what_is_no_elevation_model_is_refused(tmp_path: Path) -> None:
    where = sites(shapely.Point(505, 505))
    pointer = tmp_path / "dem.tif"
    pointer.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    with pytest.raises(FileRefused, match=r"dem\.tif: not a GeoTIFF by its first bytes"):
        terrain.slope_percent(pointer, where, CRS)
    pointer.write_bytes(b"II*\x00" + b"\x00" * 50)
    with pytest.raises(FileRefused, match=r"dem\.tif: the elevation cannot be read"):
        terrain.slope_percent(pointer, where, CRS)
    with pytest.raises(FileRefused, match="no such file"):
        terrain.slope_percent(tmp_path / "none.tif", where, CRS)
    with pytest.raises(FileRefused, match="no coordinate system"):
        terrain.slope_percent(model(tmp_path, crs=None), where, CRS)


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(1, 100), st.floats(1, 100))
def test_the_slope_of_any_plane_is_the_length_of_its_gradient(
    east: float, north: float, across: float, down: float
) -> None:
    rows, columns = np.mgrid[0:5, 0:6]
    slope = terrain.horn(columns * across * east - rows * down * north, across, down)
    assert slope.shape == (3, 4)
    assert slope == pytest.approx(np.full((3, 4), 100 * np.hypot(east, north)), abs=1e-6)


def test_porto_alegre_has_hills_and_a_lake_shore(real_data: Path) -> None:
    where = gpd.GeoDataFrame(geometry=gpd.points_from_xy([-51.2, -51.16, 0], [-30.05, -30.09, 0]), crs=4326)
    table = terrain.slope_percent(real_data / "porto_alegre/poa_elevation.tif", where, "EPSG:31982")
    assert table["slope_percent"].isna().tolist() == [False, False, True]
    assert table["method"].iloc[2] == "unknown: outside the elevation model"
