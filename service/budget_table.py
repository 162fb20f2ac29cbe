"""A budget from a table: CSV or XLSX to the body of ``PUT /v1/budgets/<id>``, or every fault.

One row per line: a year, an amount, and of what it is (product, taakveld, programma or the whole
municipality). Programmes are divided over task fields by a second table. Lines that are not
forecast are carried along. Nothing is solved in silence: what is not clear is a fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from models.budget_lines import PRODUCT, TAAKVELD, TOTAL
from service.budget_amounts import CENT, AmountError, amount_of, whole_of
from service.budget_cells import Formula, Grid, UnreadableError, read_grids
from service.budget_checks import TableLine, Target, check_lines
from service.budget_columns import Found, find_table
from service.budget_faults import TableFault, fault
from service.budget_programmes import Part, Programmes, read_programmes

__all__ = ["TableFault", "Target", "read_budget_table"]

FIRST_YEAR, LAST_YEAR = 1900, 2199
MOST_LABEL = 200
TRUE = {"ja", "true", "waar", "x", "1"}
GROSS, NET = "gross", "net"
BASES = {"bruto": GROSS, "gross": GROSS, "netto": NET, "net": NET}


def read_budget_table(
    raw: bytes,
    name: str,
    target: Target,
    programmes: tuple[bytes, str] | None = None,
) -> tuple[dict[str, Any] | None, list[TableFault]]:
    """Read a table into a budget.

    Args:
        raw: the file.
        name: its name, for the form and for faults.
        target: what it becomes.
        programmes: file and name of the table that divides programmes over task fields; None = a
            sheet ``Indeling`` of the workbook, where there is one.

    Returns:
        The body to put, its amounts as decimal numbers to the cent, or None where there are
        faults; and every fault, in the order of the table.
    """
    faults: list[TableFault] = []
    try:
        grids = read_grids(raw, name)
        others = grids if programmes is None else read_grids(*programmes)
    except UnreadableError as error:
        return None, [TableFault("unreadable", name, None, None, None, None, str(error))]
    mapping = read_programmes(others, name if programmes is None else programmes[1], faults)
    grid, found = find_table(grids, name, faults)
    if grid is None or found is None:
        return None, faults
    reader = _Reader(name, grid, found, mapping, faults)
    lines = reader.lines()
    check_lines(reader.fault, lines, target)
    if not lines and not faults:
        reader.fault("no-lines", None, None)
    if faults:
        return None, sorted(faults, key=lambda one: (one.row or 0, one.column or ""))
    return _body(target, _joined(lines)), []


class _Reader:
    """Reads the rows of one table, adding faults as it goes."""

    def __init__(
        self,
        name: str,
        grid: Grid,
        found: Found,
        programmes: Programmes,
        faults: list[TableFault],
    ) -> None:
        self.name, self.grid, self.found = name, grid, found
        self.programmes, self.faults = programmes, faults

    def fault(self, code: str, row: int | None, column: str | None, value: object = None) -> None:
        """Add a fault at a place of the table."""
        if column == "eur" and column not in self.found.places:
            column = "x1000"
        heading = None if column is None else self.found.headings.get(column, column)
        self.faults.append(fault(code, (self.name, self.grid.sheet), row, heading, value))

    def lines(self) -> list[TableLine]:
        """Return every line that could be read."""
        for merged in self.grid.merged:
            if merged.last_row >= self.found.row:
                self.fault("merged", merged.first_row, None, merged.place)
        lines: list[TableLine] = []
        for number, cells in enumerate(self.grid.rows[self.found.row :], start=self.found.row + 1):
            if any(cell is not None for cell in cells):
                lines += self._row(number, cells)
        return lines

    def _row(self, row: int, cells: Sequence[Any]) -> Iterator[TableLine]:
        before = len(self.faults)
        for column in self.found.places:
            if isinstance(self._cell(cells, column), Formula) and column not in ("eur", "x1000"):
                self.fault("formula", row, column, self._text(cells, column))
        year, amount = self._year(row, cells), self._amount(row, cells)
        basis, label = self._basis(row, cells), self._label(row, cells)
        named = self._named(row, cells)
        if len(self.faults) > before or year is None or amount is None or named is None:
            return
        scope, code = named
        if scope != "programme":
            yield TableLine(row, year, scope, code, amount, basis, label)
            return
        parts = self.programmes.parts(str(code), year)
        if not parts:
            self.fault("unknown-programme", row, "programme", code)
        for part, share in _divided(amount, parts):
            yield TableLine(row, year, part.scope, part.code, share, basis, label or code, True)

    def _cell(self, cells: Sequence[Any], column: str) -> Any:  # noqa: ANN401 - any cell
        at = self.found.places.get(column)
        return cells[at] if at is not None and at < len(cells) else None

    def _text(self, cells: Sequence[Any], column: str) -> str | None:
        cell = self._cell(cells, column)
        if cell is None:
            return None
        if isinstance(cell, Formula):
            return cell.text
        return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)

    def _year(self, row: int, cells: Sequence[Any]) -> int | None:
        cell = self._cell(cells, "year")
        found = None if isinstance(cell, Formula) else whole_of(cell)
        if found is None or not FIRST_YEAR <= found <= LAST_YEAR:
            self.fault("no-year", row, "year", self._text(cells, "year"))
            return None
        return found

    def _amount(self, row: int, cells: Sequence[Any]) -> Decimal | None:
        given = [name for name in ("eur", "x1000") if self._cell(cells, name) is not None]
        if len(given) != 1:
            column = next(name for name in ("eur", "x1000") if name in self.found.places)
            self.fault("two-amounts" if given else "empty", row, column)
            return None
        column = given[0]
        factor = 1000 if column == "x1000" else 1
        try:
            return amount_of(self._cell(cells, column), self.grid.decimal, factor)
        except AmountError as error:
            self.fault(str(error), row, column, self._text(cells, column))
            return None

    def _basis(self, row: int, cells: Sequence[Any]) -> str:
        text = self._text(cells, "basis")
        if text is None:
            return GROSS
        if text.lower() not in BASES:
            self.fault("no-basis", row, "basis", text)
        return BASES.get(text.lower(), GROSS)

    def _label(self, row: int, cells: Sequence[Any]) -> str | None:
        text = self._text(cells, "label")
        if text is not None and len(text) > MOST_LABEL:
            self.fault("long-label", row, "label", text[:40])
        return text

    def _named(self, row: int, cells: Sequence[Any]) -> tuple[str, str | None] | None:
        given = {
            name: text
            for name in (PRODUCT, TAAKVELD, "programme", TOTAL)
            if (text := self._text(cells, name)) is not None
        }
        if given.get(TOTAL, "x").lower() not in TRUE:
            given.pop(TOTAL)
        if len(given) != 1:
            self.fault("one-of", row, None, ", ".join(given.values()) or None)
            return None
        scope, code = given.popitem()
        if scope == TAAKVELD:
            return scope, code.lower()
        return scope, None if scope == TOTAL else code


def _divided(amount: Decimal, parts: Sequence[Part]) -> Iterator[tuple[Part, Decimal]]:
    """Yield what each part of a programme gets, to the cent: the last one takes the rest."""
    rest = amount
    for part in parts[:-1]:
        share = min((amount * part.share).quantize(CENT), rest)
        rest -= share
        yield part, share
    if parts:
        yield parts[-1], rest


def _joined(lines: Sequence[TableLine]) -> list[TableLine]:
    """Return the lines with parts of programmes that are of the same put together."""
    count = Counter(line.key for line in lines)
    done: dict[tuple[int, str, str | None], TableLine] = {}
    for line in lines:
        before = done.get(line.key)
        if before is None or count[line.key] == 1:
            done[line.key] = line
            continue
        labels = [label for label in (before.label, line.label) if label]
        told = " + ".join(dict.fromkeys(labels))[:MOST_LABEL] or None
        basis = NET if NET in (before.basis, line.basis) else GROSS
        amount = before.amount + line.amount
        done[line.key] = TableLine(line.row, *line.key, amount, basis, told, True)
    return list(done.values())


def _body(target: Target, lines: Sequence[TableLine]) -> dict[str, Any]:
    return {
        "municipality": target.municipality,
        "name": target.name,
        "version": target.version,
        "decided_on": None if target.decided_on is None else target.decided_on.isoformat(),
        "lines": [_line_body(line) for line in lines],
        "amounts_confirmed": target.confirmed,
    }


def _line_body(line: TableLine) -> dict[str, Any]:
    body: dict[str, Any] = {"year": line.year, "amount_eur": line.amount, "basis": line.basis}
    if line.scope == TOTAL:
        body["total"] = True
    else:
        body[line.scope] = line.code
    return body | ({"label": line.label} if line.label else {})
