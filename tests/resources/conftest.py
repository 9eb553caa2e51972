"""Closes what a test of the stores opened."""

from collections.abc import Iterator

import pytest

from tests.resources import made


@pytest.fixture(autouse=True)
def _close_stores() -> Iterator[None]:
    yield
    while made.OPENED:
        made.OPENED.pop().dispose()
