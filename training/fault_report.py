"""Write the faults of a delivery as a file to send to its supplier, and as lines for a screen."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from models.errors import Fault, ZorgramingError
from training.files import write_aside
from training.inspection import Inspection
from training.spelling import listed
from training.values import read_number

COLUMNS = ("kind", "file", "row", "column", "value", "rule", "read", "accepted", "rejected")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = (10, 20, 8, 18, 24, 110, 10, 10, 10)
_SHEET_ROWS = 1_048_576  # what one sheet of a workbook can hold
_PLACES_SHOWN, _VALUES_SHOWN = 5, 3

Row = tuple[str | int | None, ...]


def write_fault_report(path: Path, inspection: Inspection) -> Path:
    """Write counts per file and every fault; the suffix .csv, .json or .xlsx says how.

    Each file has a row of kind ``count`` (accepted + rejected = read); each fault is a row of kind
    ``error`` or ``warning``. A rejected row has at least one error of its own, or its file has one
    without a row number, which rejects them all.

    Args:
        path: the file to write; replaced when it exists.
        inspection: what came of the delivery.

    Raises:
        ZorgramingError: the suffix is another one, or the file cannot be written.
    """
    writers = {".csv": _csv, ".json": _json, ".xlsx": _xlsx}
    if path.suffix.lower() not in writers:
        raise ZorgramingError(f"a report is {', '.join(writers)}, not {path.name!r}")
    write_aside(path, writers[path.suffix.lower()](inspection))
    return path


def fault_lines(faults: Sequence[Fault], most: int = 50) -> list[str]:
    """Return faults for a screen: errors first, rows that break the same rule on one line.

    Args:
        faults: in the order of files and rows.
        most: number of lines; one more says how many faults are left out.
    """
    groups: dict[tuple[str, str, str, str], list[Fault]] = {}
    for fault in sorted(faults, key=lambda fault: fault.severity != "error"):
        key = (fault.severity, fault.file, fault.column or "", fault.rule)
        groups.setdefault(key, []).append(fault)
    lines = [_line(group) for group in groups.values()]
    left = sum(len(group) for group in list(groups.values())[most:])
    return lines[:most] + ([f"and {left} more fault(s)"] if left else [])


def _line(group: list[Fault]) -> str:
    first = group[0]
    if len(group) == 1:
        return f"{first.severity}: {first}"
    rows = listed([str(fault.row) for fault in group], _PLACES_SHOWN)
    place = f"{first.file}, rows {rows}"
    if first.column is not None:
        place += f", column {first.column}"
    values = dict.fromkeys(repr(fault.value) for fault in group if fault.value is not None)
    shown = f": {listed(values, _VALUES_SHOWN)}" if values else ""
    return f"{first.severity}: {place}{shown}: {first.rule}"


def _rows(inspection: Inspection) -> Iterable[Row]:
    for count in inspection.files:
        figures = (count.read, count.accepted, count.rejected)
        yield ("count", count.file, None, None, None, None, *figures)
    for fault in inspection.faults:
        place = (fault.file, fault.row, fault.column, fault.value, fault.rule)
        yield (fault.severity, *place, None, None, None)


def _csv(inspection: Inspection) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in row] for row in _rows(inspection))
    return text.getvalue().encode()


def _harmless(cell: str | int | None) -> str | int | None:
    """Keep a spreadsheet from taking text for a formula; numbers stay as they are."""
    if not isinstance(cell, str) or not cell.startswith(_FORMULA_STARTS):
        return cell
    try:
        read_number(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _json(inspection: Inspection) -> bytes:
    content = {
        "delivery": inspection.name,
        "accepted": inspection.panel is not None,
        "files": [vars(count) for count in inspection.files],
        "faults": [vars(fault) for fault in inspection.faults],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _xlsx(inspection: Inspection) -> bytes:
    rows = list(_rows(inspection))
    if len(rows) >= _SHEET_ROWS:
        raise ZorgramingError(f"{len(rows)} lines do not fit in one sheet; write a .csv report")
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        bold = workbook.add_format({"bold": True})
        sheet = workbook.add_worksheet("Faults")
        for position, width in enumerate(_WIDTHS):
            sheet.set_column(position, position, width)
        for number, row in enumerate([COLUMNS, *rows]):
            sheet.write_row(number, 0, row, bold if number == 0 else None)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    return content.getvalue()
