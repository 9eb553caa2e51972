"""Ranked tables of many places to one, in one order, a piece of each in memory at a time."""

import bisect
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from siteselect import rank, report
from siteselect.report import lines

ROWS_AT_ONCE = 48_000  # over all places together
ROWS_A_GROUP = 32_768  # in the file that is written
CSV = pa_csv.WriteOptions(quoting_style="needed")
FORMULA = f"^([{''.join(map(re.escape, lines.FORMULA_STARTS))}])"
KEYS = ["site_id", "score_likely", "score_low", "excluded_because"]


Key = tuple[bool, float, float, str, str]


@dataclass
class _Stream:
    """A place's table, read piece by piece in its own order; rows and their keys are those not given yet."""

    place: str
    pieces: Iterator[pa.RecordBatch]
    schema: pa.Schema
    rows: pa.Table = None
    keys: list[Key] = field(default_factory=list)

    def fill(self) -> bool:
        """Have rows, if there are any left."""
        while not self.keys:
            piece = next(self.pieces, None)
            if piece is None:
                return False
            self.rows = _in_schema(self.place, piece, self.schema)
            columns = zip(*(piece.column(name).to_pylist() for name in KEYS), strict=True)
            # a lesser key stands before a greater, as in rank.in_order
            self.keys = [(why is not None, -likely, -low, site, self.place) for site, likely, low, why in columns]
        return True

    def take(self, most: Key) -> pa.Table:
        """The rows up to a key, which are then gone from here."""
        count = bisect.bisect_right(self.keys, most)
        given = self.rows.slice(0, count)
        self.rows, self.keys = self.rows.slice(count), self.keys[count:]
        return given


def write(tables: dict[str, Path], parquet: Path, csv: Path) -> int:
    """Write the rows of all places (id: its sites.parquet) as one GeoParquet and one CSV; gives how many.

    Columns: place, site_id, rank (over all places, by the rule of `rank.order`), rank_in_place, then those of the
    places' tables.  What a place has no column for is unknown there, and its method says `unknown`.
    """
    count = 0
    with ExitStack() as stack:
        files = {place: stack.enter_context(pq.ParquetFile(file, buffer_size=1 << 16, pre_buffer=False))
                 for place, file in tables.items()}  # fmt: skip
        # columns without a row have types that mean nothing
        filled = [file for file in files.values() if file.metadata.num_rows] or [*files.values()]
        schema = _schema([file.schema_arrow for file in filled])
        writer = stack.enter_context(pq.ParquetWriter(parquet, schema, compression="zstd"))
        plain = pa.schema([one for one in schema if one.name != "geometry"])
        text = stack.enter_context(pa_csv.CSVWriter(csv, plain, write_options=CSV))
        for piece in _groups(_merged(files, schema)):
            writer.write_table(piece, row_group_size=ROWS_A_GROUP)
            text.write_table(_no_formulas(piece.select(plain.names)))
            count += piece.num_rows
    return count


def _merged(files: dict[str, pq.ParquetFile], schema: pa.Schema) -> Iterator[pa.Table]:
    """All rows in order, ranked, in pieces: up to the least of the keys that the streams have read to."""
    size = max(ROWS_AT_ONCE // max(len(files), 1), 256)
    streams = [_Stream(place, file.iter_batches(size), schema) for place, file in files.items()]
    last = rank.Last()
    while streams := [stream for stream in streams if stream.fill()]:
        most = min(stream.keys[-1] for stream in streams)
        rows = pa.concat_tables([stream.take(most) for stream in streams])
        keys = rows.select(["place", *KEYS]).to_pandas()
        ordered = rank.in_order(keys.assign(row=np.arange(len(keys))))
        ranks, last = rank.numbers(ordered, last)
        rows = rows.take(pa.array(ordered["row"].to_numpy()))
        yield rows.set_column(rows.schema.get_field_index("rank"), schema.field("rank"), pa.array(ranks, pa.int64()))


def _groups(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in pieces of ROWS_A_GROUP, the last one smaller."""
    held: list[pa.Table] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += piece.num_rows
        while count >= ROWS_A_GROUP:
            whole = pa.concat_tables(held)
            yield whole.slice(0, ROWS_A_GROUP).combine_chunks()
            held, count = [whole.slice(ROWS_A_GROUP)], count - ROWS_A_GROUP
    if count:
        yield pa.concat_tables(held).combine_chunks()


def _no_formulas(rows: pa.Table) -> pa.Table:
    """The rows with every text such that no spreadsheet takes it for a formula, as in the places' own tables."""
    for at, column in enumerate(rows.schema):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            rows = rows.set_column(at, column, pc.replace_substring_regex(rows[at], FORMULA, r"'\1"))
    return rows


def _in_schema(place: str, piece: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """A place's rows with the columns of all places."""
    count, have = piece.num_rows, set(piece.schema.names)
    columns = []
    for wanted in schema:
        source = {"rank_in_place": "rank"}.get(wanted.name, wanted.name)
        if wanted.name == "place":
            columns.append(pa.array([place] * count, wanted.type))
        elif source in have:
            columns.append(piece.column(source).cast(wanted.type))
        elif wanted.name.endswith("_method"):
            columns.append(pa.array(["unknown"] * count, wanted.type))
        else:
            columns.append(pa.nulls(count, wanted.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _schema(schemas: list[pa.Schema]) -> pa.Schema:
    """The columns of all places' tables, with what GeoParquet says of their shapes together."""
    plain = pa.unify_schemas([one.remove_metadata() for one in schemas], promote_options="permissive")
    first = [name for name in report.SITE_COLUMNS if name in plain.names and name not in {"site_id", "rank"}]
    rest = sorted(set(plain.names) - {*first, "site_id", "rank", "geometry"})
    fields = [pa.field("place", pa.string()), plain.field("site_id"), pa.field("rank", pa.int64()),
              pa.field("rank_in_place", pa.int64()), *(plain.field(name) for name in [*first, *rest]),
              plain.field("geometry")]  # fmt: skip
    # a column that is empty in every place has no type of its own
    fields = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f.with_metadata(None) for f in fields]
    return pa.schema(fields, metadata={b"geo": json.dumps(_shapes(schemas)).encode()})


def _shapes(schemas: list[pa.Schema]) -> dict[str, Any]:
    """The `geo` of a GeoParquet for the shapes of several."""
    told = [json.loads(one.metadata[b"geo"]) for one in schemas]
    columns = [one["columns"]["geometry"] for one in told]
    boxes = np.array([one["bbox"] for one in columns if "bbox" in one], float)
    together = columns[0] | {"geometry_types": sorted({kind for one in columns for kind in one["geometry_types"]})}
    if len(boxes):
        together["bbox"] = [*np.nanmin(boxes[:, :2], axis=0).tolist(), *np.nanmax(boxes[:, 2:], axis=0).tolist()]
    found: dict[str, Any] = told[0] | {"columns": {"geometry": together}}
    return found
