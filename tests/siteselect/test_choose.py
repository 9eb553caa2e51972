"""The best few sites as a set, against trying every set."""

from itertools import combinations

import numpy as np
import pytest

from siteselect import choose
from siteselect.errors import ChoiceRefused


def tried(covers: np.ndarray, weight: np.ndarray, apart: np.ndarray, count: int, already: np.ndarray) -> float:
    """The most that any set of `count` sites reaches, by trying them all."""
    sets = [s for s in combinations(range(len(covers)), count) if all(apart[a, b] for a, b in combinations(s, 2))]
    return max((weight[covers[list(s)].any(axis=0) | already].sum() for s in sets), default=np.nan)


@pytest.mark.parametrize("batch", range(10))
def test_the_chosen_set_reaches_as_many_as_the_best_of_all_sets(batch: int) -> None:
    for seed in range(batch * 100, batch * 100 + 100):
        rng = np.random.default_rng(seed)
        n, cells, count = rng.integers(3, 9), rng.integers(1, 30), rng.integers(1, 4)
        covers = rng.random((n, cells)) < 0.3
        weight = rng.integers(0, 500, cells) * rng.choice([1.0, 1.7])
        apart = np.triu(rng.random((n, n)) < 0.8, 1)
        apart = apart | apart.T
        already = rng.random(cells) < 0.1
        most = tried(covers, weight, apart, count, already)
        if np.isnan(most):
            with pytest.raises(ChoiceRefused, match="ask for fewer"):
                choose.best(covers, weight, apart, count, np.zeros(n), already)
            continue
        found = choose.best(covers, weight, apart, count, rng.random(n), already)
        assert found.reached == pytest.approx(most)
        assert len(found.sites) == count
        assert all(apart[a, b] for a, b in combinations(found.sites, 2))
        assert found.before == pytest.approx(weight[already].sum())


def test_among_sets_that_reach_as_many_the_better_sites_are_taken_and_a_fixed_one_stays() -> None:
    covers = np.array([[1, 0], [1, 0], [0, 1]], bool)
    apart = ~np.eye(3, dtype=bool)
    merit = np.array([0.2, 0.9, 0.5])
    assert choose.best(covers, np.ones(2), apart, 2, merit).sites.tolist() == [1, 2]
    assert choose.best(covers, np.ones(2), apart, 2, merit, fixed=np.array([0])).sites.tolist() == [0, 2]


def test_a_person_whom_existing_housing_reaches_is_not_counted_again() -> None:
    covers = np.array([[1, 1, 0], [0, 0, 1]], bool)
    already = np.array([True, True, False])
    found = choose.best(covers, np.array([50.0, 50, 10]), np.ones((2, 2), bool), 1, np.ones(2), already)
    assert found.sites.tolist() == [1]
    assert (found.before, found.reached) == (100, 110)
