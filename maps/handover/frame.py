"""What stands on every page that is handed over: title, language, day, the sketch's warning, the mark of the inputs."""

import datetime as dt
from typing import Any

from maps import figures, ranked
from maps.gates import own
from maps.handover import legible, phrases
from maps.handover.packet import Packet
from maps.words import Words

MARK = 16  # hexadecimal digits of the manifest's checksum in the footer; the sources give all 64


def frame(packet: Packet, words: Words, title: str) -> dict[str, Any]:
    """The template's common data: title, author, keywords, day, lang, footer, page, sketch."""
    place = packet.place
    day = dt.date.fromisoformat(str(place["day"]))
    policy = packet.held.policy
    return {
        "title": legible.line(title, 200),
        "author": "Homeground",
        "keywords": [legible.line(place["name"], 100), policy.id, policy.edition, f"manifest sha256 {packet.mark}"],
        "day": [day.year, day.month, day.day],
        "lang": words.lang,
        "page": words.say("page {n} of {m}", n="{n}", m="{m}"),
        "footer": words.say(
            "{place} · {day} · policy {policy}, edition {edition} · inputs {mark}",
            place=legible.line(place["name"], 60),
            day=figures.day(place["day"], words), policy=policy.id, edition=policy.edition, mark=packet.mark[:MARK],
        ),
        "sketch": phrases.stored(place["sketch"], words) or None,
    }  # fmt: skip


def when(packet: Packet, words: Words) -> str:
    """The place, the analysis day and its hours, and the policy by its title."""
    place = packet.place
    policy = packet.run.manifest.get("policy", {})
    parts = [
        legible.line(place["name"], 100),
        figures.day(place["day"], words, weekday=True),
        ranked.hours(place.get("hours")),
        legible.line(own(policy, "title", words), 120),
    ]
    return " · ".join(filter(None, parts))


def changed(packet: Packet, words: Words) -> str:
    """What was changed of the policy's weights and gates for this run; empty where nothing was."""
    told = ", ".join(packet.held.policy.changed)
    return words.say("Changed for this run: {changes}.", changes=legible.line(told)) if told else ""


def checksum(packet: Packet, words: Words) -> str:
    """How the figures can be checked against their inputs."""
    return words.say(
        "Inputs: manifest.json of this run has, without its seal, the SHA-256 {mark}; it lists every file that was "
        "read, with its own "
        "checksum, source and licence.",
        mark=legible.line(packet.mark),
    )
