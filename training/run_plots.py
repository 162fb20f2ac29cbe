"""The pictures of a tracked run: forecast of the total, error beside the baseline, coverage."""

from __future__ import annotations

from datetime import date
from typing import Any

from models.charts import Caption, accuracy_chart, coverage_chart, fan_chart, to_png
from models.edition import Edition
from models.errors import SelectionError
from models.labels import MEASURES
from models.selection import Selection, answer
from training.run_record import LEVELS, Columns, Row, known, level_scores

SCALE = 1.5  # enough for a screen; a third of the bytes of the default


def plots(edition: Edition, accuracy: Columns) -> dict[str, bytes]:
    """Return PNG pictures by file name; what cannot be drawn honestly is left out.

    Args:
        edition: opened edition.
        accuracy: columns of its scores.
    """
    drawn: dict[str, bytes] = {}
    for measure in edition.manifest["measures"]:
        picture = _total(edition, measure)
        if picture is not None:
            drawn[f"forecast_{measure}.png"] = picture
    yearly = [row for row in level_scores(accuracy) if row["period"] == "year"]
    errors = [row for row in yearly if row["horizon"] == 0 and known(row["wape"])]
    if errors:
        errors.sort(key=lambda row: (row["measure"], LEVELS.index(row["level"])))
        caption = _caption(edition, "fout per niveau, in hele jaren")
        drawn["accuracy.png"] = to_png(accuracy_chart(_columns(errors), caption), scale=SCALE)
    ahead = [row for row in yearly if row["level"] == "series" and row["horizon"] > 0]
    covered = [row for row in ahead if known(row["coverage_80"])]
    if covered:
        covered.sort(key=lambda row: (row["measure"], row["horizon"]))
        caption = _caption(edition, "hoe vaak de bandbreedte klopte, per product en wijk")
        drawn["coverage.png"] = to_png(coverage_chart(_columns(covered), caption), scale=SCALE)
    return drawn


def _total(edition: Edition, measure: str) -> bytes | None:
    """Return the fan of everything together, None where it does not add up (unlike units)."""
    try:
        rows = answer(edition, Selection(measure=measure, by=()))
        columns = {name: values.tolist() for name, values in rows.items()}
        caption = _caption(edition, f"{MEASURES[measure].lower()}, alle producten samen")
        return to_png(fan_chart(columns, caption), scale=SCALE)
    except SelectionError:
        return None


def _caption(edition: Edition, subject: str) -> Caption:
    manifest = edition.manifest
    return Caption(
        subject=f"{manifest['delivery']}: {subject}",
        edition_id=edition.edition_id,
        data_until=date.fromisoformat(manifest["data_until"]),
        synthetic=bool(manifest["synthetic"]),
    )


def _columns(rows: list[Row]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
