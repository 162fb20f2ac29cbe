"""Constructed histories that break forecasters: every oddity the engine must survive."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency
from models.hierarchy import Hierarchy
from models.history import Block

Array = npt.NDArray[np.float64]
JANUARY_2017 = 2017 * 12


def histories(periods: int = 60) -> dict[str, Array]:
    """Return named monthly histories of equal length; NaN = unknown."""
    rng = np.random.default_rng(11)
    month = np.arange(periods)
    nothing = np.full(periods, np.nan)

    def known(at: slice, values: Array | float) -> Array:
        result = nothing.copy()
        result[at] = values
        return result

    return {
        "all zero": np.zeros(periods),
        "constant": np.full(periods, 7.0),
        "three points": known(slice(periods - 3, None), np.array([3.0, 4.0, 5.0])),
        "all but one missing": known(slice(periods - 1, None), 12.0),
        "ends early": known(slice(0, periods // 2), rng.poisson(20, periods // 2).astype(float)),
        "starts late": known(slice(periods // 2, None), 15.0 + rng.poisson(5, periods // 2)),
        "hundredfold spike": np.where(month == periods // 2, 500.0, 5.0),
        "step": np.where(month < periods // 2, 5.0, 50.0),
        "sparse counts": rng.poisson(0.15, periods).astype(float),
        "millions": 1e7 + 1e5 * rng.standard_normal(periods),
        "season and trend": (100 + month) * (1 + 0.2 * np.sin(2 * np.pi * month / 12)),
        "gap": np.where((month > 20) & (month < 30), np.nan, 40.0 + rng.poisson(4, periods)),
    }


def block_of(values: dict[str, Array], frequency: Frequency = Frequency.MONTH) -> Block:
    """Return a block in which every history is a district of one product."""
    names = list(values)
    keys = pd.DataFrame(
        {"municipality": "M", "district": names, "product": "P", "unit": "clients"}
    ).sort_values("district", ignore_index=True)
    stacked = np.stack([values[name] for name in keys["district"]])
    exposure = np.ones((len(names), stacked.shape[1] + 120))
    first = JANUARY_2017 // frequency.months
    return Block(Hierarchy.of(keys), frequency, first, stacked, exposure)
