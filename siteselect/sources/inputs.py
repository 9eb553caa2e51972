"""What was read: each input file's checksum, source and licence, and what the note beside it says of its origin."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from siteselect.place import Layer, Located
from siteselect.sources import kept

PARTS = (".shx", ".dbf", ".prj", ".cpg")  # of a Shapefile, beside its .shp


def inputs(located: Located) -> list[dict[str, str | int | None]]:
    """The `record` of every layer that the place names."""
    return record(located, *located.place.layers())


def record(located: Located, *layers: Layer) -> list[dict[str, str | int | None]]:
    """For each file of some layers: path (under the data folder), sha256, bytes, layer, source, licence, as_of.

    And how, address, fetched_at (UTC), credit, where a note beside it speaks of this very file; else None.
    """
    files = [(layer, file) for layer in layers for file in _files(located, layer)]
    once = list(dict.fromkeys(file for _, file in files))
    with ThreadPoolExecutor() as threads:  # hashing lets go of Python's lock
        marks = dict(zip(once, threads.map(kept.sha256, once), strict=True))
    rows: list[dict[str, str | int | None]] = []
    for layer, file in files:
        told = kept.true_note(file, marks[file])
        rows.append({
            "path": file.relative_to(located.data).as_posix(), "sha256": marks[file], "bytes": file.stat().st_size,
            "layer": layer.name, "source": layer.source, "licence": layer.licence, "as_of": layer.as_of,
            "how": told.how if told else None, "address": told.address if told else None,
            "fetched_at": told.fetched_at.isoformat() if told else None, "credit": told.credit if told else None,
        })  # fmt: skip
    return rows


def _files(located: Located, layer: Layer) -> list[Path]:
    found = []
    for path in located.files(layer):
        found += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        if path.suffix.lower() == ".shp":
            beside = (p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() in PARTS)
            found += sorted(p for p in beside if p.is_file())
    return [file for file in found if not kept.is_note(file)]
