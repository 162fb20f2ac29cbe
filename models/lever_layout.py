"""The series of a question, laid out by the levers that reach them.

Series of one group that the same levers reach, and whose forecast begins in the same period, form a
class: their paths are added first, exactly, and the levers work on that sum. So a sum over a
thousand series costs hardly more with levers than without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.asking import Selection, chosen_series
from models.catalogue import Frequency
from models.cube import Axis, Bools, Cube, Floats, Ints
from models.levers import Lever
from models.selection import question_of
from models.summing import actual_sums

__all__ = ["Layout", "Reached", "layout_of"]

_Sum = tuple[str, int, int, bytes]  # measure, window, and the series that were added
_KEPT = 64  # class sums that are kept; beyond, each is made anew when it is needed


@dataclass(frozen=True, eq=False)
class Reached:
    """Series of one group that the same levers reach.

    Attributes:
        group: number of the group.
        base: their frequency.
        series: their indices, all with paths.
        ahead: ordinal of the first period of their forecast.
        levers: which of the levers reach them.
    """

    group: int
    base: Frequency
    series: Ints
    ahead: int
    levers: Bools


class Layout:
    """A question whose series are laid out by the levers that reach them.

    Args:
        edition: an opened edition.
        selection: the question; its municipalities are all that ceilings count.
        levers: what may be turned, of any size.
        chosen: the series of the question, at least one.
        kept: sums of paths that another layout made of the same edition, to share.
    """

    def __init__(
        self,
        edition: Cube,
        selection: Selection,
        levers: Sequence[Lever],
        chosen: Ints,
        kept: dict[_Sum, Ints] | None = None,
    ) -> None:
        self.edition = edition
        self.selection = selection
        self.question = question_of(edition, selection, chosen)
        self._members = _members(edition, levers)
        self.kept: dict[_Sum, Ints] = {} if kept is None else kept

    @cached_property
    def classes(self) -> list[Reached]:
        """The classes, by group."""
        found = [
            one for base, members in self.question.parts for one in self._of_part(base, members)
        ]
        return sorted(found, key=lambda one: one.group)

    def _of_part(self, base: Frequency, members: Ints) -> list[Reached]:
        question = self.question
        members = members[question.track.rows[question.chosen[members]] >= 0]
        series = question.chosen[members]
        ahead = np.maximum(question.track.first, question.track.data_until + 1)[series]
        key = np.column_stack([question.group[members], ahead, self._members[series]])
        kinds, which = np.unique(key, axis=0, return_inverse=True)
        order = np.argsort(which.reshape(-1), kind="stable")
        edges = np.searchsorted(which.reshape(-1)[order], np.arange(len(kinds) + 1))
        return [
            Reached(int(kind[0]), base, series[order[low:high]], int(kind[1]), kind[2:] > 0)
            for kind, low, high in zip(kinds, edges[:-1], edges[1:], strict=True)
        ]

    def sums(self, number: int, measure: str) -> Ints:
        """Return the added paths of a class within the window: (periods, draws)."""
        one = self.classes[number]
        track = self.edition.tracks[measure]
        low, high = self.window(one.base)
        key = (measure, low, high, one.series.tobytes())
        if key in self.kept:
            return self.kept[key]
        total = np.zeros((high - low, track.paths.shape[2]), dtype=np.int64)
        for row in track.rows[one.series].tolist():
            if row >= 0:
                total += track.paths[row, low:high]
        if len(self.kept) < _KEPT:
            self.kept[key] = total
        return total

    def window(self, base: Frequency) -> tuple[int, int]:
        """Return the steps of the paths that lie within the question."""
        return self.question.window(base, self.axis(base))

    def axis(self, base: Frequency) -> Axis:
        """Return the axis of the paths of a frequency."""
        return self.edition.axes.get(base, Axis(0, 0))

    def periods(self, base: Frequency) -> Ints:
        """Return the ordinals of the periods within the window."""
        low, high = self.window(base)
        return self.axis(base).first + np.arange(low, high)

    @cached_property
    def fixed(self) -> Ints:
        """What is known and stands in no path: (groups, targets)."""
        everything, in_paths = actual_sums(self.question)
        return everything - in_paths

    def into_targets(self, base: Frequency, cells: Floats | Ints) -> tuple[slice, Floats | Ints]:
        """Add periods (first axis) into the targets of the question, months weighed for clients.

        Returns:
            Which targets, and their sums.
        """
        target = self.periods(base) // self.question.ratio(base) - self.question.targets.first
        starts = np.flatnonzero(np.diff(target, prepend=target[0] - 1))
        sums = np.add.reduceat(cells, starts, axis=0) * self.question.weight(base)
        return slice(int(target[0]), int(target[-1]) + 1), sums


def _members(edition: Cube, levers: Sequence[Lever]) -> Bools:
    """Return which levers reach each series, (series, levers)."""
    found = np.ones((len(edition), len(levers)), dtype=np.bool_)
    for at, lever in enumerate(levers):
        for name, wanted in (("product", lever.products), ("district", lever.districts)):
            if wanted:
                dimension = edition.dimensions[name]
                codes = [dimension.index[code] for code in wanted]
                found[:, at] &= np.isin(dimension.codes, codes)
    return found


def layout_of(edition: Cube, selection: Selection, levers: Sequence[Lever]) -> Layout | None:
    """Lay a checked question out; None when it selects nothing."""
    chosen = chosen_series(edition, selection)
    return Layout(edition, selection, levers, chosen) if len(chosen) else None
