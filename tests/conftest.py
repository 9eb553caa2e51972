"""What tests of several rooms share: the data of a workplace that has it, a throwaway PostGIS, both stores."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# speed is a benchmark, never a test: a busy machine must not fail one
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the full-length proofs too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    skip = pytest.mark.skip(reason="the full-length proof: runs with --long")
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files, where there is one: SITESELECT_REAL_DATA, or shared/data beside the checkout."""
    folder = Path(os.environ.get("SITESELECT_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set SITESELECT_REAL_DATA to the folder that has it")
    return folder


@pytest.fixture(scope="session")
def postgis_url() -> Iterator[str]:
    """A PostGIS server for this run, on a unix socket alone; somebody's own by TEST_DATABASE_URL."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    programs = _server_programs()
    if programs is None:
        why = (
            "no PostgreSQL server with PostGIS here: apt-get install postgresql-15-postgis-3, or set TEST_DATABASE_URL"
        )
        if os.environ.get("CI"):
            pytest.fail(why)  # a run that says the stores agree must have asked both
        pytest.skip(why)
    base = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has 107 bytes
    server = {"cwd": base, "check": True, "capture_output": True} | _not_root(base)
    options = f"-k {base} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    control = [str(programs / "pg_ctl"), "-D", str(base / "data"), "-w", "-l", str(base / "log")]
    environment = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
    locale = ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    try:
        initdb = [str(programs / "initdb"), "-D", str(base / "data"), "-U", "postgres", *locale]
        subprocess.run(initdb, env=environment, **server)
        # its standard streams must not be ours: the server would hold the pipe open and the run would wait for it
        started = server | {"capture_output": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*control, "-o", options, "start"], env=environment, **started)
        create = [str(programs / "psql"), "-qXh", str(base), "-U", "postgres", "-c", "CREATE EXTENSION postgis"]
        subprocess.run(create, env=environment, **server)
        yield f"postgresql+psycopg://postgres@/postgres?host={base}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], env=environment, **(server | {"check": False}))
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgis"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store, once on SQLite and once on PostGIS: the same test body runs on both."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.sqlite"
        return
    yield from _own_schema(request.getfixturevalue("postgis_url"))


def _own_schema(url: str) -> Iterator[str]:
    """The server with a schema of this test's own, dropped behind it."""
    from sqlalchemy import create_engine, text

    schema = f"test_{uuid.uuid4().hex[:12]}"
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    server = create_engine(url)
    try:
        with server.begin() as connection:
            # in public, so that dropping a test's schema does not take it away
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public"))
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        try:
            yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema},public"
        finally:
            with server.begin() as connection:
                # a test that leaves a connection open must not make this one wait for its locks
                connection.execute(text("SET LOCAL lock_timeout = '10s'"))
                connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    finally:
        server.dispose()


def _server_programs() -> Path | None:
    """The newest installed server's folder of programs that has PostGIS beside it."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if config := shutil.which("pg_config"):
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(said.stdout.strip()))
    for folder in reversed(folders):
        if (folder / "initdb").exists() and _has_postgis(folder):
            return folder
    return None


def _has_postgis(folder: Path) -> bool:
    config = folder / "pg_config"
    share = [Path("/usr/share/postgresql") / folder.parent.name]
    if config.exists():
        said = subprocess.run([str(config), "--sharedir"], capture_output=True, text=True, check=False)
        share.append(Path(said.stdout.strip()))
    return any((place / "extension" / "postgis.control").exists() for place in share)


def _not_root(base: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as the user that its package made."""
    if os.getuid() != 0:
        return {}
    shutil.chown(base, "postgres", "postgres")
    return {"user": "postgres", "group": "postgres", "extra_groups": []}
