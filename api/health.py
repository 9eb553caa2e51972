"""Whether the server can answer, and how old what it answers from is."""

import datetime as dt
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.deps import House, TheHouse
from api.errors import SitesMissing, sentence
from resources import search
from resources.errors import StoreRefused
from siteselect.errors import FileRefused

MOST = 10_000  # programmes that are counted
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
        return {"ok": False, "why": sentence(error)}
    place = run.manifest["place"]
    return {
        "ok": True,
        "place": place.get("name"),
        "day": place.get("day"),
        "day_age_days": _age_days(dt.date.fromisoformat(str(place["day"])), house) if place.get("day") else None,
        "ranked": len(run.ranked),
        "excluded": len(run.excluded),
        "feeds": [{k: f.get(k) for k in ("name", "first_day", "last_day")} for f in run.manifest.get("feeds", [])],
    }


def _beds(house: House) -> dict[str, Any]:
    try:
        found = search.near(house.engine(), search.Question(as_of=house.now(), limit=MOST))
    except StoreRefused as error:
        return {"ok": False, "why": sentence(error)}
    dates = [shown.source_date for shown in found.contents if shown.source_date]
    newest = max(dates, default=None)
    return {
        "ok": True,
        "programmes": found.total,
        "availability": found.counts,
        "newest_inventory": newest.isoformat() if newest else None,
        "newest_inventory_age_days": _age_days(newest, house) if newest else None,
    }


def _age_days(day: dt.date, house: House) -> int:
    return (house.now().astimezone(house.settings.zone).date() - day).days
