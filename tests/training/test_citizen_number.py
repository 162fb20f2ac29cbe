"""Citizen service numbers are recognised by name or by value, refused, and shown nowhere."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.deliveries import GOOD, HEADER, MONTHS, deliver, faults_of, series, table, use
from training.citizen_number import (
    AMOUNTS,
    CODES,
    holds_citizen_number,
    is_citizen_number,
    looks_like_citizen_numbers,
    names_citizen_number,
)
from training.sources.folder import inspect_folder


def made_up(count: int, seed: int = 1) -> list[str]:
    """Return distinct numbers that pass the eleven test; they belong to nobody we know."""
    rng = np.random.default_rng(seed)
    found: list[str] = []
    while len(found) < count:
        head = rng.integers(0, 10, 8)
        last = int((head * np.arange(9, 1, -1)).sum() % 11)
        if last < 10 and head[0] > 0:
            found.append("".join(map(str, head)) + str(last))
    return found


@pytest.mark.unit
@pytest.mark.parametrize(
    "text", ["111222333", "123456782", "123.456.782", "1234.56.782", "123456782.0", "'123456782"]
)
def test_number_that_passes_is_recognised_however_it_is_written(text: str) -> None:
    assert is_citizen_number(text)


@pytest.mark.unit
@pytest.mark.parametrize(
    "text",
    ["123456789", "000000000", "00000000", "GM0518", "1234567", "1234567820", "", "12345678,2"],
)
def test_other_numbers_are_not(text: str) -> None:
    assert not is_citizen_number(text)


@pytest.mark.unit
@given(st.integers(10**7, 10**9 - 1), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: int, place: int, shift: int) -> None:
    digits = [int(digit) for digit in f"{number:09d}"]
    changed = list(digits)
    changed[place] = (changed[place] + shift) % 10
    texts = ["".join(map(str, each)) for each in (digits, changed)]
    if is_citizen_number(texts[0]):
        assert not is_citizen_number(texts[1])


@pytest.mark.unit
def test_lost_leading_zero_is_no_disguise() -> None:
    assert is_citizen_number("012345672")
    assert is_citizen_number("12345672")


@pytest.mark.unit
@pytest.mark.parametrize(
    "name",
    [
        "bsn",
        "BSN",
        "bsn_client",
        "clientBSN",
        "bsnnummer",
        "Burgerservicenummer",
        "burger_service_nr",
        "Burger Service Nummer",
        "sofinummer",
        "citizen_service_number",
    ],
)
def test_name_is_recognised(name: str) -> None:
    assert names_citizen_number(name)


@pytest.mark.unit
@pytest.mark.parametrize("name", ["jobsname", "clubsnaam", "district", "sofie", "volume", "number"])
def test_other_names_are_not(name: str) -> None:
    assert not names_citizen_number(name)


@pytest.mark.unit
@pytest.mark.parametrize("column", ["municipality", "district", "product"])
def test_code_column_of_citizen_numbers_is_refused(tmp_path: Path, column: str) -> None:
    at = HEADER.split(",").index(column)
    rows = []
    for number, line in zip(made_up(12), series(MONTHS), strict=True):
        cells = line.split(",")
        cells[at] = number
        rows.append(",".join(cells))
    faults = faults_of(tmp_path, {"care_use": use(*rows)})
    assert [(fault.column, fault.severity) for fault in faults] == [(column, "error")]


@pytest.mark.contract
@pytest.mark.parametrize("name", ["bsn", "kenmerk", "note", "Clients"])
def test_extra_column_of_citizen_numbers_is_refused_and_not_shown(
    tmp_path: Path, name: str
) -> None:
    numbers = made_up(12)
    rows = [f"{row},{number}" for row, number in zip(series(MONTHS), numbers, strict=True)]
    inspection = inspect_folder(deliver(tmp_path, {"care_use": table(f"{HEADER},{name}", *rows)}))
    assert inspection.errors
    assert inspection.files[0].rejected == 12
    told = " ".join(str(fault) for fault in inspection.faults)
    assert "BSN" in told
    assert not [number for number in numbers if number in told]


@pytest.mark.contract
@pytest.mark.parametrize(
    ("file", "header", "row"),
    [
        ("products", "product,label", "hbh{n},{bsn}"),
        ("policy_events", "date,kind,note", "2020-01-0{d},level,{bsn}"),
        ("provenance", "file,source,owner", "care_use,s{n},{bsn}"),
        ("clienten", "naam,nummer", "x,{bsn}"),
    ],
)
def test_column_of_citizen_numbers_is_refused_in_any_file(
    tmp_path: Path, file: str, header: str, row: str
) -> None:
    rows = [
        row.format(n="" if at == 0 else at, d=at + 1, bsn=number)
        for at, number in enumerate(made_up(5))
    ]
    faults = faults_of(tmp_path, {"care_use": GOOD, file: table(header, *rows)})
    refused = [fault for fault in faults if fault.severity == "error"]
    assert {fault.file for fault in refused} == {f"{file}.csv"}
    assert "BSN" in refused[0].rule
    assert not [number for number in made_up(5) if number in " ".join(map(str, faults))]


@pytest.mark.unit
def test_workbook_sheets_are_looked_at_as_well(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for number in ("nummer", *made_up(5)):
        book.active.append([number])
    content = io.BytesIO()
    book.save(content)
    faults = faults_of(tmp_path, {"care_use": GOOD, "personen.xlsx": content.getvalue()})
    assert [fault.file for fault in faults] == ["personen.xlsx [Sheet]"]


@pytest.mark.unit
def test_number_within_free_text_is_flagged_and_not_shown(tmp_path: Path) -> None:
    events = table("date,kind,note", "2020-01-01,level,client 123456782 gestopt")
    faults = faults_of(tmp_path, {"care_use": GOOD, "policy_events": events})
    assert [(fault.row, fault.value, fault.severity) for fault in faults] == [(2, None, "warning")]


@pytest.mark.unit
def test_single_number_in_a_code_is_not_shown(tmp_path: Path) -> None:
    rows = [*series(MONTHS), *series(MONTHS[:1], product="123456782")]
    files: dict[str, str | bytes] = {"care_use": use(*rows), "products": table("product", "hbh")}
    faults = faults_of(tmp_path, files)
    assert "123456782" not in " ".join(str(fault) for fault in faults)


# --- what must not be taken for one -------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize("seed", range(5))
def test_amounts_of_nine_digits_are_amounts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    amounts = pd.Series(rng.integers(10**8, 10**9, 200).astype(str))
    assert not looks_like_citizen_numbers("cost_eur", amounts, AMOUNTS)
    assert not looks_like_citizen_numbers("kenmerk", amounts)


@pytest.mark.unit
def test_a_few_amounts_that_happen_to_pass_are_amounts() -> None:
    amounts = pd.Series([*made_up(4), "100"])
    assert not looks_like_citizen_numbers("cost_eur", amounts, AMOUNTS)


@pytest.mark.unit
def test_a_column_of_amounts_that_all_pass_is_refused_after_all() -> None:
    assert looks_like_citizen_numbers("cost_eur", pd.Series(made_up(50)), AMOUNTS)


@pytest.mark.unit
def test_one_code_repeated_is_a_code_where_codes_belong() -> None:
    repeated = pd.Series(["123456782"] * 100)
    assert not looks_like_citizen_numbers("product", repeated, CODES)
    assert looks_like_citizen_numbers("opmerking", repeated)


@pytest.mark.unit
@given(st.lists(st.from_regex(r"(GM|WK|BU)\d{4,8}", fullmatch=True), min_size=1))
def test_area_codes_are_codes(codes: list[str]) -> None:
    assert not looks_like_citizen_numbers("district", pd.Series(codes, dtype=object))


@pytest.mark.unit
def test_days_and_running_numbers_are_not_refused() -> None:
    days = pd.Series([f"202{year}0{month}01" for year in range(5) for month in range(1, 10)])
    running = pd.Series([str(100_000_000 + number) for number in range(500)])
    assert not looks_like_citizen_numbers("day", days)
    assert not looks_like_citizen_numbers("number", running)


@pytest.mark.unit
def test_longer_numbers_within_text_are_left_alone() -> None:
    assert holds_citizen_number("zie 123456782.")
    assert not holds_citizen_number("IBAN 0123456782, bedrag 123456782,50 en 1234567820")
