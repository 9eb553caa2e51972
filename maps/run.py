"""A run's folder, as `siteselect rank` leaves it, read into tables."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from shapely.geometry import mapping, shape

from siteselect.errors import FileRefused

TEXT = dict.fromkeys(
    ("site_id", "name", "apn", "owner", "jurisdiction", "status", "shape", "note", "blockers"), "string"
)
REASON_TEXT = (
    "site_id", "criterion", "group", "label", "label_es", "measure", "value_text", "unit", "method", "source", "as_of",
    "target", "unknown_because", "why", "why_es",
)  # fmt: skip
GUARDED = ("'=", "'+", "'-", "'@", "'\t", "'\r")  # the apostrophe is there for spreadsheets: no formula; here it goes
OUTLINE_DEG = 0.00001  # about a metre: what a screen can show of a parcel
MOST_BYTES = 50_000_000  # a table of reasons above this is read from its Parquet file, which says the same
FEATURE = '{ "type": "Feature", '  # how the lines begin in which `siteselect rank` writes a feature each
# what a page says of a site; a server tells every column
LISTED = (
    "site_id", "rank", "score_low", "score_likely", "score_high", "coverage", "straight_line_share", "name", "apn",
    "owner", "jurisdiction", "status", "shape", "margin_m", "area_m2", "capacity_units", "excluded_because",
    "conditions", "note", "lon", "lat",
)  # fmt: skip
BACKGROUND_POINTS = 6000  # the background is for orientation; more would only make the page slow


@dataclass(frozen=True)
class Run:
    """One ranked run.

    `sites`: the table of sites.csv, ranked first and in rank order; `reasons`: the table of reasons.csv; `outlines`:
    site_id -> GeoJSON geometry (EPSG:4326), only for sites that are areas; `background`: GeoJSON features, simplified;
    `margins_m`: site_id -> how far the real site may be from its point, in metres, where that is known to be more than
    nothing; `manifest`: what manifest.json says.
    """

    folder: Path
    manifest: dict[str, Any]
    sites: pd.DataFrame
    reasons: pd.DataFrame
    outlines: dict[str, dict[str, Any]]
    background: list[dict[str, Any]]
    margins_m: dict[str, float]

    @property
    def ranked(self) -> pd.DataFrame:
        """The sites that have a rank."""
        return self.sites[self.sites["rank"].notna()]

    @property
    def excluded(self) -> pd.DataFrame:
        """The sites that a gate has taken out of the ranking."""
        return self.sites[self.sites["rank"].isna()]


def read(folder: Path, best: int | None = None) -> Run:
    """The run in `folder`; FileRefused says which file is not there or is not what it should be.

    With `best`, what a page of the best sites shows: of every site the columns of `LISTED`, and of so many sites, in
    the order of the table, the reasons and the outlines.  A county's run is read so in a fraction of the memory.
    """
    manifest = _json(folder / "manifest.json")
    if not isinstance(manifest, dict) or not isinstance(manifest.get("place"), dict):
        raise FileRefused(f"{folder / 'manifest.json'}: it has no place; run `siteselect rank` again into this folder.")
    scores = ("site_id", "rank", "score_low", "score_likely", "score_high", "straight_line_share", "margin_m")
    sites = _table(folder / "sites.csv", {**TEXT, "rank": "Int64"}, scores, None if best is None else LISTED)
    sites = sites.sort_values("rank", na_position="last", kind="stable").reset_index(drop=True)
    reasons = _reasons(folder, None if best is None else sites["site_id"].head(best).tolist())
    background = _background(folder / "background.geojson")
    return Run(
        folder, manifest, sites, reasons, _outlines(folder / "sites.geojson", best), background, _margins_m(sites)
    )


def _reasons(folder: Path, wanted: list[str] | None) -> pd.DataFrame:
    """The reasons of the sites that are wanted, of all without a list."""
    path, light = folder / "reasons.csv", folder / "reasons.parquet"
    if not (path.is_file() and path.stat().st_size > MOST_BYTES and light.is_file()):
        needed = ("site_id", "criterion", "measure", "method", "known", "likely", "points_likely")
        found = _table(path, dict.fromkeys(REASON_TEXT, "string"), needed)
        return found if wanted is None else found[found["site_id"].isin(wanted)]
    try:
        filters = None if wanted is None else [("site_id", "in", wanted)]
        return pd.read_parquet(light, filters=filters)
    except (ValueError, OSError) as error:
        raise FileRefused(f"{light}: not the table it should be ({error}); run `siteselect rank` again.") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileRefused(f"{path}: not found; `siteselect rank PLACE --out {path.parent}` makes it.") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FileRefused(f"{path}: not JSON ({error}); run `siteselect rank` again into this folder.") from None


def _table(
    path: Path, types: dict[str, str], needed: tuple[str, ...], only: tuple[str, ...] | None = None
) -> pd.DataFrame:
    try:
        header = pd.read_csv(path, nrows=0, encoding="utf-8").columns
        types = {k: v for k, v in types.items() if k in header}
        columns = None if only is None else [c for c in header if c in only]
        table = pd.read_csv(path, dtype=types, usecols=columns, encoding="utf-8", low_memory=False)
    except FileNotFoundError:
        raise FileRefused(f"{path}: not found; `siteselect rank PLACE --out {path.parent}` makes it.") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise FileRefused(f"{path}: not the table it should be ({error}); run `siteselect rank` again.") from None
    for name in table.columns[table.dtypes == "string"]:
        guarded = table[name].str.startswith(GUARDED).fillna(value=False)
        table[name] = table[name].where(~guarded, table[name].str[1:])
    for column in needed:
        if column not in table:
            raise FileRefused(f"{path}: column {column!r} is missing; run `siteselect rank` again into this folder.")
    return table


def _outlines(path: Path, most: int | None) -> dict[str, dict[str, Any]]:
    found = {}
    for feature in _features(path, most):
        geometry = feature.get("geometry")
        site = feature.get("properties", {}).get("site_id", feature.get("id"))
        if geometry and geometry["type"] in ("Polygon", "MultiPolygon"):
            found[str(site)] = _light(shape(geometry), OUTLINE_DEG)
    return found


def _features(path: Path, most: int | None) -> Iterator[dict[str, Any]]:
    """The features of a file, the first `most` of them; line by line where each has its own, as a county's must."""
    lines = 0
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if not line.startswith(FEATURE):
                    continue
                if lines == most:
                    return
                lines += 1
                yield json.loads(line.rstrip().removesuffix(","))
    except (FileNotFoundError, UnicodeDecodeError, json.JSONDecodeError):
        _json(path)  # refuses it
    if not lines:
        yield from _json(path).get("features", [])[:most]


def _background(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    features = [f for f in _json(path).get("features", []) if f.get("geometry")]
    shapes = [shape(f["geometry"]) for f in features]
    tolerance = 0.0002
    while sum(shapely.get_num_coordinates(s) for s in shapes) > BACKGROUND_POINTS and tolerance < 0.02:
        shapes = [s.simplify(tolerance) for s in shapes]
        tolerance *= 2
    named = [(f.get("properties") or {}).get("name") for f in features]
    return [_outline(n, s) for n, s in zip(named, shapes, strict=True) if not s.is_empty]


def _outline(name: Any, area: Any) -> dict[str, Any]:
    middle = area.representative_point()
    at = [round(middle.y, 5), round(middle.x, 5)]
    return {"name": name, "at": at, "geometry": _light(area, 0)} if name else {"geometry": _light(area, 0)}


def _margins_m(sites: pd.DataFrame) -> dict[str, float]:
    known = sites[sites["margin_m"] > 0]
    return {str(site): float(m) for site, m in zip(known["site_id"], known["margin_m"], strict=True)}


def _light(geometry: Any, tolerance: float) -> dict[str, Any]:
    simple = geometry.simplify(tolerance) if tolerance else geometry
    return dict(mapping(shapely.set_precision(simple, 0.00001, mode="pointwise")))
