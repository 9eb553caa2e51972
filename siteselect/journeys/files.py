"""Timetables and streets as a folder of plain arrays, which a server opens at once without reading them."""

import json
import shutil
import tempfile
from dataclasses import fields
from pathlib import Path

import numpy as np

from siteselect.errors import FileRefused
from siteselect.journeys import arrays, streets

FORMAT = "homeground journeys 1"
PARTS = {"patterns": arrays.Patterns, "footpaths": arrays.Footpaths}
TEXTS = ("day", "timezone", "trips_today", "walk_speed_m_s", "walk_method", "notes")


def write(folder: Path, table: arrays.Timetable, walking: streets.Net, crs: str, **told: object) -> None:
    """Write a timetable and its streets into a folder, beside and renamed; `told` is kept with them (JSON)."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for field in fields(arrays.Timetable):
            value = getattr(table, field.name)
            if isinstance(value, np.ndarray):
                np.save(beside / f"{field.name}.npy", value)
            elif isinstance(value, tuple) and hasattr(value, "_asdict"):
                for name, array in value._asdict().items():
                    np.save(beside / f"{field.name}.{name}.npy", array)
            elif field.name in PARTS:
                for part in fields(PARTS[field.name]):
                    np.save(beside / f"{field.name}.{part.name}.npy", getattr(value, part.name))
        for name, array in walking._asdict().items():
            np.save(beside / f"streets.{name}.npy", array)
        head = {"format": FORMAT, "crs": crs, **{name: getattr(table, name) for name in TEXTS}, **told}
        (beside / "about.json").write_text(json.dumps(head, ensure_ascii=False, indent=1), encoding="utf-8")
        beside.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def about(folder: Path) -> dict[str, object]:
    """What is told of a folder; FileRefused when it holds no stored timetable of this format."""
    try:
        head: dict[str, object] = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise FileRefused(f"{folder}: holds no stored timetable; prepare it again.") from None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise FileRefused(f"{folder}: was stored by another version of this program; prepare it again.")
    return head


def read(folder: Path) -> tuple[arrays.Timetable, streets.Net, dict[str, object]]:
    """The timetable, the streets and what is told of them, memory-mapped; FileRefused when a file is not whole."""
    head = about(folder)

    def load(name: str) -> np.ndarray:
        array: np.ndarray = np.load(folder / f"{name}.npy", mmap_mode="c", allow_pickle=False)
        return array.view(np.ndarray)  # plain and (in memory only) writable, as the kernels are compiled for

    known: dict[str, object] = {name: head[name] for name in TEXTS}
    known["notes"] = tuple(head["notes"])  # type: ignore[arg-type]  # written from a tuple of texts
    try:
        for field in fields(arrays.Timetable):
            if field.name in PARTS:
                part = PARTS[field.name]
                known[field.name] = part(**{f.name: load(f"{field.name}.{f.name}") for f in fields(part)})
            elif field.name in ("ahead", "behind"):
                known[field.name] = arrays.Net(*(load(f"{field.name}.{name}") for name in arrays.Net._fields))
            elif field.name not in TEXTS:
                known[field.name] = load(field.name)
        walking = streets.Net(*(load(f"streets.{name}") for name in streets.Net._fields))
    except (OSError, ValueError, EOFError) as error:
        raise FileRefused(f"{folder}: a stored array cannot be read ({error}); prepare it again.") from None
    return arrays.Timetable(**known), walking, head  # type: ignore[arg-type]  # read by the fields' names
