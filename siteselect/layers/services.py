"""Places that people need near home: schools, clinics, groceries, libraries, parks."""

import datetime as dt
import re
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

_STRAY = '`´^~*|;,"“”\\'


class Options(schemas.Options):
    """Which columns say what, and which rows count.

    Every row is of `category`, or of the one that `categories` gives for what the column `category_column` says.
    `keep` lists for a column the values that count; `drop` gives for a column's value the reason why it does not.
    `count`: a column of counts, where a row above 0 is a place (a grid's cell that has a school, say).  `note` is a
    column, `remark` a sentence for every row.  `source_column` and `as_of_column` say it for a row, where they are not
    blank.  `expires` is a column of dates in the form `expires_format` (strptime).
    """

    id: str | None = None
    label: str | list[str] | None = None
    lon: str | None = None
    lat: str | None = None
    address: str | list[str] = Field(default_factory=list)
    note: str | None = None
    remark: str | None = None
    category: str | None = None
    category_column: str | None = None
    categories: dict[str, str] = Field(default_factory=dict)
    keep: dict[str, list[str]] = Field(default_factory=dict)
    drop: dict[str, dict[str, str]] = Field(default_factory=dict)
    count: str | None = None
    source_column: str | None = None
    as_of_column: str | None = None
    expires: str | None = None
    expires_format: str = "%Y-%m-%d"
    max_distance_m: float = 5_000
    table: str | None = None


def read(
    paths: Path | Sequence[Path],
    options: Options | Mapping[str, Any],
    box: units.Box,
    crs: str,
    layer: str,
    source: str,
    as_of: str | None = None,
) -> tuple[gpd.GeoDataFrame, Report]:
    """Services [service_id, name, category, address, note, source, as_of, geometry Point], and their account.

    Points are in EPSG:4326.  Rejected: rows that the options set aside, without coordinates or more than
    `max_distance_m` from the place's box, without name and identifier, and those that stand above already (by
    identifier, or by name and point).  A licence
    that ended before `as_of` is a caution.  Of an area the point is one inside it, and the note says so.
    """
    wanted = schemas.options(Options, options, layer)
    if (wanted.category is None) == (wanted.category_column is None):
        raise ConfigError(f"the place file's layer {layer!r}: give either category, or category_column and categories.")
    several = [paths] if isinstance(paths, Path) else list(paths)
    parts, ledgers = [], []
    for path, shown in zip(several, files.shown_names(several), strict=True):
        gdf, ledger = files.rows(path, layer, (wanted.lon, wanted.lat), box, crs, shown, wanted.table)
        gdf = files.kept(gdf, ledger, wanted.keep, wanted.drop, shown)
        gdf = _categorised(gdf, ledger, wanted, shown)
        gdf = files.near(_counted(gdf, ledger, wanted, shown), ledger, box, wanted.max_distance_m)
        origin = {
            "source": _said(gdf, wanted.source_column, "source_column", shown, source),
            "as_of": _said(gdf, wanted.as_of_column, "as_of_column", shown, as_of),
        }
        parts.append(_table(gdf, ledger, wanted, layer, shown, as_of).assign(**origin))
        ledgers.append(ledger)
    ledger = Ledger.joined(layer, ledgers)
    whole = _single(parts, ledgers, ledger)
    order = ["service_id", "name", "category", "address", "note", "source", "as_of", "geometry"]
    return schemas.checked(whole[order], "services", layer, ledger), ledger.report()


def _said(gdf: gpd.GeoDataFrame, name: str | None, key: str, shown: str, otherwise: str | None) -> pd.Series:
    """What a column says in each row, and `otherwise` where it is blank or there is none."""
    said = values.texts(values.column(gdf, name, key, shown)) if name else [None] * len(gdf)
    return pd.Series([text or otherwise for text in said], index=gdf.index, dtype=object)


def _categorised(gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, shown: str) -> gpd.GeoDataFrame:
    """The rows that have a category, with it as the column " category"."""
    if wanted.category_column is None:
        return gdf.assign(**{" category": wanted.category})
    known = {k.casefold(): v for k, v in wanted.categories.items()}
    said = values.texts(values.column(gdf, wanted.category_column, "category_column", shown))
    category = values.mapped(said, lambda cell: known.get((cell or "").casefold()))
    for cell, at in said[category.isna()].fillna("").groupby(said.fillna("")).groups.items():
        what = repr(cell) if cell else "blank"
        reason = f"set aside: {wanted.category_column} is {what}, which categories does not list"
        remedy = "add it to categories in the place file if it belongs" if cell else "file its kind"
        ledger.reject(at, wanted.category_column, reason, remedy, together=True)
    return gdf.assign(**{" category": category})[category.notna()]


def _counted(gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, shown: str) -> gpd.GeoDataFrame:
    """The rows whose count is above zero, when there is a column of counts."""
    if wanted.count is None:
        return gdf
    counts = values.numbers(values.column(gdf, wanted.count, "count", shown), ledger, wanted.count)
    none = counts.index[counts == 0]
    ledger.reject(none, wanted.count, f"set aside: it has no {wanted.count}", "nothing to do", together=True)
    odd = counts.index[counts.isna() | (counts < 0)]
    ledger.reject(odd, wanted.count, f"the count of {wanted.count} is unknown or below zero", "file the count")
    return gdf[counts > 0]


def _table(
    gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, layer: str, shown: str, as_of: str | None
) -> gpd.GeoDataFrame:
    """The contract's columns of one file, indexed by position."""
    blank = pd.Series([None] * len(gdf), index=gdf.index, dtype=object)
    line = pd.Series([f"{layer}-{ledger.rows[p]}" for p in gdf.index], index=gdf.index, dtype=object)
    ids = values.texts(values.column(gdf, wanted.id, "id", shown)) if wanted.id else blank
    labels = [wanted.label] if isinstance(wanted.label, str) else wanted.label or []
    names = _clean(values.joined(gdf, labels, "label", shown), ledger, " + ".join(labels)) if labels else ids
    nameless = names.isna() & ids.isna()
    ledger.reject(gdf.index[nameless], " + ".join(labels), "it has neither a name nor an identifier", "name it")
    address = [wanted.address] if isinstance(wanted.address, str) else wanted.address
    note = values.texts(values.column(gdf, wanted.note, "note", shown)) if wanted.note else blank
    areal = gdf.geom_type != "Point"
    remarks = [
        "; ".join(part for part in (said, wanted.remark, "a point inside its area" if is_area else None) if part)
        or None
        for said, is_area in zip(note, areal, strict=True)
    ]
    _caution_expired(gdf, ledger, wanted, shown, as_of)
    frame = pd.DataFrame(
        {
            "service_id": ids.where(ids.notna(), line), "name": names.where(names.notna(), ids), "filed_id": ids,
            "category": gdf[" category"].astype(object), "address": values.joined(gdf, address, "address", shown),
            "note": pd.Series(remarks, index=gdf.index, dtype=object),
        }
    )  # fmt: skip
    points = gdf.geometry.where(~areal, gdf.geometry.representative_point()) if areal.any() else gdf.geometry
    return gpd.GeoDataFrame(frame, geometry=points)[~nameless]


def _clean(names: pd.Series, ledger: Ledger, field: str) -> pd.Series:
    """Names without stray punctuation at their ends."""
    ends = re.compile(rf"^[{re.escape(_STRAY)}\s]+|[{re.escape(_STRAY)}\s]+$")
    tidy = values.mapped(names, lambda name: (ends.sub("", name) or None) if name else None)
    for position in names.index[names.notna() & (names != tidy)]:
        reason = f"stray punctuation was taken off {names[position]!r}"
        ledger.repair([position], field, reason, "correct the name in the file")
    return tidy


def _caution_expired(gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, shown: str, as_of: str | None) -> None:
    if wanted.expires is None:
        return
    try:
        today = dt.date.fromisoformat(as_of or "")
    except ValueError:
        raise ConfigError(
            f"{shown}: `expires` can only be held against a full date; write as_of as YYYY-MM-DD, not {as_of!r}."
        ) from None
    ends = values.dates(values.column(gdf, wanted.expires, "expires", shown), wanted.expires_format)
    for position, day in values.each(ends):
        if isinstance(day, dt.date) and day < today:
            reason = f"its licence ended on {day.isoformat()}, before {today.isoformat()}; it was kept"
            ledger.caution([position], wanted.expires, reason, "ask whether it is still open")


def _single(parts: list[gpd.GeoDataFrame], ledgers: list[Ledger], ledger: Ledger) -> gpd.GeoDataFrame:
    """All files' rows together, without those that stand above already; identifiers unique."""
    start = 0
    for part, own in zip(parts, ledgers, strict=True):
        part.index = part.index + start
        start += len(own.rows)
    whole = pd.concat(parts)
    same_id = whole["filed_id"].notna() & whole["filed_id"].duplicated()
    ledger.reject(whole.index[same_id], "", "a row with its identifier stands above it", "keep one of them")
    whole = whole[~same_id]
    xy = whole.geometry.get_coordinates().round(6)
    same = pd.DataFrame({"name": whole["name"].str.casefold(), "x": xy["x"], "y": xy["y"]}).duplicated()
    ledger.reject(whole.index[same], "", "a row with its name and its point stands above it", "keep one of them")
    whole = whole[~same].reset_index(drop=True)
    whole["service_id"] = values.unique(whole["service_id"])
    return whole
