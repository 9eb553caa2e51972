"""Feeds of a day -> `journeys` arrays: `day.build`; and how often each stop is served: `headways`."""
