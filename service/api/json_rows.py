"""Rows as JSON: written column by column, because most texts occur many times."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from service.formats import Columns

ROWS_AT_ONCE = 10_000


def envelope(columns: Columns, meta: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield ``{"meta": …, "rows": […]}`` in pieces; what is unknown is null, never NaN.

    Args:
        columns: name -> array, all of one length: text as object arrays with None, numbers with
            NaN for unknown, days as datetime64[D], truth values.
        meta: what belongs to the rows as a whole.
    """
    about = json.dumps(meta, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    yield f'{{"meta":{about},\n"rows":[\n'.encode()
    count = len(next(iter(columns.values()), ()))
    for start in range(0, count, ROWS_AT_ONCE):
        cut = slice(start, min(start + ROWS_AT_ONCE, count))
        yield (",\n" if start else "").encode() + _rows(columns, cut).encode()
    yield b"\n]}\n"


def _rows(columns: Columns, cut: slice) -> str:
    """Return some rows; what is the same in all of them is written into their pattern once."""
    members, words = [], []
    for name, values in columns.items():
        member, found = _text(name).replace("%", "%%"), _words(values[cut])
        if values.dtype.kind == "O" and found.count(found[0]) == len(found):
            members.append(f"{member}:{found[0].replace('%', '%%')}")
        else:
            members.append(f"{member}:%s")
            words.append(found)
    template = "{" + ",".join(members) + "}"
    if not words:
        return ",\n".join([template % ()] * (cut.stop - cut.start))
    return ",\n".join([template % row for row in zip(*words, strict=True)])


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _words(values: npt.NDArray[Any]) -> list[str]:
    if values.dtype.kind == "f":
        return ["null" if value != value else repr(value) for value in values.tolist()]  # noqa: PLR0124 - NaN
    if values.dtype.kind == "b":
        return ["true" if value else "false" for value in values.tolist()]
    if values.dtype.kind == "M":
        days = np.datetime_as_string(values.astype("datetime64[D]")).tolist()
        return ["null" if day == "NaT" else f'"{day}"' for day in days]
    known = {value: "null" if value is None else _text(value) for value in set(values.tolist())}
    return [known[value] for value in values.tolist()]
