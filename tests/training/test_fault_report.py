"""The report holds every fault and every count, the same in each format."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import openpyxl
import pytest

from models.errors import Fault, ZorgramingError
from tests.training.deliveries import GOOD, MONTHS, deliver, series, table, use
from training.fault_report import COLUMNS, fault_lines, write_fault_report
from training.inspection import FileCount, Inspection
from training.sources.folder import inspect_folder

FORMATS = ["csv", "json", "xlsx"]


@pytest.fixture
def inspection(tmp_path: Path) -> Inspection:
    rows = [
        row.replace(",10,", f",{value},")
        for row, value in zip(series(MONTHS), ["-1", "=1+1", "x", *["10"] * 9], strict=True)
    ]
    files: dict[str, str | bytes] = {
        "care_use": use(*rows, "G1,W1"),
        "prices": table("series,year,index_pct,extra", "OVA,2022,4.7,x"),
    }
    return inspect_folder(deliver(tmp_path / "delivery", files))


def _read(path: Path) -> list[dict[str, object]]:
    """Return the rows of a report, whatever its format, with empty cells as None."""
    if path.suffix == ".xlsx":
        rows = list(openpyxl.load_workbook(path)["Faults"].iter_rows(values_only=True))
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8"))
        counts = [{"kind": "count", **count} for count in content["files"]]
        faults = [{"kind": fault.pop("severity"), **fault} for fault in content["faults"]]
        return [{name: row.get(name) for name in COLUMNS} for row in (*counts, *faults)]
    with path.open(encoding="utf-8", newline="") as lines:
        return [{name: cell or None for name, cell in row.items()} for row in csv.DictReader(lines)]


@pytest.mark.contract
@pytest.mark.parametrize("suffix", FORMATS)
def test_report_holds_every_count_and_every_fault(
    tmp_path: Path, inspection: Inspection, suffix: str
) -> None:
    rows = _read(write_fault_report(tmp_path / f"report.{suffix}", inspection))
    counts = [row for row in rows if row["kind"] == "count"]
    assert [row["file"] for row in counts] == ["care_use.csv", "prices.csv"]
    assert [int(str(counts[0][name])) for name in ("read", "accepted", "rejected")] == [13, 9, 4]
    told = [(row["kind"], row["file"], row["column"], row["rule"]) for row in rows[2:]]
    assert told == [(f.severity, f.file, f.column, f.rule) for f in inspection.faults]


@pytest.mark.unit
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_rejected_row_has_a_reason(
    tmp_path: Path, inspection: Inspection, suffix: str
) -> None:
    rows = _read(write_fault_report(tmp_path / f"report.{suffix}", inspection))
    for count in inspection.files:
        assert count.accepted + count.rejected == count.read
        reasons = {
            row["row"] for row in rows if row["kind"] == "error" and row["file"] == count.file
        }
        assert len(reasons) == count.rejected


@pytest.mark.unit
def test_text_is_never_a_formula_and_a_number_is_left_alone(
    tmp_path: Path, inspection: Inspection
) -> None:
    lines = (write_fault_report(tmp_path / "report.csv", inspection)).read_text(encoding="utf-8")
    assert ",'=1+1," in lines
    assert ",-1," in lines
    book = openpyxl.load_workbook(write_fault_report(tmp_path / "report.xlsx", inspection))
    cells = [cell for row in book["Faults"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "=1+1" in [cell.value for cell in cells]


@pytest.mark.unit
def test_accepted_delivery_has_counts_and_no_faults(tmp_path: Path) -> None:
    inspection = inspect_folder(deliver(tmp_path / "delivery", {"care_use": GOOD}))
    path = write_fault_report(tmp_path / "report.json", inspection)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["accepted"] is True
    assert content["faults"] == []
    assert content["files"] == [{"file": "care_use.csv", "read": 24, "accepted": 24, "rejected": 0}]


@pytest.mark.unit
def test_unknown_suffix_is_refused_with_the_known_ones(
    tmp_path: Path, inspection: Inspection
) -> None:
    with pytest.raises(ZorgramingError, match=r"\.csv, \.json, \.xlsx"):
        write_fault_report(tmp_path / "report.pdf", inspection)


@pytest.mark.unit
def test_report_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.csv"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ZorgramingError, match="No space left"):
        write_fault_report(path, inspection)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix == ".tmp"] == []


@pytest.mark.unit
def test_report_into_a_missing_folder_is_refused(tmp_path: Path, inspection: Inspection) -> None:
    with pytest.raises(ZorgramingError, match="cannot be written"):
        write_fault_report(tmp_path / "nowhere" / "report.csv", inspection)


# --- on a screen --------------------------------------------------------------------------------


def _faults(count: int, rule: str = "is below zero") -> list[Fault]:
    return [Fault("care_use.csv", at + 2, "clients", f"-{at}", rule) for at in range(count)]


@pytest.mark.unit
def test_rows_that_break_the_same_rule_share_a_line() -> None:
    (line,) = fault_lines(_faults(8))
    assert line == (
        "error: care_use.csv, rows 2, 3, 4, 5, 6 and 3 more, column clients: "
        "'-0', '-1', '-2' and 5 more: is below zero"
    )


@pytest.mark.unit
def test_a_single_fault_reads_as_itself() -> None:
    (fault,) = _faults(1)
    assert fault_lines([fault]) == [f"error: {fault}"]


@pytest.mark.unit
def test_errors_come_before_warnings_and_what_is_left_out_is_counted() -> None:
    warnings = [Fault("care_use.csv", 2, "cost_eur", "-1", f"rule {at}", "warning") for at in "abc"]
    lines = fault_lines([*warnings, *_faults(2)], most=2)
    assert lines[0].startswith("error: ")
    assert lines[1].endswith("rule a")
    assert lines[2] == "and 2 more fault(s)"


@pytest.mark.unit
def test_counts_are_plain_figures() -> None:
    count = FileCount("care_use.csv", 5, 3, 2)
    assert (count.read, count.accepted, count.rejected) == (5, 3, 2)
