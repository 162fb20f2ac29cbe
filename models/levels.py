"""The level a series stands at: its share of its product, smoothed over the years.

Last year's figure of a small cell is mostly chance: a cell that happened to be empty is not empty
for ever. The local level model (Harvey 1989, ch. 4) says how much of it to believe: with noise of
variance *unit x level* and a level that drifts by a variance *drift x level squared* a year, the
weight of the last year follows from their ratio. The drift is one number for all series of a block,
the one that would have done best on the years of the block itself. Large cells believe their last
year; small ones their last four. Years are compared as shares of the product, so that what moved
the whole product is not undone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.hierarchy import OWN_PRODUCT
from models.history import Block, Ready, recent_level

Array = npt.NDArray[np.float64]

_YEARS = 4
_DRIFTS = (0.005, 0.02, 0.08, 0.3, np.inf)  # of the level a year, as variance of its logarithm
_LARGEST_MOVE = 3.0  # a product that moved by more than this in a year says nothing of shares
_SMALL = (0.5, 2.0, 8.0, 32.0)  # classes of use a year, in typical units
_LARGEST = np.array([*_SMALL[1:], np.inf, np.inf])  # what chance can make of each class
_DOUBTED_CELLS = 5.0  # cells that did not rise, assumed beforehand
_TIE = 0.01


def steady_level(block: Block, state: Ready, unit: Array) -> Array:
    """Return use per period at the end of the history, shape (series,).

    Args:
        block: the history.
        state: the same, made ready.
        unit: index of dispersion per series, shape (series,).
    """
    recent = np.maximum(recent_level(block, state), 0.0)  # credits can outweigh a year's cost
    season, periods = block.frequency.per_year, block.periods
    if periods < 2 * season:
        return recent
    drift = _best_drift(block, state, unit)
    level = _smoothed(block, state, unit, periods, drift)
    level = np.maximum(level, 0.0)
    risen = level + _rise_of_small(block, state, unit, level, drift)
    level = _adding_up_to(level, risen, block.hierarchy.groups[OWN_PRODUCT])
    return np.where(state.start <= periods - 2 * season, level / season, recent)


def _adding_up_to(level: Array, risen: Array, groups: npt.NDArray[np.int64]) -> Array:
    """Scale what rose back to the sum of each product: some cells rise because others fall."""
    before, after = (np.bincount(groups, part) for part in (level, risen))
    scale = np.divide(before, after, out=np.zeros_like(before), where=after > 0)
    return np.asarray(risen * scale[groups])


def _rise_of_small(block: Block, state: Ready, unit: Array, level: Array, drift: float) -> Array:
    """How much cells of this size used more a year later than they seemed to, so far; per year.

    What is nearly empty can only rise: cells are pooled by size over all products, and a class
    that did not rise gets nothing. Sizes are in typical units.
    """
    season = block.frequency.per_year
    top, bottom = np.zeros(len(_SMALL) + 1), np.zeros(len(_SMALL) + 1)
    for end in _ends(block):
        old = state.live & (state.start <= end - 2 * season)
        was = state.filled[:, end : end + season].sum(axis=1)
        change = _product_change(block, old, state.filled, end, end + season)
        said = _smoothed(block, state, unit, end, drift)
        size = np.searchsorted(_SMALL, said / unit, side="right")
        # What leapt beyond its class began: that says nothing of cells that are empty by chance.
        rose = np.minimum((was / change - said) / unit, _LARGEST[size])
        top += np.bincount(size[old], rose[old], len(top))
        bottom += np.bincount(size[old], minlength=len(top))
    rise = np.maximum(top / (bottom + _DOUBTED_CELLS), 0.0)
    rise[-1] = 0.0
    return np.asarray(rise[np.searchsorted(_SMALL, level / unit, side="right")] * unit)


def _best_drift(block: Block, state: Ready, unit: Array) -> float:
    """Return the drift with the smallest absolute error a year ahead, inside the block.

    Given what the product did: only shares are asked for. The largest of equals is taken, which
    stays nearest to last year.
    """
    season = block.frequency.per_year
    loss = np.zeros(len(_DRIFTS))
    for end in _ends(block):
        old = state.live & (state.start <= end - 2 * season)
        was = state.filled[:, end : end + season].sum(axis=1)
        change = _product_change(block, old, state.filled, end, end + season)
        for at, drift in enumerate(_DRIFTS):
            said = _smoothed(block, state, unit, end, drift) * change
            loss[at] += np.abs(said - was)[old].sum()
    best = int(np.flatnonzero(loss <= loss.min() * (1 + _TIE))[-1])
    return float(_DRIFTS[best])


def _ends(block: Block) -> list[int]:
    """Ends of years to learn from: each has a year after it, and two before."""
    season = block.frequency.per_year
    ends = (block.periods - season * back for back in range(1, _YEARS))
    return [end for end in ends if end >= 2 * season]


def _smoothed(block: Block, state: Ready, unit: Array, end: int, drift: float) -> Array:
    """Smooth the sums of up to four years before a period, on the product's scale of the last."""
    season = block.frequency.per_year
    last = state.filled[:, end - season : end].sum(axis=1)
    if not np.isfinite(drift):
        return np.asarray(last)
    years, known = [last], [np.ones(len(last), dtype=bool)]
    for back in range(1, min(_YEARS, end // season)):
        stop = end - back * season
        old = state.live & (state.start <= stop - season)
        change = _product_change(block, old, state.filled, stop, end)
        years.append(state.filled[:, stop - season : stop].sum(axis=1) * change)
        known.append(old)
    values, there = np.array(years), np.array(known)
    count = there.sum(axis=0)
    size = np.divide((values * there).sum(axis=0), count, out=np.zeros(len(last)), where=count > 0)
    gain = _gain(drift * np.abs(size) / unit)
    weights = np.where(there, gain * (1 - gain) ** np.arange(len(values))[:, None], 0.0)
    # The oldest year stands for all before it.
    weights[count - 1, np.arange(len(last))] += 1 - weights.sum(axis=0)
    return np.asarray((weights * values).sum(axis=0))


def _gain(ratio: Array) -> Array:
    """Steady-state Kalman gain of a local level with this ratio of drift to noise variance."""
    return np.asarray((np.sqrt(ratio**2 + 4 * ratio) - ratio) / 2)


def _product_change(
    block: Block, old: npt.NDArray[np.bool_], use: Array, before: int, after: int
) -> Array:
    """How a product moved between the years that end at two periods, for series of both."""
    season, groups = block.frequency.per_year, block.hierarchy.groups[OWN_PRODUCT]
    sums = [
        np.bincount(groups, np.where(old, use[:, end - season : end].sum(axis=1), 0.0))
        for end in (before, after)
    ]
    change = np.divide(sums[1], sums[0], out=np.ones_like(sums[0]), where=sums[0] > 0)
    return np.asarray(np.clip(change, 1 / _LARGEST_MOVE, _LARGEST_MOVE)[groups])
