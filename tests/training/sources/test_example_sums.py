"""The figures of Voorbeeldstad add up to the cent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.panel import Panel
from training.sources.example import Simulation
from training.sources.example.districts import MUNICIPALITY
from training.sources.example.tables import shared_out


def cents_by_month(table: pd.DataFrame, period: str) -> pd.Series[float]:
    return table.groupby(["product", period])["cost_cents"].sum().rename_axis(["product", "month"])


@pytest.mark.unit
def test_declarations_add_up_to_the_cost_to_the_cent(panel: Panel) -> None:
    cost = cents_by_month(panel.care_use, "period")
    declared = cents_by_month(panel.declarations, "service_period")
    assert (cost - declared.reindex(cost.index, fill_value=0.0) == 0).all()


@pytest.mark.unit
def test_what_is_declared_after_2023_completes_2023_to_the_cent(
    city: Simulation, panel: Panel, outcomes: Panel
) -> None:
    both = pd.concat([panel.declarations, outcomes.declarations])
    total = both.pivot_table(
        "cost_cents", "product", "service_period", aggfunc="sum", fill_value=0.0
    ).loc[:, :"2026-03-01"]
    final = pd.DataFrame(city.product_cost_cents(), [p.code for p in city.products]).loc[
        total.index
    ]
    assert (total.to_numpy() == final.to_numpy()[:, : total.shape[1]]).all()


@pytest.mark.unit
def test_districts_and_unknown_district_add_up_to_the_municipality(
    city: Simulation, panel: Panel
) -> None:
    ripe = panel.care_use[panel.care_use["status"] == "definitive"]
    for code in ("01-hbh", "45-ambulant", "55-landelijk"):
        cells = city.cells_of(code)
        own = ripe[ripe["product"] == code].groupby("period")[["clients", "cost_cents"]].sum()
        assert (own["clients"].to_numpy() == city.clients[cells, : len(own)].sum(axis=0)).all()
        cost = city.cost_cents[cells, : len(own)].sum(axis=0)
        assert (own["cost_cents"].to_numpy() == cost).all()


@pytest.mark.unit
def test_cost_is_volume_times_the_dated_tariff(panel: Panel) -> None:
    ripe = panel.care_use[panel.care_use["status"] == "definitive"].dropna(subset=["cost_cents"])
    tasks = panel.products.loc[panel.products["variant"] == "taak", "product"]
    ripe = ripe[~ripe["product"].isin(tasks)].sort_values("period")
    tariffs = panel.tariffs.sort_values("valid_from")
    priced = pd.merge_asof(
        ripe, tariffs, left_on="period", right_on="valid_from", by="product"
    )  # the latest tariff at the start of the month
    exact = priced["volume"] * priced["eur_per_unit"] * 100
    assert len(priced) == len(ripe)
    assert ((priced["cost_cents"] - exact).abs() <= 0.51).all()


@pytest.mark.unit
def test_a_task_costs_its_sum_per_month_whatever_the_volume(panel: Panel) -> None:
    rides = panel.care_use[panel.care_use["product"] == "08-vervoer"]
    whole = rides[rides["district"] == MUNICIPALITY]
    assert rides.loc[rides["district"] != MUNICIPALITY, "cost_cents"].isna().all()
    per_year = whole.groupby(whole["period"].dt.year)
    assert (per_year["cost_cents"].min() == per_year["cost_cents"].max()).all()
    assert (per_year["volume"].min() < per_year["volume"].max()).all()


@pytest.mark.unit
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.floats(0, 1))
def test_sharing_out_an_amount_loses_no_cent(final: list[int], share: float) -> None:
    parts = np.array(final, dtype=np.int64)
    total = int(parts.sum() * share)
    shared = shared_out(total, parts)
    assert shared.sum() == total
    assert (shared >= 0).all()
    assert (np.abs(shared - parts * share) <= 2 + 1e-6 * parts).all()


@pytest.mark.unit
def test_nothing_is_allocated_below_what_is_used(panel: Panel) -> None:
    key = ["product", "district", "period"]
    both = panel.allocations.merge(panel.care_use, on=key, suffixes=("", "_used"))
    assert len(both) == len(panel.allocations)
    assert (both["clients"] >= both["clients_used"]).all()
    assert (both["cost_ceiling_cents"] >= both["cost_cents"]).all()
    assert both["period"].nunique() >= 24
