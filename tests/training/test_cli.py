"""The command line as other programs lean on it: exit codes, one JSON object, reasons."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trained import small_panel
from training.train import Order, train

pytestmark = pytest.mark.contract
EXPORT = [
    "municipality", "product", "district", "period", "frequency", "measure", "unit", "kind",
    "p10", "p50", "p90", "mean",
]  # fmt: skip


def zorgraming(*words: object, cwd: Path, module: str = "training") -> subprocess.CompletedProcess:
    """Run a command as a user would; nothing of the caller's state folder is used."""
    command = [sys.executable, "-m", module, *(str(word) for word in words)]
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"PYTHONPATH": root, "ZORGRAMING_STATE": str(cwd / "state")}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def years(tmp_path: Path) -> Path:
    rows = [
        ("M", district, "P", f"{year}-01-01", 100 + 3 * (year - 2014))
        for district in ("A", "B")
        for year in range(2014, 2023)
    ]
    return small_panel(tmp_path / "jaren", rows)


@pytest.mark.slow
def test_train_ends_with_one_json_object_and_leaves_a_draft(years: Path, tmp_path: Path) -> None:
    done = zorgraming("train", years, "--json", "--quiet", "--jobs", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    told = json.loads(done.stdout)
    assert {"edition", "edition_id", "outcomes", "seconds"} <= set(told)
    folder = tmp_path / told["edition"]
    assert (folder / "manifest.json").is_file()
    assert told["edition_id"] == folder.name
    assert told["outcomes"] == {"fitted": 2}
    assert told["run_id"]  # recorded in the embedded MLflow store
    assert (tmp_path / "state" / "mlflow.sqlite").is_file()


def test_a_refused_delivery_ends_with_one_and_every_fault(tmp_path: Path) -> None:
    folder = small_panel(
        tmp_path / "fout", [("M", "A", "P", "2020-01-01", -3), ("M", "A", "P", "2020-13-01", "x")]
    )
    done = zorgraming("train", folder, "--json", "--quiet", cwd=tmp_path)
    assert done.returncode == 1
    faults = json.loads(done.stdout)["faults"]
    assert {fault["row"] for fault in faults} == {2, 3}
    assert "care_use.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "editions").exists()


def test_check_writes_the_report_for_the_supplier(tmp_path: Path) -> None:
    folder = small_panel(tmp_path / "fout", [("M", "A", "P", "2020-01-01", -3)])
    report = tmp_path / "report.csv"
    done = zorgraming("check", folder, "--report", report, cwd=tmp_path)
    assert done.returncode == 1
    assert "1 rows read, 0 accepted, 1 rejected" in done.stdout
    assert "clients" in report.read_text(encoding="utf-8-sig")


def test_an_empty_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "leeg").mkdir()
    done = zorgraming("train", tmp_path / "leeg", "--quiet", cwd=tmp_path)
    assert done.returncode == 1
    assert "care_use" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("--until", "2026-15"), ("--as-of", "gisteren"), ("--draws", "3"), ("--such", "option")],
    ids=" ".join,
)
def test_wrong_use_ends_with_two(years: Path, tmp_path: Path, words: tuple[str, str]) -> None:
    done = zorgraming("train", years, *words, cwd=tmp_path)
    assert done.returncode == 2
    assert "Error" in done.stderr


def test_a_horizon_before_the_end_of_the_data_ends_with_one(years: Path, tmp_path: Path) -> None:
    done = zorgraming("train", years, "--until", "2021", "--quiet", cwd=tmp_path)
    assert done.returncode == 1
    assert "Refused: --until 2021-12: the data runs until 2022-12-31" in done.stderr


def test_template_and_example_say_what_to_do_next(tmp_path: Path) -> None:
    made = zorgraming("template", tmp_path / "sjabloon", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "zorgraming check" in made.stderr
    assert (tmp_path / "sjabloon" / "care_use.csv").is_file()


def test_backtest_prints_the_baseline_beside_each_score(years: Path, tmp_path: Path) -> None:
    done = zorgraming("backtest", years, "--quiet", "--jobs", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    header, *lines = done.stdout.splitlines()
    assert "WAPE" in header
    assert "naive" in header
    assert {line.split()[1] for line in lines} == {"series", "product", "district", "total"}
    assert not (tmp_path / "editions").exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_export_writes_the_fixed_columns(tmp_path: Path) -> None:
    rows = [
        ("M", district, "P", f"{year}-01-01", 100 + 3 * (year % 7), f"{900 * (year - 2000)}.50")
        for district in ("A", "B")
        for year in range(2014, 2023)
    ]
    header = "municipality,district,product,period,clients,cost_eur"
    panel = small_panel(tmp_path / "kosten", rows, header)
    edition = train(Order(panel, origins=1), tmp_path / "editions").edition
    launch = "import sys; from models.launcher import main; sys.argv[0] = 'zorgraming'; main()"
    root = str(Path(__file__).resolve().parents[2])
    words = ["export", str(edition), "--format", "csv", "--measure", "cost"]
    words += ["--by", "product,district,year"]
    done = subprocess.run(
        [sys.executable, "-c", launch, *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == EXPORT
    assert {row["kind"] for row in rows} == {"actual", "forecast"}
    assert {row["municipality"] for row in rows} == {"all"}
    for row in rows:
        assert float(row["p10"]) <= float(row["p50"]) <= float(row["p90"])
