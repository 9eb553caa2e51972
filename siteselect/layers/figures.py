"""A site's area, capacity and density as they were filed: numbers that can be meant, or unknown."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siteselect import units
from siteselect.layers import schemas, values
from siteselect.layers.ledger import Ledger

if TYPE_CHECKING:
    from siteselect.layers.sites import Options

MOST_AREA_M2, MOST_HOMES, MOST_PER_ACRE = 1e10, 1e6, 1e4  # what is filed above these is a slip of the pen


def filed(gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: "Options", shown: str) -> dict[str, Any]:
    """One file's columns area_m2, area_method, capacity_units (homes) and density_max_per_acre, indexed by position.

    What cannot be read or cannot be meant (below zero, an area or density of 0, above the limits) is unknown and
    listed; ConfigError for a column that is not there.
    """
    unknown = pd.Series(np.nan, index=gdf.index)

    def number(name: str | None, key: str) -> pd.Series:
        return values.numbers(values.column(gdf, name, key, shown), ledger, name) if name else unknown.copy()

    area = number(wanted.area, "area")
    area = values.positive(
        area,
        ledger,
        wanted.area or "",
        "an area of 0 or less cannot be meant; it is unknown",
        "file the area",
        or_zero=False,
    )
    area_m2 = units.acres_to_m2(area) if wanted.area_unit == "acres" else area
    area_m2 = values.at_most(area_m2, ledger, wanted.area or "", MOST_AREA_M2, "m2", "file the area")
    density = number(wanted.density, "density")
    reason = "at most 0 homes per acre cannot be meant; the density is unknown"
    density = values.positive(density, ledger, wanted.density or "", reason, "file the density", or_zero=False)
    density = values.at_most(density, ledger, wanted.density or "", MOST_PER_ACRE, "homes per acre", "file the density")
    capacity = number(wanted.capacity, "capacity")
    reason = "a capacity below zero cannot be meant; it is unknown"
    capacity = values.positive(capacity, ledger, wanted.capacity or "", reason, "file the capacity", or_zero=True)
    capacity = values.at_most(capacity, ledger, wanted.capacity or "", MOST_HOMES, "homes", "file the capacity")
    if wanted.capacity_parts and len(gdf):
        parts = [values.texts(values.column(gdf, n, "capacity_parts", shown)).isna() for n in wanted.capacity_parts]
        hollow = (capacity == 0) & pd.concat(parts, axis=1).all(axis=1)
        reason = "a capacity of 0 stands beside blank counts; it is unknown"
        ledger.repair(gdf.index[hollow], wanted.capacity or "", reason, "file the counts", together=True)
        capacity = capacity.mask(hollow)
    reason = "a capacity of 0 homes is filed, and was kept"
    ledger.caution(gdf.index[capacity == 0], wanted.capacity or "", reason, "ask whether it was counted", together=True)
    method = values.mapped(area_m2, lambda m2: schemas.AREA_METHODS[0] if np.isfinite(m2) else None)
    return {"area_m2": area_m2, "area_method": method, "capacity_units": capacity, "density_max_per_acre": density}
