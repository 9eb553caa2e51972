"""A run as a workbook: the tables as they are, what every column means, and what it was all made from.

Nothing in the data becomes a formula or a link, numbers are numbers, and what is not known says so: the word unknown
stands in the cell.  An empty cell means that there is nothing to say (no gate failed, no blocker was filed).
"""

import datetime as dt
import io
from typing import Any

import pandas as pd

from maps.figures import missing
from maps.handover import dossier
from maps.handover.columns import described
from maps.handover.packet import Packet

UNKNOWN = "unknown"
LONGEST_CELL = 32_767  # what a cell of the format holds
CUT = " [cut: the run's own tables hold the rest]"
SILENT = ("excluded_because", "conditions", "blockers", "note", "target", "unknown_because", "rank_note", "changed",
          "as_of", "flip", "because", "cautions")  # fmt: skip
NOT_RANKED = "not ranked"
WIDEST = 48
PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def xlsx(packet: Packet) -> bytes:
    """The workbook with the sheets Sites, Reasons, Stability, Data dictionary and Provenance; the same run, the same
    bytes: it is dated on the analysis day."""
    import xlsxwriter

    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, PLAIN)
    day = dt.date.fromisoformat(str(packet.place["day"]))
    book.set_properties({
        "title": _safe(f"Ranking of sites: {packet.place['name']}"), "author": "Homeground",
        "comments": f"manifest.json sha256 {packet.mark}", "created": dt.datetime(day.year, day.month, day.day),
    })  # fmt: skip
    forms = _forms(book)
    tables = {
        "Sites": packet.held.sites,
        "Reasons": packet.held.reasons,
        "Stability": _stability(packet),
    }
    for name, table in tables.items():
        _sheet(book, name, table, forms)
    words = [(sheet, column, *described(column)) for sheet, table in tables.items() for column in table.columns]
    _sheet(book, "Data dictionary", pd.DataFrame(words, columns=["sheet", "column", "unit", "meaning"]), forms)
    _sheet(book, "Provenance", _provenance(packet), forms)
    book.close()
    return held.getvalue()


def _forms(book: Any) -> dict[str, Any]:
    top = {"valign": "top"}
    return {
        "head": book.add_format({"bold": True, "bg_color": "#1f4e79", "font_color": "#ffffff", "text_wrap": True}
                                | top),
        "text": book.add_format(top),
        "number": book.add_format({"num_format": "General", **top}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left", **top}),
        "unknown": book.add_format({"italic": True, "font_color": "#8a5a00", **top}),
    }  # fmt: skip


def _sheet(book: Any, name: str, table: pd.DataFrame, forms: dict[str, Any]) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.set_row(0, 30)
    for j, column in enumerate(table.columns):
        cells = table[column].tolist()
        sheet.write_string(0, j, str(column), forms["head"])
        for i, cell in enumerate(cells, 1):
            _cell(sheet, i, j, str(column), cell, forms)
        longest = max((len(str(c)) for c in cells if not missing(c)), default=0)
        sheet.set_column(j, j, min(max(len(str(column)) * 0.75, longest + 1, 8), WIDEST))
    if len(table.columns) and len(table):
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def _cell(sheet: Any, i: int, j: int, column: str, cell: Any, forms: dict[str, Any]) -> None:
    """One cell by its kind; the writer's own guessing is never asked."""
    value = dossier.plain(cell)
    if value is None:
        if column == "rank":
            sheet.write_string(i, j, NOT_RANKED, forms["unknown"])
        elif column not in SILENT:
            sheet.write_string(i, j, UNKNOWN, forms["unknown"])
    elif isinstance(value, bool):
        sheet.write_string(i, j, "yes" if value else "no", forms["text"])
    elif isinstance(value, int | float):
        sheet.write_number(i, j, value, forms["number"])
    elif (day := _day(column, value)) is not None:
        sheet.write_datetime(i, j, day, forms["day"])
    else:
        sheet.write_string(i, j, _safe(str(value)), forms["text"])


def _day(column: str, value: object) -> dt.datetime | None:
    """A whole day as one; `2018-06` and `2018 to 2025` stay as they were written."""
    if column not in ("as_of", "day") or len(str(value)) != 10:
        return None
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _safe(text: str) -> str:
    # the format has no room for control characters, and none for more than so many letters
    shown = "".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in text)
    return shown if len(shown) <= LONGEST_CELL else shown[: LONGEST_CELL - len(CUT)] + CUT


def _stability(packet: Packet) -> pd.DataFrame:
    told = packet.stability
    table = pd.DataFrame(told["sites"])
    flip = told["flip"]
    words = "" if flip is None else (
        f"{flip['criterion']}: weight {flip['weight']:g} to beyond {flip['needed']:.4g}, {flip['enters']} for "
        f"{flip['leaves']}"
    )  # fmt: skip
    return table.assign(draws=told["draws"], seed=told["seed"], tau=told["tau"], flip=words or None)


def _provenance(packet: Packet) -> pd.DataFrame:
    """What the run was made from, one thing a row."""
    manifest = packet.held.manifest
    place, policy = manifest["place"], packet.held.policy
    rows: list[dict[str, Any]] = [
        {"kind": "run", "name": "manifest.json", "value": packet.mark, "source": "its SHA-256", "licence": ""},
        {"kind": "place", "name": place["name"], "value": place["crs"], "source": "", "licence": "",
         "as_of": place["day"]},
        {"kind": "policy", "name": policy.id, "value": policy.edition, "source": policy.citation, "licence": ""},
        {"kind": "unknown", "name": "the word unknown in a cell", "value": "nobody knows the figure; it is not a zero",
         "source": "", "licence": ""},
    ]  # fmt: skip
    if place["sketch"]:
        rows.insert(0, {"kind": "WARNING", "name": "sketch", "value": place["sketch"], "source": "", "licence": ""})
    rows += [
        {"kind": "changed", "name": "for this run", "value": c, "source": "", "licence": ""} for c in policy.changed
    ]
    rows += [
        {"kind": "feed", "name": f["name"], "value": f"{f['trips_running']} of {f['trips_total']} trips, valid "
         f"{f['first_day']} to {f['last_day']}", "source": f["source"], "licence": f["licence"], "as_of": f["day"]}
        for f in manifest.get("feeds", [])
    ]  # fmt: skip
    rows += [
        {"kind": "input", "name": i["path"], "value": i["sha256"], "source": i["source"], "licence": i["licence"],
         "as_of": i["as_of"]}
        for i in manifest.get("inputs", [])
    ]  # fmt: skip
    rows += [
        {"kind": "rows", "name": a["name"], "value": f"{a['read']} read = {a['kept']} kept + {a['repaired']} "
         f"repaired + {a['rejected']} rejected", "source": a["report"], "licence": ""}
        for a in manifest.get("layers", [])
    ]  # fmt: skip
    rows += [{"kind": "unknown everywhere", "name": g["measure"], "value": g["because"], "source": "", "licence": ""}
             for g in manifest.get("unknown_everywhere", [])]  # fmt: skip
    rows += [{"kind": "version", "name": k, "value": v, "source": "", "licence": ""}
             for k, v in manifest.get("versions", {}).items()]  # fmt: skip
    return pd.DataFrame(rows, columns=["kind", "name", "value", "source", "licence", "as_of"])
