"""`CostModel`: volume per client and price per unit, or cost per client where no volume is known.

A measure is a chain: clients x volume per client x price per unit. The model learns the ratio of a
child (volume, cost) to its parent (clients, volume): its course over time per product is forecast
by the ensemble, how a district deviates from its product is a ridge regression that shrinks small
districts towards no deviation (scikit-learn).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import Ridge

from models.catalogue import Frequency
from models.hierarchy import OWN_PRODUCT
from models.history import Block, ready
from models.member_choice import EVERY, allowed
from models.members import BASELINE, History, MemberForecast, ask

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_MEMBERS = (BASELINE, "AutoETS", "AutoTheta")
_RIDGE = 1.5  # periods of typical size of "no deviation" that a district must outweigh
_STANDS = 0.01  # a sum that moves less than this at constant prices stands
_MAX_DEVIATION = 1.5  # as log: a factor of 4.5 is a recording fault, not a district


class CostModel:
    """Ratio of a child measure to its parent, per product over time and per district.

    Args:
        horizon: periods to forecast.
        damping: weight of the seasonal naive in the ratio's course, 0-1.
        chosen: members the ensemble is limited to; empty = all. The seasonal naive stays.

    Attributes (after fit):
        ratio_: forecast ratio per municipality and product, shape (groups, horizon); NaN = none.
        deviation_: log deviation per series, shape (series,).
        reasons_: group -> why its ratio fell back on the baseline.
    """

    def __init__(self, horizon: int, damping: float = 0.5, chosen: tuple[str, ...] = EVERY) -> None:
        self.horizon = horizon
        self.damping = damping
        self.members = allowed(_MEMBERS, chosen, BASELINE)

    def fit(self, parent: Block, child: Block) -> CostModel:
        """Learn from two blocks over the same series and periods; returns self."""
        together = product_ratio(parent, child)
        self.ratio_ = np.full((len(together), self.horizon), np.nan)
        self.reasons_: dict[int, str] = {}
        for group, history in enumerate(together):
            if history is None:
                continue
            answers = ask(self.members, history, self.horizon)
            self.ratio_[group], reason = _damped_median(answers, self.damping)
            if reason:
                self.reasons_[group] = reason
        self.deviation_ = district_deviation(parent, child)
        return self

    def predict(self, parent: Block, parent_mean: Array, skip: int = 0) -> Array:
        """Multiply a parent's forecast into the child's; NaN = no ratio.

        Args:
            parent: gives the groups.
            parent_mean: shape (series, horizon - skip).
            skip: periods between the end of the fit and the first one wanted.
        """
        groups = parent.hierarchy.groups[OWN_PRODUCT]
        factor = np.exp(self.deviation_)[:, None]
        weighted = parent.hierarchy.add_up(parent_mean * factor, OWN_PRODUCT)
        plain = parent.hierarchy.add_up(parent_mean, OWN_PRODUCT)
        # Deviations say who is dearer than whom; the product's own ratio sets the level.
        level = np.divide(plain, weighted, out=np.ones_like(plain), where=weighted > 0)
        return np.asarray(parent_mean * factor * (self.ratio_[:, skip:] * level)[groups])


def _damped_median(answers: dict[str, MemberForecast], damping: float) -> tuple[Array, str]:
    spoken = [answer.values for answer in answers.values() if answer.values is not None]
    naive = answers[BASELINE].values
    base = spoken[0] if naive is None else naive
    median = np.median(spoken, axis=0)
    silent = "; ".join(f"{a.member} {a.reason}" for a in answers.values() if a.values is None)
    return (1 - damping) * median + damping * base, silent if len(spoken) == 1 else ""


def fixed_sums(block: Block, horizon: int) -> Array:
    """Return the sum that a task costs, (series, horizon): what it cost last, at constant prices.

    A sum that has stood for a quarter of a year holds; one that is paid unevenly repeats its last
    year. What moves it is its price, and a new contract.
    """
    filled = np.maximum(ready(block).filled, 0.0)
    season = min(block.frequency.per_year, block.periods)
    year = np.take(filled[:, -season:], np.arange(horizon) % season, axis=1)
    latest = filled[:, -max(season // 4, 1) :]
    level = np.median(latest, axis=1)
    stands = np.all(np.abs(latest - level[:, None]) <= _STANDS * level[:, None], axis=1)
    return np.where(stands[:, None], level[:, None], year)


def product_ratio(parent: Block, child: Block) -> list[History | None]:
    """Return child over parent per municipality and product, where both are known in full.

    Series that only one of the two measures knows (a municipality-wide cost beside clients per
    district) count with their side of the ratio.
    """
    top = _complete_sum(child)
    bottom = _complete_sum(replace(parent, values=_counted(parent, child)))
    usable = np.isfinite(top) & np.isfinite(bottom) & (bottom > 0)
    usable = _usual(child, usable)
    histories: list[History | None] = []
    for group in range(len(top)):
        at = np.flatnonzero(usable[group])
        if not at.size:
            histories.append(None)
            continue
        first, last = int(at[0]), int(at[-1])
        ratio = top[group, at] / bottom[group, at]
        filled = np.interp(np.arange(first, last + 1), at, ratio)
        if last < child.periods - 1:  # the ratio is wanted from the end of the history on
            filled = np.append(filled, _carried(filled, child.periods - 1 - last, child.frequency))
        histories.append(History(filled, child.first + first, child.frequency))
    return histories


def _usual(child: Block, usable: Mask) -> Mask:
    """Leave periods out in which an outlier was declared, where a year of others remains.

    What a client used in a lockdown says nothing of what clients use.
    """
    keys = child.hierarchy.keys["product"].astype(str).to_numpy()
    _, first = np.unique(child.hierarchy.groups[OWN_PRODUCT], return_index=True)
    result = usable.copy()
    for group, row in enumerate(first):
        periods = [e.period for e in child.events.get(keys[row], ()) if e.kind == "outlier"]
        columns = np.array(periods, dtype=np.int64) - child.first
        columns = columns[(columns >= 0) & (columns < child.periods)]
        kept = result[group].copy()
        kept[columns] = False
        if kept.sum() >= child.frequency.per_year:
            result[group] = kept
    return result


def _counted(parent: Block, child: Block) -> Array:
    """The parent's figures that a child belongs to.

    A district that never has the child does not count, unless the child is known for the
    municipality as a whole only.
    """
    has_child = np.asarray(np.isfinite(child.values).any(axis=1))
    keys = parent.hierarchy.keys
    whole = has_child & (keys["district"] == keys["municipality"]).to_numpy()
    children, wholes = (
        parent.hierarchy.add_up(rows.astype(float), OWN_PRODUCT) for rows in (has_child, whole)
    )
    only_whole = ((children == 1) & (wholes == 1))[parent.hierarchy.groups[OWN_PRODUCT]]
    return np.where((has_child | only_whole)[:, None], parent.values, np.nan)


def _carried(values: Array, periods: int, frequency: Frequency) -> Array:
    season = frequency.per_year if len(values) >= frequency.per_year else 1
    return np.resize(values[-season:], periods)


def _complete_sum(block: Block) -> Array:
    """Sum per municipality and product; NaN where a running series has a hole."""
    state = ready(block)
    known = np.isfinite(block.values)
    at = np.arange(block.periods)
    started = (at >= state.start[:, None]) & np.asarray(known.any(axis=1))[:, None]
    hole = started & ~known & state.live[:, None]
    total = block.hierarchy.add_up(np.nan_to_num(block.values), OWN_PRODUCT)
    holes = block.hierarchy.add_up(hole.astype(float), OWN_PRODUCT)
    any_known = block.hierarchy.add_up(known.astype(float), OWN_PRODUCT)
    return np.where((holes == 0) & (any_known > 0), total, np.nan)


def district_deviation(parent: Block, child: Block) -> Array:
    """Log deviation of each series' ratio from its product's, shrunk; shape (series,)."""
    season = parent.frequency.per_year
    window = slice(max(0, parent.periods - 2 * season), parent.periods)
    top, bottom = child.values[:, window], parent.values[:, window]
    both: Mask = np.isfinite(top) & np.isfinite(bottom) & (top > 0) & (bottom > 0)
    groups = parent.hierarchy.groups[OWN_PRODUCT]
    deviation = np.zeros(len(groups))
    group_top = parent.hierarchy.add_up(np.where(both, top, 0.0), OWN_PRODUCT).sum(axis=1)
    group_bottom = parent.hierarchy.add_up(np.where(both, bottom, 0.0), OWN_PRODUCT).sum(axis=1)
    for group in range(len(group_top)):
        rows = np.flatnonzero((groups == group) & np.asarray(both.any(axis=1)))
        if len(rows) > 1 and group_bottom[group] > 0:
            average = group_top[group] / group_bottom[group]
            deviation[rows] = _ridge(top[rows], bottom[rows], both[rows], average)
    return deviation


def _ridge(top: Array, bottom: Array, both: Mask, average: float) -> Array:
    """One coefficient per series, weighted by the parent's size in periods of typical size."""
    row, column = np.nonzero(both)
    target = np.log(top[row, column] / bottom[row, column] / average)
    weight = bottom[row, column] / bottom[both].mean()
    design = np.eye(len(top))[row]
    model = Ridge(alpha=_RIDGE, fit_intercept=False)
    model.fit(design, np.clip(target, -_MAX_DEVIATION, _MAX_DEVIATION), sample_weight=weight)
    return np.asarray(model.coef_)
