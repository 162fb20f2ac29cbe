"""How wrong the forecasts have been, and how that error is shared between series.

Rolling-origin errors of *all* levels are explained at once by a few variance components: a shock
that all series share, one per product, per municipality, per district, one per single series, and
the count noise of small cells. Each grows with the horizon. For a sum with shares w the expected
squared error is linear in the components (the sum of w squared per group), so one non-negative
regression, pooled over levels and smooth over the horizon, judges four years ahead even where
history is short. A scale per level then sets the coverage of the 80 % band to its nominal value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LinearRegression

from models.hierarchy import SERIES, Hierarchy

Array = npt.NDArray[np.float64]

COUNT = "count noise"
_Z_80 = 1.2815515655446004
_CLIP = 1.5  # a larger log error says that something broke, not how wide a band should be
# What we believe before seeing an error, as variances (share squared): constant and per year ahead.
# Orders of magnitude from the yearly errors of adopted Dutch budgets, 8-27 % (CBS Iv3, 2018-2022).
_PRIOR_CONSTANT = {SERIES: 0.08**2, COUNT: 1.0}
_PRIOR_PER_YEAR = {SERIES: 0.06**2, COUNT: 0.3}
_PRIOR_GROUP = (0.03**2, 0.03**2)
_MOST_STRETCH = 5.0
_PRIOR_WEIGHT = 1.0  # the prior counts as so many observations
_DEPENDENCE = 0.75  # errors of one origin hang together: n of them count as n to this power


@dataclass(frozen=True)
class OriginErrors:
    """What was forecast from one origin and what happened.

    Attributes:
        forecast: shape (series, steps); zero where nothing was forecast.
        actual: same shape; NaN where it is not known (yet) or was not forecast.
    """

    forecast: Array
    actual: Array


@dataclass(frozen=True)
class Components:
    """The variance components of one block, as variances of log errors.

    Attributes:
        constant: per component, present from the first step on.
        per_year: per component, added for each year ahead.
        white: noise within a year per component: ``series`` and ``count noise``.
        scale: per level, the factor on the standard deviation that calibration asked for.
        observations: per level, the number of errors behind it.
        coverage_before: per level, share inside the 80 % band before scaling.
    """

    constant: dict[str, float]
    per_year: dict[str, float]
    white: dict[str, float]
    scale: dict[str, float] = field(default_factory=dict)
    observations: dict[str, int] = field(default_factory=dict)
    coverage_before: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Rows:
    features: Array  # (rows, components): sum of squared shares
    years: Array  # (rows,): middle of the year ahead
    errors: Array  # (rows,): log error
    level: npt.NDArray[np.int64]  # (rows,): index into levels


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
    names = (*levels, COUNT)
    rows = _stack([_yearly_rows(hierarchy, origin, unit, season, levels) for origin in origins])
    naive = _stack([_yearly_rows(hierarchy, each, unit, season, levels) for each in record])
    prior = _stretched(naive, names)
    solved = _solve(rows, prior)
    scale, counts, before = _calibration(rows, solved, levels)
    if rows.errors.size:
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
    )


def _yearly_rows(
    hierarchy: Hierarchy, origin: OriginErrors, unit: Array, season: int, levels: tuple[str, ...]
) -> _Rows:
    features, years, errors, level_of = [], [], [], []
    for year in range(origin.forecast.shape[1] // season):
        span = slice(year * season, (year + 1) * season)
        forecast, actual = origin.forecast[:, span].sum(axis=1), origin.actual[:, span].sum(axis=1)
        known = np.isfinite(actual) & (forecast > 0)
        if not known.any():
            continue
        part = hierarchy.subset(known)
        shares = _Shares(part, forecast[known], unit[known], levels)
        for number, level in enumerate(levels):
            error = shares.log_error(actual[known], level)
            features.append(shares.features(level))
            errors.append(error)
            years.append(np.full(len(error), year + 0.5))
            level_of.append(np.full(len(error), number))
    if not features:
        return _Rows(np.empty((0, len(levels) + 1)), *(np.empty(0),) * 2, np.empty(0, dtype=int))
    return _Rows(
        np.vstack(features), np.hstack(years), np.hstack(errors), np.hstack(level_of).astype(int)
    )


class _Shares:
    """Squared shares of the groups of every component in the groups of every level."""

    def __init__(
        self, hierarchy: Hierarchy, forecast: Array, unit: Array, levels: tuple[str, ...]
    ) -> None:
        self.hierarchy, self.forecast, self.unit, self.levels = hierarchy, forecast, unit, levels

    def features(self, level: str) -> Array:
        """Return sums of squared shares, shape (groups of the level, components)."""
        total = self.hierarchy.add_up(self.forecast, level)
        columns = [self._squared(level, component) / total**2 for component in self.levels]
        noise = self.hierarchy.add_up(self.forecast * self.unit, level) / total**2
        return np.column_stack([*columns, np.minimum(noise, 1.0)])

    def _squared(self, level: str, component: str) -> Array:
        """Sum of squares of what each component group holds within each level group."""
        size = self.hierarchy.size(component)
        pair = self.hierarchy.groups[level] * size + self.hierarchy.groups[component]
        pairs, inverse = np.unique(pair, return_inverse=True)
        held = np.bincount(inverse, weights=self.forecast)
        return np.bincount(
            pairs // size, weights=held**2, minlength=self.hierarchy.size(level)
        ).astype(float)

    def log_error(self, actual: Array, level: str) -> Array:
        """Return log(actual / forecast) per group, softened by half a typical unit."""
        forecast = self.hierarchy.add_up(self.forecast, level)
        soft = 0.5 * self.hierarchy.add_up(self.forecast * self.unit, level) / forecast
        ratio = (self.hierarchy.add_up(actual, level) + soft) / (forecast + soft)
        return np.clip(np.log(np.maximum(ratio, 1e-9)), -_CLIP, _CLIP)


def _stack(parts: Sequence[_Rows]) -> _Rows:
    parts = [part for part in parts if part.errors.size] or list(parts[:1])
    if not parts:
        return _Rows(np.empty((0, 0)), np.empty(0), np.empty(0), np.empty(0, dtype=int))
    return _Rows(
        np.vstack([part.features for part in parts]),
        np.hstack([part.years for part in parts]),
        np.hstack([part.errors for part in parts]),
        np.hstack([part.level for part in parts]),
    )


def _design(rows: _Rows) -> Array:
    return np.hstack([rows.features, rows.features * rows.years[:, None]])


def _variance(rows: _Rows, solved: Array) -> Array:
    return np.asarray(np.maximum(_design(rows) @ solved, 1e-8))


def _prior(names: tuple[str, ...]) -> Array:
    constant = [_PRIOR_CONSTANT.get(name, _PRIOR_GROUP[0]) for name in names]
    per_year = [_PRIOR_PER_YEAR.get(name, _PRIOR_GROUP[1]) for name in names]
    return np.array([*constant, *per_year])


def _stretched(naive: _Rows, names: tuple[str, ...]) -> Array:
    """Widen the prior where the record moves more than it expects; never narrow it."""
    prior = _prior(names)
    if not naive.errors.size:
        return prior
    standard = np.abs(naive.errors) / np.sqrt(_variance(naive, prior))
    per_level = [np.quantile(standard[naive.level == at], 0.8) for at in np.unique(naive.level)]
    factor = float(np.clip(np.median(per_level) / _Z_80, 1.0, _MOST_STRETCH))
    counts = np.array([name == COUNT for name in (*names, *names)])
    return np.where(counts, prior, prior * factor**2)


def _solve(rows: _Rows, prior: Array, target: Array | None = None) -> Array:
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
    rows: _Rows, solved: Array, levels: tuple[str, ...]
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
