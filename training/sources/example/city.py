"""The people of Voorbeeldstad: districts, ages and sexes, year by year.

A plain cohort model: people age and die, young and middle-aged people move so that a type of
district keeps its character, and a new district fills as it is built. Projections run the same
model from their base year with the assumptions that their vintage got wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.sources.example import boundaries
from training.sources.example.districts import (
    AGE_GROUPS,
    AGES_BY_TYPE,
    CENTRE_DISTRICTS,
    GROWTH_PATH,
    PARTS,
    PLANS,
    District,
    Plan,
    district_name,
)
from training.sources.example.figures import (
    BANDS,
    CITY_AGE_GROUPS,
    CITY_AGE_SHARES,
    PYRAMID,
    STUDENTS,
    WOMEN,
    Floats,
)
from training.sources.example.streams import stream

FIRST_YEAR, LAST_YEAR = 2017, 2031
YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))
_OLD = BANDS[-1][0]
_AGES = 100  # single ages 0-98, and 99 and older together
_BAND_OF_AGE = np.minimum(np.arange(_AGES) // 5, len(BANDS) - 1)
_BIRTHS_PER_WOMAN = 0.102  # a year, of women of 25-39 (Dutch births / women of those ages)
_SMALL, _YOUNG, _STUDENT, _MOBILE, _SETTLED = 7, 18, 28, 40, 65


@dataclass(frozen=True)
class Outlook:
    """What a projection assumes, or what came true.

    Attributes:
        growth: growth of built-up districts, share a year.
        building: people in new districts relative to what came true.
        mortality: mortality relative to what came true.
    """

    growth: float = 0.004
    building: float = 1.0
    mortality: float = 1.0


TRUTH = Outlook()
# Vintages of the projection: their base year is the year of the name. The oldest kept too many
# older people, as the regional projection of 2019 that was withdrawn in 2023 did.
VINTAGES: dict[int, Outlook] = {
    2019: Outlook(growth=0.007, building=1.30, mortality=0.88),
    2021: Outlook(growth=0.002, building=0.75, mortality=1.03),
    2023: Outlook(growth=0.0045, building=1.07, mortality=0.99),
    2025: Outlook(growth=0.0035, building=0.97, mortality=1.0),
}


@dataclass(frozen=True)
class City:
    """The city: its districts and how many people live there.

    Attributes:
        districts: from the centre outwards.
        outlines: one closed ring of (longitude, latitude) per district.
        parts: codes and names of the city parts.
        people: on 1 January of ``YEARS`` by single age, shape (districts, years, sexes, ages).
    """

    districts: tuple[District, ...]
    outlines: tuple[list[tuple[float, float]], ...]
    parts: tuple[tuple[str, str], ...]
    people: Floats

    @property
    def by_band(self) -> Floats:
        """People by age band, shape (districts, years, sexes, bands)."""
        return banded(self.people)


def banded(people: Floats) -> Floats:
    """Add single ages (last axis) up to ``BANDS``."""
    starts = np.searchsorted(_BAND_OF_AGE, np.arange(len(BANDS)))
    return np.add.reduceat(people, starts, axis=-1)


def build_city(seed: int, scale: int) -> City:
    """Draw the city and let it live.

    Args:
        seed: the seed of the example.
        scale: how many times 26 districts and 180,000 inhabitants.
    """
    plan = boundaries.draw_plan(len(PLANS) * scale, CENTRE_DISTRICTS * scale, len(PARTS) * scale)
    plans = [(PLANS[i // scale], i % scale) for i in range(len(PLANS) * scale)]
    districts = tuple(
        District(f"VBW{i + 1:03d}", district_name(own, block), plan.part_codes[i], own)
        for i, (own, block) in enumerate(plans)
    )
    shocks = np.array([_shocks(seed, district.code) for district in districts])
    people = _live(_start(districts), districts, TRUTH, shocks, FIRST_YEAR)
    return City(districts, plan.outlines, plan.parts(scale), people)


def project(city: City, vintage: int) -> Floats:
    """Return the projection of a vintage by age band, shape (districts, years, sexes, bands).

    Years before the vintage are those counted; the first projected year is the one after it.

    Raises:
        KeyError: there is no such vintage.
    """
    base = vintage - FIRST_YEAR
    quiet = np.zeros((len(city.districts), len(YEARS)))
    ahead = _live(city.people[:, base], city.districts, VINTAGES[vintage], quiet, vintage)
    return banded(np.concatenate([city.people[:, :base], ahead], axis=1))


def monthly(by_year: Floats, months: int) -> Floats:
    """Interpolate counts of 1 January to the middle of months.

    Args:
        by_year: shape (districts, years, ...), from ``FIRST_YEAR``.
        months: number of months from January of ``FIRST_YEAR``.

    Returns:
        Shape (districts, months, ...).
    """
    year, month = np.divmod(np.arange(months), 12)
    weight = ((month + 0.5) / 12).reshape((1, -1) + (1,) * (by_year.ndim - 2))
    return np.asarray((1 - weight) * by_year[:, year] + weight * by_year[:, year + 1])


def _shocks(seed: int, code: str) -> Floats:
    """Return how much a district's growth departs from the city's, share a year."""
    return stream(seed, "population", code).normal(0.0, 0.005, len(YEARS))


def _start(districts: tuple[District, ...]) -> Floats:
    """Return the people of 1 January 2017, shape (districts, sexes, ages)."""
    return np.array([d.plan.inhabitants * _ages(d.plan) for d in districts])


def _ages(plan: Plan) -> Floats:
    """Return the shares of sexes and ages in a type of district, adding up to one."""
    pyramid = PYRAMID * STUDENTS
    groups = np.bincount(CITY_AGE_GROUPS, pyramid)
    city = pyramid * (CITY_AGE_SHARES / groups)[CITY_AGE_GROUPS]
    bands = city * AGES_BY_TYPE[plan.type][AGE_GROUPS] * _evening()
    widths = np.bincount(_BAND_OF_AGE)
    oldest = np.where(np.arange(_AGES) >= _OLD, 0.78 ** (np.arange(_AGES) - float(_OLD)), 1.0)
    single = (bands / widths)[_BAND_OF_AGE]
    last = len(BANDS) - 1 == _BAND_OF_AGE
    single[last] = bands[-1] * oldest[last] / oldest[last].sum()
    both = np.stack([(1 - WOMEN)[_BAND_OF_AGE] * single, WOMEN[_BAND_OF_AGE] * single])
    return np.asarray(both / both.sum())


def _evening() -> Floats:
    """Return the correction per band that keeps the types together at the city's ages."""
    weights = np.array([plan.inhabitants for plan in PLANS], dtype=np.float64)
    profiles = np.array([AGES_BY_TYPE[plan.type][AGE_GROUPS] for plan in PLANS])
    return np.asarray(weights.sum() / (weights @ profiles))


def _live(
    start: Floats, districts: tuple[District, ...], outlook: Outlook, shocks: Floats, first: int
) -> Floats:
    """Run the cohort model from 1 January of a year to ``LAST_YEAR``."""
    target = np.array([_ages(district.plan) for district in districts])
    years = [start]
    for year in range(first, LAST_YEAR):
        here = _aged(years[-1], outlook.mortality)
        here = _moved(here, target)
        totals = years[-1].sum(axis=(1, 2)) * (1 + outlook.growth + shocks[:, year - FIRST_YEAR])
        building = [district.grows for district in districts]
        totals = np.where(building, _built(years[-1], year, outlook), totals)
        growth = (totals - here.sum(axis=(1, 2)))[:, None, None] * _movers(target)
        years.append(np.maximum(here + growth, 0.0))
    return np.stack(years, axis=1)


def _built(people: Floats, year: int, outlook: Outlook) -> Floats:
    """Return the people of new districts a year later: what is there plus what is built."""
    latest = max(GROWTH_PATH)
    after = GROWTH_PATH.get(year + 1, GROWTH_PATH[latest] if year + 1 > latest else 0)
    before = GROWTH_PATH.get(year, GROWTH_PATH[latest] if year > latest else 0)
    return np.asarray(people.sum(axis=(1, 2)) + outlook.building * (after - before))


def _aged(people: Floats, mortality: float) -> Floats:
    """Let everybody grow a year older, some die and some be born."""
    age = np.arange(_AGES)
    death = np.minimum(np.exp(-10.2 + 0.092 * age), 0.6) * mortality
    alive = people * (1 - np.stack([death, 0.68 * death]))
    older = np.zeros_like(people)
    older[..., 1:] = alive[..., :-1]
    older[..., -1] += alive[..., -1]
    births = _BIRTHS_PER_WOMAN * people[:, 1, 25:40].sum(axis=-1)
    older[..., 0] = births[:, None] * np.array([0.513, 0.487])
    return older


def _moved(people: Floats, target: Floats) -> Floats:
    """Move mobile people so that the district keeps its type; the old stay where they are.

    Families with small children and students move most.
    """
    age = np.arange(_AGES)
    steps = [age < limit for limit in (_SMALL, _YOUNG, _STUDENT, _MOBILE, _SETTLED)]
    pull = np.select(steps, [0.30, 0.08, 0.30, 0.15, 0.06], default=0.0)
    total = people.sum(axis=(1, 2), keepdims=True)
    return np.asarray(people + pull * (total * target - people))


def _movers(target: Floats) -> Floats:
    """Return the shares of sexes and ages among those who arrive or leave on balance."""
    mobile = np.where(np.arange(_AGES) < _SETTLED, 1.0, 0.25) * target
    return np.asarray(mobile / mobile.sum(axis=(1, 2), keepdims=True))
