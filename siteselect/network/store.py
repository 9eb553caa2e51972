"""A prepared network in a folder: one file an array, mapped when it is opened, and a manifest of what is there."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siteselect.errors import FileRefused
from siteselect.layers.ledger import COLUMNS, Report
from siteselect.layers.streets import Streets
from siteselect.network import hierarchy
from siteselect.network.hierarchy import Hierarchy
from siteselect.network.ways import TICKS, Ways

FORMAT = 2
MANIFEST = "manifest.json"
AGAIN = "make it again from the streets"
DRAWN = ("x", "y", "u", "v", "one_way")  # the arrays of Streets


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
    return {path.name: _sha256(path) for path in inputs}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(network: Network, folder: Path, inputs: dict[str, str], streets: Streets | None = None) -> None:
    """Write the network beside `folder` and put it in its place; inputs: the checksums of what it was made from.

    streets: what it was made of, kept with it where that is to be had back too.
    """
    arrays = {f"ways.{f.name}": getattr(network.ways, f.name) for f in fields(Ways)}
    level, unit = arrays.pop("ways.level"), arrays.pop("ways.unit")
    if network.order is not None:
        arrays |= {f"order.{f.name}": getattr(network.order, f.name) for f in fields(Hierarchy)}
    if streets is not None:
        drawn = {name: getattr(streets, name) for name in DRAWN}
        arrays |= {f"streets.{name}": array for name, array in drawn.items() if array is not None}
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        for name, array in arrays.items():
            np.save(beside / f"{name}.npy", np.ascontiguousarray(array))
        told = {
            "format": FORMAT, "unit": unit, "ticks_a_unit": TICKS, "level": level, "inputs": inputs,
            "arrays": {name: _bytes_and_sum(beside / f"{name}.npy") for name in arrays},
            **({} if streets is None else {"method": streets.method, "account": _account(streets.report)}),
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
    return _opened(folder)[0]


def read_whole(folder: Path) -> tuple[Network, Streets | None]:
    """Open a network, and its streets where they were kept with it, after looking at every byte.

    FileRefused when one of them is not as it was written.
    """
    network, arrays, told = _opened(folder)
    for name, (_, sha256) in told["arrays"].items():
        if _sha256(folder / f"{name}.npy") != sha256:
            raise FileRefused(f"{folder / f'{name}.npy'}: not the bytes that were written; {AGAIN}.")
    if "account" not in told:
        return network, None
    try:
        drawn = [arrays.get(f"streets.{name}") for name in DRAWN]
        x, y, u, v, one_way = drawn
        if x is None or y is None or u is None or v is None:
            raise FileRefused(f"{folder}: the streets are not all there; {AGAIN}.")
        account = told["account"]
        lines = pd.DataFrame(account["lines"], columns=COLUMNS).astype({"row": "Int64", "rows": "int64"})
        report = Report(**account | {"lines": lines, "notes": tuple(account["notes"])})
    except (KeyError, TypeError, ValueError) as error:
        raise FileRefused(f"{folder}: the account of the streets cannot be read ({error}); {AGAIN}.") from None
    return network, Streets(x, y, u, v, str(told["method"]), report, one_way)


def _opened(folder: Path) -> tuple[Network, dict[str, np.ndarray], dict[str, Any]]:
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if told["format"] != FORMAT or told["ticks_a_unit"] != TICKS:
            raise FileRefused(f"{folder}: a network of another version of this program; {AGAIN}.")
        arrays: dict[str, np.ndarray] = {}
        for name, (size, _) in told["arrays"].items():
            path = folder / f"{name}.npy"
            if path.stat().st_size != size:
                raise FileRefused(f"{path}: {path.stat().st_size} bytes, not the {size} that were written; {AGAIN}.")
            # copy on write: what the kernels take to be writable, though nothing writes to it
            arrays[name] = np.asarray(np.load(path, mmap_mode="c"))
        ways = {f.name: arrays[f"ways.{f.name}"] for f in fields(Ways) if f.name not in {"unit", "level"}}
        order = {f.name: arrays[f"order.{f.name}"] for f in fields(Hierarchy)} if "order.rank" in arrays else None
        network = Network(
            Ways(unit=told["unit"], level=told["level"], **ways), None if order is None else Hierarchy(**order)
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileRefused(f"{folder}: not a prepared network ({error}); {AGAIN}.") from None
    return network, arrays, told


def _bytes_and_sum(path: Path) -> tuple[int, str]:
    return path.stat().st_size, _sha256(path)


def _account(report: Report) -> dict[str, Any]:
    """A layer's account as JSON can hold it; the lines are texts and whole numbers."""
    lines = report.lines.astype(object).where(report.lines.notna(), None)
    told = {f.name: getattr(report, f.name) for f in fields(Report)}
    return told | {"lines": lines.to_dict("records"), "notes": list(report.notes)}
