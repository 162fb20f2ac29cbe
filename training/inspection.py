"""What came of looking at a delivery: counts, faults, and the panel if it was accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.errors import Fault
from models.panel import Panel


@dataclass(frozen=True)
class FileCount:
    """How many rows of one file were read, accepted and rejected: accepted + rejected = read."""

    file: str
    read: int
    accepted: int
    rejected: int


@dataclass(frozen=True)
class Inspection:
    """A delivery after all checks.

    Attributes:
        name: name of the delivery.
        files: counts per file, in the order of the contract.
        faults: everything that was found, in the order of files and rows.
        panel: the delivery in memory, or None when it is refused.
    """

    name: str
    files: tuple[FileCount, ...]
    faults: tuple[Fault, ...]
    panel: Panel | None

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults for which the delivery is refused."""
        return tuple(fault for fault in self.faults if fault.severity == "error")

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """The faults that are accepted and flagged."""
        return tuple(fault for fault in self.faults if fault.severity != "error")


def count_rows(file: str, read: int, faults: Iterable[Fault]) -> FileCount:
    """Count the rows of a file: one with an error is rejected, once, whatever else is wrong.

    An error of the file as such (a missing column, for instance) rejects all its rows.

    Args:
        file: the name as delivered.
        read: rows without the header.
        faults: of the whole delivery; those of other files are left out.
    """
    wrong = [fault.row for fault in faults if fault.file == file and fault.severity == "error"]
    header = 1
    if any(row is None or row <= header for row in wrong):
        return FileCount(file, read, 0, read)
    rejected = min(len(set(wrong)), read)
    return FileCount(file, read, read - rejected, rejected)
