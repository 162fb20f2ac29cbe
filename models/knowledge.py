"""From which day a row was known, so that an as-of date never sees the future.

A row's own ``known_from`` wins. Without it the contract says when a row counts as known
(``DataFile.known``); this module is that sentence as code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from models.catalogue import Frequency, first_days, ordinals
from models.contract import PROVISIONAL, DataFile
from models.contract_prices import ASSUMED

Frequencies = Mapping[str, Frequency]
Days = pd.Series  # datetime64[ns], with the index of the table it belongs to

_ALWAYS = pd.Timestamp("1900-01-01")
_ONE_DAY = np.timedelta64(1, "D")
# The year, month or day that the name of a projection's vintage holds: 2022, 2022-10, CBS 2022.
_DATED = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?(?![-\d])")
# Lists of codes describe; a description that comes later changes nothing that was known.
_CODE_LISTS = frozenset({"products", "districts"})
_DESCRIPTIONS = _CODE_LISTS | {"provenance"}


def period_ends(table: pd.DataFrame, column: str, frequencies: Frequencies) -> Days:
    """Return the last day of every row's period.

    Args:
        table: has a column ``product`` and the column of first days.
        column: name of the column of first days.
        frequencies: base frequency per product; a product without one is taken by month.
    """
    own = table["product"].map(frequencies).fillna(Frequency.MONTH)
    ends = pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns]")
    for frequency in Frequency:
        there = (own == frequency).to_numpy()
        if there.any():
            ends[there] = _ends(table.loc[there, column], frequency)
    return ends


def _ends(days: Days, frequency: Frequency) -> Days:
    following = first_days(ordinals(days.to_numpy(), frequency) + 1, frequency)
    return pd.Series((following - _ONE_DAY).astype("datetime64[ns]"), index=days.index)


def known_days(file: DataFile, table: pd.DataFrame, frequencies: Frequencies) -> Days:
    """Return from which day each row of a table was known, stated or assumed."""
    if table.empty:
        return table["known_from"]
    return table["known_from"].fillna(_assumed(file, table, frequencies))


def as_known(
    file: DataFile, table: pd.DataFrame, day: date, frequencies: Frequencies
) -> pd.DataFrame:
    """Return the rows of a table that were known on a day, of each key the latest.

    Args:
        file: the contract of the table.
        table: a table of the panel.
        day: rows known after it are left out.
        frequencies: base frequency per product.
    """
    known = known_days(file, table, frequencies)
    order = pd.DataFrame({"known": known, "stated": table["known_from"].notna()})
    order = order.sort_values(["known", "stated"], kind="stable")
    key = [file.column(name).panel_name for name in file.key if name != "known_from"]
    seen = table.loc[order.index[(order["known"] <= pd.Timestamp(day)).to_numpy()]]
    seen = seen.drop_duplicates(key, keep="last")
    if file.name in _CODE_LISTS:
        first = table.loc[order.index].drop_duplicates(key)
        seen = pd.concat([seen, first]).drop_duplicates(key)
    return seen.sort_index().reset_index(drop=True)


def assumption(file: DataFile, table: pd.DataFrame) -> str | None:
    """Tell from when the rows of a table count as known; None where nothing is assumed."""
    if table.empty or file.name in _DESCRIPTIONS:
        return None
    silent = int(table["known_from"].isna().sum())
    if not silent:
        return f"{file.name}: every row says from when it was known"
    return (
        f"{file.name}: {silent} of {len(table)} rows have no known_from and count as known "
        f"{file.known}"
    )


def _assumed(file: DataFile, table: pd.DataFrame, frequencies: Frequencies) -> Days:
    rule = _RULES.get(file.name)
    if rule is None:
        return pd.Series(_ALWAYS, index=table.index)
    return rule(table, frequencies)


def _day_of_year(year: pd.Series[float], month_and_day: str) -> Days:
    text = year.astype(int).astype(str) + month_and_day
    return pd.to_datetime(text, format="%Y-%m-%d")


def _care(table: pd.DataFrame, frequencies: Frequencies) -> Days:
    return period_ends(table, "period", frequencies)


def _declarations(table: pd.DataFrame, _: Frequencies) -> Days:
    return _ends(table["declared_period"], Frequency.MONTH)


def _population(table: pd.DataFrame, _: Frequencies) -> Days:
    counted = _day_of_year(table["year"], "-12-31")
    vintages = {name: _vintage_day(name) for name in table["vintage"].unique()}
    projected = table["vintage"].map(vintages)
    return counted.where(table["kind"] != "projected", projected)


def _vintage_day(vintage: str | None) -> pd.Timestamp:
    """Return the last day of the one year, month or day that a vintage names, else always."""
    found = _DATED.findall(vintage or "")
    if len(found) != 1:
        return _ALWAYS
    year, month, day = found[0]
    try:
        named = pd.Timestamp(int(year), int(month or 12), int(day or 1))
    except ValueError:  # 2022-02-31
        return _ALWAYS
    return named if day else named + pd.offsets.MonthEnd(0)


def _prices(table: pd.DataFrame, _: Frequencies) -> Days:
    assumed = table["status"].isin(ASSUMED)  # somebody's expectation, not a fact of its year
    final = table["status"].notna() & ~table["status"].isin(PROVISIONAL)
    days = _day_of_year(table["year"], "-01-01").where(
        ~final, _day_of_year(table["year"], "-12-31")
    )
    return days.mask(assumed, _ALWAYS)


def _budget(table: pd.DataFrame, _: Frequencies) -> Days:
    return _day_of_year(table["year"] - 1, "-11-01")


_RULES: dict[str, Callable[[pd.DataFrame, Frequencies], Days]] = {
    "care_use": _care,
    "allocations": _care,
    "declarations": _declarations,
    "population": _population,
    "prices": _prices,
    "tariffs": lambda table, _: table["valid_from"],
    "policy_events": lambda table, _: table["date"],
    "budget": _budget,
}
