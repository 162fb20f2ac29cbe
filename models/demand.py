"""`DemandModel`: exposure, ensemble and pooling over districts, as arrays.

The model works on one block: all series of one measure and one frequency. It is used in two steps,
so that the slow middle (fitting members) can be fanned out anywhere:

1. `DemandModel.tasks` says which histories must be forecast by which members;
2. `Ensemble` turns their answers into one coherent forecast per series.

Between the two stands a `Recipe`: how far to damp towards the seasonal naive, how far to follow the
forecasts of products, districts and totals, and how strongly small series borrow from their
product. A recipe is chosen on rolling origins (`choose_recipe`); the simplest wins ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.hierarchy import DISTRICT, OWN_PRODUCT, SERIES, TOTAL
from models.history import (
    Block,
    Ready,
    ceiling,
    group_exposure,
    group_relative_use,
    ready,
    recent_level,
    relative_use,
    typical_unit,
    young_years,
)
from models.members import BASELINE, Event, History, MemberForecast

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

Answers = dict[tuple[str, int], dict[str, MemberForecast]]
_FAST = (BASELINE, "AutoETS", "AutoTheta")
_RECONCILED_LEVELS = (OWN_PRODUCT, DISTRICT, TOTAL)


@dataclass(frozen=True)
class Recipe:
    """The settings that rolling origins choose.

    Attributes:
        damping: weight of the seasonal naive in the forecast, 0-1.
        coherence: how far series follow the forecasts of their groups, 0-1.
        pooling: prior weight, in observations' worth of clients, of the product's course.
    """

    damping: float = 0.4
    coherence: float = 0.5
    pooling: float = 20.0


# From simple to elaborate: the first of equals is taken, so the seasonal naive wins ties.
RECIPES = (
    Recipe(damping=1.0, coherence=0.0, pooling=0.0),
    *(
        Recipe(damping, coherence, pooling)
        for damping, coherence, pooling in product(
            (0.7, 0.4, 0.2, 0.0), (0.0, 0.5), (100.0, 20.0, 5.0, 0.0)
        )
    ),
)


@dataclass(frozen=True)
class Task:
    """One history to forecast: a group of a level, by some members."""

    level: str
    group: int
    history: History
    members: tuple[str, ...]
    horizon: int


@dataclass(frozen=True)
class Forecast:
    """Point forecasts of one block from one origin.

    Attributes:
        mean: forecast per series and step, shape (series, horizon); zero where not live.
        baseline: seasonal naive, same shape.
        outcome: fitted, pooled, fell_back or held per series.
        reason: why it is not simply fitted, else an empty string.
        method: what the forecast is made of, in words.
    """

    mean: Array
    baseline: Array
    outcome: list[str]
    reason: list[str]
    method: list[str]


class DemandModel:
    """Says what must be forecast, by whom, to forecast one block.

    Args:
        horizon: periods to forecast.
        slow_members: ask AutoETS of single monthly series and Prophet of products; off for
            measures that are better forecast through their parent.
    """

    def __init__(self, horizon: int, slow_members: bool = True) -> None:
        self.horizon = horizon
        self.slow_members = slow_members

    def tasks(self, block: Block) -> list[Task]:
        """Return every history to forecast: live series, and the groups above them."""
        state = ready(block)
        relative = relative_use(block, state.filled)
        tasks = []
        for level in self._levels(block):
            rows = self._level_histories(block, state, relative, level)
            tasks += [
                Task(level, group, history, self._members(block, level), self.horizon)
                for group, history in rows
            ]
        return tasks

    def _levels(self, block: Block) -> tuple[str, ...]:
        """The levels that are combined; only series and products for measures with a parent."""
        above = _RECONCILED_LEVELS if self.slow_members else (OWN_PRODUCT,)
        found = (block.hierarchy.same_as(level) for level in above)
        return tuple(dict.fromkeys((SERIES, *found)))

    def _members(self, block: Block, level: str) -> tuple[str, ...]:
        """Slow members belong where there is signal: Prophet sees products only."""
        if level == SERIES and not self.slow_members and block.frequency == Frequency.MONTH:
            return (BASELINE,)
        if self.slow_members and level == block.hierarchy.same_as(OWN_PRODUCT):
            return (*_FAST, "Prophet")
        return _FAST

    def _level_histories(
        self, block: Block, state: Ready, relative: Array, level: str
    ) -> list[tuple[int, History]]:
        events = _group_events(block, level)
        groups = block.hierarchy.groups[level]
        live = np.zeros(block.hierarchy.size(level), dtype=bool)
        live[groups[state.live]] = True
        start = np.full(len(live), block.periods)
        np.minimum.at(start, groups[state.live], state.start[state.live])
        values = relative if level == SERIES else group_relative_use(block, state, level)
        return [
            (
                int(group),
                History(
                    values[group, start[group] :],
                    block.first + int(start[group]),
                    block.frequency,
                    events.get(int(group), ()),
                ),
            )
            for group in np.flatnonzero(live)
        ]


class Ensemble:
    """The members' answers for one block, ready to be combined by any recipe.

    Args:
        block: the history that was forecast.
        answers: what the members said, per (level, group).
        horizon: periods ahead.
    """

    def __init__(self, block: Block, answers: Answers, horizon: int) -> None:
        self.block, self.horizon = block, horizon
        self.state = ready(block)
        self.recent = recent_level(block, self.state)
        self.unit = typical_unit(block, self.state)
        asked = {level for level, _ in answers}
        levels = {block.hierarchy.same_as(level) for level in (SERIES, *_RECONCILED_LEVELS)}
        levels = {level for level in levels if level == SERIES or level in asked}
        self._said = {
            level: _ensemble(block, self.state, answers, level, horizon) for level in levels
        }

    @property
    def baseline(self) -> Array:
        """Seasonal naive of the use itself, without exposure; shape (series, horizon)."""
        season = min(self.block.frequency.per_year, self.block.periods)
        filled = self.state.filled
        young = (self.block.periods - self.state.start < season)[:, None]
        last = np.where(young, filled[:, -1:], filled[:, -season:])
        naive = np.take(last, np.arange(self.horizon) % season, axis=1)
        return np.where(self.state.live[:, None], naive, 0.0)

    @cached_property
    def ceiling(self) -> Array:
        """Upper bound of a forecast, shape (series, horizon)."""
        return ceiling(self.block, self.state, self.horizon)

    def mean(self, recipe: Recipe) -> Array:
        """Combine, pool over districts, reconcile and bound: (series, horizon)."""
        mean = self._damped(SERIES, recipe)
        if recipe.damping < 1:
            mean = self._coherent(self._pooled(mean, recipe), recipe)
        mean = np.clip(mean, 0.0, self.ceiling)
        return np.where(self.state.live[:, None], mean, 0.0)

    def forecast(self, recipe: Recipe) -> Forecast:
        """Return the forecast of a recipe with one outcome per series."""
        notes = self._said[SERIES][2]
        outcomes = _outcomes(self.block, self.state, notes, recipe)
        return Forecast(self.mean(recipe), self.baseline, *outcomes)

    def _damped(self, level: str, recipe: Recipe) -> Array:
        mean, base, _ = self._said[level]
        return (1 - recipe.damping) * mean + recipe.damping * base

    def _pooled(self, mean: Array, recipe: Recipe) -> Array:
        """Let small and young series follow the course of their product."""
        hierarchy = self.block.hierarchy
        level = hierarchy.same_as(OWN_PRODUCT)
        if level == SERIES or level not in self._said:
            return mean
        base = hierarchy.add_up(np.where(self.state.live, self.recent, 0.0), level)[:, None]
        course = self._damped(level, recipe)
        growth = np.divide(course, base, out=np.ones_like(course), where=base > 0)
        borrowed = self.recent[:, None] * growth[hierarchy.groups[level]]
        weight = _own_weight(self.block, self.state, self.recent / self.unit, recipe.pooling)
        return weight[:, None] * mean + (1 - weight[:, None]) * borrowed

    def _coherent(self, mean: Array, recipe: Recipe) -> Array:
        """Scale series part of the way to the forecasts of their product, district and total."""
        hierarchy = self.block.hierarchy
        for level in _RECONCILED_LEVELS if recipe.coherence else ():
            fitted = hierarchy.same_as(level)
            if fitted == SERIES or fitted not in self._said:
                continue
            target = self._damped(fitted, recipe)
            total = hierarchy.add_up(np.where(self.state.live[:, None], mean, 0.0), fitted)
            ratio = np.divide(target, total, out=np.ones_like(target), where=total > 0)
            scale = np.clip(ratio, 0.5, 2.0) ** recipe.coherence
            mean = mean * scale[hierarchy.groups[fitted]]
        return mean


def _group_events(block: Block, level: str) -> dict[int, tuple[Event, ...]]:
    """Return the policy events of groups that hold one product."""
    if level not in (SERIES, OWN_PRODUCT):
        return {}
    products = block.hierarchy.keys["product"].to_numpy()
    groups = block.hierarchy.groups[level]
    return {
        int(group): block.events[name]
        for group, name in zip(groups, products, strict=True)
        if name in block.events
    }


def _ensemble(
    block: Block, state: Ready, answers: Answers, level: str, horizon: int
) -> tuple[Array, Array, dict[int, str]]:
    """Median of the members and the baseline, in use, per group of a level; and what failed."""
    size = block.hierarchy.size(level)
    mean, base = np.zeros((size, horizon)), np.zeros((size, horizon))
    notes: dict[int, str] = {}
    for (answered, group), said in answers.items():
        if answered != level:
            continue
        spoken = [reply.values for reply in said.values() if reply.values is not None]
        naive = said[BASELINE].values
        base[group] = spoken[0] if naive is None else naive
        mean[group] = np.median(spoken, axis=0)
        failed = [f"{name} {r.reason}" for name, r in said.items() if r.values is None]
        if len(spoken) == 1 and failed:
            notes[group] = "; ".join(failed)
    if level == SERIES:
        future = block.exposure[:, block.periods : block.periods + horizon]
    else:
        exposure = group_exposure(block, state, level)
        future = exposure[:, block.periods : block.periods + horizon]
    return mean * future, base * future, notes


def _own_weight(block: Block, state: Ready, size: Array, pooling: float) -> Array:
    """Weight of a series' own course: more with more use (in typical units) and history."""
    years = (block.periods - state.start) / block.frequency.per_year
    information = size * np.minimum(years, 3.0) / 3.0
    weight = information / (information + pooling) if pooling > 0 else np.ones_like(size)
    young = years < young_years(block.frequency)
    return np.where(young, np.minimum(weight, 0.5 * (years > 1)), weight)


def _words(recipe: Recipe) -> str:
    if recipe.damping == 1:
        return "seasonal naive of use per expected use"
    return (
        f"median of members, damping {recipe.damping:g}, coherence {recipe.coherence:g}, "
        f"pooling {recipe.pooling:g}"
    )


def _outcomes(
    block: Block, state: Ready, notes: dict[int, str], recipe: Recipe
) -> tuple[list[str], list[str], list[str]]:
    outcomes, reasons, methods = [], [], []
    minimum = young_years(block.frequency) * block.frequency.per_year
    words = _words(recipe)
    pools = recipe.damping < 1 and block.hierarchy.same_as(OWN_PRODUCT) != SERIES
    for row in range(len(state.live)):
        age = block.periods - int(state.start[row])
        if not state.live[row]:
            outcome, reason, method = "held", "no figures any more at the end of the data", ""
        elif row in notes:
            outcome, reason, method = "fell_back", notes[row], "seasonal naive"
        elif age < minimum:
            outcome = "pooled" if pools else "fell_back"
            method = "own level, course of the product" if pools else "seasonal naive"
            reason = f"only {age} periods of history"
        else:
            outcome, reason, method = "fitted", "", words
        outcomes.append(outcome)
        reasons.append(reason)
        methods.append(method)
    return outcomes, reasons, methods
