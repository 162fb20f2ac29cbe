"""Tables with more than a machine or a number holds are refused, and nothing falls over."""

from __future__ import annotations

import io
import time
import zipfile
from decimal import Decimal

import pytest

from service.budget_table import read_budget_table
from tests.service.test_budget_table import PLAIN, refused, sheet

pytestmark = pytest.mark.unit


def repacked(inside: str, part: str = "xl/worksheets/sheet1.xml", encoding: str = "utf-8") -> bytes:
    """Return a workbook of which one part is written by hand."""
    plain = sheet([["jaar", "bedrag_eur", "product"], [2025, 5, "HH"]])
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = inside.encode(encoding) if name == part else old.read(name)
            new.writestr(name, content)
    return stream.getvalue()


SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    ("inside", "encoding"),
    [
        (
            f"<worksheet {SPACE}><sheetData/><mergeCells>"
            '<mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>',
            "utf-8",
        ),
        (f"<worksheet {SPACE}><sheetData><row>{'<c/>' * 300_000}</row></sheetData>", "utf-8"),
        (
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]>'
            f"<worksheet {SPACE}/>",
            "utf-16",
        ),
    ],
)
def test_a_small_workbook_that_would_take_all_memory_is_refused_before_it_is_opened(
    inside: str, encoding: str
) -> None:
    raw = repacked(inside, encoding=encoding)
    assert len(raw) < 10_000
    started = time.process_time()
    (fault,) = refused(raw, name="b.xlsx")
    assert fault.code == "unreadable"
    assert time.process_time() - started < 2


@pytest.mark.parametrize("column", ["A2", "B2"])
@pytest.mark.parametrize("figure", ["1E999", "-1E999", "1E30", "9" * 40])
def test_a_number_beyond_all_measure_is_a_fault_of_its_cell(figure: str, column: str) -> None:
    cells = {"A2": "2025", "B2": "5"} | {column: figure}
    heads = "".join(
        f'<c r="{at}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for at, name in zip("ABC", ("jaar", "bedrag_eur", "product"), strict=True)
    )
    told = "".join(f'<c r="{at}"><v>{value}</v></c>' for at, value in cells.items())
    told += '<c r="C2" t="inlineStr"><is><t>HH</t></is></c>'
    rows = f'<row r="1">{heads}</row><row r="2">{told}</row>'
    raw = repacked(f"<worksheet {SPACE}><sheetData>{rows}</sheetData></worksheet>")
    (fault,) = refused(raw, name="b.xlsx")
    assert fault.row == 2
    assert fault.code in {"no-year", "no-amount", "negative"}


@pytest.mark.parametrize("amount", ["9" * 29, "9" * 5000])
def test_an_amount_of_many_digits_is_a_fault_of_its_cell(amount: str) -> None:
    (fault,) = refused(f"jaar;bedrag_eur;product\n2025;{amount};HH\n")
    assert (fault.code, fault.row) == ("no-amount", 2)


def test_cents_divided_over_many_parts_leave_no_part_below_zero() -> None:
    shares = [19] * 5 + [5]
    codes = ["6.711", "6.712", "6.713", "6.714", "6.71a", "6.72a"]
    division = "programma;product;aandeel\n" + "".join(
        f"Zorg;{code};{share}\n" for code, share in zip(codes, shares, strict=True)
    )
    table = b"jaar;bedrag;programma\n2025;0,03;Zorg\n"
    body, faults = read_budget_table(table, "b.csv", PLAIN, (division.encode(), "indeling.csv"))
    assert faults == []
    assert body is not None
    amounts = [line["amount_eur"] for line in body["lines"]]
    assert sum(amounts) == Decimal("0.03")
    assert min(amounts) >= 0
