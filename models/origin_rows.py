"""``origins.parquet``: its columns, and the rows that two editions have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Array = npt.NDArray[np.float64]

KEY = (
    *("origin", "frequency", "measure", "level"),
    *("municipality", "district", "product", "unit", "year"),
)
FIGURES = ("mean", "p10", "p50", "p90", "baseline")
ORIGINS_SCHEMA = pa.schema(
    [
        ("origin", pa.date32()),
        *((name, pa.string()) for name in KEY[1:-1]),
        ("year", pa.int8()),
        *((name, pa.float32()) for name in ("actual", *FIGURES)),
    ]
)


@dataclass(frozen=True)
class Pair:
    """Common rows: their words, and the figures of old and new, shape (rows,) each."""

    words: dict[str, npt.NDArray[Any]]
    old: dict[str, Array]
    new: dict[str, Array]

    def __len__(self) -> int:
        return len(self.words["origin"])

    def where(self, chosen: npt.NDArray[np.bool_]) -> Pair:
        """Return some of the rows."""
        return Pair(
            *(
                {name: values[chosen] for name, values in part.items()}
                for part in (self.words, self.old, self.new)
            )
        )

    def at(self, measure: str, level: str) -> Pair:
        """Return the rows of a measure and level."""
        return self.where((self.words["measure"] == measure) & (self.words["level"] == level))

    def cells(self) -> list[tuple[str, str]]:
        """Return the measures and levels there are, sorted."""
        pairs = zip(self.words["measure"].tolist(), self.words["level"].tolist(), strict=True)
        return sorted(set(pairs))


def common(old: pa.Table, new: pa.Table) -> Pair:
    """Return the rows that both have, in the order of the key."""
    keyed = [
        {row: at for at, row in enumerate(zip(*(t[name].to_pylist() for name in KEY), strict=True))}
        for t in (old, new)
    ]
    there = sorted(keyed[0].keys() & keyed[1].keys())
    columns = list(zip(*there, strict=True)) if there else [()] * len(KEY)
    words = {name: np.array(values) for name, values in zip(KEY, columns, strict=True)}
    figures = [
        {
            name: pc.take(table[name], pa.array([own[key] for key in there], pa.int64()))
            .to_numpy()
            .astype(float)
            for name in ("actual", *FIGURES)
        }
        for table, own in zip((old, new), keyed, strict=True)
    ]
    return Pair(words, *figures)
