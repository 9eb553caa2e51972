"""Times of the service day as seconds, read and written; and the times that a timetable leaves out."""

import re

import numpy as np
import pandas as pd

TIME = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")


def seconds(texts: pd.Series) -> np.ndarray:
    """Seconds after the service day's noon minus 12 h for each H:MM:SS text; NaN where blank or not a time.

    Hours may pass 24, as GTFS has it for a trip that runs past midnight.
    """
    codes, distinct = pd.factorize(texts)
    read = np.full(len(distinct) + 1, np.nan)  # the last one is for a missing text (code -1)
    for at, text in enumerate(distinct):
        if match := TIME.fullmatch(text):
            hours, minutes, rest = (int(group) for group in match.groups())
            read[at] = hours * 3600 + minutes * 60 + rest
    found: np.ndarray = read[codes]
    return found


def text(time_s: int) -> str:
    """A time as HH:MM:SS, the inverse of `seconds`."""
    return f"{time_s // 3600:02d}:{time_s // 60 % 60:02d}:{time_s % 60:02d}"


def between(
    arrival_s: np.ndarray, departure_s: np.ndarray, distance: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fill the gaps between timed stops: arrival, departure (seconds, whole), and which rows went by distance.

    The rows are those of whole trips in order; the first and the last row of each trip must have its times, so that no
    gap reaches over to another trip.  A row is timed when it has an arrival.  In a gap where both ends and all points
    have a `distance` that never falls and that grows from end to end, time is spread by distance; else evenly by stop.
    """
    count = len(arrival_s)
    at = np.arange(count)
    timed = ~np.isnan(arrival_s)
    before = np.maximum.accumulate(np.where(timed, at, -1))
    after = np.minimum.accumulate(np.where(timed, at, count)[::-1])[::-1]
    blank = np.flatnonzero(~timed)
    start, end = before[blank], after[blank]
    falls = np.zeros(count, int)
    falls[1:] = ~(np.diff(distance) >= 0)  # true also where one of the two is missing
    falls = np.cumsum(falls)
    by_distance = (falls[end] == falls[start]) & (distance[end] > distance[start])
    share = (blank - start) / (end - start)
    along = blank[by_distance]
    length = distance[end[by_distance]] - distance[start[by_distance]]
    share[by_distance] = (distance[along] - distance[start[by_distance]]) / length
    filled = np.rint(departure_s[start] + share * (arrival_s[end] - departure_s[start]))
    arrival_s, departure_s = arrival_s.copy(), departure_s.copy()
    arrival_s[blank] = departure_s[blank] = filled
    went = np.zeros(count, bool)
    went[along] = True
    return arrival_s, departure_s, went
