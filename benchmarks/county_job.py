"""The whole main job for a county, from raw files to the map, against its limits; and again with nothing changed.

    .venv/bin/python benchmarks/county_job.py [--scale 1] [--folder DIR] [--json]

The county is made up (benchmarks/made_up_county.py) and kept in DIR, so that only the first time makes it.  One round,
each job a fresh process as a planner's is; seconds by stage stand below it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __package__ in (None, ""):
    sys.path.insert(0, str(HERE.parent))

from benchmarks import made_up_county, main_job  # noqa: E402 - also run as a program

JOB_S, AGAIN_S, SCORE_S = 180.0, 5.0, 3.0
KEPT = Path(tempfile.gettempdir()) / "homeground-made-up-county"


def comparisons(scale: float, folder: Path, tell: bool) -> list[dict[str, object]]:
    """One line for each limit: the whole job, the same with nothing changed, and score and rank within it."""
    place = made_up_county.write(folder / f"scale-{scale:g}", scale)
    with tempfile.TemporaryDirectory() as out:
        stages = main_job.in_a_process(place, out=Path(out) / "run")
        again_s, again_mb = unchanged(place, Path(out) / "run")
    if tell:
        for stage, seconds in stages.items():
            print(f"{seconds:10.2f} {'MB' if stage == 'peak_mb' else 's '}  {stage}", file=sys.stderr)
    peak_mb = stages.pop("peak_mb")
    score_s = sum(seconds for stage, seconds in stages.items() if stage.startswith("score: "))
    told = {stage: round(seconds, 2) for stage, seconds in stages.items()}
    return [
        line("county_main_job", stages["total"], "its limit of 3 minutes and 2 GB", JOB_S, peak_mb, stages_s=told),
        line("county_main_job_unchanged", again_s, "its limit of 5 seconds", AGAIN_S, again_mb),
        line("county_score_and_rank", score_s, "its limit of 3 seconds", SCORE_S, peak_mb),
    ]


def unchanged(place: Path, out: Path) -> tuple[float, float]:
    """Seconds and peak MB of the command over a run that stands."""
    command = [sys.executable, "-m", "siteselect", "rank", str(place), "--out", str(out)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as job:
        assert job.stdout is not None
        said = job.stdout.read()
        _, status, used = os.wait4(job.pid, 0)
        job.returncode = os.waitstatus_to_exitcode(status)
    assert "the files stand" in said, said
    return time.perf_counter() - began, used.ru_maxrss / 1024


def line(name: str, ours: float, peer: str, limit: float, peak_mb: float, **more: object) -> dict[str, object]:
    return {"name": name, "ours_s": round(ours, 3), "peer": peer, "peer_s": limit, "ratio": round(ours / limit, 4),
            "peak_mb": round(peak_mb), **more}  # fmt: skip


def main() -> None:
    """Run the job at full length; among all benchmarks not with --quick, --streets or --only another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--folder", type=Path, default=KEPT)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--streets", help=argparse.SUPPRESS)
    parser.add_argument("--only", default="county_job", help=argparse.SUPPRESS)
    asked, _ = parser.parse_known_args()
    if asked.quick or asked.streets or asked.only != "county_job":
        return
    for one in comparisons(asked.scale, asked.folder, not asked.json):
        print(
            json.dumps(one) if asked.json else
            f"{one['name']:34} {one['ours_s']:9.2f} s of {one['peer']}; {one['peak_mb']} MB",
            flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
