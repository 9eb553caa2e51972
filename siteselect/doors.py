"""What the `reach` and `stops` commands do between their words and their answers."""

import contextlib
import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer

from siteselect import place as places
from siteselect import prepare
from siteselect import reach as door
from siteselect.errors import FileRefused
from siteselect.journeys import words

MOST_PLACES = 200_000
SHOWN = ["stop_key", "name", "mode", "routes", "departures", "departures_per_hour", "gap_morning_min",
         "gap_afternoon_min", "first", "last", "days", "major", "major_because", "corridor", "lon", "lat"]  # fmt: skip


@dataclass(frozen=True)
class Question:
    """One question: from where (degrees), when, and to which named places."""

    lon: float
    lat: float
    at: dt.datetime
    targets: pd.DataFrame


def reach_question(origin: str, to: str, at: str) -> Question:
    """The words of the command as a question; typer.BadParameter where they cannot be meant, FileRefused for a file."""
    point = _point(origin)
    if point is None:
        raise typer.BadParameter(f"{origin!r} is not LON,LAT in degrees, such as -122.71,38.44", param_hint="--from")
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError:
        raise typer.BadParameter(f"{at!r} is not a moment; write it as 2018-02-06T17:10", param_hint="--at") from None
    there = _point(to)
    if there is not None:
        targets = pd.DataFrame({"name": [to], "lon": [there[0]], "lat": [there[1]]})
    else:
        targets = _read_targets(Path(to))
    return Question(*point, moment, targets)


def reach_answer(
    place: Path, data: Path | None, asked: Question, store: Path | None, *, wheelchair: bool
) -> dict[str, Any]:
    """The answer as it is printed: minutes (null: no way), the walk alone, and the trip in words, for each place."""
    located = places.read(place, data)
    with _kept(store) as folder:
        prepare.journeys(located, asked.at.date(), folder, wheelchair=wheelchair)
        opened = door.opened(folder)
        targets = asked.targets
        tied = door.places(opened, targets["lon"].to_numpy(float), targets["lat"].to_numpy(float))
        answer = door.times(opened, asked.lon, asked.lat, asked.at, tied)
        rows = [
            {
                "name": name,
                "minutes": _minutes(answer.travel_s[at]),
                "arrives": _clock(answer.depart_s + float(answer.travel_s[at])),
                "walk_minutes": _minutes(answer.walk_s[at]),
                "walk_is_straight_line": bool(answer.straight[at]),
                "trip": answer.words(at, str(name)),
            }
            for at, name in enumerate(targets["name"])
        ]  # fmt: skip
        return {
            "from": [asked.lon, asked.lat], "at": asked.at.isoformat(timespec="minutes"), "day": opened.table.day,
            "trips_running": opened.table.trips_today, "service": opened.table.trips_today > 0,
            "notes": [*answer.notes, *([located.place.sketch] if located.place.sketch else [])],
            "method": f"earliest arrival by timetable; {opened.table.walk_method}; {opened.table.walk_speed_m_s} m/s",
            "credits": opened.about["credits"], "to": rows,
        }  # fmt: skip


def said(answer: dict[str, Any]) -> str:
    """The answer as lines for a person."""
    lines = [f"{answer['at']}, {answer['trips_running']:,} trips run on {answer['day']}"]
    for row in answer["to"]:
        took = "no way" if row["minutes"] is None else f"{row['minutes']:.0f} min"
        lines.append(f"{row['name']}: {took}: {row['trip']}")
    lines += [f"Note: {note}" for note in answer["notes"]]
    return "\n".join([*lines, f"Method: {answer['method']}", *(f"Source: {credit}" for credit in answer["credits"])])


def stops_answer(place: Path, data: Path | None, day: dt.date | None) -> dict[str, Any]:
    """The stops as they are printed, and what each feed runs that day."""
    located = places.read(place, data)
    chosen = day or located.place.day
    table, feeds = prepare.stops(located, chosen)
    table = table.assign(lon=table.geometry.x, lat=table.geometry.y)
    for end in ("first", "last"):
        table[end] = [None if pd.isna(s) else words.clock(s) for s in table[f"{end}_s"]]
    shown = pd.DataFrame(table[SHOWN]).replace({np.inf: None}).astype(object)
    rows = shown.where(shown.notna(), None).to_dict("records")
    counts = {"stops": len(rows), "major": int(table["major"].sum()), "corridor": int(table["corridor"].sum())}
    hours = located.place.hours
    return {"place": located.place.name, "day": chosen.isoformat(), "hours": [hours.start, hours.end],
            "feeds": feeds, **counts, "rows": rows}  # fmt: skip


def stops_said(answer: dict[str, Any], top: int) -> str:
    """The stops as lines for a person: the major ones, then the busiest."""
    lines = [f"{answer['place']} · {answer['day']} · {'-'.join(answer['hours'])}"]
    for feed in answer["feeds"]:
        note = f"; {feed['note']}" if feed["note"] else ""
        lines.append(f"  {feed['name']}: {feed['trips_running']} of {feed['trips_total']} trips run that day{note}")
    lines.append(
        f"{answer['stops']:,} stops; {answer['major']} major transit stops; "
        f"{answer['corridor']} with a bus every 15 min"
    )
    order = sorted(answer["rows"], key=lambda row: (not row["major"], -row["departures"], row["stop_key"]))
    for row in order[:top]:
        gaps = " ".join(_gap(row[f"gap_{peak}_min"]) for peak in ("morning", "afternoon"))
        mark = f"  MAJOR: {row['major_because']}" if row["major"] else ""
        span = f"{row['first']}-{row['last']}" if row["first"] else "no departure"
        lines.append(f"{row['departures_per_hour']:6.1f}/h  {gaps}  {span}  {row['days']}  {row['name']}{mark}")
    if len(order) > top:
        lines.append(f"... and {len(order) - top:,} more; --top N shows more, --json has them all.")
    return "\n".join([*lines, "Columns: departures an hour; largest gap 07-09 and 16-18; first and last; days; stop."])


def _gap(minutes: float | None) -> str:
    return "   none" if minutes is None else f"{minutes:3.0f} min"


def _minutes(seconds: float) -> float | None:
    return round(float(seconds) / 60, 1) if np.isfinite(seconds) else None


def _clock(time_s: float) -> str | None:
    return words.clock(time_s) if np.isfinite(time_s) else None


def _point(text: str) -> tuple[float, float] | None:
    parts = text.split(",")
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _read_targets(path: Path) -> pd.DataFrame:
    """A CSV of points [name, lon, lat]."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise FileRefused(
            f"{path}: cannot be read ({error.strerror}); give LON,LAT or a CSV file with the columns lon and lat."
        ) from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileRefused(f"{path}: not a CSV in UTF-8 ({str(error)[:80]}); save it as one.") from None
    for column in ("lon", "lat"):
        if column not in table:
            raise FileRefused(f"{path}: the column {column} is missing; give lon and lat in degrees.")
    if not 0 < len(table) <= MOST_PLACES:
        raise FileRefused(f"{path}: holds {len(table):,} points; give 1 to {MOST_PLACES:,}.")
    for column, most in (("lon", 180), ("lat", 90)):
        value = pd.to_numeric(table[column], errors="coerce")
        bad = np.flatnonzero(~(value.abs() <= most))
        if len(bad):
            row = int(bad[0])
            raise FileRefused(
                f"{path} row {row + 2}: {column} {table[column].iloc[row]!r} is not degrees; correct or drop it."
            )
        table[column] = value
    names = table["name"] if "name" in table else pd.Series([f"row {n + 2}" for n in range(len(table))])
    return table[["lon", "lat"]].assign(name=names)


@contextlib.contextmanager
def _kept(store: Path | None) -> Iterator[Path]:
    """The folder for the prepared timetable: the one named, or one that goes away."""
    if store is not None:
        yield store
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "journeys"
