"""Where each file of data/raw is from: the registry of publishers, how to fetch them, and what was read in a run."""

from siteselect.sources.inputs import inputs, record
from siteselect.sources.kept import sha256

__all__ = ["inputs", "record", "sha256"]
