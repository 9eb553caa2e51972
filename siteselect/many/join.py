"""The places that are done, as one table and one manifest."""

import datetime as dt
import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from siteselect import report, sources
from siteselect.errors import OutRefused
from siteselect.many import merge, partition
from siteselect.many.partition import Outcome, Task
from siteselect.place import Located

MANIFEST, TABLES = "places.json", ("sites.parquet", "sites.csv")
RULE = (
    "rank: over all places, sites that pass every gate by their likely score, then by its low end; equal sites share a "
    "rank and stand by site_id, then by place. rank_in_place: the place's own. Each place is measured with its own "
    "layers: what lies over its border counts as far as they reach."
)


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Have a folder to ourselves while it is written; OutRefused when another run has it, or it cannot be written."""
    with ExitStack() as stack:
        with _writable(out):
            out.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((out / ".lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutRefused(f"{out}: another run is writing there; wait for it, or name another --out.") from None
            _tidy(out)
        yield
        _tidy(out)


def _tidy(out: Path) -> None:
    """Remove the half-written folders of a run, or of a worker, that was killed."""
    for left in [*out.glob(".joined-*"), *out.glob("places/.*-*")]:
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _writable(out: Path) -> Iterator[None]:
    """OutRefused where the system lets us write nothing."""
    try:
        yield
    except OSError as problem:
        told = problem.strerror or "the system refused"
        raise OutRefused(
            f"{out}: cannot be written ({told}); name a folder that you may write to with --out."
        ) from None


def at_hand(outcome: Outcome, task: Task) -> Outcome:
    """The outcome, refused when a worker says that it is done and this machine does not see what it wrote."""
    if outcome.record is None or partition.whole(task, outcome.record.mark):
        return outcome
    because = f"{task.folder}: a worker says that it wrote this, but here it is not whole; all must see one folder."
    return Outcome(outcome.place, "refused", sentence=because)


def write(
    out: Path, outcomes: Sequence[Outcome], located: dict[str, Located], day: dt.date | None, policy: str
) -> dict[str, Any] | None:
    """Write the joined tables and places.json, unless they are there already; gives the manifest.

    None, and nothing is written, when no place is done.
    """
    done = [outcome for outcome in outcomes if outcome.record is not None]
    if not done:
        return None
    told = {
        "rule": RULE,
        "policy": policy,
        "places": _made(done, located, day),
        "not_done": [{"place": o.place, "because": o.sentence} for o in outcomes if o.record is None],
        "versions": dict(partition.versions()),
    }
    if (kept := _kept(out, told)) is not None:
        return kept
    with _writable(out), tempfile.TemporaryDirectory(prefix=".joined-", dir=out) as folder:
        beside = Path(folder)
        tables = {o.place: out / "places" / o.place / "sites.parquet" for o in sorted(done, key=lambda o: o.place)}
        rows = merge.write(tables, *(beside / name for name in TABLES))
        files = [{"path": name, "bytes": (beside / name).stat().st_size, "sha256": sources.sha256(beside / name)}
                 for name in TABLES]  # fmt: skip
        manifest = told | {"rows": rows, "files": files}
        report.write_json(manifest, beside / MANIFEST)
        (out / MANIFEST).unlink(missing_ok=True)
        for name in (*TABLES, MANIFEST):
            (beside / name).replace(out / name)
    return manifest


def _made(done: Sequence[Outcome], located: dict[str, Located], day: dt.date | None) -> list[dict[str, Any]]:
    """What the tables are made of; not who did the work nor when, so that equal results are equal."""
    made = []
    for outcome in sorted(done, key=lambda o: o.place):
        record, place = outcome.record, located[outcome.place].place
        assert record is not None
        made.append({
            "id": place.id, "name": place.name, "folder": f"places/{place.id}",
            "day": (day or place.day).isoformat(), "hours": {"from": place.hours.start, "to": place.hours.end},
            "ranked": record.ranked, "excluded": record.excluded, "made_from": record.mark,
            "manifest": f"places/{place.id}/manifest.json", "manifest_sha256": record.manifest_sha256,
        })  # fmt: skip
    return made


def _kept(out: Path, told: dict[str, Any]) -> dict[str, Any] | None:
    """The manifest that is there, when it says the same and its tables are there as it says."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        manifest: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        same = {key: value for key, value in manifest.items() if key not in {"rows", "files"}} == told
        if same and all((out / file["path"]).stat().st_size == file["bytes"] for file in manifest["files"]):
            return manifest
    return None
