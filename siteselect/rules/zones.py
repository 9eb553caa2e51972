"""Clauses about zones: outside one, wholly inside one, or far enough away from it."""

import numpy as np
import shapely

from siteselect import units
from siteselect.rules import clauses, finding
from siteselect.rules.case import Case
from siteselect.rules.finding import CONDITIONAL, FAIL, PASS, UNKNOWN, Finding
from siteselect.rules.ground import pairs
from siteselect.rules.layers import Zone
from siteselect.rules.measured import first

SLIVER_M2 = 1.0  # two outlines that share a border overlap by less than this


class Zones(Case):
    """Answers `outside`, `inside` and `away`; a zone whose layer is not at hand is unknown."""

    def _touching(self, zone: Zone) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each site (n,): whether it surely lies in the zone, whether wholly, and whether it may at all."""
        n, sites = len(self.sites), self.sites
        shapes = units.to_metres(zone.table, sites.crs).geometry.to_numpy()
        in_part, wholly, may = (np.zeros(n, bool) for _ in range(3))
        here = np.flatnonzero(sites.located)
        slack = (sites.reach_m + sites.margin_m) * sites.scale
        at, which = shapely.STRtree(shapes).query(sites.shape[here], predicate="dwithin", distance=slack[here])
        at = here[at]
        for place in np.unique(at).tolist():
            land = shapely.union_all(shapes[which[at == place]])
            shape = sites.shape[place]
            if sites.drawn[place]:
                overlap = shapely.area(shapely.intersection(shape, land))
                in_part[place] = may[place] = overlap > SLIVER_M2
                wholly[place] = overlap >= shapely.area(shape) - SLIVER_M2
            else:
                may[place] = True
                in_part[place] = bool(sites.margin_m[place] == 0 and shapely.intersects(shape, land))
                wholly[place] = bool(in_part[place] and shapely.distance(shape, shapely.boundary(land)) > slack[place])
        return in_part, wholly, may

    def _of_zone(self, name: str, method: str) -> tuple[Finding, Zone | None]:
        zone, n = self.layers.zones.get(name), len(self.sites)
        out = finding.blank(n, UNKNOWN, f"no layer of {name.replace('_', ' ')} is at hand", method)
        if zone is not None:
            out.source[:], out.as_of[:] = zone.source, zone.as_of
        return out, zone

    def _outside(self, clause: clauses.Outside) -> Finding:
        out, zone = self._of_zone(clause.zone, "area: whether any part of the site lies in the zone")
        if zone is None:
            return out
        inside, _, may = self._touching(zone)
        hit = FAIL if clause.inside == "fail" else CONDITIONAL
        out.state[:] = np.where(inside, hit, np.where(may, UNKNOWN, PASS))
        told = "it lies in the zone, at least in part" + (f"; {clause.remedy}" if clause.remedy else "")
        near = "its outline is not at hand and the zone is so near that it may lie in it"
        out.because[:] = None
        out.because[may], out.because[inside] = near, told
        return out

    def _inside(self, clause: clauses.Inside) -> Finding:
        out, zone = self._of_zone(clause.zone, "area: whether the whole site lies in the zone")
        if zone is None:
            return out
        inside, wholly, may = self._touching(zone)
        part = inside & self.sites.drawn
        out.state[:] = np.where(wholly, PASS, np.where(part, FAIL, np.where(may, UNKNOWN, FAIL)))
        out.because[:] = None
        out.because[may], out.because[part], out.because[wholly] = (
            "its outline is not at hand",
            "only a part does",
            None,
        )
        return out

    def _away(self, clause: clauses.Away) -> Finding:
        out, zone = self._of_zone(clause.zone, "straight line, from the site's edge or point")
        if zone is None:
            return out
        least = float(units.feet_to_m(float(clause.at_least_ft)))
        n, shapes = len(self.sites), units.to_metres(zone.table, self.sites.crs).geometry.to_numpy()
        none = np.zeros(len(shapes))
        lines = pairs(self.sites, shapes, none, none, none, np.full(n, least), None)
        nearest = first(lines.site, np.ones(len(lines.site), bool), np.lexsort((lines.d_m, lines.site)), n)
        for place, line in enumerate(nearest.tolist()):
            if line < 0:
                continue
            clear, close = lines.low_m[line] >= least, lines.high_m[line] < least
            hit = FAIL if clause.otherwise == "fail" else CONDITIONAL
            out.state[place] = PASS if clear else hit if close else UNKNOWN
            out.distance_m[place] = round(float(lines.d_m[line]), 1)
            out.margin_m[place] = round(least - float(lines.d_m[line]), 1)
            out.because[place] = None if clear else clause.remedy or f"{least:,.0f} m are asked"
        return out
