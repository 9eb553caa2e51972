"""A run of the invented town, and the same run with hostile text in every field that people file."""

import json
from pathlib import Path

import pandas as pd
import pytest

from maps.handover import packet
from maps.handover.packet import Packet
from siteselect import pipeline, place, report
from tests import town

HOSTILE = (
    '#read("/etc/passwd")', "=1+1", "*bold* _it_ $x^2$", "<b>bold</b> & <script>", "abc\u202edcba", 'a "quote" \\ back',
    "@import", "http://example.org/x", "+1", "-1", "x" * 900, "北京 😀", "#{panic()}", "</svg><text>", "[link](file:///x)",
)  # fmt: skip


def ranked(folder: Path) -> Path:
    """The town's run in a folder."""
    into = folder / "run"
    into.mkdir(parents=True)
    report.write(pipeline.run(place.read(town.write(folder))), into)
    return into


def hostile(run: Path) -> Path:
    """The run with hostile text in what its owners, cities and publishers filed."""
    sites = pd.read_csv(run / "sites.csv", dtype={"apn": str})
    reasons = pd.read_csv(run / "reasons.csv")
    for i, column in enumerate(("name", "jurisdiction", "status", "note", "zoning", "blockers")):
        sites[column] = [HOSTILE[(i * 4 + k) % len(HOSTILE)] for k in range(len(sites))]
    known = reasons["known"]
    for i, column in enumerate(("target", "source", "method")):
        told = [HOSTILE[(i + k) % len(HOSTILE)] for k in range(len(reasons))]
        reasons[column] = pd.Series(told, dtype=object).where(known)
    report.write_csv(sites, run / "sites.csv")
    report.write_csv(reasons, run / "reasons.csv")
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    manifest["place"]["name"] = HOSTILE[0]
    manifest["credits"] = list(HOSTILE)
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return run


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ranked(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def handed(run_folder: Path) -> Packet:
    return packet.read(run_folder)
