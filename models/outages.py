"""Short holes and peaks in a record that are of its making: figures missed, or entered wrongly.

Both start and end at once. What really happens to care, an epidemic for one, comes back slowly, and
elsewhere too; a holiday comes back every year. Neither is taken for a fault of the record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.break_kinds import (
    BRIDGED,
    HELD,
    SPIKE,
    SUPPLY_GAP,
    Break,
    Rows,
    explained_rows,
    label,
    members,
)
from models.catalogue import Frequency
from models.hierarchy import MUNICIPALITY, OWN_PRODUCT, PRODUCT
from models.history import Block, Ready

Array = npt.NDArray[np.float64]

_LOW = 0.25  # of the usual level, below which figures are missing
_FULL = 0.6  # of the usual level, where a hole must begin and end
_LARGE = 30.0  # typical units per period below which a hole can be chance
_LONGEST = {Frequency.MONTH: 12, Frequency.QUARTER: 4, Frequency.YEAR: 2}
_PEAK = 8.0  # times the usual level
_LAST_PEAK = 20.0  # the same when nothing after it tells that it has passed
_NEAR = 3.0  # times the usual level that the neighbours of a peak may be
_PEAK_UNITS = 3.0  # typical units per period of the level beneath a peak
_BROAD = 0.8  # share of the series of a group that must fall with it
_ELSEWHERE = 0.8  # what is left in other municipalities when they fell too
_ANY_KIND = ("level", "slope", "outlier")
_LONGEST_PEAK = {Frequency.MONTH: 2, Frequency.QUARTER: 2, Frequency.YEAR: 1}


@dataclass(frozen=True)
class Run:
    """Periods of one row that are far off.

    Attributes:
        row: row of the use that was searched.
        first: offset of the first period.
        last: offset of the last period.
        usual: median use of the year before and the year after (three years of yearly data).
        inside: mean use of the periods themselves.
    """

    row: int
    first: int
    last: int
    usual: float
    inside: float


def calm_unit(block: Block, state: Ready) -> Array:
    """Return the index of dispersion per product, not counting its few largest changes; >= 1.

    As `models.history.typical_unit`, but a fault in the record must not pass for its own noise.
    """
    own = row_unit(state.filled, state.start)
    products = block.hierarchy.groups[PRODUCT]
    result = np.ones(len(own))
    for group in np.unique(products):
        result[products == group] = np.median(own[products == group])
    return np.maximum(result, own)


def row_unit(use: Array, start: npt.NDArray[np.int64]) -> Array:
    """Return half the mean squared change over the mean, largest changes left out, per row."""
    periods = use.shape[1]
    if periods < 2:  # noqa: PLR2004 (a change takes two)
        return np.ones(len(use))
    started = np.arange(1, periods) > start[:, None]
    squares = np.sort(np.where(started, np.diff(use, axis=1) ** 2, np.inf), axis=1)
    count = started.sum(axis=1)
    kept = np.maximum(count - np.maximum(2, count // 12), 1)
    counted = np.where(np.arange(periods - 1) < np.minimum(kept, count)[:, None], squares, 0.0)
    level = use.sum(axis=1) / np.maximum(periods - start, 1)
    index = np.divide(
        counted.sum(axis=1), 2 * kept * level, out=np.ones_like(level), where=level > 0
    )
    return np.asarray(np.maximum(index, 1.0))


def holes(use: Array, start: npt.NDArray[np.int64], unit: Array, frequency: Frequency) -> list[Run]:
    """Return where rows fall to less than a quarter at once and come back at once.

    Args:
        use: shape (rows, periods), without gaps; zero before a row starts.
        start: first period per row.
        unit: typical unit per row.
        frequency: length of a period.
    """
    before, now = use[:, :-1], use[:, 1:]
    sharp = (before >= _FULL * _LARGE * unit[:, None]) & (now < _LOW / _FULL * before)
    found: list[Run] = []
    for row, at in np.argwhere(sharp):
        run = _hole(use[row], int(start[row]), int(at) + 1, frequency)
        if run and run[2] >= _LARGE * unit[row]:
            found.append(Run(int(row), *run))
    return found


def _hole(
    use: Array, start: int, first: int, frequency: Frequency
) -> tuple[int, int, float, float] | None:
    width = _window(frequency)
    earlier = use[max(start, first - width) : first]
    level = float(np.median(earlier)) if len(earlier) >= min(3, width) else 0.0
    for end in range(first + 1, min(first + 1 + _LONGEST[frequency], len(use))):
        if use[end - 1] >= _LOW * level or use[first - 1] < _FULL * level:
            return None
        later = use[end : end + width]
        if use[end] < _FULL * level or np.median(later) < _FULL * level:
            continue
        usual = float(np.median(np.concatenate([earlier, later])))
        inside = float(use[first:end].mean())
        returns = _same_season(use, start, first, end, frequency)
        least = _LOW * float(np.quantile(np.concatenate([earlier, later]), 0.1))
        if inside < least and np.all(returns >= _FULL / 2 * usual):
            return first, end - 1, usual, inside
        return None
    return None


def peaks(use: Array, start: npt.NDArray[np.int64], unit: Array, frequency: Frequency) -> list[Run]:
    """Return where rows jump to many times their level for one or two periods; as `holes`."""
    before, now = use[:, :-1], use[:, 1:]
    sharp = (now >= _PEAK * _PEAK_UNITS * unit[:, None]) & (now >= _PEAK / _NEAR * before)
    found: list[Run] = []
    for row, at in np.argwhere(sharp):
        run = _peak(use[row], int(start[row]), int(at) + 1, frequency)
        if run and run[2] >= _PEAK_UNITS * unit[row]:
            found.append(Run(int(row), *run))
    return found


def _peak(
    use: Array, start: int, first: int, frequency: Frequency
) -> tuple[int, int, float, float] | None:
    width = _window(frequency)
    earlier = use[max(start, first - width) : first]
    if len(earlier) < min(3, width):
        return None
    for end in range(first + 1, min(first + _LONGEST_PEAK[frequency], len(use)) + 1):
        later = use[end : end + width]
        usual = float(np.median(np.concatenate([earlier, later])))
        edges = np.append(later[:1], earlier[-1])
        needed = _PEAK if later.size else _LAST_PEAK
        returns = _same_season(use, start, first, end, frequency)
        if (
            np.all(use[first:end] >= needed * usual)
            and use[first:end].min() >= needed / 2 * max(earlier.max(), later.max(initial=0.0))
            and np.all(edges < _NEAR * usual)
            and np.all(returns < _NEAR * usual)
        ):
            return first, end - 1, usual, float(use[first:end].mean())
    return None


def _window(frequency: Frequency) -> int:
    return 3 if frequency == Frequency.YEAR else frequency.per_year


def _same_season(use: Array, start: int, first: int, end: int, frequency: Frequency) -> Array:
    """Mean use of the same periods a year earlier and a year later, where there were any."""
    season = frequency.per_year
    if season == 1:
        return np.zeros(0)
    spans = ((first - season, end - season), (first + season, end + season))
    return np.array([use[a:b].mean() for a, b in spans if a >= start and b <= len(use) and b > a])


def outages(block: Block, state: Ready) -> list[Break]:
    """Holes of municipalities, products and series, and peaks of series, inside the history."""
    unit = calm_unit(block, state)
    found: list[Break] = []
    covered = np.zeros(block.values.shape, dtype=bool)
    for level in (MUNICIPALITY, OWN_PRODUCT):
        groups = members(block, level, state.live)
        if not groups:
            continue
        sums = np.stack([state.filled[rows].sum(axis=0) for rows in groups])
        start = np.array([state.start[rows].min() for rows in groups])
        for run in holes(sums, start, row_unit(sums, start), block.frequency):
            rows = _fell_too(state, groups[run.row], run)
            if len(rows) and not covered[rows, run.first].all():
                found += _outage(block, state, SUPPLY_GAP, rows, run)
                covered[rows, run.first : run.last + 1] = True
    for kind, look in ((SUPPLY_GAP, holes), (SPIKE, peaks)):
        for run in look(state.filled, state.start, unit, block.frequency):
            if state.live[run.row] and not covered[run.row, run.first]:
                found += _outage(block, state, kind, np.array([run.row]), run)
    return found


def _fell_too(state: Ready, rows: Rows, run: Run) -> Rows:
    """The series of a group that fell in a hole of the group; none when too few did."""
    width = run.last + 1 - run.first
    around = state.filled[rows, max(run.first - 2 * width, 0) : run.first].mean(axis=1)
    inside = state.filled[rows, run.first : run.last + 1].mean(axis=1)
    fell = (around > 0) & (inside < around / 2)
    broad = fell.sum() >= _BROAD * (around > 0).sum()
    return rows[fell] if broad else rows[:0]


def _outage(block: Block, state: Ready, kind: str, rows: Rows, run: Run) -> list[Break]:
    """Word a hole or a peak, unless an event or what happened elsewhere explains it."""
    half_year = max(1, block.frequency.per_year // 2)
    ends = run.last == block.periods - 1
    explained = explained_rows(block, run.first - half_year, _ANY_KIND, run.last + 1)
    rows = rows[~explained[rows]]
    if not rows.size or (kind == SUPPLY_GAP and _elsewhere_too(block, state, rows, run)):
        return []
    first, last = block.first + run.first, block.first + run.last
    action = HELD if ends and block.frequency == Frequency.YEAR else BRIDGED
    span = label(block, first) + (f" to {label(block, last)}" if last > first else "")
    words = f"{run.usual:.0f} -> {run.inside:.0f} per {block.frequency}"
    reason = f"{kind} suspected {span}: {words}; {action}"
    size = run.inside / run.usual
    return [Break(kind, tuple(rows.tolist()), first, last, size, reason, action)]


def _elsewhere_too(block: Block, state: Ready, rows: Rows, run: Run) -> bool:
    """Tell whether the same products fell in other municipalities: then care itself fell."""
    keys = block.hierarchy.keys
    own = keys["municipality"].to_numpy() == keys["municipality"].iloc[rows[0]]
    same = np.isin(block.hierarchy.groups[PRODUCT], block.hierarchy.groups[PRODUCT][rows])
    others = state.filled[same & ~own & state.live & (state.start < run.first)]
    width = max(run.last + 1 - run.first, 2)
    before = others[:, max(run.first - width, 0) : run.first].sum(axis=0)
    inside = others[:, run.first : run.last + 1].sum(axis=0)
    return bool(before.size and before.mean() > 0 and inside.mean() < _ELSEWHERE * before.mean())
