"""Rules about one row, in every file of the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.deliveries import (
    GOOD,
    errors_of,
    faults_of,
    only,
    table,
)

PRODUCTS = "product,label,law,category,taakveld,variant,unit,clients_basis,forecast,reason"
_PEOPLE = "municipality,district,year,age_from,age_to,persons,sex,kind,vintage"
TARIFFS = "product,valid_from,unit,eur_per_unit,valid_to"
DECLARED = "municipality,product,service_period,declared_period,cost_eur"
ALLOCATED = "municipality,product,period,district,clients,volume,cost_ceiling_eur"
BUDGET = "municipality,year,amount_eur,product,taakveld,version"


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
