"""Losses on figures worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models import accuracy

pytestmark = pytest.mark.unit
ACTUAL = np.array([100.0, 50.0, 0.0, np.nan])
FORECAST = np.array([110.0, 40.0, 5.0, 7.0])


def test_wape_adds_absolute_errors_over_what_happened() -> None:
    assert accuracy.wape(ACTUAL, FORECAST) == pytest.approx(100 * 25 / 150)


def test_bias_is_positive_when_the_forecast_is_too_high() -> None:
    assert accuracy.bias(ACTUAL, FORECAST) == pytest.approx(100 * 5 / 150)


def test_nothing_known_gives_nan_not_zero() -> None:
    assert math.isnan(accuracy.wape(np.array([np.nan]), np.array([1.0])))


def test_a_point_without_a_band_has_a_scaled_pinball_loss_equal_to_its_wape() -> None:
    scaled = accuracy.scaled_pinball(ACTUAL, FORECAST, FORECAST, FORECAST)
    symmetric = 0.5 * (accuracy.wape(ACTUAL, FORECAST) * 2)
    assert scaled == pytest.approx(symmetric)


def test_coverage_counts_the_edges_as_inside() -> None:
    low, high = np.array([100.0, 60.0]), np.array([120.0, 70.0])
    assert accuracy.coverage(np.array([100.0, 50.0]), low, high) == 0.5


def test_the_interval_of_a_share_holds_it_and_narrows_with_observations() -> None:
    few, many = accuracy.share_interval(0.8, 10), accuracy.share_interval(0.8, 1000)
    assert few[0] < many[0] < 0.8 < many[1] < few[1]
    assert many == pytest.approx((0.7741, 0.8236), abs=5e-4)
