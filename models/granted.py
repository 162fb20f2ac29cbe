"""What was allocated by product and month, in whatever it was delivered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency, ordinals

Array = npt.NDArray[np.float64]

_MEASURES = ("cost_ceiling_cents", "volume")  # a ceiling where there is one


@dataclass(frozen=True, eq=False)
class Granted:
    """Allocations of one municipality.

    Attributes:
        first: ordinal of month 0.
        amounts: per product what was allocated by month, cents or units, shape (months,); 0 where
            nothing was.
        in_cents: the products that were allocated in money.
        started: number of the first month with allocations of any product; the number of months
            where there are none.
    """

    first: int
    amounts: dict[str, Array]
    in_cents: frozenset[str]
    started: int

    def codes(self) -> tuple[str, ...]:
        """Return the products with allocations, sorted."""
        return tuple(product for product, amount in self.amounts.items() if amount.any())

    def of(self, product: str, months: int) -> Array:
        """Return what was allocated of a product, zeros where nothing was, shape (months,)."""
        return self.amounts.get(product, np.zeros(months))

    def covered(self, months: int) -> npt.NDArray[np.bool_]:
        """Tell in which months there are allocations of any product, shape (months,)."""
        known = np.sum([amount > 0 for amount in self.amounts.values()], axis=0)
        return np.asarray(known > 0) if self.amounts else np.zeros(months, dtype=np.bool_)


def granted_by(allocations: pd.DataFrame, first: int, at: int) -> Granted:
    """Add up the allocations of one municipality over its districts.

    Args:
        allocations: rows of the panel of one municipality.
        first: ordinal of the first month wanted.
        at: ordinal of the last one.
    """
    months = at - first + 1
    period = ordinals(allocations["period"].to_numpy(), Frequency.MONTH)
    inside = allocations[(period >= first) & (period <= at)]
    amounts: dict[str, Array] = {}
    money = set()
    for product, rows in inside.groupby("product", sort=True):
        measure = next((name for name in _MEASURES if rows[name].notna().any()), None)
        if measure is None:
            continue
        own = np.zeros(months)
        place = ordinals(rows["period"].to_numpy(), Frequency.MONTH) - first
        np.add.at(own, place, rows[measure].fillna(0.0).to_numpy(dtype=np.float64))
        amounts[str(product)] = own
        if measure == _MEASURES[0]:
            money.add(str(product))
    some = np.flatnonzero(np.sum(list(amounts.values()), axis=0)) if amounts else np.array([])
    return Granted(first, amounts, frozenset(money), int(some[0]) if some.size else months)
