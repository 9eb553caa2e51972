"""The ranked sites as rows a page can show: every number written once, unknown said, sources beside."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from maps import figures
from maps import run as runs
from maps.figures import missing
from maps.gates import Gates, measure_name, own, owner, text
from maps.reasons import Reason, reason
from maps.words import Words

RICH = 150  # sites whose every measure stands on the page; the rest are rows, so that the file stays light
MOST = 2000  # sites that a page lists and draws, of the ranked and of the excluded each; more no browser draws
TOP = 3


@dataclass(frozen=True)
class Site:
    """One site as a page shows it; numbers are written by maps/figures.py.

    `score` is the likely score with its range, `likely` and `between` its two parts; `shares` are the low end, the
    likely score and the high end for the bar (0..1).
    """

    id: str
    rank: int | None
    name: str
    owner: str
    place: str
    status: str
    score: str
    likely: str
    between: str
    shares: tuple[float, float, float]
    coverage: str
    by_line: str
    area: str
    homes: str
    apn: str
    shape: str
    excluded_because: str
    conditions: str
    own_conditions: str
    blockers: str
    note: str
    margin_m: float | None
    at: tuple[float, float] | None
    style: str
    reasons: tuple[Reason, ...] = ()

    @property
    def top(self) -> tuple[Reason, ...]:
        """The criteria that earn this site the most, best first."""
        earning = [r for r in self.reasons if r.known and r.points_likely > 0]
        return tuple(sorted(earning, key=lambda r: -r.points_likely)[:TOP])


def listed(run: runs.Run, words: Words) -> list[Site]:
    """The run's sites as a page shows them: the best `MOST` ranked, then the excluded where they are no more than that.

    The reasons are only of the first `RICH` ranked ones.
    """
    rich = run.ranked["site_id"].head(RICH)
    by_site = dict(list(run.reasons[run.reasons["site_id"].isin(rich)].groupby("site_id", sort=False, observed=True)))
    everywhere, gates = unknown_everywhere(run), Gates(run, words)
    shown = [run.ranked.head(MOST), run.excluded if len(run.excluded) <= MOST else run.excluded.head(0)]
    return [_site(row, by_site.get(row["site_id"]), everywhere, gates) for table in shown for row in _rows(table)]


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
        (words.say("Known blockers, never scored"), site.blockers),
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
        "detour": _detour(run, words),
        "feeds": [feed_line(f, words) for f in run.manifest.get("feeds", [])],
        "rows": row_lines(run, words),
        "unknown": [
            (labels.get(gone["measure"]) or measure_name(gone["measure"]), gone.get("because", ""))
            for gone in run.manifest.get("unknown_everywhere", [])
        ],
        "conditions": told.said("; ".join(told.shared)),
        "credits": run.manifest.get("credits", []),
        "ranked": len(run.ranked),
        "excluded": len(run.excluded),
        "rich": RICH,
        "listed": _listed(run, words),
        "causes": []
        if len(run.excluded) <= MOST
        else [(cause, figures.number(count, words)) for cause, count in told.causes()],
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


def row_lines(run: runs.Run, words: Words) -> list[str]:
    """A sentence for each layer that has rejected rows or cautions, and where they are listed; one when none has."""
    layers = run.manifest.get("layers", [])
    marked = [layer for layer in layers if layer.get("rejected") or layer.get("cautions")]
    if layers and not marked:
        return [words.say("No row of any layer was rejected, and none has a caution.")]
    return [
        words.say(
            "{name}: rows rejected: {rejected} of {read}; rows taken with a caution: {cautions}; {report} lists each.",
            name=layer.get("name", ""),
            report=layer.get("report", ""),
            **{key: figures.number(layer.get(key) or 0, words) for key in ("rejected", "read", "cautions")},
        )
        for layer in marked
    ]


def hours(stated: Any) -> str:
    """The analysis hours as `07:00–19:00`, however the manifest holds them."""
    if isinstance(stated, dict):
        stated = [stated.get("from", stated.get("start")), stated.get("to", stated.get("end"))]
    return "–".join(str(s) for s in stated) if isinstance(stated, list | tuple) else str(stated or "")


def _site(row: dict[str, Any], reasons: pd.DataFrame | None, everywhere: set[str], gates: Gates) -> Site:
    run, words = gates.run, gates.words
    rows = [] if reasons is None else _rows(reasons[~reasons["measure"].isin(everywhere)])
    ends = (row["score_low"], row["score_high"])
    shares = (_share(ends[0]), _share(row["score_likely"]), _share(ends[1]))
    located = not missing(row.get("lat")) and not missing(row.get("lon"))
    rank = None if missing(row["rank"]) else int(row["rank"])
    return Site(
        id=str(row["site_id"]),
        rank=rank,
        name=text(row.get("name")) or str(row["site_id"]),
        owner=owner(row.get("owner"), words),
        place=text(row.get("jurisdiction")),
        status=text(row.get("status")),
        score=figures.likely(row["score_likely"], *ends, words),
        likely=figures.score(row["score_likely"], words),
        between=figures.between(*ends, words),
        shares=shares,
        coverage=figures.percent(row.get("coverage"), words),
        by_line=_by_line(row["straight_line_share"], words),
        area="" if missing(row.get("area_m2")) else figures.area(row["area_m2"], words),
        homes=_homes(row.get("capacity_units"), words),
        apn=text(row.get("apn")),
        shape=_shape(row.get("shape"), words),
        excluded_because=gates.said(row.get("excluded_because")),
        conditions=gates.said(row.get("conditions")),
        own_conditions=gates.own(row.get("conditions")),
        blockers=text(row.get("blockers")),
        note=text(row.get("note")),
        margin_m=run.margins_m.get(str(row["site_id"])),
        at=(float(row["lat"]), float(row["lon"])) if located else None,
        style="excluded" if rank is None else f"score-{min(int(shares[1] * 5), 4) + 1}",
        reasons=tuple(reason(r, run, words) for r in rows),
    )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


def _listed(run: runs.Run, words: Words) -> str:
    """What a page says when it does not list every ranked site."""
    if len(run.ranked) <= MOST:
        return ""
    return words.say(
        "The best {most} of {n} ranked sites are listed here and drawn on the map; all of them are in sites.csv.",
        most=figures.number(MOST, words),
        n=figures.number(len(run.ranked), words),
    )


def _detour(run: runs.Run, words: Words) -> str:
    line = run.manifest.get("parameters", {}).get("straight_line")
    likely = line.get("likely") if isinstance(line, dict) else None
    return words.say("not known") if likely is None else figures.number(float(likely), words, 1)


def _homes(units: Any, words: Words) -> str:
    return words.say("not known") if missing(units) else figures.number(float(units), words)


def _by_line(share: Any, words: Words) -> str:
    if missing(share):
        return words.say("how much of the weight is a straight line is not known")
    return words.say("{share} of the weight is a straight line, not a walk", share=figures.percent(share, words))


def _shape(value: Any, words: Words) -> str:
    return {
        "parcel": words.say("the parcel's outline"),
        "cell": words.say("a square of a grid"),
        "point": words.say("a point: its outline is not known"),
    }.get(text(value), "")


def _share(value: Any) -> float:
    return 0.0 if missing(value) else min(max(float(value), 0.0), 1.0)
