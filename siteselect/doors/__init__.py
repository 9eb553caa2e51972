"""What the `reach` and `stops` commands do between their words and their answers."""

from siteselect.doors.journeys import reach_answer, said
from siteselect.doors.question import Question, ask
from siteselect.doors.service import peaks, stops_answer, stops_said
from siteselect.doors.tables import guard, write_reach, write_stops

__all__ = [
    "Question",
    "ask",
    "guard",
    "peaks",
    "reach_answer",
    "said",
    "stops_answer",
    "stops_said",
    "write_reach",
    "write_stops",
]
