"""Whether the server can answer, and how old what it answers from is."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.deps import House, TheHouse
from api.errors import SitesMissing
from resources import search
from resources.errors import StoreRefused
from siteselect.errors import FileRefused

router = APIRouter()


@router.get("/healthz")
def healthz(house: TheHouse) -> JSONResponse:
    """Both halves: what is loaded and from when; 503 when one of them cannot answer."""
    sites, beds = _sites(house), _beds(house)
    ok = bool(sites["ok"] and beds["ok"])
    clock = {"now": house.now().isoformat(), "fixed": house.settings.as_of is not None}
    return JSONResponse({"ok": ok, "clock": clock, "sites": sites, "resources": beds}, 200 if ok else 503)


def _sites(house: House) -> dict[str, Any]:
    try:
        run = house.run()
    except (SitesMissing, FileRefused) as error:
        return {"ok": False, "why": str(error)}
    place = run.manifest["place"]
    return {
        "ok": True,
        "place": place.get("name"),
        "day": place.get("day"),
        "ranked": len(run.ranked),
        "excluded": len(run.excluded),
        "feeds": [{k: f.get(k) for k in ("name", "first_day", "last_day")} for f in run.manifest.get("feeds", [])],
    }


def _beds(house: House) -> dict[str, Any]:
    try:
        table = search.totals(house.engine())
    except StoreRefused as error:
        return {"ok": False, "why": str(error)}
    return {"ok": True, "projects": int(table["projects"].sum())}
