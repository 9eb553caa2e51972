"""A made-up county as the files that its publishers would give: everything that `siteselect rank` reads, from nothing.

    .venv/bin/python benchmarks/made_up_county.py FOLDER [--scale 1] [--without-terrain]

Scale 1 is 185,000 parcels on 80 x 60 km over the streets of benchmarks/county.py; the same scale gives the same files.
What is there already is left as it is.  FOLDER gets place.toml and, in raw/: parcels.gpkg (outlines in State Plane
feet, as an assessor gives them, a few rows broken on purpose), streets.osm.pbf, gtfs.zip, fifteen kinds of place as CSV
and GeoJSON, four hazards, people.csv, elevation.tif and boundary.geojson.
"""

import argparse
import csv
import io
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import county

CRS, FEET = "EPSG:26910", "EPSG:2226"
ORIGIN = np.array([480_000.0, 4_230_000.0])  # metres: the county lies where Sonoma does
KINDS = (
    "hospital", "library", "senior-center", "community-college", "pool", "post-office", "clinic", "pharmacy",
    "child-care", "school", "grocery", "park", "bank", "playground", "cafe",
)  # fmt: skip
OWNERS = (
    ("PRIVATE", "private", 0.955), ("COUNTY", "county", 0.012), ("CITY OR TOWN", "city", 0.015),
    ("STATE OF CALIFORNIA", "state", 0.006), ("UNITED STATES", "federal", 0.004),
    ("SCHOOL DISTRICT", "other-public", 0.006), ("", "", 0.0015), ("SEE REMARKS", "", 0.0005),
)  # fmt: skip
ZONES = (("R1", 8.0), ("R2", 14.0), ("R3", 30.0), ("C1", 24.0), ("AG", 0.1), ("PF", np.nan), ("M1", np.nan))
STATUS = ("vacant", "in use", "parking", "in use: office", "leased")
TOWNS = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "unincorporated")
HAZARDS = (("flood", 2500, 25, 60.0), ("fire_hazard", 500, 60, 400.0), ("fault_zone", 120, 40, 80.0),
           ("liquefaction", 1500, 12, 250.0))  # fmt: skip
ACRE_M2 = 4046.8564224
ROUTES = 60
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def write(folder: Path, scale: float = 1.0, terrain: bool = True) -> Path:
    """Write the county's files into a folder (what is there is left); gives its place file."""
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    made = county.make(scale)
    chance = np.random.default_rng(11)
    land = np.array([80_000.0, 60_000.0]) * np.sqrt(scale)
    parts = {
        "boundary.geojson": lambda path: _boundary(path, land),
        "parcels.gpkg": lambda path: _parcels(path, made, chance),
        "streets.osm.pbf": lambda path: _streets(path, made),
        "gtfs.zip": lambda path: _timetable(path, made, scale),
        "people.csv": lambda path: _people(path, made, land),
        **{f"{kind}.{_ending(i)}": _places_of(i, made) for i, kind in enumerate(KINDS)},
        **{f"{name}.gpkg": _zones_of(i, scale, land) for i, (name, *_) in enumerate(HAZARDS)},
    }
    if terrain:
        parts["elevation.tif"] = lambda path: _terrain(path, scale)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00Z"})  # or a GeoPackage tells the time
    for name, make in parts.items():
        if not (raw / name).exists():
            beside = raw / f"new-{name}"
            make(beside)
            beside.rename(raw / name)
    place = folder / "place.toml"
    place.write_text(_place(terrain), encoding="utf-8")
    return place


def _degrees(xy: np.ndarray) -> np.ndarray:
    """Metres of the county as longitude and latitude."""
    turn = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    return np.column_stack(turn.transform(*(xy + ORIGIN).T))


def _boundary(path: Path, land: np.ndarray) -> None:
    square = shapely.segmentize(shapely.box(*(ORIGIN - 600), *(ORIGIN + land + 600)), 2000)
    table = gpd.GeoDataFrame({"name": ["Made-up County"]}, geometry=[square], crs=CRS).to_crs("EPSG:4326")
    pyogrio.write_dataframe(table, path, driver="GeoJSON", RFC7946="YES")


def _parcels(path: Path, made: county.County, chance: np.random.Generator) -> None:
    """Outlines with four to eight corners, an assessor's columns, and a few rows as real files have them."""
    count = len(made.parcels)
    corners, at = chance.integers(4, 9, count), made.parcels + ORIGIN
    radius = np.clip(chance.lognormal(np.log(16), 0.5, count), 6, 400)
    steps = np.arange(corners.sum()) - np.repeat(np.cumsum(corners) - corners, corners)
    angle = 2 * np.pi * steps / np.repeat(corners, corners) + np.repeat(chance.uniform(0, 6.28, count), corners)
    reach = np.repeat(radius, corners) * chance.uniform(0.8, 1.2, len(angle))
    ring = np.repeat(at, corners, axis=0) + np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None]
    shapes = shapely.polygons(shapely.linearrings(ring, indices=np.repeat(np.arange(count), corners)))
    number = chance.permutation(count) + 10_000_000
    digits = np.array([f"{n // 100_000:03d}-{n // 100 % 1000:03d}-{n % 100:02d}0-000" for n in number], object)
    owner = chance.choice(len(OWNERS), count, p=[share for _, _, share in OWNERS])
    zone, acres = chance.integers(0, len(ZONES), count), shapely.area(shapes) / ACRE_M2
    acres *= np.where(chance.random(count) < 0.01, 1.6, chance.normal(1, 0.02, count))
    table = pd.DataFrame({
        "APN": digits, "OWNER_TYPE": np.array([o for o, _, _ in OWNERS], object)[owner],
        "ACRES": np.round(acres, 4), "ZONING": np.array([z for z, _ in ZONES], object)[zone],
        "DU_ACRE": np.array([d for _, d in ZONES])[zone],
        "STATUS": chance.choice(STATUS, count, p=[0.3, 0.5, 0.1, 0.05, 0.05]),
        "CITY": chance.choice(TOWNS, count),
        "SITUS": [f"{n} {TOWNS[n % 6]} {('ST', 'AVE', 'RD', 'LN')[n % 4]}" for n in chance.integers(100, 9999, count)],
    })  # fmt: skip
    some = chance.permutation(count)[: max(40, count // 4000)]  # in every place the same kinds of trouble
    shapes[some[0::8]] = None
    x, y = shapely.get_x(shapely.centroid(shapes[some[1::8]])), shapely.get_y(shapely.centroid(shapes[some[1::8]]))
    bow = np.stack([x, y, x + 40, y + 40, x + 40, y, x, y + 40, x, y], -1).reshape(-1, 5, 2)
    shapes[some[1::8]] = shapely.polygons(bow)
    shapes[some[2::8]] = shapely.transform(shapes[some[2::8]], lambda xy: xy + np.array([0.0, 400_000.0]))
    table.loc[some[3::8], "APN"] = ""
    table.loc[some[4::8], "APN"] = table.loc[some[5::8][: len(some[4::8])], "APN"].to_numpy()[: len(some[4::8])]
    table.loc[some[6::8], "ACRES"] = -1.0
    table.loc[some[7::8], "ACRES"] = 1e9
    feet = gpd.GeoDataFrame(table, geometry=shapes, crs=CRS).to_crs(FEET)
    pyogrio.write_dataframe(feet, path, layer="parcels", driver="GPKG", use_arrow=True)


def _streets(path: Path, made: county.County) -> None:
    import osmium

    where = _degrees(made.xy)
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for i, (lon, lat) in enumerate(where.tolist(), 1):
            writer.add_node(osmium.osm.mutable.Node(id=i, location=(lon, lat), version=1))
        for i, (u, v) in enumerate(zip((made.u + 1).tolist(), (made.v + 1).tolist(), strict=True), 1):
            kind = "motorway" if i % 500 == 0 else ("residential", "footway", "tertiary")[i % 3]
            writer.add_way(osmium.osm.mutable.Way(id=i, nodes=[u, v], tags={"highway": kind}, version=1))


def _timetable(path: Path, made: county.County, scale: float) -> None:
    """Sixty routes both ways along bent lines, every half hour; one of them is a train."""
    chance = np.random.default_rng(5)
    routes = max(4, round(ROUTES * scale))
    stops, times, trips = [], [], []
    for route in range(routes):
        begin, end = made.parcels[chance.integers(0, len(made.parcels), 2)]
        count = int(np.clip(np.hypot(*(end - begin)) / 700, 8, 40))
        along = np.linspace(0, 1, count)[:, None]
        line = begin + along * (end - begin) + chance.normal(0, 150, (count, 2))
        ids = [f"s{route}-{i}" for i in range(count)]
        where = enumerate(zip(ids, _degrees(line).tolist(), strict=True))
        stops += [(i, f"{TOWNS[route % 6]} {route} and {n}", *lonlat) for n, (i, lonlat) in where]
        ride_s = np.concatenate([[0], np.cumsum(np.maximum(np.hypot(*np.diff(line, axis=0).T) / 8, 30))]).astype(int)
        for way in (0, 1):
            called = ids if way == 0 else ids[::-1]
            ridden = ride_s if way == 0 else ride_s[-1] - ride_s[::-1]
            for number, start in enumerate(range(6 * 3600 + 60 * int(chance.integers(0, 30)), 22 * 3600, 1800)):
                trip = f"t{route}-{way}-{number}"
                trips.append((f"r{route}", "weekday" if number % 5 else "daily", trip, way))
                calls = enumerate(zip(called, ridden, strict=True))
                times += [(trip, *[_clock(start + int(s))] * 2, stop, i) for i, (stop, s) in calls]
    tables = {
        "agency.txt": (("agency_id", "agency_name", "agency_url", "agency_timezone"),
                       [("made-up", "Made-up Transit", "https://example.org", "America/Los_Angeles")]),
        "routes.txt": (("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
                       [(f"r{r}", "made-up", str(r), "", 2 if r == 0 else 3) for r in range(routes)]),
        "calendar.txt": (("service_id", *DAYS, "start_date", "end_date"),
                         [("weekday", 1, 1, 1, 1, 1, 0, 0, 20260101, 20261231),
                          ("daily", 1, 1, 1, 1, 1, 1, 1, 20260101, 20261231)]),
        "stops.txt": (("stop_id", "stop_name", "stop_lon", "stop_lat"), stops),
        "trips.txt": (("route_id", "service_id", "trip_id", "direction_id"), trips),
        "stop_times.txt": (("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"), times),
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (header, rows) in tables.items():
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([header, *rows])
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text.getvalue(), zipfile.ZIP_DEFLATED)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _ending(number: int) -> str:
    return "csv" if number % 2 else "geojson"


def _places_of(number: int, made: county.County):  # type: ignore[no-untyped-def]
    def make(path: Path) -> None:
        where = _degrees(made.places[number])
        ids = [f"{KINDS[number]}-{i}" for i in range(len(where))]
        table = pd.DataFrame({"id": ids, "name": [f"{KINDS[number]} no. {i}" for i in range(len(where))]})
        table["address"] = [f"{100 + i} Main St" for i in range(len(where))]
        if _ending(number) == "csv":
            table.assign(lon=np.round(where[:, 0], 6), lat=np.round(where[:, 1], 6)).to_csv(path, index=False)
        else:
            gdf = gpd.GeoDataFrame(table, geometry=shapely.points(where), crs="EPSG:4326")
            pyogrio.write_dataframe(gdf, path, driver="GeoJSON", RFC7946="YES")

    return make


def _zones_of(number: int, scale: float, land: np.ndarray):  # type: ignore[no-untyped-def]
    """One hazard's zones: what lies within some metres of lines that wander about."""

    def make(path: Path) -> None:
        name, count, corners, width = HAZARDS[number]
        chance = np.random.default_rng(20 + number)
        count = max(6, int(count * scale))
        heading = np.cumsum(chance.normal(0, 0.35, (count, corners)), axis=1) + chance.uniform(0, 6.28, (count, 1))
        step = np.stack([np.cos(heading), np.sin(heading)], -1) * chance.uniform(60, 250, (count, 1, 1))
        lines = chance.uniform(0, 1, (count, 1, 2)) * land + np.cumsum(step, axis=1) + ORIGIN
        wide = width * chance.uniform(0.5, 2.0, count)
        areas = shapely.buffer(shapely.linestrings(lines), wide, quad_segs=4)
        table = gpd.GeoDataFrame({"ZONE": [f"{name} {i}" for i in range(count)]}, geometry=areas, crs=CRS)
        pyogrio.write_dataframe(table.to_crs("EPSG:4326"), path, layer=name, driver="GPKG", use_arrow=True)

    return make


def _people(path: Path, made: county.County, land: np.ndarray) -> None:
    """Cells of 400 m; people where parcels are."""
    cell_m = 400.0
    wide, high = np.ceil(land / cell_m).astype(int)
    at = np.clip((made.parcels // cell_m).astype(int), 0, [wide - 1, high - 1])
    homes = np.bincount(at[:, 1] * wide + at[:, 0], minlength=wide * high)
    middle = np.stack(np.meshgrid(np.arange(wide), np.arange(high)), -1).reshape(-1, 2) * cell_m + cell_m / 2
    where = _degrees(middle)
    jobs = np.random.default_rng(8).poisson(homes * 0.8)
    cells = [f"c{i}" for i in range(len(middle))]
    table = pd.DataFrame({"cell": cells, "people": np.round(homes * 2.6).astype(int), "jobs": jobs})
    table.assign(lon=np.round(where[:, 0], 6), lat=np.round(where[:, 1], 6)).to_csv(path, index=False)


def _terrain(path: Path, scale: float) -> None:
    """5,000 x 5,000 cells of 16.4 m (fewer at a smaller scale): hills of several sizes, in metres."""
    import rasterio
    from rasterio.transform import from_origin
    from scipy.ndimage import zoom

    side, chance = max(200, int(5000 * np.sqrt(scale))), np.random.default_rng(9)
    heights = np.zeros((side, side), np.float32)
    for cells, high_m in ((5, 300.0), (21, 90.0), (101, 20.0)):
        rough = chance.normal(0, high_m, (cells, cells))
        heights += zoom(rough, side / cells, order=3)[:side, :side].astype(np.float32)
    cell_m = (80_000 * np.sqrt(scale) + 2000) / side
    west, north = ORIGIN[0] - 1000, ORIGIN[1] - 1000 + cell_m * side
    profile = {"driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "float32", "crs": CRS,
               "transform": from_origin(west, north, cell_m, cell_m), "nodata": -9999.0,
               "tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "predictor": 3}  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        out.write(heights, 1)


def _place(terrain: bool) -> str:
    owners = "\n".join(f'"{said}" = "{kind}"' for said, kind, _ in OWNERS if kind)
    told = 'source = "made up"\nlicence = "CC0"\nas_of = "2026-01-01"\n'
    text = f"""# Made by benchmarks/made_up_county.py: nothing in it is real.
id = "made-up-county"
name = "Made-up County"
crs = "{CRS}"
data = "raw"
policy = "housing-near-transit-and-services"
day = 2026-03-03
hours = {{ from = "07:00", to = "19:00" }}
sketch = "MADE UP: nothing in this county is real."

[[sites]]
name = "parcels"
path = "parcels.gpkg"
{told}label = "SITUS"
apn = "APN"
jurisdiction = "CITY"
owner = "OWNER_TYPE"
area = "ACRES"
density = "DU_ACRE"
zoning = "ZONING"
status = "STATUS"
[sites.owners]
{owners}

[boundary]
name = "boundary"
path = "boundary.geojson"
label = "name"
{told}
[streets]
name = "streets"
path = "streets.osm.pbf"
{told}method = "walk along made-up streets"

[[feeds]]
name = "made-up-transit"
path = "gtfs.zip"
{told}
[people]
name = "people"
path = "people.csv"
{told}id = "cell"
people = "people"
jobs = "jobs"
lon = "lon"
lat = "lat"
"""
    for i, kind in enumerate(KINDS):
        where = 'lon = "lon"\nlat = "lat"\n' if _ending(i) == "csv" else ""
        text += f'\n[[services]]\nname = "{kind}s"\npath = "{kind}.{_ending(i)}"\n{told}id = "id"\nlabel = "name"\n'
        text += f'address = "address"\n{where}category = "{kind}"\n'
    for name, *_ in HAZARDS:
        text += f'\n[[hazards]]\nname = "{name}"\nhazard = "{name}"\npath = "{name}.gpkg"\n{told}label = "ZONE"\n'
    if terrain:
        text += f'\n[terrain]\nname = "elevation"\npath = "elevation.tif"\n{told}'
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--without-terrain", action="store_true")
    asked = parser.parse_args()
    print(write(asked.folder, asked.scale, not asked.without_terrain))


if __name__ == "__main__":
    main()
