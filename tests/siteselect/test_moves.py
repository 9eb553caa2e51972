"""Why an order differs from another, and what would change a place in it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siteselect import policy as policies
from siteselect import rank, score
from siteselect.errors import ConfigError
from siteselect.policy import Policy
from siteselect.rank import moves, whynot
from tests.siteselect.test_score import measured, policy, valued

SITES = ("a", "b", "c", "d")
MEASURES = ("nearest_stop_m", "nearest_grocery_m", "slope_percent")


def a_policy(weights: tuple[float, float, float] = (3, 2, 1), full: float = 0) -> Policy:
    stop, grocery, slope = weights
    bent = [(0, 1), (500, 0.4), (1500, 0)]
    return policy(
        valued(id="stop", group="transit", measure=MEASURES[0], full=full, none=1000, weight=stop),
        valued(id="grocery", group="services", measure=MEASURES[1], curve=bent, weight=grocery),
        valued(id="slope", group="land", measure=MEASURES[2], at_most=[(5, 1), (20, 0.5)], weight=slope),
    )


def a_side(values: np.ndarray, chosen: Policy) -> moves.Side:
    """A run: values (sites, measures); NaN is not known."""
    rows = [(s, m, values[i, j]) for i, s in enumerate(SITES) for j, m in enumerate(MEASURES)]
    reasons = score.reasons(measured(rows), chosen)
    gates = pd.DataFrame({"excluded_because": None, "conditions": None}, index=pd.Index(SITES, name="site_id"))
    order = rank.order(score.scores(reasons), gates.astype(object)).reset_index()
    return moves.Side(order.assign(name=order["site_id"]), reasons, chosen)


def drawn(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 1, (4, 3)) * [1500, 2000, 30]
    return np.where(rng.random((4, 3)) < 0.15, np.nan, values)


@given(st.integers(0, 10**6))
def test_the_causes_of_a_move_sum_to_it(seed: int) -> None:
    before = a_side(drawn(seed), a_policy())
    after = a_side(drawn(seed + 1), a_policy((3, 5, 1), full=200))
    table = moves.compared(before, after)
    causes = table[[f"change_{c}" for c in moves.CAUSES]].sum(axis=1)
    assert causes.to_numpy() == pytest.approx(table["change"].to_numpy(), abs=2e-4)


def test_a_move_has_the_cause_that_it_had_and_no_other() -> None:
    values = drawn(5)
    base = a_side(values, a_policy())
    farther = values.copy()
    farther[:, 0] += 150
    steeper = values.copy()
    steeper[:, 2] += 10
    for cause, after in (
        ("service", a_side(farther, a_policy())),
        ("data", a_side(steeper, a_policy())),
        ("weight", a_side(values, a_policy((3, 9, 1)))),
        ("rule", a_side(values, a_policy(full=300))),
    ):
        table = moves.compared(base, after)
        assert table["change"].abs().sum() > 0.01, cause
        others = [f"change_{c}" for c in moves.CAUSES if c != cause]
        assert table[others].abs().to_numpy().max() < 1e-9, cause


def test_a_site_that_only_one_run_has_is_told_so_and_its_move_is_not_split() -> None:
    before, after = a_side(drawn(1), a_policy()), a_side(drawn(1), a_policy())
    gone = moves.Side(
        after.sites[after.sites["site_id"] != "b"], after.reasons[after.reasons["site_id"] != "b"], after.policy
    )
    row = moves.compared(before, gone).set_index("site_id").loc["b"]
    assert row["status"] == "only before"
    assert row[["score_after", "change", "change_data"]].isna().all()


def test_weights_changed_afterwards_give_the_order_that_ranking_by_them_gives() -> None:
    changed = policies.changed(a_policy(), ["services=x2", "slope:4"])
    direct, held = a_side(drawn(9), changed), a_side(drawn(9), a_policy())
    order, reasons = moves.weighed(held.sites, held.reasons, changed)
    assert order.reset_index()["site_id"].tolist() == direct.sites["site_id"].tolist()
    assert order["score_likely"].tolist() == direct.sites["score_likely"].tolist()
    assert reasons.equals(direct.reasons)
    assert changed.changed == ("services=x2", "slope=4")
    table = moves.by_group(held.sites.set_index("site_id"), order, held.reasons, reasons)
    groups = table[["change_transit", "change_services", "change_land"]].sum(axis=1)
    assert groups.to_numpy() == pytest.approx(table["change"].to_numpy(), abs=2e-4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("grocry=2", "did you mean 'grocery'"),
        ("services=3", "give it a factor, such as services=x2"),
        ("grocery=-1", "write a criterion and its weight"),
        ("grocery=nan", "write a criterion and its weight"),
        ("grocery", "write a criterion and its weight"),
    ],
)
def test_a_change_of_weight_that_cannot_be_meant_is_refused_with_the_remedy(change: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        policies.changed(a_policy(), [change])


def test_weights_that_are_all_taken_away_are_refused() -> None:
    with pytest.raises(ConfigError, match="every weight is 0"):
        policies.changed(a_policy(), ["stop=0", "grocery=0", "slope=0"])


@given(st.integers(0, 10**6))
def test_every_lift_that_is_said_to_be_enough_lifts_the_site_level(seed: int) -> None:
    side = a_side(drawn(seed), a_policy())
    first, last = side.sites["site_id"].iloc[0], side.sites["site_id"].iloc[-1]
    for lift in whynot.lifts(side.reasons, side.policy, last, first):
        points = side.reasons.set_index(["site_id", "criterion"])["points_likely"]
        gap = points[first].sum() - points[last].sum()
        criterion = next(c for c in side.policy.criteria if c.id == lift.criterion)
        if lift.kind == "weight":
            changed = policies.changed(side.policy, [f"{lift.criterion}=0"]).model_copy()
            criteria = [
                c.model_copy(update={"weight": lift.needed}) if c.id == lift.criterion else c for c in changed.criteria
            ]
            again = score.reweighed(side.reasons, side.policy.model_copy(update={"criteria": tuple(criteria)}))
            sums = again.groupby("site_id")["points_likely"].sum()
            assert sums[last] == pytest.approx(sums[first], abs=1e-6)
            continue
        worth = lift.needed if lift.kind == "unknown" else float(score.worth(np.array([lift.needed]), criterion)[0])
        gain = (worth - _worth(side, last, lift.criterion)) * criterion.weight / 6
        assert (gain >= gap - 1e-6) == lift.enough


def _worth(side: moves.Side, site: str, criterion: str) -> float:
    rows = side.reasons.set_index(["site_id", "criterion"])["value_likely"]
    return float(rows[site, criterion])
