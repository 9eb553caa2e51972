"""The map of a site, from the run's own outlines: nothing is asked of a map service.

North is up; metres are those of a plane that touches the earth at the site, true to a few metres over these few
kilometres.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import affinity
from shapely.geometry import shape

from maps.handover.drawn import ink

M_PER_DEGREE = 111_320.0
HALF_MILE_M = 804.672
VIEW_M = 1400.0  # from the site to the upper edge: half a mile and what lies round it


@dataclass(frozen=True)
class Spot:
    """Something on the map: a place by name, and whether it is another site of the list or what was reached."""

    name: str
    lon: float
    lat: float
    site: bool


@dataclass(frozen=True)
class Frame:
    """A piece of paper over a piece of ground: the middle in degrees, the size in points, points for a metre."""

    lon: float
    lat: float
    width: float
    height: float
    scale: float

    def to_paper(self, geometry: Any) -> Any:
        """A shape in degrees as one in points, y downwards."""
        x, y = M_PER_DEGREE * math.cos(math.radians(self.lat)) * self.scale, M_PER_DEGREE * self.scale
        matrix = [x, 0, 0, -y, self.width / 2 - x * self.lon, self.height / 2 + y * self.lat]
        return affinity.affine_transform(geometry, matrix)

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """A point in degrees as one in points."""
        point = self.to_paper(shapely.Point(lon, lat))
        return float(point.x), float(point.y)


def inset(
    site: dict[str, Any], outline: dict[str, Any] | None, background: list[dict[str, Any]], spots: Sequence[Spot],
    half_mile: str, width: float = 250, height: float = 192,
) -> str:  # fmt: skip
    """The site in the middle with half a mile round it, what lies near, a scale bar, north, and where in the place.

    site: lon, lat, margin_m and area_m2 of its row; outline: its GeoJSON geometry; background: features with name and
    geometry; half_mile: the words on the ring.
    """
    lon, lat = float(site["lon"]), float(site["lat"])
    margin_m = float(site.get("margin_m") or 0)
    reach_m = max(VIEW_M, 1.6 * margin_m)
    frame = Frame(lon, lat, width, height, height / 2 / reach_m)
    body = f'<rect width="{width:g}" height="{height:g}" fill="#fbfaf7"/>'
    body += _ground(frame, background)
    cx, cy = width / 2, height / 2
    ring = HALF_MILE_M * frame.scale
    body += _circle(cx, cy, ring, f'fill="none" stroke="{ink.LINE}" stroke-width="0.8" stroke-dasharray="3 2"')
    body += ink.words(cx, cy - ring - 2.5, half_mile, 6.5, "middle", "#5b6773")
    for spot in spots:
        body += _spot(frame, spot)
    if margin_m:
        body += _circle(cx, cy, margin_m * frame.scale, f'fill="{ink.MARK}" fill-opacity="0.12" stroke="{ink.MARK}" '
                        'stroke-width="0.8" stroke-dasharray="2 1.5"')  # fmt: skip
    if outline is not None:
        drawn = frame.to_paper(shape(outline))
        body += f'<path d="{_path(drawn)}" fill-rule="evenodd" fill="{ink.MARK}" '
        body += f'fill-opacity="0.55" stroke="{ink.MARK}" stroke-width="1"/>'
    else:
        body += _circle(cx, cy, 4, f'fill="{ink.MARK}" stroke="{ink.PAPER}" stroke-width="1.2"')
    body += _scale_bar(frame) + _north(width) + _where(site, background, width, height)
    body += f'<rect x="0.4" y="0.4" width="{width - 0.8:g}" height="{height - 0.8:g}" fill="none" stroke="{ink.LINE}" '
    body += 'stroke-width="0.8"/>'
    return ink.svg(width, height, body)


def shows(site: dict[str, Any], spot: Spot) -> bool:
    """Whether a spot lies in the view of a site's map."""
    reach_m = max(VIEW_M, 1.6 * float(site.get("margin_m") or 0))
    x = (spot.lon - float(site["lon"])) * M_PER_DEGREE * math.cos(math.radians(float(site["lat"])))
    y = (spot.lat - float(site["lat"])) * M_PER_DEGREE
    return abs(x) < reach_m * 1.15 and abs(y) < reach_m * 0.95


def _ground(frame: Frame, background: list[dict[str, Any]]) -> str:
    """Outlines for orientation, the largest below, each named once where it fills enough of the view."""
    page = shapely.box(-2, -2, frame.width + 2, frame.height + 2)
    named: list[tuple[str, Any]] = []
    body = ""
    shapes = [(f.get("name"), frame.to_paper(shape(f["geometry"]))) for f in background]
    for name, drawn in sorted(shapes, key=lambda s: -s[1].area):
        # the line is cut with the shape, so that no edge of the view is taken for a boundary
        inside, edge = shapely.intersection(drawn, page), shapely.intersection(drawn.boundary, page)
        if inside.is_empty:
            continue
        body += f'<path d="{_path(inside)}" fill-rule="evenodd" fill="#e9e4d6" fill-opacity="0.45"/>'
        body += f'<path d="{_path(edge)}" fill="none" stroke="#b7ab8c" stroke-width="0.9"/>'
        if name and inside.area > 900 and len(named) < 3:
            named.append((name, inside))
    for row, (name, _) in enumerate(named):
        body += ink.words(7, 12 + 9 * row, str(name)[:40], 7.5, "start", "#857a5c")
    return body


def _spot(frame: Frame, spot: Spot) -> str:
    x, y = frame.at(spot.lon, spot.lat)
    if spot.site:
        return _circle(x, y, 2.4, f'fill="{ink.PAPER}" stroke="{ink.DEEP}" stroke-width="0.9"')
    mark = f'<rect x="{x - 2.2:.1f}" y="{y - 2.2:.1f}" width="4.4" height="4.4" fill="{ink.DEEP}"/>'
    return mark + ink.words(x + 3.5, y + 2.3, spot.name[:28], 6, "start", ink.DEEP)


def _scale_bar(frame: Frame) -> str:
    long = HALF_MILE_M / 2 * frame.scale
    x, y = 8.0, frame.height - 9
    body = f'<rect x="3" y="{y - 12:g}" width="{long + 62:.1f}" height="18" fill="{ink.PAPER}" fill-opacity="0.8"/>'
    body += f'<path d="M{x:g} {y - 3:g}V{y:g}H{x + long:.1f}V{y - 3:g}" fill="none" stroke="{ink.TEXT}"/>'
    return body + ink.words(x + long + 4, y + 1, "¼ mi (402 m)", 6.5)


def _north(width: float) -> str:
    x = width - 13
    arrow = f'<path d="M{x:g} 6l4 12l-4 -3l-4 3z" fill="{ink.TEXT}"/>'
    return arrow + ink.words(x, 26, "N", 7, "middle")


def _where(site: dict[str, Any], background: list[dict[str, Any]], width: float, height: float) -> str:
    """A small picture in the corner: the whole place, and a dot where the site lies."""
    if not background:
        return ""
    shapes = [shape(f["geometry"]) for f in background]
    west, south, east, north = shapely.union_all([shapely.box(*s.bounds) for s in shapes]).bounds
    middle = (west + east) / 2, (south + north) / 2
    box = 56.0
    wide = (east - west) * M_PER_DEGREE * math.cos(math.radians(middle[1]))
    tall = (north - south) * M_PER_DEGREE
    if max(wide, tall) <= 0:
        return ""
    frame = Frame(*middle, box, box, (box - 6) / max(wide, tall))
    body = f'<rect width="{box:g}" height="{box:g}" fill="{ink.PAPER}" stroke="{ink.LINE}" stroke-width="0.6"/>'
    for drawn in sorted((frame.to_paper(s).simplify(0.3) for s in shapes), key=lambda s: -s.area):
        body += f'<path d="{_path(drawn)}" fill-rule="evenodd" fill="#e9e4d6" stroke="#b7ab8c" stroke-width="0.4"/>'
    x, y = frame.at(float(site["lon"]), float(site["lat"]))
    body += _circle(x, y, 2.2, f'fill="{ink.MARK}" stroke="{ink.PAPER}" stroke-width="0.6"')
    return f'<g transform="translate({width - box - 4:g} {height - box - 4:g})">{body}</g>'


def _circle(x: float, y: float, r: float, style: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {style}/>'


def _path(drawn: Any) -> str:
    """The lines of a shape in points; holes are cut by the even-odd filling that closed rings of a path have."""
    if hasattr(drawn, "geoms"):
        return "".join(_path(part) for part in drawn.geoms)
    if drawn.geom_type == "Polygon":
        return "".join(f"{_line(ring)}Z" for ring in (drawn.exterior, *drawn.interiors))
    return _line(drawn) if drawn.geom_type in ("LineString", "LinearRing") else ""


def _line(line: Any) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line.coords) if not line.is_empty else ""
