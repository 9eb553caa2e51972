"""Two sites of one run side by side: the figures of each, the points of each, and what makes the difference."""

from collections.abc import Iterator
from typing import Any

from maps import figures
from maps.gates import own
from maps.handover import dossier, exact, legible, phrases, press
from maps.handover import frame as frames
from maps.handover.drawn import bars
from maps.handover.packet import Packet
from maps.words import Words
from siteselect.rank import moves

ENDS = ("low", "likely", "high")


def answer(packet: Packet, one: str, two: str) -> dict[str, Any]:
    """Two sites as plain data: {"run", "sites": [two facts of `dossier.site`], "gap", "rows"}.

    rows: [criterion, label, points_mine, points_theirs, change (theirs less mine)], the largest first; gap is the
    second site's likely score less the first one's.  ConfigError when the run lacks one of them.
    """
    both = [dossier.site(packet, site_id) for site_id in (one, two)]
    rows = moves.side_by_side(packet.held.reasons, one, two).to_dict("records")
    gap = float(both[1]["score"][1]) - float(both[0]["score"][1])
    return {"run": both[0]["run"], "sites": both, "gap": round(gap, 4),
            "rows": [{str(k): dossier.plain(v) for k, v in row.items()} for row in rows]}  # fmt: skip


def said(told: dict[str, Any]) -> Iterator[str]:
    """The answer in lines for a terminal."""
    mine, theirs = told["sites"]
    for word, site in (("A", mine), ("B", theirs)):
        low, likely, high = site["score"]
        place = "not ranked" if site["rank"] is None else f"place {site['rank']} of {site['ranked']}"
        yield f"{word}: {site['site_id']} ({site['name']}), {place}; score {likely:.4f} ({low:.4f} to {high:.4f})"
    figures_ = [{r["criterion"]: r for r in site["reasons"]} for site in (mine, theirs)]
    yield f"{'A':>9} {'B':>9} {'B - A':>9}   criterion (figure of A; of B)"
    for row in told["rows"]:
        values = "; ".join(_figure(side[row["criterion"]]) for side in figures_)
        yield (
            f"{row['points_mine']:9.4f} {row['points_theirs']:9.4f} {row['change']:+9.4f}   {row['label']} ({values})"
        )
    yield f"{mine['score'][1]:9.4f} {theirs['score'][1]:9.4f} {told['gap']:+9.4f}   likely score"


def _figure(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "not known"
    return f"{row['value']:g} {row['unit'] or ''}".strip()


def pdf(packet: Packet, one: str, two: str, words: Words) -> bytes:
    """Both sites on a page, as PDF/UA-1."""
    return press.pdf("pair", data(packet, one, two, words))


def data(packet: Packet, one: str, two: str, words: Words) -> dict[str, Any]:
    """What the template `pair.typ` sets."""
    told = answer(packet, one, two)
    names = [legible.line(site["name"] or site["site_id"], 60) for site in told["sites"]]
    title = words.say("{one} beside {two}", one=names[0], two=names[1])
    by_criterion = [{r["criterion"]: r for r in site["reasons"]} for site in told["sites"]]
    total = sum(float(r["weight"]) for r in told["sites"][0]["reasons"]) or 1.0
    rows = [
        _row(row, [side[row["criterion"]] for side in by_criterion], total, words)
        for row in told["rows"]
        if by_criterion[0][row["criterion"]]["weight"]
    ]
    return {
        **frames.frame(packet, words, title),
        "name": title,
        "kind": frames.when(packet, words),
        "sites": [_column(site, words) for site in told["sites"]],
        "fields": _fields(told["sites"], words),
        "gap": _gap(told["gap"], names, words),
        "criteria": {
            "title": words.say("Criterion by criterion, from what speaks for the second to what speaks for the first"),
            "heads": [words.say("Criterion"), names[0], names[1], words.say("Difference")],
            "rows": rows,
        },
        "notes": [words.say("Difference: the points of the second site less those of the first, of the whole score."),
                  frames.checksum(packet, words)],
    }  # fmt: skip


def _gap(gap: float, names: list[str], words: Words) -> str:
    if gap == 0:
        return words.say("Both have the same likely score.")
    ahead, behind = names if gap < 0 else names[::-1]
    return words.say("{ahead} stands above {behind} by {gap} of the score.", ahead=ahead, behind=behind,
                     gap=exact.score(abs(gap), words))  # fmt: skip


def _column(site: dict[str, Any], words: Words) -> dict[str, Any]:
    low, likely, high = (float(s) for s in site["score"])
    told = exact.score(likely, words)
    return {
        "name": legible.line(f"{site['name']} ({site['site_id']})", 120),
        "bar": {"svg": bars.bar(low, likely, high, 1.0, width=230), "alt": f"{told}, {exact.span(low, high, words)}"},
    }


def _fields(sites: list[dict[str, Any]], words: Words) -> list[list[Any]]:
    def place(site: dict[str, Any]) -> str:
        return words.say("not ranked") if site["rank"] is None else words.say(
            "{rank} of {count}", rank=site["rank"], count=site["ranked"]
        )  # fmt: skip

    def top(site: dict[str, Any]) -> str:
        return "–" if site["firm"] is None else figures.percent(site["firm"]["top3_share"], words)

    def homes(site: dict[str, Any]) -> str:
        held = site["filed"]["capacity_units"]
        return words.say("not known") if held is None else exact.number(held, words)

    rows = [
        (words.say("Rank"), place),
        (words.say("Likely score, of 1"), lambda s: exact.score(s["score"][1], words)),
        (words.say("From least to most"), lambda s: exact.span(s["score"][0], s["score"][2], words)),
        (words.say("Known"), lambda s: figures.percent(s["coverage"], words)),
        (words.say("In the top three"), top),
        (words.say("Area"), lambda s: figures.area(s["filed"]["area_m2"], words)),
        (words.say("Homes it could hold, as filed"), homes),
        (words.say("Status"), lambda s: phrases.stored(s["filed"]["status"], words, 90) or words.say("not known")),
        (words.say("Known blockers"),
         lambda s: phrases.stored(s["filed"]["blockers"], words, 240) or words.say("none filed")),
    ]  # fmt: skip
    return [[label, *(of(site) for site in sites)] for label, of in rows]


def _row(row: dict[str, Any], sides: list[dict[str, Any]], total: float, words: Words) -> dict[str, Any]:
    label = legible.line(own(sides[0], "label", words), 120)
    cells = []
    for side in sides:
        low, likely, high = (float(side[f"points_{end}"]) for end in ENDS)
        most = float(side["weight"]) / total
        told = words.say("{likely} of {most}", likely=exact.score(likely, words), most=exact.score(most, words))
        value = exact.measure(side["value"], side["unit"], words)
        bar = {"svg": bars.bar(low, likely, high, most, width=120), "alt": f"{label}: {told}"}
        cells.append({"bar": bar, "value": value, "points": told, "target": legible.line(side.get("target"), 60)})
    change = float(row["change"])
    return {"label": label, "cells": cells, "change": ("+" if change > 0 else "") + exact.score(change, words)}
