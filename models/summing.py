"""Sums over series and periods: per sample path in whole hundredths, read off afterwards.

The arrays here are (groups, targets): a group is a set of series, a target one period of the
answer's frequency. Months are the common ground of all frequencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.cube import Axis, Bools, Cube, Floats, Ints, Paths, Track

BLOCK = 4_000_000  # cells (group x target x draw) held at once: 32 MB
ROWS_AT_ONCE = 16  # paths copied at once where no plain slice fits


@dataclass(frozen=True)
class Question:
    """What is to be summed.

    Attributes:
        cube: the edition.
        track: the measure.
        chosen: indices of the selected series, (n,), ascending.
        group: group number per selected series, (n,).
        groups: number of groups.
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
    frequency: Frequency
    targets: Axis
    averaged: bool

    def within(self, first: int | None, last: int | None) -> Question:
        """Return the question with the targets that its series span, cut off at both bounds."""
        starts, ends = [], []
        for base, members in self.members():
            mine = self.chosen[members]
            starts.append(int(self.track.first[mine].min()) // self.ratio(base))
            ends.append(int(self.track.last[mine].max()) // self.ratio(base))
        low = min(starts) if first is None else max(first, min(starts))
        high = max(ends) if last is None else min(last, max(ends))
        return replace(self, targets=Axis(low, max(high - low + 1, 0)))

    @property
    def is_base(self) -> bool:
        """Whether every group is one series at its base frequency, whose figures are at hand."""
        bases = [base for base, _ in self.members()]
        known = self.track.base is not None and bases == [self.frequency]
        return known and self.groups == len(self.chosen)

    def samples(self) -> Ints:
        """Return one series of each group."""
        found = np.zeros(self.groups, dtype=np.int64)
        found[self.group] = self.chosen
        return found

    def members(self) -> Iterator[tuple[Frequency, Ints]]:
        """Yield each base frequency with the positions (in ``chosen``) of its series."""
        yield from self.cube.by_frequency(self.chosen)

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
    for base, members in question.members():
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


def actual_sums(question: Question) -> tuple[Ints, Ints]:
    """Sum the actuals: all of them, and those that stand in the paths as well."""
    shape = (question.groups, question.targets.steps)
    everything, in_paths = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    known = question.track.known
    for base, members in question.members():
        calendar = question.cube.calendars[base]
        axis = question.cube.axes.get(base, Axis(0, 0))
        with_paths = members[question.track.rows[question.chosen[members]] >= 0]
        for target, part, axis_part in (
            (everything, members, calendar),
            (in_paths, with_paths, axis),
        ):
            start, end = question.window(base, axis_part)
            if start == end or not len(part):
                continue
            shift = axis_part.first - calendar.first
            cells = known[question.chosen[part], start + shift : end + shift]
            first = axis_part.first + start
            sums = time_sums(cells, first, question.ratio(base)) * question.weight(base)
            at = first // question.ratio(base) - question.targets.first
            columns = slice(at, at + sums.shape[1])
            np.add.at(target[:, columns], question.group[part], sums)
    return everything, in_paths


def path_sums(question: Question) -> Iterator[tuple[slice, Ints]]:
    """Sum the paths, block by block of groups.

    Yields:
        The groups of the block, and their sums: (groups in block, targets, draws).
    """
    draws = question.track.paths.shape[2]
    size = max(1, BLOCK // max(1, question.targets.steps * draws))
    parts = [(base, _Rows(question, members)) for base, members in question.members()]
    for start in range(0, question.groups, size):
        end = min(start + size, question.groups)
        total = np.zeros((end - start, question.targets.steps, draws), dtype=np.int64)
        for base, rows in parts:
            _add(total, question, base, rows, start)
        yield slice(start, end), total


def time_sums(cells: npt.NDArray[np.integer], first: int, ratio: int) -> Ints:
    """Sum consecutive base periods (axis 1) into targets of ``ratio`` base periods.

    Args:
        cells: (n, periods, ...).
        first: ordinal of the first base period.
        ratio: base periods in one target.

    Returns:
        (n, targets, ...) from the target that holds the first base period; the first and last
        target may hold a part of their base periods only.
    """
    steps = cells.shape[1]
    if ratio == 1:
        return cells.astype(np.int64)
    targets = (first + steps - 1) // ratio - first // ratio + 1
    sums = np.zeros((len(cells), targets, *cells.shape[2:]), dtype=np.int64)
    head = min(-first % ratio, steps)
    body = (steps - head) // ratio
    at = 1 if head else 0
    if head:
        np.add.reduce(cells[:, :head], axis=1, dtype=np.int64, out=sums[:, 0])
    whole = cells[:, head : head + body * ratio]
    blocks = whole.reshape(len(cells), body, ratio, *cells.shape[2:])
    np.add.reduce(blocks, axis=2, dtype=np.int64, out=sums[:, at : at + body])
    if head + body * ratio < steps:
        np.add.reduce(cells[:, head + body * ratio :], axis=1, dtype=np.int64, out=sums[:, -1])
    return sums


def quantiles(sums: Ints, levels: tuple[float, ...]) -> list[Floats]:
    """Read quantiles off the last axis (linear interpolation, as numpy does)."""
    ordered = np.sort(sums, axis=-1)
    found = []
    for level in levels:
        place = (sums.shape[-1] - 1) * level
        below = int(place)
        above = min(below + 1, sums.shape[-1] - 1)
        low = ordered[..., below]
        found.append(low + (ordered[..., above] - low) * (place - below))
    return found


class _Rows:
    """Rows of the paths per group, for the series of one base frequency."""

    def __init__(self, question: Question, members: Ints) -> None:
        rows = question.track.rows[question.chosen[members]]
        group = question.group[members]
        order = np.argsort(group, kind="stable")
        order = order[rows[order] >= 0]
        self.rows = rows[order]
        self.edges = np.searchsorted(group[order], np.arange(question.groups + 1))

    def single(self, start: int, end: int) -> Ints | None:
        """Return the rows when each group of the block has exactly one."""
        if np.all(np.diff(self.edges[start : end + 1]) == 1):
            return self.rows[self.edges[start] : self.edges[end]]
        return None

    def of(self, group: int) -> Ints:
        """Return the rows of one group."""
        return self.rows[self.edges[group] : self.edges[group + 1]]


def _add(total: Ints, question: Question, base: Frequency, rows: _Rows, start: int) -> None:
    axis = question.cube.axes.get(base, Axis(0, 0))
    low, high = question.window(base, axis)
    if low == high:
        return
    paths, ratio, first = question.track.paths, question.ratio(base), axis.first + low
    at = first // ratio - question.targets.first
    single = rows.single(start, start + len(total))
    if single is not None:
        sums = time_sums(paths[_compact(single), low:high], first, ratio)
        total[:, at : at + sums.shape[1]] += sums * question.weight(base)
        return
    for offset in range(len(total)):
        members = rows.of(start + offset)
        if len(members):
            summed = _row_sum(paths, members, slice(low, high))
            sums = time_sums(summed[None], first, ratio)[0]
            total[offset, at : at + len(sums)] += sums * question.weight(base)


def _compact(rows: Ints) -> slice | Ints:
    """Return evenly spaced rows as a slice: a slice is read in place, a list is copied."""
    step = int(rows[1] - rows[0]) if len(rows) > 1 else 1
    if step > 0 and np.all(np.diff(rows) == step):
        return slice(int(rows[0]), int(rows[-1]) + 1, step)
    return rows


def _row_sum(paths: Paths, rows: Ints, steps: slice) -> Ints:
    chosen = _compact(rows)
    if isinstance(chosen, slice):
        return np.asarray(np.add.reduce(paths[chosen, steps], axis=0, dtype=np.int64))
    total = np.zeros((steps.stop - steps.start, paths.shape[2]), dtype=np.int64)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = paths[rows[start : start + ROWS_AT_ONCE], steps]
        total += np.add.reduce(part, axis=0, dtype=np.int64)
    return total
