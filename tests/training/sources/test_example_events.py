"""Every deliberate feature of Voorbeeldstad is a measurable fact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.panel import Panel
from training.sources.example import Simulation


def monthly(panel: Panel, code: str, measure: str) -> pd.Series[float]:
    own = panel.care_use[panel.care_use["product"] == code]
    return own.groupby("period")[measure].sum()


@pytest.mark.unit
def test_corona_halves_day_care_and_passes(panel: Panel) -> None:
    volume = monthly(panel, "07-dagbesteding", "volume")
    assert volume["2020-04-01"] < 0.65 * volume["2019-04-01"]
    assert volume["2022-04-01"] > 0.85 * volume["2019-04-01"]


@pytest.mark.unit
def test_the_flat_contribution_bends_household_help(panel: Panel) -> None:
    clients = monthly(panel, "01-hbh", "clients").groupby(lambda day: day.year).mean()
    assert clients[2020] / clients[2018] > 1.08
    assert clients[2023] / clients[2021] < clients[2020] / clients[2018]


@pytest.mark.unit
def test_the_reform_raises_the_tariff_and_lowers_the_hours(panel: Panel) -> None:
    tariffs = panel.tariffs[panel.tariffs["product"] == "02-begeleiding"]
    price = tariffs.set_index(tariffs["valid_from"].dt.year)["eur_per_unit"]
    assert price[2022] / price[2021] > 1.09
    hours = monthly(panel, "02-begeleiding", "volume") / monthly(panel, "02-begeleiding", "clients")
    assert hours["2022"].mean() / hours["2021-07":"2021-12"].mean() < 0.97


@pytest.mark.unit
def test_the_old_code_runs_out_and_the_new_one_takes_over(panel: Panel) -> None:
    old, new = (
        monthly(panel, "33-daghulp", "clients"),
        monthly(panel, "41-dagbehandeling", "clients"),
    )
    assert (old["2021-07":] == 0).all()
    assert old.index.max() == pd.Timestamp("2021-12-01")
    assert new.index.min() == pd.Timestamp("2021-01-01")
    both = old["2021-01":"2021-12"] + new["2021-01":"2021-12"]
    assert both.mean() == pytest.approx(old["2020-10":"2020-12"].mean(), rel=0.25)
    notes = panel.policy_events.set_index("product").loc[
        ["33-daghulp", "41-dagbehandeling"], "note"
    ]
    assert notes.str.contains("Hercodering").all()


@pytest.mark.unit
def test_a_provider_stops_in_one_part_of_the_city_only(panel: Panel) -> None:
    districts = panel.districts.set_index("district")
    names = districts["label"].to_dict()
    part = panel.care_use["district"].map(districts["parent"]).map(names)
    own = panel.care_use[panel.care_use["product"] == "07-dagbesteding"].assign(part=part)
    clients = own.pivot_table("clients", "period", "part", aggfunc="sum")
    after = clients.loc["2022-12-01"] / clients.loc["2022-08-01"]
    assert after["Oost"] < 0.65
    assert (after.drop("Oost") > 0.80).all()
    assert clients.loc["2023-12-01", "Oost"] > 1.4 * clients.loc["2022-12-01", "Oost"]


@pytest.mark.unit
def test_a_new_district_starts_late_and_grows_fast(panel: Panel, outcomes: Panel) -> None:
    code = panel.districts.set_index("label").loc["Nieuwe Polder", "district"]
    people = pd.concat([panel.population, outcomes.population])
    counted = people[(people["kind"] == "observed") & (people["district"] == code)]
    by_year = counted.groupby("year")["persons"].sum()
    assert by_year.index.min() == 2020
    assert by_year[2020] < 500
    assert by_year[2026] > 6000
    use = panel.care_use[panel.care_use["district"] == code]
    assert use["period"].min() == pd.Timestamp("2020-01-01")


@pytest.mark.unit
def test_declarations_come_two_to_four_months_late(panel: Panel) -> None:
    tasks = panel.products.loc[panel.products["variant"] == "taak", "product"]
    rows = panel.declarations[~panel.declarations["product"].isin(tasks)]
    rows = rows[rows["service_period"] < "2023-07-01"]
    months = {
        name: rows[name].dt.year * 12 + rows[name].dt.month for name in rows if "period" in name
    }
    delay = months["declared_period"] - months["service_period"]
    share = rows.groupby(delay)["cost_cents"].sum().cumsum() / rows["cost_cents"].sum()
    assert share[0] < 0.10
    assert 0.35 < share[1] < 0.60
    assert 0.80 < share[3] < 0.95
    assert delay.max() == 6


@pytest.mark.unit
def test_only_months_still_being_declared_are_provisional(panel: Panel, outcomes: Panel) -> None:
    use = panel.care_use
    provisional = use[use["status"] == "provisional"]
    assert provisional["period"].min() == pd.Timestamp("2023-07-01")
    tasks = set(panel.products.loc[panel.products["variant"] == "taak", "product"])
    assert not tasks & set(provisional["product"])
    december = use[(use["period"] == "2023-12-01") & (use["product"] == "45-ambulant")]
    january = outcomes.care_use[
        (outcomes.care_use["period"] == "2024-01-01")
        & (outcomes.care_use["product"] == "45-ambulant")
    ]
    assert december["cost_cents"].sum() < 0.1 * january["cost_cents"].sum()
    assert december["clients"].sum() > 0.8 * january["clients"].sum()
    assert (outcomes.care_use["status"] == "definitive").all()


@pytest.mark.unit
def test_adopted_budgets_are_too_low_most_of_all_for_youth(panel: Panel, city: Simulation) -> None:
    adopted = panel.budget[panel.budget["version"] == "primitief"]
    law = adopted["product"].map(panel.products.set_index("product")["law"])
    budget = adopted.groupby([law, "year"])["amount_cents"].sum()
    years = city.product_cost_cents()[:, :96].reshape(18, 8, 12).sum(axis=2)
    gaps = {}
    for name in ("Wmo 2015", "Jeugdwet"):
        own = [product.law == name for product in city.products]
        account = years[own].sum(axis=0)[1:]
        gaps[name] = float(np.mean(budget[name].to_numpy() / account - 1))
    assert -0.20 < gaps["Jeugdwet"] < -0.10
    assert -0.09 < gaps["Wmo 2015"] < -0.01


@pytest.mark.unit
def test_older_projections_differ_from_what_was_counted(panel: Panel, outcomes: Panel) -> None:
    projected = panel.population[panel.population["kind"] == "projected"]
    assert set(projected["vintage"]) == {"2019", "2021", "2023"}
    counted = outcomes.population[outcomes.population["kind"] == "observed"]
    old = projected[projected["age_from"] >= 75]
    per_vintage = old[old["year"] == 2025].groupby("vintage")["persons"].sum()
    truth = counted[(counted["age_from"] >= 75) & (counted["year"] == 2025)]["persons"].sum()
    off = (per_vintage / truth - 1).abs()
    assert off["2019"] > 0.02
    assert off["2023"] < off["2019"]


@pytest.mark.golden
def test_published_indices_are_the_published_ones(panel: Panel, outcomes: Panel) -> None:
    prices = pd.concat([panel.prices, outcomes.prices])
    index = prices.set_index(["series", "year", "status"])["index_pct"]
    published = {
        ("OVA", 2023, "provisional"): 4.74,
        ("OVA", 2023, "definitive"): 6.36,
        ("PPC", 2023, "provisional"): 4.87,
        ("PPC", 2023, "definitive"): 7.02,
        ("OVA", 2024, "provisional"): 4.94,
        ("OVA", 2024, "definitive"): 6.00,
        ("PPC", 2024, "provisional"): 2.51,
        ("PPC", 2024, "definitive"): 3.10,
        ("OVA", 2025, "provisional"): 4.18,
        ("PPC", 2025, "provisional"): 1.82,
        ("VNG", 2024, "definitive"): 6.30,
        ("VNG", 2025, "definitive"): 4.96,
    }
    assert {key: index[key] for key in published} == published


@pytest.mark.golden
def test_the_totals_of_the_published_example_stay_as_they_are(city: Simulation) -> None:
    path = Path(__file__).with_name("example_totals.csv")
    kept = pd.read_csv(path, index_col="product")
    years = city.product_cost_cents()[:, :108].reshape(18, 9, 12).sum(axis=2) / 1e5
    drawn = pd.DataFrame(years.round(), [p.code for p in city.products], kept.columns)
    assert (drawn - kept).abs().to_numpy().max() <= 1  # thousands of euros
