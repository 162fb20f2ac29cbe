"""Records trainings in MLflow: the only module of the program that talks to it.

The edition is complete and safe before anything here runs. When the tracking store is away, the
edition's record says ``tracking-pending`` and ``complete_pending`` makes up for it later. MLflow is
imported inside functions: it takes seconds, and who does not track should not wait for it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from models.edition import append_record, read_record
from models.errors import EditionError
from training.bundle import bundle_from_edition
from training.champion_mirror import mirror_of, told_of, write_mirror
from training.champions import MIRRORED, decision, deliveries, register, unmirrored
from training.run_record import TrackingError, TrainingRecord, record_from_edition
from training.tracked_run import Recorded, end_half_runs, finished_run, write_run
from training.tracked_scores import write_scores
from training.tracking_store import SQLITE, alone, experiment_id, without_password

__all__ = [
    "TrackingError",
    "TrainingRecord",
    "bundle_from_edition",
    "complete_mirrors",
    "complete_pending",
    "default_tracking_uri",
    "mirrored_champion",
    "record_from_edition",
    "record_training",
    "track",
    "track_scores",
]

EXPERIMENT = "zorgraming"
PENDING, TRACKED, SCORES_TRACKED = "tracking-pending", "tracked", "scores-tracked"
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


def record_training(
    record: TrainingRecord,
    *,
    tracking_uri: str,
    experiment: str = EXPERIMENT,
    artifact_root: str | None = None,
) -> str:
    """Record a training as one run with one registered model, and return the run's id.

    The model gets the alias ``challenger``; nothing is promoted. The edition is only read.

    Args:
        record: what is told.
        tracking_uri: ``sqlite:////folder/mlflow.sqlite``, a server's address or a database.
        experiment: name of the experiment, made when it is not there.
        artifact_root: folder or address for a new experiment's artifacts; None = beside a SQLite
            store, or where the server says.

    Raises:
        TrackingError: the store is away, damaged or busy; a run begun is marked as failed.
        EditionError: the edition cannot be read.
    """
    with _connected(tracking_uri, experiment, artifact_root) as (mlflow, place):
        return write_run(mlflow, record, place).run_id


def track(
    record: TrainingRecord,
    *,
    tracking_uri: str,
    at: datetime,
    experiment: str = EXPERIMENT,
    artifact_root: str | None = None,
) -> str | None:
    """Record a training and note in the edition's record where, or that it is still to be done.

    Args:
        record: what is told.
        tracking_uri: as in ``record_training``.
        at: the moment, with its time zone.
        experiment: as in ``record_training``.
        artifact_root: as in ``record_training``.

    Returns:
        The run's id, or None when the store could not be used: the edition is good all the same.

    Raises:
        EditionError: the edition or its record cannot be read or written.
    """
    try:
        with _connected(tracking_uri, experiment, artifact_root) as (mlflow, place):
            recorded = write_run(mlflow, record, place)
    except TrackingError as error:
        append_record(record.edition, {"event": PENDING, "reason": str(error)[:1000]}, at)
        return None
    append_record(record.edition, _event(recorded, tracking_uri), at)
    return recorded.run_id


def complete_pending(
    editions: Path,
    *,
    tracking_uri: str,
    at: datetime,
    experiment: str = EXPERIMENT,
    artifact_root: str | None = None,
) -> dict[str, str]:
    """Record every edition whose recording failed; everything told comes from the edition itself.

    A run that was finished, but of which the edition does not know, is found again, not repeated.

    Args:
        editions: folder of editions.
        tracking_uri: as in ``record_training``.
        at: the moment, with its time zone.
        experiment: as in ``record_training``.
        artifact_root: as in ``record_training``.

    Returns:
        Edition id -> run id, of those completed now.

    Raises:
        TrackingError: the store is still away; what was completed before stays completed.
        EditionError: naming the editions that cannot be trusted; the others are completed first.
    """
    done: dict[str, str] = {}
    refused: list[str] = []
    folders = pending(editions)
    if not folders:
        return done
    with _connected(tracking_uri, experiment, artifact_root) as (mlflow, place):
        for folder in folders:
            try:
                end_half_runs(mlflow, folder.name, place)
                recorded = finished_run(mlflow, folder.name, place) or write_run(
                    mlflow, record_from_edition(folder), place
                )
            except EditionError as error:
                refused.append(str(error))
                continue
            append_record(folder, _event(recorded, tracking_uri), at)
            done[folder.name] = recorded.run_id
    if refused:
        raise EditionError("; ".join(refused))
    return done


def pending(editions: Path) -> list[Path]:
    """Return the editions of which the last word on tracking is that it is still to be done."""
    found = []
    for record in sorted(editions.glob("*.record.jsonl")):
        folder = editions / record.name.removesuffix(".record.jsonl")
        words = [e["event"] for e in read_record(folder) if e["event"] in (PENDING, TRACKED)]
        if words[-1:] == [PENDING]:
            found.append(folder)
    return found


def complete_mirrors(
    editions: Path, *, tracking_uri: str, at: datetime, anew: bool = False
) -> dict[str, str]:
    """Tell MLflow of every champion it does not know of: alias, approver, decision, lineage.

    The register beside the editions is the truth; what MLflow says otherwise is put right.

    Args:
        editions: folder of editions.
        tracking_uri: as in ``record_training``.
        at: the moment, with its time zone.
        anew: tell of every champion, also of those that MLflow was told of.

    Returns:
        Delivery -> version of the registered model that is champion now, of those told now.

    Raises:
        TrackingError: the store is away; the promotions stand, and are told later.
        EditionError: a register or an edition cannot be trusted.
    """
    done: dict[str, str] = {}
    waiting = [name for name in deliveries(editions) if anew or unmirrored(editions, name)]
    if not waiting:
        return done
    with _connected(tracking_uri, EXPERIMENT, None) as (mlflow, place):
        for name in waiting:
            last = decision(editions, name)
            if last is None:
                continue
            recorded = write_mirror(mlflow, place, editions / last["edition"], last)
            told = {"event": MIRRORED, "edition": last["edition"]} | told_of(recorded)
            register(editions, name).append(told, at)
            done[name] = recorded.version
    return done


def mirrored_champion(delivery: str, *, tracking_uri: str) -> str | None:
    """Return the edition that MLflow calls the champion of a delivery; None when it knows none.

    Raises:
        TrackingError: the store is away or damaged.
    """
    with _connected(tracking_uri, EXPERIMENT, None) as (mlflow, _):
        return mirror_of(mlflow, delivery)


def track_scores(
    folder: Path,
    rows: Iterable[Mapping[str, Any]],
    event: Mapping[str, Any],
    *,
    tracking_uri: str,
    at: datetime,
) -> str | None:
    """Write what was realised onto the run of an edition, once per scoring.

    Args:
        folder: the edition.
        rows: the table of scores.
        event: the scoring, as it stands in the record.
        tracking_uri: as in ``record_training``.
        at: the moment, with its time zone.

    Returns:
        The run's id, or None for an edition that was never recorded.

    Raises:
        TrackingError: the store is away or does not know the run; the scoring stands.
        EditionError: the record cannot be read or written.
    """
    events = read_record(folder)
    runs = [str(one["run_id"]) for one in events if one["event"] == TRACKED]
    if not runs:
        return None
    told = {"scores_sha256": event["scores_sha256"], "run_id": runs[-1]}
    done = [one for one in events if one["event"] == SCORES_TRACKED]
    if not any(told.items() <= one.items() for one in done):
        with _connected(tracking_uri, EXPERIMENT, None) as (mlflow, _):
            write_scores(mlflow, runs[-1], rows, event)
        append_record(folder, {"event": SCORES_TRACKED} | told, at)
    return runs[-1]


@contextmanager
def opened_store(tracking_uri: str) -> Iterator[ModuleType]:
    """Give MLflow, set to a store, to a module that is handed the library.

    Raises:
        TrackingError: the store is away, damaged or busy, also while it is used.
    """
    with _connected(tracking_uri, EXPERIMENT, None) as (mlflow, _):
        yield mlflow


# --- the store ----------------------------------------------------------------------------------


@contextmanager
def _connected(
    uri: str, experiment: str, artifact_root: str | None
) -> Iterator[tuple[ModuleType, str]]:
    """Give MLflow, set to a store, with the experiment's id; whatever it raises becomes ours."""
    mlflow = _mlflow()
    try:
        with alone(uri, mlflow), _set_to(mlflow, uri):
            yield mlflow, experiment_id(mlflow, uri, experiment, artifact_root)
    except (mlflow.MlflowException, OSError, _database_error(mlflow)) as error:
        raise TrackingError(without_password(f"MLflow at {uri}: {error}", uri)) from error


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


def _mlflow() -> ModuleType:
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


def _event(recorded: Recorded, uri: str) -> dict[str, Any]:
    return {
        "event": TRACKED,
        "run_id": recorded.run_id,
        "model": recorded.model,
        "model_version": recorded.version,
        "tracking": without_password(uri, uri),
    }
