"""Many places: the same numbers whoever computes them, nothing done twice, and one that fails stops no other."""

import fcntl
import functools
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.sites import write_pages
from siteselect import many, rank
from siteselect import place as places
from siteselect.errors import ConfigError, NoWorkers, OutRefused
from siteselect.many import merge, partition, workers
from siteselect.many.partition import Outcome, Task
from tests import town, towns

ROOT = Path(__file__).resolve().parents[2]


def siteselect(*words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siteselect", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, cwd=ROOT, stdin=subprocess.DEVNULL, env=os.environ | more
    )


def files(folder: Path) -> dict[str, str]:
    """What every file of a result holds, but for the lock and the records of who did it when."""
    found = (p for p in folder.rglob("*") if p.is_file())
    names = {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}
    return {name: mark for name, mark in names.items() if name != ".lock" and not name.startswith("done/")}


def times(out: Path) -> dict[str, int]:
    return {p.parent.name: p.stat().st_mtime_ns for p in out.glob("places/*/manifest.json")}


def in_one_process(toml: list[Path], out: Path, draw: partition.Draw = towns.no_pages) -> many.Done:
    give = functools.partial(workers.here, draw=draw, step=lambda stage, words: None)
    return many.run(toml, out, give=give, tell=lambda outcome, number, of: None)


def states(done: many.Done) -> dict[str, str]:
    return {outcome.place: outcome.state for outcome in done.outcomes}


class Cluster:
    """A scheduler and worker processes of our own on loopback, as one would start them by hand."""

    def __init__(self, stack: ExitStack, folder: Path, count: int, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self._stack, self._folder = stack, folder
        own = ("--host", "127.0.0.1")
        self._start("dask_scheduler", *own, "--port", str(port), "--no-dashboard")
        self.workers = [
            self._start(
                "dask_worker",
                self.address,
                *own,
                "--no-nanny",
                "--no-dashboard",
                "--local-directory",
                str(folder),
                *options,
            )
            for _ in range(count)
        ]

    def _start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self._folder / f"{module}.log").open("ab"))
        command = [sys.executable, "-m", f"distributed.cli.{module}", *words]
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self._folder,
                                   env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        if module == "dask_scheduler":
            _wait(lambda: socket.create_connection(("127.0.0.1", int(self.address.rsplit(":", 1)[1]))).close() is None)
        return process


def _wait(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail("waited too long")


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    with ExitStack() as stack:
        yield Cluster(stack, folder, 2, "--nthreads", "1")


# ---- the law: the numbers of one process


def test_two_dask_workers_leave_the_bytes_of_one_process_and_of_the_rank_command(tmp_path: Path) -> None:
    toml = [*towns.write(tmp_path, 1, 2), ROOT / "places" / "demo.toml"]
    one = siteselect("rank-many", *toml, "--out", tmp_path / "one")
    two = siteselect("rank-many", *toml, "--out", tmp_path / "two", "--workers", "2")
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    assert "Traceback" not in two.stderr
    assert files(tmp_path / "one") == files(tmp_path / "two")
    alone = siteselect("rank", toml[0], "--out", tmp_path / "alone")
    assert alone.returncode == 0
    assert files(tmp_path / "alone") == files(tmp_path / "two" / "places" / "seed-1")
    assert (tmp_path / "two" / "places" / "demo" / "map.es.html").is_file()


def test_workers_of_a_scheduler_leave_the_same_bytes_though_one_is_killed(tmp_path: Path, two_workers: Cluster) -> None:
    toml = towns.write(tmp_path, 1, 2, 3, 4)
    in_one_process(toml, tmp_path / "one", write_pages)
    out = tmp_path / "two"
    with ExitStack() as stack:
        log = stack.enter_context((tmp_path / "log").open("wb"))
        words = ["rank-many", *map(str, toml), "--out", str(out), "--scheduler", two_workers.address]
        run = subprocess.Popen([sys.executable, "-m", "siteselect", *words], cwd=ROOT, stdout=log, stderr=log)
        stack.callback(run.kill)
        _wait(lambda: len(list(out.glob("done/*.json"))) >= 1)
        two_workers.workers[0].send_signal(signal.SIGKILL)
        assert run.wait(120) == 0, (tmp_path / "log").read_text()
    assert files(tmp_path / "one") == files(out)


def test_the_joined_table_is_ranked_over_all_places_by_the_rule_of_one(tmp_path: Path) -> None:
    done = in_one_process(towns.write(tmp_path, 1, 2, 3), tmp_path / "out")
    table = gpd.read_parquet(tmp_path / "out" / "sites.parquet")
    parts = [
        gpd.read_parquet(tmp_path / "out" / "places" / f"seed-{seed}" / "sites.parquet").assign(place=f"seed-{seed}")
        for seed in (1, 2, 3)
    ]
    together = pd.concat([pd.DataFrame(part.drop(columns="geometry")) for part in parts], ignore_index=True)
    expected = rank.in_order(together)
    assert table["place"].tolist() == expected["place"].tolist()
    assert table["site_id"].tolist() == expected["site_id"].tolist()
    better = together[together["rank"].notna()]["score_likely"]
    for row in table[table["rank"].notna()].to_dict("records"):
        assert row["rank"] >= 1 + (better > row["score_likely"]).sum()
    assert table.loc[0, "rank"] == 1
    assert table["rank"].isna().sum() == table["excluded_because"].notna().sum() > 0
    assert table.crs == parts[0].crs
    assert done.manifest is not None
    assert done.manifest["rows"] == len(table) == 3 * towns.SITES


def test_a_measure_that_a_place_has_no_layer_for_is_unknown_in_the_joined_table(tmp_path: Path) -> None:
    in_one_process(towns.write(tmp_path, 1, 2), tmp_path / "out")
    table = gpd.read_parquet(tmp_path / "out" / "sites.parquet").set_index("place")
    assert table.loc["seed-1", "tsunami_share"].notna().all()
    assert table.loc["seed-2", "tsunami_share"].isna().all()
    assert set(table.loc["seed-2", "tsunami_share_method"]) == {"unknown"}


def test_the_csv_says_what_the_parquet_says_and_no_spreadsheet_runs_it(tmp_path: Path) -> None:
    toml = towns.write(tmp_path, 1, 2)
    sites = toml[0].parent / "town" / "sites.csv"
    sites.write_text(sites.read_text().replace("S00,", "=HYPERLINK(1),"))
    in_one_process(toml, tmp_path / "out")
    text = pd.read_csv(tmp_path / "out" / "sites.csv")
    table = gpd.read_parquet(tmp_path / "out" / "sites.parquet")
    assert "'=HYPERLINK(1)" in text["site_id"].tolist()
    assert "=HYPERLINK(1)" in table["site_id"].tolist()
    for column in ("rank", "score_likely", "nearest_clinic_m", "lon"):
        assert text[column].astype(float).tolist() == pytest.approx(table[column].astype(float).tolist(), nan_ok=True)


# ---- the arithmetic of the join

SCORES = st.sampled_from([0.1, 0.2, 0.30000000000000004])
ROWS = st.lists(st.tuples(SCORES, SCORES, st.booleans()), max_size=30)


@given(ROWS, st.lists(st.integers(1, 7), min_size=1))
def test_ranks_given_piece_by_piece_are_those_of_the_whole(
    rows: list[tuple[float, float, bool]], cut: list[int]
) -> None:
    ordered = rank.in_order(_keyed(rows))
    whole, _ = rank.numbers(ordered)
    pieces, last, at, turn = [], rank.Last(), 0, 0
    while at < len(ordered):
        piece = ordered.iloc[at : at + cut[turn % len(cut)]]
        ranks, last = rank.numbers(piece, last)
        pieces.append(ranks)
        at, turn = at + len(piece), turn + 1
    assert [r for piece in pieces for r in piece.tolist()] == whole.tolist()


def _keyed(rows: list[tuple[float, float, bool]]) -> pd.DataFrame:
    return pd.DataFrame({
        "site_id": [f"s{n}" for n in range(len(rows))],
        "score_likely": np.array([row[0] for row in rows], float),
        "score_low": np.array([row[1] for row in rows], float),
        "excluded_because": pd.Series(["no" if row[2] else None for row in rows], dtype=object),
    })  # fmt: skip


def test_tables_larger_than_what_is_held_at_once_merge_as_if_they_were_sorted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "ROWS_AT_ONCE", 300)
    monkeypatch.setattr(merge, "ROWS_A_GROUP", 500)
    chance = np.random.default_rng(5)
    tables, parts = {}, []
    for place, count in (("a", 1500), ("b", 10), ("c", 900), ("d", 0)):
        rows = [(float(x), float(y), bool(z)) for x, y, z in chance.integers(0, 6, (count, 3))]
        ordered = rank.in_order(_keyed(rows)).assign(rank=lambda t: rank.numbers(t)[0])
        parts.append(ordered.assign(place=place))
        tables[place] = tmp_path / f"{place}.parquet"
        points = gpd.points_from_xy([0.0] * count, [0.0] * count)
        gpd.GeoDataFrame(ordered, geometry=points, crs="EPSG:4326").to_parquet(tables[place])
    assert merge.write(tables, tmp_path / "all.parquet", tmp_path / "all.csv") == 2410
    expected = rank.in_order(pd.concat(parts, ignore_index=True))
    table = gpd.read_parquet(tmp_path / "all.parquet")
    assert table[["place", "site_id"]].values.tolist() == expected[["place", "site_id"]].values.tolist()
    ranks, _ = rank.numbers(expected)
    assert table["rank"].fillna(0).astype(int).tolist() == ranks.fillna(0).astype(int).tolist()
    assert table["rank_in_place"].fillna(0).tolist() == expected["rank"].fillna(0).tolist()


# ---- nothing twice


def test_what_has_not_changed_is_kept_and_what_has_is_ranked_again(tmp_path: Path) -> None:
    toml, out = towns.write(tmp_path, 1, 2, 3), tmp_path / "out"
    in_one_process(toml, out)
    before, tables = times(out), (out / "sites.parquet").stat().st_mtime_ns
    assert set(states(in_one_process(toml, out)).values()) == {"kept"}
    assert times(out) == before
    assert (out / "sites.parquet").stat().st_mtime_ns == tables

    clinics = toml[1].parent / "town" / "clinics.csv"
    clinics.write_text(clinics.read_text().replace("K4", "K5"))
    assert states(in_one_process(toml, out)) == {"seed-1": "kept", "seed-2": "ranked", "seed-3": "kept"}
    toml[2].write_text(toml[2].read_text().replace('area_unit = "acres"', 'area_unit = "m2"'))
    assert states(in_one_process(toml, out)) == {"seed-1": "kept", "seed-2": "kept", "seed-3": "ranked"}
    assert {name for name, when in times(out).items() if when != before[name]} == {"seed-2", "seed-3"}
    in_one_process(toml, tmp_path / "fresh")
    assert files(out) == files(tmp_path / "fresh")


@pytest.mark.parametrize("name", ["places/seed-1/sites.csv", "places/seed-1/manifest.json", "done/seed-1.json"])
@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_folder_that_is_not_whole_is_made_again(tmp_path: Path, name: str, harm: str) -> None:
    toml, out = towns.write(tmp_path, 1), tmp_path / "out"
    in_one_process(toml, out)
    whole = files(out)
    file = out / name
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-20])
    assert states(in_one_process(toml, out)) == {"seed-1": "ranked"}
    assert files(out) == whole


def test_a_run_that_was_killed_goes_on_where_it_was_and_leaves_no_crumbs(tmp_path: Path) -> None:
    toml, out = towns.write(tmp_path, 1, 2, 3), tmp_path / "out"
    run = subprocess.Popen(
        [sys.executable, "-m", "siteselect", "rank-many", *map(str, toml), "--out", str(out)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(lambda: list(out.glob("done/*.json")))
    finally:
        run.kill()
        run.wait()
    before = times(out)
    done = {p.stem for p in out.glob("done/*.json")}
    (out / "places" / ".seed-9-left").mkdir()
    again = siteselect("rank-many", *toml, "--out", out, "--workers", "2")
    assert again.returncode == 0, again.stderr
    kept = {name for name in done if times(out)[name] == before[name]}
    assert kept == done
    assert again.stderr.count("nothing has changed") == len(done)
    assert not list(out.glob("places/.*"))
    in_one_process(toml, tmp_path / "one", write_pages)
    assert files(tmp_path / "one") == files(out)


# ---- one that fails stops no other


def test_a_place_that_is_refused_is_named_with_its_sentence_and_the_others_go_on(tmp_path: Path) -> None:
    toml, out = towns.write(tmp_path, 1, 2, 3), tmp_path / "out"
    good = toml[1].read_text()
    toml[1].write_text(good.replace("day = 2026-03-03", "day = 2031-03-03"))
    bad = tmp_path / "nowhere.toml"
    done = siteselect("rank-many", *toml, bad, "--out", out, "--workers", "2")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if " seed-2: " in line]
    assert "REFUSED" in line
    assert "2026-12-31" in line
    assert f"{bad}: REFUSED" in done.stderr
    assert "Not in the table: seed-2" in done.stdout
    manifest = json.loads((out / "places.json").read_text())
    assert [place["id"] for place in manifest["places"]] == ["seed-1", "seed-3"]
    assert [gone["place"] for gone in manifest["not_done"]] == ["seed-2", str(bad)]
    assert set(gpd.read_parquet(out / "sites.parquet")["place"]) == {"seed-1", "seed-3"}

    toml[1].write_text(good)
    assert states(in_one_process(toml, out)) == {"seed-1": "kept", "seed-2": "ranked", "seed-3": "kept"}


def test_a_place_that_ends_its_worker_is_refused_and_the_others_are_done(tmp_path: Path) -> None:
    toml, out = towns.write(tmp_path, 1, 2, 3), tmp_path / "out"
    give = functools.partial(workers.of_this_machine, draw=towns.die_at_2, count=2)
    done = many.run(toml, out, give=give, tell=lambda outcome, number, of: None)
    assert states(done) == {"seed-1": "ranked", "seed-2": "refused", "seed-3": "ranked"}
    assert "memory" in done.outcomes[1].sentence
    assert states(in_one_process(toml, out)) == {"seed-1": "kept", "seed-2": "ranked", "seed-3": "kept"}


def test_a_fault_of_the_program_is_raised_with_the_place_when_the_others_are_done(tmp_path: Path) -> None:
    toml, out = towns.write(tmp_path, 1, 2, 3), tmp_path / "out"
    give = functools.partial(workers.of_this_machine, draw=towns.fault_at_2, count=2)
    with pytest.raises(ZeroDivisionError) as fault:
        many.run(toml, out, give=give, tell=lambda outcome, number, of: None)
    assert fault.value.__notes__ == ["while ranking seed-2"]
    assert sorted(p.stem for p in out.glob("done/*.json")) == ["seed-1", "seed-3"]


def test_a_worker_with_other_libraries_is_refused_before_it_computes(tmp_path: Path) -> None:
    (toml,) = towns.write(tmp_path, 1)
    other = tuple((name, "0.1" if name == "shapely" else version) for name, version in partition.versions())
    told = partition.rank(Task("seed-1", toml, tmp_path / "out", None, False, other), towns.no_pages)
    assert told.state == "refused"
    assert "shapely" in told.sentence
    assert not (tmp_path / "out").exists()


def test_a_worker_that_wrote_where_nobody_sees_it_is_told(tmp_path: Path) -> None:
    toml = towns.write(tmp_path, 1)

    def elsewhere(tasks: list[Task]) -> Iterator[Outcome]:
        for task in tasks:
            far = Task(task.place, task.file, tmp_path / "far", task.day, task.again, task.versions)
            yield partition.rank(far, towns.no_pages)

    done = many.run(toml, tmp_path / "out", give=elsewhere, tell=lambda outcome, number, of: None)
    assert states(done) == {"seed-1": "refused"}
    assert "must see one folder" in done.outcomes[0].sentence
    assert done.manifest is None


# ---- what is refused at the door


def test_two_places_with_one_id_or_two_policies_are_refused_before_any_work(tmp_path: Path) -> None:
    toml = towns.write(tmp_path, 1, 2)
    with pytest.raises(ConfigError, match="'seed-1'"):
        in_one_process([toml[0], toml[0]], tmp_path / "out")
    own = toml[1].parent / "own.toml"
    chosen = ROOT / "siteselect" / "policies" / "housing-near-transit-and-services.toml"
    own.write_text(chosen.read_text().replace("weight = 15", "weight = 14"))
    toml[1].write_text(toml[1].read_text().replace('"housing-near-transit-and-services"', '"own.toml"'))
    assert places.read(toml[1]).place.policy == "own.toml"
    with pytest.raises(ConfigError, match="two policies"):
        in_one_process(toml, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_another_run_is_writing_is_refused(tmp_path: Path) -> None:
    toml, out = towns.write(tmp_path, 1), tmp_path / "out"
    out.mkdir()
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(OutRefused, match="another run"):
            in_one_process(toml, out)


@pytest.mark.parametrize(
    "address", ["10.0.0.5:8786", "http://10.0.0.5:8786", "tcp://10.0.0.5", "tcp://x:y", "", "inproc://1:1"]
)
def test_an_address_that_is_no_scheduler_s_is_refused(address: str) -> None:
    with pytest.raises(NoWorkers, match="is no scheduler's address"):
        next(workers.of_a_scheduler([], towns.no_pages, address))


def test_where_nothing_answers_is_one_sentence_and_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    toml = towns.write(tmp_path, 1)
    done = siteselect("rank-many", *toml, "--out", tmp_path / "out", "--scheduler", f"tcp://127.0.0.1:{port}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing answers there" in done.stderr
    assert done.stderr.count("\n") == 1


def test_workers_with_several_threads_are_refused(tmp_path: Path) -> None:
    with ExitStack() as stack:
        cluster = Cluster(stack, tmp_path, 1, "--nthreads", "3")
        with pytest.raises(NoWorkers, match=r"3 threads.*--nthreads 1"):
            next(workers.of_a_scheduler([], towns.no_pages, cluster.address))


@pytest.mark.parametrize(
    "words", [["--workers", "0"], ["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], ["--day", "soon"]]
)
def test_options_that_cannot_be_meant_are_status_2(tmp_path: Path, words: list[str]) -> None:
    assert siteselect("rank-many", "x.toml", "--out", tmp_path / "out", *words).returncode == 2


def test_without_dask_one_process_works_and_workers_are_refused_with_the_remedy(tmp_path: Path) -> None:
    toml = town.write(tmp_path)
    lacking = "import sys; sys.modules['distributed'] = None; from siteselect.__main__ import main; main()"
    words = [sys.executable, "-c", lacking, "rank-many", str(toml), "--out", str(tmp_path / "out")]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, timeout=120).returncode == 0
    told = subprocess.run([*words, "--workers", "2"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert told.returncode == 1
    assert "homeground[many]" in told.stderr
    assert told.stderr.count("\n") == 1
