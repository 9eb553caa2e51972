"""The Board's packet: the list with its ranges, its firmness, what is not known, the gates, the method."""

from typing import Any

from maps import figures
from maps.gates import Gates, measure_name, own, owner, text
from maps.handover import acceptability, exact, legible, phrases, press
from maps.handover import frame as frames
from maps.handover.drawn import bars
from maps.handover.grounds import method, sources
from maps.handover.packet import Packet
from maps.handover.phrases import Text
from maps.words import Words

LEADING = 3


def pdf(packet: Packet, words: Words) -> bytes:
    """The whole ranking as PDF/UA-1."""
    return press.pdf("memo", data(packet, words))


def data(packet: Packet, words: Words) -> dict[str, Any]:
    """What the template `memo.typ` sets."""
    place = legible.line(packet.place["name"], 100)
    title = words.say("Ranking of sites: {place}", place=place)
    return {
        **frames.frame(packet, words, title),
        "name": title,
        "kind": frames.when(packet, words),
        "contents": words.say("In this packet"),
        "boxes": _boxes(packet, words),
        "summary": _summary(packet, words),
        "unknown": _unknown(packet, words),
        "list": _list(packet, words),
        "stability": acceptability.section(packet, words),
        "gates": _gates(packet, words),
        "method": method(packet, words),
        "sources": sources(packet, words),
    }


def _boxes(packet: Packet, words: Words) -> list[dict[str, str]]:
    ranked, excluded = packet.run.ranked, packet.run.excluded
    coverage = ranked["coverage"].median() if len(ranked) else None
    boxes = [
        (words.say("Ranked"), str(len(ranked)), words.say("sites, by their likely score")),
        (words.say("Excluded"), str(len(excluded)), words.say("by a gate, each with its reason")),
        (words.say("Known, at the median"), figures.percent(coverage, words),
         words.say("of the weights; the rest is a range")),
        (words.say("Kendall’s tau"), figures.number(packet.stability["tau"], words, 3),
         words.say("of the draws against the order; 1 is the same order")),
    ]  # fmt: skip
    return [{"label": a, "big": b, "small": c} for a, b, c in boxes]


def _firm(packet: Packet, site_id: str, key: str, words: Words) -> str:
    firm = packet.firm_by_site.get(site_id)
    return "–" if firm is None else figures.percent(firm[key], words)


def _summary(packet: Packet, words: Words) -> dict[str, Any]:
    rows = _rows(packet.run.ranked.head(LEADING))
    lines: list[Text] = [words.say(
        "The list goes by the likely score of the policy “{policy}”. Its three leading sites, and how often they stand "
        "there when all weights are drawn:",
        policy=legible.line(own(packet.run.manifest["policy"], "title", words), 120),
    )]  # fmt: skip
    lines += [told for told in (frames.changed(packet, words),) if told]
    return {
        "title": words.say("In short"),
        "lines": lines,
        "items": [acceptability.flip(packet, words)],
        "table": {
            "heads": [words.say("Rank"), words.say("Site"), words.say("Score"), words.say("From least to most"),
                      words.say("First"), words.say("In the top three")],
            "rows": [
                [str(row["rank"]), acceptability.named(row), exact.score(row["score_likely"], words),
                 exact.span(row["score_low"], row["score_high"], words),
                 _firm(packet, row["site_id"], "first_share", words),
                 _firm(packet, row["site_id"], "top3_share", words)]
                for row in rows
            ],
        },
    }  # fmt: skip


def _unknown(packet: Packet, words: Words) -> dict[str, Any]:
    policy = packet.run.manifest.get("policy", {})
    labels = {str(c.get("measure")): phrases.labels({"criteria": [c]}, words)[c["id"]] for c in policy["criteria"]}
    gone = packet.held.manifest.get("unknown_everywhere", [])
    items: list[Text] = [
        phrases.joined(
            f"{labels.get(g['measure']) or measure_name(g['measure'])}:", phrases.stored(g["because"], words)
        )
        for g in gone
    ]
    told = words.say("Nobody knows these for any site. Each counts nothing at the low end of a score and all at the "
                     "high end; none of them is taken for a pass.")  # fmt: skip
    none = words.say("Every measure of the policy is known for at least one site.")
    return {"title": words.say("What is not known for any site"), "lines": [told if items else none], "items": items}


def _list(packet: Packet, words: Words) -> dict[str, Any]:
    return {
        "title": words.say("The list"),
        "legend": words.say(
            "Solid: earned whatever the unknown turns out to be. Hatched: not known, or within a measure's range. "
            "Mark: the likely score, by which the list goes; the unknown counts a half there."
        ),
        "table": {
            "heads": [words.say("Rank"), words.say("Site"), words.say("Owner, place"), words.say("Homes, filed"),
                      words.say("Score"), words.say("Likely, and from least to most"), words.say("Known"),
                      words.say("Top three")],
            "rows": [_listed(packet, row, words) for row in _rows(packet.run.ranked)],
        },
    }  # fmt: skip


def _listed(packet: Packet, row: dict[str, Any], words: Words) -> list[Any]:
    low, middle, high = (float(row[f"score_{end}"]) for end in ("low", "likely", "high"))
    likely, span = exact.score(middle, words), exact.span(low, high, words)
    homes = row["capacity_units"]
    return [
        str(row["rank"]),
        acceptability.named(row),
        legible.line(", ".join(filter(None, (owner(row["owner"], words), text(row["jurisdiction"])))), 70),
        words.say("not known") if figures.missing(homes) else exact.number(float(homes), words),
        {"svg": bars.bar(low, middle, high, 1.0, width=74), "alt": f"{likely}{f', {span}' if span else ''}"},
        f"{likely} ({span})" if span else likely,
        figures.percent(row["coverage"], words),
        _firm(packet, row["site_id"], "top3_share", words),
    ]


def _gates(packet: Packet, words: Words) -> dict[str, Any]:
    policy = packet.held.policy
    out, still = (packet.run.sites[c].fillna("").astype(str) for c in ("excluded_because", "conditions"))
    rows = []
    for gate in policy.gates:
        begins = f"{gate.label}:"
        fails, opens = (sum(any(s.startswith(begins) for s in cell.split("; ")) for cell in c) for c in (out, still))
        label = gate.label_es if words.lang == "es" else gate.label
        on = words.say("on") if gate.on else words.say("off")
        why = gate.why_es if words.lang == "es" else gate.why
        rows.append([legible.line(label, 120), on, str(fails), str(opens),
                     f"{legible.line(why, 240)} ({legible.line(gate.citation, 160)})"])  # fmt: skip
    told = Gates(packet.run, words)
    excluded = [[acceptability.named(row), legible.line(told.said(row["excluded_because"]), 300)]
                for row in _rows(packet.run.excluded)]  # fmt: skip
    return {
        "title": words.say("Gates, and what they exclude"),
        "lines": [words.say("A gate excludes a site whatever its score. A gate that cannot be tested excludes nothing: "
                            "it becomes a condition. A site may fail several.")],
        "table": {"heads": [words.say("Gate"), words.say("Switch"), words.say("Excluded"), words.say("Open"),
                            words.say("Why, and by what rule")], "rows": rows},
        "excluded": {"title": words.say("Excluded sites"), "heads": [words.say("Site"), words.say("Because")],
                     "rows": excluded},
    }  # fmt: skip


def _rows(table: Any) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
