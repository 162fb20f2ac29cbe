"""Recognise how often each product is delivered, and find the periods that do not fit.

Everything here is counted in months: month 24277 is February 2023, a step is the number of months
from one period of a series to its next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency, Ordinals, ordinals

SERIES = ["municipality", "district", "product"]
_BASES = {1: Frequency.MONTH, 3: Frequency.QUARTER, 12: Frequency.YEAR}
_COARSE = (12, 3, 1)
_CLEAR = 0.8  # of the steps: then the rhythm is clear, wherever it starts
_ALIGNED = 2 / 3  # of the periods start where this rhythm starts
_HALF_YEAR = 6
# So many steps of exactly a year (a quarter) in a row are no coincidence of gaps.
_RUN = {12: 2, 3: 3}

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rhythm:
    """How often one product is delivered.

    Attributes:
        frequency: the recognised frequency, or None where the steps fit none (half-years).
        guessed: no series of the product has two periods, so it rests on the rest or on a guess.
    """

    frequency: Frequency | None
    guessed: bool = False


def cells_of(care_use: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series and period, sorted, with the step to the next period.

    Args:
        care_use: columns municipality, district, product, period (datetime64, none missing).

    Returns:
        Columns of SERIES, ``series`` (number), ``month`` and ``step`` (0 at the end of a series);
        the index is that of the first row of care_use with that series and period.
    """
    month = ordinals(care_use["period"].to_numpy(), Frequency.MONTH)
    cells = care_use[SERIES].assign(month=month)
    cells = cells.drop_duplicates().sort_values([*SERIES, "month"], kind="stable")
    cells["series"] = cells.groupby(SERIES, sort=False).ngroup()
    following = cells.groupby("series")["month"].shift(-1)
    cells["step"] = (following - cells["month"]).fillna(0).astype(np.int64)
    return cells


def recognise(cells: pd.DataFrame) -> dict[str, Rhythm]:
    """Return the rhythm of every product.

    A product whose series have one period each takes the step between those periods, else the
    frequency that all other products share, else year for a January and month otherwise.

    Args:
        cells: as returned by ``cells_of``.
    """
    found: dict[str, Rhythm] = {}
    silent: dict[str, Ordinals] = {}
    for product, own in cells.groupby("product", sort=True):
        months, steps = own["month"].to_numpy(), own["step"].to_numpy()
        if not steps.any():
            months = np.unique(months)
            steps = np.diff(months)
        if steps.any():
            found[str(product)] = _rhythm(months, steps[steps > 0])
        else:
            silent[str(product)] = months
    shared = {rhythm.frequency for rhythm in found.values()}
    for product, months in silent.items():
        found[product] = Rhythm(_guess(months, shared), guessed=True)
    return found


def _rhythm(months: Ordinals, steps: Ordinals) -> Rhythm:
    sizes, counts = np.unique(steps, return_counts=True)
    dominant = int(sizes[counts.argmax()])  # the finer one of equals: sizes are sorted
    share = counts.max() / counts.sum()
    if dominant == _HALF_YEAR and (share >= _CLEAR) and (sizes % _HALF_YEAR == 0).all():
        return Rhythm(None)
    if dominant in _BASES and (share >= _CLEAR or _aligned(months, dominant) >= _ALIGNED):
        return Rhythm(_BASES[dominant])
    fitting = [
        base
        for base in _COARSE
        if (sizes % base == 0).all() and _aligned(months, base) == 1 and base <= dominant
    ]
    return Rhythm(_BASES[fitting[0]])


def _aligned(months: Ordinals, base: int) -> float:
    return float((months % base == 0).mean())


def _guess(months: Ordinals, shared: set[Frequency | None]) -> Frequency:
    if len(shared) == 1:
        (other,) = shared
        if other is not None and _aligned(months, other.months) == 1:
            return other
    return Frequency.YEAR if _aligned(months, 12) == 1 else Frequency.MONTH


def odd_periods(cells: pd.DataFrame, rhythms: dict[str, Rhythm]) -> pd.Series[str]:
    """Return the periods that do not fit their product, with the frequency they seem to have.

    Args:
        cells: as returned by ``cells_of``.
        rhythms: as returned by ``recognise``; products without a frequency are left out.

    Returns:
        Index: the odd rows of cells. Value: ``month``, ``quarter`` or ``year`` for a stretch that
        is delivered in another frequency, ``unaligned`` for a day on which no period starts.
    """
    base = cells["product"].map(
        {name: rhythm.frequency.months for name, rhythm in rhythms.items() if rhythm.frequency}
    )
    known = cells[base.notna()]
    own: Ordinals = base[base.notna()].to_numpy().astype(np.int64)
    seems = np.full(len(known), "", dtype=object)
    seems[known["month"].to_numpy() % own != 0] = "unaligned"
    for months, frequency in _BASES.items():
        seems[_too_fine(known, own, months)] = frequency.value
    for months in _RUN:
        coarse = (own < months) & (_whole(known, months) | _stretch(known, months))
        seems[coarse] = _BASES[months].value
    return pd.Series(seems[seems != ""], index=known.index[seems != ""], dtype=object)


def _too_fine(cells: pd.DataFrame, own: Ordinals, months: int) -> Mask:
    """Tell which rows belong to a series that is mostly delivered in a finer frequency."""
    inside = cells["step"].where(cells["step"] > 0)
    usual = inside.groupby(cells["series"]).transform("median").fillna(0).to_numpy()
    return np.asarray((usual == months) & (months < own))


def _whole(cells: pd.DataFrame, months: int) -> Mask:
    """Tell which rows belong to a series that is delivered in this coarser frequency throughout."""
    start = pd.Series(cells["month"].to_numpy() % months == 0, index=cells.index)
    fits = start & (cells["step"] % months == 0)
    exact = cells["step"] == months
    by = cells["series"]
    needed = 1 if months == Frequency.YEAR.months else _RUN[months]
    return np.asarray(
        fits.groupby(by).transform("all") & (exact.groupby(by).transform("sum") >= needed)
    )


def _stretch(cells: pd.DataFrame, months: int) -> Mask:
    """Tell which rows start a step of a run of such steps, or end a run and nothing finer."""
    series, step = cells["series"].to_numpy(), cells["step"].to_numpy()
    starts = (step == months) & (cells["month"].to_numpy() % months == 0)
    before = np.r_[False, starts[:-1] & (series[1:] == series[:-1])]
    run = np.cumsum(~(starts & before))
    length = np.bincount(run, weights=starts, minlength=run.max(initial=0) + 1)[run]
    inside = starts & (length >= _RUN[months])
    closes = ((step == 0) | (step > months)) & np.r_[
        False, inside[:-1] & (series[1:] == series[:-1])
    ]
    return np.asarray(inside | closes)
