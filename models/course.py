"""The course of groups of series in logs: trend, season, wandering level, and what disturbs them.

A step in a history can only be told from noise when one says what the history would have done
otherwise. Here it follows a straight trend in logs, a season, and a level that wanders as a random
walk; how much of each is chosen per group by restricted likelihood over a small grid. The noise
being correlated is what keeps the standard error of a step honest (generalised least squares,
Harvey 1989, chapter 7). All groups that share their columns are fitted at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

# Variance, in units of the noise, that the level gains per period, and that of the season.
_WANDER = (0.0, 0.01, 0.05, 0.25, 1.0)
_SEASON = (0.1, 10.0)
_LEAST_NOISE = 0.01  # a history without any noise still leaves a percent of doubt
_TINY = 1e-9
_SHARE = 0.05  # of the mean, the most that is added before a logarithm


@dataclass(frozen=True)
class Course:
    """The fit of some groups to shared columns.

    Attributes:
        coefficients: one per column and group, in logs, shape (columns, groups).
        covariance: of the coefficients in units of the noise, (settings, columns, columns).
        noise: variance of the noise per group.
        setting: which setting of wandering and season was chosen per group.
        criterion: minus twice the restricted log-likelihood per group.
        freedom: periods minus columns.
    """

    coefficients: Array
    covariance: Array
    noise: Array
    setting: Whole
    criterion: Array
    freedom: int

    def effect(self, contrast: Array) -> tuple[Array, Array]:
        """Return a weighted sum of coefficients and its standard error, each (groups,)."""
        variance = np.einsum("i,kij,j->k", contrast, self.covariance, contrast)[self.setting]
        error = np.sqrt(np.maximum(variance, 0.0) * self.noise)
        return contrast @ self.coefficients, error


@dataclass(frozen=True)
class Jumps:
    """The most likely unannounced step per group.

    Attributes:
        at: first period of the new level, counted from the first row.
        size: in logs.
        score: how many standard normal deviations it is off.
        gain: how much better the history is described with it (minus twice the log-likelihood).
    """

    at: Whole
    size: Array
    score: Array
    gain: Array


def logarithms(totals: Array) -> Array:
    """Return logs of use, (periods, groups); half a client, or less, stands in for nothing."""
    use = np.maximum(totals, 0.0)
    least = np.minimum(0.5, _SHARE * use.mean(axis=0))
    return np.asarray(np.log(use + np.maximum(least, 1e-12)))


def base_columns(periods: int, season: int) -> Array:
    """Return the columns every course has: a level and a trend in years, (periods, 2)."""
    time = (np.arange(periods) - periods + 1) / season
    return np.stack([np.ones(periods), time], axis=1)


def fit(logs: Array, columns: Array, season: int) -> Course:
    """Fit the course of groups.

    Args:
        logs: logarithms of use, shape (periods, groups), finite.
        columns: `base_columns` and those of events, shape (periods, columns).
        season: periods per year.

    Returns:
        The fit; a column that the history cannot tell gets a huge standard error.
    """
    freedom = max(len(logs) - columns.shape[1], 1)
    fits = [_solve(logs, columns, *error) for error in _errors(len(logs), season)]
    noise = np.maximum(np.stack([f[2] for f in fits]) / freedom, _LEAST_NOISE**2)
    criterion = freedom * np.log(noise) + np.array([[f[3]] for f in fits])
    best = criterion.argmin(axis=0)
    groups = np.arange(logs.shape[1])
    return Course(
        coefficients=np.stack([f[0] for f in fits])[best, :, groups].T,
        covariance=np.stack([f[1] for f in fits]),
        noise=noise[best, groups],
        setting=best,
        criterion=criterion[best, groups],
        freedom=freedom,
    )


def find_jumps(logs: Array, columns: Array, season: int, allowed: Whole) -> Jumps:
    """Look for the step that a history shows most clearly beside the given columns.

    Args:
        logs: logarithms of use, shape (periods, groups).
        columns: what is known already, shape (periods, columns).
        season: periods per year.
        allowed: the periods at which a step may start, not empty.
    """
    steps = (np.arange(len(logs))[:, None] >= allowed).astype(float)
    freedom = max(len(logs) - columns.shape[1] - 1, 1)
    before = fit(logs, columns, season)
    criterion, size, score = [], [], []
    for inverse, spread in _errors(len(logs), season):
        _, _, squares, fixed = _solve(logs, columns, inverse, spread)
        clean = _cleaned(columns, inverse)
        power = np.maximum(np.einsum("pt,pq,qt->t", steps, clean, steps), _TINY)[:, None]
        found = steps.T @ clean @ logs
        noise = np.maximum((squares - found**2 / power) / freedom, _LEAST_NOISE**2)
        criterion.append(freedom * np.log(noise) + fixed + np.log(power))
        size.append(found / power)
        score.append(_normal(np.abs(found) / np.sqrt(power * noise), freedom))
    stacked = np.stack(criterion)
    flat = stacked.reshape(-1, stacked.shape[2]).argmin(axis=0)
    best, at = np.divmod(flat, len(allowed))
    groups = np.arange(logs.shape[1])
    gain = before.criterion - stacked[best, at, groups]
    return Jumps(
        allowed[at], np.stack(size)[best, at, groups], np.stack(score)[best, at, groups], gain
    )


def significance(size: Array, error: Array, freedom: int) -> Array:
    """Return how many standard normal deviations an effect is off, (groups,), not negative."""
    return _normal(np.abs(size) / np.maximum(error, _TINY), freedom)


def _normal(t: Array, freedom: int) -> Array:
    """Turn Student's t into a normal deviate (Wallace 1959): few periods prove little."""
    shrink = (8 * freedom + 1) / (8 * freedom + 3)
    return np.asarray(shrink * np.sqrt(freedom * np.log1p(t**2 / freedom)))


def _solve(logs: Array, columns: Array, inverse: Array, spread: float) -> tuple[Array, ...]:
    """Coefficients, covariance, squares left, and the part of the criterion without noise."""
    weighted = columns.T @ inverse
    information = weighted @ columns
    covariance = np.linalg.inv(information + _TINY * np.trace(information) * np.eye(len(weighted)))
    coefficients = covariance @ (weighted @ logs)
    rest = logs - columns @ coefficients
    squares = np.maximum(np.einsum("pg,pq,qg->g", rest, inverse, rest, optimize=True), 0.0)
    fixed = spread - np.linalg.slogdet(covariance)[1]
    return coefficients, covariance, squares, fixed


def _cleaned(columns: Array, inverse: Array) -> Array:
    """The inverse of the errors with the columns swept out."""
    weighted = columns.T @ inverse
    information = weighted @ columns
    stable = information + _TINY * np.trace(information) * np.eye(len(information))
    return np.asarray(inverse - weighted.T @ np.linalg.solve(stable, weighted))


@lru_cache(maxsize=64)
def _errors(periods: int, season: int) -> tuple[tuple[Array, float], ...]:
    """Inverse and log determinant of the covariance of errors, per setting."""
    at = np.arange(periods)
    walk = np.minimum(at[:, None], at).astype(float)
    phase = ((at[:, None] - at) % season == 0).astype(float)
    seasons = _SEASON if season > 1 else (0.0,)
    result = []
    for wander, strength in product(_WANDER, seasons):
        matrix = np.eye(periods) + wander * walk + strength * phase
        result.append((np.linalg.inv(matrix), float(np.linalg.slogdet(matrix)[1])))
    return tuple(result)
