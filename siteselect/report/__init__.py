"""A ranked run as files that people open: CSV, GeoJSON, GPKG, GeoParquet, the reasons, the accounts, a manifest.

Every file is written beside and renamed, the manifest last: a run's folder never mixes two runs under a new manifest.
The same run gives the same bytes.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from siteselect import score, texts
from siteselect.errors import OutRefused
from siteselect.layers.ledger import Report
from siteselect.report.lines import write_csv, write_geojson

SITE_COLUMNS = [
    "site_id",
    "rank",
    "score_low",
    "score_likely",
    "score_high",
    "coverage",
    "straight_line_share",
    "name",
    "apn",
    "owner",
    "jurisdiction",
    "status",
    "zoning",
    "shape",
    "margin_m",
    "area_m2",
    "capacity_units",
    "density_max_per_acre",
    "excluded_because",
    "conditions",
    "blockers",
    "note",
    "lon",
    "lat",
]


@dataclass(frozen=True)
class Run:
    """All that a ranking gives: the sites, the reasons, the layers' accounts, the background and the manifest.

    moves: where the weights were changed, how each site moved by it (`rank.moves.by_group`).
    """

    sites: gpd.GeoDataFrame
    reasons: pd.DataFrame
    reports: tuple[Report, ...]
    background: gpd.GeoDataFrame | None
    manifest: dict[str, Any]
    moves: pd.DataFrame | None = None


def table(
    sites: gpd.GeoDataFrame, order: pd.DataFrame, measures: pd.DataFrame, reasons: pd.DataFrame, straight: str
) -> gpd.GeoDataFrame:
    """One row per site in rank order: SITE_COLUMNS, then each measure and its method, then the geometry (EPSG:4326).

    straight_line_share is the share of the policy's weights whose figure is a straight line, which its method says with
    the words `straight`.
    """
    order = order.assign(straight_line_share=score.straight_line_share(reasons, straight))
    wide = order.join(sites.set_index("site_id"), how="left")
    columns = [c for c in SITE_COLUMNS if c in wide.columns]
    extra = _measured(measures, wide.index)
    wide = wide.reset_index()
    held = {**{c: wide[c] for c in ("site_id", *columns)}, **extra, "geometry": wide["geometry"]}
    return gpd.GeoDataFrame(pd.DataFrame(held), geometry="geometry", crs=sites.crs)


def _measured(measures: pd.DataFrame, ids: pd.Index) -> dict[str, Any]:
    """Each measure and its method as columns, in the order of the sites; a method that is not there is "unknown"."""
    found: dict[str, Any] = {}
    codes, names = pd.factorize(measures["measure"])
    last, at = np.empty(0, object), np.empty(0, np.int64)
    for code in np.argsort(np.asarray(names, object)):
        rows = texts.rows_of(measures, codes == code)
        held = rows["site_id"].to_numpy(object)
        if not np.array_equal(held, last):
            last, at = held, pd.Index(held, dtype=object).get_indexer(ids)  # refuses a site that is twice
        method = texts.coded(rows["method"]).take(at, allow_fill=True)
        found[str(names[code])] = np.append(rows["value"].to_numpy(float), np.nan)[at]
        found[f"{names[code]}_method"] = texts.filled(method, method.isna(), "unknown")
    return found


def file_name(layer: str) -> str:
    """The name of the file with a layer's account."""
    words = "".join(c if c.isalnum() else "-" for c in layer.lower())
    return f"reports/{'-'.join(filter(None, words.split('-')))}.csv"


@contextmanager
def folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write into; if all goes well its files take their places in `out`, the manifest last.

    OutRefused when the system does not let us write there; what stood in `out` before is then as it was.
    """
    beside = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        yield beside
        beside.chmod(0o755)
        (out / "reports").mkdir(parents=True, exist_ok=True)
        files = sorted(p.relative_to(beside) for p in beside.rglob("*") if p.is_file())
        for stale in {out / "moves.csv", *(out / "reports").glob("*.csv")} - {out / f for f in files}:
            stale.unlink(missing_ok=True)
        for name in sorted(files, key=lambda f: f.name == "manifest.json"):
            (beside / name).replace(out / name)
    except OSError as problem:
        told = problem.strerror or "the system refused"
        raise OutRefused(
            f"{out}: cannot be written ({told}); name a folder that you may write to with --out."
        ) from None
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def write(run: Run, into: Path) -> None:
    """Write a run's tables and its manifest into a folder that exists."""
    write_csv(pd.DataFrame(run.sites.drop(columns=run.sites.geometry.name)), into / "sites.csv")
    write_geojson(run.sites, into / "sites.geojson")
    _write_layers(run.sites, into)
    write_csv(run.reasons, into / "reasons.csv")
    if run.moves is not None:
        write_csv(run.moves, into / "moves.csv")
    run.reasons.to_parquet(into / "reasons.parquet", compression="zstd", index=False)
    if run.background is not None:
        pyogrio.write_dataframe(
            run.background[["name", "geometry"]], into / "background.geojson", driver="GeoJSON",
            geometry_type="Unknown", RFC7946="YES", COORDINATE_PRECISION="5", WRITE_NAME="NO",
        )  # fmt: skip
    (into / "reports").mkdir()
    for report in run.reports:
        write_csv(report.lines, into / file_name(report.layer))
    write_json(run.manifest, into / "manifest.json")


def write_table(rows: list[dict[str, Any]], path: Path) -> None:
    """Rows as a CSV of their own, beside and renamed; OutRefused when it cannot be written there."""
    with _beside(path) as part:
        write_csv(pd.DataFrame(rows), part)


def write_bytes(content: bytes, path: Path) -> None:
    """A file of its own, beside and renamed; OutRefused when it cannot be written there."""
    with _beside(path) as part:
        part.write_bytes(content)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` if all goes well."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as problem:
        told = problem.strerror or "the system refused"
        raise OutRefused(f"{path}: cannot be written ({told}); name another place with --out.") from None
    finally:
        with suppress(OSError):  # nothing was begun where there can be no file
            part.unlink(missing_ok=True)


def _write_layers(sites: gpd.GeoDataFrame, into: Path) -> None:
    """sites.gpkg and sites.parquet, which hold each text in full."""
    few = [c for c in sites.columns if isinstance(sites[c].dtype, pd.CategoricalDtype)]
    whole = sites.assign(**{c: texts.in_full(sites[c].array) for c in few})
    # the day that a GeoPackage says it was changed on would make two runs differ
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00Z"})
    try:
        pyogrio.write_dataframe(
            whole, into / "sites.gpkg", layer="sites", driver="GPKG", geometry_type="Unknown", use_arrow=True
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    whole.to_parquet(into / "sites.parquet", compression="zstd")


def write_json(value: Any, path: Path) -> None:
    """JSON in UTF-8, keys in their order; NaN is an error, not a value."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def accounts(reports: Iterable[Report]) -> list[dict[str, Any]]:
    """The manifest's `layers`: name, read, kept, repaired, rejected, cautions, report (path), notes."""
    return [
        {"name": r.layer, "read": r.read, "kept": r.kept, "repaired": r.repaired, "rejected": r.rejected,
         "cautions": int((r.lines["outcome"] == "caution").sum()), "report": file_name(r.layer), "notes": list(r.notes)}
        for r in reports
    ]  # fmt: skip
