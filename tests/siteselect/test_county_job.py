"""The whole main job on a small made-up county: every stage, from raw files to the map."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import made_up_county

ROOT = Path(__file__).resolve().parents[2]
SCALE = 0.0108  # 1,998 parcels


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county's folder, its run in out/."""
    folder = tmp_path_factory.mktemp("county")
    place = made_up_county.write(folder, SCALE)
    command = [sys.executable, "-m", "siteselect", "rank", str(place), "--out", str(folder / "out")]
    subprocess.run(command, check=True, capture_output=True, timeout=300, cwd=ROOT)
    return folder


def test_every_row_of_every_layer_is_kept_repaired_or_rejected(county: Path) -> None:
    layers = json.loads((county / "out" / "manifest.json").read_text(encoding="utf-8"))["layers"]
    assert len(layers) > 25
    assert all(layer["read"] == layer["kept"] + layer["repaired"] + layer["rejected"] for layer in layers)
    parcels = next(layer for layer in layers if layer["name"] == "parcels")
    assert (parcels["read"], parcels["repaired"], parcels["rejected"]) == (1998, 15, 5)
    lines = pd.read_csv(county / "out" / parcels["report"])
    assert lines.loc[lines["outcome"] == "rejected", "rows"].sum() == 5
    sites = pd.read_csv(county / "out" / "sites.csv")
    assert len(sites) == parcels["kept"] + parcels["repaired"]


def test_every_measure_of_the_policy_is_known_for_most_of_the_county(county: Path) -> None:
    reasons = pd.read_parquet(county / "out" / "reasons.parquet")
    known = reasons.groupby("criterion", observed=True)["known"].mean()
    assert len(known) == 14
    assert known.min() > 0.9


def test_the_reasons_of_both_files_are_the_same(county: Path) -> None:
    light = pd.read_parquet(county / "out" / "reasons.parquet").astype({"site_id": "str"})
    heavy = pd.read_csv(county / "out" / "reasons.csv", dtype={"site_id": str, "as_of": str})
    assert light.columns.tolist() == heavy.columns.tolist()
    for column in ("site_id", "criterion", "method", "target", "unknown_because", "known", "points_likely"):
        pd.testing.assert_series_equal(
            light[column].astype(heavy[column].dtype), heavy[column], check_dtype=False, check_categorical=False
        )


def test_the_same_scale_gives_the_same_files(county: Path, tmp_path: Path) -> None:
    made_up_county.write(tmp_path, SCALE)
    for file in sorted((county / "raw").iterdir()):
        assert file.read_bytes() == (tmp_path / "raw" / file.name).read_bytes(), file.name
