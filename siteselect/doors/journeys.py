"""The `reach` command's answer: as data, and as lines for a person."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from siteselect import place as places
from siteselect import prepare, reach
from siteselect.doors.question import Question
from siteselect.journeys import words
from siteselect.layers.ledger import Report

STREETS_UNKNOWN = "whether the streets on the way can be used with a wheelchair is not known"
TWICE = "this time comes twice in the night when the clocks go back; the first is taken"


def reach_answer(place: Path, data: Path | None, asked: Question, store: Path | None) -> dict[str, Any]:
    """The answer as it is printed.

    Each row of `to`: id, name, lon, lat, status ("reached", "unreached": no way within six hours, "unknown": its
    coordinates are), minutes, leave, arrives, walk_minutes, walk_is_straight_line, last_ride_leaves, trip, legs; with a
    window minutes_p5, minutes_p50, minutes_p95, share_within.  What is not known, and no way, are null.
    """
    located = places.read(place, data)
    with _kept(store) as folder:
        day = prepare.local_day(located, asked.at, store)
        prepare.journeys(located, day, folder, wheelchair=asked.wheelchair)
        door = reach.opened(folder)
        rows, notes = _rows(door, asked)
        notes += [TWICE] if reach.happens_twice(door, asked.at) else []
        notes += [STREETS_UNKNOWN] if asked.wheelchair else []
        missing = located.place.feeds_missing
        notes += [f"{missing}: a journey with them may be sooner"] if missing else []
        notes += [located.place.sketch] if located.place.sketch else []
        table = door.table
        return {
            "from": [asked.lon, asked.lat], "at": asked.at.isoformat(timespec="minutes"),
            "arrive_by": asked.arrive, "window_minutes": asked.window_min, "within_minutes": asked.within_min,
            "wheelchair": asked.wheelchair, "day": table.day, "timezone": table.timezone,
            "trips_running": table.trips_today, "service": table.trips_today > 0, "feeds": door.about["feeds"],
            "notes": notes,
            "method": f"{'latest departure' if asked.arrive else 'earliest arrival'} by timetable, waits included; "
                      f"{table.walk_method}; {table.walk_speed_m_s} m/s",
            "credits": door.about["credits"], "places": _account(asked), "to": rows,
        }  # fmt: skip


def _rows(door: reach.Door, asked: Question) -> tuple[list[dict[str, Any]], list[str]]:
    targets, clock = asked.targets, words.Clock.of(door.table)
    tied = reach.places(door, targets["lon"].to_numpy(float), targets["lat"].to_numpy(float))
    found: reach.Answer | reach.Deadline
    if asked.arrive:
        found = reach.latest(door, asked.lon, asked.lat, asked.at, tied)
    else:
        found = reach.times(door, asked.lon, asked.lat, asked.at, tied)
    last = reach.last_rides(door, asked.lon, asked.lat, tied)
    spread = _spread(door, asked, tied)
    rows = []
    for at, target in enumerate(targets.to_dict("records")):
        name = str(target["name"])
        legs = found.trip(at, name)
        rows.append({
            "id": target["id"], "name": name, "lon": _or_none(target["lon"]), "lat": _or_none(target["lat"]),
            "status": "unknown" if np.isnan(found.travel_s[at]) else "reached" if legs else "unreached",
            "minutes": _minutes(found.travel_s[at]),
            "leave": clock(words.leaves_s(legs)) if legs else None,
            "arrives": clock.until(legs[-1].end_s) if legs else None,
            "walk_minutes": _minutes(found.walk_s[at]),
            "walk_is_straight_line": bool(found.straight[at]) if np.isfinite(found.walk_s[at]) else None,
            "last_ride_leaves": clock(last[at]) if np.isfinite(last[at]) else None,
            **({key: values[at] for key, values in spread.items()}),
            "trip": found.words(at, name), "legs": [_leg(leg, clock) for leg in legs],
        })  # fmt: skip
    return rows, list(found.notes)


def _spread(door: reach.Door, asked: Question, tied: reach.Places) -> dict[str, list[Any]]:
    """The columns of a window of departures; none without one."""
    if asked.window_min is None:
        return {}
    limit_s = (asked.within_min or 60) * 60
    found = reach.over(door, asked.lon, asked.lat, asked.at, asked.window_min, tied, limit_s=limit_s)
    columns = {
        f"minutes_p{percent}": [_minutes(s) for s in found.travel_s[0, :, n]]
        for n, percent in enumerate(found.percents)
    }
    if asked.within_min is not None:
        columns["share_within"] = [None if np.isnan(s) else round(float(s), 4) for s in found.share_within[0]]
    return columns


def _leg(leg: words.Leg, clock: words.Clock) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": "walk" if leg.vehicle is None else "ride", "from": leg.origin, "to": leg.target,
        "begins": clock(leg.start_s), "ends": clock(leg.end_s), "seconds": leg.end_s - leg.start_s,
    }  # fmt: skip
    if leg.vehicle is None:
        return told | {"walk_m": round(leg.walk_m or 0.0, 1), "straight_line": leg.straight}
    return told | {"vehicle": leg.vehicle, "towards": leg.bound or None}


def _account(asked: Question) -> dict[str, Any]:
    account: Report | None = asked.account
    if account is None:
        return {"read": 1, "kept": 1, "repaired": 0, "rejected": 0, "rejections": [], "cautions": []}
    columns = ["row", "field", "reason", "remedy"]
    lines = account.lines
    listed = {
        outcome: [
            {key: None if value is None or value != value else value for key, value in line.items()}
            for line in lines.loc[lines["outcome"] == outcome, columns].astype(object).to_dict("records")
        ]
        for outcome in ("rejected", "caution")
    }
    return {
        "read": account.read, "kept": account.kept, "repaired": account.repaired, "rejected": account.rejected,
        "rejections": listed["rejected"], "cautions": listed["caution"],
    }  # fmt: skip


def said(answer: dict[str, Any]) -> str:
    """The answer as lines for a person."""
    when = f"by {answer['at']}" if answer["arrive_by"] else answer["at"]
    lines = [f"{when}; {answer['trips_running']:,} trips run on {answer['day']}"]
    for row in answer["to"]:
        took = {"reached": f"{row['minutes']} min", "unreached": "no way", "unknown": "unknown"}[row["status"]]
        lines.append(f"{row['name']}: {took}: {row['trip']}" if row["status"] == "reached" else
                     f"{row['name']}: {row['trip']}")  # fmt: skip
        if "minutes_p50" in row and row["status"] != "unknown":
            lines.append(f"  leaving within {answer['window_minutes']} min: {_spread_said(row, answer)}")
        if row["last_ride_leaves"]:
            lines.append(f"  the last departure that still works: {row['last_ride_leaves']}")
    account = answer["places"]
    if account["rejected"]:
        lines.append(f"Rejected: {account['rejected']:,} of {account['read']:,} rows")
        lines += [f"  row {line['row']}: {line['reason']}; {line['remedy']}" for line in account["rejections"][:20]]
    lines += [f"Feed {f['name']}: {f['trips_running']:,} of {f['trips_total']:,} trips run" for f in answer["feeds"]]
    lines += [f"Note: {note}" for note in answer["notes"]]
    return "\n".join([*lines, f"Method: {answer['method']}", *(f"Source: {credit}" for credit in answer["credits"])])


def _spread_said(row: dict[str, Any], answer: dict[str, Any]) -> str:
    parts = [
        f"{words_} {row[key]} min" if row[key] is not None else f"{words_} no way"
        for words_, key in (("5 % in", "minutes_p5"), ("half in", "minutes_p50"), ("95 % in", "minutes_p95"))
    ]
    if row.get("share_within") is not None:
        parts.append(f"{row['share_within']:.0%} of the departures take at most {answer['within_minutes']} min")
    return "; ".join(parts)


def _minutes(seconds: float) -> float | None:
    return round(float(seconds) / 60, 1) if np.isfinite(seconds) else None


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@contextlib.contextmanager
def _kept(store: Path | None) -> Iterator[Path]:
    """The folder for the prepared timetable: the one named, or one that goes away."""
    if store is not None:
        yield store
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "journeys"
