"""Large networks kept between runs, in a cache folder that is never needed.

A network stands under the checksum of all that it is made from: the street file, how it is read, the coordinate system,
and the program text that reads and orders it.  What is damaged, or not ours, is made anew; what cannot be written is
not kept.  Either way the numbers are the same, and a sentence says what happened.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siteselect import sources
from siteselect.errors import FileRefused
from siteselect.layers import heights, streets
from siteselect.layers.streets import Streets

if TYPE_CHECKING:
    from siteselect.network.store import Network

WORTH = 100_000  # pieces of street: fewer are read and prepared again sooner than they are worth keeping
MOST = 12  # networks in a cache folder: the oldest give way
_NAME = re.compile(r"[0-9a-f]{32}")

Tell = Callable[[str], None]


def walkable(
    cache: Path | None, path: Path, options: dict[str, Any], crs: str, name: str, tell: Tell
) -> tuple[Streets, "Network | None"]:
    """The streets of a file, and their ordered network where it is kept or was worth keeping.

    cache: the folder of all kept networks, None for no such folder; tell: is told in a sentence what was wrong with
    it.  Raises what `streets.read` raises.
    """
    if cache is None:
        return streets.read(path, options, crs, name), None
    inputs = made_from(path, options, crs, name)
    folder = cache / "streets" / key(inputs)
    found = _opened(folder, inputs, tell)
    if found is not None and found[1] is not None:
        return found[1], found[0]
    read = streets.read(path, options, crs, name)
    if len(read.u) < WORTH:
        return read, None
    from siteselect.network import prepare, store  # compiled code: loaded only where there is use for it

    network = store.ordered(prepare(read))
    _keep(network, folder, inputs, read, tell)
    return read, network


def timed(
    cache: Path | None, path: Path, dem: Path, options: dict[str, Any], crs: str, name: str, read: Streets, tell: Tell
) -> "Network":
    """The network of streets where a walk costs seconds, with the heights of an elevation model; kept where worth it.

    Raises what `heights.at` raises.
    """
    from siteselect.network import prepare_timed, store

    large = cache is not None and len(read.u) >= WORTH
    inputs = made_from(path, options, crs, name) | {"elevation": sources.sha256(dem)} if large else {}
    if cache is not None and large:
        found = _opened(cache / "streets" / key(inputs), inputs, tell)
        if found is not None:
            return found[0]
    network = prepare_timed(read, heights.at(dem, read.x, read.y, crs))
    if cache is not None and large:
        network = store.ordered(network)
        _keep(network, cache / "streets" / key(inputs), inputs, None, tell)
    return network


def folder_of(cache: Path, path: Path, options: dict[str, Any], crs: str, name: str = "streets") -> Path:
    """Where the network of a street file is kept, if it is: what a running service may open at once."""
    return cache / "streets" / key(made_from(path, options, crs, name))


def made_from(path: Path, options: dict[str, Any], crs: str, name: str) -> dict[str, str]:
    """All that the network of a street file depends on, as texts."""
    said = json.dumps(options, sort_keys=True, default=str)
    return {path.name: sources.sha256(path), "options": said, "crs": crs, "layer": name, "engine": engine()}


def key(inputs: dict[str, str]) -> str:
    """The name of the folder of a network that is made from these inputs."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def engine() -> str:
    """The version of what makes a network: a checksum of its program text, so that no edit can be forgotten."""
    text = hashlib.sha256()
    package = resources.files("siteselect")
    rooms = [
        *package.joinpath("network").iterdir(),
        *(package / "layers" / f"{n}.py" for n in ("streets", "on_foot", "heights")),
    ]
    for file in sorted((f for f in rooms if f.name.endswith(".py")), key=lambda f: f.name):
        text.update(file.read_bytes())
    return text.hexdigest()


def _opened(folder: Path, inputs: dict[str, str], tell: Tell) -> "tuple[Network, Streets | None] | None":
    if not folder.exists():
        return None
    from siteselect.network import store

    if not store.made_from(folder, inputs):
        tell(f"{folder}: not the network that this folder is for; it is made anew.")
        return None
    try:
        return store.read_whole(folder)
    except FileRefused as refusal:
        tell(f"{str(refusal).removesuffix('.').removesuffix(store.AGAIN).rstrip('; ')}; it is made anew.")
        return None


def _keep(network: "Network", folder: Path, inputs: dict[str, str], read: Streets | None, tell: Tell) -> None:
    from siteselect.network import store

    try:
        store.save(network, folder, inputs, read)
        _clear(folder.parent)
    except OSError as problem:
        told = problem.strerror or "the system refused"
        tell(f"{folder}: the prepared streets could not be kept ({told}); the next run prepares them again.")


def _clear(rooms: Path) -> None:
    """Take away the oldest of more than MOST kept networks; nothing that is not one of ours."""
    ours = [f for f in rooms.iterdir() if _NAME.fullmatch(f.name) and (f / "manifest.json").is_file()]
    ours.sort(key=lambda f: (f / "manifest.json").stat().st_mtime, reverse=True)
    for old in ours[MOST:]:
        shutil.rmtree(old, ignore_errors=True)
