"""The text of a feed's files: encodings, line ends, cells and spaces."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect.errors import FeedRefused
from siteselect.layers import gtfs
from siteselect.layers.gtfs import rows, table
from tests import feeds

TEXT = "stop_id,stop_name\nA,Alder\nB,Birch\n"


def read(data: bytes | str, required: tuple[str, ...] = ("stop_id",)) -> table.Table:
    raw = data if isinstance(data, bytes) else data.encode()
    return table.read(raw, "stops.txt", "stops", ("stop_id", "stop_name"), required)


def names(found: table.Table) -> list[str]:
    return list(found.frame["stop_name"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_unicode_with_its_mark_is_read_and_noted(encoding: str) -> None:
    found = read(TEXT.replace("Alder", "Ōak").encode(encoding))
    assert names(found) == ["Ōak", "Birch"]
    assert bool(found.ledger.notes) == (encoding != "utf-8")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_any_line_end_is_read(end: str) -> None:
    assert names(read(TEXT.replace("\n", end))) == ["Alder", "Birch"]


def test_mixed_line_ends_and_empty_lines_keep_the_line_numbers_of_the_file() -> None:
    found = read("\nstop_id,stop_name\r\n\r\nA,Alder\r\n,,\nB,Birch")
    assert names(found) == ["Alder", "Birch"]
    assert found.ledger.rows.tolist() == [4, 6]


def test_a_line_end_inside_quotation_marks_belongs_to_the_value() -> None:
    found = read('stop_id,stop_name\nA,"Alder\nStreet"\nB,Birch\n')
    assert found.ledger.rows.tolist() == [2, 4]
    assert names(found)[1] == "Birch"


def test_spaces_round_names_and_values_do_not_count() -> None:
    found = read('  stop_id , "stop_name"\n  A ,  "Alder, the tree" \n B\t,Birch  \n')
    assert list(found.frame["stop_id"]) == ["A", "B"]
    assert names(found) == ["Alder, the tree", "Birch"]


def test_capitals_in_column_names_do_not_count() -> None:
    assert names(read(TEXT.replace("stop_name", "Stop_Name"))) == ["Alder", "Birch"]


def test_a_bad_byte_is_replaced_and_listed_with_its_row() -> None:
    found = read(TEXT.encode().replace(b"Birch", b"B\xefrch"))
    assert names(found) == ["Alder", "B\ufffdrch"]
    lines = found.ledger.report().lines
    assert lines[["row", "field", "outcome"]].values.tolist() == [[3, "stop_name", "repaired"]]


def test_a_replacement_mark_that_the_publisher_wrote_is_no_repair() -> None:
    assert read(TEXT.replace("Birch", "B\ufffdrch")).ledger.report().repaired == 0


def test_a_nul_is_taken_out_and_listed() -> None:
    found = read(TEXT.replace("Birch", "Bi\x00rch"))
    assert names(found) == ["Alder", "Birch"]
    assert found.ledger.report().repaired == 1


def test_missing_cells_are_blank_and_blank_extra_cells_are_dropped() -> None:
    found = read("stop_id,stop_name\nA\nB,Birch,\nC,Cedar\n")
    assert names(found) == ["", "Birch", "Cedar"]
    account = found.ledger.report()
    assert (account.kept, account.repaired, account.rejected) == (1, 2, 0)
    assert account.lines["row"].tolist() == [2, 3]


def test_a_row_with_more_values_than_the_header_is_rejected_because_its_values_have_moved() -> None:
    found = read("stop_id,stop_name\nA,Main St, North\nB,Birch\n")
    assert found.left.tolist() == [False, True]


def test_a_file_written_short_throughout_is_one_line() -> None:
    lines = read("stop_id,stop_name\n" + "A\n" * 9).ledger.report().lines
    assert len(lines) == 1
    assert pd.isna(lines["row"].item())
    assert lines["rows"].item() == 9


def test_an_open_quotation_mark_is_refused_with_its_row() -> None:
    with pytest.raises(FeedRefused, match=r"stops\.txt row 3: a value runs over .* lines; a quotation mark is open"):
        read('stop_id,stop_name\nA,Alder\nB,"Birch\n' + "C,Cedar\n" * 50)


def test_an_endless_value_is_refused() -> None:
    with pytest.raises(FeedRefused, match=r"row 2: cannot be split"):
        read('stop_id,stop_name\nA,"' + "x" * 200_000)


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(FeedRefused, match="names the column stop_id twice"):
        read("stop_id,stop_id\nA,B\n")


def test_semicolons_are_pointed_out() -> None:
    with pytest.raises(FeedRefused, match=r"stop_id is missing \(the values must be separated by commas\)"):
        read(TEXT.replace(",", ";"))


def test_utf_16_without_its_mark_is_refused() -> None:
    with pytest.raises(FeedRefused, match="not text in UTF-8"):
        read(TEXT.encode("utf-16-le"))


def test_a_file_of_several_blocks_is_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK_ROWS", 2)
    found = read("stop_id,stop_name\nA,a\nB\n\nC,c\nD\nE,e\n")
    assert names(found) == ["a", "", "c", "", "e"]
    assert found.ledger.rows.tolist() == [2, 3, 5, 6, 7]
    assert found.ledger.report().lines["row"].tolist() == [3, 6]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_table_or_a_sentence(data: bytes) -> None:
    said, account = "", None
    try:
        account = read(b"stop_id,stop_name\n" + data).ledger.report()
    except FeedRefused as refusal:
        said = str(refusal)
    assert "\n" not in said
    assert account is None or account.read == account.kept + account.repaired + account.rejected


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), min_size=1)] * 2), min_size=1
    )
)
def test_what_a_csv_writer_writes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame(pairs, columns=["stop_id", "stop_name"])
    found = read(frame.to_csv(index=False, quoting=1))
    stripped = [tuple(value.strip() for value in pair) for pair in pairs]
    assert list(found.frame.itertuples(index=False, name=None)) == stripped


def test_a_feed_in_utf_16_with_cr_lines_is_the_same_feed(tmp_path: Path) -> None:
    plain = gtfs.read(feeds.write(tmp_path / "plain"), "town")
    odd = {name[:-4]: text.replace("\n", "\r").encode("utf-16") for name, text in feeds.FILES.items()}
    other = gtfs.read(feeds.write(tmp_path / "odd", **odd), "town")
    pd.testing.assert_frame_equal(plain.stop_times, other.stop_times)
    pd.testing.assert_frame_equal(plain.stops, other.stops)
