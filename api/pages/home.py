"""The two doors, and the one map of both halves."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import House, TheHouse, TheWords
from api.errors import SitesMissing, sentence
from api.pages.frame import answer
from maps import housing, ranked
from maps import page as frame
from maps import sites as maps_sites
from maps.words import Words
from resources import search
from resources.errors import StoreRefused
from resources.records import Shown
from siteselect.errors import FileRefused

router = APIRouter()
MOST = 1000  # marks of beds on one map


@router.get("/")
def home(request: Request, house: TheHouse, words: TheWords) -> HTMLResponse:
    """Two doors: find a bed, and the ranked sites."""
    try:
        top, sheet = house.sites(words)[:3], ranked.sheet(house.run(), words)
    except (SitesMissing, FileRefused):
        top, sheet = [], None
    return answer(request, house, "home.html", top=[s for s in top if s.rank], sheet=sheet, map=None)


@router.get("/map")
def both(request: Request, house: TheHouse, words: TheWords) -> HTMLResponse:
    """Places to sleep and ranked sites on one map, with one list."""
    run = house.run()
    sites = [s for s in house.sites(words) if s.rank is not None]
    found, missing = _beds(house)
    root = "/es" if words.lang == "es" else ""
    located = [s for s in found if housing.located(s) and s.kind != "voucher"]
    marks = maps_sites.features(run, sites, words, f"{root}/sites")
    marks += housing.features(located, words, f"{root}/beds")
    chart = frame.parts(_label(run.manifest["place"].get("name", ""), words), marks, run.background, words)
    beds = [housing.place(s, words) for s in located]
    return answer(
        request, house, "map.html", map=chart, sites=sites, beds=beds, elsewhere=len(found) - len(located),
        missing=missing, sheet=ranked.sheet(run, words),
    )  # fmt: skip


def _beds(house: House) -> tuple[tuple[Shown, ...], str]:
    question = search.Question(
        origin=None, radius_m=None, types=frozenset(), households=None, kinds=frozenset({"bed"}), open_only=False,
        text=None, as_of=house.now(), limit=MOST, offset=0,
    )  # fmt: skip
    try:
        return tuple(search.near(house.engine(), question).contents), ""
    except StoreRefused as error:
        return (), sentence(error)


def _label(place: str, words: Words) -> str:
    return words.say("Map of places to sleep and of ranked sites in {place}", place=place)
