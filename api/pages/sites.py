"""The ranked sites: the list, and one sheet for each."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from api.deps import Changes, TheHouse, TheWords
from api.errors import SiteNotFound
from api.pages.frame import answer
from maps import lifts, ranked, weights
from maps import page as frame
from maps import sites as maps_sites

router = APIRouter(prefix="/sites")


@router.get("")
def sites(request: Request, house: TheHouse, words: TheWords, changes: Changes) -> HTMLResponse:
    """The ranking as a table, and the map that says the same; by other weights where the link asks for them."""
    weighed = house.weighed(changes)
    run, shown = weighed.run, house.sites(words, weighed)
    root = "/es" if words.lang == "es" else ""
    marks = maps_sites.features(run, shown, words, f"{root}/sites")
    chart = frame.parts(maps_sites.map_label(run, words), marks, run.background, words)
    moves = {s.id: weights.move(weighed, s.id, words) for s in shown} if weighed.changed else {}
    form = weights.form(house.run(), weighed.changed, words)
    return answer(
        request, house, "sites.html", map=chart, sites=shown, sheet=ranked.sheet(run, words), moves=moves, form=form,
        changed=weighed.changed, link=link(changes),
    )  # fmt: skip


@router.get("/{site_id}")
def site(
    request: Request, site_id: Annotated[str, Path(max_length=200)], house: TheHouse, words: TheWords, changes: Changes
) -> HTMLResponse:
    """One site: where it stands, and why; by other weights where the link asks for them."""
    weighed = house.weighed(changes)
    run = weighed.run
    found = ranked.one(run, site_id, words)
    if found is None:
        raise SiteNotFound("No site has that id.")
    chart = None
    if found.at:
        label = words.say("Map of {name}", name=found.name)
        chart = frame.parts(label, maps_sites.features(run, [found], words), run.background, words)
    facts, sheet = ranked.facts(found, words), ranked.sheet(run, words)
    return answer(
        request, house, "site.html", map=chart, site=found, facts=facts, sheet=sheet, changed=weighed.changed,
        move=weights.move(weighed, site_id, words), why=lifts.why(run, site_id, words), link=link(changes),
    )  # fmt: skip


def link(changes: tuple[str, ...]) -> str:
    """The changed weights as the end of an address, so that every link on the page keeps them."""
    return f"?{urlencode([('weight', c) for c in changes], safe=':')}" if changes else ""
