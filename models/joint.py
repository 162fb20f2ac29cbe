"""Joint relative paths of one block: shared shocks times count noise, with mean one.

See `models.paths` for how a stream of random numbers belongs to a group, and
`models.uncertainty` for the components.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.hierarchy import SERIES, Hierarchy
from models.paths import (
    centred,
    count_noise,
    idle_years,
    shock,
    shock_variance,
    skewed,
    stream,
    used_share,
)
from models.uncertainty import COUNT, SMALL, Components

Array = npt.NDArray[np.float64]
Paths = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Drawing:
    """What is needed to draw the relative paths of one measure.

    Attributes:
        measure: part of the name of every stream.
        hierarchy: the series that hold a record of the measure.
        mean: point forecast per series and step, shape (series, steps).
        unit: index of dispersion per series, shape (series,).
        years: years ahead per step; zero or less where the figure is known, shape (steps,).
        season: periods per year.
        components: how large the errors are.
        seed: the edition's seed.
        draws: number of paths.
    """

    measure: str
    hierarchy: Hierarchy
    mean: Array
    unit: Array
    years: Array
    season: int
    components: Components
    seed: int
    draws: int

    def shared(self) -> dict[str, Paths]:
        """Draw the shocks of all groups above the series: (groups, steps, draws)."""
        levels = [name for name in self.hierarchy.distinct_levels() if name != SERIES]
        return {level: self._group_shocks(level) for level in levels}

    def _group_shocks(self, level: str) -> Paths:
        ahead = np.maximum(self.years, 0.0)
        constant = np.full(len(ahead), self.components.constant[level])
        per_year = np.full(len(ahead), self.components.per_year[level])
        names = self._names(level)
        shocks = np.empty((len(names), len(ahead), self.draws), dtype=np.float32)
        for at, name in enumerate(names):  # one by one: together, in full width, they take thrice
            generator = stream(self.seed, self.measure, level, name)
            shocks[at] = shock(generator, constant, per_year, ahead, self.draws)
        return shocks

    @cached_property
    def _series_names(self) -> list[tuple[str, ...]]:
        keys = self.hierarchy.keys[["municipality", "district", "product"]].astype(str)
        return list(keys.itertuples(index=False, name=None))

    def _names(self, level: str) -> list[str]:
        """One name per group, made of what its series have in common."""
        keys = self.hierarchy.keys
        groups = self.hierarchy.groups[level]
        _, first = np.unique(groups, return_index=True)
        columns = {
            "municipality-product": ["municipality", "product", "unit"],
            "product": ["product", "unit"],
            "district": ["municipality", "district", "unit"],
            "municipality": ["municipality", "unit"],
            "total": ["unit"],
        }[level]
        return ["\x1f".join(keys.loc[at, columns].astype(str)) for at in first]

    def relative(self, row: int, shared: dict[str, Paths], *, derived: bool = False) -> Array:
        """Draw one series: factors with mean one, exactly one where known; (steps, draws).

        Args:
            row: the series.
            shared: what `shared` returned.
            derived: the series follows a parent, whose paths say already when there is no use.
        """
        ahead = np.maximum(self.years, 0.0)
        key = "\x1f".join(self._series_names[row])
        generator = stream(self.seed, self.measure, SERIES, key)
        yearly = max(float(self.mean[row].mean()) * self.season, 1e-9)
        noise = min(float(self.unit[row]) / yearly, 1.0)
        parts = self.components
        lumps = (parts.constant[COUNT] + parts.constant[SMALL]) * noise
        used = 1.0 if derived else used_share(lumps)
        own = {SERIES: 1.0, SMALL: noise**0.5, COUNT: noise}
        constant = sum(parts.constant[name] * size for name, size in own.items())
        constant -= (1 - used) / used  # what idle years explain already
        per_year = sum(parts.per_year[name] * size for name, size in own.items())
        steps = len(ahead)
        total = shock(
            generator, np.full(steps, constant), np.full(steps, per_year), ahead, self.draws
        )
        variance = shock_variance(constant, per_year, ahead)
        for level, shocks in shared.items():
            total = total + shocks[self.hierarchy.groups[level][row]]
            above = parts.constant[level], parts.per_year[level]
            variance = variance + shock_variance(*above, ahead)
        factors = skewed(total, variance)
        within = np.minimum(self.unit[row] * used / np.maximum(self.mean[row], 1e-9), 4.0)
        white = parts.white[SERIES] + parts.white[COUNT] * within
        if np.any(white > 0):
            factors = factors * count_noise(generator, white, self.draws)
        if used < 1:
            factors = factors * idle_years(generator, used, ahead, self.draws)
        return np.where(self.years[:, None] > 0, centred(factors), 1.0)
