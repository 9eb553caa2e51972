"""A delimited text file, of whatever comma and encoding, as rows of named cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from resources.addresses import words
from resources.errors import FileRefused
from resources.load.ledger import Ledger

#: What a file is, by the columns that only it has, as `words` writes them.
HEADERS: dict[str, tuple[set[str], ...]] = {
    "addresses": ({"housenumber", "street", "lat", "lon"},),
    "inventory": ({"type", "org", "project"}, {"project type", "organization name", "project name"}),
    "offices": ({"address", "city", "what"},),
    "gazetteer": ({"name", "kind", "lon", "lat"},),
}
_TITLES = 10  # a header may stand below a few lines of title


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, its cells by column, and which cells held a byte that is not UTF-8.

    A column goes by its `words`; `titles` are the columns as the file writes them.
    """

    line: int
    cells: dict[str, str]
    odd: frozenset[str]
    titles: Mapping[str, str]

    def get(self, *columns: str) -> str:
        """The first of these columns that the file has, trimmed; empty when there is none."""
        return next((self.cells[c] for c in columns if c in self.cells), "")

    def title(self, *columns: str) -> str:
        """What the file itself calls the first of these columns that it has."""
        return next((self.titles[c] for c in columns if c in self.titles), columns[0])

    @property
    def odd_titles(self) -> str:
        """The columns of the odd cells, for a ledger."""
        return ", ".join(self.titles[c] for c in sorted(self.odd))


@dataclass(frozen=True)
class Sheet:
    """A file that was understood: `kind` is a key of HEADERS."""

    kind: str
    path: Path
    columns: frozenset[str]
    rows: list[Row]
    ledger: Ledger


def read(path: Path) -> Sheet:
    """Reads a file and tells its kind by its header.

    Rows of another length, and the header repeated, are rejected in the ledger; empty lines are not rows.  Raises
    FileRefused for a file that is missing, empty, not text, or has none of the headers in its first ten lines.
    """
    text = _text(path)
    table = _table(path, text)
    at, kind = _header(path, table)
    columns = [words(c) for c in table[at][1]]
    titles = {words(c): " ".join(c.encode("utf-8", "replace").decode().split()) for c in table[at][1]}
    ledger = Ledger(kind, path.name)
    rows = []
    for line, cells in table[at + 1 :]:
        ledger.read += 1
        while len(cells) > len(columns) and not cells[-1].strip():
            cells = cells[:-1]
        if [words(c) for c in cells] == columns:
            ledger.reject(line, "", "the header is repeated here", "delete the line")
        elif len(cells) != len(columns):
            reason = f"the row has {len(cells)} cells where the header has {len(columns)}"
            ledger.reject(line, "", reason, "quote a cell that holds the separator, or add the missing cells")
        else:
            rows.append(_row(line, columns, cells, titles))
    return Sheet(kind, path, frozenset(columns), rows, ledger)


def _text(path: Path) -> str:
    """The file as text; a byte that is not UTF-8 stays as a lone surrogate until its cell is known."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path}: the file cannot be read ({error.strerror}): check its name.") from error
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused(f"{path}: the file is UTF-16: save it as CSV UTF-8.")
    if raw[:2] == b"PK" or b"\0" in raw[:4096]:
        raise FileRefused(f"{path}: the file is not text (a workbook or a database?): save it as CSV UTF-8.")
    if not raw.strip():
        raise FileRefused(f"{path}: the file is empty: get it again.")
    return raw.decode("utf-8-sig", "surrogateescape")


def _table(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Lines that are not empty, each with the number of its first line."""
    separator = max("|,;\t", key="\n".join(text.split("\n", _TITLES)[:_TITLES]).count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    table, start = [], 1
    try:
        for cells in reader:
            if any(c.strip() for c in cells):
                table.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(
            f"{path}: row {start}: the quotation marks do not pair ({error}): repair that row."
        ) from error
    return table


def _header(path: Path, table: list[tuple[int, list[str]]]) -> tuple[int, str]:
    for at, (_line, cells) in enumerate(table[:_TITLES]):
        names = {words(c) for c in cells}
        for kind, needs in HEADERS.items():
            if any(need <= names for need in needs):
                return at, kind
    known = "; ".join(f"{kind}: {', '.join(sorted(needs[0]))}" for kind, needs in HEADERS.items())
    raise FileRefused(f"{path}: row 1: no known header in the first {_TITLES} rows: name the columns as in ({known}).")


def _row(line: int, columns: list[str], cells: list[str], titles: Mapping[str, str]) -> Row:
    odd = set()
    named: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=True):
        value = cell
        if re.search("[\udc80-\udcff]", cell):
            odd.add(column)
            raw = cell.encode("utf-8", "surrogateescape")
            try:
                value = raw.decode("cp1252")
            except UnicodeDecodeError:  # five bytes mean nothing in Windows-1252
                value = raw.decode("latin-1")
        value = "".join(c if c.isprintable() else " " for c in value)
        named.setdefault(column, " ".join(value.split()))
    return Row(line, named, frozenset(odd), titles)
