"""Reading answers with figures in tests: rows, whole cents, and the same rows in every form."""

from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

Row = dict[str, Any]


def answer_of(client: FlaskClient, path: str) -> dict[str, Any]:
    """Return an answer as JSON."""
    response = client.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)
    found: dict[str, Any] = response.get_json()
    return found


def rows_of(client: FlaskClient, path: str) -> list[Row]:
    """Return the rows of an answer."""
    rows: list[Row] = answer_of(client, path)["rows"]
    return rows


def faults_of(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """Return the faults of a refused question."""
    response = client.get(path)
    assert response.status_code == 400, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    found: list[dict[str, Any]] = response.get_json()["errors"]
    return found


def cents(rows: list[Row]) -> int:
    """Add up the means of rows in whole cents; a mean that is none fails."""
    total = 0
    for row in rows:
        whole = round(row["mean"] * 100)
        assert whole / 100 == pytest.approx(row["mean"], abs=1e-6)
        total += whole
    return total


def same_rows_in_every_form(client: FlaskClient, path: str) -> None:
    """Hold CSV, Dutch CSV, XLSX and Parquet to the rows of the JSON answer."""
    rows = rows_of(client, path)
    assert rows
    names = tuple(rows[0])
    assert all(tuple(row) == names for row in rows)

    def get(form: str) -> bytes:
        response = client.get(f"{path}&format={form}")
        assert response.status_code == 200
        assert "attachment" in response.headers["Content-Disposition"]
        return response.get_data()

    plain = csv.DictReader(io.StringIO(get("csv").decode()))
    dutch = csv.DictReader(io.StringIO(get("csv-nl").decode("utf-8-sig")), delimiter=";")
    sheet = load_workbook(io.BytesIO(get("xlsx"))).worksheets[0]
    header, *lines = sheet.iter_rows(values_only=True)
    typed = pq.read_table(io.BytesIO(get("parquet")))
    assert tuple(plain.fieldnames or ()) == tuple(dutch.fieldnames or ()) == header == names
    assert tuple(typed.column_names) == names
    for row, one, two, line, other in zip(
        rows, plain, dutch, lines, typed.to_pylist(), strict=True
    ):
        for at, name in enumerate(names):
            _same(row[name], one[name])
            _same(row[name], two[name].replace(",", ".") if name in _NUMBERS else two[name])
            _same(row[name], line[at])
            _same(row[name], other[name])


_MONEY = (
    "budget",
    "account",
    "gap",
    "amount",
    "cushion",
    "cushion_apart",
    "effect",
    "risk",
    "covers",
)
_NUMBERS = {
    *("p10", "p50", "p90", "mean", "percent", "probability_exceeded"),
    *("certainty", "certainty_before", "certainty_after"),
    *(f"{name}_eur" for name in _MONEY),
}


def _same(value: object, other: Any) -> None:  # noqa: ANN401 - any cell
    if value is None:
        assert other in (None, "")
    elif isinstance(value, bool):
        assert str(other).lower() == str(value).lower()
    elif isinstance(value, float | int):
        assert float(other) == pytest.approx(value, rel=1e-12)
    else:
        assert str(other)[: len(str(value))] == value
