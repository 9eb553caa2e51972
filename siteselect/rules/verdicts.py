"""The clauses of a pack of tests, each answered for every site."""

from collections.abc import Callable
from typing import Any

import numpy as np

from siteselect import units
from siteselect.rules import clauses, finding
from siteselect.rules.clauses import Clause
from siteselect.rules.distances import Distances
from siteselect.rules.facts import Facts
from siteselect.rules.finding import CONDITIONAL, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, Finding
from siteselect.rules.ground import Sites
from siteselect.rules.layers import Layers
from siteselect.rules.pack import TestsPack
from siteselect.rules.zones import Zones

NOT_LOCATED = "the site's own place is not known closely enough"


class Verdicts(Distances, Zones):
    """Answers clauses one after another; a joined clause finds its parts answered already."""

    def __init__(self, pack: TestsPack, sites: Sites, layers: Layers, facts: Facts) -> None:
        super().__init__(pack, sites, layers, facts)
        self.found: dict[str, Finding] = {}
        self.titles: dict[str, str] = {}

    def answer(self, clause: Clause) -> Finding:
        """The clause at every site; what needs a place is unknown where the site is not located."""
        found = self._answer(clause)
        spatial = clause.kind in ("near", "away", "count", "area-share", "outside", "inside")
        nowhere = ~self.sites.located & spatial
        found.state[nowhere], found.because[nowhere] = UNKNOWN, NOT_LOCATED
        self.found[clause.id], self.titles[clause.id] = found, clause.title or clause.text.rstrip(".")
        return found

    def _answer(self, clause: Clause) -> Finding:
        if isinstance(clause, clauses.Joined):
            parts, names = [self.found[name] for name in clause.of], [self.titles[name] for name in clause.of]
            return finding.every(names, parts) if clause.kind == "all" else finding.some(names, parts)
        answers: dict[type[Any], Callable[[Any], Finding]] = {
            clauses.OfFact: self._fact,
            clauses.OfField: self._field,
            clauses.Near: self._near,
            clauses.Count: self._count,
            clauses.AreaShare: self._area_share,
            clauses.Away: self._away,
            clauses.Outside: self._outside,
            clauses.Inside: self._inside,
            clauses.Figure: self._figure,
            clauses.Counties: self._counties,
        }
        return answers[type(clause)](clause)

    def _fact(self, clause: clauses.OfFact) -> Finding:
        asked = next(f for f in self.pack.facts if f.id == clause.fact)
        out = finding.blank(len(self.sites), method="asked of the project")
        for place, value in enumerate(self.facts.of_sites(clause.fact, self.sites.ids)):
            said = clause.holds(value)
            out.state[place] = UNKNOWN if said is None else PASS if said else FAIL
            out.because[place] = f"asked: {asked.ask}" if said is None else f"{clause.fact} is {value}"
            if said is False and clause.conditional_to is not None and value <= clause.conditional_to:
                out.state[place] = CONDITIONAL
                out.because[place] += f"; {clause.remedy}"
        return out

    def _field(self, clause: clauses.OfField) -> Finding:
        out, table = finding.blank(len(self.sites), method="the site's own record"), self.sites.table
        if clause.acres_at_most is not None:
            most_m2 = float(units.acres_to_m2(clause.acres_at_most))
            area = table["area_m2"].to_numpy(float)
            out.state[:] = np.where(np.isnan(area), UNKNOWN, np.where(area <= most_m2, PASS, FAIL))
            words = [
                f"{a / float(units.acres_to_m2(1)):.2f} acres" if a == a else "its area is not known" for a in area
            ]
        else:
            said = table[clause.field].to_numpy(object)
            out.state[:] = [UNKNOWN if v in (None, "unknown") else PASS if v in clause.one_of else FAIL for v in said]
            words = [f"its {clause.field} is {'not known' if v in (None, 'unknown') else v}" for v in said]
        out.because[:] = words
        return out

    def _figure(self, clause: clauses.Figure) -> Finding:
        out = finding.blank(len(self.sites), because=f"no figure of {clause.figure.replace('_', ' ')} is at hand")
        for place, site in enumerate(self.sites.ids):
            value = self.layers.figures.get(clause.figure, {}).get(site)
            if value is None:
                continue
            may = clause.conditional_to is not None and value <= clause.conditional_to
            out.state[place] = PASS if value <= clause.pass_to else CONDITIONAL if may else FAIL
            out.because[place] = f"{value:.1f}" + (f"; {clause.remedy}" if out.state[place] != PASS else "")
        return out

    def _counties(self, clause: clauses.Counties) -> Finding:
        county = self.layers.county
        if county is None:
            return finding.blank(len(self.sites), UNKNOWN, "the place does not say in which county it lies")
        if county in clause.one_of:
            return finding.blank(
                len(self.sites), CONDITIONAL, f"it applies in {county} County and is not modelled here"
            )
        return finding.blank(len(self.sites), NOT_APPLICABLE, clause.because)
