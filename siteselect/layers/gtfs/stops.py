"""Where vehicles stop: stops.txt, cleaned."""

import numpy as np
import pandas as pd

from siteselect.layers.gtfs.table import Table, numbers

PLATFORM, STATION, ENTRANCE, NODE, BOARDING_AREA = range(5)


def cleaned(table: Table) -> pd.DataFrame:
    """Stops [stop_id, stop_name, stop_lat, stop_lon, location_type int, parent_station, wheelchair_boarding int].

    `parent_station` is missing where there is none; `wheelchair_boarding` is 1, 2 (not possible) or 0 (unknown).

    Latitude and longitude are EPSG:4326 degrees; only a node or boarding area, where nothing stops, may lack them.
    """
    raw = table.frame
    table.reject(raw["stop_id"].eq("").to_numpy(), "stop_id", "is blank", "give the stop its stop_id")
    kind = numbers(raw["location_type"].replace("", "0"))
    table.reject(
        ~np.isin(kind, range(5)), "location_type", "is {}, not 0 to 4", "write 0 for a platform, 1 for a station"
    )
    lat, lon = (_degrees(table, field, kind, limit) for field, limit in (("stop_lat", 90), ("stop_lon", 180)))
    nowhere = (np.abs(lat) < 0.001) & (np.abs(lon) < 0.001)
    table.reject(nowhere, "stop_lat", "the point is 0, 0, which stands for no point", "give the stop its coordinates")
    table.reject_repeated("stop_id")
    table.refuse_if_nothing_is_left()
    nameless = raw["stop_name"].eq("").to_numpy() & (kind <= ENTRANCE)
    table.repair(nameless, "stop_name", "is blank; the stop_id stands in for it", "give the stop its name")
    name = raw["stop_name"].where(raw["stop_name"] != "", raw["stop_id"])
    parent = raw["parent_station"].where(raw["parent_station"] != "")
    orphan = (parent.notna() & ~parent.isin(raw.loc[table.left, "stop_id"])).to_numpy()
    table.caution(orphan, "parent_station", "{} is not in stops.txt", "correct the parent_station")
    frame = raw.assign(
        stop_name=name, stop_lat=lat, stop_lon=lon, location_type=kind, parent_station=parent.mask(pd.Series(orphan))
    )[table.left]
    frame["location_type"] = frame["location_type"].astype("int64")
    frame["wheelchair_boarding"] = _boarding(frame)
    columns = ["stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station", "wheelchair_boarding"]
    return frame[columns].reset_index(drop=True)


def _boarding(frame: pd.DataFrame) -> pd.Series:
    """1 possible, 2 not, 0 unknown; what a platform does not say, its station says."""
    own = frame["wheelchair_boarding"].where(frame["wheelchair_boarding"].isin(["1", "2"]), "0")
    station = frame["parent_station"].map(dict(zip(frame["stop_id"], own, strict=True))).fillna("0")
    return own.where(own != "0", station).astype("int64")


def _degrees(table: Table, field: str, kind: np.ndarray, limit: float) -> np.ndarray:
    texts = table.frame[field]
    value = numbers(texts)
    blank = texts.eq("").to_numpy()
    table.reject(blank & (kind < NODE), field, "is blank", "give the stop its coordinates")
    table.reject(
        ~blank & ~(np.abs(value) <= limit),
        field,
        f"{{}} is not a number of degrees from -{limit} to {limit}",
        "give longitude and latitude in decimal degrees",
    )
    return value
