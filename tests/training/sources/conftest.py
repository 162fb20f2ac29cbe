"""Voorbeeldstad, drawn and written once for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.panel import Panel
from training.sources.example import Simulation, simulate, write_example
from training.sources.folder import read_folder


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example(tmp_path_factory.mktemp("example") / "voorbeeldstad")


@pytest.fixture(scope="session")
def city() -> Simulation:
    return simulate()


@pytest.fixture(scope="session")
def panel(example: Path) -> Panel:
    return read_folder(example)[0]


@pytest.fixture(scope="session")
def outcomes(example: Path) -> Panel:
    return read_folder(example / "outcomes")[0]
