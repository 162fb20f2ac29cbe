"""The model bundle: what the registered model answers from, as one JSON value."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from models.catalogue import Frequency, ordinal
from models.errors import EditionError
from models.manifest import read_manifest

FORMAT = 1
KEY = ("municipality", "district", "product", "measure")
FIGURES = ("mean", "p10", "p50", "p90")


def bundle_from_edition(folder: Path, models: object = None) -> dict[str, Any]:
    """Return the bundle of an edition: every forecast series, and the fitted parameters.

    Args:
        folder: the edition, complete.
        models: parameters of the fitted models, any JSON value; left empty when not given.

    Returns:
        ``format``, ``edition_id``, ``models`` and ``series``: per series key, frequency, unit,
        first forecast period (ISO) and the figures of consecutive periods, in the series' unit.

    Raises:
        EditionError: the edition cannot be read, or a series has a hole in its forecast.
    """
    table = pq.read_table(folder / "forecasts.parquet")
    table = table.filter(pc.equal(table["kind"], "forecast"))
    table = table.sort_by([(name, "ascending") for name in (*KEY, "period")])
    rows = table.select([*KEY, "frequency", "unit", "period", *FIGURES]).to_pylist()
    return {
        "format": FORMAT,
        "edition_id": read_manifest(folder)["edition_id"],
        "models": models if models is not None else {},
        "series": [
            _series(key, list(group))
            for key, group in groupby(rows, key=lambda row: [row[name] for name in KEY])
        ],
    }


def _series(key: list[str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    frequency = Frequency(rows[0]["frequency"])
    first = rows[0]["period"]
    span = ordinal(rows[-1]["period"], frequency) - ordinal(first, frequency) + 1
    if span != len(rows):
        raise EditionError(f"{' / '.join(key)}: {span} periods ahead, forecasts for {len(rows)}")
    return {
        **dict(zip(KEY, key, strict=True)),
        "frequency": frequency.value,
        "unit": rows[0]["unit"],
        "first_period": first.isoformat(),
        **{name: [round(row[name], 4) for row in rows] for name in FIGURES},
    }
