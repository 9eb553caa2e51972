"""A rule pack's answer on a terminal and as a CSV file."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from siteselect.errors import OutRefused
from siteselect.report import lines
from siteselect.rules import Result

PIPE_WIDTH = 118
FEW = 40


def write_csv(result: Result, path: Path) -> None:
    """Every item of every site as a CSV, written beside and renamed; OutRefused when it cannot be."""
    beside = path.with_name(f".{path.name}.part")
    try:
        lines.write_csv(result.items, beside)
        beside.replace(path)
    except OSError as error:
        raise OutRefused(f"{path}: the table cannot be written there ({error.strerror}); name another file.") from None


def print_result(result: Result, place: str, *, in_full: bool) -> None:
    """The sites in a table, and each item of each with its reasons where that is asked for or the site is alone."""
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    pack = result.pack
    console.print(f"[bold]{escape(place)}[/] · {escape(pack.title)} · {escape(pack.edition)}")
    for words in (pack.citation, f"Read: {pack.read}."):
        console.print(escape(words), highlight=False, soft_wrap=True)
    if in_full or len(result.sites) == 1:
        for row in result.sites.to_dict("records"):
            _one_site(result, {str(k): v for k, v in row.items()}, console)
    else:
        _all_sites(result, console)
    for caution in result.cautions:
        console.print(f"[yellow]Mind:[/] {escape(caution)}", highlight=False, soft_wrap=True)
    if result.asked:
        console.print("Not known, and asked of the project (--project FILE):")
        for asked in result.asked:
            console.print(f"  {escape(asked)}", highlight=False, soft_wrap=True)


def _all_sites(result: Result, console: Console) -> None:
    scored = result.pack.kind == "points"
    headings = (
        {"points": "certain", "points_if_confirmed": "if confirmed", "points_high": "at best",
         "by_place_before_cap": "by its place"} if scored
        else {w: w.replace("_", " ") for w in ("pass", "conditional", "unknown", "fail", "does_not_apply")}
    )  # fmt: skip
    table = Table(box=None, pad_edge=False, header_style="bold")
    for words in headings.values():
        table.add_column(words, justify="right")
    table.add_column("site")
    table.add_column("name")
    first = ["points", "by_place_before_cap"] if scored else ["pass", "conditional", "unknown"]
    order = result.sites.sort_values(first, ascending=False, kind="stable")
    for row in order.head(FEW).to_dict("records"):
        table.add_row(*(str(row[c]) for c in headings), escape(str(row["site_id"])), escape(str(row["name"])))
    console.print(table)
    if len(order) > FEW:
        console.print(f"... and {len(order) - FEW} more; --json and --csv FILE hold them all.")
    if scored:
        console.print(
            f"of {order['max'].iloc[0]} points; by its place: what amenities and stops alone give as measured, "
            "before the cap. --site ID tells a site item by item.", highlight=False, soft_wrap=True,
        )  # fmt: skip


def _one_site(result: Result, site: dict[str, Any], console: Console) -> None:
    scored = result.pack.kind == "points"
    console.print(f"\n[bold]{escape(str(site['site_id']))}[/]  {escape(str(site['name']))}")
    if scored:
        console.print(
            f"{site['points']} points certain, {site['points_if_confirmed']} if confirmed, {site['points_high']} at "
            f"best, of {site['max']}", highlight=False,
        )  # fmt: skip
    table = Table(box=None, pad_edge=False, header_style="bold")
    if scored:
        table.add_column("points", justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("rule")
    table.add_column("what gives it")
    table.add_column("distance", justify="right", no_wrap=True)
    table.add_column("margin")
    items = result.items[result.items["site_id"] == site["site_id"]]
    for item in items.to_dict("records"):
        table.add_row(*_cells(item, scored))
    console.print(table)
    for item in items.to_dict("records"):
        if item.get("because"):
            console.print(f"  {escape(item['title'])}: {escape(item['because'])}", highlight=False, soft_wrap=True)
    reports = result.reports[result.reports["site_id"] == site["site_id"]] if len(result.reports) else result.reports
    for told in reports.to_dict("records"):
        console.print(
            f"  {escape(told['title'])}: {told['status']}; {escape(told['because'])}", highlight=False,
            soft_wrap=True,
        )  # fmt: skip


def _cells(item: dict[str, Any], scored: bool) -> list[str]:
    distance = "" if pd.isna(item["distance_m"]) else f"{item['distance_m']:,.0f} m"
    what = "; ".join(escape(str(item[c])) for c in ("amenity", "route") if item.get(c) and not pd.isna(item[c]))
    if not scored:
        margin = "" if pd.isna(item["margin_m"]) else f"{item['margin_m']:+,.0f} m"
        return [item["status"], escape(item["title"]), what, distance, margin]
    low, confirmed, high = item["points"], item["points_if_confirmed"], item["points_high"]
    told = str(low) if low == high else f"{low}-{confirmed}-{high}"
    return [
        f"{told}/{item['max']}",
        item["status"],
        escape(item["title"]),
        what,
        distance,
        escape(item["margin"] or ""),
    ]
