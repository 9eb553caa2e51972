"""A table's rows as lines of text, CSV and GeoJSON, for a county's hundred thousand sites in seconds.

The bytes are those that pandas and GDAL write: numbers as Python writes them in CSV, as GDAL does in GeoJSON (but that
GDAL takes -123.000006 for a rounding error of -123 and a name in brackets for a list).  A text that many rows share is
made once, and Arrow puts the rows together, some thousand at a time.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from siteselect.report import shapes

ROWS = 8192  # at a time: enough for Arrow, little for the memory
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_TO_QUOTE = re.compile('[,"\n\r]').search
_json_text = json.JSONEncoder(ensure_ascii=False).encode
_BEGIN = '{\n"type": "FeatureCollection",\n"xy_coordinate_resolution": 1e-06,\n"features": [\n'
_FEATURE, _GEOMETRY, _END, _LAST = '{ "type": "Feature", "properties": { ', ' }, "geometry": ', " },\n", " }\n]\n}\n"


@dataclass(frozen=True)
class _Column:
    """A column, how its texts and its numbers are written, what stands before each, and what where there is none."""

    cells: Any
    text: Callable[[str], str]
    number: Callable[[Any], str]
    before: str
    blank: str

    def written(self, start: int) -> pa.Array:
        """The texts of the cells from a row on; none of them is null."""
        some = self.cells[start : start + ROWS]
        if isinstance(some, pd.Categorical):
            here, codes = np.unique(some.codes, return_inverse=True)
            distinct = some.categories.to_numpy(object)[here[here >= 0]]
            codes = codes - (here[0] < 0)
        else:
            codes, distinct = pd.factorize(np.asarray(some) + 0.0 if some.dtype.kind == "f" else some)  # no -0.0
        before, text, number = self.before, self.text, self.number
        if distinct.dtype.kind in "fiub":
            told = [before + number(v) for v in distinct.tolist()]
        else:
            told = [before + (text(v) if isinstance(v, str) else number(v)) for v in distinct.tolist()]
        held = pa.array([*told, before + self.blank])
        return held.take(pa.array(codes % len(held)))  # -1 is the last


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """A CSV in UTF-8 whose text cells no spreadsheet takes for a formula; what is missing is blank."""
    columns = [_Column(table[name].array, _guarded, str, "", "") for name in table.columns]
    with path.open("wb") as out:
        out.write((",".join(map(_quoted, map(str, table.columns))) + "\n").encode())
        for start in range(0, len(table), ROWS):
            cells = [column.written(start) for column in columns]
            cells[-1] = pc.binary_join_element_wise(cells[-1], "", "\n")
            _put(out, pc.binary_join_element_wise(*cells, ","))


def write_geojson(table: gpd.GeoDataFrame, path: Path) -> None:
    """A GeoJSON file (RFC 7946): a feature a line, in the table's order; degrees to six digits, about 0.1 m."""
    drawn = table.geometry.to_numpy()
    columns = [
        _Column(table[name].array, _json_text, _json_number, f"{_json_text(str(name))}: ", "null")
        for name in table.columns
        if name != table.geometry.name
    ]
    with path.open("wb") as out:
        out.write(_BEGIN.encode())
        for start in range(0, len(table), ROWS):
            said = pc.binary_join_element_wise(*(column.written(start) for column in columns), ", ")
            said = pc.binary_join_element_wise(_FEATURE, said, "")
            shape = pc.binary_join_element_wise(shapes.written(drawn[start : start + ROWS]), _END, "")
            last = start + ROWS >= len(table)
            _put(out, pc.binary_join_element_wise(said, shape, _GEOMETRY), len(_END) if last else 0)
        out.write(_LAST.encode())


def _put(out: BinaryIO, rows: pa.Array, without: int = 0) -> None:
    """Write the texts one after the other as Arrow holds them, but for some bytes at the end."""
    ends = np.frombuffer(rows.buffers()[1], np.int32)[rows.offset : rows.offset + len(rows) + 1]
    out.write(memoryview(rows.buffers()[2])[ends[0] : ends[-1] - without])


def _guarded(cell: str) -> str:
    return (_quoted(f"'{cell}") if cell[0] in FORMULA_STARTS else _quoted(cell)) if cell else cell


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _TO_QUOTE(cell) else cell


def _json_number(number: Any) -> str:
    """As GDAL writes it: 17 digits, fewer where the last ones are a row of nines or of zeros."""
    if not isinstance(number, float):
        return str(number).lower() if isinstance(number, bool | np.bool_) else str(number)
    short = repr(number)
    if len(short) <= 10 and "e" not in short:  # nine digits at most: the other eight are such a row
        return short
    for digits in (17, 16, 15, 14):
        said = f"{number:.{digits}g}"
        if digits == 17 and "." not in said:
            return f"{said}.0"
        behind = said.partition(".")[2]
        if behind and "999999" not in behind and "000000" not in behind:
            return said
    return f"{number:.17g}"
