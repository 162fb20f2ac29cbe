"""What is said about a training: parameters, scores, outcomes and inputs, before any tracking.

The metrics here are few and named by rule; the whole table of scores goes along as a file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.catalogue import ALL, Frequency
from models.edition import Edition, open_edition
from models.errors import ZorgramingError
from training.bundle import bundle_from_edition

Scalar = str | int | float | bool
Columns = Mapping[str, list[Any]]
Row = dict[str, Any]

KEYS = ("municipality", "district", "product")
LEVELS = ("total", "product", "district", "series")
# What places a score; further columns are scores and remarks.
PLACE = frozenset(
    {*KEYS, "level", "measure", "frequency", "period_kind", "horizon", "horizon_months"}
)
# column of the scores -> name of the metric
SCORES = {
    "wape": "wape",
    "baseline_wape": "wape_baseline",
    "bias": "bias",
    "pinball": "pinball",
    "baseline_pinball": "pinball_baseline",
    "coverage_80": "coverage_80",
}
MONTHS_SHOWN = (1, 3, 6, 12, 24, 36, 48)  # horizons of single periods that become a metric
PER_SERIES = ("wape", "baseline_wape", "coverage_80", "observations")


class TrackingError(ZorgramingError):
    """A run could not be recorded; the edition itself is not touched by that."""


@dataclass(frozen=True)
class TrainingRecord:
    """One training, as it is told to the tracking store.

    Attributes:
        edition: the edition's folder, complete and frozen.
        parameters: as_of, until, seed, draws, jobs, settings; no secrets.
        accuracy: columns of the edition's ``accuracy.parquet``: level, municipality, district,
            product, measure, frequency, unit, period_kind (period / year), horizon (periods ahead,
            0 = all), horizon_months, origins, observations, wape, baseline_wape, bias, pinball,
            baseline_pinball (percent), coverage_80 (share), baseline. NaN = not known.
        outcomes: columns municipality, district, product, measure, outcome, reason, method.
        inputs: per file: file, sha256, rows, vintage, source.
        bundle: JSON value of ``training.bundle.bundle_from_edition``.
    """

    edition: Path
    parameters: Mapping[str, Scalar]
    accuracy: Columns
    outcomes: Columns
    inputs: list[dict[str, Any]]
    bundle: dict[str, Any]


def record_from_edition(folder: Path) -> TrainingRecord:
    """Return the record of a training from its edition alone, for instance to complete it later.

    The document ``models`` of the edition, where there is one, goes into the bundle.

    Raises:
        EditionError: the edition cannot be trusted or read.
    """
    edition = open_edition(folder)
    manifest = edition.manifest
    files = manifest["files"]
    return TrainingRecord(
        edition=edition.folder,
        parameters=_parameters(manifest),
        accuracy=edition.table("accuracy").to_pydict() if "accuracy.parquet" in files else {},
        outcomes=_outcomes(edition),
        inputs=list(manifest.get("inputs", [])),
        bundle=bundle_from_edition(
            edition.folder, edition.document("models") if "models.json" in files else None
        ),
    )


def _parameters(manifest: Mapping[str, Any]) -> dict[str, Scalar]:
    names = ("as_of", "data_until", "until", "seed", "draws")
    found = {name: manifest[name] for name in names if name in manifest}
    found |= {f"run.{key}": value for key, value in manifest["run"].items() if key != "sha256"}
    return dict(flattened(found | {"settings": manifest.get("settings", {})}))


def flattened(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Scalar]]:
    """Yield nested settings as dotted names with plain values; lists become JSON."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{before}{key}.")
        elif isinstance(value, str | int | float | bool):
            yield before + key, value
        elif value is not None:
            yield before + key, json.dumps(value, ensure_ascii=False)


def _outcomes(edition: Edition) -> dict[str, list[Any]]:
    names = (*KEYS, "measure", "outcome", "reason", "method")
    rows = [
        [*(row[key] for key in KEYS), measure, *(row[f"{part}_{measure}"] for part in names[4:])]
        for row in edition.table("series").to_pylist()
        for measure in edition.manifest["measures"]
        if row[f"outcome_{measure}"] is not None
    ]
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def rows_of(columns: Columns) -> list[Row]:
    """Return columns as rows."""
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def known(value: object) -> bool:
    """Tell whether a score is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)


def level_scores(accuracy: Columns) -> list[Row]:
    """Return one row per level, measure, period and horizon, over everything of that level.

    Where a level was scored as a whole (all keys ``all``) that row counts; else, and where several
    frequencies were scored apart, the rows are averaged, weighted by their observations.
    """
    if not _placed(accuracy):
        return []  # scores of an edition that had none, or kept them otherwise
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows_of(accuracy):
        if row["level"] in LEVELS and not _coincides(row):
            place = (row["level"], row["measure"], _period(row), row["horizon"])
            groups.setdefault(place, []).append(row)
    return [_summary(rows) | {"period": place[2]} for place, rows in groups.items()]


def metrics(accuracy: Columns) -> dict[str, float]:
    """Return the metrics of a run: ``<score>.<measure>.<level>.<period>.<horizon>``.

    For example ``wape.cost.product.year.h1`` beside ``wape_baseline.cost.product.year.h1``;
    ``all`` instead of ``h1`` is over all horizons. Of single periods only a few horizons are named.
    """
    return {
        f"{name}.{row['measure']}.{row['level']}.{row['period']}.{_horizon(row)}": float(
            row[column]
        )
        for row in level_scores(accuracy)
        if row["period"] == "year" or row["horizon_months"] in (0, *MONTHS_SHOWN)
        for column, name in SCORES.items()
        if known(row[column])
    }


def series_table(record: TrainingRecord) -> dict[str, list[Any]]:
    """Return one row per series and measure: outcome, reason, method and its own scores."""
    scores: dict[tuple[Any, ...], Row] = {}
    for row in rows_of(record.accuracy) if _placed(record.accuracy) else []:
        if row["level"] == "series" and row["horizon"] == 0 and row["period_kind"] == "year":
            scores[tuple(row[name] for name in (*KEYS, "measure"))] = row
    outcomes = rows_of(record.outcomes)
    table: dict[str, list[Any]] = {name: list(record.outcomes[name]) for name in record.outcomes}
    for name in PER_SERIES:
        found = (scores.get(tuple(r[k] for k in (*KEYS, "measure")), {}) for r in outcomes)
        table[name] = [row.get(name) if known(row.get(name)) else None for row in found]
    return table


def _summary(rows: list[Row]) -> Row:
    chosen = [row for row in rows if all(row[key] == ALL for key in KEYS)] or rows
    weights = [row.get("observations") or 0 for row in chosen]
    summary = {key: value for key, value in chosen[0].items() if key not in KEYS}
    summary["observations"] = sum(weights)
    for column in SCORES:
        pairs = [(r, w) for r, w in zip(chosen, weights, strict=True) if known(r.get(column))]
        weight = sum(w for _, w in pairs)
        summary[column] = sum(r[column] * w for r, w in pairs) / weight if weight else math.nan
    return summary


def _placed(accuracy: Columns) -> bool:
    return set(PLACE) <= set(accuracy)


def _coincides(row: Row) -> bool:
    """Tell whether a period is a year, so that the row says the same as the yearly one."""
    return bool(row["period_kind"] == "period" and row["frequency"] == Frequency.YEAR)


def _period(row: Row) -> str:
    return str(row["frequency"] if row["period_kind"] == "period" else row["period_kind"])


def _horizon(row: Row) -> str:
    return f"h{row['horizon']}" if row["horizon"] else ALL
