"""Walking minutes on a slope, off unless a place asks for them."""

from pathlib import Path

import numpy as np
import pytest

from siteselect import access, network, pipeline, place
from siteselect.errors import ConfigError
from siteselect.network import kept, pace
from tests import town
from tests.siteselect.layers.test_heights import model
from tests.siteselect.test_access import CRS, places, sites, timetable
from tests.siteselect.test_access_edges import ISLAND, LINE, parcels, streets

UP = streets([(0, 0), (1000, 0)], [(0, 1)])


def minutes(candidates: object, measure: str, height_m: list[float], **layers: object) -> object:
    some = layers.pop("streets", UP)
    timed = access.Pace(network.prepare_timed(some, np.array(height_m)), "invented heights")
    given = {"services": places(), "timetable": None, "hazards": {}, "slopes": None, "people": None}
    found = access.measures(
        candidates, crs=CRS, slopes_source=("", None), people_source=("", None), detour=LINE, streets=some, pace=timed,
        **(given | layers),
    )  # fmt: skip
    return found[found["measure"] == measure].iloc[0]


def test_the_walk_up_takes_longer_than_the_walk_down() -> None:
    up = minutes(sites((0, 0)), "nearest_clinic_min", [0, 100], services=places((1000, 0)))
    down = minutes(sites((1000, 0)), "nearest_clinic_min", [0, 100], services=places((0, 0)))
    seconds = pace.seconds(np.full(2, 1000.0), np.array([100.0, -100.0]))
    assert [up["value"], down["value"]] == pytest.approx(seconds / 60, abs=0.06)
    assert up["value"] > down["value"]
    assert up["unit"] == "min"
    assert up["method"] == ("walk, from its point; minutes at Tobler's pace, slower uphill; heights: invented heights")


def test_streets_without_a_height_are_walked_as_level_and_counted() -> None:
    row = minutes(sites((0, 0)), "nearest_clinic_min", [0, np.nan], services=places((1000, 0)))
    assert row["value"] == pytest.approx(1000 / pace.LEVEL_M_PER_S / 60, abs=0.06)
    assert row["method"].endswith("; 100.0% of the streets have no height and are walked as level")


def test_the_way_from_the_edge_to_the_street_takes_time_too() -> None:
    row = minutes(parcels((0, 100, 20, 120)), "nearest_clinic_min", [0, 0], services=places((1000, 0)))
    assert row["value"] == pytest.approx((100 + 980) / pace.LEVEL_M_PER_S / 60, abs=0.3)


def test_no_minutes_are_given_where_an_unjoined_place_may_be_sooner_or_no_street_leads_anywhere() -> None:
    level = [0.0] * 4
    sooner = minutes(
        sites((1100, 0)), "nearest_clinic_min", level, streets=ISLAND, services=places((3000, 0), (1100, 600))
    )
    assert np.isnan(sooner["value"])
    assert "may be nearer" in sooner["unknown_because"]
    lost = minutes(sites((1100, 155)), "nearest_stop_min", level, streets=ISLAND, timetable=timetable((900, 0)))
    assert np.isnan(lost["value"])
    assert lost["unknown_because"] == "its streets do not join those of any place: an island of 0.3 km"


def asked(folder: Path) -> Path:
    """The town on a hillside that rises a metre in ten to the east, its place file asking for minutes."""
    toml = town.write(folder)
    east = np.tile(np.arange(400) * 1.0, (300, 1))
    dem = model(folder / "town" / "dem.tif", east)
    import rasterio
    from rasterio.transform import from_origin

    with rasterio.open(dem, "r+") as file:
        file.transform = from_origin(town.CORNER[0] - 1000, town.CORNER[1] + 2000, 10, 10)
    text = toml.read_text().replace('method = "walk along the invented streets"\n', 'method = "walk"\npace = "slope"\n')
    terrain = '\n[terrain]\nname = "heights"\npath = "dem.tif"\nsource = "invented hillside"\nlicence = "none needed"\n'
    toml.write_text(text + terrain)
    return toml


def test_a_place_that_asks_for_them_has_minutes_and_the_metres_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    plain = pipeline.run(place.read(town.write(tmp_path / "a"))).sites.set_index("site_id")
    assert not [c for c in plain.columns if "_min" in c]
    (tmp_path / "b").mkdir()
    located = place.read(asked(tmp_path / "b"))
    sloping = pipeline.run(located).sites.set_index("site_id")
    assert sloping["nearest_clinic_m"].equals(plain["nearest_clinic_m"])
    # from (500, 500) to the clinic at (100, 400): 400 m at 10 % down, 100 m level; the other is 400 m up, 200 m level
    seconds = pace.seconds(np.array([400.0, 100.0]), np.array([-40.0, 0.0])).sum()
    assert sloping.at["mid", "nearest_clinic_min"] == pytest.approx(seconds / 60, abs=0.06)
    assert "invented hillside" in sloping.at["mid", "nearest_clinic_min_method"]
    monkeypatch.setattr(kept, "WORTH", 1)
    for _ in range(2):
        again = pipeline.run(located, cache=tmp_path / "cache").sites.set_index("site_id")
        assert again["nearest_clinic_min"].equals(sloping["nearest_clinic_min"])
    assert len(list((tmp_path / "cache" / "streets").iterdir())) == 2


def test_minutes_without_heights_and_a_pace_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    toml = asked(tmp_path)
    toml.write_text(toml.read_text().split("\n[terrain]")[0])
    with pytest.raises(ConfigError, match=r"needs heights.*\[terrain\]"):
        pipeline.run(place.read(toml))
    toml.write_text(toml.read_text().replace('pace = "slope"', 'pace = "slop"'))
    with pytest.raises(ConfigError, match="slop"):
        pipeline.run(place.read(toml))
