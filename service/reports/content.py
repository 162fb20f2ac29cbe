"""A report as content without a form: sections of paragraphs, tables and drawings.

Cells hold exact figures. How they are written out is decided here once (``printed``), so that DOCX
and PDF cannot differ; a workbook holds the exact figures and sums that keep counting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from models.labels import dutch_number
from models.rounding import nearest, shared_out

__all__ = [
    "DASH",
    "Bullets",
    "Cell",
    "Column",
    "Cover",
    "Drawing",
    "Line",
    "Part",
    "Report",
    "Section",
    "Table",
    "Total",
    "printed",
    "tight",
    "value_of",
]

DASH = "\u2013"
CENTS = 100
THOUSAND = 1000
Kind = Literal["text", "money", "thousands", "chance", "percent", "count"]
Place = tuple[int, int]  # row and column of a table


@dataclass(frozen=True)
class Total:
    """A figure that is the sum of other cells.

    Attributes:
        value: the figure; None = not known.
        plus: the cells that are added.
        minus: the cells that are taken off.
    """

    value: float | None
    plus: tuple[Place, ...] = ()
    minus: tuple[Place, ...] = ()


Cell = str | float | int | Total | None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: its heading.
        kind: ``money`` euros, ``thousands`` whole thousands of euros, ``chance`` a share (0-1),
            ``percent`` percents, ``count`` whole numbers.
    """

    name: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Line:
    """A row of a table; a sum stands out."""

    cells: tuple[Cell, ...]
    is_sum: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: what it shows, unit included (``{unit}`` is that of money in the form at hand).
        columns: its columns; the first names the row.
        lines: its rows.
        shared: rows whose printed amounts are rounded such that they add up, with the other rows,
            to the last one.
    """

    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    shared: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Drawing:
    """A chart that a writer draws; a chart is never drawn before a fork.

    Attributes:
        kind: ``fan`` or ``causes``.
        alt: what it shows, in words, with the figures that matter.
        columns: rows of the figures, as the chart module takes them.
        subject: its title.
    """

    kind: Literal["fan", "causes"]
    alt: str
    columns: dict[str, list[Any]]
    subject: str


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


Part = str | Bullets | Table | Drawing


@dataclass(frozen=True)
class Section:
    """A section with its heading.

    Attributes:
        title: the heading.
        parts: what stands below it.
        sheet: its name in a workbook, at most 31 signs.
    """

    title: str
    parts: tuple[Part, ...]
    sheet: str


@dataclass(frozen=True)
class Cover:
    """What every report says of itself.

    Attributes:
        title: of the document.
        municipality: its name.
        facts: name and text: selection, edition, dates, approval.
        warnings: concept, synthetic: what must not be missed.
        edition: id of the edition.
        as_of: the day as of which its data was known; dates the document.
        data_until: last day of the data.
        synthetic: whether the figures are made up.
        owner: who answers for the edition; may be empty.
    """

    title: str
    municipality: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    edition: str
    as_of: date
    data_until: date
    synthetic: bool
    owner: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """A whole report.

    Attributes:
        name: of the file, without extension.
        cover: what it says of itself.
        sections: in order.
        unit: in which money is printed: 1000, or 1 where amounts are small.
        short: whether it must fit on one page.
    """

    name: str
    cover: Cover
    sections: tuple[Section, ...]
    unit: int = THOUSAND
    short: bool = False

    @property
    def tables(self) -> Iterator[Table]:
        """All tables."""
        for section in self.sections:
            yield from (part for part in section.parts if isinstance(part, Table))

    @property
    def rows(self) -> int:
        """How many rows of figures it holds."""
        return sum(len(table.lines) for table in self.tables)

    @property
    def unit_text(self) -> str:
        """The unit of printed money."""
        return "\u00d7 € 1.000" if self.unit == THOUSAND else "euro"


def value_of(cell: Cell) -> str | float | int | None:
    """Return what a cell holds."""
    return cell.value if isinstance(cell, Total) else cell


def printed(table: Table, unit: int) -> list[list[str]]:
    """Return the cells of a table as text, with Dutch numbers; what is unknown is a dash.

    Money is rounded to the nearest unit, so that a figure is the same wherever it stands. Only the
    shared rows of a table are rounded up or down such that what is printed adds up.

    Args:
        table: what to print.
        unit: euros per unit of money.
    """
    money = _money(table, unit)
    return [
        [
            whole(money[row, at]) if (row, at) in money else _text(value_of(cell), column.kind)
            for at, (cell, column) in enumerate(zip(line.cells, table.columns, strict=True))
        ]
        for row, line in enumerate(table.lines)
    ]


def whole(value: int) -> str:
    """Return a whole number with a minus of the width of a digit."""
    return dutch_number(value) if value >= 0 else f"\u2212{dutch_number(-value)}"


def _text(value: str | float | int | None, kind: Kind) -> str:
    if isinstance(value, str):
        return value
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return DASH
    if kind == "chance":
        return f"{dutch_number(100 * value, 0)}\u00a0%"
    return f"{dutch_number(value, 1)}\u00a0%" if kind == "percent" else whole(round(value))


def _money(table: Table, unit: int) -> dict[Place, int]:
    """Return every known amount of a table in whole units."""
    columns = [at for at, column in enumerate(table.columns) if column.kind == "money"]
    cells = {(row, at): line.cells[at] for row, line in enumerate(table.lines) for at in columns}
    exact = {place: cents for place, cell in cells.items() if (cents := _cents(cell)) is not None}
    found = {place: nearest(cents, unit * CENTS) for place, cents in exact.items()}
    for at in columns if table.shared else ():
        found |= _shared(table, at, exact, found, unit * CENTS)
    return found


def _shared(
    table: Table, at: int, exact: dict[Place, int], found: dict[Place, int], unit: int
) -> dict[Place, int]:
    """Return the amounts of the shared rows of a column, such that the column adds up."""
    last = len(table.lines) - 1
    mine = [(row, at) for row in table.shared]
    others = [(row, at) for row in range(last) if row not in table.shared]
    if not {*mine, *others, (last, at)} <= set(found):
        return {}
    rest = found[last, at] - sum(found[place] for place in others)
    parts = [exact[place] for place in mine]
    if abs(rest * unit - sum(parts)) >= unit:  # a cent or so is not the sum of its parts
        return {}
    return dict(zip(mine, shared_out(rest, parts, unit), strict=True))


def _cents(cell: Cell) -> int | None:
    value = value_of(cell)
    if value is None or isinstance(value, str) or value != value:  # noqa: PLR0124 - NaN
        return None
    return round(value * CENTS)


def tight(text: str) -> str:
    """Return a text in which an amount does not part from its sign at the end of a line."""
    return text.replace("\u20ac ", "\u20ac\u00a0")
