"""People and jobs, counted in the cells of a grid."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siteselect import units
from siteselect.layers import files, schemas, values
from siteselect.layers.ledger import Ledger, Report


class Options(schemas.Options):
    """Columns of the cell, its middle and its counts; a count that is not filed is left out."""

    id: str
    people: str | None = None
    jobs: str | None = None
    lon: str | None = None
    lat: str | None = None
    max_distance_m: float = 5_000
    table: str | None = None


def read(
    paths: Path | Sequence[Path],
    options: Options | Mapping[str, Any],
    box: units.Box,
    crs: str,
    layer: str = "people",
) -> tuple[gpd.GeoDataFrame, Report]:
    """Cells [cell_id, people, jobs, geometry Point] in EPSG:4326, and the account of their rows.

    A blank count is unknown; a negative one or one that is no number becomes unknown and is listed.  Cells far outside
    the place, without coordinates, or that stand twice are rejected.  Of an outlined cell the middle is taken.
    """
    wanted = schemas.options(Options, options, layer)
    several = [paths] if isinstance(paths, Path) else list(paths)
    parts, ledgers = [], []
    for path, shown in zip(several, files.shown_names(several), strict=True):
        gdf, ledger = files.rows(path, layer, (wanted.lon, wanted.lat), box, crs, shown, wanted.table)
        gdf = files.near(gdf, ledger, box, wanted.max_distance_m)
        ids = values.texts(values.column(gdf, wanted.id, "id", shown))
        ledger.reject(ids.index[ids.isna()], wanted.id, "the cell has no identifier", "give it one")
        twice = ids.notna() & ids.duplicated()
        ledger.reject(ids.index[twice], wanted.id, "a cell of this identifier stands above it", "keep one of them")
        fields = {"cell_id": ids, "people": _counts(gdf, wanted.people, "people", ledger, shown)}
        fields["jobs"] = _counts(gdf, wanted.jobs, "jobs", ledger, shown)
        table = gpd.GeoDataFrame(pd.DataFrame(fields), geometry=gdf.geometry.representative_point())
        parts.append(table[ids.notna() & ~twice])
        ledgers.append(ledger)
    ledger = Ledger.joined(layer, ledgers)
    whole = pd.concat(parts, ignore_index=True)
    return schemas.checked(whole, "people", layer, ledger), ledger.report()


def _counts(gdf: gpd.GeoDataFrame, name: str | None, key: str, ledger: Ledger, shown: str) -> pd.Series:
    if name is None:
        return pd.Series(np.nan, index=gdf.index)
    found = values.numbers(values.column(gdf, name, key, shown), ledger, name)
    reason = "a count below zero cannot be meant; it is unknown"
    found = values.positive(found, ledger, name, reason, "file the count, or leave it blank", or_zero=True)
    blank = int(found.isna().sum())
    if blank:
        ledger.notes.append(f"{shown}: {name} is unknown for {blank:,} of {len(found):,} cells.")
    return found
