"""Every form holds the same rows, and no text becomes a formula."""

from __future__ import annotations

import csv as standard_csv
import io
import subprocess
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from models.errors import SelectionError
from service.formats import DEFINITIONS, FORMATS, About, Columns, csv, xlsx
from service.formats.rows import FORMULA_STARTS, number, words
from tests.editions import build_edition

pytestmark = pytest.mark.unit

ABOUT = About({"edition": "test-2023-12-31-0123456789", "as_of": "2023-12-31"}, DEFINITIONS)
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\r\n"), max_size=12
)


def texts(values: list[str | None]) -> Any:  # noqa: ANN401 - an object array
    return np.array([*values, None], dtype=object)[:-1]


@st.composite
def columns_of_rows(draw: st.DrawFn) -> Columns:
    """Draw rows as an answer has them: codes, days, figures, some of them unknown."""
    count = draw(st.integers(0, 12))

    def many(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=count, max_size=count))

    days = many(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
    figure = st.integers(-(10**12), 10**12).map(lambda hundredths: hundredths / 100)
    return {
        "product": texts(many(st.one_of(st.none(), TEXT))),
        "period": np.array(days, dtype="datetime64[D]"),
        "measure": texts(many(st.sampled_from(["clients", "volume", "cost"]))),
        "estimate": np.array(many(st.booleans()), dtype=np.bool_),
        "p10": np.array(many(st.one_of(figure, st.just(float("nan")))), dtype=np.float64),
        "mean": np.array(many(st.floats(-1e15, 1e15)), dtype=np.float64),
    }


def written(form: str, columns: Columns, about: About = ABOUT) -> bytes:
    stream = io.BytesIO()
    FORMATS[form].write(columns, stream, about)
    return stream.getvalue()


def plain(columns: Columns) -> list[list[Any]]:
    """Return rows as Python values; None for unknown."""
    lists = []
    for values in columns.values():
        items = values.astype(object).tolist()
        lists.append([None if isinstance(v, float) and np.isnan(v) else v for v in items])
    return [list(row) for row in zip(*lists, strict=True)]


def from_csv(content: bytes, delimiter: str, decimal: str) -> list[list[Any]]:
    reader = standard_csv.reader(
        io.StringIO(content.decode("utf-8"), newline=""), delimiter=delimiter, strict=True
    )
    next(reader)
    return [
        [
            row[0],
            date.fromisoformat(row[1]),
            row[2],
            row[3] == "true",
            *(float(text.replace(decimal, ".")) if text else None for text in row[4:]),
        ]
        for row in reader
    ]


def as_csv_text(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


@settings(max_examples=150)
@given(columns=columns_of_rows())
def test_csv_reads_back_as_the_same_rows(columns: Columns) -> None:
    expected = [[as_csv_text(row[0]), *row[1:]] for row in plain(columns)]
    assert from_csv(written("csv", columns), ",", ".") == expected
    dutch = written("csv-nl", columns)
    assert dutch.startswith(b"\xef\xbb\xbf")
    assert from_csv(dutch[3:], ";", ",") == expected


@settings(max_examples=100)
@given(columns=columns_of_rows())
def test_parquet_reads_back_as_the_same_rows(columns: Columns) -> None:
    table = pq.read_table(io.BytesIO(written("parquet", columns)))
    assert table.column_names == list(columns)
    assert [list(row.values()) for row in table.to_pylist()] == plain(columns)
    assert [str(field.type) for field in table.schema] == [
        "string",
        "date32[day]",
        "string",
        "bool",
        "double",
        "double",
    ]


@settings(max_examples=60)
@given(columns=columns_of_rows())
def test_xlsx_reads_back_as_the_same_rows(columns: Columns) -> None:
    book = load_workbook(io.BytesIO(written("xlsx", columns)))
    rows = [list(row) for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]

    def same(cell: Any, value: Any) -> bool:  # noqa: ANN401 - any cell
        if isinstance(value, str):
            # XML knows one line end, and an empty text is an empty cell
            ends = (cell or "").replace("_x000D_", "\r")
            return ends == value or ends.replace("\r", "\n") == value.replace("\r", "\n")
        if isinstance(value, float):
            return bool(cell == pytest.approx(value, rel=1e-14))
        if isinstance(cell, datetime):
            return bool(cell.date() == value)
        return bool(cell == value)

    assert len(rows) == len(plain(columns))
    for row, expected in zip(rows, plain(columns), strict=True):
        for cell, value in zip(row, expected, strict=True):
            assert same(cell, value), (cell, value)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_text_that_begins_like_a_formula_is_guarded_and_numbers_are_not(start: str) -> None:
    columns = {"product": texts([f"{start}SUM(A1)"]), "mean": np.array([-1.5])}
    line = written("csv", columns).decode().split("\r\n", 1)[1]
    assert line.lstrip('"').startswith(f"'{start}SUM(A1)")
    assert "-1.50" in line
    assert "'-1.50" not in line
    book = load_workbook(io.BytesIO(written("xlsx", columns)))
    cell = book.worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert book.worksheets[0]["B2"].value == -1.5


def test_csv_is_what_the_standard_says() -> None:
    columns = {
        "product": texts(['a "b", c', "regel\r\ntwee", None]),
        "period": np.array(["2024-01-01", "2024-02-01", "NaT"], dtype="datetime64[D]"),
        "mean": np.array([1.0, 1234567.891, np.nan]),
    }
    assert written("csv", columns) == (
        b"product,period,mean\r\n"
        b'"a ""b"", c",2024-01-01,1.00\r\n'
        b'"regel\r\ntwee",2024-02-01,1234567.891\r\n'
        b",,\r\n"
    )
    assert written("csv-nl", columns).decode("utf-8-sig") == (
        "product;period;mean\r\n"
        '"a ""b"", c";2024-01-01;1,00\r\n'
        '"regel\r\ntwee";2024-02-01;1234567,891\r\n'
        ";;\r\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (12.0, "12.00"),
        (12.5, "12.50"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e16, "10000000000000000.00"),
        (1.5e-7, "0.00000015"),
        (-0.01, "-0.01"),
        (float("nan"), ""),
        (float("inf"), ""),
    ],
)
def test_numbers_keep_every_digit_without_exponents(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself(value: float) -> None:
    assert float(number(value)) == value
    assert "e" not in number(value)


@given(st.lists(st.floats(), max_size=8), st.booleans())
def test_a_column_of_numbers_reads_like_its_numbers(values: list[float], plain: bool) -> None:
    column = np.array([round(v % 1e6, 2) for v in values if np.isfinite(v)] if plain else values)
    column = column.astype(np.float64)
    assert words(column) == [number(value) for value in column.tolist()]


def test_csv_comes_in_pieces() -> None:
    rows = csv.ROWS_AT_ONCE * 2 + 1
    columns = {"product": np.full(rows, "HH", dtype=object), "mean": np.arange(float(rows))}
    pieces = list(csv.chunks(columns))
    assert len(pieces) == 4
    assert b"".join(pieces).count(b"\r\n") == rows + 1


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_rows_still_give_the_columns(form: str) -> None:
    columns = {"product": texts([]), "period": np.zeros(0, "datetime64[D]"), "mean": np.zeros(0)}
    content = written(form, columns)
    if form == "parquet":
        assert pq.read_table(io.BytesIO(content)).column_names == list(columns)
    elif form == "xlsx":
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        assert [cell.value for cell in sheet[1]] == list(columns)
        assert sheet.max_row == 1
    else:
        assert len(content.decode("utf-8-sig").splitlines()) == 1


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_same_rows_give_the_same_bytes(form: str) -> None:
    columns = {"product": texts(["HH", "BG"]), "mean": np.array([1.0, 2.0])}
    assert written(form, columns) == written(form, columns)


def test_parquet_carries_where_the_rows_come_from() -> None:
    columns = {"product": texts(["HH"]), "mean": np.array([1.0])}
    schema = pq.read_schema(io.BytesIO(written("parquet", columns)))
    assert schema.metadata[b"edition"] == b"test-2023-12-31-0123456789"
    assert schema.field("mean").metadata[b"description"].decode() == DEFINITIONS["mean"]


def test_the_workbook_explains_its_columns_and_origin() -> None:
    columns = {
        "measure": texts(["clients", "cost"]),
        "period": np.array(["2024-01-01"] * 2, dtype="datetime64[D]"),
        "mean": np.array([12.0, 1234.5]),
    }
    book = load_workbook(io.BytesIO(written("xlsx", columns)))
    assert book.sheetnames == ["Cijfers", "Toelichting"]
    explained = {row[0]: row[1] for row in book["Toelichting"].iter_rows(values_only=True)}
    assert explained["p90"] == DEFINITIONS["p90"]
    assert explained["edition"] == "test-2023-12-31-0123456789"
    sheet = book["Cijfers"]
    assert [sheet[place].number_format for place in ("B2", "C2", "C3")] == [
        "yyyy-mm-dd",
        "#,##0.0",
        "#,##0.00",
    ]
    assert book.properties.created == datetime(2023, 12, 31)  # noqa: DTZ001 - Excel has no zones
    assert sheet.freeze_panes == "A2"


def test_a_workbook_holds_no_formula_at_all() -> None:
    columns = {"product": texts(["=1+1", "@x", "http://example.org"]), "mean": np.zeros(3)}
    with zipfile.ZipFile(io.BytesIO(written("xlsx", columns))) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert all(b"<f>" not in parts.read(name) for name in sheets)
        assert all(b"hyperlink" not in parts.read(name) for name in sheets)


def test_more_rows_than_a_sheet_holds_are_refused_with_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 2)
    with pytest.raises(SelectionError, match=r"3 rows do not fit.*choose csv or parquet"):
        written("xlsx", {"mean": np.zeros(3)})


LIGHT = """
import io, sys
from pathlib import Path
from models.edition import open_edition
from models.selection import Selection, answer
from service.formats import FORMATS, About
edition = open_edition(Path(sys.argv[1]))
columns = answer(edition, Selection("cost", frequency="year"))
for form in FORMATS.values():
    form.write(columns, io.BytesIO(), About())
edition.table("accuracy")
heavy = {"pandas", "prophet", "statsforecast", "sklearn", "mlflow", "matplotlib", "pandera"}
sys.exit(", ".join(sorted(heavy & set(sys.modules))) or 0)
"""


def test_from_edition_to_file_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    folder = build_edition(tmp_path, draws=5, districts=1)
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(folder)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
