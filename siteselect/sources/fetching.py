"""Getting what a place needs into its data folder: every source ends in one outcome, and the last good file stays."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote_plus, urlencode

from siteselect.errors import ConfigError, SiteSelectError, SourceRefused
from siteselect.sources import arcgis, check, download, kept, overpass
from siteselect.sources.apart import apart
from siteselect.sources.check import Box
from siteselect.sources.download import Tags, Watch
from siteselect.sources.patience import Patience
from siteselect.sources.registry import Address, Registry, Source
from siteselect.sources.web import Web

PATIENCE_S = 8.0  # with the start of the program and what was asked before it, less than ten
AT_ONCE = 4
State = Literal["fetched", "unchanged", "by hand", "here", "to do", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of a source: its file, a state, one sentence where there is something to say, the file's note.

    fetched: new in this run; unchanged: the publisher says so; by hand: somebody put it there, it is not overwritten;
    here: there and not asked for; to do: a person has to (a key, a file by hand, an address to look at); failed: the
    publisher was asked and gave nothing that can be used, and what was there before is still there.
    """

    source: Source
    file: Path
    state: State
    words: str
    note: kept.Note | None

    @property
    def age_days(self) -> int | None:
        """How old the file is, None without one."""
        return None if self.note is None else max(0, (datetime.now(UTC) - self.note.fetched_at).days)


@dataclass(frozen=True)
class Ways:
    """How to fetch: keys by variable, whether unverified addresses may be asked, how long to wait for nothing."""

    keys: Mapping[str, str]
    unverified: bool = False
    patience_s: float | None = None


def run(
    registry: Registry, sources: Sequence[Source], data: Path, box: Box | None, ways: Ways, watch: Watch
) -> list[Outcome]:
    """Fetches the sources into the data folder, some at once but one at a time from a host; gives an outcome for each.

    Watch is told of every piece: source, what is here, of how much (bytes or features).  Never raises for one source;
    ConfigError when a path leads out of the data folder, or another run is at work in it.
    """
    for source in sources:
        _file(source, data)
    with kept.alone(data):
        return apart(_all(registry, sources, data, box, ways, watch))


def offline(sources: Sequence[Source], data: Path, box: Box | None) -> list[Outcome]:
    """What is here, and how old it is; nothing is asked of anybody."""
    return [_here(source, _file(source, data), box) for source in sources]


def intended(sources: Sequence[Source], data: Path, ways: Ways) -> list[Outcome]:
    """What a run would do; nothing is asked and nothing is written."""
    outcomes = []
    for source in sources:
        file, (askable, why_not) = _file(source, data), _askable(source, ways)
        try:
            note = kept.true_note(file)
        except OSError as fault:
            outcomes.append(_unreadable(source, file, fault))
            continue
        if file.is_file() and (note is None or note.how == kept.BY_HAND):
            outcomes.append(Outcome(source, file, "by hand", "would be left as it is.", note))
        elif askable:
            outcomes.append(Outcome(source, file, "here" if note else "to do", f"would ask {askable[0].url}", note))
        else:
            outcomes.append(Outcome(source, file, "to do", why_not, note))
    return outcomes


async def _all(
    registry: Registry, sources: Sequence[Source], data: Path, box: Box | None, ways: Ways, watch: Watch
) -> list[Outcome]:
    web = Web(registry)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(source: Source) -> Outcome:
        file = _file(source, data)
        try:
            async with gate:
                note = await asyncio.to_thread(kept.true_note, file)
                if file.is_file() and (note is None or note.how == kept.BY_HAND):
                    return await asyncio.to_thread(_here, source, file, box)
            return await _one(web, gate, source, file, note, box, ways, watch)
        except OSError as fault:
            return _unreadable(source, file, fault)

    try:
        return list(await asyncio.gather(*(one(source) for source in sources)))
    finally:
        await web.close()


async def _one(
    web: Web, gate: asyncio.Semaphore, source: Source, file: Path, note: kept.Note | None, box: Box | None, ways: Ways,
    watch: Watch,
) -> Outcome:  # fmt: skip
    askable, why_not = _askable(source, ways)
    if not askable:
        return Outcome(source, file, "here" if note else "to do", why_not, note)
    faults = []
    for address in askable:
        try:
            async with web.turn(address.host), gate:
                return await _asked(web, source, address, file, note, box, ways, watch)
        except SiteSelectError as fault:
            if isinstance(fault, SourceRefused):
                kept.forget(kept.part_of(file))
            faults.append(str(fault).rstrip(". "))
        except OSError as fault:
            faults.append(f"{file}: cannot be written ({fault.strerror or fault})")
    said = _without_keys("; then ".join(faults), ways)
    after = f"; the file of {note.fetched_at:%Y-%m-%d} is kept." if note else "."
    return Outcome(source, file, "failed", said + after, note)


async def _asked(
    web: Web, source: Source, address: Address, file: Path, note: kept.Note | None, box: Box | None, ways: Ways,
    watch: Watch,
) -> Outcome:  # fmt: skip
    part = kept.part_of(file)
    url = address.url
    if address.key is not None:
        url += ("&" if "?" in url else "?") + urlencode({address.key.parameter: ways.keys[address.key.variable]})
    last = note if note is not None and note.address == address.url else None
    tags = await _filled(web, source, address, url, part, last, box, ways, watch)
    if tags is None and note is not None:
        again = note.model_copy(update={"checked_at": datetime.now(UTC).replace(microsecond=0)})
        kept.write(file, again)
        return Outcome(source, file, "unchanged", "", again)
    # in a thread of its own, so that other publishers are not kept waiting while a file is read through
    new = await asyncio.to_thread(_examined, source, address, part, box, note, tags or {})
    kept.settled(part, file, new)
    return Outcome(source, file, "fetched", "", new)


async def _filled(
    web: Web, source: Source, address: Address, url: str, part: Path, last: kept.Note | None, box: Box | None,
    ways: Ways, watch: Watch,
) -> Tags | None:  # fmt: skip
    slow = overpass.THINKS_S + 10 if address.kind == "overpass" else PATIENCE_S
    patience = Patience(slow, PATIENCE_S) if ways.patience_s is None else Patience(ways.patience_s)
    match address.kind:
        case "arcgis":
            return await arcgis.layer(web, source, url, part, last, box, patience, watch)
        case "overpass":
            return await overpass.streets(web, source, url, part, box, patience, watch)
        case "file":
            return await download.file(web, source, url, part, last, patience, watch)


def _examined(
    source: Source, address: Address, part: Path, box: Box | None, note: kept.Note | None, tags: Tags
) -> kept.Note:
    rows = check.whole(source, part, address.url, box, note.rows if note else None)
    new = kept.fetched(source, address, part, rows, tags)
    if source.sha256 is not None and new.sha256 != source.sha256:
        raise SourceRefused(
            f"{address.url}: its checksum is {new.sha256[:12]}..., not the one in the registry; not taken."
        )
    return new


def _here(source: Source, file: Path, box: Box | None) -> Outcome:
    """A file that is there already: one dropped by hand is looked at like any other, and noted."""
    try:
        note = kept.true_note(file)
    except OSError as fault:
        return _unreadable(source, file, fault)
    if note is not None and note.how == kept.FETCHED:
        return Outcome(source, file, "here", _old(source, note), note)
    if not file.is_file():
        return Outcome(source, file, "to do", f"not here; put it at {file}, or fetch it with a network.", None)
    if note is None:
        try:
            note = kept.by_hand(source, file, check.whole(source, file, str(file), box, None))
            kept.write(file, note)
        except SourceRefused as fault:
            return Outcome(
                source, file, "failed", f"{str(fault).removesuffix('; not taken.')}; put the right one.", None
            )
        except OSError as fault:
            return _unreadable(source, file, fault)
    return Outcome(source, file, "by hand", _old(source, note), note)


def _unreadable(source: Source, file: Path, fault: OSError) -> Outcome:
    why = fault.strerror or fault
    return Outcome(source, file, "failed", f"{file}: cannot be read or noted ({why}); look who may.", None)


def _without_keys(said: str, ways: Ways) -> str:
    """A server may repeat what it was sent; the words go to a terminal, and from there anywhere."""
    for key in ways.keys.values():
        said = said.replace(key, "(key)").replace(quote_plus(key), "(key)")
    return said


def _old(source: Source, note: kept.Note) -> str:
    days = (datetime.now(UTC) - note.fetched_at).days
    return f"older than its publisher's round of {source.changes_days} days." if days > source.changes_days else ""


def _askable(source: Source, ways: Ways) -> tuple[list[Address], str]:
    """The addresses that may be asked, in order; and why not, where there is none."""
    askable, why_not = [], []
    for address in source.addresses:
        if not address.verified and not ways.unverified:
            why_not.append(f"{address.url}: address not verified; look at it and say --unverified")
        elif address.key is not None and not ways.keys.get(address.key.variable):
            why_not.append(f"wants a key from {address.key.get_one} in the environment variable {address.key.variable}")
        else:
            askable.append(address)
    by_hand = f"put the file from {source.page} at {source.file}"
    return askable, "; or ".join([*why_not, by_hand]) + "."


def _file(source: Source, data: Path) -> Path:
    file = data / source.file
    if not file.resolve().is_relative_to(data.resolve()):
        raise ConfigError(f"{source.id}: {source.file} leads out of the data folder by a link; remove the link.")
    return file
