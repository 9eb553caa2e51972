"""Sites as they are filed: numbers as text, owners in several spellings, parcels found by their number."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siteselect import units
from siteselect.errors import ConfigError, FileRefused
from siteselect.layers import areas, sites
from siteselect.layers.ledger import Report

BOX: units.Box = (-123.0, 38.0, -122.0, 39.0)
CRS = "EPSG:26910"
OWNERS = {"YES - County-Owned": "county", "County": "county", "NO - Privately-Owned": "private"}
OPTIONS: dict[str, Any] = {
    "label": "street", "apn": "APN", "owner": "owner", "owners": OWNERS, "area": "acres", "capacity": "homes",
    "capacity_parts": ["low", "high"], "density": "max", "zoning": "zone", "lon": "lon", "lat": "lat",
}  # fmt: skip
HEADER = "street,APN,owner,acres,homes,low,high,max,zone,lon,lat"
GOOD = "1 Main St,001-002-003-000,County,1,10,4,6,20,R3,-122.7,38.4"
HCD = {
    "label": "Site_Address_Intersection", "apn": "AssessorParcelNumber", "jurisdiction": "jurisdiction_name",
    "owner": "Publicly_Owned", "area": "Parcel_Size_Acres", "capacity": "Total_Capacity",
    "lon": "Longitude", "lat": "Latitude",
    "capacity_parts": ["Lower_Income_Capacity", "Moderate_Income_Capacity", "Above_Moderate_Income_Capacity"],
    "density": "Max_Density_Allowed_units_per_a", "zoning": "Zoning_Designation_Current", "status": "Site_Status",
    "note": {"use": "Existing_Use_Vacancy"},
    "owners": {
        "NO - Privately-Owned": "private", "YES - County-Owned": "county", "YES - City-Owned": "city",
        "YES - State-Owned": "state", "YES - Other Publicly-Owned": "other-public",
    },
}  # fmt: skip


def read(
    folder: Path, *rows: str, parcels: gpd.GeoDataFrame | None = None, **options: Any
) -> tuple[gpd.GeoDataFrame, Report]:
    path = folder / "sites.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return sites.read(path, OPTIONS | options, BOX, CRS, parcels)


def says(refusal: FileRefused, begins: str) -> None:
    assert str(refusal).startswith(begins)


def parcel_at(lon: float, lat: float, apn: str = "001002003", half_m: float = 30) -> gpd.GeoDataFrame:
    x, y = units.convert([lon], [lat], units.DEGREES, CRS)
    square = shapely.box(x[0] - half_m, y[0] - half_m, x[0] + half_m, y[0] + half_m)
    return units.to_degrees(gpd.GeoDataFrame({"apn": [apn]}, geometry=[square], crs=CRS))


def reasons(report: Report, outcome: str) -> list[str]:
    return report.lines.loc[report.lines["outcome"] == outcome, "reason"].tolist()


def test_a_well_filed_site_keeps_every_number_with_its_unit(tmp_path: Path) -> None:
    table, report = read(tmp_path, GOOD)
    site = table.iloc[0]
    assert (site["site_id"], site["apn"], site["apn_filed"], site["owner"]) == (
        "001002003",
        "001002003",
        "001-002-003-000",
        "county",
    )
    assert site["area_m2"] == pytest.approx(4046.86, abs=0.01)
    assert (site["area_method"], site["capacity_units"], site["density_max_per_acre"]) == ("as filed", 10, 20)
    assert (site["shape"], site["lon"], site["lat"], site["file"], site["row"]) == (
        "point",
        -122.7,
        38.4,
        "sites.csv",
        2,
    )
    assert (report.read, report.kept) == (1, 1)


def test_a_number_that_cannot_be_read_is_unknown_and_its_row_is_kept(tmp_path: Path) -> None:
    table, report = read(
        tmp_path,
        "a,001-002-003-000,County,R3 20,no max,,,20 du/ac,,-122.7,38.4",
        'b,001-002-004-000,County,"1,200",-3,,,Unlimited (50 expected),,-122.7,38.4',
        "c,001-002-005-000,County,0,0,,,0,,-122.7,38.4",
    )
    assert table["area_m2"].isna().tolist() == [True, False, True]
    assert table["capacity_units"].isna().all()
    assert table["density_max_per_acre"].fillna(-1).tolist() == [20, -1, -1]
    assert report.repaired == len(table) == 3
    said = " ".join(reasons(report, "repaired"))
    for part in (
        "'R3 20' is not a number", "'no max' is", "'20 du/ac' was read as", "'1,200' was read", "below zero",
        "0 homes per acre", "0 stands beside blank counts",
    ):  # fmt: skip
        assert part in said


def test_a_filed_capacity_of_zero_stays_zero_with_a_caution(tmp_path: Path) -> None:
    table, report = read(tmp_path, "a,001-002-003-000,County,1,0,0,0,20,R3,-122.7,38.4")
    assert table["capacity_units"].tolist() == [0]
    assert reasons(report, "caution") == ["a capacity of 0 homes is filed, and was kept"]


def test_every_spelling_of_an_owner_is_said_and_an_unlisted_one_is_unknown(tmp_path: Path) -> None:
    rows = [
        f"{i},001-002-00{i}-000,{owner},1,1,,,1,,-122.7,38.4"
        for i, owner in enumerate(["County", "yes -  county-owned", "Parks District", ""])
    ]
    table, report = read(tmp_path, *rows)
    assert table["owner"].tolist() == ["county", "county", "unknown", "unknown"]
    note = next(n for n in report.notes if n.startswith("owner is"))
    assert "'Parks District' in 1 (unknown)" in note
    assert "'County' in 1 (county)" in note
    odd = report.lines[report.lines["field"] == "owner"]
    assert odd["row"].tolist() == [5, 4]  # one line a row, blanks first
    assert odd["reason"].str.contains("the place file does not list").tolist() == [False, True]
    assert odd["remedy"].tolist() == ["file the owner", "add the spelling to owners in the place file"]


def test_sites_of_one_parcel_number_keep_different_names(tmp_path: Path) -> None:
    table, report = read(tmp_path, GOOD, GOOD.replace("003-000", "003-001"), GOOD)
    assert table["site_id"].tolist() == ["001002003", "001002003-2", "001002003-3"]
    assert "another site above it is 001002003 too" in " ".join(reasons(report, "caution"))
    assert table["note"].tolist()[:2] == [None, "another site is 001002003 too, so this one is called 001002003-2"]


def test_a_site_without_a_whole_parcel_number_is_named_by_its_id_or_its_row(tmp_path: Path) -> None:
    rows = ["7501,,County,1,1,,,1,,-122.7,38.4", ",123,County,1,1,,,1,,-122.7,38.4"]
    table, report = read(tmp_path, *rows, id="street")
    assert table["site_id"].tolist() == ["7501", "sites-3"]
    assert table["apn"].isna().all()
    assert reasons(report, "caution")[:2] == [
        "it has no parcel number",
        "'123' has fewer than 9 digits; the parcel's number is unknown",
    ]


def test_sites_outside_the_place_are_rejected_by_name_and_turned_ones_repaired(tmp_path: Path) -> None:
    def at(i: int, where: str) -> str:
        return f"{i},001-002-00{i}-000,County,1,1,,,1,,{where}"

    rows = [at(1, "-122.7,38.4"), at(2, "38.4,-122.7"), at(3, "-118,34"), at(4, ","), at(5, "0,0")]
    table, report = read(tmp_path, *rows, unlocated="reject")
    assert table["row"].tolist() == [2, 3]
    assert table["lon"].tolist() == [-122.7, -122.7]
    assert (report.kept, report.repaired, report.rejected) == (1, 1, 3)
    said = " ".join(reasons(report, "rejected"))
    assert "'001-002-003-000 3': its coordinates (-118.00000, 34.00000) lie 572 km outside the place" in said
    assert "'001-002-004-000 4': it has no coordinates" in said


def test_a_site_without_coordinates_stays_in_the_list(tmp_path: Path) -> None:
    rows = ["a,001-002-003-000,County,1,1,,,1,,,", "b,001-002-004-000,County,1,1,,,1,,,", GOOD.replace("003", "005")]
    table, report = read(tmp_path, *rows, parcels=parcel_at(-122.7, 38.4))
    assert table["lon"].isna().tolist() == [False, True, False]  # the first was found by its parcel's number
    assert table["shape"].tolist() == ["parcel", "point", "point"]
    assert "the outline of the parcel of its number was taken" in reasons(report, "repaired")[0]
    assert "it has no coordinates; it was kept in the list without a place" in reasons(report, "caution")
    assert (report.read, report.rejected) == (3, 0)


def test_a_feature_without_a_shape_stays_in_the_list_and_a_far_one_is_named(tmp_path: Path) -> None:
    def feature(label: str, geometry: object) -> dict[str, object]:
        return {"type": "Feature", "properties": {"key": label, "street": f"{label} Main"}, "geometry": geometry}

    points = [{"type": "Point", "coordinates": c} for c in ([-122.7, 38.4], [-122.6, 38.4], [-118, 34])]
    features = [*(feature(f"A{i}", p) for i, p in enumerate(points, 1)), feature("A4", None)]
    features.append(feature("A5", {"type": "Point", "coordinates": []}))
    (tmp_path / "s.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table, report = sites.read(tmp_path / "s.geojson", {"id": "key", "label": "street"}, BOX, CRS)
    assert table["site_id"].tolist() == ["A1", "A2", "A4", "A5"]
    assert table["lon"].isna().tolist() == [False, False, True, True]
    assert reasons(report, "rejected")[0].startswith("'A3 A3 Main': its coordinates")


def test_a_site_set_aside_by_the_place_file_can_be_found_by_its_name(tmp_path: Path) -> None:
    _, report = read(tmp_path, GOOD, GOOD.replace("R3", "R1"), keep={"zone": ["R3"]})
    assert reasons(report, "rejected") == ["'001-002-003-000 1 Main St': set aside: zone is 'R1', and 'R3' is kept"]
    assert report.lines["row"].dropna().tolist()[0] == 3


@pytest.mark.parametrize(
    ("row", "column", "part"),
    [
        ("County,1e300,10,4,6,20", "area_m2", "m2 cannot be meant"),
        ("County,3000000,10,4,6,20", "area_m2", "m2 cannot be meant (more than 10,000,000,000)"),
        ("County,1,99999999999999999999999,4,6,20", "capacity_units", "1e+23 homes cannot be meant"),
        ("County,1,10,4,6,20001", "density_max_per_acre", "20001 homes per acre cannot be meant"),
        ("County,1,1e400,4,6,20", "capacity_units", "'1e400' is not a number"),
    ],
)
def test_a_number_that_cannot_be_meant_is_unknown_and_listed(tmp_path: Path, row: str, column: str, part: str) -> None:
    table, report = read(tmp_path, GOOD.replace("County,1,10,4,6,20", row))
    assert table[column].isna().all()
    assert part in " ".join(reasons(report, "repaired"))
    assert table["area_method"].notna().tolist() == table["area_m2"].notna().tolist()


def test_a_word_for_the_precision_gives_the_margin_in_metres(tmp_path: Path) -> None:
    rows = [
        f"{i},00{i}-002-003-000,County,1,1,,,1,{word},-122.7,38.4"
        for i, word in enumerate(["street", "address", "guess"])
    ]
    table, report = read(tmp_path, *rows, precision="zone", margins_m={"street": 400, "address": 30})
    assert table["margin_m"].fillna(-1).tolist() == [400, 30, -1]
    assert "does not list this precision" in reasons(report, "caution")[0]


def test_a_parcel_near_its_point_replaces_it_and_a_far_one_is_a_caution(tmp_path: Path) -> None:
    far = GOOD.replace("001-002-003", "009-009-009")
    parcels = gpd.GeoDataFrame(
        pd.concat([parcel_at(-122.7, 38.4), parcel_at(-122.72, 38.4, "009009009")], ignore_index=True), crs=4326
    )
    table, report = read(tmp_path, GOOD, far, parcels=parcels)
    assert table["shape"].tolist() == ["parcel", "point"]
    assert table.geometry.iloc[0].contains(shapely.Point(table["lon"].iloc[0], table["lat"].iloc[0]))
    cautions = reasons(report, "caution")
    assert any("the outline of parcel 009009009 lies 1,7" in c for c in cautions)
    assert (
        any("4,047 m2 are filed and the parcel's outline has 3,6" in c for c in cautions) is False
    )  # 11 %: near enough
    assert any(
        "2 of 2 sites have a parcel of their number among 2; 1 took its outline and 1 lie too far" in n
        for n in report.notes
    )


def test_an_outline_gives_the_area_that_nobody_filed_and_questions_one_that_differs(tmp_path: Path) -> None:
    unfiled, small = GOOD.replace("County,1,", "County,,"), GOOD.replace("County,1,", "County,0.5,")
    table, _ = read(tmp_path, unfiled, parcels=parcel_at(-122.7, 38.4))
    assert (table["area_method"].iloc[0], round(table["area_m2"].iloc[0])) == ("from the parcel's outline", 3600)
    table, report = read(tmp_path, small, parcels=parcel_at(-122.7, 38.4))
    assert (table["area_method"].iloc[0], round(table["area_m2"].iloc[0])) == ("as filed", 2023)
    assert "2,023 m2 are filed and the parcel's outline has 3,600 m2" in " ".join(reasons(report, "caution"))
    assert table["note"].tolist() == ["filed 2,023 m2, the parcel's outline has 3,600 m2"]


def test_a_grid_is_a_layer_of_cells_whose_owner_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "grid.csv").write_text("id,lon,lat\n89a,-122.7,38.4\n89b,-122.8,38.5\n")
    options = {"id": "id", "lon": "lon", "lat": "lat", "shape": "cell"}
    table, _ = sites.read(tmp_path / "grid.csv", options, BOX, CRS)
    assert table[["site_id", "shape", "owner"]].values.tolist() == [
        ["89a", "cell", "unknown"],
        ["89b", "cell", "unknown"],
    ]
    assert np.isnan(table["area_m2"]).all()


def test_a_map_layer_is_compared_with_its_own_columns_of_coordinates(tmp_path: Path) -> None:
    xs, ys = units.convert([-122.7, -122.6], [38.4, 38.5], units.DEGREES, "EPSG:3857")
    features = [
        {
            "type": "Feature",
            "properties": {"lon": lon, "lat": lat, "APN": "1"},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        for x, y, lon, lat in zip(xs, ys, [-122.7, -122.6], [38.4, 38.501], strict=True)
    ]
    (tmp_path / "s.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table, report = sites.read(tmp_path / "s.geojson", {"lon": "lon", "lat": "lat"}, BOX, CRS)
    assert "s.geojson: 1 of 2 points lie within 25 m of their lon and lat." in report.notes
    assert reasons(report, "caution") == ["its point lies 111 m from its lon and lat; the point was kept"]
    assert table["lon"].tolist() == pytest.approx([-122.7, -122.6])


def test_an_option_nobody_knows_and_a_column_that_is_not_there_name_themselves(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"layer 'sites': acre: "):
        read(tmp_path, GOOD, acre="x")
    with pytest.raises(
        ConfigError, match=r"sites\.csv: there is no column 'Acres', which 'area' asks for; its columns are street"
    ):
        read(tmp_path, GOOD, area="Acres")


def test_a_layer_of_which_nothing_is_left_says_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(
        FileRefused,
        match=r"sites\.csv: none of the 1 rows of the layer 'sites' can be used \(the first: '001-002-003-000 1 Ma",
    ):
        read(tmp_path, GOOD.replace("-122.7,38.4", "10,50"))


cells = st.sampled_from(["", "1", "0", "-1", "x", "1e400", "20 du/ac", "1,5", "nan", "County", "001-002-003-000"])
places = st.sampled_from(["-122.7,38.4", "38.4,-122.7", ",", "x,y", "999,999", "-118,34", "-122.8,38.5"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*[cells] * 9, places), min_size=1, max_size=12))
def test_whatever_the_cells_say_the_rows_add_up_and_the_contract_holds(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    try:
        lines = [",".join(f'"{c}"' if "," in c and i < 9 else c for i, c in enumerate(row)) for row in rows]
        table, report = read(tmp_path_factory.getbasetemp(), *lines, parcels=parcel_at(-122.7, 38.4))
    except FileRefused as refusal:
        return says(refusal, "sites.csv: none of the")
    assert report.read == len(rows)
    assert len(table) == report.kept + report.repaired
    assert table["site_id"].is_unique
    assert (table["area_m2"].dropna() > 0).all()


def test_955_real_sites_are_placed_and_787_find_their_parcel(real_data: Path) -> None:
    box = areas.box_of(areas.read(real_data / "boundaries/sonoma_county.geojson")[0])
    folder = real_data / "housing_element_sites"
    outlines = folder / "sonoma_parcel_polygons_from_housing_elements_DERIVED.geojson"
    parcels, account = sites.read_parcels(outlines, {"apn": "apn"}, box, CRS)
    assert (account.read, account.kept) == (935, 935)
    paths = sorted(folder.glob("Sonoma/cities/*/input/hcd-011125.geojson"))
    table, report = sites.read(paths, HCD, box, CRS, parcels)
    assert (len(paths), report.read, report.rejected, len(table)) == (9, 955, 0, 955)
    assert table["shape"].value_counts().to_dict() == {"parcel": 787, "point": 168}
    assert table["owner"].value_counts().to_dict() == {
        "private": 936,
        "city": 12,
        "state": 5,
        "county": 1,
        "other-public": 1,
    }
    forestville = table[table["owner"] == "county"].iloc[0]
    assert (forestville["name"], forestville["apn"], forestville["capacity_units"]) == (
        "6194 Forestville Street",
        "084020004",
        33,
    )
    assert np.isnan(forestville["density_max_per_acre"])  # "0" is filed
    assert sum("as EPSG:3857" in note for note in report.notes) == 9
    agree = [n.split(": ")[1].split() for n in report.notes if "points lie within 25 m" in n]
    assert (sum(int(w[0]) for w in agree), sum(int(w[2]) for w in agree)) == (953, 955)
    assert table["capacity_units"].isna().sum() == 14
