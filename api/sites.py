"""The ranked sites as JSON and GeoJSON: the rows of the run's own tables, unchanged."""

import math
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Changes, TheHouse
from api.errors import PageNotFound, SiteNotFound
from maps.figures import missing
from maps.run import Run
from maps.weights import Weighed

router = APIRouter(prefix="/api/sites", tags=["sites"])
Owner = Literal["county", "city", "state", "federal", "other-public", "private", "unknown"]


class SitesQuestion(BaseModel):
    """Which sites, and which page of them."""

    model_config = ConfigDict(extra="forbid")

    page: int = Field(default=1, ge=1, le=100_000)
    per_page: int = Field(default=100, ge=1, le=1000)
    ranked: bool | None = Field(default=None, description="only sites that are ranked, or only those that are not")
    owner: Owner | None = None
    format: Literal["json", "geojson"] = "json"
    weight: list[Annotated[str, Field(max_length=60)]] = Field(
        default=[], max_length=20, description="change a weight: grocery:20, or services:x2 for a group"
    )


class GeoJson(JSONResponse):
    """RFC 7946."""

    media_type = "application/geo+json"


@router.get("")
def sites(question: Annotated[SitesQuestion, Query()], house: TheHouse) -> JSONResponse:
    """The sites in rank order, excluded ones last; every field is as in sites.csv, null is not known."""
    weighed = house.weighed(question.weight)
    run = weighed.run
    table = run.sites
    if question.ranked is not None:
        table = table[table["rank"].notna() == question.ranked]
    if question.owner is not None:
        table = table[table["owner"].fillna("unknown") == question.owner]
    frame, rows = page_of(len(table), question.page, question.per_page)
    contents = [with_move(row, weighed) for row in records(table.iloc[rows])]
    about = {"run": about_run(run)}
    if question.format == "geojson":
        found = [_feature(row, run) for row in contents]
        return GeoJson({"type": "FeatureCollection", **frame, **about, "features": found})
    return JSONResponse({**frame, **about, "contents": contents})


@router.get("/{site_id}")
def site(site_id: Annotated[str, Path(max_length=200)], house: TheHouse, changes: Changes) -> JSONResponse:
    """One site: its row, why it stands where it stands, and what became of the layers' rows."""
    weighed = house.weighed(changes)
    run = weighed.run
    rows = run.sites[run.sites["site_id"] == site_id]
    if rows.empty:
        raise SiteNotFound("No site has that id; /api/sites lists those there are.")
    row = with_move(records(rows)[0], weighed)
    reasons = records(run.reasons[run.reasons["site_id"] == site_id].drop(columns="site_id"))
    layers = run.manifest.get("layers", [])
    geometry = _feature(row, run)["geometry"]
    return JSONResponse({**row, "geometry": geometry, "reasons": reasons, "layers": layers, "run": about_run(run)})


def about_run(run: Run) -> dict[str, Any]:
    """What every figure of a run hangs on: the place, its day and hours, the policy, and whether it is a sketch."""
    place, policy = run.manifest["place"], run.manifest.get("policy", {})
    told = {key: place.get(key) for key in ("name", "day", "hours", "sketch")}
    unknown = run.manifest.get("unknown_everywhere", [])
    return {
        **told,
        "policy": policy.get("title"),
        "policy_edition": policy.get("edition"),
        "weights_changed": policy.get("changed", []),
        "unknown_everywhere": unknown,
    }


def with_move(row: dict[str, Any], weighed: Weighed) -> dict[str, Any]:
    """A site's row; by changed weights with `moved`: where it stood by the policy's own, and what moved it."""
    if weighed.moved is None:
        return row
    return {**row, "moved": records(weighed.moved.loc[[row["site_id"]]])[0]}


def page_of(total: int, page: int, per_page: int) -> tuple[dict[str, Any], slice]:
    """The page object of Open Referral's HSDS without its contents, and the rows that are on it."""
    pages = math.ceil(total / per_page)
    if page > max(pages, 1):
        raise PageNotFound(f"There is no page {page}; the last one is {max(pages, 1)}.")
    first = (page - 1) * per_page
    size = min(per_page, total - first)
    frame = {
        "total_items": total,
        "total_pages": pages,
        "page_number": page,
        "size": size,
        "first_page": page == 1,
        "last_page": page >= pages,
        "empty": size == 0,
    }
    return frame, slice(first, first + size)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON can hold them: null for what is missing, plain numbers for the rest."""
    return [{str(k): _plain(v) for k, v in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if missing(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _feature(row: dict[str, Any], run: Run) -> dict[str, Any]:
    geometry = run.outlines.get(row["site_id"])
    if geometry is None and row.get("lon") is not None and row.get("lat") is not None:
        geometry = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
    return {"type": "Feature", "id": row["site_id"], "geometry": geometry, "properties": row}
