"""Price indices per year: what was published, what the provider rule fills in, what is expected.

A published index is data and wins over the rule, and what is known wins over what is expected. All
figures are in percent: 4.74 is a rise by 4.74 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.contract_prices import ASSUMED
from models.contract_use import PROVISIONAL
from models.errors import PriceError
from models.provider_rule import (
    MATERIALS,
    PROVIDER,
    WAGES,
    Correction,
    correction,
    provider_index,
    weighted,
)

PUBLISHED, RULE, EXPECTED = "published", "rule", "assumed"

_RECENT = 5  # known years behind an expectation
_OWN = 3  # known years from which a series speaks for itself
_NOTHING_LEFT = -100.0
_LEAST_SPREAD = 1.0  # points; five calm years do not promise calm

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class IndexYear:
    """The index of one year.

    Attributes:
        year: calendar year; the index applies from 1 January.
        series: code of the series.
        pct: percent change on the year before.
        basis: published, rule or assumed.
        spread_pct: standard deviation in points; zero unless assumed.
    """

    year: int
    series: str
    pct: float
    basis: str
    spread_pct: float = 0.0


@dataclass(frozen=True)
class IndexSeries:
    """An index from its first known year to a horizon, without holes.

    Attributes:
        name: code of the series.
        years: every year from the first known one on.
        notes: sentences that say what is assumed for which years, and from what.
    """

    name: str
    years: dict[int, IndexYear]
    notes: tuple[str, ...]

    def growth(self, years: Iterable[int]) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
        """Return log growth, its variance, and whether it is known, per year.

        A year before the first known one counts as unchanged and known: nothing is assumed of it.
        """
        found = [self.years.get(year) for year in years]
        change = np.array([one.pct if one else 0.0 for one in found]) / 100
        spread = np.array([one.spread_pct if one else 0.0 for one in found]) / 100
        known = np.array([one is None or one.basis != EXPECTED for one in found], dtype=np.bool_)
        return np.log1p(change), (spread / (1 + change)) ** 2, known


@dataclass(frozen=True)
class _Figures:
    """The rows of one series: percent per year and status, and the spread of what is assumed."""

    provisional: dict[int, float]
    definitive: dict[int, float]
    unstated: dict[int, float]
    assumed: dict[int, float]
    spread: dict[int, float]

    @property
    def published(self) -> dict[int, float]:
        """The best known figure of each year."""
        return self.provisional | self.unstated | self.definitive

    @property
    def first(self) -> dict[int, float]:
        """The figure of each year as it was first told; one without a status counts as such."""
        return self.definitive | self.unstated | self.provisional

    @property
    def final(self) -> dict[int, float]:
        """The figures that no longer change."""
        return self.unstated | self.definitive


class Indices:
    """All index series of a delivery, as known on a day.

    Args:
        prices: table of the panel, as returned by ``Panel.as_known_at``.
        how: how provisional is corrected to definitive.

    Raises:
        PriceError: an index takes the whole price away (-100 % or less).
    """

    def __init__(self, prices: pd.DataFrame, how: Correction = Correction.DIFFERENCE) -> None:
        self._figures = _read(prices)
        self._how = how
        self._provider, self._expected_provider = self._rule()

    def series(self, name: str, until: int) -> IndexSeries | None:
        """Return an index up to and including a year; None where nothing is known of it.

        Known years stay as they are. Later years, and years missing between, are expected as
        delivered (status assumed), else as the mean of the last known years.
        """
        known, assumed = self._known(name), self._assumed(name)
        if not known and not assumed:
            return None
        default = self._default(name)
        first = min([*known, *assumed])
        years = {}
        for year in range(first, max(until, first) + 1):
            years[year] = known.get(year) or assumed.get(year) or _expected(name, year, default)
        return IndexSeries(name, years, tuple(_notes(years, default, set(assumed))))

    def _known(self, name: str) -> dict[int, IndexYear]:
        own = self._figures.get(name)
        published = own.published if own else {}
        rows = {year: IndexYear(year, name, pct, PUBLISHED) for year, pct in published.items()}
        return self._provider | rows if name == PROVIDER else rows

    def _assumed(self, name: str) -> dict[int, IndexYear]:
        own = self._figures.get(name)
        stated = own.assumed if own else {}
        spread = own.spread if own else {}
        usual = self._default(name).spread
        rows = {
            year: IndexYear(year, name, pct, EXPECTED, spread.get(year, usual))
            for year, pct in stated.items()
        }
        return self._expected_provider | rows if name == PROVIDER else rows

    def _default(self, name: str) -> _Default:
        """Return what is expected of a year that nobody spoke about."""
        own = _mean_of(self._known(name))
        if name == PROVIDER or (own and len(own.years) >= _OWN):
            return own or self._carried(name)
        return _mean_of(self._known(PROVIDER)) or own or self._carried(name)

    def _carried(self, name: str) -> _Default:
        """Return the last assumption, for a series of which nothing was published."""
        own = self._figures.get(name)
        stated = own.assumed if own else {}
        if not stated:
            return _Default(0.0, _LEAST_SPREAD, (), "no change")
        last = max(stated)
        spread = own.spread.get(last, _LEAST_SPREAD) if own else _LEAST_SPREAD
        return _Default(stated[last], spread, (), f"as delivered for {last}")

    def _rule(self) -> tuple[dict[int, IndexYear], dict[int, IndexYear]]:
        """Fill the provider index from wages and materials: known years, and expected ones."""
        wages, materials = (self._figures.get(name) for name in (WAGES, MATERIALS))
        if wages is None or materials is None:
            return {}, {}
        first = _both(wages.first, materials.first)
        final = _both(wages.final, materials.final)
        shift = {
            year: correction(first[year], pct, self._how)
            for year, pct in final.items()
            if year in first
        }
        hoped = _both(wages.assumed | wages.first, materials.assumed | materials.first)
        rows = {
            year: provider_index(pct, shift.get(year - 1, 0.0), self._how)
            for year, pct in hoped.items()
        }
        known = {y: IndexYear(y, PROVIDER, pct, RULE) for y, pct in rows.items() if y in first}
        spread = _both(
            {year: wages.spread.get(year, _LEAST_SPREAD) for year in hoped},
            {year: materials.spread.get(year, _LEAST_SPREAD) for year in hoped},
        )
        return known, {
            year: IndexYear(year, PROVIDER, pct, EXPECTED, spread[year])
            for year, pct in rows.items()
            if year not in first
        }


@dataclass(frozen=True)
class _Default:
    """What is expected where nothing was delivered: percent, spread, known years behind it, why."""

    pct: float
    spread: float
    years: tuple[int, ...]
    why: str


def _both(wages: Mapping[int, float], materials: Mapping[int, float]) -> dict[int, float]:
    return {
        year: weighted(wages[year], materials[year])
        for year in sorted(wages.keys() & materials.keys())
    }


def _mean_of(known: Mapping[int, IndexYear]) -> _Default | None:
    years = sorted(known)[-_RECENT:]
    if not years:
        return None
    figures = [known[year].pct for year in years]
    spread = float(np.std(figures, ddof=1)) if len(figures) > 1 else 0.0
    why = f"the mean of index {known[years[0]].series} over {_listed(years)}"
    return _Default(float(np.mean(figures)), max(spread, _LEAST_SPREAD), tuple(years), why)


def _expected(name: str, year: int, default: _Default) -> IndexYear:
    return IndexYear(year, name, default.pct, EXPECTED, default.spread)


def _read(prices: pd.DataFrame) -> dict[str, _Figures]:
    """Sort the rows by series and status; of two rows that say the same, the latest known."""
    rows = prices.sort_values("known_from", na_position="first", kind="stable")
    found: dict[str, _Figures] = {}
    spreads = rows["spread_pct"] if "spread_pct" in rows else pd.Series(np.nan, rows.index)
    columns = (rows["series"], rows["year"], rows["index_pct"], rows["status"], spreads)
    for series, when, pct, status, spread in zip(*columns, strict=True):
        year = int(when)
        if pct <= _NOTHING_LEFT:
            raise PriceError(f"index {series} of {year} is {pct} %: nothing is left of the price")
        own = found.setdefault(str(series), _Figures({}, {}, {}, {}, {}))
        _of_status(own, status)[year] = float(pct)
        if status in ASSUMED and not np.isnan(spread):
            own.spread[year] = float(spread)
    return found


def _of_status(figures: _Figures, status: str | None) -> dict[int, float]:
    if status in ASSUMED:
        return figures.assumed
    if status in PROVISIONAL:
        return figures.provisional
    return figures.definitive if isinstance(status, str) else figures.unstated


def _notes(years: Mapping[int, IndexYear], default: _Default, delivered: set[int]) -> list[str]:
    """Say which years are expected as delivered, and which as the mean of what was known."""
    notes = [
        f"Index {one.series} of {one.year}: {one.pct:.2f} % (standard deviation "
        f"{one.spread_pct:.2f} points) is assumed as delivered in prices."
        for one in years.values()
        if one.basis == EXPECTED and one.year in delivered
    ]
    silent = [one for one in years.values() if one.basis == EXPECTED and one.year not in delivered]
    if silent:
        notes.append(
            f"Index {silent[0].series} of {_listed([one.year for one in silent])}: "
            f"{default.pct:.2f} % a year (standard deviation {default.spread:.2f} points) is "
            f"assumed, {default.why}; a row of prices with status assumed replaces it."
        )
    return notes


def _listed(years: Iterable[int]) -> str:
    """Return years as 2026-2029, or as a list where some are missing between."""
    every = sorted(years)
    if len(every) > 1 and every[-1] - every[0] == len(every) - 1:
        return f"{every[0]}-{every[-1]}"
    return ", ".join(str(year) for year in every)
