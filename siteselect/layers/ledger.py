"""What became of each row of a layer: read = kept + repaired + rejected, and every change listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

COLUMNS = ["layer", "file", "row", "rows", "field", "outcome", "reason", "remedy"]


@dataclass(frozen=True)
class Report:
    """The account of one layer.

    read = kept + repaired + rejected, in rows.  `lines` is a table with the columns of `COLUMNS`: one line for each
    rejection, repair or caution; `row` is the line of a text file (its header is line 1) or the number of a feature
    (the first is 1), and is missing where the line speaks for a whole file; `rows` says for how many rows it speaks.
    A caution changes nothing and is not counted.  `notes` are sentences about the layer as a whole.
    """

    layer: str
    read: int
    kept: int
    repaired: int
    rejected: int
    lines: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.read != self.kept + self.repaired + self.rejected:
            raise AssertionError(f"{self.layer}: {self.read} read is not kept + repaired + rejected")


@dataclass
class Ledger:
    """Collects what happens to the rows of one layer while it is being read.

    Positions are 0-based places in the table as it was read.  A row that is rejected counts as rejected, however often
    it was repaired before; a row repaired twice counts once.  With `names`, a text or None for each row, a rejected row
    has a line of its own that begins with its name, so that who looks for it finds it.
    """

    layer: str
    files: np.ndarray
    rows: np.ndarray
    notes: list[str] = field(default_factory=list)
    names: np.ndarray | None = None
    _lines: list[tuple[object, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._repaired = np.zeros(len(self.rows), bool)
        self._rejected = np.zeros(len(self.rows), bool)

    @classmethod
    def of_file(cls, layer: str, file: str, count: int, first_row: int = 1) -> "Ledger":
        """A ledger for `count` rows of one file, numbered from `first_row`."""
        return cls(layer, np.full(count, file, object), np.arange(first_row, first_row + count))

    @classmethod
    def joined(cls, layer: str, parts: Sequence["Ledger"]) -> "Ledger":
        """One ledger over several files' ledgers, in their order; what they hold is carried over."""
        empty = np.array([], object)
        whole = cls(
            layer,
            np.concatenate([p.files for p in parts]) if parts else empty,
            np.concatenate([p.rows for p in parts]) if parts else empty.astype(int),
        )
        if parts:
            whole._repaired = np.concatenate([p._repaired for p in parts])
            whole._rejected = np.concatenate([p._rejected for p in parts])
        named = [p.names for p in parts if p.names is not None]
        if parts and len(named) == len(parts):
            whole.names = np.concatenate(named)
        for part in parts:
            whole.notes += part.notes
            whole._lines += [(layer, *line[1:]) for line in part._lines]
        return whole

    @property
    def left(self) -> np.ndarray:
        """True for each row that is not rejected."""
        return ~self._rejected

    def repair(self, at: Iterable[int], field: str, reason: str, remedy: str, *, together: bool = False) -> None:
        """Rows taken after a change; with `together`, one line (of the first row's file) speaks for them all."""
        self._enter(at, field, "repaired", reason, remedy, together)

    def reject(self, at: Iterable[int], field: str, reason: str, remedy: str, *, together: bool = False) -> None:
        """Rows not taken; with `together`, one line speaks for them all."""
        self._enter(at, field, "rejected", reason, remedy, together)

    def caution(self, at: Iterable[int], field: str, reason: str, remedy: str, *, together: bool = False) -> None:
        """Rows taken as they are, with something that a reader should know."""
        self._enter(at, field, "caution", reason, remedy, together)

    def report(self) -> Report:
        """The account as it stands."""
        rejected = int(self._rejected.sum())
        repaired = int((self._repaired & ~self._rejected).sum())
        lines = pd.DataFrame(self._lines, columns=COLUMNS)
        lines["row"] = lines["row"].astype("Int64")
        lines["rows"] = lines["rows"].astype("int64")
        read = len(self.rows)
        return Report(self.layer, read, read - repaired - rejected, repaired, rejected, lines, tuple(self.notes))

    def _enter(self, at: Iterable[int], field: str, outcome: str, reason: str, remedy: str, together: bool) -> None:
        places = np.asarray(list(at), dtype=int)
        if not len(places):
            return
        if outcome == "repaired":
            self._repaired[places] = True
        elif outcome == "rejected":
            self._rejected[places] = True
        by_name = self.names if outcome == "rejected" else None
        if together and by_name is None:
            for file in dict.fromkeys(self.files[places]):  # one line a file, in the files' order
                count = int((self.files[places] == file).sum())
                self._lines.append((self.layer, file, None, count, field, outcome, reason, remedy))
        else:
            for place in places:
                name = by_name[place] if by_name is not None else None
                said = f"{name!r}: {reason}" if name else reason
                self._lines.append(
                    (self.layer, self.files[place], int(self.rows[place]), 1, field, outcome, said, remedy)
                )
