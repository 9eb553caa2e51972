"""What the rules look at beside the sites: amenities, stops, barriers, maps, zones, each with its source and date."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from siteselect import units
from siteselect.layers.streets import Streets
from siteselect.rules.ground import Barriers
from siteselect.rules.service import Service

STOP_KINDS = ("rail", "metro", "tram", "ferry", "bus")
AMENITY_COLUMNS = ["amenity_id", "name", "kind", "source", "as_of", "geometry"]
EMPTY = gpd.GeoDataFrame({c: [] for c in AMENITY_COLUMNS[:-1]}, geometry=[], crs="EPSG:4326")


@dataclass(frozen=True)
class Opportunity:
    """The opportunity map of a year: areas [area_id, classes (all that the area may be, a tuple), geometry]."""

    table: gpd.GeoDataFrame
    year: int | None
    source: str
    as_of: str | None


@dataclass(frozen=True)
class Zone:
    """Areas, lines or points of one kind (EPSG:4326), and where they are from."""

    table: gpd.GeoDataFrame
    source: str
    as_of: str | None


@dataclass(frozen=True)
class Layers:
    """All that is at hand.

    amenities [amenity_id, name, kind, source, as_of, geometry]; stops [stop_key, name, mode, source, as_of, geometry],
    those that are served; service: how often, in the rules' hours.  `partial` gives for a kind of amenity (or "stop")
    why its list may lack some: then what is not in it may still be there.  zones and figures by their names; figures
    are numbers by site_id.  `sketched` streets prove no walk.
    """

    amenities: gpd.GeoDataFrame = field(default_factory=lambda: EMPTY)
    stops: gpd.GeoDataFrame | None = None
    service: Service | None = None
    partial: Mapping[str, str] = field(default_factory=dict)
    barriers: Barriers | None = None
    opportunity: Opportunity | None = None
    zones: Mapping[str, Zone] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    streets: Streets | None = None
    sketched: bool = False
    county: str | None = None

    def missing(self, kinds: tuple[str, ...], unsure: tuple[str, ...] = ()) -> list[str]:
        """Why an amenity of these kinds may be near though no list at hand has it; empty where the lists are whole.

        A list of a wider kind (`unsure`: schools, for elementary schools) stands for one of the kind itself.
        """
        at_hand = set(self.amenities["kind"].unique())
        wider = [kind for kind in unsure if kind in at_hand]
        said = []
        for kind in kinds:
            if kind in STOP_KINDS:
                lacking = "no timetable is at hand" if self.stops is None else self.partial.get("stop")
            elif kind in at_hand or wider:
                lacking = next((self.partial[k] for k in (kind, *wider) if k in self.partial), None)
            else:
                lacking = f"no list of {kind} is at hand"
            if lacking and lacking not in said:
                said.append(lacking)
        return said


class Amenities:
    """All amenities and stops as arrays (m,), ready to be measured to."""

    def __init__(self, layers: Layers, crs: str, reach_m: Mapping[str, float], reach_otherwise_m: float) -> None:
        table = layers.amenities[AMENITY_COLUMNS]
        if layers.stops is not None and len(layers.stops):
            stops = layers.stops.rename(columns={"stop_key": "amenity_id", "mode": "kind"})[AMENITY_COLUMNS]
            table = pd.concat([table, stops], ignore_index=True) if len(table) else stops
        self.ids, self.names = table["amenity_id"].tolist(), table["name"].tolist()
        self.kinds = table["kind"].to_numpy(object)
        self.sources, self.dates = table["source"].tolist(), table["as_of"].tolist()
        self.shape = units.to_metres(gpd.GeoDataFrame(table, crs="EPSG:4326"), crs).geometry.to_numpy()
        drawn = np.isin(gpd.GeoSeries(self.shape).geom_type, ("Polygon", "MultiPolygon"))
        reach = np.array([reach_m.get(kind, reach_otherwise_m) for kind in self.kinds], float)
        self.drawn, self.reach_m = drawn, np.where(drawn, 0.0, reach)

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, kinds: tuple[str, ...]) -> np.ndarray:
        """True (m,) for the amenities of some kinds."""
        return np.isin(self.kinds, kinds)
