"""Large networks kept from run to run: the same numbers with them, without them, and when they are damaged."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siteselect import network, pipeline, place, report
from siteselect.network import kept
from tests import town


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The invented town counts as a county."""
    monkeypatch.setattr(kept, "WORTH", 1)
    monkeypatch.setattr(network, "LARGE", 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place.read(town.write(tmp_path))
    return tmp_path


def opened(folder: Path) -> tuple[str, Path, list[str]]:
    """What the town's streets are opened to, the folder they are kept in, and what was told."""
    told: list[str] = []
    file, cache = folder / "town" / "streets.osm", folder / "cache"
    read, prepared = kept.walkable(cache, file, {"method": "walk"}, "EPSG:26910", "streets", told.append)
    assert prepared is not None
    tied = network.tie(read, np.array([[525100.0, 4254100.0], [525900.0, 4254900.0]]), prepared)
    walk_m = network.nearest(tied, np.array([1]))[0][0]
    assert walk_m == pytest.approx(1600, abs=0.5)
    (stands,) = (cache / "streets").iterdir()
    return f"{walk_m:.4f} {read.method} {read.report.lines.to_json()} {replace(read.report, lines=None)}", stands, told


@pytest.mark.usefixtures("small_is_large")
def test_a_kept_network_is_opened_with_its_account_and_the_same_walks(folder: Path) -> None:
    first, stands, _ = opened(folder)
    made = (stands / "manifest.json").stat().st_mtime_ns
    second, _, told = opened(folder)
    assert second == first
    assert (stands / "manifest.json").stat().st_mtime_ns == made
    assert told == []
    assert network.open_folder(stands).order is not None  # a running service opens it at once
    file = folder / "town" / "streets.osm"
    assert kept.folder_of(folder / "cache", file, {"method": "walk"}, "EPSG:26910") == stands


@pytest.mark.usefixtures("small_is_large")
@pytest.mark.parametrize("harm", ["flipped", "cut", "lost", "foreign", "no account"])
def test_a_damaged_or_foreign_network_is_made_anew_and_one_sentence_says_so(folder: Path, harm: str) -> None:
    first, stands, _ = opened(folder)
    array, manifest = stands / "ways.there.npy", stands / "manifest.json"
    if harm == "flipped":
        content = bytearray(array.read_bytes())
        content[-1] ^= 1
        array.write_bytes(content)
    elif harm == "cut":
        array.write_bytes(array.read_bytes()[:-8])
    elif harm == "lost":
        array.unlink()
    elif harm == "foreign":
        manifest.write_text('{"format": 2, "inputs": {"other.osm": "0"}}')
    else:
        manifest.write_text(manifest.read_text().replace('"lines"', '"rows"'))
    second, _, told = opened(folder)
    assert second == first
    assert len(told) == 1
    assert told[0].endswith("it is made anew.")
    assert str(stands) in told[0]
    assert opened(folder)[2] == []


@pytest.mark.usefixtures("small_is_large")
def test_changed_streets_are_not_the_ones_that_were_kept(folder: Path) -> None:
    opened(folder)
    file = folder / "town" / "streets.osm"
    file.write_text(file.read_text().replace('v="residential"', 'v="path"'))
    told: list[str] = []
    kept.walkable(folder / "cache", file, {"method": "walk"}, "EPSG:26910", "streets", told.append)
    assert len(list((folder / "cache" / "streets").iterdir())) == 2
    assert told == []


@pytest.mark.usefixtures("small_is_large")
def test_where_nothing_can_be_written_the_streets_are_read_all_the_same(folder: Path) -> None:
    (folder / "cache").write_text("a file, no folder")
    told: list[str] = []
    read, _ = kept.walkable(
        folder / "cache", folder / "town" / "streets.osm", {"method": "walk"}, "EPSG:26910", "streets", told.append
    )
    assert len(read.u) == 220
    assert len(told) == 1
    assert "could not be kept" in told[0]


@pytest.mark.usefixtures("small_is_large")
def test_old_networks_give_way_and_what_is_not_ours_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, stands, _ = opened(folder)
    rooms = stands.parent
    for name in ("letters", "0" * 32):
        shutil.copytree(stands, rooms / name)
    monkeypatch.setattr(kept, "MOST", 1)
    (stands / "ways.u.npy").unlink()
    told: list[str] = []
    kept.walkable(
        folder / "cache", folder / "town" / "streets.osm", {"method": "walk"}, "EPSG:26910", "streets", told.append
    )
    assert sorted(f.name for f in rooms.iterdir()) == sorted([stands.name, "letters"])


@pytest.mark.usefixtures("small_is_large")
def test_a_run_gives_the_same_bytes_with_a_cache_at_the_first_and_the_second_time_and_without(tmp_path: Path) -> None:
    located = place.read(town.write(tmp_path))
    written = []
    for number, cache in enumerate([None, tmp_path / "cache", tmp_path / "cache"]):
        out = tmp_path / f"out{number}"
        with report.folder(out) as beside:
            report.write(pipeline.run(located, cache=cache), beside)
        written.append({p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()})
    assert written[0] == written[1] == written[2]
    assert len(list((tmp_path / "cache" / "streets").iterdir())) == 1


def test_a_small_place_leaves_no_cache_behind(tmp_path: Path) -> None:
    pipeline.run(place.read(town.write(tmp_path)), cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
