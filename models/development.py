"""How the declarations of one month of care come in over the months after it.

The model is the cross-classified chain ladder, with the calendar of the offices added to it: what
is declared ``d`` months after service month ``m`` is ``final x pace[d] x office[calendar month of
m + d]``, scaled so that each service month adds up to its final amount. Without the calendar it has
the chain ladder's estimates (Renshaw and Verrall 1998, British Actuarial Journal 4:903-923, who
also show that negative increments are no obstacle to it). Paces are trimmed means over service
months, so that a few odd months, and months that were credited later, do not bend them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency, ordinals

Array = npt.NDArray[np.float64]
Cents = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LONGEST = 24  # months; what comes in later still belongs to the last of them
OWN_MONTHS = 12  # service months of its own from which a product borrows no development
_ONE_YEAR = 12
_OFFICE_YEARS = 3  # years of declarations from which the calendar of the offices is estimated
_ROUNDS = 25  # the fit settles within ten
_TRIM = 0.1  # share of the service months left out at either end
_MATURE = 0.5  # share declared from which a service month tells the pace of the earlier delays
_AT_ONCE_MONTHS = 6  # service months that nothing followed: the product declares at once


@dataclass(frozen=True, eq=False)
class Triangle:
    """What one municipality declared, by product, service month and months of delay.

    Attributes:
        products: codes, sorted.
        first: ordinal of the first service month.
        increments: whole cents, shape (products, months, LONGEST + 1); the months end with the one
            in which was looked.
        seen: number of the last service month of which delay 0 has come in, counted from ``first``.
        start: number of the first service month of each product, shape (products,).
    """

    products: tuple[str, ...]
    first: int
    increments: Cents
    seen: int
    start: npt.NDArray[np.int64]

    @property
    def months(self) -> int:
        """The number of service months."""
        return int(self.increments.shape[1])

    @property
    def cumulated(self) -> Array:
        """Cents declared up to each delay; NaN where that delay has yet to come."""
        known = np.cumsum(self.increments, axis=2).astype(np.float64)
        return np.where(self.arrived, known, np.nan)

    @property
    def arrived(self) -> Mask:
        """Tell which service months and delays have been seen, shape (months, LONGEST + 1)."""
        when = np.add.outer(np.arange(self.months), np.arange(LONGEST + 1))
        return np.asarray(when <= self.seen)

    @property
    def calendar(self) -> npt.NDArray[np.int64]:
        """Calendar month (0 = January) of declaration, shape (months, LONGEST + 1)."""
        when = np.add.outer(np.arange(self.months), np.arange(LONGEST + 1))
        return np.asarray((self.first + when) % _ONE_YEAR)

    def ages(self) -> npt.NDArray[np.int64]:
        """Return how many service months of each product have been seen, shape (products,)."""
        return np.asarray(self.seen + 1 - self.start)


@dataclass(frozen=True, eq=False)
class Development:
    """The pace at which the products of one municipality are declared.

    Attributes:
        triangle: what it was learned from.
        longest: longest delay per product, shape (products,); 0 = declared at once.
        pace: share declared per delay in offices' average month, shape (products, LONGEST + 1).
        office: how much the offices declare by calendar month, relative, shape (12,).
        shares: expected share declared by service month and delay, cumulated, shape
            (products, months, LONGEST + 1).
        final: cents per service month, as the chain ladder has it, shape (products, months); what
            was declared where the service month is complete, NaN where nothing can be said.
        complete: which service months lie beyond the longest delay, shape (products, months).
        own: how far the pace is the product's own, 0 to 1, shape (products,).
    """

    triangle: Triangle
    longest: npt.NDArray[np.int64]
    pace: Array
    office: Array
    shares: Array
    final: Array
    complete: Mask
    own: Array

    def errors(self) -> Array:
        """Return log(final / chain ladder) of complete months by delay; NaN where not known.

        Shape (products, months, LONGEST + 1).
        """
        known = self.triangle.cumulated
        usable = (known > 0) & (self.final > 0)[:, :, None] & self.complete[:, :, None]
        usable &= self.shares > 0
        said = np.where(usable, known / np.where(self.shares > 0, self.shares, 1.0), 1.0)
        final = np.where(usable, self.final[:, :, None], 1.0)
        return np.where(usable, np.log(final / said), np.nan)


def triangle_of(declarations: pd.DataFrame, at: int) -> Triangle:
    """Lay the declarations of one municipality in a triangle.

    Args:
        declarations: rows of the panel of one municipality, at least one declared by ``at``; cost
            in whole cents.
        at: ordinal of the month at whose end is looked; later declarations are left out. The last
            month with declarations may be earlier: then that month's have yet to come.
    """
    service = ordinals(declarations["service_period"].to_numpy(), Frequency.MONTH)
    declared = ordinals(declarations["declared_period"].to_numpy(), Frequency.MONTH)
    known = (declared <= at) & (service <= at)
    names, line = np.unique(declarations["product"].to_numpy(dtype=str)[known], return_inverse=True)
    service, declared = service[known], declared[known]
    first = int(service.min())
    delay = np.clip(declared - service, 0, LONGEST)
    increments = np.zeros((len(names), at - first + 1, LONGEST + 1), dtype=np.int64)
    cents = np.rint(declarations["cost_cents"].to_numpy(dtype=np.float64)[known]).astype(np.int64)
    np.add.at(increments, (line, service - first, delay), cents)
    start = np.full(len(names), at - first, dtype=np.int64)
    np.minimum.at(start, line, service - first)
    return Triangle(tuple(names.tolist()), first, increments, int(declared.max()) - first, start)


def develop(triangle: Triangle) -> Development:
    """Learn the pace of every product, and the calendar of the offices, from what was declared."""
    longest = _longest(triangle)
    office = np.ones(_ONE_YEAR)
    pace = _first_pace(triangle, longest)
    for _ in range(_ROUNDS):
        pace, office = _round(triangle, longest, pace, office, calendar=True)
    office = _shrunk(triangle, pace, office)
    for _ in range(_ROUNDS):
        pace, _office = _round(triangle, longest, pace, office, calendar=False)
    own = np.clip(triangle.ages() / OWN_MONTHS, 0.0, 1.0)
    pace = _borrowed(triangle, pace, longest, own)
    shares, final = _finals(triangle, pace, office)
    complete = _complete(triangle, longest)
    final = np.where(complete, triangle.increments.sum(axis=2), final)
    return Development(triangle, longest, pace, office, shares, final, complete, own)


def _longest(triangle: Triangle) -> npt.NDArray[np.int64]:
    """Return the longest delay on record; a product too young to tell takes its neighbours'."""
    late = (triangle.increments != 0).any(axis=1)
    own = np.where(late.any(axis=1), LONGEST - late[:, ::-1].argmax(axis=1), 0)
    ages = triangle.ages()
    usual = int(own[ages >= OWN_MONTHS].max(initial=0)) or int(own.max(initial=0))
    at_once = (own == 0) & (ages > _AT_ONCE_MONTHS)
    young = (ages < usual + OWN_MONTHS // 2) & ~at_once
    return np.asarray(np.where(young, np.maximum(own, usual), own), dtype=np.int64)


def _complete(triangle: Triangle, longest: npt.NDArray[np.int64]) -> Mask:
    month = np.arange(triangle.months)
    ended = month[None, :] <= triangle.seen - longest[:, None]
    return np.asarray(ended & (month[None, :] >= triangle.start[:, None]))


def _first_pace(triangle: Triangle, longest: npt.NDArray[np.int64]) -> Array:
    """Return the shares of all that was declared, as a place to start from."""
    total = np.maximum(triangle.increments.sum(axis=1), 0).astype(np.float64)
    total += 1e-3 * total.sum(axis=1, keepdims=True) + 1e-9
    within = np.arange(LONGEST + 1)[None, :] <= longest[:, None]
    total = np.where(within, total, 0.0)
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def _expected(triangle: Triangle, pace: Array, office: Array) -> Array:
    """Return the expected share per service month and delay, adding up to one."""
    weight = pace[:, None, :] * office[triangle.calendar][None, :, :]
    return np.asarray(weight / weight.sum(axis=2, keepdims=True))


def _finals(triangle: Triangle, pace: Array, office: Array) -> tuple[Array, Array]:
    """Return expected cumulated shares, and the final amounts that follow from them."""
    shares = np.cumsum(_expected(triangle, pace, office), axis=2)
    delay = np.clip(triangle.seen - np.arange(triangle.months), -1, LONGEST)
    reached = np.take_along_axis(shares, np.maximum(delay, 0)[None, :, None], axis=2)[:, :, 0]
    known = np.where(triangle.arrived, triangle.increments, 0).sum(axis=2)
    usable = (delay >= 0)[None, :] & (reached > 0)
    return shares, np.where(usable, known / np.where(usable, reached, 1.0), np.nan)


def _round(
    triangle: Triangle,
    longest: npt.NDArray[np.int64],
    pace: Array,
    office: Array,
    *,
    calendar: bool,
) -> tuple[Array, Array]:
    """Update the paces and, where there are years enough, the calendar of the offices."""
    ratio, expected = _ratios(triangle, pace, office)
    new = np.maximum(pace * _trimmed(ratio / expected), 0.0)
    new = np.where(np.arange(LONGEST + 1) <= longest[:, None], new, 0.0)
    total = new.sum(axis=1, keepdims=True)
    new = np.where(total > 0, new / np.where(total > 0, total, 1.0), pace)
    if not calendar or triangle.seen + 1 < _OFFICE_YEARS * _ONE_YEAR:
        return new, office
    ratio, expected = _ratios(triangle, new, office)
    by_month = _by_calendar(triangle, ratio, expected)
    told = np.isfinite(by_month).any(axis=0)
    office = office * np.nanmedian(np.where(told, by_month, 1.0), axis=0)
    return new, office / np.exp(np.log(office).mean())


def _ratios(triangle: Triangle, pace: Array, office: Array) -> tuple[Array, Array]:
    """Return observed and expected increments as shares of final; NaN where they tell nothing."""
    shares, final = _finals(triangle, pace, office)
    expected = np.diff(shares, axis=2, prepend=0.0)
    delay = np.clip(triangle.seen - np.arange(triangle.months), 0, LONGEST)
    reached = np.take_along_axis(shares, delay[None, :, None], axis=2)[:, :, 0]
    young = triangle.ages()[:, None] < OWN_MONTHS
    tells = (final > 0) & ((reached >= _MATURE) | young)
    tells &= np.arange(triangle.months)[None, :] >= triangle.start[:, None]
    keep = tells[:, :, None] & triangle.arrived[None, :, :] & (expected > 0)
    observed = triangle.increments / np.where(keep, final[:, :, None], 1.0)
    return np.where(keep, observed, np.nan), np.where(keep, expected, np.nan)


def _trimmed(values: Array) -> Array:
    """Return the trimmed mean over service months, shape (products, delays); 1 where unknown."""
    ordered = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(values).sum(axis=1)
    cut = np.floor(_TRIM * count).astype(int)
    place = np.arange(values.shape[1])[None, :, None]
    kept = (place >= cut[:, None, :]) & (place < (count - cut)[:, None, :])
    total = np.where(kept, np.nan_to_num(ordered), 0.0).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(kept.sum(axis=1), 1), 1.0))


def _by_calendar(triangle: Triangle, ratio: Array, expected: Array) -> Array:
    """Return observed over expected by year and calendar month of declaration, all products.

    Shape (years, 12); NaN where nothing was expected.
    """
    when = np.add.outer(np.arange(triangle.months), np.arange(LONGEST + 1)) + triangle.first
    year = when // _ONE_YEAR - triangle.first // _ONE_YEAR
    shape = (int(year.max()) + 1, _ONE_YEAR)
    told = np.isfinite(ratio)
    sums = np.zeros((2, *shape))
    for at, values in enumerate((ratio, expected)):
        own = np.where(told, values, 0.0).sum(axis=0)
        np.add.at(sums[at], (year, when % _ONE_YEAR), own)
    enough = sums[1] > _MATURE  # half a product-month at least
    return np.asarray(np.where(enough, sums[0] / np.where(enough, sums[1], 1.0), np.nan))


def _shrunk(triangle: Triangle, pace: Array, office: Array) -> Array:
    """Draw the calendar towards none as far as the years disagree about it (James and Stein)."""
    effect = np.log(office)
    size = float((effect**2).sum())
    if size < 1e-12:  # noqa: PLR2004 - no calendar at all
        return np.ones(_ONE_YEAR)
    left = _by_calendar(triangle, *_ratios(triangle, pace, office))
    counts = np.isfinite(left).sum(axis=0)
    noise = float(np.nanvar(left) / max(float(np.mean(counts)), 1.0))
    kept = max(0.0, 1.0 - (_ONE_YEAR - 3) * noise / size)
    return np.asarray(np.exp(kept * effect))


def _borrowed(triangle: Triangle, pace: Array, longest: npt.NDArray[np.int64], own: Array) -> Array:
    """Mix the pace of young products with that of the others, delays not seen yet wholly."""
    others = pace[(longest > 0) & (own >= 1)]
    if not len(others):
        return pace
    delay = np.arange(LONGEST + 1)
    usual = np.where(delay <= longest[:, None], others.mean(axis=0), 0.0)
    seen = delay < triangle.ages()[:, None]
    told = np.where(seen, pace, 0.0).sum(axis=1, keepdims=True)
    scale = np.where(seen, usual, 0.0).sum(axis=1, keepdims=True) / np.where(told > 0, told, 1.0)
    filled = np.where(seen, pace * scale, usual)
    mixed = np.where(own[:, None] < 1, own[:, None] * filled + (1 - own[:, None]) * usual, pace)
    total = mixed.sum(axis=1, keepdims=True)
    known = (longest > 0)[:, None] & (total > 0)
    return np.asarray(np.where(known, mixed / np.where(known, total, 1.0), pace))
