"""Use as it would be without noise: what an oracle knows.

Expected clients = people x use by age and sex x drift of the product x character and drift of the
district x season x policy x corona x supply. Drift is drawn once per seed and counts as known here;
everything that is drawn after it is noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.sources.example import effects
from training.sources.example.city import City, monthly
from training.sources.example.districts import GROWTH_STARTS, part_code
from training.sources.example.effects import MONTHS, since
from training.sources.example.figures import Floats
from training.sources.example.products import Product
from training.sources.example.streams import stream

Mask = npt.NDArray[np.bool_]
_ANCHOR = int((np.datetime64("2022-07", "M") - MONTHS[0]).astype(int))  # levels are those of 2022
_IN_2022 = slice(60, 72)
_GROWTH_SPREAD = 0.5  # percent a year: how the growth of this city departs from the usual
_WANDER = 0.0015  # monthly step of the random walk in a product's use
_CHARACTER, _DRIFT, _INTENSITY = 0.12, 0.008, 0.05
_UNKNOWN_IMPROVES_MONTHS, _UNKNOWN_REMAINS = 36.0, 0.6


@dataclass(frozen=True)
class Expected:
    """Expected use of one product; the last row is the municipality-wide or unknown part.

    Attributes:
        clients: shape (districts + 1, months).
        per_client: volume per client and month, same shape; NaN where none is registered.
        exists: whether rows are delivered, same shape.
    """

    clients: Floats
    per_client: Floats
    exists: Mask


def expect(product: Product, profile: Floats, city: City, seed: int) -> Expected:
    """Return the expected use of a product in every district and month.

    Args:
        product: the product.
        profile: the city's clients per 1,000 inhabitants, shape (sexes, bands).
        city: the people.
        seed: the seed of the example.
    """
    exposure = monthly(np.einsum("dysb,sb->dy", city.by_band, profile / 1000), len(MONTHS))
    character, intensity = _districts(product, city, exposure, seed)
    exists = _exists(product, city)
    clients = exposure * character * _course(product, seed) * exists[:-1]
    if product.code == effects.GAP_PRODUCT:
        clients = clients * _supply(city)
    per_client = np.vstack([intensity, np.ones((1, 1))]) * _volume(product, seed)
    return Expected(_with_unknown(product, clients), per_client, exists)


def _course(product: Product, seed: int) -> Floats:
    """Return the product's drift, season, policy and corona, shape (months,)."""
    policy = effects.demand_effect(product.code)
    course = drift(product, seed) * policy / policy[_IN_2022].mean()
    course = course * effects.by_calendar(effects.CLIENT_SEASONS[product.client_season])
    corona, _ = effects.corona_effect(product.code)
    return np.asarray(course * corona * effects.code_share(product.code))


def drift(product: Product, seed: int) -> Floats:
    """Return the slow course of use per expected use, one in July 2022, shape (months,)."""
    rng = stream(seed, "drift", product.stream)
    start, end = np.array(product.growth) + rng.normal(0, _GROWTH_SPREAD, 2)
    years = since(MONTHS[0]) / 12
    growth = (end + (start - end) * np.exp(-years / 3)) / 1200
    course = np.cumsum(growth + rng.normal(0, _WANDER, len(MONTHS)))
    return np.asarray(np.exp(course - course[_ANCHOR]))


def _districts(product: Product, city: City, exposure: Floats, seed: int) -> tuple[Floats, Floats]:
    """Return how use and volume per client differ by district, (d, months) and (d, 1)."""
    draws = np.array(
        [
            stream(seed, "district", product.stream, district.code).standard_normal(3)
            for district in city.districts
        ]
    )
    need = np.array([district.plan.need for district in city.districts])
    level = np.exp(product.need * need + _CHARACTER * draws[:, 0])
    level = level * exposure[:, _ANCHOR].sum() / (exposure[:, _ANCHOR] @ level)
    years = since(MONTHS[_ANCHOR]) / 12
    slope = np.exp(_DRIFT * draws[:, 1, None] * years)
    return level[:, None] * slope, np.exp(_INTENSITY * draws[:, 2, None])


def _volume(product: Product, seed: int) -> Floats:
    """Return the usual volume per client, shape (months,); NaN where none is registered."""
    if product.unit is None:
        return np.full(len(MONTHS), np.nan)
    jitter = stream(seed, "volume growth", product.stream).normal(0, 0.3)
    years = since(MONTHS[_ANCHOR]) / 12
    course = np.exp((product.volume_growth + jitter) / 100 * years)
    _, corona = effects.corona_effect(product.code)
    reform = effects.volume_effect(product.code)
    calendar = effects.calendar_effect(product.season)
    usual = product.volume * course * corona * reform / reform[_ANCHOR]
    return np.asarray(usual * calendar)


def _exists(product: Product, city: City) -> Mask:
    opened = np.datetime64(f"{GROWTH_STARTS}-01", "M") <= MONTHS
    rows = [opened if district.grows else np.ones_like(opened) for district in city.districts]
    return np.array([*rows, np.ones_like(opened)]) & effects.code_exists(product.code)


def _supply(city: City) -> Floats:
    """Return the supply left per district, shape (districts, months)."""
    parts = len(city.parts) // 5
    hit = {
        part_code(part) for part in range(effects.GAP_PART * parts, effects.GAP_PART * parts + 1)
    }
    here = np.array([[district.part in hit] for district in city.districts])
    return np.where(here, effects.gap_effect(), 1.0)


def _with_unknown(product: Product, clients: Floats) -> Floats:
    """Add the row of clients without a known district, or keep only the whole."""
    total = clients.sum(axis=0, keepdims=True)
    if product.municipal:
        return np.vstack([np.zeros_like(clients), total])
    fading = np.exp(-since(MONTHS[0]) / _UNKNOWN_IMPROVES_MONTHS)
    share = product.unknown * (_UNKNOWN_REMAINS + (1 - _UNKNOWN_REMAINS) * fading)
    return np.vstack([clients * (1 - share), total * share])
