"""Codes mean the same in every file, and districts count once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.deliveries import (
    GOOD,
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

PEOPLE = "municipality,district,year,age_from,age_to,persons,sex,kind,vintage"
TARIFFS = "product,valid_from,unit,eur_per_unit,valid_to"


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
