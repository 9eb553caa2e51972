"""How long a search for a bed takes, on SQLite and on PostGIS: prints medians in ms.

python benchmarks/search.py FILE...   loads the files into a throwaway SQLite store, and into the empty PostGIS database
that TEST_DATABASE_URL names (if it does), and asks each 300 questions.  By default the demonstration pack is loaded.
"""

import datetime as dt
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from resources import load, search
from resources.errors import PlaceNotFound
from resources.records import TIME_ZONE
from resources.store import open_store

PACK = Path(__file__).resolve().parents[1] / "data" / "raw" / "demo"
NIGHT = dt.datetime(2024, 1, 26, 17, 10, tzinfo=TIME_ZONE)
TYPED = (
    "Petaluma",
    "420 E Cotati Ave, Cotati",
    "6th Street, Petaluma",
    "Main Street, Guerneville",
    "1 Nowhere Rd, Petaluma",
)


def main() -> None:
    names = ("housing_inventory_2024.csv", "gazetteer.csv", "addresses.csv", "offices.csv")
    files = [Path(name) for name in sys.argv[1:]] or [PACK / name for name in names]
    with tempfile.TemporaryDirectory() as folder:
        stores = {"SQLite": f"sqlite:///{folder}/store.sqlite"}
        if url := os.environ.get("TEST_DATABASE_URL"):
            stores["PostGIS"] = url
        for name, url in stores.items():
            measure(name, url, files)


def measure(name: str, url: str, files: list[Path]) -> None:
    engine = open_store(url)
    start = time.perf_counter()
    load.files(engine, files, counted_on=NIGHT.date())
    print(f"{name}: load {time.perf_counter() - start:.1f} s")
    chance = random.Random(1)
    points = [search.Origin(chance.uniform(-123.0, -122.4), chance.uniform(38.2, 38.8)) for _ in range(300)]
    report(name, "everything by distance", [timed(engine, origin=p) for p in points])
    report(name, "within 10 km, open", [timed(engine, origin=p, radius_m=10_000.0, open_only=True) for p in points])
    found = []
    for text in TYPED * 60:
        start = time.perf_counter()
        try:
            search.place(engine, text)
        except PlaceNotFound:
            continue
        found.append((time.perf_counter() - start) * 1000)
    report(name, "a typed address or place", found)
    engine.dispose()


def timed(engine: object, **question: object) -> float:
    start = time.perf_counter()
    search.near(engine, search.Question(as_of=NIGHT, limit=20, **question))
    return (time.perf_counter() - start) * 1000


def report(store: str, what: str, took_ms: list[float]) -> None:
    if took_ms:
        slow = sorted(took_ms)[int(len(took_ms) * 0.95)]
        print(f"{store}: {what}: median {statistics.median(took_ms):.1f} ms, 95 in 100 under {slow:.1f} ms")


if __name__ == "__main__":
    main()
