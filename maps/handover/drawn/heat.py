"""Rank acceptability as a picture: one row a site, one column a place, the darker the more draws put it there."""

import numpy as np

from maps.handover.drawn import ink

CELL = 18.0
TALL = 13.0
NAME = 150.0


def heat(names: list[str], shares: np.ndarray, place: str) -> str:
    """The shares (sites, places; 0 to 1) with each site's name before its row; `place` heads the columns.

    A share that rounds to a whole percent stands in its cell as a number, so that colour is never all there is.
    """
    rows, columns = shares.shape
    body = ink.words(NAME + columns * CELL / 2, 8, place, 7.5, "middle")
    for j in range(columns):
        body += ink.words(NAME + (j + 0.5) * CELL, 17, str(j + 1), 7, "middle")
    for i, name in enumerate(names):
        y = 20 + i * TALL
        body += ink.words(NAME - 4, y + TALL - 4, name, 7.5, "end")
        for j in range(columns):
            share = float(shares[i, j])
            x = NAME + j * CELL
            body += f'<rect x="{x:g}" y="{y:g}" width="{CELL - 0.6:g}" height="{TALL - 0.6:g}" fill="{_shade(share)}"/>'
            if share >= 0.005:
                colour = ink.PAPER if share > 0.45 else ink.TEXT
                body += ink.words(x + CELL / 2 - 0.3, y + TALL - 4.2, f"{share:.0%}"[:-1], 6.5, "middle", colour)
    return ink.svg(NAME + columns * CELL, 21 + rows * TALL, body)


def _shade(share: float) -> str:
    # the root shows small shares, which is where an order is weak
    deep, pale = (31, 78, 121), (243, 246, 249)
    at = min(max(share, 0.0), 1.0) ** 0.5
    return "#" + "".join(f"{round(p + (d - p) * at):02x}" for d, p in zip(deep, pale, strict=True))
