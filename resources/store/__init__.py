"""One store of programmes on PostGIS or on a plain SQLite file: the same tables, the same questions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from resources.errors import StoreRefused
from resources.store import models
from resources.store.point import geod_metres, wkb_x, wkb_y

__all__ = ["create", "open_store", "reading", "writing"]


_URL = "The store's URL is not understood: write sqlite:///FILE or postgresql://HOST/NAME."


def open_store(url: str) -> Engine:
    """Gives the engine of a store; touches no table.

    `url` is `sqlite:///FILE` or `postgresql://...` (PostGIS).  Threads may share the engine: each takes its own
    connection.  Raises StoreRefused for a URL that is neither, or for SQLite in memory, which threads cannot share.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreRefused(_URL) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreRefused("A store in memory cannot be shared by threads: write sqlite:///FILE.")
    if backend in ("postgresql", "postgres"):
        # parameters hold what people typed: they stay out of every message
        return create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True)
    if backend != "sqlite":
        raise StoreRefused(_URL)
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def create(engine: Engine) -> None:
    """Makes the tables that are missing, and on PostgreSQL the PostGIS extension; safe to repeat.

    Raises StoreRefused when the store has tables of another edition or cannot be written.
    """
    if engine.dialect.name == "sqlite":
        Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
    with _answering(engine), engine.execution_options(write=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(20240126)"))  # two may create at once
            if connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")) == 0:
                connection.execute(text("CREATE EXTENSION postgis"))
        models.Base.metadata.create_all(connection)
        found = connection.scalar(select(models.Edition.edition))
        if found is None:
            connection.execute(insert(models.Edition).values(edition=models.EDITION))
        _check_edition(engine, models.EDITION if found is None else found)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for questions; one snapshot, no locks taken on SQLite.

    Raises StoreRefused when nothing was ever loaded there or the store does not answer.
    """
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        raise StoreRefused(f"There is no store at {engine.url.database}: run 'resources load FILE...' first.")
    with _answering(engine), Session(engine) as session:
        if not _is_ready(engine, session.connection()):
            raise StoreRefused(f"The store {_name(engine)} has no tables of ours: run 'resources load FILE...' first.")
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session for one change of the store, all of it or none; on SQLite it waits its turn."""
    writes = engine.execution_options(write=True)
    with _answering(engine), Session(writes, expire_on_commit=False) as session, session.begin():
        yield session


_READY: WeakSet[Engine] = WeakSet()


def _is_ready(engine: Engine, connection: Connection) -> bool:
    """True when the tables are there; asked once for each engine, since a table does not go away."""
    if engine not in _READY:
        if not inspect(connection).has_table(models.Edition.__tablename__):
            return False
        edition = connection.scalar(select(models.Edition.edition))
        _check_edition(engine, edition or 0)
        _READY.add(engine)
    return True


def _check_edition(engine: Engine, found: int) -> None:
    if found != models.EDITION:
        raise StoreRefused(
            f"The store {_name(engine)} is of edition {found}, this program reads edition {models.EDITION}:"
            " load the files into a new store."
        )


@contextmanager
def _answering(engine: Engine) -> Iterator[None]:
    """Turns a database that does not answer into one sentence without a password, a parameter or a traceback."""
    try:
        yield
    except DBAPIError as error:
        if not _is_refusal(error):
            raise
        cause = str(error.orig).strip().splitlines()[0] if error.orig and str(error.orig).strip() else "no answer"
        message = f"The store {_name(engine)} refused ({cause}): check that it is there and may be written."
        raise StoreRefused(message) from error


def _is_refusal(error: DBAPIError) -> bool:
    """Whether the database, not our SQL, is to blame: gone, locked, full, not a database, or not allowed."""
    not_allowed = getattr(error.orig, "sqlstate", None) in ("42501", "0A000", "58P01")
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError or not_allowed


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True).split("?", 1)[0]


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is said below, so that a writer can say IMMEDIATE
    for pragma in (
        "journal_mode=WAL",  # readers go on while one writes
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "secure_delete=ON",  # an address that became confidential is wiped from the file, not only unlinked
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("geod_metres", 3, geod_metres, deterministic=True)
    connection.create_function("wkb_x", 1, wkb_x, deterministic=True)
    connection.create_function("wkb_y", 1, wkb_y, deterministic=True)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
