"""A layer of an ArcGIS server -> GeoJSON, page by page of object ids, every id accounted for."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from siteselect.errors import ConfigError, SourceRefused, SourceUnavailable
from siteselect.sources import esri, kept
from siteselect.sources.check import Box
from siteselect.sources.download import Tags, Watch
from siteselect.sources.light import Heavy, Light
from siteselect.sources.patience import Patience
from siteselect.sources.registry import Source
from siteselect.sources.web import Passing, TooMuch, Web, bare, body, patiently

MOST_PAGE = 1000
PAGE_BYTES = 16_000_000
ESRI_BYTES = 4_000_000  # these are taken apart, which takes twenty times as much
IDS_BYTES = 10_000_000
DESCRIPTION_BYTES = 5_000_000
_HEAD, _TAIL = b'{"type": "FeatureCollection", "features": [\n', b"\n]}\n"


@dataclass(frozen=True)
class _Layer:
    url: str
    where: dict[str, str]
    oid: str
    kind: str
    geojson: bool
    page: int
    edited: str
    fields: frozenset[str]


async def layer(
    web: Web, source: Source, url: str, part: Path, last: kept.Note | None, box: Box | None,
    patience: Patience, watch: Watch,
) -> Tags | None:  # fmt: skip
    """Fills `part` with the features of a layer that touch the box; None when the layer says it is unchanged.

    Columns of the features: all that the layer has; coordinates in degrees.  The ids are asked for first, then pages of
    them; a page that lacks one is asked for again, smaller.  Pages that are here already are not asked for twice.
    SourceRefused when a wanted column is gone, an id stays away, or there is no feature at all.
    """
    if box is None:
        raise ConfigError(f"{source.id}: to ask {bare(url)} the place file needs box = [...] in its [fetch] table.")
    asked = await _described(web, source, url, box, patience)
    # the date of the last edit covers the whole layer, and the box and the columns are part of the question
    tag = None
    if asked.edited:
        tag = hashlib.sha256(repr((asked.edited, asked.where, sorted(asked.fields))).encode()).hexdigest()[:32]
    if tag is not None and last is not None and last.etag == tag:
        return None
    ids = await _ids(web, asked, patience)
    if not ids:
        raise SourceRefused(f"{bare(url)}: the layer has no feature in the place; not taken.")
    await _pages(web, source, asked, ids, part, patience, watch)
    return {"etag": tag, "last_modified": _day(asked.edited)}


async def _described(web: Web, source: Source, url: str, box: Box, patience: Patience) -> _Layer:
    told = (await _answer(web, url, {}, patience, DESCRIPTION_BYTES)).told
    shown = bare(url)
    try:
        fields = {str(f["name"]): str(f["type"]) for f in told["fields"]}
        kind, most = str(told["geometryType"]), int(told.get("maxRecordCount") or MOST_PAGE)
        edited = str((told.get("editingInfo") or {}).get("lastEditDate") or "")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SourceRefused(f"{shown}: not a layer of features; give the address that ends in its number.") from None
    if gone := [c for c in source.columns if c not in fields]:
        has = ", ".join(list(fields)[:12])
        raise SourceRefused(f"{shown}: the layer has no column {gone[0]}: its shape has changed (it has {has}).")
    oid = str(told.get("objectIdField") or next((n for n, t in fields.items() if t == "esriFieldTypeOID"), ""))
    if oid not in fields or not oid.replace("_", "").replace(".", "").isalnum():
        raise SourceRefused(f"{shown}: the layer names no column of object ids, so it cannot be read page by page.")
    where = {
        "where": source.where, "geometry": ",".join(f"{v:g}" for v in box), "geometryType": "esriGeometryEnvelope",
        "inSR": "4326", "spatialRel": "esriSpatialRelIntersects",
    }  # fmt: skip
    formats = str(told.get("supportedQueryFormats") or "").lower()
    return _Layer(url, where, oid, kind, "geojson" in formats, max(1, min(most, MOST_PAGE)), edited, frozenset(fields))


def _day(edited_ms: str) -> str | None:
    """The layer's last edit, which it tells in thousandths of a second since 1970."""
    try:
        return datetime.fromtimestamp(int(edited_ms) / 1000, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None


async def _ids(web: Web, asked: _Layer, patience: Patience) -> list[int]:
    question = {**asked.where, "returnIdsOnly": "true"}
    told = (await _answer(web, f"{asked.url}/query", question, patience, IDS_BYTES)).told
    found = told.get("objectIds", 0)
    if found is None:  # how such a server says that there is none
        return []
    if not isinstance(found, list) or not all(isinstance(i, int) for i in found):
        raise SourceRefused(f"{bare(asked.url)}: gives no list of object ids; not taken.")
    found.sort()  # a set of a million would be as large again
    return [number for number, _ in groupby(found)]


async def _pages(
    web: Web, source: Source, asked: _Layer, ids: list[int], part: Path, patience: Patience, watch: Watch
) -> None:
    """Adds page after page to the part; the last step makes it one GeoJSON file."""
    mark = hashlib.sha256(repr((asked.url, asked.edited, asked.where, ids)).encode()).hexdigest()
    done = _begun(part, mark)
    page = asked.page
    with part.open("ab") as stream:
        if not done:
            stream.write(_HEAD)
        while done < len(ids):
            wanted = ids[done : done + page]
            try:
                got = await _page(web, source, asked, wanted, patience)
            except TooMuch:
                if len(wanted) == 1:
                    raise
                got = {}
            if len(got) < len(wanted):
                if len(wanted) == 1:
                    raise SourceRefused(f"{bare(asked.url)}: keeps back the feature {wanted[0]}; nothing taken.")
                page = len(wanted) // 2
                continue
            stream.write(b",\n" if done else b"")
            stream.write(b",\n".join(got[i] for i in wanted))
            stream.flush()
            done += len(wanted)
            if stream.tell() > source.most_mb * 1_000_000:
                raise SourceRefused(f"{bare(asked.url)}: more than {source.most_mb:,} MB; cut the box; nothing taken.")
            kept.replaced(kept.state_of(part), json.dumps({"mark": mark, "done": done, "bytes": stream.tell()}))
            patience.done()
            watch(source.id, done, len(ids))
        stream.write(_TAIL)


async def _page(web: Web, source: Source, asked: _Layer, wanted: list[int], patience: Patience) -> dict[int, bytes]:
    """The wanted features by object id, each as a line of GeoJSON; those that the server keeps back are missing."""
    both = f"({source.where}) AND {asked.oid} >= {wanted[0]} AND {asked.oid} <= {wanted[-1]}"
    query = {**asked.where, "where": both, "outFields": "*", "outSR": "4326", "geometryPrecision": "7"}
    form, most = ("geojson", PAGE_BYTES) if asked.geojson else ("json", ESRI_BYTES)
    page = await _answer(web, f"{asked.url}/query", query, patience, most, form)
    shown = bare(asked.url)
    features = page.told.get("features")
    if not isinstance(features, list):
        raise SourceRefused(f"{shown}: a page without features; nothing taken.")
    got: dict[int, bytes] = {}
    keep = set(wanted)
    for one in features:
        try:
            made = one if asked.geojson else esri.feature(one, asked.kind)
            properties, number = dict(made["properties"]), int(made["properties"][asked.oid])
            line = page.text({"type": "Feature", "properties": properties, "geometry": made["geometry"]})
        except esri.Strange as fault:
            raise SourceRefused(f"{shown}: {fault}; nothing taken.") from None
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            raise SourceRefused(f"{shown}: a feature without a sound {asked.oid} or geometry; nothing taken.") from None
        if short := [c for c in source.columns if c not in properties]:
            raise SourceRefused(f"{shown}: a page without the column {short[0]}: its shape changed under way.")
        if number in keep:
            got[number] = line
    return got


def _begun(part: Path, mark: str) -> int:
    """How many features are here of exactly this question; the part is cut to what was noted."""
    state = kept.read_state(part)
    try:
        done, size = int(state["done"]), int(state["bytes"])
    except (KeyError, ValueError):
        done, size = 0, 0
    if state.get("mark") != mark or not part.is_file() or part.stat().st_size < size or not done:
        kept.forget(part)
        part.parent.mkdir(parents=True, exist_ok=True)
        return 0
    with part.open("r+b") as stream:
        stream.truncate(size)
    return done


async def _answer(
    web: Web, url: str, query: dict[str, str], patience: Patience, most_bytes: int, form: str = "json"
) -> Light:
    """The server's answer, an object; its errors come with status 200 and a code of their own inside."""
    shown = bare(url)

    async def once() -> Light:
        async with web.opened(f"{url}?{urlencode({**query, 'f': form})}", patience) as response:
            raw = await body(response, patience, shown, most_bytes)
        try:
            answer = Light(raw)
        except Heavy:
            raise TooMuch(f"{shown}: an answer of too many parts; cut the box; nothing taken.") from None
        except (ValueError, RecursionError):
            what = "a web page" if raw.lstrip()[:1] == b"<" else "something that is not JSON, perhaps cut on the way"
            raise Passing(f"{shown}: gave {what}") from None
        patience.anew()
        if not isinstance(answer.told, dict):
            raise SourceRefused(f"{shown}: not an answer of an ArcGIS server; nothing taken.")
        _check_fault(answer.told.get("error"), shown)
        return answer

    return await patiently(once, patience)


def _check_fault(fault: Any, shown: str) -> None:
    if fault is None:
        return
    code = fault.get("code") if isinstance(fault, dict) else None
    words = " ".join(str(fault.get("message") if isinstance(fault, dict) else fault).split())[:120]
    if code in (429, 500, 502, 503, 504):
        raise Passing(f"{shown}: the server says {code} {words}")
    remedy = "it wants a sign-in" if code in (498, 499, 403) else "look whether the layer moved"
    raise SourceUnavailable(f"{shown}: the server says {code} {words}; {remedy}.")
