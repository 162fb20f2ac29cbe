"""Prices and amounts that contradict each other are named, with both sides of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import Fault
from tests.training.deliveries import GOOD, MONTHS, deliver, errors_of, faults_of, only, table, use
from training.sources.folder import inspect_folder, read_folder

TARIFFS = "product,valid_from,unit,eur_per_unit,valid_to"
KNOWN_TARIFFS = f"{TARIFFS},known_from"
PRICES = "series,year,index_pct,status"
PRODUCTS = "product,unit,price_series,index_lag_years"
DECLARED = "municipality,product,service_period,declared_period,cost_eur"
ALLOCATED = "municipality,product,period,district,cost_ceiling_eur"
# GOOD pays 300.25 for 20.5 units: 14.65 a unit.


def _faults(folder: Path, **files: str) -> list[Fault]:
    return faults_of(folder, {"care_use": GOOD, **files})


# --- tariffs ------------------------------------------------------------------------------------


@pytest.mark.contract
def test_days_without_a_tariff_are_named_with_the_product(tmp_path: Path) -> None:
    rows = ("hbh,2022-01-01,uur,14,2022-06-30", "hbh,2022-08-01,uur,15,")
    fault = only(_faults(tmp_path, tariffs=table(TARIFFS, *rows)))
    assert (fault.file, fault.row, fault.column) == ("tariffs.csv", 3, "valid_from")
    assert (fault.value, fault.severity) == ("2022-08-01", "error")
    assert "'hbh' has no tariff per uur from 2022-07-01 through 2022-07-31" in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize(
    "rows",
    [
        ("hbh,2022-01-01,uur,14,2022-06-30,", "hbh,2022-07-01,uur,15,,"),
        ("hbh,2022-01-01,uur,14,,", "hbh,2023-07-01,uur,15,,"),
        ("hbh,2022-01-01,uur,14,2022-06-30,", "hbh,2022-08-01,etmaal,15,,"),
        (
            "hbh,2022-01-01,uur,14,2022-05-31,2021-11-01",
            "hbh,2022-01-01,uur,14,2022-07-31,2022-05-01",
            "hbh,2022-08-01,uur,15,,2022-05-01",
        ),
    ],
)
def test_tariffs_that_follow_each_other_leave_no_gap(tmp_path: Path, rows: tuple[str, ...]) -> None:
    assert _faults(tmp_path, tariffs=table(KNOWN_TARIFFS, *rows)) == []


@pytest.mark.contract
@pytest.mark.parametrize(
    ("prices", "row", "words"),
    [
        (("14.50", "1480"), 3, "102 times the tariff of row 2 (14.50 per uur)"),
        (("1450", "14.80"), 3, "1/98 of the tariff of row 2 (1450.00 per uur)"),
    ],
)
def test_a_tariff_in_cents_is_refused_beside_one_in_euros(
    tmp_path: Path, prices: tuple[str, str], row: int, words: str
) -> None:
    rows = [
        f"hbh,{2022 + at}-01-01,uur,{price},{2022 + at}-12-31" for at, price in enumerate(prices)
    ]
    fault = only(errors_of(tmp_path, {"care_use": GOOD, "tariffs": table(TARIFFS, *rows)}))
    assert (fault.row, fault.column, fault.value) == (row, "eur_per_unit", prices[1])
    assert words in fault.rule


@pytest.mark.unit
def test_a_price_that_moves_tenfold_or_in_another_unit_is_no_slip(tmp_path: Path) -> None:
    rows = (
        "hbh,2022-01-01,uur,10,2022-12-31",
        "hbh,2023-01-01,uur,100,",
        "hbh,2022-01-01,trajectory,5000,",
    )
    assert _faults(tmp_path, tariffs=table(TARIFFS, *rows)) == []


@pytest.mark.contract
@pytest.mark.parametrize(("price", "words"), [("1465", "1/100 of"), ("0.1465", "100 times")])
def test_cost_far_from_the_tariff_is_flagged_once(tmp_path: Path, price: str, words: str) -> None:
    fault = only(_faults(tmp_path, tariffs=table(TARIFFS, f"hbh,2022-01-01,uur,{price},")))
    assert (fault.file, fault.row, fault.column) == ("care_use.csv", 2, "cost_eur")
    assert fault.severity == "warning"
    assert f"costs 14.65 per unit of volume in 2022-01-01, {words} its tariff" in fault.rule
    assert "12 period(s)" in fault.rule


@pytest.mark.unit
def test_cost_is_held_against_a_tariff_in_the_unit_of_volume_only(tmp_path: Path) -> None:
    files = {
        "products": table("product,unit", "hbh,uur"),
        "tariffs": table(TARIFFS, "hbh,2022-01-01,maand,250000,"),
    }
    assert _faults(tmp_path, **files) == []


# --- indices ------------------------------------------------------------------------------------


@pytest.mark.contract
def test_a_year_missing_within_a_series_is_refused(tmp_path: Path) -> None:
    rows = ("OVA,2018,2,definitive", "OVA,2021,2,definitive", "OVA,2022,2,provisional")
    fault = only(_faults(tmp_path, prices=table(PRICES, *rows, "PPC,2017,1,", "PPC,2018,1,")))
    assert (fault.file, fault.row, fault.column) == ("prices.csv", 3, "year")
    assert (fault.severity, fault.value) == ("error", "2021")
    assert "'OVA' lacks 2019, 2020" in fault.rule


@pytest.mark.unit
def test_an_assumption_fills_no_year_of_the_record_and_may_leave_years_out(tmp_path: Path) -> None:
    known = ("OVA,2018,2,", "OVA,2019,2,provisional", "OVA,2019,2.1,definitief")
    assert _faults(tmp_path, prices=table(PRICES, *known, "OVA,2026,3,aanname")) == []
    rows = ("OVA,2018,2,", "OVA,2019,2,aanname", "OVA,2020,2,")
    assert "lacks 2019" in only(_faults(tmp_path, prices=table(PRICES, *rows))).rule


@pytest.mark.unit
@pytest.mark.parametrize(
    ("row", "severity", "words"),
    [
        ("OVA,2022,-100,definitive,", "error", "the whole price"),
        ("OVA,2022,3,definitive,1.0", "warning", "only a row with status assumed"),
        ("OVA,2022,3,assumed,-1", "error", "below zero"),
    ],
)
def test_an_index_that_cannot_be_is_told(
    tmp_path: Path, row: str, severity: str, words: str
) -> None:
    faults = _faults(tmp_path, prices=table(f"{PRICES},spread_pct", row))
    assert [words in fault.rule for fault in faults if fault.severity == severity] == [True]


@pytest.mark.contract
def test_a_product_that_follows_an_index_nobody_delivered_is_refused(tmp_path: Path) -> None:
    files = {
        "products": table(PRODUCTS, "hbh,uur,Cao VVT,1"),
        "prices": table(PRICES, "cao vvt,2022,3,"),
    }
    fault = only(_faults(tmp_path, **files))
    assert (fault.file, fault.row, fault.column) == ("products.csv", 2, "price_series")
    assert "is 'cao vvt' meant?" in fault.rule


@pytest.mark.contract
def test_series_and_lag_of_a_product_reach_the_panel(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "care_use": GOOD,
        "products": table(PRODUCTS, "hbh,uur,CAO,1", "other,uur,,"),
        "prices": table(f"{PRICES},spread_pct", "CAO,2022,3,,", "CAO,2026,3,assumed,1.5"),
    }
    panel, warnings = read_folder(deliver(tmp_path, files))
    assert warnings == []
    held = panel.products.set_index("product")[["price_series", "index_lag_years"]]
    assert held.loc["hbh"].tolist() == ["CAO", "1"]
    assert held.loc["other"].tolist() == [None, "0"]
    assert panel.prices["spread_pct"].tolist()[1] == 1.5


@pytest.mark.unit
@pytest.mark.parametrize(
    ("row", "column"),
    [("hbh,uur,,3", "index_lag_years"), ("hbh,uur,,half", "index_lag_years")],
)
def test_a_lag_outside_the_list_is_refused(tmp_path: Path, row: str, column: str) -> None:
    fault = only(_faults(tmp_path, products=table(PRODUCTS, row)))
    assert (fault.column, "not one of: 0, 1, 2" in fault.rule) == (column, True)


@pytest.mark.contract
def test_an_unknown_variant_is_refused(tmp_path: Path) -> None:
    fault = only(_faults(tmp_path, products=table("product,variant", "hbh,lumpsum")))
    assert (fault.column, fault.value) == ("variant", "lumpsum")
    assert "not one of: inspanning, output, taak" in fault.rule


# --- declarations and ceilings ------------------------------------------------------------------


@pytest.mark.contract
def test_credits_and_corrections_are_kept_and_add_up(tmp_path: Path) -> None:
    amounts = ("1000.10", "-250.25", "-900.05", "0.30")
    rows = [f"G1,hbh,2022-01-01,2022-0{at + 1}-01,{eur}" for at, eur in enumerate(amounts)]
    negative = [f"G1,W1,hbh,{day},1,1,{-7.77 if at else 100}" for at, day in enumerate(MONTHS)]
    inspection = inspect_folder(
        deliver(tmp_path, {"care_use": use(*negative), "declarations": table(DECLARED, *rows)})
    )
    panel = inspection.panel
    assert panel is not None
    assert int(panel.declarations["cost_cents"].sum()) == -14990
    assert int(panel.care_use["cost_cents"].sum()) == 10000 - 11 * 777
    assert [fault.severity for fault in inspection.faults] == ["warning"] * (11 + 2)
    assert [(count.read, count.accepted) for count in inspection.files] == [(12, 12), (4, 4)]


@pytest.mark.contract
def test_a_ceiling_below_what_was_declared_is_flagged_with_both_amounts(tmp_path: Path) -> None:
    files = {
        "allocations": table(
            ALLOCATED,
            "G1,hbh,2022-01-01,W1,100.50",
            "G1,hbh,2022-01-01,W2,200",
            "G1,hbh,2022-02-01,W1,300.50",
        ),
        "declarations": table(
            DECLARED,
            "G1,hbh,2022-01-01,2022-01-01,400",
            "G1,hbh,2022-01-01,2022-03-01,-50.25",
            "G1,hbh,2022-02-01,2022-02-01,300.50",
        ),
    }
    fault = only([f for f in _faults(tmp_path, **files) if f.file == "allocations.csv"])
    assert (fault.row, fault.column, fault.severity) == (2, "cost_ceiling_eur", "warning")
    assert "EUR 300.50 in all, below the EUR 349.75" in fault.rule


@pytest.mark.unit
def test_a_ceiling_that_is_not_known_in_full_is_not_judged(tmp_path: Path) -> None:
    files = {
        "allocations": table(ALLOCATED, "G1,hbh,2022-01-01,W1,100.50", "G1,hbh,2022-01-01,W2,"),
        "declarations": table(DECLARED, "G1,hbh,2022-01-01,2022-01-01,400"),
    }
    assert _faults(tmp_path, **files) == []


@pytest.mark.unit
def test_a_ceiling_of_a_year_is_held_against_all_its_months(tmp_path: Path) -> None:
    yearly = [f"G1,W1,hbh,{year}-01-01,1,," for year in (2021, 2022)]
    files: dict[str, str | bytes] = {
        "care_use": use(*yearly),
        "allocations": table(ALLOCATED, "G1,hbh,2022-01-01,,500"),
        "declarations": table(
            DECLARED, *(f"G1,hbh,{day},{day},{50 if day < '2022-12' else 0}" for day in MONTHS)
        ),
    }
    assert "EUR 550.00" in only(faults_of(tmp_path, files)).rule
