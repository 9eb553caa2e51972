"""Tables of text in every encoding and state that offices send them in."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect.errors import FileRefused
from siteselect.layers import files
from siteselect.layers.files import text

TABLE = "id,name,lon\n1,Café Peña,-122.7\n2,Roseland,-122.8\n"


def says(refusal: FileRefused, begins: str) -> None:
    assert str(refusal).startswith(begins)


def write(folder: Path, content: str | bytes, name: str = "offices.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("cp1252", "Windows-1252")],
)
def test_a_name_with_accents_survives_every_encoding_and_an_odd_one_is_said(
    tmp_path: Path, encoding: str, said: str | None
) -> None:
    frame, ledger = files.read_table(write(tmp_path, TABLE.encode(encoding)), "offices")
    assert frame["name"].tolist() == ["Café Peña", "Roseland"]
    assert (said is None) == (not ledger.notes)
    assert said is None or said in ledger.notes[0]
    assert ledger.report().kept == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_even_where_names_hold_commas(tmp_path: Path, delimiter: str) -> None:
    rows = [["id", "name", "note"], ["1", '"Hope, House"', "a"], ["2", '"B, C"', "b"]]
    frame, _ = files.read_table(write(tmp_path, "\n".join(delimiter.join(r) for r in rows)), "offices")
    assert frame.columns.tolist() == ["id", "name", "note"]
    assert frame["name"].tolist() == ["Hope, House", "B, C"]


def test_a_gzip_file_reads_as_what_is_in_it(tmp_path: Path) -> None:
    frame, _ = files.read_table(write(tmp_path, gzip.compress(TABLE.encode()), "offices.csv.gz"), "offices")
    assert len(frame) == 2


def test_a_gzip_bomb_stops_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = write(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000), "bomb.csv.gz")
    monkeypatch.setattr(text, "MOST_BYTES", 3_000_000)
    with pytest.raises(FileRefused, match=r"bomb\.csv\.gz: it unpacks to more than 3 MB"):
        files.read_table(bomb, "offices")


def test_a_gzip_file_cut_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="damaged or cut short"):
        files.read_table(write(tmp_path, gzip.compress(TABLE.encode() * 50)[:-12], "offices.csv.gz"), "offices")


def test_a_row_is_named_by_its_physical_line_past_blank_lines_and_quoted_breaks(tmp_path: Path) -> None:
    frame, ledger = files.read_table(write(tmp_path, 'id,name\n1,"two\nlines"\n\n2,b\n3\n4,d\n'), "offices")
    assert ledger.rows.tolist() == [2, 5, 6, 7]
    assert frame["id"].tolist() == ["1", "2", "4"]
    rejected = ledger.report().lines.iloc[0]
    assert (rejected["row"], rejected["outcome"], rejected["reason"]) == (
        6,
        "rejected",
        "it has 1 cells where the header has 2",
    )


def test_a_missing_quotation_mark_is_named_by_the_line_where_it_opens(tmp_path: Path) -> None:
    rows = "".join(f"{i},n{i}\n" for i in range(3, 12))
    frame, ledger = files.read_table(write(tmp_path, f'id,name,town\n1,a,b\n2,"open,c\n{rows}'), "offices")
    assert len(frame) == 1
    assert "a quotation mark may be missing" in ledger.report().lines["reason"].iloc[0]
    assert ledger.report().lines["row"].iloc[0] == 3


def test_blank_cells_past_the_header_are_dropped_and_listed(tmp_path: Path) -> None:
    frame, ledger = files.read_table(write(tmp_path, "id,name\n1,a,,\n2,b\n"), "offices")
    assert frame["name"].tolist() == ["a", "b"]
    assert (ledger.report().kept, ledger.report().repaired) == (1, 1)


def test_a_header_that_says_a_name_twice_keeps_both_columns(tmp_path: Path) -> None:
    frame, ledger = files.read_table(write(tmp_path, "id,name,name,\n1,a,b,c\n"), "offices")
    assert frame.columns.tolist() == ["id", "name", "name.2", "column 4"]
    assert "says name more than once" in ledger.notes[0]


def test_nuls_and_bad_bytes_are_listed_by_their_line(tmp_path: Path) -> None:
    good = "Peña Núñez Café".encode()
    frame, ledger = files.read_table(
        write(tmp_path, b"id,name\n1," + good + b"\n2,a\x00b\n3,bad \xff byte\n"), "offices"
    )
    lines = ledger.report().lines
    assert frame["name"].tolist() == ["Peña Núñez Café", "ab", "bad \N{REPLACEMENT CHARACTER} byte"]
    assert dict(zip(lines["row"], lines["reason"].str[:12], strict=True)) == {3: "NUL characte", 4: "a byte that "}


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "empty"),
        (b" \n\n", "nothing but white space"),
        (b"id,name\n", "the file has no rows, only a header"),
        (b"<html><body>404</body></html>", "error page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20, "not a format that we know"),
        (b"SQLite format 3\x00" + b"\x00" * 100, "not a GeoPackage"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path: Path, content: bytes, because: str) -> None:
    with pytest.raises(FileRefused, match=because) as refusal:
        files.read_table(write(tmp_path, content), "offices")
    assert str(refusal.value).startswith("offices.csv: ")
    assert "\n" not in str(refusal.value)


def test_addresses_and_missing_files_are_refused(tmp_path: Path) -> None:
    for path in (Path("http://example.org/a.csv"), Path("/vsicurl/http://example.org/a.csv"), tmp_path / "none.csv"):
        with pytest.raises(FileRefused, match=r"only files on this machine|there is no such file"):
            files.read_table(path, "offices")


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_table_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = write(tmp_path_factory.getbasetemp(), content, "noise.csv")
    try:
        frame, ledger = files.read_table(path, "noise")
    except FileRefused as refusal:
        return says(refusal, "noise.csv: ")
    report = ledger.report()
    assert report.read == report.kept + report.repaired + report.rejected
    assert len(frame) == report.read - report.rejected


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / town / "sites.csv" for town in ("Cotati", "Windsor")]
    assert files.shown_names(paths) == ["Cotati/sites.csv", "Windsor/sites.csv"]
    assert files.shown_names(paths[:1]) == ["sites.csv"]


def test_a_folder_is_not_a_file_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="it is a folder; give the file in it"):
        files.read_table(tmp_path, "offices")
