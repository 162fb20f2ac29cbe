"""``zorgraming budget``: a table becomes a budget of the service, or nothing does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from service.audit.lines import chain_files
from service.cli_budget import budget
from service.database import open_database
from service.settings import read_settings
from service.state.shelves import BudgetShelf
from tests.service.conftest import FIRST, NOW

pytestmark = pytest.mark.contract
Run = Callable[..., Result]
TABLE = "jaar;bedrag_eur;product;taakveld;omschrijving\n2025;1.000,50;HH;;Hulp\n2025;20;;6.1;\n"


@pytest.fixture
def run(tmp_path: Path, editions: Path) -> Run:
    """Return a runner of the import of a table."""

    def runner(text: str, *options: str) -> Result:
        path = tmp_path / "begroting.csv"
        path.write_text(text, encoding="utf-8")
        fixed = ["--municipality", FIRST, "--name", "Begroting 2025", "--version", "primitief"]
        where = ["--editions", str(editions), "--database-url", url(tmp_path)]
        return CliRunner().invoke(budget, ["import", str(path), *fixed, *where, *options])

    return runner


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/state.sqlite"


def test_a_table_is_kept_and_noted(run: Run, tmp_path: Path) -> None:
    options = ("--id", "begroting-2025", "--control-total", "2025=1020.50", "--amounts-confirmed")
    done = run(TABLE, *options, "--decided-on", "2024-11-07")
    assert done.exit_code == 0, done.output
    assert "2025:           1,020.50 EUR" in done.output
    assert "Kept as begroting-2025, revision 1." in done.output
    shelf = BudgetShelf(open_database(url(tmp_path)), lambda: NOW)
    (kept,) = shelf.all({FIRST})
    assert [line["amount_cents"] for line in kept.content["lines"]] == [100050, 2000]
    assert kept.content["decided_on"].isoformat() == "2024-11-07"
    noted = chain_files(read_settings().audit_dir)[-1].read_text().splitlines()[-1]
    assert json.loads(noted)["name"] == "budget-imported"
    again = json.loads(run(TABLE, *options, "--decided-on", "2024-11-07", "--json").stdout)
    assert again["kept"] == {
        "municipality": FIRST,
        "id": "begroting-2025",
        "revision": 1,
        "new": False,
    }
    assert again["edition"]


def test_a_table_with_faults_keeps_nothing_and_tells_them_all(run: Run, tmp_path: Path) -> None:
    wrong = TABLE + "2025;x;HH;;\n2040;1;HH;;\n"
    done = run(wrong, "--id", "begroting-2025")
    assert done.exit_code == 1
    assert "rij 4, kolom bedrag_eur" in done.stderr
    assert "rij 5" in done.stderr
    assert not (tmp_path / "state.sqlite").exists()
    told = json.loads(run(wrong, "--json").stdout)["faults"]
    assert {(one["row"], one["code"]) for one in told} == {(4, "no-amount"), (5, "outside")}


def test_without_an_id_the_body_can_be_written_instead(run: Run, tmp_path: Path) -> None:
    done = run(TABLE, "--amounts-confirmed", "--output", str(tmp_path / "b.json"))
    assert done.exit_code == 0, done.output
    assert "Nothing was kept" in done.output
    body = json.loads((tmp_path / "b.json").read_text())
    assert body["municipality"] == FIRST
    assert [line["amount_eur"] for line in body["lines"]] == [1000.5, 20]


@pytest.mark.parametrize(
    "options",
    [("--control-total", "veel"), ("--id", "Niet Goed", "--amounts-confirmed")],
)
def test_what_is_asked_wrongly_is_said(run: Run, options: tuple[str, ...]) -> None:
    done = run(TABLE, *options)
    assert done.exit_code == 2
    assert options[1] in done.output


def test_the_template_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "begroting.xlsx"
    first = CliRunner().invoke(budget, ["template", str(path)])
    assert first.exit_code == 0
    assert load_workbook(path).sheetnames[0] == "Begroting"
    assert CliRunner().invoke(budget, ["template", str(path)]).exit_code == 2
    assert CliRunner().invoke(budget, ["template", str(path), "--force"]).exit_code == 0
