"""What the adopted budgets say of the coming accounts, and how far to trust them.

A budget holds what the municipality knew when it adopted it: contracts, transfers between tasks,
its own savings and growth. Against that stand two habits: budgets lag behind what has been spent
since, and a whole country can budget too low for years. With *A* the account of the last known
year and *B* the budget of the year to forecast, a forecast is, in logarithms,

    log B + gap + weight · (log A/B - (1 - weight) · middle of log A/B)

``weight`` (0-1) says how far a series returns from its budget to its last account, ``gap`` how far
accounts of this product pass its budgets everywhere. At weight one the forecast is the last
account and common growth; at weight zero, the budget and the common gap. The middle is in it so
that what all series share is not corrected twice.

Both are learned per product over all municipalities, from years whose accounts are known, seen from
as many years before; absolute errors are weighed by the euros budgeted, because that is what WAPE
counts. The priors are orders of magnitude from the Dutch Iv3 accounts and budgets of 2017-2022.
A weight is one number between bounds with a non-smooth loss, so trying them all is exact enough and
never fails to converge.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# One year after an account, that account says more than the budget; two years after, the budget.
_WEIGHT_NEXT_YEAR, _WEIGHT_LATER = 0.75, 0.2
_WEIGHTS = np.linspace(0.0, 1.0, 41)
# How much products differ in their weight, and how far a municipality is usually off (log points).
_WEIGHT_SPREAD, _USUAL_MISS = 0.2, 0.13
# Rows' worth of doubt: with fewer series and years than this, a budget is hardly followed.
_DOUBT = 4.0
# A gap between accounts and budgets of up to this size comes and goes; what exceeds it stays.
_PASSING = 0.1
# What older years count for the gap, per year.
_FADES = 0.5
# Further apart than tenfold, an account and a budget are not about the same thing.
_COMPARABLE = np.log(10.0)


@dataclass(frozen=True)
class _Rows:
    """Known accounts beside their budgets, seen from a number of years before.

    Attributes:
        gap: log of account / budget, shape (series, years); NaN where not both known.
        behind: log of the account of `lag` years before / budget, same shape.
        euros: budget, same shape.
    """

    gap: Array
    behind: Array
    euros: Array

    def of(self, series: Mask) -> _Rows:
        """Return the rows of some series."""
        return _Rows(self.gap[series], self.behind[series], self.euros[series])


def forecast_from_budgets(
    accounts: Array, budgets: Array, groups: Sequence[Hashable] | npt.NDArray[np.generic]
) -> Array:
    """Forecast yearly amounts from the last account and the adopted budgets.

    Args:
        accounts: yearly amounts up to the origin, any currency, NaN where unknown; shape
            (series, years).
        budgets: adopted budgets of the same series that were known at the origin, from the same
            first year through the horizon, NaN where unknown; shape (series, years + horizon).
        groups: product of each series; trust is learned per product.

    Returns:
        Positive amounts, shape (series, horizon). NaN where there is no signal: the last account or
        the budget is unknown, not above zero, or more than tenfold the other, or no account of the
        product was ever held against a budget. A year without signal repeats the forecast of the
        year before it, where there is one.

    Raises:
        ValueError: the shapes do not belong together.
    """
    years = accounts.shape[1]
    if len({len(accounts), len(budgets), len(groups)}) > 1 or not 0 < years <= budgets.shape[1]:
        raise ValueError("budgets must hold the series of the accounts, and at least their years")
    paid, planned = _positive(accounts), _positive(budgets)
    members = [np.array([own == group for own in groups]) for group in dict.fromkeys(groups)]
    forecast = np.full((len(paid), budgets.shape[1] - years), np.nan)
    for step in range(forecast.shape[1]):
        rows = _rows(paid, planned[:, :years], step + 1)
        pooled = _pooled(rows, len(members), _WEIGHT_LATER if step else _WEIGHT_NEXT_YEAR)
        then = planned[:, years + step]
        behind = _comparable(paid[:, -1], then)
        for here in members:
            forecast[here, step] = _ratio(rows.of(here), behind[here], then[here], pooled)
    return _carried(planned[:, years:] * np.exp(forecast))


def _positive(amounts: Array) -> Array:
    """Amounts of zero and below say that something was booked elsewhere."""
    return np.where(amounts > 0, amounts, np.nan)


def _comparable(account: Array, budget: Array) -> Array:
    """Log of account / budget, NaN where they cannot be about the same thing."""
    ratio = np.log(account) - np.log(budget)
    return np.where(np.abs(ratio) <= _COMPARABLE, ratio, np.nan)


def _rows(paid: Array, planned: Array, lag: int) -> _Rows:
    before = np.full_like(paid, np.nan)
    before[:, lag:] = paid[:, : max(paid.shape[1] - lag, 0)]
    return _Rows(_comparable(paid, planned), _comparable(before, planned), planned)


def _ratio(rows: _Rows, behind: Array, euros: Array, pooled: float) -> Array:
    """Forecast log of account / budget of one product.

    Args:
        rows: what is known of the product.
        behind: log of the last account / the budget to forecast from, shape (series,).
        euros: that budget, same shape.
        pooled: weight of the last account, as learned over all products.
    """
    known = _effective(rows.euros[np.isfinite(rows.gap)])
    if not known:
        return np.full_like(behind, np.nan)
    weight = _weight(rows, 1.0 - (1.0 - pooled) * known / (known + _DOUBT))
    seen = np.isfinite(behind)
    shared = (1.0 - weight) * _middle(behind[seen], euros[seen]) if seen.any() else np.nan
    return _common_gap(rows, weight) + weight * (behind - shared)


def _pooled(rows: _Rows, products: int, prior: float) -> float:
    """Learn the weight over all products, as far as their number makes it one for any product."""
    return prior + (_weight(rows, prior) - prior) * products / (products + _DOUBT)


def _weight(rows: _Rows, prior: float) -> float:
    """Learn the weight of the last account within years: least absolute error, near a prior."""
    seen = np.isfinite(rows.gap) & np.isfinite(rows.behind)
    euros = rows.euros[seen]
    if not len(euros):
        return prior
    largest = euros.max()
    share = _effective(euros) / (euros / largest).sum()
    loss = (_WEIGHTS - prior) ** 2 / (2 * _WEIGHT_SPREAD**2)
    for year in np.flatnonzero(seen.any(axis=0)):
        gap, behind, size = (x[seen[:, year], year] for x in (rows.gap, rows.behind, rows.euros))
        error = gap[:, None] - behind[:, None] * _WEIGHTS
        loss += share / _USUAL_MISS * (size / largest @ np.abs(error - _middle(error, size)))
    return float(_WEIGHTS[np.argmin(loss)])


def _common_gap(rows: _Rows, weight: float) -> float:
    """Log gap all series are expected to share, learned from recent years.

    Where no year can be seen from the lag before it, accounts are held against budgets alone.
    """
    behind = rows.behind
    if not (np.isfinite(rows.gap) & np.isfinite(behind)).any():
        behind = np.where(np.isfinite(rows.gap), 0.0, np.nan)
    gaps, counted = 0.0, 0.0
    for year in range(rows.gap.shape[1]):
        seen = np.isfinite(rows.gap[:, year]) & np.isfinite(behind[:, year])
        if seen.any():
            gap, then, euros = (x[seen, year] for x in (rows.gap, behind, rows.euros))
            shared = (1.0 - weight) * _middle(then, euros)
            recent = _FADES ** (rows.gap.shape[1] - year)
            gaps += recent * float(_middle(gap - weight * (then - shared), euros))
            counted += recent
    gap = gaps / counted if counted else 0.0
    # At weight one the gap is the growth of accounts, of which nothing passes.
    return float(np.sign(gap) * max(abs(gap) - _PASSING * (1.0 - weight), 0.0))


def _middle(values: Array, euros: Array) -> Array:
    """Median over series by euros, pulled towards zero where few series speak.

    Args:
        values: no NaN, shape (series, ...).
        euros: shape (series,).
    """
    middle = np.quantile(values, 0.5, axis=0, weights=euros, method="inverted_cdf")
    known = _effective(euros)
    return np.asarray(middle) * known / (known + _DOUBT)


def _effective(euros: Array) -> float:
    """How many rows of equal size say as much as these (Kish)."""
    if not len(euros):
        return 0.0
    size = euros / euros.max()
    return float(size.sum() ** 2 / (size**2).sum())


def _carried(forecast: Array) -> Array:
    """Repeat the last forecast in the years without signal after it."""
    last = forecast.copy()
    for step in range(1, forecast.shape[1]):
        unknown = np.isnan(last[:, step])
        last[unknown, step] = last[unknown, step - 1]
    return last
