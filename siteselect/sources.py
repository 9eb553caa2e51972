"""What was read: each input file's checksum, source and licence."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from siteselect.place import Layer, Located

PARTS = (".shx", ".dbf", ".prj", ".cpg")  # of a Shapefile, beside its .shp


def inputs(located: Located) -> list[dict[str, str | int | None]]:
    """For each file of each layer: path (under the data folder), sha256, bytes, layer, source, licence, as_of."""
    files = [(layer, file) for layer in located.place.layers() for file in _files(located, layer)]
    with ThreadPoolExecutor() as threads:  # hashing lets go of Python's lock
        sums = list(threads.map(sha256, dict.fromkeys(file for _, file in files)))
    told = dict(zip(dict.fromkeys(file for _, file in files), sums, strict=True))
    return [
        {"path": file.relative_to(located.data).as_posix(), "sha256": told[file], "bytes": file.stat().st_size,
         "layer": layer.name, "source": layer.source, "licence": layer.licence, "as_of": layer.as_of}
        for layer, file in files
    ]  # fmt: skip


def _files(located: Located, layer: Layer) -> list[Path]:
    found = []
    for path in located.files(layer):
        found += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        if path.suffix.lower() == ".shp":
            beside = (p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() in PARTS)
            found += sorted(p for p in beside if p.is_file())
    return found


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
