"""Write the sketched street grid of the demonstration pack: a stand-in for streets, not real streets.

Run `python data/raw/demo/make_sketch_streets.py [FILE]`; without FILE it writes sketch_streets.osm.pbf beside itself.
The same program always gives the same bytes.
"""

import sys
from math import cos, radians
from pathlib import Path

import osmium

SPACING_M = 200
METRES_PER_DEGREE = 111_195  # on a sphere of 6,371 km: good enough for a sketch
TAGS = {"highway": "residential", "name": "Sketched grid, not a real street", "note": "sketch"}

# town, longitude and latitude of the middle, half the side in steps of SPACING_M
GRIDS = (
    ("Santa Rosa", -122.725, 38.456, 22),
    ("Los Guilicos", -122.581, 38.440, 10),
    ("Rohnert Park and Cotati", -122.704, 38.349, 14),
    ("Petaluma", -122.642, 38.244, 14),
    ("Sebastopol", -122.827, 38.402, 10),
    ("Healdsburg", -122.868, 38.614, 10),
    ("Windsor", -122.813, 38.546, 10),
    ("Sonoma", -122.463, 38.289, 10),
    ("Cloverdale", -123.016, 38.802, 10),
    ("Guerneville", -122.997, 38.508, 10),
    ("Forestville", -122.889, 38.474, 10),
    ("Eldridge and Glen Ellen", -122.521, 38.348, 11),
)


def grid(lon: float, lat: float, half_steps: int) -> list[list[tuple[float, float]]]:
    """Give the rows, south to north, of a square grid of points (lon, lat) round a middle."""
    step_lat = SPACING_M / METRES_PER_DEGREE
    step_lon = step_lat / cos(radians(lat))
    steps = range(-half_steps, half_steps + 1)
    return [[(round(lon + i * step_lon, 6), round(lat + j * step_lat, 6)) for i in steps] for j in steps]


def write(path: Path) -> None:
    """Write every grid to path: a way along each row and each column."""
    nodes: list[tuple[int, tuple[float, float]]] = []
    ways: list[list[int]] = []
    for _, lon, lat, half_steps in GRIDS:
        points = grid(lon, lat, half_steps)
        side, first = len(points), len(nodes) + 1
        nodes.extend((first + n, point) for n, point in enumerate(p for row in points for p in row))
        ids = [list(range(first + j * side, first + (j + 1) * side)) for j in range(side)]
        ways.extend(ids)
        ways.extend([list(column) for column in zip(*ids, strict=True)])
    beside = path.with_name("writing-" + path.name)  # the suffix tells osmium the format
    beside.unlink(missing_ok=True)
    header = osmium.io.Header()
    header.set("generator", "make_sketch_streets.py")
    writer = osmium.SimpleWriter(str(beside), header=header)
    for node_id, point in nodes:
        writer.add_node(osmium.osm.mutable.Node(id=node_id, version=1, location=point))
    for n, refs in enumerate(ways, start=1):
        writer.add_way(osmium.osm.mutable.Way(id=n, version=1, nodes=refs, tags=TAGS))
    writer.close()
    beside.replace(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("sketch_streets.osm.pbf"))
