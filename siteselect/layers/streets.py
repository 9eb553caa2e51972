"""Streets that can be walked, from OpenStreetMap files or from graphs that OSMnx saved."""

from array import array
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyproj import Transformer

from siteselect.errors import ConfigError, FileRefused
from siteselect.layers.ledger import Ledger, Report
from siteselect.layers.on_foot import direction, stops_people, why_not_walkable

OSM_ENDINGS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")


@dataclass(frozen=True)
class Streets:
    """Straight pieces of street: nodes x, y in metres of the place's system; pieces u, v (node numbers).

    `method` says in words what a walk over them is, for every figure that comes from them.  `one_way`: of each piece,
    whether it may be walked from u to v only; None where all may be walked both ways.
    """

    x: np.ndarray
    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    method: str
    report: Report
    one_way: np.ndarray | None = None

    @property
    def length_m(self) -> np.ndarray:
        """Length of each piece, metres."""
        metres: np.ndarray = np.hypot(self.x[self.u] - self.x[self.v], self.y[self.u] - self.y[self.v])
        return metres


def read(path: Path, options: dict[str, Any], crs: str, name: str = "streets") -> Streets:
    """The walkable streets of a file: OSM (.osm, .pbf), an OSMnx .graphml, or an OSMnx table of edges with WKT.

    Options: method (words for the figures), nodes (for tables: the file of nodes, beside the edges), wkt_crs (for
    tables: the system of the geometry), pace ("level", or "slope" for walking minutes that tell uphill from downhill,
    which the pipeline works out).  FileRefused when the file is none of these or has no street to walk on.
    """
    known = {"method", "nodes", "wkt_crs", "pace"}
    if unknown := sorted(set(options) - known):
        raise ConfigError(f"layer {name!r}: unknown option {unknown[0]!r}; streets know {', '.join(sorted(known))}.")
    if options.get("pace", "level") not in ("level", "slope"):
        raise ConfigError(f"layer {name!r}: pace {options['pace']!r} is neither 'level' nor 'slope'.")
    method = str(options.get("method", "walk along the streets"))
    low = path.name.lower()
    if low.endswith(OSM_ENDINGS):
        lon, lat, u, v, ledger, one_way = _from_osm(path, name)
    elif low.endswith(".graphml"):
        lon, lat, u, v, ledger, one_way = _from_graphml(path, name)
    elif low.endswith(".csv"):
        return _from_table(path, name, method, str(options.get("wkt_crs", "EPSG:4326")), crs)
    else:
        raise FileRefused(f"{path}: not a street file; give .osm, .osm.pbf, an OSMnx .graphml or an OSMnx edges .csv.")
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    return _checked(path, np.asarray(x), np.asarray(y), u, v, method, ledger.report(), one_way)


def _barriers(path: Path) -> frozenset[int]:
    """The nodes of a file that nobody on foot gets past."""
    import osmium

    nodes = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(osmium.filter.KeyFilter("barrier"))
    return frozenset(node.id for node in nodes if stops_people(node.tags))


_Found = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Ledger, np.ndarray | None]


def _from_osm(path: Path, name: str) -> _Found:
    import osmium

    tails, heads, lons, lats = array("q"), array("q"), array("d"), array("d")
    ids, one_way = array("q"), array("b")
    closed_ends = 0  # each way ends by itself at a barrier: there it has a node of its own, numbered below zero
    reasons: list[str | None] = []
    try:
        closed = _barriers(path)
        ways = osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            assert isinstance(way, osmium.osm.Way)  # the filter lets nothing else through
            why = why_not_walkable(way.tags)
            places = [n for n in way.nodes if n.location.valid()]
            if why is None and len(places) < 2:
                why = "fewer than two of its nodes are in the file"
            reasons.append(why)
            if why is None:
                way_direction = direction(way.tags)
                if way_direction < 0:
                    places.reverse()
                start, end = [n.ref for n in places], [n.ref for n in places]
                for i, ref in enumerate(start):
                    if ref in closed:
                        closed_ends += 2
                        start[i], end[i] = -closed_ends, 1 - closed_ends
                for refs in (start, end):
                    ids.extend(refs)
                    lons.extend(n.lon for n in places)
                    lats.extend(n.lat for n in places)
                tails.extend(start[:-1])
                heads.extend(end[1:])
                one_way.extend([way_direction != 0] * (len(places) - 1))
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise FileRefused(f"{path}: cannot be read as OpenStreetMap data ({error}); fetch the extract again.") from None
    ledger = Ledger.of_file(name, path.name, len(reasons))
    for why, _ in Counter(r for r in reasons if r).most_common():
        at = [i for i, r in enumerate(reasons) if r == why]
        ledger.reject(at, "highway", why, "nothing to do: people do not walk there", together=True)
    nodes, first = np.unique(np.frombuffer(ids, np.int64), return_index=True)
    u = np.searchsorted(nodes, np.frombuffer(tails, np.int64)).astype(np.int64)
    v = np.searchsorted(nodes, np.frombuffer(heads, np.int64)).astype(np.int64)
    directed = np.frombuffer(one_way, np.bool_)
    return np.frombuffer(lons)[first], np.frombuffer(lats)[first], u, v, ledger, directed if directed.any() else None


def _from_graphml(path: Path, name: str) -> _Found:
    import osmnx

    try:
        graph = osmnx.load_graphml(path)
    except (ValueError, KeyError, SyntaxError) as error:  # an XML ParseError is a SyntaxError
        raise FileRefused(f"{path}: cannot be read as a graph that OSMnx saved ({error}); save it again.") from None
    rows, keep = [], []
    for tail, head, data in graph.edges(data=True):
        highway = data.get("highway")
        why = why_not_walkable({**data, "highway": highway[0] if isinstance(highway, list) else highway})
        if why is None and "geometry" in data:
            line = np.asarray(data["geometry"].coords)
        else:
            ends = [(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in (tail, head)]
            line = np.asarray(ends)
        keep.append(why)
        rows.append(line)
    ledger = Ledger.of_file(name, path.name, len(rows))
    _reject_by_reason(ledger, keep)
    xy, u, v = _pieces([r for r, why in zip(rows, keep, strict=True) if why is None])
    return xy[:, 0], xy[:, 1], u, v, ledger, None


def _from_table(path: Path, name: str, method: str, wkt_crs: str, crs: str) -> Streets:
    """An OSMnx table of edges with a WKT column (its name starts with `geometry`)."""
    import shapely

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileRefused(f"{path}: cannot be read as a table of street edges ({error}).") from None
    geometry = next((c for c in table.columns if c.startswith("geometry")), None)
    if geometry is None:
        raise FileRefused(f"{path}: no column whose name starts with 'geometry'; save the edges with their WKT.")
    ledger = Ledger.of_file(name, path.name, len(table), first_row=2)
    lines = shapely.from_wkt(table[geometry].to_numpy(), on_invalid="ignore")
    keep: list[str | None] = []
    for row, line in zip(table.to_dict("records"), lines, strict=True):
        tags = {key: value for key, value in row.items() if value and isinstance(key, str)}
        keep.append("its geometry is no line" if line is None or line.is_empty else why_not_walkable(tags))
    _reject_by_reason(ledger, keep)
    xy, u, v = _pieces([shapely.get_coordinates(g) for g, why in zip(lines, keep, strict=True) if why is None])
    x, y = Transformer.from_crs(wkt_crs, crs, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return _checked(path, np.asarray(x), np.asarray(y), u, v, method, ledger.report())


def _reject_by_reason(ledger: Ledger, reasons: list[str | None]) -> None:
    for why, _ in Counter(r for r in reasons if r).most_common():
        at = [i for i, r in enumerate(reasons) if r == why]
        ledger.reject(at, "highway", why, "nothing to do: people do not walk there", together=True)


def _pieces(lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines' vertices as nodes (equal coordinates are one node) and the straight pieces between them."""
    if not lines:
        return np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, np.int64)
    xy = np.concatenate(lines)
    ends = np.cumsum([len(line) for line in lines])
    tail = np.ones(len(xy), bool)
    tail[ends - 1] = False
    # a millimetre (or 1e-8 degree) is far below what a surveyor saw and far above what a file format rounds
    nodes, number = np.unique(np.round(xy, 8 if np.abs(xy).max() <= 360 else 3), axis=0, return_inverse=True)
    number = number.reshape(-1)
    at = np.flatnonzero(tail)
    return nodes, number[at], number[at + 1]


def _checked(
    path: Path, x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray, method: str, report: Report,
    one_way: np.ndarray | None = None,
) -> Streets:  # fmt: skip
    if not len(u):
        raise FileRefused(f"{path}: no street that can be walked; is this the right extract?")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise FileRefused(
            f"{path}: some nodes fall outside the place's coordinate system; cut the extract to the place."
        )
    return Streets(x, y, u, v, method, report, one_way)
