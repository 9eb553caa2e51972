"""Sources and outcomes in words, and as plain values for JSON."""

from collections.abc import Iterable
from typing import Any

from siteselect.sources import kept
from siteselect.sources.download import Watch
from siteselect.sources.fetching import Outcome
from siteselect.sources.registry import Registry, Source


def registry(told: Registry) -> list[str]:
    """The registry for a terminal, theme by theme: id, what it is, how it comes, how often it changes."""
    lines: list[str] = []
    theme = ""
    for source in sorted(told.sources.values(), key=lambda s: s.theme):
        if source.theme != theme:
            theme = source.theme
            lines += ["", theme] if lines else [theme]
        lines.append(f"  {source.id:<22} {source.what}")
        lines.append(f"  {'':<22} {source.publisher}; {source.licence}; changes {source.changes}; {way(source)}")
    return lines


def way(source: Source) -> str:
    """How a source comes here: which addresses may be asked, and what they want."""
    if not source.addresses:
        return f"by hand, from {source.page}"
    told = []
    for address in source.addresses:
        key = f" with a key in {address.key.variable}" if address.key else ""
        told.append(f"{address.host}{key}{'' if address.verified else ' (address not verified)'}")
    return ", then ".join(told)


def outcomes(told: Iterable[Outcome]) -> list[str]:
    """What became of each source, for a terminal; then the credit lines that must stand near what is made of them."""
    lines, credits_due = [], []
    for outcome in told:
        size = f"{outcome.note.bytes / 1e6:,.1f} MB" if outcome.note else "-"
        age = f"{outcome.age_days} days old" if outcome.age_days is not None else "-"
        lines.append(f"  {outcome.state:<10} {outcome.source.id:<22} {size:>12}  {age:>13}  {outcome.source.file}")
        if outcome.words and outcome.state != "failed":
            lines.append(f"  {'':<10} {outcome.words}")
        if outcome.note and outcome.note.credit not in credits_due:
            credits_due.append(outcome.note.credit)
    if credits_due:
        lines.append("Credit, wherever the results are shown: " + "; ".join(credits_due))
    return lines


def as_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain values: source, file, state, words, age_days, by_hand, note (or null)."""
    note = None if outcome.note is None else outcome.note.model_dump(mode="json")
    return {
        "source": outcome.source.id, "file": outcome.source.file, "state": outcome.state, "words": outcome.words,
        "age_days": outcome.age_days, "by_hand": outcome.note is not None and outcome.note.how == kept.BY_HAND,
        "note": note,
    }  # fmt: skip


class Bars:
    """A bar for each source on a terminal's standard error; silent where nobody watches."""

    def __enter__(self) -> Watch:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._bars = Progress(*columns, console=console, disable=not console.is_terminal)
        self._tasks: dict[str, Any] = {}
        self._bars.start()
        return self._watch

    def _watch(self, source: str, here: int, whole: int | None) -> None:
        if source not in self._tasks:
            self._tasks[source] = self._bars.add_task(source, total=whole)
        self._bars.update(self._tasks[source], completed=here, total=whole)

    def __exit__(self, *_: object) -> None:
        self._bars.stop()
