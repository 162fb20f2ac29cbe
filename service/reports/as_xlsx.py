"""A report as a workbook: a sheet per section, exact amounts, and sums that keep counting."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, time
from math import ceil

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from service.formats.xlsx import OPTIONS
from service.reports import words
from service.reports.content import Bullets, Cell, Drawing, Report, Section, Table, Total
from service.reports.drawings import png

__all__ = ["write"]

COVER = "Voorblad"
KINDS = {
    "money": "#,##0.00",
    "thousands": "#,##0",
    "chance": "0.0%",
    "percent": '0.0" %"',
    "count": "#,##0",
    "text": "@",
}
WIDE, NARROW = 46, 18
SCALE, ROW_PIXELS = 0.5, 20  # pictures are twice as fine as a screen; height of an empty row
LIVE = "De vetgedrukte sommen in deze werkmap zijn formules: zij tellen mee als u iets wijzigt."
UNIT = "euro"


def write(report: Report) -> bytes:
    """Return a report as XLSX; text is never taken for a formula."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {**OPTIONS, "constant_memory": False, "in_memory": True})
    cover = report.cover
    book.set_properties(
        {
            "title": f"{cover.title}: {cover.municipality}",
            "subject": f"Editie {cover.edition}. {words.ESTIMATE}.",
            "author": cover.owner or cover.municipality,
            "created": datetime.combine(cover.as_of, time()),  # the same rows, the same bytes
        }
    )
    looks = _Looks(book)
    _cover(book.add_worksheet(COVER), report, looks)
    for section in report.sections:
        sheet = book.add_worksheet(section.sheet)
        row = _section(sheet, section, looks)
        for drawing in (part for part in section.parts if isinstance(part, Drawing)):
            row += _picture(sheet, row, drawing, report)
    book.close()
    return stream.getvalue()


class _Looks:
    """The formats of a workbook."""

    def __init__(self, book: Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        head = {"bold": True, "bottom": 1, "bg_color": "#E3E6EA", "text_wrap": True}
        self.head = book.add_format(head)
        self._cells = {
            (kind, bold): book.add_format(
                {"num_format": form, "bold": bold, "text_wrap": kind == "text", "valign": "top"}
            )
            for kind, form in KINDS.items()
            for bold in (False, True)
        }

    def cell(self, kind: str, bold: bool) -> Format:
        """Return the format of a cell."""
        return self._cells[kind, bold]


def _cover(sheet: Worksheet, report: Report, looks: _Looks) -> None:
    cover = report.cover
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, f"{cover.title}: {cover.municipality}", looks.title)
    lines = [("Let op", " ".join((f"{words.ESTIMATE}.", *cover.warnings))), *cover.facts]
    for row, (name, text) in enumerate([*lines, ("Sommen", LIVE)], start=2):
        sheet.write_string(row, 0, name, looks.strong)
        sheet.write_string(row, 1, text, looks.text)


def _picture(sheet: Worksheet, row: int, drawing: Drawing, report: Report) -> int:
    """Put a drawing beneath what a sheet holds; return how many rows it covers."""
    image = png(drawing, report.cover)
    if not image:
        return 0
    look = {"image_data": io.BytesIO(image), "description": drawing.alt, "object_position": 2}
    sheet.insert_image(row, 0, f"{drawing.kind}.png", {**look, "x_scale": SCALE, "y_scale": SCALE})
    height = int.from_bytes(image[20:24], "big")  # of every PNG, in pixels
    return 1 + ceil(height * SCALE / ROW_PIXELS)


def _section(sheet: Worksheet, section: Section, looks: _Looks) -> int:
    """Write the texts and tables of a section; return the row beneath them."""
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, 12, NARROW)
    sheet.write_string(0, 0, section.title, looks.title)
    row = 2
    for part in section.parts:
        if isinstance(part, Table):
            row = _table(sheet, row, part, looks) + 1
        elif not isinstance(part, Drawing):
            for text in _texts(part):
                sheet.merge_range(row, 0, row, 6, "", looks.text)
                sheet.write_string(row, 0, text, looks.text)
                sheet.set_row(row, 15 * (1 + len(text) // 140))
                row += 1
    return row + 1


def _texts(part: str | Bullets) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    else:
        yield from part.items


def _table(sheet: Worksheet, top: int, table: Table, looks: _Looks) -> int:
    """Write a table and return the row behind it."""
    sheet.write_string(top, 0, table.title.format(unit=UNIT), looks.strong)
    for at, column in enumerate(table.columns):
        sheet.write_string(top + 1, at, column.name, looks.head)
    for row, line in enumerate(table.lines):
        for at, (cell, column) in enumerate(zip(line.cells, table.columns, strict=True)):
            look = looks.cell(column.kind, line.is_sum)
            _write(sheet, (top + 2, row, at), cell, look)
    return top + 2 + len(table.lines)


def _write(sheet: Worksheet, place: tuple[int, int, int], cell: Cell, look: Format) -> None:
    first, row, at = place
    if isinstance(cell, Total):
        if cell.value is not None:
            sheet.write_formula(first + row, at, _formula(first, cell), look, cell.value)
    elif isinstance(cell, str):
        sheet.write_string(first + row, at, cell, look)
    elif cell is not None:
        sheet.write_number(first + row, at, cell, look)


def _formula(first: int, cell: Total) -> str:
    plus, minus = (
        [xl_rowcol_to_cell(first + row, at) for row, at in places]
        for places in (cell.plus, cell.minus)
    )
    return "=" + "+".join(plus) + "".join(f"-{name}" for name in minus)
