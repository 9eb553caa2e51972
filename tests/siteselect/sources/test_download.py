"""Plain files: fetched whole, gone on with, asked for only when changed, and refused by their bytes."""

import gzip
import hashlib
import io
import itertools
import json
import struct
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siteselect import place, sources
from siteselect.errors import ConfigError
from siteselect.sources import brackets, fetching, kept
from tests.publishers import Page, Publisher
from tests.siteselect.sources import made


def test_a_fetched_file_lies_there_whole_with_a_note_of_where_it_is_from(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(500))
    outcome = made.one(tmp_path, made.source(hall.at("/t.csv"), file="deep/thing.csv"))
    assert (outcome.state, outcome.words) == ("fetched", "")
    file = tmp_path / "deep" / "thing.csv"
    assert file.read_bytes() == made.table(500)
    told = json.loads((tmp_path / "deep" / "thing.csv.source.json").read_text())
    assert told["address"] == hall.at("/t.csv")
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (told["how"], told["etag"], told["rows"], told["licence"]) == ("fetched", '"v1"', 500, "CC0")
    assert made.left_over(tmp_path) == []


def test_a_file_that_did_not_change_is_not_sent_again(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    wanted = made.source(hall.at("/t.csv"))
    made.one(tmp_path, wanted)
    assert made.one(tmp_path, wanted).state == "unchanged"
    assert hall.asked[-1][3]["if-none-match"] == '"v1"'
    hall.pages["/t.csv"] = Page(made.table(60), etag='"v2"')
    assert made.one(tmp_path, wanted).state == "fetched"
    assert (tmp_path / "thing.csv").read_bytes() == made.table(60)


def test_a_download_cut_in_the_middle_goes_on_where_it_stopped(hall: Publisher, tmp_path: Path) -> None:
    body = made.table(20_000)
    hall.pages["/t.csv"] = Page(body, cut_at=100_000, cuts=3)
    assert made.one(tmp_path, made.source(hall.at("/t.csv"))).state == "fetched"
    assert (tmp_path / "thing.csv").read_bytes() == body
    starts = [headers.get("range") for *_, headers in hall.asked]
    assert starts == [None, "bytes=100000-", "bytes=200000-", "bytes=300000-"]


def test_a_later_run_goes_on_with_what_an_earlier_one_left(hall: Publisher, tmp_path: Path) -> None:
    body = made.table(20_000)
    hall.pages["/t.csv"] = Page(body, cut_at=150_000)
    wanted = made.source(hall.at("/t.csv"))
    first = made.one(tmp_path, wanted, patience_s=0.2)  # too little for the pause before the next try
    assert first.state == "failed"
    assert not (tmp_path / "thing.csv").exists()
    assert made.one(tmp_path, wanted).state == "fetched"
    assert hall.asked[-1][3]["range"] == "bytes=150000-"
    assert (tmp_path / "thing.csv").read_bytes() == body


def test_a_file_that_changed_between_two_halves_is_never_joined(hall: Publisher, tmp_path: Path) -> None:
    wanted = made.source(hall.at("/t.csv"))
    hall.pages["/t.csv"] = Page(made.table(20_000), cut_at=150_000, cuts=9)
    assert made.one(tmp_path, wanted, patience_s=0.2).state == "failed"
    other = made.table(20_000).replace(b"0", b"1")
    hall.pages["/t.csv"] = Page(other, etag='"v2"')
    assert made.one(tmp_path, wanted).state == "fetched"
    assert (tmp_path / "thing.csv").read_bytes() == other


def test_a_server_that_always_cuts_and_knows_no_ranges_is_given_up_on(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(20_000), cut_at=100_000, cuts=99, ranges=False)
    outcome = made.one(tmp_path, made.source(hall.at("/t.csv")), patience_s=6)
    assert outcome.state == "failed"
    assert len(hall.asked) <= 6
    assert not (tmp_path / "thing.csv").exists()


def test_too_many_questions_are_answered_with_the_wait_that_is_asked_for(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50), faults=[429], retry_after="1")
    before = time.monotonic()
    assert made.one(tmp_path, made.source(hall.at("/t.csv"))).state == "fetched"
    assert time.monotonic() - before >= 1


def test_a_wait_of_an_hour_is_not_waited_but_said(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50), faults=[429] * 9, retry_after="3600")
    before = time.monotonic()
    outcome = made.one(tmp_path, made.source(hall.at("/t.csv")))
    assert time.monotonic() - before < 2
    assert "too many questions (429); run fetch again in 3600 s." in outcome.words


def test_a_server_that_fails_twice_is_asked_a_third_time(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50), faults=[500, 503])
    assert made.one(tmp_path, made.source(hall.at("/t.csv"))).state == "fetched"
    assert len(hall.asked) == 3


def test_the_next_address_is_asked_when_the_first_is_gone(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/new.csv"] = Page(made.table(50))
    outcome = made.one(tmp_path, made.source([hall.at("/old.csv"), hall.at("/new.csv")]))
    assert (outcome.state, outcome.note and outcome.note.address) == ("fetched", hall.at("/new.csv"))


def test_a_zip_labelled_as_text_is_a_zip(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/gtfs"] = Page(made.feed(), "text/plain")
    outcome = made.one(tmp_path, made.source(hall.at("/gtfs"), file="bus.zip", format="gtfs"), box=made.BOX)
    assert outcome.state == "fetched"
    assert outcome.note is not None
    assert outcome.note.rows == 3


PAGE = b"<!DOCTYPE html><html><body>We are moving, come back tomorrow</body></html>"
VRT = b"<OGRVRTDataSource><OGRVRTLayer><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
POINT = b'{"type":"Feature","properties":{"A":1},"geometry":{"type":"Point","coordinates":[%s]}}'
GEO = b'{"type":"FeatureCollection","features":[' + POINT + b"]}"
HERE, FAR = GEO % b"-122.7,38.45", GEO % b"13.4,52.5"
CUT_AFTER_A_FEATURE = GEO.replace(b"]}", b",") % b"-122.7,38.45" + POINT % b"-122.7,38.45"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaa">]><osm><way id="1">&a;</way></osm>'
VRT_INSIDE = made.packed({"roads.shp": b"x" * 50, "roads.vrt": VRT})
NO_LINES = made.feed(**{"stops.txt": "stop_id,stop_lat,stop_lon\n" + "S" * 200_000})
UNENDING_QUOTE = made.feed(**{"stops.txt": 'stop_id,stop_lat,stop_lon\n"' + "S\n" * 100_000})
MANY_STOPS = made.feed(**{"stops.txt": "stop_id,stop_lat,stop_lon\n" + "".join(f"{i},2,3\n" for i in range(1_000_100))})
OLD_LINE_ENDS = made.feed(**{"stops.txt": "stop_id,stop_lat,stop_lon\rS,52.5,13.4\r"})
NO_MEMBER = made.feed(**{"stop_times.txt": ""})
EMPTY = made.feed(times=0)
ELSEWHERE = made.feed(lon=13.4, lat=52.5)
NEW_SHAPE = made.feed(**{"stops.txt": "stop,lat,lon\nS,38.45,-122.7\n"})
BOMB = made.packed({"stops.txt": bytes(60_000_000)})
NESTED = made.packed({"stops.txt": made.feed()})
OUTSIDE = made.packed({"../../evil.txt": b"x"})
MANY = made.packed({f"{i}.txt": b"x" for i in range(300)})
GZ_BOMB = gzip.compress(bytes(300_000_000), 9)
HIDDEN_VRT = b'{"x": "' + VRT + b'", "features": []}'
LOCKED = made.feed().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
GOOD = {"gtfs": made.feed(), "geojson": HERE, "csv": made.table(9), "csv.gz": gzip.compress(made.table(9))}


def large_end(body: bytes, count: int) -> bytes:
    """A zip with the end of a zip64 before its own, which says that it has so many members."""
    at = body.rindex(b"PK\x05\x06")
    index_bytes, index_at = struct.unpack("<II", body[at + 12 : at + 20])
    end = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, index_bytes, index_at)
    return body[:at] + end + struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1) + body[at:]


def unusual() -> bytes:
    """A feed packed by a method that may ask for gigabytes before it gives a byte."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("stops.txt", b"x" * 1000)
    return held.getvalue()


PBF = struct.pack(">I", 13) + b"\x0a\x09OSMHeader\x18\x05" + b"12345"


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("gtfs", PAGE, "a web page (perhaps an error page) instead of gtfs"),
        ("csv", PAGE, "a web page (perhaps an error page) instead of csv"),
        ("csv", b'{"error": {"code": 400}}' * 5, "by its first bytes it is not csv"),
        ("gtfs", b"%PDF-1.7" + bytes(100), "by its first bytes it is not gtfs"),
        ("geojson", VRT, "points at other files or addresses"),
        ("geojson", HIDDEN_VRT, "points at other files or addresses"),
        ("geotiff", b"<VRTDataset><SourceFilename>/vsicurl/http://x</SourceFilename></VRTDataset>", "points at other"),
        ("geojson", HERE[:-30], "cut on the way"),
        ("geojson", b'{"type": "FeatureCollection", "features": []}', "there is nothing in it"),
        ("geojson", FAR, "lie elsewhere, not in the place"),
        ("geojson", CUT_AFTER_A_FEATURE, "cut on the way"),
        ("osm", ENTITIES, "by its first bytes it is not osm"),
        ("zip", VRT_INSIDE, "member 'roads.vrt' points at other files"),
        ("zip", large_end(made.feed(), 70_000), "more than 200 files"),
        ("gtfs", unusual(), "packed in a way that few programs read"),
        ("gtfs", NO_LINES, "stops.txt is no table (a line without an end)"),
        ("gtfs", UNENDING_QUOTE, "stops.txt is no table"),
        ("gtfs", MANY_STOPS, "stops.txt has more than 1,000,000 rows"),
        ("gtfs", OLD_LINE_ENDS, "none of its 1 stops lies in the place"),
        ("csv", b"id,name\n" + b" " * 20, "rows where|nothing"),
        ("csv", b"", "0 bytes"),
        ("gtfs", made.feed()[:-30], "zip whose end is missing"),
        ("gtfs", made.feed()[:200] + b"XX" + made.feed()[202:], "zip is damaged"),
        ("gtfs", NO_MEMBER, "without stop_times.txt"),
        ("gtfs", EMPTY, "there is nothing in it"),
        ("gtfs", ELSEWHERE, "none of its 1 stops lies in the place"),
        ("gtfs", NEW_SHAPE, "no column stop_id: its shape has changed"),
        ("gtfs", BOMB, "as a zip bomb does"),
        ("gtfs", NESTED, "is a zip itself"),
        ("gtfs", OUTSIDE, "points outside the zip"),
        ("gtfs", MANY, "more than 200 files"),
        ("gtfs", LOCKED, "locked with a password|damaged"),
        ("xlsx", made.feed(), "not a workbook"),
        ("csv.gz", GZ_BOMB, "as a bomb does"),
        ("csv.gz", gzip.compress(made.table(500))[:-20], "damaged or cut"),
        ("osm.pbf", PBF + b"\x00\x00\x00\x09oops", "damaged at byte"),
        ("osm.pbf", PBF, "nothing in it"),
        ("osm.pbf", PBF + struct.pack(">I", 11) + b"\x0a\x07OSMData\x18\x50" + b"1", "cut on the way"),
    ],
)
def test_what_is_not_the_data_is_refused_in_one_sentence_and_the_last_good_stays(
    kind: str, body: bytes, said: str, hall: Publisher, tmp_path: Path
) -> None:
    file = f"thing.{kind}"
    good = GOOD.get(kind)
    wanted = made.source(hall.at("/x"), file=file, format=kind)
    if good is not None:
        hall.pages["/x"] = Page(good)
        assert made.one(tmp_path, wanted, box=made.BOX).state == "fetched"
    hall.pages["/x"] = Page(body, "application/zip", etag='"v2"')
    before = time.monotonic()
    outcome = made.one(tmp_path, wanted, box=made.BOX)
    assert time.monotonic() - before < 10
    assert outcome.state == "failed"
    assert any(part in outcome.words for part in said.split("|")), outcome.words
    assert outcome.words.count("\n") == 0
    assert made.left_over(tmp_path) == []
    assert (tmp_path / file).exists() == (good is not None)
    if good is not None:
        assert (tmp_path / file).read_bytes() == good
        assert "is kept" in outcome.words


@given(st.lists(st.tuples(st.text(max_size=8), st.integers()), max_size=6), st.integers(1, 9), st.integers(1, 400))
def test_a_json_text_is_whole_only_with_its_last_bracket(told: list[tuple[str, int]], step: int, cut: int) -> None:
    whole = json.dumps({"features": [{name: [{"}": number}]} for name, number in told]}).encode()

    def closed(text: bytes) -> bool:
        count = brackets.Brackets()
        for at in range(0, len(text), step):
            count.read(text[at : at + step])
        return count.closed

    assert closed(whole + b" \n")
    assert not closed(whole[: -min(cut, len(whole))])


def test_a_publisher_that_says_unchanged_without_being_asked_so_is_not_believed(
    hall: Publisher, tmp_path: Path
) -> None:
    hall.pages["/old.csv"] = Page(made.table(50))
    made.one(tmp_path, made.source(hall.at("/old.csv")))
    hall.pages["/new.csv"] = Page(faults=[304] * 9)
    outcome = made.one(tmp_path, made.source(hall.at("/new.csv")))
    assert outcome.state == "failed"
    assert "says that nothing changed, and was not asked so" in outcome.words


def test_two_runs_never_write_into_one_folder_at_once(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    with kept.alone(tmp_path), pytest.raises(ConfigError, match="another fetch is at work in this folder"):
        made.one(tmp_path, made.source(hall.at("/t.csv")))
    assert hall.asked == []
    assert made.one(tmp_path, made.source(hall.at("/t.csv"))).state == "fetched"


def test_a_file_that_cannot_be_put_there_is_one_failed_source_of_several(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    (tmp_path / "thing.csv").mkdir()
    (tmp_path / "under").write_text("no folder")
    sources = [
        made.source(hall.at("/t.csv")),
        made.source(hall.at("/t.csv"), id="deep", file="under/thing.csv"),
        made.source(hall.at("/t.csv"), id="other", file="other.csv"),
    ]
    outcomes = made.fetch(tmp_path, *sources)
    assert [o.state for o in outcomes] == ["failed", "failed", "fetched"]
    assert all("cannot be" in o.words and "\n" not in o.words for o in outcomes[:2])


def test_a_file_that_lost_most_of_its_rows_is_not_taken_for_the_new_truth(hall: Publisher, tmp_path: Path) -> None:
    wanted = made.source(hall.at("/t.csv"))
    hall.pages["/t.csv"] = Page(made.table(1000))
    made.one(tmp_path, wanted)
    hall.pages["/t.csv"] = Page(made.table(20), etag='"v2"')
    assert "20 rows where the last good file has 1,000" in made.one(tmp_path, wanted).words
    assert (tmp_path / "thing.csv").read_bytes() == made.table(1000)


def test_a_column_that_is_gone_is_named(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(10))
    words = made.one(tmp_path, made.source(hall.at("/t.csv"), columns=("CDSCode",))).words
    assert "no header line with CDSCode: its shape has changed" in words


def test_a_header_below_title_rows_in_another_alphabet_is_found(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page("Caf\xe9 counts 2024\n\nRow,Beds\n1,5\n2,6\n".encode("cp1252"))
    outcome = made.one(tmp_path, made.source(hall.at("/t.csv"), columns=("Beds",)))
    assert outcome.note is not None
    assert outcome.note.rows == 2


def test_a_checksum_in_the_registry_is_compared(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(10))
    right = hashlib.sha256(made.table(10)).hexdigest()
    assert made.one(tmp_path, made.source(hall.at("/t.csv"), sha256="0" * 64)).state == "failed"
    assert made.one(tmp_path, made.source(hall.at("/t.csv"), sha256=right)).state == "fetched"


def test_a_file_larger_than_it_may_be_is_refused_told_or_not(hall: Publisher, tmp_path: Path) -> None:
    wanted = made.source(hall.at("/t.csv"), most_mb=1)
    hall.pages["/t.csv"] = Page(made.table(100_000))
    assert "more than the 1 MB that it may have" in made.one(tmp_path, wanted).words
    hall.pages["/t.csv"] = Page(b"", chunks=itertools.repeat(b"1,2\n" * 10_000))
    assert "more than the 1 MB that it may have" in made.one(tmp_path, wanted).words
    assert made.left_over(tmp_path) == []


def test_an_answer_packed_on_the_way_is_refused(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(gzip.compress(bytes(100_000_000)), encoding="gzip")
    assert "packed by the server" in made.one(tmp_path, made.source(hall.at("/t.csv"))).words


@pytest.mark.parametrize("page", [Page(made.table(50), drip_s=0.05), Page(silent=True)], ids=["drips", "says nothing"])
def test_a_server_that_does_not_get_on_is_given_up_on(page: Page, hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = page
    before = time.monotonic()
    outcome = made.one(tmp_path, made.source(hall.at("/t.csv")), patience_s=1)
    assert time.monotonic() - before < 4
    assert "no answer within 1 s" in outcome.words or "slowed to a drip for 1 s" in outcome.words


@pytest.mark.long
def test_with_the_patience_of_a_user_it_takes_less_than_ten_seconds(hall: Publisher, tmp_path: Path) -> None:
    hall.pages |= {"/a": Page(made.table(5000), drip_s=0.05), "/b": Page(silent=True)}
    slow = [made.source(hall.at("/a"), id="a", file="a"), made.source(hall.at("/b", "localhost"), id="b", file="b")]
    before = time.monotonic()
    outcomes = made.fetch(tmp_path, *slow, patience_s=fetching.PATIENCE_S)
    assert time.monotonic() - before < 10
    assert [o.state for o in outcomes] == ["failed", "failed"]


def test_a_file_put_there_by_hand_is_noted_and_never_overwritten(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    (tmp_path / "thing.csv").write_bytes(made.table(7))
    outcome = made.one(tmp_path, made.source(hall.at("/t.csv")))
    assert (outcome.state, hall.asked) == ("by hand", [])
    told = kept.true_note(tmp_path / "thing.csv")
    assert told is not None
    assert (told.how, told.rows, told.address) == ("dropped by hand", 7, None)
    assert told.sha256 == hashlib.sha256(made.table(7)).hexdigest()


def test_a_fetched_file_that_somebody_replaced_is_theirs_from_then_on(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    wanted = made.source(hall.at("/t.csv"))
    made.one(tmp_path, wanted)
    (tmp_path / "thing.csv").write_bytes(made.table(8))
    assert made.one(tmp_path, wanted).state == "by hand"
    assert (tmp_path / "thing.csv").read_bytes() == made.table(8)


def test_a_page_saved_by_hand_instead_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "thing.csv").write_bytes(PAGE)
    (outcome,) = fetching.offline([made.source("http://127.0.0.1:1/x")], tmp_path, None)
    assert outcome.state == "failed"
    assert "thing.csv: a web page" in outcome.words


def test_without_a_network_what_is_here_is_said_with_its_age(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    wanted, absent = made.source(hall.at("/t.csv")), made.source(hall.at("/u.csv"), id="absent", file="u.csv")
    made.one(tmp_path, wanted)
    asked = len(hall.asked)
    note = tmp_path / "thing.csv.source.json"
    note.write_text(note.read_text().replace('"fetched_at": "20', '"fetched_at": "19'))
    here, gone = fetching.offline([wanted, absent], tmp_path, None)
    assert (here.state, gone.state, len(hall.asked)) == ("here", "to do", asked)
    assert here.age_days is not None
    assert here.age_days > 30_000
    assert "older than its publisher's round of 365 days" in here.words


def test_a_stop_between_the_file_and_its_note_does_not_orphan_the_file(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    wanted = made.source(hall.at("/t.csv"))
    made.one(tmp_path, wanted)
    (tmp_path / "thing.csv.source.json").rename(tmp_path / ".thing.csv.source.json.next")
    assert made.one(tmp_path, wanted).state == "unchanged"


def test_a_run_says_of_each_file_where_it_was_fetched_and_whom_to_credit(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(made.table(50))
    data = tmp_path / "data"
    made.one(data, made.source(hall.at("/t.csv"), file="layer/thing.csv"))
    (data / "layer" / "other.csv").write_bytes(made.table(3))
    located = place.planned(made.place(tmp_path, hall, made.listed(hall.at("/t.csv"))))
    layer = place.Layer(name="all", path="layer", source="the town", licence="CC0")
    other, thing = sources.record(located, layer)
    assert (other["path"], other["address"], other["credit"]) == ("layer/other.csv", None, None)
    assert (thing["address"], thing["credit"], thing["how"]) == (hall.at("/t.csv"), "Town Hall", "fetched")


def test_several_sources_end_each_for_itself(hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/good.csv"] = Page(made.table(50))
    good = made.source(hall.at("/good.csv"), id="good", file="good.csv")
    bad = made.source(hall.at("/bad.csv"), id="bad", file="bad.csv")
    hand = made.source([], id="hand", file="hand.csv")
    assert [o.state for o in made.fetch(tmp_path, bad, good, hand)] == ["failed", "fetched", "to do"]
