"""How series group into products, districts and totals, and how values move between the levels.

A level is one whole number per series: the group it belongs to. Every level is a partition, so a
sum over groups never counts a series twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]

SERIES = "series"
PRODUCT = "product"  # one product over all municipalities of the delivery
OWN_PRODUCT = "municipality-product"  # one product of one municipality
DISTRICT = "district"
MUNICIPALITY = "municipality"
TOTAL = "total"
REPORTED_LEVELS = (SERIES, PRODUCT, DISTRICT, TOTAL)

_DIMENSIONS: dict[str, tuple[str, ...]] = {
    SERIES: ("municipality", "district", "product"),
    OWN_PRODUCT: ("municipality", "product"),
    PRODUCT: ("product",),
    DISTRICT: ("municipality", "district"),
    MUNICIPALITY: ("municipality",),
    TOTAL: (),
}


@dataclass(frozen=True)
class Hierarchy:
    """The levels of one set of series.

    Attributes:
        keys: municipality, district, product and unit per series, in series order.
        groups: level -> group number per series, shape (series,).
    """

    keys: pd.DataFrame
    groups: dict[str, Groups]

    @classmethod
    def of(cls, keys: pd.DataFrame) -> Hierarchy:
        """Build all levels. Unlike units are never added: a group holds one unit only."""
        groups = {
            level: _numbered(keys, (*dimensions, "unit"))
            for level, dimensions in _DIMENSIONS.items()
        }
        return cls(keys.reset_index(drop=True), groups)

    def distinct_levels(self) -> tuple[str, ...]:
        """Return the levels that differ from one another, finest first: what is worth fitting."""
        return self._distinct

    @cached_property
    def _distinct(self) -> tuple[str, ...]:
        seen: list[str] = []
        for level in _DIMENSIONS:
            if not any(np.array_equal(self.groups[level], self.groups[other]) for other in seen):
                seen.append(level)
        return tuple(seen)

    def same_as(self, level: str) -> str:
        """Return the distinct level that has the same groups as the given one."""
        for other in self.distinct_levels():
            if np.array_equal(self.groups[level], self.groups[other]):
                return other
        return level

    def size(self, level: str) -> int:
        """Return the number of groups at a level."""
        return int(self.groups[level].max()) + 1 if len(self.groups[level]) else 0

    def add_up(self, values: Array, level: str) -> Array:
        """Sum series to the groups of a level: (series, ...) -> (groups, ...); NaN spreads."""
        total = np.zeros((self.size(level), *values.shape[1:]), dtype=values.dtype)
        np.add.at(total, self.groups[level], values)
        return total

    def subset(self, chosen: npt.NDArray[np.bool_]) -> Hierarchy:
        """Return the hierarchy of some of the series, groups numbered anew."""
        return Hierarchy.of(self.keys.loc[chosen])


def _numbered(keys: pd.DataFrame, columns: tuple[str, ...]) -> Groups:
    numbers = keys.groupby(list(columns), sort=True, dropna=False).ngroup()
    return np.asarray(numbers, dtype=np.int64)
