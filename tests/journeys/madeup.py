"""A made-up run of `siteselect rank`, small enough to check by hand, with any text you like in its text fields."""

import json
from pathlib import Path

import pandas as pd

CRITERIA = [
    ("stop", "Close to a stop that is served", "Cerca de una parada con servicio", "nearest_stop_m", "m", 15.0),
    (
        "frequency",
        "Departures within half a mile",
        "Salidas a menos de media milla",
        "trips_per_hour_within_800m",
        "departures an hour",
        15.0,
    ),
    ("grocery", "Close to a grocery", "Cerca de una tienda de comestibles", "nearest_grocery_m", "m", 10.0),
    ("slope", "Level ground", "Terreno llano", "slope_percent", "percent", 10.0),
]
METHODS = {
    "stop": "straight line, not a walk",
    "frequency": (
        "departures from stops within 800 m, straight line, not a walk; 07:00-19:00 on 2018-02-06, each trip once"
    ),
}
GATES = [
    {"id": "public-land", "label": "Public land", "label_es": "Terreno público"},
    {
        "id": "fault-zone",
        "label": "Not wholly inside an earthquake fault zone",
        "label_es": "No está por completo dentro de una zona de falla sísmica",
    },
]
SUM = sum(weight for *_, weight in CRITERIA)


def write_run(
    folder: Path,
    ranked: int = 3,
    excluded: int = 2,
    text: str | None = None,
    sketch: str | None = "The walks are straight lines.",
) -> Path:
    """A run's folder with `ranked` and `excluded` sites; `text`, when given, stands in every stored text field."""
    folder.mkdir(parents=True, exist_ok=True)
    sites = [_site(i, i < ranked, text) for i in range(ranked + excluded)]
    pd.DataFrame(sites).drop(columns="geometry").to_csv(folder / "sites.csv", index=False)
    reasons = [line for site in sites for line in _reasons(site, text)]
    pd.DataFrame(reasons).to_csv(folder / "reasons.csv", index=False)
    features = [{"type": "Feature", "properties": {"site_id": s["site_id"]}, "geometry": s["geometry"]} for s in sites]
    _dump(folder / "sites.geojson", {"type": "FeatureCollection", "features": features})
    square = _square(-122.72, 38.44, 0.2)
    _dump(
        folder / "background.geojson",
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": square}]},
    )
    _dump(folder / "manifest.json", _manifest(sketch, text))
    return folder


def _site(i: int, is_ranked: bool, text: str | None) -> dict[str, object]:
    lon, lat = -122.72 + 0.011 * (i % 20), 38.44 + 0.009 * (i // 20)
    low = max(0.81 - 0.07 * i, 0.05)
    return {
        "site_id": f"made-{i + 1:03d}",
        "rank": i + 1 if is_ranked else None,
        "score_low": round(low, 3),
        "score_likely": round(min(low + 0.12, 1), 3),
        "score_high": round(min(low + 0.2, 1), 3),
        "coverage": 0.8,
        "straight_line_share": 0.6,
        "name": text or f"{100 + i} Invented Street",
        "apn": f"0100200{i:02d}",
        "owner": ["county", "city", "unknown"][i % 3],
        "jurisdiction": text or "Santa Rosa",
        "status": text or "Vacant",
        "shape": "parcel",
        "margin_m": 0.0,
        "area_m2": 4046.86 + i,
        "capacity_units": None if i == 1 else 12.0 + i,
        "excluded_because": None if is_ranked else (text or "Public land: owner is private"),
        "conditions": (text or "Not wholly inside an earthquake fault zone: not known") if i == 1 else None,
        "note": text,
        "lon": lon,
        "lat": lat,
        "nearest_stop_m": 210.0 + i,
        "nearest_stop_m_method": "straight line",
        "geometry": _square(lon, lat, 0.001),
    }


def _reasons(site: dict[str, object], text: str | None) -> list[dict[str, object]]:
    values = {"stop": site["nearest_stop_m"], "frequency": 4.5, "grocery": None, "slope": None}
    lines = []
    for criterion, label, es, measure, unit, weight in CRITERIA:
        known = values[criterion] is not None
        most = weight / SUM
        lines.append(
            {
                "site_id": site["site_id"],
                "criterion": criterion,
                "label": text or label,
                "label_es": text or es,
                "measure": measure,
                "value": values[criterion],
                "low": values[criterion],
                "likely": None if not known else values[criterion] * (1.4 if unit == "m" else 1),
                "high": None if not known else values[criterion] * (1.6 if unit == "m" else 1),
                "unit": unit,
                "method": text or METHODS.get(criterion),
                "source": text or "Made-up transit, 2018",
                "as_of": "2018-01-04",
                "weight": weight,
                "value_low": 0.8 if known else 0.0,
                "value_likely": 0.85 if known else 0.5,
                "value_high": 0.9 if known else 1.0,
                "points_low": round(0.8 * most, 4) if known else 0.0,
                "points_likely": round((0.85 if known else 0.5) * most, 4),
                "points_high": round((0.9 if known else 1.0) * most, 4),
                "full": 400,
                "none": 1600,
                "target": text or ("Stop A" if known else None),
                "why": text or "A quarter mile is an easy walk.",
                "why_es": text or "Un cuarto de milla es una caminata fácil.",
                "known": known,
                "unknown_because": None if known else (text or "no layer at hand tells it"),
            }
        )
    return lines


def _manifest(sketch: str | None, text: str | None) -> dict[str, object]:
    criteria = [
        {
            "id": c,
            "label": text or en,
            "label_es": text or es,
            "measure": m,
            "weight": w,
            "full": 400,
            "none": 1600,
            "why": text or "A quarter mile is an easy walk.",
            "why_es": text or "Un cuarto de milla es una caminata fácil.",
        }
        for c, en, es, m, _, w in CRITERIA
    ]
    return {
        "place": {
            "id": "made-up",
            "name": text or "Made-up County",
            "crs": "EPSG:26910",
            "day": "2018-02-06",
            "hours": {"from": "07:00", "to": "19:00"},
            "sketch": text if text and sketch else sketch,
            "notes": [text or "Nothing was fetched."],
        },
        "inputs": [],
        "parameters": {"straight_line": {"low": 1.0, "likely": 1.4, "high": 2.5}},
        "layers": [
            {
                "name": "sites",
                "read": 7,
                "kept": 5,
                "repaired": 0,
                "rejected": 2,
                "cautions": 1,
                "report": "reports/sites.csv",
                "notes": [],
            }
        ],
        "feeds": [
            {
                "name": text or "Made-up transit",
                "first_day": "2018-01-04",
                "last_day": "2018-03-10",
                "trips_running": 34,
                "trips_total": 58,
                "source": text or "us",
                "licence": "CC0",
                "note": None,
            }
        ],
        "policy": {
            "id": "made-up",
            "title": text or "Housing near transit",
            "title_es": text or "Vivienda cerca del transporte",
            "criteria": criteria,
            "gates": GATES,
        },
        "versions": {"siteselect": "0.1.0"},
        "unknown_everywhere": [{"measure": "slope_percent", "because": text or "no elevation layer"}],
        "credits": [text or "Made-up transit, CC0"],
    }


def _square(lon: float, lat: float, half: float) -> dict[str, object]:
    w, e, s, n = round(lon - half, 6), round(lon + half, 6), round(lat - half, 6), round(lat + half, 6)
    return {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}


def _dump(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


NIGHT = "2024-01-26T17:10:00-08:00"
HOUSING = (
    "row",
    "type",
    "bedtype",
    "org",
    "project",
    "address",
    "city",
    "zip",
    "fam_beds",
    "fam_units",
    "adult_beds",
    "child_beds",
    "seasonal",
    "pit",
    "total",
    "hmis",
    "note",
    "lon",
    "lat",
    "precision",
    "location_margin_m",
    "location_source",
    "counted_on",
    "source",
)
SECRET = "Casa Secreta"


def write_store(folder: Path, text: str | None = None) -> str:
    """A store of six programmes; its URL.  One is confidential; `text`, when given, stands in every stored text field.

    At `NIGHT` one shelter has six beds free, one is full, one was not counted, one is confidential; a voucher and a
    home are listed beside them.
    """
    from resources import load, store

    url = f"sqlite:///{folder / 'resources.sqlite'}"
    rows = [
        _programme(project="Main Street Shelter", pit=4),
        _programme(project="Full House", address="20 Main Street", pit=10, lon="-122.718", type="ES"),
        _programme(project="Uncounted Inn", address="", city="Smalltown", lon="", lat="", precision="", pit=""),
        _programme(
            project=SECRET,
            address="",
            city="",
            zip="",
            lon="",
            lat="",
            precision="",
            hmis="C",
            note="DV, victim service provider",
        ),
        _programme(project="Rent Help", type="RRH", bedtype="", address="1 Office Plaza"),
        _programme(
            project="Town Home", type="PSH", address="", precision="place", location_margin_m="1500", lon="-122.70"
        ),
        _programme(
            project="Street Shelter", address="Long Road", precision="street", location_margin_m="700", lon="-122.73"
        ),
    ]
    if text:
        rows = [
            {
                **row,
                **{k: f"{text} {i}" for k in ("org", "project") if row["project"] != SECRET},
                "source": text,
                "location_source": text and row["lon"] and text,
            }
            for i, row in enumerate(rows)
        ]
        rows = [{**row, **({"address": text, "city": text} if row["address"] else {})} for row in rows]
    inventory = folder / "inventory.csv"
    pd.DataFrame(rows, columns=HOUSING).to_csv(inventory, index=False)
    gazetteer = folder / "gazetteer.csv"
    gazetteer.write_text("name,kind,lon,lat,radius_m,source\nSmalltown,place,-122.72,38.44,3000,made up\n")
    engine = store.open_store(url)
    load.files(engine, [inventory, gazetteer])
    engine.dispose()
    return url


def _programme(**cells: object) -> dict[str, str]:
    plain: dict[str, object] = {
        "type": "ES",
        "bedtype": "F",
        "org": "Helpers",
        "project": "Haven",
        "address": "10 Main Street",
        "city": "Smalltown",
        "zip": "95999",
        "fam_beds": 0,
        "fam_units": 0,
        "adult_beds": 10,
        "child_beds": 0,
        "seasonal": 0,
        "pit": 4,
        "total": 10,
        "hmis": "Y",
        "lon": "-122.72",
        "lat": "38.44",
        "precision": "address",
        "location_margin_m": "0",
        "location_source": "made up",
        "counted_on": "2024-01-26",
        "source": "Made-up inventory",
    }
    return {name: str((plain | cells).get(name, "")) for name in HOUSING}
