"""Why a site stands where it stands: each criterion of a site as a page shows it."""

from dataclasses import dataclass
from typing import Any

from maps import figures
from maps import run as runs
from maps.figures import missing
from maps.gates import own, text
from maps.words import Words


@dataclass(frozen=True)
class Reason:
    """One criterion of one site as a page shows it; every field is text ready to be escaped.

    `how` is the method in a word, where the figure is a distance or rests on one; `told` is the value with it.
    """

    criterion: str
    label: str
    value: str
    how: str
    told: str
    between: str
    known: bool
    unknown_because: str
    target: str
    method: str
    source: str
    as_of: str
    points: str
    most: str
    points_likely: float
    why: str
    scale: str


def reason(row: dict[str, Any], run: runs.Run, words: Words) -> Reason:
    """One row of reasons.csv as a page shows it."""
    weights = [float(c["weight"]) for c in run.manifest.get("policy", {}).get("criteria", []) if "weight" in c]
    most = float(row["weight"]) / sum(weights) if weights and not missing(row.get("weight")) else float("nan")
    known = str(row["known"]).lower() == "true"
    value = figures.value(row.get("value"), row.get("unit"), words)
    how = _how(text(row.get("method")), words) if known else ""
    return Reason(
        criterion=str(row["criterion"]),
        label=own(row, "label", words) or str(row["criterion"]),
        value=value,
        how=how,
        told=_told(value, how, row.get("unit"), words),
        between=_between(row, words),
        known=known,
        unknown_because="" if known else text(row.get("unknown_because")),
        target=text(row.get("target")),
        method=text(row.get("method")),
        source=text(row.get("source")),
        as_of=figures.day(row.get("as_of"), words) if not missing(row.get("as_of")) else words.say("not dated"),
        points=figures.likely(row["points_likely"], row.get("points_low"), row.get("points_high"), words),
        most=figures.score(most, words),
        points_likely=0.0 if missing(row["points_likely"]) else float(row["points_likely"]),
        why=own(row, "why", words),
        scale=_scale(row, words),
    )


def _how(method: str, words: Words) -> str:
    # the straight line first: its method may say that it is not a walk
    if "straight line" in method:
        return words.say("straight line")
    if "walk along a SKETCHED grid" in method:
        return words.say("walk on a sketched grid")
    return words.say("walk") if "walk along" in method else ""


def _told(value: str, how: str, unit: Any, words: Words) -> str:
    if not how:
        return value
    # a distance is one; anything else, such as departures, is counted within one
    return f"{value}, {how}" if unit == "m" else words.say("{value}, counted by {how}", value=value, how=how)


def _scale(row: dict[str, Any], words: Words) -> str:
    if missing(row.get("full")) or missing(row.get("none")):
        return ""
    full, none = (figures.value(row[end], row.get("unit"), words) for end in ("full", "none"))
    return words.say("full marks from {full}, none from {none}", full=full, none=none)


def _between(row: dict[str, Any], words: Words) -> str:
    low, high = row.get("low"), row.get("high")
    if missing(low) or missing(high) or low == high:
        return ""
    value, told, first, last = (
        figures.value(row.get(c), row.get("unit"), words) for c in ("value", "likely", "low", "high")
    )
    if missing(row.get("likely")) or value == told:
        return words.say("between {low} and {high}", low=first, high=last)
    return words.say("likely {likely}, between {low} and {high}", likely=told, low=first, high=last)
