"""Parcel outlines, found by the parcel's number."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteselect import units
from siteselect.layers import areas, files, schemas, values
from siteselect.layers.ledger import Ledger, Report

NEAR_M = 150.0
_NOT_DIGITS = re.compile(r"\D")
AREA_DIFFERS = 0.2


class Options(schemas.Options):
    """The column of the parcel's number, and how many of its first digits name the parcel."""

    apn: str
    apn_digits: int = 9
    table: str | None = None


def read(
    paths: Path | Sequence[Path],
    options: Options | Mapping[str, Any],
    box: units.Box,
    crs: str,
    layer: str = "parcels",
) -> tuple[gpd.GeoDataFrame, Report]:
    """Parcels [apn (digits), geometry polygonal] in EPSG:4326, and the account of their rows.

    Rows without an outline or a whole number are rejected; rows of one number are drawn together into one parcel, the
    later ones listed as repaired.
    """
    wanted = schemas.options(Options, options, layer)
    several = [paths] if isinstance(paths, Path) else list(paths)
    parts, ledgers, start = [], [], 0
    for path, shown in zip(several, files.shown_names(several), strict=True):
        gdf, ledger = files.read_vector(path, layer, box, crs, shown, wanted.table)
        gdf = areas.areal(gdf, ledger)
        filed = values.texts(values.column(gdf, wanted.apn, "apn", shown))
        apn = values.mapped(filed, lambda text: canonical(text, wanted.apn_digits))
        for position, text in values.each(filed[apn.isna()]):
            reason = f"{text!r} has fewer than {wanted.apn_digits} digits" if text else "it has no parcel number"
            ledger.reject([position], wanted.apn, reason, "give the parcel's whole number")
        part = gpd.GeoDataFrame({"apn": apn}, geometry=gdf.geometry)[apn.notna()]
        part.index = part.index + start
        start += len(ledger.rows)
        parts.append(part)
        ledgers.append(ledger)
    ledger = Ledger.joined(layer, ledgers)
    whole = pd.concat(parts)
    again = whole["apn"].duplicated()
    ledger.repair(
        whole.index[again], wanted.apn, "its number stands above it; both outlines make one parcel", "join them"
    )
    if again.any():
        whole = whole.dissolve("apn", as_index=False)[["apn", "geometry"]]
        whole["apn"] = whole["apn"].astype(object)
    return schemas.checked(whole.reset_index(drop=True), "parcels", layer, ledger), ledger.report()


def canonical(text: str | None, digits: int) -> str | None:
    """A parcel number's first digits, without its marks; None where it has fewer: a zero may be lost at either end."""
    found = _NOT_DIGITS.sub("", text or "")[:digits]
    return found if len(found) == digits else None


def joined(sites: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, ledger: Ledger, crs: str) -> gpd.GeoDataFrame:
    """Sites whose points are replaced by the outline of their parcel where it lies within 150 m of the point.

    A point's own margin is added to the 150 m, and a site without a point takes its parcel's outline by the number
    alone, listed as repaired.  An outline further off is a caution and the point stays.  Columns used: apn, shape,
    margin_m, geometry; where the outline was taken `shape` becomes "parcel" and the margin 0.  The index holds
    positions in the ledger.
    """
    number = sites["apn"].map(dict(zip(parcels["apn"], range(len(parcels)), strict=True)))
    at = np.flatnonzero(number.notna().to_numpy() & (sites["shape"] == "point").to_numpy())
    outlines = parcels.geometry.iloc[number.iloc[at].to_numpy(int)]
    points_m = units.to_metres(sites.geometry.iloc[at], crs).to_numpy()
    off_m = shapely.distance(points_m, units.to_metres(outlines, crs).to_numpy())
    unplaced = np.isnan(off_m)
    far = off_m > NEAR_M + sites["margin_m"].iloc[at].fillna(0).to_numpy(float)
    for place, metres in zip(at[far], off_m[far], strict=True):
        apn = sites["apn"].iloc[place]
        reason = f"the outline of parcel {apn} lies {metres:,.0f} m from the site's point; the point was kept"
        ledger.caution([sites.index[place]], "geometry", reason, "check the parcel number and the coordinates")
    reason = "it has no coordinates; the outline of the parcel of its number was taken"
    ledger.repair(
        sites.index[at[unplaced]], "geometry", reason, "give its coordinates, so that the two can be compared"
    )
    took = at[~far]
    shapes, kinds = np.array(sites.geometry.array, dtype=object), sites["shape"].to_numpy(object).copy()
    margins = sites["margin_m"].to_numpy(float).copy()
    shapes[took], kinds[took], margins[took] = outlines.to_numpy()[~far], "parcel", 0.0
    ledger.notes.append(
        f"parcels: {len(at):,} of {len(sites):,} sites have a parcel of their number among {len(parcels):,}; "
        f"{len(took):,} took its outline and {int(far.sum()):,} lie too far from it."
    )
    sites = sites.assign(shape=kinds, margin_m=margins)
    return sites.set_geometry(gpd.GeoSeries(list(shapes), index=sites.index, crs=units.DEGREES))


def measured(sites: gpd.GeoDataFrame, ledger: Ledger, crs: str) -> gpd.GeoDataFrame:
    """Sites whose missing areas come from their outlines; one filed over 20 % apart is a caution and in the note.

    Columns used: shape, area_m2, area_method, note; cells of a grid are left alone, since they are no parcels.
    """
    drawn = (sites["shape"] == "parcel").to_numpy()
    outline_m2 = np.full(len(sites), np.nan)
    if drawn.any():
        outline_m2[drawn] = units.to_metres(sites.geometry[drawn], crs).area.to_numpy()
    filed_m2 = sites["area_m2"].to_numpy(float).copy()
    method = sites["area_method"].to_numpy(object).copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        differs = np.abs(outline_m2 - filed_m2) > AREA_DIFFERS * filed_m2
    notes = sites["note"].to_numpy(object).copy()
    for place in np.flatnonzero(differs):
        apart = f"filed {filed_m2[place]:,.0f} m2, the parcel's outline has {outline_m2[place]:,.0f} m2"
        notes[place] = "; ".join(text for text in (notes[place], apart) if text)
        reason = (
            f"{filed_m2[place]:,.0f} m2 are filed and the parcel's outline has {outline_m2[place]:,.0f} m2; "
            "the filed area was kept"
        )
        ledger.caution([sites.index[place]], "area_m2", reason, "check which parcels the site is made of")
    unfiled = np.isnan(filed_m2) & np.isfinite(outline_m2)
    filed_m2[unfiled], method[unfiled] = outline_m2[unfiled], schemas.AREA_METHODS[1]
    return sites.assign(area_m2=filed_m2, area_method=method, note=notes)
