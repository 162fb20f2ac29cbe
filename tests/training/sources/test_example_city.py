"""What Voorbeeldstad holds, and that it looks like a Dutch city."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.contract import CONTRACT
from models.panel import Panel
from training.sources.example import Simulation, care, simulate
from training.sources.example.districts import MUNICIPALITY
from training.sources.example.figures import (
    CITY_AGE_GROUPS,
    CITY_AGE_SHARES_2022,
    IV3_PER_INHABITANT,
    WMO_PER_HEAD,
    WOMEN,
    YOUTH_PER_HEAD,
    Floats,
)
from training.sources.example.products import PRODUCTS
from training.sources.example.profiles import national_profiles


@pytest.mark.unit
def test_the_city_has_its_districts_parts_and_products(panel: Panel) -> None:
    districts = panel.districts
    wijken = districts[districts["kind"] == "wijk"]
    parts = set(districts.loc[districts["kind"] == "stadsdeel", "district"])
    assert len(wijken) == 26
    assert len(parts) == 5
    assert (wijken.groupby("parent").size() >= 4).all()
    assert set(wijken["parent"]) == parts
    assert len(panel.products) == 18


@pytest.mark.unit
def test_products_cover_both_laws_all_variants_and_all_ways_of_forecasting(panel: Panel) -> None:
    products = panel.products
    assert set(products["law"]) == {"Wmo 2015", "Jeugdwet"}
    assert set(products["variant"]) == {"inspanning", "output", "taak"}
    assert set(products["forecast"]) == {"model", "scenario", "none"}
    assert products.loc[products["forecast"] != "model", "reason"].notna().all()
    assert set(products["frequency"]) == {"month"}


@pytest.mark.unit
def test_the_panel_runs_to_the_end_of_2023_and_the_outcomes_go_on(
    panel: Panel, outcomes: Panel
) -> None:
    periods = panel.care_use["period"]
    assert (periods.min(), panel.end()) == (pd.Timestamp("2017-01-01"), date(2023, 12, 31))
    assert outcomes.care_use["period"].min() == pd.Timestamp("2024-01-01")
    assert outcomes.end() == date(2026, 9, 30)


@pytest.mark.unit
def test_nothing_in_the_panel_was_known_only_later(panel: Panel) -> None:
    for file in CONTRACT:
        known = getattr(panel, file.name)["known_from"].dropna()
        assert (known <= pd.Timestamp("2023-12-31")).all(), file.name
    assert panel.declarations["declared_period"].max() == pd.Timestamp("2023-12-01")


@pytest.mark.unit
def test_a_larger_city_has_more_districts_and_people() -> None:
    large = simulate(2023, scale=3)
    assert len(large.city.districts) == 78
    assert len(large.city.parts) == 15
    assert len({district.name for district in large.city.districts}) == 78
    people = large.city.people[:, 6].sum()
    assert people == pytest.approx(3 * 180_000, rel=0.02)


@pytest.mark.unit
def test_scale_four_gives_1250_monthly_series_or_more() -> None:
    large = simulate(2023, scale=4)
    assert large.exists[:, :84].any(axis=1).sum() >= 1250


@pytest.mark.unit
def test_leaving_out_a_product_does_not_reshuffle_the_others(
    city: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(care, "PRODUCTS", city.products[1:])
    fewer = simulate()
    rest = city.product_of > 0
    assert np.array_equal(fewer.clients, city.clients[rest])
    assert np.array_equal(fewer.cost_cents, city.cost_cents[rest])


@pytest.mark.unit
@pytest.mark.parametrize("seed", [2023, 1, 2])
def test_cost_per_inhabitant_is_near_the_accounts_of_2022(seed: int) -> None:
    drawn = simulate(seed)
    cost = drawn.product_cost_cents()[:, 60:72].sum(axis=1) / 100
    people = drawn.city.people[:, 5].sum()
    youth = np.array([product.law == "Jeugdwet" for product in drawn.products])
    wmo, opvang, iv3_youth = IV3_PER_INHABITANT[2022]
    assert 0.75 < cost[~youth].sum() / people / (wmo + opvang) < 1.0
    assert 0.80 < cost[youth].sum() / people / iv3_youth < 1.05


@pytest.mark.unit
def test_the_city_of_180000_spends_90_to_130_million_in_2023(city: Simulation) -> None:
    total = city.product_cost_cents()[:, 72:84].sum() / 100
    assert city.city.people[:, 6].sum() == pytest.approx(180_000, rel=0.01)
    assert 90e6 < total < 130e6


@pytest.mark.unit
def test_cost_grows_as_the_accounts_did(city: Simulation) -> None:
    years = city.product_cost_cents()[:, :84].reshape(18, 7, 12).sum(axis=(2,))
    youth = np.array([product.law == "Jeugdwet" for product in city.products])
    for law, column in ((~youth, slice(0, 2)), (youth, slice(2, 3))):
        published = sum(IV3_PER_INHABITANT[2022][column]) / sum(IV3_PER_INHABITANT[2017][column])
        grown = years[law, 5].sum() / years[law, 0].sum()
        assert grown == pytest.approx(published, abs=0.2)


@pytest.mark.unit
def test_many_cells_are_small_and_some_clients_have_no_known_district(panel: Panel) -> None:
    use = panel.care_use[panel.care_use["period"] >= "2023-01-01"]
    districts = use[use["district"] != MUNICIPALITY]
    small = (districts.groupby(["product", "district"])["clients"].mean() < 10).mean()
    assert 0.2 < small < 0.6
    both = use[use["product"].isin(districts["product"])]
    unknown = both[both["district"] == MUNICIPALITY].groupby("product")["clients"].sum()
    share = unknown / both.groupby("product")["clients"].sum()
    assert share.between(0.01, 0.16).all()
    assert 0.03 < share.mean() < 0.10


@pytest.mark.unit
def test_a_month_resembles_the_one_before_it(city: Simulation) -> None:
    stock = [i for i, p in enumerate(city.products) if p.code in {"01-hbh", "45-ambulant"}]
    cells = np.flatnonzero(np.isin(city.product_of, stock) & city.exists[:, 0])
    clients = city.clients[cells, :84].astype(float)
    change = np.diff(clients, axis=1).std(axis=1)
    assert (change < 0.8 * np.sqrt(clients.mean(axis=1))).mean() > 0.95


@pytest.mark.unit
def test_what_is_drawn_lies_around_what_was_expected() -> None:
    ratios = []
    for seed in range(6):
        drawn = simulate(seed)
        expected = drawn.expected_cost_cents[:, 60:108].sum()
        ratios.append(drawn.cost_cents[:, 60:108].sum() / expected)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.02)
    assert np.std(ratios) > 0.002


@pytest.mark.unit
def test_expected_figures_reach_the_end_of_2027(city: Simulation) -> None:
    assert city.months[-1] == np.datetime64("2027-12")
    assert city.expected_cost_cents.shape == (len(city.product_of), 132)
    assert np.isfinite(city.expected_cost_cents).all()
    assert (city.expected_clients >= 0).all()


@pytest.mark.golden
@pytest.mark.parametrize(
    ("law", "published"), [("Wmo 2015", WMO_PER_HEAD), ("Jeugdwet", YOUTH_PER_HEAD)]
)
def test_the_products_together_give_the_published_spending_at_every_age(
    law: str, published: Floats
) -> None:
    profiles = national_profiles()
    shared = {p.stream: p for p in PRODUCTS if p.law == law and p.share is not None}
    by_age = np.zeros_like(published)
    for product in shared.values():
        rate = (np.stack([1 - WOMEN, WOMEN]) * profiles[product.code]).sum(axis=0)
        by_age += rate / 1000 * 12 * product.volume * product.price
    assert by_age == pytest.approx(published, rel=0.01, abs=0.5)


@pytest.mark.golden
def test_the_city_has_the_published_ages_of_cities_of_its_size(city: Simulation) -> None:
    people = city.city.by_band[:, 5].sum(axis=(0, 1))
    groups = np.bincount(CITY_AGE_GROUPS, people) / people.sum()
    assert groups == pytest.approx(CITY_AGE_SHARES_2022, abs=0.015)
