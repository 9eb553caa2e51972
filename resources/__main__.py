"""The resources command: load inventories into a store, and ask it where someone can sleep tonight."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from resources.errors import QuestionRefused, ResourcesError
from resources.records import CALL_FIRST, HOUSEHOLDS, POPULATIONS, PROJECT_TYPES, TIME_ZONE, Shown

DEFAULT_STORE = "sqlite:///data/processed/demo/resources.sqlite"

app = typer.Typer(
    help="Where someone can sleep tonight: load housing inventories, then ask by place, kind and household.\n\n"
    "No client is asked for, stored or logged, and no address leaves this machine. An availability that is not known is"
    " written 'unknown'; it is never shown as a free bed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Store = Annotated[
    str,
    typer.Option("--store", help="sqlite:///FILE or postgresql://USER@HOST/NAME (PostGIS).", envvar="RESOURCES_STORE"),
]


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write the day as YYYY-MM-DD") from None


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "write the moment as 2024-01-26T17:10 or with its zone, 2024-01-26T17:10-08:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=TIME_ZONE)


@app.command()
def load(
    files: Annotated[
        list[Path], typer.Argument(help="Tables; what each is, is told by its header.", metavar="FILE...")
    ],
    store: Store = DEFAULT_STORE,
    report: Annotated[Path | None, typer.Option(help="Write every repair, rejection and caution as CSV.")] = None,
    counted_on: Annotated[
        dt.date | None,
        typer.Option(parser=_day, metavar="YYYY-MM-DD", help="The night of inventories that do not say theirs."),
    ] = None,
) -> None:
    """Load inventories, addresses, places and offices; all the files or none, in any order.

    A file is one of: HUD's Housing Inventory Count (raw CSV, or a transcription with row|type|bedtype|org|project|...),
    a table of addresses (housenumber,street,unit,city,postcode,lat,lon), a gazetteer
    (name,kind,lon,lat,source[,radius_m]), a table of offices (address,city,what,source[,hic_rows]).
    Loading a file again changes nothing.
    """
    from resources import load as loading  # the libraries take a second: --help must not wait for them
    from resources.load import ledger
    from resources.store import open_store

    if counted_on is not None and counted_on > dt.datetime.now(TIME_ZONE).date():
        raise QuestionRefused(f"--counted-on {counted_on} is in the future: write the night that was counted.")
    if report is not None:
        _check_report(report)
    loaded = loading.files(open_store(store), files, counted_on)
    for account in loaded.ledgers:
        typer.echo(
            f"{account.file}: {account.layer}, {account.read:,} rows read = {account.kept:,} kept"
            f" + {account.repaired:,} repaired + {account.rejected:,} rejected"
        )
        for line in account.lines[:40]:
            where = f"row {line.row}" if line.row else "whole file"
            typer.echo(
                f"  {line.outcome}: {where}{', ' + line.field if line.field else ''}: {line.reason}; {line.remedy}"
            )
        if len(account.lines) > 40:
            typer.echo(f"  and {len(account.lines) - 40:,} more lines: --report FILE.csv has them all")
    places = ", ".join(f"{loaded.programs.get(p, 0)} by {p}" for p in ("address", "street", "place"))
    typer.echo(f"Programmes in the store: {places}, {loaded.programs.get('none', 0)} with no place.")
    if report is not None:
        ledger.write(loaded.ledgers, report)


def _check_report(report: Path) -> None:
    """Refuses a report that could not be written, before anything is stored."""
    if not report.parent.is_dir():
        raise QuestionRefused(f"{report}: the folder {report.parent} is not there: make it first.")
    if report.is_dir():
        raise QuestionRefused(f"{report} is a folder: name a file in it for the report.")
    try:
        with tempfile.TemporaryFile(dir=report.parent):
            pass
    except OSError as error:
        message = f"{report} cannot be written ({error.strerror}): name a file in a folder that you may write to."
        raise QuestionRefused(message) from None


@app.command()
def search(
    near: Annotated[
        str | None,
        typer.Option(help="LON,LAT, an address, a street with its town, or a town. Looked up in the store only."),
    ] = None,
    within: Annotated[
        float | None, typer.Option(help="Only places known to be within this many km, in a straight line.")
    ] = None,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help=f"Project type, repeatable: {', '.join(PROJECT_TYPES)}.")
    ] = None,
    household: Annotated[str | None, typer.Option(help=f"One of {', '.join(HOUSEHOLDS)}.")] = None,
    population: Annotated[str | None, typer.Option(help=f"For whom: {', '.join(POPULATIONS)}.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="bed, home, voucher or closed; repeatable. Closed only if asked.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Words in the name, organization, address, type, or for whom.")
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Only those known to have a free bed; unknown is left out.")
    ] = False,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(
            parser=_moment, metavar="INSTANT", help="The moment asked about; now if not given. Local to Sonoma County."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a list.")] = False,
    store: Store = DEFAULT_STORE,
) -> None:
    """Find a place to sleep: shelter beds nearest first, then confidential places, homes and vouchers.

    Distances are straight lines; what they are measured to (an address, the middle of a street or of a town) stands
    beside them. Availability comes from a count and is only good as long as the count is; otherwise it says unknown.
    """
    from resources import search as searching  # as above
    from resources.store import open_store

    engine = open_store(store)
    origin = searching.place(engine, near) if near else None
    answer = searching.near(
        engine,
        searching.Question(
            origin=origin, radius_m=within * 1000 if within is not None else None,
            types=frozenset(t.upper() for t in type_ or ()), households=household, population=population,
            kinds=frozenset(kind) if kind else None, open_only=open_, text=text,
            as_of=as_of or dt.datetime.now(dt.UTC), limit=limit,
        ),
    )  # fmt: skip
    if as_json:
        contents = [asdict(shown) for shown in answer.contents]
        body = {
            "as_of": answer.question.as_of,
            "origin": origin and asdict(origin),
            "total": answer.total,
            "counts": answer.counts,
            "notes": answer.notes,
            "contents": contents,
        }
        typer.echo(json.dumps(body, default=_plain, indent=1, ensure_ascii=False))
        return
    if origin:
        off = _off(origin.precision, origin.margin_m)
        typer.echo(f"From {origin.label} ({origin.precision}{', ' + off if off else ''}).")
    _list(answer.contents, origin is not None, 1)
    states = ", ".join(f"{number} {state}" for state, number in answer.counts.items())
    typer.echo(f"{len(answer.contents)} of {answer.total} shown; availability: {states}.")
    for note in answer.notes:
        typer.echo(note)


def _list(contents: tuple[Shown, ...], has_origin: bool, first: int) -> None:
    """One block a programme: what is known to be free first, since that is what the person at the desk asks."""
    for number, shown in enumerate(contents, first):
        typer.echo(
            f"{number:3}. {shown.name} - {shown.organization} ({PROJECT_TYPES[shown.project_type]}, {shown.kind})"
        )
        typer.echo(f"     {_state(shown)}")
        typer.echo(f"     {_where(shown)}" + (f"; {_distance(shown)}" if has_origin else ""))
        beds = "beds not known" if shown.beds_total is None else f"{shown.beds_total} beds"
        whom = ", ".join((*shown.households, *shown.populations)) or "for whom is not known"
        typer.echo(f"     {beds}; {whom}")
        for remark in shown.remarks:
            typer.echo(f"     {remark}")
    if any(CALL_FIRST in shown.availability.reason for shown in contents):
        typer.echo(CALL_FIRST)


def _where(shown: Shown) -> str:
    if shown.confidential:
        return "confidential: its place is not stated"
    address = ", ".join(part for part in (shown.address, shown.city) if part) or "place unknown"
    return f"{address} (known to: {shown.precision})" if shown.precision != "none" else address


def _distance(shown: Shown) -> str:
    if shown.distance_m is None:
        return shown.distance_method or ("not stated" if shown.confidential else "distance unknown")
    margin = (
        f", {_off(shown.precision, shown.distance_margin_m)}" if _off(shown.precision, shown.distance_margin_m) else ""
    )
    return f"{shown.distance_m / 1000:.1f} km {shown.distance_method}{margin}"


def _off(precision: str, margin_m: float | None) -> str:
    """How far off a point may be; nothing for a building whose margin nobody filed."""
    if margin_m:
        return f"up to {margin_m / 1000:.1f} km off"
    return "how far off is not known" if margin_m is None and precision in ("street", "place") else ""


def _state(shown: Shown) -> str:
    state = shown.availability
    head = {"open": f"OPEN, {state.free} free", "full": "FULL", "unknown": "UNKNOWN"}[state.state]
    return f"{head}: {state.reason.replace(CALL_FIRST, '').strip()}"


def _plain(value: object) -> str:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def main() -> None:
    """The door: 0 done, 1 refused with one sentence on stderr, 2 not understood."""
    try:
        app(prog_name="resources")
    except ResourcesError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
