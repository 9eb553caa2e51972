"""The compiled searches for large networks: the same walks as the small ones, and as Dijkstra's."""

from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from benchmarks import county as made_up
from siteselect import network
from siteselect.errors import FileRefused
from siteselect.layers import on_foot, streets
from siteselect.layers.ledger import Report
from siteselect.layers.streets import Streets
from siteselect.network import pace, store, ways
from siteselect.network.small import Small

CLOSE_M = 0.01  # a county's walks are counted in tenths of a millimetre a street


def town(xy: np.ndarray, u: np.ndarray, v: np.ndarray, one_way: np.ndarray | None = None) -> Streets:
    return Streets(xy[:, 0], xy[:, 1], u, v, "walk", Report("streets", 0, 0, 0, 0, pd.DataFrame()), one_way)


def square() -> Streets:
    """Four corners of a 1,000 m square, joined all round, and two streets that nothing joins to it."""
    xy = np.array([[0, 0], [1000, 0], [1000, 1000], [0, 1000], [3000, 0], [3400, 0], [5000, 0], [5100, 0]], float)
    return town(xy, np.array([0, 1, 2, 3, 4, 6]), np.array([1, 2, 3, 0, 5, 7]))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31 - 1), st.booleans())
def test_ordered_or_not_a_large_network_gives_the_walks_of_a_small_one(seed: int, directed: bool) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(4, 40))
    xy = random.uniform(0, 400, (count, 2))
    u, v = random.integers(0, count, (2, 2 * count))
    some = town(xy, u, v, random.random(len(u)) < 0.4 if directed else None)
    points = random.uniform(-50, 450, (30, 2))
    points[0], points[1:4], points[5], points[20] = np.nan, xy[:3], points[6], [5000, 5000]
    small = Small(some, points, network.REACH_M)
    groups = [np.arange(4, 8), np.arange(20, 30), np.array([1]), np.array([], int)]
    plain = network.prepare(some)
    every = small.nearest([np.array([p]) for p in range(30)], 1)[0][:, :, 0]
    for prepared in (plain, store.ordered(plain)):
        tied = network.tie_to(prepared, points)
        assert tied.covered.tolist() == small.covered.tolist()
        assert tied.connector_m == pytest.approx(small.connector_m, nan_ok=True)
        for k in (1, 3):
            metres, which = network.several_nearest(tied, groups, k)
            assert metres == pytest.approx(small.nearest(groups, k)[0], abs=CLOSE_M)
            row, group, place = np.nonzero(which >= 0)
            assert every[row, which[row, group, place]] == pytest.approx(metres[row, group, place], abs=CLOSE_M)
        for origins, targets in ((np.arange(12), np.arange(10, 30)), (np.arange(25), np.arange(20, 28))):
            found = {
                (int(a), int(b)): m for a, b, m in zip(*network.within(tied, origins, targets, 200.0), strict=True)
            }
            wanted = {(int(a), int(b)): m for a, b, m in zip(*small.within(origins, targets, 200.0), strict=True)}
            assert found == pytest.approx(wanted, abs=CLOSE_M)


def pairs_like_dijkstra(scale: float, many: int) -> None:
    """Random pairs of nodes, `many` from each of `many` origins, in whole ticks: not one may differ."""
    county = made_up.make(scale)
    random = np.random.default_rng(5)
    origins, targets = (random.choice(len(county.xy), many, replace=False) for _ in range(2))
    prepared = store.ordered(network.prepare(town(county.xy, county.u, county.v)))
    tied = network.tie_to(prepared, county.xy[np.concatenate([origins, targets])])
    groups = [np.array([many + i]) for i in range(many)]
    ours = network.nearest_of_each(tied, groups)[0][:many]
    length = np.hypot(*(county.xy[county.u] - county.xy[county.v]).T)
    ticks = np.maximum(np.rint(length * ways.TICKS), 1)
    graph = csr_matrix((ticks, (county.u, county.v)), shape=(len(county.xy),) * 2)
    theirs = dijkstra(graph, directed=False, indices=origins)[:, targets]
    assert np.array_equal(np.rint(ours * ways.TICKS), theirs)


def test_walks_equal_dijkstras_on_500_random_pairs() -> None:
    pairs_like_dijkstra(0.03, 23)


@pytest.mark.long
def test_walks_equal_dijkstras_on_10000_random_pairs_of_a_whole_county() -> None:
    pairs_like_dijkstra(1.0, 100)


def test_a_large_place_is_searched_by_the_compiled_way_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.array([[500.0, 10.0], [500.0, 980.0], [3100.0, 150.0], [2000.0, 2000.0]])
    small = network.tie(square(), points)
    monkeypatch.setattr(network, "LARGE", 0)
    large = network.tie(square(), points)
    assert type(large.search) is not type(small.search)
    for tied in (small, large):
        metres, which = network.nearest(tied, np.array([1]))
        assert metres.tolist() == pytest.approx([10 + 2000 + 20, 0, np.inf, np.inf])
        assert which.tolist() == [1, 1, -1, -1]
        assert tied.far.tolist() == [False, False, True, False]
        assert tied.component[0] == tied.component[1] != tied.component[2]
        assert tied.component[3] == -1


def test_islands_are_named_the_longest_first() -> None:
    table = network.prepare(square()).ways.islands()
    assert table["name"].tolist() == ["main network", "island 1, 0.4 km of streets", "island 2, 0.1 km of streets"]
    assert table["street_m"].tolist() == pytest.approx([4000, 400, 100])


def test_a_street_without_a_junction_counts_once_however_many_bends_it_has() -> None:
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    ring = town(100 * np.column_stack([np.cos(angle), np.sin(angle)]), np.arange(200), (np.arange(200) + 1) % 200)
    prepared = network.prepare(ring)
    assert (len(prepared.ways.u), len(prepared.ways.edge)) == (1, 200)
    tied = network.tie_to(prepared, np.array([[100.0, 0.0], [0.0, 100.0], [-100.0, 0.0]]))
    quarter = 50 * 2 * 100 * np.sin(np.pi / 200)
    assert network.nearest(tied, np.array([0]))[0].tolist() == pytest.approx([0, quarter, 2 * quarter], abs=CLOSE_M)


def test_uphill_takes_longer_than_downhill_and_level_ground_five_kilometres_an_hour() -> None:
    level, up, down = pace.seconds(np.full(3, 1000.0), np.array([0.0, 100.0, -100.0]))
    assert 3600 / level == pytest.approx(5.037, abs=0.001)
    assert up > level
    assert up > down
    hill = ways.build_timed(square(), np.array([0, 100, 100, 0, 0, np.nan, 0, 0], float))
    tied = network.tie_to(store.Network(hill, None), np.array([[0.0, 0.0], [1000.0, 0.0]]))
    assert hill.unit == "s"
    assert hill.level == 1
    climb = network.nearest(tied, np.array([1]))[0][0]
    assert climb == pytest.approx(up, abs=0.01)
    assert network.nearest(tied, np.array([0]))[0][1] == pytest.approx(down, abs=0.01)


def test_a_network_that_was_saved_opens_with_the_same_walks(tmp_path: Path) -> None:
    source = tmp_path / "streets.osm"
    source.write_text("as it was")
    inputs = store.checksums([source])
    prepared = store.ordered(network.prepare(square()))
    for _ in range(2):  # a second save takes the first one's place
        store.save(prepared, tmp_path / "net", inputs)
    opened = network.open_folder(tmp_path / "net")
    points = np.array([[500.0, 10.0], [500.0, 980.0]])
    for found in (prepared, opened):
        tied = network.tie_to(found, points)
        assert network.nearest(tied, np.array([1]))[0][0] == pytest.approx(2030)
    assert store.made_from(tmp_path / "net", inputs)
    source.write_text("as it is now")
    assert not store.made_from(tmp_path / "net", store.checksums([source]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net", "streets.osm"]


@pytest.mark.parametrize("harm", ["cut", "lost", "manifest", "version"])
def test_a_saved_network_that_is_not_whole_is_refused_in_one_sentence(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "net"
    store.save(network.prepare(square()), folder, {})
    manifest = folder / "manifest.json"
    if harm == "cut":
        (folder / "ways.u.npy").write_bytes((folder / "ways.u.npy").read_bytes()[:-3])
    elif harm == "lost":
        (folder / "ways.u.npy").unlink()
    elif harm == "manifest":
        manifest.write_text("[]")
    else:
        manifest.write_text(manifest.read_text().replace('"format": 2', '"format": 1'))
    with pytest.raises(FileRefused, match="make it again from the streets") as refused:
        network.open_folder(folder)
    assert str(refused.value).count("\n") == 0


# ---- real streets


def test_walks_in_porto_alegre_agree_with_osmnx_within_a_thousandth(real_data: Path, tmp_path: Path) -> None:
    import osmium
    import osmnx

    source = real_data / "porto_alegre" / "poa_osm.pbf"
    walkable = tmp_path / "walkable.osm"
    with osmium.SimpleWriter(str(walkable)) as writer:
        for thing in osmium.FileProcessor(str(source)):
            if thing.is_node():
                writer.add_node(thing.replace(tags={}))  # osmnx walks through locked gates
            elif thing.is_way() and "highway" in thing.tags and on_foot.why_not_walkable(thing.tags) is None:
                writer.add_way(thing)
    graph = osmnx.project_graph(
        osmnx.graph_from_xml(str(walkable), bidirectional=True, retain_all=True), to_crs="EPSG:31982"
    )
    where = {node: (data["x"], data["y"]) for node, data in graph.nodes(data=True)}
    simple = nx.Graph()
    simple.add_nodes_from(where)
    for a, b, data in graph.edges(data=True):
        straight = float(np.hypot(*np.subtract(where[a], where[b])))
        metres = data["geometry"].length if "geometry" in data else straight
        if a != b and metres < simple.get_edge_data(a, b, {}).get("m", np.inf):
            simple.add_edge(a, b, m=metres)
    random = np.random.default_rng(2)
    # a node by itself lies on a street that it does not join (a ring on another level): no place to walk from
    main = sorted(max(nx.connected_components(simple), key=len))
    nodes = [main[i] for i in random.choice(len(main), 220, replace=False)]
    read = replace(streets.read(walkable, {}, "EPSG:31982"), one_way=None)
    tied = network.tie_to(store.ordered(network.prepare(read)), np.array([where[n] for n in nodes]))
    ours = network.nearest_of_each(tied, [np.array([t]) for t in range(20)])[0]
    compared = 0
    for target in range(20):
        theirs = nx.single_source_dijkstra_path_length(simple, nodes[target], weight="m")
        for origin in range(20, len(nodes)):
            assert ours[origin, target] == pytest.approx(theirs[nodes[origin]], rel=1e-3)
            compared += 1
    assert compared == 4000


def test_walks_in_santa_rosa_agree_with_networkx_within_a_thousandth(real_data: Path) -> None:
    source = real_data / "streets_santa_rosa" / "Sta_Rosa_2000_orig_edges.csv"
    read = streets.read(source, {"wkt_crs": "EPSG:32610"}, "EPSG:26910")
    graph = nx.Graph()
    for a, b, metres in zip(read.u.tolist(), read.v.tolist(), read.length_m.tolist(), strict=True):
        if a != b:
            graph.add_edge(a, b, m=metres)
    nodes = np.random.default_rng(3).choice(np.unique(read.u), 200, replace=False)
    tied = network.tie_to(network.prepare(read), np.column_stack([read.x[nodes], read.y[nodes]]))
    ours = network.nearest_of_each(tied, [np.array([t]) for t in range(10)])[0]
    for target in range(10):
        theirs = nx.single_source_dijkstra_path_length(graph, int(nodes[target]), weight="m")
        expected = [theirs.get(int(n), np.inf) for n in nodes]
        assert ours[:, target] == pytest.approx(expected, rel=1e-3, abs=CLOSE_M)
