"""Numbers as the run's files hold them: a page that a Board is handed rounds nothing that the tables do not."""

from typing import Any

from maps import figures
from maps.figures import M_PER_MILE, missing
from maps.words import Words


def score(value: Any, words: Words) -> str:
    """A score or a share of it, to the four decimals of sites.csv."""
    return words.say("not known") if missing(value) else figures.number(float(value), words, 4)


def span(low: Any, high: Any, words: Words) -> str:
    """A range of scores; empty where both ends are the same."""
    first, last = score(low, words), score(high, words)
    return "" if first == last else words.say("{low} to {high}", low=first, high=last)


def number(value: float, words: Words) -> str:
    """A number with up to two decimals, as few as it has."""
    decimals = next((d for d in (0, 1) if round(value, d) == round(value, 2)), 2)
    return figures.number(value, words, decimals)


def measure(value: Any, unit: Any, words: Words) -> str:
    """A measure in its unit: metres with a decimal where there is one, miles first."""
    if missing(value):
        return words.say("not known")
    if unit == "m":
        miles = float(value) / M_PER_MILE
        return f"{figures.number(miles, words, 2)} mi ({metres(float(value), words)})"
    return figures.value(value, unit, words)


def metres(value: float, words: Words) -> str:
    """Metres to the decimetre, the precision of the tables."""
    return f"{number(round(value, 1), words)}\u00a0m"


def between(row: dict[str, Any], words: Words) -> str:
    """How far a measure may be off, as its method leaves it open; empty where it is what it is."""
    low, likely, high = (row.get(end) for end in ("low", "likely", "high"))
    if missing(low) or missing(high) or low == high:
        return ""
    unit = row.get("unit")

    def short(value: Any) -> str:
        return metres(float(value), words) if unit == "m" else measure(value, unit, words)

    first, last = short(low), short(high)
    if missing(likely) or likely == row.get("value"):
        return words.say("{low} to {high}", low=first, high=last)
    return words.say("likely {likely}, {low} to {high}", likely=short(likely), low=first, high=last)
