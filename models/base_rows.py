"""Between the base rows of ``forecasts.parquet`` and the arrays of a cube."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.catalogue import Frequency, ordinals
from models.columns import coded, days, floats, is_word
from models.cube import (
    FIGURES,
    KEYS,
    SCALE,
    Axis,
    Bools,
    Cube,
    Floats,
    Ints,
    Paths,
    Track,
    key_codes,
)
from models.errors import EditionError

COLUMNS_READ = (*KEYS, "period", "measure", "kind", *FIGURES)


@dataclass(frozen=True)
class Actuals:
    """What is known of one measure at one base frequency.

    Attributes:
        measure: clients, volume or cost.
        frequency: base frequency of these series.
        series: row numbers in the series table, (n,).
        first: ordinal of column 0.
        values: (n, periods) in hundredths (cost: cents), NaN = not known.
    """

    measure: str
    frequency: Frequency
    series: Ints
    first: int
    values: Floats


def with_actuals(cube: Cube, grids: Iterable[Actuals]) -> Cube:
    """Return the cube with actuals filled in, rounded to whole hundredths.

    Values outside the actual periods of their series (``from`` to ``data_until``) are ignored.
    """
    filled = {measure: track.actuals.copy() for measure, track in cube.tracks.items()}
    for grid in grids:
        if grid.measure not in filled:
            continue
        calendar = cube.calendars.get(grid.frequency)
        track = cube.tracks[grid.measure]
        if calendar is None:
            continue
        periods = grid.first + np.arange(grid.values.shape[1])
        inside = (periods >= calendar.first) & (periods <= calendar.last)
        first, last = track.first[grid.series, None], track.data_until[grid.series, None]
        actual = inside & (periods >= first) & (periods <= last)
        at, column = np.nonzero(actual & ~np.isnan(grid.values))
        target = filled[grid.measure]
        target[grid.series[at], periods[column] - calendar.first] = np.rint(grid.values[at, column])
    tracks = {m: _filled(cube, track, filled[m]) for m, track in cube.tracks.items()}
    return replace(cube, tracks=tracks)


def with_base_rows(cube: Cube, forecasts: pa.Table) -> Cube:
    """Return the cube with actuals and base quantiles read from ``forecasts.parquet``.

    Raises:
        EditionError: a row for a series, measure or period that the edition does not have, a cell
            that occurs twice, a forecast that is missing.
    """
    for name in COLUMNS_READ:
        if name not in forecasts.column_names:
            raise EditionError(f"forecasts lacks the column {name}")
    at = series_of(cube, forecasts)
    periods = days(forecasts.column("period"))
    actual = is_word(forecasts.column("kind"), "actual")
    figures = {name: floats(forecasts.column(name)) for name in FIGURES}
    tracks, found = {}, 0
    for measure, track in cube.tracks.items():
        mine = is_word(forecasts.column("measure"), measure)
        found += int(mine.sum())
        known = _Cells(cube, cube.calendars, at, periods, mine & actual)
        ahead = _Cells(cube, cube.axes, at, periods, mine & ~actual)
        base = {name: ahead.placed(values) for name, values in figures.items()}
        actuals = np.rint(known.placed(figures["mean"]) * SCALE)
        _check_complete(cube, track, base)
        tracks[measure] = replace(_filled(cube, track, actuals), base=base)
    if found != len(periods):
        raise EditionError("forecasts holds a measure that the edition does not have")
    return replace(cube, tracks=tracks)


def _filled(cube: Cube, track: Track, actuals: Floats) -> Track:
    actual = _running(cube, cube.calendars, track.first, track.data_until)
    if np.any(~np.isnan(actuals) & ~actual):
        raise EditionError("forecasts holds an actual outside the actual periods of its series")
    series, columns = np.nonzero(np.isnan(actuals) & actual)
    return replace(track, actuals=actuals, gaps=(series, columns))


def _check_complete(cube: Cube, track: Track, base: Mapping[str, Floats]) -> None:
    ahead = np.maximum(track.first, track.data_until + 1)
    forecast = _running(cube, cube.axes, ahead, track.last)
    for name, values in base.items():
        if np.any(np.isnan(values) == forecast):
            raise EditionError(f"forecasts lacks {name} of a forecast period, or has one too many")


def _running(cube: Cube, axes: Mapping[Frequency, Axis], first: Ints, last: Ints) -> Bools:
    """Mark the columns of an axis between two periods of each series: (series, columns)."""
    width = max((axis.steps for axis in axes.values()), default=0)
    column = np.arange(width)
    found = np.zeros((len(cube), width), dtype=np.bool_)
    for frequency, members in cube.by_frequency():
        axis = axes.get(frequency, Axis(0, 0))
        within = (column >= first[members, None] - axis.first) & (column < axis.steps)
        found[members] = within & (column <= last[members, None] - axis.first)
    return found


class _Cells:
    """The cells (series, column of an axis) that chosen rows of a table belong to."""

    def __init__(
        self,
        cube: Cube,
        axes: Mapping[Frequency, Axis],
        at: Ints,
        periods: npt.NDArray[np.datetime64],
        chosen: Bools,
    ) -> None:
        width = max((axis.steps for axis in axes.values()), default=0)
        self.shape = (len(cube), width)
        self.rows = np.flatnonzero(chosen)
        self.series = at[self.rows]
        self.columns = np.full(len(self.rows), -1, dtype=np.int64)
        for frequency, members in cube.by_frequency(self.series):
            axis = axes.get(frequency, Axis(0, 0))
            columns = ordinals(periods[self.rows[members]], frequency) - axis.first
            self.columns[members] = np.where(columns < axis.steps, columns, -1)
        if np.any(self.columns < 0):
            raise EditionError("forecasts holds a period outside the periods of its series")
        cells = self.series * max(width, 1) + self.columns
        if len(np.unique(cells)) != len(cells):
            raise EditionError("forecasts holds the same cell twice")

    def placed(self, values: Floats) -> Floats:
        """Return the values in (series, columns), NaN elsewhere."""
        target = np.full(self.shape, np.nan)
        target[self.series, self.columns] = values[self.rows]
        return target


def series_of(cube: Cube, table: pa.Table) -> Ints:
    """Return the index of the series that each row of a table belongs to.

    Raises:
        EditionError: a row of a series that the edition does not have.
    """
    parts = {}
    for name in KEYS:
        index = cube.dimensions[name].index
        words, places = coded(table.column(name))
        codes = np.array([index.get(word or "", -1) for word in words], dtype=np.int64)
        parts[name] = codes[places]
    keys = key_codes(cube.dimensions, {n: cube.dimensions[n].codes for n in KEYS})
    wanted = key_codes(cube.dimensions, parts)
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    strange = np.any([codes < 0 for codes in parts.values()], axis=0)
    if len(wanted) and (not len(keys) or np.any(strange | (keys[at] != wanted))):
        raise EditionError("a table holds a series that the edition does not have")
    return at


def check_paths(cube: Cube) -> None:
    """Check that paths do not vary where they may not.

    In an actual period every draw equals the actual; outside the periods of its series, and where
    an actual is not known, every draw is zero.

    Raises:
        EditionError: naming the first series that breaks this.
    """
    for measure, track in cube.tracks.items():
        for frequency, members in cube.by_frequency():
            axis = cube.axes.get(frequency, Axis(0, 0))
            chosen = members[track.rows[members] >= 0]
            if not len(chosen):
                continue
            expected, fixed = _expected(cube, track, frequency, chosen)
            wrong = _varying(track.paths, track.rows[chosen], expected, fixed)
            wrong |= track.paths[track.rows[chosen], axis.steps :].any(axis=(1, 2))
            if wrong.any():
                first = chosen[int(np.argmax(wrong))]
                key = " / ".join(cube.series[name][first] for name in KEYS)
                raise EditionError(f"the paths of {measure} vary outside the forecast of {key}")


def _expected(cube: Cube, track: Track, frequency: Frequency, chosen: Ints) -> tuple[Ints, Bools]:
    axis, calendar = cube.axes.get(frequency, Axis(0, 0)), cube.calendars[frequency]
    periods = axis.first + np.arange(axis.steps)
    expected = track.known[chosen][:, periods - calendar.first]
    ahead = (periods > track.data_until[chosen, None]) & (periods <= track.last[chosen, None])
    return expected, ~(ahead & (periods >= track.first[chosen, None]))


def _varying(paths: Paths, rows: Ints, expected: Ints, fixed: Bools) -> Bools:
    wrong = np.zeros(len(rows), dtype=np.bool_)
    for at, row in enumerate(rows):
        steps = np.flatnonzero(fixed[at])
        wrong[at] = np.any(paths[row, steps] != expected[at, steps, None])
    return wrong
