"""The arithmetic of a score, its gates and its order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymcdm.methods import WSM

from siteselect import policy as policies
from siteselect import rank, score
from siteselect.errors import ConfigError
from siteselect.policy import Criterion, Gate, Policy, StraightLine


def criterion(measure: str = "nearest_stop_m", full: float = 0, none: float = 1000, weight: float = 1) -> Criterion:
    return Criterion(
        id=measure,
        label=measure,
        label_es=measure,
        measure=measure,
        full=full,
        none=none,
        weight=weight,
        why="w",
        why_es="w",
    )


def policy(*criteria: Criterion, gates: tuple[Gate, ...] = ()) -> Policy:
    return Policy(
        id="p", edition="1", title="t", title_es="t", why="w", citation="c", gates=gates, criteria=criteria,
        straight_line=StraightLine(low=1, likely=1.2, high=1.5, why="w"),
    )  # fmt: skip


def measured(
    rows: list[tuple[str, str, float | None]], ranges: dict[tuple[str, str], tuple[float, float]] | None = None
) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["site_id", "measure", "value"])
    table["value"] = table["value"].astype(float)
    for at, end in ((0, "low"), (1, "high")):
        table[end] = [
            (ranges or {}).get((s, m), (v, v))[at]
            for s, m, v in zip(table["site_id"], table["measure"], table["value"], strict=True)
        ]
    table["likely"] = table["value"]
    for text in ("unit", "method", "source", "as_of", "target", "unknown_because"):
        table[text] = None
    return table


def scored(measures: pd.DataFrame, chosen: Policy) -> pd.DataFrame:
    return score.scores(score.reasons(measures, chosen))


def test_half_way_between_none_and_full_is_half_the_points() -> None:
    table = scored(measured([("a", "nearest_stop_m", 500)]), policy(criterion()))
    assert table.loc["a", ["score_low", "score_high", "coverage"]].tolist() == [0.5, 0.5, 1.0]


def test_more_can_be_better_too() -> None:
    chosen = policy(criterion("departures_per_hour", full=6, none=0))
    assert scored(measured([("a", "departures_per_hour", 1.5)]), chosen).at["a", "score_low"] == 0.25


def test_an_unknown_measure_is_not_a_zero_but_a_range() -> None:
    chosen = policy(criterion(weight=3), criterion("slope_percent", full=0, none=20, weight=1))
    table = scored(measured([("a", "nearest_stop_m", 0), ("a", "slope_percent", None)]), chosen)
    assert table.loc["a", ["score_low", "score_high", "coverage"]].tolist() == [0.75, 1.0, 0.75]


def test_a_measure_that_no_layer_gives_says_so_and_lowers_the_coverage() -> None:
    chosen = policy(criterion(), criterion("flood_share", full=0, none=1))
    reasons = score.reasons(measured([("a", "nearest_stop_m", 0)]), chosen)
    flood = reasons[reasons["criterion"] == "flood_share"].iloc[0]
    assert not flood["known"]
    assert flood["unknown_because"] == "no layer at hand tells it"
    assert score.scores(reasons).at["a", "coverage"] == 0.5


def test_a_straight_line_counts_as_known_but_leaves_a_range() -> None:
    table = scored(measured([("a", "nearest_stop_m", 400)], {("a", "nearest_stop_m"): (400, 640)}), policy(criterion()))
    assert table.loc["a", ["score_low", "score_high", "coverage"]].tolist() == [0.36, 0.6, 1.0]


known = st.floats(0, 2000, allow_nan=False)
maybe = st.one_of(st.none(), known)


@given(st.lists(maybe, min_size=3, max_size=3), st.integers(0, 2), known)
def test_learning_a_value_narrows_the_range_and_never_moves_it_outside(
    values: list[float | None], at: int, learnt: float
) -> None:
    chosen = policy(criterion("a_m", 0, 1000, 1), criterion("b_m", 100, 1500, 2), criterion("c_m", 1000, 0, 5))
    names = ["a_m", "b_m", "c_m"]
    before = values.copy()
    before[at] = None
    after = before.copy()
    after[at] = learnt
    low, high = (
        scored(measured([("s", n, v) for n, v in zip(names, vs, strict=True)]), chosen).loc["s"]
        for vs in (before, after)
    )
    assert low["score_low"] - 1e-4 <= high["score_low"] <= high["score_high"] <= low["score_high"] + 1e-4
    assert high["score_low"] <= high["score_likely"] <= high["score_high"]
    assert high["coverage"] > low["coverage"]


@given(st.lists(st.lists(st.floats(0, 1000), min_size=3, max_size=3), min_size=2, max_size=6))
def test_with_everything_known_the_score_is_the_weighted_sum_model_of_the_literature(rows: list[list[float]]) -> None:
    weights = np.array([1.0, 2.0, 5.0])
    names = ["a_m", "b_m", "c_m"]
    chosen = policy(*(criterion(n, 0, 1000, float(w)) for n, w in zip(names, weights, strict=True)))
    table = measured([(str(i), n, v) for i, row in enumerate(rows) for n, v in zip(names, row, strict=True)])
    plain = WSM(normalization_function=lambda x, cost: 1 - np.asarray(x) / 1000)
    expected = plain(np.array(rows), weights / weights.sum(), np.array([-1, -1, -1]), validation=False)
    assert scored(table, chosen)["score_low"].to_numpy() == pytest.approx(expected, abs=1e-4)


def sites(**owners: str | None) -> pd.DataFrame:
    return pd.DataFrame({"site_id": list(owners), "owner": list(owners.values())})


OWNER = Gate(
    id="o", label="Public land", label_es="x", field="owner", allowed=("county",), why="w", why_es="w", citation="c"
)
FAULT = Gate(
    id="f",
    label="Fault",
    label_es="x",
    measure="fault_zone_share",
    exclude_from=0.999,
    why="w",
    why_es="w",
    citation="c",
)


def test_a_gate_excludes_with_its_reason_and_an_unknown_owner_is_a_condition_not_a_pass() -> None:
    table = score.gates(sites(a="county", b="private", c=None), measured([]), policy(criterion(), gates=(OWNER,)))
    assert pd.isna(table.at["a", "excluded_because"])
    assert table.at["b", "excluded_because"] == "Public land: owner is private"
    assert pd.isna(table.at["c", "excluded_because"])
    assert table.at["c", "conditions"] == "Public land: not known"


def test_a_share_that_may_reach_the_limit_is_a_condition_and_one_that_does_excludes() -> None:
    table = measured(
        [
            ("in", "fault_zone_share", 1),
            ("maybe", "fault_zone_share", 0.4),
            ("out", "fault_zone_share", 0),
            ("none", "fault_zone_share", None),
        ],
        {("maybe", "fault_zone_share"): (0, 1)},
    )
    found = score.gates(
        sites(**{"in": "county"}, maybe="county", out="county", none="county"),
        table,
        policy(criterion(), gates=(FAULT,)),
    )
    assert found["excluded_because"].notna().tolist() == [True, False, False, False]
    assert found["conditions"].notna().tolist() == [False, True, False, True]


def ordered(**rows: tuple[float, float, float]) -> pd.DataFrame:
    columns = ["score_low", "score_likely", "score_high"]
    scores = pd.DataFrame(list(rows.values()), columns=columns, index=pd.Index(list(rows), name="site_id"))
    why = ["why" if name.startswith("out") else None for name in rows]
    gates = pd.DataFrame(
        {"excluded_because": pd.Series(why, dtype=object).to_numpy(), "conditions": None}, index=scores.index
    )
    return rank.order(scores.assign(coverage=1.0), gates)


def test_the_order_goes_by_the_likely_score_and_an_excluded_site_has_no_rank() -> None:
    order = ordered(d=(0.1, 0.4, 0.9), b=(0.5, 0.58, 0.6), c=(0.4, 0.5, 0.7), out=(0.9, 0.9, 0.9))
    assert order.index.tolist() == ["b", "c", "d", "out"]
    assert order["rank"].tolist() == [1, 2, 3, pd.NA]


def test_equal_sites_share_a_rank() -> None:
    order = ordered(b=(0.5, 0.5, 0.5), a=(0.5, 0.5, 0.5), c=(0.4, 0.4, 0.4))
    assert order.index.tolist() == ["a", "b", "c"]
    assert order["rank"].tolist() == [1, 1, 3]


def test_the_shipped_policy_reads_and_says_why_for_every_criterion() -> None:
    for name in policies.shipped():
        read = policies.read(policies.path_of(name, None))  # type: ignore[arg-type]
        assert all(len(c.why) > 20 and len(c.why_es) > 20 for c in read.criteria)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("weight = 15", "weight = -1"), "criteria.1..weight"),
        (("full = 400", "full = 1600"), "must differ"),
        (('id = "frequency"', 'id = "stop"'), "stands twice"),
        (("[[criteria]]", "[[criterion]]"), "criterion: there is no such key"),
        (("weight = 15", "weight = inf"), "criteria.1..weight"),
        (("weight = 15", "wieght = 15"), "wieght: there is no such key"),
        (("likely = 1.4", "likely = 3.4"), "in that order"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_file_and_key(tmp_path, change, words) -> None:
    text = policies.path_of("housing-near-transit-and-services", tmp_path).read_text()
    bad = tmp_path / "bad.toml"
    bad.write_text(text.replace(*change))
    with pytest.raises(ConfigError, match=words) as refusal:
        policies.read(bad)
    assert str(bad) in str(refusal.value)
