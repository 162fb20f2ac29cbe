"""Members' answers become one: a weighted median, one level, and groups that are followed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from models.catalogue import Frequency
from models.demand import Answers, Recipe
from models.ensemble import Ensemble, Trust, weighted_median
from models.hierarchy import OWN_PRODUCT, SERIES, Hierarchy
from models.members import ANCHOR, MemberForecast
from tests.constructed import block_of

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
HORIZON = 2
FIGURES = st.floats(-1e6, 1e6)
OWN = Recipe(damping=0.0, coherence=0.0, pooling=0.0)
PARTLY = st.one_of(FIGURES, FIGURES, st.just(np.nan))
SAID = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=PARTLY)


def heard(values: Array) -> Array:
    """Leave out the columns of which no member says anything."""
    return values[:, np.isfinite(values).any(axis=0)]


class TestWeightedMedian:
    @given(SAID)
    def test_of_equal_weights_is_the_plain_median_of_those_who_spoke(self, values: Array) -> None:
        found = weighted_median(heard(values), np.full(len(values), 0.7))
        np.testing.assert_allclose(found, np.nanmedian(heard(values), axis=0), atol=1e-6)

    @given(SAID, st.lists(st.floats(0.01, 1e4), min_size=6, max_size=6))
    def test_lies_between_the_least_and_the_most_that_was_said(
        self, values: Array, weights: list[float]
    ) -> None:
        spoken = heard(values)
        found = weighted_median(spoken, np.array(weights[: len(values)]))
        slack = 1e-9 * np.nanmax(np.abs(spoken), axis=0, initial=1.0)
        assert np.all(found >= np.nanmin(spoken, axis=0, initial=np.inf) - slack)
        assert np.all(found <= np.nanmax(spoken, axis=0, initial=-np.inf) + slack)

    @given(SAID, st.integers(0, 5), st.permutations(range(6)))
    def test_does_not_depend_on_who_spoke_first(
        self, values: Array, heavy: int, order: list[int]
    ) -> None:
        weights = np.where(np.arange(len(values)) == heavy, 2.5, 1.0)
        turned = [at for at in order if at < len(values)]
        first = weighted_median(values, weights)
        np.testing.assert_allclose(first, weighted_median(values[turned], weights[turned]))

    @given(arrays(np.float64, (4, 3), elements=FIGURES), st.integers(0, 3))
    def test_is_what_a_member_says_who_outweighs_all_others(
        self, values: Array, heavy: int
    ) -> None:
        weights = np.where(np.arange(4) == heavy, 1e12, 1.0)
        np.testing.assert_allclose(weighted_median(values, weights), values[heavy], atol=1e-3)

    @given(arrays(np.float64, 5, elements=FIGURES), st.integers(0, 4), st.floats(1, 50))
    def test_comes_nearer_to_a_member_who_counts_more(
        self, values: Array, heavy: int, weight: float
    ) -> None:
        some, more = (
            weighted_median(values[:, None], np.where(np.arange(5) == heavy, w, 1.0))[0]
            for w in (weight, 2 * weight)
        )
        assert abs(more - values[heavy]) <= abs(some - values[heavy]) + 1e-6

    def test_one_far_off_does_not_carry_the_others_along(self) -> None:
        values = np.array([[10.0], [11.0], [12.0], [1e9]])
        assert weighted_median(values, np.ones(4))[0] == 11.5

    def test_of_nobody_is_not_known(self) -> None:
        assert np.isnan(weighted_median(np.full((3, 1), np.nan), np.ones(3))).all()


def answers(said: dict[tuple[str, int], dict[str, float]]) -> Answers:
    """Members that say one figure for all steps, per level and group; NaN abstains."""
    return {
        key: {
            name: MemberForecast(
                name,
                np.full(HORIZON, value) if np.isfinite(value) else None,
                "" if np.isfinite(value) else "needs more",
            )
            for name, value in own.items()
        }
        for key, own in said.items()
    }


def of_one(figures: dict[str, float], trust: Trust | None = None) -> Ensemble:
    block = block_of({"A": np.full(8, 100.0)}, Frequency.YEAR)
    said = answers({(SERIES, 0): {ANCHOR: 100.0, **figures}})
    return Ensemble(block, said, HORIZON, trust)


class TestTrust:
    FIGURES: dict[str, float] = {"low": 90.0, "high": 110.0}  # noqa: RUF012 - never changed

    def said(self, trust: Trust | None = None) -> float:
        return float(of_one(self.FIGURES, trust).mean(OWN)[0, 0])

    def test_without_any_the_members_are_alike(self) -> None:
        assert self.said() == self.said({}) == pytest.approx(100.0)
        assert self.said({"another level": {"high": 0.1}}) == self.said()

    def test_a_member_that_was_twice_as_bad_counts_less(self) -> None:
        assert self.said({SERIES: {"high": 2 / 3, "low": 4 / 3}}) > 102.0
        assert self.said({SERIES: {"high": 4 / 3, "low": 2 / 3}}) < 98.0

    @given(st.floats(0.0, 5.0), st.floats(0.0, 5.0))
    def test_the_better_member_is_always_the_one_that_is_leaned_to(
        self, first: float, second: float
    ) -> None:
        said = self.said({SERIES: {"low": first, "high": second}})
        assert (said - 100.0) * (first - second) >= -1e-6

    def test_a_member_that_never_missed_does_not_speak_alone(self) -> None:
        assert np.isfinite(self.said({SERIES: {"high": 0.0}}))


def test_a_forecast_that_nobody_but_one_could_make_says_so() -> None:
    ensemble = of_one({"other": np.nan})
    forecast = ensemble.forecast(OWN)
    assert forecast.outcome == ["fell_back"]
    assert forecast.reason == ["other needs more"]
    np.testing.assert_allclose(forecast.mean, 100.0)


def two(series: dict[str, float], product: float) -> Ensemble:
    """Two districts that stood at a thousand each; what is said of them and of their product.

    Of another product, which makes the total another group, nothing is said but last year's level.
    """
    district = {name: np.full(8, 1000.0) for name in series}
    one = block_of({**district, "Z": np.full(8, 50.0)}, Frequency.YEAR)
    keys = one.hierarchy.keys.assign(product=["P"] * len(series) + ["Q"])
    block = replace(one, hierarchy=Hierarchy.of(keys))
    own = {(SERIES, at): {ANCHOR: 1000.0, "other": v} for at, v in enumerate(series.values())}
    above = {
        (OWN_PRODUCT, 0): {ANCHOR: product, "other": product},
        (OWN_PRODUCT, 1): {ANCHOR: 50.0},
    }
    said = {**own, (SERIES, len(series)): {ANCHOR: 50.0}, **above}
    return Ensemble(block, answers(said), HORIZON)


def sums(ensemble: Ensemble, recipe: Recipe) -> Array:
    """Forecast of the first product over its districts, shape (horizon,)."""
    return np.asarray(ensemble.mean(recipe)[:-1].sum(axis=0))


class TestGroups:
    @pytest.mark.parametrize(("coherence", "sum_"), [(0.0, 2000.0), (0.5, 2200.0), (1.0, 2420.0)])
    def test_are_followed_as_far_as_coherence_says(self, coherence: float, sum_: float) -> None:
        ensemble = two({"A": 1000.0, "B": 1000.0}, product=2420.0)
        found = sums(ensemble, Recipe(damping=0.5, coherence=coherence, pooling=0.0))
        np.testing.assert_allclose(found, sum_)

    @pytest.mark.parametrize("damping", [0.0, 0.3, 0.9])
    def test_are_not_damped_themselves(self, damping: float) -> None:
        ensemble = two({"A": 1000.0, "B": 1000.0}, product=2400.0)
        found = sums(ensemble, Recipe(damping=damping, coherence=1.0, pooling=0.0))
        np.testing.assert_allclose(found, 2400.0)

    def test_leave_the_shares_of_their_series_alone(self) -> None:
        ensemble = two({"A": 1150.0, "B": 1000.0}, product=2400.0)
        apart = ensemble.mean(Recipe(damping=0.5, coherence=0.0, pooling=0.0))
        together = ensemble.mean(Recipe(damping=0.5, coherence=1.0, pooling=0.0))
        np.testing.assert_allclose(apart[0] / apart[1], together[0] / together[1])

    def test_never_more_than_halve_what_is_said_of_their_series(self) -> None:
        ensemble = two({"A": 1000.0, "B": 1000.0}, product=10.0)
        found = sums(ensemble, Recipe(damping=0.5, coherence=1.0, pooling=0.0))
        np.testing.assert_allclose(found, 1000.0)


def test_a_group_that_is_product_and_total_at_once_is_followed_once() -> None:
    block = block_of({name: np.full(8, 1000.0) for name in "AB"}, Frequency.YEAR)
    own = {(SERIES, at): {ANCHOR: 1000.0} for at in range(2)}
    said = answers({**own, (block.hierarchy.same_as(OWN_PRODUCT), 0): {ANCHOR: 2420.0}})
    mean = Ensemble(block, said, HORIZON).mean(Recipe(damping=0.5, coherence=0.5, pooling=0.0))
    np.testing.assert_allclose(mean.sum(axis=0), 2200.0)


def test_damping_goes_in_a_straight_line_from_the_members_to_last_year() -> None:
    ensemble = two({"A": 1100.0, "B": 900.0}, product=2000.0)
    free, half, full = (
        ensemble.mean(Recipe(damping=damping, coherence=0.0, pooling=0.0))
        for damping in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(half, (free + full) / 2)
    np.testing.assert_allclose(full[:-1], 1000.0)


def test_pooling_moves_a_small_series_to_the_course_of_its_product_and_a_large_one_less() -> None:
    years = {"large": np.full(8, 1000.0), "small": np.full(8, 5.0)}
    block = block_of(years, Frequency.YEAR)
    above = block.hierarchy.same_as(OWN_PRODUCT)
    said = {
        (SERIES, 0): {ANCHOR: 1000.0, "other": 1000.0},
        (SERIES, 1): {ANCHOR: 5.0, "other": 5.0},
        (above, 0): {ANCHOR: 1206.0, "other": 1206.0},
    }
    ensemble = Ensemble(block, answers(said), HORIZON)
    growth = [
        ensemble.mean(Recipe(damping=0.5, coherence=0.0, pooling=pooling))[:, 0] / [1000.0, 5.0]
        for pooling in (0.0, 20.0, 100.0)
    ]
    np.testing.assert_allclose(growth[0], 1.0)
    for weak, strong in pairwise(growth):
        assert np.all(weak < strong)
    for large, small in growth[1:]:
        assert 1 < large < small <= 1.2 + 1e-9


@given(
    st.lists(st.floats(0, 1e5), min_size=6, max_size=6),
    st.sampled_from([0.0, 0.4, 1.0]),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([0.0, 20.0]),
)
def test_whatever_members_say_a_forecast_is_never_negative_nor_beyond_its_ceiling(
    figures: list[float], damping: float, coherence: float, pooling: float
) -> None:
    ensemble = two({"A": figures[0], "B": figures[1]}, product=figures[2])
    mean = ensemble.mean(Recipe(damping, coherence, pooling))
    assert np.all(mean >= 0)
    assert np.all(mean <= ensemble.ceiling + 1e-9)
