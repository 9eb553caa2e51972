"""What each layer's table must look like when its reader hands it on, and what its options may say."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, TypeVar, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from siteselect.errors import ConfigError, FileRefused
from siteselect.layers.ledger import Ledger
from siteselect.policy import first_fault

OWNERS = ("county", "city", "state", "federal", "other-public", "private", "unknown")
FactName = Literal["unincorporated", "sewer_and_water", "community_separator", "inside_growth_boundary"]
FACTS: tuple[str, ...] = get_args(FactName)
FiledName = Literal["ready_days", "one_time_cost_usd", "monthly_cost_usd"]
FILED: tuple[str, ...] = get_args(FiledName)
SHAPES = ("parcel", "cell", "point")
AREA_METHODS = ("as filed", "from the parcel's outline")


class Options(BaseModel):
    """What a place file says to a reader; a key that the reader does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AnyOptions = TypeVar("AnyOptions", bound=Options)


def options(kind: type[AnyOptions], said: AnyOptions | Mapping[str, Any] | None, layer: str) -> AnyOptions:
    """A reader's options from a place file's table; ConfigError names the layer, the key and what is wrong with it."""
    if isinstance(said, kind):
        return said
    try:
        return kind.model_validate(dict(said or {}))
    except ValidationError as error:
        raise ConfigError(f"the place file's layer {layer!r}: {first_fault(error)}") from None


def checked(table: gpd.GeoDataFrame, name: str, layer: str, ledger: Ledger) -> gpd.GeoDataFrame:
    """The table once it keeps the contract of its kind, its texts held as objects so that a missing one is None.

    FileRefused when no row was left (with the first reason), or when the contract is broken (which is our own fault).
    """
    if not len(table):
        raise FileRefused(_nothing_left(layer, ledger))
    schema = _schemas()[name]
    texts = [n for n, c in schema.columns.items() if n in table.columns and str(c.dtype) == "object"]
    table = table.assign(**{n: _or_none(table[n]) for n in texts})
    try:
        schema.validate(table)
    except pa.errors.SchemaError as error:
        cases = error.failure_cases
        what = cases["failure_case"].iloc[0] if isinstance(cases, pd.DataFrame) and len(cases) else cases
        raise FileRefused(
            f"the layer {layer!r} breaks its contract: column {getattr(error.schema, 'name', None)!r} holds {what!r}, "
            f"against {error.check}; please report this with the file."
        ) from None
    return table


def _or_none(texts: pd.Series) -> pd.Series:
    held: np.ndarray = texts.to_numpy(object).copy()
    held[pd.isna(held)] = None
    return pd.Series(held, index=texts.index, dtype=object)


def _nothing_left(layer: str, ledger: Ledger) -> str:
    lines = ledger.report().lines
    first = lines[lines["outcome"] == "rejected"]
    because = f" (the first: {first['reason'].iloc[0]})" if len(first) else ""
    files = ", ".join(dict.fromkeys(map(str, ledger.files)))
    return (
        f"{files}: none of the {len(ledger.rows):,} rows of the layer {layer!r} can be used{because}; correct the file."
    )


def _key() -> pa.Column:
    return pa.Column(object, unique=True)


def _text(*allowed: str, missing: bool = True) -> pa.Column:
    return pa.Column(object, pa.Check.isin(allowed) if allowed else None, nullable=missing)


def _number(check: pa.Check, *, missing: bool = True) -> pa.Column:
    return pa.Column(float, check, nullable=missing)


def _shape(*kinds: str, missing: bool = False) -> pa.Column:
    check = pa.Check(lambda g: g.geom_type.isin(kinds), error=f"shapes are {' or '.join(kinds)}")
    return pa.Column("geometry", check, nullable=missing)


@lru_cache(maxsize=1)
def _schemas() -> dict[str, pa.DataFrameSchema]:
    """One schema a kind of table."""
    areal = ("Polygon", "MultiPolygon")
    services = {
        "service_id": _key(), "name": _text(missing=False), "category": _text(missing=False), "address": _text(),
        "note": _text(), "source": _text(missing=False), "as_of": _text(), "geometry": _shape("Point"),
    }  # fmt: skip
    sites = {
        "site_id": _key(), "name": _text(missing=False), "apn": _text(), "apn_filed": _text(), "jurisdiction": _text(),
        "owner": _text(*OWNERS, missing=False), "owner_filed": _text(), "area_m2": _number(pa.Check.gt(0)),
        "area_method": _text(*AREA_METHODS), "capacity_units": _number(pa.Check.ge(0)),
        "density_max_per_acre": _number(pa.Check.gt(0)), "zoning": _text(), "status": _text(), "note": _text(),
        "blockers": _text(), **{fact: _text("yes", "no", "unknown", missing=False) for fact in FACTS},
        **{name: _number(pa.Check.ge(0)) for name in FILED},
        "shape": _text(*SHAPES, missing=False), "margin_m": _number(pa.Check.ge(0)), "file": _text(missing=False),
        "row": pa.Column("int64", pa.Check.ge(1)),
        "geometry": _shape("Point", *areal, missing=True), "lon": _number(pa.Check.in_range(-180, 180)),
        "lat": _number(pa.Check.in_range(-90, 90)),
    }  # fmt: skip
    parcels = {"apn": _key(), "geometry": _shape(*areal)}
    areas = {"area_id": _key(), "name": _text(), "geometry": _shape(*areal)}
    counts = {name: _number(pa.Check.ge(0)) for name in ("people", "jobs")}
    people = {"cell_id": _key(), **counts, "geometry": _shape("Point")}
    tables = {"services": services, "sites": sites, "parcels": parcels, "areas": areas, "people": people}
    return {name: pa.DataFrameSchema(columns, strict=True) for name, columns in tables.items()}
