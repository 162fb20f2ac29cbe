"""An edition scored with what happened since: scores, signals, alarms, and a mark in its record.

The edition itself is only read. The table of scores stands beside it, its record says what came of
it; the same outcomes twice count once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.disclosure_files import one_at_a_time
from models.drift import Drift, drift
from models.edition import append_record, open_edition, read_record
from models.realised import Judged, judged
from models.realised_rows import horizons, score_rows
from models.score_files import OFF_TRACK, ON_TRACK, SCORED, encoded, keep_scores
from models.watching import Alarm, alarms
from training.outcome_delivery import Outcomes, ScoreError, read_outcomes

__all__ = ["ScoreError", "Scored", "score_edition"]

HEADLINE = (
    *("level", "measure", "frequency", "period_kind", "unit", "observations", "wape", "bias"),
    *("baseline_wape", "coverage_80", "coverage_low", "coverage_high", "tracking_signal"),
)


@dataclass(frozen=True)
class Scored:
    """What came of a scoring.

    Attributes:
        edition: the folder.
        event: as it stands in the record.
        is_new: whether it was written now; False = these outcomes had been scored before.
        rows: the table of scores.
        alarms: every alarm, those that mark the edition first.
        seen: how the input differs.
        notes: what was left out.
        names: what codes of products and districts are called.
    """

    edition: Path
    event: Mapping[str, Any]
    is_new: bool
    rows: Sequence[Mapping[str, Any]]
    alarms: Sequence[Alarm]
    seen: Drift
    notes: Sequence[str]
    names: Mapping[str, str]


def score_edition(folder: Path, delivery: Path, at: datetime) -> Scored:
    """Score an edition with a delivery of later figures and note it in the edition's record.

    Args:
        folder: the edition.
        delivery: folder with what happened, by the data contract; figures from before the as-of
            date only tell what was revised.
        at: the moment, with its time zone.

    Raises:
        DeliveryError: the delivery is refused.
        ScoreError: it says nothing of what this edition forecast.
        EditionError: the edition or its record is damaged, or nothing can be written (then nothing
            was noted).
    """
    edition = open_edition(folder)
    read_record(edition.folder)  # a damaged one is said before any work
    outcomes = read_outcomes(delivery, edition)
    as_of = date.fromisoformat(str(edition.manifest["as_of"]))
    found = judged(edition, outcomes.values, as_of)
    if not found:
        raise ScoreError(
            f"{outcomes.name} ({outcomes.first} to {outcomes.until}) holds no figure that "
            f"{edition.edition_id} has a forecast of; it forecasts until "
            f"{edition.manifest['until']}"
        )
    seen = drift(edition, outcomes.values, outcomes.delivered)
    raised = alarms(found, seen)
    rows = [row for one in found for row in score_rows(one)]
    event = _event(outcomes, raised, rows)
    written, is_new = _kept(edition.folder, event, encoded(rows), at)
    names = {str(one["product"]): str(one["label"] or one["product"]) for one in edition.products}
    names |= {
        str(one["district"]): str(one["label"] or one["district"]) for one in edition.districts
    }
    notes = (*outcomes.notes, *_silent(found, outcomes))
    return Scored(edition.folder, written, is_new, rows, raised, seen, notes, names)


def _event(
    outcomes: Outcomes, raised: Sequence[Alarm], rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "event": SCORED,
        "outcomes": {
            "name": outcomes.name,
            "sha256": outcomes.sha256,
            "from": outcomes.first.isoformat(),
            "until": outcomes.until.isoformat(),
        },
        "verdict": OFF_TRACK if any(alarm.marks for alarm in raised) else ON_TRACK,
        "alarms": [alarm.as_dict() for alarm in raised],
        "headline": [{name: _plain(row[name]) for name in HEADLINE} for row in headline(rows)],
    }


def headline(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the scores over everything of a level: what a person looks at first."""
    return [
        row
        for row in rows
        if row["horizon"] == 0
        and row["product"] == row["district"] == "all"
        and row["level"] in ("total", "product")
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 (a JSON value)
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def _kept(
    folder: Path, event: dict[str, Any], raw: bytes, at: datetime
) -> tuple[Mapping[str, Any], bool]:
    """Write table and event, or find them written before; one scoring at a time."""
    with one_at_a_time(folder):
        place, sha256 = keep_scores(folder, raw)
        whole = event | {"scores_file": place.name, "scores_sha256": sha256}
        for earlier in read_record(folder):
            if all(earlier.get(name) == value for name, value in whole.items()):
                return earlier, False
        return append_record(folder, whole, at), True


def _silent(found: Sequence[Judged], outcomes: Outcomes) -> list[str]:
    """Tell of months between the as-of date and the first figure that came."""
    months = [
        int(one.months[at])
        for one in found
        if one.period_kind == "period"
        for at in horizons(one)[:1]
    ]
    finest = min(one.frequency.months for one in found)
    if min(months) <= finest:
        return []
    return [
        f"the first figures are of {outcomes.first}, {min(months) - finest} months after the "
        "as-of date: what came before is not in the delivery, and not judged"
    ]
