"""One row of a table, measured at every site: which lines may earn it, for sure, as measured, or at best."""

from dataclasses import dataclass

import numpy as np

from siteselect import units
from siteselect.rules import service
from siteselect.rules.facts import Facts
from siteselect.rules.ground import MAYBE, NO, YES, Pairs, Sites, pairs
from siteselect.rules.layers import Amenities, Layers
from siteselect.rules.pack import Condition, Item, PointsPack, Row, metres

HAIR_M = 1e-6  # of rounding, so that what is built to stand on a limit does


@dataclass(frozen=True)
class Measured:
    """A row at every site (n,): `sure`, `as_measured` and `at_best` say whether its place earns it, facts aside.

    `pair` is the line that earns it (the surest, then the shortest; -1 where none does), `open_pair` the one that might
    (over a barrier, within a margin), `nearest` the shortest line that meets everything but the distance.  limit_m is
    the row's distance there.  `states` says of each of the `lines` whether it earns the row, `unlisted` why an amenity
    may be near that no list has.
    """

    row: Row
    sure: np.ndarray
    as_measured: np.ndarray
    at_best: np.ndarray
    pair: np.ndarray
    open_pair: np.ndarray
    nearest: np.ndarray
    limit_m: np.ndarray
    lines: Pairs | None
    states: np.ndarray | None
    unlisted: list[str]


class Measurer:
    """Measures rows; lines of the same item to the same amenities are struck once."""

    def __init__(self, pack: PointsPack, sites: Sites, layers: Layers, facts: Facts) -> None:
        self.pack, self.sites, self.layers, self.facts = pack, sites, layers, facts
        self.conditions = {c.id: c for c in pack.conditions}
        measuring = pack.measuring
        self.amenities = Amenities(layers, sites.crs, measuring.reach_m, measuring.reach_otherwise_m)
        self.rural = truth(facts.of_sites(pack.rural_fact, sites.ids)) if pack.rural_fact else np.full(len(sites), NO)
        self.served = self._served()
        self._struck: dict[tuple[object, ...], tuple[Pairs, np.ndarray]] = {}
        self._answers: dict[str, np.ndarray] = {}
        self.of_project: dict[tuple[str, object], np.ndarray] = {}  # what was answered of the project already

    def row(self, item: Item, row: Row) -> Measured:
        """The row at every site."""
        n = len(self.sites)
        everywhere, nobody = np.ones(n, bool), np.full(n, -1)
        if row.within_mi is None:
            nan = np.full(n, np.nan)
            return Measured(row, everywhere, everywhere, everywhere, nobody, nobody, nobody, nan, None, None, [])
        plain = metres(row.within_mi)
        wide = metres(row.rural_mi) if row.rural_mi is not None else plain
        least = np.where(self.rural == YES, wide, plain)
        most = np.where(self.rural == NO, plain, wide)
        lines, attributes = self._lines(item, row)
        # the rule's line is straight unless it is seen to cross a barrier: one nobody has looked at counts, and says so
        clear = np.where(lines.clear == NO, MAYBE, YES)
        states = np.minimum(attributes, clear)
        far = np.where(lines.high_m <= least[lines.site] + HAIR_M, YES, NO)
        far = np.where((far == NO) & (lines.low_m <= most[lines.site] + HAIR_M), MAYBE, far)
        states = np.minimum(states, far)
        walkable = (attributes >= MAYBE) & (lines.clear != NO)
        measured = walkable & (lines.d_m <= least[lines.site] + HAIR_M)
        unlisted = self.layers.missing(row.kinds, row.kinds_unsure)
        nowhere = ~self.sites.located
        order = np.lexsort((lines.d_m, -attributes, -states, lines.site))
        best, might = (first(lines.site, mask, order, n) for mask in (measured, states >= MAYBE))
        sure = has(lines.site, states == YES, n)
        at_best = has(lines.site, states >= MAYBE, n) | nowhere | bool(unlisted)
        nearest = first(lines.site, walkable, np.lexsort((lines.d_m, lines.site)), n)
        told = has(lines.site, measured, n)
        return Measured(row, sure, told, at_best, best, might, nearest, least, lines, states, unlisted)

    def open_questions(self, measured: Measured, pair: int) -> list[str]:
        """What is not known about a line and its amenity, as sentences without their full stop."""
        lines, row, amenities = measured.lines, measured.row, self.amenities
        assert lines is not None
        site, which = int(lines.site[pair]), int(lines.amenity[pair])
        said = []
        if amenities.kinds[which] in row.kinds_unsure:
            said.append(f"whether it is a {' or '.join(row.kinds)} is not known")
        for condition in self._about(row, "amenity"):
            if self._answer(condition)[which] == MAYBE:
                said.append(f"not known whether {condition.text}")
        for condition in self._about(row, "pair"):
            if condition.holds(self._pair_fact(condition.fact, site, which)) is None:
                said.append(f"not known whether {condition.text}")
        if self._about(row, "stop") and self.served["state"][which] == MAYBE:
            said.append(f"service: {self.served['why'][which]}")
        if lines.clear[pair] == NO:
            said.append(f"the line crosses {lines.crossed[pair] or 'a barrier'}: measure the walk round it")
        elif lines.clear[pair] == MAYBE:
            said.append("whether the line crosses a highway, a railway or the like is not checked: no layer there")
        limit = measured.limit_m[site]
        if not lines.high_m[pair] <= limit + HAIR_M:
            said.append(
                f"the distance may be {lines.low_m[pair]:,.0f} to {lines.high_m[pair]:,.0f} m, since not all outlines"
                " are at hand"
            )
        return said

    def _lines(self, item: Item, row: Row) -> tuple[Pairs, np.ndarray]:
        """The lines of a row, and for each what is known of everything but distance and barriers."""
        key = (
            item.id,
            row.kinds,
            row.kinds_unsure,
            tuple(n for n in row.needs if self.conditions[n].about != "project"),
        )
        if key not in self._struck:
            self._struck[key] = self._strike(item, row)
        return self._struck[key]

    def _strike(self, item: Item, row: Row) -> tuple[Pairs, np.ndarray]:
        amenities, pack = self.amenities, self.pack
        state = np.where(amenities.of(row.kinds), YES, np.where(amenities.of(row.kinds_unsure), MAYBE, NO))
        for condition in self._about(row, "amenity"):
            state = np.minimum(state, self._answer(condition))
        if self._about(row, "stop"):
            state = np.minimum(state, self.served["state"])
        here = np.flatnonzero(state >= MAYBE)
        minus_m = float(units.feet_to_m(pack.measuring.complex_minus_ft))
        complexes = truth(self.facts.of_amenities(pack.measuring.complex_fact, amenities.ids, list(amenities.kinds)))
        if not item.in_complexes:
            complexes = np.where(complexes == MAYBE, NO, complexes)
        limits = [metres(m) for r in item.rows for m in (r.within_mi, r.rural_mi) if m is not None]
        struck = pairs(
            self.sites, amenities.shape[here], amenities.reach_m[here], np.where(complexes == YES, minus_m, 0.0)[here],
            np.where(complexes == MAYBE, minus_m, 0.0)[here], np.full(len(self.sites), max(limits)),
            self.layers.barriers,
        )  # fmt: skip
        which = here[struck.amenity]
        clear, lines = struck.clear.copy(), state[which]
        looked = truth(self.facts.of_sites(pack.measuring.clear_fact, self.sites.ids)) == YES
        clear[(clear == MAYBE) & looked[struck.site]] = YES
        for (site, amenity), facts in self.facts.pairs.items():
            hit = [k for k in range(len(which)) if amenities.ids[which[k]] == amenity]
            for k in [k for k in hit if self.sites.ids[struck.site[k]] == site]:
                crossed = facts.get(pack.measuring.barrier_fact)
                clear[k] = clear[k] if crossed is None else NO if crossed else YES
        for condition in self._about(row, "pair"):
            values = [self._pair_fact(condition.fact, int(s), int(a)) for s, a in zip(struck.site, which, strict=True)]
            lines = np.minimum(lines, answers([condition.holds(v) for v in values]))
        return Pairs(struck.site, which, struck.d_m, struck.low_m, struck.high_m, clear, struck.crossed), lines

    def _about(self, row: Row, about: str) -> list[Condition]:
        return [self.conditions[n] for n in row.needs if self.conditions[n].about == about]

    def _answer(self, condition: Condition) -> np.ndarray:
        """A condition about amenities, for each of them (m,)."""
        if condition.id not in self._answers:
            assert condition.fact is not None
            values = self.facts.of_amenities(condition.fact, self.amenities.ids, list(self.amenities.kinds))
            self._answers[condition.id] = answers([condition.holds(v) for v in values])
        return self._answers[condition.id]

    def _pair_fact(self, fact: str | None, site: int, amenity: int) -> object:
        return self.facts.pairs.get((self.sites.ids[site], self.amenities.ids[amenity]), {}).get(fact or "")

    def _served(self) -> dict[str, np.ndarray]:
        """For each amenity that is a stop: whether it is served often enough, by what, how often, why that is open."""
        m, stops = len(self.amenities), self.layers.stops
        out = {"state": np.full(m, NO), **{c: np.full(m, None, object) for c in ("route", "how", "why")}}
        if stops is None or not len(stops):
            return out
        first_stop = m - len(stops)
        if self.layers.service is None:
            out["state"][first_stop:] = MAYBE
            out["why"][first_stop:] = "how often it is served is not known"
            return out
        asked = self.pack.service
        keys = stops["stop_key"].reset_index(drop=True)
        told = service.frequent(
            keys, self.layers.service, asked.gap_most_min, asked.departures_least, asked.departures_modes
        )
        out["state"][first_stop:] = told["state"].to_numpy(int)
        for column in ("route", "how", "why"):
            out[column][first_stop:] = [None if v != v else v for v in told[column]]
        return out


def answers(said: list[bool | None]) -> np.ndarray:
    """YES, NO or MAYBE for each of some answers."""
    return np.array([MAYBE if s is None else YES if s else NO for s in said], int)


def truth(values: np.ndarray) -> np.ndarray:
    """YES, NO or MAYBE for true, false and not known."""
    return answers([None if v is None else bool(v) for v in values])


def has(site: np.ndarray, mask: np.ndarray, n: int) -> np.ndarray:
    """True (n,) for the sites that have a line in the mask."""
    found = np.zeros(n, bool)
    found[site[mask]] = True
    return found


def first(site: np.ndarray, mask: np.ndarray, order: np.ndarray, n: int) -> np.ndarray:
    """For each site the first line in an order that is in the mask, -1 where there is none."""
    found = np.full(n, -1)
    kept = order[mask[order]]
    found[site[kept[::-1]]] = kept[::-1]
    return found
