"""What a ranking stands on: the policy in full, the inputs with their checksums, the feeds, the rows that were lost."""

from typing import Any

from maps import figures
from maps.handover import exact, legible, phrases
from maps.handover import frame as frames
from maps.handover.packet import Packet
from maps.handover.phrases import Text
from maps.ranked import feed_line
from maps.words import Words

MOST_INPUTS = 60  # a county's folder of layers; manifest.json lists every one


def method(packet: Packet, words: Words) -> dict[str, Any]:
    """How the score is made, and every criterion with its weight, its scale and why."""
    policy = packet.held.policy
    line = policy.straight_line
    total = sum(c.weight for c in policy.criteria)
    rows = []
    for c in (c for c in policy.criteria if c.weight):
        label, why = (c.label_es, c.why_es) if words.lang == "es" else (c.label, c.why)
        cited = f" ({legible.line(c.citation, 160)})" if c.citation else ""
        rows.append([legible.line(label, 120), figures.percent(c.weight / total, words), _scale(packet, c, words),
                     legible.line(why, 300) + cited])  # fmt: skip
    return {
        "title": words.say("Method"),
        "lines": [
            words.say("The score is the weighted mean of what each criterion gives, 0 where it earns nothing to 1 "
                      "where it earns everything, on straight lines or steps between (Keeney and Raiffa 1976). What is "
                      "not known counts 0 at the low end, 1 at the high end and a half in the likely score."),
            words.say("How firmly the order holds is told by the share of all weights by which it stays (stochastic "
                      "multicriteria acceptability analysis: Lahdelma, Hokkanen and Salminen 1998)."),
            words.say("A straight line is taken for a walk {low} to {high} times as long, likely {likely}. Weights and "
                      "distances are a local policy, not law.", low=exact.number(line.low, words),
                      high=exact.number(line.high, words), likely=exact.number(line.likely, words)),
            phrases.joined(f"{policy.id}, {policy.edition}:", phrases.stored(policy.why, words, 500),
                           f"({legible.line(policy.citation, 240)})"),
        ],
        "table": {"heads": [words.say("Criterion"), words.say("Weight"), words.say("All of it, and nothing"),
                            words.say("Why")], "rows": rows},
    }  # fmt: skip


def _scale(packet: Packet, criterion: Any, words: Words) -> str:
    units = packet.held.reasons.drop_duplicates("criterion").set_index("criterion")["unit"]
    full, none = (exact.measure(end, units.get(criterion.id), words) for end in criterion.ends)
    return words.say("full marks from {full}, none from {none}", full=full, none=none)


def sources(packet: Packet, words: Words) -> dict[str, Any]:
    """What was read: the mark of the inputs, feeds, each file's checksum, what became of each layer's rows."""
    manifest = packet.held.manifest
    lines: list[Text] = [frames.checksum(packet, words)]
    lines += [phrases.stored(feed_line(feed, words), words) for feed in manifest.get("feeds", [])]
    lines += [phrases.stored(note, words) for note in manifest["place"].get("notes", [])]
    inputs = manifest.get("inputs", [])
    if len(inputs) > MOST_INPUTS:
        lines.append(words.say("{count} files were read; the first {shown} stand here, all of them in manifest.json.",
                               count=len(inputs), shown=MOST_INPUTS))  # fmt: skip
    files = [
        [legible.line(i["path"], 120), legible.line(i["sha256"][:16]), legible.line(i["layer"], 60),
         legible.line(i.get("as_of"), 40) or "–"]
        for i in inputs[:MOST_INPUTS]
    ]  # fmt: skip
    origins = {i["layer"]: f"{i['source']} ({i['licence']})" for i in inputs}
    rows = [
        [legible.line(a["name"], 60), *(figures.number(a[k], words) for k in ("read", "kept", "repaired", "rejected"))]
        for a in manifest.get("layers", [])
    ]
    versions = ", ".join(f"{k} {v}" for k, v in manifest.get("versions", {}).items())
    lines.append(words.say("Made with {versions}.", versions=legible.line(versions, 400)))
    return {
        "title": words.say("Sources and inputs"),
        "lines": lines,
        "tables": [
            {"title": words.say("Rows: read is kept, repaired and rejected together"), "columns": [2.2, 1, 1, 1, 1],
             "heads": [words.say("Layer"), words.say("Read"), words.say("Kept"), words.say("Repaired"),
                       words.say("Rejected")], "rows": rows},
            {"title": words.say("Where each layer is from"), "columns": [1, 2.6],
             "heads": [words.say("Layer"), words.say("Source and licence")],
             "rows": [[legible.line(k, 60), phrases.stored(v, words, 300)] for k, v in origins.items()]},
            {"title": words.say("Files that were read"), "columns": [1.6, 1, 1, 1],
             "heads": [words.say("File"), words.say("SHA-256, first 16"), words.say("Layer"), words.say("As of")],
             "rows": files},
        ],
    }  # fmt: skip
