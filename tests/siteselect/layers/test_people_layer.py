"""People and jobs in the cells of a grid."""

from pathlib import Path

import numpy as np

from siteselect import units
from siteselect.layers import people

BOX: units.Box = (-123.0, 38.0, -122.0, 39.0)
OPTIONS = {"id": "id", "people": "pop", "jobs": "jobs", "lon": "lon", "lat": "lat"}


def test_a_count_that_is_blank_negative_or_a_word_is_unknown_not_zero(tmp_path: Path) -> None:
    path = tmp_path / "grid.csv"
    path.write_text(
        "id,lon,lat,pop,jobs\na,-122.7,38.4,0,5\nb,-122.7,38.5,-4,\nc,-122.6,38.4,<11,7\na,-122.5,38.4,1,1\n,-122.5,38.4,1,1\nd,10,50,1,1\n"
    )
    table, report = people.read(path, OPTIONS, BOX, "EPSG:26910")
    assert table["cell_id"].tolist() == ["a", "b", "c"]
    assert table["people"].fillna(-1).tolist() == [0, -1, -1]
    assert table["jobs"].fillna(-1).tolist() == [5, -1, 7]
    assert (report.read, report.kept, report.repaired, report.rejected) == (6, 1, 2, 3)
    assert "grid.csv: pop is unknown for 2 of 5 cells." in report.notes


def test_counts_that_nobody_files_are_unknown(tmp_path: Path) -> None:
    path = tmp_path / "grid.csv"
    path.write_text("id,lon,lat\na,-122.7,38.4\n")
    table, _ = people.read(path, {"id": "id", "lon": "lon", "lat": "lat"}, BOX, "EPSG:26910")
    assert np.isnan(table[["people", "jobs"]].to_numpy()).all()


def test_the_real_grid_of_porto_alegre_keeps_its_people(real_data: Path) -> None:
    options = OPTIONS | {"people": "population"}
    table, report = people.read(
        real_data / "porto_alegre/poa_hexgrid.csv", options, (-51.27, -30.12, -51.13, -29.98), "EPSG:31982"
    )
    assert (len(table), report.read, int(table["jobs"].isna().sum())) == (1227, 1227, 5)
