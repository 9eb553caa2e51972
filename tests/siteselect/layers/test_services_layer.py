"""Schools, clinics, groceries: what counts, what is set aside and why."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from siteselect import units
from siteselect.errors import ConfigError
from siteselect.layers import areas, services
from siteselect.layers.ledger import Report

BOX: units.Box = (-123.0, 38.0, -122.0, 39.0)
CRS = "EPSG:26910"
BASE: dict[str, Any] = {"id": "id", "label": "name", "lon": "lon", "lat": "lat", "category": "school"}
HEADER = "id,name,kind,open,ends,lon,lat,n"


def read(folder: Path, *rows: str, as_of: str | None = "2025-10-18", **options: Any) -> tuple[gpd.GeoDataFrame, Report]:
    path = folder / "list.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    chosen = {k: v for k, v in (BASE | options).items() if v is not None}
    return services.read(path, chosen, BOX, CRS, "schools", "the State", as_of)


def reasons(report: Report, outcome: str) -> list[str]:
    return report.lines.loc[report.lines["outcome"] == outcome, "reason"].tolist()


def test_a_service_carries_its_source_its_date_and_its_point(tmp_path: Path) -> None:
    table, report = read(tmp_path, "7,Oak School,,,,-122.7,38.4,", remark="the front door", address=["kind", "name"])
    assert table.drop(columns="geometry").iloc[0].to_dict() == {
        "service_id": "7", "name": "Oak School", "category": "school", "address": "Oak School",
        "note": "the front door",
        "source": "the State", "as_of": "2025-10-18",
    }  # fmt: skip
    assert (table.geometry.x[0], table.geometry.y[0], report.kept) == (-122.7, 38.4, 1)


def test_a_row_may_say_its_own_source_and_date(tmp_path: Path) -> None:
    table, _ = read(
        tmp_path,
        "7,Oak,the County,,2019,-122.7,38.4,",
        "8,Elm,,,,-122.8,38.4,",
        source_column="kind",
        as_of_column="ends",
    )
    assert table[["source", "as_of"]].values.tolist() == [["the County", "2019"], ["the State", "2025-10-18"]]


def test_what_is_set_aside_is_rejected_in_words(tmp_path: Path) -> None:
    table, report = read(
        tmp_path,
        "1,A,clinic,Active,,-122.7,38.4,",
        "2,B,clinic,closed,,-122.7,38.4,",
        "3,C,dialysis,ACTIVE,,-122.7,38.4,",
        "4,Law Library,clinic,active,,-122.7,38.4,",
        "5,D,clinic,,,-122.7,38.4,",
        keep={"open": ["Active"]},
        drop={"name": {"LAW LIBRARY": "it lends no books"}},
        category=None,
        category_column="kind",
        categories={"Clinic": "clinic"},
    )
    assert table[["service_id", "category"]].values.tolist() == [["1", "clinic"]]
    assert (report.read, report.kept, report.rejected) == (5, 1, 4)
    assert reasons(report, "rejected") == [
        "set aside: open is 'closed', and 'Active' is kept",
        "set aside: open is blank, and 'Active' is kept",
        "set aside: name is 'Law Library': it lends no books",
        "set aside: kind is 'dialysis', which categories does not list",
    ]
    assert "add it to categories" in report.lines["remedy"].iloc[-1]


def test_a_school_600_km_away_is_rejected_with_how_far_and_a_turned_one_is_repaired(tmp_path: Path) -> None:
    table, report = read(
        tmp_path,
        "1,Near,,,,-122.7,38.4,",
        "2,Far,,,,-117.54899,34.06904,",
        "3,Turned,,,,38.5,-122.6,",
        "4,Nowhere,,,,,,",
        "5,Words,,,,west,north,",
        "6,Null Island,,,,0,0,",
        "7,Just outside,,,,-121.99,38.4,",
    )
    assert table["name"].tolist() == ["Near", "Turned", "Just outside"]
    assert table.geometry.x.tolist() == [-122.7, -122.6, -121.99]
    rejected = report.lines[report.lines["outcome"] == "rejected"].set_index("row")["reason"]
    assert "km outside the place" in rejected[3]
    assert "no coordinates" in rejected[5]
    assert "no coordinates" in rejected[6]
    assert "stand for no coordinates at all" in rejected[7]
    assert (report.kept, report.repaired, report.rejected) == (2, 1, 4)


def test_stray_punctuation_is_taken_off_a_name_and_listed(tmp_path: Path) -> None:
    table, report = read(tmp_path, "1,SEBASTOPOL LIBRARY`,,,,-122.7,38.4,", "2,St. Mary's (East),,,,-122.8,38.4,")
    assert table["name"].tolist() == ["SEBASTOPOL LIBRARY", "St. Mary's (East)"]
    assert reasons(report, "repaired") == ["stray punctuation was taken off 'SEBASTOPOL LIBRARY`'"]


def test_what_stands_twice_counts_once(tmp_path: Path) -> None:
    table, report = read(
        tmp_path,
        "1,Oak,,,,-122.7,38.4,",
        "1,Oak Annex,,,,-122.8,38.4,",
        "2,OAK,,,,-122.7,38.4,",
        "3,Oak,,,,-122.9,38.4,",
        ",Elm,,,,-122.7,38.4,",
    )
    assert table["service_id"].tolist() == ["1", "3", "schools-6"]
    assert reasons(report, "rejected") == [
        "a row with its identifier stands above it",
        "a row with its name and its point stands above it",
    ]


def test_a_licence_that_has_ended_is_a_caution_and_the_place_is_kept(tmp_path: Path) -> None:
    rows = ["1,A,,,07/23/2025,-122.7,38.4,", "2,B,,,11/24/2025,-122.8,38.4,", "3,C,,,,-122.9,38.4,"]
    table, report = read(tmp_path, *rows, expires="ends", expires_format="%m/%d/%Y")
    assert len(table) == 3
    assert reasons(report, "caution") == ["its licence ended on 2025-07-23, before 2025-10-18; it was kept"]
    with pytest.raises(ConfigError, match="write as_of as YYYY-MM-DD, not '2025'"):
        read(tmp_path, *rows, expires="ends", as_of="2025")


def test_a_column_of_counts_makes_a_place_where_it_is_above_zero(tmp_path: Path) -> None:
    rows = ["a,,,,,-122.7,38.4,2", "b,,,,,-122.8,38.4,0", "c,,,,,-122.9,38.4,"]
    table, report = read(tmp_path, *rows, label=None, count="n", remark="middle of a hexagon")
    assert table[["service_id", "name", "note"]].values.tolist() == [["a", "a", "middle of a hexagon"]]
    assert reasons(report, "rejected") == ["set aside: it has no n", "the count of n is unknown or below zero"]


def test_a_park_drawn_as_an_area_gives_a_point_inside_it_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "parks.geojson"
    horseshoe = shapely.Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    shape = shapely.transform(horseshoe, lambda c: c / 100 + (-122.7, 38.4))
    gpd.GeoDataFrame({"name": ["Bend"]}, geometry=[shape], crs=4326).to_file(path)
    table, _ = services.read(path, {"label": "name", "category": "park"}, BOX, CRS, "parks", "CPAD")
    assert shape.contains(table.geometry[0])
    assert table["note"].tolist() == ["a point inside its area"]


def test_a_layer_says_one_category_or_a_column_of_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give either category, or category_column"):
        read(tmp_path, "1,A,,,,-122.7,38.4,", category=None)
    with pytest.raises(ConfigError, match="columns of longitude and latitude"):
        read(tmp_path, "1,A,,,,-122.7,38.4,", lon=None)


REAL = {
    "services_health/sonoma_licensed_health_facilities_2025-10-18.csv": (
        {"id": "id", "label": "name", "lon": "lng", "lat": "lat", "category_column": "categoryName",
         "keep": {"licenseStatus": ["ACTIVE"]},
         "categories": {"PRIMARY CARE CLINIC": "clinic", "GENERAL ACUTE CARE HOSPITAL": "hospital"},
         "expires": "licenseExpirationDate", "expires_format": "%m/%d/%Y"}, 132, 53, "its licence ended on 2025-07-23"),
    "services_schools/sonoma_public_schools_cde_2018.csv": (
        {"id": "CDSCode", "label": "School", "lon": "Longitude", "lat": "Latitude", "category": "school",
         "keep": {"StatusType": ["Active"]}}, 335, 225, "620 km outside the place"),
    "services_schools/california_public_schools_active_cde_2018.csv.gz": (
        {"id": "CDSCode", "label": "School", "lon": "Longitude", "lat": "Latitude", "category": "school",
         "keep": {"County": ["Sonoma"]}}, 11708, 225, "620 km outside the place"),
    "services_libraries/sonoma_library_outlets_imls_pls_fy2019.csv": (
        {"label": "LIBNAME", "lon": "LONGITUD", "lat": "LATITUDE", "category": "library",
         "drop": {"LIBNAME": {"SONOMA COUNTY PUBLIC LAW LIBRARY": "it lends no books"}}},
        16, 15, "SEBASTOPOL REGIONAL LIBRARY`"),
    "services_grocery/sonoma_wic_vendors.csv": (
        {"label": "Vendor", "lon": "Longitude", "lat": "Latitude", "category": "grocery"}, 52, 52, ""),
    "services_parks/sonoma_parks_caliparks.csv": (
        {"id": "id", "label": "name", "lon": "lng", "lat": "lat", "category": "park"}, 354, 354, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REAL))
def test_the_real_lists_of_sonoma_are_read_whole(real_data: Path, name: str) -> None:
    options, rows, left, said = REAL[name]
    box = areas.box_of(areas.read(real_data / "boundaries/sonoma_county.geojson")[0])
    table, report = services.read(real_data / name, options, box, CRS, "real", "the State", "2025-10-18")
    assert (report.read, len(table)) == (rows, left)
    assert said in " ".join(report.lines["reason"])


def test_porto_alegre_gives_places_from_points_and_from_a_grid(real_data: Path) -> None:
    box = (-51.27, -30.12, -51.13, -29.98)
    spots, _ = services.read(
        real_data / "porto_alegre/poa_points_of_interest.csv",
        {"id": "id", "lon": "lon", "lat": "lat", "category": "spot"}, box, "EPSG:31982", "spots", "r5r",
    )  # fmt: skip
    options = {
        "id": "id",
        "lon": "lon",
        "lat": "lat",
        "category": "school",
        "count": "schools",
        "remark": "middle of a hexagon",
    }
    cells, report = services.read(
        real_data / "porto_alegre/poa_hexgrid.csv", options, box, "EPSG:31982", "schools", "r5r"
    )
    assert len(spots) == 15
    assert (report.read, len(cells)) == (1227, 177)
