"""Figures by year of one selection, as an edition may tell them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from models.asking import Selection
from models.cube import SCALE, Ints
from models.edition import Edition
from models.facts import Figure
from models.scenario import totals
from models.selection import answer
from models.summing import quantiles

__all__ = ["Found", "Source", "exact", "figures_by_year", "over_years"]

Columns = Mapping[str, npt.NDArray[Any]]
_LEVELS = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class Source:
    """An edition, and how much of it may be told.

    Attributes:
        edition: the edition.
        ask: answers a selection; a hidden figure is NaN.
        protected: whether small numbers are hidden.
        whole: whether scores over all its municipalities may be told.
    """

    edition: Edition
    ask: Callable[[Selection], Columns]
    protected: bool = False
    whole: bool = True


def exact(edition: Edition) -> Source:
    """Return an edition as who may see everything sees it."""
    return Source(edition, lambda selection: answer(edition, selection))


@dataclass(frozen=True)
class Found:
    """Figures by year, and their unit."""

    years: dict[int, Figure]
    unit: str


def figures_by_year(source: Source, asked: Selection, first: int, last: int) -> Found:
    """Return the figures of a yearly selection from one year to another.

    Raises:
        SelectionError: the question has no honest answer; with every fault.
    """
    wish = replace(asked, start=date(first, 1, 1), end=date(last, 12, 31))
    columns = source.ask(wish)
    years = columns["period"].astype("datetime64[Y]").astype(np.int64) + 1970
    found = {
        year: _figure(
            float(columns["mean"][at]),
            float(columns["p10"][at]),
            float(columns["p90"][at]),
            columns["kind"][at] == "actual",
        )
        for at, year in enumerate(years.tolist())
    }
    units = columns["unit"].tolist()
    return Found(found, str(units[0]) if units else "")


def _figure(mean: float, low: float, high: float, known: bool) -> Figure:
    """Return a figure; what is hidden (NaN) is None."""
    if np.isnan(mean):
        return Figure(None, known=known)
    if np.isnan(low) or np.isnan(high):
        return Figure(mean, known=known)
    return Figure(mean, low, high, known)


def over_years(
    source: Source, asked: Selection, found: Found, first: int, last: int
) -> Figure | None:
    """Return the figure over all years: of one year itself, else the sum (clients: average)."""
    parts = [found.years.get(year) for year in range(first, last + 1)]
    there = [part for part in parts if part is not None]
    if len(there) < len(parts):
        return None
    if len(parts) == 1:
        return parts[0]
    if any(part.mean is None for part in there):
        return Figure(None)
    divisor = len(parts) if asked.measure == "clients" else 1
    mean = sum(part.mean or 0.0 for part in there) / divisor
    known = all(part.known for part in there)
    if source.protected:  # bands do not add, and no path is told
        return Figure(mean, known=known)
    low, high = _joint_band(source.edition, asked, first, last)
    return Figure(mean, low / divisor, high / divisor, known)


def _joint_band(edition: Edition, asked: Selection, first: int, last: int) -> tuple[float, float]:
    """Return p10 and p90 of the sum over years, read off the joint paths."""
    wish = replace(asked, start=date(first, 1, 1), end=date(last, 12, 31))
    sums = totals(edition, wish)
    assert sums is not None  # noqa: S101 - there is a figure of every year
    draws: Ints = sums.base.sum(axis=0)
    scale = SCALE * (12.0 if asked.measure == "clients" else 1.0)
    low, high = (float(value) / scale for value in quantiles(draws, _LEVELS))
    return low, high
