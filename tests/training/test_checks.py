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
    QUARTERS,
    YEARS,
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


# --- one cell of care_use -----------------------------------------------------------------------


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


# --- the header ---------------------------------------------------------------------------------


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


# --- rows beside each other ---------------------------------------------------------------------


@pytest.mark.contract
def test_duplicate_row_names_the_earlier_one(tmp_path: Path) -> None:
    fault = only(errors_of(tmp_path, {"care_use": use(*series(MONTHS), series(MONTHS)[2])}))
    assert fault.row == 14
    assert "row 4" in fault.rule
    assert fault.value == "G1, W1, hbh, 2022-03-01"


@pytest.mark.unit
def test_rows_known_from_different_days_are_no_duplicates(tmp_path: Path) -> None:
    rows = [f"{row},{day}" for day in ("", "2023-05-01") for row in series(MONTHS)]
    panel, warnings = read_folder(
        deliver(tmp_path, {"care_use": table(f"{HEADER},known_from", *rows)})
    )
    assert warnings == []
    assert len(panel.care_use) == 24


@pytest.mark.unit
@pytest.mark.parametrize(
    ("file", "header", "row"),
    [
        ("products", "product,label", "hbh,x"),
        ("districts", "municipality,district,label", "G1,W1,x"),
        ("population", PEOPLE, "G1,W1,2022,0,17,100,all,observed,"),
        ("age_profile", "product,age_from,age_to,use_per_1000", "hbh,0,17,5"),
        ("prices", "series,year,index_pct,status", "OVA,2022,4.7,definitive"),
        ("tariffs", TARIFFS, "hbh,2022-01-01,uur,30,"),
        ("policy_events", "date,kind,product", "2020-01-01,level,hbh"),
        ("declarations", DECLARED, "G1,hbh,2022-01-01,2022-02-01,5"),
        ("allocations", ALLOCATED, "G1,hbh,2022-01-01,W1,5,,"),
        ("budget", BUDGET, "G1,2022,100,hbh,,"),
        ("provenance", "file,source", "care_use,x"),
    ],
)
def test_duplicate_key_is_found_in_every_file(
    tmp_path: Path, file: str, header: str, row: str
) -> None:
    rows = (row, row)
    extra: dict[str, str | bytes] = {"districts": "municipality,district\nG1,W1\nG1,W2\n"}
    files = {"care_use": GOOD, **({} if file == "districts" else extra)}
    files[file] = table(header, *(rows if file != "districts" else (*rows, "G1,W2,y")))
    fault = only(errors_of(tmp_path, files))
    assert (fault.file, fault.row) == (f"{file}.csv", 3)
    assert "repeats row 2" in fault.rule


def _people(*rows: str) -> dict[str, str | bytes]:
    return {"care_use": GOOD, "population": table(PEOPLE, *rows)}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("rows", "row", "words"),
    [
        (("G1,W1,2022,0,17,9,all,,", "G1,W1,2022,17,64,9,all,,"), 3, "ages 0-17 of row 2"),
        (("G1,W1,2022,18,120,9,m,,", "G1,W1,2022,0,18,9,m,,"), 2, "ages 0-18 of row 3"),
        (("G1,W1,2022,18,17,9,all,,",), 2, "lower than age_from"),
        (("G1,W1,2022,0,17,-1,all,,",), 2, "below zero"),
        (("G1,W1,2022,0,17,9,all,,", "G1,W1,2022,0,17,9,m,,"), 2, "sexes together"),
        (("G1,W1,2022,0,17,9,x,,", "G1,W1,2022,0,17,9,m,,"), 2, "not one of: all, m, v"),
        (("G1,W1,2022,0,17,9,all,geteld,",), 2, "not one of: observed, projected"),
        (("G1,W1,2022,0,17.5,9,all,,",), 2, "age in whole years"),
        (("G1,W1,22,0,17,9,all,,",), 2, "year of four digits"),
        (("G1,W1,2022,0,17,,all,,",), 2, "empty"),
    ],
)
def test_faulty_population_is_told(
    tmp_path: Path, rows: tuple[str, ...], row: int, words: str
) -> None:
    fault = only(errors_of(tmp_path, _people(*rows)))
    assert (fault.file, fault.row) == ("population.csv", row)
    assert words in fault.rule


@pytest.mark.unit
def test_every_band_within_a_wider_one_is_named_with_it(tmp_path: Path) -> None:
    rows = ("G1,W1,2022,0,120,9,m,,", "G1,W1,2022,5,9,9,m,,", "G1,W1,2022,20,30,9,m,,")
    faults = errors_of(tmp_path, _people(*rows))
    assert [fault.row for fault in faults] == [3, 4]
    assert all("row 2" in fault.rule for fault in faults)


@pytest.mark.unit
def test_adjoining_bands_other_vintages_and_other_districts_do_not_overlap(tmp_path: Path) -> None:
    rows = (
        "G1,W1,2022,0,17,9,all,,",
        "G1,W1,2022,18,120,9,all,,",
        "G1,W2,2022,10,20,9,all,,",
        "G1,W1,2023,0,120,9,all,projected,2021",
        "G1,W1,2023,0,120,9,all,projected,2022",
        "G1,W2,2022,21,30,9.5,all,,",
    )
    assert faults_of(tmp_path, _people(*rows)) == []


@pytest.mark.unit
def test_people_counted_in_years_to_come_are_flagged_once(tmp_path: Path) -> None:
    rows = [f"G1,W1,{year},0,120,9,all,,," for year in range(2022, 2031)]
    fault = only(faults_of(tmp_path, _people(*(row[:-1] for row in rows))))
    assert (fault.severity, fault.row, fault.value) == ("warning", 4, "2024")
    assert "7 row(s)" in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize(
    ("file", "header", "row", "words"),
    [
        ("products", PRODUCTS, "hbh,,Wmo,,,,,,,", "is 'Wmo 2015' meant?"),
        ("products", PRODUCTS, "hbh,,,,,Inspanning,,,,", "is 'inspanning' meant?"),
        ("products", PRODUCTS, "hbh,,,,,,,dag,,", "not one of: stock, during"),
        ("products", PRODUCTS, "hbh,,,,,,,,beleid,", "not one of: model, scenario, none"),
        ("products", PRODUCTS, "hbh,,Wmo 2015,1,,,,,,", "leading zero"),
        ("products", PRODUCTS, "hbh,,Jeugdwet,01,,,,,,", "the other law"),
        ("products", PRODUCTS, "hbh,,Wmo 2015,45,,,,,,", "the other law"),
        ("age_profile", "product,age_from,age_to,use_per_1000", "hbh,0,17,", "at least one"),
        ("age_profile", "product,age_from,age_to,use_per_1000", "hbh,0,17,-2", "below zero"),
        ("prices", "series,year,index_pct", "OVA,2022,4.7%", "percent sign"),
        ("prices", "series,year,index_pct,status", "OVA,2022,4.7,final", "not one of"),
        ("tariffs", TARIFFS, "hbh,2022-01-01,uur,-1,", "below zero"),
        ("tariffs", TARIFFS, "hbh,2022-02-01,uur,30,2022-01-31", "before valid_from"),
        ("policy_events", "date,kind", "2020-01-01,jump", "not one of: level, slope, outlier"),
        ("declarations", DECLARED, "G1,hbh,2022-03-01,2022-02-01,5", "before service_period"),
        ("declarations", DECLARED, "G1,hbh,2022-03-01,2022-04-02,5", "not the first day"),
        ("allocations", ALLOCATED, "G1,hbh,2022-01-01,W1,-5,,", "below zero"),
        ("allocations", ALLOCATED, "G1,hbh,2022-01-01,W1,,,-5", "below zero"),
        ("budget", BUDGET, "G1,2022,,hbh,,", "empty"),
        ("provenance", "file,retrieved", "care_use,gisteren", "YYYY-MM-DD"),
    ],
)
def test_wrong_row_of_another_file_is_told(
    tmp_path: Path, file: str, header: str, row: str, words: str
) -> None:
    fault = only(errors_of(tmp_path, {"care_use": GOOD, file: table(header, row)}))
    assert (fault.file, fault.row) == (f"{file}.csv", 2)
    assert words in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize(
    ("file", "header", "row", "words"),
    [
        ("products", PRODUCTS, "hbh,,,39,,,,,,", "no category"),
        ("prices", "series,year,index_pct", "OVA,2022,104.7", "not the level"),
        ("declarations", DECLARED, "G1,hbh,2022-03-01,2022-03-01,-5", "credit"),
        ("budget", BUDGET, "G1,2022,-5,hbh,,", "credit"),
        ("budget", BUDGET, "G2,2022,5,hbh,,", "not in care_use"),
        ("tariffs", TARIFFS, "hbb,2022-01-01,uur,30,", "is 'hbh' meant?"),
        ("provenance", "file", "care_us", "is 'care_use' meant?"),
    ],
)
def test_doubtful_row_of_another_file_is_flagged(
    tmp_path: Path, file: str, header: str, row: str, words: str
) -> None:
    fault = only(faults_of(tmp_path, {"care_use": GOOD, file: table(header, row)}))
    assert fault.severity == "warning"
    assert words in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (("hbh,2022-01-01,uur,30,2022-12-31", "hbh,2022-12-31,uur,31,"), [3]),
        (("hbh,2023-01-01,uur,31,", "hbh,2022-01-01,uur,30,2023-01-01"), [2]),
        (("hbh,2022-01-01,uur,30,", "hbh,2023-01-01,uur,31,"), []),
        (("hbh,2022-01-01,uur,30,2022-06-30", "hbh,2022-08-01,uur,31,"), []),
        (("hbh,2022-01-01,uur,30,2022-12-31", "hbh,2022-06-01,etmaal,90,"), []),
    ],
)
def test_only_overlapping_tariffs_are_refused(
    tmp_path: Path, rows: tuple[str, ...], wrong: list[int]
) -> None:
    faults = faults_of(tmp_path, {"care_use": GOOD, "tariffs": table(TARIFFS, *rows)})
    assert [fault.row for fault in faults] == wrong
    assert all("overlaps the tariff of row" in fault.rule for fault in faults)


# --- codes --------------------------------------------------------------------------------------


@pytest.mark.contract
def test_unknown_product_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "care_use": use(*series(MONTHS), *series(MONTHS, product="hhb")),
        "products": table("product", "hbh", "begeleiding"),
        "tariffs": table(TARIFFS, "HBH,2022-01-01,uur,30,"),
    }
    faults = errors_of(tmp_path, files)
    assert {fault.file for fault in faults} == {"care_use.csv", "tariffs.csv"}
    assert len(faults) == len(MONTHS) + 1
    assert all("not in products.csv; is 'hbh' meant?" in fault.rule for fault in faults)


@pytest.mark.unit
def test_product_unlike_any_known_one_gets_the_list(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"care_use": GOOD, "products": table("product", "zzz", "yyy")}
    assert "(yyy, zzz)" in errors_of(tmp_path, files)[0].rule


@pytest.mark.contract
@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("G1,W3,hbh,2022-01-01,1,,", "district", "not in districts.csv for G1"),
        ("G1,w1,hbh,2022-01-01,1,,", "district", "is 'W1' meant?"),
        ("G2,W1,hbh,2022-01-01,1,,", "municipality", "municipality is not in districts.csv"),
        ("G3,W1,hbh,2022-01-01,1,,", "district", "belongs to G1 in districts.csv, not to G3"),
    ],
)
def test_unknown_place_is_refused_with_what_was_meant(
    tmp_path: Path, row: str, column: str, words: str
) -> None:
    listing = table("municipality,district", "G1,W1", "G1,W2", "G3,X1")
    fault = only(errors_of(tmp_path, {"care_use": GOOD + row + "\n", "districts": listing}))
    assert (fault.row, fault.column) == (26, column)
    assert words in fault.rule


@pytest.mark.unit
def test_municipality_wide_rows_need_no_district_in_the_list(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "care_use": use(*series(MONTHS), *series(MONTHS, "G1")),
        "districts": table("municipality,district", "G1,W1"),
    }
    assert faults_of(tmp_path, files) == []


@pytest.mark.unit
def test_empty_optional_files_are_as_good_as_absent(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "care_use": GOOD,
        "products": "product\n",
        "districts": "municipality,district\n",
        "population": PEOPLE + "\n",
    }
    panel, warnings = read_folder(deliver(tmp_path, files))
    assert warnings == []
    assert panel.products["product"].tolist() == ["hbh"]


@pytest.mark.unit
def test_district_beside_the_larger_one_it_belongs_to_is_refused(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "care_use": use(*series(MONTHS), *series(MONTHS[:3], "S1")),
        "districts": table("municipality,district,parent", "G1,W1,S1", "G1,S1,G1"),
    }
    faults = errors_of(tmp_path, files)
    assert [(fault.row, fault.value) for fault in faults] == [(14, "S1"), (15, "S1"), (16, "S1")]
    assert "holds district W1" in faults[0].rule


@pytest.mark.unit
def test_districts_may_not_belong_to_themselves(tmp_path: Path) -> None:
    listing = table("municipality,district,parent", "G1,W1,W2", "G1,W2,W1", "G1,W3,W3")
    faults = errors_of(
        tmp_path, {"care_use": use(*series(MONTHS, "W4")), "districts": listing + "G1,W4,\n"}
    )
    assert [fault.row for fault in faults] == [2, 3, 4]


# --- frequency and gaps -------------------------------------------------------------------------


@pytest.mark.contract
def test_year_inside_a_monthly_product_is_refused_naming_series_and_periods(
    tmp_path: Path,
) -> None:
    text = use(*series(MONTHS), *series(YEARS[:3], "W2"))
    faults = errors_of(tmp_path, {"care_use": text})
    assert [fault.row for fault in faults] == [14, 15, 16]
    assert "delivered by month" in faults[0].rule
    assert "G1, W2, hbh: 2017-01-01, 2018-01-01, 2019-01-01" in faults[0].rule


@pytest.mark.contract
def test_month_inside_a_quarterly_product_is_refused(tmp_path: Path) -> None:
    text = use(*series(QUARTERS), *series(["2022-02-01"]))
    fault = only(errors_of(tmp_path, {"care_use": text}))
    assert (fault.row, fault.value) == (10, "2022-02-01")
    assert "delivered by quarter" in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize(
    ("usual", "other", "odd"),
    [
        (YEARS, MONTHS, 12),
        (YEARS, QUARTERS, 8),
        (QUARTERS, MONTHS, 12),
        (QUARTERS, YEARS, 6),
        (MONTHS, QUARTERS, 8),
        (YEARS, ["2019-07-01"], 1),
    ],
)
def test_series_of_another_frequency_is_refused_as_a_whole(
    tmp_path: Path, usual: list[str], other: list[str], odd: int
) -> None:
    usual_rows = [row for number in range(9) for row in series(usual, f"W{number}")]
    faults = errors_of(tmp_path, {"care_use": use(*usual_rows, *series(other, "X"))})
    assert len(faults) == odd
    assert all("G1, X, hbh" in fault.rule for fault in faults)


@pytest.mark.unit
def test_years_before_the_months_of_one_series_are_refused(tmp_path: Path) -> None:
    text = use(*series([*YEARS[2:5], *MONTHS]))
    faults = errors_of(tmp_path, {"care_use": text})
    assert [fault.value for fault in faults] == ["2019-01-01", "2020-01-01", "2021-01-01"]


@pytest.mark.unit
def test_years_long_before_the_months_are_refused_to_the_last(tmp_path: Path) -> None:
    faults = errors_of(tmp_path, {"care_use": use(*series([*YEARS[:3], *MONTHS]))})
    assert [fault.value for fault in faults] == YEARS[:3]


@pytest.mark.unit
def test_rows_of_an_unknown_product_say_nothing_about_frequency(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "care_use": use(*series(MONTHS), "G1,W1,hbx,2022-01-01,1,,"),
        "products": table("product", "hbh"),
    }
    assert "not in products.csv" in only(faults_of(tmp_path, files)).rule


@pytest.mark.unit
def test_half_years_are_refused(tmp_path: Path) -> None:
    days = [f"{year}-{month}-01" for year in (2020, 2021, 2022) for month in ("01", "07")]
    assert "six months" in only(errors_of(tmp_path, {"care_use": use(*series(days))})).rule


@pytest.mark.unit
@pytest.mark.parametrize("start", ["2022-02-01", "2022-03-01"])
def test_quarters_start_in_january_april_july_and_october(tmp_path: Path, start: str) -> None:
    first = int(start[5:7])
    days = [
        f"{2020 + month // 12}-{month % 12 + 1:02d}-01" for month in range(first - 1, first + 23, 3)
    ]
    faults = errors_of(tmp_path, {"care_use": use(*series(days))})
    assert len(faults) == len(days)
    assert "1 January, 1 April, 1 July or 1 October" in faults[0].rule


@pytest.mark.unit
def test_sparse_monthly_series_are_monthly(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    days = [f"{2018 + month // 12}-{month % 12 + 1:02d}-01" for month in range(60)]
    rows = []
    for number in range(40):
        kept = np.flatnonzero(rng.random(60) < 0.15)
        rows += series([days[month] for month in kept], f"W{number}")
    faults = faults_of(tmp_path, {"care_use": use(*rows)})
    assert {fault.severity for fault in faults} == {"warning"}


@pytest.mark.contract
def test_gap_is_flagged_with_the_missing_periods_and_stays_unknown(tmp_path: Path) -> None:
    rows = series(MONTHS)
    del rows[3:5]
    panel, warnings = read_folder(deliver(tmp_path, {"care_use": use(*rows)}))
    fault = only(warnings)
    assert (fault.row, fault.value) == (5, "2022-06-01")
    assert "2022-04-01, 2022-05-01" in fault.rule
    assert len(panel.care_use) == 10


@pytest.mark.contract
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (series(["2022-01-01"]), "year"),
        (series(["2022-05-01"]), "month"),
        (series(["2022-04-01"]) + series(QUARTERS, product="b"), "quarter"),
        (series(["2022-05-01"]) + series(QUARTERS, product="b"), "month"),
        (series(["2022-01-01"]) + series(MONTHS, product="b"), "month"),
    ],
)
def test_single_period_takes_the_frequency_of_the_rest_and_is_flagged(
    tmp_path: Path, rows: list[str], expected: str
) -> None:
    panel, warnings = read_folder(deliver(tmp_path, {"care_use": use(*rows)}))
    assert "one period only" in only(warnings).rule
    assert panel.frequencies()["hbh"] == expected


@pytest.mark.unit
def test_series_of_one_period_each_show_their_step_together(tmp_path: Path) -> None:
    rows = [row for at, day in enumerate(MONTHS) for row in series([day], f"W{at}")]
    panel, warnings = read_folder(deliver(tmp_path, {"care_use": use(*rows)}))
    assert warnings == []
    assert panel.frequencies()["hbh"] == "month"


# --- all at once --------------------------------------------------------------------------------


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
