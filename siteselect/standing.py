"""Whether a run's files still stand: what they were made from is as it was, and they are as they were left.

A run's manifest holds the SHA-256 of every input, of the place's and the policy's file and of this program's own code,
the options that change an answer, the libraries' versions, and size and SHA-256 of every file that the run left.  Every
input is read and hashed again each time.  A file that the run left is hashed again only when the system says that it
was touched after the manifest, which is written last: that rule is make's, with the time of a file's last change of
any kind (ctime), which no copy or `touch` sets back.
"""

import datetime as dt
import json
import platform
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from siteselect import __version__, policy, sources
from siteselect.errors import OutRefused, SiteSelectError
from siteselect.place import Located

CODE = ("siteselect", "maps")  # what an answer is made by
CODE_ENDINGS = {".py", ".toml", ".html", ".css", ".js", ".po", ".json"}
LIBRARIES = (
    "babel", "folium", "geopandas", "jinja2", "numba", "numpy", "osmium", "pandas", "pandera", "pyarrow", "pydantic",
    "pyogrio", "pyproj", "rasterio", "scipy", "shapely", "xstatic-leaflet",
)  # fmt: skip
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Asked:
    """What a run would be made from: `made_from` as the manifest says it, and its `inputs`."""

    made_from: dict[str, Any]
    inputs: list[dict[str, str | int | None]]


def guard(out: Path, located: Located) -> None:
    """OutRefused when the results would be written among the files that they are made from."""
    there = out.resolve()
    if there == located.data.resolve() or any(there in (f.resolve(), f.resolve().parent) for f in located.inputs()):
        raise OutRefused(
            f"{out}: holds files that the ranking reads, and would overwrite them; name another folder with --out."
        )


def asked(located: Located, options: Mapping[str, Any]) -> Asked:
    """What a run of a place with these options (those that change its answer) would be made from, as of now."""
    place = located.place
    rules = policy.path_of(place.policy, located.file.parent)
    made_from = {
        "place_file": sources.sha256(located.file),
        "policy_file": sources.sha256(rules) if rules.is_file() else None,
        "options": dict(options),
        "program": __version__,
        "code": fingerprint(Path(str(resources.files(package))) for package in CODE),
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
    }
    return Asked(made_from, sources.inputs(located))


def why_not(out: Path, now: Asked) -> str | None:
    """Why the files in `out` are not those that a run would leave now, in words; None when they are."""
    path = out / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        when_ns = path.stat().st_ctime_ns
        sealed = manifest["seal"] == _seal(manifest)
        before, left = manifest["made_from"], manifest["outputs"]
    except FileNotFoundError:
        return "there is no run in it yet"
    except (OSError, ValueError, TypeError, KeyError):
        return "its manifest.json is not one that this program left"
    if not sealed:
        return "its manifest.json was changed"
    for what, said in now.made_from.items():
        if before.get(what) != said:
            return f"{_WORDS[what]} changed"
    if manifest["inputs"] != now.inputs:
        return f"{_first_changed(manifest['inputs'], now.inputs)} changed"
    with ThreadPoolExecutor() as threads:
        checked = threads.map(lambda row: _as_left(out, row, when_ns), left)
        damaged = [str(row["path"]) for row, good in zip(left, checked, strict=True) if not good]
    return f"{damaged[0]}, which the run left, was changed or is gone" if damaged else None


def since(out: Path) -> str:
    """The day and time at which the run in `out` was made, on this machine's clock."""
    when = dt.datetime.fromtimestamp((out / MANIFEST).stat().st_mtime)
    return f"{when.day} {when:%B %Y, %H:%M}"


def seal(folder: Path, manifest: dict[str, Any], now: Asked) -> None:
    """Write the manifest of a run that lies in `folder`, with what it was made from and what it left.

    SiteSelectError when an input was changed while the run read it: nobody could then say what it was made from.
    """
    if manifest["inputs"] != now.inputs:
        changed = _first_changed(now.inputs, manifest["inputs"])
        raise SiteSelectError(f"{changed}: it was changed while it was read; run the command again.")
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    with ThreadPoolExecutor() as threads:
        sums = list(threads.map(sources.sha256, files))
    outputs = [
        {"path": file.relative_to(folder).as_posix(), "sha256": told, "bytes": file.stat().st_size}
        for file, told in zip(files, sums, strict=True)
    ]
    whole = {**manifest, "made_from": now.made_from, "outputs": outputs}
    whole["seal"] = _seal(whole)
    (folder / MANIFEST).write_text(
        json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )


_WORDS = {
    "place_file": "the place's file",
    "policy_file": "the policy's file",
    "options": "the command's options",
    "program": "the program",
    "code": "the program",
    "python": "Python",
    "libraries": "a library of the program",
}


def _as_left(out: Path, row: dict[str, Any], when_ns: int) -> bool:
    path = out / str(row["path"])
    try:
        held = path.stat()
        if held.st_size != row["bytes"]:
            return False
        return held.st_ctime_ns <= when_ns or sources.sha256(path) == row["sha256"]
    except OSError:
        return False


def _first_changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> str:
    """The first file of two lists of inputs that is not the same in both."""
    one, two = ({str(row["path"]): row for row in rows} for rows in (before, after))
    return next((path for path in [*two, *one] if one.get(path) != two.get(path)), "the order of the layers")


def fingerprint(packages: Iterable[Path]) -> str:
    """One SHA-256 over the program's own files in some folders, their names and their contents."""
    whole = sha256()
    for root in packages:
        for file in sorted(p for p in root.rglob("*") if p.suffix in CODE_ENDINGS and "__pycache__" not in p.parts):
            whole.update(f"{root.name}/{file.relative_to(root).as_posix()} {sources.sha256(file)}\n".encode())
    return whole.hexdigest()


def _seal(manifest: dict[str, Any]) -> str:
    rest = {key: value for key, value in manifest.items() if key != "seal"}
    return sha256(json.dumps(rest, ensure_ascii=True).encode()).hexdigest()
