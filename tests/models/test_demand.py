"""The ensemble survives every history, adds up, and says what it did with each series."""

from __future__ import annotations

import numpy as np
import pytest

from models.catalogue import Frequency
from models.demand import RECIPES, DemandModel, Recipe, gathered
from models.ensemble import Ensemble
from models.history import Block, ready
from models.members import ask
from tests.constructed import block_of, histories

pytestmark = [
    pytest.mark.unit,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
HORIZON = 36


def answered(block: Block, horizon: int = HORIZON) -> Ensemble:
    tasks = DemandModel(horizon).tasks(block)
    said = ((task, ask(task.members, task.history, task.horizon)) for task in tasks)
    return Ensemble(block, gathered(said), horizon)


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    return answered(block_of(histories()))


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
    np.testing.assert_allclose(mean[row(ensemble.block, "constant")], 7.0)


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


def test_full_damping_is_the_seasonal_naive(ensemble: Ensemble) -> None:
    naive = ensemble.mean(Recipe(damping=1.0, coherence=0.0, pooling=0.0))
    at = row(ensemble.block, "season and trend")
    np.testing.assert_allclose(naive[at], ensemble.baseline[at])


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
    mean = answered(grown).mean(Recipe(damping=1.0, coherence=0.0, pooling=0.0))
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
