"""Rolling origins leave a year to judge, and only ended years choose a recipe."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import Frequency
from models.demand import RECIPES, Recipe
from models.hierarchy import REPORTED_LEVELS
from models.judging import RecipeScores, choose_recipe, origins

pytestmark = pytest.mark.unit
DEFAULT = Recipe(0.33, 0.0, 1.0)
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
    errors = np.full(SHAPE, 10.0)
    errors[best] *= 1 - margin
    return RecipeScores(errors, np.full(SHAPE[1:], 100.0))


def test_a_clear_winner_is_chosen() -> None:
    assert choose_recipe([scores(7, 0.2)], [2], DEFAULT) == RECIPES[7]


def test_the_simple_baseline_wins_ties() -> None:
    assert choose_recipe([scores(7, 0.005)], [2], DEFAULT) == RECIPES[0]
    assert RECIPES[0].damping == 1.0


def test_a_year_that_had_not_ended_decides_nothing() -> None:
    assert choose_recipe([scores(7, 0.2)], [0], DEFAULT) == DEFAULT
    late = scores(7, 0.2)
    late.errors[7, :, 0] = 10.0  # wins in the second year only
    late.errors[7, :, 1] = 1.0
    assert choose_recipe([late], [1], DEFAULT) == RECIPES[0]
    assert choose_recipe([late], [2], DEFAULT) == RECIPES[7]
