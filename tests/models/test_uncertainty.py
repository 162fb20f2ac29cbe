"""Variance components are found again when they are known, and fall back on the prior."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.error_rows import OriginErrors
from models.hierarchy import SERIES, Hierarchy
from models.uncertainty import COUNT, SMALL, Components, Coverage, estimate, left_out

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


def test_few_origins_widen_the_band_and_many_hardly_do() -> None:
    hierarchy = towns()
    once = made_errors(hierarchy, 0.1, 0.1, origins=1)
    widths = [
        total_at(estimate(hierarchy, once * times, np.ones(100), 1), SERIES) for times in (1, 3, 30)
    ]
    assert widths[0] > widths[1] > widths[2]


def sized_errors(
    hierarchy: Hierarchy, components: Components, sizes: np.ndarray, origins: int
) -> list[OriginErrors]:
    """Draw yearly errors of cells of these sizes, as components say, one year ahead."""
    rng = np.random.default_rng(12)
    noise = 1 / sizes
    own = total_at(components, SERIES) + total_at(components, SMALL) * noise**0.5
    own = own + total_at(components, COUNT) * noise
    shared = [level for level in hierarchy.distinct_levels() if level != SERIES]
    result = []
    for _ in range(origins):
        error = rng.normal(0, np.sqrt(own))
        for level in shared:
            spread = np.sqrt(total_at(components, level))
            error = error + rng.normal(0, spread, hierarchy.size(level))[hierarchy.groups[level]]
        actual = sizes * np.maximum(1 + error, 0.0)
        result.append(OriginErrors(sizes[:, None], actual[:, None]))
    return result


def known_components(hierarchy: Hierarchy, small: float, count: float) -> Components:
    names = (*hierarchy.distinct_levels(), SMALL, COUNT)
    constant = dict.fromkeys(names, 0.03**2) | {SMALL: small, COUNT: count}
    return Components(constant, dict.fromkeys(names, 0.0), {SERIES: 0.0, COUNT: 0.0})


SIZES = np.tile([20.0, 60.0, 400.0, 4000.0], 25)


@pytest.mark.parametrize(("small", "count"), [(0.0, 1.0), (0.0, 3.0), (0.3, 0.5), (0.6, 0.0)])
def test_cells_of_every_size_get_the_width_their_errors_had(small: float, count: float) -> None:
    hierarchy = towns()
    truth = known_components(hierarchy, small, count)
    found = estimate(hierarchy, sized_errors(hierarchy, truth, SIZES, 60), np.ones(100), 1)
    for size in (20.0, 60.0, 400.0, 4000.0):
        wide, asked = (
            total_at(components, SERIES)
            + total_at(components, SMALL) * size**-0.5
            + total_at(components, COUNT) / size
            for components in (found, truth)
        )
        assert wide**0.5 == pytest.approx(asked**0.5, rel=0.25)


@pytest.mark.parametrize("name", ["product", "district", "total"])
def test_what_a_level_shares_is_found_at_that_level(name: str) -> None:
    hierarchy = towns(products=8, districts=12)
    level = hierarchy.same_as(name)
    truth = known_components(hierarchy, 0.0, 1.0)
    truth.constant[level] = 0.12**2
    sizes = np.full(96, 1e4)
    found = estimate(hierarchy, sized_errors(hierarchy, truth, sizes, 60), np.ones(96), 1)
    assert total_at(found, level) ** 0.5 == pytest.approx(0.12, rel=0.3)
    for other in hierarchy.distinct_levels():
        if other != level:
            assert total_at(found, other) < total_at(found, level) / 3


def test_a_band_covers_later_errors_about_four_times_in_five_at_every_level() -> None:
    hierarchy = towns()
    truth = known_components(hierarchy, 0.2, 1.0)
    errors = sized_errors(hierarchy, truth, SIZES, 80)
    found = estimate(hierarchy, errors[:40], np.ones(100), 1)
    seen = [c for later in errors[40:] for c in left_out(found, hierarchy, later, np.ones(100), 1)]
    for level in hierarchy.distinct_levels():
        mine = [c for c in seen if c.level == level]
        covered = sum(c.after for c in mine) / sum(c.observations for c in mine)
        assert 0.65 < covered < 0.95


LONE = Hierarchy.of(towns(products=1, districts=4).keys)


def band(before: float, after: float) -> Components:
    """Four districts of one product whose own errors have these standard deviations."""
    names = (*LONE.distinct_levels(), SMALL, COUNT)
    zero = dict.fromkeys(names, 0.0)
    plain = [before**2 * (name == SERIES) for name in (*names, *names)]
    plain[len(names) :] = [0.0] * len(names)
    return Components(zero | {SERIES: after**2}, zero, {}, uncalibrated=tuple(plain))


def test_left_out_errors_are_counted_by_hand() -> None:
    # A district is inside when it is off by less than 1.28 sd; four of 25 each make half of it.
    forecast = np.full((4, 1), 25.0)
    actual = np.array([[25.0], [29.0], [35.0], [11.0]])
    unit = np.full(4, 1e-9)  # no softening: 0, 16, 40 and -44 %, together 0 %
    found = left_out(band(0.10, 0.33), LONE, OriginErrors(forecast, actual), unit, 1)
    assert found == [Coverage(SERIES, 1, 4, 1, 3), Coverage(LONE.distinct_levels()[1], 1, 1, 1, 1)]


def test_left_out_errors_are_counted_per_year_ahead_and_only_where_known() -> None:
    forecast = np.full((4, 2), 25.0)
    actual = np.array([[25.0, 25.0], [60.0, np.nan], [25.0, 60.0], [np.nan, np.nan]])
    found = left_out(band(0.1, 0.1), LONE, OriginErrors(forecast, actual), np.full(4, 1e-9), 1)
    own = {c.year: (c.observations, c.before, c.after) for c in found if c.level == SERIES}
    assert own == {1: (3, 2, 2), 2: (2, 1, 1)}


def test_left_out_errors_of_which_nothing_is_known_are_not_counted() -> None:
    unknown = OriginErrors(np.ones((4, 1)), np.full((4, 1), np.nan))
    assert left_out(band(0.1, 0.1), LONE, unknown, np.ones(4), 1) == []
