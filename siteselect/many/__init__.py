"""Many places, each a piece of work of its own: on one process or many workers, the same numbers, and never twice.

OUT/places/ID/       each place's run, as `siteselect rank` writes it
OUT/sites.parquet    the sites of all places in one order, and OUT/sites.csv
OUT/places.json      what they are made of: the manifest of the manifests
OUT/done/ID.json     what is kept, so that a run can go on where it was broken off
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siteselect import place as places
from siteselect import policy
from siteselect.errors import ConfigError, SiteSelectError
from siteselect.many import join, partition
from siteselect.many.partition import Outcome, Task
from siteselect.place import Located

Give = Callable[[Sequence[Task]], Iterator[Outcome]]
Tell = Callable[[Outcome, int, int], None]


@dataclass(frozen=True)
class Done:
    """What became of all: the outcomes in the order of the places, and the manifest; None where nothing was ranked."""

    outcomes: tuple[Outcome, ...]
    manifest: dict[str, Any] | None


def run(
    files: Sequence[Path], out: Path, *, give: Give, tell: Tell, day: dt.date | None = None, again: bool = False
) -> Done:
    """Rank every place file into `out`, and join those that are done into one table ranked over all of them.

    `give` does the work (see `workers`); `tell` hears of each outcome with how many are done, of how many.  A place
    that is refused is told and left out, and named in the manifest.  ConfigError when two places have one id, or are
    ranked by different policies: their scores could not stand in one list.
    """
    order, located, outcomes = _read(files)
    chosen = _comparable(list(located.values()))
    with join.alone(out):
        for number, outcome in enumerate(outcomes.values(), 1):
            tell(outcome, number, len(order))
        made = partition.versions()
        tasks = {p: Task(p, at.file.resolve(), out.resolve(), day, again, made) for p, at in located.items()}
        # the largest first, so that no worker is left with it at the end
        heavy = sorted(located, key=lambda p: (-_bytes(located[p]), p))
        for outcome in give([tasks[p] for p in heavy]):
            outcomes[outcome.place] = join.at_hand(outcome, tasks[outcome.place])
            tell(outcomes[outcome.place], len(outcomes), len(order))
        told = tuple(outcomes[p] for p in order)
        return Done(told, join.write(out, told, located, day, chosen))


def _read(files: Sequence[Path]) -> tuple[list[str], dict[str, Located], dict[str, Outcome]]:
    """The names of all places in order, those that can be read, and those that cannot, by their file's name."""
    order: list[str] = []
    located: dict[str, Located] = {}
    refused: dict[str, Outcome] = {}
    for file in files:
        try:
            found = places.read(file)
        except SiteSelectError as refusal:
            refused[str(file)] = Outcome(str(file), "refused", sentence=str(refusal))
            order.append(str(file))
            continue
        if (other := located.get(found.place.id)) is not None:
            raise ConfigError(f"{file}: has the id {found.place.id!r}, as {other.file} has; give each place its own.")
        located[found.place.id] = found
        order.append(found.place.id)
    return order, located, refused


def _comparable(found: list[Located]) -> str:
    """The policy of all places, its id and edition; ConfigError when two are ranked by different ones."""
    first = None
    for located in found:
        chosen = policy.read(policy.path_of(located.place.policy, located.file.parent))
        first = first or (located, chosen)
        if chosen != first[1]:
            raise ConfigError(
                f"{located.file}: is ranked by the policy {chosen.id!r} {chosen.edition}, {first[0].file} by "
                f"{first[1].id!r} {first[1].edition}; scores of two policies cannot stand in one list, so give all "
                "places the same."
            )
    return f"{first[1].id} {first[1].edition}" if first else ""


def _bytes(located: Located) -> int:
    """How large a place's input is; 0 when it is not there, which its worker will say."""
    try:
        found = located.inputs()
        return sum(p.stat().st_size for f in found for p in (f.rglob("*") if f.is_dir() else [f]) if p.is_file())
    except (SiteSelectError, OSError):
        return 0
