"""Comma-separated values: RFC 4180, and the variant that Dutch Excel opens by double click."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.formats.rows import Columns, guarded, is_text, words

ROWS_AT_ONCE = 10_000
LINE_END = "\r\n"


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart and numbers written.

    Attributes:
        delimiter: between cells.
        decimal: between whole and fraction.
        mark: written first.
    """

    delimiter: str
    decimal: str
    mark: str


PLAIN = Dialect(",", ".", "")
DUTCH = Dialect(";", ",", "\ufeff")  # Excel takes UTF-8 for what it is by the mark only


def chunks(columns: Columns, dialect: Dialect = PLAIN) -> Iterator[bytes]:
    """Yield the file in pieces, so that a whole edition takes little memory.

    Args:
        columns: name -> array, all of one length.
        dialect: ``PLAIN`` or ``DUTCH``.
    """
    header = [_cell(name, dialect) for name in columns]
    yield (dialect.mark + dialect.delimiter.join(header) + LINE_END).encode("utf-8")
    rows = len(next(iter(columns.values()), np.zeros(0)))
    for start in range(0, rows, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        texts = [_column(values[part], dialect) for values in columns.values()]
        lines = map(dialect.delimiter.join, zip(*texts, strict=True))
        yield (LINE_END.join(lines) + LINE_END).encode("utf-8")


def _column(values: npt.NDArray[Any], dialect: Dialect) -> list[str]:
    if is_text(values):
        items = values.tolist()
        known = {item: _cell("" if item is None else str(item), dialect) for item in set(items)}
        return [known[item] for item in items]  # many rows, few distinct texts
    texts = words(values)
    if values.dtype.kind == "f" and dialect.decimal != ".":
        return [text.replace(".", dialect.decimal) for text in texts]
    return texts


def _cell(text: str, dialect: Dialect) -> str:
    text = guarded(text)
    if any(sign in text for sign in (dialect.delimiter, '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text
