"""Text for the pages as the templates take it: a string, or parts of which each may be in another language."""

from typing import Any

from maps.gates import own
from maps.handover import legible
from maps.words import Words

Text = str | list[dict[str, str]]


def stored(text: object, words: Words, most: int = legible.LONGEST) -> Text:
    """Text that came with the data: ours translated, a publisher's as it was written and marked as English."""
    plain = legible.line(text, most)
    parts = words.parts(plain) if plain else []
    if all(ours for _, ours in parts):
        return " ".join(part for part, _ in parts)
    return [{"t": part} if ours else {"t": part, "lang": "en"} for part, ours in parts]


def joined(*texts: Text) -> Text:
    """Texts one after another; empty ones go."""
    some = [t for t in texts if t]
    if all(isinstance(t, str) for t in some):
        return " ".join(str(t) for t in some)
    return [part for t in some for part in ([{"t": t}] if isinstance(t, str) else t)]


def labels(policy: dict[str, Any], words: Words) -> dict[str, str]:
    """Each criterion's label in the page's language, by its id."""
    return {str(c["id"]): legible.line(own(c, "label", words), 120) for c in policy.get("criteria", [])}


def group(name: str, words: Words) -> str:
    """The name of a group of criteria."""
    return {
        "transit": words.say("Transit"),
        "services": words.say("Services"),
        "land": words.say("Land"),
        "hazards": words.say("Hazards"),
        "people": words.say("People"),
    }.get(name, name)
