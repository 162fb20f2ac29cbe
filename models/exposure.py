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

Array = npt.NDArray[np.float64]

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
_DAMPING = 0.85  # how much of last year's population growth is still there a year later
_MAX_YEARLY_GROWTH = 0.06


@dataclass(frozen=True)
class Exposure:
    """Expected use per series and period, and where it came from.

    Attributes:
        values: positive, on average one in the last known year; shape (series, periods).
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
        An index per series; ones where population or profile is missing, and a sentence that says
        so. A municipality-wide series follows all districts of its municipality.
    """
    flat = np.ones((len(keys), len(periods)))
    if not len(panel_population):
        return Exposure(flat, ("no population delivered: use per inhabitant cannot be separated",))
    years = _years_of(periods, frequency)
    by_band, notes = _population(panel_population, years)
    for (municipality, district, product), rows in _rows_by(keys):
        shape = profiles.get(product)
        bands = by_band.get((municipality, district), by_band.get((municipality, municipality)))
        if shape is None or bands is None:
            continue
        yearly = bands.to_numpy() @ _weights(bands.columns, shape)
        flat[rows] = _by_period(yearly, years, periods, frequency)
    return Exposure(flat, notes)


def _rows_by(keys: pd.DataFrame) -> list[tuple[tuple[str, str, str], int]]:
    columns = keys[["municipality", "district", "product"]].astype(str)
    return [(tuple(row), at) for at, row in enumerate(columns.itertuples(index=False))]


def _years_of(periods: npt.NDArray[np.int64], frequency: Frequency) -> npt.NDArray[np.int64]:
    first, last = periods[0] * frequency.months // 12, periods[-1] * frequency.months // 12
    return np.arange(first, last + 2)


def _weights(bands: pd.Index, shape: pd.DataFrame) -> Array:
    """Mean of the profile over the ages of each population band."""
    ages = np.zeros(121)
    columns = (shape[name].to_numpy() for name in ("age_from", "age_to", "weight"))
    for low, high, weight in zip(*columns, strict=True):
        ages[int(low) : int(high) + 1] = float(weight)
    return np.array([ages[int(low) : min(int(high), 120) + 1].mean() for low, high in bands])


def _by_period(
    yearly: Array,
    years: npt.NDArray[np.int64],
    periods: npt.NDArray[np.int64],
    frequency: Frequency,
) -> Array:
    """Read the expected use of 1 January at the middle of each period, as an index."""
    middle = (periods + 0.5) * frequency.months / 12
    use = np.interp(middle, years, yearly)
    known = use[use > 0]
    return use / known.mean() if known.size == use.size else np.ones_like(use)


def _population(
    population: pd.DataFrame, years: npt.NDArray[np.int64]
) -> tuple[dict[tuple[str, str], pd.DataFrame], tuple[str, ...]]:
    """Persons per area, years x age bands without holes: observed, projected, then trend."""
    frame = population.assign(kind=population["kind"].fillna("observed"))
    frame = frame.loc[frame["sex"].isna() | (frame["sex"] != "all") | _only_all(frame)]
    observed = _pivot(frame.loc[frame["kind"] == "observed"])
    projected = _pivot(_latest_vintage(frame.loc[frame["kind"] == "projected"]))
    areas: dict[tuple[str, str], pd.DataFrame] = {}
    for area in sorted(set(observed) | set(projected)):
        areas[area] = _joined(observed.get(area), projected.get(area), years)
    for municipality in sorted({area[0] for area in areas}):
        parts = [bands for (own, _), bands in areas.items() if own == municipality]
        areas.setdefault((municipality, municipality), _summed(parts))
    note = (
        "population: the newest projection known at the as-of date"
        if projected
        else "population: no projection delivered, each age band follows its own damped trend"
    )
    return areas, (note,)


def _only_all(frame: pd.DataFrame) -> bool:
    return bool((frame["sex"].isna() | (frame["sex"] == "all")).all())


def _latest_vintage(projected: pd.DataFrame) -> pd.DataFrame:
    if not len(projected):
        return projected
    vintage = projected["vintage"].fillna("").astype(str)
    return projected.loc[vintage == vintage.max()]


def _pivot(frame: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """Persons per area as years x (age_from, age_to)."""
    if not len(frame):
        return {}
    return {
        (str(municipality), str(district)): area.pivot_table(
            index="year", columns=["age_from", "age_to"], values="persons", aggfunc="sum"
        )
        for (municipality, district), area in frame.groupby(["municipality", "district"])
    }


def _joined(
    observed: pd.DataFrame | None, projected: pd.DataFrame | None, years: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """Chain a projection to the last observation and carry the ends on."""
    if observed is None or projected is None or not observed.columns.equals(projected.columns):
        known = observed if observed is not None else projected
        assert known is not None  # noqa: S101 (callers pass at least one)
    else:
        last = observed.index.max()
        later = projected.loc[projected.index > last]
        if last in projected.index:
            jump = observed.loc[last] / projected.loc[last].replace(0, np.nan)
            later = later * jump.fillna(1.0)
        known = pd.concat([observed, later])
    known = known.sort_index().astype(float)
    full = known.reindex(sorted({*known.index, *years})).interpolate(limit_area="inside")
    return _trended(full, known).loc[years]


def _trended(full: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Continue each band with its own damped growth of the last five years; hold it backwards."""
    full = full.bfill().fillna(0.0).where(full.index.to_series() <= known.index.max(), axis=0)
    recent = known.iloc[-6:]
    span = max(len(recent) - 1, 1)
    ratio = (recent.iloc[-1] + 1) / (recent.iloc[0] + 1)
    growth = np.clip(np.log(ratio) / span, -_MAX_YEARLY_GROWTH, _MAX_YEARLY_GROWTH)
    last = known.iloc[-1].fillna(0.0)
    ahead, total = 1.0, 0.0
    for year in full.index[full.index > known.index.max()]:
        ahead *= _DAMPING
        total += ahead
        full.loc[year] = last * np.exp(growth * total)
    return full


def _summed(parts: list[pd.DataFrame]) -> pd.DataFrame:
    total = parts[0].copy()
    for part in parts[1:]:
        total = total.add(part, fill_value=0.0)
    return total
