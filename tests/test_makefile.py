"""What ``make`` would do on a fresh machine, asked with ``make --dry-run``."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine"),
]


PlannedBy = Callable[..., str]


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlannedBy:
    """Return a function that tells which commands a call of make would run, from nothing."""
    monkeypatch.delenv("MAKEFLAGS", raising=False)  # make test itself may be running us
    fresh = [f"VENV={tmp_path / 'venv'}", f"DEMO={tmp_path / 'demo'}"]

    def planned(*arguments: str) -> str:
        command = ["make", "--dry-run", "--no-print-directory", *fresh, *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    return planned


def _order(text: str, *steps: str) -> list[int]:
    return [text.index(step) for step in steps]


def test_demo_installs_with_hashes_then_trains_approves_and_serves(planned: PlannedBy) -> None:
    steps = _order(
        planned("demo"),
        "-m venv",
        "install --require-hashes --requirement requirements/training.txt",
        "--no-deps --no-build-isolation --editable .",
        "zorgraming example",
        "zorgraming train",
        "zorgraming approve",
        "zorgraming serve --demo",
    )
    assert steps == sorted(steps)


def test_demo_without_serving_stops_after_the_approval(planned: PlannedBy) -> None:
    text = planned("demo", "SERVE=no")
    assert "zorgraming approve" in text
    assert "zorgraming serve" not in text


def test_test_runs_layout_lint_types_and_every_test(planned: PlannedBy) -> None:
    text = planned("test")
    steps = _order(
        text,
        "requirements/development.txt",
        "ruff format --check",
        "ruff check",
        "bin/mypy",
        "-m pytest",
    )
    assert steps == sorted(steps)
    assert "not slow" not in text


def test_tests_run_on_every_core_unless_told_otherwise(planned: PlannedBy) -> None:
    for target in ("test", "check"):
        (line,) = re.findall(r".*-m pytest.*", planned(target, "PYTEST_ARGS=-n0"))
        assert line.index("--numprocesses logical") < line.index("-n0")  # the last one counts


def test_nothing_is_installed_twice_when_the_lock_has_not_changed(
    planned: PlannedBy, tmp_path: Path
) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    for made in ("bin/python", ".training", ".development"):
        (tmp_path / "venv" / made).touch()
    assert "pip" not in planned("demo")
    assert "pip" not in planned("test")


def test_lock_compiles_every_target_under_the_tested_versions(planned: PlannedBy) -> None:
    lines = [line for line in planned("lock").splitlines() if "pip compile" in line]
    outputs = [re.findall(r"requirements/(\w+)\.txt$", line)[0] for line in lines]
    assert sorted(outputs) == sorted(path.stem for path in (ROOT / "requirements").iterdir())
    assert outputs[0] == "development"
    assert all("--constraints requirements/development.txt" in line for line in lines[1:])
    assert all("--generate-hashes --no-emit-index-url" in line for line in lines)
    assert all(("--upgrade" in line) is False for line in lines)


def test_every_target_says_what_it_is_for() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, flags=re.M)
    for target in phony.split():
        assert re.search(rf"^{target}:.* ## \w", text, flags=re.M), target
