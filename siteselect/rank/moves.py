"""What moved a site between two orders, and which part of it was data, service, rule or weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
import pandas as pd

from siteselect import score
from siteselect.policy import Criterion, Policy
from siteselect.rank import order

CAUSES = ("data", "service", "rule", "weight")


@dataclass(frozen=True)
class Side:
    """One of two runs: its sites [site_id, rank, score_likely, excluded_because], its reasons and its policy."""

    sites: pd.DataFrame
    reasons: pd.DataFrame
    policy: Policy


def compared(before: Side, after: Side) -> pd.DataFrame:
    """One row a site of either run: what its likely score and place were, are, and why they differ.

    Columns: site_id, name, rank_before, rank_after (missing when excluded or absent), score_before, score_after,
    change, then change_data, change_service (what the timetables say), change_rule (what a value is worth, which
    criteria there are), change_weight, which sum to change; status (both, only before, only after), and
    gate_before, gate_after: why it was excluded.  The split is Shapley's (1953): each cause's effect, at the mean of
    all orders in which the causes could have come; no order is preferred.
    """
    sides = before, after
    ids = pd.Index([*before.sites["site_id"], *after.sites["site_id"]]).unique()
    names = pd.concat([after.sites, before.sites]).drop_duplicates("site_id").set_index("site_id")["name"]
    table = pd.DataFrame({"site_id": ids, "name": names.reindex(ids).to_numpy(object)})
    for word, side in zip(("before", "after"), sides, strict=True):
        rows = side.sites.set_index("site_id").reindex(ids)
        table[f"rank_{word}"] = rows["rank"].astype("Int64").array
        table[f"score_{word}"] = rows["score_likely"].to_numpy(float)
        table[f"gate_{word}"] = rows["excluded_because"].to_numpy(object)
    table["change"] = table["score_after"] - table["score_before"]
    there = [table["site_id"].isin(side.sites["site_id"]).to_numpy() for side in sides]
    table["status"] = np.select([there[0] & there[1], there[0]], ["both", "only before"], "only after")
    both = ids[there[0] & there[1]]
    parts = _split(before, after, both).reindex(ids)
    for cause in CAUSES:
        table[f"change_{cause}"] = parts[cause].to_numpy(float)
    front = ["site_id", "name", "rank_before", "rank_after", "score_before", "score_after", "change"]
    return table[[*front, *(f"change_{c}" for c in CAUSES), "status", "gate_before", "gate_after"]].sort_values(
        ["rank_after", "rank_before", "site_id"], na_position="last", ignore_index=True
    )


def weighed(sites: pd.DataFrame, reasons: pd.DataFrame, chosen: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The order and the reasons by a policy that differs in its weights alone; nothing is measured again.

    sites: [site_id, excluded_because, conditions].  The order is as `rank.order` gives it.
    """
    again = score.reweighed(reasons, chosen)
    gates = sites.set_index("site_id")[["excluded_because", "conditions"]]
    return order(score.scores(again), gates), again


def by_group(
    before: pd.DataFrame, after: pd.DataFrame, reasons_before: pd.DataFrame, reasons_after: pd.DataFrame
) -> pd.DataFrame:
    """One row a site of two orders of the same sites: how it moved, and which groups of criteria moved it.

    before, after: as `rank.order` gives them.  Columns: site_id, rank_before, rank_after, score_before, score_after,
    change (of the likely score), and change_<group> for each group, which sum to it but for rounding.
    """
    table = pd.DataFrame({"site_id": after.index})
    for word, side in (("before", before), ("after", after)):
        table[f"rank_{word}"] = side["rank"].reindex(after.index).array
        table[f"score_{word}"] = side["score_likely"].reindex(after.index).to_numpy(float)
    table["change"] = (table["score_after"] - table["score_before"]).round(4)
    parts = [
        r.pivot_table(index="site_id", columns="group", values="points_likely", aggfunc="sum", sort=False)
        for r in (reasons_before, reasons_after)
    ]
    for group in parts[1].columns:
        table[f"change_{group}"] = (parts[1][group] - parts[0][group]).reindex(after.index).round(4).to_numpy(float)
    return table


def by_criterion(before: pd.DataFrame, after: pd.DataFrame, site_id: str) -> pd.DataFrame:
    """One site's reasons of two runs side by side, the largest change of points first.

    Columns: criterion, label, value_before, value_after, unit, points_before, points_after, change, target_before,
    target_after, method_before, method_after.
    """
    keep = ["criterion", "label", "unit", "value", "points_likely", "target", "method"]
    one, two = (r.loc[r["site_id"] == site_id, keep].set_index("criterion") for r in (before, after))
    ids = one.index.union(two.index, sort=False)
    left, right = one.reindex(ids), two.reindex(ids)
    table = pd.DataFrame({"criterion": ids, "label": right["label"].fillna(left["label"]).to_numpy(object),
                          "unit": right["unit"].fillna(left["unit"]).to_numpy(object)})  # fmt: skip
    for word, side in (("before", left), ("after", right)):
        table[f"points_{word}"] = side["points_likely"].fillna(0.0).to_numpy(float)
        for column in ("value", "target", "method"):
            table[f"{column}_{word}"] = side[column].to_numpy()
    table["change"] = table["points_after"] - table["points_before"]
    return table.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def side_by_side(reasons: pd.DataFrame, site_id: str, other: str) -> pd.DataFrame:
    """Two sites of one run: criterion, label, points_mine, points_theirs, change (theirs less mine), largest first."""
    mine, theirs = (reasons[reasons["site_id"] == i].set_index("criterion") for i in (site_id, other))
    table = pd.DataFrame({"criterion": mine.index, "label": mine["label"].to_numpy(object)})
    table["points_mine"] = mine["points_likely"].to_numpy(float)
    table["points_theirs"] = theirs["points_likely"].reindex(mine.index).to_numpy(float)
    table["change"] = table["points_theirs"] - table["points_mine"]
    return table.sort_values("change", ascending=False, kind="stable", ignore_index=True)


def _split(before: Side, after: Side, ids: pd.Index) -> pd.DataFrame:
    """Each cause's part of the change of the likely score, by site."""
    ends: dict[tuple[bool, ...], np.ndarray] = {}

    def total(state: Sequence[bool]) -> np.ndarray:
        key = tuple(state)
        if key not in ends:
            ends[key] = _score(before, after, ids, dict(zip(CAUSES, key, strict=True)))
        return ends[key]

    parts = {cause: np.zeros(len(ids)) for cause in CAUSES}
    for turn in permutations(range(len(CAUSES))):
        state = [False] * len(CAUSES)
        for cause in turn:
            here = total(state)
            state[cause] = True
            parts[CAUSES[cause]] += (total(state) - here) / factorial(len(CAUSES))
    return pd.DataFrame(parts, index=ids)


def _score(before: Side, after: Side, ids: pd.Index, new: dict[str, bool]) -> np.ndarray:
    """The likely score with some causes as they are after and the others as they were before."""
    rules = {c.id: c for c in (after if new["rule"] else before).policy.criteria}
    held = {
        True: {c.id: c.weight for c in after.policy.criteria},
        False: {c.id: c.weight for c in before.policy.criteria},
    }
    # a criterion that only one policy has came or went with the rules, and brings its own weight
    weights = {i: held[new["weight"]].get(i, held[not new["weight"]].get(i, 0.0)) for i in rules}
    earned = np.zeros(len(ids))
    for i, criterion in rules.items():
        cause = "service" if criterion.group == "transit" else "data"
        side, other = (after, before) if new[cause] else (before, after)
        rows = _rows(side, other, criterion, ids)
        likely = np.where(rows["known"], score.worth(rows["likely"].to_numpy(float), criterion), 0.5)
        earned += weights[i] * likely
    return np.asarray(earned / sum(weights.values()))


def _rows(side: Side, other: Side, criterion: Criterion, ids: pd.Index) -> pd.DataFrame:
    """The criterion's measure at each site, from the run that is asked, or the one that has it."""
    for reasons in (side.reasons, other.reasons):
        rows = reasons[reasons["measure"] == criterion.measure].drop_duplicates("site_id").set_index("site_id")
        if len(rows):
            return rows.reindex(ids).assign(known=lambda r: r["value"].notna())
    return pd.DataFrame({"likely": np.nan, "known": False}, index=ids)
