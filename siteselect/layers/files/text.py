"""Delimited text in any common encoding -> a table of texts, with each row's physical line."""

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from siteselect.errors import FileRefused
from siteselect.layers.files.formats import MOST_BYTES, sniff
from siteselect.layers.ledger import Ledger

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BAD = "�"


def read_table(path: Path, layer: str, shown: str | None = None) -> tuple[pd.DataFrame, Ledger]:
    """A CSV, TSV or PSV file (also .gz) as texts, and what became of each row.

    Each column is text without white space at its ends; a blank cell is missing.  The index is the row's position in
    the ledger, whose `row` is the physical line where the row begins; rejected rows are left out.  A row that has
    not as many cells as the header is rejected, unless it only has blank cells too many.  FileRefused for an empty
    file, one that is no table, or one that swells past 500 MB.
    """
    name = shown or path.name
    if sniff(path, name) != "text":
        raise FileRefused(f"{name}: not a table of text; give a CSV file.")
    text, notes, damaged = _decoded(_bytes(path, name), name)
    nul_lines = {i for i, line in enumerate(text.split("\n"), 1) if "\x00" in line} if "\x00" in text else set()
    text = text.replace("\x00", "")
    delimiter = _delimiter(text)
    header, lines, records = _records(text, delimiter, name)
    ledger = Ledger(layer, np.full(len(records), name, object), np.array(lines, dtype=int))
    ledger.notes += [f"{name}: {note}" for note in notes]
    columns, renamed = unique_names(header)
    if renamed:
        ledger.notes.append(
            f"{name}: the header says {', '.join(renamed)} more than once; the later ones are numbered."
        )
    _list_bytes(ledger, lines, damaged, nul_lines)
    whole = _even(ledger, records, lines, len(columns))
    cells = [[cell.strip() or None for cell in records[i][: len(columns)]] for i in whole]
    return pd.DataFrame(cells, columns=columns, index=whole, dtype=object), ledger


def unique_names(names: list[str]) -> tuple[list[str], list[str]]:
    """Names made unique (the second "x" is "x.2", a blank is "column 3"), and those that stood more than once."""
    taken: Counter[str] = Counter()
    unique: list[str] = []
    for place, filed in enumerate(names, 1):
        name = " ".join(filed.split()) or f"column {place}"
        taken[name] += 1
        while taken[name] > 1 and f"{name}.{taken[name]}" in (*unique, *names):
            taken[name] += 1
        unique.append(name if taken[name] == 1 else f"{name}.{taken[name]}")
    return unique, [name for name, count in taken.items() if count > 1]


def _bytes(path: Path, name: str) -> bytes:
    """The file's bytes, unpacked when it is gzip; stops as soon as it swells past the limit."""
    with path.open("rb") as stream:
        if stream.read(2) != b"\x1f\x8b":
            stream.seek(0)
            return stream.read()
    pieces, size = [], 0
    try:
        with gzip.open(path) as packed:
            while piece := packed.read(1 << 20):
                size += len(piece)
                if size > MOST_BYTES:
                    raise FileRefused(
                        f"{name}: it unpacks to more than {MOST_BYTES / 1e6:,.0f} MB; cut it to the place."
                    )
                pieces.append(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRefused(f"{name}: the gzip file is damaged or cut short ({error}); fetch it again.") from None
    return b"".join(pieces)


def _decoded(raw: bytes, name: str) -> tuple[str, list[str], set[int]]:
    """The text, sentences about its encoding, and the lines in which bytes could not be read."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _replaced(raw, encoding, [] if encoding == "utf-8-sig" else ["it is written in UTF-16."])
    odd, even = raw[1:4096:2].count(0), raw[0:4096:2].count(0)
    if max(odd, even) * 3 > len(raw[:4096]):
        return _replaced(
            raw, "utf-16-le" if odd > even else "utf-16-be", ["it is written in UTF-16, without a mark that says so."]
        )
    try:
        return raw.decode("utf-8"), [], set()
    except UnicodeDecodeError:
        as_utf8 = raw.decode("utf-8", errors="replace")
    letters = sum(c > "\x7f" for c in as_utf8) - as_utf8.count(_BAD)
    if letters > as_utf8.count(_BAD):  # mostly UTF-8, damaged here and there
        return _replaced(
            raw,
            "utf-8",
            ["it is written in UTF-8 with bytes that are not; each is shown as \N{REPLACEMENT CHARACTER}."],
        )
    return _replaced(raw, "cp1252", ["it is not UTF-8 and was read as Windows-1252; look at the names with accents."])


def _replaced(raw: bytes, encoding: str, notes: list[str]) -> tuple[str, list[str], set[int]]:
    text = raw.decode(encoding, errors="replace")
    if _BAD not in text:
        return text, notes, set()
    return text, notes, {i for i, line in enumerate(text.split("\n"), 1) if _BAD in line}


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the same number of cells, more than one; a comma when none does."""
    head = text[:200_000].splitlines()[:60]
    best, widest = ",", 1.0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(head, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            agree = sum(w == widths[0] for w in widths) / len(widths)
            if agree * min(widths[0], 3) > widest or (agree == 1 and widths[0] * agree > widest and best == ","):
                best, widest = delimiter, agree * min(widths[0], 3)
    return best


def _records(text: str, delimiter: str, name: str) -> tuple[list[str], list[int], list[list[str]]]:
    """The header, the physical line of each row, and the rows; blank lines are no rows."""
    lines: list[int] = []
    records: list[list[str]] = []
    reader = csv.reader(_lines(text), delimiter=delimiter)
    before = 0
    try:
        for record in reader:
            if record and (len(record) > 1 or record[0].strip()):
                lines.append(before + 1)
                records.append(record)
            before = reader.line_num
    except csv.Error as error:
        raise FileRefused(
            f"{name}: line {reader.line_num}: {error}; a quotation mark may be missing before it."
        ) from None
    if not records:
        raise FileRefused(f"{name}: there is nothing but white space in it; fetch it again.")
    if len(records) == 1:
        raise FileRefused(f"{name}: the file has no rows, only a header; fetch it again.")
    return records[0], lines[1:], records[1:]


def _lines(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        yield text[start:end].replace("\r\n", "\n")
        start = end


def _list_bytes(ledger: Ledger, lines: list[int], damaged: set[int], nul_lines: set[int]) -> None:
    """Lists the rows in which bytes were replaced or NULs taken out."""
    starts = np.array(lines)
    for found, reason in (
        (damaged, "a byte that is no letter in the file's encoding is shown as \N{REPLACEMENT CHARACTER}"),
        (nul_lines, "NUL characters were taken out"),
    ):
        at = {int(np.searchsorted(starts, line, side="right")) - 1 for line in found}
        ledger.repair(sorted(a for a in at if a >= 0), "", reason, "save the file again in UTF-8")


def _even(ledger: Ledger, records: list[list[str]], lines: list[int], width: int) -> list[int]:
    """Positions of the rows with as many cells as the header; the others are rejected by their line."""
    whole: list[int] = []
    trimmed: list[int] = []
    for place, record in enumerate(records):
        if len(record) == width:
            whole.append(place)
        elif len(record) > width and not any(cell.strip() for cell in record[width:]):
            whole.append(place)
            trimmed.append(place)
        else:
            over = sum(cell.count("\n") for cell in record)
            spans = f", and runs on to line {lines[place] + over}: a quotation mark may be missing" if over > 3 else ""
            reason = f"it has {len(record)} cells where the header has {width}{spans}"
            ledger.reject([place], "", reason, "check the quotation marks and delimiters of that line")
    ledger.repair(trimmed, "", "blank cells past the header's last column were dropped", "drop them in the file")
    return whole
