"""The commands score and recall as other programs lean on them: exit codes, JSON, sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.edition import open_edition, read_record
from tests.editions import build_edition
from tests.outcomes import write_outcomes
from training.__main__ import training

pytestmark = pytest.mark.contract


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_edition(tmp_path / "editions", only=("HH", "BG"))


def zorgraming(*words: object) -> Result:
    """Run a command as a user would."""
    return CliRunner().invoke(training, [str(word) for word in words])


def test_score_tells_verdict_scores_and_alarms_as_one_json_object(
    folder: Path, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", open_edition(folder), lambda *_: 2.0)
    done = zorgraming("score", folder, later, "--no-track", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["edition_id"], told["verdict"], told["new"]) == (folder.name, "off_track", True)
    assert told["outcomes"]["until"] == "2024-12-31"
    assert {alarm["kind"] for alarm in told["alarms"]} >= {"coverage", "tracking"}
    assert all(alarm["english"] and alarm["dutch"] for alarm in told["alarms"])
    assert {"wape", "coverage_80", "bias", "tracking_signal"} <= set(told["scores"][0])


def test_score_says_it_to_a_person(folder: Path, tmp_path: Path) -> None:
    later = write_outcomes(tmp_path / "later", open_edition(folder))
    done = zorgraming("score", folder.name, later, "--editions", folder.parent, "--no-track")
    assert done.exit_code == 0, done.output
    assert "is on track, by the figures of later" in done.stdout
    assert "in 80 % band" in done.stdout
    again = zorgraming("score", folder, later, "--no-track")
    assert "were scored before, nothing was added" in again.stdout


def test_a_refused_scoring_ends_with_one_and_its_reason(folder: Path, tmp_path: Path) -> None:
    later = write_outcomes(tmp_path / "later", open_edition(folder), source="the real ones")
    done = zorgraming("score", folder, later, "--no-track")
    assert done.exit_code == 1
    assert "made-up figures score nothing real" in str(done.exception) + done.output


def test_a_delivery_with_faults_ends_with_one_and_every_fault(folder: Path, tmp_path: Path) -> None:
    rows = [f"VB0001,X,HH,2024-0{month}-01,many,1,1" for month in (1, 2)]
    later = write_outcomes(tmp_path / "later", open_edition(folder), extra=rows)
    done = zorgraming("score", folder, later, "--no-track")
    assert done.exit_code == 1
    assert "many" in done.output


def test_an_edition_that_was_never_tracked_is_scored_all_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZORGRAMING_STATE", str(tmp_path / "state"))
    later = write_outcomes(tmp_path / "later", open_edition(folder))
    done = zorgraming("score", folder, later)
    assert done.exit_code == 0, done.output
    assert not (tmp_path / "state").exists()


def test_recall_lists_first_and_marks_when_told(folder: Path) -> None:
    place = ("--edition", folder.name, "--editions", folder.parent)
    listed = zorgraming("recall", *place, "--list")
    assert listed.exit_code == 0
    assert folder.name in listed.stdout
    assert read_record(folder)[-1]["event"] == "approved"
    done = zorgraming("recall", *place, "--by", "A. Tester", "--reason", "dubbel", "--json")
    assert json.loads(done.stdout)["marked"] == [folder.name]
    assert read_record(folder)[-1]["event"] == "recalled"
    again = zorgraming("recall", *place, "--by", "A. Tester", "--reason", "dubbel")
    assert "(recalled before)" in again.stdout


def test_recall_by_an_unknown_hash_ends_with_one(folder: Path) -> None:
    words = ("--input", "f" * 64, "--editions", folder.parent, "--by", "x", "--reason", "y")
    done = zorgraming("recall", *words)
    assert done.exit_code == 1
    assert f"known here: {'0' * 64}" in str(done.exception)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--vintage", "care_use"),
        ("--vintage", "=2023"),
        ("--vintage", "care_use=1", "--edition", "x"),
    ],
)
def test_wrong_use_of_recall_ends_with_two(folder: Path, words: tuple[str, ...]) -> None:
    assert zorgraming("recall", *words, "--editions", folder.parent).exit_code == 2
