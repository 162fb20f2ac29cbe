"""Small panels made of rows that name only the columns they need."""

from __future__ import annotations

from typing import Any

import pandas as pd

from models.contract import CONTRACT
from models.panel import Panel, empty_table

Row = dict[str, Any]
Rows = list[Row]


def table(name: str, rows: Rows) -> pd.DataFrame:
    """Return a table of the panel from rows that name some of its columns."""
    table = empty_table(name)
    if not rows:
        return table
    given_rows = pd.DataFrame(rows)
    for column in table.columns:
        held = given_rows.get(column, pd.Series([None] * len(rows), dtype=object))
        given_rows[column] = held.astype(table[column].dtype)
    words = table.columns[[kind == object for kind in table.dtypes]]  # noqa: E721 - numpy's way
    given_rows[words] = given_rows[words].where(given_rows[words].notna(), None)
    return given_rows[list(table.columns)]


def panel_of(care_use: Rows, frequency: str = "month", **others: Rows) -> Panel:
    products = [{"product": code} for code in sorted({row["product"] for row in care_use})]
    tables: dict[str, Any] = {
        file.name: table(file.name, others.get(file.name, [])) for file in CONTRACT
    }
    tables["care_use"] = table("care_use", care_use)
    tables["products"] = table("products", products).assign(frequency=frequency)
    return Panel(name="test", **tables)


def use(day: str, known: str | None = None, district: str = "W1", **figures: object) -> Row:
    row = {"municipality": "G1", "district": district, "product": "p", "period": day}
    return {**row, "known_from": known, **figures}
