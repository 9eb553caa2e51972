"""A small made-up timetable: six stops on a line, one tram, one bus that laps over midnight, one shuttle by headway."""

import zipfile
from pathlib import Path

# A, B, C lie 0.001 degrees apart; P is a platform of the station S, whose entrance is E; nobody ever stops at Z
FILES = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nT,Town,http://t.example,America/Los_Angeles\n",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
A,Alder,38.400,-122.7,0,
B,Birch,38.401,-122.7,,
C,Cedar,38.402,-122.7,0,
P,Platform 2,38.403,-122.7,0,S
S,Central Station,38.403,-122.7,1,
E,Entrance,38.403,-122.7,2,S
Z,Nowhere,38.404,-122.7,0,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type
r10,T,10,,3
r2,T,2,,3
tram,T,,Harbour Line,900
""",
    "trips.txt": """\
trip_id,route_id,service_id,direction_id,trip_headsign
ten,r10,W,0,Cedar
two,r2,W,1,Alder
night,r10,W,,Cedar
rail,tram,X,0,Central
shuttle,r2,W,0,Birch
""",
    # ten: 08:00 to 08:20 with B in between; night passes midnight; P is the tram's second stop
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,shape_dist_traveled
ten,8:00:00,8:00:00,A,0,0,0,0
ten,,,B,5,,,250
ten,8:20:00,8:20:00,C,9,0,0,1000
two,09:00:00,09:01:00,C,1,0,0,
two,09:10:00,09:10:00,B,2,1,0,
two,09:20:00,09:20:00,A,3,0,0,
night,23:50:00,23:50:00,A,1,0,0,
night,24:10:00,24:10:00,B,2,0,0,
night,25:30:00,25:30:00,C,3,0,0,
rail,10:00:00,10:00:00,C,1,0,0,
rail,10:05:00,10:06:00,P,2,0,0,
rail,10:15:00,10:15:00,A,3,0,0,
shuttle,06:00:00,06:00:00,A,1,0,0,
shuttle,06:04:00,06:05:00,B,2,0,0,
shuttle,06:09:00,06:09:00,C,3,0,0,
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
W,1,1,1,1,1,0,0,20260202,20260313
""",
    # X runs on two days by exceptions alone; W does not run on Monday 16 February
    "calendar_dates.txt": "service_id,date,exception_type\nX,20260303,1\nX,20260307,1\nW,20260216,2\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nshuttle,12:00:00,13:00:00,1200,0\n",
}


def write(folder: Path, **changes: str | bytes | None) -> Path:
    """Write the feed into a folder; `changes` are by table (stops=...), None leaves a table out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (FILES | {f"{table}.txt": text for table, text in changes.items()}).items():
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def changed(table: str, *replacements: tuple[str, str]) -> str:
    """A table's text with parts replaced; each part must be there."""
    text = FILES[f"{table}.txt"]
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text


def zipped(path: Path, prefix: str = "", **extra: bytes) -> Path:
    """Write the feed as a zip, its members under `prefix`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in FILES.items():
            archive.writestr(prefix + name, text)
        for name, data in extra.items():
            archive.writestr(name, data)
    return path
