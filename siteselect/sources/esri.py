"""Features as an ArcGIS server writes them (Esri JSON, degrees) -> GeoJSON features."""

from itertools import pairwise
from typing import Any

Ring = list[list[float]]


class Strange(ValueError):
    """A feature that is not what Esri JSON says it is."""


def feature(told: Any, kind: str) -> dict[str, Any]:
    """A GeoJSON feature; `kind` is the layer's geometryType.  Strange when the geometry is curved or makes no sense."""
    if not isinstance(told, dict):
        raise Strange("a feature that is none")
    attributes, shape = told.get("attributes"), told.get("geometry")
    if not isinstance(attributes, dict):
        raise Strange("a feature without attributes")
    return {"type": "Feature", "properties": attributes, "geometry": _geometry(shape, kind) if shape else None}


def _geometry(shape: Any, kind: str) -> dict[str, Any] | None:
    if not isinstance(shape, dict):
        raise Strange("a geometry that cannot be read")
    if any(name.startswith("curve") for name in shape):
        raise Strange("a curved outline, which GeoJSON does not know")
    try:
        match kind:
            case "esriGeometryPoint":
                if shape.get("x") is None or shape.get("x") == "NaN":
                    return None
                return {"type": "Point", "coordinates": [float(shape["x"]), float(shape["y"])]}
            case "esriGeometryMultipoint":
                return {"type": "MultiPoint", "coordinates": _line(shape["points"])}
            case "esriGeometryPolyline":
                return {"type": "MultiLineString", "coordinates": [_line(path) for path in shape["paths"]]}
            case "esriGeometryPolygon":
                return _polygons([_line(ring) for ring in shape["rings"]])
    except (KeyError, TypeError, ValueError, IndexError):
        raise Strange("a geometry that cannot be read") from None
    raise Strange(f"geometry of the kind {kind!r}, which is not known here")


def _line(points: list[Any]) -> Ring:
    return [[float(p[0]), float(p[1])] for p in points]


def _polygons(rings: list[Ring]) -> dict[str, Any] | None:
    """Outer rings run clockwise, holes the other way; GeoJSON wants the opposite, and each hole with its outer ring."""
    closed = [r if r[0] == r[-1] else [*r, r[0]] for r in rings if len(r) >= 3]
    outer = [[r] for r in closed if _area(r) < 0]
    if not outer:
        outer, holes = [[r] for r in closed], []
    else:
        holes = [r for r in closed if _area(r) >= 0]
    for hole in holes:
        around = [polygon for polygon in outer if _holds(polygon[0], hole[0])]
        (min(around, key=lambda p: abs(_area(p[0]))) if around else outer[0]).append(hole)
    turned = [[_turned(polygon[0], True), *(_turned(hole, False) for hole in polygon[1:])] for polygon in outer]
    if not turned:
        return None
    if len(turned) == 1:
        return {"type": "Polygon", "coordinates": turned[0]}
    return {"type": "MultiPolygon", "coordinates": turned}


def _turned(ring: Ring, left: bool) -> Ring:
    return ring if (_area(ring) > 0) == left else ring[::-1]


def _area(ring: Ring) -> float:
    """Twice the area, above zero when the ring runs to the left."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def _holds(ring: Ring, point: list[float]) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
