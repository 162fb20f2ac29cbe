"""Nothing is said twice: keys, ages, sexes and tariffs."""

from __future__ import annotations

from pathlib import Path

import pytest

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
from training.sources.folder import read_folder

PRODUCTS = "product,label,law,category,taakveld,variant,unit,clients_basis,forecast,reason"
PEOPLE = "municipality,district,year,age_from,age_to,persons,sex,kind,vintage"
TARIFFS = "product,valid_from,unit,eur_per_unit,valid_to"
DECLARED = "municipality,product,service_period,declared_period,cost_eur"
ALLOCATED = "municipality,product,period,district,clients,volume,cost_ceiling_eur"
BUDGET = "municipality,year,amount_eur,product,taakveld,version"


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
    ("rows", "wrong"),
    [
        (("hbh,2022-01-01,uur,30,2022-12-31", "hbh,2022-12-31,uur,31,"), [3]),
        (("hbh,2023-01-01,uur,31,", "hbh,2022-01-01,uur,30,2023-01-01"), [2]),
        (("hbh,2022-01-01,uur,30,", "hbh,2023-01-01,uur,31,"), []),
        (("hbh,2022-01-01,uur,30,2022-06-30", "hbh,2022-07-01,uur,31,"), []),
        (("hbh,2022-01-01,uur,30,2022-12-31", "hbh,2022-06-01,etmaal,90,"), []),
    ],
)
def test_only_overlapping_tariffs_are_refused(
    tmp_path: Path, rows: tuple[str, ...], wrong: list[int]
) -> None:
    faults = faults_of(tmp_path, {"care_use": GOOD, "tariffs": table(TARIFFS, *rows)})
    assert [fault.row for fault in faults] == wrong
    assert all("overlaps the tariff of row" in fault.rule for fault in faults)
