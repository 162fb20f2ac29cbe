"""What scoring and recalling tell a person afterwards."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.alarm_words import in_english
from models.realised_rows import MONTHS_IN_YEAR
from models.score_files import ON_TRACK
from training.recall import Found, Recalled, Wanted
from training.scoring import Scored, headline

_VERDICTS = {True: "on track", False: "OFF TRACK"}
_HEAD = (
    f"{'measure':<8} {'level':<8} {'by':<8} {'months':<7} {'WAPE':>7} {'naive':>7} {'bias':>7} "
    f"{'in 80 % band':>13} {'signal':>7} {'judged':>7}"
)


def scored_lines(scored: Scored) -> Iterator[str]:
    """Say what came of a scoring: the verdict, the scores, every alarm."""
    event, told = scored.event, scored.event["outcomes"]
    again = "" if scored.is_new else "; these outcomes were scored before, nothing was added"
    yield (
        f"{scored.edition.name} is {_VERDICTS[event['verdict'] == ON_TRACK]}, by the figures of "
        f"{told['name']} from {told['from']} to {told['until']}{again}."
    )
    for note in scored.notes:
        yield f"  note: {note}"
    yield _HEAD
    for row in headline(scored.rows):
        yield _line(row, "all")
    for row in by_year(scored.rows):
        yield _line(row, f"to {row['horizon_months']}")
    yield from _input_lines(scored)
    if not scored.alarms:
        yield "No alarm."
    for alarm in scored.alarms:
        yield f"{'ALARM' if alarm.marks else 'look '} {in_english(alarm, scored.names)}"


def by_year(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the scores of whole years at the level of products, apart per year ahead."""
    return [
        row
        for row in rows
        if row["level"] == "product"
        and row["period_kind"] == "year"
        and row["horizon"]
        and row["horizon_months"] % MONTHS_IN_YEAR == 0
    ]


def _line(row: Mapping[str, Any], months: str) -> str:
    by = "year" if row["period_kind"] == "year" else str(row["frequency"])
    share = row["coverage_80"]
    inside = "-" if not math.isfinite(share) else f"{100 * share:.0f} %"
    signal = row["tracking_signal"]
    told = "-" if not math.isfinite(signal) else f"{signal:+.1f}"
    return (
        f"{row['measure']:<8} {row['level']:<8} {by:<8} {months:<7} {row['wape']:6.1f}% "
        f"{row['baseline_wape']:6.1f}% {row['bias']:+6.1f}% {inside:>13} {told:>7} "
        f"{row['observations']:>7}"
    )


def _input_lines(scored: Scored) -> Iterator[str]:
    seen = scored.seen
    shifts = [f"{name}s {one:.3f}" for name, one in seen.psi.items() if math.isfinite(one)]
    parts = [f"shift of the mix (PSI): {', '.join(shifts)}"] if shifts else []
    if math.isfinite(seen.missing):
        parts.append(f"awaited figures missing: {100 * seen.missing:.1f} %")
    for one in seen.revised:
        parts.append(
            f"{one.measure} revised since: {one.changed} of {one.cells} figures ({one.share:.1f} %)"
        )
    if parts:
        yield f"Input: {'; '.join(parts)}"


def found_lines(wanted: Wanted, found: Found) -> Iterator[str]:
    """Say which editions rest on an input; nothing was changed."""
    yield f"{len(found.editions)} editions rest on {wanted}:"
    yield from (f"  {folder.name}" for folder in found.editions)
    yield from _damaged(found.damaged)


def recalled_lines(wanted: Wanted, done: Recalled) -> Iterator[str]:
    """Say which editions a recall marked, and which had been marked before."""
    yield f"Recalled, on {wanted}: {len(done.marked)} editions; the service stops serving them."
    yield from (f"  {folder.name}" for folder in done.marked)
    yield from (f"  {folder.name} (recalled before)" for folder in done.before)
    yield from _damaged(done.damaged)


def _damaged(found: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, why in found:
        yield f"  not looked into, and not served either: {name} ({why})"
