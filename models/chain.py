"""How measures hang together: clients, volume per client, price per unit.

For each product a measure may have a parent it is forecast with: volume follows clients, cost
follows volume, or clients where no volume is known. A measure that is known for the municipality
only, while its parent is known per district, is spread over the districts with the parent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.catalogue import MEASURES
from models.hierarchy import OWN_PRODUCT, Hierarchy

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_PARENTS = {"clients": (), "volume": ("clients",), "cost": ("volume", "clients")}


@dataclass(frozen=True)
class Link:
    """One measure in the chain.

    Attributes:
        measure: clients, volume or cost.
        parent: the parent measure per (municipality, product) group, an empty string for none.
        member: series that get a forecast of this measure, shape (series,).
        holder: row that holds the record of each series: itself, or the municipality-wide row.
    """

    measure: str
    parent: tuple[str, ...]
    member: Mask
    holder: npt.NDArray[np.int64]

    @property
    def spread(self) -> Mask:
        """Series whose figure is a share of the municipality-wide one.

        The row that holds the record is one of them where it has a parent of its own: it then also
        stands for the unknown district.
        """
        own = np.arange(len(self.holder))
        away = self.holder != own
        return np.asarray(away | (np.isin(own, self.holder[away]) & self.member))

    def to_record(self, values: Array) -> Array:
        """Move what was spread back to the row that holds the record: (series, ...), same shape."""
        result = np.zeros_like(values)
        np.add.at(result, self.holder, values)
        return result

    def has_parent(self, hierarchy: Hierarchy, parent: str) -> Mask:
        """Return which series follow the given parent."""
        of_group = np.array([name == parent for name in self.parent])
        return np.asarray(of_group[hierarchy.groups[OWN_PRODUCT]])


def links(values: dict[str, Array], hierarchy: Hierarchy, season: int) -> dict[str, Link]:
    """Decide parents and spreading from what is known; see `Link`.

    Args:
        values: measure -> (series, periods), NaN = unknown; measures that are absent are left out.
        hierarchy: the series.
        season: periods per year; a parent must be known in the last two years.
    """
    groups = hierarchy.groups[OWN_PRODUCT]
    recent = {name: _any_known(known[:, -2 * season :]) for name, known in values.items()}
    result: dict[str, Link] = {}
    for measure in (name for name in MEASURES if name in values):
        own = _any_known(values[measure])
        member, holder = own.copy(), np.arange(len(own), dtype=np.int64)
        parents = []
        for group in range(hierarchy.size(OWN_PRODUCT)):
            rows = groups == group
            parent = _parent(measure, rows, recent, own)
            parents.append(parent)
            alone = _municipality_wide_row(hierarchy, rows & own) if parent else None
            if alone is None:
                continue
            spread = rows & recent[parent]
            others = spread & (np.arange(len(own)) != alone)
            if others.any() and _overlap(values[measure][alone], values[parent][spread], season):
                holder[spread] = alone
                member[spread] = True
                member[alone] = spread[alone]
        result[measure] = Link(measure, tuple(parents), member, holder)
    return result


def _overlap(child: Array, parents: Array, season: int) -> bool:
    """Tell whether child and parents are known together in the last two years."""
    together = np.isfinite(child) & np.isfinite(parents).any(axis=0)
    return bool(together[-2 * season :].any())


def _any_known(values: Array) -> Mask:
    return np.asarray(np.isfinite(values).any(axis=1), dtype=bool)


def _parent(measure: str, rows: Mask, recent: dict[str, Mask], own: Mask) -> str:
    if not (rows & own).any():
        return ""
    for candidate in _PARENTS[measure]:
        if candidate in recent and (rows & recent[candidate]).any():
            return candidate
    return ""


def _municipality_wide_row(hierarchy: Hierarchy, rows: Mask) -> int | None:
    """Return the one row that holds a whole product, if its district is the municipality."""
    at = np.flatnonzero(rows)
    if len(at) != 1:
        return None
    key = hierarchy.keys.iloc[int(at[0])]
    return int(at[0]) if key["district"] == key["municipality"] else None
