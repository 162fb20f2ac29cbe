"""Open a file of a delivery and read the tables in it, whatever its format."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from models.contract import CONTRACT
from training.sources.csv_text import csv_table
from training.sources.parquet_text import parquet_table
from training.sources.tables import Records, TextTable
from training.sources.workbook_text import workbook_tables

_NAMES = frozenset(file.name for file in CONTRACT)


def tables_in(path: Path) -> dict[str, TextTable]:
    """Return the tables of a CSV, Parquet or XLSX file, by the name they go by, in lower case.

    A CSV or Parquet file is one table that goes by the name of the file. A workbook has a table per
    sheet; one with a single sheet, called like a file of the contract, is that table.

    Args:
        path: the suffix says what it is.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is no readable workbook.
    """
    raw = path.read_bytes()
    digest, name = sha256(raw).hexdigest(), path.stem.lower()
    records = Records(path.name, digest)
    if not raw:
        records.refuse(None, "the file is empty: not even a header")
        return {name: records.table()}
    if path.suffix.lower() == ".xlsx":
        return _named(name, workbook_tables(path.name, digest, raw))
    read = parquet_table if path.suffix.lower() == ".parquet" else csv_table
    return {name: read(records, raw)}


def _named(name: str, sheets: dict[str, TextTable]) -> dict[str, TextTable]:
    if len(sheets) == 1 and name in _NAMES:
        return dict(zip([name], sheets.values(), strict=True))
    return {title.strip().lower(): table for title, table in sheets.items()}
