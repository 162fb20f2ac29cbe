"""A delivery in memory: the table of care use, what surrounds it, and the series made from it.

Pandas lives here and in training only; what the service needs is written to an edition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency, first_days, last_day, ordinals
from models.contract import CONTRACT, PROVISIONAL, file_named
from models.knowledge import as_known, assumption, period_ends

SERIES = ["municipality", "district", "product"]
CELL = [*SERIES, "period"]
# The column of care_use that holds a measure.
MEASURE_COLUMNS = {"clients": "clients", "volume": "volume", "cost": "cost_cents"}


@dataclass(frozen=True)
class DeliveredFile:
    """A file as it was delivered: its name, SHA-256 and number of rows without the header."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, eq=False)
class Panel:
    """A checked delivery.

    Every table has all columns of the contract, possibly no rows. Days are datetime64[ns], codes
    and words are str or None, numbers are float64 with NaN for unknown, money is whole cents in
    columns ``*_cents`` (``eur_per_unit`` and ``cost_per_head_eur`` are rates and stay euros).

    Attributes:
        name: name of the delivery: lower-case letters, digits and dashes.
        care_use: sorted by municipality, district, product, period, known_from; several
            ``known_from`` per cell are possible until ``as_known_at``.
        products: one row per product (per ``known_from`` until ``as_known_at``); besides the
            contract ``frequency``: month, quarter or year, None for a product without care use.
        districts: contains every (municipality, district) of care_use, population, allocations.
        boundaries: the parsed ``districts.geojson``, or None.
        files: every file that was read.
    """

    name: str
    care_use: pd.DataFrame
    products: pd.DataFrame
    districts: pd.DataFrame
    population: pd.DataFrame
    age_profile: pd.DataFrame
    prices: pd.DataFrame
    tariffs: pd.DataFrame
    policy_events: pd.DataFrame
    declarations: pd.DataFrame
    allocations: pd.DataFrame
    budget: pd.DataFrame
    provenance: pd.DataFrame
    boundaries: dict[str, Any] | None = None
    files: tuple[DeliveredFile, ...] = ()

    @property
    def municipalities(self) -> tuple[str, ...]:
        """The municipalities with care use, sorted."""
        return tuple(sorted(self.care_use["municipality"].unique()))

    def frequencies(self) -> dict[str, Frequency]:
        """Return the base frequency of every product with care use."""
        known = self.products.dropna(subset=["frequency"])
        pairs = zip(known["product"], known["frequency"], strict=True)
        return {str(product): Frequency(frequency) for product, frequency in pairs}

    def end(self) -> date:
        """Return the last day of the last delivered period, over all products.

        Raises:
            ValueError: the panel has no care use.
        """
        if self.care_use.empty:
            raise ValueError("a panel without care use has no end")
        ends = period_ends(self.care_use, "period", self.frequencies())
        return pd.Timestamp(ends.max()).date()

    def as_known_at(self, day: date) -> Panel:
        """Return what was known on a day: of each key the latest row known by then.

        A row without ``known_from`` counts as known as ``known_assumptions`` tells. Products and
        districts are code lists: one that is described only later keeps its first description.
        """
        frequencies = self.frequencies()
        tables: dict[str, Any] = {
            file.name: as_known(file, getattr(self, file.name), day, frequencies)
            for file in CONTRACT
        }
        return replace(self, **tables)

    def known_assumptions(self) -> list[str]:
        """Tell per file from when its rows count as known, for the manifest."""
        sentences = (assumption(file, getattr(self, file.name)) for file in CONTRACT)
        return [sentence for sentence in sentences if sentence]


@dataclass(frozen=True)
class _Axis:
    """The periods of a grid: frequency, ordinal of the first one, and how many."""

    frequency: Frequency
    first: int
    steps: int


@dataclass(frozen=True, eq=False)
class SeriesGrid:
    """One measure of all series of one frequency, on one axis of periods.

    Attributes:
        keys: municipality, district, product; sorted; RangeIndex.
        frequency: the frequency of the axis.
        first: ordinal of column 0.
        values: float64 (series, periods); NaN = unknown (absent row or empty value); clients and
            volume as delivered, cost in whole cents.
        provisional: bool (series, periods): the row's status says that it can still change.
    """

    keys: pd.DataFrame
    frequency: Frequency
    first: int
    values: npt.NDArray[np.float64]
    provisional: npt.NDArray[np.bool_]

    @property
    def periods(self) -> npt.NDArray[np.int64]:
        """The ordinals of the columns."""
        return np.arange(self.first, self.first + self.values.shape[1], dtype=np.int64)

    @property
    def days(self) -> npt.NDArray[np.datetime64]:
        """The first days (datetime64[D]) of the columns."""
        return first_days(self.periods, self.frequency)

    @property
    def last_day(self) -> date:
        """The last day of the last column."""
        return last_day(self.first + self.values.shape[1] - 1, self.frequency)


def grid(panel: Panel, measure: str, frequency: Frequency) -> SeriesGrid:
    """Lay one measure of one frequency on a grid with every period from first to last.

    The axis runs over all rows of that frequency in the panel, whatever measure they hold, so that
    the grids of all measures of a frequency share it. Series that never have the measure are left
    out. Nothing is filled in.

    Args:
        panel: as returned by ``as_known_at``: one row per cell.
        measure: clients, volume or cost.
        frequency: only products of this base frequency are taken.

    Raises:
        ValueError: a cell has several rows, or the measure is unknown.
    """
    if measure not in MEASURE_COLUMNS:
        raise ValueError(f"unknown measure {measure!r}: one of {', '.join(MEASURE_COLUMNS)}")
    products = [name for name, own in panel.frequencies().items() if own is frequency]
    rows = panel.care_use[panel.care_use["product"].isin(products)]
    if rows.duplicated(CELL).any():
        raise ValueError("several rows per cell: take panel.as_known_at(day) first")
    axis = ordinals(rows["period"].to_numpy(), frequency)
    first = int(axis.min()) if len(axis) else 0
    steps = int(axis.max()) - first + 1 if len(axis) else 0
    held = rows.groupby(SERIES)[MEASURE_COLUMNS[measure]].transform("count").to_numpy() > 0
    return _laid(rows[held], axis[held] - first, measure, _Axis(frequency, first, steps))


def _laid(
    rows: pd.DataFrame, column: npt.NDArray[np.int64], measure: str, axis: _Axis
) -> SeriesGrid:
    keys = rows[SERIES].drop_duplicates().sort_values(SERIES).reset_index(drop=True)
    line = rows.groupby(SERIES, sort=True).ngroup().to_numpy()
    values = np.full((len(keys), axis.steps), np.nan)
    values[line, column] = rows[MEASURE_COLUMNS[measure]].to_numpy(dtype=np.float64)
    provisional = np.zeros((len(keys), axis.steps), dtype=np.bool_)
    provisional[line, column] = rows["status"].isin(PROVISIONAL).to_numpy()
    return SeriesGrid(keys, axis.frequency, axis.first, values, provisional)


def empty_table(name: str) -> pd.DataFrame:
    """Return a table of the panel without rows, with the columns and types of the contract."""
    return _empty(name).copy()


@cache
def _empty(name: str) -> pd.DataFrame:
    columns = {
        column.panel_name: pd.Series(
            dtype="datetime64[ns]" if column.is_day else float if column.is_number else object
        )
        for column in file_named(name).columns
    }
    return pd.DataFrame(columns)
