"""``zorgraming causes`` and ``running-year``: tables to read, rows that other programs lean on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from models.asking import Selection
from models.drivers import causes
from models.edition import open_edition
from models.errors import SelectionError, ZorgramingError
from models.running_year import running_year
from service import cli_causes, cli_running_year
from service.text_table import rounded_parts
from tests.editions import build_edition
from tests.split_editions import build_split_edition

pytestmark = pytest.mark.contract

Run = Callable[..., Result]
COMMANDS = {"causes": cli_causes.command, "running-year": cli_running_year.command}
MONEY = ("--product", "HH", "--product", "DB", "--product", "VB")  # no month of these is unknown


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_split_edition(tmp_path_factory.mktemp("causes") / "editions", draws=20)


@pytest.fixture
def run(edition: Path) -> Run:
    """Run a command on the edition of this module; errors come out as they are."""

    def invoke(name: str, *arguments: str, folder: Path | None = None) -> Result:
        found = CliRunner().invoke(COMMANDS[name], [str(folder or edition), *arguments])
        if isinstance(found.exception, ZorgramingError):
            raise found.exception
        return found

    return invoke


def told(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def table(result: Result) -> list[list[str]]:
    """Return the cells of a table's rows, header first, rules left out."""
    lines = told(result).split("\n\n")[1].splitlines()
    return [[c for c in line.split("  ") if c.strip()] for line in lines if line[:2] != "--"]


def thousands(text: str) -> int:
    return int(text.replace(".", ""))


@pytest.mark.parametrize("by", ["", "product", "product,district"])
def test_the_thousands_of_causes_add_up_in_every_column(run: Run, by: str) -> None:
    head, *rows = table(run("causes", "--by", by, "--quiet"))
    years = len(head) - 1
    assert [cell.strip() for cell in head[1:]] == ["2023", "2024", "2025", "2026"]
    amounts = [[thousands(cell) for cell in row[-years:]] for row in rows]
    blocks = [amounts[at : at + 10] for at in range(0, len(amounts), 10)]
    for block in blocks:
        added = [sum(column) for column in zip(*block[:7], strict=True)]
        assert added == block[7]
        assert len(set(block[0])) == 1  # there is one base year
        assert all(low <= high for low, high in zip(block[8], block[9], strict=True))


def test_clients_have_no_price_and_one_decimal(run: Run) -> None:
    text = told(run("causes", "--measure", "clients", "--quiet"))
    assert "prijs" not in text
    assert "combinaties van cliënt en product" in text
    assert "gebruik per inwoner" in text


def test_the_thousands_of_the_year_add_up_per_group(run: Run) -> None:
    head, *rows = table(run("running-year", "--by", "product", "--quiet", *MONEY))
    assert [cell.strip() for cell in head][1:] == ["maanden", "p10", "verwacht", "p90"]
    means = [thousands(row[-2]) for row in rows]
    for at in range(0, len(means), 4):
        assert sum(means[at : at + 3]) == means[at + 3]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_json_is_one_object_with_the_rows_of_the_method(run: Run, edition: Path, name: str) -> None:
    found = json.loads(told(run(name, "--by", "product", "--json", "--quiet", *MONEY)))
    wish = Selection("cost", products=("HH", "DB", "VB"), by=("product",))
    method = causes if name == "causes" else running_year
    expected = method(open_edition(edition), wish)
    assert found["edition_id"] == edition.name
    for column, values in expected.items():
        assert [row[column] for row in found["rows"]] == values.tolist()
    label = "cause_label" if name == "causes" else "part_label"
    assert {row[label] for row in found["rows"]} >= {"totaal"}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_format_has_the_same_rows(run: Run, tmp_path: Path, name: str) -> None:
    wish = (name, "--by", "municipality,product", *MONEY)
    rows = list(csv.DictReader(io.StringIO(told(run(*wish, "--format", "csv")), newline="")))
    assert rows
    told(run(*wish, "--output", str(tmp_path / "x.parquet")))
    found = pq.read_table(tmp_path / "x.parquet").to_pylist()
    told(run(*wish, "--output", str(tmp_path / "x.xlsx")))
    sheet = load_workbook(tmp_path / "x.xlsx").worksheets[0]
    header, *cells = sheet.iter_rows(values_only=True)
    assert len(rows) == len(found) == len(cells)
    assert tuple(rows[0]) == tuple(found[0]) == header
    for text, typed, cell in zip(rows, found, cells, strict=True):
        assert [float(text[n]) for n in ("p10", "mean")] == [typed["p10"], typed["mean"]]
        assert [text["year"], text["unit"]] == [str(typed["year"]), typed["unit"]]
        assert dict(zip(header, cell, strict=True))["year"] == typed["year"]


def test_a_file_explains_its_codes_and_prices(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "x.xlsx"
    summary = json.loads(told(run("causes", "--output", str(target), "--json")))
    assert summary["rows"] == 8 * 4
    explained = {
        row[0]: row[1]
        for row in load_workbook(target)["Toelichting"].iter_rows(values_only=True)
        if row[0]
    }
    assert "beleid: Het gemeten effect" in explained["oorzaken"]
    assert "nominal" in explained["price_base"]
    assert set(explained) >= {"cause", "cause_label", "base_year", "mean", "edition"}
    years = [cell for row in load_workbook(target).worksheets[0]["F2:F9"] for cell in row]
    assert all(isinstance(cell.value, str | int) for cell in years)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_series_without_a_forecast_are_counted_on_standard_error(run: Run, name: str) -> None:
    assert "1 series have no forecast" in run(name, "--product", "BG").stderr
    assert run(name, "--product", "BG", "--quiet").stderr == ""
    assert run(name, "--product", "HH").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "told_so"),
    [
        (("causes", "--by", "month"), "is none of municipality, product, district"),
        (("causes", "--by", "product,product"), "names something twice"),
        (("causes", "--format", "xlsx"), "xlsx needs --output"),
        (("running-year", "--format", "csv", "--json"), "--json needs --output"),
        (("running-year", "--output", "x.docx"), "needs --format"),
        (("running-year", "--year", "24"), "1900"),
    ],
)
def test_wrong_use_ends_with_two_and_advice(
    run: Run, arguments: tuple[str, ...], told_so: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == click.UsageError.exit_code
    assert told_so in result.stderr


def test_questions_without_an_honest_answer_are_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match="per municipality only"):
        run("running-year", "--by", "district")
    with pytest.raises(SelectionError, match="is no product"):
        run("causes", "--product", "ZZ")
    plain = build_edition(tmp_path, draws=5, districts=1)
    with pytest.raises(SelectionError, match="is not split by cause"):
        run("causes", folder=plain)


def test_nothing_to_show_is_said(run: Run) -> None:
    assert "Geen cijfers" in told(run("running-year", "--year", "1950"))


@given(
    st.lists(st.floats(-1e9, 1e9) | st.sampled_from([0.05, -500.0, 500.0]), max_size=9),
    st.floats(-1e9, 1e9) | st.sampled_from([0.05, -500.0, 500.0]),
    st.sampled_from([0.1, 1000.0]),
)
def test_rounded_parts_are_near_and_add_up(parts: list[float], start: float, size: float) -> None:
    first, *rounded, whole = rounded_parts(parts, size, start)
    assert first + sum(rounded) == whole
    assert abs(whole * size - sum(parts) - start) <= size / 2 + 1e-3
    assert all(
        abs(units * size - part) <= size + 1e-3 for units, part in zip(rounded, parts, strict=True)
    )
