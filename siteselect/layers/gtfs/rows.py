"""The bytes of one CSV file -> its header, its cells, the line of each row, and what was wrong with the rows."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from itertools import islice

import numpy as np
import pandas as pd

from siteselect.errors import FeedRefused

BLOCK_ROWS = 50_000
RUNS_OVER_LINES = 20  # a value over more lines than this is a quotation mark that nobody closed
NUL, REPLACED = "\x00", "\ufffd"
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
)
Fault = tuple[str, list[int], str, str, str]  # outcome, places, field, reason, remedy


def quoted(value: str) -> str:
    """A value from a file as it may stand in a sentence: short, on one line, in quotation marks."""
    return repr(value if len(value) <= 40 else value[:37] + "...")


def decoded(data: bytes, file: str) -> tuple[str, list[str], bool]:
    """Text, notes on the encoding, and whether some bytes had no meaning and were replaced."""
    encoding, notes = "utf-8", []
    for mark, name, title in MARKS:
        if data.startswith(mark):
            encoding = name
            notes.append(f"{file}: read as {title}; the standard wants plain UTF-8")
            break
    else:
        if data[:4000].count(0) > len(data[:4000]) // 5:
            raise FeedRefused(f"{file}: is not text in UTF-8; save it as UTF-8 and try again")
    try:
        return data.decode(encoding), notes, False
    except UnicodeDecodeError:
        return data.decode(encoding, errors="replace"), notes, True


def split(
    text: str, file: str, wanted: Sequence[str], damaged: bool
) -> tuple[list[str], pd.DataFrame, np.ndarray, list[Fault]]:
    """Header, frame of the wanted columns, line of each row, and what was wrong with rows."""
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    look_closer = damaged or NUL in text
    parts: list[pd.DataFrame] = []
    lines: list[np.ndarray] = []
    faults: list[Fault] = []
    try:
        header = _header(next((row for row in reader if any(row)), []), file, wanted)
        count = 0
        while True:
            before = reader.line_num
            block = list(islice(reader, BLOCK_ROWS))
            if not block:
                break
            starts = _starts(block, before, reader.line_num, file)
            filled = np.fromiter(map(any, block), bool, len(block))
            block = block if filled.all() else [row for row in block if any(row)]
            faults += _levelled(block, len(header), count)
            if look_closer:
                faults += _cleaned(block, header, count, damaged)
            parts.append(_columns(block, header, wanted))
            lines.append(starts[filled])
            count += len(block)
    except csv.Error as error:
        raise FeedRefused(
            f"{file} row {reader.line_num}: cannot be split into values ({error}); look for an open quotation mark"
        ) from None
    frame = pd.concat(parts, ignore_index=True) if parts else _columns([], header, wanted)
    return header, frame, np.concatenate(lines) if lines else np.array([], int), faults


def _header(row: list[str], file: str, wanted: Sequence[str]) -> list[str]:
    if not row:
        raise FeedRefused(f"{file}: is empty; get the feed again from its publisher")
    header = [name.strip().strip('"').replace(NUL, "").strip().lower() for name in row]
    for name in wanted:
        if header.count(name) > 1:
            raise FeedRefused(f"{file}: names the column {name} twice; remove one of them")
    return header


def _starts(block: list[list[str]], before: int, after: int, file: str) -> np.ndarray:
    """The line of the file on which each record of a block starts."""
    spans = np.ones(len(block), int)
    if after - before != len(block):  # line ends inside of values
        spans += [sum(len(re.findall(r"\r\n|\r|\n", cell)) for cell in row) for row in block]
    starts = before + np.cumsum(spans) - spans + 1
    longest = int(spans.argmax())
    if spans[longest] > RUNS_OVER_LINES:
        raise FeedRefused(
            f"{file} row {starts[longest]}: a value runs over {spans[longest]} lines; "
            "a quotation mark is open there and must be closed"
        )
    return starts


def _levelled(block: list[list[str]], width: int, first: int) -> list[Fault]:
    """Give every row of a block `width` cells, in place."""
    short: list[int] = []
    long: list[int] = []
    shifted: list[int] = []
    broken: list[int] = []
    for at in np.flatnonzero(np.fromiter(map(len, block), int, len(block)) != width).tolist():
        row = block[at]
        if any("\n" in cell or "\r" in cell for cell in row):
            broken.append(first + at)
        elif len(row) < width:
            short.append(first + at)
        elif any(cell.strip() for cell in row[width:]):
            shifted.append(first + at)
        else:
            long.append(first + at)
        block[at] = (row + [""] * width)[:width]
    mark = "put values that hold a comma in quotation marks, and close each mark"
    return [
        ("repaired", short, "(row)", f"fewer cells than the header's {width}; the missing ones taken as blank", mark),
        (
            "repaired",
            long,
            "(row)",
            f"more cells than the header's {width}; the extra ones are blank and dropped",
            mark,
        ),
        ("rejected", shifted, "(row)", f"more filled cells than the header's {width}, so values are shifted", mark),
        ("rejected", broken, "(row)", f"a value with a line end in it, and not {width} cells as in the header", mark),
    ]


def _cleaned(block: list[list[str]], header: list[str], first: int, damaged: bool) -> list[Fault]:
    """Take NUL out of a block, in place, and find the cells where bytes had to be replaced."""
    faults: list[Fault] = []
    for at, row in enumerate(block):
        for column, cell in enumerate(row):
            if NUL in cell:
                row[column] = cell = cell.replace(NUL, "")
                faults.append(
                    ("repaired", [first + at], header[column], "a NUL character was taken out", "save the file as text")
                )
            if damaged and REPLACED in cell:
                reason = f"a byte that is not UTF-8 was replaced: {quoted(cell)}"
                faults.append(("repaired", [first + at], header[column], reason, "save the file as UTF-8"))
    return faults


def _columns(block: list[list[str]], header: list[str], wanted: Sequence[str]) -> pd.DataFrame:
    cells = list(zip(*block, strict=True)) if block else [()] * len(header)
    blank = [""] * len(block)
    columns = {name: cells[header.index(name)] if name in header else blank for name in wanted}
    frame = pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns.items()})
    return frame.apply(lambda column: column.str.strip()) if len(frame) else frame
