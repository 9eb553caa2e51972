"""Parts of outlines in many areas, against one union and one cut for each."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siteselect.layers import overlay

number = st.floats(0, 100).map(lambda v: round(v, 1))
blob = st.builds(
    lambda x, y, r, n: shapely.Point(x, y).buffer(r, n), number, number, st.floats(0.5, 40), st.integers(1, 60)
)
box = st.builds(lambda x, y, w, h: shapely.box(x, y, x + w, y + h), number, number, st.just(10.0), st.just(10.0))


@given(st.lists(box | blob, max_size=12), st.lists(box | blob, max_size=6), st.sampled_from([8, 30, 1000]))
def test_the_part_inside_is_the_outline_cut_with_all_areas_together(
    outlines: list[shapely.Polygon], areas: list[shapely.Polygon], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlay, "MOST_CORNERS", most)
        found = overlay.inside(np.array(outlines, object), np.array(areas, object))
    together = shapely.union_all(areas)
    wanted = [shapely.intersection(shape, together).area for shape in outlines]
    assert shapely.area(found) == pytest.approx(wanted, abs=1e-6)


def test_an_outline_beside_an_area_has_no_part_in_it_and_one_inside_has_all_of_its_own() -> None:
    areas = np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 20, 10)], object)
    outlines = np.array([shapely.box(20, 0, 30, 10), shapely.box(1, 1, 2, 2), shapely.Polygon()], object)
    beside, within, nowhere = overlay.inside(outlines, areas)
    assert beside.is_empty
    assert within.equals(outlines[1])
    assert nowhere.is_empty


def test_an_area_that_crosses_itself_and_one_without_a_shape_do_not_stop_the_rest() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    found = overlay.inside(np.array([shapely.box(0, 0, 10, 10)], object), np.array([bow, None], object))
    assert found[0].area == pytest.approx(50)


def test_liquefiable_ground_by_pieces_is_that_by_a_whole_overlay(real_data: object) -> None:
    zones = gpd.read_file(f"{real_data}/hazards/mtc_liquefaction_susceptibility_sonoma.geojson").to_crs(26910)
    west, south, east, north = zones.total_bounds
    chance = np.random.default_rng(4)
    at = chance.uniform([west, south], [east, north], (2000, 2))
    plots = shapely.box(*at.T, *(at + chance.uniform(20, 800, (2000, 1))).T)
    found = shapely.area(overlay.inside(plots, zones.geometry.to_numpy()))
    wanted = shapely.area(shapely.intersection(plots, shapely.union_all(overlay.valid(zones.geometry.to_numpy()))))
    assert found == pytest.approx(wanted, abs=1e-3)
    assert 0 < (found > 0).sum() < 2000
