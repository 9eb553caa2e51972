"""An invented town as the files a planner would have: a one-kilometre grid, four sites, three stops, two clinics.

In metres east and north of its south-west corner (EPSG:26910):

    streets   every 100 m from 0 to 1,000, both ways
    sites     east-side (100, 100) county, 60 m square outline; north (900, 900) city, a point; mid (500, 500) private;
              far (3000, 500) county, 2 km from any street
    stops     S1 (200, 100), S2 (500, 500), S3 (900, 1000)
    bus       S1 to S2 each half hour 07:00-18:30; S3 to S1 by S2 each hour 07:00-18:00; weekdays of 2026
    clinics   K1 (100, 400), K2 (900, 700)
    fault     everything west of 115 m
"""

import json
from pathlib import Path

from pyproj import Transformer

CORNER = (525000.0, 4254000.0)
DAY = "2026-03-03"  # a Tuesday
_DEGREES = Transformer.from_crs("EPSG:26910", "EPSG:4326", always_xy=True)


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a point of the town."""
    lon, lat = _DEGREES.transform(CORNER[0] + x, CORNER[1] + y)
    return round(lon, 9), round(lat, 9)


def ring(*corners: tuple[float, float]) -> list[list[tuple[float, float]]]:
    """A closed outline in degrees."""
    return [[lonlat(*c) for c in (*corners, corners[0])]]


def write(folder: Path) -> Path:
    """Write the town's files and its place file into a folder; gives the place file."""
    data = folder / "town"
    data.mkdir(parents=True)
    _streets(data / "streets.osm")
    _timetable(data / "bus")
    table(
        data / "clinics.csv",
        "id,name,lon,lat",
        [("K1", "West Clinic", *lonlat(100, 400)), ("K2", "East Clinic", *lonlat(900, 700))],
    )
    sites: list[tuple[object, ...]] = [
        ("east-side", "100-000-001-000", "County", 0.9, *lonlat(100, 100)),
        ("north", "100-000-002-000", "City", 1.0, *lonlat(900, 900)),
        ("mid", "100-000-003-000", "Private", 1.0, *lonlat(500, 500)),
        ("far", "100-000-004-000", "County", 1.0, *lonlat(3000, 500)),
    ]
    table(data / "sites.csv", "id,apn,owner,acres,lon,lat", sites)
    square = ring((70, 70), (130, 70), (130, 130), (70, 130))
    features(data / "parcels.geojson", [({"APN": "100-000-001"}, square)])
    features(
        data / "fault.geojson", [({"name": "the fault"}, ring((-500, -500), (115, -500), (115, 1500), (-500, 1500)))]
    )
    features(
        data / "boundary.geojson", [({"name": "Town"}, ring((-500, -500), (3500, -500), (3500, 1500), (-500, 1500)))]
    )
    place = folder / "town.toml"
    place.write_text(PLACE, encoding="utf-8")
    return place


def table(path: Path, header: str, rows: list[tuple[object, ...]]) -> None:
    """A CSV."""
    path.write_text("\n".join([header, *(",".join(str(c) for c in row) for row in rows)]) + "\n", encoding="utf-8")


def features(path: Path, rows: list[tuple[dict[str, object], list[list[tuple[float, float]]]]]) -> None:
    """A GeoJSON of polygons."""
    found = [{"type": "Feature", "properties": p, "geometry": {"type": "Polygon", "coordinates": c}} for p, c in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": found}), encoding="utf-8")


def _streets(path: Path) -> None:
    nodes, ways = [], []
    for i in range(11):
        for j in range(11):
            lon, lat = lonlat(i * 100, j * 100)
            nodes.append(f'<node id="{1 + i * 11 + j}" lat="{lat}" lon="{lon}" version="1"/>')
    lines = [[1 + i * 11 + j for j in range(11)] for i in range(11)] + [
        [1 + i * 11 + j for i in range(11)] for j in range(11)
    ]
    for number, line in enumerate(lines, 1):
        inner = "".join(f'<nd ref="{n}"/>' for n in line)
        ways.append(f'<way id="{number}" version="1">{inner}<tag k="highway" v="residential"/></way>')
    ways.append('<way id="99" version="1"><nd ref="1"/><nd ref="121"/><tag k="highway" v="motorway"/></way>')
    path.write_text(f'<osm version="0.6">{"".join(nodes)}{"".join(ways)}</osm>', encoding="utf-8")


def _timetable(folder: Path) -> None:
    folder.mkdir()
    table(
        folder / "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone",
        [("T", "Town Bus", "http://t.example", "America/Los_Angeles")],
    )
    stops = [
        ("S1", "South", *lonlat(200, 100)),
        ("S2", "Middle", *lonlat(500, 500)),
        ("S3", "North", *lonlat(900, 1000)),
    ]
    table(folder / "stops.txt", "stop_id,stop_name,stop_lat,stop_lon", [(s, n, lat, lon) for s, n, lon, lat in stops])
    table(
        folder / "routes.txt",
        "route_id,agency_id,route_short_name,route_type",
        [("1", "T", "1", 3), ("2", "T", "2", 3)],
    )
    week = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
    days = [("W", 1, 1, 1, 1, 1, 0, 0, "20260101", "20261231")]
    table(folder / "calendar.txt", f"service_id,{week},start_date,end_date", days)
    trips, times = [], []
    for minute in range(7 * 60, 19 * 60, 30):
        trip = f"a{minute}"
        trips.append(("1", "W", trip))
        times += [
            (trip, _clock(minute), _clock(minute), "S1", 1),
            (trip, _clock(minute + 10), _clock(minute + 10), "S2", 2),
        ]
    for minute in range(7 * 60, 19 * 60, 60):
        trip = f"b{minute}"
        trips.append(("2", "W", trip))
        times += [
            (trip, _clock(minute + 10 * k), _clock(minute + 10 * k), s, k) for k, s in enumerate(("S3", "S2", "S1"))
        ]
    table(folder / "trips.txt", "route_id,service_id,trip_id", trips)
    table(folder / "stop_times.txt", "trip_id,arrival_time,departure_time,stop_id,stop_sequence", times)


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}:00"


PLACE = """\
id = "town"
name = "Invented Town"
crs = "EPSG:26910"
data = "town"
policy = "housing-near-transit-and-services"
day = 2026-03-03
hours = { from = "07:00", to = "19:00" }

[[sites]]
name = "sites"
path = "sites.csv"
source = "invented"
licence = "none needed"
as_of = "2026-01-01"
id = "id"
label = "id"
apn = "apn"
owner = "owner"
owners = { County = "county", City = "city", Private = "private" }
area = "acres"
area_unit = "acres"
lon = "lon"
lat = "lat"

[parcels]
name = "parcels"
path = "parcels.geojson"
source = "invented"
licence = "none needed"
apn = "APN"

[boundary]
name = "boundary"
path = "boundary.geojson"
source = "invented"
licence = "none needed"

[streets]
name = "streets"
path = "streets.osm"
source = "invented"
licence = "none needed"
method = "walk along the invented streets"

[[feeds]]
name = "town-bus"
path = "bus"
source = "Town Bus"
licence = "none needed"

[[services]]
name = "clinics"
path = "clinics.csv"
source = "invented"
licence = "none needed"
as_of = "2026-01-01"
category = "clinic"
id = "id"
label = "name"
lon = "lon"
lat = "lat"

[[hazards]]
name = "fault zones"
path = "fault.geojson"
source = "invented"
licence = "none needed"
hazard = "fault_zone"
"""
