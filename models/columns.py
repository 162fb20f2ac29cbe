"""Columns of a table as arrays, read from their buffers.

The conversions of pyarrow itself would be shorter, but make it load pandas: a second of start-up
and 60 MB in every process of the service.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.catalogue import MEASURES

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


KEYS = ("municipality", "district", "product")  # the order in which series are sorted


def _series_schema() -> pa.Schema:
    fields = [(name, pa.string()) for name in (*KEYS, "frequency", "volume_unit", "clients_basis")]
    for measure in MEASURES:
        fields.append((f"row_{measure}", pa.int32()))
        fields += [(f"{part}_{measure}", pa.date32()) for part in ("from", "until", "data_until")]
        fields += [(f"{part}_{measure}", pa.string()) for part in ("outcome", "reason", "method")]
    return pa.schema(fields)


SERIES_SCHEMA = _series_schema()


def days(column: pa.ChunkedArray) -> npt.NDArray[np.datetime64]:
    """Return a date32 column as datetime64[D], NaT where it is null."""
    values, known = _values(column, np.dtype(np.int32))
    found = values.astype("datetime64[D]")
    found[~known] = np.datetime64("NaT")
    return found


def floats(column: pa.ChunkedArray) -> Floats:
    """Return a float64 column, NaN where it is null."""
    values, known = _values(column, np.dtype(np.float64))
    return np.where(known, values, np.nan)


def whole(column: pa.ChunkedArray, missing: int) -> Ints:
    """Return an int32 column as int64, with a number for what is null."""
    values, known = _values(column, np.dtype(np.int32))
    return np.where(known, values, missing).astype(np.int64)


def texts(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    """Return a column of text as an object array, None where it is null."""
    return np.array([*column.to_pylist(), None], dtype=object)[:-1]


def coded(column: pa.ChunkedArray) -> tuple[list[str | None], Ints]:
    """Return the distinct texts of a column (None the last), and the place of each row in them."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    words: list[str | None] = [*encoded.dictionary.to_pylist(), None]
    places, known = _values(pa.chunked_array([encoded.indices]), np.dtype(np.int32))
    return words, np.where(known, places, len(words) - 1).astype(np.int64)


def is_word(column: pa.ChunkedArray, word: str) -> Bools:
    """Tell for each row whether it holds a text."""
    words, places = coded(column)
    return np.asarray(places == (words.index(word) if word in words else -1))


def _values(column: pa.ChunkedArray, dtype: np.dtype[Any]) -> tuple[npt.NDArray[Any], Bools]:
    values, known = [np.zeros(0, dtype)], [np.zeros(0, np.bool_)]
    for chunk in column.chunks:
        if chunk.type.bit_width != dtype.itemsize * 8:
            raise TypeError(f"a column of {chunk.type} where {dtype} belongs")
        mask, data = chunk.buffers()
        part = slice(chunk.offset, chunk.offset + len(chunk))
        values.append(np.frombuffer(data, dtype)[part] if len(chunk) else values[0])
        if chunk.null_count:
            bits = np.unpackbits(np.frombuffer(mask, np.uint8), bitorder="little")
            known.append(bits[part].astype(np.bool_))
        else:
            known.append(np.ones(len(chunk), np.bool_))
    return np.concatenate(values), np.concatenate(known)
