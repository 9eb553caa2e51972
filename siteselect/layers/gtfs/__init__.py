"""GTFS timetables: `read` gives a `Feed` of clean tables with a report for each file."""

from siteselect.layers.gtfs.feed import Feed, read

__all__ = ["Feed", "read"]
