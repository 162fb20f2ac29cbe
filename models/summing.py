"""Sums over series and periods: per sample path in whole hundredths, read off afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.cube import Axis, Floats, Ints, Paths
from models.question import Question

BLOCK = 500_000  # cells (group x target x draw) held at once: 4 MB, so that they stay in the cache
ROWS_AT_ONCE = 16  # paths copied at once where no plain slice fits


def actual_sums(question: Question) -> tuple[Ints, Ints]:
    """Sum the actuals: all of them, and those that stand in the paths as well."""
    shape = (question.groups, question.targets.steps)
    everything, in_paths = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    known = question.track.known
    for base, members in question.parts:
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
    parts = [(base, _Rows(question, members)) for base, members in question.parts]
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
    """Read quantiles off the last axis (linear interpolation, as numpy does); uses the sums up."""
    ordered: npt.NDArray[np.signedinteger[Any]] = sums
    if sums.size and max(int(sums.max()), -int(sums.min())) <= np.iinfo(np.int32).max:
        ordered = sums.astype(np.int32)  # sorts eight times as fast
    ordered.sort(axis=-1)
    found = []
    for level in levels:
        place = (sums.shape[-1] - 1) * level
        below = int(place)
        above = min(below + 1, sums.shape[-1] - 1)
        low, high = ordered[..., below].astype(np.int64), ordered[..., above].astype(np.int64)
        found.append(low + (high - low) * (place - below))
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
        sums = _row_time_sums(paths, single, slice(low, high), first, ratio)
        sums *= question.weight(base)
        total[:, at : at + sums.shape[1]] += sums
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


def _row_time_sums(paths: Paths, rows: Ints, steps: slice, first: int, ratio: int) -> Ints:
    """Return the time sums of each row: (rows, targets, draws)."""
    order = np.argsort(rows)
    together = _compact(rows[order])
    if isinstance(together, slice):
        found = time_sums(paths[together, steps], first, ratio)
        return found if np.all(np.diff(order) == 1) else found[np.argsort(order)]
    parts = [
        time_sums(paths[rows[start : start + ROWS_AT_ONCE], steps], first, ratio)
        for start in range(0, len(rows), ROWS_AT_ONCE)
    ]
    return np.concatenate(parts)


def _row_sum(paths: Paths, rows: Ints, steps: slice) -> Ints:
    chosen = _compact(rows)
    if isinstance(chosen, slice):
        return np.asarray(np.add.reduce(paths[chosen, steps], axis=0, dtype=np.int64))
    total = np.zeros((steps.stop - steps.start, paths.shape[2]), dtype=np.int64)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = paths[rows[start : start + ROWS_AT_ONCE], steps]
        total += np.add.reduce(part, axis=0, dtype=np.int64)
    return total
