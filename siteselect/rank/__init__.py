"""Scores and gates to an order."""

from dataclasses import dataclass

import pandas as pd

COLUMNS = ["rank", "score_low", "score_likely", "score_high", "coverage", "excluded_because", "conditions"]


@dataclass(frozen=True)
class Last:
    """The last ranked row of the rows before: how many they are, its two scores, its rank."""

    rows: int = 0
    score_likely: float = float("nan")
    score_low: float = float("nan")
    rank: int = 0


def order(scores: pd.DataFrame, gates: pd.DataFrame) -> pd.DataFrame:
    """Sites in their order, indexed by site_id: rank, score_low, score_likely, score_high, coverage,
    excluded_because, conditions.

    Sites that pass every gate are ranked by their likely score, then by its low end; equal sites share a rank and stand
    by site_id.  An excluded site has no rank and stands after them, in the same order.
    """
    keyed = in_order(scores.join(gates, how="left").reset_index())
    keyed["rank"], _ = numbers(keyed)
    return keyed.set_index("site_id")[COLUMNS]


def in_order(sites: pd.DataFrame) -> pd.DataFrame:
    """Rows (site_id, score_likely, score_low, excluded_because) in their order, numbered anew from 0.

    Where there is a column `place`, equal sites of one id stand by it.
    """
    keyed = sites.assign(out=sites["excluded_because"].notna())
    last = ["place"] if "place" in sites.columns else []
    by = ["out", "score_likely", "score_low", "site_id", *last]
    return keyed.sort_values(by, ascending=[True, False, False, True, *(True for _ in last)], ignore_index=True).drop(
        columns="out"
    )


def numbers(ordered: pd.DataFrame, last: Last | None = None) -> tuple[pd.Series, Last]:
    """The ranks of rows that are in their order and stand behind `last`; with what the rows behind these stand behind.

    Equal sites share a rank; an excluded one has none.
    """
    last = last or Last()
    keys = ordered[["score_likely", "score_low"]]
    before = keys.shift()
    if len(keys):
        before.iloc[0] = [last.score_likely, last.score_low]
    same = keys.eq(before).all(axis=1)
    place = pd.Series(range(last.rows + 1, last.rows + 1 + len(keys)), index=keys.index, dtype=float).where(~same)
    ranks = place.ffill().fillna(last.rank).where(ordered["excluded_because"].isna()).astype("Int64")
    ranked = ranks.dropna()
    if ranked.empty:
        return ranks, last
    end = keys.loc[ranked.index[-1]]
    likely, low = float(end["score_likely"]), float(end["score_low"])
    return ranks, Last(last.rows + len(ranked), likely, low, int(ranked.iloc[-1]))
