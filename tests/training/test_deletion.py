"""Deleting a municipality takes away all there is of it here, and nothing of anybody else."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from models.errors import EditionError
from tests.editions import build_edition
from tests.service.postgres import running_postgresql
from tests.trained import small_panel
from tests.training.mlflow_server import running_mlflow
from training import deletion
from training.cli_delete import delete
from training.run_record import record_from_edition
from training.tracking import track

pytestmark = pytest.mark.contract
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MINE, OTHER = "VB0001", "ZA0002"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two approved editions of one's own, one of somebody else, and registers."""
    monkeypatch.setenv("ZORGRAMING_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("ZORGRAMING_MLFLOW_URI", raising=False)
    editions = tmp_path / "editions"
    for code, seed in ((MINE, 1), (MINE, 2), (OTHER, 3)):
        folder = build_edition(editions, municipality=code, seed=seed)
        (editions / f"{folder.name}.scores.parquet").write_bytes(b"scores")
    for code in (MINE, OTHER):
        (editions / f"test-{code.lower()}.champions.jsonl").write_bytes(b"")
    (editions / "recalled.jsonl").write_bytes(b"")
    return tmp_path


def run(place: Path, *words: object, code: str = MINE) -> Result:
    said = ["--by", "A. Tester, controller", "--reference", "B-2026-9", "--yes"]
    told = [code, "--editions", str(place / "editions"), *said, *map(str, words)]
    return CliRunner().invoke(delete, told)


def names(place: Path) -> set[str]:
    return {path.name for path in (place / "editions").iterdir()}


def of(place: Path, code: str) -> set[str]:
    return {name for name in names(place) if code.lower() in name}


def test_editions_go_with_all_that_hangs_on_them(place: Path) -> None:
    others = of(place, OTHER)
    done = run(place)
    assert done.exit_code == 0, done.stderr
    assert of(place, MINE) == set()
    assert of(place, OTHER) == others
    assert names(place) == others | {"recalled.jsonl", deletion.REGISTER}
    assert "zorgraming state forget VB0001" in done.stdout


def test_the_register_tells_who_when_and_what_but_no_figures(place: Path) -> None:
    ids = {name for name in of(place, MINE) if (place / "editions" / name).is_dir()}
    run(place)
    begun, ended = deletion.register_of(place / "editions").read()
    assert (begun["by"], begun["reference"]) == ("A. Tester, controller", "B-2026-9")
    assert {one["edition"] for one in begun["editions"]} == ids
    assert all(len(one["sha256"]) == 64 for one in begun["editions"])
    assert set(ended["removed"]) >= ids
    assert ended["failed"] == {}


def test_a_dry_run_changes_nothing_and_lists_everything(place: Path) -> None:
    before = names(place)
    done = run(place, "--dry-run", "--json")
    assert done.exit_code == 0
    assert names(place) == before
    told = json.loads(done.stdout)
    assert {one["edition"] for one in told["editions"]} == {
        name for name in of(place, MINE) if (place / "editions" / name).is_dir()
    }
    assert told["further"] == [f"test-{MINE.lower()}.champions.jsonl"]
    assert done.stderr.count("edition test-vb0001") == 2


def test_it_can_be_done_again(place: Path) -> None:
    run(place)
    again = run(place, "--json")
    assert again.exit_code == 0
    assert "nothing here" in again.stderr
    assert json.loads(again.stdout)["removed"] == []


def test_what_an_interruption_left_is_removed_the_next_time(place: Path) -> None:
    editions = place / "editions"
    found = deletion.plan(MINE, editions)
    deletion.begin(found, "A", "B", NOW)
    held = found.held[0]
    held.folder.rename(editions / f".deleted.{held.folder.name}.1")  # killed here
    done = run(place)
    assert done.exit_code == 0, done.stderr
    assert of(place, MINE) == set()


def test_after_an_interruption_the_register_of_champions_goes_too(place: Path) -> None:
    found = deletion.plan(MINE, place / "editions")
    deletion.begin(found, "A", "B", NOW)
    for held in found.held:
        shutil.rmtree(held.folder)  # killed before the rest
    assert run(place).exit_code == 0
    assert f"test-{MINE.lower()}.champions.jsonl" not in names(place)


def test_what_a_broken_off_training_left_goes_too(place: Path) -> None:
    found = deletion.plan(MINE, place / "editions")
    (place / "editions" / f".{found.held[0].folder.name}.77.tmp").mkdir()
    run(place)
    assert of(place, MINE) == set()


def test_what_broken_off_trainings_left_goes_without_an_edition_of_its_own_too(place: Path) -> None:
    day = "2023-12-31-0123456789"
    for code in (MINE, OTHER):
        (place / "editions" / f".test-{code.lower()}-{day}.77.tmp").mkdir()
    others = of(place, OTHER)
    assert run(place).exit_code == 0
    assert of(place, MINE) == set()
    assert of(place, OTHER) == others


def test_half_an_edition_of_which_nobody_can_tell_whose_it_is_stays_and_is_told(
    place: Path,
) -> None:
    half = place / "editions" / ".eerste-2023-12-31-0123456789.77.tmp"
    half.mkdir()
    done = run(place)
    assert done.exit_code == 1
    assert f"{half} has no readable manifest" in done.stderr
    assert half.is_dir()


def test_a_damaged_edition_can_be_removed(place: Path) -> None:
    folder = deletion.plan(MINE, place / "editions").held[0].folder
    (folder / "forecasts.parquet").write_bytes(b"")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"seed": 9}))
    assert run(place).exit_code == 0
    assert of(place, MINE) == set()


def test_an_edition_of_which_nobody_can_tell_whose_it_is_stays_and_is_told(place: Path) -> None:
    folder = deletion.plan(MINE, place / "editions").held[0].folder
    (folder / "manifest.json").write_text("{")
    done = run(place)
    assert done.exit_code == 1
    assert f"{folder} has no readable manifest" in done.stderr
    assert folder.is_dir()


def test_what_cannot_be_removed_is_told_and_the_rest_goes(place: Path) -> None:
    stuck = Path("/proc/self/status")  # nobody may remove it, whoever they are
    found = replace(deletion.plan(MINE, place / "editions"), leftovers=(stuck,))
    removed = deletion.remove_files(found)
    assert list(removed.failed) == [str(stuck)]
    assert of(place, MINE) == set()


@pytest.mark.parametrize("words", [("--by", " "), ("--reference", "")])
def test_nobody_deletes_without_name_and_decision(place: Path, words: tuple[str, str]) -> None:
    assert run(place, *words).exit_code == 2
    assert of(place, MINE)


def test_a_damaged_register_stops_before_anything_is_removed(place: Path) -> None:
    (place / "editions" / deletion.REGISTER).write_text("{}\n")
    done = run(place)
    assert isinstance(done.exception, EditionError)
    assert of(place, MINE)


class TestShared:
    @pytest.fixture
    def shared(self, place: Path) -> Path:
        return build_edition(
            place / "editions", municipality=(MINE, OTHER), delivery="samen", seed=4
        )

    def test_it_is_refused_with_the_others_named(self, place: Path, shared: Path) -> None:
        done = run(place)
        assert isinstance(done.exception, deletion.DeletionError)
        assert f"{shared.name} ({OTHER})" in str(done.exception)
        assert len([name for name in of(place, MINE) if (place / "editions" / name).is_dir()]) == 2

    def test_it_goes_when_that_is_meant(self, place: Path, shared: Path) -> None:
        assert run(place, "--with-shared").exit_code == 0
        assert not shared.exists()
        assert of(place, OTHER)


class TestPanels:
    def test_only_those_given_are_removed(self, place: Path) -> None:
        rows: list[tuple[object, ...]] = [(MINE, "A", "P", "2020-01-01", 3)]
        given, kept = (small_panel(place / name, rows) for name in ("een", "twee"))
        assert run(place, "--panel", given).exit_code == 0
        assert (given.exists(), kept.exists()) == (False, True)
        begun = deletion.register_of(place / "editions").read()[0]
        assert list(begun["panels"][0]["files"]) == ["care_use.csv"]

    def test_one_of_somebody_else_too_is_refused(self, place: Path) -> None:
        rows: list[tuple[object, ...]] = [(c, "A", "P", "2020-01-01", 3) for c in (MINE, OTHER)]
        given = small_panel(place / "samen", rows)
        done = run(place, "--panel", given)
        assert OTHER in str(done.exception)
        assert given.exists()
        assert of(place, MINE)

    def test_one_with_folders_in_it_is_refused(self, place: Path) -> None:
        rows: list[tuple[object, ...]] = [(MINE, "A", "P", "2020-01-01", 3)]
        given = small_panel(place / "een", rows)
        (given / "editions").mkdir()  # such as of who trains from within
        done = run(place, "--panel", given)
        assert "also holds folders (editions)" in str(done.exception)
        assert given.exists()
        assert of(place, MINE)

    def test_a_folder_that_is_no_delivery_is_refused(self, place: Path) -> None:
        done = run(place, "--panel", place / "editions")
        assert isinstance(done.exception, deletion.DeletionError)
        assert of(place, MINE)


def told(database: Path) -> str:
    """Return all that a SQLite file holds, free pages included."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return database.read_bytes().decode("latin-1")


class TestTrackedRuns:
    @pytest.fixture
    def tracked(self, place: Path) -> Path:
        store = place / "state" / "mlflow.sqlite"
        for folder in sorted((place / "editions").glob("test-*/manifest.json"))[1:]:
            track(record_from_edition(folder.parent), tracking_uri=f"sqlite:///{store}", at=NOW)
        return store

    @pytest.mark.slow
    def test_runs_models_and_artifacts_are_really_gone(self, place: Path, tracked: Path) -> None:
        gone = deletion.plan(MINE, place / "editions").ids
        artifacts = place / "state" / "mlflow-artifacts"
        assert MINE in told(tracked)
        done = run(place, "--json")
        assert done.exit_code == 0, done.stderr
        answer = json.loads(done.stdout)
        assert len(answer["runs"]) == 1
        assert answer["models"] == [f"zorgraming-test-{MINE.lower()}/1"]
        left = told(tracked) + "".join(
            path.read_bytes().decode("latin-1") for path in artifacts.rglob("*") if path.is_file()
        )
        assert [word for word in (MINE, *gone, *answer["runs"]) if word in left] == []
        assert OTHER in left
        assert f"zorgraming-test-{OTHER.lower()}" in told(tracked)

    @pytest.mark.slow
    def test_a_store_that_is_away_is_told_and_made_up_for(self, place: Path, tracked: Path) -> None:
        aside = tracked.with_name("aside")
        tracked.rename(aside)
        tracked.write_bytes(b"no database at all" * 100)
        done = run(place)
        assert done.exit_code == 1
        assert "MLflow" in done.stderr
        assert of(place, MINE) == set()
        aside.replace(tracked)
        again = run(place, "--json")
        assert again.exit_code == 0, again.stderr
        assert len(json.loads(again.stdout)["runs"]) == 1
        assert MINE not in told(tracked)

    @pytest.mark.slow
    def test_a_server_marks_and_its_database_ends_it(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = deletion.plan(MINE, place / "editions").held[0].folder
        with running_postgresql() as database, running_mlflow(place, database.url) as server:
            track(record_from_edition(folder), tracking_uri=server.address, at=NOW)
            code, _, told = command(place, database.url)
            assert (code, "delete through its address first" in told) == (1, True), told
            monkeypatch.setenv("ZORGRAMING_MLFLOW_URI", server.address)
            done = run(place, "--json")
            assert (done.exit_code, "mlflow gc" in done.stderr) == (1, True)
            assert len(json.loads(done.stdout)["marked"]) == 1
            assert [path for path in (place / "kept").rglob("*") if path.is_file()] == []
            code, answer, _ = command(place, database.url)
            assert (code, len(answer["runs"])) == (0, 1)
            with psycopg.connect(database.url) as kept:
                assert kept.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def command(place: Path, store: str) -> tuple[int, dict[str, Any], str]:
    """Run the command in a process of its own: its connections to the database end with it."""
    words = ["delete", MINE, "--editions", str(place / "editions"), "--yes", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "training", *words, "--by", "A. Tester", "--reference", "B-1"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"ZORGRAMING_MLFLOW_URI": store},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr
