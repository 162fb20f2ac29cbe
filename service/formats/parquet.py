"""Parquet: typed columns, with what they are about in the metadata of the file."""

from __future__ import annotations

from typing import Any, BinaryIO

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
    if is_text(values):
        return pa.array(values, type=pa.string())
    if values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[D]"), type=pa.date32())
    return pa.array(values, from_pandas=True)  # NaN is null


def _note(definition: str | None) -> dict[str, str] | None:
    return None if definition is None else {"description": definition}
