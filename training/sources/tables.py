"""Read one table file, CSV or Parquet, as text: what a spreadsheet would show, cell by cell.

Both formats give the same table, so that everything after this is checked alike. Rows carry the
number that a spreadsheet shows: the header is row 1. Nothing is dropped in silence: a row that
cannot be read becomes a fault and is counted, an empty line is reported.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.errors import Fault
from training.sources.parquet_text import parquet_columns
from training.spelling import listed

_HEADER = 1
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_NO_TEXT = {b"PK\x03\x04": "an Excel workbook", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_SAVE_AS = "save it as 'CSV UTF-8 (comma delimited)'"


@dataclass(frozen=True)
class TextTable:
    """One file as text.

    Attributes:
        file: the name as delivered.
        sha256: of the bytes as delivered.
        cells: str or None where empty; the index is the row number in a spreadsheet.
        read: number of rows without the header and without empty lines, malformed ones included.
        faults: what was wrong with the file as such.
        repeated: headers that occur twice; the later ones carry their position in ``cells``.
    """

    file: str
    sha256: str
    cells: pd.DataFrame
    read: int
    faults: tuple[Fault, ...] = ()
    repeated: tuple[str, ...] = ()

    def cell(self, row: int, column: str) -> str | None:
        """Return the text of one cell, None where it is empty or the column is absent."""
        if column not in self.cells:
            return None
        text = self.cells[column].loc[row]
        return None if text is None else str(text)


@dataclass
class _Records:
    """Header and rows while they are being read."""

    file: str
    header: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    malformed: int = 0

    def refuse(self, row: int | None, rule: str) -> None:
        """Note a fault of the file or of one row, without repeating what is in it."""
        self.faults.append(Fault(self.file, row, None, None, rule))


def read_table(path: Path) -> TextTable:
    """Read one CSV or Parquet file.

    Args:
        path: a file whose suffix is .csv or .parquet, in any case.

    Raises:
        OSError: the file cannot be opened.
    """
    raw = path.read_bytes()
    digest = sha256(raw).hexdigest()
    if not raw:
        fault = Fault(path.name, None, None, None, "the file is empty: not even a header")
        return TextTable(path.name, digest, pd.DataFrame(), 0, (fault,))
    if path.suffix.lower() == ".parquet":
        return _parquet(path.name, digest, raw)
    return _csv(path.name, digest, raw)


def _csv(file: str, digest: str, raw: bytes) -> TextTable:
    records = _Records(file)
    text = _decoded(records, raw)
    if text is not None and _comma_separated(records, text):
        _collect(records, text)
    names, repeated = _unique(records.header)
    columns = zip(*records.rows, strict=True) if records.rows else ((),) * len(names)
    cells = pd.DataFrame(
        {name: _cells(column) for name, column in zip(names, columns, strict=True)},
        index=pd.Index(records.numbers, dtype="int64"),
        dtype=object,
    )
    return _finished(records, digest, cells, repeated)


def _parquet(file: str, digest: str, raw: bytes) -> TextTable:
    records = _Records(file)
    try:
        header, columns = parquet_columns(raw)
    except ValueError as error:
        records.refuse(None, str(error))
        return _finished(records, digest, pd.DataFrame(), ())
    names, repeated = _unique(header)
    cells = pd.DataFrame(dict(zip(names, columns, strict=True)), dtype=object)
    cells.index = pd.RangeIndex(_HEADER + 1, len(cells) + _HEADER + 1)
    void = cells.isna().all(axis=1)
    records.empty = list(cells.index[void])
    return _finished(records, digest, cells[~void], repeated)


def _finished(
    records: _Records, digest: str, cells: pd.DataFrame, repeated: tuple[str, ...]
) -> TextTable:
    if records.empty:
        rows = listed(str(row) for row in records.empty)
        rule = f"empty rows were left out: {rows}"
        records.faults.append(Fault(records.file, None, None, None, rule, "warning"))
    for name in repeated:
        rule = "the header occurs more than once; give every column its own name"
        records.faults.append(Fault(records.file, _HEADER, name, None, rule))
    read = len(cells) + records.malformed
    return TextTable(records.file, digest, cells, read, tuple(records.faults), repeated)


def _decoded(records: _Records, raw: bytes) -> str | None:
    for start, what in _NO_TEXT.items():
        if raw.startswith(start):
            records.refuse(None, f"the file is {what}, not UTF-8 text; {_SAVE_AS}")
            return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        records.refuse(line, f"the file is not UTF-8 from this row on; {_SAVE_AS}")
        return None
    if "\0" in text:
        records.refuse(text.count("\n", 0, text.index("\0")) + 1, "the row holds a NUL byte")
        return None
    return text


def _comma_separated(records: _Records, text: str) -> bool:
    header = text.partition("\n")[0]
    if not header.strip():
        records.refuse(_HEADER, "the first row is empty; it holds the headers")
        return False
    for separator, name in _OTHER_SEPARATORS.items():
        if "," not in header and separator in header:
            records.refuse(
                _HEADER, f"columns are separated by {name} where commas are expected; {_SAVE_AS}"
            )
            return False
    return True


def _collect(records: _Records, text: str) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=_HEADER):
            _take(records, number, row)
    except csv.Error as error:
        records.malformed += 1
        records.refuse(
            number + 1,
            f"the row cannot be read, nor what follows it ({error}); a quote that is opened must "
            "be closed before the next comma, and a quote inside a value is written twice",
        )


def _take(records: _Records, number: int, row: list[str]) -> None:
    if number == _HEADER:
        records.header = row
    elif not any(row):
        records.empty.append(number)
    elif len(row) != len(records.header):
        records.malformed += 1
        records.refuse(number, _ragged(len(row), len(records.header)))
    else:
        records.numbers.append(number)
        records.rows.append(row)


def _ragged(found: int, expected: int) -> str:
    advice = (
        "a comma inside a value needs quotes around it, and decimals take a point"
        if found > expected
        else "the row may be cut off"
    )
    return f"the row has {found} values and the header {expected} columns; {advice}"


def _cells(column: tuple[str, ...]) -> npt.NDArray[np.object_]:
    cells = np.array(column, dtype=object)
    cells[cells == ""] = None
    return cells


def _unique(header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the headers made unique by their position, and those that occur more than once."""
    names: list[str] = []
    for position, name in enumerate(header, start=1):
        names.append(f"{name} (column {position})" if name in names else name)
    repeated = [name for name in dict.fromkeys(header) if header.count(name) > 1 and name]
    return names, tuple(repeated)
