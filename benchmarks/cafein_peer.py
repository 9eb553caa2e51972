"""cafein (MIT) in the benchmark's own environment: a line of JSON in is a question, a line out is how long it took.

Started by `peers.Cafein`; nothing of this project is imported here.
"""

import datetime as dt
import json
import sys
import time

import numpy as np
from cafein.network import TransportNetwork

network = None


def load(feeds, transfers=None, day=None, **options):
    """Read the feeds; `transfers` is an npz with the closed footpaths (origin, target: stop ids; seconds; metres)."""
    global network
    network = TransportNetwork.from_gtfs(feeds, trip_distances=False, leg_geometries=False, **options)
    if transfers:
        paths = np.load(transfers)
        columns = (paths[name].tolist() for name in ("origin", "target", "seconds", "metres"))
        network.set_transfers(list(zip(*columns, strict=True)))
    if day:
        network.compute_tbtr_transfers(day)
    return {"stops": [stop[0] for stop in network.stops]}


def matrix(origins, departure, minutes, percents, router, save=None, **options):
    """Travel times from stop ids to all stops, or between points [id, lon, lat]."""
    if not isinstance(origins[0], str):
        import geopandas as gpd

        ids, lon, lat = zip(*origins, strict=True)
        origins = gpd.GeoDataFrame({"id": ids}, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    window = dt.timedelta(minutes=minutes)
    began, busy = time.perf_counter(), time.process_time()
    found = network.travel_time_matrix(
        origins, departure, departure_time_window=window, percentiles=percents, router=router, **options
    )
    took = {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - busy}
    if save:
        np.save(save, found)
    return took


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"load": load, "matrix": matrix}[asked.pop("do")](**asked)), file=out, flush=True)
