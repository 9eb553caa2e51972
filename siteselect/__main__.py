"""The siteselect command: the planner's door."""

import dataclasses
import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siteselect import handover
from siteselect.errors import SiteSelectError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from siteselect.place import Located
    from siteselect.report import Run
    from siteselect.runs import Held
    from siteselect.standing import Asked

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
- **reasons.csv**, **reasons.parquet**: for each site and criterion the value, method, source, date, and the points
- **map.html** (and **map.es.html**, in Spanish): one file, opens anywhere, asks nothing of the network
- **manifest.json**: what was read and written (checksums, sources, licences), what became of each row, each feed's
  trips that day
- **reports/**: every row that was repaired or rejected, with the reason and the remedy

Where the folder holds a run already and nothing changed since, neither a file nor an option nor the program, its files
stand and nothing is measured again; `--again` measures all the same.

What is not known is never a zero: a site's score is a range, and its coverage says how much of the policy is known.

Exit status: 0 done; 1 refused, with one sentence that says what to do (a feed that does not run that day, a file that
cannot be read); 2 the command was not understood.

Examples:

    siteselect rank places/demo.toml --out data/processed/demo

    siteselect rank places/sonoma.toml --data ~/county-data --day 2018-02-06 --out run/
"""

MANY_HELP = """Rank many places, one after another or on many workers, and join them into one table.

Each PLACE is a TOML file as `rank` takes it, often a county. The folder `--out` gets:

- **places/ID/**: each place's run, the same files with the same bytes that `rank` writes
- **sites.parquet**, **sites.csv**: the sites of all places, ranked over all of them
- **places.json**: what the tables are made of, and which places are not in them, with the reason
- **done/**: what a later run needs to go on

Run it again and only what is new or changed is ranked: a run that was broken off goes on. A place that is refused is
told with its reason, and the others go on. The numbers do not depend on who computes them.

Without `--workers` and `--scheduler` everything is done in this process. Both want Dask (`homeground[many]`). Give a
scheduler only if you trust everybody who can reach it: who can, runs programs in your name (docs/many-counties.md).

Exit status: 0 done; 1 refused, or some places were; 2 the command was not understood.

Examples:

    siteselect rank-many places/*.toml --out data/processed/all --workers 2

    siteselect rank-many counties/*.toml --out /shared/state --scheduler tls://10.0.0.5:8786
"""

PRINTED = (
    "site_id", "rank", "score_low", "score_likely", "score_high", "coverage", "straight_line_share", "name", "owner",
    "capacity_units", "excluded_because",
)  # fmt: skip


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
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep large street networks here from run to run, instead of homeground/ in the user's cache folder"
            " (XDG_CACHE_HOME, else ~/.cache). Nothing else is kept, and nothing needs it.",
        ),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep no street network and look for none.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Rank anew even where nothing changed since.")] = False,
) -> None:
    """Rank a place's sites."""
    chosen = _day(day)
    from siteselect import standing

    located = _located(place, data, policy)
    changes, gates = [*_judged(pairs, located), *(weight or ())], gate or []
    now, because = None, "nothing is kept without --out"
    if out is not None:
        standing.guard(out, located)
        now = standing.asked(located, options(chosen, changes, gates))
        because = "--again" if again else standing.why_not(out, now) or ""
    kept = None if no_cache else cache or _cache()
    run: Run | Standing
    if out is not None and not because:
        run = Standing.read(out, as_json)
    else:
        run = _ranked(located, How(chosen, changes, gates, kept), out, now, because)
    if as_json:
        typer.echo(json.dumps(_as_json(run), ensure_ascii=False, allow_nan=False, indent=1))
        return
    _print(run, top, out)
    if out is not None and not because:
        typer.echo(f"Nothing changed since {standing.since(out)}; the files stand. --again ranks anew.")


@dataclass(frozen=True)
class How:
    """How a place is to be ranked: the day, changed weights and gates, and where networks are kept."""

    day: dt.date | None
    weights: list[str]
    gates: list[str]
    cache: Path | None


def options(day: dt.date | None, weights: list[str], gates: list[str]) -> dict[str, Any]:
    """The options of a run that change its answer, as its manifest holds them; those not given are left out."""
    said = {"weights": weights, "gates": gates}
    return {"day": day.isoformat() if day else None, **{name: given for name, given in said.items() if given}}


@dataclass(frozen=True)
class Standing:
    """A run that stands in its folder: as much of it as is printed."""

    sites: "pd.DataFrame"
    manifest: dict[str, Any]
    moves: "pd.DataFrame | None" = None

    @classmethod
    def read(cls, out: Path, whole: bool) -> "Standing":
        """The run in a folder that was found whole; not `whole`: what the printed table shows of it."""
        import pandas as pd
        import pyarrow.parquet as pq

        path = out / "sites.parquet"
        columns = [name for name in pq.read_schema(path).names if name in PRINTED or (whole and name != "geometry")]
        table = pq.read_table(path, columns=columns).to_pandas(ignore_metadata=True)
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        file = out / "moves.csv"
        types = {"site_id": "str", "rank_before": "Int64", "rank_after": "Int64"}
        moves = pd.read_csv(file, dtype=types) if file.exists() else None
        return cls(table.assign(rank=table["rank"].astype("Int64")), manifest, moves)


def _ranked(located: "Located", how: How, out: Path | None, now: "Asked | None", because: str) -> "Run":
    """Rank, and write the files where they are wanted; `because` says why what is there does not do."""
    from siteselect import pipeline, report, standing

    with _progress() as step:
        if out is not None and (out / "manifest.json").exists():
            step("again", because)
        run = pipeline.run(located, how.day, step, how.weights, how.gates, how.cache)
        if out is not None and now is not None:
            from maps import sites as maps_sites

            step("write", "the tables and the map")
            with report.folder(out) as beside:
                report.write(run, beside)
                maps_sites.write_pages(beside)
                standing.seal(beside, run.manifest, now)
    return run


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


@app.command()
def choose(
    place: Annotated[Path, typer.Argument(metavar="PLACE.toml", help="The place's file.")],
    count: Annotated[int, typer.Option(metavar="N", min=1, max=6, help="How many sites.")] = 3,
    apart_m: Annotated[
        float, typer.Option(metavar="METRES", min=0, help="How far apart at least, straight line.")
    ] = 2000,
    minutes: Annotated[float, typer.Option(metavar="MIN", min=1, max=60, help="Reached is within such a walk.")] = 15,
    existing: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Existing housing (lon, lat): whom it reaches is reached.")
    ] = None,
    fixed: Annotated[
        list[str] | None, typer.Option("--with", metavar="SITE_ID", help="This site is in the set.")
    ] = None,
    data: Data = None,
    day: Day = None,
    policy: PolicyName = None,
    weight: Weights = None,
    gate: Gates = None,
    as_json: Json = False,
) -> None:
    """The best few sites as a set: the most people reached on foot, at least so far apart; proven best."""
    on = _day(day)
    from siteselect import choosing, pipeline

    located = _located(place, data, policy)
    with _progress() as step:
        run = pipeline.run(located, on, step, weight or (), gate or ())
        step("choose", f"{count} sites")
        told = choosing.answer(located, run, count, apart_m, minutes, existing, fixed or [])
    _say(told, choosing.said(told), as_json)


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


FETCH_HELP = """Get what a place needs from its publishers into its data folder.

The place's file names the sources in its `[fetch]` table: `sources = [...]` (`siteselect sources` lists them), and
`box`, in degrees, for services that are asked for an area. Downloads go on where they stopped, are asked for again only
when they changed, are checked by their bytes, and replace the last good file only when they are sound. Beside each file
lies a note: address, time, checksum, licence, credit line. A file that you put there yourself is checked, noted as
dropped by hand, and never overwritten; to fetch it instead, move it away.

Only hosts of the registry are asked, over https. An address that nobody verified is asked only with `--unverified`.
A key is read from the environment variable that the registry names (for 511: HOMEGROUND_511_KEY).

Exit status: 0 nothing failed (what is left for you to do is listed); 1 something was refused or failed, one sentence
each, and the last good files are kept; 2 the command was not understood.

Examples:

    siteselect fetch places/sonoma-today.toml --dry-run

    siteselect fetch places/sonoma-today.toml --only sonoma-county-transit

    siteselect fetch places/sonoma-today.toml --offline
"""


@app.command(help=FETCH_HELP)
def fetch(
    place: Annotated[Path, typer.Argument(metavar="PLACE.toml", help="The place's file, with a [fetch] table.")],
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder to fetch into.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this source; may be repeated.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody; say what is here and how old it is.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked; ask and write nothing.")] = False,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Also ask addresses that nobody has verified.")
    ] = False,
    patience: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0.1, max=3600, help="Give up after so long without progress (8)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of each source as JSON.")] = False,
) -> None:
    """Fetch a place's sources."""
    from siteselect import place as places
    from siteselect.sources import fetching, registry, shown

    located = places.planned(place, data)
    asked = located.asked()
    known = registry.read(place.parent / asked.registry if asked.registry else None)
    chosen = known.chosen(tuple(only) if only else asked.sources, str(place))
    box = asked.box or located.place.box
    if offline:
        told = fetching.offline(chosen, located.data, box)
    else:
        variables = {a.key.variable for s in chosen for a in s.addresses if a.key}
        keys = {name: value for name in variables if (value := os.environ.get(name, "").strip())}
        ways = fetching.Ways(keys, unverified, patience)
        if dry_run:
            told = fetching.intended(chosen, located.data, ways)
        else:
            with shown.Bars() as watch:
                told = fetching.run(known, chosen, located.data, box, ways, watch)
    if as_json:
        typer.echo(json.dumps([shown.as_json(outcome) for outcome in told], ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(shown.outcomes(told)))
    failed = [outcome for outcome in told if outcome.state == "failed"]
    for outcome in failed:
        typer.echo(f"siteselect: {outcome.source.id}: {outcome.words}", err=True)
    if failed:
        raise typer.Exit(1)


@app.command()
def sources(
    as_json: Annotated[bool, typer.Option("--json", help="Print the registry as JSON.")] = False,
) -> None:
    """List what a county needs: publisher, licence, how often it changes, and how it comes here."""
    from siteselect.sources import registry, shown

    known = registry.read()
    if as_json:
        typer.echo(
            json.dumps([s.model_dump(mode="json") for s in known.sources.values()], ensure_ascii=False, indent=1)
        )
    else:
        typer.echo("\n".join(shown.registry(known)))


POINTS_HELP = """Ask a rule pack of every site: its points under a funding table, or the tests of a statute.

Each item stands with the rule and its edition, the amenity or stop that gives it, the distance and how it was measured,
the metres that are short of the next better points, the source and the age of its data.

Points are three figures: **certain**; **if confirmed**, as measured, if everything that is asked turns out so; **at
best**, if also what no list at hand shows is there.  What is not known is never a point and never a pass.

What no map says (the project's density, its housing type, a store's floor area) is asked of a project's file,
`--project FILE`: TOML with `[project]`, `[sites."ID"]`, `[amenities."ID"]` and `[sites."ID".amenities."ID"]`.

Exit status: 0 done; 1 refused, with one sentence; 2 the command was not understood.

Examples:

    siteselect points places/demo.toml --pack ctcac-2024-12-11

    siteselect points places/demo.toml --pack siting-2026-07-10 --site county-admin-center

    siteselect points places/sonoma.toml --data ~/county-data --pack ctcac-2024-12-11 --project mine.toml --json
"""


@app.command(help=POINTS_HELP)
def points(
    place: Annotated[Path, typer.Argument(metavar="PLACE.toml", help="The place's file.")],
    pack: Annotated[str, typer.Option(metavar="PACK", help="A rule pack's name, or a file of one.")],
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder with the place's layers, instead of the one its file names."),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="The analysis day, instead of the one the place's file names."),
    ] = None,
    project: Annotated[Path | None, typer.Option(metavar="FILE", help="The project's own facts (TOML).")] = None,
    site: Annotated[list[str] | None, typer.Option(metavar="ID", help="Tell this site item by item.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every item of every site here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every site and item as JSON.")] = False,
) -> None:
    """Ask a rule pack of every site of a place."""
    chosen = _day(day)
    from siteselect import dossier, rules
    from siteselect import place as places
    from siteselect.points_table import print_result, write_csv

    located = places.read(place, data)
    asked = rules.read_pack(pack, Path.cwd())
    dossier.admitted(located, asked)
    facts = dossier.read_facts(located, asked, project)
    with _progress() as step:
        step("rules", asked.title)
        result, _accounts = dossier.answer(located, asked, facts, chosen)
    only = result.of_sites(site) if site else result
    if csv is not None:
        write_csv(only, csv)
    if as_json:
        typer.echo(json.dumps(only.plain(), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        print_result(only, located.place.name, in_full=bool(site))


REACH_HELP = """How long from one point to other points, by transit or on foot: leaving at a moment, or there by it.

PLACE is a place's TOML file with a timetable (its `[[feeds]]`), and streets where there are any. `--to` is a point, or
a file of points: CSV with the columns lon and lat (degrees) and, if you like, id and name; or GeoJSON. A row whose
coordinates are blank is kept and its times are unknown; one whose coordinates are wrong is listed as rejected.

Times count from the moment given to the arrival, all waits included: the earliest that the timetable allows, exact to
the second at 1.2 m/s on foot. At most 1,200 m are walked to or from a stop, 600 m between stops; a walk of up to
3,000 m stands in where it is sooner. Where no street is near, the walk is a straight line, and says so. Nothing is a
promise: vehicles run late.

- `--at` is the place's own time, or names its offset (2018-02-07T01:10Z); nights when the clocks change are taken right
- `--arrive`: be there by `--at`; the answer is the latest departure
- `--window 120`: leave every minute for two hours; the times that 5, 50 and 95 % of the departures do not exceed
- `--within 45`: with a window, the share of the departures that take at most so long
- `--wheelchair`: board and leave only where the timetable says that a wheelchair can; unknown is not a yes
- `--store DIR` keeps the prepared timetable there, and finds it again: then an answer takes milliseconds
- `--out FILE.csv`, `.geojson` or `.json` also writes the answer as a file

For each place the last departure of the day that still works by transit is told too.

Exit status: 0 answered (also when nothing runs: then it says so, and gives the walks); 1 refused, with one sentence (a
day outside a feed's calendar, a file that cannot be read); 2 the command was not understood.

Examples:

    siteselect reach places/demo.toml --from "-122.7207,38.4372" --to "-122.6366,38.2337" --at 2025-09-23T17:10

    siteselect reach places/demo.toml --from "-122.7207,38.4372" --to data/raw/demo/services.csv \\
        --at 2025-09-23T09:00 --arrive --out reach.csv
"""

STOPS_HELP = """How often each stop inside the place is served on a day, and which are major transit stops.

For each stop: departures an hour in the place's hours, the largest gap between departures in the morning and afternoon
peaks, first and last departure, the days of that week with service; with `--json` also each route and direction with
its headway. A stop where nothing runs that day is listed, with 0 departures.

- **major**: a major transit stop of California's Public Resources Code 21064.3 as it stands since 2025: a rail station,
  a ferry terminal with a bus or train, or two bus routes that each run every 20 minutes or better in both peaks.
- **corridor**: a bus route that runs every 15 minutes or better in one direction in both peaks (section 21155).

"Every 15 minutes" is read strictly: no interval that touches a peak is longer. Other readings (the law until 2024,
averages, all buses of a stop together) are counted beside it, since they give other answers. The law does not say when
the peaks are: `--peaks` moves them.

Exit status: 0 done; 1 refused, with one sentence (a day outside a feed's calendar, nothing runs); 2 not understood.

Examples:

    siteselect stops places/demo.toml

    siteselect stops places/demo.toml --peaks 06:00-09:00,15:00-19:00 --out stops.geojson
"""

PlaceFile = Annotated[Path, typer.Argument(metavar="PLACE.toml", help="The place's file.")]


Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Also write it here: .csv, .geojson or .json.")]


@app.command(help=REACH_HELP)
def reach(
    place: PlaceFile,
    origin: Annotated[str, typer.Option("--from", metavar="LON,LAT", help="Where the journey begins, degrees.")],
    to: Annotated[
        str, typer.Option("--to", metavar="FILE|LON,LAT", help="Where to: a point, or a CSV or GeoJSON file of points.")
    ],
    at: Annotated[str, typer.Option("--at", metavar="INSTANT", help="When, local time: 2018-02-06T17:10.")],
    arrive: Annotated[bool, typer.Option("--arrive", help="Be there by --at: the latest departure.")] = False,
    window: Annotated[
        int | None,
        typer.Option("--window", metavar="MINUTES", min=1, max=1440, help="Leave every minute for so long from --at."),
    ] = None,
    within: Annotated[
        int | None,
        typer.Option(
            "--within", metavar="MINUTES", min=1, max=360, help="The share of the window that takes no longer."
        ),
    ] = None,
    data: Data = None,
    store: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the prepared timetable in this folder, or find it there.")
    ] = None,
    wheelchair: Annotated[
        bool, typer.Option("--wheelchair", help="Only stops that are known to be boarded with a wheelchair.")
    ] = False,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """How long from here to there at a moment."""
    from siteselect import doors

    wanted = {"arrive": arrive, "window_min": window, "within_min": within, "wheelchair": wheelchair}
    asked = doors.ask(origin, to, at, **wanted)
    if out is not None:
        doors.guard(out, place, data, asked.file)
    answer = doors.reach_answer(place, data, asked, store)
    if out is not None:
        doors.write_reach(answer, out)
    _tell(answer, doors.said, out, as_json=as_json)


@app.command(help=STOPS_HELP)
def stops(
    place: PlaceFile,
    data: Data = None,
    day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The day, instead of the one the place's file names.")
    ] = None,
    peaks: Annotated[
        str, typer.Option(metavar="FROM-TO,FROM-TO", help="The morning and the afternoon peak.")
    ] = "07:00-09:00,16:00-18:00",
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many stops the printed table shows.")] = 20,
) -> None:
    """How often each stop is served."""
    chosen = _day(day)
    from siteselect import doors

    spans = doors.peaks(peaks)
    if out is not None:
        doors.guard(out, place, data)
    answer = doors.stops_answer(place, data, chosen, spans)
    if out is not None:
        doors.write_stops(answer, out)
    _tell(answer, lambda told: doors.stops_said(told, top), out, as_json=as_json)


def _tell(answer: dict[str, Any], said: Callable[[dict[str, Any]], str], out: Path | None, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=1))
        return
    typer.echo(said(answer))
    if out is not None:
        typer.echo(f"Written to {out}")


@app.command(name="rank-many", help=MANY_HELP)
def rank_many(
    places: Annotated[list[Path], typer.Argument(metavar="PLACE.toml...", help="The places' files.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Write everything here; the workers must see it too.")],
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Work in N processes of this machine.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Work on this Dask scheduler: tcp:// or tls://HOST:PORT.")
    ] = None,
    day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The analysis day, instead of each place's own.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Rank every place, also those that have not changed.")] = False,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many sites the printed table shows.")] = 20,
) -> None:
    """Rank many places."""
    if workers is not None and scheduler is not None:
        raise typer.BadParameter("give --workers or --scheduler, not both", param_hint="--scheduler")
    chosen = _day(day)
    from maps import sites as maps_sites
    from siteselect import many
    from siteselect.many import told
    from siteselect.many import workers as who

    draw = maps_sites.write_pages
    with _progress() as step:
        if scheduler is not None:
            step("places", f"{len(places)} on {scheduler}")
            give: many.Give = partial(who.of_a_scheduler, draw=draw, address=scheduler)
        elif workers is not None:
            step("places", f"{len(places)} in {workers} processes")
            give = partial(who.of_this_machine, draw=draw, count=workers)
        else:
            give = partial(who.here, draw=draw, step=step)
        done = many.run(places, out, give=give, tell=told.line, day=chosen, again=again)
    told.end(done, out, top)
    if any(outcome.state == "refused" for outcome in done.outcomes):
        raise typer.Exit(1)


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; write it as 2018-02-06", param_hint="--day") from None


def _cache() -> Path | None:
    """The user's own cache folder for this program; None where the system names no home."""
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "homeground"
    try:
        return Path.home() / ".cache" / "homeground"
    except RuntimeError:
        return None


class _progress:  # noqa: N801 - used like a function
    """Steps on a terminal's standard error, with the time each took; silent where nobody watches."""

    def __enter__(self) -> Any:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = console = Console(stderr=True)
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
        if stage == "note":  # no stage of the work, and worth knowing though nobody watches it
            self._console.print(f"note: {words}", highlight=False, markup=False, soft_wrap=True)
            return
        if self._task is not None:
            self._bar.update(self._task, total=1, completed=1)
            self._bar.stop_task(self._task)
        self._task = self._bar.add_task(f"{stage}: {words}", total=None)

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._bar.stop_task(self._task)
        self._bar.stop()


def _as_json(run: "Run | Standing") -> dict[str, Any]:
    """The whole run: every ranked site with all its columns, every excluded one with its reason."""
    plain = run.sites.drop(columns="geometry", errors="ignore")
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


def _print(run: "Run | Standing", top: int, out: Path | None) -> None:
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


def _print_rest(run: "Run | Standing", top: int, out: Path | None, console: Any) -> None:
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
