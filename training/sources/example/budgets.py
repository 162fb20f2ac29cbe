"""Adopted budgets: made in the autumn before, from an account of two years back, and too low.

The gaps follow Iv3: in 2018-2022 the adopted budgets of all municipalities were 10 to 26 % below
the account for youth care and up to 9 % for the Wmo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from training.sources.example.care import Counts, Simulation
from training.sources.example.figures import provider_index
from training.sources.example.products import NEW_CODE, OLD_CODE, WMO, YOUTH, Product
from training.sources.example.streams import stream

FIRST_BUDGET, LAST_BUDGET = 2018, 2026
ADOPTED, AMENDED = "primitief", "na wijziging"
# Share taken off (savings to be found) or put on (growth foreseen) beside indexation.
_EXPECTED_CHANGE = {WMO: -0.01, YOUTH: -0.09}
_NOISE = 0.02
_GAP_CLOSED = 0.6  # by the amendment of autumn in the year itself
_CENTS_PER_THOUSAND = 100_000
_RECODED_YEAR = 2021


@dataclass(frozen=True)
class Budget:
    """One line of a budget, in whole cents (a round number of thousands of euros)."""

    product: Product
    year: int
    version: str
    cents: int
    known_from: date


def budgets(simulation: Simulation) -> list[Budget]:
    """Return all budgets of all products, adopted and amended."""
    yearly = _yearly(simulation)
    lines = []
    for index, product in enumerate(simulation.products):
        rng = stream(simulation.seed, "budget", product.code)
        for year in range(FIRST_BUDGET, LAST_BUDGET + 1):
            noise = rng.normal(0, _NOISE)
            if _in_use(product.code, year):
                lines += _of_year(simulation, yearly, index, year, noise)
    return lines


def _in_use(code: str, year: int) -> bool:
    return {OLD_CODE: year < _RECODED_YEAR, NEW_CODE: year >= _RECODED_YEAR}.get(code, True)


def _yearly(simulation: Simulation) -> Counts:
    """Return the cost per product and whole year, a recoded product under both its codes."""
    cost = simulation.product_cost_cents()
    cost = cost[:, : cost.shape[1] // 12 * 12]
    years = cost.reshape(len(cost), -1, 12).sum(axis=2)
    codes = [product.code for product in simulation.products]
    both = years[codes.index(OLD_CODE)] + years[codes.index(NEW_CODE)]
    years[[codes.index(OLD_CODE), codes.index(NEW_CODE)]] = both
    return np.asarray(years)


def _of_year(
    simulation: Simulation, yearly: Counts, index: int, year: int, noise: float
) -> list[Budget]:
    product = simulation.products[index]
    adopted = _adopted(simulation, yearly, index, year, noise)
    lines = [Budget(product, year, ADOPTED, adopted, date(year - 1, 11, 1))]
    if year - 2017 < yearly.shape[1]:
        gap = int(yearly[index, year - 2017]) - adopted
        amended = _rounded(adopted + _GAP_CLOSED * gap)
        lines.append(Budget(product, year, AMENDED, amended, date(year, 10, 1)))
    return lines


def _adopted(simulation: Simulation, yearly: Counts, index: int, year: int, noise: float) -> int:
    """Return the adopted budget: the sum of a task, else the account of two years ago, indexed."""
    product = simulation.products[index]
    if product.variant == "taak":
        start = (year - 2017) * 12
        return _rounded(float(simulation.tariff_cents[index, start : start + 12].sum()))
    base = max(year - 2, 2017)
    indexed = [1 + provider_index(y) / 100 for y in range(base + 1, year + 1)]
    change = 1 + _EXPECTED_CHANGE[product.law] + noise
    return _rounded(float(yearly[index, base - 2017] * np.prod(indexed) * change))


def _rounded(cents: float) -> int:
    return round(cents / _CENTS_PER_THOUSAND) * _CENTS_PER_THOUSAND
