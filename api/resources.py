"""Places to sleep as JSON: what the search may show, and nothing else."""

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.deps import House, TheHouse
from api.sites import page_of
from resources import search
from resources.records import Shown
from resources.shown import Origin

router = APIRouter(prefix="/api/resources", tags=["resources"])
Type = Literal["ES", "TH", "PSH", "RRH", "OPH", "SH"]
Kind = Literal["bed", "home", "voucher", "closed"]
Population = Literal["veterans", "youth", "domestic-violence"]
Household = Literal["families", "adults", "children-only"]


class ResourcesQuestion(BaseModel):
    """Where, how far, for whom; nobody's name, and what is typed here is not kept."""

    model_config = ConfigDict(extra="forbid")

    near: str | None = Field(default=None, max_length=200, description="LON,LAT or an address, street or town")
    within_km: float | None = Field(default=None, gt=0, le=50, allow_inf_nan=False)
    type: Type | None = None
    household: Household | None = None
    population: Population | None = None
    kind: Kind | None = None
    open_only: bool = False
    text: str | None = Field(
        default=None,
        max_length=100,
        description="words in a name, of a type, or for whom",
    )
    page: int = Field(default=1, ge=1, le=10_000)
    per_page: int = Field(default=25, ge=1, le=1000)

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_not_given(cls, value: Any, info: Any) -> Any:
        # an empty field of a form is sent as an empty text
        if isinstance(value, str) and not value.strip():
            return cls.model_fields[info.field_name].default
        return value


@router.get("")
def resources(question: Annotated[ResourcesQuestion, Query()], house: TheHouse) -> JSONResponse:
    """Places to sleep, nearest first when `near` is given; a confidential place has no distance and stands last."""
    origin = origin_of(question.near, house)
    answer = ask(question, origin, house)
    frame, _ = page_of(answer.total, question.page, question.per_page)
    contents = [plain(shown) for shown in answer.contents]
    about = {
        "counts": dict(answer.counts),
        "notes": list(answer.notes),
        "as_of": house.now().isoformat(),
        "origin": _origin(origin),
    }
    return JSONResponse({**frame, **about, "contents": contents}, headers={"Cache-Control": "no-store"})


@router.get("/{id}")
def resource(id: Annotated[str, Path(max_length=64)], house: TheHouse) -> JSONResponse:
    """One programme."""
    return JSONResponse(plain(search.one(house.engine(), id, house.now())))


def origin_of(near: str | None, house: House) -> Origin | None:
    """The point that `near` means; PlaceNotFound or PlaceAmbiguous when it means none or several."""
    return None if near is None else search.place(house.engine(), near)


def ask(question: ResourcesQuestion, origin: Origin | None, house: House) -> search.Answer:
    """The answer of the search to a question that came over HTTP."""
    return search.near(
        house.engine(),
        search.Question(
            origin=origin,
            radius_m=None if question.within_km is None else question.within_km * 1000,
            types=frozenset() if question.type is None else frozenset({question.type}),
            households=question.household,
            population=question.population,
            kinds=None if question.kind is None else frozenset({question.kind}),
            open_only=question.open_only,
            text=question.text,
            as_of=house.now(),
            limit=question.per_page,
            offset=(question.page - 1) * question.per_page,
        ),
    )


def plain(shown: Shown) -> Any:
    """A programme as JSON holds it; dates in ISO 8601."""
    encode: Callable[[Any], Any] = jsonable_encoder
    return encode(dataclasses.asdict(shown))


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    if origin is None:
        return None
    return {"label": origin.label, "precision": origin.precision, "margin_m": origin.margin_m}
