"""One place of many: ranked into a folder of its own, and known again when nothing has changed.

A worker is given paths and gives back a few numbers: the raw files are read and the tables written where it runs.
"""

import datetime as dt
import hashlib
import json
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from glob import escape
from importlib import metadata
from pathlib import Path
from typing import Literal

from siteselect import __version__, pipeline, policy, report, sources, standing
from siteselect import place as places
from siteselect.errors import NoWorkers, SiteSelectError
from siteselect.pipeline import Step
from siteselect.place import Located

Draw = Callable[[Path], None]
# two places in one process would need twice its memory, and they share GDAL's settings
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Task:
    """What a worker is told of a place: its id and file, where results go, the day, and the versions to do it with."""

    place: str
    file: Path
    out: Path
    day: dt.date | None
    again: bool
    versions: tuple[tuple[str, str], ...]

    @property
    def folder(self) -> Path:
        """The place's run folder, as `siteselect rank` would write it."""
        return self.out / "places" / self.place

    @property
    def record(self) -> Path:
        """The file that says that the folder is whole."""
        return self.out / "done" / f"{self.place}.json"


@dataclass(frozen=True)
class Record:
    """What is kept of a place that is done: the mark of what it was made from, its files with their sizes, its counts.

    seconds and peak_mb are those of the run that made it: how long it took, and the most that its process had held.
    """

    place: str
    mark: str
    manifest_sha256: str
    files: dict[str, int]
    ranked: int
    excluded: int
    seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Outcome:
    """What became of a place: ranked now, kept from before, or refused with the sentence that says why."""

    place: str
    state: Literal["ranked", "kept", "refused"]
    record: Record | None = None
    sentence: str = ""


def _nobody(stage: str, words: str) -> None:
    """Tell nobody how far it is."""


def versions() -> tuple[tuple[str, str], ...]:
    """What the numbers depend on: this program and the libraries it computes with, each with its version."""
    return (("homeground", __version__), *((name, metadata.version(name)) for name in pipeline.VERSIONED))


def rank(task: Task, draw: Draw, step: Step = _nobody) -> Outcome:
    """Rank one place into its folder, unless the folder is whole; `draw` adds the pages to a folder with the tables.

    A refusal comes back as an outcome with its sentence: it is one place's, and the others go on.
    """
    with _ONE_AT_A_TIME:
        try:
            _same_versions(task)
            located = places.read(task.file)
            mark = fingerprint(located, task)
            if not task.again and (kept := whole(task, mark)):
                return Outcome(task.place, "kept", kept)
            return Outcome(task.place, "ranked", _ranked(task, located, mark, draw, step))
        except SiteSelectError as refusal:
            return Outcome(task.place, "refused", sentence=str(refusal))
        except OSError as problem:
            why = problem.strerror or "the system refused"
            return Outcome(task.place, "refused", sentence=f"{problem.filename or task.file}: {why}.")
        except MemoryError:
            return Outcome(
                task.place, "refused", sentence=f"{task.file}: needs more memory than a worker has; take fewer workers."
            )


def fingerprint(located: Located, task: Task) -> str:
    """A mark of all that a place's numbers come from: its file's settings, policy, every input's content, versions."""
    chosen = policy.read(policy.path_of(located.place.policy, located.file.parent))
    day = task.day or located.place.day
    inputs = [[file.relative_to(located.data).as_posix(), sources.sha256(file)] for file in _inputs(located)]
    layers = located.place.model_dump(mode="json", exclude={"data"})
    said = [layers, chosen.model_dump(mode="json"), day.isoformat(), inputs, task.versions]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def whole(task: Task, mark: str) -> Record | None:
    """The record of a folder that was made from the same and has all its files; None when it must be made."""
    record = read(task)
    if record is None or record.mark != mark or not record.files:
        return None
    for name, size in record.files.items():
        file = task.folder / name
        if not file.is_file() or file.stat().st_size != size:
            return None
    return record if sources.sha256(task.folder / "manifest.json") == record.manifest_sha256 else None


def read(task: Task) -> Record | None:
    """What was kept of a place, None when nothing or nothing of use."""
    try:
        return Record(**json.loads(task.record.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _ranked(task: Task, located: Located, mark: str, draw: Draw, step: Step) -> Record:
    began = time.perf_counter()
    standing.guard(task.folder, located)
    now = standing.asked(located, {"day": task.day.isoformat() if task.day else None})
    task.record.unlink(missing_ok=True)  # while its files change, the folder is not whole
    run = pipeline.run(located, task.day, step)
    step("write", "the tables and the map")
    with report.folder(task.folder) as beside:
        report.write(run, beside)
        draw(beside)
        standing.seal(beside, run.manifest, now)
        files = {p.relative_to(beside).as_posix(): p.stat().st_size for p in sorted(beside.rglob("*")) if p.is_file()}
        manifest = sources.sha256(beside / "manifest.json")
    ranked = int(run.sites["rank"].notna().sum())
    counts = (files, ranked, len(run.sites) - ranked, round(time.perf_counter() - began, 3), peak_mb())
    record = Record(task.place, mark, manifest, *counts)
    task.record.parent.mkdir(parents=True, exist_ok=True)
    half = task.record.with_suffix(".half")
    report.write_json(asdict(record), half)
    half.replace(task.record)
    return record


def peak_mb() -> float:
    """The most memory that this process has held, MB."""
    units_per_mb = 1024**2 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / units_per_mb, 1)


def _inputs(located: Located) -> Iterator[Path]:
    """Every file of the place's layers, and those beside them that go with them (.dbf and .prj of a .shp)."""
    for found in located.inputs():
        around = found.rglob("*") if found.is_dir() else found.parent.glob(f"{escape(found.stem)}.*")
        yield from sorted(p for p in around if p.is_file())


def _same_versions(task: Task) -> None:
    """NoWorkers when this process would compute with other libraries than those who asked: the numbers could differ."""
    here, asked = dict(versions()), dict(task.versions)
    other = [f"{name} {here[name]} and not {asked[name]}" for name in asked if here.get(name) != asked[name]]
    if other:
        raise NoWorkers(
            f"the worker has {', '.join(other)}: install the same list of packages on every machine, then run again."
        )
