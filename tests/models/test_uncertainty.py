"""Variance components are found again when they are known, and fall back on the prior."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.error_rows import OriginErrors
from models.hierarchy import SERIES, Hierarchy
from models.uncertainty import COUNT, Components, estimate

pytestmark = pytest.mark.unit


def towns(products: int = 4, districts: int = 25) -> Hierarchy:
    keys = pd.DataFrame(
        [
            {"municipality": "M", "district": f"D{d:02}", "product": f"P{p}", "unit": "clients"}
            for d in range(districts)
            for p in range(products)
        ]
    )
    return Hierarchy.of(keys)


def made_errors(
    hierarchy: Hierarchy, product_sd: float, series_sd: float, origins: int = 40, level: float = 1e5
) -> list[OriginErrors]:
    rng = np.random.default_rng(3)
    series = len(hierarchy.keys)
    groups = hierarchy.groups["product"]
    result = []
    for _ in range(origins):
        log = rng.normal(0, product_sd, groups.max() + 1)[groups]
        log = log + rng.normal(0, series_sd, series)
        forecast = np.full((series, 1), level)
        result.append(OriginErrors(forecast, forecast * np.exp(log)[:, None]))
    return result


def total_at(components: Components, name: str, years: float = 0.5) -> float:
    return components.constant[name] + years * components.per_year[name]


def test_shared_and_own_shocks_are_told_apart() -> None:
    hierarchy = towns()
    found = estimate(hierarchy, made_errors(hierarchy, 0.10, 0.05), np.ones(100), 1)
    product = hierarchy.same_as("product")
    assert total_at(found, SERIES) == pytest.approx(0.05**2, rel=0.5)
    shared = total_at(found, product) + total_at(found, hierarchy.same_as("total"))
    assert shared == pytest.approx(0.10**2, rel=0.5)


def test_more_error_gives_wider_components() -> None:
    hierarchy = towns()
    calm = estimate(hierarchy, made_errors(hierarchy, 0.02, 0.02), np.ones(100), 1)
    wild = estimate(hierarchy, made_errors(hierarchy, 0.20, 0.20), np.ones(100), 1)
    assert total_at(wild, SERIES) > 10 * total_at(calm, SERIES)


def test_without_errors_the_prior_speaks_and_is_not_narrow() -> None:
    hierarchy = towns()
    found = estimate(hierarchy, [], np.ones(100), 1)
    assert found.constant[COUNT] > 0
    assert total_at(found, SERIES, years=4) > 0.1**2
    assert set(found.observations.values()) == {0}


def test_no_component_is_negative_or_endless() -> None:
    hierarchy = towns(products=2, districts=2)
    errors = made_errors(hierarchy, 0.5, 0.5, origins=1, level=0.5)
    found = estimate(hierarchy, errors, np.ones(4), 12)
    for components in (found.constant, found.per_year, found.white):
        assert all(np.isfinite(value) and value >= 0 for value in components.values())


def test_an_unknown_outcome_teaches_nothing() -> None:
    hierarchy = towns(products=2, districts=2)
    forecast = np.full((4, 1), 10.0)
    unknown = OriginErrors(forecast, np.full((4, 1), np.nan))
    taught, prior = (estimate(hierarchy, errors, np.ones(4), 1) for errors in ([unknown], []))
    assert (taught.constant, taught.per_year) == (prior.constant, prior.per_year)


def test_a_restless_record_stretches_the_prior_and_a_calm_one_leaves_it() -> None:
    hierarchy = towns()
    unit = np.ones(100)
    prior = estimate(hierarchy, [], unit, 1)
    calm = estimate(hierarchy, [], unit, 1, made_errors(hierarchy, 0.001, 0.001, origins=3))
    restless = estimate(hierarchy, [], unit, 1, made_errors(hierarchy, 0.4, 0.4, origins=3))
    assert calm.constant == prior.constant
    assert total_at(restless, SERIES) > 4 * total_at(prior, SERIES)
    assert restless.constant[COUNT] == prior.constant[COUNT]
