"""What a month is expected to be before it is known: a level that moves slowly, and a season.

Works on logarithms, so that it is the same for money, for units, and for the share of a ceiling
that is used. Errors of past months are kept, each with the month itself left out of the season, so
that they are the errors of an expectation and not of a fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency, first_days

Array = npt.NDArray[np.float64]

_YEAR = 12
_SEASON_MONTHS = 12  # months with a whole year around them, needed before a season is told
_MONTH_RIDGE = 1.0  # a calendar month is drawn to none as by one more year without season
_DAYS_RIDGE = 0.01  # likewise the effect of working days; their logarithm varies by 0.04
_GAINS = (0.1, 0.2, 0.35, 0.5, 0.7, 0.9)  # how far the level follows the latest month
_NOTHING = 1e-8  # losses below it are the same: the calmest gain is taken
_FAR = 3.0  # errors count up to so many times the usual one


@dataclass(frozen=True, eq=False)
class Expectation:
    """The course of one series of logarithms.

    Attributes:
        season: effect of every month, shape (months,).
        left_out: the same, each month's learned without that month, shape (months,).
        gain: how far the level follows the latest month, 0 to 1.
        level: level after each month, NaN before the first one, shape (months,).
        errors: log(actual / expected) by month and steps ahead (1, 2, ...), NaN where unknown,
            shape (months, steps).
    """

    season: Array
    left_out: Array
    gain: float
    level: Array
    errors: Array

    def of(self, month: int, steps: int) -> float:
        """Return the expected logarithm of a month from the level so many months earlier."""
        before = month - steps
        return float(self.level[before] + self.season[month]) if before >= 0 else float("nan")

    def errors_seen(self, steps: int, missed: Array) -> Array:
        """Return the errors so many steps ahead when the latest months were not final yet.

        Args:
            steps: months ahead.
            missed: log(actual / as seen then) of the month that was the latest, of the one before
                it, and so on; 0 where it was final; shape (months, latest).
        """
        errors = self.errors[:, steps - 1].copy()
        weight = self.gain * (1 - self.gain) ** np.arange(missed.shape[1])
        errors[steps:] += (missed @ weight)[:-steps]
        return errors


def expect(values: Array, first: int, steps: int, learned: npt.NDArray[np.bool_]) -> Expectation:
    """Follow a series of logarithms.

    Args:
        values: shape (months,), NaN = unknown.
        first: ordinal of the first month.
        steps: most months ahead.
        learned: which months may teach the season and be judged; the others (not final yet) only
            move the level.
    """
    final = np.where(learned, values, np.nan)
    season, left_out = _season(final, first)
    moved = values - season
    judged = final - left_out
    tried = {gain: _followed(moved, judged, gain, steps) for gain in _GAINS}
    best = min(tried, key=lambda gain: _loss(tried[gain][1]))
    return Expectation(season, left_out, best, *tried[best])


def winsorised(errors: Array) -> Array:
    """Draw errors beyond three times the usual one to there; the usual one is the middle one."""
    known = np.abs(errors[np.isfinite(errors)])
    if not known.size:
        return errors
    usual = float(np.median(known)) / 0.6745 or float(known.max())
    return np.clip(errors, -_FAR * usual, _FAR * usual)


def _loss(errors: Array) -> float:
    errors = winsorised(errors)
    told = np.isfinite(errors)
    return max(float((errors[told] ** 2).mean()), _NOTHING) if told.any() else np.inf


def _followed(moved: Array, judged: Array, gain: float, steps: int) -> tuple[Array, Array]:
    """Return the level after each month, and the errors by steps ahead."""
    level = np.full(len(moved), np.nan)
    now, seen = np.nan, 0
    for at, value in enumerate(moved):
        if np.isfinite(value):
            seen += 1
            now = value if seen == 1 else now + max(gain, 1 / seen) * (value - now)
        level[at] = now
    errors = np.full((len(moved), steps), np.nan)
    for ahead in range(1, min(steps, len(moved) - 1) + 1):
        errors[ahead:, ahead - 1] = judged[ahead:] - level[:-ahead]
    return level, errors


def _season(values: Array, first: int) -> tuple[Array, Array]:
    """Return the effect of every month, and the same learned without that month."""
    months = np.arange(first, first + len(values))
    around = values - _centre(_calm(values))
    told = np.isfinite(around)
    if told.sum() < _SEASON_MONTHS:
        return np.zeros(len(values)), np.zeros(len(values))
    design = np.column_stack([np.eye(_YEAR)[months % _YEAR] - 1 / _YEAR, _working_days(months)])
    ridge = np.diag([_MONTH_RIDGE] * _YEAR + [_DAYS_RIDGE])
    own = design[told]
    solve = np.linalg.solve(own.T @ own + ridge, own.T)
    season = design @ (solve @ winsorised(around[told]))
    left_out = season.copy()
    leverage = (own * solve.T).sum(axis=1)
    left_out[told] = around[told] - (around[told] - season[told]) / (1 - leverage)
    return season, left_out


def _calm(values: Array) -> Array:
    """Draw months that leap out of the five around them to where a month may be."""
    padded = np.pad(values, 2, mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    return np.where(np.isfinite(middle), middle + winsorised(values - middle), values)


def _centre(values: Array) -> Array:
    """Return the mean of the year around each month (half of the outer two), else NaN."""
    weight = np.array([0.5, *[1.0] * (_YEAR - 1), 0.5]) / _YEAR
    centre = np.full(len(values), np.nan)
    if len(values) > _YEAR:
        half = _YEAR // 2
        centre[half:-half] = np.convolve(values, weight, "valid")
    return centre


def _working_days(months: npt.NDArray[np.int64]) -> Array:
    """Return the logarithm of a month's weekdays against the usual number."""
    starts = first_days(months, Frequency.MONTH)
    ends = first_days(months + 1, Frequency.MONTH)
    counted = np.busday_count(starts, ends).astype(np.float64)
    return np.asarray(np.log(counted * _YEAR / (365.2425 * 5 / 7)))
