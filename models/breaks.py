"""Breaks in the record that no policy event explains: a provider that stopped delivering.

Real case: Wmo in Wassenaar reads 1,270 clients in 2021 and 50 in 2022 (CBS). Forecasting on from
such a fall, or filling it silently, would both be wrong: the series is held, with the reason.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.history import Block, ready, typical_unit

_FALL = 0.25  # what is left of the level before
_LEVEL = 30.0  # typical units per period below which a fall can be chance


def supply_gaps(block: Block) -> dict[int, str]:
    """Return series that suddenly report far less than before: row -> reason with both levels.

    The last quarter (last year for yearly data) is compared with the year (three years) before. A
    level event of the product in that time explains the fall.
    """
    season = block.frequency.per_year
    tail = max(1, season // 4)
    before = 3 if block.frequency == Frequency.YEAR else season
    if block.periods < tail + before:
        return {}
    state = ready(block)
    now = state.filled[:, -tail:].mean(axis=1)
    past = state.filled[:, -tail - before : -tail].mean(axis=1)
    old = state.start <= block.periods - tail - before
    # The fall itself must not count as the usual noise.
    calm = block.until(block.periods - tail)
    large = past >= _LEVEL * typical_unit(calm, ready(calm))
    suspect = state.live & old & large & (now < _FALL * past) & ~_explained(block, tail + 1)
    return {
        int(row): f"supply gap suspected: {past[row]:.0f} -> {now[row]:.0f} per {block.frequency}"
        for row in np.flatnonzero(suspect)
    }


def _explained(block: Block, periods: int) -> npt.NDArray[np.bool_]:
    since = block.first + block.periods - periods - block.frequency.per_year
    explained = {
        product
        for product, events in block.events.items()
        if any(event.kind == "level" and event.period >= since for event in events)
    }
    return np.asarray(block.hierarchy.keys["product"].isin(explained))
