"""Cells as they were filed -> numbers, texts and dates; what cannot be read is missing and is listed."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from siteselect.errors import ConfigError
from siteselect.layers.ledger import Ledger

_PLAIN = re.compile(r"[-+]?(?:\d+(?:,\d{3})*|\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WITH_UNIT = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:acres?|ac\.?|sq\.?\s*m|m2|m²|(?:du|units?|homes|dwellings)(?:\s*(?:/|per)\s*(?:acre|ac)\.?)?)",
    re.IGNORECASE,
)
EMPTY = frozenset({"", "-", "--", "n/a", "na", "null", "none", "nan", "#n/a"})


def each(cells: pd.Series) -> Iterator[tuple[int, Any]]:
    """Each row's position in the ledger and its cell."""
    return zip(cells.index.to_numpy(), cells, strict=True)


def column(table: pd.DataFrame, name: str, key: str, file: str) -> pd.Series:
    """The column that an option names; ConfigError lists what the file has instead."""
    if name not in table.columns:
        has = ", ".join(str(c) for c in table.columns if c != "geometry")
        if not has:
            raise ConfigError(
                f"{file}: there is no column {name!r}, which {key!r} asks for, since the file has no columns at all; "
                "if it is a Shapefile, put its .dbf file beside it."
            )
        raise ConfigError(f"{file}: there is no column {name!r}, which {key!r} asks for; its columns are {has}.")
    return table[name]


def texts(filed: pd.Series) -> pd.Series:
    """Texts with runs of white space (also no-break spaces) made one space; blanks and missing cells are missing.

    Whole numbers lose the ".0" that some readers give them.
    """
    return mapped(filed, _text)


def mapped(cells: pd.Series, change: Callable[[Any], object]) -> pd.Series:
    """Each cell changed, held as objects: pandas' own map would turn None into NaN.

    What many cells say is changed once; not so where kinds are mixed, since True, 1 and 1.0 are equal and read unlike.
    """
    if pd.api.types.infer_dtype(cells, skipna=True) not in ("string", "floating"):
        return pd.Series([change(cell) for cell in cells], index=cells.index, dtype=object)
    codes, distinct = pd.factorize(cells.to_numpy(object))
    made = np.empty(len(distinct) + 1, object)
    made[:-1] = [change(cell) for cell in distinct.tolist()]
    missing = np.flatnonzero(codes < 0)
    made[-1] = change(cells.iloc[missing[0]]) if len(missing) else None
    return pd.Series(made[codes], index=cells.index, dtype=object)


def joined(table: pd.DataFrame, names: Sequence[str], key: str, file: str, between: str = ", ") -> pd.Series:
    """Several columns as one text, blanks left out; missing where all are blank."""
    parts = [texts(column(table, n, key, file)) for n in names]
    rows = [between.join(str(v) for v in row if v is not None) or None for row in zip(*parts, strict=True)]
    return pd.Series(rows if parts else [None] * len(table), index=table.index, dtype=object)


def names_of(table: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """What the columns say that are there, as one text a row ("A1 Main Street lot"); None where all are blank."""
    there = list(dict.fromkeys(n for n in names if n in table.columns))
    return joined(table, there, "", "", " ").to_numpy(object)


def numbers(filed: pd.Series, ledger: Ledger, field: str) -> pd.Series:
    """Numbers as floats, missing where the cell is blank or cannot be read.

    A number with its unit ("90 du/ac") or with thousands commas is read and listed as repaired; any other text and a
    number too great to be held are listed as repaired with their value missing.  The index holds the rows' positions
    in the ledger.
    """
    if pd.api.types.infer_dtype(filed, skipna=True) == "floating":
        floats = filed.to_numpy(float, na_value=np.nan)
        if not np.isinf(floats).any():
            return pd.Series(floats + 0.0, index=filed.index)  # no -0.0
    values = np.full(len(filed), np.nan)
    unread: dict[str, list[int]] = {}
    cleaned: dict[str, list[int]] = {}
    for i, (position, cell) in enumerate(each(filed)):
        text = _text(cell)
        if text is None or text.casefold() in EMPTY:
            continue
        value, plain = _number(cell, text)
        if not np.isfinite(value):
            unread.setdefault(text, []).append(position)
            continue
        values[i] = value
        if not plain:
            cleaned.setdefault(text, []).append(position)
    for text, at in cleaned.items():
        ledger.repair(at, field, f"{shortened(text)!r} was read as the number in it", "file the number alone")
    for text, at in unread.items():
        reason = f"{shortened(text)!r} is not a number; the value is unknown"
        ledger.repair(at, field, reason, "file a number, or leave it blank")
    return pd.Series(values, index=filed.index)


def _number(cell: object, text: str) -> tuple[float, bool]:
    """The number a cell holds (not finite where there is none), and whether it is all that the cell holds."""
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        return float(text), True
    if _PLAIN.fullmatch(text) and any(c.isdigit() for c in text):
        return float(text.replace(",", "")), "," not in text
    with_unit = _WITH_UNIT.fullmatch(text)
    return (float(with_unit[1]), False) if with_unit else (np.nan, False)


def shortened(text: str) -> str:
    """A cell's text as a message can show it."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def at_most(values: pd.Series, ledger: Ledger, field: str, most: float, what: str, remedy: str) -> pd.Series:
    """The same numbers, missing (and listed as repaired) where they are above `most` or not finite."""
    wrong = (values > most) | np.isinf(values)
    for position, value in each(values[wrong]):
        reason = f"{value:.6g} {what} cannot be meant (more than {most:,.0f}); the value is unknown"
        ledger.repair([position], field, reason, remedy)
    return values.mask(wrong)


def positive(values: pd.Series, ledger: Ledger, field: str, reason: str, remedy: str, *, or_zero: bool) -> pd.Series:
    """The same numbers, missing (and listed as repaired) where they are negative, or zero unless `or_zero`."""
    wrong = (values < 0) if or_zero else (values <= 0)
    ledger.repair(values.index[wrong], field, reason, remedy, together=bool(wrong.sum() > 5))
    return values.mask(wrong)


def unique(names: pd.Series) -> pd.Series:
    """The same names, each later "x" made "x-2", "x-3" and so on, past any that is filed."""
    filed, taken, made = set(names), set(), []
    for name in names:
        number, new = 1, name
        while new in taken or (number > 1 and new in filed):
            number += 1
            new = f"{name}-{number}"
        taken.add(new)
        made.append(new)
    return pd.Series(made, index=names.index, dtype=object)


def dates(filed: pd.Series, pattern: str) -> pd.Series:
    """Dates written as `pattern` says (strptime), missing where the cell is blank or not such a date."""
    return mapped(filed, lambda cell: _date(_text(cell), pattern))


def _text(cell: object) -> str | None:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return " ".join(str(cell).split()) or None


def _date(text: str | None, pattern: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, pattern).date() if text else None
    except ValueError:
        return None
