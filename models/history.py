"""The history of one block of series, and what can be read off it before any model.

A block is all series of one measure and one frequency. Members see *use per expected use*; what
follows here fills gaps for the fit, gives groups of series their expected use, and says how large,
how lumpy and how bounded the figures of a series are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.hierarchy import PRODUCT, Hierarchy
from models.members import Event

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_MOST_RESTLESS = 3.0  # times the middle of its product, or a part of it
_USUAL_PERIODS = 24.0  # so many periods of the product's middle stand beside a series' own
_GROWTH_PER_YEAR = 0.25  # beyond its own record a forecast may grow this much a year, no more


@dataclass(frozen=True)
class Block:
    """All series of one measure and one frequency, as known at the end of the history.

    Attributes:
        hierarchy: the series and their groups.
        frequency: length of a period.
        first: ordinal of the first period.
        values: use per period, or use per expected use; NaN = unknown; shape (series, periods).
        exposure: expected use, history and horizon, positive, shape (series, periods + horizon);
            ones where it is not known.
        events: policy events per product.
    """

    hierarchy: Hierarchy
    frequency: Frequency
    first: int
    values: Array
    exposure: Array
    events: dict[str, tuple[Event, ...]] = field(default_factory=dict)

    def until(self, periods: int) -> Block:
        """Return the block as it stood after so many periods; nothing later remains."""
        return Block(
            self.hierarchy,
            self.frequency,
            self.first,
            self.values[:, :periods],
            self.exposure,
            self.events,
        )

    @property
    def periods(self) -> int:
        """Length of the history."""
        return int(self.values.shape[1])


@dataclass(frozen=True)
class Ready:
    """A block made fit for models.

    Attributes:
        filled: history without gaps, zero before a series starts, shape (series, periods).
        start: first known period per series; periods where there is none.
        live: series that still run at the end of the history.
        bridged: number of unknown periods that were bridged inside each history.
    """

    filled: Array
    start: npt.NDArray[np.int64]
    live: Mask
    bridged: npt.NDArray[np.int64]


def ready(block: Block) -> Ready:
    """Bridge gaps inside histories, mark where series start and whether they still run.

    A gap is bridged by a straight line for the fit only; the data keep their gap. A series whose
    last known value is half a year old (a year for yearly data) no longer runs.
    """
    known = np.isfinite(block.values)
    periods = block.periods
    if not periods:
        nothing = np.zeros(len(known), dtype=np.int64)
        return Ready(block.values.copy(), nothing, nothing.astype(bool), nothing)
    any_known = known.any(axis=1)
    start = np.where(any_known, known.argmax(axis=1), periods)
    last = np.where(any_known, periods - 1 - known[:, ::-1].argmax(axis=1), -1)
    patience = 0 if block.frequency == Frequency.YEAR else block.frequency.per_year // 2
    live = any_known & (periods - 1 - last <= patience) & ~paid_back(block)
    filled = np.zeros_like(block.values)
    at = np.arange(periods)
    for row in np.flatnonzero(any_known):
        span = slice(start[row], periods)
        here = known[row, span]
        filled[row, span] = np.interp(at[span], at[span][here], block.values[row, span][here])
    filled[~live] = np.where(known[~live], block.values[~live], 0.0)
    inside = (at >= start[:, None]) & (at <= last[:, None])
    return Ready(filled, start, live, (inside & ~known).sum(axis=1))


def paid_back(block: Block) -> Mask:
    """Mark series whose last year was below zero: credits outweigh cost; nothing to go on from."""
    return np.asarray(np.nansum(block.values[:, -block.frequency.per_year :], axis=1) < 0)


def relative_use(block: Block, filled: Array) -> Array:
    """Divide use by exposure, so that members see use per expected use."""
    return filled / block.exposure[:, : block.periods]


def group_exposure(block: Block, state: Ready, level: str) -> Array:
    """Exposure of groups: that of their live series, weighted with their recent use."""
    recent = recent_level(block, state)
    weight = np.where(state.live, recent, 0.0)
    total = block.hierarchy.add_up(weight, level)
    share = np.divide(
        weight,
        total[block.hierarchy.groups[level]],
        out=np.zeros_like(weight),
        where=total[block.hierarchy.groups[level]] > 0,
    )
    index = block.exposure / block.exposure[:, block.periods - 1 : block.periods]
    exposure = block.hierarchy.add_up(index * share[:, None], level)
    return np.where(exposure > 0, exposure, 1.0)


def group_relative_use(block: Block, state: Ready, level: str) -> Array:
    """Return use per expected use of groups, (groups, periods); of series that still run."""
    live = np.where(state.live[:, None], state.filled, 0.0)
    exposure = group_exposure(block, state, level)[:, : block.periods]
    return block.hierarchy.add_up(live, level) / exposure


def recent_level(block: Block, state: Ready) -> Array:
    """Mean use per period of the last year, since the start of younger series."""
    season = block.frequency.per_year
    window = state.filled[:, -season:]
    age = np.clip(block.periods - state.start, 1, window.shape[1])
    return np.asarray(window.sum(axis=1) / age)


def young_years(frequency: Frequency) -> int:
    """Years of history below which a series follows its product."""
    return 4 if frequency == Frequency.YEAR else 2


def typical_unit(block: Block, state: Ready) -> Array:
    """How much use one client stands for: the index of dispersion per series, positive.

    Counts of clients have an index near one; hours, days and euros come in lumps. Measured on
    changes from period to period (variance of changes / 2 / mean), and drawn towards the middle of
    the series of the product, the more so the shorter the record.
    """
    change = np.diff(state.filled, axis=1)
    started = np.arange(1, block.periods) > state.start[:, None]
    count = started.sum(axis=1)
    variance = np.divide(
        (change**2 * started).sum(axis=1), 2 * count, out=np.zeros(len(count)), where=count > 0
    )
    level = state.filled.mean(axis=1)
    index = np.divide(variance, level, out=np.zeros_like(level), where=level > 0)
    middle = _middle_per_group(index, block.hierarchy.groups[PRODUCT])
    own = np.clip(index / middle, 1 / _MOST_RESTLESS, _MOST_RESTLESS)
    return np.asarray(middle * own ** (count / (count + _USUAL_PERIODS)))


def _middle_per_group(index: Array, groups: npt.NDArray[np.int64]) -> Array:
    """Median of the positive values per group, at least 1, on the rows of the group."""
    result = np.ones(len(index))
    for group in np.unique(groups):
        rows = groups == group
        positive = index[rows & (index > 0)]
        result[rows] = np.median(positive) if positive.size else 1.0
    return np.maximum(result, 1.0)


def ceiling(block: Block, state: Ready, horizon: int) -> Array:
    """Return what a series' own record and exposure make thinkable, shape (series, horizon)."""
    record = state.filled.max(axis=1, initial=0.0)
    future = block.exposure[:, block.periods : block.periods + horizon]
    now = block.exposure[:, block.periods - 1 : block.periods]
    years = (np.arange(horizon) + 1) / block.frequency.per_year
    growth = (1 + _GROWTH_PER_YEAR * years) * np.maximum(future / now, 1.0)
    return np.asarray(record[:, None] * growth)


def within_years(block: Block, state: Ready, mean: Array, level: Array) -> Array:
    """Scale years down to what the largest year of the record and its exposure make thinkable.

    One large period does not make a year of large periods thinkable. What rises at the end of the
    record may go on as it was in its last quarter.

    Args:
        block: the history.
        state: the same, made ready.
        mean: forecasts, shape (series, horizon).
        level: use per period where the series stands, shape (series,).
    """
    season, horizon = block.frequency.per_year, mean.shape[1]
    tail = max(season // 4, 1)
    lately = state.filled[:, -tail:].sum(axis=1) * (season / tail)
    most = np.maximum.reduce([_best_year(block, state), lately, level * season])
    future = block.exposure[:, block.periods : block.periods + horizon]
    people = np.maximum(future / block.exposure[:, block.periods - 1 : block.periods], 1.0)
    bounded = mean.copy()
    for start in range(0, horizon, season):
        span = slice(start, start + season)
        growth = (1 + _GROWTH_PER_YEAR * (start / season + 1)) * people[:, span].max(axis=1)
        total = mean[:, span].sum(axis=1)
        over = total > most * growth
        scale = np.divide(most * growth, total, out=np.ones_like(total), where=over)
        bounded[:, span] *= scale[:, None]
    return bounded


def _best_year(block: Block, state: Ready) -> Array:
    """Return the largest sum of a year's worth of consecutive periods, shape (series,).

    Of a shorter record it is its largest period all year long.
    """
    season = block.frequency.per_year
    if block.periods < season:
        return np.asarray(np.maximum(state.filled.max(axis=1, initial=0.0), 0.0) * season)
    years = np.lib.stride_tricks.sliding_window_view(state.filled, season, axis=1).sum(axis=2)
    return np.asarray(np.maximum(years.max(axis=1), 0.0))
