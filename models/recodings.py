"""Use that moved from one product to another at once: a recoding that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.hierarchy import OWN_PRODUCT
from models.history import Block, Ready
from models.shifts import Shift

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

_COMPARABLE = 0.6  # what rose over what fell, or the other way round, is at least this
_FALL = 0.7  # of its level, at most what is left of the one that fell
_STAYS = 0.5  # of the movement, what must still be there at the end
_LARGE = 30.0  # typical units per period that must have moved


@dataclass(frozen=True)
class Side:
    """One side of a movement: the series of a product that fell or rose together."""

    rows: Rows
    at: int
    before: float
    after: float


@dataclass(frozen=True)
class Moved:
    """A fall and a rise at the same time in the same place."""

    fell: Side
    rose: Side


def moved_use(block: Block, state: Ready, unit: Array, shifts: list[Shift]) -> list[Moved]:
    """Pair falls with rises of a comparable amount.

    Args:
        block: the series.
        state: `models.history.ready` of the block.
        unit: typical unit per series.
        shifts: jumps at the level of products of a municipality first, then of single series; a
            series that has its place in the former is not looked at again.

    Returns:
        The pairs; a rise is a jump, or a product that starts then.
    """
    found: list[Moved] = []
    seen: set[int] = set()
    for shift in shifts:
        fall = shift.before - shift.after
        large = fall >= _LARGE * float(unit[shift.rows].max())
        if shift.size >= 0 or not large or shift.after > _FALL * shift.before:
            continue
        if seen & set(shift.rows.tolist()):
            continue
        fell = Side(shift.rows, shift.at, shift.before, shift.after)
        rises = [r for r in _rises(block, state, shift, shifts) if _matches(block, state, fell, r)]
        if rises:
            rose = min(rises, key=lambda side: abs(side.after - side.before - fall))
            found.append(Moved(fell, rose))
            seen |= {*fell.rows.tolist(), *rose.rows.tolist()}
    return found


def _rises(block: Block, state: Ready, fell: Shift, shifts: list[Shift]) -> Iterator[Side]:
    """Yield what rose or began at the time, in the same municipality (and district)."""
    keys, groups = block.hierarchy.keys, block.hierarchy.groups[fell.level]
    place = ["municipality", "unit"] if fell.level == OWN_PRODUCT else [
        "municipality", "district", "unit",
    ]  # fmt: skip
    there = (keys[place] == keys[place].iloc[int(fell.rows[0])]).all(axis=1).to_numpy()
    nearly = 1 if block.frequency.per_year > 1 else 0
    for shift in shifts:
        near = abs(shift.at - fell.at) <= nearly and there[shift.rows[0]]
        if shift.level == fell.level and shift.size > 0 and near:
            yield Side(shift.rows, shift.at, shift.before, shift.after)
    for group in np.unique(groups[there & state.live]):
        rows = np.flatnonzero((groups == group) & state.live)
        at = int(state.start[rows].min())
        if at > 0 and abs(at - fell.at) <= nearly:
            after = state.filled[rows, at : at + block.frequency.per_year].sum(axis=0).mean()
            yield Side(rows, at, 0.0, float(after))


def _matches(block: Block, state: Ready, fell: Side, rose: Side) -> bool:
    """Tell whether as much rose as fell, and whether both stayed so."""
    fall, rise = fell.before - fell.after, rose.after - rose.before
    if rise <= 0 or min(fall, rise) < _COMPARABLE * max(fall, rise):
        return False
    quarter = max(1, block.frequency.per_year // 4)
    low, high = (state.filled[s.rows, -quarter:].sum(axis=0).mean() for s in (fell, rose))
    return bool(fell.before - low >= _STAYS * fall and high - rose.before >= _STAYS * rise)
