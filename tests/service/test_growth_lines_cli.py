"""``zorgraming growth-lines``: what a budget maker reads, and what other programs lean on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from models.asking import Selection
from models.edition import open_edition
from models.errors import SelectionError, ZorgramingError
from models.growth_lines import GrowthLines, growth_lines
from service.cli_growth_lines import command
from tests.editions import Setting, approve
from tests.growing import write_growing

pytestmark = pytest.mark.contract

Run = Callable[..., Result]
PRODUCTS: dict[str, dict[str, str | None]] = {
    "HH": {"taakveld": "6.71a", "category": "01"},
    "BG": {"taakveld": "6.71b", "category": "02"},
    "DB": {"taakveld": None, "category": None, "law": None},
    "VB": {"taakveld": None, "category": "44"},
}


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    setting = Setting(("VB0001",), date(2023, 12, 31), 1, True, draws=20)
    return write_growing(tmp_path_factory.mktemp("editions"), setting, PRODUCTS)


@pytest.fixture(scope="module")
def found(edition: Path) -> GrowthLines:
    return growth_lines(open_edition(edition), Selection("cost"))


@pytest.fixture
def run(edition: Path) -> Run:
    """Run the command on the edition of this module; errors come out as they are."""

    def invoke(*arguments: str, name: str | None = None) -> Result:
        result = CliRunner().invoke(command, [name or str(edition), *arguments])
        if isinstance(result.exception, ZorgramingError):
            raise result.exception
        return result

    return invoke


def told(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def rows_of(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(told(result), newline="")))


# --- the table ----------------------------------------------------------------------------------


def test_the_table_has_a_line_per_task_field_and_cause_and_a_number_in_every_cell(
    run: Run, found: GrowthLines
) -> None:
    lines = told(run()).split("\n\n")[1].splitlines()
    assert lines[0].split() == ["Taakveld", "Oorzaak", "2024", "2025", "2026"]
    body = [line for line in lines[1:] if not line.startswith("--")]
    cells = [[int(text.replace(".", "")) for text in line.split()[-3:]] for line in body]
    assert cells == [list(line.thousands) for line in found.lines]
    assert "pm" not in told(run()).split()


def test_task_fields_causes_and_totals_are_named_in_dutch(run: Run) -> None:
    text = told(run())
    assert "Wmo 6.71a Hulp bij het huishouden " in text
    assert "(2024: 6.71a; 2025-2026: 6.711)" in text
    assert "Wet onbekend niet ingedeeld " in text
    for words in (
        *("bevolking", "gebruik per inwoner", "volume per cliënt", "prijs", "beleid"),
        *("samenhang", "Totaal Wmo", "Totaal Jeugd", "totaal"),
    ):
        assert words in text
    assert "minus = nadelig" in text


def test_below_the_table_stands_what_the_amounts_are(run: Run, edition: Path) -> None:
    notes = told(run()).split("\n\n")[2].splitlines()
    assert notes[0].startswith("Basisjaar 2023: lasten ")
    assert notes[0].endswith("lopende prijzen (nominaal).")
    assert notes[1] == f"Editie {edition.name} (concept), peildatum 31 december 2023."
    assert notes[2:6] == [
        "Dit is een raming.",
        "De gegevens zijn verzonnen (synthetisch).",
        "De bestedingsruimte (het plafond) is beleid en zit niet in deze lijnen.",
        "Gevraagd: 4 jaren; de editie gaat tot en met 2026.",
    ]
    doubt = "Indeling onzeker: Jeugd 6.73 Jeugdhulp met verblijf (niet nader verdeeld): "
    assert any(note.startswith(doubt) for note in notes)
    held = "Niet in de lijnen voor 1 van 4 reeksen: Begeleiding (te weinig waarnemingen)."
    assert notes[-1] == held


def test_an_edition_that_is_whole_signed_and_real_is_told_so(tmp_path: Path) -> None:
    setting = Setting(("VB0001",), date(2023, 12, 31), 1, False, draws=20, only=("HH",))
    folder = write_growing(tmp_path, setting, PRODUCTS, policy=False)
    approve(folder, date(2023, 12, 31))
    text = told(CliRunner().invoke(command, [str(folder), "--years", "3"]))
    assert "(goedgekeurd)" in text
    for words in ("  beleid  ", "verzonnen", "Gevraagd", "Niet in de lijnen", "onzeker"):
        assert words not in text


def test_years_and_filters_are_followed(run: Run) -> None:
    text = told(run("--years", "1", "--product", "HH", "--district", "VB0001D01"))
    assert "2025 " not in text.splitlines()[2]
    assert "Jeugd" not in text


# --- rows ---------------------------------------------------------------------------------------


def test_rows_hold_whole_thousands_and_what_is_not_rounded(run: Run, found: GrowthLines) -> None:
    rows = rows_of(run("--format", "csv"))
    assert [int(row["2025"]) for row in rows] == [line.thousands[1] for line in found.lines]
    for row, line in zip(rows, found.lines, strict=True):
        assert float(row["2025_mean"]) == pytest.approx(line.mean[1] / 1000, abs=1e-6)
        assert float(row["2025_p10"]) == pytest.approx(line.p10[1] / 1000, abs=1e-6)
        assert (row["unit"], row["price_base"], row["base_year"]) == (
            *("EUR 1,000", "nominal"),
            "2023",
        )
    assert rows[0]["line"] == "Wmo 6.71a Hulp bij het huishouden: bevolking"
    assert rows[0]["numbering"] == "2024: 6.71a; 2025-2026: 6.711"
    assert {row["kind"] for row in rows} == {"line", "task_field", "domain", "cause", "total"}


def test_the_json_object_holds_everything(run: Run, found: GrowthLines, edition: Path) -> None:
    said: dict[str, Any] = json.loads(told(run("--json")))
    assert (said["edition_id"], said["status"], said["synthetic"]) == (edition.name, "draft", True)
    assert (said["as_of"], said["base_year"], said["years"]) == (
        *("2023-12-31", 2023),
        [2024, 2025, 2026],
    )
    assert (said["unit"], said["sign"], said["price_base"]) == (
        *("EUR 1,000", "negative = adverse"),
        "nominal",
    )
    assert [line["thousands"]["2026"] for line in said["lines"]] == [
        line.thousands[2] for line in found.lines
    ]
    assert said["lines"][0]["numbering"] == {
        "2024": ["6.71a"],
        "2025": ["6.711"],
        "2026": ["6.711"],
    }
    assert said["left_out"] == [
        {
            "product": "BG",
            "label": "Begeleiding",
            "series": 1,
            "of": 4,
            "reasons": ["te weinig waarnemingen"],
        }
    ]


# --- files --------------------------------------------------------------------------------------


def sheet_of(path: Path, *, values: bool) -> Worksheet:
    return load_workbook(path, data_only=values)["Groeilijnen"]


def test_the_totals_of_a_workbook_are_formulas_that_give_the_amounts(
    run: Run, found: GrowthLines, tmp_path: Path
) -> None:
    path = tmp_path / "lijnen.xlsx"
    assert told(run("--output", str(path))) == ""
    formulas, shown = sheet_of(path, values=False), sheet_of(path, values=True)
    assert [cell.value for cell in formulas[1]][:6] == [
        *("Taakveld", "Indeling", "Oorzaak"),
        *("2024", "2025", "2026"),
    ]
    for row, line in enumerate(found.lines, start=2):
        for column, amount in zip("DEF", line.thousands, strict=True):
            cell = formulas[f"{column}{row}"]
            assert shown[f"{column}{row}"].value == amount
            assert cell.number_format == "#,##0"
            if line.kind == "line":
                assert cell.value == amount
            else:
                parts = cell.value.removeprefix("=").split("+")
                assert sum(shown[part].value for part in parts) == amount


def test_a_workbook_tells_what_it_holds(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lijnen.xlsx"
    told(run("--output", str(path)))
    notes = [row[0].value for row in load_workbook(path)["Toelichting"].iter_rows()]
    assert "Dit is een raming." in notes
    assert notes == told(run()).split("\n\n")[2].splitlines()


def test_the_same_lines_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "een.xlsx", tmp_path / "twee.xlsx"
    told(run("--output", str(one)))
    told(run("--output", str(two)))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(("name", "first"), [("a.csv", b"kind,"), ("a.parquet", b"PAR1")])
def test_the_name_of_the_file_tells_its_form(
    run: Run, tmp_path: Path, name: str, first: bytes
) -> None:
    path = tmp_path / name
    said = json.loads(told(run("--output", str(path), "--json")))
    assert path.read_bytes().startswith(first)
    assert (said["file"], said["rows"]) == (str(path), 38)


def test_a_named_form_wins_over_the_name_of_the_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lijnen.data"
    told(run("--output", str(path), "--format", "parquet"))
    assert pq.read_table(path).num_rows == 38


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "xlsx"), "xlsx needs --output FILE"),
        (("--format", "csv", "--json"), "--json needs --output FILE"),
        (("--output", "lijnen.doc"), "needs --format"),
        (("--years", "0"), "is not in the range"),
    ],
)
def test_what_cannot_be_is_a_usage_error(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_product_that_is_not_there_is_refused(run: Run) -> None:
    with pytest.raises(SelectionError, match="is no product of this edition"):
        run("--product", "XX")
