"""Measures and a policy to a score between 0 and 1: arithmetic only.

The score is the weighted mean of what each criterion gives, 0 where it earns nothing to 1 where it earns everything
(Keeney and Raiffa's additive value function, piecewise linear).  What is not known can be anything: it counts 0 in the
low score and 1 in the high one, and the coverage says what share of the weights is known.
"""

from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd

from siteselect.policy import Criterion, Gate, Policy

ENDS = ("low", "likely", "high")
REASONS = [
    "site_id",
    "criterion",
    "label",
    "label_es",
    "measure",
    "value",
    "low",
    "likely",
    "high",
    "unit",
    "method",
    "source",
    "as_of",
    "target",
    "known",
    "unknown_because",
    "weight",
    "full",
    "none",
    "value_low",
    "value_likely",
    "value_high",
    "points_low",
    "points_likely",
    "points_high",
    "why",
    "why_es",
]


def worth(x: np.ndarray, full: float, none: float) -> np.ndarray:
    """What a measure's value is worth, 0 to 1: linear from `none` to `full`, flat beyond; NaN stays NaN."""
    return np.asarray(np.clip((np.asarray(x, float) - none) / (full - none), 0.0, 1.0) + 0.0)  # no -0.0


def reasons(measures: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """One row per site and criterion: the measure, what it is worth and the points it gives.

    In: measures with site_id, measure, value, low, high, unit, method, source, as_of, target, unknown_because.  Out:
    the columns of `REASONS`; value_low, value_likely, value_high are 0..1, points are their share of the whole score.
    What is not known is worth 0 at the low end, 1 at the high end, and likely a half.
    """
    sites = pd.Index(measures["site_id"].unique(), name="site_id")
    total = sum(c.weight for c in policy.criteria)
    parts = [_one(measures, sites, criterion, total) for criterion in policy.criteria]
    return pd.concat(parts, ignore_index=True)[REASONS]


def scores(reasons: pd.DataFrame) -> pd.DataFrame:
    """Per site, indexed by site_id: score_low, score_likely, score_high (0..1) and coverage.

    Coverage is the share of the weights that is known.
    """
    known = reasons["weight"].where(reasons["known"], 0.0)
    table = reasons.assign(known_weight=known).groupby("site_id", sort=False)
    sums = table[["points_low", "points_likely", "points_high", "known_weight", "weight"]].sum()
    return pd.DataFrame({
        "score_low": sums["points_low"].clip(0, 1).round(4),
        "score_likely": sums["points_likely"].clip(0, 1).round(4),
        "score_high": sums["points_high"].clip(0, 1).round(4),
        "coverage": (sums["known_weight"] / sums["weight"]).round(4),
    })  # fmt: skip


def gates(sites: pd.DataFrame, measures: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Per site: excluded_because and conditions (sentences, missing when there is none), indexed by site_id.

    A gate that cannot be tested excludes nothing; it becomes a condition.
    """
    table = pd.DataFrame({"site_id": sites["site_id"].to_numpy()}).set_index("site_id")
    fails: dict[str, list[str]] = {s: [] for s in table.index}
    open_: dict[str, list[str]] = {s: [] for s in table.index}
    for gate in policy.gates:
        for site, (outcome, words) in _tested(sites, measures, gate).items():
            (fails if outcome == "fail" else open_)[site].append(words)
    for column, found in (("excluded_because", fails), ("conditions", open_)):
        table[column] = pd.Series({s: "; ".join(w) or None for s, w in found.items()}, dtype=object)
    return table


def _one(measures: pd.DataFrame, sites: pd.Index, criterion: Criterion, total: float) -> pd.DataFrame:
    rows = (
        measures[measures["measure"] == criterion.measure]
        .drop_duplicates("site_id")
        .set_index("site_id")
        .reindex(sites)
    )
    known = rows["value"].notna().to_numpy()
    low, likely, high = (worth(rows[end].to_numpy(float), criterion.full, criterion.none) for end in ENDS)
    table = rows.reset_index()
    table["value_low"] = np.where(known, np.minimum(low, high), 0.0)
    table["value_likely"] = np.where(known, likely, 0.5)
    table["value_high"] = np.where(known, np.maximum(low, high), 1.0)
    for end in ENDS:
        table[f"points_{end}"] = table[f"value_{end}"] * criterion.weight / total
    table["unknown_because"] = table["unknown_because"].where(
        table["unknown_because"].notna() | known, "no layer at hand tells it"
    )
    columns: dict[str, Any] = {
        "criterion": criterion.id,
        "label": criterion.label,
        "label_es": criterion.label_es,
        "measure": criterion.measure,
        "known": known,
        "weight": criterion.weight,
        "full": criterion.full,
        "none": criterion.none,
        "why": criterion.why,
        "why_es": criterion.why_es,
    }
    return table.assign(**columns)


def _tested(sites: pd.DataFrame, measures: pd.DataFrame, gate: Gate) -> dict[str, tuple[str, str]]:
    """Sites that do not pass a gate: 'fail' or 'condition', and the sentence."""
    out: dict[str, tuple[str, str]] = {}
    if gate.field is not None:
        held = sites.set_index("site_id")[gate.field]
        for site, value in held.items():
            if pd.isna(value) or value == "unknown":
                out[str(site)] = ("condition", f"{gate.label}: not known")
            elif value in gate.denied or (gate.allowed and value not in gate.allowed):
                out[str(site)] = ("fail", f"{gate.label}: {gate.field} is {value}")
        return out
    rows = measures[measures["measure"] == gate.measure]
    ends = {str(r["site_id"]): (float(r["value"]), float(r["low"]), float(r["high"])) for r in rows.to_dict("records")}
    limit = float(gate.exclude_from or 0)
    for site in sites["site_id"]:
        value, low, high = ends.get(site, (nan, nan, nan))
        if isnan(value):
            out[site] = ("condition", f"{gate.label}: not known")
        elif low >= limit:
            out[site] = ("fail", f"{gate.label}: {gate.measure} is {value:g}")
        elif high >= limit:
            out[site] = ("condition", f"{gate.label}: {gate.measure} may be as much as {high:g}")
    return out
