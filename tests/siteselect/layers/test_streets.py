"""Which ways can be walked, and files that are no streets."""

from pathlib import Path

import numpy as np
import pytest

from siteselect.errors import ConfigError, FileRefused
from siteselect.layers import streets
from tests import town

CRS = "EPSG:26910"


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
