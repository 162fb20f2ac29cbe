"""Several opinions on one amount, weighted by what they used to miss, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.expectation import winsorised

Array = npt.NDArray[np.float64]

_ENOUGH = 12  # past months from which a source's spread is its own
_DOUBT = 6.0  # covariance is drawn to none as by so many months in which sources erred apart
_FEWEST = 3.0  # a band never counts on less
_USUAL_GAP = 4.0  # sources two standard deviations apart still agree
_LEAST = 1e-5  # standard deviation of a source that never missed


@dataclass(frozen=True, eq=False)
class Opinion:
    """What one source says of an amount.

    Attributes:
        source: its name.
        value: logarithm of the amount.
        errors: log(actual / said) in past months, NaN where not known, shape (months,); the same
            months for all opinions that are combined.
        spread: standard deviation of such errors in comparable cases, used as far as there are few
            own ones.
    """

    source: str
    value: float
    errors: Array
    spread: float

    @property
    def count(self) -> int:
        """The number of own errors."""
        return int(np.isfinite(self.errors).sum())

    @property
    def variance(self) -> float:
        """The variance of the error: its own, and the borrowed one as far as months are few."""
        own = mean_square(self.errors)
        lacking = max(_ENOUGH - self.count, 0)
        kept = self.count * (own if np.isfinite(own) else 0.0) + lacking * self.spread**2
        return max(kept / (self.count + lacking), _LEAST**2)


@dataclass(frozen=True)
class Verdict:
    """Opinions combined.

    Attributes:
        value: logarithm of the amount.
        sd: standard deviation of log(actual / amount), as a band should use it.
        weights: per source; they add up to one, none is negative.
    """

    value: float
    sd: float
    weights: dict[str, float]


def mean_square(errors: Array) -> float:
    """Return the mean square of errors, far ones drawn in; NaN without any."""
    known = winsorised(errors)
    known = known[np.isfinite(known)]
    return float((known**2).mean()) if known.size else float("nan")


def usual_loss(errors: Array) -> float:
    """Return the mean square of errors as something to choose by: infinite without any."""
    found = mean_square(errors)
    return found if np.isfinite(found) else np.inf


def combined(opinions: Sequence[Opinion]) -> Verdict | None:
    """Combine opinions with the weights of the least variance; None without any."""
    if not opinions:
        return None
    covariance = _covariance(opinions)
    weights = _weights(covariance)
    values = np.array([opinion.value for opinion in opinions])
    value = float(weights @ values)
    variance = float(weights @ covariance @ weights)
    months = float(weights @ [max(float(opinion.count), _FEWEST) for opinion in opinions])
    apart = _disagreement(values - value, covariance, weights > 0)
    # P90 of Student's t over that of the normal distribution (first term of its expansion), and
    # the error of the mean of so many months.
    widened = (1 + 0.66 / months) * np.sqrt(1 + 1 / months)
    named = {opinion.source: float(w) for opinion, w in zip(opinions, weights, strict=True)}
    return Verdict(value, float(np.sqrt(variance * apart) * widened), named)


def _covariance(opinions: Sequence[Opinion]) -> Array:
    sd = np.sqrt([opinion.variance for opinion in opinions])
    errors = np.array([winsorised(opinion.errors) for opinion in opinions])
    correlation = np.eye(len(opinions))
    for one in range(len(opinions)):
        for other in range(one):
            correlation[one, other] = correlation[other, one] = _correlation(*errors[[one, other]])
    return np.asarray(correlation * np.outer(sd, sd))


def _correlation(one: Array, other: Array) -> float:
    """Return the correlation of errors (about zero), drawn to none as far as months are few."""
    both = np.isfinite(one) & np.isfinite(other)
    size = float(np.sqrt((one[both] ** 2).sum() * (other[both] ** 2).sum()))
    if size < _LEAST**2:
        return 0.0
    months = float(both.sum())
    return float((one[both] * other[both]).sum()) / size * months / (months + _DOUBT)


def _weights(covariance: Array) -> Array:
    """Return the weights of least variance that are not negative."""
    kept = np.ones(len(covariance), dtype=np.bool_)
    while True:
        part = np.linalg.solve(covariance[np.ix_(kept, kept)], np.ones(int(kept.sum())))
        part = part / part.sum()
        if (part >= 0).all():
            weights = np.zeros(len(covariance))
            weights[kept] = part
            return weights
        kept[np.flatnonzero(kept)[part.argmin()]] = False


def _disagreement(gaps: Array, covariance: Array, used: npt.NDArray[np.bool_]) -> float:
    """Return by how much the sources lie further apart than usual, as a factor of variance."""
    if used.sum() < 2:  # noqa: PLR2004 - one alone agrees with itself
        return 1.0
    own = gaps[used]
    distance = float(own @ np.linalg.solve(covariance[np.ix_(used, used)], own))
    return max(1.0, distance / (float(used.sum()) - 1) / _USUAL_GAP)


def usual_misses(errors: Sequence[Array]) -> Array:
    """Return what a usual product misses, per column: the middle of root mean squares.

    Args:
        errors: per product, shape (months, columns), NaN = unknown; products with less than a year
            of errors tell nothing.

    Returns:
        Shape (columns,); NaN where no product tells anything.
    """
    told = [own for own in errors if np.isfinite(own).any(axis=1).sum() >= _ENOUGH]
    if not told:
        return np.full(errors[0].shape[1] if errors else 0, np.nan)
    squares = np.array([[mean_square(column) for column in own.T] for own in told])
    some = np.isfinite(squares).any(axis=0)
    middle = np.nanmedian(np.where(some, squares, 0.0), axis=0)
    return np.asarray(np.where(some, np.sqrt(middle), np.nan))


def unbiased(errors: Array) -> tuple[Array, Array]:
    """Return what is missed on average, 0 where months are few, and the errors beyond that.

    Args:
        errors: shape (products, months, delays), NaN = unknown.
    """
    bias = np.zeros((errors.shape[0], errors.shape[2]))
    for at, delay in np.ndindex(*bias.shape):
        known = errors[at, :, delay]
        known = winsorised(known[np.isfinite(known)])
        if known.size >= _ENOUGH:
            bias[at, delay] = known.mean()
    return bias, errors - bias[:, None, :]
