"""What a unit of each product costs over the periods of a forecast, and how sure that is.

A tariff is data and dated. Where tariffs end, the price follows the index that the product's
contract names, from 1 January of each year, with a lag where the contract has one; where there is
no tariff at all, only the course of the price is known. See ``models.price_index`` for the indices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency
from models.price_index import IndexSeries, IndexYear, Indices
from models.provider_rule import PROVIDER, Correction
from models.tariffs import Axis, DatedTariffs, Tariff, in_order, tariff_at, year_of

__all__ = [
    "Correction",
    "IndexYear",
    "PriceBook",
    "PriceCourse",
    "Tariff",
    "price_book",
    "tariff_at",
]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

_MONTHS = 12
_EPOCH = 1970 * _MONTHS
_ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class PriceCourse:
    """Price of one product over a run of periods, as known on a day.

    Attributes:
        level: euros per unit where a tariff is known (indexed on after the last known one, and back
            before the first with the indices that are known, else flat), otherwise an index that is
            1 in the first period; shape (periods,), finite and positive.
        sure: periods whose price rests on a tariff or a published or rule index; the others rest on
            an assumption; shape (periods,). A period before the first known index is sure too:
            nothing is assumed of it, the price counts as unchanged.
        log_sd: standard deviation of log level from the assumption, shape (periods,); zero where
            sure, grows with the years (independent yearly indices: variances add up).
        unit: unit of the tariff or None.
        basis: ``tariff``, ``index`` or ``none`` (nothing known: level all ones, sure everywhere).
        series: the index it follows, or None; products of one series are unsure together.
    """

    level: Array
    sure: Mask
    log_sd: Array
    unit: str | None
    basis: str
    series: str | None = None


@dataclass(frozen=True)
class PriceBook:
    """The prices of all products over a run of periods.

    Attributes:
        courses: per product.
        assumptions: sentences for the manifest: which index is assumed for which years, from what.
        indices: every series that a product follows, year by year, for tables and export.
    """

    courses: dict[str, PriceCourse]
    assumptions: tuple[str, ...]
    indices: tuple[IndexYear, ...]


def price_book(
    products: pd.DataFrame,
    prices: pd.DataFrame,
    tariffs: pd.DataFrame,
    first: int,
    periods: int,
    frequency: Frequency,
    correction: Correction = Correction.DIFFERENCE,
) -> PriceBook:
    """Lay the price of every product on a run of periods.

    What is not in the tables is not known: they are those of ``Panel.as_known_at``.

    Args:
        products: catalogue; ``price_series`` and ``index_lag_years`` are optional.
        prices: price indices.
        tariffs: dated tariffs. A last one without an end holds through the year in which the latest
            tariff of any product became known, and is indexed from the next.
        first: ordinal of the first period.
        periods: number of periods.
        frequency: of the periods; a tariff that changes within one counts by its days.
        correction: how the rule corrects provisional figures.

    Raises:
        PriceError: an index takes the whole price away.
    """
    axis = Axis(first * frequency.months, periods, frequency.months)
    dated = in_order(tariffs, products)
    shelf = _Shelf(Indices(prices, correction), axis, dated.rows)
    courses = {str(row.product): shelf.course(row) for row in _terms(products)}
    return PriceBook(courses, (*shelf.sentences(), *dated.notes), shelf.indices())


@dataclass(frozen=True)
class _Terms:
    """What the contract of a product says of its price."""

    product: str
    series: str | None
    lag: int


def _terms(products: pd.DataFrame) -> Iterator[_Terms]:
    rows = products.reindex(columns=["product", "price_series", "index_lag_years"])
    for product, series, lag in rows.itertuples(index=False, name=None):
        named = series if isinstance(series, str) else None
        yield _Terms(str(product), named, 0 if pd.isna(lag) else int(lag))


class _Shelf:
    """The index series that products follow, each read once, while a book is being written."""

    def __init__(self, indices: Indices, axis: Axis, dated: dict[str, DatedTariffs]) -> None:
        self._indices, self._axis, self._dated = indices, axis, dated
        self._until = axis.last_year
        self._series: dict[str, IndexSeries | None] = {}
        self._unknown: dict[str, list[str]] = {}
        self._flat: list[str] = []
        self._before: dict[str, int] = {}

    def course(self, terms: _Terms) -> PriceCourse:
        """Return the price of one product."""
        series = self._followed(terms)
        dated = self._dated.get(terms.product)
        if dated is None:
            return self._by_index(series, terms.lag)
        return self._by_tariff(dated, series, terms)

    def sentences(self) -> tuple[str, ...]:
        """Say what is assumed of every series that is followed."""
        said = [note for one in self._series.values() if one for note in one.notes]
        for series, products in sorted(self._unknown.items()):
            said.append(
                f"Index {series}, which {', '.join(products)} follow(s), has no figure that was "
                "known: the index for providers stands in."
            )
        for series, year in sorted(self._before.items()):
            said.append(
                f"Index {series} is not known before {year}: prices of earlier years without a "
                "tariff count as unchanged."
            )
        if self._flat:
            said.append(
                f"No index is known that could carry on the tariffs of {', '.join(self._flat)}: "
                "their last price counts as unchanged."
            )
        return tuple(said)

    def indices(self) -> tuple[IndexYear, ...]:
        """Return every year of every series that is followed, in order."""
        followed = sorted((one for one in self._series.values() if one), key=lambda one: one.name)
        return tuple(one.years[year] for one in followed for year in sorted(one.years))

    def _followed(self, terms: _Terms) -> IndexSeries | None:
        named = self._read(terms.series) if terms.series else None
        if terms.series and named is None:
            self._unknown.setdefault(terms.series, []).append(terms.product)
        return named or self._read(PROVIDER)

    def _read(self, name: str) -> IndexSeries | None:
        if name not in self._series:
            self._series[name] = self._indices.series(name, self._until)
        return self._series[name]

    def _by_index(self, series: IndexSeries | None, lag: int) -> PriceCourse:
        axis = self._axis
        if series is None:
            ones = np.ones(axis.periods)
            return PriceCourse(ones, ones > 0, np.zeros(axis.periods), None, "none")
        start = int(axis.month // _MONTHS)
        path = _Path(series, lag, start, self._until)
        self._say_flat_past(series, start + 1 - lag)
        level, variance, sure = path.forward(axis.years, start)
        return self._on_periods(level, variance, sure, None, "index", series.name)

    def _by_tariff(
        self, dated: DatedTariffs, series: IndexSeries | None, terms: _Terms
    ) -> PriceCourse:
        axis = self._axis
        level, covered = dated.by_month(axis)
        variance, sure = np.zeros(axis.months), np.ones(axis.months, dtype=np.bool_)
        starts = axis.starts[:-1]
        last = np.searchsorted(dated.starts, starts, side="right") - 1
        before, after = ~covered & (last < 0), ~covered & (last >= 0)
        start, end = year_of(dated.starts[0]), year_of(dated.ends[-1] - _ONE_DAY)
        path = _Path(series, terms.lag, min(start, end, int(axis.month // _MONTHS)), self._until)
        if before.any():
            level[before] = dated.euros[0] * path.backward(axis.years[before], start)
            if series is not None:
                self._say_flat_past(series, int(axis.years[before].min()) + 1 - terms.lag)
        for tariff in np.unique(last[after]):
            at = after & (last == tariff)
            base = year_of(dated.ends[tariff] - _ONE_DAY)
            growth, variance[at], sure[at] = path.forward(axis.years[at], base)
            level[at] = dated.euros[tariff] * growth
        if series is None and (axis.years[after] > end).any():
            self._flat.append(terms.product)
        name = series.name if series else None
        return self._on_periods(level, variance, sure, dated.unit, "tariff", name)

    def _say_flat_past(self, series: IndexSeries, year: int) -> None:
        first = min(series.years)
        if year < first:
            self._before[series.name] = first

    def _on_periods(
        self,
        level: Array,
        variance: Array,
        sure: Mask,
        unit: str | None,
        basis: str,
        name: str | None,
    ) -> PriceCourse:
        axis = self._axis
        certain = axis.mean(sure.astype(np.float64)) == 1
        return PriceCourse(
            axis.mean(level), certain, np.sqrt(axis.mean(variance)), unit, basis, name
        )


class _Path:
    """An index added up over the years that a product needs.

    Args:
        series: the index, or None: flat, and not known.
        lag: years that the index comes late.
        first: first year of a price that is asked about.
        last: last year.
    """

    def __init__(self, series: IndexSeries | None, lag: int, first: int, last: int) -> None:
        years = range(first, max(last, first) + 1)
        self._first = first
        if series is None:
            growth = variance = np.zeros(len(years))
            known = np.zeros(len(years), dtype=np.bool_)
        else:
            growth, variance, known = series.growth(year - lag for year in years)
        self._growth, self._variance = np.cumsum(growth), np.cumsum(variance)
        self._known_growth = np.cumsum(np.where(known, growth, 0.0))
        self._unknown = np.cumsum(~known)

    def forward(self, years: npt.NDArray[np.int64], base: int) -> tuple[Array, Array, Mask]:
        """Return growth since a base year, the variance of its log, and whether all is known."""
        at, start = years - self._first, base - self._first
        growth = np.exp(self._growth[at] - self._growth[start])
        variance = np.maximum(self._variance[at] - self._variance[start], 0.0)
        return growth, variance, self._unknown[at] == self._unknown[start]

    def backward(self, years: npt.NDArray[np.int64], base: int) -> Array:
        """Return the price of earlier years relative to a base year, by what is known."""
        top = self._known_growth[min(base - self._first, len(self._known_growth) - 1)]
        return np.asarray(np.exp(self._known_growth[years - self._first] - top))
