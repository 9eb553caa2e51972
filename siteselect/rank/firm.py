"""How firmly an order holds: what becomes of it under other weights, and under what is not known.

Stochastic multicriteria acceptability analysis (Lahdelma, Hokkanen and Salminen 1998): the share of sampled weights by
which each site stands at each place.  Weights are drawn from all there are (uniform on the simplex) or from a band
round the policy's own; the draws are seeded, so that the same question has the same answer.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

MOST_SITES = 2000  # the leading sites that are looked at
MOST_PAIRS = 100  # the leading sites whose pairs are looked at
EXACT_SITES = 300  # with two criteria, up to so many sites are counted without drawing
CHUNK = 2_000_000  # scores held at once


@dataclass(frozen=True)
class Firmness:
    """What the draws gave.

    sites: in rank order [site_id, first_share, top3_share, rank_low, rank_high (the best and worst place in any
    draw), and the same with `_unknowns`: what is not known is drawn too, within its range].  places (n, k): the share
    of draws in which site i stands at place j + 1.  pairs: [above, below, swapped_share], the most often swapped first.
    tau: Kendall's, of the draws against the order, at the mean.  left_out: sites beyond MOST_SITES.
    """

    draws: int
    seed: int
    band: float | None
    sites: pd.DataFrame
    places: np.ndarray
    pairs: pd.DataFrame
    tau: float
    left_out: int


@dataclass(frozen=True)
class Flip:
    """The smallest change of one weight that changes who stands in the top three.

    `enters` takes the place of `leaves` when the weight of `criterion` goes from `weight` to beyond `needed`, the other
    weights standing as they are; factor is needed / weight.
    """

    criterion: str
    weight: float
    needed: float
    leaves: str
    enters: str

    @property
    def factor(self) -> float:
        """By what the weight is multiplied."""
        return self.needed / self.weight if self.weight else float("inf")


@dataclass(frozen=True)
class Worths:
    """What the ranked sites earn: ids in rank order; low, likely, high (n, criteria), 0..1; weights; criteria's ids."""

    ids: np.ndarray
    criteria: np.ndarray
    weights: np.ndarray
    low: np.ndarray
    likely: np.ndarray
    high: np.ndarray


def worths(reasons: pd.DataFrame, order: pd.DataFrame) -> Worths:
    """The ranked sites' worths: from the reasons and an order [site_id or index, rank]; sites without rank are out."""
    ranked = order.reset_index() if "site_id" not in order else order
    ids = ranked.loc[ranked["rank"].notna(), "site_id"].to_numpy(object)
    heads = reasons.drop_duplicates("criterion")
    criteria = heads["criterion"].to_numpy(object)
    tables = {
        end: reasons.pivot(index="site_id", columns="criterion", values=f"value_{end}").reindex(ids)[criteria]
        for end in ("low", "likely", "high")
    }
    return Worths(ids, criteria, heads["weight"].to_numpy(float), **{k: t.to_numpy(float) for k, t in tables.items()})


def weights(count: int, draws: int, rng: np.random.Generator, base: np.ndarray, band: float | None) -> np.ndarray:
    """Weights (draws, count) that sum to 1: of all there are, or each within `band` (0..1) of its own."""
    if band is None:
        return rng.dirichlet(np.ones(count), draws)
    drawn = base * rng.uniform(1 - band, 1 + band, (draws, count))
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def stability(held: Worths, draws: int = 10_000, band: float | None = None, seed: int = 1) -> Firmness:
    """How often each site stands where, over `draws` weights; a criterion of weight 0 stays out.

    With two criteria and all weights the shares are exact and `draws` is 0; those with unknowns are drawn.
    """
    left_out = max(len(held.ids) - MOST_SITES, 0)
    used = held.weights > 0
    likely, low, high = (v[:MOST_SITES, used] for v in (held.likely, held.low, held.high))
    base, n = held.weights[used], len(likely)
    rng = np.random.default_rng(seed)
    drawn = weights(len(base), draws, rng, base, band)
    exact = len(base) == 2 and band is None and n <= EXACT_SITES
    counts, swapped = _exact(likely) if exact else _counted(likely, drawn)
    loose, _ = _counted(likely, drawn, (low, high, rng))
    sites = pd.DataFrame({"site_id": held.ids[:n]})
    for part, table in (("", counts), ("_unknowns", loose)):
        stands = table > 0
        sites[f"first_share{part}"] = table[:, 0]
        sites[f"top3_share{part}"] = table[:, :3].sum(axis=1)
        sites[f"rank_low{part}"] = stands.argmax(axis=1) + 1
        sites[f"rank_high{part}"] = n - stands[:, ::-1].argmax(axis=1)
    above, below = np.triu_indices(len(swapped), 1)
    pairs = pd.DataFrame({
        "above": held.ids[above], "below": held.ids[below], "swapped_share": swapped[above, below],
    })  # fmt: skip
    tau = float(1 - 2 * pairs["swapped_share"].mean()) if len(pairs) else 1.0
    pairs = pairs[pairs["swapped_share"] > 0].sort_values("swapped_share", ascending=False, kind="stable")
    return Firmness(0 if exact else draws, seed, band, sites, counts, pairs.reset_index(drop=True), tau, left_out)


def flip(held: Worths, top: int = 3) -> Flip | None:
    """The smallest relative change of one weight that changes the set of the first `top`; exact, by straight lines.

    None when no weight that is not 0 does, however it is changed.
    """
    if len(held.ids) <= top:
        return None
    score = held.likely @ held.weights
    order = np.argsort(-score, kind="stable")
    inside, outside = order[:top], order[top:]
    found: list[tuple[float, Flip]] = []
    for j in np.flatnonzero(held.weights > 0):
        weight = held.weights[j]
        gap = score[inside][:, None] - score[outside]
        slope = held.likely[inside, j][:, None] - held.likely[outside, j]
        with np.errstate(divide="ignore", invalid="ignore"):
            needed = weight - gap / slope  # the weight at which the two stand level
        needed[(slope == 0) | ~np.isfinite(needed) | (needed < 0)] = np.inf
        at = np.unravel_index(np.argmin(np.abs(needed - weight)), needed.shape)
        if np.isfinite(needed[at]):
            leaves, enters = held.ids[inside[at[0]]], held.ids[outside[at[1]]]
            change = Flip(str(held.criteria[j]), float(weight), float(needed[at]), str(leaves), str(enters))
            found.append((abs(change.needed - weight) / weight, change))
    return min(found, key=lambda f: f[0])[1] if found else None


def _counted(
    likely: np.ndarray, drawn: np.ndarray, loose: tuple[np.ndarray, np.ndarray, np.random.Generator] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Shares (n, n) of the draws in which site i stands at place j, and (m, m) in which i stands below j.

    With `loose` each draw also takes each worth from its range, in a triangle with its top at the likely one.
    """
    n = len(likely)
    counts = np.zeros(n * n)
    m = min(n, MOST_PAIRS)
    below = np.zeros((m, m))
    wide = n * (likely.shape[1] if loose else 1)
    step = max(1, CHUNK // max(wide, 1))
    for first in range(0, len(drawn), step):
        some = drawn[first : first + step]
        score = some @ likely.T if loose is None else np.einsum("dc,dnc->dn", some, _loose(likely, len(some), *loose))
        # worths that are equal give scores equal but for the last bits; the order given decides between them
        places = np.argsort(-score.round(10), axis=1, kind="stable")
        counts += np.bincount((places * n + np.arange(n)).ravel(), minlength=n * n)
        rank = np.empty_like(places)
        np.put_along_axis(rank, places, np.arange(n)[None], axis=1)
        lead = np.ascontiguousarray(rank[:, :m].T.astype(np.int16))
        for a in range(m):
            below[a] += (lead[a] > lead).sum(axis=1)
    return counts.reshape(n, n) / len(drawn), below / len(drawn)


def _loose(likely: np.ndarray, draws: int, low: np.ndarray, high: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Worths (draws, n, criteria) drawn from their ranges: a triangle each, by the inverse of its distribution."""
    u = rng.random((draws, *likely.shape))
    width = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(width > 0, (likely - low) / width, 0.0)
    rising = low + np.sqrt(u * width * (likely - low))
    falling = high - np.sqrt((1 - u) * width * (high - likely))
    return np.asarray(np.where(u < turn, rising, falling))


def _exact(likely: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `_counted` for two criteria under all weights, without drawing: between two crossings no place changes."""
    n = len(likely)
    slope, start = likely[:, 0] - likely[:, 1], likely[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = ((start[None] - start[:, None]) / (slope[:, None] - slope[None])).ravel()
    cuts = np.unique(np.concatenate([[0.0, 1.0], cross[(cross > 0) & (cross < 1)]]))
    middle, length = (cuts[:-1] + cuts[1:]) / 2, np.diff(cuts)
    counts, below = np.zeros((n, n)), np.zeros((n, n))
    for t, share in zip(middle, length, strict=True):
        order = np.argsort(-(start + slope * t).round(12), kind="stable")
        rank = np.empty(n, int)
        rank[order] = np.arange(n)
        counts[order, np.arange(n)] += share
        below += share * (rank[:, None] > rank[None])
    return counts, below[:MOST_PAIRS, :MOST_PAIRS]
