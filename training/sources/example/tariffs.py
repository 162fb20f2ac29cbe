"""Dated tariffs: what a unit costs, how it is indexed, and from when that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from training.sources.example.effects import MONTHS, REFORM_PRICE, REFORM_PRODUCT
from training.sources.example.figures import INDICES, PYRAMID, WOMEN, Floats, provider_index
from training.sources.example.products import PRODUCTS, Product

BASE_YEAR = 2022
YEARS = range(2017, 2028)
CONTRACT_SERIES = "Hulpmiddelencontract"
CONTRACT_PRODUCTS = frozenset({"11-rolstoelen", "13-woonvoorzieningen"})
STANDARD_INHABITANTS = 180_000
MONTHLY_UNIT = "maand"  # a task is paid per month
# Household help has its own pay scale since 1 April 2018 (cao VVT); the size is illustrative.
_PAY_SCALE_FROM, _PAY_SCALE = date(2018, 4, 1), 1.05
# New contracts that set a task's sum anew, relative to the one before; illustrative.
_RENEGOTIATED: dict[str, dict[int, float]] = {
    "08-vervoer": {2021: 0.94},
    "16-opvang": {2020: 1.08, 2024: 1.05},
    "31-wijkteam": {2020: 1.12, 2023: 1.06},
}


@dataclass(frozen=True)
class Tariff:
    """What one unit costs in a period.

    Attributes:
        product: code.
        valid_from: first day.
        valid_to: last day.
        unit: what it is paid for.
        cents: price per unit in whole cents.
        known_from: the day it was fixed.
    """

    product: str
    valid_from: date
    valid_to: date
    unit: str
    cents: int
    known_from: date


def contract_index(year: int) -> float:
    """Return the index of the aids contract in percent: last year's definitive PPC."""
    return INDICES[year - 1].ppc[1]


def tariffs(product: Product, per_1000: float, scale: int) -> list[Tariff]:
    """Return all tariffs of a product, from 2017 up to and including 2027.

    Args:
        product: the product.
        per_1000: clients per 1,000 inhabitants in 2022; sets the sum of a task.
        scale: size of the city.
    """
    base = product.price * 100
    unit = product.unit or MONTHLY_UNIT
    if product.variant == "taak":
        clients = per_1000 * STANDARD_INHABITANTS / 1000
        base = round(clients * product.volume * base * scale, -5)
        unit = MONTHLY_UNIT
    starts = [date(year, 1, 1) for year in YEARS]
    if product.code == "01-hbh":
        starts = sorted([*starts, _PAY_SCALE_FROM])
    ends = [start - timedelta(days=1) for start in starts[1:]] + [date(YEARS[-1], 12, 31)]
    return [
        Tariff(product.code, start, end, unit, round(base * _level(product, start)), _known(start))
        for start, end in zip(starts, ends, strict=True)
    ]


def cents_by_month(dated: list[Tariff]) -> npt.NDArray[np.int64]:
    """Return the tariff of each month in whole cents, shape (months,)."""
    starts = np.array([tariff.valid_from for tariff in dated], dtype="datetime64[M]")
    at = np.searchsorted(starts, MONTHS, side="right") - 1
    return np.array([tariff.cents for tariff in dated], dtype=np.int64)[at]


def _known(start: date) -> date:
    """Return when a tariff was fixed: mid-November before, or a month ahead within a year."""
    if (start.month, start.day) == (1, 1):
        return date(start.year - 1, 11, 15)
    return start - timedelta(days=31)


def _level(product: Product, start: date) -> float:
    """Return the price level on a day relative to that of ``BASE_YEAR``."""
    level = _cumulated(product, start.year)
    for year, step in _RENEGOTIATED.get(product.code, {}).items():
        level *= (step if start.year >= year else 1.0) / (step if year <= BASE_YEAR else 1.0)
    if product.code == REFORM_PRODUCT and start.year < BASE_YEAR:
        level /= REFORM_PRICE
    if product.code == "01-hbh" and start < _PAY_SCALE_FROM:
        level /= _PAY_SCALE
    return level


def _cumulated(product: Product, year: int) -> float:
    """Return the indexation from ``BASE_YEAR`` to a year, a factor."""
    index = contract_index if product.code in CONTRACT_PRODUCTS else provider_index
    steps = {y: 1 + index(y) / 100 for y in YEARS}
    later = np.prod([steps[y] for y in range(BASE_YEAR + 1, year + 1)])
    earlier = np.prod([steps[y] for y in range(year + 1, BASE_YEAR + 1)])
    return float(later / earlier)


def all_tariffs(profiles: dict[str, Floats], scale: int) -> dict[str, list[Tariff]]:
    """Return the tariffs of every product, by code.

    Args:
        profiles: clients per 1,000 inhabitants, shape (sexes, bands), by code.
        scale: size of the city.
    """
    return {p.code: tariffs(p, _overall(profiles[p.code]), scale) for p in PRODUCTS}


def _overall(profile: Floats) -> float:
    people = np.stack([(1 - WOMEN) * PYRAMID, WOMEN * PYRAMID]) / PYRAMID.sum()
    return float((people * profile).sum())
