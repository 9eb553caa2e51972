"""The siteselect command: the planner's door."""

import dataclasses
import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siteselect import handover
from siteselect.errors import SiteSelectError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siteselect.place import Located
    from siteselect.report import Run
    from siteselect.runs import Held

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False
)

Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The folder with the place's layers, instead of the one its file names."),
]
Day = Annotated[
    str | None, typer.Option(metavar="YYYY-MM-DD", help="The analysis day, instead of the one the place's file names.")
]
Weights = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=N", help="Change a weight: grocery=20, or services=x2 for a group. May be repeated."),
]
Gates = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=on|off", help="Switch a gate: unincorporated=on. May be repeated."),
]
PolicyName = Annotated[
    str | None,
    typer.Option("--policy", metavar="NAME|FILE.toml", help="Rank by this policy, instead of the place's own."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")]
RunOrPlace = Annotated[
    Path, typer.Argument(metavar="PLACE.toml|RUN", help="The place's file, or the folder of a run of it.")
]

RANK_HELP = """Rank a place's sites by how close they are to transit and services, and say why.

PLACE is a TOML file that names the place's layers, its coordinate system, the analysis day and hours, and the policy
(what is valued, and how much). `places/demo.toml` needs nothing but this project; `places/sonoma.toml` and
`places/porto-alegre.toml` want their layers in the folder that `--data` names.

The folder `--out` gets:

- **sites.csv**, **sites.geojson**, **sites.gpkg**, **sites.parquet**: one row a site; rank, score_low, score_high,
  coverage, and each measure with its unit in its name and its method beside it
- **reasons.csv**: for each site and criterion the value, method, source, date, and the points that it gives
- **map.html** (and **map.es.html**, in Spanish): one file, opens anywhere, asks nothing of the network
- **manifest.json**: what was read (checksums, sources, licences), what became of each row, each feed's trips that day
- **reports/**: every row that was repaired or rejected, with the reason and the remedy

What is not known is never a zero: a site's score is a range, and its coverage says how much of the policy is known.

Exit status: 0 done; 1 refused, with one sentence that says what to do (a feed that does not run that day, a file that
cannot be read); 2 the command was not understood.

Examples:

    siteselect rank places/demo.toml --out data/processed/demo

    siteselect rank places/sonoma.toml --data ~/county-data --day 2018-02-06 --out run/
"""


@app.callback()
def door() -> None:
    """Which public site is best placed for homes, and why."""


@app.command(help=RANK_HELP)
def rank(
    place: Annotated[Path, typer.Argument(metavar="PLACE.toml", help="The place's file.")],
    data: Data = None,
    day: Day = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the tables, the map and the manifest here.")
    ] = None,
    policy: PolicyName = None,
    weight: Weights = None,
    gate: Gates = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", help="Weights from judgements in pairs (AHP): the columns first, second, times."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every site as JSON instead of a table.")] = False,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many sites the printed table shows.")] = 20,
) -> None:
    """Rank a place's sites."""
    chosen = _day(day)
    from siteselect import pipeline, report

    located = _located(place, data, policy)
    if out is not None:
        report.guard(out, located.data, located.inputs())
    changes = [*_judged(pairs, located), *(weight or ())]
    with _progress() as step:
        run = pipeline.run(located, chosen, step, changes, gate or ())
        if out is not None:
            from maps import sites as maps_sites

            step("write", "the tables and the map")
            with report.folder(out) as beside:
                report.write(run, beside)
                for name, language in (("map.html", "en"), ("map.es.html", "es")):
                    (beside / name).write_text(maps_sites.page(beside, lang=language), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(_as_json(run), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        _print(run, top, out)


@app.command()
def stability(
    place: RunOrPlace,
    data: Data = None,
    day: Day = None,
    policy: PolicyName = None,
    weight: Weights = None,
    gate: Gates = None,
    draws: Annotated[
        int, typer.Option(metavar="N", min=100, max=1_000_000, help="How many weights are drawn.")
    ] = 10_000,
    band: Annotated[
        float | None,
        typer.Option(metavar="SHARE", min=0.01, max=0.99, help="Draw within this share of each weight: 0.25 is 25 %."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same draws.")] = 1,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many sites are printed.")] = 20,
    as_json: Json = False,
) -> None:
    """How firmly the order holds: the share of weights by which each site is first, and in the top three."""
    from siteselect import board

    answer = board.stability(_run(place, data, day, policy, weight, gate), draws, band, seed)
    _say(answer, board.stability_said(answer, top), as_json)


@app.command()
def why(
    place: RunOrPlace,
    site: Annotated[str, typer.Option(metavar="SITE_ID", help="The site that is asked about.")],
    above: Annotated[
        str | None, typer.Option(metavar="SITE_ID", help="Why it is not above this one, instead of the next one up.")
    ] = None,
    data: Data = None,
    day: Day = None,
    policy: PolicyName = None,
    weight: Weights = None,
    gate: Gates = None,
    as_json: Json = False,
) -> None:
    """Why a site is not in the list, or not above another: failing gates, unknowns, and the nearest changes."""
    from siteselect import board

    answer = board.why(_run(place, data, day, policy, weight, gate), site, above)
    _say(answer, board.why_said(answer), as_json)


@app.command()
def compare(
    before: Annotated[
        Path, typer.Argument(metavar="RUN_A", help="A run's folder, as `siteselect rank --out` wrote it.")
    ],
    after: Annotated[Path, typer.Argument(metavar="RUN_B", help="The run to compare with it.")],
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many sites are printed.")] = 20,
    out: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write the table here.")] = None,
    as_json: Json = False,
) -> None:
    """What moved each site between two runs: data, service, rules or weights."""
    from siteselect import board, report, runs

    answer = board.compare(runs.read(before), runs.read(after))
    if out is not None:
        report.write_table(answer["sites"], out)
    _say(answer, board.compare_said(answer, top), as_json)


app.command()(handover.report)


def _judged(file: Path | None, located: "Located") -> list[str]:
    """The changes of weight that judgements in pairs come to; how consistent they are is said on standard error."""
    if file is None:
        return []
    from siteselect import pairs
    from siteselect import policy as policies

    found = pairs.read(file)
    chosen = policies.read(policies.path_of(located.place.policy, located.file.parent))
    typer.echo(f"{file}: consistency ratio {found.ratio:.3f} (under {pairs.MOST:.2f} is consistent).", err=True)
    return pairs.changes(found, chosen)


def _run(
    place: Path,
    data: Path | None,
    day: str | None,
    policy: str | None,
    weight: list[str] | None,
    gate: list[str] | None,
) -> "Held":
    """The run of a folder, or of a place ranked now."""
    chosen = _day(day)
    from siteselect import pipeline, runs

    if place.is_dir():
        if data is not None or chosen is not None or policy is not None or weight or gate:
            raise typer.BadParameter(f"{place} is a run: its data, day, policy, weights and gates are as it was ranked")
        return runs.read(place)
    with _progress() as step:
        run = pipeline.run(_located(place, data, policy), chosen, step, weight or (), gate or ())
    return runs.held(str(place), run.sites.drop(columns="geometry"), run.reasons, run.manifest)


def _located(place: Path, data: Path | None, policy: str | None) -> "Located":
    """A place with its data, ranked by another policy than its own where one is named."""
    from siteselect import place as places
    from siteselect.policy import shipped

    located = places.read(place, data)
    if policy is None:
        return located
    named = policy if policy in shipped() else str(Path(policy).resolve())
    return dataclasses.replace(located, place=located.place.model_copy(update={"policy": named}))


def _say(answer: dict[str, Any], lines: "Iterable[str]", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=1))
        return
    for line in lines:
        typer.echo(line)


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; write it as 2018-02-06", param_hint="--day") from None


class _progress:  # noqa: N801 - used like a function
    """Steps on a terminal's standard error, with the time each took; silent where nobody watches."""

    def __enter__(self) -> Any:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._bar.start()
        self._task: Any = None
        return self._step

    def _step(self, stage: str, words: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, total=1, completed=1)
            self._bar.stop_task(self._task)
        self._task = self._bar.add_task(f"{stage}: {words}", total=None)

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._bar.stop_task(self._task)
        self._bar.stop()


def _as_json(run: "Run") -> dict[str, Any]:
    """The whole run: every ranked site with all its columns, every excluded one with its reason."""
    plain = run.sites.drop(columns="geometry")
    ranked, excluded = plain[plain["rank"].notna()], plain[plain["rank"].isna()]
    few = ["site_id", "name", "owner", "excluded_because"]
    keys = ("place", "feeds", "layers", "unknown_everywhere")
    return {
        **{k: run.manifest[k] for k in keys},
        "policy": {k: run.manifest["policy"][k] for k in ("id", "edition", "changed")},
        "moves": None if run.moves is None else json.loads(run.moves.to_json(orient="records", double_precision=6)),
        "sites": json.loads(ranked.to_json(orient="records", double_precision=6)),
        "excluded": json.loads(excluded[few].to_json(orient="records")),
    }


def _print(run: "Run", top: int, out: Path | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    # a pipe has no width of its own; 110 columns hold the table without cutting names
    console = Console(width=None if sys.stdout.isatty() else 110)
    manifest = run.manifest
    place = manifest["place"]
    hours = f"{place['hours']['from']}-{place['hours']['to']}"
    console.print(
        f"[bold]{escape(place['name'])}[/] · {place['day']} · {hours} · {escape(manifest['policy']['title'])}"
    )
    if place["sketch"]:
        console.print(f"[yellow]{escape(place['sketch'])}[/]")
    for feed in manifest["feeds"]:
        console.print(
            f"  {escape(feed['name'])}: {feed['trips_running']} of {feed['trips_total']} trips run that day"
            + escape(f"; {feed['note']}" if feed["note"] else "")
        )
    if run.moves is not None:
        changed = ", ".join(manifest["policy"]["changed"])
        console.print(f"Weights changed: {escape(changed)}; `was` is the place by the policy's own weights.")
    table = Table(box=None, pad_edge=False, header_style="bold")
    was = None if run.moves is None else run.moves.set_index("site_id")
    for heading in ("rank", *(() if was is None else ("was",)), "score", "low-high", "known", "by line", "homes"):
        table.add_column(heading, justify="right")
    for heading in ("site", "name", "owner"):
        table.add_column(heading)
    for row in run.sites[run.sites["rank"].notna()].head(top).to_dict("records"):
        homes = "?" if row["capacity_units"] != row["capacity_units"] else f"{row['capacity_units']:.0f}"
        figures = (
            f"{row['score_likely']:.3f}",
            f"{row['score_low']:.2f}-{row['score_high']:.2f}",
            f"{row['coverage']:.0%}",
            f"{row['straight_line_share']:.0%}",
            homes,
        )
        before = () if was is None else (str(was.at[row["site_id"], "rank_before"]),)
        table.add_row(str(row["rank"]), *before, *figures, *(escape(str(row[c])) for c in ("site_id", "name", "owner")))
    console.print(table)
    _print_rest(run, top, out, console)


def _print_rest(run: "Run", top: int, out: Path | None, console: Any) -> None:
    from rich.markup import escape

    ranked, excluded = run.sites[run.sites["rank"].notna()], run.sites[run.sites["rank"].isna()]
    if len(ranked) > top:
        console.print(f"... and {len(ranked) - top} more; --top N shows more, --out DIR writes them all.")
    if len(excluded):
        console.print(f"Not ranked: {len(excluded)}")
        for because, count in excluded["excluded_because"].value_counts().head(5).items():
            console.print(f"  {count}  {escape(str(because))}")
    for gone in run.manifest["unknown_everywhere"]:
        console.print(f"Not known for any site: {escape(gone['measure'])} ({escape(gone['because'])})")
    line = run.manifest["parameters"]["straight_line"]
    walk = f"a walk {line['low']:g} to {line['high']:g} times as long, likely {line['likely']:g}"
    for words in (
        "score: the likely one, by which the list goes; the unknown counts 0 at the low end and full at the high.",
        f"known: share of the weights; by line: share of them that is a straight line, taken for {walk}.",
    ):
        console.print(words, highlight=False, soft_wrap=True)
    _print_accounts(run.manifest["layers"], console)
    if out is not None:
        console.print(f"Written to {escape(str(out))}; open {escape(str(out / 'map.html'))}")


def _print_accounts(accounts: list[dict[str, Any]], console: Any) -> None:
    """What became of the rows of each layer in which something was repaired, rejected or worth a caution."""
    from rich.markup import escape

    for account in accounts:
        if not (account["repaired"] or account["rejected"] or account["cautions"]):
            continue
        console.print(
            f"  {escape(account['name'])}: {account['read']} read = {account['kept']} kept"
            f" + {account['repaired']} repaired + {account['rejected']} rejected", highlight=False,
        )  # fmt: skip
        if account["cautions"]:
            console.print(f"    cautions: {account['cautions']}, in {account['report']}", highlight=False)
        for note in _few(account["notes"]):
            console.print(f"    {escape(note)}", highlight=False, soft_wrap=True)


def _few(notes: list[str]) -> list[str]:
    """The first and last notes of many; all of them stand in the manifest."""
    return notes if len(notes) <= 5 else [*notes[:2], f"... {len(notes) - 4} more in manifest.json", *notes[-2:]]


def main() -> None:
    """Run the command; a refusal is one sentence on standard error and status 1."""
    try:
        app()
    except SiteSelectError as refusal:
        typer.echo(f"siteselect: {refusal}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
