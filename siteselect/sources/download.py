"""One file from one address: gone on with where it stopped, asked for only when it changed."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

import httpx2

from siteselect.errors import SourceRefused
from siteselect.sources import check, kept
from siteselect.sources.patience import Patience
from siteselect.sources.registry import Source
from siteselect.sources.web import Passing, Web, bare, patiently, pieces

Watch = Callable[[str, int, int | None], None]
Tags = dict[str, str | None]


async def file(
    web: Web, source: Source, url: str, part: Path, last: kept.Note | None, patience: Patience, watch: Watch
) -> Tags | None:
    """Fills `part` from an address and gives its ETag and Last-Modified; None when nothing changed since `last`.

    A part that is already there is gone on with by Range and If-Range.  What breaks off stays for the next time; what
    is refused is removed.
    """
    try:
        return await patiently(lambda: _attempt(web, source, url, part, last, patience, watch), patience)
    except SourceRefused:
        kept.forget(part)
        raise


async def _attempt(
    web: Web, source: Source, url: str, part: Path, last: kept.Note | None, patience: Patience, watch: Watch
) -> Tags | None:
    have, state = _have(part, url)
    headers = _conditions(have, state, last)
    async with web.opened(url, patience, headers) as response:
        asked = bare(url)
        if response.status_code == 304 and headers.keys() & {"If-None-Match", "If-Modified-Since"}:
            return None
        if response.status_code == 416 or (response.status_code == 206 and not _goes_on(response, have)):
            kept.forget(part)
            raise Passing(f"{asked}: the rest does not fit what is here", 0.0)
        if response.status_code == 304:
            raise Passing(f"{asked}: says that nothing changed, and was not asked so")
        if response.status_code == 200 and have:
            have = 0
            if not patience.restarted():
                raise SourceRefused(f"{asked}: breaks off and cannot be gone on with; nothing taken.")
        total = _total(response, have)
        _fits(source, total, part, asked)
        tags: Tags = {name: response.headers.get(name.replace("_", "-")) for name in ("etag", "last_modified")}
        part.parent.mkdir(parents=True, exist_ok=True)
        told = {"url": asked, "total": str(total)} | {k: v for k, v in tags.items() if v}
        kept.replaced(kept.state_of(part), json.dumps(told))
        with part.open("ab" if have else "wb") as stream:
            have = await _poured(response, stream, source, asked, have, total, patience, watch)
        if total is not None and have < total:
            raise Passing(f"{asked}: cut at {have:,} of {total:,} bytes")
        if total is not None and have > total:
            kept.forget(part)
            raise Passing(f"{asked}: {have:,} bytes where {total:,} were announced")
        return tags


async def _poured(
    response: httpx2.Response, stream: IO[bytes], source: Source, asked: str, have: int, total: int | None,
    patience: Patience, watch: Watch,
) -> int:  # fmt: skip
    start = b""
    looked = have > 0
    async for piece in pieces(response, patience, asked):
        have += len(piece)
        if have > source.most_mb * 1_000_000:
            raise SourceRefused(f"{asked}: more than the {source.most_mb:,} MB that it may have; nothing taken.")
        if not looked:
            start += piece
            if looked := len(start) >= check.HEAD_BYTES or have == total:
                check.head(source, start[: check.HEAD_BYTES], asked)
        stream.write(piece)
        patience.reached(have)
        watch(source.id, have, total)
    return have


def _have(part: Path, url: str) -> tuple[int, dict[str, str]]:
    """How much is here of what this address had, and how the publisher marked it."""
    state = kept.read_state(part)
    if not part.is_file() or state.get("url") != bare(url) or not _mark(state):
        return 0, {}
    return part.stat().st_size, state


def _mark(state: dict[str, str]) -> str | None:
    etag = state.get("etag")
    return etag if etag and not etag.startswith("W/") else state.get("last_modified")


def _conditions(have: int, state: dict[str, str], last: kept.Note | None) -> dict[str, str]:
    mark = _mark(state)
    if have and mark:
        return {"Range": f"bytes={have}-", "If-Range": mark}
    found = {}
    if last is not None and last.etag:
        found["If-None-Match"] = last.etag
    if last is not None and last.last_modified:
        found["If-Modified-Since"] = last.last_modified
    return found


def _goes_on(response: httpx2.Response, have: int) -> bool:
    found = re.match(r"bytes (\d{1,15})-", response.headers.get("content-range", ""))
    return found is not None and int(found[1]) == have and have > 0


def _total(response: httpx2.Response, have: int) -> int | None:
    if response.status_code == 206:
        found = re.search(r"/(\d{1,15})$", response.headers.get("content-range", ""))
        return int(found[1]) if found else None
    said = response.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


def _fits(source: Source, total: int | None, part: Path, asked: str) -> None:
    if total is None:
        return
    if total > source.most_mb * 1_000_000:
        raise SourceRefused(
            f"{asked}: {total / 1e6:,.0f} MB, more than the {source.most_mb:,} MB that it may have; nothing taken."
        )
    free = shutil.disk_usage(next(folder for folder in part.absolute().parents if folder.is_dir())).free
    if total > free + (part.stat().st_size if part.is_file() else 0):
        raise SourceRefused(f"{asked}: {total / 1e6:,.0f} MB, and the disk has room for {free / 1e6:,.0f} MB.")
