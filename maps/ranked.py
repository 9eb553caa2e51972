"""The ranked sites as rows a page can show: every number written once, unknown said, sources beside."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from maps import figures
from maps import run as runs
from maps.figures import missing
from maps.gates import Gates, measure_name, own, owner, text
from maps.words import Words

RICH = 150  # sites whose every measure stands on the page; the rest are rows, so that the file stays light
TOP = 3


@dataclass(frozen=True)
class Reason:
    """One criterion of one site as a page shows it; every field is text ready to be escaped."""

    criterion: str
    label: str
    value: str
    between: str
    known: bool
    unknown_because: str
    target: str
    method: str
    source: str
    as_of: str
    points: str
    most: str
    points_low: float
    why: str
    scale: str


@dataclass(frozen=True)
class Site:
    """One site as a page shows it; numbers are written by maps/figures.py, `low` and `high` are for the bar (0..1)."""

    id: str
    rank: int | None
    name: str
    owner: str
    place: str
    status: str
    score: str
    low: float
    high: float
    coverage: str
    area: str
    homes: str
    apn: str
    shape: str
    excluded_because: str
    conditions: str
    own_conditions: str
    note: str
    margin_m: float | None
    at: tuple[float, float] | None
    style: str
    reasons: tuple[Reason, ...] = ()

    @property
    def top(self) -> tuple[Reason, ...]:
        """The criteria that earn this site the most, best first."""
        earning = [r for r in self.reasons if r.known and r.points_low > 0]
        return tuple(sorted(earning, key=lambda r: -r.points_low)[:TOP])


def listed(run: runs.Run, words: Words) -> list[Site]:
    """Every site of the run as a page shows it, ranked first; the reasons only of the first `RICH` ranked ones."""
    rich = run.ranked["site_id"].head(RICH)
    by_site = dict(list(run.reasons[run.reasons["site_id"].isin(rich)].groupby("site_id", sort=False)))
    everywhere, gates = unknown_everywhere(run), Gates(run, words)
    return [_site(row, by_site.get(row["site_id"]), everywhere, gates) for row in _rows(run.sites)]


def one(run: runs.Run, site_id: str, words: Words) -> Site | None:
    """One site with all its reasons, also those that nobody knows for any site; None when the run has no such site."""
    rows = run.sites[run.sites["site_id"] == site_id]
    if rows.empty:
        return None
    reasons = run.reasons[run.reasons["site_id"] == site_id]
    return _site(_rows(rows)[0], reasons, set(), Gates(run, words))


def unknown_everywhere(run: runs.Run) -> set[str]:
    """The measures that nobody knows for any site of the run."""
    return {str(gone["measure"]) for gone in run.manifest.get("unknown_everywhere", [])}


def facts(site: Site, words: Words) -> list[tuple[str, str]]:
    """What is filed about a site, as pairs of a name and a text."""
    pairs = [
        (words.say("Parcel number"), site.apn),
        (words.say("Owner"), site.owner),
        (words.say("Jurisdiction"), site.place),
        (words.say("Area"), site.area),
        (words.say("Homes it could hold, as filed"), site.homes),
        (words.say("Status"), site.status),
        (words.say("Drawn as"), site.shape),
        (words.say("Note"), site.note),
        (words.say("Site id"), site.id),
    ]
    return [(name, text) for name, text in pairs if text]


def sheet(run: runs.Run, words: Words) -> dict[str, Any]:
    """What stands above the list: the place, the day, the policy, the feeds, what is unknown, the credits."""
    place = run.manifest["place"]
    policy = run.manifest.get("policy", {})
    told = Gates(run, words)
    labels = {str(c.get("measure")): own(c, "label", words) for c in policy.get("criteria", []) if isinstance(c, dict)}
    return {
        "place": place.get("name", ""),
        "day": figures.day(place.get("day"), words, weekday=True),
        "hours": hours(place.get("hours")),
        "policy": own(policy, "title", words) or policy.get("name", ""),
        "sketch": place.get("sketch") or "",
        "notes": place.get("notes") or [],
        "feeds": [feed_line(f, words) for f in run.manifest.get("feeds", [])],
        "unknown": [
            (labels.get(gone["measure"]) or measure_name(gone["measure"]), gone.get("because", ""))
            for gone in run.manifest.get("unknown_everywhere", [])
        ],
        "conditions": told.said("; ".join(told.shared)),
        "credits": run.manifest.get("credits", []),
        "ranked": len(run.ranked),
        "excluded": len(run.excluded),
        "rich": RICH,
    }


def feed_line(feed: dict[str, Any], words: Words) -> str:
    """One feed's calendar as a sentence: how many of its trips run on the day, and when it is valid."""
    return words.say(
        "{name}: {running} of {total} trips run on the day; timetable from {first} to {last}.",
        name=feed.get("name", ""),
        running=figures.number(feed.get("trips_running", 0), words),
        total=figures.number(feed.get("trips_total", 0), words),
        first=figures.day(feed.get("first_day"), words),
        last=figures.day(feed.get("last_day"), words),
    )


def hours(stated: Any) -> str:
    """The analysis hours as `07:00–19:00`, however the manifest holds them."""
    if isinstance(stated, dict):
        stated = [stated.get("from", stated.get("start")), stated.get("to", stated.get("end"))]
    return "–".join(str(s) for s in stated) if isinstance(stated, list | tuple) else str(stated or "")


def _site(row: dict[str, Any], reasons: pd.DataFrame | None, everywhere: set[str], gates: Gates) -> Site:
    run, words = gates.run, gates.words
    rows = [] if reasons is None else _rows(reasons[~reasons["measure"].isin(everywhere)])
    told = tuple(_reason(r, run, words) for r in rows)
    low, high = _share(row["score_low"]), _share(row["score_high"])
    located = not missing(row.get("lat")) and not missing(row.get("lon"))
    rank = None if missing(row["rank"]) else int(row["rank"])
    return Site(
        id=str(row["site_id"]),
        rank=rank,
        name=text(row.get("name")) or str(row["site_id"]),
        owner=owner(row.get("owner"), words),
        place=text(row.get("jurisdiction")),
        status=text(row.get("status")),
        score=figures.span(row["score_low"], row["score_high"], words),
        low=low,
        high=high,
        coverage=figures.percent(row.get("coverage"), words),
        area="" if missing(row.get("area_m2")) else figures.area(row["area_m2"], words),
        homes="" if missing(row.get("capacity_units")) else figures.number(float(row["capacity_units"]), words),
        apn=text(row.get("apn")),
        shape=_shape(row.get("shape"), words),
        excluded_because=gates.said(row.get("excluded_because")),
        conditions=gates.said(row.get("conditions")),
        own_conditions=gates.own(row.get("conditions")),
        note=text(row.get("note")),
        margin_m=run.margins_m.get(str(row["site_id"])),
        at=(float(row["lat"]), float(row["lon"])) if located else None,
        style="excluded" if rank is None else f"score-{min(int((low + high) / 2 * 5), 4) + 1}",
        reasons=told,
    )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


def _reason(row: dict[str, Any], run: runs.Run, words: Words) -> Reason:
    weights = [float(c["weight"]) for c in run.manifest.get("policy", {}).get("criteria", []) if "weight" in c]
    most = float(row["weight"]) / sum(weights) if weights and not missing(row.get("weight")) else float("nan")
    known = str(row["known"]).lower() == "true"
    return Reason(
        criterion=str(row["criterion"]),
        label=own(row, "label", words) or str(row["criterion"]),
        value=figures.value(row.get("value"), row.get("unit"), words),
        between=_between(row, words),
        known=known,
        unknown_because="" if known else text(row.get("unknown_because")),
        target=text(row.get("target")),
        method=text(row.get("method")),
        source=text(row.get("source")),
        as_of=figures.day(row.get("as_of"), words) if not missing(row.get("as_of")) else words.say("not dated"),
        points=figures.span(row.get("points_low"), row.get("points_high"), words),
        most=figures.score(most, words),
        points_low=_share(row.get("points_low")),
        why=own(row, "why", words),
        scale=_scale(row, words),
    )


def _scale(row: dict[str, Any], words: Words) -> str:
    if missing(row.get("full")) or missing(row.get("none")):
        return ""
    full, none = (figures.value(row[end], row.get("unit"), words) for end in ("full", "none"))
    return words.say("full marks from {full}, none from {none}", full=full, none=none)


def _between(row: dict[str, Any], words: Words) -> str:
    low, high = row.get("low"), row.get("high")
    if missing(low) or missing(high) or low == high:
        return ""
    ends = figures.value(low, row.get("unit"), words), figures.value(high, row.get("unit"), words)
    return words.say("between {low} and {high}", low=ends[0], high=ends[1])


def _shape(value: Any, words: Words) -> str:
    return {
        "parcel": words.say("the parcel's outline"),
        "cell": words.say("a square of a grid"),
        "point": words.say("a point: its outline is not known"),
    }.get(text(value), "")


def _share(value: Any) -> float:
    return 0.0 if missing(value) else min(max(float(value), 0.0), 1.0)
