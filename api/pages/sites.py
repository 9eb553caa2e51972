"""The ranked sites: the list, and one sheet for each."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from api.deps import TheHouse, TheWords
from api.errors import SiteNotFound
from api.pages.frame import answer
from maps import page as frame
from maps import ranked
from maps import sites as maps_sites

router = APIRouter(prefix="/sites")


@router.get("")
def sites(request: Request, house: TheHouse, words: TheWords) -> HTMLResponse:
    """The ranking as a table, and the map that says the same."""
    run, shown = house.run(), house.sites(words)
    root = "/es" if words.lang == "es" else ""
    marks = maps_sites.features(run, shown, words, f"{root}/sites")
    chart = frame.parts(maps_sites.map_label(run, words), marks, run.background, words)
    return answer(request, house, "sites.html", map=chart, sites=shown, sheet=ranked.sheet(run, words))


@router.get("/{site_id}")
def site(
    request: Request, site_id: Annotated[str, Path(max_length=200)], house: TheHouse, words: TheWords
) -> HTMLResponse:
    """One site: where it stands, and why."""
    run = house.run()
    found = ranked.one(run, site_id, words)
    if found is None:
        raise SiteNotFound("No site has that id.")
    chart = None
    if found.at:
        label = words.say("Map of {name}", name=found.name)
        chart = frame.parts(label, maps_sites.features(run, [found], words), run.background, words)
    facts, sheet = ranked.facts(found, words), ranked.sheet(run, words)
    return answer(request, house, "site.html", map=chart, site=found, facts=facts, sheet=sheet)
