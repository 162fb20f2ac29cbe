"""The place of the tracking store: one writer at a time, made quickly, never lost by moving.

MLflow itself is handed in by ``training.tracking``, the only module that imports it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from urllib.parse import unquote, urlsplit

from training.run_record import TrackingError

SQLITE = "sqlite:///"
LOCK_SECONDS = 300.0  # a recording takes seconds; who waits longer is told so
MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made in it


@contextmanager
def alone(uri: str, mlflow: ModuleType) -> Iterator[None]:
    """Let one training at a time write to a SQLite store, and make the store when there is none.

    Raises:
        TrackingError: another training keeps the store busy.
    """
    if not uri.startswith(SQLITE):
        yield
        return
    path = Path(uri.removeprefix(SQLITE)).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        _wait(lock.fileno(), path)
        if not path.exists():
            _make_store(path, mlflow)
        yield


def _wait(handle: int, path: Path) -> None:
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise TrackingError(f"{path} is kept busy by another training") from None
            time.sleep(0.1)


def _make_store(path: Path, mlflow: ModuleType) -> None:
    """Make an empty store: in memory, since MLflow's many migrations wait for the disk."""
    with TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        fresh = Path(folder) / path.name
        mlflow.MlflowClient(tracking_uri=f"{SQLITE}{fresh}").search_experiments(max_results=1)
        aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            shutil.copyfile(fresh, aside)
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)


def experiment_id(mlflow: ModuleType, uri: str, name: str, artifact_root: str | None) -> str:
    """Return the experiment's id; a new one gets an absolute place for its artifacts.

    Raises:
        TrackingError: the experiment keeps its artifacts in a folder that is gone.
    """
    if artifact_root is None and uri.startswith(SQLITE):
        artifact_root = str(Path(uri.removeprefix(SQLITE)).resolve().parent / "mlflow-artifacts")
    if artifact_root is not None and "://" not in artifact_root:
        artifact_root = Path(artifact_root).resolve().as_uri()
    found = mlflow.MlflowClient().get_experiment_by_name(name)
    if found is None:
        return str(mlflow.MlflowClient().create_experiment(name, artifact_location=artifact_root))
    _still_there(found.artifact_location, artifact_root, name)
    return str(found.experiment_id)


def _still_there(location: str, wanted: str | None, name: str) -> None:
    """Refuse to write to where a store once stood: MLflow keeps absolute places."""
    place = Path(unquote(urlsplit(location).path))
    if location == wanted or not location.startswith("file:") or place.parent.exists():
        return
    raise TrackingError(
        f"experiment {name!r} keeps its artifacts in {place}, which is gone: was the store moved? "
        "Put it back, or choose another experiment"
    )


def without_password(text: str, uri: str) -> str:
    """Return a text with the password of an address hidden, fit to be written down."""
    password = urlsplit(uri).password
    return text.replace(f":{password}@", ":***@") if password else text
