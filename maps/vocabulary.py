"""The sentences that our own programs write into tables, so that a page can say them in another language.

Each is a message with names in braces where the sentence holds a number, a day or a name.  What is not here is a
publisher's or a place file's own text and is shown as it was written, marked as English.
"""

import re
from functools import lru_cache


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a message that is only marked
    """Mark a message for the catalog."""
    return message


SENTENCES = (
    # why a bed is free, or why that is not known
    N_("{beds} beds less {people} people counted on {day}"),
    N_("{beds} beds less {people} people counted on {day}; more people than beds were counted, so none is free"),
    N_("Call before sending anyone: a bed may be held or need a referral"),
    N_("Last counted on {day}, {days} days ago; a count is good for {hours} hours"),
    N_("Last counted on {day}, {days} day ago; a count is good for {hours} hours"),
    N_("A voucher is not a bed: whether one is free is not counted. Ask the programme"),
    N_("The count of {day} does not say how many people there were"),
    N_("The count of {day} does not say how many beds there were"),
    N_("Not yet counted at that time"),
    N_("Counted once, but the source does not say on which night of {year}"),
    N_("Counted once, but the source does not say when"),
    N_("Nobody has counted here"),
    N_("The occupancy of a confidential place is not stated"),
    N_("Call 2-1-1 to be connected"),
    N_("It is under development and not open yet"),
    N_("The inventory lists it as closed"),
    # remarks on a programme
    N_("Confidential place: its address is not held here"),
    N_("Under development: not open yet"),
    N_("Office, nobody sleeps there: {office}"),
    N_("No address is filed"),
    N_("The address could not be placed on the map"),
    N_("More people ({people}) than beds ({beds}) were counted"),
    N_("Seasonal beds: {beds}, season not filed"),
    N_("Seasonal beds: {beds}, {start} to {end}"),
    N_("It does not say which households it takes"),
    N_("Not in the newest inventory; last listed in {year}"),
    # notes on a search
    N_("Left out because where they are is not known: {count}; ask without a distance to see them"),
    N_("Listed last because they do not say which households they take: {count}"),
    N_("Left out because it is not known whether a bed is free: {count}"),
    N_("{town} (its middle: the street or number is not in the address table)"),
    # what the shipped demonstration says of itself
    N_("SKETCH: the streets are a made-up grid, not real streets"),
    N_("Walks measured along it show how the tool works; they must not be used for a decision"),
    N_("Trains only: the timetables of the buses are not in the demonstration"),
    N_(
        "Flood, fire, fault, liquefaction and elevation layers are not in the demonstration: "
        "what they would say is unknown"
    ),
    # how a measure was made
    N_("straight line, not a walk"),
    N_("walk along the streets"),
    N_("walk along a SKETCHED grid, not real streets"),
    N_("{how}, from the parcel's edge"),
    N_("{how}, from its point"),
    N_("the nearest street is {metres} m from the site"),
    N_("the nearest street is {metres} m from the place"),
    N_("the site is known to {margin} m"),
    N_("{how}; the site is known to {margin} m"),
    N_("departures from stops within {reach} m, {how}; {hours} on {date}, each trip once"),
    N_(
        "departures from stops within {reach} m, {how}; {hours} on {date}, each trip once; "
        "the site is known to {margin} m"
    ),
    N_("timetable: departures that board there, {hours} on {date}"),
    N_("share of the parcel's outline"),
    N_("share of a circle of the site's area round its point"),
    N_("cells whose middle lies within 800 m, straight line"),
    N_("straight line"),
    # why a measure is not known
    N_("the site's own place is not known closely enough"),
    N_("its streets do not join those of any place: an island of {length} km"),
    N_("no layer at hand tells it"),
    N_("no timetable is at hand"),
    N_("the timetables of the buses are not at hand"),
    N_("no feed at hand runs trains on the analysis day"),
    N_("no layer of {what} is at hand"),
    N_("the elevation model does not cover the site"),
    N_("no counted cell lies within 800 m"),
)

# the words that stand in those sentences
VALUES = (
    N_("straight line, not a walk"),
    N_("walk along the streets"),
    N_("walk along a SKETCHED grid, not real streets"),
    N_("slope"),
    N_("liquefaction"),
    N_("fault zone"),
    N_("flood"),
    N_("flood zone"),
    N_("fire hazard"),
    N_("park"),
    N_("grocery"),
    N_("clinic"),
    N_("hospital"),
    N_("school"),
    N_("library"),
)


def recognised(text: str) -> tuple[str, dict[str, str]] | None:
    """The message that `text` is an instance of and the values in it, or None when it is none of ours."""
    bare = text.strip().removesuffix(".")
    for message, pattern in _patterns():
        found = pattern.fullmatch(bare)
        if found:
            return message, found.groupdict()
    return None


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    # a name in braces takes a few words; the texts are short and come from our own tables
    named = [(message, re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^;]{1,200}?)", re.escape(message))) for message in SENTENCES]
    return tuple((message, re.compile(pattern)) for message, pattern in named)
