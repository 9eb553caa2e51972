"""The report command: what a planner hands over, from a run's folder or from a place ranked now."""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siteselect.errors import ConfigError

if TYPE_CHECKING:
    from maps.handover.packet import Packet


class Language(StrEnum):
    """The languages that pages are written in."""

    en = "en"
    es = "es"


def report(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="PLACE.toml|RUN [SITE_ID...]",
            help="The place's file or a run's folder; then sites, or none for all.",
        ),
    ],
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Two pages a site named, or the Board's packet when none is named.")
    ] = False,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="The whole run as a workbook.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Its public land, for the inventory of surplus land.")] = False,
    each: Annotated[bool, typer.Option("--each", help="With --pdf: two pages for every ranked site.")] = False,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", help="The two sites named, beside each other.")
    ] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Write the files here.")] = Path("handover"),
    points: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Points of a funding round: `siteselect points --json`.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="The language of the pages.")] = Language.en,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder with the place's layers.")] = None,
    day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The analysis day of a place that is ranked now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sites' facts as JSON.")] = False,
) -> None:
    """What to hand over: pages on a site, the Board's packet, a workbook, an inventory, two sites side by side."""
    place, sites = named(words)
    if side_by_side and len(sites) != 2:
        raise typer.BadParameter("--side-by-side takes two sites", param_hint="SITE_ID")
    if not (pdf or xlsx or csv or as_json or sites):
        raise typer.BadParameter("name sites, or say what to hand over: --pdf, --xlsx, --csv or --json")
    with _run(place, data, day) as folder:
        from maps import words as languages
        from maps.handover import packet, scored

        held = packet.read(folder, scored.read(points) if points else None)
        files = _files(held, sites, languages.of(lang), pdf=pdf, xlsx=xlsx, each=each, side_by_side=side_by_side)
        _write(files, out)
        if csv:
            from maps.handover import inventory
            from siteselect import report as tables

            tables.write_table(inventory.rows(held), out / "public_land_inventory.csv")
            typer.echo(f"Written: {out / 'public_land_inventory.csv'}", err=True)
        _print(held, sites, languages.of(lang), as_json, side_by_side, quiet=pdf or xlsx or csv)


def named(words: list[str]) -> tuple[Path, list[str]]:
    """The place's file or the run's folder, and the site ids; it may stand anywhere when only one word can be it.

    ConfigError when none can, or when a later word could be too and the first is not it.
    """
    could = [w for w in words if w.endswith(".toml") or Path(w).is_dir()]
    if words[0] not in could and len(could) != 1:
        raise ConfigError(
            f"{words[0]}: neither a place file nor a run's folder; name one first, then the sites: "
            "siteselect report RUN SITE_ID --pdf."
        )
    place = words[0] if words[0] in could else could[0]
    rest = list(words)
    rest.remove(place)
    return Path(place), rest


@contextmanager
def _run(place: Path, data: Path | None, day: str | None) -> Iterator[Path]:
    """The folder of a run: the one named, or a passing one that a place is ranked into."""
    if place.is_dir():
        if data is not None or day is not None:
            raise typer.BadParameter(f"{place} is a run: its data and day are as it was ranked")
        yield place
        return
    import datetime as dt

    from siteselect import pipeline
    from siteselect import place as places
    from siteselect import report as tables

    try:
        chosen = None if day is None else dt.date.fromisoformat(day)
    except ValueError:
        raise typer.BadParameter(f"{day!r} is not a day; write it as 2018-02-06", param_hint="--day") from None
    ranked = pipeline.run(places.read(place, data), chosen)
    with tempfile.TemporaryDirectory() as passing:
        tables.write(ranked, Path(passing))
        yield Path(passing)


def _files(
    held: "Packet", sites: list[str], words: Any, *, pdf: bool, xlsx: bool, each: bool, side_by_side: bool
) -> Iterator[tuple[str, bytes]]:
    """Each file's name and content, made one after another."""
    from maps.handover import memo, pair, sheet, workbook

    if pdf and side_by_side:
        yield f"{file_name(sites[0])}-beside-{file_name(sites[1])}.pdf", pair.pdf(held, sites[0], sites[1], words)
    elif pdf:
        ranked = [str(i) for i in held.held.sites.loc[held.held.sites["rank"].notna(), "site_id"]]
        taken: set[str] = set()
        for site in sites or (ranked if each else []):
            name = file_name(site)
            while name in taken:
                name += "-again"
            taken.add(name)
            yield f"{name}.pdf", sheet.pdf(held, site, words)
        if not sites:
            yield "ranking.pdf", memo.pdf(held, words)
    if xlsx:
        yield "ranking.xlsx", workbook.xlsx(held)


def file_name(site_id: str) -> str:
    """A site's id as a file's name: letters, digits and `._-`, never a path of its own."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", site_id).strip(".-")[:80] or "site"


def _write(files: Iterator[tuple[str, bytes]], out: Path) -> None:
    from siteselect import report as tables

    for name, content in files:
        tables.write_bytes(content, out / name)
        typer.echo(f"Written: {out / name}", err=True)


def _print(held: "Packet", sites: list[str], words: Any, as_json: bool, side_by_side: bool, quiet: bool) -> None:
    from maps.handover import dossier, lines, pair, sheet

    if side_by_side:
        told = pair.answer(held, *sites)
        _say([json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1)] if as_json else pair.said(told))
    elif as_json:
        ids = sites or [str(i) for i in held.held.sites["site_id"]]
        facts = {"sites": [dossier.site(held, site) for site in ids]}
        _say([json.dumps(facts, ensure_ascii=False, allow_nan=False, indent=1)])
    elif not quiet:
        for site in sites:
            _say(lines.lines(sheet.data(held, site, words)))


def _say(lines: Any) -> None:
    for line in lines:
        typer.echo(line)
