"""What was forecast for the series of one frequency, from every origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.break_kinds import Break
from models.completed import Completed
from models.demand import Recipe
from models.ensemble import Trust
from models.interventions import EventEffect
from models.price_index import IndexYear
from training.frames import Frame
from training.open_months import OpenMonths

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class OriginFit:
    """Point forecasts of one measure from one origin.

    Attributes:
        origin: periods that had passed.
        start: column of the first step: history length of the measure at the origin.
        open: steps from there that had passed at the origin and are completed by a nowcast.
        mean: shape (series, steps); zero for series that are not forecast; cost at the prices of
            each period.
        baseline: seasonal naive, same shape.
        direct: forecast of the measure by itself, same shape.
        parts: forecast through its parent, same shape; NaN where there is no parent.
        unit: index of dispersion per series.
        through: series that were forecast through their parent.
        follows: those of them that move with their parent; the sum of a task does not.
        live: series that were forecast.
        outcome, reason, method: per series, see `models.demand.Forecast`.
    """

    origin: int
    start: int
    open: int
    mean: Array
    baseline: Array
    direct: Array
    parts: Array
    unit: Array
    through: Mask
    follows: Mask
    live: Mask
    outcome: list[str]
    reason: list[str]
    method: list[str]


@dataclass
class FrameFit:
    """Everything that was forecast for a frame.

    Attributes:
        frame: the series.
        origins: lengths of history that were judged, oldest first; the last entry is the end.
        known: origin -> measure -> figures as they were known then, (series, periods).
        fits: (measure, origin) -> point forecasts.
        recipes: (measure, origin) -> recipe used there.
        trust: (measure, origin) -> losses of the members known there, per level.
        assumptions: sentences for the manifest.
        breaks: measure -> breaks in the record as known at the end.
        members: measure -> what each member adds, see `training.contributions`.
        population: origin -> municipality -> variance of its population per year ahead.
        price: origin -> price of a unit as known then, history and horizon, (series, periods).
        price_log_sd: origin -> standard deviation of its logarithm, same shape.
        outliers: origin -> periods in which an outlier was declared by then, (series, periods).
        open_months: (measure, origin) -> months that were still being declared, completed, in the
            unit of the measure.
        completed: the same in money per municipality and product, as known at the end.
        indices: the price indices that products follow, as known at the end.
        exposure: expected use as known at the end, (series, periods + horizon).
        effects: what dated policy events did to use, as known at the end.
    """

    frame: Frame
    origins: list[int]
    known: dict[int, dict[str, Array]] = field(default_factory=dict)
    fits: dict[tuple[str, int], OriginFit] = field(default_factory=dict)
    recipes: dict[tuple[str, int], Recipe] = field(default_factory=dict)
    trust: dict[tuple[str, int], Trust] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    breaks: dict[str, list[Break]] = field(default_factory=dict)
    population: dict[int, dict[str, float]] = field(default_factory=dict)
    members: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    price: dict[int, Array] = field(default_factory=dict)
    price_log_sd: dict[int, Array] = field(default_factory=dict)
    outliers: dict[int, Mask] = field(default_factory=dict)
    open_months: dict[tuple[str, int], OpenMonths] = field(default_factory=dict)
    completed: dict[tuple[str, str], Completed] = field(default_factory=dict)
    indices: tuple[IndexYear, ...] = ()
    exposure: Array = field(default_factory=lambda: np.ones((0, 0)))
    effects: list[EventEffect] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The final origin: everything known at the as-of date."""
        return self.origins[-1]

    def record(self, measure: str, at: int | None = None) -> Array:
        """The figures of a measure as known at an origin (None = the end), final ones only."""
        known = self.known[self.end if at is None else at][measure]
        return known[:, : max(known.shape[1] - self.frame.declaring[measure], 0)]

    def actual(self, measure: str, fit: OriginFit, at: int | None = None) -> Array:
        """What happened after an origin, NaN where unknown; shape as the forecast.

        Args:
            measure: clients, volume or cost.
            fit: the forecast.
            at: the origin at which is asked; None = the end. Nothing that came later, nor a later
                correction, is seen.
        """
        result = np.full(fit.mean.shape, np.nan)
        after = self.record(measure, at)[:, fit.start : fit.start + fit.mean.shape[1]]
        result[:, : after.shape[1]] = after
        return result
