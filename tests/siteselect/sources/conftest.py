"""A publisher on this machine for each test that wants one."""

from collections.abc import Iterator

import pytest

from tests import publishers


@pytest.fixture
def hall() -> Iterator[publishers.Publisher]:
    """An HTTP server of this machine, with no pages yet."""
    with publishers.publisher() as told:
        yield told
