"""The words of the `reach` command and its file of places -> a question whose every row is accounted for."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import typer

from siteselect.errors import FileRefused
from siteselect.layers import files, values
from siteselect.layers.ledger import Ledger, Report

MOST_PLACES = 200_000
LONGEST_WINDOW_MIN = 24 * 60
_LIMITS = {"lon": 180.0, "lat": 90.0}


@dataclass(frozen=True, eq=False)
class Question:
    """One question: from where (degrees), when, to which places [id, name, lon, lat], and what is wanted of it.

    A place without coordinates has NaN there and unknown times; `account` tells what became of the file's rows.
    """

    lon: float
    lat: float
    at: dt.datetime
    targets: pd.DataFrame
    account: Report | None = None
    file: Path | None = None
    arrive: bool = False
    window_min: int | None = None
    within_min: int | None = None
    wheelchair: bool = False


def ask(origin: str, to: str, at: str, **wanted: Any) -> Question:
    """The words of the command as a question; typer.BadParameter where they cannot be meant, FileRefused for a file."""
    point = _point(origin)
    if point is None:
        raise typer.BadParameter(f"{origin!r} is not LON,LAT in degrees, such as -122.71,38.44", param_hint="--from")
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError:
        raise typer.BadParameter(f"{at!r} is not a moment; write it as 2018-02-06T17:10", param_hint="--at") from None
    if len(at) <= 10:
        raise typer.BadParameter(f"{at!r} has no time of day; write it as {at}T17:10", param_hint="--at")
    if wanted.get("window_min") and wanted.get("arrive"):
        raise typer.BadParameter("counts departures, and --arrive asks for one; leave one out", param_hint="--window")
    if wanted.get("within_min") and not wanted.get("window_min"):
        raise typer.BadParameter("counts the departures of a window; add --window MINUTES", param_hint="--within")
    there = _point(to)
    if there is not None:
        targets = pd.DataFrame({"id": [to], "name": [to], "lon": [there[0]], "lat": [there[1]]})
        return Question(*point, moment, targets, **wanted)
    if to.count(",") == 1 and not Path(to).exists():
        raise typer.BadParameter(f"{to!r} is neither LON,LAT in degrees nor a file that is there", param_hint="--to")
    targets, account = read_places(Path(to))
    return Question(*point, moment, targets, account, Path(to), **wanted)


def read_places(path: Path) -> tuple[pd.DataFrame, Report]:
    """The places of a file [id, name, lon, lat], and the account of its rows.

    A table of text (CSV) with the columns lon and lat in degrees and, where there are any, id and name; or points in
    GeoJSON or another map format.  Rejected: coordinates that are no degrees, and 0, 0, which stands for none.  A row
    with blank coordinates is kept, with a caution: its times are unknown.  FileRefused for a file that is neither.
    """
    if not path.is_file():
        raise FileRefused(f"{path}: there is no such file; give LON,LAT or a CSV or GeoJSON file of points.")
    if files.sniff(path, path.name) == "text":
        table, ledger = _from_text(path)
    else:
        table, ledger = _from_map(path)
    _judge(table, ledger)
    left = table[ledger.left[table.index]]
    account = ledger.report()
    if not 0 < len(left) <= MOST_PLACES:
        first = f" ({account.lines['reason'].iloc[0]})" if len(account.lines) else ""
        raise FileRefused(
            f"{path}: {account.rejected:,} of its {account.read:,} rows are rejected{first}; "
            f"{len(left):,} are left: give 1 to {MOST_PLACES:,} places."
        )
    return left.reset_index(drop=True), account


def _from_text(path: Path) -> tuple[pd.DataFrame, Ledger]:
    frame, ledger = files.read_table(path, "places", path.name)
    for column in _LIMITS:
        if column not in frame:
            raise FileRefused(
                f"{path}: the column {column} is missing; give lon and lat in degrees (it has "
                f"{', '.join(map(str, frame.columns))})."
            )
    found = _named(frame, ledger)
    for column in _LIMITS:
        cells = frame[column]
        found[column] = pd.to_numeric(cells, errors="coerce").astype(float)
        unread = cells.notna() & ~np.isfinite(found[column])
        for position, cell in values.each(cells[unread]):
            reason = f"{column} {values.shortened(str(cell))!r} is not degrees"
            ledger.reject([position], column, reason, "correct it, or leave it blank where the place is not known")
    return found, ledger


def _from_map(path: Path) -> tuple[pd.DataFrame, Ledger]:
    shapes, ledger = files.read_vector(path, "places", shown=path.name, keep_unlocated=True)
    other = shapes.geometry.notna() & (shapes.geom_type != "Point")
    ledger.reject(shapes.index[other], "geometry", "it is not a point", "give one point for each place")
    points = gpd.GeoSeries(shapes.geometry.where(~other), crs=shapes.crs)
    return _named(pd.DataFrame(shapes.drop(columns="geometry")), ledger).assign(lon=points.x, lat=points.y), ledger


def _named(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Each row's id (else its name, else its row in the file) and name (else its id)."""
    row = pd.Series([f"row {ledger.rows[at]}" for at in frame.index], index=frame.index, dtype=object)
    blank = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    ids, names = (values.texts(frame[c]) if c in frame else blank for c in ("id", "name"))
    either = ids.where(ids.notna(), names.where(names.notna(), row))
    return pd.DataFrame({"id": either, "name": names.where(names.notna(), either)})


def _judge(table: pd.DataFrame, ledger: Ledger) -> None:
    """Rejects what lies nowhere on the earth, and cautions where a place is not known."""
    left = table[ledger.left[table.index]]
    for column, most in _LIMITS.items():
        for position, value in values.each(left.loc[left[column].abs() > most, column]):
            reason = f"{column} {value:g} is not degrees ({-most:g} to {most:g})"
            ledger.reject([position], column, reason, "correct it; lon and lat may stand in each other's place")
    nowhere = left.index[(left["lon"] == 0) & (left["lat"] == 0)]
    ledger.reject(nowhere, "lon", "0, 0 stands for no coordinates at all", "give its coordinates, or leave them blank")
    missing = left.index[left["lon"].isna() | left["lat"].isna()]
    ledger.caution(missing, "lon", "it has no coordinates, so its times are unknown", "give its coordinates")
    table.loc[missing, ["lon", "lat"]] = np.nan


def _point(text: str) -> tuple[float, float] | None:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
