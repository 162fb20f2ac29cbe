"""Excel workbooks: a sheet with the rows, and one that says what they mean and where from."""

from __future__ import annotations

from datetime import date as day
from datetime import datetime, time
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models.errors import SelectionError
from service.formats.rows import About, Columns, is_text

MOST_ROWS = 1_048_576 - 1  # of a sheet, less the header
LONGEST_TEXT = 32_767  # of a cell
EARLIEST = np.datetime64("1900-03-01")  # Excel's calendar is wrong before
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
NUMBERS = {"clients": "#,##0.0", "volume": "#,##0.00", "cost": "#,##0.00"}
OTHER = "#,##0.00"
WHOLE = "0"  # years and counts
EXPLANATION = "Toelichting"


def write(columns: Columns, stream: BinaryIO, about: About) -> None:
    """Write rows as a workbook.

    Args:
        columns: name -> array, all of one length.
        stream: where to.
        about: facts and definitions for the second sheet; its ``as_of`` dates the workbook, so
            that the same rows give the same bytes.

    Raises:
        SelectionError: more rows than a sheet holds.
    """
    rows = len(next(iter(columns.values()), np.zeros(0)))
    if rows > MOST_ROWS:
        raise SelectionError(
            f"{rows:,} rows do not fit on a sheet, which holds {MOST_ROWS:,}: "
            "choose csv or parquet, or sum over something"
        )
    book = xlsxwriter.Workbook(stream, OPTIONS)
    book.set_properties({"created": _created(about)})
    _fill(book, book.add_worksheet(about.title), columns)
    _explain(book, book.add_worksheet(EXPLANATION), about)
    book.close()


def _created(about: About) -> datetime:
    found = about.facts.get("as_of", "2000-01-01")
    return datetime.combine(day.fromisoformat(found), time())


def _fill(book: Workbook, sheet: Worksheet, columns: Columns) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    whole, numbers = book.add_format({"num_format": WHOLE}), _number_formats(book, columns)
    rows = len(next(iter(columns.values()), np.zeros(0)))
    for at, name in enumerate(columns):
        sheet.set_column(at, at, max(12, len(name) + 2))
        sheet.write_string(0, at, name, bold)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, rows, len(columns) - 1)
    lists = [_values(values) for values in columns.values()]
    for row, values in enumerate(zip(*lists, strict=True), start=1):
        for at, value in enumerate(values):
            number = whole if isinstance(value, int) else numbers[row - 1]
            _write_cell(sheet, (row, at), value, date, number)


def _write_cell(
    sheet: Worksheet,
    place: tuple[int, int],
    value: object,
    date: Format,
    number: Format,
) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(*place, value)
    elif isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, day):
        sheet.write_datetime(*place, value, date)
    else:
        sheet.write_number(*place, value, number)


def _number_formats(book: Workbook, columns: Columns) -> list[Format]:
    formats = {kind: book.add_format({"num_format": kind}) for kind in {*NUMBERS.values(), OTHER}}
    rows = len(next(iter(columns.values()), np.zeros(0)))
    measures = columns["measure"].tolist() if "measure" in columns else [None] * rows
    return [formats[NUMBERS.get(str(measure), OTHER)] for measure in measures]


def _values(values: npt.NDArray[Any]) -> list[Any]:
    """Return a column as cells: text, numbers, days; None for what is unknown."""
    if is_text(values):
        return [None if value is None else str(value)[:LONGEST_TEXT] for value in values.tolist()]
    if values.dtype.kind == "M":
        days = values.astype("datetime64[D]")
        if np.any(days < EARLIEST):
            return [None if np.isnat(value) else str(value) for value in days]
        return list(days.tolist())
    if values.dtype.kind == "f":
        return [value if np.isfinite(value) else None for value in values.tolist()]
    return list(values.tolist())


def _explain(book: Workbook, sheet: Worksheet, about: About) -> None:
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100)
    row = 0
    for title, lines in (("Kolommen", about.definitions), ("Herkomst", about.facts)):
        sheet.write_string(row, 0, title, bold)
        for name, text in lines.items():
            row += 1
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, text, wrapped)
        row += 2
