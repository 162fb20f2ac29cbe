"""Breaks in the record that no policy event explains, and what is to be done with them.

Real cases: Wmo in Wassenaar reads 1,270 clients in 2021 and 50 in 2022, and household help in The
Hague 12,895, 4,160 and 20 in 2017-2019 (CBS). Forecasting on from such a fall, or filling it
silently, would both be wrong. A series that falls away at the end is **held**: no forecast, with
the reason. A hole or a peak inside the history is **bridged**: unknown for the fit, while the data
keep it. Anything else is **reported**, and offered to the fit as an event of which the size is
estimated (`level_events`). Only the block is looked at, so a break is found when it could be known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.break_kinds import BRIDGED, HELD, LEVEL, RECODING, REPORTED, Break, label
from models.ends import ended
from models.hierarchy import OWN_PRODUCT, SERIES
from models.history import Block, ready
from models.members import Event
from models.outages import calm_unit, outages
from models.recodings import Moved, moved_use
from models.shifts import Shift, find_shifts

_LEFT = 0.25  # of a level, or the same upside down, beyond which the past says nothing of the new
_SURE = 4.5  # standard normal deviations that a jump must be off to be reported
_GAIN = 15.0  # and what minus twice the log-likelihood must fall
_JUMP = np.log(1.25)  # and how large it must be
_TINY = 1e-9
_LASTS = 0.5  # of the jump, in logs, what must be left of it on average in the year after


def breaks(block: Block) -> list[Break]:
    """Return the breaks of a block, the series held first; declared events explain theirs."""
    if block.periods < 3:  # noqa: PLR2004 (two periods show no break)
        return []
    inside = outages(block, ready(block))
    whole = bridged(block, inside)
    state = ready(whole)
    unit = calm_unit(whole, state)
    shifts = find_shifts(whole, state, unit, OWN_PRODUCT)
    fine = find_shifts(whole, state, unit, SERIES) if _has_districts(block) else []
    moved = moved_use(whole, state, unit, [*shifts, *fine])
    recoded = [side for one in moved for side in _recoding(block, one)]
    gone = [one for one in ended(whole) if not _touches(one, recoded)]
    levels = [_level(block, shift) for shift in shifts if _certain(shift)]
    levels = [one for one in levels if not _touches(one, [*recoded, *gone])]
    order = {HELD: 0, BRIDGED: 1, REPORTED: 2}
    return sorted(
        [*gone, *recoded, *inside, *levels],
        key=lambda one: (order[one.action], one.rows, one.first),
    )


def bridged(block: Block, found: Sequence[Break]) -> Block:
    """Return the block with what is bridged unknown; the block itself when nothing is."""
    chosen = [one for one in found if one.action == BRIDGED]
    if not chosen:
        return block
    values = block.values.copy()
    for one in chosen:
        values[list(one.rows), one.first - block.first : one.last - block.first + 1] = np.nan
    return replace(block, values=values)


def held(found: Sequence[Break]) -> dict[int, str]:
    """Return the series that are not to be forecast: row -> reason; the first reason counts."""
    reasons: dict[int, str] = {}
    for one in found:
        for row in one.rows if one.action == HELD else ():
            reasons.setdefault(row, one.reason)
    return reasons


def level_events(block: Block, found: Sequence[Break]) -> dict[int, tuple[Event, ...]]:
    """Return the jumps that were reported, as events per municipality-product group.

    `models.interventions` takes these beside the declared ones. A jump of a part of the series of a
    group is not among them.
    """
    groups = block.hierarchy.groups[OWN_PRODUCT]
    live = ready(block).live
    events: dict[int, set[Event]] = {}
    for one in found:
        group = int(groups[one.rows[0]])
        everyone = len(one.rows) == int((live & (groups == group)).sum())
        if one.action == REPORTED and everyone:
            events.setdefault(group, set()).add(Event(one.first, "level"))
    return {
        group: tuple(sorted(own, key=lambda event: event.period)) for group, own in events.items()
    }


def supply_gaps(block: Block) -> dict[int, str]:
    """Return series that suddenly report far less than before: row -> reason with both levels.

    The last quarter (last year for yearly data) is compared with the year (three years, or the two
    there are) before. A level event of the product in that time explains the fall. When a product
    of a municipality, or all of it, falls so, its small cells that fell with it are held as well.
    """
    return held(ended(block))


def _recoding(block: Block, moved: Moved) -> list[Break]:
    """Word both sides of a movement of use between products."""
    names = block.hierarchy.keys["product"].to_numpy()
    since = block.first + moved.fell.at
    sides = ", ".join(
        f"{names[side.rows[0]]} {side.before:.0f} -> {side.after:.0f}"
        for side in (moved.fell, moved.rose)
    )
    words = f"recoding suspected from {label(block, since)}: {sides} per {block.frequency}"
    recent = block.periods - moved.fell.at < block.frequency.per_year
    result = []
    for side in (moved.fell, moved.rose):
        first, last = block.first + side.at, block.first + block.periods - 1
        size = side.after / side.before if side.before > 0 else np.inf
        action = REPORTED
        if size < _LEFT or size > 1 / _LEFT:
            action = HELD if size < 1 and recent else BRIDGED
        if action == BRIDGED:
            first, last = block.first, first - 1
        reason = f"{words}; {action}"
        result.append(Break(RECODING, tuple(side.rows.tolist()), first, last, size, reason, action))
    return result


def _certain(shift: Shift) -> bool:
    """Tell whether noise cannot explain a jump, and whether it lasts."""
    sure = shift.score > _SURE and shift.gain > _GAIN and abs(shift.size) > _JUMP
    lasting = np.log((shift.after + _TINY) / (shift.before + _TINY)) / shift.size
    return bool(sure and lasting >= _LASTS)


def _level(block: Block, shift: Shift) -> Break:
    size = float(np.exp(shift.size))
    first = block.first + shift.at
    words = f"{shift.before:.0f} -> {shift.after:.0f} per {block.frequency}"
    reason = f"level {100 * (size - 1):+.0f} % from {label(block, first)}: {words}; reported"
    last = block.first + block.periods - 1
    return Break(LEVEL, tuple(shift.rows.tolist()), first, last, size, reason, REPORTED)


def _touches(one: Break, others: list[Break]) -> bool:
    rows = set(one.rows)
    return any(rows & set(other.rows) for other in others)


def _has_districts(block: Block) -> bool:
    return block.hierarchy.same_as(OWN_PRODUCT) != SERIES
