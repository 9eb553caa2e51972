"""How firmly the ranking holds, and why a site stands where it stands, as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from api.deps import Changes, TheHouse
from api.errors import SiteNotFound
from maps.run import Run
from siteselect import board, runs

router = APIRouter(prefix="/api", tags=["board"])
Band = Annotated[
    float | None, Query(ge=0.01, le=0.99, description="draw within this share of each weight; all weights without it")
]
SiteId = Annotated[str, Path(max_length=200)]


@router.get("/stability")
def stability(
    house: TheHouse,
    changes: Changes,
    band: Band = None,
    draws: Annotated[int, Query(ge=100, le=20_000)] = 10_000,
    seed: Annotated[int, Query(ge=0, le=2**32 - 1)] = 1,
) -> JSONResponse:
    """The share of draws of the weights by which each site is first and in the top three, and what flips the three."""
    return JSONResponse(board.stability(held(house.weighed(changes).run), draws, band, seed))


@router.get("/sites/{site_id}/why")
def why(
    site_id: SiteId, house: TheHouse, changes: Changes, above: Annotated[str | None, Query(max_length=200)] = None
) -> JSONResponse:
    """Why a site is excluded, or not above another (the next one up), and the nearest changes that would lift it."""
    run = house.weighed(changes).run
    known = set(run.sites["site_id"])
    if site_id not in known or (above is not None and above not in known):
        raise SiteNotFound("No site has that id; /api/sites lists those there are.")
    return JSONResponse(plain(board.why(held(run), site_id, above)))


def held(run: Run) -> runs.Held:
    """The run as the questions of `siteselect.board` take it."""
    return runs.held(run.folder.name, run.sites, run.reasons, run.manifest)


def plain(value: Any) -> Any:
    """The same without what JSON cannot hold: a number that is none is null."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and value != value else value
