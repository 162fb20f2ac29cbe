"""Relative paths of single series: mean one, skewed where a cell is tiny, never negative."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.hierarchy import SERIES, Hierarchy
from models.joint import Drawing
from models.uncertainty import COUNT, SMALL, Components

pytestmark = pytest.mark.unit
KEYS = pd.DataFrame({"municipality": ["M"], "district": ["D"], "product": ["P"], "unit": ["x"]})
# As rolling origins found them for monthly clients: someone who comes stays for half a year.
FOUND = Components(
    {SERIES: 0.002, SMALL: 0.1, COUNT: 6.5},
    {SERIES: 0.001, SMALL: 0.05, COUNT: 1.5},
    {SERIES: 0.0003, COUNT: 0.5},
)
YEARS, DRAWS = 4, 400


def drawing(mean: float, known: int = 0) -> Drawing:
    years = (np.arange(12 * YEARS) - known + 0.5) / 12
    means = np.full((1, len(years)), mean)
    hierarchy = Hierarchy.of(KEYS)
    return Drawing("clients", hierarchy, means, np.ones(1), years, 12, FOUND, 7, DRAWS)


def drawn(mean: float, *, derived: bool = False) -> np.ndarray:
    """Paths of one series, (years, months, draws)."""
    own = drawing(mean)
    return mean * own.relative(0, own.shared(), derived=derived).reshape(YEARS, 12, DRAWS)


@pytest.mark.parametrize("mean", [0.02, 0.1, 0.5, 2.0, 50.0])
def test_the_mean_stays_what_the_point_forecast_says(mean: float) -> None:
    np.testing.assert_allclose(drawn(mean).mean(axis=2), mean, rtol=1e-12)


@pytest.mark.parametrize("mean", [0.02, 0.1, 0.5])
def test_a_tiny_cell_may_well_have_no_use_all_year_or_far_more_than_its_mean(mean: float) -> None:
    year = drawn(mean).sum(axis=1)
    low, high = np.quantile(year, [0.1, 0.95], axis=1)
    assert np.all(year >= 0)
    assert np.all(low == 0)
    assert np.all(high > 2 * 12 * mean)


def test_a_large_cell_has_use_in_every_year() -> None:
    assert drawn(50.0).sum(axis=1).min() > 0


def test_what_follows_a_parent_has_idle_years_from_the_parent_only() -> None:
    assert drawn(0.1, derived=True).sum(axis=1).min() > 0


def test_what_is_known_does_not_vary() -> None:
    own = drawing(0.1, known=3)
    factors = own.relative(0, own.shared())
    assert np.all(factors[:3] == 1)
    assert np.all(factors[3:].std(axis=1) > 0)
