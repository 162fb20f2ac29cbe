"""What levers of given sizes make of a question that is laid out by them.

Money stays whole. Per series and period the mean of the adjusted draws is a whole hundredth, so
that means add up for every grouping. Draws of a sum are rounded to whole hundredths that have
exactly that mean, by carrying what was rounded off from one draw to the next; what is nothing stays
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.cube import SCALE, Floats, Ints
from models.errors import SelectionError
from models.lever_layout import Layout, Reached
from models.levers import CEILING, USE_KINDS, VOLUME_KINDS, Lever, LeverFault

__all__ = ["Cap", "Turned", "inside", "whole_draws"]

_EXACT = 2.0**53  # above, a float no longer holds whole hundredths
_NOISE = 1e-6  # of a float that is a whole number, by far
_MOST = 1e9  # times as much, or euros per unit


@dataclass(frozen=True, eq=False)
class Cap:
    """What a ceiling leaves.

    Attributes:
        lever: its number.
        left: by calendar year the share that is left in each path, (draws,).
    """

    lever: int
    left: Mapping[int, Floats]

    @property
    def nothing(self) -> Floats:
        """The share in a year in which there is nothing to cut."""
        return np.ones(len(next(iter(self.left.values()))))


class Turned:
    """A layout with levers of given sizes.

    Args:
        layout: of the question.
        levers: those of the layout, in the same order, their sizes free.
        used: how many of them work; the others stand still.
        caps: what the ceilings among them leave.
    """

    def __init__(
        self, layout: Layout, levers: Sequence[Lever], used: int, caps: Sequence[Cap]
    ) -> None:
        self.layout, self.levers, self.caps = layout, levers, caps
        self._works = np.arange(len(levers)) < used

    def draws(self, number: int) -> tuple[Floats, Ints]:
        """Return the adjusted draws of a class, and what that adds to the mean of its cells.

        Returns:
            Hundredths, not rounded, (periods, draws); whole hundredths, (periods,), added up over
            the series.
        """
        one, layout = self.layout.classes[number], self.layout
        measure = layout.selection.measure
        own, level = self._coefficients(one, layout.periods(one.base))
        found = layout.sums(number, measure) * own[:, None]
        if level.any():
            found = found + layout.sums(number, "volume") * level[:, None]
        left = self._left(one)
        if left is not None:
            found = found * left
        return found, self._added(one, own, level, left)

    def still(self, one: Reached) -> bool:
        """Tell whether no lever that works reaches a class."""
        measure = self.layout.selection.measure
        reaching = np.flatnonzero(one.levers & self._works).tolist()
        return not any(self.levers[at].moves(measure) for at in reaching)

    def _coefficients(self, one: Reached, periods: Ints) -> tuple[Floats, Floats]:
        """Return what each period of the measure, and of its volume, counts for."""
        months = one.base.months
        first, count = int(periods[0]) * months, len(periods) * months
        own, use, level = np.ones(count), np.ones(count), np.zeros(count)
        for at in np.flatnonzero(one.levers & self._works).tolist():
            lever = self.levers[at]
            if lever.kind == CEILING or not lever.moves(self.layout.selection.measure):
                continue
            if lever.level is not None:
                weight = lever.weights(first, count)
                own, level = own * (1 - weight), level * (1 - weight) + weight * lever.level * use
                continue
            with np.errstate(over="ignore", invalid="ignore"):  # looked at below
                factor = lever.factors(first, count)
                own, level = own * factor, level * factor
                if lever.kind in (*USE_KINDS, *VOLUME_KINDS):
                    use = use * factor
        if not (np.abs(own) + np.abs(level) < _MOST).all():
            raise _too_large()
        known = periods < one.ahead
        own, level = (part.reshape(-1, months).mean(axis=1) for part in (own, level))
        return np.where(known, 1.0, own), np.where(known, 0.0, level)

    def _left(self, one: Reached) -> Floats | None:
        """Return the share that ceilings leave, (periods, draws); None without a ceiling."""
        found = None
        periods = self.layout.periods(one.base)
        for cap in self.caps:
            lever = self.levers[cap.lever]
            if not (one.levers[cap.lever] and self._works[cap.lever]):
                continue
            if not lever.moves(self.layout.selection.measure):
                continue
            share = inside(lever, one, periods)
            years = (periods // one.base.per_year).tolist()
            cut = np.stack([1 - cap.left.get(year, cap.nothing) for year in years])
            left = 1 - share[:, None] * cut
            found = left if found is None else found * left
        return found

    def _added(self, one: Reached, own: Floats, level: Floats, left: Floats | None) -> Ints:
        """Return what is added to the means of the cells, whole hundredths, (periods,)."""
        measure = self.layout.selection.measure
        before = self._means(one, measure)
        after = self._after(one, measure, own, left)
        if level.any():
            after = after + self._after(one, "volume", level, left)
        moved = (own != 1) | (level != 0) | (left is not None)
        change = np.where(moved, after - before, 0.0)
        # Down where there is a ceiling: rounding must not carry a sum past it.
        whole = np.rint(change) if left is None else np.floor(change + _NOISE)
        added = whole.sum(axis=0)
        return np.asarray(added, dtype=np.int64)

    def _after(self, one: Reached, measure: str, factor: Floats, left: Floats | None) -> Floats:
        """Return the means of cells times a factor per period and a share per draw."""
        if left is None:
            return self._means(one, measure) * factor
        share = (left * factor[:, None] / left.shape[1])[:, :, None]
        low, high = self.layout.window(one.base)
        track = self.layout.edition.tracks[measure]
        rows = track.rows[one.series].tolist()
        found, draws = np.empty((len(rows), high - low)), np.empty((high - low, 1, left.shape[1]))
        for at, row in enumerate(rows):
            draws[:, 0] = track.paths[row, low:high]
            found[at] = np.matmul(draws, share)[:, 0, 0]
        return found

    def _means(self, one: Reached, measure: str) -> Floats:
        """Return the mean of each cell in hundredths, (series, periods)."""
        low, high = self.layout.window(one.base)
        track = self.layout.edition.tracks[measure]
        if track.base is None or track is not self.layout.question.track:
            rows = track.rows[one.series].tolist()
            return np.array([track.paths[row, low:high].mean(axis=1) for row in rows])
        return np.asarray(np.nan_to_num(track.base["mean"][one.series, low:high]) * SCALE)


def inside(lever: Lever, one: Reached, periods: Ints) -> Floats:
    """Return the share of each forecast period in which a lever works, (periods,)."""
    months = one.base.months
    weights = lever.weights(int(periods[0]) * months, len(periods) * months)
    share = weights.reshape(-1, months).mean(axis=1)
    return np.where(periods < one.ahead, 0.0, share)


def whole_draws(draws: Floats, totals: Ints) -> Ints:
    """Round draws to whole numbers with a given sum, none of them far from what it was.

    Args:
        draws: (n, draws).
        totals: what each row must add up to, (n,).

    Returns:
        Whole numbers, (n, draws). A draw that is zero stays zero; a row of zeros adds up to zero.

    Raises:
        SelectionError: figures too large to be kept exactly.
    """
    run = np.cumsum(draws, axis=1)
    size = np.cumsum(np.abs(draws), axis=1)
    if not np.isfinite(size).all() or (size[:, -1:] >= _EXACT).any():
        raise _too_large()
    some = size[:, -1] > 0
    missing = np.where(some, totals - run[:, -1], 0.0)
    run += size * (missing / np.where(some, size[:, -1], 1.0))[:, None]
    ends = np.rint(run)
    ends[some, -1] = totals[some]
    return np.asarray(np.diff(ends, axis=1, prepend=0.0), dtype=np.int64)


def _too_large() -> SelectionError:
    rule = "make figures too large to be kept to the cent"
    return SelectionError(rule, [LeverFault("/levers", None, rule, (), "lever-too-large")])
