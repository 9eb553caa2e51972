"""Publishers on this machine for tests: real HTTP servers on loopback that speak each protocol, and can misbehave.

A test asks for one, gives it pages (`Page`: bytes, labels, faults) and reads what was asked of it.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Page:
    """A file that a publisher has, and what goes wrong with it.

    `cut_at`: the connection ends after so many bytes, the first `cuts` times; `drip_s`: so long between `drip_bytes`;
    `faults`: statuses given first; `ranges`: whether a part can be asked for.
    """

    body: bytes = b""
    label: str = "application/octet-stream"
    etag: str | None = '"v1"'
    ranges: bool = True
    cut_at: int | None = None
    cuts: int = 1
    drip_s: float | None = None
    drip_bytes: int = 1
    faults: list[int] = field(default_factory=list)
    retry_after: str | None = None
    location: str | None = None
    encoding: str | None = None
    silent: bool = False
    chunks: Iterator[bytes] | None = None


@dataclass
class Publisher:
    """A running server: its port, its pages by path, and each question that came: method, path, query, headers."""

    port: int
    pages: dict[str, Page | Callable[[dict[str, str]], Any]]
    asked: list[tuple[str, str, dict[str, str], dict[str, str]]]

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def publisher(tls: ssl.SSLContext | None = None) -> Iterator[Publisher]:
    """A server with no pages yet; it ends with the test, whatever it was doing."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    server.block_on_close = False
    server.told = Publisher(server.server_port, {}, [])  # type: ignore[attr-defined]  # the handler finds it here
    server.over = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.told  # type: ignore[attr-defined]
    finally:
        server.over.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("content-length", 0))).decode())

    def do_GET(self) -> None:
        self._answer("")

    def _answer(self, form: str) -> None:
        self.close_connection = True
        told: Publisher = self.server.told  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query or form).items()}
        told.asked.append((self.command, parts.path, query, {k.lower(): v for k, v in self.headers.items()}))
        page = told.pages.get(parts.path)
        if callable(page):
            page = page(query)
        if isinstance(page, dict):
            page = Page(json.dumps(page).encode(), "application/json", etag=None)
        with suppress(TimeoutError, BrokenPipeError, ConnectionResetError):  # whoever asked has gone
            self._send(page) if isinstance(page, Page) else self._status(404)

    def _status(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, page: Page) -> None:
        over: threading.Event = self.server.over  # type: ignore[attr-defined]
        if page.silent:
            over.wait(60)
            return
        if page.faults:
            wait = {"Retry_After": page.retry_after} if page.retry_after is not None else {}
            return self._status(page.faults.pop(0), **wait)
        if page.location is not None:
            return self._status(302, Location=page.location)
        if page.etag is not None and self.headers.get("if-none-match") == page.etag:
            return self._status(304, ETag=page.etag)
        self._body(page, over)

    def _body(self, page: Page, over: threading.Event) -> None:
        start, wanted = 0, self.headers.get("range")
        goes_on = page.ranges and wanted and self.headers.get("if-range") == page.etag
        if goes_on and wanted:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if goes_on else 200)
        if goes_on:
            self.send_header("Content-Range", f"bytes {start}-{len(page.body) - 1}/{len(page.body)}")
        for name, value in (("Content-Type", page.label), ("ETag", page.etag), ("Content-Encoding", page.encoding)):
            if value is not None:
                self.send_header(name, value)
        if page.chunks is None:
            self.send_header("Content-Length", str(len(page.body) - start))
        self.end_headers()
        self._poured(page, start, over)

    def _poured(self, page: Page, start: int, over: threading.Event) -> None:
        end = len(page.body)
        if page.cut_at is not None and page.cuts > 0:
            page.cuts -= 1
            end = min(end, start + page.cut_at)
        if page.chunks is not None:
            for chunk in page.chunks:
                self.wfile.write(chunk)
            return
        step = end - start if page.drip_s is None else page.drip_bytes
        for at in range(start, end, max(1, step)):
            self.wfile.write(page.body[at : min(end, at + step)])
            if page.drip_s is not None and over.wait(page.drip_s):
                return


@dataclass
class FeatureService:
    """A layer of an ArcGIS server: features by object id; `most` is its maxRecordCount.

    `keeps_back`: ids that never come; `half_from`: it gives half of each page larger than this, and says so;
    `errors`: error answers (with status 200) given first; `columns_gone_after`: pages after which a column is missing.
    """

    features: dict[int, tuple[dict[str, Any], dict[str, Any]]]
    kind: str = "esriGeometryPolygon"
    formats: str = "JSON, geoJSON"
    most: int = 1000
    edited: int | None = 1_700_000_000_000
    fields: tuple[str, ...] = ("OBJECTID", "APN")
    keeps_back: frozenset[int] = frozenset()
    half_from: int | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    columns_gone_after: int | None = None
    pages: int = 0

    def on(self, told: Publisher, path: str) -> None:
        """Puts the layer on a server."""
        told.pages[path] = self._described
        told.pages[f"{path}/query"] = self._queried

    def _described(self, query: dict[str, str]) -> dict[str, Any]:
        assert query["f"] == "json"
        types = {"OBJECTID": "esriFieldTypeOID"}
        return {
            "name": "layer", "geometryType": self.kind, "objectIdField": "OBJECTID", "maxRecordCount": self.most,
            "supportedQueryFormats": self.formats,
            "fields": [{"name": n, "type": types.get(n, "esriFieldTypeString")} for n in self.fields],
        } | ({"editingInfo": {"lastEditDate": self.edited}} if self.edited else {})  # fmt: skip

    def _queried(self, query: dict[str, str]) -> dict[str, Any]:
        if self.errors:
            return {"error": self.errors.pop(0)}
        if query.get("returnIdsOnly") == "true":
            return {"objectIdFieldName": "OBJECTID", "objectIds": sorted(self.features, reverse=True) or None}
        low, high = (int(part.split()[-1]) for part in query["where"].replace(">=", "").split(" AND ")[-2:])
        wanted = [i for i in sorted(self.features) if low <= i <= high][: self.most]
        exceeded = False
        if self.half_from is not None and len(wanted) > self.half_from:
            wanted, exceeded = wanted[: len(wanted) // 2], True
        self.pages += 1
        gone = self.columns_gone_after is not None and self.pages > self.columns_gone_after
        features = []
        for number in (i for i in wanted if i not in self.keeps_back):
            attributes, geometry = self.features[number]
            named = {"OBJECTID": number} | ({} if gone else attributes)
            if query["f"] == "geojson":
                features.append({"type": "Feature", "id": number, "properties": named, "geometry": geometry})
            else:
                features.append({"attributes": named, "geometry": geometry})
        return {"type": "FeatureCollection", "features": features} | (
            {"exceededTransferLimit": True} if exceeded else {}
        )
