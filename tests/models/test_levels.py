"""Where a series stands: large cells at last year, small ones at their share of four years."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.catalogue import Frequency
from models.history import Block, ready, recent_level
from models.levels import steady_level
from tests.constructed import block_of

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
YEARS = 8
FIGURES = st.floats(0, 1e6, allow_subnormal=False)


def yearly(values: Array) -> Block:
    """Return a block of one product with a district per row, in the order of the rows."""
    return block_of({f"D{at:04}": own for at, own in enumerate(values)}, Frequency.YEAR)


def level_of(block: Block, unit: float = 1.0) -> Array:
    return steady_level(block, ready(block), np.full(len(block.values), unit))


def town(seed: int = 1, small: float = 2.0, cells: int = 200) -> Array:
    """Many small cells whose years differ by chance alone, and one large cell that grows."""
    rng = np.random.default_rng(seed)
    growing = 1e5 * 1.05 ** np.arange(YEARS)
    return np.vstack([rng.poisson(small, (cells, YEARS)).astype(float), growing])


@settings(max_examples=40)
@given(arrays(np.float64, (5, 7), elements=FIGURES))
def test_no_level_is_negative_or_unknown(values: Array) -> None:
    level = level_of(yearly(values))
    assert np.all(np.isfinite(level))
    assert np.all(level >= 0)


@settings(max_examples=40)
@given(arrays(np.float64, (4, 7), elements=st.floats(-1e6, 1e6, allow_subnormal=False)))
def test_credits_that_outweigh_the_cost_of_a_year_do_not_make_a_level_negative_either(
    values: Array,
) -> None:
    level = level_of(yearly(values), unit=1000.0)
    assert np.all(np.isfinite(level))
    assert np.all(level >= 0)


@settings(max_examples=40)
@given(arrays(np.float64, (5, 7), elements=st.integers(0, 500).map(float)))
def test_the_level_does_not_depend_on_the_currency(values: Array) -> None:
    small, large = level_of(yearly(values)), level_of(yearly(values * 1024), unit=1024.0)
    np.testing.assert_allclose(large, small * 1024, rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("small", [0.3, 2.0, 20.0])
def test_the_sum_of_a_product_is_about_kept(seed: int, small: float) -> None:
    values = town(seed, small)
    assert level_of(yearly(values)).sum() == pytest.approx(values[:, -1].sum(), rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_the_sum_of_a_product_of_middling_cells_is_about_kept_too(seed: int) -> None:
    values = town(seed, small=20.0)[:-1]
    assert level_of(yearly(values)).sum() == pytest.approx(values[:, -1].sum(), rel=0.03)


def test_a_large_cell_stays_at_its_last_year() -> None:
    values = town()
    assert level_of(yearly(values))[-1] == pytest.approx(values[-1, -1], rel=0.005)


@pytest.mark.parametrize("seed", range(5))
def test_small_cells_come_nearer_to_what_they_truly_use_than_their_last_year_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.gamma(2.0, 1.5, 300)
    values = rng.poisson(truth[:, None], (300, YEARS)).astype(float)
    steady, last = np.abs(level_of(yearly(values)) - truth), np.abs(values[:, -1] - truth)
    assert steady.sum() < 0.7 * last.sum()


def test_a_small_cell_lies_between_its_last_year_and_its_mean_of_four() -> None:
    values = town(small=20.0)  # large enough never to count as cells that can only rise
    level, last = level_of(yearly(values)), values[:, -1]
    share = values[:-1, -4:] / values[:-1, -4:].sum(axis=0) * last[:-1].sum()
    mean = share.mean(axis=1)
    moved = np.abs(last[:-1] - mean) > 3
    nearer = np.abs(level[:-1] - mean)[moved] < np.abs(last[:-1] - mean)[moved]
    assert moved.sum() > 50
    assert nearer.all()


def test_a_cell_that_was_empty_last_year_is_not_empty_for_ever() -> None:
    values = town(small=1.0)
    empty = values[:-1, -1] == 0
    level = level_of(yearly(values))[:-1][empty]
    assert empty.sum() > 20
    assert np.all(level > 0)
    assert level.mean() == pytest.approx(1.0, abs=0.3)  # as all others truly are


def test_what_moved_the_whole_product_is_not_undone() -> None:
    rng = np.random.default_rng(4)
    values = rng.poisson(5.0, (300, YEARS)).astype(float)
    values[:, -1] = rng.poisson(10.0, 300)  # twice as much everywhere
    level = level_of(yearly(values))
    assert level.sum() == pytest.approx(values[:, -1].sum(), rel=0.05)


def test_products_do_not_smooth_one_another() -> None:
    values = town()
    both = yearly(np.vstack([values, values]))
    keys = both.hierarchy.keys.copy()
    keys.loc[len(values) :, "product"] = "Q"
    apart = replace(both, hierarchy=type(both.hierarchy).of(keys))
    twice = steady_level(apart, ready(apart), np.ones(2 * len(values)))
    np.testing.assert_allclose(twice[: len(values)], twice[len(values) :])


def test_cells_that_move_for_good_are_believed_at_once() -> None:
    rng = np.random.default_rng(2)
    walk = 300.0 * np.exp(rng.normal(0.0, 0.5, (100, YEARS)).cumsum(axis=1))
    np.testing.assert_allclose(level_of(yearly(walk)), walk[:, -1], rtol=0.05, atol=2.0)


@pytest.mark.parametrize("periods", [1, 6, 12, 23])
def test_less_than_two_years_say_no_more_than_their_mean(periods: int) -> None:
    rng = np.random.default_rng(3)
    block = block_of({"A": rng.poisson(3.0, periods), "B": rng.poisson(9.0, periods)})
    np.testing.assert_array_equal(level_of(block), recent_level(block, ready(block)))


def test_a_young_series_stands_where_it_stands_and_moves_no_other() -> None:
    values = town(cells=50)
    young = np.full((1, YEARS), np.nan)
    young[0, -1] = 40.0
    found = level_of(yearly(np.vstack([values, young])))
    assert found[-1] == 40.0
    np.testing.assert_allclose(found[:-1], level_of(yearly(values)))


def test_months_give_the_level_of_a_month() -> None:
    rng = np.random.default_rng(5)
    months = rng.poisson(4.0, (60, 60)).astype(float)
    level = level_of(block_of({f"D{at:02}": own for at, own in enumerate(months)}))
    assert level.mean() == pytest.approx(months[:, -12:].mean(), rel=0.05)
    assert level.std() < months[:, -12:].mean(axis=1).std()
