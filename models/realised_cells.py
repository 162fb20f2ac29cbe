"""Which cells of an edition can be judged by what happened later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from models.catalogue import Frequency, last_day
from models.cube import Axis, Bools, Cube, Floats, Ints, Paths, Track

SPREAD = "spread"  # outcome of a series that has a part of a figure of the whole municipality


@dataclass(frozen=True)
class Case:
    """One measure of one frequency: the series with paths, and which of their cells count.

    Of a product that is delivered for the municipality as a whole only, the forecast is spread over
    districts: there is no figure per district to judge, and one of their sum. ``spread`` tells the
    cells without a figure of their own that such a figure covers, ``covering`` all cells of it.
    """

    measure: str
    frequency: Frequency
    as_of: date
    axis: Axis
    series: Ints
    rows: Ints
    paths: Paths
    actual: Floats
    naive: Floats
    counts: Bools
    spread: Bools
    covering: Bools

    def at(self, by: tuple[str, ...]) -> Case:
        """Return it with the cells that count where districts are summed over, or kept apart."""
        if "district" in by:
            return replace(self, counts=self.counts & ~self.covering)
        actual = np.where(self.spread, 0.0, self.actual)
        return replace(self, counts=self.counts | self.spread, actual=actual)


def case_of(
    cube: Cube, measure: str, frequency: Frequency, outcome: Floats, as_of: date
) -> Case | None:
    """Return the cells of one measure of one frequency that can be judged; None without any.

    Args:
        cube: the edition.
        measure: clients, volume or cost.
        frequency: of the series.
        outcome: what happened, (series, periods of the calendar), hundredths, NaN = not known.
        as_of: periods that ended by then are not judged.
    """
    track, axis = cube.tracks[measure], cube.axes.get(frequency)
    same = cube.frequencies == list(Frequency).index(frequency)
    series = np.flatnonzero(same & (track.rows >= 0))
    if axis is None or not len(series):
        return None
    calendar = cube.calendars[frequency]
    shift = axis.first - calendar.first
    actual = outcome[series, shift : shift + axis.steps]
    steps = np.arange(axis.first, axis.first + axis.steps)
    after = np.array([last_day(int(step), frequency) > as_of for step in steps], dtype=np.bool_)
    ahead = after & (steps > track.data_until[series, None]) & (steps <= track.last[series, None])
    counts = ahead & np.isfinite(actual)
    spread, covering = _spread(cube, measure, series, ahead, np.isfinite(actual))
    return Case(
        measure=measure,
        frequency=frequency,
        as_of=as_of,
        axis=axis,
        series=series,
        rows=track.rows[series],
        paths=track.paths,
        actual=actual,
        naive=_last_known(track, series, calendar, axis, frequency),
        counts=counts,
        spread=spread,
        covering=covering,
    )


def _spread(
    cube: Cube, measure: str, series: Ints, ahead: Bools, known: Bools
) -> tuple[Bools, Bools]:
    """Return the cells that a figure of the whole municipality covers, and all that share it."""
    is_spread = cube.series[f"outcome_{measure}"][series] == SPREAD
    product, place = (cube.dimensions[name].codes[series] for name in ("product", "municipality"))
    whole = place * len(cube.dimensions["product"].labels) + product
    spread, covering = np.zeros(ahead.shape, dtype=np.bool_), np.zeros(ahead.shape, dtype=np.bool_)
    for one in np.unique(whole[is_spread]):
        members = np.flatnonzero(whole == one)
        told = known[members].any(axis=0)
        mine = is_spread[members, None] & ahead[members] & ~known[members] & told
        spread[members] = mine
        covering[members] = mine.any(axis=0)
    return spread, covering


def _last_known(
    track: Track, series: Ints, calendar: Axis, axis: Axis, frequency: Frequency
) -> Floats:
    """What of the same season was last known; NaN = never: (series, steps of the axis)."""
    known = track.actuals[series]
    columns = np.arange(known.shape[1])
    ours = calendar.first + columns <= track.data_until[series, None]
    known = np.where(ours, known, np.nan)
    found = np.full((len(series), axis.steps), np.nan)
    seasons = (axis.first + np.arange(axis.steps)) % frequency.per_year
    for season in range(frequency.per_year):
        cut = known[:, (calendar.first + columns) % frequency.per_year == season]
        there = np.isfinite(cut)
        if not cut.shape[1]:
            continue
        last = cut.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
        value = np.where(there.any(axis=1), cut[np.arange(len(cut)), last], np.nan)
        found[:, seasons == season] = value[:, None]
    return found
