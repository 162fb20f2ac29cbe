"""The ensemble survives every history, adds up, and says what it did with each series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.catalogue import Frequency
from models.demand import RECIPES, DemandModel, Recipe, Task, gathered
from models.ensemble import Ensemble
from models.hierarchy import OWN_PRODUCT, SERIES
from models.history import Block, ready
from models.members import ANCHOR, Event, ask
from tests.constructed import block_of, histories

pytestmark = [
    pytest.mark.unit,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
HORIZON = 36
NAIVE = Recipe(damping=1.0, coherence=0.0, pooling=0.0)


def answered(block: Block, horizon: int = HORIZON) -> Ensemble:
    tasks = DemandModel(horizon).tasks(block)
    said = ((task, ask(task.members, task.history, task.horizon)) for task in tasks)
    return Ensemble(block, gathered(said), horizon)


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    return answered(block_of(histories()))


def yearly(months: np.ndarray) -> np.ndarray:
    """Sum months to years, (series, years)."""
    return months.reshape(len(months), -1, 12).sum(axis=2)


def row(block: Block, name: str) -> int:
    return int(np.flatnonzero(block.hierarchy.keys["district"] == name)[0])


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_no_recipe_gives_a_negative_or_endless_number(ensemble: Ensemble, recipe: Recipe) -> None:
    mean = ensemble.mean(recipe)
    assert np.all(np.isfinite(mean))
    assert np.all(mean >= 0)


@pytest.mark.parametrize("recipe", RECIPES[:8], ids=str)
def test_no_forecast_explodes_beyond_its_own_record(ensemble: Ensemble, recipe: Recipe) -> None:
    mean = ensemble.mean(recipe)
    record = np.nanmax(np.nan_to_num(ensemble.block.values), axis=1)
    assert np.all(mean <= 1.8 * record[:, None] + 1e-9)


def test_a_series_of_zeros_stays_at_zero_and_a_constant_one_stays_there(
    ensemble: Ensemble,
) -> None:
    mean = ensemble.mean(Recipe(damping=0.4, coherence=0.0, pooling=0.0))
    assert np.all(mean[row(ensemble.block, "all zero")] == 0)
    np.testing.assert_allclose(mean[row(ensemble.block, "constant")], 7.0, rtol=1e-5)


def test_every_series_has_one_outcome_and_the_exceptional_ones_a_reason(
    ensemble: Ensemble,
) -> None:
    forecast = ensemble.forecast(Recipe())
    said = dict(
        zip(
            ensemble.block.hierarchy.keys["district"],
            zip(forecast.outcome, forecast.reason, strict=True),
            strict=True,
        )
    )
    assert said["ends early"][0] == "held"
    assert said["three points"][0] in {"pooled", "fell_back"}
    assert said["season and trend"] == ("fitted", "")
    assert all(reason for outcome, reason in said.values() if outcome != "fitted")


def test_a_series_that_ended_gets_no_forecast(ensemble: Ensemble) -> None:
    assert np.all(ensemble.mean(Recipe())[row(ensemble.block, "ends early")] == 0)


def test_full_damping_is_last_years_level_however_the_months_are_spread(
    ensemble: Ensemble,
) -> None:
    state, periods = ensemble.state, ensemble.block.periods
    known = state.live & (state.start <= periods - 12)
    used = known & (np.nan_to_num(ensemble.block.values).max(axis=1) > 0)
    said = yearly(ensemble.mean(NAIVE))
    np.testing.assert_allclose(said[used], np.repeat(12 * ensemble.level[used, None], 3, axis=1))
    assert np.all(said[known & ~used] == 0)  # what was never used is not expected to be


@pytest.mark.parametrize("name", ["season and trend", "millions"])
def test_full_damping_gives_a_large_series_the_year_of_the_seasonal_naive(
    ensemble: Ensemble, name: str
) -> None:
    at = row(ensemble.block, name)
    said, naive = yearly(ensemble.mean(NAIVE))[at], yearly(ensemble.baseline)[at]
    np.testing.assert_allclose(said, naive, rtol=0.005)


def with_event(kind: str, period: int) -> Block:
    """Two districts that doubled in the fourth of five years, by a declared event of that kind."""
    month = np.arange(60)
    step = np.where(month >= period, 200.0, 100.0)
    values = {
        name: step + np.random.default_rng(seed).normal(0, 2, 60) for seed, name in enumerate("AB")
    }
    block = block_of(values)
    return replace(block, events={"P": (Event(block.first + period, kind),)})


def histories_of(block: Block, member: str) -> list[tuple[Task, np.ndarray]]:
    tasks = [task for task in DemandModel(HORIZON).tasks(block) if member in task.members]
    return [(task, task.history.values) for task in tasks]


def test_after_a_declared_level_the_members_see_the_past_at_the_new_level() -> None:
    block = with_event("level", 40)
    seen = histories_of(block, ANCHOR)
    assert {task.level for task, _ in seen} == {SERIES, block.hierarchy.same_as(OWN_PRODUCT)}
    for task, values in seen:
        assert not task.history.events
        new = 200.0 if task.level == SERIES else 400.0
        assert values[:40].mean() == pytest.approx(new, rel=0.05)
        np.testing.assert_allclose(values[40:].mean(), new, rtol=0.02)


def test_prophet_alone_sees_the_past_as_it_was_and_is_told_of_the_event() -> None:
    block = with_event("level", 40)
    ((task, values),) = histories_of(block, "Prophet")
    np.testing.assert_allclose(values, block.values.sum(axis=0))
    assert task.members == ("Prophet",)
    assert task.history.events == block.events["P"]


def test_without_an_event_all_members_see_the_same_history() -> None:
    block = replace(with_event("level", 40), events={})
    seen = [v for _, v in histories_of(block, "Prophet")]
    above = block.hierarchy.same_as(OWN_PRODUCT)
    groups = [values for task, values in histories_of(block, ANCHOR) if task.level == above]
    np.testing.assert_array_equal(seen, groups)


def test_a_measure_better_forecast_through_its_parent_asks_the_quick_members_only() -> None:
    tasks = DemandModel(HORIZON, slow_members=False).tasks(with_event("level", 40))
    assert not {"Prophet", "AutoARIMA"} & {name for task in tasks for name in task.members}


def test_a_gap_is_bridged_for_the_fit_and_counted() -> None:
    block = block_of(histories())
    state = ready(block)
    at = row(block, "gap")
    assert state.bridged[at] == 9
    assert np.all(np.isfinite(state.filled[at]))
    assert np.isnan(block.values[at]).sum() == 9


def test_use_follows_the_population_it_is_expected_from() -> None:
    block = block_of({"growing": np.full(60, 100.0)})
    exposure = block.exposure.copy()
    exposure[:, 60:] = 1.5
    grown = Block(block.hierarchy, block.frequency, block.first, block.values, exposure)
    mean = answered(grown).mean(NAIVE)
    np.testing.assert_allclose(mean, 150.0)


def test_eight_yearly_points_give_a_forecast_near_the_last_years() -> None:
    years = {
        "steady": np.array([100.0, 104, 108, 109, 113, 118, 121, 125]),
        "falling": np.array([90.0, 88, 80, 75, 77, 70, 66, 65]),
    }
    ensemble = answered(block_of(years, Frequency.YEAR), horizon=4)
    mean = ensemble.mean(Recipe(damping=0.4, coherence=0.5, pooling=5.0))
    for name, low, high in (("steady", 110, 160), ("falling", 40, 80)):
        assert np.all(mean[row(ensemble.block, name)] > low)
        assert np.all(mean[row(ensemble.block, name)] < high)
