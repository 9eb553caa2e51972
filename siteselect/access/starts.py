"""Where the walks from each site begin: at its point, or wherever a street is beside its outline."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from siteselect import network
from siteselect.layers.streets import Streets
from siteselect.network import Tied
from siteselect.network.gates import gates
from siteselect.network.pace import LEVEL_M_PER_S

if TYPE_CHECKING:
    from siteselect.network.store import Network


KINDS = 8  # kinds of place that a sweep over the network takes: a large parcel has many starts, and each its figures


@dataclass(frozen=True)
class Starts:
    """The points that walks from the sites begin at, tied to the streets with all others.

    tied: all points.  owner (m,): the site of each start, ascending; number (m,): its tied point; extra_m (m,):
    straight from the site's edge to that point; xy: all points.  covered (n,): whether a site has a start near a
    street; island (n,): the part of the network that it is on, the most common where there are several, -1 for none;
    street_m (n,): the metres of streets that join there, NaN for none.
    """

    tied: Tied
    owner: np.ndarray
    number: np.ndarray
    extra_m: np.ndarray
    xy: np.ndarray
    covered: np.ndarray
    island: np.ndarray
    street_m: np.ndarray

    def connector_m(self, start: np.ndarray) -> np.ndarray:
        """Straight metres between the site and its street at some starts."""
        metres: np.ndarray = self.extra_m[start] + self.tied.connector_m[self.number[start]]
        return metres

    def nearest(self, groups: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each site and group what the walk costs, the nearest target and the start: three (sites, groups).

        Metres, infinite where nothing can be walked to; a point's number and a start's, -1 there.
        """
        best = np.full((len(self.covered), len(groups)), np.inf)
        which, start = np.full(best.shape, -1), np.full(best.shape, -1)
        if not len(self.owner):
            return best, which, start
        first = np.flatnonzero(np.r_[True, self.owner[1:] != self.owner[:-1]])
        for g in range(len(groups)):
            if g % KINDS == 0:
                cost, target = network.nearest_of_each(self.tied, groups[g : g + KINDS])
            mine = cost[self.number, g % KINDS] + self.extra_m
            best[self.owner[first], g] = np.minimum.reduceat(mine, first)
            at = np.flatnonzero(np.isfinite(mine) & (mine == best[self.owner, g]))[::-1]
            # written last to first: of several that are equally near the first stays
            which[self.owner[at], g], start[self.owner[at], g] = target[self.number[at], g % KINDS], at
        return best, which, start

    def timed(self, streets: "Network") -> "Starts":
        """The same starts on a network where a walk costs seconds: what `nearest` gives is seconds then."""
        return replace(self, tied=network.tie_to(streets, self.xy), extra_m=self.extra_m / LEVEL_M_PER_S)

    def within(
        self, sites: np.ndarray, targets: np.ndarray, limit_m: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sites and targets (point numbers) with a walk of at most `limit_m`, each pair once, and the metres."""
        asked = np.zeros(len(self.covered), bool)
        asked[sites] = True
        mine = np.flatnonzero(asked[self.owner])
        start = np.full(len(self.tied.covered), -1)
        start[self.number[mine]] = mine
        origin, target, metres = network.within(self.tied, self.number[mine], targets, limit_m)
        at = start[origin]
        site, metres = self.owner[at], metres + self.extra_m[at]
        order = np.lexsort((metres, target, site))
        order = order[metres[order] <= limit_m]
        site, target, metres = site[order], target[order], metres[order]
        first = np.r_[True, (site[1:] != site[:-1]) | (target[1:] != target[:-1])][: len(site)]
        return site[first], target[first], metres[first]


def tied(
    streets: Streets, xy: np.ndarray, edged: np.ndarray, outline: np.ndarray, prepared: "Network | None"
) -> Starts:
    """Tie all points (metres; the sites are the first) to the streets, and give the starts of the sites.

    edged (n,): which sites begin at their outline, which is in `outline` (n,); they have no start at their own point.
    """
    count, drawn = len(edged), np.flatnonzero(edged)
    own = np.where(edged[:, None], np.nan, xy[:count])
    owner, number, extra_m, beside = np.arange(count), np.arange(count), np.zeros(count), np.empty((0, 2))
    if len(drawn):
        found = gates(streets, outline[drawn], network.REACH_M)
        plain, beside = np.flatnonzero(~edged), found.xy
        owner = np.concatenate([plain, drawn[found.owner]])
        number = np.concatenate([plain, len(xy) + np.arange(len(beside))])
        extra_m = np.concatenate([np.zeros(len(plain)), found.connector_m])
        order = np.argsort(owner, kind="stable")
        owner, number, extra_m = owner[order], number[order], extra_m[order]
    every = np.concatenate([own, xy[count:], beside])
    points = network.tie(streets, every, prepared)
    covered, island, street_m = np.zeros(count, bool), np.full(count, -1), np.full(count, np.nan)
    part = points.component[number]
    there = np.flatnonzero(part >= 0)
    covered[owner[there]] = True
    many = np.bincount(part[there], minlength=1)
    by_size = there[np.argsort(many[part[there]], kind="stable")]
    island[owner[by_size]] = part[by_size]  # the most common is written last and stays
    street_m[owner[by_size]] = points.street_m[number[by_size]]
    return Starts(points, owner, number, extra_m, every, covered, island, street_m)
