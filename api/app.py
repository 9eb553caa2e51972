"""The whole application, made from its settings."""

import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import board, errors, health, pages, resources, sites
from api.deps import House
from api.pages.frame import refused
from api.settings import Settings
from maps.page import ASSETS, asset

log = logging.getLogger("api")
KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
MACHINES = ("/api/", "/healthz", "/openapi.json", "/static/")


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; without settings they come from the environment."""
    house = House(settings or Settings())

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        house.close()

    app = FastAPI(
        title="Homeground",
        version="0.1.0",
        summary="Ranked public sites for housing, and places to sleep.",
        docs_url=None,  # the usual page for it loads scripts from elsewhere
        redoc_url=None,
        lifespan=life,
    )
    app.state.house = house
    for router in (health.router, sites.router, board.router, resources.router):
        app.include_router(router)
    app.add_api_route("/static/{name}", static, include_in_schema=False)
    app.add_api_route("/es", to_spanish, include_in_schema=False)
    for prefix in ("", "/es"):
        app.include_router(pages.router, prefix=prefix)
    for kind in (*errors.STATUSES, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _tell)
    app.add_middleware(Guard)
    return app


def static(name: str) -> Response:
    """One of our own scripts or styles; no path leads to another file."""
    if name not in ASSETS:
        raise HTTPException(404)
    return Response(asset(name), media_type=KINDS[name.rsplit(".", 1)[1]], headers={"Cache-Control": "max-age=3600"})


def to_spanish() -> Response:
    """The Spanish pages begin under /es/."""
    return RedirectResponse("/es/", 308)


def _tell(request: Request, error: Exception) -> Response:
    if request.url.path.startswith(MACHINES):
        return errors.problem(request, error)
    return refused(request, request.app.state.house, error)


class Guard:
    """Headers that keep a page to itself, a nonce for its scripts, and one line of log without what was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        began = time.perf_counter()

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_headers(nonce)]
                ms = (time.perf_counter() - began) * 1000
                log.info("%s %s %d %.0f ms", scope["method"], _template(scope), message["status"], ms)
            await send(message)

        await self.app(scope, receive, guarded)


def _headers(nonce: str) -> list[tuple[bytes, bytes]]:
    policy = (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"permissions-policy", b"geolocation=(), camera=(), microphone=(), payment=(), usb=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]


def _template(scope: Scope) -> str:
    # the route's template, not the path: an id is nobody's business, and a query may be somebody's address
    route = scope.get("route")
    return str(getattr(route, "path", "(no route)"))
