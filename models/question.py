"""A question to an edition as arrays: which series make which group, over which periods.

The arrays here are (groups, targets): a group is a set of series, a target one period of the
answer's frequency. Months are the common ground of all frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.catalogue import Frequency
from models.cube import Axis, Bools, Cube, Ints, Track

Parts = tuple[tuple[Frequency, Ints], ...]


@dataclass(frozen=True)
class Question:
    """What is to be summed.

    Attributes:
        cube: the edition.
        track: the measure.
        chosen: indices of the selected series, (n,), ascending.
        group: group number per selected series, (n,).
        groups: number of groups.
        parts: each base frequency with the positions (in ``chosen``) of its series.
        frequency: frequency of the targets.
        targets: the periods of the answer.
        averaged: sums are weighted by the months of their base period, to be divided by the months
            of the target (clients over time).
    """

    cube: Cube
    track: Track
    chosen: Ints
    group: Ints
    groups: int
    parts: Parts
    frequency: Frequency
    targets: Axis
    averaged: bool

    def within(self, first: int | None, last: int | None) -> Question:
        """Return the question with the targets that its series span, cut off at both bounds."""
        starts, ends = [], []
        for base, members in self.parts:
            mine = self.chosen[members]
            starts.append(int(self.track.first[mine].min()) // self.ratio(base))
            ends.append(int(self.track.last[mine].max()) // self.ratio(base))
        low = min(starts) if first is None else max(first, min(starts))
        high = max(ends) if last is None else min(last, max(ends))
        return replace(self, targets=Axis(low, max(high - low + 1, 0)))

    @property
    def is_base(self) -> bool:
        """Whether every group is one series at its base frequency, whose figures are at hand."""
        known = self.track.base is not None and self.groups == len(self.chosen)
        return known and [base for base, _ in self.parts] == [self.frequency]

    def samples(self) -> Ints:
        """Return one series of each group."""
        found = np.zeros(self.groups, dtype=np.int64)
        found[self.group] = self.chosen
        return found

    def ratio(self, base: Frequency) -> int:
        """Base periods in one target."""
        return self.frequency.months // base.months

    def weight(self, base: Frequency) -> int:
        """What a base figure counts for in a sum."""
        return base.months if self.averaged else 1

    def window(self, base: Frequency, axis: Axis) -> tuple[int, int]:
        """Return the columns (from, to exclusive) of an axis that lie within the targets."""
        ratio = self.ratio(base)
        start = max(self.targets.first * ratio, axis.first)
        end = min((self.targets.last + 1) * ratio, axis.first + axis.steps)
        return start - axis.first, max(end, start) - axis.first


@dataclass(frozen=True)
class Status:
    """What is the case in each (group, target).

    Attributes:
        months: months covered by at least one active series.
        forecast: some active series is a forecast there.
        unknown: some active series has an actual that is not known.
    """

    months: Ints
    forecast: Bools
    unknown: Bools


def status(question: Question) -> Status:
    """Tell per group and target what is covered, forecast and unknown."""
    track, chosen = question.track, question.chosen
    ahead = np.maximum(track.first[chosen], track.data_until[chosen] + 1)
    covered = _months(question, track.first[chosen], track.last[chosen])
    forecast = _months(question, ahead, track.last[chosen])
    some = np.logical_or.reduce(forecast, axis=2)
    return Status(covered.sum(axis=2), some, _unknown(question))


def _months(question: Question, first: Ints, last: Ints) -> Bools:
    """Mark the months in which a series of the group runs: (groups, targets, months)."""
    length = question.targets.steps * question.frequency.months
    origin = question.targets.first * question.frequency.months
    steps = np.zeros((question.groups, length + 1), dtype=np.int32)
    for base, members in question.parts:
        running = members[last[members] >= first[members]]
        start = np.clip(first[running] * base.months - origin, 0, length)
        end = np.clip((last[running] + 1) * base.months - origin, 0, length)
        np.add.at(steps, (question.group[running], start), 1)
        np.add.at(steps, (question.group[running], end), -1)
    running_months = np.cumsum(steps[:, :-1], axis=1) > 0
    return running_months.reshape(question.groups, question.targets.steps, -1)


def _unknown(question: Question) -> Bools:
    found = np.zeros((question.groups, question.targets.steps), dtype=np.bool_)
    series, columns = question.track.gaps
    if not len(series):
        return found
    group = np.full(len(question.cube), -1, dtype=np.int64)
    group[question.chosen] = question.group
    for base, members in question.cube.by_frequency(series):
        period = columns[members] + question.cube.calendars[base].first
        target = period // question.ratio(base) - question.targets.first
        owner = group[series[members]]
        inside = (owner >= 0) & (target >= 0) & (target < question.targets.steps)
        found[owner[inside], target[inside]] = True
    return found
