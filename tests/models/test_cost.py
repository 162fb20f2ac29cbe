"""Ratios: known ones are found again, small districts lean on their product."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.catalogue import Frequency
from models.cost import CostModel, district_deviation, product_ratio
from models.hierarchy import Hierarchy
from models.history import Block
from models.members import Event

pytestmark = [
    pytest.mark.unit,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
PERIODS = 48


def pair(clients: dict[str, float], price: dict[str, float]) -> tuple[Block, Block]:
    """A parent with so many clients per district, and a child that costs so much each."""
    names = sorted(clients)
    keys = pd.DataFrame(
        [{"municipality": "M", "district": d, "product": "P", "unit": ""} for d in names]
    )
    hierarchy = Hierarchy.of(keys)
    ones = np.ones((len(names), PERIODS + 24))
    top = np.array([[clients[name]] * PERIODS for name in names])
    bottom = top * np.array([[price[name]] for name in names])
    blocks = (Block(hierarchy, Frequency.MONTH, 0, values, ones) for values in (top, bottom))
    return tuple(blocks)  # type: ignore[return-value]


def test_a_constant_price_is_found_again() -> None:
    parent, child = pair({"A": 100.0, "B": 300.0}, {"A": 50.0, "B": 50.0})
    model = CostModel(horizon=6).fit(parent, child)
    mean = np.array([[110.0] * 6, [310.0] * 6])
    np.testing.assert_allclose(model.predict(parent, mean), 50 * mean, rtol=1e-9)


def test_the_product_total_keeps_its_ratio_whatever_the_districts_do() -> None:
    parent, child = pair({"A": 100.0, "B": 300.0}, {"A": 80.0, "B": 40.0})
    mean = np.array([[100.0] * 6, [300.0] * 6])
    predicted = CostModel(horizon=6).fit(parent, child).predict(parent, mean)
    np.testing.assert_allclose(predicted.sum(axis=0), 100 * 80 + 300 * 40)
    assert np.all(predicted[0] / mean[0] > predicted[1] / mean[1])


def test_a_small_district_deviates_less_than_a_large_one() -> None:
    parent, child = pair(
        {"large": 500.0, "small": 2.0, "rest": 500.0}, {"large": 60.0, "small": 60.0, "rest": 40.0}
    )
    deviation = dict(
        zip(parent.hierarchy.keys["district"], district_deviation(parent, child), strict=True)
    )
    assert 0 < deviation["small"] < deviation["large"]


def test_a_municipality_wide_cost_counts_over_all_clients() -> None:
    parent, child = pair({"A": 100.0, "B": 300.0, "M": 1.0}, {"A": 1.0, "B": 1.0, "M": 8000.0})
    parent.values[2], child.values[:2] = np.nan, np.nan
    history = product_ratio(parent, child)[0]
    assert history is not None
    np.testing.assert_allclose(history.values, 8000 / 400)


def test_a_product_without_a_common_period_has_no_ratio() -> None:
    parent, child = pair({"A": 100.0}, {"A": 50.0})
    child.values[:] = np.nan
    assert product_ratio(parent, child) == [None]
    model = CostModel(horizon=6).fit(parent, child)
    assert np.all(np.isnan(model.predict(parent, np.ones((1, 6)))))


def test_what_was_used_in_a_declared_outlier_does_not_count() -> None:
    parent, child = pair({"A": 100.0}, {"A": 50.0})
    values = child.values.copy()
    values[:, 30:36] *= 0.4
    values[:, -3:] *= 0.4  # it still lasts
    months = [*range(30, 36), PERIODS - 3, PERIODS - 2, PERIODS - 1]
    events = {"P": tuple(Event(month, "outlier") for month in months)}
    known = replace(child, values=values, events=events)
    (history,) = product_ratio(parent, known)
    assert history is not None
    np.testing.assert_allclose(history.values, 50.0)
    told = CostModel(horizon=6).fit(parent, known).predict(parent, np.full((1, 6), 100.0))
    np.testing.assert_allclose(told, 5000.0)


def test_outliers_stay_where_little_else_is_known() -> None:
    parent, child = pair({"A": 100.0}, {"A": 50.0})
    events = {"P": tuple(Event(month, "outlier") for month in range(PERIODS))}
    (history,) = product_ratio(parent, replace(child, events=events))
    assert history is not None
    assert len(history.values) == PERIODS
