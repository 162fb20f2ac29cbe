"""From the file of a table to cells with their place: CSV with what Python has, XLSX where it can.

Nothing is guessed: a formula, merged cells and a text where an amount stands are told, not solved.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from models.labels import dutch_number

__all__ = ["MOST_BYTES", "Formula", "Grid", "Merged", "UnreadableError", "read_grids"]

MOST_BYTES = 5_000_000  # of a file as it is sent
MOST_INSIDE = 50_000_000  # of a workbook unpacked
MOST_ROWS, MOST_COLUMNS = 20_000, 100
MOST_CELLS = 200_000  # of a workbook; a budget has a thousand lines
_PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
DELIMITERS = ";\t,"  # of equals the first: amounts hold commas too
SEARCHED = 20  # lines in which they are counted
FORMULA = "="


class UnreadableError(ValueError):
    """A file cannot be read at all; the message says why, in Dutch."""


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula."""

    text: str


@dataclass(frozen=True)
class Merged:
    """Cells that were made one: rows and columns counted from 1, both ends included."""

    place: str
    first_row: int
    last_row: int


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet.

    Attributes:
        sheet: its name; None of a CSV.
        rows: cells by row; the first row is number 1.
        decimal: sign between whole and fraction in texts; None where numbers are numbers.
        merged: cells that were made one.
    """

    sheet: str | None
    rows: Sequence[Sequence[Any]]
    decimal: str | None = None
    merged: tuple[Merged, ...] = field(default=())


def read_grids(raw: bytes, name: str) -> list[Grid]:
    """Return the sheets of a file; a CSV is one.

    Args:
        raw: the file.
        name: its name, of which the end tells the form.

    Raises:
        UnreadableError: it cannot be read, with the reason.
    """
    if len(raw) > MOST_BYTES:
        raise UnreadableError(f"het bestand is groter dan {MOST_BYTES // 1_000_000} MB")
    if name.lower().endswith(".xlsx") or raw.startswith(b"PK"):
        return _workbook(raw)
    if name.lower().endswith((".xls", ".ods", ".xlsb")):
        raise UnreadableError("alleen CSV en XLSX kunnen worden gelezen; sla het bestand zo op")
    return [_csv(raw)]


def _csv(raw: bytes) -> Grid:
    text = _decoded(raw)
    beginning = "\n".join(text.splitlines()[:SEARCHED])
    delimiter = max(DELIMITERS, key=beginning.count)
    if not beginning.count(delimiter):
        raise UnreadableError("er zijn geen kolommen: scheid ze met een puntkomma of een komma")
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows = list(islice(lines, MOST_ROWS + 1))
    except csv.Error as error:
        raise UnreadableError(f"dit is geen geldige CSV ({error})") from error
    _check_size(len(rows), max(map(len, rows), default=0))
    cells = [[_text_cell(text) for text in row] for row in rows]
    return Grid(None, cells, "." if delimiter == "," else ",")


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableError("dit is geen tekst: sla de tabel op als CSV (UTF-8) of als XLSX")


def _text_cell(text: str) -> str | Formula | None:
    text = text.strip()
    if text.startswith(FORMULA):
        return Formula(text)
    return text or None


def _workbook(raw: bytes) -> list[Grid]:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - comes with an extra, and is slow
        from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415
    except ImportError as error:
        told = "XLSX lezen kan hier niet: sla de tabel op als CSV, of installeer openpyxl"
        raise UnreadableError(told) from error
    _check_package(raw)
    unreadable = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that hold no data
            book = load_workbook(io.BytesIO(raw), keep_links=False)
            return [_sheet(sheet) for sheet in book.worksheets]
    except UnreadableError:
        raise
    except (*unreadable, TypeError, AttributeError, OSError) as error:
        raise UnreadableError("dit is geen leesbare werkmap (.xlsx)") from error


def _check_package(raw: bytes) -> None:
    """Refuse a workbook that unpacks to far more than it is, or whose text refers elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            if sum(info.file_size for info in package.infolist()) > MOST_INSIDE:
                raise UnreadableError("de werkmap is uitgepakt te groot")
            room = _Room()
            for info in package.infolist():
                room.take(package.read(info))
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError("dit is geen leesbare werkmap (.xlsx)") from error


class _Room:
    """Counts the cells that a workbook would take, before it is opened.

    The library makes each cell, and each of merged cells, before it can be asked how many there
    are: one that is merged over a whole sheet would take all memory there is.
    """

    def __init__(self) -> None:
        self.left = MOST_CELLS

    def take(self, part: bytes) -> None:
        """Count the cells of one part, whatever its name; what is no XML holds none.

        Raises:
            UnreadableError: there are too many, or the part refers elsewhere.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._element
        parser.StartDoctypeDeclHandler = _refuse
        with suppress(expat.ExpatError):
            parser.Parse(part, True)

    def _element(self, name: str, attributes: Mapping[str, str]) -> None:
        kind = name.rpartition(" ")[2]
        if kind == "c":
            self.left -= 1
        elif kind == "mergeCell":
            self.left -= _area(attributes.get("ref", ""))
        if self.left < 0:
            most = dutch_number(MOST_CELLS)
            told = f"de werkmap is te groot: hoogstens {most} cellen, samengevoegde meegeteld"
            raise UnreadableError(told)


def _refuse(*_: object) -> None:
    raise UnreadableError("dit is geen leesbare werkmap (.xlsx)")


def _area(place: str) -> int:
    """Return how many cells a place such as B2:D7 holds; one where it is none."""
    found = _PLACE.fullmatch(place.replace("$", "").upper())
    if found is None:
        return 1
    first, top, last, bottom = found.groups()
    return max(_column(last) - _column(first) + 1, 1) * max(int(bottom) - int(top) + 1, 1)


def _column(letters: str) -> int:
    return sum((ord(sign) - 64) * 26**at for at, sign in enumerate(reversed(letters)))


def _sheet(sheet: Any) -> Grid:  # noqa: ANN401 - untyped library
    _check_size(sheet.max_row, sheet.max_column)
    rows = [[_cell(cell) for cell in row] for row in sheet.iter_rows()]
    merged = tuple(_merged(sheet))
    return Grid(str(sheet.title), rows, None, merged)


def _cell(cell: Any) -> Any:  # noqa: ANN401 - of any kind
    value = cell.value
    if cell.data_type == "f":
        return Formula(str(value))
    if isinstance(value, str):
        return value.strip() or None
    return value


def _merged(sheet: Any) -> Iterator[Merged]:  # noqa: ANN401 - untyped library
    for one in sheet.merged_cells.ranges:
        yield Merged(str(one.coord), int(one.min_row), int(one.max_row))


def _check_size(rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        told = f"hoogstens {dutch_number(MOST_ROWS)} rijen en {MOST_COLUMNS} kolommen"
        raise UnreadableError(f"de tabel is te groot: {told}")
