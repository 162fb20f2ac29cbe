"""Errors of one origin as rows of a regression: shares, softened errors, and what is unknown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.error_rows import OriginErrors, Rows, stack, yearly_rows
from models.hierarchy import PRODUCT, SERIES, TOTAL, Hierarchy

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
LEVELS = (SERIES, PRODUCT, TOTAL)
KEYS = pd.DataFrame(
    [
        {"municipality": "M", "district": district, "product": product, "unit": "clients"}
        for district in "AB"
        for product in "PQ"
    ]
)
FORECAST = np.array([10.0, 30.0, 20.0, 40.0])
UNIT = np.array([1.0, 3.0, 1.0, 2.0])


def rows_of(actual: Array, forecast: Array = FORECAST, season: int = 1, unit: Array = UNIT) -> Rows:
    errors = OriginErrors(forecast.reshape(4, -1), actual.reshape(4, -1))
    return yearly_rows(Hierarchy.of(KEYS), errors, unit, season, LEVELS)


def at(rows: Rows, level: str, of: str = "errors") -> Array:
    return np.asarray(getattr(rows, of)[rows.level == LEVELS.index(level)])


def test_a_component_counts_with_the_squared_shares_of_its_groups() -> None:
    rows = rows_of(FORECAST)
    np.testing.assert_allclose(at(rows, SERIES, "features")[:, :3], 1.0)
    product = at(rows, PRODUCT, "features")
    np.testing.assert_allclose(product[:, 0], [(1 + 4) / 9, (9 + 16) / 49])
    np.testing.assert_allclose(product[:, 1:3], 1.0)
    (total,) = at(rows, TOTAL, "features")
    np.testing.assert_allclose(total[:3], [0.30, (900 + 4900) / 10_000, 1.0])


def test_count_noise_falls_with_size_and_small_cells_with_its_root() -> None:
    rows = rows_of(FORECAST)
    own = at(rows, SERIES, "features")
    np.testing.assert_allclose(own[:, 4], UNIT / FORECAST)
    np.testing.assert_allclose(own[:, 3], np.sqrt(UNIT / FORECAST))
    (total,) = at(rows, TOTAL, "features")
    np.testing.assert_allclose(total[4], (FORECAST * UNIT).sum() / 100**2)
    np.testing.assert_allclose(total[3], (FORECAST**2 * np.sqrt(UNIT / FORECAST)).sum() / 100**2)


def test_an_error_is_relative_and_softened_by_half_a_unit() -> None:
    actual = np.array([15.0, 30.0, 10.0, 60.0])
    rows = rows_of(actual)
    soft = UNIT / 2
    np.testing.assert_allclose(at(rows, SERIES), (actual + soft) / (FORECAST + soft) - 1)
    total = (FORECAST * UNIT).sum() / 100 / 2
    np.testing.assert_allclose(at(rows, TOTAL), (115 + total) / (100 + total) - 1)


@settings(max_examples=30)
@given(arrays(np.float64, 4, elements=st.floats(-1e6, 1e6)))
def test_no_error_is_endless_whatever_happened(actual: Array) -> None:
    errors = rows_of(actual).errors
    assert np.all(errors >= -1)
    assert np.all(errors <= 1.5)


@settings(max_examples=30)
@given(
    arrays(np.float64, 4, elements=st.floats(0.01, 1e6)),
    arrays(np.float64, 4, elements=st.floats(0, 1e6)),
    st.sampled_from([2.0**-7, 2.0, 1024.0]),
)
def test_nothing_depends_on_the_currency(forecast: Array, actual: Array, rate: float) -> None:
    one, other = (
        rows_of(actual, forecast),
        rows_of(rate * actual, rate * forecast, unit=rate * UNIT),
    )
    np.testing.assert_allclose(one.errors, other.errors, atol=1e-9)
    np.testing.assert_allclose(one.features, other.features)


@settings(max_examples=30)
@given(arrays(np.float64, 4, elements=st.floats(0.01, 1e6)))
def test_no_share_exceeds_the_whole(forecast: Array) -> None:
    features = rows_of(forecast, forecast).features
    assert np.all(features >= 0)
    assert np.all(features <= 1 + 1e-9)


def test_what_is_unknown_or_was_not_forecast_is_no_part_of_any_group() -> None:
    actual, forecast = FORECAST * 1.5, FORECAST.copy()
    actual[0], forecast[3] = np.nan, 0.0
    rows = rows_of(actual, forecast)
    assert len(at(rows, SERIES)) == 2
    np.testing.assert_allclose(at(rows, PRODUCT, "features")[:, 0], 1.0)
    (total,) = at(rows, TOTAL, "features")
    np.testing.assert_allclose(total[0], (30**2 + 20**2) / 50**2)


def test_a_year_counts_when_all_its_months_are_known_and_stands_at_its_middle() -> None:
    forecast = np.ones((4, 24))
    actual = forecast.copy()
    actual[:3, 20] = np.nan
    rows = rows_of(actual, forecast, season=12)
    assert at(rows, SERIES, "years").tolist() == [0.5] * 4 + [1.5]


def test_months_beyond_the_last_whole_year_are_left_out() -> None:
    assert set(rows_of(np.ones((4, 18)), np.ones((4, 18)), season=12).years) == {0.5}


def test_nothing_known_gives_no_row_and_adds_none() -> None:
    nothing = rows_of(np.full(4, np.nan))
    assert len(nothing.errors) == 0
    known = rows_of(FORECAST)
    joined = stack([nothing, known, nothing])
    np.testing.assert_array_equal(joined.features, known.features)
    assert len(stack([nothing]).errors) == len(stack([]).errors) == 0
