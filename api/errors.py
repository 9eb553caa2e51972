"""One table from what can go wrong to what a caller is told (RFC 9457, problem details)."""

from collections.abc import Iterator
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from resources import errors as housing
from siteselect import errors as siting


class ApiError(Exception):
    """The base of what the server itself refuses; its text is meant for a person."""


class SitesMissing(ApiError):
    """There is no ranked run to show."""


class SiteNotFound(ApiError):
    """The run has no site of that id."""


class PageNotFound(ApiError):
    """The list has fewer pages than that."""


# the first line that fits decides: a class stands before the class it comes from
STATUSES: dict[type[Exception], HTTPStatus] = {
    SitesMissing: HTTPStatus.SERVICE_UNAVAILABLE,
    SiteNotFound: HTTPStatus.NOT_FOUND,
    PageNotFound: HTTPStatus.NOT_FOUND,
    housing.QuestionRefused: HTTPStatus.BAD_REQUEST,
    housing.PlaceNotFound: HTTPStatus.NOT_FOUND,
    housing.PlaceAmbiguous: HTTPStatus.BAD_REQUEST,
    housing.ProgramNotFound: HTTPStatus.NOT_FOUND,
    housing.StoreRefused: HTTPStatus.SERVICE_UNAVAILABLE,
    siting.FileRefused: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: Exception) -> HTTPStatus:
    """The status for a typed error; 500 for any other."""
    if isinstance(error, RequestValidationError):
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code)
    for known, status in STATUSES.items():
        if isinstance(error, known):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def sentence(error: Exception) -> str:
    """What is wrong and what to do, in one sentence; never what the caller typed, which may be someone's address."""
    if isinstance(error, RequestValidationError):
        return " ".join(faults(error))
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code).description or HTTPStatus(error.status_code).phrase
    if isinstance(error, housing.StoreRefused):
        # its own text names the store's path or user, which is for whoever runs the server, not for a visitor
        return "The list of places to sleep cannot be read: run 'resources load FILE...' on the server."
    if status_of(error) == HTTPStatus.INTERNAL_SERVER_ERROR:
        return "Something went wrong on our side; it has been noted."
    return str(error)


def faults(error: RequestValidationError) -> Iterator[str]:
    """Each refused parameter and why, without its value."""
    for fault in error.errors():
        name = str(fault["loc"][-1]) if fault["loc"] else "request"
        if fault["type"] == "extra_forbidden":
            yield f"{name[:40]!r} is not a parameter here; /openapi.json lists those there are."
        else:
            yield f"{name[:40]}: {fault['msg'].removeprefix('Value error, ')}."


def problem(request: Request, error: Exception) -> JSONResponse:
    """The answer to a caller of the API: application/problem+json."""
    status = status_of(error)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": sentence(error),
        "instance": request.url.path,
    }
    if isinstance(error, housing.PlaceAmbiguous):
        body["candidates"] = list(error.candidates)
    headers = {"Retry-After": "30"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(body, int(status), headers, media_type="application/problem+json")
