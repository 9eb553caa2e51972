"""The resources command as a person at a desk runs it."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.resources import made
from tests.resources.made import MAIN_STREET, SMALLTOWN, confidential, inventory, row, voucher

ROOT = Path(__file__).resolve().parents[2]
AS_OF = ("--as-of", "2024-01-26T17:10")


def resources(*words: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resources", *map(str, words)],
        capture_output=True, text=True, timeout=120, cwd=cwd or ROOT, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "160", **env},
    )  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("files")
    rows = row(), row(project="No people counted", pit=""), confidential(), voucher(), row(zip="#95999", project="Zip")
    return (
        inventory(folder, *rows),
        made.addresses(folder, *MAIN_STREET),
        made.gazetteer(folder, SMALLTOWN),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, files: tuple[Path, ...]) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/folder/store.sqlite"
    assert resources("load", *files, "--store", url).returncode == 0
    return url


def test_a_load_says_what_became_of_every_row(tmp_path: Path, files: tuple[Path, ...]) -> None:
    report = tmp_path / "report.csv"
    done = resources("load", *files, "--store", f"sqlite:///{tmp_path}/s.sqlite", "--report", report)
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 rows read = 4 kept + 1 repaired + 0 rejected" in done.stdout
    assert "row 6, zip: the zip is written '#95999'; read as 95999" in done.stdout
    assert "3 by address, 0 by street, 0 by place, 2 with no place" in done.stdout
    with report.open(newline="") as opened:
        assert {line["outcome"] for line in csv.DictReader(opened)} == {"repaired", "caution"}


def test_a_search_writes_a_list_with_availability_age_and_precision(store: str) -> None:
    done = resources("search", "--near", "30 Main St, Smalltown", *AS_OF, "--store", store)
    assert (done.returncode, done.stderr) == (0, "")
    for said in (
        "OPEN, 6 free",
        "UNKNOWN",
        "Nobody has counted here",
        "known to: address",
        "confidential",
        "not stated",
    ):
        assert said in done.stdout
    later = resources("search", "--near", "Smalltown", "--as-of", "2026-11-22T12:00:00-08:00", "--store", store)
    assert "0 open, 0 full, 5 unknown" in later.stdout
    assert "1,031 days" in later.stdout


def test_json_has_the_same_and_null_for_what_is_not_known(store: str) -> None:
    done = resources("search", "--near", "-122.7,38.4", "--within", "5", *AS_OF, "--json", "--store", store)
    answer = json.loads(done.stdout)
    assert answer["counts"] == {"open": 2, "full": 0, "unknown": 2}
    safe = next(entry for entry in answer["contents"] if entry["confidential"])
    assert (safe["lon"], safe["distance_m"], safe["availability"]["free"]) == (None, None, None)
    assert answer["contents"][0]["availability"]["counted_on"] == "2024-01-26"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--near", "47 Zanzibar Crescent"), 1, "No address or place"),
        (("--near", "38.4,-122.7"), 1, "longitude first"),
        (("--type", "HOTEL"), 1, "not a project type"),
        (("--within", "5"), 1, "needs a point"),
        (("--household", "dogs"), 1, "not a household"),
        (("--as-of", "yesterday"), 2, "2024-01-26T17:10"),
        (("--limit", "many"), 2, "limit"),
        (("--nearby", "x"), 2, "nearby"),
    ],
)
def test_what_is_refused_is_one_sentence_and_what_is_misspelt_is_usage(
    store: str, words: tuple[str, ...], code: int, says: str
) -> None:
    done = resources("search", *words, "--store", store)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert done.stderr.count("\n") == 1
        assert "Zanzibar" not in done.stderr


def test_a_search_without_a_store_says_to_load_first(tmp_path: Path) -> None:
    done = resources("search", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "run 'resources load" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_store_may_be_named_by_the_environment(store: str) -> None:
    assert resources("search", "--limit", "1", RESOURCES_STORE=store).returncode == 0


def test_a_refused_file_leaves_the_store_as_it_was(tmp_path: Path, store: str, files: tuple[Path, ...]) -> None:
    wrong = made.written(tmp_path / "wrong.csv", "a,b\n1,2\n")
    before = resources("search", *AS_OF, "--json", "--store", store).stdout
    done = resources("load", inventory(tmp_path, row(total=99), name="new.psv"), wrong, "--store", store)
    assert (done.returncode, done.stdout) == (1, "")
    assert "wrong.csv: row 1: no known header" in done.stderr
    assert resources("search", *AS_OF, "--json", "--store", store).stdout == before


def test_help_names_the_files_and_the_promises() -> None:
    done = resources("--help")
    assert done.returncode == 0
    assert "no address leaves this machine" in " ".join(done.stdout.replace("│", " ").split())
    for command, said in (("load", "Housing Inventory Count"), ("search", "straight line")):
        text = " ".join(resources(command, "--help").stdout.replace("│", " ").split())
        assert said in text


def test_a_report_that_cannot_be_written_or_a_night_to_come_is_refused_before_anything_is_stored(
    tmp_path: Path, files: tuple[Path, ...]
) -> None:
    store = tmp_path / "s.sqlite"
    for words, says in (
        (("--report", "/proc/report.csv"), "cannot be written"),
        (("--report", tmp_path), "is a folder"),
        (("--counted-on", "2999-01-26"), "in the future"),
    ):
        run = resources("load", *files, "--store", f"sqlite:///{store}", *words)
        assert (run.returncode, run.stderr.count("\n")) == (1, 1), run.stderr
        assert says in run.stderr
        assert not store.exists()
