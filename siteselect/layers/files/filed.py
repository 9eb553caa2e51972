"""What a spatial file holds, before anything is changed."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass
class Filed:
    """What a file holds, unchanged: one row a feature.

    `geometry` has None where there is none; `unread` are places of geometries that are there but cannot be read;
    `odd` maps places of features to what is wrong with them.  `notes` and `repaired` speak of the whole file.
    """

    table: pd.DataFrame
    geometry: np.ndarray
    declared: str | None
    unread: list[int] = field(default_factory=list)
    odd: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
