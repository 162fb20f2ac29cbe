"""Make the panel from checked tables: defaults filled in, catalogues derived, order fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from models.contract import CONTRACT, DataFile, file_named
from models.frequencies import Rhythm
from models.panel import DeliveredFile, Panel, empty_table
from training.checks import CheckedTable

_PLACE = ["municipality", "district"]
_PLACED = ("care_use", "population", "allocations")


def assemble(
    name: str,
    tables: Mapping[str, CheckedTable],
    rhythms: Mapping[str, Rhythm],
    boundaries: dict[str, Any] | None,
    files: tuple[DeliveredFile, ...],
) -> Panel:
    """Return the panel of a delivery without errors.

    The order of rows in the files leaves no trace: every table is sorted by its key.

    Args:
        name: name of the delivery.
        tables: the checked files by name; an absent file is an empty table.
        rhythms: how often each product is delivered.
        boundaries: parsed boundaries or None.
        files: what was read.
    """
    made: dict[str, Any] = {file.name: _table(file, tables.get(file.name)) for file in CONTRACT}
    wide = made["allocations"]["district"].isna()
    made["allocations"].loc[wide, "district"] = made["allocations"]["municipality"][wide]
    made["products"] = _products(made["products"], made["care_use"], rhythms)
    made["districts"] = _districts(made)
    return Panel(name=name, boundaries=boundaries, files=files, **made)


def _table(file: DataFile, table: CheckedTable | None) -> pd.DataFrame:
    if table is None or table.typed.empty:
        return empty_table(file.name)
    rows = table.typed.copy()
    for column in file.columns:
        if column.default is not None:
            rows[column.name] = rows[column.name].where(rows[column.name].notna(), column.default)
    return _sorted(file, rows)


def _sorted(file: DataFile, rows: pd.DataFrame) -> pd.DataFrame:
    key = [file.column(name).panel_name for name in file.key]
    return rows.sort_values(key, kind="stable").reset_index(drop=True)


def _products(
    given: pd.DataFrame, use: pd.DataFrame, rhythms: Mapping[str, Rhythm]
) -> pd.DataFrame:
    derived = [code for code in rhythms if code not in set(given["product"])]
    added = empty_table("products").reindex(range(len(derived)))
    added = added.assign(product=derived, forecast="model")
    products = _joined("products", given, added)
    named = {code: str(rhythm.frequency) for code, rhythm in rhythms.items() if rhythm.frequency}
    return products.assign(
        label=products["label"].where(products["label"].notna(), products["product"]),
        frequency=_words(products["product"].map(named)),
    )


def _districts(made: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    given = made["districts"]
    places = pd.concat([made[name][_PLACE] for name in _PLACED]).drop_duplicates()
    known = pd.MultiIndex.from_frame(given[_PLACE])
    places = places[~pd.MultiIndex.from_frame(places).isin(known)].reset_index(drop=True)
    added = empty_table("districts").reindex(places.index).assign(**places)
    districts = _joined("districts", given, added)
    return districts.assign(
        label=districts["label"].where(districts["label"].notna(), districts["district"])
    )


def _joined(name: str, given: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    file = file_named(name)
    parts = [part for part in (given, added) if len(part)]
    rows = pd.concat(parts, ignore_index=True) if parts else given
    for column in file.columns:
        if not column.is_day:
            rows[column.name] = _words(rows[column.name])
    return _sorted(file, rows)


def _words(column: pd.Series) -> pd.Series:
    held = column.astype(object)
    return held.where(held.notna(), None)
