"""What is known of a municipality as a whole, shared over the series that it is forecast for.

Its record stands in one row, its forecast in that of every district. To compare a year that is
known with one that is forecast, the record is shared out in the way in which the forecast is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import numpy.typing as npt

from models.catalogue import ordinal
from training.frame_fit import FrameFit

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_HUNDREDTHS = {"clients": 100.0, "volume": 100.0, "cost": 1.0}


def moved(fit: FrameFit, measure: str, year: int) -> Ints:
    """Return what a year of each series gets from the record of another, in hundredths.

    Negative for the row that holds the record: all of it moves. Zero for what is not spread. Adds
    up to zero for every record that somebody is forecast for.

    Args:
        fit: the frame.
        measure: clients, volume or cost.
        year: calendar year.
    """
    link, own = fit.frame.links[measure], fit.fits[measure, fit.end]
    shift = np.zeros(len(own.live), dtype=np.int64)
    members = link.spread & own.live
    record = np.nan_to_num(fit.frame.values[measure][:, _columns(fit, measure, year)])
    known = np.rint(record.sum(axis=1) * _HUNDREDTHS[measure]).astype(np.int64)
    weight = _weights(fit, measure, year)
    for holder in np.unique(link.holder[members]):
        rows = np.flatnonzero(members & (link.holder == holder))
        shift[rows] += _shared(int(known[holder]), weight[rows])
        shift[holder] -= known[holder]
    return shift


def _columns(fit: FrameFit, measure: str, year: int) -> Ints:
    frequency = fit.frame.frequency
    first = ordinal(date(year, 1, 1), frequency) - fit.frame.first
    columns = np.arange(first, first + frequency.per_year)
    inside: npt.NDArray[np.bool_] = (columns >= 0) & (columns < fit.frame.known_until(measure))
    return np.asarray(columns[inside])


def _weights(fit: FrameFit, measure: str, year: int) -> Array:
    """Share of each series: its parent in that year, at the ratio that it is forecast with."""
    own = fit.fits[measure, fit.end]
    expected, season = own.mean, fit.frame.frequency.per_year
    weight = expected[:, :season].sum(axis=1)
    for parent in sorted({name for name in fit.frame.links[measure].parent if name}):
        above = fit.fits[parent, fit.end]
        rows = fit.frame.links[measure].has_parent(fit.frame.hierarchy(measure), parent)
        had = np.nan_to_num(fit.frame.values[parent][:, _columns(fit, parent, year)]).sum(axis=1)
        later = above.mean[:, :season].sum(axis=1)
        change = np.divide(had, later, out=np.ones_like(had), where=later > 0)
        weight = np.where(rows & (had > 0), weight * change, weight)
    return np.asarray(np.maximum(weight, 0.0))


def _shared(whole: int, weight: Array) -> Ints:
    """Share a whole number by weight; the largest remainders get what is over."""
    total = weight.sum()
    share = weight / total if total > 0 else np.full(len(weight), 1 / len(weight))
    parts = np.floor(share * whole).astype(np.int64)
    over = whole - int(parts.sum())
    parts[np.argsort(parts - share * whole, kind="stable")[:over]] += 1
    return np.asarray(parts)


def moves(
    fit: FrameFit, measures: Iterable[str], years: Iterable[int]
) -> dict[tuple[str, int], Ints]:
    """Return what moves, per measure and year; see `moved`."""
    return {(name, year): moved(fit, name, year) for name in measures for year in years}
