"""How wrong the forecasts have been, and how that error is shared between series.

Rolling-origin errors of *all* levels are explained at once by a few variance components: a shock
that all series share, one per product, per municipality, per district, one per single series, one
that falls with the size of a cell, and the count noise of small cells. Each grows with the horizon.
For a sum with shares w the expected squared error is linear in the components (the sum of w squared
per group), so one non-negative regression, pooled over levels and smooth over the horizon, judges
four years ahead even where history is short. A scale per level then sets the coverage of the 80 %
band to its nominal value, and few origins widen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LinearRegression

from models.error_rows import OriginErrors, Rows, stack, yearly_rows
from models.hierarchy import SERIES, Hierarchy

Array = npt.NDArray[np.float64]

COUNT = "count noise"  # a variance of unit / size: what independent clients make
SMALL = "small cells"  # its square root: clients that come and go together
_Z_80 = 1.2815515655446004
# What we believe before seeing an error, as variances (share squared): constant and per year ahead.
# Orders of magnitude from the yearly errors of adopted Dutch budgets, 8-27 % (CBS Iv3, 2018-2022).
_PRIOR_CONSTANT = {SERIES: 0.06**2, SMALL: 0.15**2, COUNT: 1.0}
_PRIOR_PER_YEAR = {SERIES: 0.05**2, SMALL: 0.1**2, COUNT: 0.3}
_PRIOR_GROUP = (0.03**2, 0.03**2)
_MOST_STRETCH = 5.0
_PRIOR_WEIGHT = 1.0  # the prior counts as so many observations
_DEPENDENCE = 0.75  # errors of one origin hang together: n of them count as n to this power


@dataclass(frozen=True)
class Components:
    """The variance components of one block, as variances of relative errors.

    Attributes:
        constant: per component, present from the first step on.
        per_year: per component, added for each year ahead.
        white: noise within a year per component: ``series`` and ``count noise``.
        scale: per level, the factor on the standard deviation that calibration asked for.
        observations: per level, the number of errors behind it.
        coverage_before: per level, share inside the 80 % band before scaling.
        uncalibrated: constants and then growth per year of all components before scaling.
    """

    constant: dict[str, float]
    per_year: dict[str, float]
    white: dict[str, float]
    scale: dict[str, float] = field(default_factory=dict)
    observations: dict[str, int] = field(default_factory=dict)
    coverage_before: dict[str, float] = field(default_factory=dict)
    uncalibrated: tuple[float, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """How many errors of one level fell inside the 80 % band that was known beforehand.

    Attributes:
        level: the level.
        year: year ahead, 1 is the first.
        observations: number of errors.
        before: of those, inside the band without calibration.
        after: inside the calibrated band.
    """

    level: str
    year: int
    observations: int
    before: int
    after: int


def estimate(
    hierarchy: Hierarchy,
    origins: Sequence[OriginErrors],
    unit: Array,
    season: int,
    record: Sequence[OriginErrors] = (),
) -> Components:
    """Estimate the components of a block.

    Args:
        hierarchy: the series and their groups.
        origins: errors of one or more origins; none gives the prior.
        unit: index of dispersion per series (`models.history.typical_unit`), shape (series,).
        season: periods per year.
        record: errors of repeating the year before, within the history; where they are larger than
            the prior expects, the prior is stretched to them.

    Returns:
        Components, calibrated so that past errors fall inside the 80 % band 80 % of the time.
    """
    levels = hierarchy.distinct_levels()
    names = (*levels, SMALL, COUNT)
    rows = stack([yearly_rows(hierarchy, origin, unit, season, levels) for origin in origins])
    naive = stack([yearly_rows(hierarchy, each, unit, season, levels) for each in record])
    prior = _stretched(naive, names)
    solved = _solve(rows, prior)
    plain = solved
    scale, counts, before = _calibration(rows, solved, levels)
    if rows.errors.size:
        doubt = _few_origins(len(origins))
        scale = {level: factor * doubt for level, factor in scale.items()}
        target = _variance(rows, solved) * np.array([scale[levels[i]] ** 2 for i in rows.level])
        solved = _solve(rows, prior, target)
    half = len(names)
    return Components(
        constant=dict(zip(names, solved[:half].tolist(), strict=True)),
        per_year=dict(zip(names, solved[half:].tolist(), strict=True)),
        white=_white(origins, unit, season),
        scale=scale,
        observations=counts,
        coverage_before=before,
        uncalibrated=tuple(plain.tolist()),
    )


def left_out(
    components: Components,
    hierarchy: Hierarchy,
    errors: OriginErrors,
    unit: Array,
    season: int,
) -> list[Coverage]:
    """Hold errors of an origin that was not learned from against the band known there.

    Args:
        components: estimated from earlier origins.
        hierarchy: the series and their groups.
        errors: of the origin itself.
        unit: index of dispersion per series, shape (series,).
        season: periods per year.
    """
    levels = hierarchy.distinct_levels()
    rows = yearly_rows(hierarchy, errors, unit, season, levels)
    if not rows.errors.size:
        return []
    after = np.array([*components.constant.values(), *components.per_year.values()])
    inside = [
        np.abs(rows.errors) <= _Z_80 * np.sqrt(_variance(rows, solved))
        for solved in (np.array(components.uncalibrated), after)
    ]
    result = []
    for number, level in enumerate(levels):
        for year in np.unique(rows.years):
            here = (rows.level == number) & (rows.years == year)
            counts = (int(hit[here].sum()) for hit in inside)
            result.append(Coverage(level, int(year + 0.5), int(here.sum()), *counts))
    return result


def _design(rows: Rows) -> Array:
    return np.hstack([rows.features, rows.features * rows.years[:, None]])


def _variance(rows: Rows, solved: Array) -> Array:
    return np.asarray(np.maximum(_design(rows) @ solved, 1e-8))


def _prior(names: tuple[str, ...]) -> Array:
    constant = [_PRIOR_CONSTANT.get(name, _PRIOR_GROUP[0]) for name in names]
    per_year = [_PRIOR_PER_YEAR.get(name, _PRIOR_GROUP[1]) for name in names]
    return np.array([*constant, *per_year])


def _stretched(naive: Rows, names: tuple[str, ...]) -> Array:
    """Widen the prior where the record moves more than it expects; never narrow it."""
    prior = _prior(names)
    if not naive.errors.size:
        return prior
    standard = np.abs(naive.errors) / np.sqrt(_variance(naive, prior))
    per_level = [np.quantile(standard[naive.level == at], 0.8) for at in np.unique(naive.level)]
    factor = float(np.clip(np.median(per_level) / _Z_80, 1.0, _MOST_STRETCH))
    counts = np.array([name == COUNT for name in (*names, *names)])
    return np.where(counts, prior, prior * factor**2)


def _solve(rows: Rows, prior: Array, target: Array | None = None) -> Array:
    """Solve for non-negative components; errors weigh by their own expected variance."""
    solved = prior
    if not rows.errors.size:
        return solved
    wanted = rows.errors**2 if target is None else target
    design = _design(rows)
    per_level = np.bincount(rows.level)[rows.level] ** (1 - _DEPENDENCE)
    for _ in range(6):
        weight = 1 / per_level / _variance(rows, solved) ** 2
        # Relative to the larger of the two, or a small prior would hold a large truth down.
        anchor = _PRIOR_WEIGHT / np.maximum(prior, solved) ** 2
        regression = LinearRegression(positive=True, fit_intercept=False)
        regression.fit(
            np.vstack([design, np.eye(len(prior))]),
            np.hstack([wanted, prior]),
            sample_weight=np.hstack([weight, anchor]),
        )
        solved = np.asarray(regression.coef_)
    return solved


def _calibration(
    rows: Rows, solved: Array, levels: tuple[str, ...]
) -> tuple[dict[str, float], dict[str, int], dict[str, float]]:
    """Return per level the scale that makes 80 % of the errors fall inside, shrunk towards one."""
    scale = dict.fromkeys(levels, 1.0)
    counts = dict.fromkeys(levels, 0)
    before = dict.fromkeys(levels, float("nan"))
    if not rows.errors.size:
        return scale, counts, before
    standard = np.abs(rows.errors) / np.sqrt(_variance(rows, solved))
    for number, level in enumerate(levels):
        inside = standard[rows.level == number]
        if not inside.size:
            continue
        counts[level] = int(inside.size)
        before[level] = float(np.mean(inside <= _Z_80))
        wanted = float(np.quantile(inside, 0.8)) / _Z_80
        trust = inside.size / (inside.size + 10.0)
        scale[level] = float(np.clip(wanted, 0.4, 2.5)) ** trust
    return scale, counts, before


def _few_origins(count: int) -> float:
    """Widen what was learned from few origins: a variance from n of them is itself uncertain.

    The 90 % point of Student's t over that of the normal distribution, two degrees of freedom per
    origin and two for the prior (expansion of Abramowitz & Stegun 26.7.5, within 0.3 % here).
    """
    freedom = 2.0 + 2.0 * count
    first = (_Z_80**2 + 1) / 4
    second = (5 * _Z_80**4 + 16 * _Z_80**2 + 3) / 96
    return 1 + first / freedom + second / freedom**2


def _white(origins: Sequence[OriginErrors], unit: Array, season: int) -> dict[str, float]:
    """Noise of single periods around their year, as a share and in count noise."""
    if season == 1:
        return {SERIES: 0.0, COUNT: 0.0}
    features, squares = [np.empty((0, 2))], [np.empty(0)]
    for origin in origins:
        for year in range(origin.forecast.shape[1] // season):
            span = slice(year * season, (year + 1) * season)
            forecast, actual = origin.forecast[:, span], origin.actual[:, span]
            level = actual.sum(axis=1) / np.maximum(forecast.sum(axis=1), 1e-9)
            expected = forecast * level[:, None]
            known = np.isfinite(expected) & (expected > 0)
            ratio = np.divide(actual, expected, out=np.ones_like(expected), where=known)
            noise = np.minimum(unit[:, None] / np.where(known, expected, 1.0), 4.0)
            features.append(np.column_stack([np.ones(known.sum()), noise[known]]))
            squares.append(np.minimum((ratio[known] - 1) ** 2, 9.0) * season / (season - 1))
    design, wanted = np.vstack(features), np.hstack(squares)
    if not wanted.size:
        return {SERIES: 0.03**2, COUNT: 0.5}
    weight = 1 / (0.05**2 + design[:, 1]) ** 2
    regression = LinearRegression(positive=True, fit_intercept=False)
    regression.fit(design, wanted, sample_weight=weight)
    return {SERIES: float(regression.coef_[0]), COUNT: float(regression.coef_[1])}
