"""The command nowcast as a person and a program see it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.errors import HorizonError
from tests.trained import small_panel
from training.nowcast_cli import COLUMNS, nowcast

pytestmark = pytest.mark.contract
LATE = {"01-hbh", "07-dagbesteding", "15-beschermd-wonen", "45-ambulant"}


def run(*words: object) -> Result:
    return CliRunner().invoke(nowcast, [str(word) for word in words])


def test_the_open_months_are_shown_with_their_band_and_what_they_rest_on(
    small_delivery: Path,
) -> None:
    done = run(small_delivery)
    assert done.exit_code == 0, done.output
    _, header, *rows, total = done.stdout.splitlines()
    assert header.split() == [
        "municipality", "product", "month", "declared", "expected", "P10", "P90", "share", "method",
    ]  # fmt: skip
    assert {row.split()[1] for row in rows} == LATE  # the neighbourhood team declares at once
    assert {row.split()[2] for row in rows} == {f"2023-{month:02d}" for month in range(7, 13)}
    assert "declarations and allocations" in done.stdout
    assert total.endswith("to come.")


def test_json_and_file_hold_the_same_figures(small_delivery: Path, tmp_path: Path) -> None:
    target = tmp_path / "nowcast.csv"
    done = run(small_delivery, "--as-of", "2023-06-30", "--json", "--output", target)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["as_of"] == "2023-06-30"
    assert tuple(told["months"][0]) == COLUMNS
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [{name: str(value) for name, value in row.items()} for row in told["months"]] == rows
    assert {row["service_month"][:7] for row in rows} == {f"2023-{m:02d}" for m in range(1, 7)}
    for row in told["months"]:
        assert row["p10_eur"] <= row["expected_eur"] <= row["p90_eur"]


def test_a_day_within_a_month_sees_the_months_before_it(small_delivery: Path) -> None:
    within = json.loads(run(small_delivery, "--as-of", "2023-07-12", "--json").stdout)
    ended = json.loads(run(small_delivery, "--as-of", "2023-06-30", "--json").stdout)
    assert within == ended


def test_quiet_says_nothing(small_delivery: Path) -> None:
    done = run(small_delivery, "--quiet")
    assert (done.exit_code, done.output) == (0, "")


def test_a_delivery_without_declarations_is_told_what_to_deliver(tmp_path: Path) -> None:
    rows = [("M", "A", "P", f"{year}-01-01", 100) for year in range(2014, 2023)]
    done = run(small_panel(tmp_path / "jaren", rows), "--json")
    assert done.exit_code == 1
    assert "declarations.csv" in done.stderr
    assert "service_period, declared_period" in done.stderr
    assert "no declarations" in json.loads(done.stdout)["refused"]


def test_a_refused_delivery_ends_with_one_and_every_fault(tmp_path: Path) -> None:
    folder = small_panel(tmp_path / "fout", [("M", "A", "P", "2020-01-01", -3)])
    done = run(folder)
    assert done.exit_code == 1
    assert "care_use.csv" in done.stderr


def test_a_day_before_the_first_declaration_is_refused(small_delivery: Path) -> None:
    done = run(small_delivery, "--as-of", "2010-12-31")
    assert isinstance(done.exception, HorizonError)
    assert "nothing had been declared" in str(done.exception)


def test_a_file_that_cannot_be_written_is_refused(small_delivery: Path, tmp_path: Path) -> None:
    done = run(small_delivery, "--output", tmp_path / "nowhere" / "nowcast.csv")
    assert done.exit_code == 1
    assert "cannot be written" in str(done.exception)
