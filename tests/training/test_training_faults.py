"""What goes wrong while a training runs costs no edition that was there, and leaves no half one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from models.edition import open_edition, read_record
from tests.trained import yearly_panel
from training.champions import deliveries

pytestmark = [pytest.mark.contract, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 900


def training(delivery: Path, folder: Path, jobs: int) -> subprocess.Popen[str]:
    """Start a training as a user would."""
    command = [sys.executable, "-m", "training", "train", str(delivery), "--json", "--quiet"]
    command += ["--origins", "2", "--draws", "40", "--jobs", str(jobs)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "ZORGRAMING_STATE": str(folder / "state")}
    return subprocess.Popen(
        [*command, "--editions", str(folder / "editions")],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def worker_of(process: subprocess.Popen[str]) -> psutil.Process:
    """Wait for a worker of a training and return it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        for child in psutil.Process(process.pid).children():
            if "loky.backend.popen_loky" in " ".join(child.cmdline()):
                return child
        time.sleep(0.05)
    raise AssertionError("the training had no worker")


def test_a_killed_worker_ends_a_training_with_advice_and_leaves_no_half_edition(
    small_delivery: Path, tmp_path: Path
) -> None:
    process = training(small_delivery, tmp_path, jobs=2)
    worker_of(process).send_signal(signal.SIGKILL)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "try fewer --jobs. Nothing was published" in said
    assert "Traceback" not in said
    assert not list((tmp_path / "editions").glob("*"))


def test_two_trainings_at_once_give_one_edition_and_promote_nothing(
    tmp_path: Path, migrated: Path
) -> None:
    (tmp_path / "state").mkdir()
    shutil.copyfile(migrated, tmp_path / "state" / "mlflow.sqlite")
    small = yearly_panel(tmp_path / "small")  # both end at the same moment, however little it is
    both = [training(small, tmp_path, jobs=1) for _ in range(2)]
    told = [process.communicate(timeout=PATIENCE) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    ids = {json.loads(answer)["edition_id"] for answer, _ in told}
    (folder,) = [path for path in (tmp_path / "editions").iterdir() if path.is_dir()]
    assert ids == {folder.name}
    open_edition(folder)
    assert [event["event"] for event in read_record(folder)] == ["tracked", "tracked"]
    assert deliveries(tmp_path / "editions") == []
