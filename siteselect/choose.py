"""The best few sites as a set: together they reach the most people, and they lie apart.

The maximal covering location problem (Church and ReVelle 1974) with a least distance between the chosen, solved exactly
by HiGHS through scipy: a person whom two sites reach is counted once, and one whom existing housing reaches already is
not counted again.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, eye_array, hstack

from siteselect.errors import ChoiceRefused

SECONDS = 60.0  # a search that is not proven best by then is refused, not answered by halves


@dataclass(frozen=True)
class Chosen:
    """sites: their numbers, ascending; reached: the weight of the cells that they and existing housing reach;
    before: what existing housing reaches alone."""

    sites: np.ndarray
    reached: float
    before: float


def best(
    covers: np.ndarray, weight: np.ndarray, apart: np.ndarray, count: int, merit: np.ndarray,
    already: np.ndarray | None = None, fixed: np.ndarray | None = None,
) -> Chosen:  # fmt: skip
    """The `count` sites that reach the most; of equal sets the one with the most merit.

    covers (sites, cells): whether a site reaches a cell; weight (cells,): its people, times their need; apart (sites,
    sites): whether two may both be chosen; merit (sites,): their scores, 0..1; already (cells,): what existing housing
    reaches; fixed: numbers of sites that are in the set whatever else is.  ChoiceRefused when no `count` sites lie
    apart, or the proof takes longer than SECONDS.
    """
    reached = np.zeros(covers.shape[1], bool) if already is None else already
    before = float(weight[reached].sum())
    classes, worth = _classes(covers[:, ~reached], weight[~reached])
    n, m = len(covers), len(worth)
    rows = [
        LinearConstraint(np.concatenate([np.ones(n), np.zeros(m)]), count, count),
        LinearConstraint(hstack([-csr_array(classes.T.astype(float)), eye_array(m)]).tocsr(), -np.inf, 0),
    ]
    a, b = np.nonzero(np.triu(~apart, 1))
    if len(a):
        at = np.arange(len(a))
        near = coo_array((np.ones(2 * len(a)), (np.tile(at, 2), np.concatenate([a, b]))), (len(a), n + m))
        rows.append(LinearConstraint(near.tocsr(), -np.inf, 1))
    low = np.zeros(n + m)
    low[[] if fixed is None else fixed] = 1
    people = np.concatenate([np.zeros(n), worth])
    found = _most(people, rows, low, n, count)
    # among the sets that reach as many, the one of the best sites
    reach = _reached(classes, worth, found[:n] > 0.5)
    rows.append(LinearConstraint(people, reach - 1e-6 * max(reach, 1), np.inf))
    found = _most(np.concatenate([merit, np.zeros(m)]), rows, low, n, count)
    taken = found[:n] > 0.5
    return Chosen(np.flatnonzero(taken), before + _reached(classes, worth, taken), before)


def _reached(classes: np.ndarray, worth: np.ndarray, taken: np.ndarray) -> float:
    return float(worth[classes[taken].any(axis=0)].sum())


def _most(value: np.ndarray, rows: list[LinearConstraint], low: np.ndarray, n: int, count: int) -> np.ndarray:
    """What the sites and cells are (0 or 1 each) where `value` is the most."""
    found = milp(
        -value, constraints=rows, bounds=Bounds(low, np.ones(len(low))), integrality=np.arange(len(low)) < n,
        options={"time_limit": SECONDS, "mip_rel_gap": 0.0},
    )  # fmt: skip
    if found.status == 2:
        raise ChoiceRefused(
            f"no {count} sites lie that far apart: ask for fewer with --count, or nearer with --apart-m."
        )
    if found.status != 0:
        raise ChoiceRefused(f"the best set was not proven within {SECONDS:.0f} s: ask for fewer sites with --count.")
    return np.asarray(found.x)


def _classes(covers: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells that the same sites reach, as one: (sites, classes) and the classes' weights; cells out of reach go."""
    some = covers.any(axis=0) & (weight > 0)
    if not some.any():
        return np.zeros((len(covers), 0), bool), np.zeros(0)
    packed = np.packbits(covers[:, some], axis=0)
    _, first, which = np.unique(packed, axis=1, return_index=True, return_inverse=True)
    return covers[:, some][:, first], np.bincount(which.ravel(), weights=weight[some], minlength=len(first))
