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
POWERS = {SERIES: 0.0, SMALL: 0.5, COUNT: 1.0}  # how components fall with the size of a cell
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


class TestOfAWholeTown:
    """Bands of drawn sums hold about four in five of what the components themselves bring about."""

    AHEAD = np.array([0.5, 1.5, 3.5])
    HELD = Hierarchy.of(
        pd.DataFrame(
            [
                {"municipality": "M", "district": f"D{d:02}", "product": p, "unit": "x"}
                for d in range(12)
                for p in "PQRST"
            ]
        )
    )
    SIZES = np.tile([60.0, 200.0, 900.0, 4000.0, 90.0], 12)

    def components(self) -> Components:
        names = (*self.HELD.distinct_levels(), SMALL, COUNT)
        constant = dict.fromkeys(names, 0.03**2) | {SMALL: 0.1, COUNT: 1.0}
        per_year = dict.fromkeys(names, 0.02**2) | {SMALL: 0.05, COUNT: 0.5}
        return Components(constant, per_year, {SERIES: 0.0, COUNT: 0.0})

    def drawn(self) -> np.ndarray:
        """Paths of all series, (series, years, draws)."""
        mean = np.repeat(self.SIZES[:, None], 3, axis=1)
        unit = np.ones(len(mean))
        own = Drawing("clients", self.HELD, mean, unit, self.AHEAD, 1, self.components(), 7, 4000)
        shared = own.shared()
        return np.stack(
            [mean[row, :, None] * own.relative(row, shared) for row in range(len(mean))]
        )

    def happened(self, times: int) -> np.ndarray:
        """What happens so many times to each series, (series, years, times)."""
        rng = np.random.default_rng(4)
        parts = self.components()
        shape = (3, times)

        def shocks(name: str, size: int) -> np.ndarray:
            variance = parts.constant[name] + parts.per_year[name] * self.AHEAD
            return rng.normal(size=(size, *shape)) * np.sqrt(variance)[:, None]

        noise, count = 1 / self.SIZES[:, None, None], len(self.SIZES)
        error = shocks(SERIES, count) + shocks(SMALL, count) * noise**0.25
        error = error + shocks(COUNT, count) * noise**0.5
        for level in self.HELD.distinct_levels():
            if level != SERIES:
                error += shocks(level, self.HELD.size(level))[self.HELD.groups[level]]
        return self.SIZES[:, None, None] * np.maximum(1 + error, 0)

    def test_bands_hold_what_they_promise_at_every_level_and_distance(self) -> None:
        drawn, happened = self.drawn(), self.happened(3000)
        for level in self.HELD.distinct_levels():
            sums, was = (self.HELD.add_up(each, level) for each in (drawn, happened))
            low, high = np.quantile(sums, [0.1, 0.9], axis=2)[..., None]
            covered = ((was >= low) & (was <= high)).mean(axis=(0, 2))
            assert np.all(np.abs(covered - 0.8) < 0.04), (level, covered)

    def test_districts_of_a_product_go_up_and_down_together(self) -> None:
        drawn = self.drawn()[:, -1]
        apart = drawn.var(axis=1).sum()
        assert drawn.sum(axis=0).var() > 2 * apart


def test_months_scatter_around_their_year_as_much_as_was_found() -> None:
    quiet, restless = 5000.0, 30.0
    for mean in (quiet, restless):
        months = drawn(mean) / mean
        around = months / months.mean(axis=1, keepdims=True)
        white = FOUND.white[SERIES] + FOUND.white[COUNT] / mean
        walk = sum(FOUND.per_year[name] * (12 * mean) ** -power for name, power in POWERS.items())
        assert around.var() == pytest.approx(white * 11 / 12 + walk / 6, rel=0.15)


class TestPrices:
    """Prices that are not known yet move all cost alike, by as much as they are unsure."""

    LOG_SD = np.concatenate([np.zeros(12), np.repeat([0.02, 0.03, 0.04], 12)])

    def cost(self, *, fixed: bool) -> Drawing:
        keys = pd.concat([KEYS, KEYS.assign(product="Q")], ignore_index=True)
        years = (np.arange(12 * YEARS) + 0.5) / 12
        quiet = Components({SERIES: 1e-8}, {SERIES: 1e-8}, {SERIES: 0.0, COUNT: 0.0})
        still = Components(
            {**quiet.constant, SMALL: 0.0, COUNT: 0.0},
            {**quiet.per_year, SMALL: 0.0, COUNT: 0.0},
            quiet.white,
        )
        hierarchy = Hierarchy.of(keys)
        zero = {name: 0.0 for name in hierarchy.distinct_levels() if name not in still.constant}
        still = Components({**still.constant, **zero}, {**still.per_year, **zero}, still.white)
        return Drawing(
            *("cost", hierarchy, np.full((2, 12 * YEARS), 1e6), np.ones(2), years, 12, still, 7),
            DRAWS,
            price_log_sd=np.tile(self.LOG_SD, (2, 1)),
            fixed=np.array([fixed, fixed]),
        )

    def factors(self, *, fixed: bool) -> np.ndarray:
        own = self.cost(fixed=fixed)
        shared = own.shared()
        return np.stack([own.relative(row, shared) for row in range(2)])

    def test_by_as_much_as_the_assumption_says(self) -> None:
        spread = np.log(self.factors(fixed=False)[0]).std(axis=1)
        np.testing.assert_allclose(spread[12:], self.LOG_SD[12:], rtol=0.1)
        assert spread[:12].max() < 1e-3

    def test_alike_for_every_product(self) -> None:
        first, second = self.factors(fixed=False)
        assert np.corrcoef(first[-1], second[-1])[0, 1] > 0.99

    def test_a_sum_that_stands_moves_by_price_and_contract_only(self) -> None:
        first, second = self.factors(fixed=True)
        assert np.log(first[5]).std() < 0.03  # the contract alone
        assert np.log(first[-1]).std() > 0.05
        assert 0.2 < np.corrcoef(first[-1], second[-1])[0, 1] < 0.9

    def test_the_mean_stays(self) -> None:
        for fixed in (True, False):
            np.testing.assert_allclose(self.factors(fixed=fixed).mean(axis=2), 1, rtol=1e-12)
