"""Series that fall away at the end of the record: no forecast may go on from there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.break_kinds import HELD, SUPPLY_GAP, Break, Mask, Rows, explained_rows, label, members
from models.catalogue import CLIENTS_UNIT, Frequency
from models.hierarchy import MUNICIPALITY, OWN_PRODUCT
from models.history import Block, ready, typical_unit
from models.outages import row_unit

Array = npt.NDArray[np.float64]

_FALL = 0.25  # what is left of the level before
_LEVEL = 30.0  # typical units per period below which a fall can be chance
_MANY = 1000.0  # so many clients do not leave by chance, however noisy a short history
_BROAD = 0.8  # share of the series of a group that must fall with it


def ended(block: Block) -> list[Break]:
    """Return what has fallen away at the end: series, products of a municipality, all of it."""
    tail = max(1, block.frequency.per_year // 4)
    yearly = block.frequency == Frequency.YEAR
    before = min(3, block.periods - tail) if yearly else block.frequency.per_year
    if block.periods < tail + max(before, 2):
        return []
    state = ready(block)
    calm = block.until(block.periods - tail)
    quiet = ready(calm)
    usable = state.live & (state.start <= block.periods - tail - before)
    usable &= ~explained_rows(
        block, block.periods - tail - 1 - block.frequency.per_year, ("level",)
    )
    now = state.filled[:, -tail:].mean(axis=1)
    past = state.filled[:, -tail - before : -tail].mean(axis=1)
    # The fall itself must not count as the usual noise.
    fallen = _fallen(block, past, now, typical_unit(calm, quiet)) & usable
    result = [_ended(block, [int(row)], past, now, tail) for row in np.flatnonzero(fallen)]
    for level in (OWN_PRODUCT, MUNICIPALITY):
        for rows in members(block, level, usable):
            falling = rows[now[rows] < past[rows] / 2]
            total = quiet.filled[rows].sum(axis=0, keepdims=True)
            unit = row_unit(total, quiet.start[rows].min(keepdims=True))
            gone = _fallen(block, past[rows].sum(), now[rows].sum(), unit, rows[:1])[0]
            left = falling[~fallen[falling]]
            if gone and left.size and len(falling) >= _BROAD * (past[rows] > 0).sum():
                result.append(_ended(block, left.tolist(), past, now, tail, rows))
                fallen[left] = True
    return result


def _fallen(block: Block, past: Array, now: Array, unit: Array, rows: Rows | None = None) -> Mask:
    at = slice(None) if rows is None else rows
    clients = (block.hierarchy.keys["unit"] == CLIENTS_UNIT).to_numpy()[at]
    large = (past >= _LEVEL * unit) | (clients & (past >= _MANY))
    return np.asarray(large & (now < _FALL * past))


def _ended(
    block: Block, rows: list[int], past: Array, now: Array, tail: int, group: Rows | None = None
) -> Break:
    """Word a fall at the end of some series, or of the group they belong to."""
    counted = rows if group is None else group
    was, left = float(past[counted].sum()), float(now[counted].sum())
    first, last = block.first + block.periods - tail, block.first + block.periods - 1
    place = "" if group is None else " of the group as a whole"
    words = f"{was:.0f} -> {left:.0f} per {block.frequency}{place}"
    reason = f"supply gap suspected from {label(block, first)}: {words}; held"
    return Break(SUPPLY_GAP, tuple(rows), first, last, left / was, reason, HELD)
