"""Read the text of one cell as the contract means it, or say which rule it breaks.

Every reader takes the text of a cell that is not empty and returns its value, or raises ValueError
with the rule as a sentence for the supplier. Nothing is repaired: no spaces are cut off, no comma
becomes a point.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from models.catalogue import ALL
from models.contract import Column, Kind
from training.spelling import suggestion

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LEAVE_EMPTY = "leave the cell empty when the figure is not known"
_NO_NUMBER = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE | re.DOTALL), rule)
    for pattern, rule in (
        (r"[+-]?(nan|inf(inity)?)", f"is not a finite number; {_LEAVE_EMPTY}"),
        (r"\s.*|.*\s", "has spaces around the number"),
        (
            r"[+-]?\d+(\.\d{3})*,\d+",
            "has a decimal comma; write a decimal point and no thousands separator (1234.50)",
        ),
        (
            r"[+-]?\d{1,3}([.' ]\d{3})+([.,]\d+)?|[+-]?\d{1,3}(,\d{3})+\.\d+",
            "has a thousands separator; write digits only, with a decimal point (1234.50)",
        ),
        ("[<>≤≥].*", f"is a bound and not a number; {_LEAVE_EMPTY}"),
        (".*[€$%].*", "has a currency or percent sign; write the number only"),
    )
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DUTCH = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_WHOLE = re.compile(r"\d+(?:\.0*)?", re.ASCII)

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_OLDEST = 150
_LARGEST_CENTS = 2**53  # beyond it float64 no longer holds every whole number
_CENTS_PER_EURO = 100


def read_number(text: str) -> float:
    """Read a number with a decimal point."""
    _refuse_unreadable(text)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("is not a finite number")
    return value + 0.0  # minus zero is zero


def read_cents(text: str) -> float:
    """Read an amount in euros exactly; returns whole cents."""
    _refuse_unreadable(text)
    cents = Fraction(Decimal(text)) * _CENTS_PER_EURO
    if cents.denominator != 1:
        raise ValueError(_too_precise(text))
    if abs(cents) > _LARGEST_CENTS:
        raise ValueError("is too large for an amount in euros")
    return float(cents)


def _too_precise(text: str) -> str:
    decimals = text.partition(".")[2]
    if len(decimals) == 3:  # noqa: PLR2004 - three digits after the point look like thousands
        return "has three decimals; money has at most two, and a point is not a thousands separator"
    return "has more than two decimals; round the amount to whole cents before delivering it"


def _refuse_unreadable(text: str) -> None:
    if _NUMBER.fullmatch(text):
        return
    raise ValueError(_why_no_number(text))


def _why_no_number(text: str) -> str:
    for pattern, rule in _NO_NUMBER:
        if pattern.fullmatch(text):
            return rule
    return f"is text where a number is expected; {_LEAVE_EMPTY}"


def read_day(text: str) -> np.datetime64:
    """Read a day in ISO form."""
    found = _ISO.fullmatch(text)
    if not found:
        raise ValueError(_why_no_day(text))
    year, month, day = (int(part) for part in found.groups())
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"lies outside {_FIRST_YEAR}-{_LAST_YEAR}")
    try:
        return np.datetime64(date(year, month, day), "ns")
    except ValueError:
        raise ValueError("is a day that does not exist") from None


def _why_no_day(text: str) -> str:
    dutch = _DUTCH.fullmatch(text)
    if dutch:
        day, month, year = (int(part) for part in dutch.groups())
        return f"is not written as YYYY-MM-DD; is {year:04d}-{month:02d}-{day:02d} meant?"
    if re.fullmatch(r"\d{4}-\d{2}", text):
        return f"is a month and not a day; write its first day, {text}-01"
    if re.fullmatch(r"\d{4}", text):
        return f"is a year and not a day; write its first day, {text}-01-01"
    if _ISO.match(text):
        return "has more than a date; write YYYY-MM-DD only, without a time"
    return "is not a date written as YYYY-MM-DD"


def read_period(text: str) -> np.datetime64:
    """Read the first day of a period."""
    day = read_day(text)
    if not text.endswith("-01"):
        raise ValueError("is not the first day of a month, quarter or year")
    return day


def read_year(text: str) -> float:
    """Read a calendar year."""
    return _whole_number(text, "a year of four digits", _FIRST_YEAR, _LAST_YEAR)


def read_age(text: str) -> float:
    """Read an age in whole years."""
    return _whole_number(text, "an age in whole years", 0, _OLDEST)


def _whole_number(text: str, what: str, lowest: int, highest: int) -> float:
    if not _WHOLE.fullmatch(text) or not lowest <= float(text) <= highest:
        raise ValueError(f"is not {what} from {lowest} to {highest}")
    return float(text)


def read_code(text: str) -> str:
    """Read a code: any words, but nothing invisible around them."""
    if text != text.strip():
        raise ValueError(f"has spaces around the code; is {text.strip()!r} meant?")
    if not text.isprintable():
        raise ValueError("holds invisible characters")
    if text.casefold() == ALL:
        raise ValueError(f"is reserved: {ALL!r} stands for a sum in every answer")
    return text


def read_text(text: str) -> str:
    """Read free words."""
    return text


def _read_choice(column: Column) -> Callable[[str], str]:
    allowed = frozenset(column.allowed)

    def read(text: str) -> str:
        if text not in allowed:
            hint = suggestion(text, column.allowed)
            raise ValueError(f"is not one of: {', '.join(column.allowed)}{hint}")
        return text

    return read


_READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.CODE: read_code,
    Kind.TEXT: read_text,
    Kind.DATE: read_day,
    Kind.PERIOD: read_period,
    Kind.NUMBER: read_number,
    Kind.MONEY: read_cents,
    Kind.YEAR: read_year,
    Kind.AGE: read_age,
}


@dataclass(frozen=True)
class ReadColumn:
    """A column after reading.

    Attributes:
        typed: float64, datetime64[ns] or str/None, by kind; unknown where empty or wrong.
        broken: the rule that is broken, per distinct wrong text.
    """

    typed: pd.Series
    broken: dict[str, str]


def read_column(column: Column, cells: pd.Series) -> ReadColumn:
    """Read all cells of a column, each distinct text once.

    Args:
        column: the contract of the column.
        cells: str, None where empty.
    """
    read = _read_choice(column) if column.kind is Kind.CHOICE else _READERS[column.kind]
    codes, texts = pd.factorize(cells)
    values, broken = [], {}
    for text in texts:
        try:
            _refuse_blank(text)
            values.append(read(text))
        except ValueError as error:
            values.append(None)
            broken[text] = str(error)
    held = np.array([*values, None], dtype=object)[codes]  # code -1, an empty cell, takes the last
    return ReadColumn(_typed(column, pd.Series(held, index=cells.index, dtype=object)), broken)


def _refuse_blank(text: str) -> None:
    if not text.strip():
        raise ValueError("holds spaces only; leave the cell empty")


def _typed(column: Column, held: pd.Series) -> pd.Series:
    if column.is_number:
        return held.astype("float64")
    return held.astype("datetime64[ns]") if column.is_day else held
