"""What an edition forecast beside what happened: sums with their own bands, and their scores.

A cell counts where the edition had a forecast of a period that ended after its as-of date and a
figure of it came later. Sums hold the series of which both are there, so that like is compared with
like; their bands come from the joint sample paths of the edition, never from adding up bounds.

The tracking signal is that of Brown (1959): the cumulative error over the mean absolute deviation.
Errors of one origin hang together, so the deviation is not taken from those errors (any steady
error, however small, would then grow past every limit), but is the one the edition itself expected
of that cumulative sum: over its own paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.catalogue import ALL, COST_UNIT, UNSTATED_UNIT, Frequency, first_day
from models.cube import SCALE, Bools, Cube, Floats, Ints
from models.realised_cells import Case, case_of

Level = Literal["total", "product", "district", "series"]
Key = tuple[str, Frequency]  # a measure and how often it was delivered
LEVELS: tuple[tuple[Level, tuple[str, ...]], ...] = (
    ("total", ()),
    ("product", ("product",)),
    ("district", ("district",)),
    ("series", ("product", "district")),
)
ROWS_AT_ONCE = 64
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Judged:
    """Sums of one level beside what happened; figures in units (euros), NaN = not judged.

    Attributes:
        level, measure, frequency: of what.
        period_kind: ``period`` or ``year``.
        keys: municipality, product and district per group; ``all`` where summed over.
        units: unit per group.
        months: months from the as-of date to the end of each period, shape (periods,).
        actual, mean, baseline: shape (groups, periods).
        p10, p50, p90: the band of the sum, same shape.
        error: cumulative error (forecast minus actual) per group.
        deviation: mean absolute deviation of that sum over the edition's own paths.
    """

    level: Level
    measure: str
    frequency: Frequency
    period_kind: Literal["period", "year"]
    keys: Mapping[str, npt.NDArray[np.object_]]
    units: npt.NDArray[np.object_]
    months: Ints
    actual: Floats
    mean: Floats
    p10: Floats
    p50: Floats
    p90: Floats
    baseline: Floats
    error: Floats
    deviation: Floats

    @property
    def signal(self) -> Floats:
        """Cumulative error in deviations the edition expected; NaN where it expected none."""
        safe = np.where(self.deviation > 0, self.deviation, np.nan)
        return np.asarray(self.error / safe)


def judged(cube: Cube, outcomes: Mapping[Key, Floats], as_of: date) -> list[Judged]:
    """Lay an edition beside what happened, at every level, by period and by whole year.

    Volume is judged where products stay apart: unlike units are not one sum.

    Args:
        cube: the edition.
        outcomes: per measure and frequency what happened, (series, periods of the calendar of that
            frequency), hundredths, NaN = not known.
        as_of: the edition's as-of date.
    """
    found = []
    for (measure, frequency), actual in sorted(outcomes.items()):
        case = case_of(cube, measure, frequency, actual, as_of)
        if case is None:
            continue
        for level, by in LEVELS:
            if measure != "volume" or "product" in by:
                groups = _Groups.of(cube, case.series, by)
                seen = case.at(by)
                found += [_summed(seen, level, groups, one) for one in _foldings(seen) if one.any]
    return [one for one in found if np.isfinite(one.actual).any()]


@dataclass(frozen=True)
class _Folding:
    """How periods become what is judged: themselves, or whole calendar years."""

    kind: Literal["period", "year"]
    counts: Bools
    starts: Ints
    months: Ints
    weight: float

    @property
    def any(self) -> bool:
        return bool(self.counts.any())


def _foldings(case: Case) -> Iterator[_Folding]:
    steps = np.arange(case.axis.first, case.axis.first + case.axis.steps)
    years = np.array([first_day(int(step), case.frequency).year for step in steps])
    since = case.as_of.year * 12 + case.as_of.month
    months = (steps + 1) * case.frequency.months - since
    yield _Folding("period", case.counts, np.arange(len(steps)), months, 1.0)
    starts = np.flatnonzero(np.r_[True, np.diff(years) > 0])
    together = np.add.reduceat(case.counts, starts, axis=1)
    whole = together == case.frequency.per_year
    lengths = np.diff(np.r_[starts, len(steps)])
    counts = np.repeat(whole, lengths, axis=1)
    # clients are averaged over time, everything else is added
    weight = 1.0 / case.frequency.per_year if case.measure == "clients" else 1.0
    yield _Folding("year", counts, starts, (years[starts] + 1) * 12 - since, weight)


@dataclass(frozen=True)
class _Groups:
    """Which series add up to what."""

    of_series: Ints
    keys: Mapping[str, npt.NDArray[np.object_]]
    volume_units: npt.NDArray[np.object_]

    @classmethod
    def of(cls, cube: Cube, series: Ints, by: tuple[str, ...]) -> _Groups:
        names = ("municipality", *by)
        codes = np.stack([cube.dimensions[name].codes[series] for name in names])
        distinct, first, of_series = np.unique(
            codes, axis=1, return_index=True, return_inverse=True
        )
        keys = {
            name: cube.series[name][series][first]
            if name in names
            else np.full(distinct.shape[1], ALL, dtype=object)
            for name in ("municipality", "product", "district")
        }
        return cls(of_series.ravel(), keys, cube.series["volume_unit"][series][first])

    def __len__(self) -> int:
        return len(self.volume_units)


def _summed(case: Case, level: Level, groups: _Groups, folding: _Folding) -> Judged:
    count, targets = len(groups), len(folding.starts)
    shape = (count, targets)
    figures = {name: np.full(shape, np.nan) for name in ("p10", "p50", "p90", "mean")}
    error, deviation = np.full(count, np.nan), np.full(count, np.nan)
    actual = _added(np.where(folding.counts, case.actual, np.nan), groups, folding)
    for group in range(count):
        judged_here = np.isfinite(actual[group])
        if not judged_here.any():
            continue
        sums = _path_sums(case, np.flatnonzero(groups.of_series == group), folding)[judged_here]
        scale = folding.weight / SCALE
        for name, values in zip(
            ("p10", "p50", "p90"), np.quantile(sums, QUANTILES, axis=1), strict=True
        ):
            figures[name][group, judged_here] = values * scale
        mean = sums.mean(axis=1)
        figures["mean"][group, judged_here] = mean * scale
        error[group] = mean.sum() * scale - actual[group, judged_here].sum()
        together = sums.sum(axis=0)
        deviation[group] = np.abs(together - together.mean()).mean() * scale
    naive = np.where(folding.counts, case.naive, np.nan)
    return Judged(
        level=level,
        measure=case.measure,
        frequency=case.frequency,
        period_kind=folding.kind,
        keys=groups.keys,
        units=_units(case.measure, groups),
        months=folding.months,
        actual=actual,
        baseline=_added(naive, groups, folding),
        error=error,
        deviation=deviation,
        **figures,
    )


def _units(measure: str, groups: _Groups) -> npt.NDArray[np.object_]:
    if measure == "volume":
        told = [unit or UNSTATED_UNIT for unit in groups.volume_units]
    else:
        told = [COST_UNIT if measure == "cost" else "clients"] * len(groups)
    return np.array([*told, None], dtype=object)[:-1]


def _added(cells: Floats, groups: _Groups, folding: _Folding) -> Floats:
    """Add known cells up per group and target, in units; NaN where none of them is known."""
    known = np.isfinite(cells)
    values = np.add.reduceat(np.where(known, cells, 0.0), folding.starts, axis=1)
    there = np.add.reduceat(known, folding.starts, axis=1)
    sums = np.zeros((len(groups), len(folding.starts)))
    counted = np.zeros(sums.shape, dtype=np.int64)
    np.add.at(sums, groups.of_series, values)
    np.add.at(counted, groups.of_series, there)
    return np.where(counted > 0, sums * folding.weight / SCALE, np.nan)


def _path_sums(case: Case, members: Ints, folding: _Folding) -> Ints:
    """Add the paths of the cells that count: (targets, draws), hundredths."""
    steps, draws = case.axis.steps, case.paths.shape[2]
    total = np.zeros((steps, draws), dtype=np.int64)
    for start in range(0, len(members), ROWS_AT_ONCE):
        part = members[start : start + ROWS_AT_ONCE]
        cells = case.paths[case.rows[part], :steps].astype(np.int64)
        total += (cells * folding.counts[part][:, :, None]).sum(axis=0)
    return np.asarray(np.add.reduceat(total, folding.starts, axis=0))
