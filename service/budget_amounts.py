"""Amounts in the cells of a budget table: exact, or told why not."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from service.budget_cells import Formula

__all__ = ["CENT", "AmountError", "amount_of", "whole_of"]

CENT = Decimal("0.01")
MOST = Decimal(10) ** 11  # euros
_NEAR = Decimal("0.000001")  # what a spreadsheet's arithmetic leaves behind a cent
_FORMS = {
    ",": re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"),
    ".": re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?"),
}


class AmountError(ValueError):
    """A cell holds no amount; the message is the code of the rule."""


def amount_of(cell: Any, decimal: str | None, factor: int = 1) -> Decimal:  # noqa: ANN401 - any cell
    """Return a cell as euros, in whole cents.

    Args:
        cell: what stands there.
        decimal: sign before the fraction in texts; None = numbers must be numbers.
        factor: euros per unit: 1000 where thousands were declared.

    Raises:
        AmountError: ``formula``, ``empty``, ``text``, ``no-amount``, ``negative``, or ``cents``.
    """
    value = _value(cell, decimal) * factor
    if abs(value) > MOST:  # before it is cut to cents, which takes as many digits as it has
        raise AmountError("negative" if value < 0 else "no-amount")
    cents = value.quantize(CENT)
    if abs(cents - value) > _NEAR:
        raise AmountError("cents")
    if cents < 0:
        raise AmountError("negative")
    return cents


def _value(cell: Any, decimal: str | None) -> Decimal:  # noqa: ANN401 - any cell
    if isinstance(cell, Formula):
        raise AmountError("formula")
    if cell is None:
        raise AmountError("empty")
    if isinstance(cell, str):
        if decimal is None:
            raise AmountError("text")
        return _read(cell, decimal)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise AmountError("no-amount")
    found = Decimal(repr(cell))
    if not found.is_finite():
        raise AmountError("no-amount")
    return found


def _read(text: str, decimal: str) -> Decimal:
    plain = re.sub(r"[\s\u00a0\u202f€]", "", text).removeprefix("EUR").replace("\u2212", "-")
    if not _FORMS[decimal].fullmatch(plain):
        raise AmountError("no-amount")
    grouped = "." if decimal == "," else ","
    try:
        return Decimal(plain.replace(grouped, "").replace(decimal, "."))
    except InvalidOperation as error:
        raise AmountError("no-amount") from error


def whole_of(cell: Any) -> int | None:  # noqa: ANN401 - any cell
    """Return a cell as a whole number such as a year; None where it is none."""
    if isinstance(cell, str) and re.fullmatch(r"\d{4}", cell):
        return int(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    return int(cell) if isinstance(cell, int) or cell.is_integer() else None
