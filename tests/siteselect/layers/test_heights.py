"""Heights between the cells of a small elevation model."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from siteselect.errors import FileRefused
from siteselect.layers import heights

CRS = "EPSG:26910"


def model(path: Path, cells: np.ndarray, *, nodata: float | None = None, crs: str | None = CRS) -> Path:
    """A model of 10 m cells whose north-west corner is (500000, 4200000)."""
    with rasterio.open(
        path, "w", driver="GTiff", width=cells.shape[1], height=cells.shape[0], count=1, dtype="float32", crs=crs,
        transform=from_origin(500_000, 4_200_000, 10, 10), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(cells.astype("float32"), 1)
    return path


def at(path: Path, *places: tuple[float, float]) -> list[float]:
    x, y = np.array(places).T
    return list(heights.at(path, 500_000 + x, 4_200_000 - y, CRS))


def test_a_height_lies_between_the_middles_of_the_four_cells_round_it(tmp_path: Path) -> None:
    dem = model(tmp_path / "dem.tif", np.array([[0, 10, 20], [100, 110, 120], [200, 210, 220]]))
    # the plane rises 1 m a metre to the east and 10 m a metre to the south
    assert at(dem, (5, 5), (10, 5), (15, 15), (12, 18), (25, 25)) == pytest.approx([0, 5, 110, 137, 220], abs=1e-4)


def test_outside_the_model_and_beside_a_hole_the_height_is_unknown(tmp_path: Path) -> None:
    cells = np.zeros((4, 4))
    cells[0, 0] = -9999
    dem = model(tmp_path / "dem.tif", cells, nodata=-9999)
    found = at(dem, (-1, 5), (39, 39), (1e6, 0), (8, 8), (22, 22), (np.nan, 0))
    assert np.isnan(found).tolist() == [True, True, True, True, False, True]


def test_a_large_model_is_read_tile_by_tile_with_the_same_heights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = np.random.default_rng(1).uniform(0, 100, (23, 31))
    dem = model(tmp_path / "dem.tif", cells)
    places = [(float(a), float(b)) for a, b in np.random.default_rng(2).uniform(5, 225, (200, 2))]
    whole = at(dem, *places)
    monkeypatch.setattr(heights, "TILE", 7)
    assert at(dem, *places) == pytest.approx(whole)


@pytest.mark.parametrize("harm", ["text", "lost", "no system"])
def test_what_is_no_elevation_model_is_refused_in_one_sentence(tmp_path: Path, harm: str) -> None:
    dem = tmp_path / "dem.tif"
    if harm == "text":
        dem.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"/>')
    elif harm == "no system":
        model(dem, np.zeros((3, 3)), crs=None)
    with pytest.raises(FileRefused, match=r"dem\.tif") as refused:
        at(dem, (0, 0))
    assert "\n" not in str(refused.value)
