"""The report command as a planner meets it: what it writes, what it prints, how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from siteselect import handover
from siteselect.errors import ConfigError
from tests import town

ROOT = Path(__file__).resolve().parents[2]


def siteselect(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siteselect", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return town.write(tmp_path_factory.mktemp("report"))


def test_a_place_is_ranked_and_handed_over_in_one_go(place: Path, tmp_path: Path) -> None:
    done = siteselect("report", place, "north", "--pdf", "--xlsx", "--csv", "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (0, "")
    names = ["north.pdf", "public_land_inventory.csv", "ranking.xlsx"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names
    assert all(str(tmp_path / "out" / name) in done.stderr for name in names)


def test_a_run_and_its_place_give_the_same_bytes(place: Path, tmp_path: Path) -> None:
    assert siteselect("rank", place, "--out", tmp_path / "run").returncode == 0
    for which, out in ((place, "a"), (tmp_path / "run", "b")):
        done = siteselect("report", which, "--pdf", "--each", "--xlsx", "--out", tmp_path / out)
        assert done.returncode == 0, done.stderr
    a, b = ({p.name: p.read_bytes() for p in (tmp_path / out).iterdir()} for out in ("a", "b"))
    assert sorted(a) == sorted(b)
    assert [
        name for name in a if a[name] != b[name]
    ] == []  # the bytes themselves would take minutes to compare in words
    assert set(a) == {"east-side.pdf", "north.pdf", "far.pdf", "ranking.pdf", "ranking.xlsx"}


def test_side_by_side_prints_both_sites_and_makes_their_page(place: Path, tmp_path: Path) -> None:
    done = siteselect("report", place, "north", "far", "--side-by-side", "--pdf", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("A: north (north), place ")
    assert (tmp_path / "north-beside-far.pdf").stat().st_size


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("north", "--pdf"), 1, "neither a place file nor a run's folder"),
        (("PLACE", "nort", "--pdf"), 1, "did you mean 'north'?"),
        (("PLACE",), 2, "say what to hand over"),
        (("PLACE", "north", "--side-by-side"), 2, "takes two sites"),
        (("PLACE", "north", "--day", "soon"), 2, "is not a day"),
        (("PLACE", "north", "--points", "gone.json"), 1, "gone.json: cannot be read"),
    ],
)
def test_a_wrong_word_ends_in_a_sentence(
    place: Path, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    done = siteselect("report", *(place if w == "PLACE" else w for w in words), "--out", tmp_path / "out")
    assert done.returncode == status, done.stderr
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_sites_may_stand_before_the_run_when_only_one_word_can_be_it(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    run = str(tmp_path / "run")
    assert handover.named(["a", "b", run]) == (tmp_path / "run", ["a", "b"])
    assert handover.named([run, "a"]) == (tmp_path / "run", ["a"])
    with pytest.raises(ConfigError, match="name one first"):
        handover.named(["a", run, "x.toml"])


@pytest.mark.parametrize("site_id", ["../../etc/passwd", "a/b", "..", "", "x" * 300, "é ü"])
def test_a_site_id_never_names_a_path(site_id: str) -> None:
    name = handover.file_name(site_id)
    assert 0 < len(name) <= 80
    assert not set(name) & set("/\\ ")
    assert name.strip(".") == name
