"""Dated tariffs: what a unit of a product costs on a day, and over months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.contract import file_named
from models.errors import PriceError
from models.knowledge import known_days

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

_MONTHS = 12
_EPOCH = 1970 * _MONTHS
_ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Tariff:
    """The price of one unit of a product.

    Attributes:
        product: code.
        eur_per_unit: euros.
        unit: what it is paid for.
        valid_from: first day.
        valid_to: last day, or None until the next tariff.
        source: where the price is laid down, or None.
    """

    product: str
    eur_per_unit: float
    unit: str
    valid_from: date
    valid_to: date | None
    source: str | None


def tariff_at(tariffs: pd.DataFrame, product: str, day: date, unit: str | None = None) -> Tariff:
    """Return what a unit of a product costs on a day.

    Args:
        tariffs: table of the panel, as returned by ``Panel.as_known_at``.
        product: code.
        day: the day on which the care is given.
        unit: needed where the product has tariffs in several units on that day.

    Raises:
        PriceError: there is none, or there are several units to choose from.
    """
    own = tariffs[tariffs["product"] == product]
    if unit is not None:
        own = own[own["unit"] == unit]
    at = pd.Timestamp(day)
    begun = own[own["valid_from"] <= at].sort_values("valid_from", kind="stable")
    latest = begun.drop_duplicates("unit", keep="last")
    valid = latest[~(latest["valid_to"] < at)]
    if len(valid) != 1:
        raise PriceError(_none_or_several(product, day, unit, own, valid))
    row = valid.iloc[0]
    return Tariff(
        product,
        float(row["eur_per_unit"]),
        str(row["unit"]),
        row["valid_from"].date(),
        None if pd.isna(row["valid_to"]) else row["valid_to"].date(),
        row["source"] if isinstance(row.get("source"), str) else None,
    )


def _none_or_several(
    product: str, day: date, unit: str | None, own: pd.DataFrame, valid: pd.DataFrame
) -> str:
    if len(valid):
        units = ", ".join(sorted(valid["unit"]))
        return f"product {product!r} has tariffs on {day} per {units}: say which unit"
    per = f" per {unit}" if unit else ""
    if own.empty:
        return f"product {product!r} has no tariff{per} on {day}, nor on any other day"
    first = own["valid_from"].min().date()
    ends = own["valid_to"]
    until = "" if ends.isna().any() else f" to {ends.max().date()}"
    return f"product {product!r} has no tariff{per} on {day}; known ones run from {first}{until}"


@dataclass(frozen=True)
class Axis:
    """Months of a run of periods: the first one (year x 12 + month), periods, and their length."""

    month: int
    periods: int
    length: int

    @property
    def months(self) -> int:
        """How many months there are."""
        return self.periods * self.length

    @property
    def years(self) -> npt.NDArray[np.int64]:
        """The calendar year of every month."""
        return (self.month + np.arange(self.months)) // _MONTHS

    @property
    def last_year(self) -> int:
        """The calendar year of the last month."""
        return (self.month + max(self.months - 1, 0)) // _MONTHS

    @property
    def starts(self) -> Days:
        """The first day of every month, and of the one after the last: shape (months + 1,)."""
        counted = self.month - _EPOCH + np.arange(self.months + 1)
        return counted.astype("datetime64[M]").astype("datetime64[D]")

    def mean(self, by_month: Array) -> Array:
        """Average months over their period, shape (periods,)."""
        return np.asarray(by_month.reshape(self.periods, self.length).mean(axis=1))


@dataclass(frozen=True)
class DatedTariffs:
    """The tariffs of one product in one unit, in order: prices above zero that follow each other.

    ``ends`` is the day after the last one on which a tariff holds.
    """

    starts: Days
    ends: Days
    euros: Array
    unit: str

    def by_month(self, axis: Axis) -> tuple[Array, Mask]:
        """Return the mean tariff per month by days, and where there is one; shape (months,)."""
        days = axis.starts
        overlap = np.minimum(self.ends[:, None], days[1:]) - np.maximum(
            self.starts[:, None], days[:-1]
        )
        share = np.maximum(overlap / _ONE_DAY, 0.0)
        covered = share.sum(axis=0)
        sums = (share * self.euros[:, None]).sum(axis=0)
        return np.divide(sums, covered, out=np.zeros_like(sums), where=covered > 0), covered > 0


@dataclass(frozen=True)
class Ordered:
    """The tariffs of every product that has one.

    Attributes:
        rows: per product.
        notes: sentences that say which unit was taken where there were several.
    """

    rows: dict[str, DatedTariffs]
    notes: tuple[str, ...]


def in_order(tariffs: pd.DataFrame, products: pd.DataFrame) -> Ordered:
    """Put the tariffs of each product in order, in the unit of the product if it has it.

    Args:
        tariffs: table of the panel, as known on a day. A last one without an end holds through the
            year in which the latest tariff of any product became known: until then the list of
            tariffs is evidently up to date, and says nothing of a next one.
        products: catalogue; its unit decides where a product has tariffs in several.
    """
    current = _last_news(tariffs)
    rows = tariffs[tariffs["eur_per_unit"] > 0]  # a price of zero says nothing of the next one
    rows = rows.sort_values(["product", "valid_from"], kind="stable")
    wanted = products.reindex(columns=["product", "unit"])
    units = dict(wanted.itertuples(index=False, name=None))
    names, begin = np.unique(rows["product"].to_numpy(dtype=np.str_), return_index=True)
    found, notes = {}, []
    for product, at in zip(names, np.split(np.arange(len(rows)), begin[1:]), strict=False):
        own = rows.iloc[at[0] : at[-1] + 1]
        given = own["unit"].to_numpy(dtype=np.str_)
        unit, why = units.get(str(product)), "the unit of the product"
        if unit not in given:
            unit, why = str(given[-1]), "the latest"
        if (given != unit).any():
            several = ", ".join(sorted(set(given)))
            notes.append(
                f"Product {product} has tariffs per {several}: those per {unit} are used, {why}."
            )
            own = own[given == unit]
        found[str(product)] = _own_order(own, str(unit), current)
    return Ordered(found, tuple(notes))


def _last_news(tariffs: pd.DataFrame) -> int:
    """Return the year in which the latest tariff became known."""
    if tariffs.empty:
        return 0
    return int(known_days(file_named("tariffs"), tariffs, {}).max().year)


def _own_order(own: pd.DataFrame, unit: str, current: int) -> DatedTariffs:
    starts = own["valid_from"].to_numpy().astype("datetime64[D]")
    last = np.append(starts[1:] > starts[:-1], True)  # of two that start together the last
    starts = starts[last]
    stated = own["valid_to"].to_numpy().astype("datetime64[D]")[last] + _ONE_DAY
    held = max(current, year_of(starts[-1])) + 1
    following = np.append(starts[1:], np.datetime64(f"{held}-01-01", "D"))
    ends = np.where(np.isnat(stated), following, stated)
    ends[:-1] = np.minimum(ends[:-1], starts[1:])  # of two on one day the later one holds
    euros = own["eur_per_unit"].to_numpy(dtype=np.float64)[last]
    return DatedTariffs(starts, ends, euros, unit)


def year_of(day: np.datetime64) -> int:
    """Return the calendar year of a day."""
    return int(day.astype("datetime64[Y]").astype(np.int64)) + 1970
