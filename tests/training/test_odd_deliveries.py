"""Odd but legal deliveries: each gives an edition, or a clear refusal, never a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from models.catalogue import Frequency
from models.edition import Edition, open_edition
from models.selection import Selection, answer
from tests.trained import small_panel
from training.train import Order, train

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
HEADER = "municipality,district,product,period,clients,cost_eur"
Row = tuple[object, ...]
Trainer = Callable[..., Edition]


@pytest.fixture
def trained(tmp_path: Path) -> Trainer:
    def run(rows: Iterable[Row], files: dict[str, str] | None = None, **order: object) -> Edition:
        folder = small_panel(tmp_path / "odd", list(rows), HEADER)
        for name, text in (files or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        settings = {"origins": 2, "draws": 60} | order
        return open_edition(train(Order(folder, **settings), tmp_path / "editions").edition)  # type: ignore[arg-type]

    return run


def months(first: int = 2019, last: int = 2023) -> list[str]:
    return [f"{year}-{month:02}-01" for year in range(first, last + 1) for month in range(1, 13)]


def years(first: int = 2014, last: int = 2023) -> list[str]:
    return [f"{year}-01-01" for year in range(first, last + 1)]


def mean_of(edition: Edition, measure: str, frequency: Frequency = Frequency.YEAR) -> np.ndarray:
    columns = answer(edition, Selection(measure, by=(), frequency=frequency))
    return columns["mean"][columns["kind"] == "forecast"]


def test_the_rest_of_the_running_year(trained: Trainer) -> None:
    rows = [("M", "A", "P", month, 40, "") for month in months(2021, 2026) if month < "2026-07"]
    edition = trained(rows, until=date(2026, 12, 31))
    np.testing.assert_allclose(mean_of(edition, "clients"), 40.0)


def test_a_delivery_in_which_nothing_is_to_be_forecast(trained: Trainer) -> None:
    rows = [("M", "A", "P", month, 40, "") for month in months()]
    products = "product,label,forecast,reason\nP,Wijkteam,none,geen besluit\n"
    edition = trained(rows, {"products.csv": products})
    assert mean_of(edition, "clients").size == 0
    assert edition.manifest["outcomes"] == {"held": 1}


def test_figures_of_a_measure_that_stopped_do_not_silence_the_other(trained: Trainer) -> None:
    rows = [
        ("M", "A", "P", month, 40 if month < "2021-07" else "", "1000.00") for month in months()
    ]
    edition = trained(rows)
    cost = answer(edition, Selection("cost", by=(), frequency=Frequency.MONTH))
    assert cost["period"][cost["kind"] == "actual"].max() == np.datetime64("2023-12-01")
    np.testing.assert_allclose(mean_of(edition, "cost"), 12_000.0, rtol=0.02)


def test_an_account_that_is_there_stands_though_most_others_are_late(trained: Trainer) -> None:
    rows = [
        (code, code, "P", year, "", "1000000.00")
        for code in ("M1", "M2", "M3", "M4")
        for year in years()
        if code == "M1" or year < "2023"
    ]
    edition = trained(rows)
    columns = answer(edition, Selection("cost", by=("municipality",), municipalities=("M1",)))
    assert columns["period"][columns["kind"] == "actual"].max() == np.datetime64("2023-01-01")
    whole = answer(edition, Selection("cost", by=()))
    first = whole["kind"] == "forecast"
    assert whole["period"][first].min() == np.datetime64("2023-01-01")


def test_the_total_cost_in_the_row_of_the_unknown_district_is_spread(trained: Trainer) -> None:
    """Cost of no district is known, so that row holds the total, beside its few clients."""
    rows = [
        *(("M", district, "P", month, 20, "") for district in "ABC" for month in months()),
        *(("M", "M", "P", month, 3, "100000.00") for month in months()),
    ]
    edition = trained(rows)
    columns = answer(edition, Selection("cost", by=("district",), frequency=Frequency.YEAR))
    forecast = columns["kind"] == "forecast"
    assert set(columns["district"][forecast]) == {"A", "B", "C", "M"}
    np.testing.assert_allclose(mean_of(edition, "cost"), 1_200_000, rtol=0.05)
    total = answer(edition, Selection("cost", by=(), frequency=Frequency.YEAR))
    ahead = total["kind"] == "forecast"
    width = (total["p90"] - total["p10"])[ahead] / total["mean"][ahead]
    assert width[0] < 0.5


def test_a_lump_sum_is_not_made_uncertain_by_restless_clients(trained: Trainer) -> None:
    rng = np.random.default_rng(5)
    walk = np.maximum(50 + np.cumsum(rng.normal(0, 5, 60)), 5).round()
    rows = [
        ("M", "A", "P", month, clients, "50000.00")
        for month, clients in zip(months(), walk, strict=True)
    ]
    edition = trained(rows)
    cost = answer(edition, Selection("cost", by=(), frequency=Frequency.YEAR))
    ahead = cost["kind"] == "forecast"
    width = (cost["p90"] - cost["p10"])[ahead] / cost["mean"][ahead]
    np.testing.assert_allclose(cost["mean"][ahead], 600_000, rtol=0.05)
    assert width[0] < 0.4


def test_a_scenario_product_with_a_municipality_wide_cost_keeps_its_cost(trained: Trainer) -> None:
    rows = [
        *(("M", district, "P", month, 20, "") for district in "AB" for month in months()),
        *(("M", "M", "P", month, "", "100000.00") for month in months()),
    ]
    products = "product,label,forecast,reason\nP,Opvang,scenario,volgt beleid\n"
    edition = trained(rows, {"products.csv": products})
    np.testing.assert_allclose(mean_of(edition, "cost"), 1_200_000, rtol=0.05)


def test_a_product_that_stopped_years_ago_gets_no_forecast(trained: Trainer) -> None:
    rows = [
        *(("M", "A", "old", year, 90, "") for year in years(2008, 2015)),
        *(("M", "A", "new", month, 40, "") for month in months()),
    ]
    edition = trained(rows)
    columns = answer(edition, Selection("clients", by=("product",), frequency=Frequency.YEAR))
    assert set(columns["product"][columns["kind"] == "forecast"]) == {"new"}


def test_accounts_known_half_a_year_later_are_judged_as_known_then(trained: Trainer) -> None:
    header = HEADER + ",known_from"
    rows = [
        f"M,{district},P,{year}-01-01,{100 + year - 2010},,{year + 1}-06-15"
        for district in "AB"
        for year in range(2010, 2024)
    ]
    text = "\n".join([header, *rows]) + "\n"
    edition = trained([], {"care_use.csv": text}, as_of=date(2024, 7, 1), origins=4)
    assert edition.manifest["gate"]["verdict"] != "undecided"
    assert edition.manifest["data_until"] == "2023-12-31"
