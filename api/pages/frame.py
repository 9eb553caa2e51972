"""The frame of every page: its words, its language switch, its clock, its nonce."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.deps import House, language
from api.errors import sentence, status_of
from maps import figures, words
from maps.page import ROOM

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of the pages and of maps, always escaping."""
    return Environment(
        loader=FileSystemLoader([TEMPLATES, ROOM / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def answer(request: Request, house: House, template: str, code: int = 200, **values: Any) -> HTMLResponse:
    """A page in the language of its path."""
    spoken = words.of(language(request.url.path))
    fixed = house.settings.as_of
    frame = {
        "words": spoken,
        "_": spoken.say,
        "n_": spoken.count,
        "inline": None,
        "nonce": request.state.nonce,
        "root": "/es" if spoken.lang == "es" else "",
        "here": _without_language(request.url.path),
        "query": f"?{request.url.query}" if request.url.query else "",
        "clock": figures.moment(fixed, spoken, house.settings.zone) if fixed else "",
    }
    page = environment().get_template(template).render({**frame, **values})
    return HTMLResponse(page, code, {"Content-Language": spoken.lang, "Cache-Control": "no-store"})


def refused(request: Request, house: House, error: Exception) -> HTMLResponse:
    """The page that says what went wrong and what to do."""
    status = status_of(error)
    code = int(status)  # what was asked is refused, so the page does not carry it on
    return answer(request, house, "error.html", code, status=code, told=sentence(error), map=None, query="")


def _without_language(path: str) -> str:
    return (path.removeprefix("/es") or "/") if language(path) == "es" else path
