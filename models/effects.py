"""How large the effects of dated policy events are, per product of a municipality.

Estimated by generalised least squares in logs (`models.course`), beside a trend, a season and a
wandering level. Products that share their events and their first period are fitted at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.course import Course, base_columns, fit, logarithms, significance
from models.hierarchy import OWN_PRODUCT
from models.history import Block, Ready, recent_level
from models.members import Event

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Offered = Mapping[int, tuple[Event, ...]]

_BELIEVED = 2.0  # standard errors an effect must be off to be used
_BELIEVED_ALONE = 3.5  # the same for one period of an outlier that does not show as a whole
_BEFORE = {Frequency.MONTH: 6, Frequency.QUARTER: 3, Frequency.YEAR: 2}
_AFTER = {Frequency.MONTH: 3, Frequency.QUARTER: 1, Frequency.YEAR: 1}
_MOSTLY = 0.8  # share of use whose series must have started when a product's history begins
_FEWEST = 2  # periods a fit must have to spare


@dataclass(frozen=True)
class Group:
    """A product of a municipality.

    Attributes:
        number: its group number.
        rows: its series that still run.
        start: first period of its common history.
        total: use at the present expected use from then on, of the series that had started.
        events: what is to be estimated.
    """

    number: int
    rows: Rows
    start: int
    total: Array
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Effect:
    """An estimated event of a group.

    Attributes:
        event: what was declared or found.
        offset: its first period, counted from the first period of the block.
        size: in logs; of a slope per year, of an outlier the mean.
        error: standard error of the size.
        used: whether it can be told from noise.
        deviations: of an outlier, per period from the offset, in logs; zero = not to be changed.
    """

    event: Event
    offset: int
    size: float
    error: float
    used: bool
    deviations: Array


def estimates(
    block: Block, state: Ready, relative: Array, offered: Offered
) -> list[tuple[Group, list[Effect]]]:
    """Return the groups with events and what each event did to them, in order of group.

    Args:
        block: the series and their events.
        state: `models.history.ready` of the block.
        relative: use per expected use, shape (series, periods).
        offered: further events per municipality-product group.
    """
    alike: dict[tuple[int, tuple[Event, ...]], list[Group]] = defaultdict(list)
    if block.periods:
        for group in _groups(block, state, relative, offered):
            alike[group.start, group.events].append(group)
    result = []
    for (start, events), groups in alike.items():
        result += _batch(block, start, events, groups)
    return sorted(result, key=lambda pair: pair[0].number)


def _groups(block: Block, state: Ready, relative: Array, offered: Offered) -> list[Group]:
    """Return the groups with events, each from where most of its use had started."""
    products = block.hierarchy.keys["product"].to_numpy()
    groups = block.hierarchy.groups[OWN_PRODUCT]
    recent = recent_level(block, state)
    present = relative * block.exposure[:, block.periods - 1 : block.periods]
    result = []
    for number in np.unique(groups[state.live]):
        rows = np.flatnonzero((groups == number) & state.live)
        events = (*block.events.get(products[rows[0]], ()), *offered.get(int(number), ()))
        if not events:
            continue
        start = common_start(state.start[rows], recent[rows])
        total = present[rows[state.start[rows] <= start], start:].sum(axis=0)
        usable = _usable(block, start, events)
        if usable and (total > 0).mean() > 1 / 2:
            result.append(Group(int(number), rows, start, total, usable))
    return result


def common_start(start: npt.NDArray[np.int64], use: Array) -> int:
    """Return the period by which the series of most of the use had started."""
    order = np.argsort(start, kind="stable")
    grown = np.cumsum(use[order])
    enough = np.searchsorted(grown, _MOSTLY * grown[-1]) if grown[-1] > 0 else len(order) - 1
    return int(start[order][min(enough, len(order) - 1)])


def _usable(block: Block, start: int, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return the events with history enough on both sides, in order, each once."""
    before, after = _BEFORE[block.frequency], _AFTER[block.frequency]

    def fits(event: Event) -> bool:
        left = block.periods - (event.period - block.first)
        room = event.period - block.first - start >= before
        if event.kind == "outlier":  # what still lasts may go on: nobody knows that it is over
            return room and _over(event, events, block) <= block.first + block.periods
        return room and left >= after

    return tuple(sorted(set(filter(fits, events)), key=lambda event: (event.period, event.kind)))


def _over(event: Event, events: tuple[Event, ...], block: Block) -> int:
    """First period after an outlier and the outliers that follow on it."""
    half_year = max(1, block.frequency.per_year // 2)
    end = event.period + half_year
    for start in sorted(e.period for e in events if e.kind == "outlier"):
        if event.period <= start <= end:
            end = max(end, start + half_year)
    return end


def _batch(
    block: Block, start: int, events: tuple[Event, ...], groups: list[Group]
) -> list[tuple[Group, list[Effect]]]:
    season = block.frequency.per_year
    totals = np.stack([group.total for group in groups], axis=1)
    columns, places = event_columns(block, start, events)
    if len(totals) - columns.shape[1] < _FEWEST:  # too short for all: leave the outliers in
        events = tuple(event for event in events if event.kind != "outlier")
        columns, places = event_columns(block, start, events)
    if not events or len(totals) - columns.shape[1] < _FEWEST:
        return []
    course = fit(logarithms(totals), columns, season)
    per_event = [_event_effects(block, course, at) for at in zip(events, places, strict=True)]
    return [(group, [found[g] for found in per_event]) for g, group in enumerate(groups)]


def event_columns(block: Block, start: int, events: tuple[Event, ...]) -> tuple[Array, list[slice]]:
    """Return the columns of a course with events, and where each event has its own.

    A level is a step, a slope a ramp in years. An outlier is one column per period, for half a
    year or until the next outlier of the product: no period is to speak for another.
    """
    time = np.arange(start, block.periods) + block.first
    columns = list(base_columns(len(time), block.frequency.per_year).T)
    places = []
    for event in events:
        since = time - event.period
        if event.kind == "outlier":
            ends = _outlier_end(block, event, events)
            own = [time == period for period in range(event.period, ends)]
        elif event.kind == "level":
            own = [since >= 0]
        else:
            own = [np.maximum(since, 0) / block.frequency.per_year]
        places.append(slice(len(columns), len(columns) + len(own)))
        columns += [np.asarray(column, dtype=float) for column in own]
    return np.stack(columns, axis=1), places


def _outlier_end(block: Block, event: Event, events: tuple[Event, ...]) -> int:
    half_year = max(1, block.frequency.per_year // 2)
    later = [e.period for e in events if e.kind == "outlier" and e.period > event.period]
    return min([event.period + half_year, block.first + block.periods, *later])


def _event_effects(block: Block, course: Course, place: tuple[Event, slice]) -> list[Effect]:
    """Return the effect of one event per group of a batch."""
    event, at = place
    width = at.stop - at.start
    weights = np.zeros((width, len(course.coefficients)))
    weights[np.arange(width), np.arange(at.start, at.stop)] = 1.0
    size, error = course.effect(weights.mean(axis=0))
    used = significance(size, error, course.freedom) > _BELIEVED
    deviations = np.zeros((len(size), 0))
    if event.kind == "outlier":
        deviations = _deviations(course, weights, used)
        used = (deviations != 0).any(axis=1)
    offset = event.period - block.first
    return [
        Effect(event, offset, float(size[g]), float(error[g]), bool(used[g]), deviations[g])
        for g in range(len(size))
    ]


def _deviations(course: Course, weights: Array, together: Mask) -> Array:
    """Per group and period of an outlier: all when it shows in their mean, else those that do."""
    single = [course.effect(weight) for weight in weights]
    sizes = np.stack([size for size, _ in single], axis=1)
    errors = np.stack([error for _, error in single], axis=1)
    shown = significance(sizes, errors, course.freedom) > _BELIEVED_ALONE
    return np.where(shown | together[:, None], sizes, 0.0)
