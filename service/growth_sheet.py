"""Growth lines as a workbook: amounts per line, and every total as a sum that keeps counting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models.growth_lines import CAUSE_LABELS, GrowthLine, GrowthLines
from service.formats.xlsx import EXPLANATION, OPTIONS
from service.growth_rows import numbering, summed

__all__ = ["write"]

SHEET = "Groeilijnen"
WHOLE, EXACT = "#,##0", "#,##0.0"
_TEXTS = ("Taakveld", "Indeling", "Oorzaak")
_WIDTHS = (52, 34, 26)


def write(found: GrowthLines, notes: Sequence[str], stream: BinaryIO) -> None:
    """Write lines as a workbook: the amounts, to the right mean and band, and an explanation.

    Args:
        found: the lines.
        notes: what stands on the second sheet.
        stream: where to.
    """
    book = xlsxwriter.Workbook(stream, OPTIONS)
    created = datetime.combine(found.as_of, time())  # the same lines give the same bytes
    book.set_properties({"created": created})
    _fill(book, book.add_worksheet(SHEET), found)
    sheet = book.add_worksheet(EXPLANATION)
    sheet.set_column(0, 0, 140)
    for row, note in enumerate(notes):
        sheet.write_string(row, 0, note)
    book.close()


def _fill(book: Workbook, sheet: Worksheet, found: GrowthLines) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    exact = book.add_format({"num_format": EXACT})
    plain, strong = (book.add_format({"num_format": WHOLE, "bold": b}) for b in (False, True))
    further = [f"{year} {name}" for name in ("verwacht", "P10", "P90") for year in found.years]
    for at, name in enumerate([*_TEXTS, *map(str, found.years), *further]):
        sheet.set_column(at, at, _WIDTHS[at] if at < len(_WIDTHS) else 14)
        sheet.write_string(0, at, name, bold)
    sheet.freeze_panes(1, len(_TEXTS))
    parts = list(summed(found.lines))
    for row, line in enumerate(found.lines, start=1):
        for at, text in enumerate(_words(line, found)):
            sheet.write_string(row, at, text)
        for at, amount in enumerate(line.thousands, start=len(_TEXTS)):
            cells = [xl_rowcol_to_cell(other + 1, at) for other in parts[row - 1]]
            if cells:
                sheet.write_formula(row, at, f"={'+'.join(cells)}", strong, amount)
            else:
                sheet.write_number(row, at, amount, plain)
        for at, value in enumerate(
            [*line.mean, *line.p10, *line.p90], start=len(_TEXTS) + len(found.years)
        ):
            sheet.write_number(row, at, value / 1000, exact)


def _words(line: GrowthLine, found: GrowthLines) -> tuple[str, str, str]:
    place = f"{line.domain} {line.field.name}" if line.field else f"Totaal {line.domain}".rstrip()
    told = numbering(line.field, found.years) if line.field else ""
    return place, told, CAUSE_LABELS[line.cause]
