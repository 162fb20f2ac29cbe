"""The tracking store: MLflow set to it, one writer at a time, made quickly, never lost by moving.

The only module of the program that imports MLflow, and inside a function: that takes seconds, and
who does not track should not wait for it. The modules that tell it something are handed the
library.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from urllib.parse import unquote, urlsplit

from training.run_record import TrackingError

EXPERIMENT = "zorgraming"
SQLITE = "sqlite:///"
LOCK_SECONDS = 300.0  # a recording takes seconds; who waits longer is told so
MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
# Nothing is reported to third parties, whatever the environment says.
SILENCE = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
# A server that is away must not hold up a training for minutes.
DEFAULTS = {
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


def default_tracking_uri(state: Path, environment: Mapping[str, str]) -> str:
    """Return ``ZORGRAMING_MLFLOW_URI``, or else the SQLite store in the state folder."""
    asked = environment.get("ZORGRAMING_MLFLOW_URI")
    return asked or f"{SQLITE}{state.resolve() / 'mlflow.sqlite'}"


@contextmanager
def connected(
    uri: str, experiment: str = EXPERIMENT, artifact_root: str | None = None
) -> Iterator[tuple[ModuleType, str]]:
    """Give MLflow, set to a store, with the experiment's id.

    Args:
        uri: ``sqlite:////folder/mlflow.sqlite``, a server's address or a database.
        experiment: name of the experiment, made when it is not there.
        artifact_root: folder or address for a new experiment's artifacts; None = beside a SQLite
            store, or where the server says.

    Raises:
        TrackingError: the store is away, damaged or busy, also while it is used.
    """
    mlflow = load_mlflow()
    try:
        with alone(uri, mlflow), _set_to(mlflow, uri):
            yield mlflow, experiment_id(mlflow, uri, experiment, artifact_root)
    except (mlflow.MlflowException, OSError, _database_error(mlflow)) as error:
        raise TrackingError(without_password(f"MLflow at {uri}: {error}", uri)) from error


@contextmanager
def opened_store(tracking_uri: str) -> Iterator[ModuleType]:
    """Give MLflow, set to a store, to a module that is handed the library.

    Raises:
        TrackingError: the store is away, damaged or busy, also while it is used.
    """
    with connected(tracking_uri) as (mlflow, _):
        yield mlflow


@contextmanager
def _set_to(mlflow: ModuleType, uri: str) -> Iterator[None]:
    """Set MLflow to a store and back: its setting holds for the whole process."""
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before[0])
        mlflow.set_registry_uri(before[1])


def load_mlflow() -> ModuleType:
    """Import MLflow, silenced.

    Raises:
        TrackingError: it is not installed.
    """
    os.environ.update(SILENCE)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what MLflow's own modules do while they are loaded
        try:
            import mlflow  # noqa: PLC0415 - takes seconds: only who tracks waits for it
            import mlflow.pyfunc  # noqa: PLC0415
            import mlflow.store.db.utils  # noqa: PLC0415
            import mlflow.store.tracking.sqlalchemy_store  # noqa: PLC0415
        except ModuleNotFoundError as error:
            advice = f"{error.name} is missing: pip install 'zorgraming[train]'"
            raise TrackingError(advice) from error
    module: ModuleType = mlflow
    return module


def _database_error(mlflow: ModuleType) -> type[Exception]:
    """Return what MLflow lets through of its database library, such as for a damaged store."""
    error: type[Exception] = mlflow.store.db.utils.sqlalchemy.exc.SQLAlchemyError
    return error


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
