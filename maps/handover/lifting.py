"""What alone would lift a site level with the next one up, in the page's language."""

from typing import Any

from maps import figures
from maps.handover import exact, legible, phrases
from maps.handover.packet import Packet
from maps.words import Words

MOST = 5


def section(packet: Packet, facts: dict[str, Any], words: Words) -> list[dict[str, Any]]:
    """One section of a page, or none where no site stands above; `facts` as `dossier.site` gives them."""
    above, gap = facts["above"], facts["gap"]
    if above is None or gap is None or gap <= 0:
        return []
    labels = phrases.labels(packet.run.manifest.get("policy", {}), words)
    items = [_lift(lift, labels, words) for lift in facts["lifts"][:MOST]]
    named = legible.line(f"{above['name']} ({above['site_id']})", 120)
    told = words.say("It lacks {gap} to {name}, at place {rank}.", gap=exact.score(gap, words), name=named,
                     rank=above["rank"])  # fmt: skip
    more = words.say("Any one of these alone would lift it level:") if items else words.say(
        "No single change would lift it level."
    )  # fmt: skip
    return [{"title": words.say("What would lift it"), "lines": [f"{told} {more}"], "items": items}]


def _lift(lift: dict[str, Any], labels: dict[str, str], words: Words) -> str:
    label = labels.get(lift["criterion"], legible.line(lift["label"], 120))
    if lift["kind"] == "weight":
        return words.say("the weight of “{label}” at {needed} instead of {value}", label=label,
                         needed=exact.number(lift["needed"], words),
                         value=exact.number(lift["value"], words))  # fmt: skip
    if lift["kind"] == "unknown":
        return words.say("“{label}”, not known and counted as 0.50 of 1, turning out to be worth {needed}", label=label,
                         needed=figures.number(lift["needed"], words, 3))  # fmt: skip
    return words.say(
        "“{label}”: {needed} instead of {value}, the likely figure", label=label,
        needed=exact.measure(lift["needed"], lift["unit"], words),
        value=exact.measure(lift["value"], lift["unit"], words),
    )  # fmt: skip
