"""Use by age and sex: published spending by age, divided over products.

CPB gives spending per inhabitant by age for each law as a whole. It is divided over the products by
proportional fitting: every product keeps the shape of its own ages, its share of the law's cost,
and together they give the published spending at every age.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.sources.example.figures import (
    BANDS,
    CITY_LEVEL,
    PYRAMID,
    WMO_PER_HEAD,
    WOMEN,
    YOUTH_PER_HEAD,
    Floats,
)
from training.sources.example.products import (
    OLD_CODE,
    PRODUCTS,
    WMO_PRODUCTS,
    YOUTH_PRODUCTS,
    Product,
)
from training.sources.example.streams import persistent, stream

_ROUNDS = 60
_LOCAL_SPREAD = 0.05  # how much a city's own profile departs from the country's, per age band
_OLDEST_FITTED = 99
_PEOPLE = PYRAMID / PYRAMID.sum()


def national_profiles() -> dict[str, Floats]:
    """Return clients per 1,000 inhabitants per product, shape (sexes, bands), in 2022."""
    rates = {
        **_fitted(WMO_PRODUCTS, WMO_PER_HEAD),
        **_fitted([p for p in YOUTH_PRODUCTS if p.code != OLD_CODE], YOUTH_PER_HEAD),
    }
    by_stream = {p.stream: rates[p.code] for p in PRODUCTS if p.code in rates}
    return {p.code: _by_sex(by_stream[p.stream], p.women) for p in PRODUCTS}


def local_profile(product: Product, national: Floats, seed: int) -> Floats:
    """Return the city's own profile: the national one, somewhat higher or lower by age."""
    draws = stream(seed, "profile", product.stream).standard_normal(len(BANDS))
    own = CITY_LEVEL[product.law] * np.exp(persistent(draws, 0.5, _LOCAL_SPREAD))
    return np.asarray(national * own)


def _fitted(products: Sequence[Product], per_head: Floats) -> dict[str, Floats]:
    """Divide a law's spending by age over its products and return clients per 1,000 by band."""
    shared = [product for product in products if product.share is not None]
    cost = np.array([_shape(product) for product in shared])
    shares = np.array([product.share for product in shared], dtype=np.float64)
    wanted = shares / shares.sum() * (_PEOPLE @ per_head)
    for _ in range(_ROUNDS):
        cost *= (wanted / (cost @ _PEOPLE))[:, None]
        total = cost.sum(axis=0)
        cost *= np.divide(per_head, total, out=np.zeros_like(total), where=total > 0)
    per_client = [12 * product.volume * product.price for product in shared]
    rates = {p.code: 1000 * c / k for p, c, k in zip(shared, cost, per_client, strict=True)}
    for product in products:
        if product.share is None:
            shape = _shape(product)
            rates[product.code] = product.per_1000 * shape / (shape @ _PEOPLE)
    return rates


def _shape(product: Product) -> Floats:
    """Return the relative use of a product by age band."""
    ages, values = zip(*product.ages, strict=True)
    single = np.interp(np.arange(_OLDEST_FITTED + 1), ages, values, left=0.0)
    return np.array([single[low : min(high, _OLDEST_FITTED) + 1].mean() for low, high in BANDS])


def _by_sex(rate: Floats, women: float) -> Floats:
    """Split the use of a band over men and women, shape (sexes, bands)."""
    men = rate / ((1 - WOMEN) + WOMEN * women)
    return np.stack([men, women * men])
