"""From the members' answers to one forecast per series and origin, chosen by what came before.

Everything that is chosen at an origin (recipe, parent or direct) is judged on years that had ended
by then, on figures as they were known then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from models.chain import Link
from models.cost import CostModel, fixed_sums
from models.demand import Answers, Recipe
from models.ensemble import Ensemble
from models.hierarchy import OWN_PRODUCT, PRODUCT
from models.history import Block, ready
from models.judging import (
    DEFAULT_RECIPES,
    MemberLosses,
    RecipeScores,
    choose_recipe,
    learn_trust,
)
from models.outcomes import Forecast
from training.blocks import BlockMaker
from training.budgets import budget_forecast
from training.contributions import Judged
from training.frame_fit import FrameFit, OriginFit
from training.frames import Frame
from training.open_months import OpenMonths, by_group, in_units, with_open_months

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Ratios = dict[tuple[str, str, int], CostModel]  # (measure, parent, origin)


class Combiner:
    """Combines one measure of a frame, origin after origin.

    Args:
        maker: gives the blocks as they were known.
        result: the frame's fits so far; earlier measures and origins are read from it.
        measure: clients, volume or cost.
        ratios: fitted ratios of the measure to its parents.
    """

    def __init__(self, maker: BlockMaker, result: FrameFit, measure: str, ratios: Ratios) -> None:
        self.maker, self.result, self.measure, self.ratios = maker, result, measure, ratios
        self.frame = maker.frame
        self.link = maker.frame.links[measure]
        self.season = maker.frame.frequency.per_year
        self._ensembles: dict[int, Ensemble] = {}
        self._candidates: dict[int, tuple[Array, Array]] = {}  # without and with budgets

    def combine(self, origin: int, answers: Answers, horizon: int) -> None:
        """Add the recipe and the forecast of one origin; earlier origins come first."""
        judged = [at for at in self._ensembles if origin - at >= self.season]
        ended = [(origin - at) // self.season for at in judged]
        actuals = [self._at_constant_prices(at, origin) for at in judged]
        pairs = [(self._ensembles[at], was) for at, was in zip(judged, actuals, strict=True)]
        trust = learn_trust([MemberLosses.of(*pair) for pair in pairs], ended)
        hierarchy = self.frame.hierarchy(self.measure)
        scores = [RecipeScores.of(*pair, hierarchy) for pair in pairs]
        recipe = choose_recipe(scores, ended, DEFAULT_RECIPES[self.frame.frequency])
        ensemble = Ensemble(self.maker.block(self.measure, origin), answers, horizon, trust)
        self.result.recipes[self.measure, origin] = recipe
        self.result.trust[self.measure, origin] = trust
        self.result.fits[self.measure, origin] = self._fit(origin, ensemble, recipe)

    def judged(self) -> list[Judged]:
        """Return ensemble, recipe and what happened of every origin but the end."""
        end = self.result.end
        return [
            (ensemble, self.result.recipes[self.measure, at], self._at_constant_prices(at, end))
            for at, ensemble in self._ensembles.items()
            if at < end
        ]

    def _actual(self, origin: int, at: int) -> Array:
        """What happened after one origin, as known at a later one."""
        return self.result.actual(self.measure, self.result.fits[self.measure, origin], at)

    def _at_constant_prices(self, origin: int, at: int) -> Array:
        """The same at the prices of the origin: what members and recipes are judged on."""
        return self._actual(origin, at) / self._prices(origin, at)

    def _prices(self, origin: int, at: int) -> Array:
        """Prices after one origin relative to those at it, as known at a later one."""
        start, horizon = self._ensembles[origin].block.periods, self._ensembles[origin].horizon
        return self.maker.prices(self.measure, at, start)[:, start : start + horizon]

    def _fit(self, origin: int, ensemble: Ensemble, recipe: Recipe) -> OriginFit:
        self._ensembles[origin] = ensemble
        price = self._prices(origin, origin)
        forecast = ensemble.forecast(recipe)
        direct, informed = self._direct(origin, ensemble, forecast)
        parts = self._bounded(ensemble, self._through_parents(origin, ensemble))
        better = self._better_through_parent(origin) | self.link.spread
        if self.measure == "cost":
            direct, parts = self._of_tasks(ensemble.block, direct, parts)
            better &= self.link.spread | ~self.frame.is_task
        direct, parts = self._with_open_months(origin, direct * price, parts * price)
        through = np.isfinite(parts).all(axis=1) & better & self.link.member
        mean = np.where(through[:, None], parts, direct)
        words = _described(forecast, self.link, through, informed & ~through)
        _hold(self.maker.gaps(self.measure, origin), words)
        task = self.frame.is_task if self.measure == "cost" else np.zeros(len(mean), dtype=bool)
        level = np.where(task[:, None], direct, ensemble.baseline * price)
        asked = _as_asked(self.frame, self.link, mean, level, words)
        runs = ensemble.state.live | (self.link.spread & through)
        live = runs & self.link.member & asked & ~(self.link.spread & ~through)
        return OriginFit(
            origin=origin,
            start=ensemble.block.periods,
            mean=np.where(live[:, None], mean, 0.0),
            baseline=self._baseline(origin, ensemble),
            direct=direct,
            parts=parts,
            unit=ensemble.unit,
            through=through & live,
            follows=through & live & ~task,
            live=live,
            outcome=words[0],
            reason=words[1],
            method=words[2],
        )

    def _with_open_months(self, origin: int, direct: Array, parts: Array) -> tuple[Array, Array]:
        """Let months that are still being declared speak, in the figures of the measure."""
        months = self._open_months(origin)
        self.result.open_months[self.measure, origin] = months
        start = self._ensembles[origin].block.periods
        groups = self.frame.hierarchy(self.measure).groups[OWN_PRODUCT]
        moved = (with_open_months(part, start, groups, months) for part in (direct, parts))
        return next(moved), next(moved)

    def _open_months(self, origin: int) -> OpenMonths:
        known = self.maker.known_at(origin)
        if not known.completed or not self.frame.declaring[self.measure]:
            return {}
        hierarchy = self.frame.hierarchy(self.measure)
        months = by_group(known.completed, self.frame, hierarchy)
        return months if self.measure == "cost" else in_units(months, self._unit_prices(origin))

    def _unit_prices(self, origin: int) -> dict[int, Array]:
        """Cents per unit of volume per product, by column: those of late, and the price since."""
        if "cost" not in self.frame.measures:
            return {}
        cost, volume = self.maker.block("cost", origin), self.maker.block(self.measure, origin)
        late = slice(max(min(cost.periods, volume.periods) - self.season // 4, 0), None)
        width = min(cost.periods, volume.periods)
        both = np.isfinite(cost.values[:, :width]) & np.isfinite(volume.values[:, :width])
        top, bottom = (
            volume.hierarchy.add_up(
                np.where(both, own.values[:, :width], 0.0)[:, late], OWN_PRODUCT
            )
            for own in (cost, volume)
        )
        prices = self.maker.prices("cost", origin, cost.periods)
        _, first = np.unique(volume.hierarchy.groups[OWN_PRODUCT], return_index=True)
        paid, used = top.sum(axis=1), bottom.sum(axis=1)
        return {
            group: paid[group] / used[group] * prices[row]
            for group, row in enumerate(first)
            if used[group] > 0 and paid[group] > 0
        }

    def _baseline(self, origin: int, ensemble: Ensemble) -> Array:
        """Last year's figures as they were, at the prices they were paid at."""
        block = ensemble.block
        season = min(self.season, block.periods)
        paid = self.maker.prices(self.measure, origin, block.periods)
        last = paid[:, block.periods - season : block.periods]
        return ensemble.baseline * np.take(last, np.arange(ensemble.horizon) % season, axis=1)

    def _of_tasks(self, block: Block, direct: Array, parts: Array) -> tuple[Array, Array]:
        """Let a task cost its sum, whatever the use; districts share it by what is known."""
        tasks = self.frame.is_task[:, None]
        direct = np.where(tasks, fixed_sums(block, direct.shape[1]), direct)
        total = self.link.to_record(np.nan_to_num(parts))[self.link.holder]
        count = self.link.to_record(self.link.spread[:, None].astype(float))[self.link.holder]
        evenly = np.divide(1.0, count, out=np.zeros_like(count), where=count > 0)
        share = np.divide(parts, total, out=evenly + 0 * parts, where=total > 0)
        return direct, np.where(tasks, direct[self.link.holder] * share, parts)

    def _direct(self, origin: int, ensemble: Ensemble, forecast: Forecast) -> tuple[Array, Mask]:
        """Forecast by itself, from adopted budgets where those did no worse so far."""
        price = self._prices(origin, origin)
        said = self._from_budgets(origin, ensemble)
        if said is None:
            self._candidates[origin] = forecast.mean * price, forecast.mean * price
            return forecast.mean, np.zeros(len(forecast.mean), dtype=bool)
        live = ensemble.state.live[:, None]
        told = np.clip(said / price, 0.0, ensemble.ceiling)
        candidates = forecast.mean, np.where(np.isfinite(said) & live, told, forecast.mean)
        # Over all municipalities together: one budget that came true by chance proves nothing.
        judged, better = self._no_worse(origin, lambda at: self._candidates[at], PRODUCT)
        self._candidates[origin] = candidates[0] * price, candidates[1] * price
        informed = np.isfinite(said).any(axis=1) & (better | ~judged)
        return np.where(informed[:, None], candidates[1], candidates[0]), informed

    def _from_budgets(self, origin: int, ensemble: Ensemble) -> Array | None:
        if self.measure != "cost":
            return None
        block, known = ensemble.block, self.maker.known_at(origin)
        paid = self.maker.prices("cost", origin, block.periods)[:, : block.periods]
        nominal = replace(block, values=block.values * paid)
        return budget_forecast(nominal, known.budget, ensemble.horizon)

    def _through_parents(self, origin: int, ensemble: Ensemble) -> Array:
        """Forecast the measure as parent times ratio; NaN for series without a parent."""
        start, horizon = ensemble.block.periods, ensemble.horizon
        parts = np.full((len(self.frame.keys), horizon), np.nan)
        for parent in sorted({name for name in self.link.parent if name}):
            above = self.maker.block(parent, origin)
            fit = self.result.fits[parent, origin]
            course = _from(start, above.periods, ready(above).filled, fit)[:, :horizon]
            skip = max(start - above.periods, 0)
            ratio = self.ratios[self.measure, parent, origin]
            predicted = ratio.predict(above, course, skip)
            rows = self.link.has_parent(above.hierarchy, parent) & fit.live & self.link.member
            parts[rows, : predicted.shape[1]] = predicted[rows]
        return parts

    def _bounded(self, ensemble: Ensemble, parts: Array) -> Array:
        """Keep what goes through a parent within what the measure's own record makes thinkable."""
        total = self.link.to_record(np.nan_to_num(parts))
        scale = np.divide(
            ensemble.ceiling, total, out=np.ones_like(total), where=total > ensemble.ceiling
        )
        return np.asarray(parts * scale[self.link.holder])

    def _better_through_parent(self, origin: int) -> Mask:
        """Per series: has its product been forecast at least as well through the parent so far?

        Ties go to the parent, because it explains. Without a judged year the measure stands by
        itself.
        """
        fits = self.result.fits
        judged, better = self._no_worse(
            origin,
            lambda at: (fits[self.measure, at].direct, fits[self.measure, at].parts),
            OWN_PRODUCT,
        )
        return judged & better

    def _no_worse(
        self, origin: int, candidates: Callable[[int], tuple[Array, Array]], level: str
    ) -> tuple[Mask, Mask]:
        """Per series: was its product judged, and was the second candidate no worse so far?

        Judged on years that had ended at the origin, for series and products of municipalities,
        added up to the groups of a level.
        """
        hierarchy = self.frame.hierarchy(self.measure)
        groups, size = hierarchy.groups[level], hierarchy.size(level)
        _, first = np.unique(hierarchy.groups[OWN_PRODUCT], return_index=True)
        loss = np.zeros((2, size))
        for earlier in (at for at in self._ensembles if at < origin):
            fit, pair = self.result.fits[self.measure, earlier], candidates(earlier)
            actual = self._actual(earlier, origin)
            for year in range((origin - earlier) // self.season):
                span = slice(year * self.season, (year + 1) * self.season)
                was = actual[:, span].sum(axis=1)
                known = np.isfinite(was) & np.isfinite(pair[1]).all(axis=1) & fit.live
                for method, said in enumerate(pair):
                    error = np.where(known, said[:, span].sum(axis=1) - was, 0.0)
                    loss[method] += np.bincount(groups, np.abs(error), minlength=size)
                    sums = np.abs(hierarchy.add_up(error, OWN_PRODUCT))
                    loss[method] += np.bincount(groups[first], sums, minlength=size)
        judged = loss.sum(axis=0) > 0
        return judged[groups], (loss[1] <= loss[0])[groups]


def _from(start: int, periods: int, filled: Array, fit: OriginFit) -> Array:
    """A parent's course from a column on: its record while there is one, then its forecast."""
    if start > periods:
        return fit.mean[:, start - periods :]
    record = np.where(fit.live[:, None], filled[:, start:], 0.0)
    return np.hstack([record, fit.mean])


Words = tuple[list[str], list[str], list[str]]  # outcome, reason, method per series


def _described(forecast: Forecast, link: Link, through: Mask, informed: Mask) -> Words:
    outcome, reason, method = list(forecast.outcome), list(forecast.reason), list(forecast.method)
    for row in np.flatnonzero(informed):
        if outcome[row] != "held":
            outcome[row], reason[row], method[row] = "fitted", "", "adopted budget and last account"
    for row in np.unique(link.holder[link.spread]):
        outcome[row], method[row] = "spread", ""
        reason[row] = "the record of the municipality; its forecast is spread over the districts"
    for row in np.flatnonzero(through):
        if link.spread[row]:
            outcome[row] = "spread"
            reason[row] = "known for the municipality only; spread with what is known per district"
        if outcome[row] != "held":
            method[row] = "through its parent: parent's forecast times ratio"
    for row in np.flatnonzero(link.spread & ~through):
        outcome[row], method[row] = "held", ""
        reason[row] = "known for the municipality only, and no ratio to what is known per district"
    return outcome, reason, method


def _hold(gaps: dict[int, str], words: Words) -> None:
    outcome, reason, method = words
    for row, why in gaps.items():
        outcome[row], reason[row], method[row] = "held", why, ""


def _as_asked(frame: Frame, link: Link, mean: Array, level: Array, words: Words) -> Mask:
    """Follow `products.forecast`: none is held, scenario keeps its level; return what remains.

    The level is that of the last year, in money at the prices of each period.

    What is spread has no record of its own whose level could be kept: it follows its parent, which
    keeps its level.
    """
    outcome, reason, method = words
    for row in np.flatnonzero(frame.forecast != "model"):
        stated = f": {frame.reasons[row]}" if frame.reasons[row] else ""
        if frame.forecast[row] == "none":
            outcome[row], reason[row], method[row] = "held", f"forecast = none{stated}", ""
        elif outcome[row] not in ("held", "spread"):
            mean[row] = level[row]
            reason[row] = f"forecast = scenario, no trend of its own{stated}"
            outcome[row], method[row] = "fell_back", "seasonal naive"
    return np.asarray(frame.forecast != "none")
