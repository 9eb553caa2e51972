"""Sites that may hold homes, as their owners and cities filed them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import Field

from siteselect import units
from siteselect.layers import figures, files, schemas, values
from siteselect.layers import parcels as outlines
from siteselect.layers.ledger import Ledger, Report
from siteselect.layers.parcels import read as read_parcels

__all__ = ["Options", "read", "read_parcels"]

AGREE_M = 25.0
Owner = Literal["county", "city", "state", "federal", "other-public", "private", "unknown"]
Columns = str | list[str]
_ORDER = [
    "site_id", "name", "apn", "apn_filed", "jurisdiction", "owner", "owner_filed", "area_m2", "area_method",
    "capacity_units", "density_max_per_acre", "zoning", "status", *schemas.FACTS, *schemas.FILED, "blockers", "note",
    "shape", "margin_m", "file", "row", "geometry", "lon", "lat",
]  # fmt: skip


class Fact(schemas.Options):
    """Where a yes or no about a site stands: a column and what its spellings mean; `otherwise` is what others mean.

    Without a column `otherwise` holds for all rows of the layer.  A blank cell is not known.
    """

    column: str | None = None
    values: dict[str, Literal["yes", "no", "unknown"]] = Field(default_factory=dict)
    otherwise: Literal["yes", "no", "unknown"] = "unknown"


class Options(schemas.Options):
    """Which columns say what.

    `owners` gives for each spelling in the column `owner` who that is; `owner_of_all` stands where there is no such
    column.  `lon` and `lat` place a table's rows; for a map layer its shapes are checked against them.
    `capacity_parts` are counts whose sum the capacity is: where all are blank, a capacity of 0 is unknown.
    `note` is a column, several, or a table of label and column; `blockers` the same, for what stands in a site's way:
    it is shown and never scored.  `facts` are yes or no (`schemas.FACTS`), for a policy's gates; `filed` are columns of
    figures (`schemas.FILED`) that a policy may value as they stand.  `shape` says what a point or a square stands for.
    `id` names the sites where it is given, else the parcel number does.  `margins_m` gives for each word in the column
    `precision` how far the real place may be from the point.  `unlocated` rows stay
    in the list without a shape, for the policy to judge, or are rejected.
    """

    id: str | None = None
    label: Columns = Field(default_factory=list)
    apn: str | None = None
    apn_digits: int = Field(9, gt=0)
    owner: str | None = None
    owners: dict[str, Owner] = Field(default_factory=dict)
    owner_of_all: Owner = "unknown"
    area: str | None = None
    area_unit: Literal["acres", "m2"] = "acres"
    capacity: str | None = None
    capacity_parts: list[str] = Field(default_factory=list)
    density: str | None = None
    zoning: str | None = None
    status: str | None = None
    jurisdiction: str | None = None
    note: Columns | dict[str, str] = Field(default_factory=list)
    blockers: Columns | dict[str, str] = Field(default_factory=list)
    facts: dict[schemas.FactName, Fact] = Field(default_factory=dict)
    filed: dict[schemas.FiledName, str] = Field(default_factory=dict)
    lon: str | None = None
    lat: str | None = None
    shape: Literal["parcel", "cell", "point"] = "point"
    precision: str | None = None
    margins_m: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    unlocated: Literal["keep", "reject"] = "keep"
    keep: dict[str, list[str]] = Field(default_factory=dict)
    drop: dict[str, dict[str, str]] = Field(default_factory=dict)
    max_distance_m: float = 1_000
    table: str | None = None


def read(
    paths: Path | Sequence[Path],
    options: Options | Mapping[str, Any],
    box: units.Box,
    crs: str,
    parcels: gpd.GeoDataFrame | None = None,
    layer: str = "sites",
) -> tuple[gpd.GeoDataFrame, Report]:
    """Sites in EPSG:4326 with the contract's columns (`schemas`: areas in m2, capacity in homes), and their account.

    Coordinates in another system than declared, parcel numbers with more digits, numbers with their unit are repaired;
    a cell that is no number or one that cannot be meant and an unlisted owner are unknown and listed; sites outside the
    place's box are rejected by name, those without coordinates kept with a caution unless `unlocated` says otherwise.
    `parcels` (`read_parcels`) replace points by number.
    """
    wanted = schemas.options(Options, options, layer)
    keep_unlocated, named = wanted.unlocated == "keep", _naming(wanted)
    several = [paths] if isinstance(paths, Path) else list(paths)
    parts, ledgers, start = [], [], 0
    for path, shown in zip(several, files.shown_names(several), strict=True):
        columns = (wanted.lon, wanted.lat)
        gdf, ledger = files.rows(path, layer, columns, box, crs, shown, wanted.table, named, keep_unlocated)
        gdf = files.kept(gdf, ledger, wanted.keep, wanted.drop, shown)
        if files.sniff(path, shown) != "text":
            _compare(gdf, ledger, wanted, shown)
        gdf = files.near(gdf, ledger, box, wanted.max_distance_m, keep_unlocated=keep_unlocated)
        part = _described(gdf, ledger, wanted, layer, shown)
        part.index = part.index + start
        start += len(ledger.rows)
        parts.append(part)
        ledgers.append(ledger)
    ledger = Ledger.joined(layer, ledgers)
    sites = _named(_owned(pd.concat(parts), ledger, wanted), ledger)
    if parcels is not None:
        sites = outlines.joined(sites, parcels, ledger, crs)
    sites = outlines.measured(sites, ledger, crs)
    inside = sites.geometry.representative_point()
    sites = sites.assign(lon=inside.x, lat=inside.y)[_ORDER].reset_index(drop=True)
    return schemas.checked(sites, "sites", layer, ledger), ledger.report()


def _naming(wanted: Options) -> list[str]:
    """The columns that tell a reader which site a line of the ledger is about."""
    labels = [wanted.label] if isinstance(wanted.label, str) else wanted.label
    return [name for name in (wanted.id or wanted.apn, *labels) if name]


def _compare(gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, shown: str) -> None:
    """Says how many points lie where the file's own columns of longitude and latitude say."""
    if wanted.lon is None or wanted.lat is None:
        return
    points = gdf[gdf.geom_type == "Point"]
    lon = values.numbers(values.column(points, wanted.lon, "lon", shown), ledger, wanted.lon)
    lat = values.numbers(values.column(points, wanted.lat, "lat", shown), ledger, wanted.lat)
    sane = (lon.abs() <= 180) & (lat.abs() <= 90)
    points, lon, lat = points[sane], lon[sane], lat[sane]
    apart_m = units.apart_m(points.geometry.x, points.geometry.y, lon, lat)
    agree = int((apart_m <= AGREE_M).sum())
    ledger.notes.append(
        f"{shown}: {agree:,} of {len(points):,} points lie within {AGREE_M:.0f} m of "
        f"their {wanted.lon} and {wanted.lat}."
    )
    for position, metres in zip(points.index[apart_m > AGREE_M], apart_m[apart_m > AGREE_M], strict=True):
        reason = f"its point lies {metres:,.0f} m from its {wanted.lon} and {wanted.lat}; the point was kept"
        ledger.caution([position], "geometry", reason, "find out which of them is meant")


def _described(gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, layer: str, shown: str) -> gpd.GeoDataFrame:
    """One file's rows in the contract's columns, before owners, names and parcels."""
    blank = pd.Series([None] * len(gdf), index=gdf.index, dtype=object)

    def text(name: str | None, key: str) -> pd.Series:
        return values.texts(values.column(gdf, name, key, shown)) if name else blank

    labels = [wanted.label] if isinstance(wanted.label, str) else wanted.label
    areal = np.isin(gdf.geom_type, ("Polygon", "MultiPolygon"))
    lines = ~areal & (gdf.geom_type != "Point").to_numpy() & gdf.geometry.notna().to_numpy()
    for position, kind in values.each(gdf.geom_type[lines]):
        ledger.reject([position], "geometry", f"a {kind} is neither a point nor an outline", "give one of them")
    drawn = "parcel" if wanted.shape == "point" else wanted.shape
    pinned = "point" if wanted.shape == "parcel" else wanted.shape
    filed = text(wanted.apn, "apn")
    facts = {str(name): fact for name, fact in wanted.facts.items()}
    frame = pd.DataFrame(
        {
            "name": values.joined(gdf, labels, "label", shown), "apn_filed": filed, "id": text(wanted.id, "id"),
            "apn": _numbered(filed, gdf, ledger, wanted, shown),
            "jurisdiction": text(wanted.jurisdiction, "jurisdiction"),
            "owner_filed": text(wanted.owner, "owner"), "zoning": text(wanted.zoning, "zoning"),
            "status": text(wanted.status, "status"), "note": _notes(gdf, wanted.note, shown),
            "blockers": _notes(gdf, wanted.blockers, shown),
            **{name: _fact(gdf, facts.get(name), name, shown) for name in schemas.FACTS},
            "shape": np.where(areal, drawn, pinned),
            "file": pd.Series([shown] * len(gdf), index=gdf.index, dtype=object), "row": ledger.rows[gdf.index],
            "line": pd.Series([f"{layer}-{ledger.rows[p]}" for p in gdf.index], index=gdf.index, dtype=object),
            "margin_m": _margins(gdf, ledger, wanted, shown),
            **figures.filed(gdf, ledger, wanted, shown),
        }
    )  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=gdf.geometry)[~lines]


def _numbered(filed: pd.Series, gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, shown: str) -> pd.Series:
    """Parcel numbers as the digits that name the parcel; missing where there are too few."""
    apn = values.mapped(filed, lambda text: outlines.canonical(text, wanted.apn_digits))
    if wanted.apn is None:
        return apn
    longer = sum(outlines.canonical(text, wanted.apn_digits + 1) is not None for text in filed)
    if longer:
        ledger.notes.append(
            f"{shown}: the column {wanted.apn} holds {longer:,} numbers of more than {wanted.apn_digits} digits; "
            f"the first {wanted.apn_digits} were taken as the parcel's number."
        )
    stray = [p for p, text, cell in zip(filed.index, filed, gdf[wanted.apn], strict=True) if text and text != str(cell)]
    ledger.repair(
        stray, wanted.apn, "stray white space was taken off the parcel number", "file it without", together=True
    )
    for position, text in values.each(filed[apn.isna()]):
        reason = f"{text!r} has fewer than {wanted.apn_digits} digits; the parcel's number is unknown"
        ledger.caution([position], wanted.apn, reason if text else "it has no parcel number", "give the whole number")
    return apn


def _margins(gdf: gpd.GeoDataFrame, ledger: Ledger, wanted: Options, shown: str) -> pd.Series:
    """How far each site's real place may be from its point: 0 without such a column, unknown for an unlisted word."""
    if wanted.precision is None:
        return pd.Series(0.0, index=gdf.index)
    said = values.texts(values.column(gdf, wanted.precision, "precision", shown))
    margin = said.map(wanted.margins_m).astype(float)
    odd = gdf.index[(said.notna() & margin.isna()).to_numpy()]
    reason = "the place file does not list this precision; the margin is unknown"
    ledger.caution(odd, wanted.precision, reason, "add it to margins_m in the place file")
    return margin


def _notes(gdf: gpd.GeoDataFrame, note: Columns | dict[str, str], shown: str) -> pd.Series:
    """The columns of notes as one text, each with its label where it has one."""
    if not isinstance(note, dict):
        columns = [note] if isinstance(note, str) else note
        return values.joined(gdf, columns, "note", shown, "; ")
    said = {label: values.texts(values.column(gdf, c, "note", shown)) for label, c in note.items()}
    rows = zip(*said.values(), strict=True)
    texts = ["; ".join(f"{label}: {t}" for label, t in zip(said, row, strict=True) if _says(t)) or None for row in rows]
    return pd.Series(texts or [None] * len(gdf), index=gdf.index, dtype=object)


def _fact(gdf: gpd.GeoDataFrame, fact: Fact | None, name: str, shown: str) -> pd.Series:
    """yes, no or unknown for each row."""
    if fact is None or fact.column is None:
        held = "unknown" if fact is None else fact.otherwise
        return pd.Series([held] * len(gdf), index=gdf.index, dtype=object)
    meant = {" ".join(k.split()).casefold(): v for k, v in fact.values.items()}
    said = values.texts(values.column(gdf, fact.column, name, shown))
    told = [meant.get(t.casefold(), fact.otherwise) if isinstance(t, str) and _says(t) else "unknown" for t in said]
    return pd.Series(told, index=gdf.index, dtype=object)


def _says(text: str | None) -> bool:
    """Whether a cell says anything: a dash, as a blank, does not."""
    return text is not None and text.casefold() not in values.EMPTY


def _owned(sites: gpd.GeoDataFrame, ledger: Ledger, wanted: Options) -> gpd.GeoDataFrame:
    """Sites with their owner, and a note of every spelling and what it was taken for; an unlisted one is unknown."""
    if wanted.owner is None:
        return sites.assign(owner=pd.Series([wanted.owner_of_all] * len(sites), index=sites.index, dtype=object))
    known = {" ".join(k.split()).casefold(): v for k, v in wanted.owners.items()}
    owner = values.mapped(sites["owner_filed"], lambda text: known.get((text or "").casefold(), "unknown"))
    spelled: list[str] = []
    for text, at in sites["owner_filed"].fillna("").groupby(sites["owner_filed"].fillna("")).groups.items():
        taken = known.get(str(text).casefold())
        shown = repr(text) if text else "blank"
        spelled.append(f"{shown} in {len(at):,} ({taken or 'unknown'})")
        if taken is None:
            listed = "" if not _says(str(text)) else ", which the place file does not list"
            remedy = "add the spelling to owners in the place file" if listed else "file the owner"
            ledger.caution(at, wanted.owner, f"its owner is {shown}{listed}; the owner is unknown", remedy)
    ledger.notes.append(f"{wanted.owner} is {', '.join(spelled)}.")
    return sites.assign(owner=owner)


def _named(sites: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """Sites with a unique identifier (the file's own, else the parcel number, else the row) and a name."""
    own = sites["id"].where(sites["id"].notna(), sites["apn"].where(sites["apn"].notna(), sites["line"]))
    site_id = values.unique(own)
    notes = sites["note"].copy()
    for position in sites.index[own != site_id]:
        again = f"another site is {own[position]} too, so this one is called {site_id[position]}"
        notes[position] = "; ".join(text for text in (notes[position], again) if text)
        reason = f"another site above it is {own[position]} too; this one is called {site_id[position]}"
        ledger.caution([position], "site_id", reason, "find out whether they are one site")
    return sites.assign(site_id=site_id, note=notes, name=sites["name"].where(sites["name"].notna(), site_id))
