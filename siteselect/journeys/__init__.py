"""Journeys by timetable over plain arrays: what a running service can open and ask, with no raw files at hand."""
