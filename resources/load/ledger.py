"""What became of each row of a file: read = kept + repaired + rejected, and every change listed."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

COLUMNS = ("layer", "file", "row", "field", "outcome", "reason", "remedy")


@dataclass(frozen=True)
class Line:
    """One thing that happened; `outcome` is repaired, rejected or caution (taken as is); no `row`: the whole file."""

    layer: str
    file: str
    row: int | None
    field: str
    outcome: str
    reason: str
    remedy: str


@dataclass
class Ledger:
    """The account of one file, written while it is read; a row rejected counts as rejected however often repaired."""

    layer: str
    file: str
    read: int = 0
    lines: list[Line] = field(default_factory=list)
    _repaired: set[int] = field(default_factory=set)
    _rejected: set[int] = field(default_factory=set)

    def repair(self, row: int, field: str, reason: str, remedy: str) -> None:
        """A row taken after a change."""
        self._repaired.add(row)
        self._enter(row, field, "repaired", reason, remedy)

    def reject(self, row: int, field: str, reason: str, remedy: str) -> None:
        """A row not taken."""
        self._rejected.add(row)
        self._enter(row, field, "rejected", reason, remedy)

    def caution(self, row: int | None, field: str, reason: str, remedy: str) -> None:
        """Something that a reader should know; it changes nothing and is not counted."""
        self._enter(row, field, "caution", reason, remedy)

    @property
    def rejected(self) -> int:
        """Rows not taken."""
        return len(self._rejected)

    @property
    def repaired(self) -> int:
        """Rows taken after a change."""
        return len(self._repaired - self._rejected)

    @property
    def kept(self) -> int:
        """Rows taken as they were."""
        return self.read - self.repaired - self.rejected

    def _enter(self, row: int | None, field: str, outcome: str, reason: str, remedy: str) -> None:
        self.lines.append(Line(self.layer, self.file, row, field, outcome, reason, remedy))


def write(ledgers: Sequence[Ledger], path: Path) -> None:
    """Writes all lines as CSV with the columns of COLUMNS; beside the target first, then renamed."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(COLUMNS)
            for line in (line for ledger in ledgers for line in ledger.lines):
                values = ["" if (v := getattr(line, column)) is None else v for column in COLUMNS]
                rows.writerow([f"'{v}" if str(v)[:1] in "=+-@" and v else v for v in values])  # no formula in Excel
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
