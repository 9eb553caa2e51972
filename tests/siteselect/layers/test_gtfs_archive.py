"""Folders and zips: where the feed is found, and which archives are refused."""

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect.errors import FeedRefused
from siteselect.layers import gtfs
from siteselect.layers.gtfs import archive
from tests import feeds


def test_a_zip_is_known_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    assert len(gtfs.read(feeds.zipped(tmp_path / "download.txt"), "town").trips) == 5


@pytest.mark.parametrize("prefix", ["", "good_feed/"])
def test_a_feed_is_found_at_the_top_of_a_zip_or_one_folder_down(tmp_path: Path, prefix: str) -> None:
    path = feeds.zipped(tmp_path / "feed.zip", prefix, **{"__MACOSX/._stops.txt": b"\x00\x05"})
    assert len(gtfs.read(path, "town").trips) == 5


def test_a_feed_is_found_one_folder_down_in_a_folder(tmp_path: Path) -> None:
    feeds.write(tmp_path / "googletransit" / "good_feed")
    (tmp_path / "googletransit" / "fares").mkdir()
    (tmp_path / "googletransit" / "fares" / "fares.csv").write_text("a\n")
    assert len(gtfs.read(tmp_path / "googletransit", "town").trips) == 5


def test_two_feeds_are_refused_and_both_are_named(tmp_path: Path) -> None:
    feeds.write(tmp_path / "old-feed")
    feeds.write(tmp_path / "new-feed")
    with pytest.raises(FeedRefused, match=r"several feeds \(new-feed and old-feed\)"):
        gtfs.read(tmp_path, "town")


@pytest.mark.parametrize("data", [b"not a real zip file\n", b"", b"<html>sorry</html>", b"PK\x03\x04"])
def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(data)
    with pytest.raises(FeedRefused, match=r"feed\.zip: (is neither a folder nor a zip|looks like a page)"):
        gtfs.read(path, "town")


def test_a_path_to_nothing_or_to_no_feed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedRefused, match="there is no such file or folder"):
        gtfs.read(tmp_path / "absent", "town")
    with pytest.raises(FeedRefused, match=r"holds no GTFS table such as stops\.txt"):
        gtfs.read(tmp_path, "town")


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "..\\evil.txt", "C:/evil.txt", "a/../../evil.txt"])
def test_a_member_that_points_outside_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    path = feeds.zipped(tmp_path / "feed.zip", **{name: b"evil"})
    with pytest.raises(FeedRefused, match="points outside the zip"):
        gtfs.read(path, "town")
    assert [file.name for file in tmp_path.parent.rglob("evil.txt")] == []


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = feeds.zipped(tmp_path / "feed.zip")
    link = zipfile.ZipInfo("shapes.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(FeedRefused, match="is a link"):
        gtfs.read(path, "town")


def test_a_zip_in_a_zip_is_refused_by_name_and_by_bytes(tmp_path: Path) -> None:
    inner = feeds.zipped(tmp_path / "inner.zip").read_bytes()
    with pytest.raises(FeedRefused, match="is a zip itself"):
        gtfs.read(feeds.zipped(tmp_path / "a.zip", **{"more.zip": inner}), "town")
    with pytest.raises(FeedRefused, match=r"feed_info\.txt' is a zip itself"):
        gtfs.read(feeds.zipped(tmp_path / "b.zip", **{"feed_info.txt": inner}), "town")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = feeds.zipped(tmp_path / "bomb.zip", **{"shapes.txt": bytes(20_000_000)})
    with pytest.raises(FeedRefused, match="200 times its size"):
        gtfs.read(path, "town")


def test_a_zip_that_unpacks_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = feeds.zipped(tmp_path / "feed.zip")
    monkeypatch.setattr(archive, "LIMIT_BYTES", 1000)
    with pytest.raises(FeedRefused, match="unpacks to more than"):
        gtfs.read(path, "town")


def test_a_zip_with_too_many_files_or_two_of_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedRefused, match="holds 69 files, more than 60"):
        gtfs.read(feeds.zipped(tmp_path / "many.zip", **{f"x{n}.txt": b"" for n in range(61)}), "town")
    twice = feeds.zipped(tmp_path / "twice.zip")
    with zipfile.ZipFile(twice, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("stops.txt", "stop_id\n")
    with pytest.raises(FeedRefused, match="two files of the same name"):
        gtfs.read(twice, "town")


def test_an_unusual_packing_is_refused(tmp_path: Path) -> None:
    path = feeds.zipped(tmp_path / "feed.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as file:
        file.writestr("shapes.txt", "x" * 100)
    with pytest.raises(FeedRefused, match="packed in an unusual way"):
        gtfs.read(path, "town")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_zip_ends_in_a_feed_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("zip") / "feed.zip"
    raw = bytearray(feeds.zipped(path).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    said = ""
    try:
        gtfs.read(path, "town")
    except FeedRefused as refusal:
        said = str(refusal)
    assert "\n" not in said
