"""Lasting jumps in the level of a group of series that no declared event explains."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.course import Jumps, find_jumps, logarithms
from models.effects import common_start, event_columns
from models.hierarchy import OWN_PRODUCT, SERIES
from models.history import Block, Ready, recent_level, relative_use
from models.members import Event

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
_Figures = tuple[int, float, float, float]  # place, size, score and gain of a jump

_SCORE = 3.5  # standard normal deviations of the best place for a jump, to be looked at
_GAIN = 6.0
_LARGE = 30.0  # typical units per period below which a group is too small to tell
_MOST = 3  # jumps looked for per group
_BEFORE = {Frequency.MONTH: 6, Frequency.QUARTER: 3, Frequency.YEAR: 2}
_AFTER = {Frequency.MONTH: 3, Frequency.QUARTER: 1, Frequency.YEAR: 1}
_SPARE = 3  # periods beyond the columns, below which nothing can be judged
_SHORTEST = {Frequency.MONTH: 18, Frequency.QUARTER: 8, Frequency.YEAR: 6}


@dataclass(frozen=True)
class Shift:
    """A jump in the level of a group.

    Attributes:
        level: `SERIES` or `OWN_PRODUCT`.
        group: its number.
        rows: its series that still run.
        at: offset of the first period of the new level.
        size: in logs, trend and season set apart.
        score: standard normal deviations.
        gain: fall of minus twice the log-likelihood.
        before: mean use per period of the year before (of what there is).
        after: mean use per period of the year from then on.
    """

    level: str
    group: int
    rows: Rows
    at: int
    size: float
    score: float
    gain: float
    before: float
    after: float


@dataclass(frozen=True)
class _Course:
    group: int
    rows: Rows
    total: Array  # use at the present expected use, from the common start
    use: Array  # use as it is, the whole history


def find_shifts(block: Block, state: Ready, unit: Array, level: str) -> list[Shift]:
    """Return the jumps of groups of a level that noise hardly explains.

    Args:
        block: the series.
        state: `models.history.ready` of the block.
        unit: typical unit per series.
        level: `SERIES` or `OWN_PRODUCT`.
    """
    if level not in (SERIES, OWN_PRODUCT):
        raise ValueError(f"jumps are not looked for at level {level}")
    alike: dict[tuple[int, tuple[Event, ...]], list[_Course]] = defaultdict(list)
    for start, events, course in _courses(block, state, unit, level):
        alike[start, events].append(course)
    found = []
    for (start, events), courses in alike.items():
        most = _MOST if level == OWN_PRODUCT else 1
        for course, at, size, score, gain in _search(block, start, events, courses, most):
            amounts = _amounts(course.use, at, block.frequency)
            own = (level, course.group, course.rows)
            found.append(Shift(*own, at, size, score, gain, *amounts))
    return found


def _courses(
    block: Block, state: Ready, unit: Array, level: str
) -> list[tuple[int, tuple[Event, ...], _Course]]:
    groups, products = block.hierarchy.groups[level], block.hierarchy.keys["product"].to_numpy()
    present = relative_use(block, state.filled) * block.exposure[:, block.periods - 1, None]
    recent = recent_level(block, state)
    order = np.argsort(groups, kind="stable")
    cuts = np.flatnonzero(np.diff(groups[order])) + 1
    result = []
    for members in np.split(order, cuts):
        rows = members[state.live[members]]
        if not rows.size or present[rows].sum() < _LARGE * unit[rows[0]] * block.periods:
            continue
        start = common_start(state.start[rows], recent[rows])
        if block.periods - start < _SHORTEST[block.frequency]:
            continue
        old = rows[state.start[rows] <= start]
        events = block.events.get(str(products[rows[0]]), ())
        inside = tuple(event for event in events if event.period - block.first > start)
        totals = present[old, start:].sum(axis=0), state.filled[old].sum(axis=0)
        result.append((start, inside, _Course(int(groups[rows[0]]), rows, *totals)))
    return result


def _search(
    block: Block, start: int, events: tuple[Event, ...], courses: list[_Course], most: int
) -> list[tuple[_Course, int, float, float, float]]:
    """Look for one jump in all courses at once, then for more where one was found."""
    columns = event_columns(block, start, events)[0]
    allowed = _allowed(block, start, events)
    if len(columns) - columns.shape[1] < _SPARE or not allowed.size:
        return []
    season = block.frequency.per_year
    logs = logarithms(np.stack([course.total for course in courses], axis=1))
    jumps = find_jumps(logs, columns, season, allowed)
    found = []
    for number in np.flatnonzero((jumps.score > _SCORE) & (jumps.gain > _GAIN)):
        places = [_figures(jumps, int(number))]
        places += _further(logs[:, [number]], columns, season, allowed, (places[0], most))
        found += [
            (courses[number], at + start, size, score, gain) for at, size, score, gain in places
        ]
    return found


def _further(
    logs: Array, columns: Array, season: int, allowed: Rows, found: tuple[_Figures, int]
) -> list[_Figures]:
    """Look on, beside the jumps found so far, until nothing stands out or there are enough."""
    last, left = found
    away = allowed[np.abs(allowed - last[0]) > max(1, season // 4)]
    known = np.column_stack([columns, np.arange(len(logs)) >= last[0]])
    if left <= 1 or len(known) - known.shape[1] < _SPARE or not away.size:
        return []
    jump = _figures(find_jumps(logs, known, season, away), 0)
    if jump[2] <= _SCORE or jump[3] <= _GAIN:
        return []
    return [jump, *_further(logs, known, season, away, (jump, left - 1))]


def _figures(jumps: Jumps, group: int) -> _Figures:
    at, size = int(jumps.at[group]), float(jumps.size[group])
    return at, size, float(jumps.score[group]), float(jumps.gain[group])


def _allowed(block: Block, start: int, events: tuple[Event, ...]) -> Rows:
    """Periods, from the start, where a jump may be looked for: away from ends and events."""
    frequency = block.frequency
    at = np.arange(_BEFORE[frequency], block.periods - start - _AFTER[frequency] + 1)
    quarter, half = max(1, frequency.per_year // 4), max(1, frequency.per_year // 2)
    for event in events:
        since = at - (event.period - block.first - start)
        at = at[(since < -quarter) | (since > half)]
    return at


def _amounts(use: Array, at: int, frequency: Frequency) -> tuple[float, float]:
    season = frequency.per_year
    return float(use[max(at - season, 0) : at].mean()), float(use[at : at + season].mean())
