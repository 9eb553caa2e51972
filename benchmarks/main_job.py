"""How long the main job takes, by stage, and the most memory it held.

    .venv/bin/python benchmarks/main_job.py places/demo.toml [--data DIR] [--rounds 5] [--json]

Each round is a fresh process, as a planner's is; figures are medians over the rounds.
"""

import argparse
import itertools
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def once(place: Path, data: Path | None, out: Path) -> dict[str, float]:
    """Seconds by stage (the stages that `pipeline.run` names, imports and files), and peak memory in MB."""
    marks: list[tuple[str, float]] = [("import", time.perf_counter())]
    from maps import sites as maps_sites
    from siteselect import pipeline, report, standing
    from siteselect import place as places

    def step(stage: str, words: str) -> None:
        marks.append((f"{stage}: {words}", time.perf_counter()))

    step("inputs", "checksums")
    located = places.read(place, data)
    now = standing.asked(located, {"day": None})
    run = pipeline.run(located, None, step)
    step("write", "tables")
    with report.folder(out) as beside:
        report.write(run, beside)
        step("write", "map")
        for name, html in maps_sites.pages(beside).items():
            (beside / name).write_text(html, encoding="utf-8")
        step("write", "checksums")
        standing.seal(beside, run.manifest, now)
    step("end", "")
    seconds: dict[str, float] = {}
    for (name, began), (_, ended) in itertools.pairwise(marks):
        seconds[name] = seconds.get(name, 0.0) + ended - began
    seconds["total"] = marks[-1][1] - marks[0][1]
    seconds["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return seconds


def in_a_process(place: Path, data: Path | None = None, out: Path | None = None) -> dict[str, float]:
    """The same in a fresh process; what it writes goes to `out`, or away."""
    with tempfile.TemporaryDirectory() as folder:
        words = [str(place), "--once", str(out or Path(folder) / "run"), *(["--data", str(data)] if data else [])]
        done = subprocess.run([sys.executable, __file__, *words], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Run the rounds and print a table, or one JSON object a stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--once", type=Path, metavar="OUT", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(once(asked.place, asked.data, asked.once)))
        return
    rounds = [in_a_process(asked.place, asked.data) for _ in range(asked.rounds)]
    for stage in rounds[0]:
        middle = statistics.median(r[stage] for r in rounds)
        unit = "MB" if stage == "peak_mb" else "s"
        print(
            json.dumps({"stage": stage, "median": round(middle, 3), "unit": unit})
            if asked.json
            else f"{middle:10.2f} {unit:2}  {stage}"
        )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
