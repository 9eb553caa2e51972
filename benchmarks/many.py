"""Many counties in one process and on Dask workers: the same bytes, how long, and how much memory.

    .venv/bin/python benchmarks/many.py --counties DIR [--copies 11] [--workers 2] [--out DIR] [--json] [--record FILE]

DIR holds a folder a county, each with a place.toml (benchmarks/made_up_county.py makes one of 185,000 parcels).
--copies ranks each of them so many times under ids of their own, so that one made-up county stands for two million
parcels.  Each way is a fresh command, as a person's is; then the last is asked again with nothing changed.  It ends
with status 1 when two files differ.  --record adds what a county took in one process to the measurements that
benchmarks/california.py reads: processor seconds, which a busy machine does not stretch.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def places(counties: Path, copies: int) -> list[Path]:
    """A place file for each county and copy, beside the county's own, with an id of its own."""
    made = []
    for own in sorted(counties.glob("*/place.toml")):
        text = own.read_text(encoding="utf-8")
        for number in range(1, copies + 1):
            name = re.sub(r"[^a-z0-9-]+", "-", own.parent.name.lower()) + (f"-{number}" if copies > 1 else "")
            file = own.with_name(f"many-{name}.toml")
            file.write_text(re.sub(r'(?m)^id = ".*"', f'id = "{name}"', text, count=1), encoding="utf-8")
            made.append(file)
    if not made:
        sys.exit(f"{counties}: no folder in it has a place.toml; benchmarks/made_up_county.py makes such a folder.")
    return made


def timed(files: list[Path], out: Path, *words: str) -> dict[str, float]:
    """Run the command: wall_s, cpu_s over all its processes, peak_mb of the largest of them."""
    command = [sys.executable, "-m", "siteselect", "rank-many", *map(str, files), "--out", str(out), *words]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: ended with {process.returncode}")
    return {"wall_s": round(time.perf_counter() - began, 2), "cpu_s": round(used.ru_utime + used.ru_stime, 2),
            "peak_mb": round(used.ru_maxrss / 1024, 1)}  # fmt: skip


def contents(out: Path) -> dict[str, str]:
    """The SHA-256 of every file of a result, but for the records of who did it when."""
    found = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        name = path.relative_to(out).as_posix()
        if name != ".lock" and not name.startswith("done/"):
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def street_nodes(place: Path) -> int:
    """How many nodes a place's street file has."""
    import osmium

    from siteselect import place as place_files

    located = place_files.read(place)
    if located.place.streets is None:
        return 0
    (file, *_) = located.files(located.place.streets)
    return sum(1 for _ in osmium.FileProcessor(str(file), osmium.osm.NODE))


def compare(files: list[Path], out: Path, workers: int) -> dict[str, Any]:
    """The two ways beside each other, and the last asked again."""
    one, many = out / "one-process", out / f"{workers}-workers"
    told: dict[str, Any] = {
        "one_process": timed(files, one),
        "workers": timed(files, many, "--workers", str(workers)),
        "again": timed(files, many),
    }
    first, second = contents(one), contents(many)
    manifest = json.loads((one / "places.json").read_text(encoding="utf-8"))
    return told | {
        "places": len(files), "sites": manifest["rows"], "files": len(first),
        "differ": sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name)),
        "result_mb": round(sum(p.stat().st_size for p in one.rglob("*") if p.is_file()) / 1e6, 1),
    }  # fmt: skip


def record(told: dict[str, Any], nodes: int, file: Path) -> None:
    """Add the measurement of one county of this size to a file of them."""
    held = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"measured": []}
    parcels = told["sites"] / told["places"]
    held["measured"] = [one for one in held["measured"] if one["parcels"] != parcels] + [{
        "parcels": parcels, "nodes": nodes, "cpu_s": round(told["one_process"]["cpu_s"] / told["places"], 2),
        "peak_mb": told["one_process"]["peak_mb"], "result_mb": round(told["result_mb"] / told["places"], 1),
    }]  # fmt: skip
    held["measured"].sort(key=lambda one: one["parcels"])
    file.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counties", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="keep the results here; else they are thrown away")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--record", type=Path)
    asked = parser.parse_args()
    files = places(asked.counties, asked.copies)
    with tempfile.TemporaryDirectory() as folder:
        told = compare(files, asked.out or Path(folder), asked.workers)
    if asked.record:
        record(told, street_nodes(files[0]), asked.record)
    if asked.json:
        print(json.dumps(told))
    else:
        print(f"{told['places']} places, {told['sites']:,} sites, {told['files']:,} files of {told['result_mb']:,} MB")
        for name, way in (("one process", "one_process"), (f"{asked.workers} workers", "workers"),
                          ("again, nothing changed", "again")):  # fmt: skip
            used = told[way]
            print(f"  {used['wall_s']:9.1f} s  {used['cpu_s']:9.1f} CPU-s  {used['peak_mb']:8,.0f} MB  {name}")
        print(f"files that differ: {', '.join(told['differ']) or 'none'}")
    sys.exit(1 if told["differ"] else 0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
