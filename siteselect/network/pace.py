"""How long a walk takes on a slope."""

import numpy as np

LEVEL_M_PER_S = float(6 / 3.6 * np.exp(-3.5 * 0.05))  # 5.04 km/h
FASTEST_M_PER_S = 6 / 3.6  # slightly downhill


def seconds(length_m: np.ndarray, rise_m: np.ndarray) -> np.ndarray:
    """Seconds to walk pieces of street of a length and a rise (negative downhill), metres.

    Tobler's hiking function: 6 exp(-3.5 |slope + 0.05|) km/h, which is 5.04 km/h on the level and fastest slightly
    downhill.  Source: W. Tobler, Three Presentations on Geographical Analysis and Modeling, NCGIA 93-1, 1993.  Where
    the rise is unknown (NaN) the pace is that of level ground.
    """
    slope = np.divide(np.nan_to_num(rise_m), length_m, out=np.zeros(len(length_m)), where=length_m > 0)
    metres_per_second = 6 / 3.6 * np.exp(-3.5 * np.abs(slope + 0.05))
    took: np.ndarray = length_m / metres_per_second
    return took
