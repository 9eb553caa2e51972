"""A prepared network in a folder: one file an array, mapped when it is opened, and a manifest of what is there."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from siteselect.errors import FileRefused
from siteselect.network import hierarchy
from siteselect.network.hierarchy import Hierarchy
from siteselect.network.ways import TICKS, Ways

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Network:
    """Streets ready to be searched; order: what makes the search for many kinds of place one sweep, or None."""

    ways: Ways
    order: Hierarchy | None


def ordered(network: Network) -> Network:
    """The network with its order: seconds for a county, once."""
    return network if network.order is not None else replace(network, order=hierarchy.order(network.ways))


def checksums(inputs: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of each file that a network is made from, by the file's name."""
    found = {}
    for path in inputs:
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def save(network: Network, folder: Path, inputs: dict[str, str]) -> None:
    """Write the network beside `folder` and put it in its place; inputs: the checksums of what it was made from."""
    arrays = {f"ways.{f.name}": getattr(network.ways, f.name) for f in fields(Ways)}
    level, unit = arrays.pop("ways.level"), arrays.pop("ways.unit")
    if network.order is not None:
        arrays |= {f"order.{f.name}": getattr(network.order, f.name) for f in fields(Hierarchy)}
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        for name, array in arrays.items():
            np.save(beside / f"{name}.npy", np.ascontiguousarray(array))
        told = {
            "format": FORMAT, "unit": unit, "ticks_a_unit": TICKS, "level": level, "inputs": inputs,
            "arrays": {name: (beside / f"{name}.npy").stat().st_size for name in arrays},
        }  # fmt: skip
        (beside / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        if folder.exists():
            old = beside.with_suffix(".old")
            folder.replace(old)
            beside.replace(folder)
            shutil.rmtree(old)
        else:
            beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def made_from(folder: Path, inputs: dict[str, str]) -> bool:
    """Whether the folder holds a network of this format that was made from exactly these inputs."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("format") == FORMAT and told.get("inputs") == inputs


def read(folder: Path) -> Network:
    """Open a network; its arrays stay on disk until they are used.  FileRefused when it is not whole."""
    again = "make it again from the streets"
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if told["format"] != FORMAT or told["ticks_a_unit"] != TICKS:
            raise FileRefused(f"{folder}: a network of another version of this program; {again}.")
        arrays: dict[str, np.ndarray] = {}
        for name, size in told["arrays"].items():
            path = folder / f"{name}.npy"
            if path.stat().st_size != size:
                raise FileRefused(f"{path}: {path.stat().st_size} bytes, not the {size} that were written; {again}.")
            # copy on write: what the kernels take to be writable, though nothing writes to it
            arrays[name] = np.asarray(np.load(path, mmap_mode="c"))
        ways = {f.name: arrays[f"ways.{f.name}"] for f in fields(Ways) if f.name not in {"unit", "level"}}
        order = {f.name: arrays[f"order.{f.name}"] for f in fields(Hierarchy)} if "order.rank" in arrays else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileRefused(f"{folder}: not a prepared network ({error}); {again}.") from None
    return Network(Ways(unit=told["unit"], level=told["level"], **ways), None if order is None else Hierarchy(**order))
