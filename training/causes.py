"""Splits the growth of every series by cause, from what was fitted and drawn of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency, last_day, ordinal
from models.cube import Axis
from models.drivers import MEASURES_SPLIT, split
from models.hierarchy import OWN_PRODUCT
from models.interventions import EventEffect
from training.draw import FrameDrawing
from training.frame_fit import FrameFit
from training.spread_record import moves

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_OUTLIER_MONTHS = 6  # an outlier that is not over by then was declared again
_USED = ("clients", "volume")  # what use is counted in, where it is known
_FURTHEST = 4.0  # a draw of a small cell says no more than this of volume per client


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
    ended = [day.year if (day.month, day.day) == (12, 31) else day.year - 1 for day in ends]
    base = min(ended, default=until.year)  # nothing is forecast: there is no growth to split
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

    Use is compared per series. Volume per client and price per unit are compared per product of
    the municipality, where they are more than chance; a series adds how its own draws move about
    their mean.

    Args:
        drawing: the paths of the frame at the end of its data.
        axis: axis of the paths.
        years: base year and later ones.
    """

    def __init__(self, drawing: FrameDrawing, axis: Axis, years: Years) -> None:
        self.drawing, self.fit, self.axis, self.years = drawing, drawing.fit, axis, years
        self.frame = self.fit.frame
        places = self.frame.keys[["municipality", "product"]].astype(str)
        self._places = list(places.itertuples(index=False, name=None))
        self._effects: dict[tuple[str, str], list[EventEffect]] = {}
        for effect in self.fit.effects:
            self._effects.setdefault((effect.municipality, effect.product), []).append(effect)
        all_years = (years.base, *years.later)
        self._moves = moves(self.fit, self.frame.measures, all_years)
        self._usual = {
            (measure, year): self._per_product(measure, year)
            for measure in self.frame.measures
            for year in all_years
        }

    def split(self, row: int, found: Mapping[str, Figures]) -> dict[str, Ints]:
        """Return the split of every measure that has one: (1 + years x causes, draws)."""
        result = {}
        for measure in (name for name in MEASURES_SPLIT if self._has(name, row, found)):
            weight = self.frame.frequency.months if measure == "clients" else 1
            base = self._total(row, measure, found, self.years.base) * weight
            parts = [base[None]]
            for year in self.years.later:
                later = self._total(row, measure, found, year) * weight
                begun = "use" if self._people(row, self.years.base).any() else "demography"
                parts.append(split(base, later, self._ratios(row, measure, found, year), begun))
            result[measure] = np.concatenate(parts)
        return result

    def _has(self, measure: str, row: int, found: Mapping[str, Figures]) -> bool:
        return measure in found and bool(self.fit.fits[measure, self.fit.end].live[row])

    def _ratios(
        self, row: int, measure: str, found: Mapping[str, Figures], year: int
    ) -> dict[str, Array]:
        """Return later over base year per cause, each (draws,)."""
        price = self._price(row, found, year) if measure == "cost" else None
        if price is not None and self.frame.is_task[row]:
            return {"price": price, "volume": self._remaining(row, found, year, (), price)}
        of = next(m for m in (*_USED, measure) if self._has(m, row, found))
        people = _over(self._people(row, year), self._people(row, self.years.base))
        policy = self._policy(row, year) / self._policy(row, self.years.base)
        before, after = (self._total(row, of, found, at) for at in (self.years.base, year))
        deflator = price if of == "cost" and price is not None else 1.0
        use = _over(_over(after / deflator, before.astype(float)), people * policy)
        ratios = {"demography": people, "use": use, "policy": np.full(len(use), policy)}
        if price is None:
            return ratios
        ratios["price"] = price
        if of == "clients":
            ratios["volume"] = self._remaining(row, found, year, ("clients",), price)
        return ratios

    def _price(self, row: int, found: Mapping[str, Figures], year: int) -> Array:
        """Price per unit over that of the base year; where no volume is known, the price index."""
        drawn = np.exp(self._drawn_price(row, year) - self._drawn_price(row, self.years.base))
        if self.frame.is_task[row] or not self._has("volume", row, found):
            return np.asarray(drawn * self._index(row, year) / self._index(row, self.years.base))
        usual = self._usual_ratio(row, ("cost",), ("volume",), year)
        return np.asarray(drawn * usual)

    def _remaining(
        self,
        row: int,
        found: Mapping[str, Figures],
        year: int,
        per: tuple[str, ...],
        price: Array,
    ) -> Array:
        """Volume per client over that of the base year, or money at constant prices per client."""
        cost = self._total(row, "cost", found, year).astype(float)
        usual = self._usual_ratio(row, ("cost",), per, year)
        drawn = _about_one(cost) / _about_one(price)
        for measure in per:
            drawn = _over(drawn, _about_one(self._total(row, measure, found, year).astype(float)))
        drawn = np.clip(np.nan_to_num(drawn, nan=1.0, posinf=1.0), 1 / _FURTHEST, _FURTHEST)
        return np.asarray(usual / price.mean() * drawn / drawn.mean())

    def _usual_ratio(
        self, row: int, top: tuple[str, ...], bottom: tuple[str, ...], year: int
    ) -> float:
        """Later over base year of a ratio of the product, from its record and its forecast."""
        group = self._group(row)
        ratio = 1.0
        for measures, sign in ((top, 1), (bottom, -1)):
            for measure in measures:
                before, after = (self._usual[measure, at][group] for at in (self.years.base, year))
                if not (before > 0 and after > 0):
                    return float("nan")
                ratio *= (after / before) ** sign
        return ratio

    def _group(self, row: int) -> int:
        hierarchy = self.frame.hierarchy(self.frame.measures[0])
        return int(hierarchy.groups[OWN_PRODUCT][row])

    def _per_product(self, measure: str, year: int) -> Array:
        """What a year of each product of a municipality comes to: known, else expected."""
        own = self.fit.fits[measure, self.fit.end]
        known = self.frame.values[measure][:, : self.frame.known_until(measure)]
        width = own.start + own.mean.shape[1]
        course = np.full((len(known), width), np.nan)
        course[:, : known.shape[1]] = known
        ahead = own.live[:, None] & np.isnan(course[:, own.start :])
        course[:, own.start :] = np.where(ahead, own.mean, course[:, own.start :])
        columns = np.array(self._periods(year), dtype=np.int64) - self.frame.first
        columns = columns[(columns >= 0) & (columns < width)]
        hierarchy = self.frame.hierarchy(self.frame.measures[0])
        total = hierarchy.add_up(np.nan_to_num(course[:, columns]), OWN_PRODUCT)
        return np.asarray(total.sum(axis=1))

    def _total(self, row: int, measure: str, found: Mapping[str, Figures], year: int) -> Ints:
        """The sum of a year, with its share of what is known for the municipality only."""
        return np.asarray(self._sum(found[measure], year) + self._moves[measure, year][row])

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

    def _index(self, row: int, year: int) -> float:
        level = self.fit.price[self.fit.end][row]
        return float(level[self._columns(year, len(level))].mean())

    def _drawn_price(self, row: int, year: int) -> Array:
        """Logarithm of the drawn price over the expected one, mean of a year, (draws,)."""
        width = self.fit.price[self.fit.end].shape[1]
        return np.asarray(self.drawing.price_logs(row, self._columns(year, width)).mean(axis=0))

    def _policy(self, row: int, year: int) -> float:
        """Effect of the events of a product on the use of a year, one without."""
        effects = self._effects.get(self._places[row], [])
        end = self.frame.first + self.frame.periods
        logs: list[float] = [
            sum(_log_effect(e, t, end, self.frame.frequency) for e in effects if e.used)
            for t in self._periods(year)
        ]
        return float(np.mean(np.exp(logs)))


def _over(top: Array, bottom: Array) -> Array:
    ratio = np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)
    return np.asarray(ratio)


def _about_one(values: Array) -> Array:
    """Values over their mean; NaN where there is none."""
    mean = values.mean()
    return np.asarray(values / mean) if mean > 0 else np.full(len(values), np.nan)


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
