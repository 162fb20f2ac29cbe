"""What an edition holds in memory: series, joint sample paths and actuals, on common axes.

Everything is fixed point in hundredths (cents for cost). Series are rows, sorted by municipality,
district and product; periods are ordinals of the series' own frequency (see ``catalogue``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.catalogue import Frequency, ordinals
from models.columns import KEYS, SERIES_SCHEMA, Bools, Floats, Ints, days, texts, whole
from models.errors import EditionError

__all__ = [
    "FIGURES",
    "KEYS",
    "SCALE",
    "SERIES_SCHEMA",
    "Axis",
    "Bools",
    "Cube",
    "Dimension",
    "Floats",
    "Ints",
    "Paths",
    "Track",
    "build_cube",
    "key_codes",
]

Paths = npt.NDArray[np.int32] | npt.NDArray[np.int64]

SCALE = 100  # every measure is kept in hundredths
FIGURES = ("p10", "p50", "p90", "mean")


@dataclass(frozen=True)
class Axis:
    """Consecutive periods of one frequency.

    Attributes:
        first: ordinal of the first period.
        steps: number of periods.
    """

    first: int
    steps: int

    @property
    def last(self) -> int:
        """Ordinal of the last period (first - 1 when there is none)."""
        return self.first + self.steps - 1


@dataclass(frozen=True)
class Dimension:
    """The values of one dimension.

    Attributes:
        labels: the values, sorted (object array of str).
        codes: the index of its label for each series.
        index: label -> code.
    """

    labels: npt.NDArray[np.object_]
    codes: Ints
    index: Mapping[str, int]


@dataclass(frozen=True)
class Track:
    """One measure of all series.

    Attributes:
        rows: row in ``paths`` per series, -1 = no paths.
        first: ordinal of the first period with a value, actual or forecast, per series.
        last: ordinal of the last one; first - 1 for a series without this measure.
        data_until: ordinal of the last actual period; first - 1 when there is none.
        paths: (rows, steps, draws), hundredths.
        actuals: (series, periods of its calendar), hundredths, NaN = unknown or no actual.
        gaps: the actual cells without a value: series, column of its calendar.
        base: p10, p50, p90, mean in units, (series, steps of its axis); None while being made.
    """

    rows: Ints
    first: Ints
    last: Ints
    data_until: Ints
    paths: Paths
    actuals: Floats
    gaps: tuple[Ints, Ints] = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    base: Mapping[str, Floats] | None = None

    @property
    def present(self) -> Bools:
        """Which series have this measure."""
        return np.asarray(self.last >= self.first)

    @cached_property
    def known(self) -> Ints:
        """Actuals as whole hundredths, 0 where there is none: (series, periods)."""
        return np.nan_to_num(self.actuals).astype(np.int64)

    @cached_property
    def present_series(self) -> Ints:
        """Indices of the series that have this measure."""
        return np.flatnonzero(self.present)


@dataclass(frozen=True, eq=False)
class Cube:
    """All series of an edition with their paths and actuals.

    Attributes:
        series: columns of ``series.parquet`` (text as object arrays with None, dates as
            datetime64[D], rows as int64).
        dimensions: municipality, district, product.
        frequencies: the base frequency per series (index into ``list(Frequency)``).
        axes: axis of the paths per frequency.
        calendars: axis of the actuals per frequency: from the first value of any series to the
            end of the paths.
        tracks: one per measure of the edition.
    """

    series: Mapping[str, npt.NDArray[Any]]
    dimensions: Mapping[str, Dimension]
    frequencies: npt.NDArray[np.int8]
    axes: Mapping[Frequency, Axis]
    calendars: Mapping[Frequency, Axis]
    tracks: Mapping[str, Track]

    def __len__(self) -> int:
        return len(self.frequencies)

    def by_frequency(self, chosen: Ints | None = None) -> tuple[tuple[Frequency, Ints], ...]:
        """Return each base frequency with the indices (into ``chosen``, else all) of its series."""
        codes = self.frequencies if chosen is None else self.frequencies[chosen]
        if len(codes) == 1:
            return ((_FREQUENCIES[codes[0]], np.zeros(1, dtype=np.int64)),)
        found = ((base, np.flatnonzero(codes == at)) for at, base in enumerate(_FREQUENCIES))
        return tuple((base, members) for base, members in found if len(members))


_FREQUENCIES = tuple(Frequency)


def build_cube(
    series: pa.Table,
    paths: Mapping[str, Paths],
    axes: Mapping[Frequency, Axis],
    measures: tuple[str, ...],
) -> Cube:
    """Lay out the series of an edition; actuals are all unknown until ``with_actuals``.

    Args:
        series: table with ``SERIES_SCHEMA``, sorted, one row per key.
        paths: per measure (rows, steps, draws) in hundredths; a measure without forecasts may
            be absent.
        axes: axis of the paths per frequency.
        measures: the measures of the edition.

    Raises:
        EditionError: series, paths and axes contradict each other.
    """
    columns = _columns(series)
    dimensions = {name: _dimension(columns[name]) for name in KEYS}
    _check_keys(dimensions)
    names = [frequency.value for frequency in Frequency]
    if not set(columns["frequency"]) <= set(names):
        raise EditionError("the series table names a frequency that does not exist")
    frequencies = np.array([names.index(name) for name in columns["frequency"]], dtype=np.int8)
    draws = next(iter(paths.values())).shape[2:] if paths else (0,)
    nothing = np.zeros((0, 0, *draws), dtype=np.int64)
    spans = {m: _span(columns, frequencies, m) for m in measures}
    calendars = _calendars(spans, frequencies, axes)
    width = max((calendar.steps for calendar in calendars.values()), default=0)
    tracks = {}
    for measure, (first, last, data_until) in spans.items():
        rows = columns[f"row_{measure}"]
        unknown = np.full((len(frequencies), width), np.nan)
        track = Track(rows, first, last, data_until, paths.get(measure, nothing), unknown)
        _check_track(track, measure, frequencies, axes)
        tracks[measure] = track
    return Cube(columns, dimensions, frequencies, dict(axes), calendars, tracks)


def _columns(series: pa.Table) -> dict[str, npt.NDArray[Any]]:
    columns: dict[str, npt.NDArray[Any]] = {}
    for wanted in SERIES_SCHEMA:
        if wanted.name not in series.column_names:
            raise EditionError(f"the series table lacks the column {wanted.name}")
        column = series.column(wanted.name)
        if column.type != wanted.type:
            raise EditionError(f"{wanted.name} is {column.type}, not {wanted.type}")
        if pa.types.is_string(wanted.type):
            columns[wanted.name] = texts(column)
        elif pa.types.is_date32(wanted.type):
            columns[wanted.name] = days(column)
        else:
            columns[wanted.name] = whole(column, missing=-1)
    return columns


def _dimension(values: npt.NDArray[np.object_]) -> Dimension:
    if any(not isinstance(value, str) or not value for value in values):
        raise EditionError("a series lacks its municipality, district or product")
    names = sorted(set(values))
    index = {name: code for code, name in enumerate(names)}
    codes = np.array([index[value] for value in values], dtype=np.int64)
    return Dimension(np.array([*names, None], dtype=object)[:-1], codes, index)


def key_codes(dimensions: Mapping[str, Dimension], parts: Mapping[str, Ints]) -> Ints:
    """Fold codes of municipality, district and product into one number that sorts alike."""
    key = np.zeros(len(parts[KEYS[0]]), dtype=np.int64)
    for name in KEYS:
        key = key * max(len(dimensions[name].labels), 1) + parts[name]
    return key


def _check_keys(dimensions: Mapping[str, Dimension]) -> None:
    key = key_codes(dimensions, {name: dimensions[name].codes for name in KEYS})
    if np.any(np.diff(key) <= 0):
        raise EditionError(f"the series are not sorted by {', '.join(KEYS)}, or one occurs twice")


def _span(
    columns: Mapping[str, npt.NDArray[Any]], frequencies: npt.NDArray[np.int8], measure: str
) -> tuple[Ints, Ints, Ints]:
    first = np.zeros(len(frequencies), dtype=np.int64)
    last, data_until = first - 1, first - 1
    present = ~np.isnat(columns[f"from_{measure}"]) & ~np.isnat(columns[f"until_{measure}"])
    for number, frequency in enumerate(Frequency):
        chosen = present & (frequencies == number)
        first[chosen] = ordinals(columns[f"from_{measure}"][chosen], frequency)
        last[chosen] = ordinals(columns[f"until_{measure}"][chosen], frequency)
        until = columns[f"data_until_{measure}"]
        data_until[chosen] = first[chosen] - 1
        actual = chosen & ~np.isnat(until)
        data_until[actual] = ordinals(until[actual], frequency)
    return first, last, data_until


def _calendars(
    spans: Mapping[str, tuple[Ints, Ints, Ints]],
    frequencies: npt.NDArray[np.int8],
    axes: Mapping[Frequency, Axis],
) -> dict[Frequency, Axis]:
    calendars = {}
    for number, frequency in enumerate(Frequency):
        firsts = [axes[frequency].first] if frequency in axes else []
        lasts = [axes[frequency].last] if frequency in axes else []
        for first, last, _ in spans.values():
            chosen = (frequencies == number) & (last >= first)
            firsts += first[chosen].tolist()
            lasts += last[chosen].tolist()
        if firsts:
            calendars[frequency] = Axis(min(firsts), max(lasts) - min(firsts) + 1)
    return calendars


def _check_track(
    track: Track, measure: str, frequencies: npt.NDArray[np.int8], axes: Mapping[Frequency, Axis]
) -> None:
    place = f"series with {measure}"
    rows = track.rows[track.rows >= 0]
    if not np.array_equal(np.sort(rows), np.arange(len(track.paths))):
        raise EditionError(f"{place}: each row of the paths belongs to exactly one series")
    if np.any((track.rows >= 0) & ~track.present):
        raise EditionError(f"{place}: paths without a period")
    forecast = track.present & (track.last > track.data_until)
    if np.any(forecast & (track.rows < 0)):
        raise EditionError(f"{place}: a forecast period without paths")
    if forecast.any() and not track.paths.shape[2]:
        raise EditionError(f"{place}: paths without a draw")
    for number, frequency in enumerate(Frequency):
        axis = axes.get(frequency, Axis(0, 0))
        drawn = (track.rows >= 0) & (frequencies == number)
        if drawn.any() and axis.steps > track.paths.shape[1]:
            raise EditionError(f"{place}: the paths have fewer steps than the axis of {frequency}")
        chosen = forecast & (frequencies == number)
        if not chosen.any():
            continue
        start = np.maximum(track.first, track.data_until + 1)[chosen].min()
        if start < axis.first:
            raise EditionError(f"{place}: a forecast period outside the axis of {frequency} paths")
        if track.last[chosen].max() > axis.last:
            raise EditionError(f"{place}: a forecast period outside the axis of {frequency} paths")
