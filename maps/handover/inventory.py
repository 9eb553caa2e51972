"""The public land of a run as a table for a county's central inventory of surplus and excess land.

Government Code 54230 and 50569 ask each county and city for a description of each parcel and its present uses.  The
state's own form is not at hand here, so the columns bear plain names and no promise that they are the form's: whoever
files the inventory copies them over.  What nobody filed is the word `unknown`.
"""

from typing import Any

from maps.gates import text
from maps.handover import dossier
from maps.handover.packet import Packet

COLUMNS = (
    "apn", "name_or_address", "jurisdiction", "owner", "zoning", "area_acres", "current_use_or_status", "homes_filed",
    "homes_estimated_low", "homes_estimated_high", "surplus_designation", "known_blockers", "notes", "site_id", "lon",
    "lat",
)  # fmt: skip
UNKNOWN = "unknown"


def rows(packet: Packet) -> list[dict[str, Any]]:
    """One row a site that is not private, in the list's order, with `COLUMNS`; areas in acres to three decimals."""
    sites = packet.held.sites
    public = sites[sites["owner"] != "private"].to_dict("records")
    return [_row({str(k): v for k, v in row.items()}) for row in public]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    units = dossier.units(row)
    acres = dossier.acres(dossier.plain(row.get("area_m2")))
    filed = {
        "apn": _apn(text(row.get("apn"))),
        "name_or_address": row.get("name"),
        "jurisdiction": row.get("jurisdiction"),
        "owner": row.get("owner"),
        "zoning": row.get("zoning"),
        "area_acres": None if acres is None else round(acres, 3),
        "current_use_or_status": row.get("status"),
        "homes_filed": row.get("capacity_units"),
        "homes_estimated_low": units["low"],
        "homes_estimated_high": units["high"],
        # the Board declares it, no layer does
        "surplus_designation": None,
        "known_blockers": row.get("blockers"),
        "notes": "; ".join(filter(None, (text(row.get("note")), text(row.get("excluded_because"))))),
        "site_id": row["site_id"],
        "lon": row.get("lon"),
        "lat": row.get("lat"),
    }
    plain = {name: _whole(dossier.plain(filed[name])) for name in COLUMNS}
    blank = ("known_blockers", "notes")
    return {k: ("" if k in blank else UNKNOWN) if v is None else v for k, v in plain.items()}


def _apn(digits: str) -> str | None:
    """Book, page and parcel with dashes: a spreadsheet would drop the zeros in front of a number."""
    if len(digits) == 9 and digits.isdigit():
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return digits or None


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
