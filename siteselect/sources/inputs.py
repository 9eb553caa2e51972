"""What was read: each input file's checksum, source and licence, and what the note beside it says of its origin."""

from siteselect.place import Layer, Located
from siteselect.sources import kept


def record(located: Located, layer: Layer) -> list[dict[str, str | int | None]]:
    """For each file of a layer: path (under the data folder), sha256, bytes, layer, source, licence, as_of.

    And how, address, fetched_at (UTC), credit, where a note beside it speaks of this very file; else None.
    """
    rows: list[dict[str, str | int | None]] = []
    for found in located.files(layer):
        files = sorted(p for p in found.rglob("*") if p.is_file()) if found.is_dir() else [found]
        for file in (f for f in files if not kept.is_note(f)):
            mark = kept.sha256(file)
            told = kept.true_note(file, mark)
            rows.append({
                "path": file.relative_to(located.data).as_posix(), "sha256": mark, "bytes": file.stat().st_size,
                "layer": layer.name, "source": layer.source, "licence": layer.licence, "as_of": layer.as_of,
                "how": told.how if told else None, "address": told.address if told else None,
                "fetched_at": told.fetched_at.isoformat() if told else None, "credit": told.credit if told else None,
            })  # fmt: skip
    return rows
