"""The table that divides programmes of a budget over task fields and products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.budget_lines import PRODUCT, TAAKVELD
from service.budget_amounts import AmountError, amount_of, whole_of
from service.budget_cells import Formula, Grid
from service.budget_columns import MAPPING_SHEET, Found, headed
from service.budget_faults import TableFault, fault

__all__ = ["Part", "Programmes", "read_programmes"]

WHOLE = Decimal(100)


@dataclass(frozen=True)
class Part:
    """Where a share of a programme goes."""

    programme: str
    year: int | None
    scope: str
    code: str
    share: Decimal


@dataclass(frozen=True)
class Programmes:
    """The whole table."""

    rows: tuple[Part, ...] = ()

    def parts(self, programme: str, year: int) -> list[Part]:
        """Return where a programme goes in a year: rows of that year win over rows of any year."""
        mine = [part for part in self.rows if part.programme == _plain(programme)]
        return [part for part in mine if part.year == year] or [
            part for part in mine if part.year is None
        ]


def read_programmes(grids: Sequence[Grid], file: str, faults: list[TableFault]) -> Programmes:
    """Return the table, from a sheet of that name or the only sheet of a file of its own.

    Args:
        grids: sheets of a file.
        file: its name.
        faults: added to.
    """
    for grid in grids:
        found = headed(grid, {"programme", "taakveld"}) or headed(grid, {"programme", "product"})
        is_own = grid.sheet is None or grid.sheet.lower() == MAPPING_SHEET
        if found is not None and is_own and not {"eur", "x1000"} & set(found.places):
            rows = tuple(_rows(grid, found, file, faults))
            _check_shares(rows, (file, grid.sheet), faults)
            return Programmes(rows)
    return Programmes()


def _rows(grid: Grid, found: Found, file: str, faults: list[TableFault]) -> Iterator[Part]:
    for number, cells in enumerate(grid.rows[found.row :], start=found.row + 1):
        given = {
            name: cells[at]
            for name, at in found.places.items()
            if at < len(cells) and cells[at] is not None
        }
        if given:
            yield from _row(given, grid, found, (file, number), faults)


def _row(
    given: dict[str, Any],
    grid: Grid,
    found: Found,
    place: tuple[str, int],
    faults: list[TableFault],
) -> Iterator[Part]:
    file, row = place

    def wrong(code: str, column: str | None) -> None:
        heading = None if column is None else found.headings.get(column)
        value = None if column is None else given.get(column)
        faults.append(fault(code, (file, grid.sheet), row, heading, value))

    formulas = [name for name, cell in given.items() if isinstance(cell, Formula)]
    for name in formulas:
        wrong("formula", name)
    named = [name for name in (TAAKVELD, PRODUCT) if name in given]
    year = whole_of(given["year"]) if "year" in given and "year" not in formulas else None
    if "year" in given and year is None and "year" not in formulas:
        wrong("no-year", "year")
    if len(named) != 1 or "programme" not in given:
        wrong("one-of", None)
    share = _share(given.get("share"), grid.decimal)
    if share is None:
        wrong("no-share", "share")
    if formulas or len(named) != 1 or "programme" not in given or share is None:
        return
    scope = named[0]
    code = str(given[scope])
    yield Part(
        _plain(str(given["programme"])),
        year,
        scope,
        code.lower() if scope == TAAKVELD else code,
        share,
    )


def _share(cell: Any, decimal: str | None) -> Decimal | None:  # noqa: ANN401 - any cell
    """Return a share (0-1) of a percentage; a missing one is everything."""
    if cell is None:
        return Decimal(1)
    if isinstance(cell, str):
        cell = cell.removesuffix("%").strip()
    try:
        found = amount_of(cell, decimal or ",")
    except AmountError:
        return None
    return found / WHOLE if 0 < found <= WHOLE else None


def _check_shares(
    rows: Sequence[Part], place: tuple[str, str | None], faults: list[TableFault]
) -> None:
    totals: dict[tuple[str, int | None], Decimal] = {}
    for part in rows:
        key = part.programme, part.year
        totals[key] = totals.get(key, Decimal(0)) + part.share
    for (programme, year), total in totals.items():
        if total != 1:
            told = f"{programme}{f' in {year}' if year else ''}: {total * WHOLE}"
            faults.append(fault("shares", place, None, None, told))


def _plain(programme: str) -> str:
    return " ".join(programme.lower().split())
