"""The height of the ground at many points, from a digital elevation model."""

from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Transformer

from siteselect.errors import FileRefused

TILE = 1024  # cells a side that are held at once


def at(path: Path, x: np.ndarray, y: np.ndarray, crs: str, up_m: float = 1.0) -> np.ndarray:
    """Metres above the model's zero at points (metres of the system `crs`), between the four cells round each.

    up_m: metres that one unit of the model is.  NaN outside the model and where one of the four cells has no data.
    FileRefused when the file is no GeoTIFF with a coordinate system.
    """
    import rasterio
    from rasterio.errors import RasterioError

    if not path.is_file():
        raise FileRefused(f"{path}: there is no such file on this machine; check the path in the place file.")
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", PROJ_NETWORK="OFF"):
        try:
            with rasterio.open(path, driver="GTiff") as model:
                if model.crs is None:
                    raise FileRefused(
                        f"{path.name}: the elevation has no coordinate system; save it as a GeoTIFF with one."
                    )
                east, north = Transformer.from_crs(crs, model.crs, always_xy=True).transform(x, y)
                to = ~model.transform
                column, row = to.a * east + to.b * north + to.c, to.d * east + to.e * north + to.f
                return _read(model, row - 0.5, column - 0.5) * up_m  # a cell's value is that of its middle
        except RasterioError as error:
            raise FileRefused(f"{path.name}: the elevation cannot be read ({error}); fetch it again.") from None


def _read(model: Any, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Values at places in cells, tile by tile, so that a county's model need not fit into memory."""
    from rasterio.windows import Window

    found = np.full(len(row), np.nan)
    # what is not a number is not inside either
    here = np.flatnonzero((column >= 0) & (row >= 0) & (column <= model.width - 1) & (row <= model.height - 1))
    down, across = (np.floor(cells[here] / TILE).astype(np.int64) for cells in (row, column))
    tile = down * (model.width // TILE + 1) + across
    order = np.argsort(tile, kind="stable")
    for some in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1) if len(order) else []:
        top, left, places = int(down[some[0]]) * TILE, int(across[some[0]]) * TILE, here[some]
        window = Window(left, top, min(TILE + 1, model.width - left), min(TILE + 1, model.height - top))
        cells = model.read(1, window=window, masked=True).astype(float).filled(np.nan)
        found[places] = between(cells, row[places] - top, column[places] - left)
    return found


def between(cells: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Values at places (in cells from the middle of the first), weighed from the four cells round each; NaN by NaN."""
    top = np.minimum(np.floor(row).astype(np.int64), max(cells.shape[0] - 2, 0))
    left = np.minimum(np.floor(column).astype(np.int64), max(cells.shape[1] - 2, 0))
    below, right = np.minimum(top + 1, cells.shape[0] - 1), np.minimum(left + 1, cells.shape[1] - 1)
    down, across = row - top, column - left
    upper = cells[top, left] * (1 - across) + cells[top, right] * across
    lower = cells[below, left] * (1 - across) + cells[below, right] * across
    mixed: np.ndarray = upper * (1 - down) + lower * down
    return mixed
