"""The words in which the data contract is written: kinds of column, columns and files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a cell of a column holds."""

    CODE = "code"  # identifies something; never padded, never the reserved word 'all'
    TEXT = "text"  # free words
    CHOICE = "choice"  # one of the allowed values
    DATE = "date"  # any day, ISO
    PERIOD = "period"  # the first day of a month, quarter or year, ISO
    NUMBER = "number"  # decimal point, no thousands separator
    MONEY = "money"  # euros with at most two decimals, kept as whole cents
    YEAR = "year"  # a calendar year
    AGE = "age"  # a whole number of years


class Negative(StrEnum):
    """What happens to a number below zero."""

    REFUSED = "refused"
    FLAGGED = "flagged"  # legal (a credit), reported as a warning
    FINE = "fine"


@dataclass(frozen=True)
class Column:
    """One column of one file.

    Attributes:
        name: the header, exactly.
        kind: what a cell holds.
        rule: what a cell must satisfy, in English, for developers and documents.
        explanation: what to fill in, in Dutch, for the people who deliver.
        example: one value that could be delivered.
        required: the column must be there and no cell may be empty.
        allowed: the values of a CHOICE.
        default: what an empty or absent cell means, or None (then it is unknown or not stated).
        negative: what happens to a number below zero.
    """

    name: str
    kind: Kind
    rule: str
    explanation: str
    example: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    default: str | None = None
    negative: Negative = Negative.REFUSED

    @property
    def panel_name(self) -> str:
        """The column's name in the panel: money is held in whole cents and says so."""
        return f"{self.name.removesuffix('_eur')}_cents" if self.kind is Kind.MONEY else self.name

    @property
    def is_number(self) -> bool:
        """Tell whether a cell is read as a number."""
        return self.kind in {Kind.NUMBER, Kind.MONEY, Kind.YEAR, Kind.AGE}

    @property
    def is_day(self) -> bool:
        """Tell whether a cell is read as a day."""
        return self.kind in {Kind.DATE, Kind.PERIOD}


@dataclass(frozen=True)
class DataFile:
    """One file of a delivery.

    Attributes:
        name: the name without suffix.
        purpose: what it is for, in English.
        explanation: the same for the people who deliver, in Dutch.
        columns: all columns, in the order of the template.
        key: the columns that together occur once.
        one_of: columns of which at least one must be delivered.
        known: from which day a row without ``known_from`` counts as known.
        required: a delivery without this file is refused.
    """

    name: str
    purpose: str
    explanation: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    known: str
    one_of: tuple[str, ...] = ()
    required: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The headers, in the order of the template."""
        return tuple(column.name for column in self.columns)

    @property
    def panel_names(self) -> tuple[str, ...]:
        """The names of the columns in the panel, in the same order."""
        return tuple(column.panel_name for column in self.columns)

    @property
    def required_names(self) -> tuple[str, ...]:
        """The headers that must be there."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises:
            KeyError: the file has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")
