"""Every format gives the same table; what cannot be read is told once and counted."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.deliveries import GOOD, HEADER, MONTHS, deliver, only, series, table, use
from training.sources.folder import inspect_folder, read_folder


@pytest.mark.unit
def test_byte_order_mark_and_windows_line_ends_are_tolerated(tmp_path: Path) -> None:
    plain, _ = read_folder(deliver(tmp_path / "a", {"care_use": GOOD}))
    windows = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    other, _ = read_folder(deliver(tmp_path / "b", {"care_use": windows}))
    pd.testing.assert_frame_equal(plain.care_use, other.care_use)


@pytest.mark.contract
def test_typed_parquet_reads_as_the_same_csv(tmp_path: Path) -> None:
    plain, _ = read_folder(deliver(tmp_path / "a", {"care_use": GOOD, "tariffs": TARIFFS}))
    days = [datetime.fromisoformat(day) for day in MONTHS] * 2
    typed = pa.table(
        {
            "municipality": pa.array(["G1"] * 24).dictionary_encode(),
            "district": ["W1"] * 12 + ["W2"] * 12,
            "product": pa.array(["hbh"] * 24, pa.large_string()),
            "period": pa.array(days, pa.timestamp("ns")),
            "clients": pa.array([10] * 24, pa.int32()),
            "volume": pa.array([20.5] * 24, pa.float32()),
            "cost_eur": pa.array([Decimal("300.25")] * 24, pa.decimal128(12, 2)),
        }
    )
    tariffs = pa.table(
        {
            "product": ["hbh"],
            "valid_from": pa.array([date(2022, 1, 1)], pa.date32()),
            "unit": ["uur"],
            "eur_per_unit": [31.2],
            "valid_to": pa.array([None], pa.null()),
        }
    )
    folder = tmp_path / "b"
    folder.mkdir()
    pq.write_table(typed, folder / "care_use.parquet")
    pq.write_table(tariffs, folder / "tariffs.parquet")
    other, warnings = read_folder(folder)
    assert warnings == []
    pd.testing.assert_frame_equal(plain.care_use, other.care_use)
    pd.testing.assert_frame_equal(plain.tariffs, other.tariffs)


TARIFFS = table("product,valid_from,unit,eur_per_unit,valid_to", "hbh,2022-01-01,uur,31.20,")


@pytest.mark.unit
def test_missing_numbers_in_parquet_are_unknown_and_infinite_ones_refused(tmp_path: Path) -> None:
    rows = pa.table(
        {
            "municipality": ["G1"] * 3,
            "district": ["W1"] * 3,
            "product": ["hbh"] * 3,
            "period": MONTHS[:3],
            "clients": [1.0, float("nan"), float("inf")],
            "volume": [None, 2.5, 3.0],
        }
    )
    pq.write_table(rows, tmp_path / "care_use.parquet")
    fault = only(inspect_folder(tmp_path).faults)
    assert (fault.row, fault.column) == (4, "clients")
    assert "finite" in fault.rule


@pytest.mark.unit
def test_nested_or_broken_parquet_is_one_clear_fault(tmp_path: Path) -> None:
    pq.write_table(pa.table({"product": [["a", "b"]]}), tmp_path / "products.parquet")
    (tmp_path / "prices.parquet").write_bytes(b"PAR1 nothing")
    deliver(tmp_path, {"care_use": GOOD})
    found = {fault.file: fault.rule for fault in inspect_folder(tmp_path).errors}
    assert "does not fit in one cell" in found["products.parquet"]
    assert "not a readable Parquet" in found["prices.parquet"]


@pytest.mark.unit
def test_the_same_table_twice_is_refused(tmp_path: Path) -> None:
    folder = deliver(tmp_path, {"care_use": GOOD})
    pq.write_table(pa.table({"municipality": ["G1"]}), folder / "care_use.parquet")
    assert any("deliver it once" in fault.rule for fault in inspect_folder(folder).errors)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (HEADER.encode() + b"\n", "no rows"),
        (GOOD.replace(",", ";").encode(), "semicolons"),
        (GOOD.replace(",", "\t").encode(), "tabs"),
        (GOOD.replace("W1", "Wïjk").encode("latin-1"), "not UTF-8, first seen in line 2"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04" + bytes(100), "workbook"),
        (b"\n" + GOOD.encode(), "first row is empty"),
        (GOOD.encode("utf-16-le"), "UTF-16"),
    ],
)
def test_unreadable_csv_is_one_clear_fault(tmp_path: Path, content: bytes, words: str) -> None:
    fault = only(inspect_folder(deliver(tmp_path, {"care_use": content})).faults)
    assert words in fault.rule


@pytest.mark.unit
def test_ragged_rows_are_counted_and_named_without_their_content(tmp_path: Path) -> None:
    rows = series(MONTHS)
    rows[3] = rows[3].replace("20.5", "20,5")
    rows[7] = "G1,W1"
    inspection = inspect_folder(deliver(tmp_path, {"care_use": use(*rows)}))
    assert [(fault.row, fault.value) for fault in inspection.errors] == [(5, None), (9, None)]
    assert "8 values" in inspection.errors[0].rule
    count = inspection.files[0]
    assert (count.read, count.accepted, count.rejected) == (12, 10, 2)


@pytest.mark.unit
def test_unclosed_quote_is_named_with_its_row(tmp_path: Path) -> None:
    rows = series(MONTHS)
    rows[3] = '"' + rows[3]
    fault = inspect_folder(deliver(tmp_path, {"care_use": use(*rows)})).errors[0]
    assert fault.row == 5
    assert "quote" in fault.rule


@pytest.mark.unit
def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    note = 'note,date,kind\n"two\nlines",2020-01-01,level\n\n,,\nlast,2020-02-01,wrong\n'
    found = inspect_folder(deliver(tmp_path, {"care_use": GOOD, "policy_events": note})).faults
    assert [(fault.row, fault.severity) for fault in found] == [(None, "warning"), (5, "error")]
    assert "3, 4" in found[0].rule
