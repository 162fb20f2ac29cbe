"""The project's exceptions.

ZorgramingError            base: a message for a person, exit code 1
├── DeliveryError          a delivery was refused; carries every fault
├── SelectionError         a question that has no honest answer; carries every fault
├── PriceError             a price that is not known, or cannot be
├── HorizonError           the asked horizon and the data do not fit
├── EditionError           an edition cannot be read, trusted or written
└── ApprovalError          a signature that cannot be given
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a delivery, in words its supplier can act on.

    Attributes:
        file: name of the file within the delivery, for example ``care_use.csv``.
        row: line number in the file as a spreadsheet shows it (header = 1), or None for the file.
        column: the column, or None when the whole row or file is meant.
        value: the offending value as text, or None.
        rule: the rule that was broken, as a sentence.
        severity: ``error`` (the delivery is refused) or ``warning`` (accepted and flagged).
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    severity: str = "error"

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        value = "" if self.value is None else f": {self.value!r}"
        return f"{place}{value}: {self.rule}"


class ZorgramingError(Exception):
    """Base of all errors that are meant for a person."""


class DeliveryError(ZorgramingError):
    """A delivery was refused. ``faults`` holds every fault, not only the first."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


@dataclass(frozen=True)
class ParameterFault:
    """One thing wrong with a question.

    Attributes:
        parameter: the name as the asker wrote it.
        value: the offending value, or None.
        rule: what is asked instead, as a sentence.
        allowed: the values that would be accepted, where they can be listed.
    """

    parameter: str
    value: str | None
    rule: str
    allowed: tuple[str, ...] = ()

    def __str__(self) -> str:
        value = "" if self.value is None else f" {self.value!r}"
        allowed = f" (allowed: {', '.join(self.allowed)})" if self.allowed else ""
        return f"{self.parameter}{value}: {self.rule}{allowed}"


class SelectionError(ZorgramingError):
    """A question that has no honest answer, such as adding hours to days."""

    def __init__(self, message: str, faults: Sequence[ParameterFault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class PriceError(ZorgramingError):
    """A price that is not known on a day, or an index that cannot be."""


class HorizonError(ZorgramingError):
    """The asked as-of date or horizon does not fit the data."""


class EditionError(ZorgramingError):
    """An edition cannot be read, trusted or written."""


class ApprovalError(ZorgramingError):
    """A signature that cannot be given, with the reason."""
