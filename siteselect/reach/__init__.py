"""The light door for a running service: from here to there, at this moment, how long, by what, and until when.

    door = reach.opened(folder)                     # a folder that `siteselect reach --store` or `prepare` has written
    beds = reach.places(door, lon, lat)             # once for many questions
    answer = reach.times(door, -122.71, 38.44, at, beds)
    answer.travel_s, answer.words(0)

| question | call |
|---|---|
| from one point to all, leaving at a moment | `times` |
| from all to one point, there by a moment | `arrive_by` |
| from one point to all, there by a moment | `latest` |
| from one point to all, the last ride of the day | `last_rides` |
| one to all, every minute of a window: percentiles, share within a limit | `over` |
| many to many, likewise | `between` |

Every time is the sooner of transit and walking, exact to the second for the timetable and the pace that are stored.  A
time is not a number (NaN) where a place's coordinates are not known, and infinite where they are and there is no way
within LONGEST_S: neither is ever 0.  Streets are walked both ways.  A door may be asked from several threads at once.
"""

from siteselect.journeys.windows import LONGEST_S
from siteselect.reach.door import (
    ACCESS_M,
    DIRECT_M,
    NO_SERVICE,
    Door,
    Places,
    happens_twice,
    opened,
    places,
    seconds,
)
from siteselect.reach.leaving import Answer, times
from siteselect.reach.window import Spread, between, over
from siteselect.reach.within import NIGHT_ENDS_S, Deadline, arrive_by, last_rides, latest

__all__ = [
    "ACCESS_M",
    "DIRECT_M",
    "LONGEST_S",
    "NIGHT_ENDS_S",
    "NO_SERVICE",
    "Answer",
    "Deadline",
    "Door",
    "Places",
    "Spread",
    "arrive_by",
    "between",
    "happens_twice",
    "last_rides",
    "latest",
    "opened",
    "over",
    "places",
    "seconds",
    "times",
]
