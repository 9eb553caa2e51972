"""What all clauses are answered from: the sites, the layers, the facts, and the stops that the statutes mean."""

import numpy as np

from siteselect.rules import stops
from siteselect.rules.facts import Facts
from siteselect.rules.ground import NO, Sites
from siteselect.rules.layers import Amenities, Layers
from siteselect.rules.measured import truth
from siteselect.rules.pack import TestsPack


class Case:
    """A pack of tests before the sites; `sets` are the stops of `stops.SETS`, `rural` what is known of each site."""

    def __init__(self, pack: TestsPack, sites: Sites, layers: Layers, facts: Facts) -> None:
        self.pack, self.sites, self.layers, self.facts = pack, sites, layers, facts
        self.amenities = Amenities(layers, sites.crs, pack.reach_m, pack.reach_otherwise_m)
        self.sets = stops.of(layers, pack, sites.crs)
        self.rural = truth(facts.of_sites(pack.rural_fact, sites.ids)) if pack.rural_fact else np.full(len(sites), NO)
