"""Read a Parquet file as the text that the same table has as CSV."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.sources.tables import HEADER, Records, TextTable

Text = npt.NDArray[np.object_]
_EXACT = 2**53  # below it a whole float64 is written without decimals


def parquet_table(records: Records, raw: bytes) -> TextTable:
    """Read the bytes of a Parquet file; cells are None where null, NaN or empty.

    Days and moments at midnight become YYYY-MM-DD, whole numbers lose their '.0', other numbers
    take the shortest text that reads back the same.

    Args:
        records: with the file's name and hash; takes the faults.
        raw: the file.
    """
    try:
        table = pq.read_table(pa.BufferReader(raw))
        columns = [_text(table.column(at)) for at in range(table.num_columns)]
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        records.refuse(None, f"the file is not a readable Parquet table: {reason}")
        return records.table()
    records.header = list(table.column_names)
    first = HEADER + 1
    filled = np.zeros(table.num_rows, dtype=np.bool_)
    for column in columns:
        filled |= np.array([cell is not None for cell in column], dtype=np.bool_)
    records.empty = [int(row) + first for row in np.flatnonzero(~filled)]
    numbers = np.flatnonzero(filled) + first
    return records.table_of([column[filled] for column in columns], numbers)


def _text(column: Any) -> Text:  # noqa: ANN401 - pyarrow has no types
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.cast(kind.value_type))
    for belongs, write in _WRITERS:
        if belongs(kind):
            return _empty_as_none(write(column))
    raise ValueError(f"a column holds {kind}, which does not fit in one cell")


def _empty_as_none(cells: Iterable[Any]) -> Text:
    text = np.array([*cells, None], dtype=object)[:-1]  # the None keeps numpy from guessing
    text[text == ""] = None
    return text


def _days(column: Any) -> Iterable[str | None]:  # noqa: ANN401
    if getattr(column.type, "tz", None):
        column = pc.local_timestamp(column)
    moments = column.to_numpy()
    days = moments.astype("datetime64[D]")
    whole = np.isnat(moments) | (days == moments)
    text = np.where(whole, np.datetime_as_string(days), np.datetime_as_string(moments))
    return [None if empty else str(day) for empty, day in zip(np.isnat(moments), text, strict=True)]


def _floats(column: Any) -> Iterable[str | None]:  # noqa: ANN401
    # str of a float32 scalar is the shortest text of a float32; as float64 it would grow digits.
    return [_float(value) for value in column.to_numpy()]


def _float(value: Any) -> str | None:  # noqa: ANN401
    if math.isnan(value):
        return None
    if abs(value) < _EXACT and value == int(value):
        return str(int(value))
    return str(value)


def _plain(column: Any) -> Iterable[str | None]:  # noqa: ANN401
    return [None if value is None else format(value, "f") for value in column.to_pylist()]


def _words(column: Any) -> Iterable[str | None]:  # noqa: ANN401
    return [None if value is None else str(value) for value in column.to_pylist()]


_WRITERS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Iterable[str | None]]], ...] = (
    (pa.types.is_date, _days),
    (pa.types.is_timestamp, _days),
    (pa.types.is_floating, _floats),
    (pa.types.is_decimal, _plain),
    (pa.types.is_integer, _words),
    (pa.types.is_boolean, _words),
    (pa.types.is_string, _words),
    (pa.types.is_large_string, _words),
    (pa.types.is_null, _words),
)
