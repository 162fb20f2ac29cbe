"""Draws the joint paths of a frame: chained measures, spread districts, known periods fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.error_rows import OriginErrors
from models.hierarchy import OWN_PRODUCT
from models.joint import Drawing, Paths
from models.paths import centred
from models.uncertainty import Components, estimate
from training.frame_fit import FrameFit, OriginFit
from training.open_months import Completion, OpenMonths

Array = npt.NDArray[np.float64]
_REMEMBERED = 4  # origins that bands are learned from: older errors tell of another time
_MOSTLY_USUAL = 0.5  # share of a year that may be left out
_YEARS_OF_RECORD = 4  # that say how much the figures move by themselves


def origin_errors(
    fit: FrameFit, measure: str, before: int | None = None, *, usual: bool = False
) -> list[OriginErrors]:
    """Return the errors of a measure *given* its parent, per judged origin.

    What a child missed because its parent was missed belongs to the parent: the child's forecast is
    first corrected for what the parent turned out to be.

    Args:
        fit: the frame.
        measure: clients, volume or cost.
        before: only origins before this one, and only what had happened by then.
        usual: leave out periods in which an outlier had been declared.
    """
    result = []
    for origin in fit.origins[:-1]:
        if before is not None and origin >= before:
            continue
        own = fit.fits[measure, origin]
        actual = fit.actual(measure, own, before)
        forecast = fit.frame.links[measure].to_record(own.mean) * _parent_surprise(
            fit, measure, own, before
        )
        known = np.isfinite(forecast)
        parts = np.where(known, forecast, 0.0), np.where(known, actual, np.nan)
        ahead = OriginErrors(*(part[:, own.open :] for part in parts))
        if usual:
            at = fit.end if before is None else before
            strange = _strange(fit, at, own.start + own.open, ahead.forecast.shape[1])
            season = fit.frame.frequency.per_year
            ahead = _usual(ahead.forecast, ahead.actual, strange, season)
        result.append(ahead)
    return result


def _strange(fit: FrameFit, at: int, begin: int, steps: int) -> npt.NDArray[np.bool_]:
    """Periods from a column on in which an outlier had been declared at an origin."""
    if not fit.outliers:  # nothing was ever declared
        return np.zeros((len(fit.frame.keys), steps), dtype=bool)
    known = fit.outliers[at][:, begin : begin + steps]
    return np.pad(known, ((0, 0), (0, steps - known.shape[1])))


def _usual(
    forecast: Array, actual: Array, strange: npt.NDArray[np.bool_], season: int
) -> OriginErrors:
    """Leave out periods in which something happened that is declared not to be usual.

    A year of which more than half is left out says nothing.
    """
    years = -(-forecast.shape[1] // season)
    padded = np.pad(strange, ((0, 0), (0, years * season - strange.shape[1])))
    mostly = padded.reshape(len(strange), years, season).mean(axis=2) > _MOSTLY_USUAL
    lost = np.repeat(mostly, season, axis=1)[:, : forecast.shape[1]]
    out = strange & np.isfinite(actual)
    return OriginErrors(
        np.where(out, 0.0, forecast), np.where(lost, np.nan, np.where(out, 0.0, actual))
    )


def _parent_surprise(fit: FrameFit, measure: str, own: OriginFit, before: int | None) -> Array:
    """Actual over forecast of the parent, per row that holds a record.

    Ones for what was not forecast through its parent: its error is all its own.
    """
    frame = fit.frame
    link = frame.links[measure]
    factor = np.ones_like(own.mean)
    for parent in sorted({name for name in link.parent if name}):
        above = fit.fits[parent, own.origin]
        was, said = fit.actual(parent, above, before), above.mean
        rows = link.has_parent(frame.hierarchy(measure), parent) & above.live & own.follows
        joined = [np.where(rows[:, None], part, 0.0) for part in (was, said)]
        top, bottom = (link.to_record(part) for part in joined)
        ratio = np.divide(top, bottom, out=np.ones_like(top), where=bottom > 0)
        aligned = _aligned(ratio, above.start - own.start, factor.shape[1])
        holders = np.zeros(len(rows), dtype=bool)
        holders[link.holder[rows]] = True
        factor[holders] = aligned[holders]
    return factor


def history_errors(fit: FrameFit, measure: str, origin: int) -> list[OriginErrors]:
    """Return how far each of the last years was from the year before, as known at an origin.

    Where few origins have been judged yet, the record itself says how much its figures move: they
    are the errors of a naive forecast (`models.uncertainty` stretches its prior to them).
    """
    frame = fit.frame
    season = frame.frequency.per_year
    values = fit.record(measure, origin)
    if measure == "cost":  # what prices did is forecast apart
        values = values / fit.price[origin][:, : values.shape[1]]
    result = []
    for start in range(values.shape[1] - season, season - 1, -season):
        before, after = values[:, start - season : start], values[:, start : start + season]
        forecast = before * _parent_change(fit, measure, origin, start)
        known = np.isfinite(forecast) & (forecast > 0)
        strange = _strange(fit, origin, start, season) | _strange(
            fit, origin, start - season, season
        )
        pair = np.where(known, forecast, 0.0), np.where(known, after, np.nan)
        result.append(_usual(*pair, strange, season))
    return result[:_YEARS_OF_RECORD]


def _parent_change(fit: FrameFit, measure: str, origin: int, start: int) -> Array:
    """This year over last year of the parent, per row that holds a record; ones without one."""
    frame = fit.frame
    link, season = frame.links[measure], frame.frequency.per_year
    factor = np.ones((len(frame.keys), season))
    for parent in sorted({name for name in link.parent if name}):
        rows = link.has_parent(frame.hierarchy(measure), parent)
        rows &= fit.fits[measure, origin].follows
        known = fit.known[origin][parent]
        spans = (slice(start, start + season), slice(start - season, start))
        top, bottom = (
            link.to_record(np.where(rows[:, None], known[:, span], 0.0)) for span in spans
        )
        ratio = np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)
        factor = np.where((bottom > 0) | np.isnan(bottom), ratio, factor)
    return factor


@dataclass(frozen=True)
class MeasureDrawing:
    """A drawing of one measure with its shared shocks, ready to draw rows."""

    drawing: Drawing
    shared: dict[str, Paths]


class FrameDrawing:
    """Draws paths of all measures of a frame from one origin.

    Args:
        fit: the point forecasts.
        origin: where to stand.
        components: measure -> size of the errors, as known at the origin.
        seed: the edition's seed.
        draws: number of paths.
    """

    def __init__(
        self,
        fit: FrameFit,
        origin: int,
        components: dict[str, Components],
        seed: int,
        draws: int,
    ) -> None:
        self.fit, self.origin, self.draws = fit, origin, draws
        self.start = min(fit.fits[m, origin].start for m in fit.frame.measures)
        self.measures = {
            measure: self._measure(measure, components[measure], seed)
            for measure in fit.frame.measures
        }
        self._seed = seed
        self._completions = self._completed()

    def _completed(self) -> dict[str, Completion]:
        """Draw everything once for what open months add up to, where there are any."""
        months = {m: self.fit.open_months.get((m, self.origin), {}) for m in self.measures}
        found = {measure: self._completion(measure, own) for measure, own in months.items() if own}
        for row in range(len(self.fit.frame.keys)) if found else ():
            for measure, paths in self._drawn(row).items():
                if measure in found:
                    found[measure].add(self._product(measure, row), paths)
        return found

    def _completion(self, measure: str, months: OpenMonths) -> Completion:
        own = self.fit.fits[measure, self.origin]
        return Completion(self._seed, self.draws, own.start, own.open, months)

    def _product(self, measure: str, row: int) -> int:
        return int(self.fit.frame.hierarchy(measure).groups[OWN_PRODUCT][row])

    def _measure(self, measure: str, components: Components, seed: int) -> MeasureDrawing:
        frame, own = self.fit.frame, self.fit.fits[measure, self.origin]
        season = frame.frequency.per_year
        steps = own.mean.shape[1]
        drawing = Drawing(
            measure=measure,
            hierarchy=frame.hierarchy(measure),
            mean=frame.links[measure].to_record(own.mean),
            unit=own.unit,
            years=(np.arange(steps) - own.open + 0.5) / season,
            season=season,
            components=components,
            seed=seed,
            draws=self.draws,
            population=self.fit.population.get(self.origin, {}),
            price_log_sd=self._price_log_sd(own) if measure == "cost" else None,
            fixed=frame.is_task if measure == "cost" else None,
        )
        return MeasureDrawing(drawing, drawing.shared())

    def _price_log_sd(self, own: OriginFit) -> Array:
        """How unsure the prices of the forecast are, (series, steps)."""
        steps = slice(own.start, own.start + own.mean.shape[1])
        return np.asarray(self.fit.price_log_sd[self.origin][:, steps])

    def series(self, row: int) -> dict[str, Array]:
        """Draw one series: measure -> (steps of that measure, draws), in its own unit."""
        drawn = self._drawn(row)
        for measure, completion in self._completions.items():
            factors = completion.factors(self._product(measure, row)) if measure in drawn else None
            if factors is not None:
                drawn[measure][: len(factors)] *= factors
        return drawn

    def _drawn(self, row: int) -> dict[str, Array]:
        """Draw one series as if no month were open."""
        frame = self.fit.frame
        relative: dict[str, Array] = {}
        result = {}
        for measure in frame.measures:
            own = self.fit.fits[measure, self.origin]
            link = frame.links[measure]
            if not (link.member[row] and own.live[row]):
                continue
            ready = self.measures[measure]
            parent = link.parent[frame.hierarchy(measure).groups["municipality-product"][row]]
            derived = bool(parent in relative and own.follows[row])
            holder = int(link.holder[row])
            factors = ready.drawing.relative(holder, ready.shared, derived=derived)
            if derived:
                above = self.fit.fits[parent, self.origin]
                later, steps = above.start - own.start, factors.shape[0]
                factors = centred(factors * _aligned(relative[parent].T, later, steps).T)
            relative[measure] = factors
            result[measure] = own.mean[row][:, None] * factors
        return result

    def population_logs(self, row: int, columns: npt.NDArray[np.int64]) -> Array:
        """Return the logarithm of drawn over expected inhabitants, (columns, draws).

        Args:
            row: the series.
            columns: periods, counted from the first one of the frame; zero where they are known.
        """
        measure = self.fit.frame.measures[0]
        ready = self.measures[measure]
        return self._laid(measure, ready.drawing.population_shocks(row, ready.shared), columns)

    def price_logs(self, row: int, columns: npt.NDArray[np.int64]) -> Array:
        """Return the logarithm of drawn over expected prices; see `population_logs`."""
        if "cost" not in self.measures:
            return np.zeros((len(columns), self.draws))
        ready = self.measures["cost"]
        return self._laid("cost", ready.drawing.price_shocks(row, ready.shared), columns)

    def _laid(self, measure: str, shocks: Array, columns: npt.NDArray[np.int64]) -> Array:
        steps = columns - self.fit.fits[measure, self.origin].start
        inside = (steps >= 0) & (steps < len(shocks))
        result = np.zeros((len(columns), self.draws))
        result[inside] = shocks[steps[inside]]
        return result


def _aligned(parent: Array, later: int, steps: int) -> Array:
    """Lay a parent's factors (rows, steps) on the steps of its child.

    Args:
        parent: factors of the parent.
        later: by how many steps the parent starts later than the child: what it knew by then is
            certain, so its factor is one. Negative: it starts earlier.
        steps: steps of the child; beyond the parent's last one its last factor goes on.
    """
    shifted = parent[:, -later:] if later < 0 else parent
    ones = np.ones((len(parent), max(later, 0)))
    laid = np.hstack([ones, shifted])[:, :steps]
    return np.pad(laid, ((0, 0), (0, steps - laid.shape[1])), mode="edge")


def components_at(fit: FrameFit, origin: int | None = None) -> dict[str, Components]:
    """Estimate the components of every measure from what was known at an origin (None = now)."""
    frame = fit.frame
    result = {}
    for measure in frame.measures:
        at = fit.fits[measure, origin if origin is not None else fit.end]
        errors = origin_errors(fit, measure, origin, usual=True)[-_REMEMBERED:]
        record = history_errors(fit, measure, fit.end if origin is None else origin)
        result[measure] = estimate(
            frame.hierarchy(measure), errors, at.unit, frame.frequency.per_year, record
        )
    return result
