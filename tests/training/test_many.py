"""Many deliveries in one run: each for itself, and again where it stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from models.record import read_record, record_path
from tests.conftest import ROOT
from tests.trained import small_panel, yearly_panel
from tests.training.deadly import DEADLY, train_or_die
from training.fanout import Fanout
from training.many import Kind, deliveries_in, train_many, train_one
from training.train import Order, expected_edition, train

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
ORDER = Order(Path("unused"), draws=40, origins=2)
PATIENCE = 120.0


def faulty(folder: Path) -> Path:
    """Write a delivery with two faults."""
    return small_panel(folder, [("M", "A", "P", "2022-01-01", -1), ("M", "A", "P", "soon", 5)])


@pytest.fixture
def country(tmp_path: Path) -> Path:
    """Three deliveries, the one in the middle refused."""
    yearly_panel(tmp_path / "in" / "first")
    faulty(tmp_path / "in" / "second")
    yearly_panel(tmp_path / "in" / "third", 300)
    return tmp_path / "in"


def command(country: Path, editions: Path, *words: str) -> list[str]:
    asked = ["train-all", str(country), "--editions", str(editions), "--json", "--quiet"]
    return [sys.executable, "-m", "training", *asked, "--draws", "40", "--origins", "2", *words]


def environment(state: Path) -> dict[str, str]:
    return os.environ | {"ZORGRAMING_STATE": str(state), "PYTHONPATH": str(ROOT)}


@pytest.mark.slow
def test_one_that_is_refused_stops_no_other_and_changes_nothing_for_them(
    country: Path, tmp_path: Path
) -> None:
    editions = tmp_path / "editions"
    outcomes = train_many(deliveries_in(country), ORDER, editions, Fanout(2))
    first, second, third = outcomes
    assert [one.kind for one in outcomes] == [Kind.TRAINED, Kind.REFUSED, Kind.TRAINED]
    told = " ".join(second.reasons)
    assert "-1" in told
    assert "soon" in told
    assert first.edition is not None
    assert third.edition is not None
    assert {one.name for one in editions.iterdir()} == {first.edition.name, third.edition.name}
    alone = train(replace(ORDER, folder=country / "third"), tmp_path / "alone").edition
    assert (
        third.edition.name
        == alone.name
        == expected_edition(replace(ORDER, folder=country / "third"))
    )
    for file in sorted(alone.rglob("*")):
        if file.is_file() and file.name != "manifest.json":  # which tells how long it took
            assert (third.edition / file.relative_to(alone)).read_bytes() == file.read_bytes()


def test_what_is_there_is_not_trained_again(country: Path, tmp_path: Path) -> None:
    editions = tmp_path / "editions"
    before = train_many(deliveries_in(country), ORDER, editions, Fanout(1))
    made = {one.name: one.stat().st_mtime_ns for one in editions.iterdir()}
    yearly_panel(country / "fourth", 50)
    after = train_many(deliveries_in(country), ORDER, editions, Fanout(1))
    assert [one.kind for one in after] == [Kind.THERE, Kind.TRAINED, Kind.REFUSED, Kind.THERE]
    assert after[0].edition == before[0].edition
    assert {name: (editions / name).stat().st_mtime_ns for name in made} == made


@pytest.mark.slow
def test_a_delivery_that_costs_its_worker_is_named_and_the_others_are_trained(
    country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yearly_panel(country / DEADLY)
    monkeypatch.setattr("training.many.train_one", train_or_die)
    outcomes = train_many(deliveries_in(country), ORDER, tmp_path / "editions", Fanout(2))
    found = {one.delivery.name: one for one in outcomes}
    assert found[DEADLY].kind is Kind.FAILED
    assert "memory" in found[DEADLY].reasons[0]
    assert found["first"].edition is not None
    assert found["third"].edition is not None
    assert found["second"].kind is Kind.REFUSED


def test_a_worker_without_the_shared_folder_says_so(tmp_path: Path) -> None:
    one = yearly_panel(tmp_path / "in" / "one")
    outcome = train_one(one, ORDER, tmp_path / "editions", tmp_path / "not-there.mark")
    assert outcome.kind is Kind.FAILED
    assert "all workers share" in outcome.reasons[0]
    assert not (tmp_path / "editions").exists()


@pytest.mark.slow
def test_the_command_tells_of_each_delivery_and_records_its_run(
    country: Path, tmp_path: Path, migrated: Path
) -> None:
    (tmp_path / "state").mkdir()
    shutil.copyfile(migrated, tmp_path / "state" / "mlflow.sqlite")
    asked = command(country, tmp_path / "editions", "--jobs", "1")
    ended = subprocess.run(
        asked, capture_output=True, text=True, env=environment(tmp_path / "state"), check=False
    )
    assert ended.returncode == 1, ended.stderr
    told = json.loads(ended.stdout)
    assert (told["trained"], told["refused"], told["failed"]) == (2, 1, 0)
    first, second, _ = told["deliveries"]
    assert second["reasons"]
    record = read_record(Path(first["edition"]))
    assert [event["run_id"] for event in record if event["event"] == "tracked"] == [first["run_id"]]
    record_path(Path(first["edition"])).unlink()  # as of a run that ended before this
    again = subprocess.run(
        asked, capture_output=True, text=True, env=environment(tmp_path / "state"), check=False
    )
    told = json.loads(again.stdout)["deliveries"]
    assert [one["outcome"] for one in told] == ["there", "refused", "there"]
    assert [one["run_id"] is not None for one in told] == [True, False, False]


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_where_it_stopped(country: Path, tmp_path: Path) -> None:
    for number in range(2):
        yearly_panel(country / f"more-{number}", 100 + number)
    editions = tmp_path / "editions"
    asked = command(country, editions, "--no-track", "--jobs", "1")
    env = environment(tmp_path / "state")
    with subprocess.Popen(asked, env=env, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + PATIENCE
        while not list(editions.glob("first-*")) and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    there = {one.name for one in editions.iterdir() if not one.name.startswith(".")}
    assert there
    ended = subprocess.run(asked, capture_output=True, text=True, env=env, check=False)
    told = json.loads(ended.stdout)
    assert {one["edition_id"] for one in told["deliveries"] if one["outcome"] == "there"} == there
    assert told["there"] + told["trained"] == 4
    assert told["failed"] == 0
