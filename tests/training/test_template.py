"""The template can be filled in and delivered as it is, and never overwrites anything."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from models.contract import CONTRACT, DataFile, Kind, file_named
from models.errors import ZorgramingError
from tests.training.deliveries import deliver, only
from training.sources.folder import inspect_folder, read_folder
from training.template import README, WORKBOOK, write_template

PERIODS = [date(2022, 1, 1), date(2023, 1, 1)]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    folder = tmp_path / "levering"
    write_template(folder)
    return folder


def _fill(folder: Path, sheet: str, rows: Sequence[Sequence[object]], name: str = WORKBOOK) -> None:
    """Add rows to a sheet of the workbook, as a spreadsheet program would."""
    book = openpyxl.load_workbook(folder / name)
    for row in rows:
        book[sheet].append(row)
    book.save(folder / name)


def _years(clients: object = 10, cost: object = 12.5) -> list[tuple[object, ...]]:
    return [("G1", "W1", "hbh", datetime(day.year, 1, 1), clients, None, cost) for day in PERIODS]  # noqa: DTZ001


@pytest.mark.contract
def test_every_file_of_the_contract_is_there_with_its_header(template: Path) -> None:
    for file in CONTRACT:
        with (template / f"{file.name}.csv").open(encoding="utf-8", newline="") as lines:
            assert list(csv.reader(lines)) == [list(file.names)]


@pytest.mark.contract
def test_workbook_has_a_sheet_per_file_and_explains_every_column(template: Path) -> None:
    book = openpyxl.load_workbook(template / WORKBOOK)
    assert book.sheetnames == ["Uitleg", "Voorbeeld", *(file.name for file in CONTRACT)]
    explained = {row[:2]: row for row in book["Uitleg"].iter_rows(values_only=True)}
    for file in CONTRACT:
        headers = [cell.value for cell in book[file.name][1]]
        assert headers == list(file.names)
        assert book[file.name].max_row == 1
        for column in file.columns:
            _, _, required, words, allowed, _ = explained[file.name, column.name]
            assert words == column.explanation
            assert (required == "ja") == column.required
            assert (allowed or "") == ", ".join(column.allowed)


@pytest.mark.unit
def test_examples_stand_on_their_own_sheet_and_are_marked(template: Path) -> None:
    sheet = openpyxl.load_workbook(template / WORKBOOK)["Voorbeeld"]
    marked = [row for row in sheet.iter_rows(values_only=True) if row[0] == "VOORBEELD"]
    assert len(marked) == len(CONTRACT)
    for file, row in zip(CONTRACT, marked, strict=True):
        examples = [column.example or None for column in file.columns]
        assert list(row[1 : len(examples) + 1]) == examples


@pytest.mark.unit
def test_codes_are_text_so_that_a_leading_zero_stays(template: Path) -> None:
    sheet = openpyxl.load_workbook(template / WORKBOOK)["products"]
    for position, column in enumerate(file_named("products").columns, start=1):
        letter = openpyxl.utils.get_column_letter(position)
        if column.kind is Kind.CODE:
            assert sheet.column_dimensions[letter].number_format == "@"


@pytest.mark.unit
def test_readme_names_every_file_and_the_rules(template: Path) -> None:
    text = (template / README).read_text(encoding="utf-8")
    assert all(file.name in text for file in CONTRACT)
    for word in ("VERPLICHT", "burgerservicenummers", "decimale punt", "zorgraming check"):
        assert word in text
    assert max(len(line) for line in text.splitlines()) <= 120


@pytest.mark.contract
def test_nothing_is_overwritten(tmp_path: Path) -> None:
    deliver(tmp_path, {"budget": "mine", "notes.txt": "mine"})
    with pytest.raises(ZorgramingError, match=r"budget\.csv"):
        write_template(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["budget.csv", "notes.txt"]
    assert (tmp_path / "budget.csv").read_text() == "mine"


@pytest.mark.unit
def test_folder_that_cannot_be_made_is_a_clear_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ZorgramingError, match="cannot be made"):
        write_template(tmp_path / "file" / "folder")


@pytest.mark.contract
def test_untouched_template_is_refused_for_want_of_care_use_only(template: Path) -> None:
    fault = only(inspect_folder(template).faults)
    assert (fault.file, fault.rule) == ("care_use.csv", "the file has a header but no rows")


@pytest.mark.contract
def test_examples_of_the_contract_form_a_delivery_without_errors(tmp_path: Path) -> None:
    def row(file: DataFile, year: int) -> list[str]:
        return [
            column.example.replace("2023", str(year))
            if column.kind is Kind.PERIOD
            else column.example
            for column in file.columns
        ]

    for file in CONTRACT:
        years = (2022, 2023) if file.name == "care_use" else (2023,)
        with (tmp_path / f"{file.name}.csv").open("w", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerows([file.names, *(row(file, year) for year in years)])
    panel, _ = read_folder(tmp_path)
    assert [file.rows for file in panel.files] == [2, *[1] * (len(CONTRACT) - 1)]


@pytest.mark.contract
def test_filled_csv_with_the_rest_left_empty_is_a_delivery(template: Path) -> None:
    with (template / "care_use.csv").open("a", encoding="utf-8") as lines:
        lines.writelines(f"G1,W1,hbh,{day},10,,12.50,,\n" for day in PERIODS)
    panel, warnings = read_folder(template)
    assert warnings == []
    assert panel.care_use["cost_cents"].tolist() == [1250, 1250]


# --- the workbook as a delivery -----------------------------------------------------------------


@pytest.mark.contract
def test_filled_workbook_is_a_delivery(template: Path) -> None:
    _fill(template, "care_use", _years(cost=1234.56))
    _fill(template, "products", [("hbh", "Hulp", "Wmo 2015", "01")])
    panel, warnings = read_folder(template)
    assert warnings == []
    assert panel.care_use["cost_cents"].tolist() == [123456, 123456]
    assert panel.care_use["volume"].isna().all()
    assert panel.products.loc[0, "category"] == "01"
    assert panel.frequencies() == {"hbh": "year"}
    names = {file.name for file in panel.files if file.rows}
    assert names == {f"{WORKBOOK} [care_use]", f"{WORKBOOK} [products]"}


@pytest.mark.unit
def test_faults_in_a_workbook_name_sheet_and_row(template: Path) -> None:
    _fill(template, "care_use", [*_years(), (), ("G1", "W1", "hbh", "2024-01-01", "1.234,5")])
    found = [
        (fault.file, fault.row, fault.column)
        for fault in inspect_folder(template).faults
        if fault.severity == "error"
    ]
    assert found == [(f"{WORKBOOK} [care_use]", 5, "clients")]


@pytest.mark.unit
def test_rounding_of_a_spreadsheet_is_not_the_suppliers_fault(template: Path) -> None:
    _fill(template, "care_use", _years(cost=0.1 + 0.2))
    panel, _ = read_folder(template)
    assert panel.care_use["cost_cents"].tolist() == [30, 30]


@pytest.mark.unit
def test_sheet_beside_a_filled_file_is_refused(template: Path) -> None:
    _fill(template, "care_use", _years())
    with (template / "care_use.csv").open("a", encoding="utf-8") as lines:
        lines.write("G1,W1,hbh,2022-01-01,10,,,,\n")
    assert any("deliver it once" in fault.rule for fault in inspect_folder(template).errors)


@pytest.mark.unit
def test_workbook_with_one_sheet_goes_by_its_own_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = [("municipality", "district", "product", "period", "clients"), *_years()]
    for row in rows:
        book.active.append(row[:5])
    book.active.title = "Blad1"
    book.save(tmp_path / "care_use.xlsx")
    panel, warnings = read_folder(tmp_path)
    assert warnings == []
    assert panel.care_use["clients"].tolist() == [10, 10]


@pytest.mark.unit
@pytest.mark.parametrize(("name", "severity"), [("care_use", "error"), ("iets anders", "warning")])
def test_broken_workbook_is_one_clear_fault(tmp_path: Path, name: str, severity: str) -> None:
    deliver(tmp_path, {f"{name}.xlsx": b"no workbook", "~$care_use.xlsx": b"lock"})
    faults = [fault for fault in inspect_folder(tmp_path).faults if "workbook" in fault.rule]
    assert [(fault.file, fault.severity) for fault in faults] == [(f"{name}.xlsx", severity)]
