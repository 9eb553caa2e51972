"""GeoJSON, read without GDAL, so that nothing it says is followed and one bad feature costs one row."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from siteselect.errors import FileRefused
from siteselect.layers.files.filed import Filed
from siteselect.layers.files.text import unique_names


def read(path: Path, name: str) -> Filed:
    """A GeoJSON file's features; a bare Feature counts as a collection of one."""
    filed = Filed(pd.DataFrame(), np.array([], object), "OGC:CRS84")
    twice: dict[str, int] = {}

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            names = [key for key, _ in items]
            twice.update(dict.fromkeys({k for k in names if names.count(k) > 1}, 1))
        return found

    try:
        whole = json.loads(_json_text(path.read_bytes(), filed), object_pairs_hook=pairs)
    except RecursionError:
        raise FileRefused(f"{name}: its brackets are nested too deeply to be GeoJSON; fetch it again.") from None
    except ValueError as error:
        raise FileRefused(f"{name}: not JSON ({error}); fetch it again, or save it as GeoJSON.") from None
    features = _features(whole, name, filed)
    filed.declared = _crs_member(whole, filed)
    if twice:
        filed.notes.append(f"a feature says {', '.join(sorted(twice))} more than once; the last one was taken.")
    properties = [_properties(place, feature, filed) for place, feature in enumerate(features)]
    filed.geometry = _geometries(features, filed)
    filed.table = pd.DataFrame(properties, index=range(len(features)), dtype=object)
    names, _ = unique_names([*filed.table.columns.map(str)])
    filed.table.columns = [n if n != "geometry" else "geometry.2" for n in names]
    return filed


def _json_text(raw: bytes, filed: Filed) -> str:
    encoding = json.detect_encoding(raw)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        filed.notes.append("it is not UTF-8 and was read as Windows-1252; look at the names with accents.")
        return raw.decode("cp1252", errors="replace")


def _features(whole: Any, name: str, filed: Filed) -> list[Any]:
    """The features of what should be a FeatureCollection."""
    kind = whole.get("type") if isinstance(whole, dict) else None
    if kind == "Feature" and "geometry" in whole:
        filed.repaired.append("a single Feature was taken as a collection of one")
        return [whole]
    if kind != "FeatureCollection" or not isinstance(whole.get("features"), list):
        says = f"its type is {kind!r}" if isinstance(kind, str) else "it has no type"
        if kind == "FeatureCollection":
            says = "it has no list of features"
        raise FileRefused(f"{name}: not GeoJSON, since {says}; save it as a FeatureCollection.")
    if not whole["features"]:
        raise FileRefused(f"{name}: it holds no features; if there truly are none, leave the layer out.")
    return list(whole["features"])


def _crs_member(whole: dict[str, Any], filed: Filed) -> str:
    """What the obsolete crs member says; a link is never followed."""
    member = whole.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    said = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(said, str) and said:
        return said
    if member is not None:
        filed.notes.append(
            "its crs member names no coordinate system and was not followed; GeoJSON is longitude and latitude."
        )
    return "OGC:CRS84"


def _properties(place: int, feature: Any, filed: Filed) -> dict[str, Any]:
    held = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or feature.get("type") != "Feature" or not isinstance(held, dict | None):
        filed.odd[place] = "it is not a GeoJSON Feature with properties"
        return {}
    return {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in (held or {}).items()}


def _geometries(features: list[Any], filed: Filed) -> np.ndarray:
    said = [f.get("geometry") if isinstance(f, dict) else None for f in features]
    with np.errstate(all="ignore"):
        texts = np.array([None if g is None else json.dumps(g) for g in said], dtype=object)
        read = np.asarray(shapely.from_geojson(texts, on_invalid="ignore"), dtype=object).reshape(len(features))
    filed.unread = [i for i, (g, s) in enumerate(zip(read, said, strict=True)) if g is None and s is not None]
    return np.asarray(shapely.force_2d(read), dtype=object)
