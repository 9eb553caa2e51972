"""Streets to metres on foot: points tied to the nearest street, and the shortest walks between them.

A walk is: from the point straight to the nearest street (the connector, measured and counted), along the streets, and
from the street straight to the other point.  A walk goes both ways along a street, save where the street says that
people may walk it one way only.  Small networks are searched with scipy; large ones by compiled searches, in tenths of
a millimetre (docs/decisions/0008-one-sweep-for-every-kind-of-place.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from siteselect.layers.streets import Streets

if TYPE_CHECKING:
    from siteselect.network.store import Network

REACH_M = 250.0  # a point farther than this from any street is not covered by the network
FAR_M = 100.0  # a connector longer than this is flagged: the nearest street may not be where one enters
LARGE = 150_000  # pieces and points together from which compiled searches are the quicker, their first start counted


class _Search(Protocol):
    def nearest(self, groups: Sequence[np.ndarray], k: int) -> tuple[np.ndarray, np.ndarray]: ...
    def within(
        self, origins: np.ndarray, targets: np.ndarray, limit: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...


@dataclass(frozen=True)
class Tied:
    """Points tied to the streets.

    covered (n,): a street is within REACH_M.  connector_m (n,): straight from the point to its street, NaN when not
    covered.  component (n,): points with the same number are on streets that join; -1 when not covered.  street_m (n,):
    metres of streets that join there, NaN when not covered.  A fragment of the network (less than 5 km that joins
    nothing else, often a footway whose ends were not drawn to meet) is passed over where a street of a larger part is
    within 100 m.
    """

    covered: np.ndarray
    connector_m: np.ndarray
    component: np.ndarray
    search: _Search
    street_m: np.ndarray

    @property
    def far(self) -> np.ndarray:
        """Points (n,) that are covered by a street more than FAR_M away."""
        flagged: np.ndarray = np.nan_to_num(self.connector_m) > FAR_M
        return flagged


def tie(streets: Streets, xy: np.ndarray, prepared: "Network | None" = None) -> Tied:
    """Tie points, (n, 2) in the place's metres, to the pieces of street nearest to them.

    prepared: the same streets as `prepare` gives them, where they are at hand: it is quicker and changes no number.
    """
    if len(streets.u) + len(xy) >= LARGE:
        return tie_to(prepared if prepared is not None else prepare(streets), xy)
    from siteselect.network.small import Small

    small = Small(streets, xy, REACH_M)
    return Tied(small.covered, small.connector_m, small.component, small, small.street_m)


def prepare(streets: Streets) -> "Network":
    """A large network ready to be searched, without an order; `store.ordered` gives it one that can be kept."""
    from siteselect.network import store, ways

    return store.Network(ways.build(streets), None)


def prepare_timed(streets: Streets, height_m: np.ndarray) -> "Network":
    """As `prepare`, where a walk costs seconds, uphill more; height_m: of each node of the streets, NaN where unknown.

    What is unknown is walked as level ground; `ways.level` of the network counts such pieces.
    """
    from siteselect.network import store, ways

    return store.Network(ways.build_timed(streets, height_m), None)


def tie_to(network: "Network", xy: np.ndarray) -> Tied:
    """Tie points, (n, 2) in the place's metres, to a prepared network."""
    from siteselect.network.county import County

    county = County(network.ways, network.order, xy, REACH_M)
    return Tied(county.covered, county.connector_m, county.component, county, county.street_m)


def open_folder(folder: Path) -> "Network":
    """A network that `store.save` wrote, its arrays mapped from the files; FileRefused when it is not whole."""
    from siteselect.network import store

    return store.read(folder)


def nearest(tied: Tied, sources: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every point, metres on foot to the nearest source and which source that is.

    sources: numbers of points.  Returns (n,) metres, infinite where no source can be walked to, and (n,) point numbers,
    -1 there.  One search for all sources at once.
    """
    metres, which = tied.search.nearest([sources], 1)
    return metres[:, 0, 0], which[:, 0, 0]


def nearest_of_each(tied: Tied, groups: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """As `nearest` for several groups of sources in one go: metres (n, groups) and point numbers (n, groups)."""
    metres, which = tied.search.nearest(groups, 1)
    return metres[:, :, 0], which[:, :, 0]


def several_nearest(tied: Tied, groups: Sequence[np.ndarray], k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest sources of each group, nearest first: metres (n, groups, k) and point numbers (n, groups, k).

    Infinite and -1 where fewer can be walked to.
    """
    return tied.search.nearest(groups, k)


def within(
    tied: Tied, origins: np.ndarray, targets: np.ndarray, limit_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs (origin, target) with a walk of at most `limit_m`: two arrays of point numbers and one of metres."""
    return tied.search.within(origins, targets, limit_m)
