"""Continue counts of persons in time: holes filled, a projection chained, then a damped trend.

Arrays are areas x years x age bands. The trend is each band's own growth over its last five known
years, damped from year to year and bounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_DAMPING = 0.85  # how much of last year's population growth is still there a year later
_MAX_YEARLY_GROWTH = 0.06
_TREND_YEARS = 5
# A band may differ from its own projection by this factor more than all areas together do. Further
# away the numbers are small (a district being built), and a ratio would turn one projected person
# into hundreds: by twice as far off, the projected persons are added instead.
_MAX_OWN_RATIO = 2.0


@dataclass(frozen=True)
class Counts:
    """Counted persons, continued without any projection.

    Attributes:
        held: persons, shape (areas, years, bands).
        first: position of the first counted year, the number of years where there is none; shape
            (areas, 1, bands).
        last: position of the last counted year, -1 where there is none; same shape.
    """

    held: Array
    first: Whole
    last: Whole


def completed(known: Array) -> Array:
    """Fill every year: inside interpolated, before the first held, after the last the trend.

    Args:
        known: persons, NaN where unknown, shape (areas, years, bands).

    Returns:
        The same without unknown years; zero where a band is never known.
    """
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
    """Interpolate between known years; NaN outside them. Shape (areas, years, bands)."""
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
    """Return the first and last known year per area and band.

    Args:
        there: which years are known, shape (areas, years, bands).

    Returns:
        Positions on the axis of years, each of shape (areas, 1, bands); the number of years and
        -1 where no year is known.
    """
    years = there.shape[1]
    some = there.any(axis=1, keepdims=True)
    first = np.where(some, there.argmax(axis=1)[:, None], years)
    last = np.where(some, years - 1 - there[:, ::-1].argmax(axis=1)[:, None], -1)
    return first, last


def chained(counts: Counts, coming: Array, source: Whole) -> tuple[Array, Mask]:
    """Continue each area from its own last count with the projection it follows.

    Args:
        counts: what was counted.
        coming: projections, NaN outside their years, shape (areas, years, bands).
        source: row of the area whose projection each area follows, -1 for none, shape (areas,).

    Returns:
        Counts and chained projection (NaN = neither), and which areas the projection carries
        beyond their last count.
    """
    held, last = counts.held, counts.last
    steps = np.arange(held.shape[1])[None, :, None]
    own = (source == np.arange(len(source)))[:, None, None]
    ahead = np.where((source >= 0)[:, None, None], coming[source], np.nan)
    at = np.clip(last, 0, None)
    now = np.take_along_axis(held, at, axis=1)
    base = np.take_along_axis(ahead, at, axis=1)
    # A projection that begins after the last count is linked to the count of its own area.
    base = np.where(np.isfinite(base), base, np.take_along_axis(held[source], at, axis=1))
    value = np.maximum(now + _ratio(now, base, own & (last >= 0), own) * (ahead - base), 0.0)
    value = np.where(last >= 0, value, np.where(own, ahead, np.nan))
    reaches = np.asarray((np.isfinite(value) & (steps > last)).any(axis=(1, 2)))
    counted = np.where(steps >= counts.first, held, np.nan)
    return np.where(steps > last, value, counted), reaches


def _ratio(now: Array, base: Array, both: Mask, own: Mask) -> Array:
    """Persons per projected person in the year where count and projection meet.

    A municipal projection is followed in proportion; where it counts nobody, not at all.
    """
    counted, projected = float(now[both].sum()), float(base[both].sum())
    usual = counted / projected if counted > 0 and projected > 0 else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = now / base
        apart = np.abs(np.log(ratio / usual)) / np.log(_MAX_OWN_RATIO)
    trusted = np.clip(2 - np.nan_to_num(apart, nan=np.inf), 0.0, 1.0)
    in_proportion = np.where(np.isfinite(ratio), ratio, 0.0)
    return np.where(own, usual * (ratio / usual) ** trusted, in_proportion)
