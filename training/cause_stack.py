"""Collects the growth by cause of all series, as an edition keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.cube import Paths
from models.drivers import CAUSES, MEASURES_SPLIT
from models.paths import PathStack
from training.causes import Years

Ints = npt.NDArray[np.int64]
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("measure", "municipality", "district", "product")]
    + [("row", pa.int32())]
)


class CauseStack:
    """Collects the splits of all series, for the edition.

    Args:
        most: the most series that can come.
        years: base year and later ones.
        draws: number of paths.
    """

    def __init__(self, most: int, years: Years, draws: int) -> None:
        self.years = years
        slots = 1 + len(years.later) * len(CAUSES)
        self._stacks = {name: PathStack(most, slots, draws) for name in MEASURES_SPLIT}
        self._rows: list[dict[str, Any]] = []

    def add(self, key: Sequence[str], splits: Mapping[str, Ints]) -> None:
        """Add the splits of one series."""
        for measure, cells in splits.items():
            names = dict(zip(("municipality", "district", "product"), key, strict=True))
            row = self._stacks[measure].add(cells)
            self._rows.append({"measure": measure, **names, "row": row})

    def table(self) -> pa.Table:
        """Return which row of the paths belongs to which series."""
        return pa.Table.from_pylist(self._rows, schema=_SCHEMA)

    def paths(self) -> dict[str, Paths]:
        """Return the splits: measure -> (rows, 1 + years x causes, draws)."""
        return {name: stack.rows() for name, stack in self._stacks.items() if len(stack)}

    def about(self) -> dict[str, Any]:
        """Return what the manifest says of the split."""
        measures = [name for name, stack in self._stacks.items() if len(stack)]
        years = list(self.years.later)
        return {"base_year": self.years.base, "years": years, "measures": measures}
