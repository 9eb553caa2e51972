"""The commands' answers as files that a planner opens: CSV for a spreadsheet, GeoJSON for a map, JSON with all of it.

Which of them is said by the end of the file's name.  Each is written beside and renamed.
"""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from siteselect import place as places
from siteselect import report
from siteselect.errors import OutRefused
from siteselect.report import lines

ENDINGS = (".csv", ".geojson", ".json")


def guard(out: Path, place: Path, data: Path | None, asked: Path | None = None) -> None:
    """BadParameter for a file whose name does not say what it is; OutRefused for one that is read."""
    if out.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(f"{str(out)!r}: give a name that ends in {', '.join(ENDINGS)}", param_hint="--out")
    there, located = out.resolve(), places.read(place, data)
    inputs = [f.resolve() for f in (*_inputs(located), located.file, *([asked] if asked else []))]
    if any(there == f or f in there.parents for f in inputs):
        raise OutRefused(
            f"{out}: is one of the files that are read, and would be overwritten; name another with --out."
        )


def _inputs(located: places.Located) -> list[Path]:
    layers = [located.place.boundary, located.place.streets, *located.place.feeds]
    return [file for layer in layers if layer is not None for file in located.files(layer)]


def write_reach(answer: dict[str, Any], out: Path) -> None:
    """The answer of `reach`: a row for each place in the order asked; the file's rejected rows are in the JSON only."""
    rows = [{key: value for key, value in row.items() if key != "legs"} for row in answer["to"]]
    _write(answer, rows, out)


def write_stops(answer: dict[str, Any], out: Path) -> None:
    """The answer of `stops`: a row for each stop; its routes are in the JSON only."""
    rows = [
        {key: "; ".join(value) if key == "meets" else value for key, value in row.items() if key != "by_route"}
        for row in answer["rows"]
    ]
    _write(answer, rows, out)


def _write(answer: dict[str, Any], rows: list[dict[str, Any]], out: Path) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
            beside = Path(folder) / out.name
            if out.suffix.lower() == ".csv":
                lines.write_csv(pd.DataFrame(rows), beside)
            elif out.suffix.lower() == ".geojson":
                report.write_json({"type": "FeatureCollection", "features": [_feature(row) for row in rows]}, beside)
            else:
                report.write_json(answer, beside)
            beside.replace(out)
    except OSError as problem:
        told = problem.strerror or "the system refused"
        raise OutRefused(f"{out}: cannot be written ({told}); name a file that you may write with --out.") from None


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    lon, lat = row["lon"], row["lat"]
    known = lon is not None and lat is not None
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]} if known else None,
        "properties": {key: value for key, value in row.items() if key not in ("lon", "lat")},
    }
