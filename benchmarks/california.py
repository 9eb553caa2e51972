"""All of California on paper: how much memory a worker needs, how long N workers take, what that costs.

    .venv/bin/python benchmarks/california.py [--measured benchmarks/measured.json] [--price 0.05] [--json]

Nothing is computed for California itself.  The parts are:

- sizes: 12 million parcels and 10 million street nodes in 58 counties.  Los Angeles (2.4 million) and Sonoma (185,000)
  are taken as given; the rest is shared out by the counties' people in 2020 (benchmarks/california_counties.csv, US
  Census Bureau), nodes by parcels.  ESTIMATES: no list of all counties' parcels was at hand.
- a county's cost: from the measurements (benchmarks/many.py --record), as start + c x size^k, where size is parcels
  plus nodes, start is what the smallest measurement cannot go below, and k and c pass through the two largest.  With
  one measurement k is 1.16: twenty-five times the time at sixteen times the size, the most that is allowed for.
- workers: one county at a time each, the largest first to whoever is free (longest processing time first, which is at
  most a third over the best plan).  The join of the tables comes after, in one process.
- money: a core-hour at --price, an ASSUMPTION; a worker is paid for from the start to the end, idle or not.
"""

import argparse
import csv
import heapq
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PARCELS, NODES = 12_000_000, 10_000_000
EXPONENT = math.log(25) / math.log(16)
WORKERS = (1, 2, 4, 8, 16, 32, 58)
SPARE = 1.25  # a worker's memory over what was measured: made-up counties are smoother than real ones


@dataclass(frozen=True)
class County:
    """A county with its estimated parcels and street nodes."""

    name: str
    parcels: float
    nodes: float

    @property
    def size(self) -> float:
        return self.parcels + self.nodes


@dataclass(frozen=True)
class Cost:
    """start + factor x size^exponent."""

    start: float
    factor: float
    exponent: float

    def of(self, size: float) -> float:
        return self.start + self.factor * size**self.exponent


def counties(file: Path = HERE / "california_counties.csv") -> list[County]:
    """The 58 counties; those whose parcels are given keep them, the others share the rest by their people."""
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    given = {row["county"]: float(row["parcels_known"]) for row in rows if row["parcels_known"]}
    people = {row["county"]: float(row["population_2020"]) for row in rows if row["county"] not in given}
    each = (PARCELS - sum(given.values())) / sum(people.values())
    parcels = given | {name: each * count for name, count in people.items()}
    return [County(row["county"], parcels[row["county"]], parcels[row["county"]] * NODES / PARCELS) for row in rows]


def fitted(measured: list[dict[str, float]], what: str, start: float) -> Cost:
    """The curve of one of the measured figures; `start` is what an empty county would take."""
    points = sorted((one["parcels"] + one["nodes"], max(one[what] - start, 1e-9)) for one in measured)
    size, most = points[-1]
    exponent = EXPONENT
    if len(points) > 1:
        smaller, less = points[-2]
        # more than linear costs are taken as measured; fewer than linear ones are not trusted to go on
        exponent = max(math.log(most / less) / math.log(size / smaller), 1.0)
    return Cost(start, most / size**exponent, exponent)


def wall(seconds: list[float], workers: int) -> float:
    """How long the last of the workers is busy when each takes the largest piece that is left."""
    busy = [0.0] * workers
    for one in sorted(seconds, reverse=True):
        heapq.heapreplace(busy, busy[0] + one)
    return max(busy)


def plan(held: dict[str, Any], price: float) -> dict[str, Any]:
    """The whole table: largest county, memory a worker, and for each number of workers hours and money."""
    start, measured = held["start"], held["measured"]
    time, memory = (fitted(measured, what, start[what]) for what in ("cpu_s", "peak_mb"))
    result_mb = measured[-1]["result_mb"] / measured[-1]["parcels"] * PARCELS
    found = sorted(counties(), key=lambda one: -one.size)
    seconds = [time.of(one.size) for one in found]
    join_s = held["join"]["s_per_million"] * PARCELS / 1e6
    ways = []
    for count in WORKERS:
        hours = (wall(seconds, count) + join_s) / 3600
        ways.append({
            "workers": count, "hours": hours, "core_hours_paid": hours * count, "cost": hours * count * price,
            "memory_gb": count * memory.of(found[0].size) * SPARE / 1e3,
        })  # fmt: skip
    return {
        "counties": [{"county": one.name, "parcels": round(one.parcels, -2), "hours": s / 3600,
                      "memory_gb": memory.of(one.size) / 1e3} for one, s in zip(found, seconds, strict=True)],
        "core_hours": sum(seconds) / 3600, "join_hours": join_s / 3600, "join_mb": held["join"]["peak_mb"],
        "worker_memory_gb": memory.of(found[0].size) * SPARE / 1e3, "result_gb": result_mb / 1e3,
        "time_exponent": time.exponent, "memory_exponent": memory.exponent, "ways": ways,
    }  # fmt: skip


def table(told: dict[str, Any], price: float) -> str:
    """The plan as Markdown."""
    lines = ["| county | parcels (estimate) | hours on one core | memory, GB |", "|---|---|---|---|"]
    for one in [*told["counties"][:8], told["counties"][-1]]:
        lines.append(f"| {one['county']} | {one['parcels']:,.0f} | {one['hours']:.2f} | {one['memory_gb']:.1f} |")
    lines += [
        "",
        f"All counties: {told['core_hours']:.1f} core-hours, and {told['join_hours']:.2f} hours for the joined table "
        f"({told['join_mb']:,.0f} MB). A worker that may get Los Angeles needs {told['worker_memory_gb']:.0f} GB, a "
        f"quarter over the measured curve. The results are {told['result_gb']:,.0f} GB. Time grows with size to the "
        f"power {told['time_exponent']:.2f}, memory to {told['memory_exponent']:.2f}.",
        "",
        f"| workers | hours | core-hours paid | at {price:.2f} a core-hour (assumed) | memory of all, GB |",
        "|---|---|---|---|---|",
    ]
    for way in told["ways"]:
        lines.append(
            f"| {way['workers']} | {way['hours']:.2f} | {way['core_hours_paid']:.0f} | {way['cost']:.2f} | "
            f"{way['memory_gb']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measured", type=Path, default=HERE / "measured.json")
    parser.add_argument("--price", type=float, default=0.05, help="of a core-hour with its memory, in any currency")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if not asked.measured.exists():
        sys.exit(
            f"{asked.measured}: not there; `benchmarks/many.py --counties DIR --record {asked.measured}` makes it."
        )
    told = plan(json.loads(asked.measured.read_text(encoding="utf-8")), asked.price)
    print(json.dumps(told) if asked.json else table(told, asked.price))


if __name__ == "__main__":
    main()
