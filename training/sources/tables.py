"""A table as text: what a spreadsheet would show, cell by cell, whatever format it came in.

CSV, Parquet and workbooks give the same table, so that everything after this is checked alike. Rows
carry the number that a spreadsheet shows: the header is row 1. Nothing is dropped in silence: a row
that cannot be read becomes a fault and is counted, an empty line is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.errors import Fault
from training.spelling import listed

HEADER = 1  # the row of the header
COMMA_ADVICE = (
    "save it as 'CSV UTF-8' with commas between the columns, or deliver the workbook (.xlsx)"
)


@dataclass(frozen=True)
class TextTable:
    """One table as text.

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
class Records:
    """Header and rows of one table while it is being read; cells are str, empty ones ''."""

    file: str
    sha256: str
    header: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rows: list[Sequence[str]] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    malformed: int = 0

    def refuse(self, row: int | None, rule: str) -> None:
        """Note a fault of the file or of one row, without repeating what is in it."""
        self.faults.append(Fault(self.file, row, None, None, rule))

    def refuse_row(self, row: int, rule: str) -> None:
        """Note that a row cannot be read; it is counted."""
        self.malformed += 1
        self.refuse(row, rule)

    def take(self, number: int, row: Sequence[str]) -> None:
        """Take the row with this number: the header first, then the others in order."""
        if number == HEADER:
            self.header = list(row)
        elif not any(row):
            self.empty.append(number)
        elif len(row) != len(self.header):
            self.refuse_row(number, _ragged(len(row), len(self.header)))
        else:
            self.numbers.append(number)
            self.rows.append(row)

    def table(self) -> TextTable:
        """Return what was read."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.header)
        return self.table_of([_cells(column) for column in columns], self.numbers)

    def table_of(
        self, columns: Sequence[npt.NDArray[np.object_]], numbers: Iterable[int]
    ) -> TextTable:
        """Return a table of columns (None where empty) whose rows have these numbers."""
        names, repeated = _unique(self.header)
        index = pd.Index(list(numbers), dtype="int64")
        cells = pd.DataFrame(
            dict(zip(names, columns, strict=True)), index=index, columns=names, dtype=object
        )
        self._report(repeated)
        read = len(cells) + self.malformed
        return TextTable(self.file, self.sha256, cells, read, tuple(self.faults), repeated)

    def _report(self, repeated: tuple[str, ...]) -> None:
        if self.empty:
            rule = f"empty rows were left out: {listed(str(row) for row in self.empty)}"
            self.faults.append(Fault(self.file, None, None, None, rule, "warning"))
        for name in repeated:
            rule = "the header occurs more than once; give every column its own name"
            self.faults.append(Fault(self.file, HEADER, name, None, rule))


def _ragged(found: int, expected: int) -> str:
    advice = (
        "a comma inside a value needs quotes around it, and decimals take a point"
        if found > expected
        else "the row may be cut off"
    )
    return f"the row has {found} values and the header {expected} columns; {advice}"


def _cells(column: Sequence[str]) -> npt.NDArray[np.object_]:
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
