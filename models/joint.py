"""Joint relative paths of one block: shared shocks times count noise, with mean one.

See `models.paths` for how a stream of random numbers belongs to a group, and
`models.uncertainty` for the components.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.hierarchy import MUNICIPALITY, SERIES, Hierarchy
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
_POPULATION = "population"  # a shock per municipality that all its measures and products share
_PRICE = "price"  # the index of a year, which all cost shares
_NEW_CONTRACT = 0.03**2  # variance per year of the logarithm of a sum that stands
_GROUPED = {_POPULATION: MUNICIPALITY}


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
        population: municipality -> variance of log inhabitants per year ahead; part of what
            `components` found for municipalities, so it does not widen what is already as wide.
        price_log_sd: of cost, standard deviation of the logarithm of each series' price, shape
            (series, steps); None for what has no price. It too is part of what `components` found.
        fixed: series that cost a sum whatever the use, shape (series,); only prices and new
            contracts move them. None: there are none.
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
    population: Mapping[str, float] = field(default_factory=dict)
    price_log_sd: Array | None = None
    fixed: npt.NDArray[np.bool_] | None = None

    def shared(self) -> dict[str, Paths]:
        """Draw the shocks of all groups above the series: (groups, steps, draws)."""
        levels = [name for name in self.hierarchy.distinct_levels() if name != SERIES]
        shocks = {level: self._group_shocks(level) for level in levels}
        if self.population:
            shocks[_POPULATION] = self._population_shocks()
        if self.price_log_sd is not None and self.price_log_sd.any():
            shocks[_PRICE] = self._price_steps()
        return shocks

    def _price_steps(self) -> Paths:
        """Draw how prices turn out, per step; the index of a year is the same for everything."""
        generator = stream(self.seed, _PRICE, "")
        half = generator.standard_normal((len(self.years), (self.draws + 1) // 2))
        return np.hstack([half, -half])[None, :, : self.draws].astype(np.float32)

    def population_shocks(self, row: int, shared: dict[str, Paths]) -> Array:
        """Return the logarithm of the inhabitants over the expected ones, (steps, draws)."""
        if _POPULATION not in shared:
            return np.zeros((len(self.years), self.draws))
        group = self.hierarchy.groups[MUNICIPALITY][row]
        return np.asarray(shared[_POPULATION][group], dtype=np.float64)

    def price_shocks(self, row: int, shared: dict[str, Paths]) -> Array:
        """Return the logarithm of the price of a series over the expected one, (steps, draws)."""
        if self.price_log_sd is None or _PRICE not in shared:
            return np.zeros((len(self.years), self.draws))
        variance = self.price_log_sd[row] ** 2
        steps = np.sqrt(np.maximum(np.diff(variance, prepend=0.0), 0.0))
        return np.asarray(np.cumsum(steps[:, None] * shared[_PRICE][0], axis=0))

    def _population_shocks(self) -> Paths:
        """Draw how many inhabitants there will be, the same for every measure and product."""
        ahead = np.maximum(self.years, 0.0)
        shocks = np.zeros((len(self._inhabited), len(ahead), self.draws), dtype=np.float32)
        for at, variance in enumerate(self._inhabited):
            generator = stream(self.seed, _POPULATION, self._towns[at])
            per_year = np.full(len(ahead), variance)
            shocks[at] = shock(generator, np.zeros(len(ahead)), per_year, ahead, self.draws)
        return shocks

    @cached_property
    def _towns(self) -> list[str]:
        """The municipality of each group of that level."""
        _, first = np.unique(self.hierarchy.groups[MUNICIPALITY], return_index=True)
        return [str(self.hierarchy.keys.loc[at, "municipality"]) for at in first]

    @cached_property
    def _inhabited(self) -> Array:
        """Variance of the population per year ahead, per group of the municipality level."""
        return np.array([self.population.get(town, 0.0) for town in self._towns])

    def _per_year(self, level: str) -> float:
        """Growth of a component, without what the population explains of it."""
        own = self.components.per_year[level]
        if level != self.hierarchy.same_as(MUNICIPALITY):
            return own
        people = float(self._inhabited.mean()) if self.population else 0.0
        return max(own - people - self._price_per_year, 0.0)

    @cached_property
    def _price_per_year(self) -> float:
        """Variance of the prices per year ahead."""
        if self.price_log_sd is None or not self.years.max(initial=0.0) > 0:
            return 0.0
        return float((self.price_log_sd[:, -1] ** 2).mean() / self.years.max())

    def _group_shocks(self, level: str) -> Paths:
        ahead = np.maximum(self.years, 0.0)
        constant = np.full(len(ahead), self.components.constant[level])
        per_year = np.full(len(ahead), self._per_year(level))
        names = self._names(level)
        shocks = np.empty((len(names), len(ahead), self.draws), dtype=np.float32)
        for at, name in enumerate(names):  # one by one: together, in full width, they take thrice
            generator = stream(self.seed, self.measure, level, name)
            shocks[at] = shock(generator, constant, per_year, ahead, self.draws)
        return shocks

    def _variance(self, level: str, group: int, ahead: Array) -> Array:
        """Variance of the shocks of a group above the series, shape (steps,)."""
        if level == _POPULATION:
            return shock_variance(0.0, float(self._inhabited[group]), ahead)
        return shock_variance(self.components.constant[level], self._per_year(level), ahead)

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
        if self.fixed is not None and self.fixed[row]:
            return self._fixed_sum(row, generator, shared)
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
            if level == _PRICE or (level == _POPULATION and derived):
                continue  # drawn below; its parent has it
            group = self.hierarchy.groups[_GROUPED.get(level, level)][row]
            total = total + shocks[group]
            variance = variance + self._variance(level, group, ahead)
        factors = skewed(total, variance) * np.exp(self.price_shocks(row, shared))
        within = np.minimum(self.unit[row] * used / np.maximum(self.mean[row], 1e-9), 4.0)
        white = parts.white[SERIES] + parts.white[COUNT] * within
        if np.any(white > 0):
            factors = factors * count_noise(generator, white, self.draws)
        if used < 1:
            factors = factors * idle_years(generator, used, ahead, self.draws)
        return np.where(self.years[:, None] > 0, centred(factors), 1.0)

    def _fixed_sum(
        self, row: int, generator: np.random.Generator, shared: dict[str, Paths]
    ) -> Array:
        """Draw a sum that stands until its price or its contract changes."""
        ahead = np.maximum(self.years, 0.0)
        contract = np.full(len(ahead), _NEW_CONTRACT)
        logs = shock(generator, np.zeros(len(ahead)), contract, ahead, self.draws)
        factors = np.exp(logs + self.price_shocks(row, shared))
        return np.where(self.years[:, None] > 0, centred(factors), 1.0)
