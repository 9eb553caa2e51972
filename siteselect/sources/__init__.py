"""Where each file of data/raw is from: the registry of publishers, how to fetch them, and what was read in a run."""

from siteselect.sources.inputs import record, sha256

__all__ = ["record", "sha256"]
