"""Net developable area: an outline less what is too steep and less the setback from faults."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteselect import units
from siteselect.layers import overlay
from siteselect.layers.terrain import model, zonal
from siteselect.layers.terrain.zonal import CLASS_COLUMNS, STEEP_PERCENT

SETBACK_M = units.feet_to_m(50.0)  # from an active trace (California Code of Regulations, title 14, section 3603(a))

NO_OUTLINE = "unknown: the site's outline is not known"
NO_FAULTS = "unknown: no layer of fault zones is at hand"
NO_SLOPE = "unknown: the elevation model does not cover enough of the outline"
LESS = f"outline less ground over {STEEP_PERCENT:.0f} % and less fault zones"


def developable(
    dem_path: Path,
    geometries: gpd.GeoDataFrame,
    crs: str,
    slopes: pd.DataFrame,
    setbacks: gpd.GeoDataFrame | None,
    setback_m: float = SETBACK_M,
    up_m: float = 1.0,
) -> pd.DataFrame:
    """What of each outline is neither too steep nor kept clear of faults, with the rows' index.

    In: what `steepness` took and gave (`slopes`); `setbacks`: fault zones (areas, taken out whole) and traces (lines,
    with `setback_m` on both sides); None where no layer tells of faults.  Ground that is both steep and in a setback is
    taken out once.  Out, in square metres in the place's system:

    net_m2: the outline less ground over `STEEP_PERCENT` and less the setbacks, what has no data taken to be as steep as
    the rest; missing (the method says why) without an outline, without a layer of faults, and where half or more of
    what the setbacks leave has no data.  low_m2: all ground without data is too steep; high_m2: none of it is, and of a
    fault zone a study frees all that is not steep; both stand wherever there is an outline within the model's reach,
    and low_m2 is 0 while nothing is known of faults.  setback_m2: what lies in the setbacks.  method: in words.
    """
    area_m2 = slopes["area_m2"].to_numpy(float)
    class_m2 = slopes[list(CLASS_COLUMNS)].to_numpy(float) * area_m2[:, None]
    gentle_m2 = zonal.gentle_m2(class_m2)
    high_m2 = gentle_m2 + area_m2 * slopes["no_data_share"].to_numpy(float)
    drawn = np.isfinite(area_m2)
    if setbacks is None:
        table = {"net_m2": np.nan, "low_m2": np.where(drawn, 0.0, np.nan), "high_m2": high_m2, "setback_m2": np.nan}
        return pd.DataFrame(table | {"method": np.where(drawn, NO_FAULTS, NO_OUTLINE)}, index=slopes.index)
    shapes = overlay.valid(units.to_metres(geometries.set_geometry(geometries.geometry), crs).geometry.to_numpy())
    here = np.flatnonzero(drawn)
    areas, zone = _kept_clear(setbacks, crs, setback_m)
    setback = overlay.inside(shapes[here], areas)
    setback_m2 = np.full(len(shapes), np.nan)
    setback_m2[here] = shapely.area(setback)
    touched = here[setback_m2[here] > 0]
    rest = overlay.valid(shapely.difference(shapes[touched], setback[setback_m2[here] > 0]))
    left_m2 = area_m2.copy()
    left_m2[touched] = shapely.area(rest)
    class_m2[touched] = 0.0
    some = shapely.area(rest) > 0
    with model.opened(dem_path, crs, up_m) as ground:
        class_m2[touched[some]] = zonal.by_class(ground, rest[some])[1]
    return _table(slopes.index, left_m2, class_m2, setback_m2, high_m2 if zone else None)


def _table(
    index: pd.Index, left_m2: np.ndarray, class_m2: np.ndarray, setback_m2: np.ndarray, most_m2: np.ndarray | None
) -> pd.DataFrame:
    """The answer from what the setbacks leave, by class of slope; `most_m2`, where a zone may come to less."""
    low_m2 = zonal.gentle_m2(class_m2)
    known = zonal.known_share(class_m2, left_m2)
    none = left_m2 == 0
    known[none] = 1.0
    net_m2 = np.divide(low_m2, known, out=np.full(len(known), np.nan), where=known > 0.5)
    high_m2 = low_m2 + left_m2 * (1 - known)
    method = np.where(np.isnan(left_m2), NO_OUTLINE, np.where(np.isfinite(net_m2), LESS, NO_SLOPE)).astype(object)
    table = {"net_m2": net_m2, "low_m2": low_m2, "high_m2": high_m2 if most_m2 is None else most_m2}
    return pd.DataFrame(table | {"setback_m2": setback_m2, "method": method}, index=index)


def _kept_clear(setbacks: gpd.GeoDataFrame, crs: str, setback_m: float) -> tuple[np.ndarray, bool]:
    """The areas to keep clear, and whether any is a zone, in which a study may yet find where to build."""
    shapes = overlay.valid(units.to_metres(setbacks, crs).geometry.to_numpy())
    shapes = shapes[~shapely.is_empty(shapes)]
    zone = shapely.get_dimensions(shapes) == 2
    return np.where(zone, shapes, shapely.buffer(shapes, setback_m)), bool(zone.any())
