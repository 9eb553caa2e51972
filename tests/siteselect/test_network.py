"""Walks over an invented grid, and against a slow oracle."""

import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from siteselect import network
from siteselect.layers.ledger import Report
from siteselect.layers.streets import Streets
from siteselect.network.pieces import FRAGMENT_M, PASSED_OVER_M


def streets(x: list[float], y: list[float], pieces: list[tuple[int, int]]) -> Streets:
    report = Report("streets", 0, 0, 0, 0, pd.DataFrame())
    u, v = np.array(pieces).T
    return Streets(np.array(x, float), np.array(y, float), u, v, "walk", report)


def square_town() -> Streets:
    """Four corners of a 1,000 m square, joined all round."""
    return streets([0, 1000, 1000, 0], [0, 0, 1000, 1000], [(0, 1), (1, 2), (2, 3), (3, 0)])


def test_a_walk_counts_both_connectors_and_the_way_round_the_block() -> None:
    tied = network.tie(square_town(), np.array([[500.0, 10.0], [500.0, 980.0]]))
    metres, source = network.nearest(tied, np.array([1]))
    assert metres[0] == pytest.approx(10 + 500 + 1000 + 500 + 20)
    assert source[0] == 1
    assert tied.connector_m.tolist() == pytest.approx([10, 20])


def test_two_points_on_the_same_street_do_not_go_round_by_its_ends() -> None:
    tied = network.tie(square_town(), np.array([[400.0, 0.0], [600.0, 0.0], [450.0, 0.0]]))
    assert network.nearest(tied, np.array([1]))[0][[0, 2]] == pytest.approx([200, 150])


def test_a_point_far_from_every_street_is_not_covered_and_reaches_nothing() -> None:
    tied = network.tie(square_town(), np.array([[500.0, 500.0], [0.0, 0.0]]))
    assert tied.covered.tolist() == [False, True]
    metres, source = network.nearest(tied, np.array([1]))
    assert np.isinf(metres[0])
    assert source[0] == -1


def test_an_unreached_pair_is_never_zero_metres() -> None:
    islands = streets([0, 100, 5000, 5100], [0, 0, 0, 0], [(0, 1), (2, 3)])
    tied = network.tie(islands, np.array([[50.0, 0.0], [5050.0, 0.0]]))
    assert np.isinf(network.nearest(tied, np.array([1]))[0][0])
    assert tied.component[0] != tied.component[1]


def test_a_point_without_coordinates_is_not_covered() -> None:
    tied = network.tie(square_town(), np.array([[np.nan, np.nan], [0.0, 0.0]]))
    assert tied.covered.tolist() == [False, True]


def test_two_points_meet_on_a_piece_that_is_drawn_once_in_each_direction() -> None:
    there_and_back = streets([0, 1000], [0, 0], [(0, 1), (1, 0)])
    tied = network.tie(there_and_back, np.array([[400.0, 1.0], [600.0, -1.0], [450.0, 2.0], [700.0, 0.5]]))
    assert network.nearest(tied, np.array([1, 3]))[0][[0, 2]] == pytest.approx([202, 153])


def test_of_two_parallel_pieces_the_shorter_counts_and_they_are_not_added_up() -> None:
    twice = streets([0, 300], [0, 0], [(0, 1), (1, 0), (0, 1)])
    tied = network.tie(twice, np.array([[0.0, 0.0], [300.0, 0.0]]))
    assert network.nearest(tied, np.array([0]))[0][1] == pytest.approx(300)


@settings(max_examples=100, deadline=None)
@example(833610471)  # two points on a piece that stood twice
@given(st.integers(0, 2**31 - 1))
def test_nearest_and_within_agree_with_a_plain_search_over_the_same_streets(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(4, 20))
    x, y = random.uniform(0, 400, (2, count))
    pieces = [(int(a), int(b)) for a, b in random.integers(0, count, (2 * count, 2)) if a != b]
    town = streets(list(x), list(y), pieces or [(0, 1)])
    xy = random.uniform(-50, 450, (8, 2))
    tied = network.tie(town, xy)
    slow = slow_walks(town, xy)
    sources = np.array([5, 6, 7])
    metres, source = network.nearest(tied, sources)
    for point in range(5):
        expected = min(slow[point][s] for s in sources)
        assert metres[point] == pytest.approx(expected, abs=1e-6)
        assert np.isinf(expected) or slow[point][source[point]] == pytest.approx(expected, abs=1e-6)
    froms, tos, walked = network.within(tied, np.arange(5), sources, 300.0)
    assert {(int(a), int(b)) for a, b in zip(froms, tos, strict=True)} == {
        (a, int(b)) for a in range(5) for b in sources if slow[a][b] <= 300.0
    }
    assert all(slow[a][b] == pytest.approx(m, abs=1e-6) for a, b, m in zip(froms, tos, walked, strict=True))


def slow_walks(town: Streets, xy: np.ndarray) -> list[dict[int, float]]:
    """Every pair's walk by networkx, each point tied by a plain search over all pieces."""
    graph = nx.Graph()

    def join(a: object, b: object, metres: float) -> None:
        if not graph.has_edge(a, b) or graph[a][b]["m"] > metres:
            graph.add_edge(a, b, m=metres)

    larger_part = whole_parts(town)
    feet: dict[int, list[tuple[float, int]]] = {}
    for number, point in enumerate(xy):
        graph.add_node(("p", number))
        best, larger = None, None
        for piece, (u, v) in enumerate(zip(town.u, town.v, strict=True)):
            a, b = (np.array([town.x[i], town.y[i]]) for i in (u, v))
            share = float(np.clip(np.dot(point - a, b - a) / max(np.dot(b - a, b - a), 1e-30), 0, 1))
            metres = float(np.hypot(*(point - a - share * (b - a))))
            if best is None or metres < best[0] - 1e-12:
                best = (metres, piece, share)
            if int(u) in larger_part and metres <= PASSED_OVER_M and (larger is None or metres < larger[0] - 1e-12):
                larger = (metres, piece, share)
        best = larger if larger else best
        if best and best[0] <= network.REACH_M:
            feet.setdefault(best[1], []).append((best[2], number))
            join(("p", number), ("f", number), best[0])
    for piece, (u, v, length) in enumerate(zip(town.u, town.v, town.length_m, strict=True)):
        stops = [(0.0, ("n", u)), *((s, ("f", n)) for s, n in sorted(feet.get(piece, []))), (1.0, ("n", v))]
        for (share, here), (further, there) in itertools.pairwise(stops):
            join(here, there, (further - share) * length)
    return [
        {
            b: nx.single_source_dijkstra_path_length(graph, ("p", a), weight="m").get(("p", b), np.inf)
            for b in range(len(xy))
        }
        for a in range(len(xy))
    ]


def whole_parts(town: Streets) -> set[int]:
    """The nodes of all parts of the network that are no fragments."""
    drawn = nx.Graph()
    for u, v, metres in zip(town.u.tolist(), town.v.tolist(), town.length_m.tolist(), strict=True):
        drawn.add_edge(u, v, m=metres)
    parts = nx.connected_components(drawn)
    return {n for part in parts if drawn.subgraph(part).size("m") >= FRAGMENT_M for n in part}


def test_a_fragment_is_passed_over_where_a_street_of_a_larger_part_is_near() -> None:
    # a street of 6 km, a footway 80 m beside it that nothing joins, and one 300 m away
    town = streets([0, 6000, 100, 200, 100, 200], [0, 0, 80, 80, 300, 300], [(0, 1), (2, 3), (4, 5)])
    points = np.array([[150.0, 70.0], [150.0, 290.0], [1000.0, 0.0]])
    for tied in (network.tie(town, points), network.tie_to(network.prepare(town), points)):
        assert tied.connector_m == pytest.approx([70, 10, 0])
        assert tied.street_m == pytest.approx([6000, 100, 6000])
        metres = network.nearest(tied, np.array([2]))[0]
        assert metres == pytest.approx([70 + 850, np.inf, 0])
