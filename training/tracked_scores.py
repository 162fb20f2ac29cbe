"""What was realised, on the run of an edition: metrics over time, and whether it is on track.

MLflow itself is handed in by ``training.tracking``, the only module that imports it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from training.run_record import known

# column of the table of scores -> name of the metric
NAMES = {
    "wape": "wape",
    "baseline_wape": "wape_baseline",
    "bias": "bias",
    "coverage_80": "coverage_80",
    "tracking_signal": "tracking_signal",
}
MOST_METRICS = 1000  # what the tracking API takes at once
TRACK, OUTCOMES = "zorgraming.track", "zorgraming.outcomes_until"


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
