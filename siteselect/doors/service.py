"""The `stops` command's answer: as data, and as lines for a person."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer

from siteselect import place as places
from siteselect import prepare
from siteselect.journeys import words
from siteselect.timetable import frequent, headways

SHOWN = ["stop_key", "name", "mode", "routes", "departures", "departures_per_hour", "gap_morning_min",
         "gap_afternoon_min", "first", "last", "days", "major", "major_because", "corridor", "meets", "lon",
         "lat"]  # fmt: skip
BY_ROUTE = ["route", "mode", "direction", "headsign", "departures", "headway_min", "gap_morning_min",
            "gap_afternoon_min", "morning_per_hour", "afternoon_per_hour", "first", "last"]  # fmt: skip


def stops_answer(
    place: Path, data: Path | None, day: dt.date | None, peaks: tuple[headways.Span, headways.Span] | None = None
) -> dict[str, Any]:
    """The stops as they are printed, each with its routes; how many meet each definition; what each feed runs.

    Where the place says that some timetables are missing, what would need them is null: not known, not none.
    """
    located = places.read(place, data)
    chosen, spans = day or located.place.day, peaks or headways.PEAKS
    service = prepare.stops(located, chosen, spans)
    missing = located.place.feeds_missing
    zones = {feed["name"]: feed["timezone"] for feed in service.feeds}
    table = service.stops.assign(lon=service.stops.geometry.x, lat=service.stops.geometry.y)
    rows = _shown(table, SHOWN, zones, chosen)
    by_stop: dict[str, list[dict[str, Any]]] = {}
    for row in _shown(service.by_route, ["stop_key", *BY_ROUTE], zones, chosen):
        by_stop.setdefault(row.pop("stop_key"), []).append(row)
    for row in rows:
        row["meets"] = row["meets"].split("; ") if row["meets"] else []
        for role in ("major", "corridor"):
            row[role] = row[role] or (None if missing else False)
        row["by_route"] = by_stop.get(row["stop_key"], [])
    met = [
        {"id": d.id, "stops": None if missing and d.kind != "rail" else sum(d.id in row["meets"] for row in rows),
         "says": d.says, "cite": d.cite}
        for d in frequent.definitions()
    ]  # fmt: skip
    counts = {"stops": len(rows), "major": int(table["major"].sum()),
              "corridor": None if missing else int(table["corridor"].sum())}  # fmt: skip
    notes = [f"{missing}: what needs them is unknown, and what is counted is the least there can be"] if missing else []
    hours = located.place.hours
    return {"place": located.place.name, "day": chosen.isoformat(), "hours": [hours.start, hours.end],
            "peaks": [[_hours(end) for end in span] for span in spans], "feeds": service.feeds, **counts,
            "definitions": met, "notes": notes, "rows": rows}  # fmt: skip


def _shown(table: pd.DataFrame, columns: list[str], zones: dict[str, str], day: dt.date) -> list[dict[str, Any]]:
    """Rows with clock times for first_s and last_s, and null for what is not there (a gap without end too)."""
    clocks = {name: words.Clock(day, zone) for name, zone in zones.items()}
    feed = [next(name for name in zones if key.startswith(f"{name}:")) for key in table["stop_key"]]
    ends: dict[str, Any] = {
        end: [None if pd.isna(s) else clocks[f](s) for f, s in zip(feed, table[f"{end}_s"], strict=True)]
        for end in ("first", "last")
    }
    shown = pd.DataFrame(table.assign(**ends)[columns]).replace({np.inf: None}).astype(object)
    found: Any = shown.where(shown.notna(), None).to_dict("records")
    return list(found)


def stops_said(answer: dict[str, Any], top: int) -> str:
    """The stops as lines for a person: the feeds, the definitions, the major stops, then the busiest."""
    lines = [f"{answer['place']} · {answer['day']} · {'-'.join(answer['hours'])}"]
    for feed in answer["feeds"]:
        note = f"; {feed['note']}" if feed["note"] else ""
        share = f"{feed['trips_running']} of {feed['trips_total']} trips run that day"
        lines.append(f"  {feed['name']}: {share} ({feed['share_running']:.0%}){note}")
    lines.append(f"{answer['stops']:,} stops; {answer['major']} major transit stops (PRC 21064.3). By definition:")
    lines += [f"{_count(d['stops']):>7}  {d['says']} ({d['cite']})" for d in answer["definitions"]]
    lines += [f"Note: {note}" for note in answer["notes"]]
    order = sorted(answer["rows"], key=lambda row: (not row["major"], -row["departures"], row["stop_key"]))
    for row in order[:top]:
        gaps = " ".join(_gap(row[f"gap_{peak}_min"]) for peak in ("morning", "afternoon"))
        mark = f"  MAJOR: {row['major_because']}" if row["major"] else ""
        span = f"{row['first']}-{row['last']}" if row["first"] else "no departure"
        lines.append(f"{row['departures_per_hour']:6.1f}/h  {gaps}  {span}  {row['days']}  {row['name']}{mark}")
    if len(order) > top:
        lines.append(f"... and {len(order) - top:,} more; --top N shows more, --json has them all, by route too.")
    peaks = " and ".join("-".join(span) for span in answer["peaks"])
    return "\n".join([*lines, f"Columns: departures an hour; largest gap {peaks}; first and last; days; stop."])


def peaks(text: str) -> tuple[headways.Span, headways.Span]:
    """The two peaks that a text such as 07:00-09:00,16:00-18:00 names, in seconds; typer.BadParameter."""
    found = re.fullmatch(",".join([r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)"] * 2), text.replace(" ", ""))
    if found:
        ends = [int(h) * 3600 + int(m) * 60 for h, m in zip(found.groups()[::2], found.groups()[1::2], strict=True)]
        if ends[0] < ends[1] <= ends[2] < ends[3] <= 30 * 3600:
            return (ends[0], ends[1]), (ends[2], ends[3])
    raise typer.BadParameter(f"{text!r} is not two spans such as 07:00-09:00,16:00-18:00", param_hint="--peaks")


def _hours(time_s: int) -> str:
    return f"{time_s // 3600:02d}:{time_s // 60 % 60:02d}"


def _count(stops: int | None) -> str:
    return "unknown" if stops is None else f"{stops:,}"


def _gap(minutes: float | None) -> str:
    return "   none" if minutes is None else f"{minutes:3.0f} min"
