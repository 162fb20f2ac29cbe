"""From sums to the figures of an answer: which cells are given, and what they read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.cube import FIGURES, SCALE, Axis, Bools, Floats, Ints
from models.question import Question, status
from models.summing import actual_sums, path_sums, quantiles

# Figures are rounded far below the hundredths that are kept, and so late that the means of parts
# still sum to those of their total; larger ones to fewer decimals, as far as a float carries them.
DECIMALS = ((0.0, 9), (1e6, 6), (1e9, 4), (1e11, 2))
LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Cells:
    """The given cells of an answer, sorted by group and target.

    Attributes:
        group: group number per row.
        target: ordinal of the period per row; of no meaning when time is summed over.
        forecast: whether the row is a forecast.
        figures: p10, p50, p90, mean and further bounds in units, per row.
    """

    group: Ints
    target: Ints
    forecast: Bools
    figures: dict[str, Floats]


class _Grid:
    """Figures in (groups, columns) while they are being computed, in hundredths."""

    def __init__(self, shape: tuple[int, int], bands: tuple[float, ...]) -> None:
        self.levels = dict(LEVELS)
        for band in bands:
            self.levels[f"lower_{band:g}"] = (100 - band) / 200
            self.levels[f"upper_{band:g}"] = (100 + band) / 200
        self.figures = {name: np.zeros(shape) for name in (*LEVELS, "mean", *self.levels)}

    def fix(self, where: Bools, sums: Ints) -> None:
        """Put sums that do not vary."""
        for values in self.figures.values():
            values[where] = sums[where]

    def read_off(self, block: slice, columns: slice, where: Bools, sums: Ints) -> None:
        """Read the figures off varying sums, where marked.

        Args:
            block: the groups of ``where``.
            columns: the columns of ``where``.
            where: (groups, columns) to be read off.
            sums: one row of draws per marked cell, in order; used up.
        """
        if not where.any():
            return
        self.figures["mean"][block, columns][where] = sums.sum(axis=-1) / sums.shape[-1]
        found = quantiles(sums, tuple(self.levels.values()))
        for name, values in zip(self.levels, found, strict=True):
            self.figures[name][block, columns][where] = values

    def cells(self, given: Bools, forecast: Bools, first: int, divisor: Floats) -> Cells:
        """Return the given cells, divided into units."""
        group, column = np.nonzero(given)
        scale = np.broadcast_to(divisor, given.shape)[given] * SCALE
        figures = {name: rounded(values[given] / scale) for name, values in self.figures.items()}
        return Cells(group, column + first, forecast[given], figures)


def base_cells(question: Question) -> Cells:
    """Look the figures up: every group is one series at its base frequency."""
    track, targets = question.track, question.targets
    series = question.chosen[np.argsort(question.group)]
    period = targets.first + np.arange(targets.steps)
    calendar = question.cube.calendars[question.frequency]
    shift = targets.first - calendar.first
    known = track.actuals[series, shift : shift + targets.steps] / SCALE
    active = (period >= track.first[series, None]) & (period <= track.last[series, None])
    forecast = active & (period > track.data_until[series, None])
    given = forecast | (active & ~np.isnan(known))
    group, column = np.nonzero(given)
    ahead = forecast[given]
    figures = {}
    axis = question.cube.axes.get(question.frequency, Axis(targets.first, 0))
    for name in FIGURES:
        values = known[given]
        if ahead.any() and track.base is not None:
            at = period[column[ahead]] - axis.first
            values[ahead] = track.base[name][series[group[ahead]], at]
        figures[name] = values
    return Cells(group, period[column], ahead, figures)


def per_period(question: Question, bands: tuple[float, ...]) -> Cells:
    """Sum into the periods of the answer."""
    state = status(question)
    given = (state.months == question.frequency.months) & ~state.unknown
    forecast = given & state.forecast
    everything, in_paths = actual_sums(question)
    grid = _Grid(given.shape, bands)
    grid.fix(given & ~forecast, everything)
    columns = _span(forecast)
    fixed = (everything - in_paths)[:, columns]
    for block, sums in path_sums(_narrowed(question, columns)):
        where = forecast[block, columns]
        if not where.any():  # paths may be absent altogether
            continue
        np.add(sums, fixed[block, :, None], out=sums)
        marked = sums.reshape(-1, sums.shape[2]) if where.all() else sums[where]
        grid.read_off(block, columns, where, marked)
    divisor = question.frequency.months if question.averaged else 1
    return grid.cells(given, forecast, question.targets.first, np.array(float(divisor)))


def over_time(question: Question, bands: tuple[float, ...]) -> Cells:
    """Sum over time too: column 0 is what is actual, column 1 what is forecast."""
    state = status(question)
    ahead = (state.months > 0) & state.forecast
    past = (state.months > 0) & ~state.forecast
    parts = np.stack([past, ahead], axis=2)
    gaps = parts & state.unknown[:, :, None]
    given = np.logical_or.reduce(parts, axis=1) & ~np.logical_or.reduce(gaps, axis=1)
    everything, in_paths = actual_sums(question)
    grid = _Grid(given.shape, bands)
    sums = (everything[:, :, None] * parts).sum(axis=1)
    grid.fix(given & np.array([True, False]), sums)
    columns = _span(ahead)
    fixed = ((everything - in_paths) * ahead).sum(axis=1)
    for block, paths in path_sums(_narrowed(question, columns)):
        paths[~ahead[block, columns]] = 0  # an actual period of this group
        total = paths.sum(axis=1) + fixed[block, None]
        where = given[block, 1:]
        grid.read_off(block, slice(1, 2), where, total[where[:, 0]])
    divisor = np.ones(given.shape)
    if question.averaged:
        divisor = np.maximum((state.months[:, :, None] * parts).sum(axis=1), 1).astype(float)
    forecast = np.broadcast_to(np.array([False, True]), given.shape)
    return grid.cells(given, forecast, 0, divisor)


def rounded(values: Floats) -> Floats:
    """Round figures to as many decimals as a float of their size can tell."""
    found = values.copy()
    for least, decimals in DECIMALS:
        large = np.abs(values) >= least
        if large.any():
            found[large] = np.round(values[large], decimals)
    return found


def _span(marked: Bools) -> slice:
    columns = np.flatnonzero(marked.any(axis=0))
    return slice(int(columns[0]), int(columns[-1]) + 1) if len(columns) else slice(0, 0)


def _narrowed(question: Question, columns: slice) -> Question:
    first = question.targets.first + columns.start
    return replace(question, targets=Axis(first, columns.stop - columns.start))
