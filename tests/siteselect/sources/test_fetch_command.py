"""siteselect fetch and siteselect sources, as a planner meets them."""

import json
import os
import pty
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.publishers import Page, Publisher
from tests.siteselect.sources import made

ROOT = Path(__file__).resolve().parents[3]


def siteselect(*words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siteselect", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=ROOT, stdin=subprocess.DEVNULL,
        env={k: v for k, v in os.environ.items() if not k.startswith("TOWN")} | env,
    )  # fmt: skip


def test_a_place_is_fetched_and_its_credit_lines_are_shown(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    place = made.place(tmp_path, hall, made.listed(hall.at("/t.csv")))
    done = siteselect("fetch", place)
    assert (done.returncode, done.stderr) == (0, "")
    assert "fetched" in done.stdout
    assert "Credit, wherever the results are shown: Town Hall" in done.stdout
    assert (tmp_path / "data" / "thing.csv").read_bytes() == made.table(50)
    told = json.loads(siteselect("fetch", place, "--offline", "--json").stdout)
    assert [(t["state"], t["age_days"], t["note"]["how"]) for t in told] == [("here", 0, "fetched")]


def test_a_failure_is_status_1_and_one_sentence(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(b"<html>gone fishing</html>", "application/zip")
    done = siteselect("fetch", made.place(tmp_path, hall, made.listed(hall.at("/t.csv"))))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "siteselect: thing: " in done.stderr
    assert "a web page (perhaps an error page) instead of csv; not taken." in done.stderr
    assert list((tmp_path / "data").iterdir()) == []


def test_a_dry_run_asks_nobody_and_writes_nothing(hall: Publisher, tmp_path: Path) -> None:
    done = siteselect("fetch", made.place(tmp_path, hall, made.listed(hall.at("/t.csv"))), "--dry-run")
    assert (done.returncode, hall.asked) == (0, [])
    assert f"would ask {hall.at('/t.csv')}" in done.stdout
    assert not (tmp_path / "data").exists()


def test_an_address_that_nobody_verified_wants_a_word_more(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    place = made.place(tmp_path, hall, made.listed(hall.at("/t.csv"), verified=""))
    done = siteselect("fetch", place)
    assert (done.returncode, hall.asked) == (0, [])
    assert "address not verified; look at it and say --unverified" in done.stdout
    assert "fetched" in siteselect("fetch", place, "--unverified").stdout


def test_the_key_is_read_from_the_environment_and_never_shown(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = lambda query: Page(made.table(50)) if query.get("k") == "s3cret" else Page(faults=[403])
    key = 'key = { parameter = "k", variable = "TOWN_KEY", get_one = "town.example" }'
    place = made.place(tmp_path, hall, made.listed(hall.at("/t.csv"), extra=key))
    assert "wants a key from town.example in the environment variable TOWN_KEY" in siteselect("fetch", place).stdout
    done = siteselect("fetch", place, "--json", TOWN_KEY="s3cret")
    assert json.loads(done.stdout)[0]["state"] == "fetched"
    assert "s3cret" not in done.stdout + done.stderr


def test_whoever_watches_sees_bars_and_a_pipe_sees_none(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(5000), drip_s=0.02, drip_bytes=10_000)
    place = made.place(tmp_path, hall, made.listed(hall.at("/t.csv")))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "siteselect", "fetch", str(place)]
    subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=theirs, cwd=ROOT, check=True, timeout=60,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # how a terminal says that nobody writes on it any more
        while piece := os.read(ours, 4096):
            shown += piece
    os.close(ours)
    assert b"thing" in shown
    assert b"100%" in shown
    assert siteselect("fetch", place).stderr == ""


@pytest.mark.parametrize("page", [Page(silent=True), Page(faults=[500] * 99)], ids=["says nothing", "always fails"])
def test_the_whole_command_ends_within_ten_seconds(page: Page, hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = page
    place = made.place(tmp_path, hall, made.listed(hall.at("/t.csv")))
    before = time.monotonic()
    done = siteselect("fetch", place)
    assert time.monotonic() - before < 10
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "nothing"], "there is no source 'nothing'; `siteselect sources` lists them."),
        (["--only", "thing", "--patience", "0"], "--patience"),
    ],
)
def test_a_slip_is_told(words: list[str], said: str, hall: Publisher, tmp_path: Path) -> None:
    done = siteselect("fetch", made.place(tmp_path, hall, made.listed(hall.at("/t.csv"))), *words)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_place_that_fetches_nothing_says_what_to_add() -> None:
    done = siteselect("fetch", "places/demo.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "add a [fetch] table" in done.stderr


def test_the_list_of_sources_can_be_read_by_people_and_programs() -> None:
    told = json.loads(siteselect("sources", "--json").stdout)
    shown = siteselect("sources").stdout
    assert len(told) > 30
    assert all(source["id"] in shown and source["publisher"] in shown for source in told)
    assert "(address not verified)" in shown


MEASURE = """
import gc, gzip, io, itertools, json, sys, time, zipfile
from pathlib import Path
from tests import publishers
from tests.publishers import FeatureService, Page
from tests.siteselect.sources import made

def memory_mb(name):
    with open("/proc/self/status") as told:
        return next(int(line.split()[1]) / 1024 for line in told if line.startswith(name))

def begun():
    gc.collect()
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")  # the peak begins again here
    return memory_mb("VmRSS:"), time.monotonic()

def ended(name, outcome, before):
    grown, took = memory_mb("VmHWM:") - before[0], time.monotonic() - before[1]
    told.append((name, outcome.state, outcome.words, round(grown), round(took, 1)))

def zipped(sizes, name="stops{}.txt"):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as z:
        for i, size in enumerate(sizes):
            with z.open(name.format(i or ""), "w") as out:
                for _ in range(size // 1_000_000):
                    out.write(bytes(1_000_000))
    return held.getvalue()

folder = Path(sys.argv[1])
with publishers.publisher() as hall:
    pages = {
        "gtfs": Page(zipped([100_000_000])), "many.gtfs": Page(zipped([900_000] * 190)),
        "csv.gz": Page(gzip.compress(bytes(100_000_000))), "csv": Page(chunks=itertools.repeat(b"1,2\\n" * 10_000)),
        "deep.geojson": Page(b'{"a":' * 3_000_000),
        "osm.pbf": Page(b"\\0\\0\\xff\\xff\\x0a\\x09OSMHeader" + bytes(9_000_000)),
        "stops.gtfs": Page(made.feed(**{"stops.txt": "stop_id,stop_lat,stop_lon\\n" + "".join(
            f"{i},2,3\\n" for i in range(1_200_000))})),
        "line.gtfs": Page(made.feed(**{"stops.txt": "stop_id,stop_lat,stop_lon\\n" + "".join(
            f"{i},2,3 " for i in range(5_000_000))})),
        "packed.csv": Page(gzip.compress(bytes(50_000_000)), encoding="gzip"),
    }
    hall.pages |= {f"/{name}": page for name, page in pages.items()} | {"/ok": Page(made.feed())}
    esri = b'{"features":[{"attributes":{"OBJECTID":1},"geometry":{"rings":[[%s[0,0]]]}}]}'
    geojson = (
        b'{"features":[{"properties":{"OBJECTID":1},"geometry":{"type":"Polygon","coordinates":[[%s[0,0]]]}}]}'
    )
    heavy = [("JSON", esri, 3), ("JSON", esri, 40), ("geoJSON", geojson, 15), ("geoJSON", geojson, 40)]
    made.one(folder, made.source(hall.at("/ok"), id="ok", file="ok.zip", format="gtfs"), box=made.BOX)
    layer = made.source(hall.at("/layer"), kind="arcgis", file="layer.geojson", format="geojson")
    told = []
    for name in pages:
        before = begun()
        kind = name if name in ("csv.gz", "osm.pbf") else name.split(".")[-1]
        wanted = made.source(hall.at(f"/{name}"), file=name, format=kind, most_mb=50)
        outcome = made.one(folder, wanted, box=made.BOX)
        ended(name, outcome, before)
    for formats, around, mb in heavy:
        FeatureService({1: ({"APN": "1"}, {})}, formats=formats).on(hall, "/layer")
        answer, body = hall.pages["/layer/query"], around % (b"[0.25,0.1]," * (mb * 1_000_000 // 11))
        hall.pages["/layer/query"] = lambda query: answer(query) if "returnIdsOnly" in query else Page(body, etag=None)
        before = begun()
        ended(f"{formats} of {mb} MB", made.one(folder, layer, box=made.BOX, patience_s=9), before)
    parts = {
        "objects": b"{},", "lists": b"[],", "pairs": b'{"a":1},', "numbers": b"[1.5],", "texts": b'"ab",',
    }
    for name, part in parts.items():
        many = part * (9_000_000 // len(part)) + part[:-1]
        for where, key in (("description", "fields"), ("ids", "objectIds"), ("page", "features")):
            FeatureService({1: ({"APN": "1"}, {})}, formats="geoJSON").on(hall, "/layer")
            page, answer = Page(b'{"%b":[%b]}' % (key.encode(), many), etag=None), hall.pages["/layer/query"]
            if where == "description":
                hall.pages["/layer"] = page
            else:
                hall.pages["/layer/query"] = lambda q: page if ("returnIdsOnly" in q) == (where == "ids") else answer(q)
            before = begun()
            ended(f"{name} as {where}", made.one(folder, layer, box=made.BOX, patience_s=9), before)
    # as heavy as may be: these are taken apart
    for name, where, text in (
        ("most ids", True, ",".join(map(str, range(10**7, 10**7 + 900_000)))),
        ("most names", False, "{" + ",".join(f'"name{i}":{i + 10**7}' for i in range(300_000)) + "}"),
        ("most texts", False, ",".join(f'"name{i}"' for i in range(900_000))),
    ):
        FeatureService({1: ({"APN": "1"}, {})}, formats="geoJSON").on(hall, "/layer")
        page = Page(b'{"%b":[%b]}' % (b"objectIds" if where else b"features", text.encode()), etag=None)
        answer = hall.pages["/layer/query"]
        hall.pages["/layer/query"] = lambda q: page if ("returnIdsOnly" in q) == where else answer(q)
        before = begun()
        ended(name, made.one(folder, layer, box=made.BOX, patience_s=9), before)
    hall.pages["/bomb/query"] = Page(b"<osm>" + b"<way>" * 20_000_000, etag=None)
    streets = made.source(hall.at("/bomb/query"), kind="overpass", file="streets.osm", format="osm", most_mb=90)
    before = begun()
    ended("streets", made.one(folder, streets, box=made.BOX, patience_s=9), before)
print(json.dumps(told))
"""


def test_bombs_of_every_kind_cost_less_than_a_hundred_megabytes_and_ten_seconds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, timeout=300, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    print(*told, sep="\n")
    said = {name: words for name, _, words, _, _ in told}
    assert [line for line in told if line[1] != "failed"] == []
    assert "answer of more than" in said["geoJSON of 40 MB"]
    assert [line for line in told if line[3] > 100] == []
    assert [line for line in told if line[4] > 10] == []
    assert [line for line in told if line[2].count("\n") or not line[2].endswith(".")] == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ok.zip", "ok.zip.source.json"]
