"""Two sets of rows of the same question side by side: editions, or what happened and a forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.api import explanations
from service.api.asks import Ask
from service.api.figure_rows import Columns
from service.api.forecast_plan import Plan
from service.api.forecast_question import SumQuestion
from service.api.forecast_rows import make_rows
from service.api.held import some

KEY = ("municipality", "product", "district", "period", "unit")
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Beside:
    """Rows that stand for the same thing.

    Attributes:
        mine: the rows of the question.
        other: those of the other side.
        at: per row of ``mine`` the row of ``other``, or -1 where it has none.
    """

    mine: Columns
    other: Columns
    at: Ints

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column of numbers of the other side, in the order of ``mine``; NaN = none."""
        values = np.append(self.other[name].astype(np.float64), np.nan)
        return values[self.at]

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """Return a column of texts of the other side, in the order of ``mine``; None = none."""
        values = np.empty(len(self.other[name]) + 1, dtype=object)
        values[:-1] = self.other[name]
        return values[self.at]

    def days(self, name: str) -> npt.NDArray[np.datetime64]:
        """Return a column of days of the other side, in the order of ``mine``; NaT = none."""
        values = np.append(self.other[name], np.datetime64("NaT", "D"))
        return values[self.at]

    def last_known(self) -> npt.NDArray[np.float64]:
        """Return what the other side knew last of the same season: a naive forecast; NaN = none."""
        found: dict[tuple[Any, ...], tuple[Any, float]] = {}
        names = ("kind", "period", "mean")
        rows = zip(_seasons(self.other), *(self.other[name] for name in names), strict=True)
        for season, kind, period, value in rows:
            if kind == "actual" and (season not in found or found[season][0] < period):
                found[season] = period, float(value)
        nothing = (None, np.nan)
        return np.array([found.get(season, nothing)[1] for season in _seasons(self.mine)])

    def kept(self, rows: npt.NDArray[np.bool_]) -> Beside:
        """Return some of the rows."""
        mine = {name: values[rows] for name, values in self.mine.items()}
        return Beside(mine, self.other, self.at[rows])


def beside(query: SumQuestion, plan: Plan, other: Plan) -> Beside:
    """Answer a question on both sides and put the rows side by side."""
    mine, theirs = make_rows(query, plan), make_rows(query, other)
    places = {key: at for at, key in enumerate(_keys(theirs))}
    at = np.array([places.get(key, -1) for key in _keys(mine)], dtype=np.int64)
    return Beside(mine, theirs, at)


def _seasons(columns: Columns) -> list[tuple[Any, ...]]:
    names = ("municipality", "product", "district", "unit")
    months = (columns["period"].astype("datetime64[M]").astype(np.int64) % 12).tolist()
    return list(zip(*(columns[name].tolist() for name in names), months, strict=True))


def _keys(columns: Columns) -> list[tuple[Any, ...]]:
    return list(zip(*(columns[name].tolist() for name in KEY), strict=True))


def uncounted_notes(plan: Plan, other: Plan) -> list[str]:
    """Name the series that one of the two sides counts and the other does not."""
    mine, theirs = _counted(plan.asks, plan.measure), _counted(other.asks, other.measure)
    reach = {key[0] for key in theirs}  # a municipality without an other edition has no rows there
    new = sorted(key for key in mine - theirs if key[0] in reach)
    gone = sorted(theirs - mine)
    notes = [explanations.counted_note(some(_told(new)), earlier=False)] if new else []
    return notes + ([explanations.counted_note(some(_told(gone)), earlier=True)] if gone else [])


def _told(keys: Sequence[tuple[str, str, str]]) -> list[str]:
    return [f"{product} in {district}" for _, product, district in keys]


def _counted(asks: Sequence[Ask], measure: str) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    for ask in asks:
        edition = ask.share.edition
        chosen = ask.chosen[np.isin(ask.chosen, edition.tracks[measure].present_series)]
        names = ("municipality", "product", "district")
        found |= set(zip(*(edition.series[n][chosen].tolist() for n in names), strict=True))
    return found
