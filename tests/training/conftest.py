"""MLflow stores that several files of tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from training import tracking_store


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one empty store per session: MLflow's migrations take seconds."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.sqlite"
    with tracking_store.alone(f"sqlite:///{path}", tracking_store.load_mlflow()):
        return path
