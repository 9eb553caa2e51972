"""Counts and a moment -> whether a bed is free then; a count that is not good for that moment makes nothing known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from resources.records import CALL, CALL_FIRST, TIME_ZONE, Availability, Held, Observation, day


def at(program: Held, counts: Sequence[Observation], as_of: dt.datetime) -> Availability:
    """The state of one programme's beds at a moment.

    free = beds counted - people counted, never below 0, and only from the time the count begins until it is no longer
    good.  A confidential programme's occupancy is not stated; a voucher is not a bed, so it is never open by
    arithmetic.
    """
    if program.confidential:
        return Availability(state="unknown", reason=f"The occupancy of a confidential place is not stated. {CALL}")
    if program.kind == "closed":
        why = (
            "It is under development and not open yet."
            if program.under_development
            else "The inventory lists it as closed."
        )
        return Availability(state="unknown", reason=why)
    begun = [c for c in counts if c.starts_at is not None and c.starts_at <= as_of]
    if not begun:
        return Availability(state="unknown", reason=_not_counted(counts, as_of))
    count = max((c for c in begun if as_of < _good_until(c)), default=begun[-1], key=_start)
    if count is begun[-1] and as_of >= _good_until(count):
        count = max(begun, key=_start)
    return _from(program, count, as_of)


def _from(program: Held, count: Observation, as_of: dt.datetime) -> Availability:
    state, free, reason = _judged(program, count, as_of)
    return Availability(
        state=state, reason=reason, free=free, people=count.people, beds=count.beds,
        counted_on=count.counted_on or count.starts_at, good_until=_good_until(count),
        age_hours=round((as_of - _start(count)).total_seconds() / 3600, 2),
        reported_by=count.reported_by, source=count.source,
    )  # fmt: skip


def _judged(program: Held, count: Observation, as_of: dt.datetime) -> tuple[str, int | None, str]:
    """State, free beds and the sentence that says why."""
    on = day(_local_day(count))
    if as_of >= _good_until(count):
        ago = (as_of.astimezone(TIME_ZONE).date() - _local_day(count)).days
        ago_text = f"{ago:,} day{'' if ago == 1 else 's'} ago"
        return "unknown", None, f"Last counted on {on}, {ago_text}; a count is good for {count.good_for_hours:g} hours."
    if program.kind == "voucher":
        return "unknown", None, "A voucher is not a bed: whether one is free is not counted. Ask the programme."
    if count.people is None or count.beds is None:
        missing = "people" if count.people is None else "beds"
        return "unknown", None, f"The count of {on} does not say how many {missing} there were."
    free = max(0, count.beds - count.people)
    method = f"{count.beds} beds less {count.people} people counted on {on}"
    if count.people > count.beds:
        method += "; more people than beds were counted, so none is free"
    return (
        ("open" if free else "full"),
        free,
        f"{method}. {CALL_FIRST}",
    )


def _not_counted(counts: Sequence[Observation], as_of: dt.datetime) -> str:
    dated = [c for c in counts if c.starts_at is not None]
    if dated:
        return "Not yet counted at that time."
    if counts:
        year = max(c.night for c in counts)
        return "Counted once, but the source does not say " + (
            f"on which night of {year}." if year.isdigit() else "when."
        )
    return "Nobody has counted here."


def _start(count: Observation) -> dt.datetime:
    assert count.starts_at is not None
    return count.starts_at


def _good_until(count: Observation) -> dt.datetime:
    return _start(count) + dt.timedelta(hours=count.good_for_hours)


def _local_day(count: Observation) -> dt.date:
    return count.counted_on or _start(count).astimezone(TIME_ZONE).date()
