"""Rolling origins: where to stand, and which recipe did best from there.

Nothing later than an origin decides anything at that origin: the recipe used there is chosen on
the years that had ended by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.demand import RECIPES, Ensemble, Recipe
from models.hierarchy import REPORTED_LEVELS, Hierarchy

Array = npt.NDArray[np.float64]

_TIE = 0.01  # a recipe must win by a percent to beat a simpler one
_FIRST_ORIGIN = {Frequency.MONTH: 24, Frequency.QUARTER: 8, Frequency.YEAR: 3}
_STEP = {Frequency.MONTH: 6, Frequency.QUARTER: 2, Frequency.YEAR: 1}
DEFAULT_RECIPES = {
    Frequency.MONTH: Recipe(damping=0.4, coherence=0.5, pooling=20.0),
    Frequency.QUARTER: Recipe(damping=0.4, coherence=0.0, pooling=5.0),
    # Eight points hardly show a trend: stay near the last year until origins prove otherwise.
    Frequency.YEAR: Recipe(damping=0.7, coherence=0.0, pooling=5.0),
}


def origins(periods: int, frequency: Frequency, most: int = 6) -> list[int]:
    """Return lengths of history to forecast from, oldest first; each leaves a year to judge."""
    first = max(_FIRST_ORIGIN[frequency], periods // 3)
    latest = periods - frequency.per_year
    candidates = list(range(latest, first - 1, -_STEP[frequency]))
    if len(candidates) > most:
        chosen = np.unique(np.linspace(0, len(candidates) - 1, most).round().astype(int))
        candidates = [candidates[at] for at in chosen]
    return sorted(candidates)


@dataclass(frozen=True)
class RecipeScores:
    """Absolute errors of yearly sums of every recipe from one origin.

    Attributes:
        errors: shape (recipes, levels, years).
        actuals: shape (levels, years).
    """

    errors: Array
    actuals: Array

    @classmethod
    def of(cls, ensemble: Ensemble, actual: Array, hierarchy: Hierarchy) -> RecipeScores:
        """Judge all recipes against what happened (series, steps), NaN where unknown."""
        season = ensemble.block.frequency.per_year
        years = actual.shape[1] // season
        errors = np.zeros((len(RECIPES), len(REPORTED_LEVELS), years))
        actuals = np.zeros((len(REPORTED_LEVELS), years))
        for number, recipe in enumerate(RECIPES):
            mean = ensemble.mean(recipe)
            for year in range(years):
                span = slice(year * season, (year + 1) * season)
                for level, (said, was) in enumerate(
                    _level_sums(mean[:, span], actual[:, span], ensemble.state.live, hierarchy)
                ):
                    errors[number, level, year] = np.abs(said - was).sum()
                    actuals[level, year] = np.abs(was).sum()
        return cls(errors, actuals)


def _level_sums(
    mean: Array, actual: Array, live: npt.NDArray[np.bool_], hierarchy: Hierarchy
) -> list[tuple[Array, Array]]:
    known = live & np.isfinite(actual).all(axis=1)
    said = np.where(known, mean.sum(axis=1), 0.0)
    was = np.where(known, np.nan_to_num(actual).sum(axis=1), 0.0)
    return [
        (hierarchy.add_up(said, level), hierarchy.add_up(was, level)) for level in REPORTED_LEVELS
    ]


def choose_recipe(
    scores: Sequence[RecipeScores], ended_years: Sequence[int], default: Recipe
) -> Recipe:
    """Return the simplest recipe within a percent of the best, over all levels.

    Args:
        scores: one per origin.
        ended_years: per origin, how many of its years ahead had ended when the choice is made.
        default: used when no year has ended yet.
    """
    total = np.zeros((len(RECIPES), len(REPORTED_LEVELS)))
    scale = np.zeros(len(REPORTED_LEVELS))
    for score, ended in zip(scores, ended_years, strict=True):
        total += score.errors[:, :, :ended].sum(axis=2)
        scale += score.actuals[:, :ended].sum(axis=1)
    if not scale.any():
        return default
    wape = np.log(np.maximum(total, 1e-9) / np.maximum(scale, 1e-9)).mean(axis=1)
    return RECIPES[int(np.flatnonzero(wape <= wape.min() + np.log1p(_TIE))[0])]
