"""Every criterion of a site as a row: what was reached, the figure and its margin, method, source, date and points."""

from typing import Any

from maps import figures
from maps.gates import own, text
from maps.handover import exact, legible, phrases
from maps.handover.drawn import bars
from maps.handover.packet import Packet
from maps.handover.phrases import Text
from maps.words import Words


class Sources:
    """The sources of a page, numbered as they first come."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._held: dict[tuple[str, str], int] = {}

    def number(self, source: Any, as_of: Any) -> str:
        """The number that stands for a source and its date; empty for no source."""
        if not text(source):
            return ""
        day = figures.day(as_of, self.words) if text(as_of) else self.words.say("not dated")
        at = self._held.setdefault((legible.line(source, 260), legible.line(day, 60)), len(self._held) + 1)
        return f"[{at}]"

    @property
    def lines(self) -> list[Text]:
        """Each source with its number and date."""
        return [phrases.joined(f"[{n}]", phrases.stored(s, self.words), f"({d})") for (s, d), n in self._held.items()]


def section(packet: Packet, facts: dict[str, Any], sources: Sources, words: Words) -> dict[str, Any]:
    """The heads, the rows of the criteria that have a weight, and what a straight line stands for."""
    total = sum(float(r["weight"]) for r in facts["reasons"]) or 1.0
    rows = [_row(r, float(r["weight"]) / total, sources, words) for r in facts["reasons"] if r["weight"]]
    line = packet.held.policy.straight_line
    return {
        "title": words.say("Every criterion: figure, method, source and points"),
        "heads": [
            words.say("Criterion, and what was reached"), words.say("Points"), words.say("Figure, and its margin"),
            words.say("How it was measured"), words.say("Source, date"), words.say("Likely, of most"),
        ],
        "rows": rows,
        "note": words.say(
            "A straight line is taken for a walk {low} to {high} times as long, likely {likely}. Weights and distances "
            "are a local policy, not law.", low=exact.number(line.low, words), high=exact.number(line.high, words),
            likely=exact.number(line.likely, words),
        ),
    }  # fmt: skip


def _row(row: dict[str, Any], most: float, sources: Sources, words: Words) -> dict[str, Any]:
    low, likely, high = (float(row[f"points_{end}"]) for end in ("low", "likely", "high"))
    known = str(row["known"]).lower() == "true"
    label = legible.line(own(row, "label", words), 120)
    told = words.say("{likely} of {most}", likely=exact.score(likely, words), most=exact.score(most, words))
    because = phrases.stored(row.get("unknown_because"), words, 160)
    return {
        "label": label,
        "target": legible.line(row.get("target"), 70),
        "bar": {"svg": bars.bar(low, likely, high, most, width=60), "alt": f"{label}: {told}"},
        "value": exact.measure(row.get("value"), row.get("unit"), words),
        "between": exact.between(row, words) if known else because,
        "method": phrases.stored(row.get("method"), words, 170) if known else words.say("not measured"),
        "source": sources.number(row.get("source"), row.get("as_of")) or "–",
        "day": legible.line(row.get("as_of"), 12),
        "points": told,
        "span": exact.span(low, high, words),
    }
