"""From the members' answers to one forecast per series and origin, chosen by what came before.

Everything that is chosen at an origin (recipe, parent or direct) is judged on years that had ended
by then, on figures as they were known then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

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
from training.outcome_words import as_asked, described, hold

_ALIKE = 0.001  # losses that differ by less than this share of what came are alike

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
        """What members and recipes are judged on: at the prices of the end of their block."""
        fit, ensemble = self.result.fits[self.measure, origin], self._ensembles[origin]
        learnt = ensemble.block.periods - fit.start
        known = self._actual(origin, at)[:, learnt : learnt + ensemble.horizon]
        return known / self._prices(origin, at)[:, : known.shape[1]]

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
        level = self._with_open(origin, ensemble.baseline * price)
        direct, parts = (self._with_open(origin, part * price) for part in (direct, parts))
        through = np.isfinite(parts).all(axis=1) & better & self.link.member
        mean = np.where(through[:, None], parts, direct)
        paid = self.maker.known_at(origin).price
        priced = np.asarray(np.ptp(paid, axis=1) > 0)
        informed &= ~through
        words = described(forecast, self.frame, self.measure, through, informed, priced)
        hold(self.maker.gaps(self.measure, origin), words)
        task = self.frame.is_task if self.measure == "cost" else np.zeros(len(mean), dtype=bool)
        level = np.where(task[:, None], direct, level)
        self.result.open_months[self.measure, origin] = self.maker.opened(origin).months(
            self.measure
        )
        opened = self.maker.opened(origin).steps(self.measure)
        asked = as_asked(self.frame, self.link, mean, level, words)
        runs = ensemble.state.live | (self.link.spread & through)
        live = runs & self.link.member & asked & ~(self.link.spread & ~through)
        return OriginFit(
            origin=origin,
            start=origin - opened if opened else ensemble.block.periods,
            open=opened,
            mean=np.where(live[:, None], mean, 0.0),
            baseline=self._with_open(origin, self._baseline(origin, ensemble)),
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

    def _with_open(self, origin: int, values: Array) -> Array:
        """Put what a nowcast says of open months before what is forecast of those after them.

        Args:
            origin: where it was forecast.
            values: forecast from the end of the block on, (series, steps).
        """
        if not self.maker.opened(origin).steps(self.measure):
            return values
        told = origin - self._ensembles[origin].block.periods
        opened = self.maker.opened(origin).come_to(self.measure)
        ahead = values[:, :1]
        total = self.link.to_record(np.nan_to_num(ahead))[self.link.holder]
        share = np.divide(ahead, total, out=np.zeros_like(ahead), where=total > 0)
        opened = np.where(self.link.spread[:, None], opened[self.link.holder] * share, opened)
        opened = np.where(np.isnan(opened), ahead, opened)  # not declared: as the next month
        unforecast = np.isnan(values).any(axis=1)
        opened[unforecast] = np.nan
        return np.hstack([opened, values[:, told:]])

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
            course = _from(start, ready(above).filled, fit)[:, :horizon]
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
        loss, came, seen = np.zeros((2, size)), np.zeros(size), np.zeros(size)
        for earlier in (at for at in self._ensembles if at < origin):
            fit, pair = self.result.fits[self.measure, earlier], candidates(earlier)
            actual = self._actual(earlier, origin)
            for year in range((origin - earlier) // self.season):
                span = slice(*(fit.open + self.season * at for at in (year, year + 1)))
                was = actual[:, span].sum(axis=1)
                known = np.isfinite(was) & np.isfinite(pair[1]).all(axis=1) & fit.live
                seen += np.bincount(groups, known, minlength=size)
                came += np.bincount(groups, np.where(known, np.abs(was), 0.0), minlength=size)
                for method, said in enumerate(pair):
                    error = np.where(known, said[:, span].sum(axis=1) - was, 0.0)
                    loss[method] += np.bincount(groups, np.abs(error), minlength=size)
                    sums = np.abs(hierarchy.add_up(error, OWN_PRODUCT))
                    loss[method] += np.bincount(groups[first], sums, minlength=size)
        return (seen > 0)[groups], (loss[1] <= loss[0] + _ALIKE * came)[groups]


def _from(start: int, filled: Array, fit: OriginFit) -> Array:
    """A parent's course from a column on: its record while there is one, then its forecast."""
    if start >= fit.start:
        return fit.mean[:, start - fit.start :]
    record = np.where(fit.live[:, None], filled[:, start : fit.start], 0.0)
    return np.hstack([record, fit.mean])
