"""What was realised, on the run of an edition: metrics over time, and whether it is on track."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from models.edition import append_record, read_record
from training.run_record import known
from training.tracked_run import TRACKED
from training.tracking_store import connected

# column of the table of scores -> name of the metric
NAMES = {
    "wape": "wape",
    "baseline_wape": "wape_baseline",
    "bias": "bias",
    "coverage_80": "coverage_80",
    "tracking_signal": "tracking_signal",
}
SCORES_TRACKED = "scores-tracked"
MOST_METRICS = 1000  # what the tracking API takes at once
TRACK, OUTCOMES = "zorgraming.track", "zorgraming.outcomes_until"


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
        tracking_uri: as in ``training.tracking_store.connected``.
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
        with connected(tracking_uri) as (mlflow, _):
            write_scores(mlflow, runs[-1], rows, event)
        append_record(folder, {"event": SCORES_TRACKED} | told, at)
    return runs[-1]


def realised_metrics(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, float, int]]:
    """Yield name, value and step of every metric: ``realised.wape.cost.product.period``.

    The step is the months since the as-of date, so that a run shows how errors grow; a score over
    all months has step 0.
    """
    for row in rows:
        if row["product"] == row["district"] == "all" and row["level"] in ("total", "product"):
            place = f"{row['measure']}.{row['level']}.{row['period_kind']}"
            if row["period_kind"] == "period":
                place = f"{row['measure']}.{row['level']}.{row['frequency']}"
            for column, name in NAMES.items():
                if known(row[column]):
                    yield f"realised.{name}.{place}", float(row[column]), row["horizon_months"]


def write_scores(
    mlflow: ModuleType, run_id: str, rows: Iterable[Mapping[str, Any]], event: Mapping[str, Any]
) -> None:
    """Write the metrics and the mark onto a run that was finished before.

    Args:
        mlflow: the library, set to the store.
        run_id: the run of the edition.
        rows: the table of scores.
        event: as the edition's record tells of the scoring.
    """
    client, make = mlflow.MlflowClient(), mlflow.entities.Metric
    moment = time.time_ns() // 1_000_000
    metrics = [make(name, value, moment, step) for name, value, step in realised_metrics(rows)]
    for start in range(0, len(metrics), MOST_METRICS):
        client.log_batch(run_id, metrics=metrics[start : start + MOST_METRICS])
    client.set_tag(run_id, OUTCOMES, event["outcomes"]["until"])
    client.set_tag(run_id, TRACK, event["verdict"])
