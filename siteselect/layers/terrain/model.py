"""An elevation model as seen in the place's system, and the slope of its cells."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siteselect.compiled import kernel
from siteselect.errors import FileRefused
from siteselect.layers.files.formats import MOST_BYTES

NOTHING = -32_768_000.0
NEAR_CELLS = 0.001  # how far from its exact place a height may be taken; an eighth, as is usual, moves slopes by 1.6 %
CACHE_MB = 256  # what GDAL may keep of the file; of itself it takes a share of the machine
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


@dataclass(frozen=True)
class Model:
    """The heights of an open file in the place's system: `across` by `down` metres a cell, from `west` and `north`."""

    source: Any
    up_m: float
    empty: float

    @property
    def rows(self) -> int:
        """How many rows of cells there are."""
        return int(self.source.height)

    @property
    def columns(self) -> int:
        """How many columns of cells there are."""
        return int(self.source.width)

    @property
    def grid(self) -> tuple[float, float, float, float]:
        """West, north, across and down, in metres."""
        turn = self.source.transform
        return turn.c, turn.f, abs(turn.a), abs(turn.e)

    def slope(self, left: int, top: int, right: int, bottom: int, *, little: bool) -> np.ndarray:
        """Slope in percent of a window's cells; missing where a height that it needs is missing.

        `little` work is not worth a compiler's start; the numbers are the same but for the last digit of a double.
        """
        across, down = self.grid[2:]
        heights = self._heights(left - 1, top - 1, right + 1, bottom + 1)
        return horn(heights, across, down) if little else _horn(heights, across, down)

    def _heights(self, left: int, top: int, right: int, bottom: int) -> np.ndarray:
        """Heights in metres of a window that may reach past the model's edge; missing there and without data."""
        from rasterio.windows import Window

        heights = np.full((bottom - top, right - left), np.nan)
        row0, col0 = max(top, 0), max(left, 0)
        row1, col1 = min(bottom, self.rows), min(right, self.columns)
        if row0 < row1 and col0 < col1:
            read = self.source.read(1, window=Window(col0, row0, col1 - col0, row1 - row0))
            inside = heights[row0 - top : row1 - top, col0 - left : col1 - left]
            np.multiply(read, self.up_m, out=inside, dtype=float)
            inside[read == self.empty] = np.nan
        return heights


@contextmanager
def opened(path: Path, crs: str, up_m: float) -> Iterator[Model]:
    """The model as seen in the place's system; only GeoTIFF, and nothing that lies beside it.

    A model that is in that system, and not turned, is read as it is; of any other the heights are interpolated
    (bilinear) where they are asked for.  FileRefused when the file is no GeoTIFF with a coordinate system.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.errors import RasterioError, RasterioIOError
    from rasterio.vrt import WarpedVRT

    _look(path)
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", PROJ_NETWORK="OFF", GDAL_CACHEMAX=CACHE_MB):
        try:
            with rasterio.open(path, driver="GTiff") as source:
                if source.crs is None:
                    raise FileRefused(
                        f"{path.name}: the elevation has no coordinate system; save it as a GeoTIFF with one."
                    )
                turn = source.transform
                if source.crs == rasterio.crs.CRS.from_user_input(crs) and turn.is_rectilinear and turn.e < 0 < turn.a:
                    yield Model(source, up_m, np.nan if source.nodata is None else source.nodata)
                    return
                with WarpedVRT(
                    source, crs=crs, resampling=Resampling.bilinear, src_nodata=source.nodata, nodata=NOTHING,
                    dtype="float32", init_dest_nodata=True, tolerance=NEAR_CELLS,
                ) as ground:  # fmt: skip
                    yield Model(ground, up_m, NOTHING)
        except (RasterioIOError, RasterioError) as error:
            raise FileRefused(f"{path.name}: the elevation cannot be read ({error}); fetch it again.") from None


def _look(path: Path) -> None:
    if str(path).startswith("/vsi") or ":/" in str(path) or not path.is_file():
        raise FileRefused(f"{path}: there is no such file on this machine; check the path in the place file.")
    with path.open("rb") as stream:
        if stream.read(4) not in _TIFF:
            raise FileRefused(f"{path.name}: not a GeoTIFF by its first bytes; save the elevation as one.")
    if path.stat().st_size > 8 * MOST_BYTES:
        raise FileRefused(
            f"{path.name}: {path.stat().st_size / 1e9:,.1f} GB is more than we read; cut it to the place."
        )


def horn(heights: np.ndarray, across_m: float, down_m: float) -> np.ndarray:
    """Slope in percent of every cell but the outer ring, from heights in metres (Horn 1981); missing beside missing."""
    downward = heights[2:] - heights[:-2]
    south = downward[:, :-2] + 2 * downward[:, 1:-1] + downward[:, 2:]
    weighted = heights[:-2] + 2 * heights[1:-1] + heights[2:]
    east = weighted[:, 2:] - weighted[:, :-2]
    east *= 100 / (8 * across_m)
    south *= 100 / (8 * down_m)
    return np.asarray(np.sqrt(east * east + south * south))


@kernel
def _horn(heights: np.ndarray, across_m: float, down_m: float) -> np.ndarray:
    """What `horn` gives, a cell at a time: nothing is held between."""
    h = heights
    slopes = np.empty((h.shape[0] - 2, h.shape[1] - 2))
    east_by, south_by = 100 / (8 * across_m), 100 / (8 * down_m)
    for r in range(slopes.shape[0]):
        for c in range(slopes.shape[1]):
            east = h[r, c + 2] + 2 * h[r + 1, c + 2] + h[r + 2, c + 2] - h[r, c] - 2 * h[r + 1, c] - h[r + 2, c]
            south = h[r + 2, c] + 2 * h[r + 2, c + 1] + h[r + 2, c + 2] - h[r, c] - 2 * h[r, c + 1] - h[r, c + 2]
            east *= east_by
            south *= south_by
            slopes[r, c] = np.sqrt(east * east + south * south)
    return slopes
