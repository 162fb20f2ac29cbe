"""The forms in which rows leave the house: the same columns in each of them.

A writer takes columns (name -> array: text as object arrays with None, numbers with NaN for
unknown, days as datetime64[D], truth values), a binary stream, and what the rows are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from service.formats import csv
from service.formats.rows import DEFINITIONS, About, Columns

__all__ = ["DEFINITIONS", "FORMATS", "About", "Columns", "Format"]


@dataclass(frozen=True)
class Format:
    """One form.

    Attributes:
        name: as it is asked for.
        media_type: of an answer in this form.
        extension: of a file in this form, with its dot.
        is_text: whether it can be shown on a terminal.
        write: the writer.
        chunks: yields the same in pieces, or None where it can only be written as a whole.
    """

    name: str
    media_type: str
    extension: str
    is_text: bool
    write: Callable[[Columns, BinaryIO, About], None]
    chunks: Callable[[Columns], Iterator[bytes]] | None = None


def _csv(columns: Columns, stream: BinaryIO, _: About) -> None:
    stream.writelines(csv.chunks(columns, csv.PLAIN))


def _csv_nl(columns: Columns, stream: BinaryIO, _: About) -> None:
    stream.writelines(_dutch(columns))


def _dutch(columns: Columns) -> Iterator[bytes]:
    return csv.chunks(columns, csv.DUTCH)


def _xlsx(columns: Columns, stream: BinaryIO, about: About) -> None:
    from service.formats import xlsx  # noqa: PLC0415 - loaded when first asked for

    xlsx.write(columns, stream, about)


def _parquet(columns: Columns, stream: BinaryIO, about: About) -> None:
    from service.formats import parquet  # noqa: PLC0415 - loaded when first asked for

    parquet.write(columns, stream, about)


_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("csv", "text/csv; charset=utf-8; header=present", ".csv", True, _csv, csv.chunks),
        Format("csv-nl", "text/csv; charset=utf-8; header=present", ".csv", True, _csv_nl, _dutch),
        Format("xlsx", _SHEET, ".xlsx", False, _xlsx),
        Format("parquet", "application/vnd.apache.parquet", ".parquet", False, _parquet),
    )
}
