"""What lies in the data folder, and the note beside each file that says where it is from."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from siteselect.errors import ConfigError
from siteselect.sources.registry import Address, Source

FETCHED, BY_HAND = "fetched", "dropped by hand"


class Note(BaseModel):
    """What is known of a file: whose, from where, when, its checksum and size, licence and credit line.

    `how` is "fetched" or "dropped by hand"; times are UTC; `rows` is None where they cannot be counted cheaply.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    source: str
    publisher: str
    how: Literal["fetched", "dropped by hand"]
    address: str | None
    fetched_at: datetime
    checked_at: datetime
    sha256: str
    bytes: int
    rows: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    licence: str
    credit: str
    vintage: str


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_note(file: Path) -> bool:
    """Is this one of our notes, or a file on its way (hidden), and not data?"""
    return file.name.startswith(".") or file.name.endswith(".source.json")


def beside(file: Path) -> Path:
    """Where the note of a file lies."""
    return file.with_name(f"{file.name}.source.json")


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Only one run fetches into a folder, else two would write the same file; ConfigError for the second."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        folder = os.open(data, os.O_RDONLY)
    except OSError as fault:
        raise ConfigError(f"{data}: cannot be written ({fault.strerror}); say another folder with --data.") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise ConfigError(f"{data}: another fetch is at work in this folder; wait until it ends.") from None
    except OSError:  # a file system without locks: then nobody can tell
        pass
    try:
        yield
    finally:
        os.close(folder)


def true_note(file: Path, mark: str | None = None) -> Note | None:
    """The note of a file that is still the file it speaks of; `mark` is its checksum where that is known already."""
    if not file.is_file():
        return None
    if not beside(file).exists() and not _next(file).exists():
        return None
    mark, size = mark or sha256(file), file.stat().st_size
    for place in (beside(file), _next(file)):
        try:
            told = Note.model_validate_json(place.read_text(encoding="utf-8"))
        except (OSError, ValueError, ValidationError):
            continue
        if (told.sha256, told.bytes) == (mark, size):
            return told
    return None


def _next(file: Path) -> Path:
    return file.with_name(f".{file.name}.source.json.next")


def fetched(source: Source, address: Address, file: Path, rows: int | None, tags: dict[str, str | None]) -> Note:
    """The note of a file that was just fetched."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Note(
        source=source.id, publisher=source.publisher, how="fetched", address=address.url, fetched_at=now,
        checked_at=now,
        sha256=sha256(file), bytes=file.stat().st_size, rows=rows, etag=tags.get("etag"),
        last_modified=tags.get("last_modified"), licence=source.licence, credit=address.credit or source.credit,
        vintage=source.vintage,
    )  # fmt: skip


def by_hand(source: Source, file: Path, rows: int | None) -> Note:
    """The note of a file that somebody put there; its time is the file's own."""
    state = file.stat()
    return Note(
        source=source.id, publisher=source.publisher, how="dropped by hand", address=None,
        fetched_at=datetime.fromtimestamp(int(state.st_mtime), UTC),
        checked_at=datetime.now(UTC).replace(microsecond=0),
        sha256=sha256(file), bytes=state.st_size, rows=rows, licence=source.licence, credit=source.credit,
        vintage=source.vintage,
    )  # fmt: skip


def write(file: Path, told: Note) -> None:
    """Puts the note beside its file, whole or not at all."""
    replaced(beside(file), told.model_dump_json(indent=1) + "\n")


def replaced(path: Path, text: str) -> None:
    """Writes a small text beside and renames it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def part_of(file: Path) -> Path:
    """Where a file lies while it is on its way."""
    return file.with_name(f".{file.name}.part")


def state_of(part: Path) -> Path:
    """What is known of a file on its way, to go on with later."""
    return part.with_name(f"{part.name}.json")


def read_state(part: Path) -> dict[str, str]:
    """What was noted of a file on its way; empty where nothing was."""
    try:
        told = json.loads(state_of(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}


def forget(part: Path) -> None:
    """Removes a file on its way and what is known of it."""
    part.unlink(missing_ok=True)
    state_of(part).unlink(missing_ok=True)


def settled(part: Path, file: Path, told: Note) -> None:
    """The file in place of the last good one, and its note; stopped in between, the note that waits is found."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    replaced(_next(file), told.model_dump_json(indent=1) + "\n")
    part.replace(file)
    _next(file).replace(beside(file))
    state_of(part).unlink(missing_ok=True)
