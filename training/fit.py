"""Fits all series from all origins: the fan-out, and the choice of method per product.

The slow part (members forecasting histories) is a flat list of tasks that do not know one another,
so any joblib backend may run them in any order: the result is the same, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

from models.chain import Link
from models.cost import CostModel
from models.demand import Answers, Block, DemandModel, Ensemble, Forecast, Recipe, Task, ready
from models.hierarchy import OWN_PRODUCT, Hierarchy
from models.judging import DEFAULT_RECIPES, RecipeScores, choose_recipe
from models.members import MemberForecast, ask
from training.blocks import BlockMaker, Frame

Array = npt.NDArray[np.float64]
Progress = Callable[[int], None]
_CHUNK = 12  # tasks per call: small enough to share out evenly, large enough to be worth a call


@dataclass(frozen=True)
class Fanout:
    """Where the work runs.

    Attributes:
        jobs: number of workers.
        backend: any joblib backend: loky, threading, dask (with a client set up by the caller) ...
        progress: called with the number of tasks that were finished.
    """

    jobs: int = 1
    backend: str = "loky"
    progress: Progress = lambda done: None

    def run(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """Apply a function to all items, in order; one job runs without a pool."""
        results = []
        if self.jobs == 1:
            for item in items:
                with threadpool_limits(1):
                    results.append(function(item))
                self.progress(1)
            return results
        options = {"inner_max_num_threads": 1} if self.backend == "loky" else {}
        with parallel_config(self.backend, n_jobs=self.jobs, **options):
            for result in Parallel(return_as="generator")(delayed(function)(i) for i in items):
                results.append(result)
                self.progress(1)
        return results


@dataclass(frozen=True)
class _Job:
    """Some tasks of one measure from one origin."""

    measure: str
    origin: int
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class _CostJob:
    """One ratio of a child to its parent from one origin."""

    measure: str
    parent: str
    origin: int
    blocks: tuple[Block, Block]
    horizon: int


def _run(job: _Job | _CostJob) -> dict[int, dict[str, MemberForecast]] | CostModel:
    if isinstance(job, _CostJob):
        return CostModel(job.horizon).fit(*job.blocks)
    return {at: ask(t.members, t.history, t.horizon) for at, t in enumerate(job.tasks)}


@dataclass(frozen=True)
class OriginFit:
    """Point forecasts of one measure from one origin.

    Attributes:
        origin: periods that had passed.
        start: column of the first step: history length of the measure at the origin.
        mean: shape (series, steps); zero for series that do not have the measure.
        baseline: seasonal naive, same shape.
        direct: forecast of the measure by itself, same shape.
        parts: forecast through its parent, same shape; NaN where there is no parent.
        unit: index of dispersion per series.
        live: series that were forecast.
        outcome, reason, method: per series, see `models.demand.Forecast`.
    """

    origin: int
    start: int
    mean: Array
    baseline: Array
    direct: Array
    parts: Array
    unit: Array
    live: npt.NDArray[np.bool_]
    outcome: list[str]
    reason: list[str]
    method: list[str]


@dataclass
class FrameFit:
    """Everything that was forecast for a frame.

    Attributes:
        frame: the series.
        origins: lengths of history that were judged, oldest first; the last entry is the end.
        fits: (measure, origin) -> point forecasts.
        recipes: (measure, origin) -> recipe used there.
        assumptions: sentences for the manifest.
    """

    frame: Frame
    origins: list[int]
    fits: dict[tuple[str, int], OriginFit] = field(default_factory=dict)
    recipes: dict[tuple[str, int], Recipe] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """The final origin: everything known at the as-of date."""
        return self.origins[-1]

    def actual(self, measure: str, fit: OriginFit) -> Array:
        """What happened after an origin, NaN where unknown; shape as the forecast."""
        return record_after(self.frame, measure, fit.start, fit.mean.shape[1])


def record_after(frame: Frame, measure: str, start: int, steps: int) -> Array:
    """Return the record of a measure from a column on, NaN beyond what is known."""
    result = np.full((len(frame.keys), steps), np.nan)
    until = min(frame.known_until(measure), start + steps)
    if until > start:
        result[:, : until - start] = frame.values[measure][:, start:until]
    return result


def fit_frame(maker: BlockMaker, judged: Sequence[int], fanout: Fanout) -> FrameFit:
    """Forecast a frame from every judged origin and from its end.

    Args:
        maker: gives the blocks as they were known.
        judged: lengths of history to stand at, see `models.judging.origins`.
        fanout: where the work runs.
    """
    frame = maker.frame
    result = FrameFit(frame, sorted({*judged, frame.periods}))
    jobs = _jobs(maker, result.origins)
    answers, ratios = _collect(jobs, fanout.run(_run, jobs))
    for measure in frame.measures:
        scores: list[RecipeScores] = []
        for origin in result.origins:
            fit = _fit_origin(maker, result, measure, origin, answers, ratios, scores)
            result.fits[measure, origin] = fit
    result.assumptions = maker.assumptions
    return result


def _horizon(maker: BlockMaker, measure: str) -> int:
    return maker.horizon + maker.frame.lags[measure]


def _jobs(maker: BlockMaker, origins: list[int]) -> list[_Job | _CostJob]:
    jobs: list[_Job | _CostJob] = []
    for measure in maker.frame.measures:
        link = maker.frame.links[measure]
        horizon = _horizon(maker, measure)
        for origin in origins:
            block = maker.block(measure, origin)
            model = DemandModel(horizon, slow_members=not any(link.parent))
            tasks = model.tasks(block)
            jobs += [
                _Job(measure, origin, tuple(tasks[at : at + _CHUNK]))
                for at in range(0, len(tasks), _CHUNK)
            ]
            for parent in sorted({name for name in link.parent if name}):
                above = maker.block(parent, origin)
                pair = (_cut(above, block.periods), block)
                jobs.append(_CostJob(measure, parent, origin, pair, horizon))
    return jobs


def _cut(block: Block, periods: int) -> Block:
    return block if block.periods == periods else block.until(periods)


def _collect(
    jobs: Sequence[_Job | _CostJob], results: Sequence[Any]
) -> tuple[dict[tuple[str, int], Answers], dict[tuple[str, str, int], CostModel]]:
    answers: dict[tuple[str, int], Answers] = {}
    ratios: dict[tuple[str, str, int], CostModel] = {}
    for job, result in zip(jobs, results, strict=True):
        if isinstance(job, _CostJob):
            ratios[job.measure, job.parent, job.origin] = result
            continue
        held = answers.setdefault((job.measure, job.origin), {})
        for at, said in result.items():
            held[job.tasks[at].level, job.tasks[at].group] = said
    return answers, ratios


def _fit_origin(
    maker: BlockMaker,
    result: FrameFit,
    measure: str,
    origin: int,
    answers: dict[tuple[str, int], Answers],
    ratios: dict[tuple[str, str, int], CostModel],
    scores: list[RecipeScores],
) -> OriginFit:
    """Combine one measure at one origin with what earlier origins taught."""
    frame = maker.frame
    link = frame.links[measure]
    block = maker.block(measure, origin)
    ensemble = Ensemble(block, answers.get((measure, origin), {}), _horizon(maker, measure))
    earlier = [at for at in result.origins if at < origin]
    ended = [(origin - at) // frame.frequency.per_year for at in earlier]
    recipe = choose_recipe(scores, ended, DEFAULT_RECIPES[frame.frequency])
    result.recipes[measure, origin] = recipe
    forecast = ensemble.forecast(recipe)
    if origin != frame.periods:
        actual = record_after(frame, measure, block.periods, ensemble.horizon)
        scores.append(RecipeScores.of(ensemble, actual, block.hierarchy))
    parts = _through_parents(maker, result, measure, origin, ratios)
    through = _better_through_parent(result, measure, origin, link, block.hierarchy)
    use_parts = np.isfinite(parts).all(axis=1) & (through | link.spread)
    mean = np.where(use_parts[:, None], parts, forecast.mean)
    known = ready(block).live | (link.spread & use_parts)
    outcome, reason, method = _described(forecast, link, use_parts)
    _hold(maker.gaps(measure, origin), outcome, reason, method)
    asked = _as_asked(frame, mean, forecast.baseline, (outcome, reason, method))
    mean = np.where((known & link.member & asked)[:, None], mean, 0.0)
    live = known & link.member & asked
    return OriginFit(
        origin, block.periods, mean, forecast.baseline, forecast.mean, parts, ensemble.unit,
        live, outcome, reason, method,
    )  # fmt: skip


def _described(
    forecast: Forecast, link: Link, use_parts: npt.NDArray[np.bool_]
) -> tuple[list[str], list[str], list[str]]:
    outcome, reason, method = list(forecast.outcome), list(forecast.reason), list(forecast.method)
    for row in np.unique(link.holder[link.spread]):
        outcome[row], method[row] = "spread", ""
        reason[row] = "the record of the municipality; its forecast is spread over the districts"
    for row in np.flatnonzero(use_parts):
        if link.spread[row]:
            outcome[row] = "spread"
            reason[row] = "known for the municipality only; spread with what is known per district"
        if outcome[row] != "held":
            method[row] = "through its parent: parent's forecast times ratio"
    return outcome, reason, method


def _hold(gaps: dict[int, str], outcome: list[str], reason: list[str], method: list[str]) -> None:
    for row, why in gaps.items():
        outcome[row], reason[row], method[row] = "held", why, ""


def _as_asked(
    frame: Frame, mean: Array, baseline: Array, words: tuple[list[str], list[str], list[str]]
) -> npt.NDArray[np.bool_]:
    """Follow `products.forecast`: none is held, scenario keeps its level; return what remains."""
    outcome, reason, method = words
    for row in np.flatnonzero(frame.forecast != "model"):
        stated = f": {frame.reasons[row]}" if frame.reasons[row] else ""
        if frame.forecast[row] == "none":
            outcome[row], reason[row], method[row] = "held", f"forecast = none{stated}", ""
        elif outcome[row] != "held":
            mean[row] = baseline[row]
            reason[row] = f"forecast = scenario, no trend of its own{stated}"
            outcome[row], method[row] = "fell_back", "seasonal naive"
    return np.asarray(frame.forecast != "none")


def _through_parents(
    maker: BlockMaker,
    result: FrameFit,
    measure: str,
    origin: int,
    ratios: dict[tuple[str, str, int], CostModel],
) -> Array:
    """Forecast a measure as parent times ratio; NaN for series without a parent."""
    frame = maker.frame
    link, horizon = frame.links[measure], _horizon(maker, measure)
    parts = np.full((len(frame.keys), horizon), np.nan)
    for parent in sorted({name for name in link.parent if name}):
        above = maker.block(parent, origin)
        extra = above.periods - (origin - frame.lags[measure])
        fit = result.fits[parent, origin]
        filled = np.where(fit.live[:, None], ready(above).filled[:, above.periods - extra :], 0.0)
        course = np.hstack([filled, fit.mean])[:, :horizon]
        predicted = ratios[measure, parent, origin].predict(above, course)
        rows = link.has_parent(above.hierarchy, parent) & fit.live & link.member
        parts[rows] = predicted[rows]
    return parts


def _better_through_parent(
    result: FrameFit, measure: str, origin: int, link: Link, hierarchy: Hierarchy
) -> npt.NDArray[np.bool_]:
    """Per series: has its product been forecast at least as well through the parent so far?

    Judged on years that had ended at the origin, at the level of series and of the product; ties
    go to the parent, because it explains. Without a judged year the measure stands by itself.
    """
    groups = hierarchy.groups[OWN_PRODUCT]
    loss = np.zeros((2, hierarchy.size(OWN_PRODUCT)))
    season = result.frame.frequency.per_year
    for (name, earlier), fit in result.fits.items():
        if name != measure or earlier >= origin:
            continue
        actual = result.actual(measure, fit)
        for year in range((origin - earlier) // season):
            span = slice(year * season, (year + 1) * season)
            was = actual[:, span].sum(axis=1)
            known = np.isfinite(was) & np.isfinite(fit.parts).all(axis=1) & fit.live
            for method, said in enumerate((fit.direct, fit.parts)):
                error = np.where(known, said[:, span].sum(axis=1) - was, 0.0)
                loss[method] += np.bincount(groups, np.abs(error), minlength=loss.shape[1])
                loss[method] += np.abs(np.bincount(groups, error, minlength=loss.shape[1]))
    judged = loss.sum(axis=0) > 0
    return np.asarray((judged & (loss[1] <= loss[0]))[groups])
