"""How a number, a date or a distance is written: one place, so that every page writes it alike."""

import datetime as dt
import math
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from maps.words import Words

M_PER_MILE = 1609.344
M2_PER_ACRE = 4046.8564224


def missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT or NA."""
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def number(value: float, words: Words, decimals: int = 0) -> str:
    """A number with a comma between thousands and as many decimals as asked."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return _written(value, pattern, words)


def score(value: Any, words: Words) -> str:
    """A score, a share of the score or a coverage (0 to 1), to three decimals as in the files."""
    return words.say("not known") if missing(value) else number(float(value), words, 3)


def percent(share: Any, words: Words) -> str:
    """A share (0 to 1) in percent, with one decimal where it is not whole."""
    if missing(share):
        return words.say("not known")
    hundredths = round(100 * float(share), 1)
    # the sign stays on the number's line
    return f"{number(hundredths, words, 0 if hundredths == int(hundredths) else 1)}\u00a0%"


def between(low: Any, high: Any, words: Words) -> str:
    """The range of a score in words; empty where both ends are written alike, or an end is not known."""
    first, last = score(low, words), score(high, words)
    if missing(low) or missing(high) or first == last:
        return ""
    return words.say("between {low} and {high}", low=first, high=last)


def likely(middle: Any, low: Any, high: Any, words: Words) -> str:
    """A likely score with its range; the score alone where the range is written as one number."""
    return ", ".join(filter(None, (score(middle, words), between(low, high, words))))


def distance(metres: Any, words: Words) -> str:
    """A distance in miles and in metres or kilometres."""
    if missing(metres):
        return words.say("not known")
    m = float(metres)
    metric = f"{number(m, words)} m" if m < 1000 else f"{number(m / 1000, words, 1)} km"
    miles = m / M_PER_MILE
    return f"{number(miles, words, 2 if miles < 1 else 1)} mi ({metric})"


def area(m2: Any, words: Words) -> str:
    """An area in acres and in square metres."""
    if missing(m2):
        return words.say("not known")
    acres = words.say("{n} acres", n=number(float(m2) / M2_PER_ACRE, words, 2))
    return f"{acres} ({number(float(m2), words)} m²)"


def value(amount: Any, unit: Any, words: Words) -> str:
    """A measure with its unit, written as every page writes it; `not known` when it is missing."""
    if missing(amount):
        return words.say("not known")
    amount = float(amount)
    name = "" if missing(unit) else str(unit)
    if name == "m":
        return distance(amount, words)
    if name == "m2":
        return area(amount, words)
    if name in ("percent", "%"):
        return percent(amount / 100, words)
    if name.startswith("share"):
        return percent(amount, words)
    amount_words = _written(amount, "#,##0.##", words)
    return f"{amount_words} {_unit_words(words).get(name, name)}".rstrip()


def _written(value: float, pattern: str, words: Words) -> str:
    text = str(format_decimal(value, pattern, locale=words.formats))
    # what rounds to nothing has no sign
    return text if any(digit in text for digit in "123456789") else text.lstrip("-")


def _unit_words(words: Words) -> dict[str, str]:
    return {
        "departures an hour": words.say("departures an hour"),
        "per_hour": words.say("departures an hour"),
        "min": words.say("minutes"),
        "minutes": words.say("minutes"),
        "people": words.say("people"),
        "jobs": words.say("jobs"),
        "units": words.say("homes"),
    }


def day(value: Any, words: Words, weekday: bool = False) -> str:
    """A calendar day in words; text that is not a day stays as it is."""
    when = _day_of(value)
    if when is None:
        return words.say("not known") if missing(value) else str(value)
    if words.lang == "es":
        pattern = "EEEE d 'de' MMMM 'de' y" if weekday else "d 'de' MMMM 'de' y"
    else:
        pattern = "EEEE d MMMM y" if weekday else "d MMMM y"
    return format_date(when, pattern, locale=words.formats)


def moment(value: dt.datetime, words: Words, zone: ZoneInfo) -> str:
    """An instant as day and clock time in the place's own time zone."""
    pattern = "d 'de' MMMM 'de' y, HH:mm zzz" if words.lang == "es" else "d MMMM y, HH:mm zzz"
    return format_datetime(value, pattern, tzinfo=zone, locale="es_US" if words.lang == "es" else "en_US")


def age(hours: float, words: Words) -> str:
    """How old a count is: hours up to two days, then days, then years."""
    if hours < 1:
        return words.say("less than an hour old")
    if hours < 48:
        return words.count("{n} hour old", "{n} hours old", int(hours))
    days = int(hours // 24)
    if days < 730:
        return words.count("{n} day old", "{n} days old", days)
    return words.count("{n} year old", "{n} years old", days // 365)


def _day_of(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value[:10]) if len(value) >= 10 else None
        except ValueError:
            return None
    return None
