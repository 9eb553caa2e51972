"""A ranked run as files that people open: CSV, GeoJSON, GPKG, GeoParquet, the reasons, the accounts, a manifest.

Every file is written beside and renamed, the manifest last: a run's folder never mixes two runs under a new manifest.
The same run gives the same bytes.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from siteselect.errors import OutRefused
from siteselect.layers.ledger import Report

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
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
    by_line = reasons["weight"].where(reasons["method"].str.contains(straight, na=False, regex=False), 0.0)
    sums = reasons.assign(by_line=by_line).groupby("site_id")[["by_line", "weight"]].sum()
    order = order.assign(straight_line_share=(sums["by_line"] / sums["weight"]).round(4))
    values = measures.pivot(index="site_id", columns="measure", values="value")
    methods = measures.pivot(index="site_id", columns="measure", values="method")
    wide = order.join(sites.set_index("site_id"), how="left")
    for measure in sorted(values.columns):
        wide[measure] = values[measure]
        wide[f"{measure}_method"] = methods[measure].where(methods[measure].notna(), "unknown")
    extra = [c for m in sorted(values.columns) for c in (m, f"{m}_method")]
    columns = [c for c in SITE_COLUMNS if c == "site_id" or c in wide.columns]
    return gpd.GeoDataFrame(wide.reset_index()[[*columns, *extra, "geometry"]], geometry="geometry", crs=sites.crs)


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


def guard(out: Path, data: Path, inputs: Iterable[Path]) -> None:
    """OutRefused when the results would be written among the files that they were made from."""
    there = out.resolve()
    if there == data.resolve() or any(there == f.resolve() or there == f.resolve().parent for f in inputs):
        raise OutRefused(
            f"{out}: holds files that the ranking reads, and would overwrite them; name another folder with --out."
        )


def write(run: Run, into: Path) -> None:
    """Write a run's tables and its manifest into a folder that exists."""
    plain = pd.DataFrame(run.sites.drop(columns="geometry"))
    write_csv(plain, into / "sites.csv")
    write_csv(run.reasons, into / "reasons.csv")
    if run.moves is not None:
        write_csv(run.moves, into / "moves.csv")
    # the day that a GeoPackage says it was changed on would make two runs differ
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00Z"})
    try:
        pyogrio.write_dataframe(run.sites, into / "sites.gpkg", layer="sites", driver="GPKG", geometry_type="Unknown")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    pyogrio.write_dataframe(
        run.sites, into / "sites.geojson", driver="GeoJSON", geometry_type="Unknown", RFC7946="YES",
        COORDINATE_PRECISION="6", WRITE_NAME="NO",
    )  # fmt: skip
    run.sites.to_parquet(into / "sites.parquet", compression="zstd")
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
        part.unlink(missing_ok=True)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """A CSV in UTF-8 whose text cells no spreadsheet takes for a formula."""
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]) and not pd.api.types.is_bool_dtype(safe[column]):
            safe[column] = safe[column].map(_no_formula, na_action="ignore")
    safe.to_csv(path, index=False, lineterminator="\n")


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


def _no_formula(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
