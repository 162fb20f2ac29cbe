"""Splits the growth of every series by cause, from what was fitted and drawn of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.catalogue import Frequency, last_day, ordinal
from models.cube import Axis, Paths
from models.drivers import CAUSES, MEASURES_SPLIT, Factors, split
from models.interventions import EventEffect
from models.paths import PathStack
from training.draw import FrameDrawing
from training.frame_fit import FrameFit

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_OUTLIER_MONTHS = 6  # an outlier that is not over by then was declared again
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("measure", "municipality", "district", "product")]
    + [("row", pa.int32())]
)


@dataclass(frozen=True)
class Years:
    """The base year and the later ones.

    Attributes:
        base: last year of which every period had passed when the data ended.
        later: the whole years after it, up to the horizon.
    """

    base: int
    later: tuple[int, ...]


def years_of(fits: Sequence[FrameFit], until: date) -> Years:
    """Return the years that growth is counted between."""
    ends = [
        last_day(fit.frame.first + fit.frame.periods - 1, fit.frame.frequency)
        for fit in fits
        if any(fit.fits[measure, fit.end].live.any() for measure in fit.frame.measures)
    ]
    base = min((day.year if (day.month, day.day) == (12, 31) else day.year - 1) for day in ends)
    last = until.year if until.month == 12 else until.year - 1  # noqa: PLR2004 (December)
    return Years(base, tuple(range(base + 1, last + 1)))


@dataclass(frozen=True)
class Figures:
    """One measure of one series, whole hundredths.

    Attributes:
        record: what is known, (periods of the frame,), NaN = unknown.
        cells: on the axis of the paths, (steps, draws).
    """

    record: Array
    cells: Ints


class CauseSplitter:
    """Splits series of one frame.

    Args:
        drawing: the paths of the frame at the end of its data.
        axis: axis of the paths.
        years: base year and later ones.
    """

    def __init__(self, drawing: FrameDrawing, axis: Axis, years: Years) -> None:
        self.drawing, self.fit, self.axis, self.years = drawing, drawing.fit, axis, years
        self.frame = self.fit.frame
        products = self.frame.keys[["municipality", "product"]].astype(str)
        self._places = list(products.itertuples(index=False, name=None))
        self._effects: dict[tuple[str, str], list[EventEffect]] = {}
        for effect in self.fit.effects:
            self._effects.setdefault((effect.municipality, effect.product), []).append(effect)

    def split(self, row: int, found: Mapping[str, Figures]) -> dict[str, Ints]:
        """Return the split of every measure that has one: (1 + years x causes, draws)."""
        result = {}
        for measure in MEASURES_SPLIT:
            if measure in found and self.fit.fits[measure, self.fit.end].live[row]:
                base = self._factors(row, measure, found, self.years.base)
                parts = [base.total[None]]
                for year in self.years.later:
                    parts.append(split(base, self._factors(row, measure, found, year)))
                result[measure] = np.concatenate(parts)
        return result

    def _factors(self, row: int, measure: str, found: Mapping[str, Figures], year: int) -> Factors:
        weight = self.frame.frequency.months if measure == "clients" else 1
        total = self._sum(found[measure], year) * weight
        people = self._people(row, year)
        policy = self._policy(row, year)
        clients, volume = (self._use(row, name, found, year) for name in ("clients", "volume"))
        if measure == "clients":
            return Factors(total, people, policy, use=total.astype(float))
        price = self._price(row, year)
        if self.frame.is_task[row]:
            return Factors(total, people, policy, None, volume=total / price, price=price)
        if volume is not None:
            price = np.divide(total, volume, out=np.full(len(total), np.nan), where=volume > 0)
        amount = total / price if volume is None else volume  # money at constant prices, or units
        if clients is None:
            return Factors(total, people, policy, amount, None, price)
        intensity = np.divide(amount, clients, out=np.full(len(total), np.nan), where=clients > 0)
        return Factors(total, people, policy, clients, intensity, price)

    def _use(self, row: int, measure: str, found: Mapping[str, Figures], year: int) -> Array | None:
        """The sum of a year of a measure that has a record or a forecast, else None."""
        if measure not in found or not self._has(measure, row):
            return None
        return self._sum(found[measure], year).astype(float)

    def _has(self, measure: str, row: int) -> bool:
        return bool(self.fit.fits[measure, self.fit.end].live[row])

    def _sum(self, figures: Figures, year: int) -> Ints:
        """Add the periods of a year: known ones as they are, others as drawn."""
        total = np.zeros(figures.cells.shape[1], dtype=np.int64)
        for period in self._periods(year):
            column, step = period - self.frame.first, period - self.axis.first
            if 0 <= step < self.axis.steps:
                total += figures.cells[step]
            elif 0 <= column < len(figures.record) and np.isfinite(figures.record[column]):
                total += round(float(figures.record[column]))
        return total

    def _periods(self, year: int) -> range:
        first = ordinal(date(year, 1, 1), self.frame.frequency)
        return range(first, first + self.frame.frequency.per_year)

    def _columns(self, year: int, width: int) -> Ints:
        """Columns of the periods of a year, within those there are."""
        columns = np.array(self._periods(year), dtype=np.int64) - self.frame.first
        return np.clip(columns, 0, width - 1)

    def _people(self, row: int, year: int) -> Array:
        exposure = self.fit.exposure[row]
        columns = self._columns(year, len(exposure))
        drawn = np.exp(self.drawing.population_logs(row, columns))
        return np.asarray((exposure[columns][:, None] * drawn).sum(axis=0))

    def _price(self, row: int, year: int) -> Array:
        level = self.fit.price[self.fit.end][row]
        columns = self._columns(year, len(level))
        drawn = np.exp(self.drawing.price_logs(row, columns))
        return np.asarray((level[columns][:, None] * drawn).mean(axis=0))

    def _policy(self, row: int, year: int) -> float:
        """Effect of the events of a product on the use of a year, one without."""
        effects = self._effects.get(self._places[row], [])
        end = self.frame.first + self.frame.periods
        logs = [
            sum(_log_effect(e, t, end, self.frame.frequency) for e in effects if e.used)
            for t in self._periods(year)
        ]
        return float(np.exp(logs).mean())


def _log_effect(effect: EventEffect, period: int, end: int, frequency: Frequency) -> float:
    """Logarithm of what an event does to a period: nothing before it.

    What bends is followed up to the end of the record; how it goes on is not known of the event.
    """
    since = period - effect.period
    if since < 0:
        return 0.0
    size = float(np.log(effect.factor))
    if effect.kind == "slope":
        return size * (min(period, end - 1) - effect.period) / frequency.per_year
    if effect.kind == "outlier":
        return size if since < max(1, _OUTLIER_MONTHS // frequency.months) else 0.0
    return size


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
