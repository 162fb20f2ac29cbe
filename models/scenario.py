"""Scenarios: levers applied to the joint sample paths of an edition, path by path.

What is known does not change: levers work from the first month of a forecast on. Base and adjusted
figures come from the same paths, so that their difference has a band of its own, far narrower than
theirs. Money is whole cents in every path; per path, base and the parts of the levers add up to the
adjusted figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise

import numpy as np

from models.asking import Selection, check, chosen_series
from models.catalogue import Frequency
from models.cube import SCALE, Axis, Bools, Cube, Ints
from models.errors import SelectionError
from models.lever_layout import Layout
from models.lever_sums import Cap, Turned, inside, whole_draws
from models.levers import CEILING, Lever, LeverFault, check_levers
from models.question import Status, status

__all__ = ["Bench", "Totals", "totals"]

_MONTHS = 12


@dataclass(frozen=True, eq=False)
class Totals:
    """One sum per period, as it is and as levers make it, in hundredths (cents for cost).

    Attributes:
        frequency: of the periods.
        periods: those of the answer.
        given: which of them have a figure, (periods,).
        forecast: which of them are not wholly known, (periods,).
        base: (periods, draws); what is known is the same in every draw.
        adjusted: the same with the levers.
    """

    frequency: Frequency
    periods: Axis
    given: Bools
    forecast: Bools
    base: Ints
    adjusted: Ints


def totals(edition: Cube, selection: Selection, levers: Sequence[Lever] = ()) -> Totals | None:
    """Add up all that is selected, per period, in every joint sample path.

    Args:
        edition: an opened edition.
        selection: the sum; what is kept apart is not used, and its frequency is a frequency.
        levers: of a scenario; none = as it is.

    Returns:
        The sums, or None when nothing is selected. Of clients they are sums over months.

    Raises:
        SelectionError: the question or a lever has no honest answer; with every fault.
    """
    asked = replace(selection, by=())
    check(edition, asked)
    check_levers(edition, levers)
    bench = Bench.of(edition, asked, levers)
    if bench is None or not bench.layout.question.targets.steps:
        return None
    return bench.totals(bench.levers)


class Bench:
    """A question with the levers that reach it, to be turned to any size.

    Args:
        edition: an opened edition.
        selection: a checked question.
        levers: checked; their sizes may change from one use to the next.
        chosen: the series of the question, at least one.

    Raises:
        SelectionError: a lever needs what the edition does not know.
    """

    def __init__(
        self, edition: Cube, selection: Selection, levers: Sequence[Lever], chosen: Ints
    ) -> None:
        self.order = sorted(range(len(levers)), key=lambda at: levers[at].kind == CEILING)
        self.levers = [levers[at] for at in self.order]
        self.edition, self.selection = edition, selection
        self.layout = Layout(edition, selection, self.levers, chosen)
        self._check_volumes()
        self._ceilings = dict(self._ceiling_layouts())

    @classmethod
    def of(cls, edition: Cube, selection: Selection, levers: Sequence[Lever]) -> Bench | None:
        """Return the bench of a checked question; None when it selects nothing."""
        chosen = chosen_series(edition, selection)
        return cls(edition, selection, levers, chosen) if len(chosen) else None

    @cached_property
    def status(self) -> Status:
        """What is covered, forecast and unknown, per group and period."""
        return status(self.layout.question)

    @cached_property
    def given(self) -> Bools:
        """Which periods have a figure, (groups, periods)."""
        whole = self.status.months == self.layout.question.frequency.months
        return np.asarray(whole & ~self.status.unknown)

    def totals(self, levers: Sequence[Lever]) -> Totals:
        """Return the only group as it is, and with levers of these sizes.

        Args:
            levers: those of the bench (``levers``), of any size.
        """
        question = self.layout.question
        ((_, stages),) = self.stages(levers, (0, len(levers)))
        fixed = self.layout.fixed[0][:, None]
        base, adjusted = stages[0] + fixed, stages[-1] + fixed
        given, forecast = self.given[0], self.status.forecast[0]
        return Totals(question.frequency, question.targets, given, forecast, base, adjusted)

    def stages(self, levers: Sequence[Lever], counts: Sequence[int]) -> Iterator[tuple[int, Ints]]:
        """Yield each group with its draws when so many of the levers work.

        Args:
            levers: those of the bench, of any size.
            counts: how many work, ascending from 0.

        Yields:
            Group, and whole hundredths without what is fixed: (counts, periods, draws).
        """
        caps = self.caps(levers)
        turned = [Turned(self.layout, levers, count, caps) for count in counts]
        classes = self.layout.classes
        edges = np.searchsorted(
            [one.group for one in classes], np.arange(self.layout.question.groups + 1)
        )
        for group, (low, high) in enumerate(pairwise(edges.tolist())):
            base = self._base(range(low, high))
            rest = [self._adjusted(one, range(low, high), base) for one in turned[1:]]
            yield group, np.stack([base, *rest])

    def _base(self, numbers: range) -> Ints:
        question = self.layout.question
        total = np.zeros((question.targets.steps, question.track.paths.shape[2]), dtype=np.int64)
        for number in numbers:
            base = self.layout.classes[number].base
            if np.subtract(*self.layout.window(base)):
                sums = self.layout.sums(number, self.selection.measure)
                columns, found = self.layout.into_targets(base, sums)
                total[columns] += found.astype(np.int64)
        return total

    def _adjusted(self, turned: Turned, numbers: range, base: Ints) -> Ints:
        """Return the draws of a group, whose draws without levers are given."""
        classes = self.layout.classes
        moved = [number for number in numbers if not turned.still(classes[number])]
        moved = [at for at in moved if np.subtract(*self.layout.window(classes[at].base))]
        if not moved:
            return base
        draws = base.astype(np.float64)
        wanted = base.sum(axis=1)
        for number in moved:
            one = classes[number].base
            found, added = turned.draws(number)
            change = found - self.layout.sums(number, self.selection.measure)
            columns, sums = self.layout.into_targets(one, change)
            draws[columns] += sums
            columns, more = self.layout.into_targets(one, added)
            wanted[columns] += more.astype(np.int64) * base.shape[1]
        touched = (draws != base).any(axis=1)
        whole = base.copy()
        whole[touched] = whole_draws(draws[touched], wanted[touched])
        return whole

    def caps(self, levers: Sequence[Lever]) -> list[Cap]:
        """Return what each ceiling leaves, each after the levers before it."""
        found: list[Cap] = []
        for at, layout in self._ceilings.items():
            if layout is not None:
                found.append(_cap(Turned(layout, levers, at, found), at))
        return found

    def _ceiling_layouts(self) -> Iterator[tuple[int, Layout | None]]:
        for at, lever in enumerate(self.levers):
            if lever.kind != CEILING or not lever.moves(self.selection.measure):
                continue
            if lever.measure not in self.edition.tracks:
                place, rule = f"/levers/{self.order[at]}/measure", "is not in this edition"
                fault = LeverFault(place, lever.measure, rule, (), "lever-no-measure")
                raise SelectionError(str(fault), [fault])
            yield at, self._ceiling_layout(lever)

    def _ceiling_layout(self, lever: Lever) -> Layout | None:
        """Lay out what a ceiling counts, in the years of the question; None = nothing."""
        question, months = self.layout.question, self.layout.question.frequency.months
        first = question.targets.first * months // _MONTHS
        last = (question.targets.last * months + months - 1) // _MONTHS
        scope = Selection(
            lever.measure,
            self.selection.municipalities,
            lever.products,
            lever.districts,
            by=(),
            frequency=Frequency.YEAR.value,
            start=date(first, 1, 1),
            end=date(last, 12, 31),
        )
        chosen = chosen_series(self.edition, scope)
        if not len(chosen) or not question.targets.steps:
            return None
        layout = Layout(self.edition, scope, self.levers, chosen, self.layout.kept)
        return layout if layout.question.targets.steps else None

    def _check_volumes(self) -> None:
        """Refuse a tariff in euros for products of which the volume is not known."""
        if self.selection.measure != "cost":
            return
        faults = []
        for at, lever in enumerate(self.levers):
            if lever.kind != CEILING and lever.level is not None:
                names = sorted(self._without_volume(at))
                rule = f"needs the volume of {', '.join(names)}, which is not known: give a percent"
                place = f"/levers/{self.order[at]}/level"
                value = f"{lever.level:g}"
                fault = LeverFault(place, value, rule, tuple(names), "lever-no-volume")
                faults += [fault] if names else []
        if faults:
            raise SelectionError("; ".join(map(str, faults)), faults)

    def _without_volume(self, at: int) -> set[str]:
        track = self.edition.tracks.get("volume")
        return {
            str(self.edition.series["product"][series])
            for one in self.layout.classes
            if one.levers[at]
            for series in one.series
            if track is None or track.rows[series] < 0
        }


def _cap(turned: Turned, at: int) -> Cap:
    """Return what a ceiling leaves of each year in each path."""
    layout, lever = turned.layout, turned.levers[at]
    question = layout.question
    shape = (question.targets.steps, question.track.paths.shape[2])
    within = np.zeros(shape)
    beside = np.broadcast_to(layout.fixed[0][:, None], shape).astype(np.float64)
    for number, one in enumerate(layout.classes):
        if not np.subtract(*layout.window(one.base)):
            continue
        draws, _ = turned.draws(number)
        share = inside(lever, one, layout.periods(one.base))[:, None]
        columns, sums = layout.into_targets(one.base, draws * share)
        within[columns] += sums
        columns, sums = layout.into_targets(one.base, draws * (1 - share))
        beside[columns] += sums
    months = _MONTHS if question.averaged else 1
    room = (lever.level or 0.0) * SCALE * months - beside
    left = np.divide(room, within, out=np.ones(shape), where=within > 0)
    years = range(question.targets.first, question.targets.last + 1)
    return Cap(at, dict(zip(years, np.clip(left, 0.0, 1.0), strict=True)))
