"""What is checked of the lines of a budget table together, and beside an edition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from models.budget_lines import PRODUCT, TAAKVELD, TOTAL, BudgetLine, Ledger
from models.edition import Edition
from models.taakvelden import valid_in

__all__ = ["TableLine", "Target", "check_lines"]

MOST_LINES = 1_000
# An amount in thousands is a thousandth of what is expected; a budget never misses by that much.
_LEAST, _MOST = 200, 5_000
_SMALL = 100_000_00  # cents; of less than this, a thousandth proves nothing
Told = Callable[[str, int | None, str | None, object], None]


@dataclass(frozen=True)
class Target:
    """What a table becomes.

    Attributes:
        municipality: code.
        name: of the budget.
        version: such as ``primitief`` or ``1e wijziging``.
        decided_on: day of the decision, or None.
        edition: to hold the lines against; None = not held.
        confirmed: whether amounts that look like thousands were looked at by a person.
        control: year -> total in euros that the lines must add up to; None = of all years.
    """

    municipality: str
    name: str
    version: str
    decided_on: date | None = None
    edition: Edition | None = None
    confirmed: bool = False
    control: Mapping[int | None, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class TableLine:
    """A row as it was read: where it stands, and what it says."""

    row: int
    year: int
    scope: str
    code: str | None
    amount: Decimal
    basis: str
    label: str | None
    is_part: bool = False

    @property
    def key(self) -> tuple[int, str, str | None]:
        """Of what it is."""
        return self.year, self.scope, self.code


def check_lines(told: Told, lines: Sequence[TableLine], target: Target) -> None:
    """Tell what is wrong with the lines together, and beside the edition.

    Args:
        told: takes code, row, column and value of a fault.
        lines: as they were read.
        target: what they become.
    """
    if len(lines) > MOST_LINES:
        told("too-many", None, None, len(lines))
    _check_twice(told, lines)
    for line in lines:
        if line.scope == TAAKVELD and not valid_in(str(line.code), line.year):
            told("unknown-taakveld", line.row, TAAKVELD, f"{line.code} in {line.year}")
    _check_control(told, lines, target)
    if target.edition is not None and lines:
        _check_edition(told, lines, target, target.edition)


def _check_twice(told: Told, lines: Sequence[TableLine]) -> None:
    first: dict[tuple[int, str, str | None], TableLine] = {}
    for line in lines:
        before = first.setdefault(line.key, line)
        if before is not line and not (before.is_part and line.is_part):
            key = " ".join(str(part) for part in line.key if part is not None)
            told("twice", line.row, None, f"{key} (ook in rij {before.row})")


def _check_control(told: Told, lines: Sequence[TableLine], target: Target) -> None:
    for year, wanted in target.control.items():
        mine = [line for line in lines if year in (None, line.year)]
        whole = {line.year for line in mine if line.scope == TOTAL}
        counted = [line for line in mine if line.scope == TOTAL or line.year not in whole]
        found = sum((line.amount for line in counted), Decimal(0))
        if found != wanted:
            value = f"{year or 'alle jaren'}: {found} in de tabel, {wanted} verwacht"
            told("control", None, None, value)


def _check_edition(
    told: Told, lines: Sequence[TableLine], target: Target, edition: Edition
) -> None:
    series = edition.series
    mine = series["municipality"] == target.municipality
    products = {str(code) for code in set(series["product"][mine].tolist())}
    last = int(str(edition.manifest["until"])[:4])
    plain = [BudgetLine(one.year, one.scope, one.code, int(one.amount * 100)) for one in lines]
    ledger = Ledger(edition, target.municipality, plain)
    thousands = []
    for line, known in zip(lines, plain, strict=True):
        if line.scope == PRODUCT and line.code not in products:
            told("unknown-product", line.row, PRODUCT, line.code)
        elif line.year > last:
            told("outside", line.row, "year", f"{line.year}; raming tot en met {last}")
        elif not target.confirmed and _is_thousandth(ledger, known):
            thousands.append(line)
    for line in thousands:
        told("in-thousands", line.row, "eur", line.amount)


def _is_thousandth(ledger: Ledger, line: BudgetLine) -> bool:
    expected = ledger.expected(line)
    if expected is None or expected < _SMALL:
        return False
    return line.amount * _LEAST < expected < line.amount * _MOST
