"""One cell -> a number, a date, a zip; what cannot be read is unknown and said so, never 0."""

from __future__ import annotations

import datetime as dt
import re

from resources.load.delimited import Row
from resources.load.ledger import Ledger

#: Years that an inventory can be of; one beyond them would make every other inventory an old one.
YEARS = range(1990, 2100)
_SEASON = re.compile(r"seasonal\s+(\d{4}-\d\d-\d\d)\s*\.\.\s*(\d{4}-\d\d-\d\d)", re.I)
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%dT%H:%M:%S")


def whole(row: Row, ledger: Ledger, *columns: str) -> int | None:
    """A count of things: '1,001' and '12.0' are read, a blank is unknown, anything else is unknown and said."""
    text = row.get(*columns)
    if not text:
        return None
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    if re.fullmatch(r"\d{1,7}(\.0+)?", plain):
        return int(float(plain))
    ledger.repair(
        row.line, row.title(*columns), f"'{text[:40]}' is not a count; it is taken as unknown", "write a whole number"
    )
    return None


def date(row: Row, ledger: Ledger, *columns: str) -> dt.date | None:
    """A day, as 2024-01-26 or 1/26/2024."""
    text = row.get(*columns)
    if not text:
        return None
    for form in _DATES:
        for part in (text, text.split(" ")[0]):
            if found := _day(part, form):
                return found
    ledger.repair(
        row.line, row.title(*columns), f"'{text[:40]}' is not a date; it is taken as unknown", "write YYYY-MM-DD"
    )
    return None


def season(note: str) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of 'seasonal 2023-11-01..2024-03-31' in a note."""
    found = _SEASON.search(note)
    return (_day(found[1], _DATES[0]), _day(found[2], _DATES[0])) if found else (None, None)


def _day(text: str, form: str) -> dt.date | None:
    try:
        found = dt.datetime.strptime(text, form).date()
    except ValueError:
        return None
    return found if found.year in YEARS else None


def year(row: Row, ledger: Ledger) -> int | None:
    """The year of an inventory."""
    found = whole(row, ledger, "year")
    if found is None or found in YEARS:
        return found
    ledger.repair(
        row.line, row.title("year"), f"{found} is not a year of an inventory; it is taken as unknown", "write YYYY"
    )
    return None


def degrees(row: Row, column: str, limit: float) -> float | None:
    """A longitude (limit 180) or latitude (limit 90), or None when it is missing or cannot be one."""
    try:
        value = float(row.get(column))
    except ValueError:
        return None
    return value if -limit <= value <= limit else None


def zip_code(row: Row, ledger: Ledger) -> str | None:
    """Five digits; '#95407', '95407-1234' and '95407.0' are repaired."""
    text = row.get("zip", "postcode")
    if not text:
        return None
    found = re.fullmatch(r"#?\s*(\d{5})(?:-\d{4}|\.0)?", text)
    if found is None:
        ledger.repair(
            row.line,
            row.title("zip", "postcode"),
            f"'{text[:20]}' is not a zip; it is taken as unknown",
            "write five digits",
        )
        return None
    if found.group(1) != text and not re.fullmatch(r"\d{5}-\d{4}", text):
        ledger.repair(
            row.line,
            row.title("zip", "postcode"),
            f"the zip is written '{text[:20]}'; read as {found.group(1)}",
            "write five digits",
        )
    return found.group(1)


def metres(row: Row, ledger: Ledger, column: str) -> float | None:
    """A length above 0 and below 1,000 km; a blank is unknown, anything else is unknown and said."""
    text = row.get(column)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if 0 < value < 1e6:
        return value
    ledger.repair(row.line, row.title(column), f"'{text[:20]}' is not a length; taken as unknown", "write metres")
    return None
