"""Read a CSV file as text: UTF-8, commas, a header in the first row."""

from __future__ import annotations

import csv
import io

from training.sources.tables import COMMA_ADVICE, HEADER, Records, TextTable

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_NO_TEXT = {b"PK\x03\x04": "a workbook", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def csv_table(records: Records, raw: bytes) -> TextTable:
    """Read the bytes of a CSV file.

    Args:
        records: with the file's name and hash; takes the faults.
        raw: the file; a byte order mark is tolerated.
    """
    text = _decoded(records, raw)
    if text is not None and _comma_separated(records, text):
        _collect(records, text)
    return records.table()


def _decoded(records: Records, raw: bytes) -> str | None:
    for start, what in _NO_TEXT.items():
        if raw.startswith(start):
            records.refuse(None, f"the file is {what} and not UTF-8 text; {COMMA_ADVICE}")
            return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        records.refuse(None, f"the file is not UTF-8, first seen in line {line}; {COMMA_ADVICE}")
        return None
    return text


def _comma_separated(records: Records, text: str) -> bool:
    header = text.partition("\n")[0]
    if not header.strip():
        records.refuse(HEADER, "the first row is empty; it holds the headers")
        return False
    if "\0" in header:
        records.refuse(HEADER, f"the header holds NUL bytes, as UTF-16 does; {COMMA_ADVICE}")
        return False
    for separator, name in _OTHER_SEPARATORS.items():
        if "," not in header and separator in header:
            rule = f"columns are separated by {name} where commas are expected; {COMMA_ADVICE}"
            records.refuse(HEADER, rule)
            return False
    return True


def _collect(records: Records, text: str) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=HEADER):
            records.take(number, row)
    except csv.Error as error:
        records.refuse_row(
            number + 1,
            f"the row cannot be read, nor what follows it ({error}); a quote that is opened must "
            "be closed before the next comma, and a quote inside a value is written twice",
        )
