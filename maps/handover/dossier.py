"""One site's facts as plain data: what `siteselect report --json` prints, and what every page of it is made from."""

from typing import Any

from maps.figures import M2_PER_ACRE, missing
from maps.handover.packet import Packet

FILED = (
    "apn", "owner", "jurisdiction", "status", "zoning", "shape", "margin_m", "area_m2", "capacity_units",
    "density_min_per_acre", "density_max_per_acre", "blockers", "note", "lon", "lat",
)  # fmt: skip


def site(packet: Packet, site_id: str) -> dict[str, Any]:
    """A site's numbers as the run's tables hold them, None for what is not known; ConfigError for an unknown id.

    {"run", "site_id", "name", "rank", "ranked", "score" [low, likely, high], "coverage", "straight_line_share",
    "filed", "excluded", "conditions", "reasons" (rows of reasons.csv), "firm" (a row of `siteselect stability`),
    "above", "gap", "lifts" (`siteselect why`), "units" (`units`), "points" (of a funding round, or None)}.
    """
    why = packet.why(site_id)
    found = packet.held.sites[packet.held.sites["site_id"] == site_id].iloc[0]
    row = {str(k): v for k, v in found.items()}
    reasons = packet.held.reasons[packet.held.reasons["site_id"] == site_id]
    scored = packet.scored.of(site_id) if packet.scored else None
    return {
        "run": about(packet),
        "site_id": site_id,
        "name": plain(row["name"]),
        "rank": why["rank"],
        "ranked": int(packet.held.sites["rank"].notna().sum()),
        "score": [plain(row[f"score_{end}"]) for end in ("low", "likely", "high")],
        "coverage": plain(row["coverage"]),
        "straight_line_share": plain(row.get("straight_line_share")),
        "filed": {name: plain(row.get(name)) for name in FILED},
        "excluded": why["excluded"],
        "conditions": why["open"],
        "reasons": [{str(k): plain(v) for k, v in r.items() if k != "site_id"} for r in reasons.to_dict("records")],
        "firm": packet.firm_by_site.get(site_id),
        "above": why["above"],
        "gap": why.get("gap"),
        "lifts": [lift for lift in why.get("lifts", []) if lift["enough"]],
        "units": units(row),
        "points": None if scored is None else scored.model_dump(),
    }


def about(packet: Packet) -> dict[str, Any]:
    """What every figure of the run hangs on; manifest_sha256 is the mark that its files are checked by."""
    place, policy = packet.place, packet.held.policy
    return {
        "manifest_sha256": packet.mark, "place": place["name"], "day": place["day"], "hours": place["hours"],
        "sketch": place["sketch"], "policy": policy.id, "edition": policy.edition, "changed": list(policy.changed),
    }  # fmt: skip


def units(row: dict[str, Any]) -> dict[str, Any]:
    """How many homes the land may hold by its zoning: {"low", "high", "net_acres", "density", "because"}.

    An estimate: net developable acres times the density range, each in its own range, rounded down.  Where the net
    acres or the most homes an acre are not known, low and high are None and `because` says what is missing; the least
    homes an acre that nobody filed leave `low` None.
    """
    net = [plain(row.get(name)) for name in ("net_developable_acres_low", "net_developable_acres")]
    least, most = plain(row.get("density_min_per_acre")), plain(row.get("density_max_per_acre"))
    acres = net[1]
    lacking = [
        word
        for word, value in (("its net developable acres", acres), ("the homes an acre that its zoning allows", most))
        if value is None
    ]
    told: dict[str, Any] = {"low": None, "high": None, "net_acres": acres, "density": [least, most], "because": None}
    if lacking:
        return told | {"because": " and ".join(lacking)}
    least_acres = acres if net[0] is None else net[0]
    low = None if least is None else _whole(least_acres * least)
    return told | {"low": low, "high": _whole(acres * most)}


def acres(area_m2: float | None) -> float | None:
    """Square metres in acres."""
    return None if area_m2 is None else area_m2 / M2_PER_ACRE


def plain(value: Any) -> Any:
    """A cell as JSON holds it: None for what is missing, Python's own numbers for the rest."""
    if missing(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _whole(homes: float) -> int:
    # a product such as 2.3 x 10 may come out a hair below the whole number that it is
    return int(homes + 1e-9)
