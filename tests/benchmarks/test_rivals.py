"""What the rivals are: libraries as they come, a counted fall-back, and a median."""

from __future__ import annotations

import numpy as np
import pytest
from rivals import MEDIAN_OF, MEMBERS, NAIVE, Forecast, Past, forecast_one, plain_median

from models.catalogue import Frequency

pytestmark = pytest.mark.unit
FAST = [name for name in MEMBERS.values() if name != "Prophet"]


def _past(values: list[float], frequency: Frequency = Frequency.QUARTER) -> Past:
    return Past(np.array(values, dtype=float), 8060, frequency)


def _seasons() -> list[float]:
    rng = np.random.default_rng(5)
    return list(100 + 20 * np.sin(np.arange(20) * np.pi / 2) + rng.normal(0, 3, 20))


@pytest.mark.parametrize("name", MEMBERS.values())
def test_a_rival_says_the_same_twice_with_its_band_around_its_point(name: str) -> None:
    point, low, high, reason = forecast_one(name, _past(_seasons()), 6)
    again = forecast_one(name, _past(_seasons()), 6)
    assert reason == ""
    assert all(np.array_equal(a, b) for a, b in zip((point, low, high), again[:3], strict=True))
    assert np.all(low <= point) and np.all(point <= high)
    assert len(point) == 6


def test_the_seasonal_naive_repeats_the_last_year() -> None:
    point, low, high, _ = forecast_one(NAIVE, _past(_seasons()), 6)
    last = _seasons()[-4:]
    assert point.tolist() == pytest.approx([*last, *last[:2]])
    assert np.all(low < high)


@pytest.mark.parametrize("name", FAST)
def test_a_rival_never_fails_on_a_single_figure(name: str) -> None:
    point, low, high, _ = forecast_one(name, _past([7.0]), 3)
    assert point.tolist() == low.tolist() == high.tolist() == [7.0] * 3


def test_a_fall_back_is_told() -> None:
    assert forecast_one("AutoETS", _past([7.0]), 3)[3] != ""


@pytest.mark.parametrize("name", FAST)
def test_forecasts_are_cut_at_zero_where_the_history_is_not_negative(name: str) -> None:
    falling = _past([40.0 - 5 * at for at in range(9)], Frequency.YEAR)
    point, low, _, _ = forecast_one(name, falling, 4)
    assert point.min() >= 0
    assert low.min() >= 0


def test_forecasts_may_be_negative_where_the_history_was() -> None:
    falling = _past([20.0 - 5 * at for at in range(9)], Frequency.YEAR)
    assert forecast_one(NAIVE, falling, 2)[0].tolist() == [-20.0, -20.0]


def test_the_plain_median_is_taken_per_series_and_period() -> None:
    parts = [
        Forecast(np.array([[at, 9.0]]), np.array([[0.0, at]]), np.array([[10.0, 10.0 + at]]), {})
        for at in (1.0, 2.0, 4.0, 100.0)
    ]
    assert len(parts) == len(MEDIAN_OF)
    middle = plain_median(parts)
    assert middle.point.tolist() == [[3.0, 9.0]]
    assert middle.low.tolist() == [[0.0, 3.0]]
    assert middle.high.tolist() == [[10.0, 13.0]]
