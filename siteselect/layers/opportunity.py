"""The CTCAC/HCD opportunity map: the resource class of each census tract, or block group in rural areas."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pydantic import Field

from siteselect import units
from siteselect.errors import ConfigError
from siteselect.layers import files, schemas, values
from siteselect.layers.ledger import Ledger, Report


class Options(schemas.Options):
    """Columns of the tract, the block group and the class, and the year of the map."""

    tract: str | None = None
    group: str | None = None
    category: str
    year: int | None = None
    keep: dict[str, list[str]] = Field(default_factory=dict)
    table: str | None = None


def read(
    paths: Path | Sequence[Path], options: Options | Mapping[str, Any], box: units.Box, crs: str,
    tracts: gpd.GeoDataFrame | None, layer: str = "opportunity",
) -> tuple[gpd.GeoDataFrame, Report]:  # fmt: skip
    """Areas [area_id, classes (a tuple of all that the area may be), geometry] in EPSG:4326, and the rows' account.

    A map layer has its own shapes; a table of tracts takes the outlines of `tracts` [area_id (GEOID), geometry].  Where
    a tract is classed block group by block group and only its own outline is at hand, it may be of any of their
    classes.  Rows without a class or without an outline are rejected: what they would say is unknown.
    """
    wanted = schemas.options(Options, options, layer)
    several = [paths] if isinstance(paths, Path) else list(paths)
    shown = files.shown_names(several)[0]
    if files.sniff(several[0], shown) != "text":
        gdf, ledger = files.read_vector(several[0], layer, box, crs, shown, wanted.table)
        gdf = files.kept(gdf, ledger, wanted.keep, {}, shown)
        classed = _classed(gdf, ledger, wanted, shown)
        ids = [f"area-{n}" for n in range(1, len(classed) + 1)]
        table = {"area_id": ids, "classes": [(c,) for c in classed]}
        return gpd.GeoDataFrame(
            table, geometry=gdf.geometry[classed.index].to_numpy(), crs=units.DEGREES
        ), ledger.report()
    if tracts is None or wanted.tract is None:
        raise ConfigError(f"layer {layer!r}: a table of classes needs the tracts' outlines; give tracts and tract.")
    frame, ledger = files.read_table(several[0], layer, shown)
    frame = files.kept(gpd.GeoDataFrame(frame), ledger, wanted.keep, {}, shown)
    classed = _classed(frame, ledger, wanted, shown)
    number = values.texts(values.column(frame, wanted.tract, "tract", shown))[classed.index]
    number = values.mapped(number, lambda text: text.zfill(11) if text else None)  # some files lose the leading zero
    outlines = tracts.set_index("area_id").geometry
    nowhere = ~number.isin(outlines.index)
    ledger.reject(
        number.index[nowhere], wanted.tract, "the tract's outline is not at hand", "give its outline", together=True
    )
    found: dict[str, list[str]] = {}
    for tract, said in zip(number[~nowhere], classed[~nowhere], strict=True):
        found.setdefault(tract, []).append(said)
    rows = {"area_id": list(found), "classes": [tuple(dict.fromkeys(said)) for said in found.values()]}
    table = gpd.GeoDataFrame(rows, geometry=outlines.loc[list(found)].to_numpy(), crs=units.DEGREES)
    return table, ledger.report()


def _classed(frame: pd.DataFrame, ledger: Ledger, wanted: Options, shown: str) -> pd.Series:
    said = values.texts(values.column(frame, wanted.category, "category", shown))
    blank = said.index[said.isna()]
    ledger.reject(blank, wanted.category, "it has no class; what it would be is unknown", "file it", together=True)
    return said[said.notna()]
