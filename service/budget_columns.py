"""Finding the table in a sheet: its headings, in Dutch or English, in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.budget_cells import Grid
from service.budget_faults import TableFault, fault

__all__ = ["HEADINGS", "MAPPING_SHEET", "Found", "find_table", "headed", "named"]

MAPPING_SHEET = "indeling"
HEADINGS = {
    "year": ("jaar", "year", "begrotingsjaar"),
    "eur": ("bedrag_eur", "amount_eur", "bedrag", "bedrag_in_euro"),
    "x1000": ("bedrag_x1000", "amount_x1000", "bedrag_x_1000", "bedrag_x_1.000"),
    "product": ("product", "productcode"),
    "taakveld": ("taakveld", "task_field"),
    "programme": ("programma", "programme"),
    "total": ("totaal", "total"),
    "basis": ("basis", "bruto_netto"),
    "label": ("omschrijving", "label", "naam"),
    "share": ("aandeel", "share", "percentage"),
}
SHOWN = {name: spellings[0] for name, spellings in HEADINGS.items()}
BUDGET = tuple(name for name in HEADINGS if name != "share")
SCOPES = {"product", "taakveld", "programme", "total"}
SEARCHED = 20  # rows in which the headings are looked for


@dataclass(frozen=True)
class Found:
    """Where the headings of a table stand.

    Attributes:
        row: their row, counted from 1.
        places: column -> its position, counted from 0.
        headings: column -> its heading as written.
    """

    row: int
    places: Mapping[str, int]
    headings: Mapping[str, str]


def named(cell: Any) -> str | None:  # noqa: ANN401 - any cell
    """Return the column that a heading stands for, or None."""
    if not isinstance(cell, str):
        return None
    plain = "_".join(cell.lower().replace("(", " ").replace(")", " ").split())
    plain = plain.replace("€", "eur").replace("\u00d7", "x").replace("-", "_").replace("/", "_")
    return next((name for name, spellings in HEADINGS.items() if plain in spellings), None)


def headed(grid: Grid, needed: set[str]) -> Found | None:
    """Return the first row that holds the needed headings, or None."""
    for number, cells in enumerate(grid.rows[:SEARCHED], start=1):
        names = [named(cell) for cell in cells]
        if needed <= set(names):
            places = {name: at for at, name in reversed(list(enumerate(names))) if name}
            return Found(number, places, {name: str(cells[at]) for name, at in places.items()})
    return None


def find_table(
    grids: Sequence[Grid], file: str, faults: list[TableFault]
) -> tuple[Grid | None, Found | None]:
    """Return the sheet with the budget and its headings, adding what is wrong with them."""
    for grid in grids:
        found = None
        if (grid.sheet or "").lower() != MAPPING_SHEET:
            found = headed(grid, {"year", "eur"}) or headed(grid, {"year", "x1000"})
        if found is not None and SCOPES & set(found.places):
            _check_headings(grid, found, file, faults)
            return grid, found
    sheet = grids[0].sheet if grids else None
    faults.append(fault("no-table", (file, sheet), None, None))
    return None, None


def _check_headings(grid: Grid, found: Found, file: str, faults: list[TableFault]) -> None:
    place, seen = (file, grid.sheet), set()
    known = ", ".join(SHOWN[name] for name in BUDGET)
    for cell in grid.rows[found.row - 1]:
        name = named(cell)
        if cell is None:
            continue
        if name is None or name not in BUDGET:
            faults.append(fault("unknown-heading", place, found.row, None, cell, known=known))
        elif name in seen:
            faults.append(fault("heading-twice", place, found.row, str(cell), cell))
        seen.add(name)
