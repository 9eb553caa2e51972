"""How firmly an order holds, against closed forms."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siteselect.rank import firm
from siteselect.rank.firm import Worths


def held(likely: np.ndarray, weights: np.ndarray | None = None, wide: float = 0.0) -> Worths:
    likely = np.asarray(likely, float)
    weights = np.ones(likely.shape[1]) if weights is None else np.asarray(weights, float)
    order = np.argsort(-(likely @ weights), kind="stable")
    likely = likely[order]
    ids = np.array([f"s{i}" for i in order], object)
    low, high = np.clip(likely - wide, 0, 1), np.clip(likely + wide, 0, 1)
    return Worths(ids, np.array([f"c{j}" for j in range(likely.shape[1])], object), weights, low, likely, high)


def by_area(likely: np.ndarray) -> np.ndarray:
    """With three criteria: the share of the triangle of weights in which each site is first, cut out line by line."""
    triangle = shapely.Polygon([(0, 0), (1, 0), (0, 1)])
    shares = []
    for i in range(len(likely)):
        part = triangle
        for k in range(len(likely)):
            if k != i:
                a, b, c = likely[i] - likely[k]
                part = part.intersection(half_plane(a - c, b - c, c))
        shares.append(part.area / triangle.area)
    return np.array(shares)


def half_plane(a: float, b: float, c: float) -> shapely.Polygon:
    """Where a x + b y + c >= 0, as far as the triangle of weights reaches."""
    normal = np.hypot(a, b)
    if normal < 1e-12:
        return shapely.box(-9, -9, 9, 9) if c >= 0 else shapely.Polygon()
    to = np.array([a, b]) / normal
    along = np.array([-to[1], to[0]])
    foot = -c / normal * to
    return shapely.Polygon([foot + 9 * along, foot - 9 * along, foot - 9 * along + 99 * to, foot + 9 * along + 99 * to])


@pytest.mark.parametrize("seed", range(4))
def test_two_criteria_are_counted_exactly_and_equal_the_lengths_of_the_segments_in_which_each_site_leads(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(125):
        worths = held(rng.random((6, 2)))
        found = firm.stability(worths, draws=100)
        t = np.linspace(0, 1, 200_001)
        lead = np.argmax(np.outer(t, worths.likely[:, 0]) + np.outer(1 - t, worths.likely[:, 1]), axis=1)
        assert found.draws == 0
        assert_allclose(found.sites["first_share"], np.bincount(lead, minlength=6) / len(t), atol=2e-5)


@pytest.mark.parametrize("seed", range(4))
def test_three_criteria_agree_with_the_areas_in_which_each_site_leads(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    for _ in range(125):
        worths = held(rng.random((5, 3)))
        found = firm.stability(worths, draws=10_000, seed=seed)
        share = by_area(worths.likely)
        # five standard errors of a share from 10,000 draws
        within = 5 * np.sqrt(np.maximum(share * (1 - share), 1e-4) / 10_000)
        assert (np.abs(found.sites["first_share"].to_numpy() - share) <= within).all()


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(2, 6))
def test_the_shares_of_every_place_sum_to_one_and_the_ranks_hold_them(seed: int, sites: int, criteria: int) -> None:
    worths = held(np.random.default_rng(seed).random((sites, criteria)), wide=0.1)
    found = firm.stability(worths, draws=200, seed=1)
    assert_allclose(found.places.sum(axis=0), 1)
    assert_allclose(found.places.sum(axis=1), 1)
    table = found.sites
    assert table["first_share"].sum() == pytest.approx(1)
    assert (table["rank_low"] <= table["rank_high"]).all()
    assert ((table["first_share"] > 0) == (table["rank_low"] == 1)).all()
    assert -1 <= found.tau <= 1


def test_a_site_that_is_better_in_everything_is_first_by_every_weight() -> None:
    found = firm.stability(held(np.array([[0.5, 0.5, 0.4], [0.9, 0.8, 0.7], [0.2, 0.1, 0.6]])), draws=500)
    assert found.sites.loc[0, ["site_id", "first_share", "rank_low", "rank_high"]].tolist() == ["s1", 1.0, 1, 1]


def test_the_same_seed_gives_the_same_shares_and_a_narrow_band_holds_the_order_more_firmly() -> None:
    worths = held(np.random.default_rng(3).random((8, 5)))
    one, two = (firm.stability(worths, draws=1000, seed=7) for _ in range(2))
    assert one.sites.equals(two.sites)
    assert firm.stability(worths, draws=1000, band=0.05).tau > one.tau


def test_what_is_not_known_loosens_the_places_and_what_is_known_does_not() -> None:
    likely = np.array([[0.6, 0.5, 0.5], [0.5, 0.45, 0.45]])
    assert firm.stability(held(likely), draws=500).sites["first_share_unknowns"].tolist() == [1.0, 0.0]
    loose = firm.stability(held(likely, wide=0.5), draws=500).sites["first_share_unknowns"]
    assert 0.5 < loose[0] < 1


@pytest.mark.parametrize("seed", range(100))
def test_the_flip_is_the_smallest_single_change_and_just_beyond_it_the_top_three_differ(seed: int) -> None:
    rng = np.random.default_rng(seed)
    worths = held(rng.random((7, 4)), rng.uniform(1, 10, 4))
    top = set(worths.ids[:3])
    flip = firm.flip(worths)

    def leading(criterion: int, weight: float) -> set[object]:
        weights = worths.weights.copy()
        weights[criterion] = weight
        return set(worths.ids[np.argsort(-(worths.likely @ weights), kind="stable")[:3]])

    least = np.inf if flip is None else abs(flip.factor - 1)
    for j, weight in enumerate(worths.weights):  # nothing smaller flips
        for factor in np.linspace(max(0, 1 - least), 1 + min(least, 50), 41)[1:-1]:
            assert leading(j, weight * factor) == top
    if flip is not None:
        j = int(flip.criterion[1:])
        beyond = flip.needed + (flip.needed - flip.weight) * 1e-6
        assert flip.enters in leading(j, beyond)
        assert flip.leaves not in leading(j, beyond)


def test_three_sites_have_no_flip() -> None:
    assert firm.flip(held(np.eye(3))) is None
