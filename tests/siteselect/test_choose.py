"""The best few sites as a set, against trying every set."""

import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from siteselect import choose, choosing
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


def test_without_streets_a_cell_is_reached_by_the_straight_line_as_often_as_a_walk_is_likely_longer() -> None:
    cells = np.array([[700.0, 0.0], [800.0, 0.0]])
    assert choosing.within(np.zeros((1, 2)), cells, None, 1080, 1.4).tolist() == [[True, False]]


def test_the_command_gives_sites_that_lie_apart_and_says_that_nobody_was_counted_where_no_people_are_at_hand() -> None:
    root = Path(__file__).parents[2]
    asked = [sys.executable, "-m", "siteselect", "choose", "places/demo.toml", "--count", "3", "--apart-m", "2000"]
    told = json.loads(subprocess.run([*asked, "--json"], cwd=root, check=True, capture_output=True).stdout)
    assert len(told["chosen"]) == 3
    assert all(metres >= 2000 for _, _, metres in told["pairwise_m"])
    assert told["reached"] is None
    assert "no layer of people" in told["because"]
    refused = subprocess.run([*asked[:-1], "900000"], cwd=root, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "lie that far apart" in refused.stderr
