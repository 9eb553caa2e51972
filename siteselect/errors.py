"""What can go wrong, named as a planner would say it.

Every error is one sentence that names the file, the row or field where there is one, and the remedy.
"""


class SiteSelectError(Exception):
    """The base of all that this package refuses to do; its text is meant for a person."""


class ConfigError(SiteSelectError):
    """A place or policy file says something that cannot be meant."""


class FileRefused(SiteSelectError):
    """A file cannot be read as what it should be."""


class CrsUnknown(FileRefused):
    """No coordinate system puts a file's coordinates where the place is."""


class FeedRefused(FileRefused):
    """A GTFS feed lacks what every timetable question needs."""


class FeedExpired(SiteSelectError):
    """The analysis day lies outside a feed's calendar."""


class NoServiceThatDay(SiteSelectError):
    """A feed covers the analysis day, but nothing runs on it."""


class MomentRefused(SiteSelectError):
    """A moment cannot be meant: the clocks skip it, or its zone cannot be compared."""


class OutRefused(SiteSelectError):
    """The results cannot be written where they should be."""


class ChoiceRefused(SiteSelectError):
    """No set of sites is as it was asked for."""


class SourceUnavailable(SiteSelectError):
    """A publisher cannot be reached, or does not answer in time or at all; what was there before is kept."""


class SourceRefused(SiteSelectError):
    """What a publisher sent is not the data that it should be; what was there before is kept."""


class NoWorkers(SiteSelectError):
    """Work cannot be given to the workers that were asked for."""
