"""One text file of a feed -> a table of stripped texts, with a ledger that knows each row's line in the file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteselect.errors import FeedRefused
from siteselect.layers.gtfs import rows
from siteselect.layers.ledger import Ledger

LISTED_ROWS = 50  # of one kind; above this, one line speaks for them all and names the first
LISTED_SHAPES = 5  # a whole file is often written with too few cells, which one line says better


@dataclass
class Table:
    """The wanted columns of one file as stripped texts ("" where blank or absent), one row each as read.

    `columns` are those that the file's header has; `ledger` counts by the same places as `frame`.
    """

    file: str
    frame: pd.DataFrame
    columns: frozenset[str]
    ledger: Ledger

    @property
    def left(self) -> np.ndarray:
        """True for each row that is not rejected so far."""
        return self.ledger.left

    def reject(self, where: np.ndarray, field: str, reason: str, remedy: str) -> None:
        """Reject the rows (a mask) that are still left; `{}` in the reason stands for the row's value of `field`."""
        self._enter(self.ledger.reject, where & self.left, field, reason, remedy)

    def repair(self, where: np.ndarray, field: str, reason: str, remedy: str) -> None:
        """List the rows (a mask) as taken after a change."""
        self._enter(self.ledger.repair, where & self.left, field, reason, remedy)

    def caution(self, where: np.ndarray, field: str, reason: str, remedy: str) -> None:
        """List the rows (a mask) as taken with a warning."""
        self._enter(self.ledger.caution, where & self.left, field, reason, remedy)

    def reject_repeated(self, *fields: str) -> None:
        """Of the rows that are left, reject those whose values in `fields` an earlier row has already."""
        held = self.frame.loc[self.left, list(fields)]
        again = np.zeros(len(self.frame), bool)
        again[np.flatnonzero(self.left)] = held.duplicated().to_numpy()
        self.reject(
            again, fields[-1], f"the same {' and '.join(fields)} as an earlier row ({{}})", "keep one of the rows"
        )

    def refuse_if_nothing_is_left(self) -> None:
        """Raise FeedRefused, with the first reason, when no row of a table that every feed needs can be used."""
        if self.left.any():
            return
        lines = self.ledger.report().lines
        lines = lines[lines["outcome"] == "rejected"]
        if lines.empty:
            raise FeedRefused(f"{self.file}: has a header but no row; get the feed again from its publisher")
        first = lines.iloc[0]
        place = "" if pd.isna(first["row"]) else f"row {first['row']}, "
        raise FeedRefused(
            f"{self.file}: none of its {len(self.frame):,} rows can be used; "
            f"{place}{first['field']}: {first['reason']}; {first['remedy']}"
        )

    def _enter(
        self,
        enter: Callable[..., None],
        where: np.ndarray,
        field: str,
        reason: str,
        remedy: str,
        listed: int = LISTED_ROWS,
    ) -> None:
        places = np.flatnonzero(where)
        values = self.frame[field] if field in self.frame and "{}" in reason else None
        if len(places) <= listed:
            for place in places:
                said = reason if values is None else reason.replace("{}", rows.quoted(values.iloc[place]))
                enter([place], field, said, remedy)
            return
        first = ", ".join(str(row) for row in self.ledger.rows[places[:3]])
        some = "" if values is None else ", ".join(rows.quoted(v) for v in values.iloc[places].unique()[:3])
        enter(places, field, f"{reason.replace('{}', some)} (rows {first}, ...)", remedy, together=True)


def numbers(texts: pd.Series) -> np.ndarray:
    """Texts as numbers; NaN where blank, not a number or not finite."""
    read: np.ndarray = pd.to_numeric(texts, errors="coerce").to_numpy(float, na_value=np.nan, copy=True)
    read[~np.isfinite(read)] = np.nan
    return read


def read(data: bytes, file: str, layer: str, wanted: Sequence[str], required: Sequence[str]) -> Table:
    """The `wanted` columns of one file's bytes.

    Survives UTF-8 with bad bytes, byte order marks, UTF-16, NUL, any line end, empty lines, spaces, and rows with too
    few or too many cells; each repair and rejection is in the ledger.  Raises FeedRefused when the file is empty, lacks
    a `required` column, or cannot be split into rows.
    """
    text, notes, damaged = rows.decoded(data, file)
    header, frame, lines, faults = rows.split(text, file, wanted, damaged)
    for column in required:
        if column not in header:
            hint = " (the values must be separated by commas)" if len(header) == 1 else ""
            raise FeedRefused(f"{file}: the column {column} is missing{hint}; add it or get the feed again")
    ledger = Ledger(layer, np.full(len(frame), file, object), lines)
    ledger.notes += notes
    table = Table(file, frame, frozenset(header), ledger)
    alike: dict[tuple[str, ...], list[int]] = {}
    for outcome, places, *said in faults:
        alike.setdefault((outcome, *said), []).extend(places)
    for (outcome, field, reason, remedy), places in alike.items():
        where = np.zeros(len(frame), bool)
        where[places] = True
        if outcome == "rejected":
            table.reject(where, field, reason, remedy)
        else:
            table._enter(ledger.repair, where, field, reason, remedy, LISTED_SHAPES)
    return table
