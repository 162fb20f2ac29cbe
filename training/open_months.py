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
_RESTLESS = 0.03  # standard deviation of a month's figure of a product about its level
_MOVES = 0.03  # how far a level moves in months that were not fitted, standard deviation of its log


@dataclass(frozen=True)
class OpenMonth:
    """One open month of one product of a municipality.

    Attributes:
        cents: middle of what it will cost.
        log_sd: standard deviation of the logarithm of what it will cost over that.
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


def with_open_months(
    mean: Array, start: int, rows_of: npt.NDArray[np.int64], months: OpenMonths
) -> Array:
    """Move forecasts to what the open months say of a product, and what follows part of the way.

    The months not yet open lean on it as far as it is known better than levels move: a month is
    told by its own error and by how restless months are.

    Args:
        mean: shape (series, steps); NaN where there is none.
        start: column of the first step.
        rows_of: product of each series.
        months: the open months, in the unit of the measure.
    """
    result = mean.copy()
    for group, own in months.items():
        rows = np.flatnonzero((rows_of == group) & np.isfinite(mean).all(axis=1))
        steps = np.array([c - start for c in own if 0 <= c - start < mean.shape[1]], dtype=int)
        total = mean[rows][:, steps].sum(axis=0)
        told = [own[step + start] for step in steps.tolist()]
        said = np.array([month.mean for month in told])
        usable = (total > 0) & (said >= 0)
        if not usable.any():
            continue
        ratio = np.divide(said, total, out=np.ones_like(said), where=usable)
        result[np.ix_(rows, steps)] *= ratio
        later = np.arange(mean.shape[1]) > steps.max()
        spread = np.array([month.log_sd for month in told])
        result[np.ix_(rows, later)] *= _level(
            ratio[usable & (ratio > 0)], spread[usable & (ratio > 0)]
        )
    return result


def _level(ratio: Array, log_sd: Array) -> float:
    """Return by how much a level moved, as far as its months can prove."""
    weight = 1 / (log_sd**2 + _RESTLESS**2)
    if not len(weight):
        return 1.0
    proof = weight.sum() / (weight.sum() + _MOVES**-2)
    return float(np.exp(proof * (weight * np.log(ratio)).sum() / weight.sum()))


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


class Completion:
    """Gives the draws of open months the spread that the nowcast has, product by product.

    A product's draws keep their rank: a path that was high stays high in the months after.

    Args:
        seed: root of the random numbers.
        draws: number of paths.
        start: column of the first step.
        months: the open months.
    """

    def __init__(self, seed: int, draws: int, start: int, months: OpenMonths) -> None:
        self._seed, self._draws, self._start, self._months = seed, draws, start, months
        steps = [c - start for own in months.values() for c in own if c >= start]
        self.steps = max(steps) + 1 if steps else 0
        self._totals = {group: np.zeros((self.steps, draws)) for group in months}

    def add(self, group: int, paths: Array) -> None:
        """Add the draws of one series, (steps, draws), to its product."""
        if group in self._totals and self.steps:
            self._totals[group] += paths[: self.steps]

    def factors(self, group: int) -> Array | None:
        """Return what the draws of a product are to be multiplied by, (steps, draws)."""
        if group not in self._totals or not self.steps:
            return None
        total = self._totals[group]
        result = np.ones_like(total)
        for column, month in self._months[group].items():
            step = column - self._start
            if 0 <= step < self.steps and total[step].min() > 0 and month.cents >= 0:
                deviate = self._deviates(group, step, total[step])
                wanted = np.exp(month.log_sd * deviate)
                result[step] = month.mean * wanted / wanted.mean() / total[step]
        return result

    def _deviates(self, group: int, step: int, total: Array) -> Array:
        """Standard normal deviates in the order of the draws."""
        spread = total.std()
        if spread <= 1e-9 * total.mean():
            name = ("nowcast", str(group), str(step))
            return stream(self._seed, *name).standard_normal(self._draws)
        logs = np.log(total)
        return np.asarray((logs - logs.mean()) / logs.std())
