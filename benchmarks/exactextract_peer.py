"""exactextract (Apache-2.0) in the benchmark's own environment: a line of JSON in is a question, a line out the answer.

Nothing of this project is imported here.
"""

import json
import resource
import sys
import time

import geopandas as gpd
import numpy as np
import shapely
from exactextract import exact_extract

if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr
    parcels = None
    for line in sys.stdin:
        asked = json.loads(line)
        if parcels is None:
            kept = np.load(asked["parcels"])
            shapes = shapely.from_ragged_array(
                shapely.GeometryType.MULTIPOLYGON, kept["corners"], (kept["rings"], kept["parts"], kept["shapes"])
            )
            parcels = gpd.GeoDataFrame(geometry=shapes, crs=asked["crs"])
        began = time.perf_counter()
        found = exact_extract(asked["slope"], parcels, ["mean"], strategy=asked["strategy"], output="pandas")
        took = time.perf_counter() - began
        np.save(asked["means"], found["mean"].to_numpy())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": took, "peak_mb": round(peak)}), file=out, flush=True)
