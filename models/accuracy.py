"""Losses and coverage with one signature: actual first, forecast after, NaN pairs left out.

Every loss takes arrays of any (equal) shape and returns one float, NaN where nothing can be judged.
Definitions: Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., 5.8-5.9.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
PINBALL_LEVELS = (0.1, 0.5, 0.9)
_Z_95 = 1.959963984540054


def _paired(actual: Array, *forecasts: Array) -> tuple[Array, ...]:
    known = np.isfinite(actual)
    for forecast in forecasts:
        known &= np.isfinite(forecast)
    return tuple(np.asarray(values, dtype=float)[known] for values in (actual, *forecasts))


def wape(actual: Array, forecast: Array) -> float:
    """Return the weighted absolute error: sum of |error| over sum of |actual|, percent."""
    known, predicted = _paired(actual, forecast)
    scale = float(np.abs(known).sum())
    return 100 * float(np.abs(known - predicted).sum()) / scale if scale > 0 else math.nan


def bias(actual: Array, forecast: Array) -> float:
    """Return sum of (forecast - actual) over sum of |actual|, percent; positive = too high."""
    known, predicted = _paired(actual, forecast)
    scale = float(np.abs(known).sum())
    return 100 * float((predicted - known).sum()) / scale if scale > 0 else math.nan


def pinball(actual: Array, forecast: Array, level: float) -> float:
    """Return the summed quantile loss of one level (0-1), in the unit of the values."""
    known, predicted = _paired(actual, forecast)
    error = known - predicted
    return float(np.maximum(level * error, (level - 1) * error).sum())


def scaled_pinball(actual: Array, p10: Array, p50: Array, p90: Array) -> float:
    """Return twice the mean quantile loss of P10, P50, P90 over sum of |actual|, percent.

    With a single point as all three quantiles this equals the WAPE, so the two read alike.
    """
    known, *quantiles = _paired(actual, p10, p50, p90)
    scale = float(np.abs(known).sum())
    if scale <= 0:
        return math.nan
    losses = [pinball(known, q, level) for q, level in zip(quantiles, PINBALL_LEVELS, strict=True)]
    return 100 * 2 * float(np.mean(losses)) / scale


def coverage(actual: Array, lower: Array, upper: Array) -> float:
    """Return the share (0-1) of actuals inside [lower, upper]."""
    known, low, high = _paired(actual, lower, upper)
    return float(np.mean((known >= low) & (known <= high))) if known.size else math.nan


def share_interval(share: float, observations: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share observed in so many independent trials.

    Source: Wilson (1927), JASA 22, 209-212.
    """
    if observations <= 0 or not math.isfinite(share):
        return (0.0, 1.0)
    z2 = _Z_95**2
    middle = (share + z2 / (2 * observations)) / (1 + z2 / observations)
    spread = share * (1 - share) / observations + z2 / (4 * observations**2)
    half = _Z_95 * math.sqrt(spread) / (1 + z2 / observations)
    return (max(0.0, middle - half), min(1.0, middle + half))
