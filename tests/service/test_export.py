"""``zorgraming export``: what other programs lean on."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from models.catalogue import MEASURES
from models.edition import open_edition
from models.errors import EditionError, SelectionError, ZorgramingError
from models.selection import COLUMNS, Selection, answer
from service.cli import export
from service.export import Wish, extract
from tests.editions import build_edition

pytestmark = pytest.mark.contract

Export = Callable[..., Result]


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_edition(tmp_path_factory.mktemp("editions"), draws=20)


@pytest.fixture
def run(edition: Path) -> Export:
    """Run the command on the edition of this module; errors come out as they are."""

    def invoke(*arguments: str, name: str | None = None) -> Result:
        found = CliRunner().invoke(export, [name or str(edition), *arguments])
        if isinstance(found.exception, ZorgramingError):
            raise found.exception
        return found

    return invoke


def rows_of(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout, newline="")))


def test_the_columns_are_the_fixed_ones(run: Export) -> None:
    header = run("--format", "csv").stdout_bytes.split(b"\r\n")[0].decode()
    assert header == (
        "municipality,product,district,period,frequency,measure,unit,kind,p10,p50,p90,mean"
    )
    assert header == ",".join(COLUMNS)


def test_without_by_every_series_is_given_in_one_common_frequency(
    run: Export, edition: Path
) -> None:
    rows = rows_of(run())
    assert {row["frequency"] for row in rows} == {"quarter"}  # day care is known by quarter
    assert {row["measure"] for row in rows} == set(MEASURES)
    keys = {(row["municipality"], row["district"], row["product"]) for row in rows}
    opened = open_edition(edition)
    assert len(keys) == len(opened)
    assert "all" not in {cell for key in keys for cell in key}


def test_by_keeps_apart_what_is_named_and_sums_the_rest(run: Export) -> None:
    rows = rows_of(run("--by", "product,year", "--measure", "cost"))
    assert {row["municipality"] for row in rows} == {"all"}
    assert {row["district"] for row in rows} == {"all"}
    assert {row["product"] for row in rows} == {"BG", "DB", "HH", "VB"}
    assert {row["frequency"] for row in rows} == {"year"}
    assert all(row["period"].endswith("-01-01") for row in rows)


def test_the_order_of_by_does_not_matter(run: Export) -> None:
    one = run("--by", "year,district,product").stdout
    assert one == run("--by", "product,district,year").stdout


@pytest.mark.parametrize("by", ["product", "municipality,district", ""])
def test_without_a_time_in_by_time_is_summed_too(run: Export, by: str) -> None:
    rows = rows_of(run("--by", by, "--measure", "cost"))
    assert rows
    assert {(row["period"], row["frequency"]) for row in rows} == {("all", "all")}
    seen = [(r["municipality"], r["product"], r["district"], r["kind"]) for r in rows]
    assert len(set(seen)) == len(seen)
    assert {row["kind"] for row in rows} <= {"actual", "forecast"}


def test_districts_sum_to_the_municipality_to_the_cent(run: Export) -> None:
    total = rows_of(run("--by", "municipality,year", "--measure", "cost", "--from", "2024-01"))
    parts = rows_of(run("--by", "district,year", "--measure", "cost", "--from", "2024-01"))
    assert len(total) == 3
    for row in total:
        mine = [part["mean"] for part in parts if part["period"] == row["period"]]
        assert len(mine) == 4  # three districts and the unknown one
        assert all(len(text.split(".")[1]) == 2 for text in [*mine, row["mean"]])
        cents = sum(int(text.replace(".", "")) for text in mine)
        assert cents == int(row["mean"].replace(".", ""))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--by", "product,month,year"), "more than one of month, quarter, year"),
        (("--by", "week"), "'week' is none of municipality, product, district, month"),
        (("--by", "product,product"), "names something twice"),
        (("--measure", "kosten"), "'kosten' is not one of"),
        (("--format", "ods"), "'ods' is not one of"),
        (("--format", "xlsx"), "xlsx needs --output FILE"),
        (("--format", "parquet"), "parquet needs --output FILE"),
        (("--json",), "--json needs --output FILE"),
        (("--from", "2024"), "'2024' is not a month like 2026-01"),
        (("--to", "2024-13"), "'2024-13' is not a month"),
        (("--from", "202-401"), "is not a month"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(
    run: Export, arguments: tuple[str, ...], told: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""


def test_a_measure_that_does_not_add_is_refused_when_named(run: Export) -> None:
    with pytest.raises(SelectionError, match=r"unlike units: dagdeel \(DB\); uur \(BG, HH\)"):
        run("--by", "district,year", "--measure", "volume")


def test_a_measure_that_does_not_add_is_left_out_with_a_note_when_not_named(run: Export) -> None:
    result = run("--by", "district,year")
    assert {row["measure"] for row in rows_of(result)} == {"clients", "cost"}
    assert "Note: volume is left out" in result.stderr
    assert "dagdeel (DB); uur (BG, HH)" in result.stderr


def test_finer_than_the_data_is_refused_naming_the_products(run: Export) -> None:
    with pytest.raises(SelectionError, match=r"'month' is finer than the data of DB"):
        run("--by", "product,month")


def test_series_without_forecast_are_told_unless_quiet(run: Export) -> None:
    assert "1 series have no forecast" in run("--by", "year").stderr
    assert run("--by", "year", "--quiet").stderr == ""


def test_from_and_to_choose_the_periods_that_begin_between_them(run: Export) -> None:
    rows = rows_of(run("--measure", "cost", "--from", "2024-02", "--to", "2024-10"))
    assert {row["period"] for row in rows} == {"2024-04-01", "2024-07-01", "2024-10-01"}


def test_a_selection_without_rows_gives_the_header_only(run: Export) -> None:
    assert rows_of(run("--from", "2050-01")) == []


def test_actual_rows_do_not_vary_and_bands_are_ordered(run: Export) -> None:
    for row in rows_of(run("--by", "district,quarter")):
        low, middle, high = (float(row[name]) for name in ("p10", "p50", "p90"))
        assert low <= middle <= high
        if row["kind"] == "actual":
            assert low == high == float(row["mean"])


def test_every_format_has_the_same_rows(run: Export, tmp_path: Path) -> None:
    wanted = ("--by", "product,year", "--measure", "cost")
    plain = [tuple(row.values()) for row in rows_of(run(*wanted))]

    def as_text(value: Any) -> str:  # noqa: ANN401 - any cell
        if isinstance(value, float | int):
            return f"{value:.2f}" if round(value, 2) == value else repr(value)
        return value if isinstance(value, str) else value.isoformat()[:10]

    assert run(*wanted, "--format", "xlsx", "--output", str(tmp_path / "x.xlsx")).exit_code == 0
    sheet = load_workbook(tmp_path / "x.xlsx").worksheets[0]
    sheet_rows = list(sheet.iter_rows(values_only=True))
    assert sheet_rows[0] == COLUMNS
    assert [tuple(map(as_text, row)) for row in sheet_rows[1:]] == plain

    assert run(*wanted, "--format", "parquet", "--output", str(tmp_path / "x.pq")).exit_code == 0
    table = pq.read_table(tmp_path / "x.pq")
    assert [tuple(map(as_text, row.values())) for row in table.to_pylist()] == plain

    dutch = run(*wanted, "--format", "csv-nl").stdout_bytes.decode("utf-8-sig")
    reader = csv.reader(io.StringIO(dutch, newline=""), delimiter=";")
    assert tuple(next(reader)) == COLUMNS
    assert [(*row[:8], *(t.replace(",", ".") for t in row[8:])) for row in reader] == plain


@settings(max_examples=25)
@given(
    by=st.lists(
        st.sampled_from(("municipality", "product", "district", "quarter", "year")),
        unique=True,
        max_size=4,
    ).filter(lambda names: not {"quarter", "year"} <= set(names)),
    measure=st.sampled_from(("clients", "cost")),
)
def test_rows_are_those_of_the_one_place_that_answers(
    edition: Path, by: list[str], measure: str
) -> None:
    times = [name for name in by if name in ("quarter", "year")]
    kept = tuple(name for name in by if name not in times)
    asked = Selection(measure, by=kept, frequency=times[0] if times else "all")
    opened = open_edition(edition, verify=False)
    expected = answer(opened, asked)
    found = extract(opened, Wish(tuple(by), measure)).columns
    for name in COLUMNS:
        assert found[name].tolist() == expected[name].tolist()


def test_an_edition_is_found_by_its_id_and_by_its_folder(
    run: Export, edition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ("--by", "year", "--measure", "cost")
    by_folder = run(*wanted).stdout
    place = ("--editions", str(edition.parent))
    assert run(*wanted, *place, name=edition.name).stdout == by_folder
    monkeypatch.setenv("ZORGRAMING_EDITIONS", str(edition.parent))
    assert run(*wanted, name=edition.name).stdout == by_folder


def test_an_unknown_edition_is_refused_with_those_that_are_there(
    run: Export, edition: Path
) -> None:
    with pytest.raises(EditionError, match=f"no edition 'nope'.*there are: {edition.name}"):
        run("--editions", str(edition.parent), name="nope")


def test_an_edition_with_a_changed_byte_is_refused(tmp_path: Path, run: Export) -> None:
    folder = build_edition(tmp_path, draws=5, districts=1)
    content = bytearray((folder / "forecasts.parquet").read_bytes())
    content[100] ^= 1
    (folder / "forecasts.parquet").write_bytes(content)
    with pytest.raises(EditionError, match=r"forecasts\.parquet was changed"):
        run(name=str(folder))


def test_json_ends_with_one_object_about_the_file(run: Export, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    result = run("--by", "district,year", "--output", str(target), "--json")
    told = json.loads(result.stdout)
    assert told["file"] == str(target)
    assert told["measures"] == ["clients", "cost"]
    assert list(told["left_out"]) == ["volume"]
    with target.open(encoding="utf-8", newline="") as stream:
        assert told["rows"] == sum(1 for _ in csv.DictReader(stream))


def test_a_file_is_replaced_at_once_and_nothing_is_left_aside(run: Export, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    run("--by", "year", "--output", str(target))
    assert target.read_text("utf-8").startswith("municipality,")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_place_that_cannot_be_written_is_named(run: Export, tmp_path: Path) -> None:
    with pytest.raises(EditionError, match=r"missing/out\.csv cannot be written"):
        run("--output", str(tmp_path / "missing" / "out.csv"))


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
from models.launcher import run
from service.cli import export
run(export)
"""


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_full_disk_keeps_the_old_file(edition: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / "out"
    target.write_text("old")
    command = [sys.executable, "-c", FULL, str(edition), "--format", form, "--output", str(target)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_origin_travels_along(run: Export, edition: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.parquet"
    run("--by", "year", "--format", "parquet", "--output", str(target))
    facts = pq.read_schema(target).metadata
    assert facts[b"edition"].decode() == edition.name
    assert facts[b"status"] == b"approved"
    assert facts[b"synthetic"] == b"true"
    assert facts[b"reference"] == b"B-2024-001"
