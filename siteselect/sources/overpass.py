"""The streets of a box from an Overpass server, as one OpenStreetMap file."""

from pathlib import Path

from siteselect.errors import ConfigError, SourceRefused, SourceUnavailable
from siteselect.sources import check, kept
from siteselect.sources.check import Box
from siteselect.sources.download import Tags, Watch
from siteselect.sources.patience import Patience
from siteselect.sources.registry import Source
from siteselect.sources.web import Web, bare, patiently, pieces

QUESTION = (
    '[out:xml][timeout:{seconds}][maxsize:{size}];way["highway"]({south:.6f},{west:.6f},{north:.6f},{east:.6f});'
    "(._;>;);out body;"
)
THINKS_S = 180


async def streets(
    web: Web, source: Source, url: str, part: Path, box: Box | None, patience: Patience, watch: Watch
) -> Tags:
    """Fills `part` with all ways that have a highway tag and their nodes (.osm); the reader chooses what can be walked.

    The server is asked once, in one box, and is given up on when it answers with a page or a remark instead of the end.
    """
    if box is None:
        raise ConfigError(f"{source.id}: to ask {bare(url)} the place file needs box = [...] in its [fetch] table.")
    west, south, east, north = box
    size = source.most_mb * 1_000_000
    asked = QUESTION.format(seconds=THINKS_S, size=size, south=south, west=west, north=north, east=east)
    shown = bare(url)
    begun = False

    async def once() -> Tags:
        nonlocal begun
        if begun and not patience.restarted():
            raise SourceUnavailable(f"{shown}: breaks off again and again; try again later, or with a smaller box.")
        begun, have = True, 0
        part.parent.mkdir(parents=True, exist_ok=True)
        async with web.opened(url, patience, form={"data": asked}) as response:
            with part.open("wb") as stream:
                async for piece in pieces(response, patience, shown):
                    if not have:
                        check.head(source, piece, shown)
                    have += len(piece)
                    if have > size:
                        raise SourceRefused(f"{shown}: more than {source.most_mb:,} MB; cut the box; nothing taken.")
                    stream.write(piece)
                    patience.reached(have)
                    watch(source.id, have, None)
        return {"etag": None, "last_modified": None}

    try:
        return await patiently(once, patience)
    except SourceRefused:
        kept.forget(part)
        raise
