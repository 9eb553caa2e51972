"""Which part of each outline lies in any of many areas."""

import numpy as np
import shapely

MOST_CORNERS = 1000  # an area with more is halved until none has: each cut looks at every corner
MOST_HALVINGS = 40


def inside(outlines: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """The part of each outline that lies in the areas together, which may overlap; an empty shape where none does.

    Both are polygons or multipolygons in one system in metres.  An outline that an area covers is given back as it is,
    and one that no area meets costs nothing; only where an edge runs through is anything cut, and against the
    nearest pieces of the area instead of the whole of it.
    """
    found = np.full(len(outlines), shapely.Polygon(), dtype=object)
    outlines, areas = valid(outlines), valid(areas)
    shapely.prepare(areas)
    area, outline = shapely.STRtree(outlines).query(areas)
    covers = shapely.covers(areas[area], outlines[outline])
    found[outline[covers]] = outlines[outline[covers]]
    covered = np.zeros(len(outlines), bool)
    covered[outline[covers]] = True
    open_ = ~covered[outline]
    area, outline = area[open_], outline[open_]
    meets = shapely.intersects(areas[area], outlines[outline])
    area, outline = area[meets], outline[meets]
    large = shapely.get_num_coordinates(areas) > MOST_CORNERS
    cut = np.unique(outline[large[area]])
    pieces = _pieces(areas[np.unique(area[large[area]])])
    piece, nth = shapely.STRtree(outlines[cut]).query(pieces, predicate="intersects")
    area, outline = area[~large[area]], np.concatenate([outline[~large[area]], cut[nth]])
    parts = shapely.intersection(outlines[outline], np.concatenate([areas[area], pieces[piece]]))
    some = shapely.area(parts) > 0  # what only touches is no part
    _join(found, parts[some], outline[some])
    return found


def valid(shapes: np.ndarray) -> np.ndarray:
    """The shapes, each that crosses itself replaced by what it encloses; None is empty."""
    repaired = np.where(shapely.is_missing(shapes), shapely.Polygon(), shapes)
    wrong = ~shapely.is_valid(repaired)
    repaired[wrong] = shapely.make_valid(repaired[wrong], method="structure", keep_collapsed=False)
    return np.asarray(repaired)


def _pieces(areas: np.ndarray) -> np.ndarray:
    """The areas' parts, halved across their longer side until none has many corners."""
    done = []
    rest = shapely.get_parts(areas)
    for _ in range(MOST_HALVINGS):
        many = shapely.get_num_coordinates(rest) > MOST_CORNERS
        done.append(rest[~many])
        rest = rest[many]
        if not len(rest):
            break
        west, south, east, north = shapely.bounds(rest).T
        wide = east - west > north - south
        x, y = np.where(wide, (west + east) / 2, east), np.where(wide, north, (south + north) / 2)
        halves = [
            shapely.box(west, south, x, y),
            shapely.box(np.where(wide, x, west), np.where(wide, south, y), east, north),
        ]
        rest = shapely.get_parts(np.concatenate([shapely.intersection(rest, half) for half in halves]))
        rest = rest[shapely.area(rest) > 0]
    return np.concatenate([*done, rest])


def _join(found: np.ndarray, parts: np.ndarray, outline: np.ndarray) -> None:
    """Write to each outline's place the union of its parts; outlines with about as many parts go together."""
    order = np.argsort(outline, kind="stable")
    parts, outline = parts[order], outline[order]
    which, begin, count = np.unique(outline, return_index=True, return_counts=True)
    found[which[count == 1]] = parts[begin[count == 1]]
    width = 2
    while width < 2 * count.max(initial=1):
        here = np.flatnonzero((count > width // 2) & (count <= width))
        if len(here):
            column = np.arange(width)
            at = np.minimum(begin[here, None] + column, len(parts) - 1)
            table = np.where(column < count[here, None], parts[at], None)
            found[which[here]] = shapely.union_all(table, axis=1)
        width *= 2
