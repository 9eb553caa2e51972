"""Steepness of the ground, from a digital elevation model, and how much of an outline that leaves to build on."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteselect import units
from siteselect.layers import overlay
from siteselect.layers.terrain import model, zonal
from siteselect.layers.terrain.developable import SETBACK_M, developable
from siteselect.layers.terrain.model import horn
from siteselect.layers.terrain.zonal import CLASS_COLUMNS, CLASSES_PERCENT, STEEP_PERCENT

__all__ = [
    "CLASSES_PERCENT",
    "CLASS_COLUMNS",
    "SETBACK_M",
    "STEEP_PERCENT",
    "developable",
    "horn",
    "slope_percent",
    "steepness",
]

NO_PLACE = "unknown: the site has no location"
OUTSIDE = "unknown: outside the elevation model"
TOO_LARGE = "unknown: the outline is too large for the elevation model's cells"
HALF = "unknown: the elevation model has no data for half of the outline or more"
NO_DATA = "unknown: the elevation model has no data there"
WHOLE = "mean over the outline, each cell by its share inside"
AT_POINT = "at the point"
IN_OUTLINE = "at a point inside the outline"


def slope_percent(dem_path: Path, geometries: gpd.GeoDataFrame, crs: str, up_m: float = 1.0) -> pd.DataFrame:
    """Slope [slope_percent, method] for each row's shape, with the rows' index; `steepness` says how and gives more."""
    return steepness(dem_path, geometries, crs, up_m)[["slope_percent", "method"]]


def steepness(dem_path: Path, geometries: gpd.GeoDataFrame, crs: str, up_m: float = 1.0) -> pd.DataFrame:
    """How steep each row's shape is, as a mean and by class, with the rows' index.

    The elevation (a GeoTIFF; one unit is `up_m` metres) is brought into the place's system, its slope taken by Horn's
    method (1981: weighted differences over the 3 by 3 cells), and each cell counted by the exact share of it that lies
    in the outline; of a point it is that cell's slope.  Out:

    slope_percent, method: the mean of the part that has data; missing (the method says why) outside the model, and
    where half of an outline or more has no data.
    area_m2: the outline's area in the place's system; missing for what has no outline.  Then shares of that area, which
    together are 1: the columns of `CLASS_COLUMNS`, by slope, and no_data_share.
    steep_share: what is over `STEEP_PERCENT` of the part that has data, missing where the mean is; steep_low and
    steep_high: what the part without data leaves open.

    FileRefused when the file is no GeoTIFF with a coordinate system.
    """
    shapes = overlay.valid(units.to_metres(geometries.set_geometry(geometries.geometry), crs).geometry.to_numpy())
    found = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    area_m2 = np.where(found, shapely.area(shapes), 0.0)
    with model.opened(dem_path, crs, up_m) as ground:
        large = found & zonal.too_large(ground, shapes)
        drawn = found & (area_m2 > 0) & ~large
        mean, class_m2 = np.full(len(shapes), np.nan), np.full((len(shapes), len(CLASS_COLUMNS)), np.nan)
        mean[drawn], class_m2[drawn] = zonal.by_class(ground, shapes[drawn])
        points = found & (area_m2 == 0)
        inside = shapely.point_on_surface(shapes[points])
        mean[points] = zonal.at_points(ground, shapely.get_x(inside), shapely.get_y(inside))
        met = zonal.meets(ground, shapes)
    known = zonal.known_share(class_m2, area_m2)
    methods = _methods(shapes, known, {
        NO_PLACE: ~found, TOO_LARGE: large, OUTSIDE: ~met, HALF: drawn & (known <= 0.5), NO_DATA: np.isnan(mean),
    })  # fmt: skip
    value = np.where(pd.Series(methods).str.startswith("unknown: "), np.nan, mean)
    return _table(geometries.index, value, methods, np.where(drawn, area_m2, np.nan), class_m2)


def _methods(shapes: np.ndarray, known: np.ndarray, unknown: dict[str, np.ndarray]) -> np.ndarray:
    """How each slope was found, or the first reason why not."""
    part = [f"mean over the {k:.0%} of the outline that has data, each cell by its share inside" for k in known]
    point = shapely.get_dimensions(shapes) == 0
    words = np.where(np.isnan(known), np.where(point, AT_POINT, IN_OUTLINE), np.where(known < 1, part, WHOLE))
    return np.select(list(unknown.values()), list(unknown), words.astype(object))


def _table(
    index: pd.Index, mean: np.ndarray, methods: np.ndarray, area_m2: np.ndarray, class_m2: np.ndarray
) -> pd.DataFrame:
    known = zonal.known_share(class_m2, area_m2)
    steep_low = zonal.steep_m2(class_m2) / area_m2
    table = {"slope_percent": mean, "method": pd.Series(methods, index=index, dtype=object), "area_m2": area_m2}
    table |= {name: class_m2[:, i] / area_m2 for i, name in enumerate(CLASS_COLUMNS)}
    table["no_data_share"] = 1 - known
    table["steep_share"] = np.divide(steep_low, known, out=np.full(len(mean), np.nan), where=np.isfinite(mean))
    table |= {"steep_low": steep_low, "steep_high": steep_low + 1 - known}
    return pd.DataFrame(table, index=index)
