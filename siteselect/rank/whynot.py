"""Why a site is not in the list, or not above another, and the nearest change that would put it there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from siteselect.policy import Criterion, Policy


@dataclass(frozen=True)
class Lift:
    """One change that would lift a site level with another, everything else standing as it is.

    kind "measure": `criterion`'s likely figure would have to be `needed` instead of `value`, or better; "unknown":
    what is not known would have to turn out to be worth `needed` (0..1); "weight": the weight would have to be
    `needed`.  enough: whether the change alone does it; gain is the score that it brings at the most.
    """

    kind: str
    criterion: str
    label: str
    value: float | None
    needed: float | None
    unit: str
    gain: float
    enough: bool


def lifts(reasons: pd.DataFrame, policy: Policy, site_id: str, above: str) -> list[Lift]:
    """What would lift `site_id` level with `above`, the changes that do it alone first, then those that bring most."""
    mine, theirs = _of(reasons, site_id), _of(reasons, above)
    total = sum(c.weight for c in policy.criteria)
    gap = sum(float(theirs[i]["points_likely"]) - float(row["points_likely"]) for i, row in mine.items())
    found: list[Lift] = []
    for criterion in policy.criteria:
        if criterion.weight == 0:
            continue
        row = mine[criterion.id]
        unit = "" if pd.isna(row["unit"]) else str(row["unit"])
        worth = float(row["value_likely"])
        most = (1 - worth) * criterion.weight / total
        if most > 0:
            wanted = worth + gap * total / criterion.weight
            reach = min(wanted, 1.0)
            known = bool(row["known"])
            needed = value_of(criterion, reach) if known else reach
            value = float(row["likely"]) if known else None
            kind, enough = "measure" if known else "unknown", wanted <= 1 + 1e-9
            found.append(Lift(kind, criterion.id, criterion.label, value, needed, unit, min(most, gap), enough))
        lead = worth - float(theirs[criterion.id]["value_likely"])
        level = criterion.weight + gap * total / lead if lead else -1.0
        if level >= 0:
            found.append(Lift("weight", criterion.id, criterion.label, criterion.weight, level, "", gap, True))
    return sorted(found, key=lambda f: (not f.enough, -f.gain, f.kind != "measure"))


def value_of(criterion: Criterion, worth: float) -> float:
    """The value nearest to the worst that a criterion holds to be worth at least `worth` (above 0)."""
    full, none = criterion.ends
    if criterion.curve:
        corners = sorted(criterion.curve, key=lambda c: c[1])
        values, worths = zip(*corners, strict=True)
        return float(np.interp(worth, worths, values))
    steps = criterion.at_most or criterion.at_least
    if steps:
        return next((x for x, w in reversed(steps) if w >= worth - 1e-9), steps[0][0])
    return none + worth * (full - none)


def gates(policy: Policy, site: dict[str, Any], sentences: str | None) -> list[dict[str, str]]:
    """The gates that a site fails or leaves open, each with the sentence, what would admit it, and its citation.

    `sentences` is the table's excluded_because or conditions: what was found, gate by gate.
    """
    told = []
    for sentence in (sentences or "").split("; "):
        gate = next((g for g in policy.gates if sentence.startswith(f"{g.label}:")), None)
        if gate is None:
            continue
        if gate.field is not None:
            allowed = f"one of {', '.join(gate.allowed)}" if gate.allowed else f"other than {', '.join(gate.denied)}"
            change = f"its {gate.field} would have to be {allowed}"
        else:
            change = f"its {gate.measure} would have to be below {gate.exclude_from:g}"
            if (held := site.get(str(gate.measure))) is not None and held == held:
                change += f"; it is {held:g}"
        told.append({"gate": gate.id, "found": sentence, "change": change, "why": gate.why, "citation": gate.citation})
    return told


def _of(reasons: pd.DataFrame, site_id: str) -> dict[str, dict[str, Any]]:
    rows = reasons[reasons["site_id"] == site_id].to_dict("records")
    return {str(row["criterion"]): {str(k): v for k, v in row.items()} for row in rows}
