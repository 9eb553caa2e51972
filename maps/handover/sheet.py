"""One site on two pages: where it stands and why, what is not known, what would lift it, and every source."""

from typing import Any

import pandas as pd

from maps import figures
from maps.gates import Gates, owner
from maps.handover import award, criteria, dossier, exact, legible, lifting, phrases, press
from maps.handover import frame as frames
from maps.handover.drawn import bars, inset
from maps.handover.packet import Packet
from maps.handover.phrases import Text
from maps.words import Words

PAGES = 2
TIGHT = (0, 1, 2, 3)


def pdf(packet: Packet, site_id: str, words: Words) -> bytes:
    """The two pages as PDF/UA-1; ConfigError when the run has no such site."""
    return press.pdf("site", fitted(data(packet, site_id, words)))


def fitted(told: dict[str, Any]) -> dict[str, Any]:
    """The data set as loosely as two pages allow; what does not fit even when set close runs on to a third."""
    for tight in TIGHT:
        closer = told | {"tight": tight}
        if press.count("site", closer) <= PAGES:
            break
    return closer


def data(packet: Packet, site_id: str, words: Words) -> dict[str, Any]:
    """What the template `site.typ` sets: every text ready, numbers written as the run's files hold them.

    tight: 0 sets the page with air, 1 to 3 closer and closer, for a site of which much is filed.
    """
    facts = dossier.site(packet, site_id)
    name = legible.line(facts["name"] or site_id, 110)
    sources = criteria.Sources(words)
    table = criteria.section(packet, facts, sources, words)
    return {
        **frames.frame(packet, words, f"{name} ({legible.line(site_id, 60)})"),
        "tight": 0,
        "name": name,
        "kind": frames.when(packet, words),
        "line": _line(facts, words),
        "boxes": _boxes(facts, words),
        "score": _score(facts, words),
        "map": _map(packet, facts, words),
        "facts": {"title": words.say("The land, as filed"), "rows": _filed(facts, words)},
        "parts": [*_standing(packet, facts, words), *_firm(packet, facts, words)],
        "lifts": lifting.section(packet, facts, words),
        "criteria": table,
        "points": award.section(packet.scored, facts["points"], sources, words),
        "sources": {"title": words.say("Sources, credits and checks"), "lines": sources.lines,
                    "notes": _notes(packet, words)},
    }  # fmt: skip


def _line(facts: dict[str, Any], words: Words) -> str:
    filed = facts["filed"]
    parts = [
        words.say("Site {id}", id=legible.line(facts["site_id"], 60)),
        words.say("APN {apn}", apn=legible.line(filed["apn"], 40)) if filed["apn"] else words.say("APN not known"),
        words.say("Owner: {owner}", owner=owner(filed["owner"], words)),
        legible.line(filed["jurisdiction"], 60),
    ]
    return " · ".join(filter(None, parts))


def _boxes(facts: dict[str, Any], words: Words) -> list[dict[str, str]]:
    low, likely, high = facts["score"]
    firm = facts["firm"]
    rank = words.say("not ranked") if facts["rank"] is None else words.say(
        "{rank} of {count}", rank=facts["rank"], count=facts["ranked"]
    )  # fmt: skip
    places = words.say("it fails a gate, see below")
    if firm:
        places = words.say("place {low} to {high} under other weights", low=firm["rank_low"], high=firm["rank_high"])
    boxes = [
        (words.say("Rank"), rank, places),
        (words.say("Likely score, of 1"), exact.score(likely, words), exact.span(low, high, words)),
        (words.say("Known"), figures.percent(facts["coverage"], words),
         words.say("of the weights; the rest is a range")),
    ]  # fmt: skip
    if firm:
        top = words.say("of the draws; first in {share}", share=figures.percent(firm["first_share"], words))
        boxes.append((words.say("In the top three"), figures.percent(firm["top3_share"], words), top))
    return [{"label": a, "big": b, "small": c} for a, b, c in boxes]


def _score(facts: dict[str, Any], words: Words) -> dict[str, Any]:
    """The whole score and each group's part of it, as bars."""
    reasons = pd.DataFrame(facts["reasons"])
    total = float(reasons["weight"].sum()) or 1.0
    rows = [_bar_row(words.say("Whole score"), [float(s) for s in facts["score"]], 1.0, words, strong=True)]
    for name, part in reasons.groupby("group", sort=False):
        most = float(part["weight"].sum()) / total
        if most > 0:
            ends = [float(part[f"points_{end}"].sum()) for end in ("low", "likely", "high")]
            rows.append(_bar_row(phrases.group(str(name), words), ends, most, words))
    return {
        "title": words.say("The score and its parts"),
        "heads": [words.say("Part"), words.say("Earned"), words.say("Likely, and from least to most")],
        "rows": rows,
        "legend": words.say(
            "Solid: earned whatever the unknown turns out to be. Hatched: not known, or within a measure's range. "
            "Mark: the likely score, by which the list goes; the unknown counts a half there."
        ),
    }


def _bar_row(label: str, ends: list[float], most: float, words: Words, strong: bool = False) -> dict[str, Any]:
    low, likely, high = ends
    span = exact.span(low, high, words)
    told = words.say("{likely} of {most}", likely=exact.score(likely, words), most=exact.score(most, words))
    bar = {"svg": bars.bar(low, likely, high, most, width=230), "alt": f"{label}: {told}{f', {span}' if span else ''}"}
    return {"label": label, "bar": bar, "told": f"{told}{f' ({span})' if span else ''}", "strong": strong}


def _map(packet: Packet, facts: dict[str, Any], words: Words) -> dict[str, Any]:
    title, filed = words.say("Where it lies"), facts["filed"]
    if filed["lon"] is None or filed["lat"] is None:
        return {"title": title, "picture": None, "caption": words.say("Where it lies is not known.")}
    others = packet.run.sites[packet.run.sites["lon"].notna() & (packet.run.sites["site_id"] != facts["site_id"])]
    spots = [
        spot
        for name, lon, lat in zip(others["name"], others["lon"], others["lat"], strict=True)
        if inset.shows(filed, spot := inset.Spot(legible.line(name, 60), float(lon), float(lat), site=True))
    ]
    reached = [spot for spot in _reached(facts) if inset.shows(filed, spot)]
    outline = packet.run.outlines.get(facts["site_id"])
    background = [f | {"name": legible.line(f.get("name"), 40)} for f in packet.run.background]
    half = words.say("half a mile, straight line")
    alt = words.say(
        "Map of {name}: the site in the middle, half a mile round it, {count} other sites of the list in view, a scale "
        "bar, north up.", name=legible.line(facts["name"], 80), count=len(spots),
    )  # fmt: skip
    return {
        "title": title,
        "picture": {"svg": inset.inset(filed, outline, background, [*spots, *reached], half), "alt": alt},
        "caption": phrases.joined(
            words.say("Red: the site. Open circles: other sites of the list."),
            words.say("Squares: what was reached.") if reached else "", _drawn_as(filed, words),
            words.say("Outlines: background.geojson of this run; its credits are on the last page."),
        ),
    }  # fmt: skip


def _reached(facts: dict[str, Any]) -> list[inset.Spot]:
    """The stops and services that the figures reach, once each, where the reasons hold target_lon and target_lat."""
    found = {}
    for row in facts["reasons"]:
        name, lon, lat = row.get("target"), row.get("target_lon"), row.get("target_lat")
        if name is not None and lon is not None and lat is not None:
            told = legible.line(name, 60).replace(legible.BREAK, "")
            found[told, lon, lat] = inset.Spot(told, float(lon), float(lat), site=False)
    return list(found.values())


def _drawn_as(filed: dict[str, Any], words: Words) -> str:
    if filed["margin_m"]:
        margin = exact.metres(filed["margin_m"], words)
        return words.say("The real site lies within {margin} of its point.", margin=margin)
    return "" if filed["shape"] == "parcel" else words.say("Its outline is not known.")


def _filed(facts: dict[str, Any], words: Words) -> list[tuple[str, Text]]:
    filed, units = facts["filed"], facts["units"]
    unknown = words.say("not known")

    def figure(value: float | None) -> str:
        return unknown if value is None else exact.number(value, words)

    net = units["net_acres"]
    return [
        (words.say("Area"), figures.area(filed["area_m2"], words)),
        (words.say("Net developable"), unknown if net is None else words.say("{n} acres", n=exact.number(net, words))),
        (words.say("Zoning"), legible.line(filed["zoning"], 60) or unknown),
        (words.say("Homes an acre, at most"), figure(filed["density_max_per_acre"])),
        (words.say("Homes it could hold, as filed"), figure(filed["capacity_units"])),
        (words.say("Homes, our estimate"), _units(units, words)),
        (words.say("Status"), phrases.stored(filed["status"], words, 90) or unknown),
        (words.say("Known blockers"), phrases.stored(filed["blockers"], words, 240) or words.say("none filed")),
        (words.say("Note"), phrases.stored(filed["note"], words, 200) or words.say("none filed")),
    ]


def _units(units: dict[str, Any], words: Words) -> str:
    if units["high"] is None:
        return words.say("not known: it needs the net acres and the homes an acre")
    if units["low"] is None:
        return words.say("ESTIMATE: at most {high}, net acres times homes an acre", high=units["high"])
    return words.say(
        "ESTIMATE: {low} to {high}, net acres times homes an acre", low=units["low"], high=units["high"]
    )  # fmt: skip


def _standing(packet: Packet, facts: dict[str, Any], words: Words) -> list[dict[str, Any]]:
    """The gates: what keeps it out, and what is still open."""
    gates = Gates(packet.run, words)
    known = {g.id: g for g in packet.held.policy.gates if g.on}
    if not known:
        return []

    def item(gate: dict[str, str], out: bool) -> Text:
        cited = f"({legible.line(gate['citation'], 160)})"
        said = phrases.joined(_gate_said(gates, gate["found"], words), cited)
        if not out:
            return said
        change = phrases.stored(f"{gate['change']}.", words)
        if known[gate["gate"]].field == "located":
            change = words.say("its place would have to be known.")
        return phrases.joined(said, words.say("To be admitted:"), change)

    out = [item(g, True) for g in facts["excluded"]]
    still = [item(g, False) for g in facts["conditions"]]
    passed = len(known) - len(out) - len(still)
    count = words.say("Of {gates} gates it passes {passed}, fails {failed}, and {still} cannot be told yet.",
                      gates=len(known), passed=passed, failed=len(out), still=len(still))  # fmt: skip
    return [{"title": words.say("Gates and conditions"), "lines": [count], "items": [*out, *still]}]


def _gate_said(gates: Gates, found: str, words: Words) -> Text:
    said = legible.line(gates.said(found))
    return f"{said}." if said else phrases.stored(found, words)


def _firm(packet: Packet, facts: dict[str, Any], words: Words) -> list[dict[str, Any]]:
    """How firmly it stands where it stands."""
    lines: list[Text] = []
    if firm := facts["firm"]:
        lines.append(words.say(
            "Over {draws} draws of all weights there are (seed {seed}) it stands first in {first}, among the top "
            "three in {top}, at place {low} to {high}. With the unknown drawn too: {first2}, {top2}, place {low2} to "
            "{high2}.",
            draws=figures.number(packet.stability["draws"] or packet.draws, words), seed=packet.stability["seed"],
            first=figures.percent(firm["first_share"], words), top=figures.percent(firm["top3_share"], words),
            low=firm["rank_low"], high=firm["rank_high"],
            first2=figures.percent(firm["first_share_unknowns"], words),
            top2=figures.percent(firm["top3_share_unknowns"], words),
            low2=firm["rank_low_unknowns"], high2=firm["rank_high_unknowns"],
        ))  # fmt: skip
    return [{"title": words.say("How firmly it holds"), "lines": lines, "items": []}] if lines else []


def _notes(packet: Packet, words: Words) -> list[Text]:
    credits_ = "; ".join(packet.held.manifest.get("credits", []))
    told: list[Text] = [
        phrases.joined(words.say("Credits:"), phrases.stored(credits_, words, 900)),
        frames.changed(packet, words),
        frames.checksum(packet, words),
        words.say(
            "Scores and measures stand here as sites.csv and reasons.csv hold them; points are rounded to four "
            "decimals."
        ),
    ]
    return [note for note in told if note]
