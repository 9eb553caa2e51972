"""Which share of each cell of a grid lies in an outline, exactly, and what the cells' values come to by those shares.

An outline is its rings.  Each edge, walked row by row, adds to its own cell and to the one on its right how much the
area on its right changes there; the sum along a row is then the share of each cell that lies inside.  No outline is cut
and no cell is looked at twice, holes and several parts need no rule of their own, and a sliver in one cell is exact.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from siteselect.compiled import interpreted, kernel

AT_ONCE = 1 << 18  # cells whose shares are held at a time: two megabytes, which a core's own memory holds
FEW = 20_000  # cells and corners that are done in Python before a compiler is ready
NOTHING = 1e-12  # a share of a cell below this is a sum's rounding


@dataclass(frozen=True)
class Outlines:
    """Polygons as arrays, in a grid's cells: `x` to the right and `y` downward from the grid's upper left corner.

    ring: where each ring's corners begin in x and y (the last is closed by a last number); turn: +1 where the ring adds
    area walked as it stands, -1 where it takes it; first: where each outline's rings begin, closed likewise.
    """

    x: np.ndarray
    y: np.ndarray
    ring: np.ndarray
    turn: np.ndarray
    first: np.ndarray

    @property
    def bounds(self) -> np.ndarray:
        """For each outline (n, 4) the first column and row and the last ones and 1 that it may touch."""
        begin = self.ring[self.first[:-1]]
        edges = [np.floor(np.minimum.reduceat(v, begin)) for v in (self.x, self.y)]
        edges += [np.ceil(np.maximum.reduceat(v, begin)) for v in (self.x, self.y)]
        return np.column_stack(edges)


def outlines(shapes: np.ndarray, west: float, north: float, across: float, down: float) -> Outlines:
    """Polygons and multipolygons, valid and none of them empty, in the cells of a grid that is not turned."""
    rings, owner, hole = _rings(shapes)
    corners, of = shapely.get_coordinates(rings, return_index=True)
    ring = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=len(rings)))]).astype(np.int64)
    first = np.searchsorted(owner, np.arange(len(shapes) + 1)).astype(np.int64)
    x, y = (corners[:, 0] - west) / across, (north - corners[:, 1]) / down
    begin = ring[:-1]
    east, south = x - x[begin][of], y - y[begin][of]
    cross = np.zeros(len(x))
    cross[:-1] = east[:-1] * south[1:] - east[1:] * south[:-1]
    cross[ring[1:] - 1] = 0.0  # from a ring's last corner to the next ring's first is no edge
    clockwise = np.add.reduceat(cross, begin) > 0  # as seen on a map: y grows downward
    return Outlines(x, y, ring, np.where(clockwise == hole, 1.0, -1.0), first)


def _rings(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All rings in the outlines' order, whose each is, whether it is a hole; an outline of one ring stands for it."""
    plain = (shapely.get_type_id(shapes) == 3) & (shapely.get_num_interior_rings(shapes) == 0)
    part, of = shapely.get_parts(shapes[~plain], return_index=True)
    ring, within = shapely.get_rings(part, return_index=True)
    rings = np.concatenate([shapes[plain], ring])
    owner = np.concatenate([np.flatnonzero(plain), np.flatnonzero(~plain)[of[within]]])
    hole = np.concatenate([np.zeros(plain.sum(), bool), np.diff(within, prepend=-1) == 0])
    order = np.argsort(owner, kind="stable")
    return rings[order], owner[order], hole[order]


def add(
    drawn: Outlines, which: np.ndarray, window: np.ndarray, values: np.ndarray, at: tuple[int, int],
    classes: np.ndarray, sums: np.ndarray, *, little: bool,
) -> None:  # fmt: skip
    """Add to `sums` what the cells of `values` (its first row and column are `at`) give to the outlines `which`.

    window (n, 4): the columns and rows of each outline that lie in `values`: first and last and 1.  sums (outlines,
    2 + classes): the values times the shares, then the shares by class: a value belongs to the first class whose upper
    end it does not pass.  A cell that is not a number gives nothing.  `little` work is not worth a compiler's start.
    """
    wide, high = window[:, 2] - window[:, 0] + 1, window[:, 3] - window[:, 1]
    cells = wide * high
    shares, total = (interpreted(_shares), interpreted(_total)) if little else (_shares, _total)
    ends = np.cumsum(cells)
    begin = 0
    while begin < len(which):
        last = max(begin + 1, int(np.searchsorted(ends, (ends[begin - 1] if begin else 0) + AT_ONCE, side="right")))
        some = slice(begin, last)
        start = ends[some] - cells[some] - (ends[begin] - cells[begin])
        share = np.zeros(int(cells[some].sum()))
        shares(drawn.x, drawn.y, drawn.ring, drawn.turn, drawn.first, which[some], window[some], start, share)
        total(share, which[some], window[some], start, values, at[0], at[1], classes, sums)
        begin = last


@kernel
def _shares(
    x: np.ndarray, y: np.ndarray, ring: np.ndarray, turn: np.ndarray, first: np.ndarray, which: np.ndarray,
    window: np.ndarray, start: np.ndarray, share: np.ndarray,
) -> None:  # fmt: skip
    """How the share inside changes from cell to cell along the rows of each window, which has a column to spare."""
    for n in range(len(which)):
        left, top, right, bottom = window[n, 0], window[n, 1], window[n, 2], window[n, 3]
        wide = right - left
        for r in range(first[which[n]], first[which[n] + 1]):
            for i in range(ring[r], ring[r + 1] - 1):
                x0, y0, x1, y1, sign = x[i] - left, y[i] - top, x[i + 1] - left, y[i + 1] - top, turn[r]
                if y0 > y1:
                    x0, y0, x1, y1, sign = x1, y1, x0, y0, -sign
                if y1 <= 0 or y0 >= bottom - top or y0 == y1:
                    continue
                lean = (x1 - x0) / (y1 - y0)
                for row in range(max(int(np.floor(y0)), 0), min(int(np.ceil(y1)), bottom - top)):
                    above, below = max(y0, float(row)), min(y1, row + 1.0)
                    xa, xb = x0 + (above - y0) * lean, x0 + (below - y0) * lean
                    high, low, far = sign * (below - above), min(xa, xb), max(xa, xb)
                    at = start[n] + row * (wide + 1)
                    whole = far - low
                    if low < 0:  # what lies left of the window is as good as on its left side
                        share[at] += high * min(-low / whole, 1.0) if whole > 0 else high
                        if far <= 0:
                            continue
                        low = 0.0
                    last = min(far, float(wide))  # and what lies right of it changes nothing
                    for column in range(int(low), max(int(np.ceil(last)), int(low) + 1) if low < wide else 0):
                        one, other = max(low, float(column)), min(last, column + 1.0)
                        part = high * ((other - one) / whole) if whole > 0 else high
                        middle = (one + other) / 2 - column
                        share[at + column] += part * (1 - middle)
                        share[at + column + 1] += part * middle


@kernel
def _total(
    share: np.ndarray, which: np.ndarray, window: np.ndarray, start: np.ndarray, values: np.ndarray, row0: int,
    column0: int, classes: np.ndarray, sums: np.ndarray,
) -> None:  # fmt: skip
    """The cells' values by the shares that `_shares` found."""
    for n in range(len(which)):
        left, top, right, bottom = window[n, 0], window[n, 1], window[n, 2], window[n, 3]
        at = start[n]
        for row in range(top - row0, bottom - row0):
            inside = 0.0
            for column in range(left - column0, right - column0):
                inside += share[at]
                at += 1
                if inside <= NOTHING:
                    continue
                value = values[row, column]
                if not np.isfinite(value):
                    continue
                sums[which[n], 0] += inside * value
                kind = 0
                while kind < len(classes) and value > classes[kind]:
                    kind += 1
                sums[which[n], 1 + kind] += inside
            at += 1
