"""Declared events: the history is moved to where they left it, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue import Frequency
from models.history import Block, Ready, ready, relative_use
from models.interventions import EventEffect, adjusted_use, event_effects
from models.members import BASELINE, MEMBERS, Event, History
from tests.constructed import block_of, histories

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
MONTHS = np.arange(96)
SEASON = 1 + 0.2 * np.sin(2 * np.pi * MONTHS / 12)


def noisy(truth: Array, seed: int = 5, noise: float = 0.03) -> Array:
    return truth * np.exp(noise * np.random.default_rng(seed).standard_normal(truth.shape))


def with_event(block: Block, period: int, kind: str) -> Block:
    return replace(block, events={"P": (Event(block.first + period, kind),)})


def seen(block: Block) -> tuple[Block, Ready, Array]:
    state = ready(block)
    return block, state, relative_use(block, state.filled)


def adjusted(block: Block) -> Array:
    return adjusted_use(*seen(block))


def naive_error(values: Array, truth: Array) -> float:
    """Absolute error of the seasonal naive over the year that follows, shape (periods,) given."""
    at = len(values)
    naive = MEMBERS[BASELINE].forecast(History(values, 0, Frequency.MONTH), 12)
    return float(np.abs(naive - truth[at : at + 12]).sum())


@pytest.mark.parametrize(("known", "nearer"), [(73, 4.0), (75, 4.0), (80, 2.0)])
def test_after_a_fall_of_30_percent_a_seasonal_naive_goes_on_from_the_new_level(
    known: int, nearer: float
) -> None:
    truth = 400 * SEASON * np.where(MONTHS >= 70, 0.7, 1.0)
    values = noisy(truth, noise=0.02)[:known]
    moved = adjusted(with_event(block_of({"a": values}), 70, "level"))[0]
    assert naive_error(values, truth) > nearer * naive_error(moved, truth)
    np.testing.assert_array_equal(moved[70:], values[70:])


def test_the_half_year_of_an_outlier_does_not_come_back_in_the_seasonal_naive() -> None:
    calm = 400 * SEASON
    disturbed = calm * np.where((MONTHS >= 60) & (MONTHS < 66), 0.5, 1.0)
    values = noisy(disturbed)[:72]
    cleaned = adjusted(with_event(block_of({"a": values}), 60, "outlier"))[0]
    assert naive_error(values, calm) > 4 * naive_error(cleaned, calm)
    outside = (MONTHS[:72] < 60) | (MONTHS[:72] >= 66)
    np.testing.assert_array_equal(cleaned[outside], values[outside])


def test_an_outlier_that_emptied_the_product_is_filled_from_its_neighbours() -> None:
    values = noisy(400 * SEASON)[:72]
    values[60:63] = 0.0
    cleaned = adjusted(with_event(block_of({"a": values}), 60, "outlier"))[0]
    assert cleaned[60:63] == pytest.approx(400 * SEASON[60:63], rel=0.1)


def test_after_a_bend_the_last_years_before_it_have_the_new_direction() -> None:
    years = np.maximum(MONTHS - 60, 0) / 12
    values = noisy(400 * np.exp(0.25 * years), noise=0.01)
    bent = adjusted(with_event(block_of({"a": values}), 60, "slope"))[0]
    growth = np.polyfit(MONTHS[36:60] / 12, np.log(bent[36:60]), 1)[0]
    assert growth == pytest.approx(0.25, abs=0.05)
    assert np.log(bent[:36] / values[:36]) == pytest.approx(np.full(36, -0.5), abs=0.1)


def test_a_year_after_a_fall_in_yearly_figures_is_used() -> None:
    values = np.array([400.0, 408, 410, 421, 424, 433, 300])
    moved = adjusted(with_event(block_of({"a": values}, Frequency.YEAR), 6, "level"))[0]
    assert moved[:6] == pytest.approx(values[:6] * 300 / 440, rel=0.03)


def districts(own: dict[str, float], level: float) -> dict[str, Array]:
    """Districts of a size that each fall by a factor of their own in month 70."""
    rng = np.random.default_rng(8)
    return {
        name: rng.poisson(level * np.where(MONTHS[:84] >= 70, factor, 1.0)).astype(float)
        for name, factor in own.items()
    }


def test_a_large_district_keeps_its_own_effect_and_a_small_one_takes_that_of_the_product() -> None:
    large = districts({"a": 0.9, "b": 0.9, "c": 0.4, "d": 0.9}, 2000.0)
    small = districts({"x": 0.4}, 3.0)
    block = with_event(block_of({**large, **small}), 70, "level")
    used = seen(block)
    factor = adjusted_use(*used)[:, :70].sum(axis=1) / used[2][:, :70].sum(axis=1)
    product = event_effects(*used)[0].factor
    assert factor[:4] == pytest.approx([0.9, 0.9, 0.4, 0.9], abs=0.03)
    assert abs(factor[4] - product) < abs(factor[4] - 0.4)


def test_an_edition_can_say_what_an_event_did() -> None:
    values = noisy(400 * SEASON * np.where(MONTHS >= 70, 0.7, 1.0))
    block = with_event(block_of({"a": values}), 70, "level")
    (effect,) = event_effects(*seen(block))
    assert isinstance(effect, EventEffect)
    assert (effect.municipality, effect.product, effect.kind) == ("M", "P", "level")
    assert effect.period == block.first + 70
    assert effect.used
    assert abs(np.log(effect.factor / 0.7)) < 2.5 * effect.error
    assert 0 < effect.error < 0.1


@pytest.mark.parametrize("kind", ["level", "slope", "outlier"])
def test_an_event_that_did_nothing_nearly_always_changes_nothing(kind: str) -> None:
    used = 0
    for seed in range(40):
        values = noisy(400 * SEASON, seed)
        block = with_event(block_of({"a": values}), 50, kind)
        (effect,) = event_effects(*seen(block))
        used += effect.used
        assert effect.used or adjusted(block)[0].tobytes() == values.tobytes()
    assert used <= 4


@pytest.mark.parametrize("period", [-3, 0, 2, 94, 95, 200])
@pytest.mark.parametrize("kind", ["level", "slope"])
def test_an_event_outside_the_history_or_at_its_ends_changes_nothing(
    kind: str, period: int
) -> None:
    values = noisy(400 * SEASON)
    block = with_event(block_of({"a": values}), period, kind)
    np.testing.assert_array_equal(adjusted(block)[0], values)


def test_an_effect_beyond_a_factor_of_five_is_cut_there() -> None:
    values = noisy(np.where(MONTHS >= 70, 4000.0, 40.0))
    moved = adjusted(with_event(block_of({"a": values}), 70, "level"))[0]
    assert moved[:70] == pytest.approx(5 * values[:70])


def test_a_break_that_was_found_is_adjusted_for_like_a_declared_one() -> None:
    block = block_of({"a": noisy(400 * SEASON * np.where(MONTHS >= 70, 0.7, 1.0))})
    event = Event(block.first + 70, "level")
    found = adjusted_use(*seen(block), offered={0: (event,)})
    np.testing.assert_array_equal(found, adjusted(replace(block, events={"P": (event,)})))


kinds = st.sampled_from(["level", "slope", "outlier"])
some_events = st.lists(st.tuples(st.integers(-5, 70), kinds), max_size=6)


@settings(deadline=None, max_examples=60)
@given(events=some_events, periods=st.integers(1, 60), frequency=st.sampled_from(list(Frequency)))
def test_whatever_the_history_and_the_events_no_figure_is_negative_or_lost(
    events: list[tuple[int, str]], periods: int, frequency: Frequency
) -> None:
    block = block_of({name: own[:periods] for name, own in histories().items()}, frequency)
    declared = tuple(Event(block.first + period, kind) for period, kind in events)
    used = seen(replace(block, events={"P": declared}))
    result = adjusted_use(*used)
    assert np.all(np.isfinite(result))
    assert np.all(result >= 0)
    assert all(0.2 <= effect.factor <= 5 for effect in event_effects(*used))
    before = np.arange(periods) < used[1].start[:, None]
    np.testing.assert_array_equal(result[before], used[2][before])


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), events=some_events)
def test_series_without_events_stay_what_they_were_to_the_last_bit(
    seed: int, events: list[tuple[int, str]]
) -> None:
    rng = np.random.default_rng(seed)
    block = block_of({"a": rng.poisson(40.0, 60).astype(float), "b": rng.gamma(2.0, 9.0, 60)})
    others = {"Q": tuple(Event(block.first + period, kind) for period, kind in events)}
    used = seen(replace(block, events=others))
    assert adjusted_use(*used).tobytes() == used[2].tobytes()


def two_products(seed: int, order: npt.NDArray[np.int64]) -> Block:
    rng = np.random.default_rng(seed)
    with_them = block_of({"a": rng.poisson(300.0, 60) * 1.0, "b": rng.poisson(50.0, 60) * 1.0})
    keys = with_them.hierarchy.keys.assign(product=["P", "Q"])
    values = with_them.values.copy()
    values[1] = values[1, order]
    hierarchy = type(with_them.hierarchy).of(keys)
    event = Event(with_them.first + 30, "level")
    return replace(with_them, hierarchy=hierarchy, values=values, events={"P": (event,)})


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), order=st.permutations(range(60)))
def test_what_happens_to_one_product_does_not_reach_another(seed: int, order: list[int]) -> None:
    straight = adjusted(two_products(seed, np.arange(60)))
    shuffled = adjusted(two_products(seed, np.array(order)))
    np.testing.assert_array_equal(straight[0], shuffled[0])


def test_a_block_without_periods_comes_back_empty() -> None:
    block = block_of({"a": np.zeros(0)})
    assert adjusted(with_event(block, 3, "level")).shape == (1, 0)
