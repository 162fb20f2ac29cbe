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
from models.demand import RECIPES, Recipe
from models.ensemble import Ensemble, Trust
from models.hierarchy import REPORTED_LEVELS, Hierarchy

Array = npt.NDArray[np.float64]

_PRIOR_ORIGINS = 2.0  # that members are alike counts as so many origins
_DEFAULT_ORIGINS = 8.0  # and that the default recipe is best as so many
_DOUBT = 0.1  # log loss by which a recipe is expected to be worse, per unit of distance
_TIE = 0.01  # a recipe must win by a percent to beat a simpler one
_FIRST_ORIGIN = {Frequency.MONTH: 24, Frequency.QUARTER: 8, Frequency.YEAR: 3}
_STEP = {Frequency.MONTH: 6, Frequency.QUARTER: 2, Frequency.YEAR: 1}
DEFAULT_RECIPES = {
    Frequency.MONTH: Recipe(damping=0.4, coherence=0.5, pooling=20.0),
    Frequency.QUARTER: Recipe(damping=0.4, coherence=0.5, pooling=20.0),
    # Eight points hardly show a trend: stay near the last year until origins prove otherwise.
    Frequency.YEAR: Recipe(damping=0.7, coherence=0.0, pooling=20.0),
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


@dataclass(frozen=True)
class MemberLosses:
    """Absolute errors of yearly sums of every member from one origin, at every level it was asked.

    Attributes:
        losses: level -> member -> relative loss per year ahead, shape (years,): one is the average
            of the members that spoke of all groups of the level; NaN where nothing could be judged.
    """

    losses: dict[str, dict[str, Array]]

    @classmethod
    def of(cls, ensemble: Ensemble, actual: Array) -> MemberLosses:
        """Judge all members against what happened (series, steps), NaN where unknown."""
        hierarchy, live = ensemble.block.hierarchy, ensemble.state.live
        season = ensemble.block.frequency.per_year
        was = _yearly(actual, season)
        losses = {}
        for level, said in ensemble.said.items():
            if not said.members:  # no series ran any more at that origin
                continue
            known = hierarchy.add_up((live[:, None] & ~np.isfinite(was)).astype(float), level) == 0
            total = hierarchy.add_up(np.where(live[:, None], np.nan_to_num(was), 0.0), level)
            yearly = _yearly(said.values, season)
            losses[level] = _relative(said.members, yearly, np.where(known, total, np.nan))
        return cls(losses)


def _yearly(values: Array, season: int) -> Array:
    years = values.shape[-1] // season
    blocks = values[..., : years * season].reshape(*values.shape[:-1], years, season)
    return np.asarray(blocks.sum(axis=-1))


def _relative(members: tuple[str, ...], said: Array, was: Array) -> dict[str, Array]:
    """Loss of each member over that of their average, on the groups that all spoke of."""
    spoke = np.asarray(np.isfinite(said).all(axis=-1).any(axis=-1))
    shared = np.isfinite(said[spoke]).all(axis=0) & np.isfinite(was)
    error = np.abs(np.where(shared, said[spoke] - was, 0.0)).sum(axis=1)
    average = error.mean(axis=0)
    relative = np.divide(error, average, out=np.full_like(error, np.nan), where=average > 0)
    names = [name for name, has in zip(members, spoke, strict=True) if has]
    return dict(zip(names, relative, strict=True))


def learn_trust(losses: Sequence[MemberLosses], ended_years: Sequence[int]) -> Trust:
    """Return the loss of each member so far, at each level, relative to their average.

    The mean over origins and years that had ended, drawn towards one as if there had been two more
    origins in which all members did alike.

    Args:
        losses: one per origin.
        ended_years: per origin, how many of its years ahead had ended.
    """
    seen: dict[str, dict[str, list[float]]] = {}
    for loss, ended in zip(losses, ended_years, strict=True):
        for level, members in loss.losses.items():
            for name, years in members.items():
                known = years[:ended][np.isfinite(years[:ended])]
                if known.size:
                    seen.setdefault(level, {}).setdefault(name, []).append(float(known.mean()))
    return {
        level: {
            name: float((np.sum(values) + _PRIOR_ORIGINS) / (len(values) + _PRIOR_ORIGINS))
            for name, values in members.items()
        }
        for level, members in seen.items()
    }


def choose_recipe(
    scores: Sequence[RecipeScores], ended_years: Sequence[int], default: Recipe
) -> Recipe:
    """Return the simplest recipe within a percent of the best, over all levels.

    Each origin says by how much every recipe beats the default one (mean over levels and ended
    years of the log of their losses). Few origins say little, so the default counts as if
    it had been better by `_DOUBT` at a few more origins: the further from it, the more a recipe
    has to prove.

    Args:
        scores: one per origin.
        ended_years: per origin, how many of its years ahead had ended when the choice is made.
        default: used when no year has ended yet, and the starting point of the choice.
    """
    prior = np.array([_DOUBT * _distance(recipe, default) for recipe in RECIPES])
    against = RECIPES.index(default)
    gains = [_gain(score, ended, against) for score, ended in zip(scores, ended_years, strict=True)]
    known = [gain for gain in gains if gain is not None]
    if not known:
        return default
    loss = (np.sum(known, axis=0) + _DEFAULT_ORIGINS * prior) / (len(known) + _DEFAULT_ORIGINS)
    return RECIPES[int(np.flatnonzero(loss <= loss.min() + np.log1p(_TIE))[0])]


def _gain(score: RecipeScores, ended: int, against: int) -> Array | None:
    """Log of each recipe's loss over that of the default, mean over levels; None = not judged."""
    scale = score.actuals[:, :ended].sum(axis=1)
    if not scale.any():
        return None
    loss = score.errors[:, :, :ended].sum(axis=2) + 1e-3 * scale
    judged = scale > 0
    return np.asarray(np.log(loss[:, judged] / loss[against, judged]).mean(axis=1))


def _distance(recipe: Recipe, other: Recipe) -> float:
    """How far apart two recipes are, 0-3."""
    pooling = abs(np.log1p(recipe.pooling) - np.log1p(other.pooling)) / np.log1p(100.0)
    return float(
        abs(recipe.damping - other.damping) + abs(recipe.coherence - other.coherence) + pooling
    )
