"""From what the members said to one coherent forecast per series.

`models.demand` asks the members; here their answers become one number. Three things are learned on
rolling origins: how much each member is trusted at each level (`Trust`), and, in the
`models.demand.Recipe`, how far to damp towards last year's level, and how far series follow their
product, district and total.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.demand import RECONCILED_LEVELS, Answers, Recipe, adjusted
from models.hierarchy import OWN_PRODUCT, SERIES
from models.history import (
    Block,
    Ready,
    ceiling,
    group_exposure,
    ready,
    recent_level,
    typical_unit,
    within_years,
    young_years,
)
from models.levels import steady_level
from models.members import ANCHOR
from models.outcomes import Forecast, told

Array = npt.NDArray[np.float64]
# A member that missed a tenth more than the average counts a third less. Steeper follows luck,
# flatter pays for members that do not fit the data: on the panels at hand 3 to 6 did best.
_TRUST = 4.0
Trust = Mapping[str, Mapping[str, float]]  # level -> member -> relative loss so far; 1 = average


@dataclass(frozen=True)
class Said:
    """What the members said of every group of one level.

    Attributes:
        members: names, in order.
        values: forecasts in use, shape (members, groups, horizon); NaN where one abstained.
        base: last year's level, shape (groups, horizon).
        notes: group -> why nobody but one spoke.
    """

    members: tuple[str, ...]
    values: Array
    base: Array
    notes: dict[int, str]

    def combined(self, losses: Mapping[str, float]) -> Array:
        """Return the weighted median of the members, shape (groups, horizon).

        Args:
            losses: member -> loss so far, relative to the average one; a member without counts
                as average.
        """
        weights = np.array([max(losses.get(name, 1.0), 0.1) ** -_TRUST for name in self.members])
        return weighted_median(self.values, weights)

    def without(self, member: str) -> Said:
        """Return the same without one member; unchanged where nobody else would be left."""
        kept = [at for at, name in enumerate(self.members) if name != member]
        if not kept:
            return self
        names = tuple(self.members[at] for at in kept)
        return Said(names, self.values[kept], self.base, self.notes)


def weighted_median(values: Array, weights: Array) -> Array:
    """Return the weighted median over the first axis, NaN left out; shape of one value.

    With equal weights it is the plain median, the middle of two included.

    Args:
        values: shape (members, ...); NaN = no value.
        weights: positive, shape (members,).
    """
    if not len(values):  # no series runs any more: nobody was asked
        return np.full(values.shape[1:], np.nan)
    order = np.argsort(values, axis=0)  # NaN come last
    sorted_values = np.take_along_axis(values, order, axis=0)
    heavy = np.where(np.isnan(sorted_values), 0.0, weights[order])
    total = heavy.sum(axis=0)
    below = (np.cumsum(heavy, axis=0) - heavy / 2) / np.where(total > 0, total, 1.0)
    known = heavy > 0
    # The last member whose middle lies at or below one half, and the next one.
    low = np.maximum((known & (below <= 0.5 + 1e-12)).sum(axis=0) - 1, 0)[None]
    high = np.minimum(low + 1, np.maximum(known.sum(axis=0) - 1, 0)[None])
    at_low, at_high = (np.take_along_axis(below, at, axis=0)[0] for at in (low, high))
    value_low, value_high = (np.take_along_axis(sorted_values, at, axis=0)[0] for at in (low, high))
    gap = at_high - at_low
    share = np.divide(0.5 - at_low, gap, out=np.zeros_like(gap), where=gap > 0)
    result = value_low + np.clip(share, 0.0, 1.0) * (value_high - value_low)
    return np.where(total > 0, result, np.nan)


class Ensemble:
    """The members' answers for one block, ready to be combined by any recipe.

    Args:
        block: the history that was forecast.
        answers: what the members said, per (level, group).
        horizon: periods ahead.
        trust: losses of the members so far; empty = all alike.
    """

    def __init__(
        self, block: Block, answers: Answers, horizon: int, trust: Trust | None = None
    ) -> None:
        self.block, self.horizon = block, horizon
        self.trust: Trust = trust or {}
        self.state = adjusted(block)
        self.unit = typical_unit(block, self.state)
        self.level = steady_level(block, self.state, self.unit)
        asked = {level for level, _ in answers}
        levels = {block.hierarchy.same_as(level) for level in (SERIES, *RECONCILED_LEVELS)}
        levels = {level for level in levels if level == SERIES or level in asked}
        self.said = {level: _said(block, self.state, answers, level, horizon) for level in levels}
        self._combined: dict[str, Array] = {}

    @property
    def baseline(self) -> Array:
        """Seasonal naive of the use itself, without exposure or events; (series, horizon)."""
        raw = ready(self.block)
        season = min(self.block.frequency.per_year, self.block.periods)
        young = (self.block.periods - raw.start < season)[:, None]
        last = np.where(young, raw.filled[:, -1:], raw.filled[:, -season:])
        naive = np.take(last, np.arange(self.horizon) % season, axis=1)
        return np.where(raw.live[:, None], naive, 0.0)

    @cached_property
    def ceiling(self) -> Array:
        """Upper bound of a forecast, shape (series, horizon)."""
        record = ceiling(self.block, self.state, self.horizon)
        return np.maximum(record, self.level[:, None])  # of an empty cell: what its like used

    def mean(self, recipe: Recipe) -> Array:
        """Combine, pool over districts, reconcile and bound: (series, horizon)."""
        if recipe.damping < 1:
            mean = self._coherent(self._pooled(self._own(recipe), recipe), recipe)
        else:
            mean = self._anchor
        mean = within_years(self.block, self.state, np.clip(mean, 0.0, self.ceiling), self.level)
        return np.where(self.state.live[:, None], mean, 0.0)

    def forecast(self, recipe: Recipe) -> Forecast:
        """Return the forecast of a recipe with one outcome per series."""
        words = told(self.block, self.state, self.said[SERIES].notes, recipe)
        return Forecast(self.mean(recipe), self.baseline, *words)

    def without(self, member: str) -> Ensemble:
        """Return the ensemble as it would have been without one member."""
        other = copy(self)
        other.said = {level: said.without(member) for level, said in self.said.items()}
        other._combined = {}
        return other

    def combined(self, level: str) -> Array:
        """Return what the members make of the groups of a level together, (groups, horizon)."""
        if level not in self._combined:
            combined = self.said[level].combined(self.trust.get(level, {}))
            self._combined[level] = np.nan_to_num(combined)
        return self._combined[level]

    def _own(self, recipe: Recipe) -> Array:
        """The series by themselves: small ones are noisy, so they lean on their last year.

        Groups are not damped: there is signal in them, and series follow it through coherence.
        """
        own = self.combined(SERIES)
        return (1 - recipe.damping) * own + recipe.damping * self._anchor

    @cached_property
    def _anchor(self) -> Array:
        """Last year's level per series, smoothed where it is mostly chance: (series, horizon)."""
        base = self.said[SERIES].base
        recent = recent_level(self.block, self.state)
        scale = np.divide(self.level, recent, out=np.ones_like(recent), where=recent > 0)
        steady = base * scale[:, None]
        flat = (recent <= 0) & (self.level > 0)
        return np.where(flat[:, None], self.level[:, None], steady)

    def _pooled(self, mean: Array, recipe: Recipe) -> Array:
        """Let small and young series follow the course of their product."""
        hierarchy = self.block.hierarchy
        level = hierarchy.same_as(OWN_PRODUCT)
        if level == SERIES or level not in self.said:
            return mean
        base = hierarchy.add_up(np.where(self.state.live, self.level, 0.0), level)[:, None]
        course = self.combined(level)
        growth = np.divide(course, base, out=np.ones_like(course), where=base > 0)
        borrowed = self.level[:, None] * growth[hierarchy.groups[level]]
        weight = _own_weight(self.block, self.state, self.level / self.unit, recipe.pooling)
        return weight[:, None] * mean + (1 - weight[:, None]) * borrowed

    def _coherent(self, mean: Array, recipe: Recipe) -> Array:
        """Scale series part of the way to the forecasts of their product, district and total."""
        hierarchy = self.block.hierarchy
        # One group can be product and total at once: it is followed once.
        levels = dict.fromkeys(hierarchy.same_as(level) for level in RECONCILED_LEVELS)
        for fitted in levels if recipe.coherence else ():
            if fitted == SERIES or fitted not in self.said:
                continue
            target = self.combined(fitted)
            total = hierarchy.add_up(np.where(self.state.live[:, None], mean, 0.0), fitted)
            ratio = np.divide(target, total, out=np.ones_like(target), where=total > 0)
            scale = np.clip(ratio, 0.5, 2.0) ** recipe.coherence
            mean = mean * scale[hierarchy.groups[fitted]]
        return mean


def _said(block: Block, state: Ready, answers: Answers, level: str, horizon: int) -> Said:
    """Lay the answers for a level side by side, in use."""
    own = {group: said for (answered, group), said in answers.items() if answered == level}
    members = tuple(dict.fromkeys(name for said in own.values() for name in said))
    size = block.hierarchy.size(level)
    values = np.full((len(members), size, horizon), np.nan)
    base = np.zeros((size, horizon))
    notes: dict[int, str] = {}
    for group, said in own.items():
        spoken = [reply.values for reply in said.values() if reply.values is not None]
        for at, name in enumerate(members):
            if name in said and said[name].values is not None:
                values[at, group] = said[name].values
        naive = said[ANCHOR].values
        base[group] = spoken[0] if naive is None else naive
        failed = [f"{name} {r.reason}" for name, r in said.items() if r.values is None]
        if len(spoken) == 1 and failed:
            notes[group] = "; ".join(failed)
    exposure = block.exposure if level == SERIES else group_exposure(block, state, level)
    future = exposure[:, block.periods : block.periods + horizon]
    return Said(members, values * future, base * future, notes)


def _own_weight(block: Block, state: Ready, size: Array, pooling: float) -> Array:
    """Weight of a series' own course: more with more use (in typical units) and history."""
    years = (block.periods - state.start) / block.frequency.per_year
    information = size * np.minimum(years, 3.0) / 3.0
    weight = information / (information + pooling) if pooling > 0 else np.ones_like(size)
    young = years < young_years(block.frequency)
    return np.where(young, np.minimum(weight, 0.5 * (years > 1)), weight)
