"""The piece of street nearest to each point, through a grid over the pieces."""

import numpy as np

from siteselect.network.compiled import kernel

CELLS_A_PIECE = 2  # a grid with more cells than this for each piece is mostly empty


def nearest_piece(ends: np.ndarray, xy: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each point (n, 2) the nearest of pieces (p, 4), how far along it as a share, and the metres to there.

    -1 and NaN where no piece is within `reach_m`, or the point has no place.
    """
    if not len(ends) or not len(xy):
        return np.full(len(xy), -1), np.full(len(xy), np.nan), np.full(len(xy), np.nan)
    low = np.minimum(ends[:, :2], ends[:, 2:]).min(axis=0)
    high = np.maximum(ends[:, :2], ends[:, 2:]).max(axis=0)
    width, height = high - low
    typical = np.median(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]))
    cell = max(float(typical), np.sqrt(max(width * height, 1.0) / (CELLS_A_PIECE * len(ends))), reach_m / 16)
    columns, rows = int(width // cell) + 1, int(height // cell) + 1
    start, piece = _grid(ends, low[0], low[1], cell, columns, rows)
    return _nearest(ends, np.ascontiguousarray(xy), reach_m, low[0], low[1], cell, columns, rows, start, piece)


@kernel
def _columns(ends: np.ndarray, i: int, row: int, y0: float, cell: float) -> tuple[float, float]:
    """The stretch of x in which piece i lies while it crosses a row, a little wider than it is."""
    ax, ay, bx, by = ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3]
    low, high = min(ax, bx), max(ax, bx)
    if ay == by:
        return low, high
    first, second = (y0 + row * cell - ay) / (by - ay), (y0 + (row + 1) * cell - ay) / (by - ay)
    if first > second:
        first, second = second, first
    first, second = max(first, 0.0), min(second, 1.0)
    one, other = ax + first * (bx - ax), ax + second * (bx - ax)
    slack = 1e-6 * cell
    return max(low, min(one, other) - slack), min(high, max(one, other) + slack)


@kernel
def _grid(
    ends: np.ndarray, x0: float, y0: float, cell: float, columns: int, rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pieces by the cells that they cross."""
    start = np.zeros(columns * rows + 1, np.int64)
    piece = np.empty(0, np.int32)
    fill = start
    for filling in range(2):
        if filling:
            for c in range(columns * rows):
                start[c + 1] += start[c]
            piece = np.empty(start[-1], np.int32)
            fill = start[:-1].copy()
        for i in range(len(ends)):
            bottom, top = min(ends[i, 1], ends[i, 3]), max(ends[i, 1], ends[i, 3])
            for row in range(int((bottom - y0) / cell), min(int((top - y0) / cell), rows - 1) + 1):
                low, high = _columns(ends, i, row, y0, cell)
                left, right = max(int((low - x0) / cell), 0), min(int((high - x0) / cell), columns - 1)
                for c in range(row * columns + left, row * columns + right + 1):
                    if filling:
                        piece[fill[c]] = i
                        fill[c] += 1
                    else:
                        start[c + 1] += 1
    return start, piece


@kernel
def _closer(
    ends: np.ndarray, piece: np.ndarray, first: int, last: int, x: float, y: float,
    best: tuple[int, float, float],
) -> tuple[int, float, float]:  # fmt: skip
    """The best of (piece, share, squared metres) so far and the pieces of a stretch of cells."""
    which, at, squared = best
    for k in range(first, last):
        i = piece[k]
        dx, dy = ends[i, 2] - ends[i, 0], ends[i, 3] - ends[i, 1]
        px, py = x - ends[i, 0], y - ends[i, 1]
        length = dx * dx + dy * dy
        share = 0.0
        if length > 0:
            share = min(max((px * dx + py * dy) / length, 0.0), 1.0)
        ex, ey = px - share * dx, py - share * dy
        found = ex * ex + ey * ey
        if found < squared or (found == squared and i < which):
            which, at, squared = i, share, found
    return which, at, squared


@kernel
def _nearest(
    ends: np.ndarray, xy: np.ndarray, reach_m: float, x0: float, y0: float, cell: float, columns: int, rows: int,
    start: np.ndarray, piece: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    count = len(xy)
    which, share, metres = np.full(count, -1), np.full(count, np.nan), np.full(count, np.nan)
    for n in range(count):
        x, y = xy[n, 0], xy[n, 1]
        # what is not a number fails both comparisons
        if not (abs(x - x0 - columns * cell / 2) <= columns * cell / 2 + reach_m):
            continue
        if not (abs(y - y0 - rows * cell / 2) <= rows * cell / 2 + reach_m):
            continue
        best = _by_rings(ends, x, y, reach_m, x0, y0, cell, columns, rows, start, piece)
        if best[0] >= 0:
            which[n], share[n], metres[n] = best[0], best[1], np.sqrt(best[2])
    return which, share, metres


@kernel
def _by_rings(
    ends: np.ndarray, x: float, y: float, reach_m: float, x0: float, y0: float, cell: float, columns: int, rows: int,
    start: np.ndarray, piece: np.ndarray,
) -> tuple[int, float, float]:  # fmt: skip
    """The nearest of (piece, share, squared metres), by rings of cells round a point until no nearer one can come."""
    column, row = int(np.floor((x - x0) / cell)), int(np.floor((y - y0) / cell))
    east, north = x - x0 - column * cell, y - y0 - row * cell
    inside = min(min(east, cell - east), min(north, cell - north))
    best = (-1, 0.0, reach_m * reach_m * (1 + 1e-12))
    for ring in range(int(reach_m / cell) + 3):
        clear = inside + (ring - 1) * cell  # everything nearer than this was seen in the rings before
        if ring and clear > 0 and clear * clear > best[2]:
            break
        for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            step = 1 if abs(r - row) == ring or ring == 0 else 2 * ring
            for c in range(column - ring, column + ring + 1, step):
                if 0 <= c < columns:
                    at = r * columns + c
                    best = _closer(ends, piece, start[at], start[at + 1], x, y, best)
    return best
