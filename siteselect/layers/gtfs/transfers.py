"""What the operator says about changing vehicles: transfers.txt, cleaned."""

import numpy as np
import pandas as pd

from siteselect.layers.gtfs.table import Table, numbers

COLUMNS = (
    *("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"),
    *("from_route_id", "to_route_id", "from_trip_id", "to_trip_id"),
)
RECOMMENDED, TIMED, MINIMUM, NOT_POSSIBLE = range(4)
LONGEST_S = 86_400
ONLY_FOR = COLUMNS[4:]


def cleaned(table: Table | None, stops: pd.DataFrame, filed_stops: pd.Series) -> pd.DataFrame:
    """Transfers between stops or stations [from_stop_id, to_stop_id, transfer_type int 0 to 3, min_transfer_s].

    `min_transfer_s` is NaN where none is given.  Lines for one route or trip, and lines for staying seated, are
    rejected with the reason: what they say of some vehicles must not be taken for all.
    """
    empty = {"from_stop_id": pd.Series(dtype="str"), "to_stop_id": pd.Series(dtype="str")}
    if table is None:
        return pd.DataFrame(empty | {"transfer_type": np.array([], "int64"), "min_transfer_s": np.array([], float)})
    raw = table.frame
    special = np.logical_or.reduce([raw[field].ne("").to_numpy() for field in ONLY_FOR])
    table.reject(special, "from_route_id", "speaks for some routes or trips only, which is not read", "nothing to do")
    kind = numbers(raw["transfer_type"].replace("", "0"))
    seated = np.isin(kind, (4, 5))
    table.reject(seated, "transfer_type", "is {}, about staying seated, which is not read", "nothing to do")
    table.reject(~np.isin(kind, range(4)), "transfer_type", "is {}, not 0 to 5", "write 2 for a minimum time, ...")
    for field in ("from_stop_id", "to_stop_id"):
        known = raw[field].isin(stops["stop_id"]).to_numpy()
        table.reject(raw[field].isin(filed_stops).to_numpy() & ~known, field, "its stop {} was rejected", "correct it")
        table.reject(~known, field, "{} is not in stops.txt", "correct the stop_id")
    seconds = numbers(raw["min_transfer_time"])
    unfit = (kind == MINIMUM) & ~((seconds >= 0) & (seconds <= LONGEST_S))
    table.reject(unfit, "min_transfer_time", "is {}, not a number of seconds up to a day", "give the seconds")
    table.reject_repeated("from_stop_id", "to_stop_id")
    kept = raw.assign(transfer_type=kind, min_transfer_s=np.where(kind == MINIMUM, seconds, np.nan))[table.left]
    kept = kept.astype({"transfer_type": "int64"}).reset_index(drop=True)
    return kept[["from_stop_id", "to_stop_id", "transfer_type", "min_transfer_s"]]
