"""What every test shares: one mark each, derandomised hypothesis, the real panels."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import hypothesis
import pytest

from training.sources.example import write_example
from training.tour import cut_delivery
from training.train import Order, Trained, train

ROOT = Path(__file__).resolve().parents[1]
PANELS = ROOT.parent / "shared" / "data" / "panels"
KINDS = frozenset({"unit", "contract", "golden"})

# Verdicts do not depend on chance: the examples follow from the test's own source. Who wants to
# search further sets HYPOTHESIS_PROFILE=explore.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("explore", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def tracked_files() -> list[Path]:
    """Return the files that are, or would be, committed; none outside a git checkout."""
    if not (ROOT / ".git").exists():
        return []
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(listed.split("\0")) if (ROOT / name).is_file()]


def wrongly_marked(items: Iterable[pytest.Item]) -> list[str]:
    """Return the tests that do not carry exactly one of the marks unit, contract and golden."""
    wrong = []
    for item in items:
        kinds = KINDS & {marker.name for marker in item.iter_markers()}
        if len(kinds) != 1:
            wrong.append(f"{item.nodeid}: {' and '.join(sorted(kinds)) or 'no mark'}")
    return wrong


def slow_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the tests with the files that have slow ones in front.

    Tests are shared out among processes by the file; a long one that comes last is waited for.
    """
    ordered = list(items)
    slow = {item.path for item in ordered if item.get_closest_marker("slow")}
    return sorted(ordered, key=lambda item: item.path not in slow)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first; stop before the first test when one has no kind, or two."""
    wrong = wrongly_marked(items)
    if wrong:
        raise pytest.UsageError(
            "each test has exactly one of the marks unit, contract, golden:\n  "
            + "\n  ".join(wrong)
        )
    items[:] = slow_first(items)


@pytest.fixture(scope="session")
def panels() -> Path:
    """Return the folder of real panels that lies beside a developer's checkout, or skip."""
    if not PANELS.is_dir():
        pytest.skip("the real panels (../shared/data/panels) are not on this machine")
    return PANELS


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example municipality, whole, with its outcomes."""
    return write_example(tmp_path_factory.mktemp("example") / "voorbeeldstad")


@pytest.fixture(scope="session")
def small_delivery(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three districts and five products of the example municipality."""
    return cut_delivery(example, tmp_path_factory.mktemp("delivery") / "klein")


@pytest.fixture(scope="session")
def small_edition(small_delivery: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The draft edition trained on the small delivery, with one worker.

    For one file of tests only: another file may run in another process, which trains again.
    """
    return train(Order(small_delivery, origins=3), tmp_path_factory.mktemp("editions"))
