"""Measures and a policy to a score between 0 and 1: arithmetic only.

The score is the weighted mean of what each criterion gives, 0 where it earns nothing to 1 where it earns everything
(Keeney and Raiffa's additive value function, piecewise linear).  What is not known can be anything: it counts 0 in the
low score and 1 in the high one, and the coverage says what share of the weights is known.
"""

from typing import Any

import numpy as np
import pandas as pd

from siteselect import texts
from siteselect.policy import Criterion, Gate, Policy

ENDS = ("low", "likely", "high")
REASONS = [
    "site_id",
    "criterion",
    "group",
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

MEASURED_TEXTS = ("measure", "unit", "method", "source", "as_of", "target", "unknown_because")
NOWHERE = "no layer at hand tells it"
_Found = tuple[np.ndarray, np.ndarray, list[str]]


def worth(x: np.ndarray, criterion: Criterion) -> np.ndarray:
    """What a measure's values are worth by a criterion, 0 to 1: lines are flat beyond their ends; NaN stays NaN."""
    x = np.asarray(x, float)
    if criterion.curve:
        values, worths = zip(*criterion.curve, strict=True)
        return np.asarray(np.interp(x, values, worths))
    steps = criterion.at_most or criterion.at_least
    if steps:
        earned = np.zeros(x.shape)
        for value, w in reversed(steps):
            earned[x <= value if criterion.at_most else x >= value] = w
        return np.where(np.isnan(x), np.nan, earned)
    full, none = criterion.ends
    return np.asarray(np.clip((x - none) / (full - none), 0.0, 1.0) + 0.0)  # no -0.0


def reasons(measures: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """One row per site and criterion: the measure, what it is worth and the points it gives.

    In: measures with site_id, measure, value, low, high, unit, method, source, as_of, target, unknown_because.  Out:
    the columns of `REASONS`, texts but the site's held as categories; value_low, value_likely, value_high are 0..1,
    points are their share of the whole score.
    What is not known is worth 0 at the low end, 1 at the high end, and likely a half.
    """
    sites = _sites_of(measures)
    total = sum(c.weight for c in policy.criteria)
    coded = measures.assign(**{column: texts.coded(measures[column]) for column in MEASURED_TEXTS})
    parts = [_one(coded, sites, criterion, total) for criterion in policy.criteria]
    return pd.DataFrame({column: _stacked([part[column] for part in parts]) for column in REASONS}, copy=False)


def reweighed(reasons: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The same reasons by the weights of a policy with the same criteria: weight and points are counted anew."""
    weight = reasons["criterion"].map({c.id: c.weight for c in policy.criteria}).to_numpy(float)
    total = sum(c.weight for c in policy.criteria)
    points = {f"points_{end}": reasons[f"value_{end}"] * weight / total for end in ENDS}
    return reasons.assign(weight=weight, **points)


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


def straight_line_share(reasons: pd.DataFrame, straight: str = "straight line, not a walk") -> pd.Series:
    """Per site_id: the share of the weights whose figure is a straight line, which its method says with `straight`."""
    told = reasons["method"].astype("category")
    straight_ones = np.array([straight in str(text) for text in told.cat.categories] + [False], bool)
    by_line = reasons["weight"].where(straight_ones[told.cat.codes.to_numpy()], 0.0)
    sums = pd.DataFrame({"by_line": by_line, "weight": reasons["weight"]}).groupby(reasons["site_id"]).sum()
    return (sums["by_line"] / sums["weight"]).round(4)


def gates(sites: pd.DataFrame, measures: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Per site: excluded_because and conditions (sentences, missing when there is none), indexed by site_id.

    A gate that cannot be tested excludes nothing; it becomes a condition.
    """
    found = {"excluded_because": _Sentences(len(sites)), "conditions": _Sentences(len(sites))}
    for gate in (g for g in policy.gates if g.on):
        fails, opens = _tested(sites, measures, gate)
        found["excluded_because"].add(*fails)
        found["conditions"].add(*opens)
    index = pd.Index(sites["site_id"].to_numpy(object), name="site_id", dtype=object)
    return pd.DataFrame({column: said.texts() for column, said in found.items()}, index=index, dtype=object)


class _Sentences:
    """What is said of each site, held as numbers of the distinct texts: a county says few things of many parcels."""

    def __init__(self, count: int) -> None:
        self._at, self._said = np.zeros(count, np.int64), [""]

    def add(self, where: np.ndarray, which: np.ndarray, words: list[str]) -> None:
        """Say `words[which]` of the sites of a mask, after what is said of them already."""
        pairs, number = np.unique(self._at[where] * max(len(words), 1) + which[where], return_inverse=True)
        before, more = np.divmod(pairs, max(len(words), 1))
        first = len(self._said)
        self._said += ["; ".join(filter(None, (self._said[b], words[m]))) for b, m in zip(before, more, strict=True)]
        self._at[where] = first + number

    def texts(self) -> np.ndarray:
        """The text of each site, None where nothing is said."""
        return np.array([said or None for said in self._said], object)[self._at]


def _one(measures: pd.DataFrame, sites: pd.Index, criterion: Criterion, total: float) -> dict[str, Any]:
    """One criterion's rows, a column each, in the order of the sites."""
    rows = _of_measure(measures, sites, criterion.measure)
    known = rows["value"].notna().to_numpy()
    low, likely, high = (worth(rows[end].to_numpy(float), criterion) for end in ENDS)
    values = {
        "value_low": np.where(known, np.minimum(low, high), 0.0),
        "value_likely": np.where(known, likely, 0.5),
        "value_high": np.where(known, np.maximum(low, high), 1.0),
    }
    points = {f"points_{end}": values[f"value_{end}"] * criterion.weight / total for end in ENDS}
    because = texts.coded(rows["unknown_because"])
    columns: dict[str, Any] = {
        "criterion": criterion.id,
        "group": criterion.group,
        "label": criterion.label,
        "label_es": criterion.label_es,
        "measure": criterion.measure,
        "known": known,
        "weight": criterion.weight,
        "full": criterion.ends[0],
        "none": criterion.ends[1],
        "why": criterion.why,
        "why_es": criterion.why_es,
        "unknown_because": texts.filled(because, because.isna() & ~known, NOWHERE),
    }
    table = {**{c: rows[c] for c in rows.columns}, **values, **points, **columns, "site_id": sites.to_numpy()}
    return {c: _every(held, len(sites)) for c, held in table.items()}


def _sites_of(measures: pd.DataFrame) -> pd.Index:
    """Every site that is measured, in the order in which the measures name them."""
    ids = measures["site_id"].to_numpy(object)
    again = np.flatnonzero(ids[1:] == ids[0]) + 1 if len(ids) else np.empty(0, int)
    size = int(again[0]) if len(again) else len(ids)
    if size and len(ids) % size == 0 and all((ids[i : i + size] == ids[:size]).all() for i in range(0, len(ids), size)):
        ids = ids[:size]  # each measure names the same sites in the same order
    sites: pd.Index = pd.Index(pd.unique(ids), name="site_id", dtype=object)
    return sites


def _of_measure(measures: pd.DataFrame, sites: pd.Index, measure: str) -> pd.DataFrame:
    """A measure's rows in the order of the sites, the first of each; missing where a site has none."""
    rows: pd.DataFrame = texts.rows_of(measures, (measures["measure"] == measure).to_numpy())
    ids = rows["site_id"].to_numpy(object)
    if len(ids) == len(sites) and (ids == sites.to_numpy(object)).all():
        return rows
    return rows.drop_duplicates("site_id").set_index("site_id").reindex(sites).reset_index()


def _every(held: Any, count: int) -> Any:
    """A column: one text or number for all rows, or a column as it is."""
    if held is None or isinstance(held, str):
        return texts.same(held, count)
    return held.array if isinstance(held, pd.Series) else held if np.ndim(held) else np.full(count, held)


def _stacked(parts: list[Any]) -> Any:
    """Columns one below the other; those of few texts stay so."""
    if all(isinstance(part, pd.Categorical) for part in parts):
        return texts.stacked(parts)
    whole = np.concatenate([np.asarray(part) for part in parts])
    return pd.Series(whole, dtype=object) if whole.dtype == object else whole  # else pandas makes Arrow strings of them


def _tested(sites: pd.DataFrame, measures: pd.DataFrame, gate: Gate) -> tuple[_Found, _Found]:
    """The sites that a gate excludes and those on which it sets a condition: a mask, and for each site its sentence."""
    if gate.field is not None:
        which, held = pd.factorize(sites[gate.field].astype(object))
        unknown = (which < 0) | np.array([*(v == "unknown" for v in held), False], bool)[which]
        out = np.array([*(v in gate.denied or bool(gate.allowed and v not in gate.allowed) for v in held), False], bool)
        nothing = np.zeros(len(sites), np.int64)
        fails = (~unknown & out[which], which, [f"{gate.label}: {gate.field} is {value}" for value in held])
        return fails, (unknown, nothing, [f"{gate.label}: not known"])
    ids = pd.Index(sites["site_id"].to_numpy(object), name="site_id", dtype=object)
    ends = _of_measure(measures.iloc[::-1], ids[::-1], str(gate.measure)).iloc[::-1]  # of two rows the last one counts
    value, low, high = (ends[c].to_numpy(float) for c in ("value", "low", "high"))
    limit = float(gate.exclude_from or 0)
    fail = ~np.isnan(value) & (low >= limit)
    may = ~np.isnan(value) & ~fail & (high >= limit)
    exact, values = pd.factorize(value)
    most, highs = pd.factorize(high)
    opens = [f"{gate.label}: not known", *(f"{gate.label}: {gate.measure} may be as much as {h:g}" for h in highs)]
    return (
        (fail, exact, [f"{gate.label}: {gate.measure} is {v:g}" for v in values]),
        (np.isnan(value) | may, np.where(may, most + 1, 0), opens),
    )
