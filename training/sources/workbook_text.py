"""Read a filled-in workbook (.xlsx): each sheet that is called like a table holds that table."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from training.sources.tables import HEADER, Records, TextTable

_AS_SHOWN = ".15g"  # a spreadsheet shows 15 digits; what comes after them is rounding of sums
_UNREADABLE = (BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError)


def workbook_tables(file: str, digest: str, raw: bytes) -> dict[str, TextTable]:
    """Read every sheet of a workbook as text, formulas by the value they last had.

    Args:
        file: the name as delivered.
        digest: its SHA-256.
        raw: the file.

    Returns:
        The tables by name of the sheet; their ``file`` names workbook and sheet.

    Raises:
        ValueError: the bytes are no readable workbook.
    """
    try:
        with warnings.catch_warnings():
            # What openpyxl does not keep (styles, extensions of Excel) holds no data.
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            return {
                sheet.title: _table(Records(f"{file} [{sheet.title}]", digest), sheet)
                for sheet in book.worksheets
            }
    except _UNREADABLE as error:
        raise ValueError("the file is not a readable workbook (.xlsx)") from error


def _table(records: Records, sheet: Any) -> TextTable:  # noqa: ANN401 - untyped library
    for number, row in enumerate(_rows(sheet), start=HEADER):
        if number == HEADER and not row:
            records.refuse(HEADER, "the first row is empty; it holds the headers")
            break
        records.take(number, row + [""] * (len(records.header) - len(row)))
    return records.table()


def _rows(sheet: Any) -> Iterator[list[str]]:  # noqa: ANN401
    """Yield the rows without empty cells at their end, up to the last row that holds something."""
    waiting = 0
    for cells in sheet.iter_rows(values_only=True):
        row = [_text(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        if not row:
            waiting += 1
            continue
        yield from ([] for _ in range(waiting))
        waiting = 0
        yield row


def _text(cell: Any) -> str:  # noqa: ANN401 - whatever a cell may hold
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, float):
        return format(cell, _AS_SHOWN)
    return cell.isoformat() if isinstance(cell, date) else str(cell)
