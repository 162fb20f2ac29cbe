"""Rolling origins leave a year to judge, and only ended years choose a recipe or a member."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import Frequency
from models.demand import RECIPES, Recipe
from models.ensemble import Ensemble
from models.hierarchy import REPORTED_LEVELS, SERIES
from models.judging import (
    DEFAULT_RECIPES,
    MemberLosses,
    RecipeScores,
    choose_recipe,
    learn_trust,
    origins,
)
from models.members import ANCHOR, MemberForecast
from tests.constructed import block_of

pytestmark = pytest.mark.unit
DEFAULT = DEFAULT_RECIPES[Frequency.MONTH]
AT = RECIPES.index(DEFAULT)
SHAPE = (len(RECIPES), len(REPORTED_LEVELS), 2)


@given(st.integers(0, 200), st.sampled_from(list(Frequency)), st.integers(1, 12))
def test_every_origin_leaves_a_year_and_keeps_a_history(
    periods: int, frequency: Frequency, most: int
) -> None:
    found = origins(periods, frequency, most)
    assert len(found) <= most
    assert found == sorted(set(found))
    assert all(3 <= origin <= periods - frequency.per_year for origin in found)


def test_a_short_history_has_no_origins() -> None:
    assert origins(3, Frequency.YEAR) == []
    assert origins(20, Frequency.MONTH) == []


def scores(best: int, margin: float) -> RecipeScores:
    """All recipes alike, but for one that misses less by a margin."""
    errors = np.full(SHAPE, 10.0)
    errors[best] *= 1 - margin
    return RecipeScores(errors, np.full(SHAPE[1:], 100.0))


def chosen(best: int, margin: float, times: int) -> Recipe:
    return choose_recipe([scores(best, margin)] * times, [2] * times, DEFAULT)


def near(recipe: Recipe) -> int:
    """Tell the number of a recipe that differs from a given one in its damping alone."""
    return RECIPES.index(Recipe(0.15, recipe.coherence, recipe.pooling))


@pytest.mark.parametrize("frequency", Frequency)
def test_the_recipe_one_starts_from_is_one_that_can_be_chosen(frequency: Frequency) -> None:
    assert DEFAULT_RECIPES[frequency] in RECIPES


@pytest.mark.parametrize("best", range(len(RECIPES)))
def test_whoever_wins_clearly_for_years_is_chosen(best: int) -> None:
    assert chosen(best, 0.3, times=30) == RECIPES[best]


def test_one_won_origin_is_luck_and_several_are_not() -> None:
    assert chosen(near(DEFAULT), 0.2, times=1) == DEFAULT
    assert chosen(near(DEFAULT), 0.2, times=6) == RECIPES[near(DEFAULT)]


def test_the_further_from_the_default_the_more_a_recipe_has_to_prove() -> None:
    assert chosen(near(DEFAULT), 0.15, times=5) == RECIPES[near(DEFAULT)]
    assert chosen(0, 0.15, times=5) == DEFAULT


@pytest.mark.parametrize("times", [1, 6])
def test_where_all_are_alike_the_default_stays(times: int) -> None:
    assert chosen(AT, 0.0, times) == DEFAULT


def test_where_all_have_been_alike_for_very_long_the_simplest_is_taken() -> None:
    assert chosen(AT, 0.0, times=1000) == RECIPES[0]
    assert chosen(near(DEFAULT), 0.005, times=1000) == RECIPES[0]
    assert RECIPES[0].damping == 1.0


def test_a_year_that_had_not_ended_decides_nothing() -> None:
    assert choose_recipe([scores(7, 0.5)] * 9, [0] * 9, DEFAULT) == DEFAULT
    late = scores(7, 0.0)
    late.errors[7, :, 1] = 1.0  # wins in the second year only
    assert choose_recipe([late] * 9, [1] * 9, DEFAULT) == DEFAULT
    assert choose_recipe([late] * 9, [2] * 9, DEFAULT) == RECIPES[7]


def test_an_origin_of_which_nothing_is_known_counts_for_nothing() -> None:
    blank = RecipeScores(np.zeros(SHAPE), np.zeros(SHAPE[1:]))
    for times in (1, 6):
        known = [scores(near(DEFAULT), 0.2)] * times
        assert choose_recipe([*known, blank], [2] * (times + 1), DEFAULT) == choose_recipe(
            known, [2] * times, DEFAULT
        )


def said(**forecasts: list[float]) -> Ensemble:
    """One yearly series of which members said these figures, last year's level of 100 among them.

    A member that says NaN abstains.
    """
    horizon = len(next(iter(forecasts.values())))
    members = {ANCHOR: [100.0] * horizon, **forecasts}
    replies = {
        name: MemberForecast(name, np.array(values) if np.isfinite(values).all() else None)
        for name, values in members.items()
    }
    block = block_of({"A": np.full(6, 100.0)}, Frequency.YEAR)
    return Ensemble(block, {(SERIES, 0): replies}, horizon)


class TestLossesOfMembers:
    def test_are_relative_to_their_average_in_each_year(self) -> None:
        ensemble = said(good=[105.0, 100.0], bad=[130.0, 100.0])
        losses = MemberLosses.of(ensemble, np.array([[110.0, 120.0]])).losses[SERIES]
        np.testing.assert_allclose(losses["good"], [5 / (35 / 3), 1.0])
        np.testing.assert_allclose(losses["bad"], [20 / (35 / 3), 1.0])
        np.testing.assert_allclose(losses[ANCHOR], [10 / (35 / 3), 1.0])

    def test_of_one_that_abstained_are_not_known(self) -> None:
        ensemble = said(silent=[np.nan, np.nan])
        losses = MemberLosses.of(ensemble, np.array([[110.0, 120.0]])).losses[SERIES]
        assert set(losses) == {ANCHOR}

    def test_of_a_year_that_has_not_happened_are_not_known(self) -> None:
        ensemble = said(other=[105.0, 100.0])
        losses = MemberLosses.of(ensemble, np.array([[110.0, np.nan]])).losses[SERIES]
        for years in losses.values():
            assert np.isfinite(years[0])
            assert np.isnan(years[1])


def losses(**members: list[float]) -> MemberLosses:
    return MemberLosses({SERIES: {name: np.array(years) for name, years in members.items()}})


class TestTrust:
    def test_without_an_origin_is_not_there(self) -> None:
        assert learn_trust([], []) == {}

    def test_a_member_that_is_worse_has_the_larger_loss_drawn_towards_the_average(self) -> None:
        trust = learn_trust([losses(good=[2 / 3], bad=[4 / 3])], [1])[SERIES]
        assert 2 / 3 < trust["good"] < 1 < trust["bad"] < 4 / 3

    @pytest.mark.parametrize("more", [2, 8])
    def test_is_surer_after_more_origins(self, more: int) -> None:
        one = losses(good=[2 / 3], bad=[4 / 3])
        few, many = (learn_trust([one] * n, [1] * n)[SERIES] for n in (1, more))
        assert many["good"] < few["good"] < few["bad"] < many["bad"]

    @given(st.lists(st.floats(0, 9), min_size=3, max_size=3), st.integers(0, 2))
    def test_knows_nothing_of_years_that_had_not_ended(
        self, later: list[float], ended: int
    ) -> None:
        years = [0.5, 1.5, 1.0]
        spoilt = years[:ended] + later[ended:]
        first, second = (learn_trust([losses(a=own)], [ended]) for own in (years, spoilt))
        assert first == second

    def test_a_year_of_which_nothing_is_known_counts_for_nothing(self) -> None:
        half, whole = losses(a=[0.5, np.nan]), losses(a=[0.5])
        assert learn_trust([half], [2]) == learn_trust([whole], [1])
        assert learn_trust([losses(a=[np.nan])], [1]) == {}
