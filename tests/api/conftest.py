"""A client of the whole application over the made-up county."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.journeys import madeup


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for a run and a store, the clock at that night."""
    folder = tmp_path_factory.mktemp("county")
    madeup.write_run(folder, ranked=12, excluded=3)
    return Settings(data=folder, store=madeup.write_store(folder), as_of=madeup.NIGHT)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def client(county: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(county)) as client:
        yield client
