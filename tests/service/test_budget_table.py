"""A budget from a table: read to the cent, or refused with every fault and its place."""

from __future__ import annotations

import io
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from models.edition import Edition, open_edition
from models.labels import dutch_number
from service.api.budget_body import BudgetBody
from service.budget_table import TableFault, Target, read_budget_table
from service.budget_template import template
from tests.service.conftest import FIRST
from tests.split_editions import build_split_edition

pytestmark = pytest.mark.unit
Rows = list[list[Any]]
PLAIN = Target(FIRST, "Begroting 2025", "primitief")


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Return an edition of a municipality that spends enough to tell thousands."""
    folder = tmp_path_factory.mktemp("large") / "editions"
    return open_edition(build_split_edition(folder, municipality=FIRST, level=4000.0))


def sheet(rows: Rows, mapping: Rows | None = None, merge: str | None = None) -> bytes:
    """Return a workbook with a budget and, perhaps, a division of programmes."""
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "Begroting"
    for row in rows:
        first.append(row)
    if merge:
        first.merge_cells(merge)
    if mapping is not None:
        other = book.create_sheet("Indeling")
        for row in mapping:
            other.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(text: str, target: Target = PLAIN, name: str = "b.csv") -> dict[str, Any]:
    body, faults = read_budget_table(text.encode(), name, target)
    assert faults == []
    assert body is not None
    return body


def refused(raw: bytes | str, target: Target = PLAIN, name: str = "b.csv") -> list[TableFault]:
    content = raw.encode() if isinstance(raw, str) else raw
    body, faults = read_budget_table(content, name, target)
    assert body is None
    assert faults
    return faults


def codes(faults: list[TableFault]) -> set[tuple[str, int | None, str | None]]:
    return {(one.code, one.row, one.column) for one in faults}


@pytest.mark.parametrize(
    "text",
    [
        "jaar;bedrag_eur;product\n2025;1.234.567,89;HH\n",
        'year,amount_eur,product\n2025,"1,234,567.89",HH\n',
        "\ufeffJaar;Bedrag x1000;Product\n2025;1.234,56789;HH\n",
        "Programmabegroting\n\nproduct\tjaar\tbedrag eur\nHH\t2025\t€ 1234567,89\n",
    ],
)
def test_dutch_and_english_tables_say_the_same(text: str) -> None:
    lines = read(text)["lines"]
    assert lines == [
        {"year": 2025, "amount_eur": Decimal("1234567.89"), "basis": "gross", "product": "HH"}
    ]


def test_what_is_read_is_what_the_api_takes() -> None:
    body = read(
        "jaar;bedrag_eur;product;taakveld;totaal;basis;omschrijving\n"
        "2025;10,01;HH;;;;Hulp\n2025;20;;6.713;nee;netto;\n2026;30;;;ja;;\n"
    )
    sent = BudgetBody.model_validate(body)
    assert [line.amount_eur for line in sent.lines] == [1001, 2000, 3000]
    assert [line.total for line in sent.lines] == [False, False, True]
    assert (sent.lines[1].basis, sent.lines[0].label) == ("net", "Hulp")


@given(st.decimals(0, 10**9, places=2))
def test_every_amount_arrives_to_the_cent(amount: Decimal) -> None:
    dutch = dutch_number(float(amount), 2)
    body = read(f"jaar;bedrag_eur;totaal\n2025;{dutch};ja\n")
    assert body["lines"][0]["amount_eur"] == amount


def test_a_workbook_is_read_with_numbers_as_numbers() -> None:
    raw = sheet([["Jaar", "Bedrag", "Product"], [2025, 1000.1 + 0.2, "HH"], [2026.0, 5, "HH"]])
    body, faults = read_budget_table(raw, "b.xlsx", PLAIN)
    assert faults == []
    assert body is not None
    assert [line["amount_eur"] for line in body["lines"]] == [Decimal("1000.30"), Decimal(5)]


def test_every_fault_is_told_at_once_with_its_place() -> None:
    faults = refused(
        "jaar;bedrag_eur;product;taakveld;basis;onzin\n"
        "2025;1.23;HH;;;\n"
        "25;100;HH;;;\n"
        "2025;;HH;;;\n"
        "2025;-5;HH;;bruto;\n"
        "2025;1,005;HH;;gros;\n"
        "2025;10;HH;6.1;;\n"
        "2025;=A1+B2;;6.1;;\n"
        "2025;10;;9.9;;\n"
        "2025;10;HH;;;\n"
        "2025;11;HH;;;\n"
    )
    assert codes(faults) == {
        ("unknown-heading", 1, None),
        ("no-amount", 2, "bedrag_eur"),
        ("no-year", 3, "jaar"),
        ("empty", 4, "bedrag_eur"),
        ("negative", 5, "bedrag_eur"),
        ("cents", 6, "bedrag_eur"),
        ("no-basis", 6, "basis"),
        ("one-of", 7, None),
        ("formula", 8, "bedrag_eur"),
        ("unknown-taakveld", 9, "taakveld"),
        ("twice", 11, None),
    }
    told = next(one for one in faults if one.code == "formula")
    assert (told.file, told.value) == ("b.csv", "=A1+B2")
    assert (
        told.text()
        == "b.csv, rij 8, kolom bedrag_eur: hier staat een formule: plak de waarde (=A1+B2)"
    )
    assert "rij 10" in str(next(one for one in faults if one.code == "twice").value)


def test_merged_cells_formulas_and_texts_of_a_workbook_are_told() -> None:
    rows: Rows = [["Jaar", "Bedrag", "Product"], [2025, "=1+1", "HH"], [2025, "1000", "BG"]]
    rows += [[2026, 10, "HH"], [None, 12, "BG"], [2026, True, "BG"]]
    faults = refused(sheet(rows, merge="A4:A5"), name="b.xlsx")
    assert codes(faults) == {
        ("formula", 2, "Bedrag"),
        ("text", 3, "Bedrag"),
        ("merged", 4, None),
        ("no-year", 5, "Jaar"),
        ("no-amount", 6, "Bedrag"),
    }
    assert {one.sheet for one in faults} == {"Begroting"}


def test_programmes_are_divided_to_the_cent() -> None:
    rows: Rows = [["jaar", "bedrag", "programma"], [2024, 100.01, "Zorg"], [2025, 10, " zorg "]]
    rows.append([2025, 5, "Jeugd"])
    mapping: Rows = [["programma", "taakveld", "aandeel", "jaar"]]
    mapping += [["Zorg", "6.71a", 33.33, 2024], ["Zorg", "6.72a", 66.67, 2024]]
    mapping += [["Zorg", "6.711", None, None], ["Jeugd", "6.711", 100, None]]
    body, faults = read_budget_table(sheet(rows, mapping), "b.xlsx", PLAIN)
    assert faults == []
    assert body is not None
    found = {(line["year"], line["taakveld"]): line for line in body["lines"]}
    assert found[2024, "6.71a"]["amount_eur"] == Decimal("33.33")
    assert found[2024, "6.72a"]["amount_eur"] == Decimal("66.68")
    assert found[2025, "6.711"]["amount_eur"] == Decimal(15)
    assert found[2025, "6.711"]["label"] == "zorg + Jeugd"


def test_a_division_may_come_in_a_file_of_its_own_and_must_be_whole() -> None:
    table = b"jaar;bedrag;programma\n2025;10;Zorg\n2025;10;Cultuur\n"
    division = b"programma;taakveld;aandeel\nZorg;6.711;60\nZorg;6.713;30%\n"
    body, faults = read_budget_table(table, "b.csv", PLAIN, (division, "indeling.csv"))
    assert body is None
    assert {(one.code, one.file, one.row) for one in faults} == {
        ("shares", "indeling.csv", None),
        ("unknown-programme", "b.csv", 3),
    }


def test_thousands_are_asked_about_and_not_swallowed(edition: Edition) -> None:
    text = "jaar;bedrag_eur;product\n2025;{amount};HH\n"
    expected = _expected(edition)
    assert expected > 100_000
    small = text.format(amount=round(expected / 1000))
    target = Target(FIRST, "B", "1", edition=edition)
    assert codes(refused(small, target)) == {("in-thousands", 2, "bedrag_eur")}
    sure = Target(FIRST, "B", "1", edition=edition, confirmed=True)
    assert read(small, sure)["amounts_confirmed"] is True
    body = read(small.replace("bedrag_eur", "bedrag_x1000"), target)
    assert body["lines"][0]["amount_eur"] == round(expected / 1000) * 1000


def _expected(edition: Edition) -> float:
    from models.budget_lines import BudgetLine, Ledger  # noqa: PLC0415

    found = Ledger(edition, FIRST, [BudgetLine(2025, "product", "HH", 0)])
    return (found.expected(found.lines[0]) or 0) / 100


def test_an_edition_knows_products_and_how_far_it_goes(edition: Edition) -> None:
    faults = refused(
        "jaar;bedrag_eur;product;taakveld\n2025;9;NEE;\n2031;9;HH;\n2025;9;;6.1\n",
        Target(FIRST, "B", "1", edition=edition, confirmed=True),
    )
    assert codes(faults) == {("unknown-product", 2, "product"), ("outside", 3, "jaar")}


def test_the_lines_are_tied_to_a_control_total() -> None:
    text = "jaar;bedrag_eur;taakveld;totaal\n2025;10,5;6.711;\n2025;4;6.1;\n2026;20;6.711;\n"
    text += "2026;30;;ja\n"
    good = {2025: Decimal("14.5"), 2026: Decimal(30), None: Decimal("44.5")}
    assert len(read(text, Target(FIRST, "B", "1", control=good))["lines"]) == 4
    faults = refused(text, Target(FIRST, "B", "1", control={2025: Decimal(14)}))
    assert [(one.code, one.value) for one in faults] == [
        ("control", "2025: 14.50 in de tabel, 14 verwacht")
    ]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"", "b.csv"),
        (b"zomaar tekst", "b.csv"),
        (b"\x00\x01\x02;\x03", "b.csv"),
        (b"PK\x03\x04 en dan niets", "b.xlsx"),
        (b"a;b\n1;2\n", "b.ods"),
        (b'jaar;bedrag\n"2025;1\n', "b.csv"),
        (b";" * 6_000_000, "b.csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(raw: bytes, name: str) -> None:
    (fault,) = refused(raw, name=name)
    assert fault.code in {"unreadable", "no-table"}
    assert len(fault.rule) > 20


@given(st.binary(max_size=300))
def test_no_file_makes_the_reader_fall_over(raw: bytes) -> None:
    body, faults = read_budget_table(b"jaar;bedrag;product\n" + raw, "b.csv", PLAIN)
    assert (body is None) == bool(faults)


def test_a_filled_in_template_is_read(tmp_path: Path) -> None:
    path = tmp_path / "begroting.xlsx"
    path.write_bytes(template())
    assert template() == path.read_bytes()
    book = load_workbook(path)
    assert book.sheetnames == ["Begroting", "Indeling", "Toelichting"]
    book["Begroting"].append([2025, 100.5, "HH", None, None, None, "bruto", "Hulp"])
    book["Begroting"].append([2025, 50, None, None, "Zorg", None, None, None])
    book["Indeling"].append(["Zorg", "6.713"])
    book.save(path)
    body, faults = read_budget_table(path.read_bytes(), path.name, PLAIN)
    assert faults == []
    assert body is not None
    assert [line["amount_eur"] for line in body["lines"]] == [Decimal("100.5"), Decimal(50)]


def test_an_empty_template_says_that_it_has_no_lines() -> None:
    assert [one.code for one in refused(template(), name="b.xlsx")] == ["no-lines"]


def test_without_openpyxl_a_workbook_is_refused_with_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = sheet([["jaar", "bedrag", "product"]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (fault,) = refused(raw, name="b.xlsx")
    assert "CSV" in fault.rule
    assert len(read("jaar;bedrag;product\n2025;1;HH\n")["lines"]) == 1
