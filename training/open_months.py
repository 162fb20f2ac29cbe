"""Puts what a nowcast says of months that are still being declared into forecasts and paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency, ordinals
from models.completed import DECLARED, Completed
from models.hierarchy import OWN_PRODUCT, Hierarchy
from models.nowcast import complete
from models.panel import Panel
from models.paths import stream
from training.frames import Frame

Array = npt.NDArray[np.float64]
_TELLING = 0.25  # share declared from which a month is learnt from
# What nowcasts of the example missed: months of a product correlate by 0.3, products by 0.05.
_GOES_ALONG, _TOGETHER = 0.55, 0.22
_YEAR = 12


@dataclass(frozen=True)
class OpenMonth:
    """One open month of one product of a municipality.

    Attributes:
        cents: middle of what it will cost; of volume, see `in_units`: units.
        log_sd: standard deviation of the logarithm of what it will come to over that.
    """

    cents: float
    log_sd: float

    @property
    def mean(self) -> float:
        """What it will cost on average."""
        return float(self.cents * np.exp(self.log_sd**2 / 2))


OpenMonths = dict[int, dict[int, OpenMonth]]  # product of a municipality -> column -> month


def nowcast(known: Panel, frame: Frame, periods: int) -> dict[tuple[str, str], Completed]:
    """Complete the open service months of a frame by month, as known after so many periods.

    A product that is declared at once has no open months of its own: what was declared is what it
    cost.

    Args:
        known: the delivery as known then.
        frame: its series.
        periods: how many had passed.
    """
    if frame.frequency != Frequency.MONTH or not len(known.declarations):
        return {}
    at = frame.first + periods - 1
    found = complete(known.declarations, known.allocations, at)
    lag = frame.declaring.get("cost", 0)
    return _at_once(known.declarations, at, lag, found) | found if lag else {}


def _at_once(
    declarations: pd.DataFrame, at: int, lag: int, found: Mapping[tuple[str, str], Completed]
) -> dict[tuple[str, str], Completed]:
    months = ordinals(declarations["service_period"].to_numpy(), Frequency.MONTH)
    recent = declarations[(months > at - lag) & (months <= at)]
    month = ordinals(recent["service_period"].to_numpy(), Frequency.MONTH) - (at - lag + 1)
    result = {}
    places = recent[["municipality", "product"]].astype(str)
    for place in sorted(set(places.itertuples(index=False, name=None)) - set(found)):
        rows = np.flatnonzero((places == place).all(axis=1))
        cents = np.zeros(lag, dtype=np.int64)
        np.add.at(cents, month[rows], recent["cost_cents"].to_numpy()[rows].astype(np.int64))
        certain = np.ones(lag)
        result[place] = Completed(
            at - lag + 1, cents, cents.astype(float), 0 * certain, certain, (DECLARED,) * lag
        )
    return result


def by_group(
    found: Mapping[tuple[str, str], Completed], frame: Frame, hierarchy: Hierarchy
) -> OpenMonths:
    """Lay completed months on the products of a frame: group -> column -> month."""
    keys = frame.keys[["municipality", "product"]].astype(str)
    group_of = dict(
        zip(keys.itertuples(index=False, name=None), hierarchy.groups[OWN_PRODUCT], strict=True)
    )
    return {
        int(group_of[key]): {
            int(month) - frame.first: OpenMonth(float(own.completed_cents[i]), float(own.log_sd[i]))
            for i, month in enumerate(own.months)
        }
        for key, own in found.items()
        if key in group_of
    }


def usable_months(completed: Mapping[tuple[str, str], Completed], end: int) -> int:
    """Return how many open months from the first on tell enough to be learnt from.

    Args:
        completed: the open months of every product.
        end: ordinal of the last month that has passed.
    """
    shares: dict[int, list[float]] = {}
    for own in completed.values():
        for month, share in zip(own.months.tolist(), own.share.tolist(), strict=True):
            shares.setdefault(month, []).append(share)
    unsaid = [month for month in shares if np.median(shares[month]) < _TELLING]
    return end + 1 - min(unsaid, default=end + 1)


def spread_over_series(
    values: Array, clients: Array | None, groups: npt.NDArray[np.int64], total: Array
) -> Array:
    """Spread what products come to in open months over their series, (series, months).

    With what each had in its last year, and the clients it has had since.

    Args:
        values: the record of the measure before the open months, (series, periods).
        clients: clients, (series, periods + months), or None where they are not known.
        groups: product of each series.
        total: what each product comes to, (products, months); NaN = not known.
    """
    months, season = total.shape[1], min(_YEAR, values.shape[1])
    had = np.nan_to_num(values[:, values.shape[1] - season :]).sum(axis=1)
    weight = np.repeat(np.maximum(had, 0.0)[:, None], months, axis=1)
    if clients is not None:
        before = np.nan_to_num(clients[:, values.shape[1] - season : values.shape[1]]).mean(axis=1)
        now = clients[:, values.shape[1] : values.shape[1] + months]
        change = np.divide(now, before[:, None], out=np.ones_like(now), where=before[:, None] > 0)
        weight = weight * np.nan_to_num(change, nan=1.0)
    recorded = np.asarray(np.isfinite(values).any(axis=1, keepdims=True))
    evenly = np.zeros_like(total)
    np.add.at(evenly, groups, np.repeat(recorded.astype(float), months, axis=1))
    sums = np.zeros_like(total)
    np.add.at(sums, groups, weight)
    even = np.where(recorded, 1.0 / np.maximum(evenly[groups], 1.0), 0.0)
    share = np.divide(weight, sums[groups], out=even, where=sums[groups] > 0)
    return np.asarray(np.where(recorded, share * total[groups], np.nan))


def in_units(months: OpenMonths, per_unit: Mapping[int, Array]) -> OpenMonths:
    """Turn money into volume: months of products whose price per unit is known.

    Args:
        months: in cents.
        per_unit: product -> cents per unit, by column.
    """
    return {
        group: {
            column: OpenMonth(month.cents / per_unit[group][column], month.log_sd)
            for column, month in own.items()
            if per_unit[group][column] > 0
        }
        for group, own in months.items()
        if group in per_unit
    }


@dataclass(frozen=True, eq=False)
class OpenRecord:
    """What is known at an origin of the months that were still being declared then.

    Attributes:
        frame: the series.
        periods: how many had passed.
        values: measure -> figures as they were known, (series, periods).
        price: price of a unit, (series, periods and more).
        completed: the open months of every product.
    """

    frame: Frame
    periods: int
    values: Mapping[str, Array]
    price: Array
    completed: Mapping[tuple[str, str], Completed]

    def record(self, measure: str) -> Array:
        """Return what was known in full."""
        return self.values[measure][:, : max(self.periods - self.frame.lags[measure], 0)]

    def steps(self, measure: str) -> int:
        """Return how many periods at the end are completed by the nowcast."""
        lag = self.frame.lags[measure] if self.frame.declaring[measure] else 0
        told = self.completed and "cost" in self.frame.measures
        return lag if told and self.periods > lag else 0

    def learnt(self, measure: str) -> Array:
        """Return the open periods that tell enough to be learnt from, (series, some steps)."""
        untold = usable_months(self.completed, self.frame.first + self.periods - 1)
        return self.come_to(measure)[:, : self.steps(measure) - untold]

    def come_to(self, measure: str) -> Array:
        """Return what the open periods come to, (series, steps).

        Where nothing is late, that is what is known; NaN where nobody can say.
        """
        hierarchy, record = self.frame.hierarchy(measure), self.record(measure)
        columns = np.arange(record.shape[1], record.shape[1] + self.steps(measure))
        total = np.full((hierarchy.size(OWN_PRODUCT), len(columns)), np.nan)
        for group, own in self.months(measure).items():
            total[group] = [own[c].mean if c in own else np.nan for c in columns.tolist()]
        groups = hierarchy.groups[OWN_PRODUCT]
        spread = spread_over_series(record, self.values.get("clients"), groups, total)
        late = np.isin(groups, sorted(self._late()))[:, None]
        told = np.where(np.isfinite(total).all(axis=1)[groups, None], spread, np.nan)
        return np.where(late, told, self.values[measure][:, columns])

    def months(self, measure: str) -> OpenMonths:
        """Return the open months per product, in the unit of the measure."""
        if not self.steps(measure):
            return {}
        months = by_group(self.completed, self.frame, self.frame.hierarchy(measure))
        if measure == "cost":
            return months
        late = self._late()
        return in_units({g: own for g, own in months.items() if g in late}, self._unit_prices())

    def _late(self) -> set[int]:
        """Products of which something of the open months was still to be declared."""
        months = by_group(self.completed, self.frame, self.frame.hierarchy("cost"))
        return {g for g, own in months.items() if any(m.log_sd > 0 for m in own.values())}

    def _unit_prices(self) -> dict[int, Array]:
        """Cents per unit of volume per product, by column: those of late, and the price since."""
        cost, volume = self.record("cost"), self.record("volume")
        hierarchy = self.frame.hierarchy("volume")
        width = min(cost.shape[1], volume.shape[1])
        late = slice(max(width - self.frame.frequency.per_year // 4, 0), width)
        # Sums of the product: one may be known for the municipality only, the other per district.
        paid, used = (
            hierarchy.add_up(np.nan_to_num(own), OWN_PRODUCT).sum(axis=1)
            for own in (cost[:, late] / self.price[:, late], volume[:, late])
        )
        _, first = np.unique(hierarchy.groups[OWN_PRODUCT], return_index=True)
        return {
            group: paid[group] / used[group] * self.price[row]
            for group, row in enumerate(first)
            if used[group] > 0 and paid[group] > 0
        }


class Completion:
    """Gives the draws of open months the spread that the nowcast has, product by product.

    What is not told yet of an open month goes along with the months after it, in part, and so with
    the other open months of its product; a little of it all products share.

    Args:
        seed: root of the random numbers.
        draws: number of paths.
        start: column of the first step.
        steps: steps that are open.
        months: the open months.
    """

    def __init__(self, seed: int, draws: int, start: int, steps: int, months: OpenMonths) -> None:
        self._seed, self._draws, self._start, self._months = seed, draws, start, months
        self.steps = steps
        self._next = {group: np.zeros(draws) for group in months}

    def add(self, group: int, paths: Array) -> None:
        """Add the draws of one series, (steps, draws), to its product."""
        if group in self._next and self.steps < len(paths):
            self._next[group] += paths[self.steps]

    def factors(self, group: int) -> Array | None:
        """Return what the draws of a product are multiplied by, (open steps, draws)."""
        if group not in self._months:
            return None
        shared = stream(self._seed, "nowcast", "").standard_normal(self._draws)
        along = _GOES_ALONG * _deviates(self._next[group]) + _TOGETHER * shared
        rest = np.sqrt(1 - _GOES_ALONG**2 - _TOGETHER**2)
        result = np.ones((self.steps, self._draws))
        for column, month in self._months[group].items():
            step = column - self._start
            if 0 <= step < self.steps:
                own = stream(self._seed, "nowcast", str(group), str(column))
                noise = own.standard_normal(self._draws)
                drawn = np.exp(month.log_sd * (along + rest * noise))
                result[step] = drawn / drawn.mean()
        return result


def _deviates(draws: Array) -> Array:
    """Standard normal deviates in the order of draws that are not negative; zero if all alike."""
    logs = np.log(np.maximum(draws, 1e-9 * max(draws.mean(), 1e-9)))
    spread = logs.std()
    return np.asarray((logs - logs.mean()) / spread) if spread > 0 else np.zeros(len(draws))
