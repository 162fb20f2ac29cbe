"""`DemandModel`: exposure, ensemble and pooling over districts, as arrays.

The model works on one block: all series of one measure and one frequency. It is used in two steps,
so that the slow middle (fitting members) can be fanned out anywhere:

1. `DemandModel.tasks` says which histories must be forecast by which members;
2. `models.ensemble.Ensemble` turns their answers into one coherent forecast per series.

Between the two stands a `Recipe`: how far to damp towards last year's level, how far to follow the
forecasts of products, districts and totals, and how strongly small series borrow from their
product. A recipe is chosen on rolling origins (`models.judging.choose_recipe`), starting
from a default.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.hierarchy import DISTRICT, OWN_PRODUCT, SERIES, TOTAL
from models.history import Block, Ready, group_relative_use, ready, relative_use
from models.interventions import adjusted_use
from models.member_choice import EVERY, allowed
from models.members import ANCHOR, EVERYWHERE, Event, History, MemberForecast

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

Answers = dict[tuple[str, int], dict[str, MemberForecast]]
_PRODUCT = ("Prophet",)
RECONCILED_LEVELS = (OWN_PRODUCT, DISTRICT, TOTAL)


@dataclass(frozen=True)
class Recipe:
    """The settings that rolling origins choose.

    Attributes:
        damping: weight of last year's level in the forecast of a series by itself, 0-1.
        coherence: how far series follow the forecasts of their groups, 0-1.
        pooling: prior weight, in observations' worth of clients, of the product's course.
    """

    damping: float = 0.4
    coherence: float = 0.5
    pooling: float = 20.0


# From simple to elaborate: the first of equals is taken.
RECIPES = (
    Recipe(damping=1.0, coherence=0.0, pooling=0.0),
    *(
        Recipe(damping, coherence, pooling)
        for damping, coherence, pooling in product(
            (0.7, 0.4, 0.15), (0.0, 0.5, 1.0), (100.0, 20.0, 0.0)
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


def gathered(said: Iterable[tuple[Task, dict[str, MemberForecast]]]) -> Answers:
    """Lay what the members said of tasks together, per level and group."""
    answers: Answers = {}
    for task, replies in said:
        answers.setdefault((task.level, task.group), {}).update(replies)
    return answers


class DemandModel:
    """Says what must be forecast, by whom, to forecast one block.

    Args:
        horizon: periods to forecast.
        slow_members: ask ETS of single monthly series, AutoARIMA of groups, Prophet of
            products; off for measures that are better forecast through their parent.
        chosen: members the ensemble is limited to; empty = all. Last year's level is asked
            always: it is what the others are damped towards.
    """

    def __init__(
        self, horizon: int, slow_members: bool = True, chosen: tuple[str, ...] = EVERY
    ) -> None:
        self.horizon = horizon
        self.slow_members = slow_members
        self.chosen = chosen

    def tasks(self, block: Block) -> list[Task]:
        """Return every history to forecast: live series, and the groups above them."""
        state = adjusted(block)
        tasks = []
        for level in self._levels(block):
            members = self._members(block, level)
            histories = _histories(block, state, level)
            tasks += [Task(level, *known, members, self.horizon) for known in histories]
        return tasks + self._with_regressors(block)

    def _with_regressors(self, block: Block) -> list[Task]:
        """Ask Prophet of products: it takes policy events as regressors, so its history is raw."""
        level = block.hierarchy.same_as(OWN_PRODUCT)
        if not self.slow_members or not set(_PRODUCT) <= set(self.chosen or _PRODUCT):
            return []
        events = _group_events(block, level)
        return [
            Task(level, group, replace(own, events=events.get(group, ())), _PRODUCT, self.horizon)
            for group, own in _histories(block, ready(block), level)
        ]

    def _levels(self, block: Block) -> tuple[str, ...]:
        """The levels that are combined; only series and products for measures with a parent."""
        above = RECONCILED_LEVELS if self.slow_members else (OWN_PRODUCT,)
        found = (block.hierarchy.same_as(level) for level in above)
        return tuple(dict.fromkeys((SERIES, *found)))

    def _members(self, block: Block, level: str) -> tuple[str, ...]:
        """Slow members belong where there is signal: in groups."""
        return allowed(self._asked(block, level), self.chosen, ANCHOR)

    def _asked(self, block: Block, level: str) -> tuple[str, ...]:
        if not self.slow_members:
            alone = level == SERIES and block.frequency == Frequency.MONTH
            return (ANCHOR,) if alone else tuple(EVERYWHERE)
        return (*EVERYWHERE,) if level == SERIES else (*EVERYWHERE, "AutoARIMA")


def _histories(block: Block, state: Ready, level: str) -> list[tuple[int, History]]:
    """Return use per expected use of every group of a level that still runs."""
    groups = block.hierarchy.groups[level]
    live = np.zeros(block.hierarchy.size(level), dtype=bool)
    live[groups[state.live]] = True
    start = np.full(len(live), block.periods)
    np.minimum.at(start, groups[state.live], state.start[state.live])
    if level == SERIES:
        values = relative_use(block, state.filled)
    else:
        values = group_relative_use(block, state, level)
    return [
        (
            int(group),
            History(
                values[group, start[group] :], block.first + int(start[group]), block.frequency
            ),
        )
        for group in np.flatnonzero(live)
    ]


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


def adjusted(block: Block) -> Ready:
    """Make a block ready, its history as if every policy event had always been there."""
    state = ready(block)
    if not block.events:
        return state
    relative = relative_use(block, state.filled)
    use = adjusted_use(block, state, relative) * block.exposure[:, : block.periods]
    return replace(state, filled=use)
