"""Scores and gates to an order."""

import pandas as pd


def order(scores: pd.DataFrame, gates: pd.DataFrame) -> pd.DataFrame:
    """Sites in their order, indexed by site_id: rank, score_low, score_likely, score_high, coverage,
    excluded_because, conditions.

    Sites that pass every gate are ranked by their likely score, then by its low end; equal sites share a rank and stand
    by site_id.  An excluded site has no rank and stands after them, in the same order.
    """
    table = scores.join(gates, how="left")
    keyed = table.assign(out=table["excluded_because"].notna()).reset_index()
    keyed = keyed.sort_values(
        ["out", "score_likely", "score_low", "site_id"], ascending=[True, False, False, True], ignore_index=True
    )
    keys = keyed[["score_likely", "score_low"]]
    same = keys.eq(keys.shift()).all(axis=1)
    place = pd.Series(range(1, len(keyed) + 1), index=keyed.index).where(~same).ffill()
    keyed["rank"] = place.where(~keyed["out"]).astype("Int64")
    columns = ["rank", "score_low", "score_likely", "score_high", "coverage", "excluded_because", "conditions"]
    return keyed.set_index("site_id")[columns]
