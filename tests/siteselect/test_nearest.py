"""The nearest of every kind in one go: the same as kind by kind, on the invented town and the demonstration."""

from pathlib import Path

import numpy as np
import pytest

from siteselect import network, pipeline, place, units
from siteselect.access.nearest import nearest
from siteselect.access.points import Points
from tests import town

DEMO = Path(__file__).resolve().parents[2] / "places" / "demo.toml"


def points_of(toml: Path) -> Points:
    """A place's sites and services, tied to its streets as the main job ties them."""
    located = place.read(toml)
    crs = units.place_crs(located.place.crs)
    _, box = pipeline._boundary(located, [])
    places = pipeline._services(located, box, crs, [])
    groups = {c: t.reset_index(drop=True) for c, t in places.groupby("category", sort=True)}
    streets, _ = pipeline._streets(located, crs, [], None, str)
    return Points(pipeline._sites(located, box, crs, []), groups, streets, crs, edges=False)


@pytest.mark.parametrize("which", ["town", "demo"])
def test_all_kinds_in_one_go_are_found_as_kind_by_kind(which: str, tmp_path: Path) -> None:
    points = points_of(town.write(tmp_path) if which == "town" else DEMO)
    kinds = list(points.span.values())
    assert points.starts is not None
    every = points.starts.nearest(kinds)
    for number, (kind, together) in enumerate(zip(kinds, nearest(points, kinds), strict=True)):
        for all_kinds, alone in zip(every, points.starts.nearest([kind]), strict=True):
            np.testing.assert_array_equal(all_kinds[:, number], alone[:, 0])
        walk_m, source = (
            a[: points.count] for a in network.nearest(points.starts.tied, kind)
        )  # as it was asked before, a search a kind
        walked = np.flatnonzero(together.walked)
        np.testing.assert_array_equal(together.metres[walked], walk_m[walked])
        np.testing.assert_array_equal(kind[together.which[walked]], source[walked])


def test_the_walks_of_the_demonstration_are_those_of_a_search_a_kind() -> None:
    table = pipeline.run(place.read(DEMO)).sites.set_index("site_id")
    kinds = ["clinic", "county-services", "grocery", "hospital", "library", "park", "rail", "school"]
    found = table[[f"nearest_{kind}_m" for kind in kinds]]
    assert found.loc["hcd-6191"].tolist() == [883.5, 2474.8, 1312.0, 2159.8, 1502.0, 284.5, 915.1, 511.0]
    assert found.loc["hcd-7067"].tolist() == [371.8, 3090.4, 1783.8, 1429.0, 771.1, 608.8, 811.0, 415.6]
