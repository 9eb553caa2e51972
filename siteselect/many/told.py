"""What a person hears of the work on many places: a line a place as it ends, and the head of the joined table."""

import sys
from pathlib import Path

from siteselect.many import Done
from siteselect.many.partition import Outcome


def line(outcome: Outcome, number: int, of: int) -> None:
    """One line on standard error: how many are done, which place, and what became of it."""
    record = outcome.record
    if record is None:
        words = f"REFUSED: {outcome.sentence}"
    else:
        counts = f"{record.ranked:,} ranked, {record.excluded:,} not"
        words = (
            f"{counts}, kept: nothing has changed"
            if outcome.state == "kept"
            else f"{counts}, {record.seconds:.1f} s, {record.peak_mb:,.0f} MB"
        )
    print(f"[{number}/{of}] {outcome.place}: {words}", file=sys.stderr, flush=True)


def end(done: Done, out: Path, top: int) -> None:
    """The first sites of all places, how many there are, and what is not in the table."""
    refused = [outcome for outcome in done.outcomes if outcome.record is None]
    if done.manifest is not None:
        _first(out, top)
        ranked = sum(place["ranked"] for place in done.manifest["places"])
        print(f"{len(done.manifest['places']):,} places, {done.manifest['rows']:,} sites, {ranked:,} of them ranked.")
        print(f"Written to {out}: sites.parquet, sites.csv, places.json, places/")
    if refused:
        print(f"Not in the table: {', '.join(outcome.place for outcome in refused)}; see above, then run this again.")


def _first(out: Path, top: int) -> None:
    import pyarrow.parquet as pq
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    columns = ["rank", "place", "site_id", "score_likely", "score_low", "score_high", "coverage", "name", "owner"]
    with pq.ParquetFile(out / "sites.parquet") as file:
        rows = next(file.iter_batches(top, columns=columns)).to_pylist() if file.metadata.num_rows else []
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("rank", "score", "low-high", "known"):
        table.add_column(heading, justify="right")
    for heading in ("place", "site", "name", "owner"):
        table.add_column(heading)
    for row in rows:
        if row["rank"] is not None:
            words = (str(row[c] if row[c] is not None else "") for c in ("place", "site_id", "name", "owner"))
            span = f"{row['score_low']:.2f}-{row['score_high']:.2f}"
            figures = (str(row["rank"]), f"{row['score_likely']:.3f}", span, f"{row['coverage']:.0%}")
            table.add_row(*figures, *map(escape, words))
    # a pipe has no width of its own; 110 columns hold the table without cutting names
    Console(width=None if sys.stdout.isatty() else 110).print(table)
