"""The browser of the journeys, for the pages that need no server."""

from tests.journeys.conftest import chromium, visit

__all__ = ["chromium", "visit"]
