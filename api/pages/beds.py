"""Finding a bed: a form that needs no JavaScript, a list, and a map of what can be located."""

import math
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from api.deps import TheHouse, TheWords
from api.errors import status_of
from api.pages.frame import answer
from api.resources import ResourcesQuestion, ask, origin_of
from api.sites import page_of
from maps import figures, housing
from maps import page as frame
from maps.words import Words
from resources import search
from resources.errors import PlaceAmbiguous, PlaceNotFound, QuestionRefused
from resources.shown import Origin

router = APIRouter(prefix="/beds")
RADII_KM = (2, 5, 10, 25, 50)
# while these stand, the form's second row is shut
_MORE = {"kind": "bed", "type": None, "text": None, "open_only": False, "population": None}


class BedsQuestion(ResourcesQuestion):
    """The form: as the API's question, but it starts with beds, and `any` asks for every kind."""

    kind: Literal["bed", "home", "voucher", "closed", "any"] = "bed"  # type: ignore[assignment]  # one word more
    per_page: int = Field(default=20, ge=1, le=100)

    def plain(self) -> ResourcesQuestion:
        """The question for the search: no radius without a point, and any kind is no filter."""
        values: dict[str, Any] = self.model_dump()
        values["kind"] = None if self.kind == "any" else self.kind
        values["within_km"] = self.within_km if self.near else None
        return ResourcesQuestion(**values)


@router.get("")
def beds(
    request: Request, question: Annotated[BedsQuestion, Query()], house: TheHouse, words: TheWords
) -> HTMLResponse:
    """The form and what it finds."""
    form = _form(question, words)
    try:
        origin = origin_of(question.near, house)
        found = ask(question.plain(), origin, house)
    except (PlaceNotFound, PlaceAmbiguous, QuestionRefused) as error:
        told = _refusal(error, question, words)
        return answer(request, house, "beds.html", int(status_of(error)), form=form, found=None, told=told, map=None)
    page_of(found.total, question.page, question.per_page)  # a page past the last is not there
    root = "/es" if words.lang == "es" else ""
    marks = housing.features(found.contents, words, f"{root}/beds")
    marks = [_origin_mark(origin, words), *marks] if origin is not None and marks else marks
    chart = frame.parts(words.say("Map of these places"), marks, house.background(), words) if marks else None
    return answer(
        request, house, "beds.html", form=form, told=None, map=chart,
        found=_found(question, found, origin, words), places=[housing.place(s, words) for s in found.contents],
    )  # fmt: skip


@router.get("/{id}")
def bed(request: Request, id: Annotated[str, Path(max_length=64)], house: TheHouse, words: TheWords) -> HTMLResponse:
    """One programme."""
    shown = search.one(house.engine(), id, house.now())
    marks = housing.features([shown], words, "")
    label = words.say("Map of {name}", name=shown.name)
    chart = frame.parts(label, marks, house.background(), words) if marks else None
    return answer(request, house, "bed.html", place=housing.place(shown, words), map=chart)


def _form(question: BedsQuestion, words: Words) -> dict[str, Any]:
    """The fields of the form with their choices: name -> [(value, text, chosen)]."""
    anything = [("", words.say("Any"))]
    types = [(t, housing.project_type(t, words)) for t in ("ES", "SH", "TH", "PSH", "RRH", "OPH")]
    kinds = [(k, housing.kind(k, words)) for k in ("bed", "home", "voucher")]
    kinds.append(("any", words.say("Everything listed")))
    households = [(h, housing.household(h, words)) for h in ("families", "adults", "children-only")]
    populations = [(p, housing.population(p, words)) for p in ("veterans", "youth", "domestic-violence")]
    radii = [("", words.say("Any distance"))] + [(str(km), figures.distance(km * 1000, words)) for km in RADII_KM]
    within = "" if question.within_km is None else f"{question.within_km:g}"
    if within not in dict(radii):
        radii.append((within, figures.distance(float(within) * 1000, words)))

    def chosen(options: list[tuple[str, str]], value: str | None) -> list[tuple[str, str, bool]]:
        return [(v, text, v == (value or "")) for v, text in options]

    return {
        "near": question.near or "",
        "text": question.text or "",
        "open_only": question.open_only,
        "within_km": chosen(radii, within),
        "kind": chosen(kinds, question.kind),
        "type": chosen(anything + types, question.type),
        "household": chosen(anything + households, question.household),
        "population": chosen(anything + populations, question.population),
        "more": question.model_dump(exclude={"near", "within_km", "household", "page", "per_page"}) != _MORE,
    }


def _found(question: BedsQuestion, found: search.Answer, origin: Origin | None, words: Words) -> dict[str, Any]:
    pages = math.ceil(found.total / question.per_page)
    return {
        "total": found.total,
        "counts": found.counts,
        "notes": [note for note in found.notes if not note.startswith(search.UNPLACED)],
        "origin": words.known(origin.label) if origin else "",
        "origin_precision": _measured_from(origin, words),
        "unplaced": found.unplaced,
        "anywhere": _link(question, within_km=None, page=None) if found.unplaced else "",
        "needs_address": question.within_km is not None and origin is None,
        "page": question.page,
        "pages": pages,
        "before": _link(question, page=question.page - 1) if question.page > 1 else "",
        "after": _link(question, page=question.page + 1) if question.page < pages else "",
    }


def _measured_from(origin: Origin | None, words: Words) -> str:
    if origin is None:
        return ""
    said = {
        "street": words.say("Distances are measured from the middle of the street."),
        "place": words.say("Distances are measured from the middle of the town."),
    }.get(origin.precision, "")
    if not said:
        return ""
    if not origin.margin_m:
        return f"{said} {words.say('How far off that is, is not known.')}"
    margin = figures.distance(origin.margin_m, words)
    return f"{said} {words.say('What you mean may be up to {margin} from there.', margin=margin)}"


def _link(question: BedsQuestion, **changes: object) -> str:
    """The same question with some of its fields changed; None takes a field away."""
    values = {**question.model_dump(exclude_defaults=True, exclude_none=True), **changes}
    spoken = {k: str(v).lower() if isinstance(v, bool) else v for k, v in values.items() if v is not None}
    return "?" + urlencode(spoken)


def _refusal(error: Exception, question: BedsQuestion, words: Words) -> dict[str, Any]:
    if isinstance(error, PlaceAmbiguous):
        text = words.say("More than one place has that name. Which one?")
        return {"text": text, "candidates": [(_link(question, near=c, page=None), c) for c in error.candidates]}
    text = words.known(str(error))
    if isinstance(error, PlaceNotFound):
        text = words.say("That place was not found. Try the street without the number, or the name of the town.")
    return {"text": text, "candidates": []}


def _origin_mark(origin: Origin, words: Words) -> frame.Feature:
    title = words.say("Where you measure from: {label}", label=words.known(origin.label))
    return frame.Feature("origin", "origin", "origin", title, (origin.lat, origin.lon), "●", margin_m=origin.margin_m)
