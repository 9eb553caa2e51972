"""A run whose files stand is not made again; whatever changed, it is."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from siteselect import place as places
from siteselect import policy, sources, standing
from siteselect.errors import SiteSelectError
from tests import town

ROOT = Path(__file__).resolve().parents[2]


def rank(*words: str | Path) -> str:
    command = [sys.executable, "-m", "siteselect", "rank", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the invented town, a policy of its own, and its run in out/."""
    folder = tmp_path_factory.mktemp("made")
    place = town.write(folder)
    shutil.copy(policy.path_of("housing-near-transit-and-services", folder), folder / "own.toml")
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace('policy = "housing-near-transit-and-services"', 'policy = "own.toml"'))
    rank(place, "--out", folder / "out")
    return folder


@pytest.fixture
def again(made: Path, tmp_path: Path) -> Path:
    """The same in a folder of the test's own."""
    return Path(shutil.copytree(made, tmp_path / "again"))


def because(folder: Path, **options: object) -> str | None:
    now = standing.asked(places.read(folder / "town.toml"), {"day": None, **options})
    return standing.why_not(folder / "out", now)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_nothing_changed_is_said_and_no_file_is_touched(again: Path) -> None:
    files = sorted(p for p in (again / "out").rglob("*") if p.is_file())
    stamps = [p.stat().st_mtime_ns for p in files]
    first = rank(again / "town.toml", "--out", again / "out", "--again")
    renewed = [p.stat().st_mtime_ns for p in files]
    second = rank(again / "town.toml", "--out", again / "out")
    assert [p.stat().st_mtime_ns for p in files] == renewed != stamps
    *table, last = second.splitlines()
    assert table == first.splitlines()
    assert last.startswith("Nothing changed since ")
    assert last.endswith("; the files stand. --again ranks anew.")


def test_a_run_that_stands_answers_json_as_a_new_one_does(again: Path) -> None:
    words = (again / "town.toml", "--out", again / "out", "--json")
    assert rank(*words) == rank(*words, "--again")


def test_the_same_run_elsewhere_leaves_the_same_bytes(again: Path) -> None:
    rank(again / "town.toml", "--out", again / "other")
    for file in sorted(p for p in (again / "out").rglob("*") if p.is_file()):
        assert file.read_bytes() == (again / "other" / file.relative_to(again / "out")).read_bytes(), file


def test_a_copy_of_a_run_stands(again: Path) -> None:
    assert because(again) is None


CHANGES: list[tuple[str, Callable[[Path], object], str]] = [
    ("an input", lambda f: change(f / "town" / "sites.csv", "0.9", "0.8"), "sites.csv changed"),
    ("a table of a feed", lambda f: change(f / "town" / "bus" / "stops.txt", "Middle", "Centre"), "bus/stops.txt"),
    ("the place", lambda f: change(f / "town.toml", "19:00", "18:00"), "the place's file changed"),
    ("a weight", lambda f: change(f / "own.toml", "weight = 15", "weight = 14"), "the policy's file changed"),
    ("a cell of an output", lambda f: change(f / "out" / "sites.csv", "north", "forth"), "sites.csv, which the run"),
    ("a lost output", lambda f: (f / "out" / "map.es.html").unlink(), "map.es.html, which the run left"),
    ("a cut output", lambda f: (f / "out" / "sites.gpkg").write_bytes(b""), "sites.gpkg, which the run left"),
    ("the manifest", lambda f: change(f / "out" / "manifest.json", "Invented Town", "Invented Down"), "manifest.json"),
    ("no JSON", lambda f: (f / "out" / "manifest.json").write_text("{"), "manifest.json is not one"),
    ("JSON of another kind", lambda f: (f / "out" / "manifest.json").write_text("[1]"), "manifest.json is not one"),
    ("no manifest", lambda f: (f / "out" / "manifest.json").unlink(), "no run in it yet"),
]


@pytest.mark.parametrize(("do", "told"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_whatever_changed_is_named_and_the_run_is_made_again(
    again: Path, do: Callable[[Path], object], told: str
) -> None:
    do(again)
    assert told in str(because(again))


def test_an_output_that_was_edited_and_dated_back_is_found(again: Path) -> None:
    path = again / "out" / "sites.csv"
    before = path.stat()
    change(path, "north", "forth")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "sites.csv" in str(because(again))


def test_another_day_on_the_command_line_is_another_run(again: Path) -> None:
    assert because(again, day="2026-03-04") == "the command's options changed"


@pytest.mark.parametrize("what", ["program", "code", "python", "libraries"])
def test_another_program_or_library_makes_the_run_again(again: Path, what: str) -> None:
    now = standing.asked(places.read(again / "town.toml"), {"day": None})
    other = replace(now, made_from={**now.made_from, what: "another"})
    assert "changed" in str(standing.why_not(again / "out", other))


def test_the_fingerprint_of_the_program_is_of_its_files_names_and_contents(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "a.py").write_text("1")
    marks = [standing.fingerprint([code])]
    (code / "a.py").write_text("2")
    marks.append(standing.fingerprint([code]))
    (code / "a.py").rename(code / "b.py")
    marks.append(standing.fingerprint([code]))
    (code / "b.pyc").write_bytes(b"compiled")
    assert len(set(marks)) == 3
    assert standing.fingerprint([code]) == marks[2]


def test_an_input_that_changes_while_it_is_read_is_refused(again: Path) -> None:
    manifest = json.loads((again / "out" / "manifest.json").read_text(encoding="utf-8"))
    change(again / "town" / "sites.csv", "0.9", "0.8")
    now = standing.asked(places.read(again / "town.toml"), {"day": None})
    with pytest.raises(SiteSelectError, match=r"sites\.csv: it was changed while it was read"):
        standing.seal(again / "out", manifest, now)


def test_the_manifest_tells_every_file_of_the_run_and_not_the_time(again: Path) -> None:
    out = again / "out"
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    there = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} - {"manifest.json"}
    assert {row["path"] for row in manifest["outputs"]} == there
    assert manifest["made_from"]["options"] == {"day": None}


def test_the_parts_of_a_shapefile_are_inputs_too(again: Path) -> None:
    change(again / "town.toml", "fault.geojson", "fault.shp")
    for part in ("fault.shp", "fault.dbf", "fault.prj"):
        (again / "town" / part).write_text(part)
    told = {str(row["path"]) for row in sources.inputs(places.read(again / "town.toml"))}
    assert {"fault.shp", "fault.dbf", "fault.prj"} <= told
