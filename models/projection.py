"""Continue counts of persons in time: holes filled, a projection chained, then a damped trend.

Arrays are areas x years x age bands. The trend is each band's own growth over its last five known
years, damped from year to year and bounded.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_DAMPING = 0.85  # how much of last year's population growth is still there a year later
_MAX_YEARLY_GROWTH = 0.06
_TREND_YEARS = 5
# A band may differ from its own projection by this much more than its whole area does. Beyond it
# the numbers are small, and a ratio would turn one projected person into hundreds.
_MAX_OWN_RATIO = 2.0


def completed(known: Array) -> Array:
    """Fill every year: inside interpolated, before the first held, after the last the trend."""
    first, last = ends(np.isfinite(known))
    held = _held(known)
    at = np.clip(last, 0, None)
    since = np.clip(last - _TREND_YEARS, np.minimum(first, at), None)
    now, then = (np.take_along_axis(held, position, axis=1) for position in (at, since))
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.log(now / then) / np.maximum(at - since, 1)
    growth = np.clip(np.nan_to_num(growth), -_MAX_YEARLY_GROWTH, _MAX_YEARLY_GROWTH)
    ahead = np.clip(np.arange(known.shape[1])[None, :, None] - last, 0, None)
    total = _DAMPING * (1 - _DAMPING**ahead) / (1 - _DAMPING)
    return np.where(last >= 0, held * np.exp(growth * total), 0.0)


def inside(known: Array) -> Array:
    """Interpolate between known years and hold the outermost; NaN outside the known years."""
    first, last = ends(np.isfinite(known))
    steps = np.arange(known.shape[1])[None, :, None]
    return np.where((steps >= first) & (steps <= last), _held(known), np.nan)


def _held(known: Array) -> Array:
    there, years = np.isfinite(known), known.shape[1]
    steps = np.arange(years)[None, :, None]
    first, last = ends(there)
    before = np.maximum.accumulate(np.where(there, steps, -1), axis=1)
    after = np.minimum.accumulate(np.where(there, steps, years)[:, ::-1], axis=1)[:, ::-1]
    low = np.clip(np.maximum(before, first), 0, years - 1)
    high = np.clip(np.minimum(after, last), 0, years - 1)
    start, end = (np.take_along_axis(known, at, axis=1) for at in (low, high))
    return np.asarray(start + (end - start) * (steps - low) / np.maximum(high - low, 1))


def ends(there: Mask) -> tuple[Whole, Whole]:
    """First and last known year as position, (years, -1) where there is none; one per band."""
    years = there.shape[1]
    some = there.any(axis=1, keepdims=True)
    first = np.where(some, there.argmax(axis=1)[:, None], years)
    last = np.where(some, years - 1 - there[:, ::-1].argmax(axis=1)[:, None], -1)
    return first, last


def chained(held: Array, last: Whole, coming: Array, source: Whole) -> tuple[Array, Mask]:
    """Continue each area from its own last count with the projection it follows.

    Returns:
        Counts and chained projection (NaN = neither), and which areas the projection carries
        beyond their last count.
    """
    steps = np.arange(held.shape[1])[None, :, None]
    own = (source == np.arange(len(source)))[:, None, None]
    ahead = np.where((source >= 0)[:, None, None], coming[source], np.nan)
    at = np.clip(last, 0, None)
    now = np.take_along_axis(held, at, axis=1)
    base = np.take_along_axis(ahead, at, axis=1)
    # A projection that begins after the last count is linked to the count of its own area.
    base = np.where(np.isfinite(base), base, np.take_along_axis(held[source], at, axis=1))
    value = np.maximum(now + _ratio(now, base, own, last >= 0) * (ahead - base), 0.0)
    value = np.where(last >= 0, value, np.where(own, ahead, np.nan))
    reaches = (np.isfinite(value) & (steps > last)).any(axis=(1, 2))
    return np.where(steps <= last, held, value), reaches


def _ratio(now: Array, base: Array, own: Mask, counted: Mask) -> Array:
    """Persons per projected person in the year where count and projection meet."""
    with np.errstate(divide="ignore", invalid="ignore"):
        per_band = now / base
        sums = [np.where(counted, part, 0.0).sum(axis=2, keepdims=True) for part in (now, base)]
        area = sums[0] / sums[1]
    area = np.where(np.isfinite(area) & (area > 0), area, 1.0)
    bounded = np.clip(per_band, area / _MAX_OWN_RATIO, area * _MAX_OWN_RATIO)
    bounded = np.where(np.isnan(per_band), area, bounded)
    return np.where(own, bounded, np.where(np.isfinite(per_band), per_band, 0.0))
