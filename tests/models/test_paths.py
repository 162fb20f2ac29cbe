"""Paths are exact, seeded by name, and never negative."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.paths import (
    PathStack,
    count_noise,
    idle_years,
    shock,
    shock_variance,
    skewed,
    stream,
    used_share,
    whole_hundredths,
)

pytestmark = pytest.mark.unit
POSITIVE = st.floats(0, 1e9, allow_nan=False, allow_subnormal=False)


@given(arrays(np.float64, (3, 25), elements=POSITIVE))
def test_the_mean_of_rounded_draws_is_a_whole_hundredth(values: np.ndarray) -> None:
    cells = whole_hundredths(values)
    assert np.all(cells.sum(axis=-1) % values.shape[-1] == 0)


@given(arrays(np.float64, (3, 25), elements=POSITIVE))
def test_rounding_moves_the_mean_by_less_than_a_hundredth(values: np.ndarray) -> None:
    cells = whole_hundredths(values)
    assert np.all(np.abs(cells.mean(axis=-1) / 100 - values.mean(axis=-1)) <= 0.01)


@given(arrays(np.float64, (3, 25), elements=st.floats(0, 0.2)))
def test_rounding_never_makes_a_draw_negative(values: np.ndarray) -> None:
    assert np.all(whole_hundredths(values) >= 0)


def test_a_stream_depends_on_its_name_and_seed_only() -> None:
    first = stream(1, "clients", "district", "A").standard_normal(5)
    stream(1, "clients", "district", "B").standard_normal(5)
    np.testing.assert_array_equal(first, stream(1, "clients", "district", "A").standard_normal(5))
    assert not np.array_equal(first, stream(2, "clients", "district", "A").standard_normal(5))


def test_a_shock_has_the_variance_that_was_asked_for_and_grows_with_the_years() -> None:
    years = np.array([0.5, 1.5, 3.5])
    log = shock(stream(5, "x"), np.full(3, 0.01), np.full(3, 0.02), years, 20_000)
    np.testing.assert_allclose(log.var(axis=1), 0.01 + 0.02 * years, rtol=0.05)
    np.testing.assert_allclose(log.mean(axis=1), 0.0, atol=1e-12)


def test_count_noise_has_mean_one_and_the_variance_that_was_asked_for() -> None:
    factors = count_noise(stream(5, "y"), np.array([0.05, 2.0]), 100_000)
    np.testing.assert_allclose(factors.mean(axis=1), 1.0, rtol=0.02)
    np.testing.assert_allclose(factors.var(axis=1), [0.05, 2.0], rtol=0.05)
    assert np.all(factors >= 0)


@given(st.floats(0, 100))
def test_years_without_use_explain_part_of_the_noise_and_never_more(variance: float) -> None:
    used = used_share(variance)
    assert 0 < used <= 1
    assert (1 - used) / used <= variance


def test_a_cell_of_many_events_a_year_is_never_idle() -> None:
    assert used_share(0.1) == 1.0
    assert used_share(1.0) == pytest.approx(1 - np.exp(-1))


@pytest.mark.parametrize("used", [1e-4, 0.14, 0.5, 0.9])
def test_idle_years_are_whole_and_as_many_as_asked(used: float) -> None:
    years = (np.arange(36) + 0.5) / 12
    factors = idle_years(stream(5, "z"), used, years, 400).reshape(3, 12, 400)
    assert np.all(factors == factors[:, :1])
    found = (factors[:, 0] > 0).sum(axis=1)
    assert np.all(np.abs(found - max(400 * used, 1)) <= 1)
    assert np.all(factors[factors > 0] == 1 / used)


CELLS = arrays(np.int64, (4, 2, 3), elements=st.integers(-(2**33), 2**33))


def stacked(cells: np.ndarray, most: int = 9, steps: int = 2) -> PathStack:
    stack = PathStack(most, steps, cells.shape[-1])
    assert [stack.add(row) for row in cells] == list(range(len(cells)))
    return stack


def test_cells_take_half_the_room_where_they_fit() -> None:
    assert stacked(np.array([[[5]]])).rows().dtype == np.int32
    assert stacked(np.array([[[2**40]]])).rows().dtype == np.int64
    assert stacked(np.zeros((0, 3, 5), dtype=np.int64), steps=3).rows().shape == (0, 3, 5)


@given(CELLS)
@example(np.full((1, 1, 1), -(2**31)))
@example(np.full((1, 1, 1), -(2**31) - 1))
@example(np.full((1, 1, 1), 2**31 - 1))
@example(np.full((1, 1, 1), 2**31))
def test_no_cell_changes_when_it_is_stored_in_less_room(cells: np.ndarray) -> None:
    found = stacked(cells, steps=cells.shape[1]).rows()
    np.testing.assert_array_equal(found, cells)
    assert (found.dtype == np.int32) == bool(np.all(np.abs(cells + 0.5) < 2**31))


def test_a_shorter_series_is_followed_by_zeros() -> None:
    stack = stacked(np.full((2, 2, 3), 2**31), steps=4)
    stack.add(np.full((4, 3), 7))
    assert stack.rows()[:2, 2:].sum() == 0
    assert np.all(stack.rows()[2] == 7)
    assert len(stack) == 3


@pytest.mark.parametrize("variance", [0.001, 0.01, 0.1, 0.3])
def test_skewed_shocks_are_factors_of_mean_one_with_the_variance_asked_for(variance: float) -> None:
    asked = np.array([variance])
    shocks = shock(stream(5, "s"), asked, np.zeros(1), np.ones(1), 200_000)
    factors = skewed(shocks, asked)
    assert factors.min() > 0
    assert factors.mean() == pytest.approx(1.0, abs=0.01)
    assert factors.var() == pytest.approx(variance, rel=0.1)
    lean = ((factors - factors.mean()) ** 3).mean() / factors.std() ** 3
    assert lean == pytest.approx(2 * variance**0.5, rel=0.25)  # a gamma's


@given(st.floats(0, 1), st.lists(st.floats(-8, 8), min_size=2, max_size=9))
def test_skewed_shocks_keep_their_order_and_are_never_negative(
    variance: float, shocks: list[float]
) -> None:
    factors = skewed(np.sort(np.array(shocks))[None], np.array([variance]))
    assert np.all(factors > 0)
    assert np.all(np.diff(factors) >= 0)


@given(st.floats(0, 5), st.floats(0, 5))
def test_a_shock_is_never_wider_than_its_bound(constant: float, per_year: float) -> None:
    years = np.array([0.5, 1.5, 9.5])
    wide = np.full(3, constant), np.full(3, per_year)
    told = shock_variance(constant, per_year, years)
    assert np.all(told <= 1)
    drawn = shock(stream(5, "w"), *wide, years, 4000).var(axis=1)
    np.testing.assert_allclose(drawn, told, rtol=0.15, atol=1e-9)


def test_noise_explained_by_idle_years_and_by_the_rest_adds_up() -> None:
    for noise in (0.3, 1.0, 3.0):
        used = used_share(noise)
        idle = idle_years(stream(6, "i"), used, np.arange(40) + 0.5, 4000)
        rest = noise - (1 - used) / used
        other = skewed(
            shock(stream(6, "o"), np.full(40, rest), np.zeros(40), np.arange(40) + 0.5, 4000),
            shock_variance(rest, 0.0, np.arange(40) + 0.5),
        )
        assert (idle * other).mean() == pytest.approx(1.0, abs=0.1)
        assert idle.var() == pytest.approx((1 - used) / used, rel=0.05)
