"""What is wrong with a delivery is said in full, in place, and in words a supplier can act on."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from models.errors import Fault
from tests.training.deliveries import (
    GOOD,
    HEADER,
    MONTHS,
    deliver,
    errors_of,
    faults_of,
    only,
    series,
    table,
    use,
)
from training.inspection import count_rows
from training.sources.folder import inspect_folder, read_folder

PRODUCTS = "product,label,law,category,taakveld,variant,unit,clients_basis,forecast,reason"
PEOPLE = "municipality,district,year,age_from,age_to,persons,sex,kind,vintage"
TARIFFS = "product,valid_from,unit,eur_per_unit,valid_to"
DECLARED = "municipality,product,service_period,declared_period,cost_eur"
ALLOCATED = "municipality,product,period,district,clients,volume,cost_ceiling_eur"
BUDGET = "municipality,year,amount_eur,product,taakveld,version"


def _cell(column: str, value: str) -> str:
    """Return a good care_use whose row 6 has one other value."""
    rows = GOOD.splitlines()
    cells = rows[5].split(",")
    cells[HEADER.split(",").index(column)] = f'"{value}"'
    rows[5] = ",".join(cells)
    return "\n".join(rows) + "\n"


# --- one cell of care_use -------------------------------------------------------------------------


@pytest.mark.contract
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("clients", "-1", "below zero"),
        ("clients", "many", "text where a number is expected"),
        ("clients", "1,5", "decimal comma"),
        ("clients", "nan", "not a finite number"),
        ("clients", "inf", "not a finite number"),
        ("clients", "1e999", "not a finite number"),
        ("clients", "<10", "bound"),
        ("clients", " 5", "spaces around the number"),
        ("clients", "  ", "spaces only"),
        ("volume", "-0.01", "below zero"),
        ("volume", "1.234,50", "decimal comma"),
        ("volume", "1.234.567", "thousands separator"),
        ("cost_eur", "1.234,50", "decimal comma"),
        ("cost_eur", "1,234.50", "thousands separator"),
        ("cost_eur", "12.345", "not a thousands separator"),
        ("cost_eur", "12.3456", "whole cents"),
        ("cost_eur", "0.30000000000000004", "whole cents"),
        ("cost_eur", "1.0000000000000000000000000000000001", "whole cents"),
        ("cost_eur", "€ 12.50", "currency"),
        ("cost_eur", "1e30", "too large"),
        ("period", "2022-13-01", "does not exist"),
        ("period", "2022-02-30", "does not exist"),
        ("period", "2022-05-15", "not the first day"),
        ("period", "1-5-2022", "is 2022-05-01 meant?"),
        ("period", "2022-05", "2022-05-01"),
        ("period", "2022", "2022-01-01"),
        ("period", "2022-05-01 00:00:00", "without a time"),
        ("period", "mei 2022", "YYYY-MM-DD"),
        ("period", "0202-05-01", "outside 1900-2199"),
        ("product", " hbh", "spaces around the code; is 'hbh' meant?"),
        ("product", "HBH", "also written 'hbh'"),
        ("product", "all", "reserved"),
        ("district", "w1", "also written 'W1'"),
        ("municipality", "g1", "also written 'G1'"),
        ("district", "W\u200b1", "invisible"),
    ],
)
def test_wrong_cell_is_named_with_its_rule(
    tmp_path: Path, column: str, value: str, words: str
) -> None:
    fault = only(errors_of(tmp_path, {"care_use": _cell(column, value)}))
    assert (fault.file, fault.row, fault.column) == ("care_use.csv", 6, column)
    assert fault.value == value
    assert words in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize("column", ["municipality", "district", "product", "period"])
def test_empty_required_cell_is_named(tmp_path: Path, column: str) -> None:
    fault = only(errors_of(tmp_path, {"care_use": _cell(column, "")}))
    assert (fault.row, fault.column, fault.value) == (6, column, None)
    assert "empty" in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize("column", ["clients", "volume", "cost_eur"])
def test_empty_figure_is_unknown_and_no_fault(tmp_path: Path, column: str) -> None:
    panel, warnings = read_folder(deliver(tmp_path, {"care_use": _cell(column, "")}))
    assert warnings == []
    held = panel.care_use.iloc[4]
    assert np.isnan(held["cost_cents" if column == "cost_eur" else column])


@pytest.mark.unit
def test_fraction_of_a_client_is_allowed(tmp_path: Path) -> None:
    assert faults_of(tmp_path, {"care_use": _cell("clients", "12.5")}) == []


@pytest.mark.unit
def test_negative_cost_is_accepted_and_flagged(tmp_path: Path) -> None:
    panel, warnings = read_folder(deliver(tmp_path, {"care_use": _cell("cost_eur", "-300.25")}))
    fault = only(warnings)
    assert (fault.row, fault.column, fault.value) == (6, "cost_eur", "-300.25")
    assert panel.care_use["cost_cents"].min() == -30025


@pytest.mark.unit
def test_status_outside_its_list_gets_a_suggestion(tmp_path: Path) -> None:
    text = table(f"{HEADER},status", *(f"{row},Definitief" for row in series(MONTHS)))
    faults = errors_of(tmp_path, {"care_use": text})
    assert len(faults) == len(MONTHS)
    assert "is 'definitief' meant?" in faults[0].rule


# --- the header -----------------------------------------------------------------------------------


@pytest.mark.contract
@pytest.mark.parametrize("column", ["municipality", "district", "product", "period"])
def test_missing_column_is_named_with_its_file(tmp_path: Path, column: str) -> None:
    at = HEADER.split(",").index(column)
    rows = [line.split(",") for line in GOOD.splitlines()]
    text = "\n".join(",".join(row[:at] + row[at + 1 :]) for row in rows)
    fault = only(errors_of(tmp_path, {"care_use": text}))
    assert (fault.file, fault.column) == ("care_use.csv", column)
    assert "required column is missing" in fault.rule


@pytest.mark.contract
def test_care_use_without_any_measure_is_refused(tmp_path: Path) -> None:
    text = table("municipality,district,product,period", "G1,W1,hbh,2022-01-01")
    fault = only(errors_of(tmp_path, {"care_use": text}))
    assert "clients, volume, cost_eur" in fault.rule


@pytest.mark.contract
@pytest.mark.parametrize(
    "columns", [("clients", "volume", "cost_eur"), ("cost_eur",), ("clients", "volume")]
)
def test_care_use_without_any_figure_is_refused(tmp_path: Path, columns: tuple[str, ...]) -> None:
    empty = "," * len(columns)
    rows = [f"G1,{place},hbh,{day}{empty}" for place in ("W1", "W2") for day in MONTHS]
    text = table(f"municipality,district,product,period,{','.join(columns)}", *rows)
    fault = only(faults_of(tmp_path, {"care_use": text}))
    assert (fault.file, fault.row, fault.severity) == ("care_use.csv", None, "error")
    assert f"every row is empty in {', '.join(columns)}; at least one figure" in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize("figures", ["0,,", ",0,", ",,0.00"])
def test_one_figure_is_enough_be_it_zero(tmp_path: Path, figures: str) -> None:
    rows = [f"G1,W1,hbh,{day},,," for day in MONTHS[1:]]
    assert faults_of(tmp_path, {"care_use": use(f"G1,W1,hbh,2022-01-01,{figures}", *rows)}) == []


@pytest.mark.unit
def test_error_of_the_file_rejects_all_its_rows(tmp_path: Path) -> None:
    text = GOOD.replace("product,", "produkt,", 1)
    inspection = inspect_folder(deliver(tmp_path, {"care_use": text}))
    count = inspection.files[0]
    assert (count.read, count.accepted, count.rejected) == (24, 0, 24)


@pytest.mark.unit
def test_misspelled_header_is_an_error_and_an_extra_one_a_warning(tmp_path: Path) -> None:
    text = table(f"{HEADER},Known From,opmerking,", *(f"{row},,x," for row in series(MONTHS)))
    faults = faults_of(tmp_path, {"care_use": text})
    assert [(fault.column, fault.severity) for fault in faults] == [
        ("Known From", "error"),
        ("opmerking", "warning"),
    ]
    assert "'known_from'" in faults[0].rule


@pytest.mark.unit
def test_header_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    text = table(f"{HEADER},clients", *(f"{row},1" for row in series(MONTHS)))
    fault = only(faults_of(tmp_path, {"care_use": text}))
    assert (fault.row, fault.column) == (1, "clients")


# --- all at once ----------------------------------------------------------------------------------


@pytest.mark.contract
def test_everything_is_reported_in_one_pass(tmp_path: Path) -> None:
    rows = series(MONTHS)
    rows[0] = "G1,W1,hbh,2022-01-01,-1,x,1.234"
    rows[5] += ",extra"
    files: dict[str, str | bytes] = {
        "care_use": use(*rows, rows[2], "G1,W9,hbx,2022-01-01,1,,"),
        "products": table("product,law,category", "hbh,Wmo,1", "hbh,,"),
        "districts": table("municipality,district", "G1,W1"),
        "population": table(PEOPLE, "G1,W1,2022,9,1,-4,q,,"),
        "prices": "series,year\nOVA,2022\n",
        "policy_events": b"date,kind\n\xff,level\n",
        "tariffs": "product;valid_from;unit;eur_per_unit\n",
    }
    found = {(fault.file[:-4], fault.row, fault.column) for fault in errors_of(tmp_path, files)}
    assert found == {
        ("care_use", 2, "clients"),
        ("care_use", 2, "volume"),
        ("care_use", 2, "cost_eur"),
        ("care_use", 7, None),
        ("care_use", 14, None),
        ("care_use", 15, "product"),
        ("care_use", 15, "district"),
        ("products", 2, "law"),
        ("products", 2, "category"),
        ("products", 3, None),
        ("population", 2, "age_to"),
        ("population", 2, "persons"),
        ("population", 2, "sex"),
        ("prices", None, "index_pct"),
        ("policy_events", None, None),
        ("tariffs", 1, None),
    }


@pytest.mark.unit
def test_a_rejected_row_counts_once_whatever_is_wrong_with_it() -> None:
    faults = [
        Fault("care_use.csv", 3, "clients", "x", "rule"),
        Fault("care_use.csv", 3, "volume", "y", "rule"),
        Fault("care_use.csv", 4, "cost_eur", "-1", "rule", "warning"),
        Fault("prices.csv", 5, "year", "x", "rule"),
    ]
    count = count_rows("care_use.csv", 10, faults)
    assert (count.accepted, count.rejected) == (9, 1)


def _large() -> list[str]:
    months = [f"{2015 + at // 12}-{at % 12 + 1:02d}-01" for at in range(100)]
    return [
        f"G1,W{district},p{product},{day},{district},{at}.5,{at * 7 + district}.25"
        for district in range(50)
        for product in range(20)
        for at, day in enumerate(months)
    ]


@pytest.mark.unit
@pytest.mark.parametrize("spoiled", [False, True])
def test_a_hundred_thousand_rows_are_checked_within_seconds(tmp_path: Path, spoiled: bool) -> None:
    text = use(*_large())
    folder = deliver(tmp_path, {"care_use": text.replace("G1,", "G1 ,") if spoiled else text})
    started = time.process_time()
    inspection = inspect_folder(folder)
    assert time.process_time() - started < 15
    assert len(inspection.errors) == (100_000 if spoiled else 0)
