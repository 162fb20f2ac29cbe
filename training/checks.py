"""Check one file of a delivery against the contract; every fault at once, nothing repaired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.contract import Column, DataFile, Kind
from models.errors import Fault
from models.panel import empty_table
from training.citizen_number import (
    AMOUNTS,
    CODES,
    WORDS,
    Judgement,
    holds_citizen_number,
    is_citizen_number,
    looks_like_citizen_numbers,
    without_citizen_numbers,
)
from training.overlaps import overlap_faults
from training.schemas import text_faults, value_faults
from training.sources.tables import TextTable
from training.spelling import suggestion
from training.values import ReadColumn, read_column

CITIZEN_RULE = (
    "the column looks like citizen service numbers (BSN); these are refused and not shown: "
    "remove the column, deliver totals only, and report the leak to your privacy officer"
)
_WITHHELD = "a number that looks like a citizen service number (BSN) is not shown here: "


@dataclass(frozen=True)
class CheckedTable:
    """One file after its own checks.

    Attributes:
        file: its contract.
        source: its text.
        typed: every column of the contract under its panel name; the index is the row number;
            unknown where a cell is empty or wrong.
        delivered: the columns that could be used.
        faults: everything found so far.
    """

    file: DataFile
    source: TextTable
    typed: pd.DataFrame
    delivered: frozenset[str]
    faults: tuple[Fault, ...]

    def has(self, *columns: str) -> bool:
        """Tell whether these columns were delivered and the file has rows."""
        return self.delivered.issuperset(columns) and len(self.typed) > 0


def check_table(file: DataFile, source: TextTable) -> CheckedTable:
    """Check one file: its header, every cell, every row, and its rows beside each other.

    Args:
        file: the contract of the file.
        source: the file as text.
    """
    refused = citizen_columns(source, file)
    faults = [*source.faults, *citizen_faults(source.file, refused)]
    headers = tuple(source.cells.columns)
    source = replace(source, cells=source.cells.drop(columns=list(refused)))
    if not headers:
        return CheckedTable(file, source, empty_table(file.name), frozenset(), tuple(faults))
    cells = source.cells
    read = {
        name: read_column(file.column(name), cells[name]) for name in file.names if name in cells
    }
    typed = _typed(file, cells.index, read)
    faults += _header_faults(file, source, headers)
    form = text_faults(file, source, {name: read[name].broken for name in read})
    faults += [fault for fault in form if fault.column not in refused]
    faults += value_faults(file, source, typed)
    faults += overlap_faults(file, source, typed)
    faults += _content_faults(file, source)
    return CheckedTable(file, source, typed, frozenset(read), tuple(faults))


def citizen_columns(source: TextTable, file: DataFile | None = None) -> tuple[str, ...]:
    """Return the columns that look like citizen service numbers."""
    judged = {column.name: _judgement(column) for column in file.columns} if file else {}
    return tuple(
        name
        for name in source.cells.columns
        if looks_like_citizen_numbers(name, source.cells[name], judged.get(name, WORDS))
    )


def _judgement(column: Column) -> Judgement:
    if column.kind in {Kind.NUMBER, Kind.MONEY}:
        return AMOUNTS
    return WORDS if column.kind is Kind.TEXT else CODES


def citizen_faults(name: str, refused: Iterable[str]) -> list[Fault]:
    """Return the refusal of each column of citizen service numbers, without a value."""
    return [Fault(name, None, column, None, CITIZEN_RULE) for column in refused]


def _typed(file: DataFile, index: pd.Index, read: dict[str, ReadColumn]) -> pd.DataFrame:
    typed = empty_table(file.name).reindex(index)
    for column in file.columns:
        if column.name in read:
            typed[column.panel_name] = read[column.name].typed
        elif not (column.is_number or column.is_day):
            typed[column.panel_name] = np.full(len(index), None, dtype=object)
    return typed


def _header_faults(file: DataFile, source: TextTable, headers: tuple[str, ...]) -> Iterator[Fault]:
    absent = [name for name in file.names if name not in headers]
    present = set(source.cells.columns)
    repeated = {name for name in present if name.partition(" (column ")[0] in source.repeated}
    for name in sorted(present - set(file.names) - repeated):
        yield from _unknown_column(source, name, absent)
    if file.one_of and not set(headers).intersection(file.one_of):
        rule = f"at least one of the columns {', '.join(file.one_of)} is needed"
        yield Fault(source.file, None, None, None, rule)


def _content_faults(file: DataFile, source: TextTable) -> Iterator[Fault]:
    """Refuse a required file in which there is nothing to read, or no figure at all."""
    if not file.required:
        return
    if not source.read:
        yield Fault(source.file, None, None, None, "the file has a header but no rows")
    figures = [name for name in file.one_of if name in source.cells]
    if figures and len(source.cells) and source.cells[figures].isna().all(axis=None):
        rule = (
            f"every row is empty in {', '.join(figures)}; at least one figure is needed "
            "(empty = not known, 0 = none)"
        )
        yield Fault(source.file, None, None, None, rule)


def _unknown_column(source: TextTable, name: str, absent: list[str]) -> Iterator[Fault]:
    if not name.strip():
        if source.cells[name].notna().any():
            rule = "a column without a header is not read"
            yield Fault(source.file, None, None, None, rule, "warning")
        return
    shown = None if is_citizen_number(name) else name
    near = [word for word in absent if _plain(word) == _plain(name)]
    if near:
        rule = f"the header must be spelled exactly {near[0]!r}"
        yield Fault(source.file, None, shown, None, rule)
        return
    rule = f"the column is not in the contract and is not read{suggestion(name, absent)}"
    yield Fault(source.file, None, shown, None, rule, "warning")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def discreet(fault: Fault, file: DataFile | None) -> Fault:
    """Return a fault that shows no number that may be a person's.

    Args:
        fault: about any file.
        file: its contract; columns of amounts keep their value.
    """
    rule, value = without_citizen_numbers(fault.rule), fault.value
    amounts = {c.name for c in file.columns if c.kind in {Kind.NUMBER, Kind.MONEY}} if file else ()
    if value is not None and fault.column not in amounts and holds_citizen_number(value):
        return replace(fault, value=None, rule=_WITHHELD + rule)
    return fault if rule == fault.rule else replace(fault, rule=rule)


def words_with_citizen_numbers(table: CheckedTable) -> Iterator[Fault]:
    """Flag free text in which a citizen service number seems to stand."""
    for column in _free_text(table):
        words = table.typed[column.name].dropna()
        for row in words.index[[holds_citizen_number(text) for text in words]]:
            rule = (
                "the text holds nine digits that may be a citizen service number (BSN); "
                "remove it if it is one (the text is not shown)"
            )
            yield Fault(table.source.file, int(row), column.name, None, rule, "warning")


def _free_text(table: CheckedTable) -> Iterator[Column]:
    for column in table.file.columns:
        if column.kind is Kind.TEXT and column.name in table.delivered:
            yield column
