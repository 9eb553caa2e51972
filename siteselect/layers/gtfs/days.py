"""Which services run on which day: calendar.txt and calendar_dates.txt, cleaned and asked."""

import re
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd

from siteselect.layers.gtfs.table import Table

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ADDED, REMOVED = 1, 2
YEARS = range(1950, 2200)  # a date outside is a slip of the pen, and a calendar of millennia fills the memory
DATE_REMEDY = "write dates as YYYYMMDD"


@dataclass(frozen=True, eq=False)
class Calendar:
    """When services run.

    `weekly` [service_id, monday..sunday bool, start_date, end_date datetime64], `exceptions` [service_id, date
    datetime64, exception_type 1 added or 2 removed]; a service is in either or both.
    """

    weekly: pd.DataFrame
    exceptions: pd.DataFrame

    def running(self, day: date) -> pd.Index:
        """The service_ids that run on a day."""
        that_day = np.datetime64(day, "s")
        weekly = self.weekly
        covers = (weekly["start_date"] <= that_day) & (weekly["end_date"] >= that_day) & weekly[WEEKDAYS[day.weekday()]]
        today = self.exceptions[self.exceptions["date"] == that_day]
        removed = today.loc[today["exception_type"] == REMOVED, "service_id"]
        added = today.loc[today["exception_type"] == ADDED, "service_id"]
        usual = pd.Index(weekly.loc[covers, "service_id"])
        runs: pd.Index = usual.difference(pd.Index(removed)).union(pd.Index(added))
        return runs

    def counts(self, weight: pd.Series) -> pd.Series:
        """The summed weight (by service_id) of the services that run, for each day from the first named to the last.

        Returns whole numbers by datetime64 day; empty when no day is named.
        """
        weekly = self.weekly[self.weekly["service_id"].isin(weight.index)]
        exceptions = self.exceptions[self.exceptions["service_id"].isin(weight.index)]
        named = pd.concat([weekly["start_date"], weekly["end_date"], exceptions["date"]])
        if named.empty:
            return pd.Series([], index=pd.DatetimeIndex([]), dtype="int64")
        days = pd.date_range(named.min(), named.max(), freq="D", unit="s")
        first = days[0]
        steps = np.zeros((7, len(days) + 1), np.int64)  # for each weekday, where weight starts and stops to count
        worth = weight.loc[weekly["service_id"]].to_numpy()
        start = (weekly["start_date"] - first).dt.days.to_numpy()
        stop = (weekly["end_date"] - first).dt.days.to_numpy() + 1
        for number, weekday in enumerate(WEEKDAYS):
            on = weekly[weekday].to_numpy(bool)
            np.add.at(steps[number], start[on], worth[on])
            np.add.at(steps[number], stop[on], -worth[on])
        total = np.cumsum(steps, axis=1)[days.day_of_week, np.arange(len(days))]
        usual = self._usual(exceptions)
        change = np.where(exceptions["exception_type"] == ADDED, ~usual, -usual.astype(int))
        at = (exceptions["date"] - first).dt.days.to_numpy()
        np.add.at(total, at, change * weight.loc[exceptions["service_id"]].to_numpy())
        return pd.Series(total, index=days)

    def _usual(self, exceptions: pd.DataFrame) -> np.ndarray:
        """Whether each exception's service would run that day by the weekly calendar alone."""
        both = exceptions[["service_id", "date"]].merge(self.weekly, on="service_id", how="left")
        weekday = both[list(WEEKDAYS)].eq(True).to_numpy(bool)  # a service without a weekly line gives False
        on = weekday[np.arange(len(both)), both["date"].dt.day_of_week.to_numpy()] if len(both) else np.zeros(0, bool)
        covered: np.ndarray = (
            on & ((both["start_date"] <= both["date"]) & (both["end_date"] >= both["date"])).to_numpy()
        )
        return covered


def read_day(text: str) -> date | None:
    """A YYYYMMDD text as a date, or None when it is none."""
    if not re.fullmatch(r"[0-9]{8}", text) or int(text[:4]) not in YEARS:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def cleaned(weekly: Table | None, exceptions: Table | None) -> tuple[Calendar, set[str]]:
    """The calendar of a feed, and the services whose days are not known because their line was rejected."""
    lost: set[str] = set()
    frame = _weekly(weekly) if weekly else pd.DataFrame()
    if frame.empty:
        frame = pd.DataFrame(
            {"service_id": pd.Series(dtype="str")}
            | {day: pd.Series(dtype=bool) for day in WEEKDAYS}
            | {end: pd.Series(dtype="datetime64[s]") for end in ("start_date", "end_date")}
        )
    dates = _exceptions(exceptions) if exceptions else pd.DataFrame()
    if dates.empty:
        dates = pd.DataFrame(
            {
                "service_id": pd.Series(dtype="str"),
                "date": pd.Series(dtype="datetime64[s]"),
                "exception_type": pd.Series(dtype="int64"),
            }
        )
    for table in (weekly, exceptions):
        if table:
            lost |= set(table.frame.loc[~table.left, "service_id"])
    return Calendar(frame, dates), lost - set(frame["service_id"])


def _weekly(table: Table) -> pd.DataFrame:
    raw = table.frame
    table.reject(raw["service_id"].eq("").to_numpy(), "service_id", "is blank", "give the service its service_id")
    for day in WEEKDAYS:
        table.reject(
            ~raw[day].isin(["0", "1"]).to_numpy(), day, "is {}, neither 0 nor 1", "write 1 where it runs, else 0"
        )
    start, end = (_days(table, field) for field in ("start_date", "end_date"))
    backwards = (end < start).to_numpy()
    table.reject(backwards, "end_date", "{} is before the start_date", "put the two dates in order")
    table.reject_repeated("service_id")
    kept = raw.assign(start_date=start, end_date=end)[table.left].reset_index(drop=True)
    return kept.assign(**{day: kept[day].eq("1").to_numpy(bool) for day in WEEKDAYS})


def _exceptions(table: Table) -> pd.DataFrame:
    raw = table.frame
    table.reject(raw["service_id"].eq("").to_numpy(), "service_id", "is blank", "give the service its service_id")
    known = raw["exception_type"].isin([str(ADDED), str(REMOVED)]).to_numpy()
    table.reject(~known, "exception_type", "is {}", "write 1 for a day added, 2 for a day removed")
    day = _days(table, "date")
    table.reject_repeated("service_id", "date")
    kept = raw.assign(date=day)[table.left].reset_index(drop=True)
    return kept.assign(exception_type=kept["exception_type"].astype("int64"))


def _days(table: Table, field: str) -> pd.Series:
    """A column of dates as datetime64; rows whose date is none are rejected and hold NaT."""
    texts = table.frame[field]
    read = {value: read_day(value) for value in texts.unique()}
    days = pd.Series(pd.to_datetime(pd.Series([read[v] for v in texts], dtype=object)).astype("datetime64[s]"))
    table.reject(days.isna().to_numpy(), field, "{} is not a date", DATE_REMEDY)
    return days
