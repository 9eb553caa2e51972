"""Steepness of the ground, from a digital elevation model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteselect import units
from siteselect.errors import FileRefused
from siteselect.layers.files.formats import MOST_BYTES

_NOTHING = -32_768_000.0
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
MOST_CELLS = 25_000_000


def slope_percent(dem_path: Path, geometries: gpd.GeoDataFrame, crs: str, up_m: float = 1.0) -> pd.DataFrame:
    """Slope [slope_percent, method] for each row's shape, with the rows' index.

    The elevation (a GeoTIFF; one unit is `up_m` metres) is brought into the place's system around each shape, its slope
    taken by Horn's method (1981: weighted differences over the 3 by 3 cells), and averaged over the cells whose middle
    lies in an outline; of a point, or of a point in an outline smaller than a cell, it is that cell's slope.
    Unknown (missing, the method says why) outside the model, and where half of an outline's cells have no data.
    FileRefused when the file is no GeoTIFF with a coordinate system.
    """
    shapes = units.to_metres(geometries.set_geometry(geometries.geometry), crs).geometry.to_numpy()
    with _opened(dem_path, crs) as ground:
        answers = [_slope_of(ground, shape, up_m) for shape in shapes]
    return pd.DataFrame(
        {
            "slope_percent": np.array([a for a, _ in answers], float),
            "method": pd.Series([m for _, m in answers], index=geometries.index, dtype=object),
        },
        index=geometries.index,
    )


@contextmanager
def _opened(path: Path, crs: str) -> Iterator[Any]:
    """The model as seen in the place's system; only GeoTIFF, and nothing that lies beside it."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.errors import RasterioError, RasterioIOError
    from rasterio.vrt import WarpedVRT

    _look(path)
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", PROJ_NETWORK="OFF"):
        try:
            with rasterio.open(path, driver="GTiff") as source:
                if source.crs is None:
                    raise FileRefused(
                        f"{path.name}: the elevation has no coordinate system; save it as a GeoTIFF with one."
                    )
                with WarpedVRT(
                    source, crs=crs, resampling=Resampling.bilinear, src_nodata=source.nodata, nodata=_NOTHING,
                    dtype="float32", init_dest_nodata=True, tolerance=0,
                ) as ground:  # fmt: skip
                    yield ground
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


def _slope_of(ground: Any, shape: Any, up_m: float) -> tuple[float, str]:
    """One shape's slope in percent and how it was found."""
    from rasterio.features import geometry_mask
    from rasterio.windows import Window

    if shape is None or shape.is_empty:
        return np.nan, "unknown: the site has no location"
    inside = shape.representative_point()
    drawn = shapely.get_dimensions(shape) == 2
    west, south, east, north = shape.bounds if drawn else inside.bounds
    (top, left), (bottom, right) = ground.index(west, north), ground.index(east, south)
    top, left, height, width = top - 1, left - 1, bottom - top + 3, right - left + 3  # a cell of margin all round
    if top + height <= 0 or left + width <= 0 or top >= ground.height or left >= ground.width:
        return np.nan, "unknown: outside the elevation model"
    if height * width > MOST_CELLS:
        return np.nan, "unknown: the outline is too large for the elevation model's cells"
    window = Window(left, top, width, height)
    heights = _heights(ground, left, top, width, height) * up_m
    slope = horn(heights, abs(ground.transform.a), abs(ground.transform.e))
    row, column = ground.index(inside.x, inside.y)
    at_point = slope[row - top - 1, column - left - 1]
    if drawn:
        transform = ground.window_transform(window)
        within = geometry_mask([shape], (height, width), transform, invert=True)[1:-1, 1:-1]
        known = within & np.isfinite(slope)
        if known.sum() * 2 > within.sum():
            part = "" if known.sum() == within.sum() else f" of the {within.sum():,}"
            return float(slope[known].mean()), f"mean over the {known.sum():,} cells{part} in the outline"
        if within.any():
            return np.nan, "unknown: the elevation model has no data for half of the outline or more"
    if not np.isfinite(at_point):
        return np.nan, "unknown: the elevation model has no data there"
    return float(at_point), "at a point inside the outline" if drawn else "at the point"


def _heights(ground: Any, left: int, top: int, width: int, height: int) -> np.ndarray:
    """Heights of a window that may reach past the model's edge; missing there and where there is no data."""
    from rasterio.windows import Window

    heights = np.full((height, width), np.nan)
    row0, col0 = max(top, 0), max(left, 0)
    row1, col1 = min(top + height, ground.height), min(left + width, ground.width)
    read = ground.read(1, window=Window(col0, row0, col1 - col0, row1 - row0)).astype(float)
    heights[row0 - top : row1 - top, col0 - left : col1 - left] = np.where(read == _NOTHING, np.nan, read)
    return heights


def horn(heights: np.ndarray, across_m: float, down_m: float) -> np.ndarray:
    """Slope in percent of every cell but the outer ring, from heights in metres (Horn 1981); missing beside missing."""
    h = heights
    east = h[:-2, 2:] + 2 * h[1:-1, 2:] + h[2:, 2:]
    west = h[:-2, :-2] + 2 * h[1:-1, :-2] + h[2:, :-2]
    south = h[2:, :-2] + 2 * h[2:, 1:-1] + h[2:, 2:]
    north = h[:-2, :-2] + 2 * h[:-2, 1:-1] + h[:-2, 2:]
    return np.asarray(100 * np.hypot((east - west) / (8 * across_m), (south - north) / (8 * down_m)))
