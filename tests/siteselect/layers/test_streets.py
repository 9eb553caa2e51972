"""Which ways can be walked, and files that are no streets."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from siteselect.errors import ConfigError, FileRefused
from siteselect.layers import on_foot, streets
from tests import town

CRS = "EPSG:26910"
LOCKED = '<tag k="barrier" v="gate"/><tag k="locked" v="yes"/>'
ESCALATOR = '<way id="2"><nd ref="6"/><nd ref="7"/><tag k="highway" v="steps"/><tag k="conveying" v="backward"/></way>'


def test_the_town_has_220_walkable_pieces_of_100_m_and_its_motorway_is_left_out(tmp_path: Path) -> None:
    town.write(tmp_path)
    read = streets.read(tmp_path / "town" / "streets.osm", {"method": "walk"}, CRS)
    assert len(read.u) == 220
    assert read.length_m == pytest.approx(np.full(220, 100), abs=0.02)
    assert (read.report.read, read.report.kept, read.report.rejected) == (23, 22, 1)
    assert read.report.lines["reason"].tolist() == ["highway=motorway is not for walking"]


@pytest.mark.parametrize(
    ("tags", "walkable"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "construction", "foot": "yes"}, False),
        ({"highway": "primary", "foot": "no"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "private", "foot": "permissive"}, True),
    ],
)
def test_a_way_is_walkable_unless_its_tags_forbid_it(tags: dict[str, str], walkable: bool) -> None:
    assert (streets.why_not_walkable(tags) is None) == walkable


def test_a_table_of_edges_and_the_same_graph_from_osmnx_give_the_same_streets(tmp_path: Path) -> None:
    import networkx as nx
    import osmnx
    import shapely

    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for node, at in enumerate([(0, 0), (100, 0), (100, 100)]):
        lon, lat = town.lonlat(*at)
        graph.add_node(node, x=lon, y=lat)
    bend = shapely.LineString([town.lonlat(100, 0), town.lonlat(130, 50), town.lonlat(100, 100)])
    graph.add_edge(0, 1, 0, osmid=1, highway="residential", oneway=False, length=100.0)
    graph.add_edge(1, 2, 0, osmid=2, highway="residential", oneway=False, length=116.6, geometry=bend)
    graph.add_edge(0, 2, 0, osmid=3, highway="motorway", oneway=True, length=141.4)
    osmnx.save_graphml(graph, tmp_path / "g.graphml")
    straight = shapely.LineString([town.lonlat(0, 0), town.lonlat(100, 0)])
    (tmp_path / "edges.csv").write_text(
        f'u,v,highway,geometry_wkt\n0,1,residential,"{straight.wkt}"\n'
        f'1,2,residential,"{bend.wkt}"\n0,2,motorway,"{straight.wkt}"\n'
    )
    for name in ("g.graphml", "edges.csv"):
        read = streets.read(tmp_path / name, {}, CRS)
        assert sorted(read.length_m) == pytest.approx([58.31, 58.31, 100.0], abs=0.02)
        assert (read.report.kept, read.report.rejected) == (2, 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.osm", b"<osm><node"),
        ("a.osm.pbf", b"not a pbf at all"),
        ("a.osm", b"<osm version='0.6'></osm>"),
        ("a.csv", b"u,v\n1,2\n"),
        ("a.csv", b""),
        ("a.graphml", b"<graphml"),
        ("a.txt", b"streets"),
    ],
)
def test_a_file_that_holds_no_streets_is_refused_with_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileRefused, match=name.replace(".", r"\.")):
        streets.read(tmp_path / name, {}, CRS)


def test_an_option_that_streets_do_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="metod"):
        streets.read(tmp_path / "a.osm", {"metod": "x"}, CRS)


@pytest.mark.parametrize(
    ("tags", "way"),
    [
        ({"highway": "residential", "oneway": "yes"}, 0),
        ({"highway": "residential", "oneway:foot": "yes"}, 1),
        ({"highway": "steps", "oneway": "-1"}, -1),
        ({"highway": "steps", "conveying": "backward"}, -1),
        ({"highway": "footway", "oneway": "yes", "oneway:foot": "no"}, 0),
        ({"highway": "path", "foot:backward": "no"}, 1),
    ],
)
def test_a_oneway_for_cars_is_none_for_people_and_moving_steps_are(tags: dict[str, str], way: int) -> None:
    assert on_foot.direction(tags) == way


def test_people_stop_at_a_locked_gate_and_walk_through_one_of_which_nothing_is_said(tmp_path: Path) -> None:
    nodes = "".join(
        f'<node id="{i}" lat="38.44" lon="{-122.7 + i / 1000}">{tags}</node>'
        for i, tags in enumerate(["", '<tag k="barrier" v="gate"/>', "", LOCKED, "", "", ""], start=1)
    )
    refs = "".join(f'<nd ref="{i}"/>' for i in range(1, 6))
    ways = f'<way id="1">{refs}<tag k="highway" v="footway"/></way>' + ESCALATOR
    (tmp_path / "gates.osm").write_text(f'<osm version="0.6">{nodes}{ways}</osm>')
    read = streets.read(tmp_path / "gates.osm", {}, CRS)
    assert len(read.u) == 5
    graph = csr_matrix((np.ones(5), (read.u, read.v)), shape=(len(read.x),) * 2)
    parts, _ = connected_components(graph, directed=False)
    assert parts == 3  # before the locked gate, behind it, and the steps
    assert read.one_way is not None
    (steps,) = np.flatnonzero(read.one_way)
    assert read.x[read.u[steps]] > read.x[read.v[steps]]
