"""Champion and challenger on the command line: answers, exit codes, and no key in sight."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.errors import ZorgramingError
from tests.training.challengers import DELIVERY, challenger, origin_rows
from training.__main__ import training

pytestmark = pytest.mark.contract
ROOT = Path(__file__).resolve().parents[2]


SIGNED = ("--by", "Hoofd control", "--reference", "2024/017")


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


class Desk:
    """A folder with three editions in which commands are run as a user would."""

    def __init__(self, folder: Path, mlflow: Path) -> None:
        self.folder, self.mlflow = folder, mlflow
        editions = folder / "editions"
        self.first = challenger(editions, origin_rows()).name
        self.better = challenger(editions, origin_rows(0.5), members=["better"]).name
        self.worse = challenger(editions, origin_rows(1.5), members=["worse"]).name
        self.key = self.run("signers", "add", "Hoofd control", "--role", "analyst").stdout.strip()

    def run(self, *words: str, key: str = "") -> Answer:
        """Run a command in this process; what is refused ends as the launcher would end it."""
        told = CliRunner().invoke(training, words, env=self._environment(key))
        if isinstance(told.exception, ZorgramingError):
            return Answer(1, told.stdout, f"{told.stderr}Refused: {told.exception}")
        return Answer(told.exit_code, told.stdout, told.stderr)

    def start(self, *words: str, key: str = "") -> Answer:
        """Run a command in a process of its own, with nobody to answer."""
        done = subprocess.run(
            [sys.executable, "-m", "training", *words],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | self._environment(key),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def _environment(self, key: str) -> dict[str, str]:
        return {
            "ZORGRAMING_EDITIONS": str(self.folder / "editions"),
            "ZORGRAMING_STATE": str(self.folder / "state"),
            "ZORGRAMING_MLFLOW_URI": f"sqlite:///{self.mlflow}",
            "ZORGRAMING_SIGNING_KEY": key,
        }

    def decide(self, *words: str) -> Answer:
        """Promote or roll back."""
        return self.run("models", *words, *SIGNED, key=self.key)


@pytest.fixture
def desk(tmp_path: Path, migrated: Path) -> Desk:
    store = tmp_path / "mlflow.sqlite"
    store.write_bytes(migrated.read_bytes())
    return Desk(tmp_path, store)


def test_compare_tells_people_and_programs_the_same(desk: Desk) -> None:
    told = desk.run("compare", desk.first, desk.better)
    assert told.returncode == 0, told.stderr
    assert "6 common origins" in told.stdout
    assert "cost, total" in told.stdout
    assert "NEW WINS" in told.stdout
    found = json.loads(desk.run("compare", desk.first, desk.better, "--json").stdout)
    assert found["verdict"] == "wins"
    assert found["rows"] == 36
    assert {row["level"] for row in found["table"]} == {"total", "product"}


def test_a_margin_is_a_setting(desk: Desk) -> None:
    strict = desk.run("compare", desk.first, desk.better, "--margin", "0.9")
    assert "it wins from 90.0 % less" in strict.stdout


def test_an_edition_of_before_errors_per_origin_is_refused_in_words(desk: Desk) -> None:
    older = challenger(desk.folder / "editions", None, members=["older"]).name
    done = desk.run("compare", desk.first, older)
    assert done.returncode == 1
    assert "Train it again to compare it" in done.stderr


def test_promotion_refusal_and_rollback_from_the_command_line(desk: Desk) -> None:
    assert desk.decide("promote", desk.first).returncode == 0
    refused = desk.decide("promote", desk.worse)
    assert refused.returncode == 1
    assert "does not win" in refused.stderr
    done = desk.decide("promote", desk.better, "--json")
    event = json.loads(done.stdout)
    assert (event["edition"], event["mirrored"]) == (desk.better, True)
    back = desk.decide("rollback")
    assert f"{desk.first} is champion" in back.stdout
    rows = json.loads(desk.run("models", "list", "--json").stdout)
    standing = {row["edition"]: row["standing"] for row in rows}
    assert standing[desk.first].startswith("champion since")
    assert standing[desk.worse] == "challenger"
    mirrored = desk.run("models", "mirror")
    assert f"zorgraming-{DELIVERY}@champion is version 1, {desk.first}" in mirrored.stdout


def test_nobody_decides_without_the_key(desk: Desk) -> None:
    words = ("models", "promote", desk.first, *SIGNED)
    # Without a key it is asked for, and nobody is there to answer.
    for done in (desk.run(*words, key="zrs_guess"), desk.start(*words)):
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    assert not list((desk.folder / "editions").glob("*.champions.jsonl"))


def test_the_key_is_shown_once(desk: Desk) -> None:
    assert desk.key.startswith("zrs_")
    listed = desk.run("signers", "list")
    assert "Hoofd control: analyst" in listed.stdout
    assert desk.key not in listed.stdout
    for file in desk.folder.rglob("*"):
        if file.is_file():
            assert desk.key.encode() not in file.read_bytes(), file


def test_one_damaged_edition_is_named_in_the_list_beside_the_others(desk: Desk) -> None:
    (desk.folder / "editions" / desk.worse / "manifest.json").write_text("{}")
    rows = json.loads(desk.run("models", "list", "--json").stdout)
    told = {row["edition"]: row["standing"] for row in rows}
    assert "edition format None is not known" in told[desk.worse]
    assert told[desk.first] == "no champion yet"


def test_an_unknown_member_is_wrong_use(desk: Desk) -> None:
    done = desk.run("train", ".", "--members", "AutoETS,crystal ball")
    assert done.returncode == 2
    assert "no member crystal ball; registered: seasonal naive, last year" in done.stderr
