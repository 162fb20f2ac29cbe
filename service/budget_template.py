"""An empty workbook for a budget: its table, the division of programmes, and what to fill in."""

from __future__ import annotations

import io
from datetime import datetime

import xlsxwriter
from xlsxwriter.workbook import Workbook

from service.budget_columns import SHOWN
from service.formats.xlsx import OPTIONS

__all__ = ["template"]

BUDGET, MAPPING, EXPLANATION = "Begroting", "Indeling", "Toelichting"
COLUMNS = ("year", "eur", "product", "taakveld", "programme", "total", "basis", "label")
PARTS = ("programme", "taakveld", "share", "year")
ROWS = 1_000
EXPLAINED = (
    ("jaar", "Begrotingsjaar, vier cijfers."),
    (
        "bedrag_eur",
        "Bedrag in hele euro's of met centen. Staan uw bedragen in duizenden? Noem deze kolom dan "
        "bedrag_x1000. Geen formules: plak waarden.",
    ),
    ("product", "Code van het product, zoals in Zorgraming (bijvoorbeeld 01-hbh)."),
    ("taakveld", "Iv3-taakveld in de indeling van dat jaar (bijvoorbeeld 6.711)."),
    ("programma", "Naam van het programma; de verdeling over taakvelden staat op blad Indeling."),
    ("totaal", "ja: het totaal van de gemeente in dat jaar."),
    ("basis", "bruto (zoals de raming) of netto (na aftrek van inkomsten). Leeg is bruto."),
    ("omschrijving", "Naam van de regel in de begroting."),
    ("", "Vul per regel precies één in van product, taakveld, programma en totaal."),
    ("", "Regels zonder raming (zoals 6.1) mogen erbij: zij tellen mee zoals begroot."),
    ("aandeel", "Blad Indeling: percentage van het programma; leeg is 100. Samen 100."),
    ("jaar", "Blad Indeling: alleen voor dit jaar; leeg is elk jaar."),
)


def template() -> bytes:
    """Return the workbook."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {**OPTIONS, "constant_memory": False, "in_memory": True})
    created = datetime(2000, 1, 1)  # noqa: DTZ001 - the same bytes each time
    book.set_properties({"title": "Begroting voor Zorgraming", "created": created})
    _table(book, BUDGET, COLUMNS)
    _table(book, MAPPING, PARTS)
    _explain(book)
    book.close()
    return stream.getvalue()


def _table(book: Workbook, name: str, columns: tuple[str, ...]) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E3E6EA"})
    text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0.00"})
    whole = book.add_format({"num_format": "0"})
    looks = {"year": whole, "eur": money, "share": None}
    for at, column in enumerate(columns):
        width = 34 if column in ("label", "programme") else 16
        sheet.set_column(at, at, width, looks.get(column, text))
        sheet.write_string(0, at, SHOWN[column], bold)
    sheet.freeze_panes(1, 0)
    if "basis" in columns:
        at = columns.index("basis")
        choice = {"validate": "list", "source": ["bruto", "netto"]}
        sheet.data_validation(1, at, ROWS, at, choice)


def _explain(book: Workbook) -> None:
    sheet = book.add_worksheet(EXPLANATION)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    for row, (name, told) in enumerate(EXPLAINED):
        sheet.write_string(row, 0, name, wrapped)
        sheet.write_string(row, 1, told, wrapped)
