"""What an edition keeps of declarations: one row per product and open month, to the cent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from models.catalogue import Frequency, ordinal
from models.panel import Panel
from training.frame_fit import FrameFit
from training.frames import frames
from training.nowcast_table import SCHEMA, nowcast_table
from training.open_months import nowcast
from training.sources.folder import read_folder

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def panel(small_delivery: Path) -> Panel:
    return read_folder(small_delivery)[0]


def fitted(panel: Panel) -> list[FrameFit]:
    """Complete the open months of every frame, as a training does, without forecasts."""
    return [
        FrameFit(frame, [frame.periods], completed=nowcast(panel, frame, frame.periods))
        for frame in frames(panel, panel.end())
    ]


@pytest.fixture(scope="module")
def table(panel: Panel) -> pa.Table:
    return nowcast_table(fitted(panel), panel)


def test_every_product_with_declarations_has_every_open_month_once(
    panel: Panel, table: pa.Table
) -> None:
    assert table.schema == SCHEMA
    rows = table.to_pylist()
    keys = [(row["municipality"], row["product"], row["period"]) for row in rows]
    assert keys == sorted(set(keys))
    (frame,) = frames(panel, panel.end())
    assert frame.lags["cost"] > 0
    products = set(panel.declarations["product"].astype(str))
    months = {period for *_, period in keys}
    assert {product for _, product, _ in keys} == products
    assert len(months) >= frame.lags["cost"]
    assert max(ordinal(month, Frequency.MONTH) for month in months) == (
        frame.first + frame.periods - 1
    )
    assert all(row["district"] == row["municipality"] for row in rows)


def test_amounts_are_those_of_the_delivery_to_the_cent(panel: Panel, table: pa.Table) -> None:
    declared, allocated = panel.declarations, panel.allocations
    for row in table.to_pylist():
        mine = declared[declared["product"] == row["product"]]
        mine = mine[mine["service_period"].dt.date == row["period"]]
        assert row["declared_cents"] == int(mine["cost_cents"].sum())
        ceiling = allocated[allocated["product"] == row["product"]]
        ceiling = ceiling[ceiling["period"].dt.date == row["period"]]["cost_ceiling_cents"]
        expected = int(ceiling.dropna().sum()) if ceiling.notna().any() else None
        assert row["allocated_cents"] == expected


def test_what_the_nowcast_says_stands_beside_what_was_declared(table: pa.Table) -> None:
    rows = [row for row in table.to_pylist() if row["completed_cents"] is not None]
    assert rows
    for row in rows:
        assert row["share"] > 0
        assert row["log_sd"] >= 0
        assert row["method"]
        assert row["completed_cents"] >= row["declared_cents"] * 0.5


def test_without_declarations_the_table_is_empty(panel: Panel) -> None:
    none = replace(panel, declarations=panel.declarations.iloc[:0])
    table = nowcast_table(fitted(none), none)
    assert (table.num_rows, table.schema) == (0, SCHEMA)
