"""Records trainings in MLflow, and notes in each edition's record where.

The edition is complete and safe before anything here runs. When the tracking store is away, the
edition's record says ``tracking-pending`` and ``complete_pending`` makes up for it later.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from models.edition import append_record, read_record
from models.errors import EditionError
from training.run_record import TrackingError, TrainingRecord, record_from_edition
from training.tracked_run import TRACKED, Recorded, end_half_runs, finished_run, write_run
from training.tracking_store import EXPERIMENT, connected, without_password

__all__ = ["complete_pending", "pending", "record_training", "track"]

PENDING = "tracking-pending"


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
    with connected(tracking_uri, experiment, artifact_root) as (mlflow, place):
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
        with connected(tracking_uri, experiment, artifact_root) as (mlflow, place):
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
    with connected(tracking_uri, experiment, artifact_root) as (mlflow, place):
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
        if _words(folder)[-1:] == [PENDING]:
            found.append(folder)
    return found


def is_told(folder: Path) -> bool:
    """Tell whether an edition's record says where it was recorded, or that it is still to be done.

    Raises:
        EditionError: the record is damaged.
    """
    return bool(_words(folder))


def _words(folder: Path) -> list[str]:
    return [e["event"] for e in read_record(folder) if e["event"] in (PENDING, TRACKED)]


def _event(recorded: Recorded, uri: str) -> dict[str, Any]:
    return {
        "event": TRACKED,
        "run_id": recorded.run_id,
        "model": recorded.model,
        "model_version": recorded.version,
        "tracking": without_password(uri, uri),
    }
