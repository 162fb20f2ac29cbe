"""What the training commands tell a person afterwards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from models.errors import EditionError
from models.hierarchy import REPORTED_LEVELS
from models.manifest import read_manifest
from training.champions import champion
from training.fault_report import fault_lines
from training.gate_checks import AT_APPROVAL
from training.recipe import recipe_of
from training.train import Trained

_VERDICTS = {
    "passed": "The gate passed",
    "failed": "The gate FAILED; this edition cannot be approved",
    "undecided": "The gate is undecided: the history is too short to judge anything",
}


def trained_lines(trained: Trained, run_id: str | None, *, tracked: bool) -> Iterator[str]:
    """Say what came of a training and what to do next."""
    place = f"{trained.edition.name} in {trained.edition.parent}"
    yield f"Draft edition {place} ({trained.seconds:.0f} s)"
    counts = ", ".join(f"{count} {outcome}" for outcome, count in trained.outcomes.items())
    yield f"Series and measures: {counts}"
    for reason, count in trained.held.items():
        yield f"  held ({count}): {reason}"
    for line in fault_lines(trained.warnings, most=5):
        yield f"  {line}"
    yield f"{_VERDICTS[trained.gate['verdict']]}:"
    for check in trained.gate["checks"]:
        mark = "ok " if check["passed"] else "NOT"
        interval = f", its interval {check['interval']}" if "interval" in check else ""
        figures = f"({check['value']}, limit {check['limit']}{interval})"
        yield f"  {mark} {check['measure']}: {check['check']} {figures}"
    if tracked and run_id is None:
        yield "The run could not be recorded in MLflow; the edition is safe and the run is pending."
    elif run_id is not None:
        yield f"Recorded as MLflow run {run_id}"
    yield from _next(trained)


def _next(trained: Trained) -> Iterator[str]:
    """Say what to do with an edition: compare it, or have it signed."""
    manifest = read_manifest(trained.edition)
    try:
        event = champion(trained.edition.parent, str(manifest["delivery"]))
    except EditionError as error:  # a damaged register costs no training
        yield str(error)
        return
    if event and event["recipe"] != recipe_of(manifest)["id"]:
        yield "It is of another recipe than the champion's."
        yield f"Next: zorgraming models compare {trained.edition}"
    elif trained.gate["verdict"] != "failed":
        who = '--by "NAME, OFFICE" --reference "DECISION"'
        if any(check.get(AT_APPROVAL) and not check["passed"] for check in trained.gate["checks"]):
            who += ' --owner "NAME, OFFICE"'
        yield f"Next: zorgraming approve {trained.edition} {who}"


def backtest_lines(table: dict[str, list[Any]]) -> Iterator[str]:
    """Print yearly scores per measure, level and horizon, the baseline beside each."""
    yield (
        f"{'measure':<8} {'level':<9} {'ahead':<8} {'WAPE':>7} {'naive':>7} {'bias':>7} "
        f"{'in 80 % band':>13} {'judged':>7}"
    )
    names = list(table)
    rows = [dict(zip(names, row, strict=True)) for row in zip(*table.values(), strict=True)]
    order = {level: at for at, level in enumerate(REPORTED_LEVELS)}
    for row in sorted(rows, key=lambda row: (row["measure"], order[row["level"]], row["horizon"])):
        single = (row["product"], row["district"]) != ("all", "all")
        if row["period_kind"] != "year" or single:
            continue
        ahead = f"{row['horizon']} year" if row["horizon"] else "all"
        share = row["coverage_80"]
        inside = "-" if not math.isfinite(share) else f"{100 * share:.0f} %"
        yield (
            f"{row['measure']:<8} {row['level']:<9} {ahead:<8} {row['wape']:6.1f}% "
            f"{row['baseline_wape']:6.1f}% {row['bias']:+6.1f}% {inside:>13} "
            f"{row['observations']:>7}"
        )
