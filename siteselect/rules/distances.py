"""Clauses about distances: near a stop or an amenity, several amenities near, a share of the site's area near."""

import numpy as np
import shapely

from siteselect import network
from siteselect.rules import clauses, finding, stops
from siteselect.rules.case import Case
from siteselect.rules.finding import CONDITIONAL, FAIL, PASS, UNKNOWN, Finding
from siteselect.rules.ground import MAYBE, NO, YES, Pairs, pairs
from siteselect.rules.measured import HAIR_M, first, has
from siteselect.rules.pack import metres

ROUND = 64  # corners in a quarter of a circle: half a mile is then true to 0.1 m


class Distances(Case):
    """Answers `near`, `count` and `area-share`."""

    def _near(self, clause: clauses.Near) -> Finding:
        lines, state, why = self._lines(clause.of, metres(clause.rural_mi or clause.within_mi))
        least, most = self._limits(clause)
        missing = self._missing(clause.of)
        out = self._from_lines(lines, state, why, least, most, missing)
        if clause.method == "walking":
            self._walked(out, lines, state, least)
        return out

    def _limits(self, clause: clauses.Near | clauses.Group) -> tuple[np.ndarray, np.ndarray]:
        plain = metres(clause.within_mi)
        wide = metres(clause.rural_mi) if clause.rural_mi is not None else plain
        return np.where(self.rural == YES, wide, plain), np.where(self.rural == NO, plain, wide)

    def _missing(self, of: tuple[str, ...], also: tuple[str, ...] = ()) -> list[str]:
        """Why one may be near though no list has it."""
        return self.layers.missing(tuple("bus" if name in stops.SETS else name for name in of), also)

    def _lines(self, of: tuple[str, ...], limit_m: float) -> tuple[Pairs, np.ndarray, np.ndarray]:
        """Lines to what a clause names, whether each of them surely is that (2) or perhaps (1), and why."""
        m = len(self.amenities)
        state, why = np.full(m, NO), np.full(m, None, object)
        for name in of:
            if name in self.sets:
                told = self.sets[name]
                better = np.full(m, NO)
                better[m - len(told) :] = told["state"].to_numpy(int)
                texts = np.full(m, None, object)
                texts[m - len(told) :] = told["why"].to_numpy(object)
                why = np.where(better > state, texts, why)
                state = np.maximum(state, better)
            else:
                state[self.amenities.of((name,))] = YES
        here = np.flatnonzero(state >= MAYBE)
        none = np.zeros(len(here))
        reach = np.where(np.isin(self.amenities.kinds[here], stops.RAIL), self.pack.reach_m.get("rail", 0.0), 0.0)
        reach = np.maximum(reach, 0.0) if any(n in self.sets for n in of) else self.amenities.reach_m[here]
        found = pairs(
            self.sites, self.amenities.shape[here], reach, none, none, np.full(len(self.sites), limit_m), None
        )
        which = here[found.amenity]
        lines = Pairs(found.site, which, found.d_m, found.low_m, found.high_m, found.clear, found.crossed)
        return lines, state[which], why[which]

    def _from_lines(
        self, lines: Pairs, state: np.ndarray, why: np.ndarray, least: np.ndarray, most: np.ndarray, missing: list[str]
    ) -> Finding:
        """Near for sure, perhaps, not, or not known, with the nearest that counts."""
        n = len(self.sites)
        surely = (state == YES) & (lines.high_m <= least[lines.site] + HAIR_M)
        perhaps = lines.low_m <= most[lines.site] + HAIR_M
        sure, may = has(lines.site, surely, n), has(lines.site, perhaps, n)
        out = finding.blank(n, FAIL, method="straight line, from the site's edge or point")
        out.state[:] = np.where(sure, PASS, np.where(may, CONDITIONAL, UNKNOWN if missing else FAIL))
        order = np.lexsort((lines.d_m, ~surely, lines.site))
        for place, line in enumerate(first(lines.site, np.ones(len(order), bool), order, n).tolist()):
            if line < 0:
                out.because[place] = "; ".join(missing) or "there is none"
                continue
            which = int(lines.amenity[line])
            self._told(out, place, which, float(lines.d_m[line]), float(least[place]))
            said = [str(why[line])] if why[line] else []
            if out.state[place] == CONDITIONAL and state[line] == YES:
                said.append(f"the distance may be {lines.low_m[line]:,.0f} to {lines.high_m[line]:,.0f} m")
            out.because[place] = "; ".join([*said, *(missing if out.state[place] == UNKNOWN else [])]) or None
        return out

    def _told(self, out: Finding, place: int, which: int, distance_m: float, limit_m: float) -> None:
        """The amenity, the distance, and the metres that are short of the limit (or, below zero, to spare)."""
        out.amenity[place] = self.amenities.names[which]
        out.distance_m[place], out.margin_m[place] = round(distance_m, 1), round(distance_m - limit_m, 1)
        out.source[place], out.as_of[place] = self.amenities.sources[which], self.amenities.dates[which]

    def _walked(self, out: Finding, lines: Pairs, state: np.ndarray, limit_m: np.ndarray) -> None:
        """What a straight line leaves open of a walk: where it is short enough, the streets decide, or nobody."""
        short = (out.state == PASS) | (out.state == CONDITIONAL)
        walk, names = self._walks(lines, state)
        out.method[:] = "straight line, not a walk"
        for place in np.flatnonzero(short):
            if walk[place] <= limit_m[place] and not self.layers.sketched:
                out.state[place] = PASS
                out.distance_m[place], out.margin_m[place] = (
                    round(walk[place], 1),
                    round(walk[place] - limit_m[place], 1),
                )
                assert self.layers.streets is not None
                out.method[place], out.amenity[place] = self.layers.streets.method, names[place]
                continue
            out.state[place] = CONDITIONAL
            known = f"{walk[place]:,.0f} m along the streets at hand" if np.isfinite(walk[place]) else "not known"
            sketch = " (a sketch)" if self.layers.sketched and np.isfinite(walk[place]) else ""
            said = f"the walk is {known}{sketch}; {limit_m[place]:,.0f} m is the limit"
            out.because[place] = "; ".join(t for t in (out.because[place], said) if t)

    def _walks(self, lines: Pairs, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Metres on foot from each site's point to the nearest that surely counts (infinite: unknown), and its name."""
        n = len(self.sites)
        walk, names = np.full(n, np.inf), np.full(n, None, object)
        targets = np.unique(lines.amenity[state == YES])
        if self.layers.streets is None or not len(targets):
            return walk, names
        ends = self.amenities.shape[targets]
        starts = shapely.point_on_surface(self.sites.shape)
        points = np.r_[starts, shapely.point_on_surface(ends)]
        xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
        here = np.isfinite(xy).all(axis=1)
        numbers = np.flatnonzero(here)
        tied = network.tie(self.layers.streets, xy[here])
        metres_, source = network.nearest(tied, np.flatnonzero(numbers >= n))
        for number, length, which in zip(numbers.tolist(), metres_.tolist(), source.tolist(), strict=True):
            if number < n and which >= 0:
                walk[number] = (length + self.sites.margin_m[number]) / self.sites.scale[number]
                names[number] = self.amenities.names[int(targets[numbers[which] - n])]
        return walk, names

    def _count(self, clause: clauses.Count) -> Finding:
        n = len(self.sites)
        kinds_sure, kinds_may, all_sure = np.zeros(n, int), np.zeros(n, int), np.zeros(n, int)
        near: list[list[str]] = [[] for _ in range(n)]
        unknown: list[str] = []
        for group in clause.groups:
            lines, state, _ = self._lines((*group.kinds, *group.also), metres(group.rural_mi or group.within_mi))
            least, most = self._limits(group)
            sure = (state == YES) & (lines.high_m <= least[lines.site] + HAIR_M)
            may = lines.low_m <= most[lines.site] + HAIR_M
            missing = self._missing(group.kinds, group.also)
            kinds_sure += has(lines.site, sure, n)
            kinds_may += has(lines.site, may, n) | bool(missing)
            all_sure += np.bincount(lines.site[sure], minlength=n)
            unknown += [why for why in missing if why not in unknown]
            for place in np.unique(lines.site[sure]).tolist():
                near[place].append(group.name)
        need = clause.at_least
        out = finding.blank(n, method="straight line, from the site's edge or point")
        out.state[:] = np.where(
            kinds_sure >= need,
            PASS,
            np.where(all_sure >= need, CONDITIONAL, np.where(kinds_may >= need, UNKNOWN, FAIL)),
        )
        for place in range(n):
            said = [f"{kinds_sure[place]} kinds near for sure ({', '.join(near[place]) or 'none'})"]
            if out.state[place] == CONDITIONAL:
                said.append(f"{all_sure[place]} amenities, if several of one kind count")
            if out.state[place] == UNKNOWN:
                said += [f"up to {kinds_may[place]} may be", *unknown]
            out.because[place] = "; ".join(said)
        return out

    def _area_share(self, clause: clauses.AreaShare) -> Finding:
        limit = metres(clause.within_mi)
        lines, state, why = self._lines(clause.of, limit)
        n = len(self.sites)
        all_ = np.full(n, limit)
        missing = self._missing(clause.of)
        out = self._from_lines(lines, state, why, all_, all_, missing)
        out.method[:] = "share of the site's area farther than the distance, in a straight line"
        for place in np.flatnonzero((out.state == PASS) | (out.state == CONDITIONAL)).tolist():
            here = np.flatnonzero((lines.site == place) & (lines.low_m <= limit))
            low, high = self._farther(place, lines.amenity[here], limit), 1.0
            sure = here[state[here] == YES]
            if len(sure):
                high = self._farther(place, lines.amenity[sure], limit)
            if not self.sites.drawn[place]:
                slack = 2 * self.sites.reach_m[place] + self.sites.margin_m[place]
                low, high = 0.0, (0.0 if len(sure) and lines.d_m[sure].min() + slack <= limit else 1.0)
            passed, failed = high <= clause.farther_share_most, low > clause.farther_share_most
            out.state[place] = PASS if passed else FAIL if failed else CONDITIONAL
            if failed and missing:
                out.state[place] = UNKNOWN
            words = f"{high:.0%}" if round(low, 3) == round(high, 3) else f"{low:.0%} to {high:.0%}"
            out.because[place] = f"{words} of its area is farther; {clause.farther_share_most:.0%} may be"
        return out

    def _farther(self, place: int, which: np.ndarray, limit_m: float) -> float:
        """The share of a site's outline that is farther than the limit from every one of some amenities."""
        shape = self.sites.shape[place]
        around = shapely.buffer(self.amenities.shape[which], limit_m * self.sites.scale[place], quad_segs=ROUND)
        if shapely.get_dimensions(shape) != 2:
            return 1.0
        return float(shapely.area(shapely.difference(shape, shapely.union_all(around))) / shapely.area(shape))
