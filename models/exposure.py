"""Expected use: population by age times the age profile of a product.

The demand model forecasts *use per expected use* and multiplies back with the expected use of the
coming years, so that demography is a cause of its own by construction.

Default profiles: spending per inhabitant by age in 2022, Wmo and youth care apart, read at the
middle of age bands from CPB, *Middellangetermijnverkenning zorg 2027-2033* (February 2025). Only
their shape matters here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency
from models.population import OLDEST, Persons, persons_by_age

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

LAWS = {"Wmo 2015": "wmo", "Jeugdwet": "youth"}
# age_from, age_to, Wmo and youth care in euros per inhabitant of that age
_DEFAULT_PROFILE = (
    (0, 3, 3, 279),
    (4, 7, 13, 980),
    (8, 11, 21, 1333),
    (12, 14, 20, 1575),
    (15, 17, 20, 2128),
    (18, 22, 451, 420),
    (23, 29, 360, 0),
    (30, 39, 224, 0),
    (40, 49, 229, 0),
    (50, 59, 237, 0),
    (60, 64, 261, 0),
    (65, 69, 286, 0),
    (70, 74, 348, 0),
    (75, 79, 569, 0),
    (80, 84, 959, 0),
    (85, 89, 1397, 0),
    (90, 120, 1642, 0),
)
# The least a period counts, as part of the mean: a district being built had almost nobody.
_LEAST = 0.05
_SHOWN = 3
_NOT_COUNTED = "none delivered, use per inhabitant cannot be separated"
_FOLLOWS = "districts without rows of their own follow their municipality"


@dataclass(frozen=True)
class Exposure:
    """Expected use per series and period, and where it came from.

    Attributes:
        values: an index of which only the ratios within a series have a meaning: positive, of
            mean one over the periods asked for; shape (series, periods).
        assumptions: sentences for the manifest.
    """

    values: Array
    assumptions: tuple[str, ...]


def profile(products: pd.DataFrame, age_profile: pd.DataFrame, product: str) -> pd.DataFrame | None:
    """Return age_from, age_to, weight of a product: its own profile, else that of its law."""
    own = age_profile.loc[age_profile["product"] == product]
    if len(own):
        weight = own["use_per_1000"].fillna(own["cost_per_head_eur"]).astype(float)
        frame = own.assign(weight=weight).groupby(["age_from", "age_to"], as_index=False)
        return pd.DataFrame(frame["weight"].mean())
    law = products.loc[products["product"] == product, "law"]
    if not len(law) or law.iloc[0] not in LAWS:
        return None
    ages = pd.DataFrame(_DEFAULT_PROFILE, columns=["age_from", "age_to", "wmo", "youth"])
    return ages.rename(columns={LAWS[law.iloc[0]]: "weight"})[["age_from", "age_to", "weight"]]


def expected_use(
    keys: pd.DataFrame,
    panel_population: pd.DataFrame,
    profiles: dict[str, pd.DataFrame | None],
    periods: npt.NDArray[np.int64],
    frequency: Frequency,
) -> Exposure:
    """Return the expected use of series over history and horizon.

    Args:
        keys: municipality, district, product per series.
        panel_population: population rows known at the as-of date (contract columns).
        profiles: age profile per product, None where there is none.
        periods: ordinals to cover, consecutive.
        frequency: length of a period.

    Returns:
        An index per series; ones where population or profile is missing, and sentences that say
        what it rests on. A series of a whole municipality, or of a district without population,
        follows the municipality: its own rows, else the sum of its districts.
    """
    values = np.ones((len(keys), len(periods)))
    if not panel_population["persons"].notna().any():
        return Exposure(
            values, ("no population delivered: use per inhabitant cannot be separated",)
        )
    people = persons_by_age(panel_population, _years_of(periods, frequency))
    area = _areas_of(keys, people)
    for product, rows in keys.groupby("product", sort=False).indices.items():
        shape, here = profiles.get(str(product)), np.asarray(rows, dtype=np.int64)
        here = here[area[here] >= 0]
        if shape is not None and len(here):
            yearly = people.values @ _weights(people.edges, shape)
            values[here] = _by_period(yearly, people.years, periods, frequency)[area[here]]
    return Exposure(values, _assumptions(keys, area, people))


def _years_of(periods: Whole, frequency: Frequency) -> Whole:
    first, last = periods[0] * frequency.months // 12, periods[-1] * frequency.months // 12
    return np.arange(first, last + 2)


def _areas_of(keys: pd.DataFrame, people: Persons) -> Whole:
    """Return the area each series follows: its own, else its municipality, else -1."""
    towns, districts = keys["municipality"].astype(str), keys["district"].astype(str)
    found = [
        people.areas.get((town, district), people.areas.get((town, town), -1))
        for town, district in zip(towns, districts, strict=True)
    ]
    return np.array(found, dtype=np.int64)


def _weights(edges: Whole, shape: pd.DataFrame) -> Array:
    """Mean of the profile over the ages of each population band."""
    ages = np.zeros(OLDEST + 1)
    columns = (shape[name].to_numpy() for name in ("age_from", "age_to", "weight"))
    for low, high, weight in zip(*columns, strict=True):
        ages[int(low) : int(high) + 1] = float(weight)
    total = np.concatenate(([0.0], np.cumsum(ages)))
    return np.asarray(np.diff(total[edges]) / np.diff(edges))


def _by_period(yearly: Array, years: Whole, periods: Whole, frequency: Frequency) -> Array:
    """Read the expected use of 1 January at the middle of each period, as an index.

    Args:
        yearly: expected use per area and year, shape (areas, years).
        years: consecutive.
        periods: ordinals.
        frequency: length of a period.
    """
    middle = (periods + 0.5) * frequency.months / 12 - years[0]
    before = middle.astype(np.int64)
    part = middle - before
    use = yearly[:, before] * (1 - part) + yearly[:, before + 1] * part
    mean = use.mean(axis=1, keepdims=True)
    use = np.maximum(use, _LEAST * mean)
    with np.errstate(invalid="ignore"):
        return np.where(mean > 0, use / use.mean(axis=1, keepdims=True), 1.0)


def _assumptions(keys: pd.DataFrame, area: Whole, people: Persons) -> tuple[str, ...]:
    """Say what the series rest on, every sentence once, and where it does not hold for all."""
    where: dict[str, dict[str, None]] = {}
    towns = keys["municipality"].astype(str).to_numpy()
    for town in sorted(set(towns)):
        for sentence in people.sources.get(town, (_NOT_COUNTED,)):
            where.setdefault(sentence, {})[town] = None
    districts = keys["district"].astype(str).to_numpy()
    for at in np.flatnonzero((towns != districts) & (area >= 0)):
        if people.areas.get((towns[at], districts[at])) is None:
            where.setdefault(_FOLLOWS, {})[towns[at]] = None
    every = len(set(towns))
    return tuple(
        f"population: {sentence}" + ("" if len(own) == every else f" ({_named(list(own))})")
        for sentence, own in where.items()
    )


def _named(towns: list[str]) -> str:
    shown = ", ".join(towns[:_SHOWN])
    more = len(towns) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
