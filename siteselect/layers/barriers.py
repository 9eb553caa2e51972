"""What breaks up walking: highways, railways and the like, as lines or areas."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field

from siteselect import units
from siteselect.errors import FileRefused
from siteselect.layers import files, schemas, values
from siteselect.layers.ledger import Ledger, Report


class Options(schemas.Options):
    """Which rows count and what they are called; `wkt` is a table's column of shapes, in the system `wkt_crs`.

    `whole`: whether every barrier of the place is in this layer, so that a line that crosses none is clear.
    """

    label: str | list[str] = Field(default_factory=list)
    otherwise: str = "a barrier"
    wkt: str | None = None
    wkt_crs: str = units.DEGREES
    keep: dict[str, list[str]] = Field(default_factory=dict)
    whole: bool = False
    table: str | None = None


def read(
    paths: Path | Sequence[Path],
    options: Options | Mapping[str, Any],
    box: units.Box,
    crs: str,
    layer: str = "barriers",
) -> tuple[gpd.GeoDataFrame, Report]:
    """Barriers [name, geometry lines or areas] in EPSG:4326, and the account of their rows.

    Points are rejected, since nothing crosses a point; FileRefused where no row is left.
    """
    wanted = schemas.options(Options, options, layer)
    several = [paths] if isinstance(paths, Path) else list(paths)
    parts, ledgers = [], []
    for path, shown in zip(several, files.shown_names(several), strict=True):
        if files.sniff(path, shown) == "text":
            gdf, ledger = _table(path, wanted, layer, shown)
        else:
            gdf, ledger = files.read_vector(path, layer, box, crs, shown, wanted.table)
        gdf = files.kept(gdf, ledger, wanted.keep, {}, shown)
        flat = shapely.get_dimensions(gdf.geometry.to_numpy()) < 1
        ledger.reject(gdf.index[flat], "geometry", "a point is no barrier", "give its line or area", together=True)
        gdf = gdf[~flat]
        labels = [wanted.label] if isinstance(wanted.label, str) else wanted.label
        names = values.joined(gdf, labels, "label", shown, " ").fillna(wanted.otherwise)
        parts.append(gpd.GeoDataFrame({"name": names}, geometry=gdf.geometry, crs=units.DEGREES))
        ledgers.append(ledger)
    whole = pd.concat(parts, ignore_index=True)
    if not len(whole):
        raise FileRefused(
            f"{several[0]}: none of the rows of the layer {layer!r} is a barrier; correct keep or the file."
        )
    return gpd.GeoDataFrame(whole, crs=units.DEGREES), Ledger.joined(layer, ledgers).report()


def _table(path: Path, wanted: Options, layer: str, shown: str) -> tuple[gpd.GeoDataFrame, Ledger]:
    frame, ledger = files.read_table(path, layer, shown)
    if wanted.wkt is None:
        raise FileRefused(f"{shown}: a table of barriers needs its column of shapes; say wkt in the place file.")
    cells = values.column(frame, wanted.wkt, "wkt", shown)
    shapes = shapely.from_wkt(np.array([c or "" for c in cells], object), on_invalid="ignore")
    gone = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    ledger.reject(frame.index[gone], wanted.wkt, "it has no readable shape", "file its shape as WKT", together=True)
    gdf = gpd.GeoDataFrame(frame[~gone], geometry=list(shapes[~gone]), crs=wanted.wkt_crs)
    return units.to_degrees(gdf), ledger
