"""Products, districts, areas and periods, and how they add up.

Periods are counted as ordinals: whole numbers that grow by one per period of a frequency (month
24277 is February 2023). Arithmetic on ordinals needs no calendar. This module loads numpy only, so
that the service can use it.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt

MEASURES = ("clients", "volume", "cost")
ALL = "all"  # what an omitted dimension reads
UNSTATED_UNIT = "unit not stated"
CLIENTS_UNIT = "clients"
COMBINATIONS_UNIT = "client-product combinations"
COST_UNIT = "EUR"

Ordinals = npt.NDArray[np.int64]


class Frequency(StrEnum):
    """How often a product is delivered; from fine to coarse."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Months in one period."""
        return {"month": 1, "quarter": 3, "year": 12}[self.value]

    @property
    def per_year(self) -> int:
        """Periods in one year: the seasonal length."""
        return 12 // self.months

    def coarser_or_equal(self, other: Frequency) -> bool:
        """Tell whether one period of this frequency holds whole periods of the other."""
        return self.months >= other.months


def coarsest(frequencies: list[Frequency]) -> Frequency:
    """Return the coarsest of several frequencies: the one all can be added to."""
    return max(frequencies, key=lambda frequency: frequency.months)


def ordinal(day: date, frequency: Frequency) -> int:
    """Return the ordinal of the period that holds a day."""
    return (day.year * 12 + day.month - 1) // frequency.months


def first_day(period: int, frequency: Frequency) -> date:
    """Return the first day of a period given as ordinal."""
    year, month = divmod(int(period) * frequency.months, 12)
    return date(year, month + 1, 1)


def last_day(period: int, frequency: Frequency) -> date:
    """Return the last day of a period given as ordinal."""
    return first_day(period + 1, frequency) - timedelta(days=1)


def ordinals(days: npt.NDArray[np.datetime64], frequency: Frequency) -> Ordinals:
    """Return the ordinals of the periods that hold the given days."""
    months = days.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return np.asarray(months // frequency.months, dtype=np.int64)


def first_days(periods: Ordinals, frequency: Frequency) -> npt.NDArray[np.datetime64]:
    """Return the first days (datetime64[D]) of periods given as ordinals."""
    months = np.asarray(periods, dtype=np.int64) * frequency.months - 1970 * 12
    return months.astype("datetime64[M]").astype("datetime64[D]")


def coarsened(periods: Ordinals, base: Frequency, target: Frequency) -> Ordinals:
    """Return, for each base period, the ordinal of the target period that holds it.

    Raises:
        ValueError: the target is finer than the base.
    """
    if not target.coarser_or_equal(base):
        raise ValueError(f"{target} is finer than {base}")
    return np.asarray(periods, dtype=np.int64) // (target.months // base.months)


def default_until(as_of: date) -> date:
    """Return the default horizon: December of the as-of year + 4, never before December 2026.

    That is the fourth year of the budget made in the autumn after the as-of date.
    """
    return date(max(as_of.year + 4, 2026), 12, 31)
