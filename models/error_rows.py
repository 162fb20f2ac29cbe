"""Rolling-origin errors laid out so that one regression can explain them at all levels.

For a sum with shares w, the expected squared error is linear in the variance components: each
counts with the sum of w squared per group (`models.uncertainty`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.hierarchy import Hierarchy

Array = npt.NDArray[np.float64]

_CLIP = 1.5  # a larger error says that something broke, not how wide a band should be


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
class Rows:
    """Errors of groups of all levels.

    Attributes:
        features: sum of squared shares per component; small cells and count noise last; shape
            (rows, components).
        years: middle of the year ahead, shape (rows,).
        errors: actual / forecast - 1, shape (rows,).
        level: index into the levels, shape (rows,).
    """

    features: Array  # (rows, components): sum of squared shares
    years: Array  # (rows,): middle of the year ahead
    errors: Array  # (rows,): relative error
    level: npt.NDArray[np.int64]  # (rows,): index into levels


def yearly_rows(
    hierarchy: Hierarchy, origin: OriginErrors, unit: Array, season: int, levels: tuple[str, ...]
) -> Rows:
    """Return the errors of yearly sums from one origin, at every level.

    Args:
        hierarchy: the series and their groups.
        origin: what was forecast and what happened, (series, steps).
        unit: index of dispersion per series, shape (series,).
        season: periods per year.
        levels: the levels to lay out, each a component too.
    """
    features, years, errors, level_of = [], [], [], []
    for year in range(origin.forecast.shape[1] // season):
        span = slice(year * season, (year + 1) * season)
        forecast, actual = origin.forecast[:, span].sum(axis=1), origin.actual[:, span].sum(axis=1)
        known = np.isfinite(actual) & (forecast > 0)
        if not known.any():
            continue
        part = hierarchy.subset(known)
        shares = Shares(part, forecast[known], unit[known], levels)
        for number, level in enumerate(levels):
            error = shares.relative_error(actual[known], level)
            features.append(shares.features(level))
            errors.append(error)
            years.append(np.full(len(error), year + 0.5))
            level_of.append(np.full(len(error), number))
    if not features:
        return Rows(np.empty((0, len(levels) + 2)), *(np.empty(0),) * 2, np.empty(0, dtype=int))
    return Rows(
        np.vstack(features), np.hstack(years), np.hstack(errors), np.hstack(level_of).astype(int)
    )


class Shares:
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
        own = np.sqrt(np.minimum(self.unit / self.forecast, 1.0))
        small = self.hierarchy.add_up(self.forecast**2 * own, level) / total**2
        return np.column_stack([*columns, small, np.minimum(noise, 1.0)])

    def _squared(self, level: str, component: str) -> Array:
        """Sum of squares of what each component group holds within each level group."""
        size = self.hierarchy.size(component)
        pair = self.hierarchy.groups[level] * size + self.hierarchy.groups[component]
        pairs, inverse = np.unique(pair, return_inverse=True)
        held = np.bincount(inverse, weights=self.forecast)
        return np.bincount(
            pairs // size, weights=held**2, minlength=self.hierarchy.size(level)
        ).astype(float)

    def relative_error(self, actual: Array, level: str) -> Array:
        """Return actual / forecast - 1 per group, softened by half a typical unit."""
        forecast = self.hierarchy.add_up(self.forecast, level)
        soft = 0.5 * self.hierarchy.add_up(self.forecast * self.unit, level) / forecast
        ratio = (self.hierarchy.add_up(actual, level) + soft) / (forecast + soft)
        return np.clip(ratio - 1.0, -1.0, _CLIP)


def stack(parts: Sequence[Rows]) -> Rows:
    """Put the rows of several origins under one another."""
    parts = [part for part in parts if part.errors.size] or list(parts[:1])
    if not parts:
        return Rows(np.empty((0, 0)), np.empty(0), np.empty(0), np.empty(0, dtype=int))
    return Rows(
        np.vstack([part.features for part in parts]),
        np.hstack([part.years for part in parts]),
        np.hstack([part.errors for part in parts]),
        np.hstack([part.level for part in parts]),
    )
