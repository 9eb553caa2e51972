"""Rule packs: a site's points and tests under one edition of the law, with the evidence and the margin of each.

`points` gives a scoring table's items, `tests` a statute's or a siting list's; both take tables and give tables.
"""

from siteselect.rules.facts import Facts
from siteselect.rules.facts import read as read_facts
from siteselect.rules.ground import Barriers
from siteselect.rules.layers import Layers, Opportunity, Zone
from siteselect.rules.pack import Pack, PointsPack, TestsPack
from siteselect.rules.result import Result, points, tests
from siteselect.rules.shelf import absent, shipped
from siteselect.rules.shelf import read as read_pack

__all__ = [
    "Barriers",
    "Facts",
    "Layers",
    "Opportunity",
    "Pack",
    "PointsPack",
    "Result",
    "TestsPack",
    "Zone",
    "absent",
    "points",
    "read_facts",
    "read_pack",
    "shipped",
    "tests",
]
