"""Parquet: typed columns, with what they are about in the metadata of the file."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from service.formats.rows import About, Columns, is_text

ROWS_AT_ONCE = 100_000


def write(columns: Columns, stream: BinaryIO, about: About) -> None:
    """Write rows as Parquet; texts are dictionary-encoded, unknown is null.

    Args:
        columns: name -> array, all of one length.
        stream: where to.
        about: its facts go into the metadata of the schema, each definition to its column.
    """
    arrays = {name: _array(values) for name, values in columns.items()}
    fields = [
        pa.field(name, array.type, metadata=_note(about.definitions.get(name)))
        for name, array in arrays.items()
    ]
    schema = pa.schema(fields, metadata=dict(about.facts) or None)
    table = pa.table(list(arrays.values()), schema=schema)
    pq.write_table(table, stream, compression="zstd", row_group_size=ROWS_AT_ONCE)


def _array(values: npt.NDArray[Any]) -> pa.Array:
    """Return a column, from buffers: the conversions of pyarrow would make it load pandas."""
    if values.dtype.kind == "f":
        return _numbers(values.astype(np.float64), pa.float64(), ~np.isnan(values))
    if values.dtype.kind == "M":
        days = values.astype("datetime64[D]")
        return _numbers(days.astype(np.int64).astype(np.int32), pa.date32(), ~np.isnat(days))
    if is_text(values):
        return _texts(values.tolist())
    if values.dtype.kind == "b":
        packed = pa.py_buffer(np.packbits(values, bitorder="little"))
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, packed])
    return _numbers(values.astype(np.int64), pa.int64(), np.ones(len(values), dtype=np.bool_))


def _texts(values: list[object]) -> pa.Array:
    encoded = {value: str(value).encode() for value in set(values)}  # few distinct ones
    encoded[None] = b""
    sizes = {value: len(text) for value, text in encoded.items()}
    ends = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum([sizes[value] for value in values], out=ends[1:])
    known = np.array([value is not None for value in values], dtype=np.bool_)
    data = b"".join([encoded[value] for value in values])
    buffers = [np.packbits(known, bitorder="little"), ends, data]
    return pa.Array.from_buffers(pa.string(), len(values), [pa.py_buffer(b) for b in buffers])


def _numbers(values: npt.NDArray[Any], kind: pa.DataType, known: npt.NDArray[np.bool_]) -> pa.Array:
    mask = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [mask, pa.py_buffer(values)])


def _note(definition: str | None) -> dict[str, str] | None:
    return None if definition is None else {"description": definition}
