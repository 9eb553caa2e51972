"""Shares of cells and areas by class of slope, against shapely's own cutting of every cell."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from siteselect import units
from siteselect.layers import terrain
from siteselect.layers.terrain import coverage, zonal
from siteselect.layers.terrain import model as models

WEST, NORTH, CELL_M, SIDE = 500_000.0, 4_250_000.0, 10.0, 12
CRS = "EPSG:26910"


class Slopes:
    """A model of 12 by 12 cells whose slopes are given, some of them without data."""

    grid, columns, rows = (WEST, NORTH, CELL_M, CELL_M), SIDE, SIDE

    def __init__(self) -> None:
        chance = np.random.default_rng(3)
        self.slopes = chance.uniform(0, 40, (SIDE, SIDE))
        self.slopes[chance.random((SIDE, SIDE)) < 0.1] = np.nan

    def slope(self, left: int, top: int, right: int, bottom: int, *, little: bool) -> np.ndarray:
        return self.slopes[top:bottom, left:right]


def cut(shape: shapely.Geometry, slopes: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean and the areas by class as shapely cuts them, cell by cell."""
    row, column = np.mgrid[0:SIDE, 0:SIDE]
    left, top = WEST + column * CELL_M, NORTH - row * CELL_M
    area = shapely.area(shapely.intersection(shape, shapely.box(left, top - CELL_M, left + CELL_M, top)))
    known = np.isfinite(slopes) & (area > 0)
    kind = np.searchsorted(terrain.CLASSES_PERCENT, slopes[known])
    by_class = np.bincount(kind, area[known], minlength=len(terrain.CLASSES_PERCENT) + 1)
    return (area[known] @ slopes[known] / area[known].sum() if known.any() else np.nan), by_class


corner = st.one_of(
    st.tuples(st.floats(-30, 150), st.floats(-30, 150)),
    st.tuples(st.integers(-2, 14), st.integers(-2, 14)).map(
        lambda at: (10.0 * at[0], 10.0 * at[1])
    ),  # cells' own edges
    st.tuples(st.floats(50, 52), st.floats(57, 59)),
)
ring = st.lists(corner, min_size=3, max_size=9)


@st.composite
def outlines(draw: st.DrawFn) -> shapely.Geometry:
    """Polygons with holes, in several parts, small, on the cells' edges and half outside; crossed rings made good."""
    shape = shapely.make_valid(shapely.Polygon(draw(ring)))
    if draw(st.booleans()):
        other = shapely.make_valid(shapely.Polygon(draw(ring)))
        shape = draw(st.sampled_from([shapely.difference, shapely.union, shapely.symmetric_difference]))(shape, other)
    parts = [p for p in shapely.get_parts(shape) if shapely.get_dimensions(p) == 2]
    whole = shapely.union_all(np.array(parts, object))
    assume(shapely.area(whole) > 1e-3)
    if draw(st.booleans()):
        whole = shapely.reverse(whole)
    moved = shapely.transform(whole, lambda at: at + np.array([WEST, NORTH - SIDE * CELL_M]))
    assume(shapely.is_valid(moved))  # far from nought the corners are coarser, and a ring may touch itself
    return moved


@settings(max_examples=150)
@given(st.lists(outlines(), min_size=1, max_size=5), st.sampled_from([3, 5, 512]), st.booleans())
def test_every_share_is_what_cutting_each_cell_gives(shapes: list[shapely.Geometry], tile: int, little: bool) -> None:
    ground, several = Slopes(), np.array(shapes, object)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zonal, "TILE", tile)
        patch.setattr(coverage, "FEW", 10**9 if little else -1)
        patch.setattr(coverage, "AT_ONCE", 50)
        mean, by_class = zonal.by_class(ground, several)  # type: ignore[arg-type]  # what it asks of a model is there
    for shape, found, parts in zip(shapes, mean, by_class, strict=True):
        wanted, areas = cut(shape, ground.slopes)
        assert parts == pytest.approx(areas, abs=1e-6)
        if areas.sum() > 1e-3:
            assert found == pytest.approx(wanted, rel=1e-6)


def file_of(folder: Path, heights: np.ndarray, crs: str = CRS, cell: float = CELL_M) -> Path:
    path = folder / "dem.tif"
    rows, columns = heights.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="float32", nodata=-9999, crs=crs,
        transform=from_origin(WEST, NORTH, cell, cell),
    ) as out:  # fmt: skip
        out.write(heights.astype("float32"), 1)
    return path


def hills(side: int = 100) -> np.ndarray:
    """Level in the west, 30 % in the east, with a hole in the data in the south."""
    heights = np.tile(np.maximum(np.arange(side) - side / 2, 0) * 3.0, (side, 1))
    heights[-20:] = -9999
    return heights


def table(*shapes: shapely.Geometry | None) -> gpd.GeoDataFrame:
    moved = [s and shapely.transform(s, lambda at: at + np.array([WEST, NORTH - 1000])) for s in shapes]
    return units.to_degrees(gpd.GeoDataFrame(geometry=moved, crs=CRS))


def test_the_classes_and_the_ground_without_data_are_the_whole_outline(tmp_path: Path) -> None:
    shapes = (shapely.box(103, 305, 807, 406), shapely.box(-200, 300, 300, 400), shapely.box(600, 100, 620, 400))
    found = terrain.steepness(file_of(tmp_path, hills()), table(*shapes), CRS)
    shares = found[[*terrain.CLASS_COLUMNS, "no_data_share"]]
    assert shares.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    assert found["area_m2"].tolist() == pytest.approx([shapely.area(s) for s in shapes], rel=1e-6)
    assert (found["steep_low"] <= found["steep_high"]).all()
    assert found["no_data_share"].tolist() == pytest.approx([0, 0.42, 0.3667], abs=1e-3)


def test_an_outline_with_ground_without_data_has_a_range_of_steepness(tmp_path: Path) -> None:
    found = terrain.steepness(file_of(tmp_path, hills()), table(shapely.box(600, 100, 620, 400)), CRS).iloc[0]
    assert (found["steep_share"], found["steep_high"]) == pytest.approx((1.0, 1.0))
    assert found["steep_low"] == pytest.approx(0.6333, abs=1e-3)


def test_what_has_no_outline_has_no_shares(tmp_path: Path) -> None:
    found = terrain.steepness(file_of(tmp_path, hills()), table(shapely.Point(800, 500), None), CRS)
    assert found["slope_percent"].tolist() == pytest.approx([30, np.nan], abs=0.01, nan_ok=True)
    assert found[["area_m2", "steep_share", "no_data_share"]].isna().all(axis=None)


def test_an_outline_that_crosses_itself_is_measured_as_what_it_encloses(tmp_path: Path) -> None:
    bow = shapely.Polygon([(100, 300), (200, 400), (200, 300), (100, 400)])
    found = terrain.steepness(file_of(tmp_path, hills()), table(bow, shapely.Polygon()), CRS)
    assert found["area_m2"].iloc[0] == pytest.approx(5000, rel=1e-4)
    assert found["method"].iloc[1] == "unknown: the site has no location"


def test_a_few_sites_and_many_have_the_same_slopes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(1)
    path = file_of(tmp_path, chance.normal(0, 30, (60, 60)).cumsum(axis=0))
    where = table(*[shapely.Point(*at).buffer(40, 3) for at in chance.uniform(450, 600, (30, 2))])
    few = terrain.steepness(path, where, CRS)
    monkeypatch.setattr(coverage, "FEW", 0)
    many = terrain.steepness(path, where, CRS)
    assert (few["method"] == many["method"]).all()
    assert few.drop(columns="method").to_numpy(float) == pytest.approx(
        many.drop(columns="method").to_numpy(float), rel=1e-12, nan_ok=True
    )


def test_reading_by_tiles_gives_what_one_window_gives_in_another_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(tmp_path, np.random.default_rng(2).normal(0, 5, (90, 90)).cumsum(axis=1))
    where = table(shapely.box(200, 300, 700, 800), shapely.Point(500, 500))
    whole = terrain.steepness(path, where, "EPSG:3310")
    monkeypatch.setattr(zonal, "TILE", 7)
    assert terrain.steepness(path, where, "EPSG:3310")["slope_percent"].tolist() == pytest.approx(
        whole["slope_percent"].tolist(), rel=1e-3
    )


def net(path: Path, where: gpd.GeoDataFrame, faults: gpd.GeoDataFrame | None) -> dict[str, float]:
    return dict(terrain.developable(path, where, CRS, terrain.steepness(path, where, CRS), faults).iloc[0])


def test_net_area_is_the_outline_less_steep_ground_and_the_fault_zone_each_taken_once(tmp_path: Path) -> None:
    path, site = file_of(tmp_path, hills()), table(shapely.box(300, 300, 800, 400))
    zone = table(shapely.box(250, 0, 350, 1000), shapely.box(600, 0, 700, 1000))  # one on level, one on steep ground
    found = net(path, site, zone)
    level_m2 = terrain.steepness(path, site, CRS).iloc[0]["area_m2"] * 0.42  # the slope begins within its last cell
    assert found["setback_m2"] == pytest.approx(15_000, rel=1e-3)
    assert found["net_m2"] == pytest.approx(level_m2 - 5000, rel=0.05)
    assert found["low_m2"] == pytest.approx(found["net_m2"])
    assert found["high_m2"] == pytest.approx(found["net_m2"] + 5000, rel=1e-3)  # what a study of the zone may free
    assert found["method"] == "outline less ground over 20 % and less fault zones"


def test_a_fault_trace_keeps_50_feet_clear_on_both_sides(tmp_path: Path) -> None:
    path, site = file_of(tmp_path, hills()), table(shapely.box(300, 300, 400, 400))
    found = net(path, site, table(shapely.LineString([(350, 0), (350, 1000)])))
    assert found["setback_m2"] == pytest.approx(100 * 2 * 15.24, rel=1e-3)
    assert found["net_m2"] == found["high_m2"] == pytest.approx(10_000 - 3048, rel=1e-3)


def test_a_site_wholly_in_a_fault_zone_has_no_net_area(tmp_path: Path) -> None:
    found = net(file_of(tmp_path, hills()), table(shapely.box(300, 300, 400, 400)), table(shapely.box(0, 0, 900, 900)))
    assert (found["net_m2"], found["low_m2"]) == (0, 0)
    assert found["high_m2"] == pytest.approx(10_000, rel=1e-3)


def test_without_a_layer_of_faults_the_net_area_is_unknown_not_the_gross(tmp_path: Path) -> None:
    found = net(file_of(tmp_path, hills()), table(shapely.box(300, 300, 400, 400)), None)
    assert np.isnan(found["net_m2"])
    assert found["method"] == "unknown: no layer of fault zones is at hand"
    assert (found["low_m2"], found["high_m2"]) == pytest.approx((0, 10_000), rel=1e-3)


def test_without_faults_near_it_and_ground_without_data_the_net_area_has_a_range(tmp_path: Path) -> None:
    path, none = file_of(tmp_path, hills()), table().iloc[:0]
    found = net(path, table(shapely.box(100, 100, 200, 500)), none)
    assert found["low_m2"] < found["net_m2"] == pytest.approx(40_000, rel=1e-3)
    assert found["low_m2"] == pytest.approx(29_000, rel=1e-3)
    assert found["setback_m2"] == 0
    assert np.isnan(net(path, table(shapely.box(100, 100, 200, 300)), none)["net_m2"])
    assert np.isnan(net(path, table(shapely.Point(100, 300)), none)["net_m2"])


def test_porto_alegre_by_exact_shares_is_close_to_a_count_of_cell_middles(real_data: Path) -> None:
    chance = np.random.default_rng(0)
    lon, lat = chance.uniform(-51.24, -51.14, 300), chance.uniform(-30.1, -30.0, 300)
    where = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    round_ = where.to_crs("EPSG:31982").buffer(400)
    path = real_data / "porto_alegre/poa_elevation.tif"
    found = terrain.steepness(path, gpd.GeoDataFrame(geometry=round_), "EPSG:31982")
    with models.opened(path, "EPSG:31982", 1.0) as ground:
        west, north, across, down = ground.grid
        slopes = ground.slope(0, 0, ground.columns, ground.rows, little=True)
    for shape, slope, share in zip(round_, found["slope_percent"], found["no_data_share"], strict=True):
        if share == 0:
            column, row = (np.arange(n) for n in slopes.shape[::-1])
            x, y = np.meshgrid(west + (column + 0.5) * across, north - (row + 0.5) * down)
            inside = shapely.contains_xy(shape, x, y)
            assert slope == pytest.approx(slopes[inside].mean(), rel=0.06)
