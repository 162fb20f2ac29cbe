"""Probability and amount are each other's inverse, and a set is read off the sum of its draws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.budget import (
    Line,
    amount_for,
    cushion,
    probability_exceeded,
    together,
    weigh,
)
from models.cube import Ints

pytestmark = pytest.mark.unit

CENTS = st.integers(-(10**13), 10**13)
CERTAINTIES = st.one_of(
    st.sampled_from([0.05, 0.1, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0]),
    st.floats(0.001, 1.0),
)


def array(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


DRAWS = st.lists(CENTS, min_size=1, max_size=60).map(array)
SETS = st.integers(1, 20).flatmap(
    lambda count: st.lists(
        st.builds(Line, CENTS, st.lists(CENTS, min_size=count, max_size=count).map(array)),
        min_size=1,
        max_size=5,
    )
)


@given(DRAWS, CERTAINTIES)
def test_the_amount_for_a_certainty_is_the_least_that_has_it(draws: Ints, certainty: float) -> None:
    amount = amount_for(draws, certainty)
    assert probability_exceeded(draws, amount) <= 1 - certainty + 1e-9
    assert probability_exceeded(draws, amount - 1) > 1 - certainty - 1e-9
    assert amount in draws


@given(DRAWS, CENTS)
def test_the_certainty_of_an_amount_is_covered_by_that_amount(draws: Ints, amount: int) -> None:
    certainty = 1 - probability_exceeded(draws, amount)
    if certainty > 0:
        assert amount_for(draws, certainty) <= amount


@given(DRAWS, st.lists(CERTAINTIES, min_size=2, max_size=5))
def test_more_certainty_never_costs_less(draws: Ints, certainties: list[float]) -> None:
    amounts = [amount_for(draws, certainty) for certainty in sorted(certainties)]
    assert all(low <= high for low, high in pairwise(amounts))


@given(DRAWS, st.lists(CENTS, min_size=2, max_size=5))
def test_a_larger_budget_is_never_exceeded_more_often(draws: Ints, budgets: list[int]) -> None:
    found = [weigh(Line(amount, draws), 0.8) for amount in sorted(budgets)]
    for low, high in pairwise(found):
        assert high.probability <= low.probability
        assert high.shortfall <= low.shortfall
        assert high.cushion <= low.cushion


@given(DRAWS, CENTS, CERTAINTIES)
def test_what_is_weighed_hangs_together(draws: Ints, amount: int, certainty: float) -> None:
    found = weigh(Line(amount, draws), certainty)
    assert found.cushion == max(found.covers - amount, 0)
    assert found.effect >= found.shortfall >= 0
    assert found.probability * found.effect == pytest.approx(found.shortfall, abs=1, rel=1e-9)
    assert (found.probability == 0) is (found.effect == 0)
    assert abs(found.expected * len(draws) - sum(draws.tolist())) * 2 <= len(draws)


@given(SETS, CERTAINTIES)
def test_a_set_is_weighed_by_the_sum_of_its_draws(lines: list[Line], certainty: float) -> None:
    whole = together(lines)
    assert whole.amount == sum(line.amount for line in lines)
    assert whole.draws.tolist() == [
        sum(line.draws.tolist()[at] for line in lines) for at in range(len(whole.draws))
    ]
    # Lacks never add up to less than the lack of the whole: one line's room may pay for another's.
    apart = sum(weigh(line, certainty).shortfall for line in lines)
    assert weigh(whole, certainty).shortfall <= apart + len(lines)


@given(SETS, CERTAINTIES)
def test_lines_that_rise_and_fall_together_gain_nothing_from_one_cushion(
    lines: list[Line], certainty: float
) -> None:
    ordered = [Line(line.amount, np.sort(line.draws)) for line in lines]
    amounts = [amount_for(line.draws, certainty) for line in ordered]
    whole = together(ordered)
    assert amount_for(whole.draws, certainty) == sum(amounts)
    # room of one line may pay for another, so together is the less
    assert cushion(ordered, certainty).spread >= 0
    tight = [Line(amount - 1, line.draws) for amount, line in zip(amounts, ordered, strict=True)]
    assert cushion(tight, certainty).spread == 0


def test_independent_lines_need_less_together_than_apart() -> None:
    rng = np.random.default_rng(1)
    draws = np.rint(rng.normal(1e8, 1e7, (10, 4000))).astype(np.int64)
    lines = [Line(10**8, row) for row in draws]
    found = cushion(lines, 0.8)
    assert found.apart == sum(weigh(line, 0.8).cushion for line in lines)
    # independent errors grow with the root of their number
    assert found.together / found.apart == pytest.approx(10**-0.5, rel=0.1)


def test_known_figures() -> None:
    line = Line(300, array([100, 200, 300, 400, 700]))
    found = weigh(line, 0.8)
    assert (found.expected, found.probability, found.covers) == (340, 0.4, 400)
    assert (found.cushion, found.effect, found.shortfall) == (100, 250, 100)


@pytest.mark.parametrize("certainty", [0, -0.1, 1.1, float("nan")])
def test_a_certainty_outside_its_bounds_is_refused(certainty: float) -> None:
    with pytest.raises(ValueError, match="certainty"):
        amount_for(array([1]), certainty)


def test_nothing_and_lines_of_unlike_editions_are_refused() -> None:
    with pytest.raises(ValueError, match="no draws"):
        amount_for(array([]), 0.5)
    with pytest.raises(ValueError, match="without a line"):
        together([])
    with pytest.raises(ValueError, match="drawn together"):
        together([Line(1, array([1])), Line(1, array([1, 2]))])
