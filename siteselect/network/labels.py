"""Labels: how far a place is and which it is, in one whole number, so that the least label is the nearest place.

The upper bits are ticks, the lower `SHIFT` the place's number from 1; equal distances go to the lower number.
"""

import numpy as np

from siteselect.network.compiled import kernel

SHIFT = 24  # sixteen million places of a kind
NONE = np.int64(1) << 61  # no place: farther than anything; two of them add up without overflow
LANES = 16  # kinds of place that one sweep takes together: two cache lines a junction


@kernel
def keep_nearest(table: np.ndarray, row: int, lane: int, label: int) -> None:
    """Put a label among the k of table (n, lanes, k), least first, each place at most once."""
    at = table.shape[2] - 1
    if label >= table[row, lane, at]:
        return
    place = label & ((np.int64(1) << SHIFT) - 1)
    for i in range(table.shape[2]):
        if table[row, lane, i] & ((np.int64(1) << SHIFT) - 1) == place:
            if table[row, lane, i] <= label:
                return
            at = i
            break
    while at > 0 and table[row, lane, at - 1] > label:
        table[row, lane, at] = table[row, lane, at - 1]
        at -= 1
    table[row, lane, at] = label
