"""What was read: each input file's checksum, source and licence."""

import hashlib
from pathlib import Path

from siteselect.place import Layer, Located


def record(located: Located, layer: Layer) -> list[dict[str, str | int | None]]:
    """For each file of a layer: path (under the data folder), sha256, bytes, layer, source, licence, as_of."""
    rows: list[dict[str, str | int | None]] = []
    for found in located.files(layer):
        for file in sorted(p for p in found.rglob("*") if p.is_file()) if found.is_dir() else [found]:
            rows.append({
                "path": file.relative_to(located.data).as_posix(), "sha256": sha256(file), "bytes": file.stat().st_size,
                "layer": layer.name, "source": layer.source, "licence": layer.licence, "as_of": layer.as_of,
            })  # fmt: skip
    return rows


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
