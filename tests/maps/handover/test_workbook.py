"""The workbook and the inventory: numbers are numbers, the unknown is said, and nothing in the data is a formula."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd

from maps.handover import columns, inventory, packet, workbook
from maps.handover.packet import Packet
from siteselect import report
from tests.maps.handover import conftest

SHEETS = ["Sites", "Reasons", "Stability", "Data dictionary", "Provenance"]


def test_the_workbook_has_its_sheets_with_frozen_heads(handed: Packet) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(handed)))
    assert book.sheetnames == SHEETS
    assert {page.freeze_panes for page in book} == {"B2"}


def test_a_cell_that_nobody_knows_says_so_and_one_with_nothing_to_say_is_empty(handed: Packet) -> None:
    page = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(handed)))["Sites"]
    heads = [c.value for c in page[1]]
    rows = {row[0].value: dict(zip(heads, (c.value for c in row), strict=True)) for row in page.iter_rows(min_row=2)}
    assert rows["north"]["flood_share"] == "unknown"
    assert rows["north"]["excluded_because"] is None
    assert rows["mid"]["rank"] == "not ranked"
    assert isinstance(rows["north"]["score_likely"], float)
    assert isinstance(rows["north"]["nearest_stop_m"], float | int)


def test_every_column_is_in_the_data_dictionary_with_its_unit(handed: Packet) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(handed)))
    said = {(r[0], r[1]): r for r in book["Data dictionary"].iter_rows(min_row=2, values_only=True)}
    for name in SHEETS[:3]:
        for head in book[name][1]:
            assert said[name, head.value][3], head.value
    assert said["Sites", "nearest_stop_m"][2] == "metres"
    assert columns.described("first_share_unknowns")[1].endswith("is drawn too")


def test_the_provenance_names_every_input_with_its_checksum(handed: Packet) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.xlsx(handed)))
    rows = list(book["Provenance"].iter_rows(min_row=2, values_only=True))
    assert {(r[1], r[2]) for r in rows if r[0] == "input"} == {
        (i["path"], i["sha256"]) for i in handed.held.manifest["inputs"]
    }
    assert next(r[2] for r in rows if r[0] == "run") == handed.mark


def test_the_same_run_gives_the_same_workbook(handed: Packet, run_folder: Path) -> None:
    assert workbook.xlsx(handed) == workbook.xlsx(packet.read(run_folder))


def test_hostile_text_is_neither_a_formula_nor_a_link(tmp_path: Path) -> None:
    made = workbook.xlsx(packet.read(conftest.hostile(conftest.ranked(tmp_path))))
    with zipfile.ZipFile(io.BytesIO(made)) as held:
        parts = {name: held.read(name).decode() for name in held.namelist() if name.endswith((".xml", ".rels"))}
    assert not any("<f>" in text or "<hyperlink" in text for text in parts.values())
    assert not any("TargetMode" in text for text in parts.values())
    cells = {str(c.value) for page in openpyxl.load_workbook(io.BytesIO(made)) for row in page for c in row}
    assert {"=1+1", "*bold* _it_ $x^2$", "http://example.org/x", "+1"} <= cells


def test_the_inventory_has_the_public_land_and_says_what_nobody_filed(handed: Packet, tmp_path: Path) -> None:
    rows = inventory.rows(handed)
    assert [tuple(row) for row in rows] == [inventory.COLUMNS] * 3
    assert "mid" not in {row["site_id"] for row in rows}
    east = next(row for row in rows if row["site_id"] == "east-side")
    assert east["apn"] == "100-000-001"
    assert east["zoning"] == east["surplus_designation"] == "unknown"
    assert east["known_blockers"] == ""
    assert (east["area_acres"], east["homes_estimated_high"]) == (0.9, "unknown")
    report.write_table(rows, tmp_path / "i.csv")
    assert pd.read_csv(tmp_path / "i.csv", dtype=str).iloc[0]["site_id"] in {r["site_id"] for r in rows}
