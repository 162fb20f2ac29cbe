"""The release gate: may a draft be approved, and what are its headline scores?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.accuracy import share_interval
from models.catalogue import MEASURES
from models.watching import EXACT_PERCENT, chance_limit
from training.gate_checks import AT_APPROVAL, Check

_COVERAGE = (0.75, 0.85)
NOMINAL_COVERAGE = 0.80
_TRIALS_PER_ORIGIN = 2


def gate(accuracy: dict[str, list[Any]], further: Sequence[Check] = ()) -> dict[str, Any]:
    """Judge whether a draft may be approved: every check with its figures and its verdict.

    Per measure, on yearly sums of all rolling origins: no worse than the seasonal naive by more
    than chance, over the four levels together, and an 80 % band that covers 75-85 % at the level
    of products, or 80 % within its own interval where observations are few. Without a single
    origin the verdict is *undecided*: a person may still sign, knowing that nothing was measured.

    Args:
        accuracy: columns of `training.backtest.COLUMNS`.
        further: checks of the edition itself, `training.gate_checks`; one that can be settled with
            the signature does not decide here.
    """
    checks = []
    measured = [measure for measure in MEASURES if measure in accuracy["measure"]]
    for measure in measured:
        rows = _yearly_rows(accuracy, measure)
        if rows:
            checks += [_against_baseline(measure, rows), _coverage(measure, rows)]
    whole = [*checks, *further]
    if not all(check["passed"] or check.get(AT_APPROVAL) for check in whole):
        verdict = "failed"
    else:
        verdict = "passed" if checks else "undecided"
    return {"verdict": verdict, "checks": whole}


def reasons(told: dict[str, Any]) -> list[str]:
    """Return why a gate did not pass, one sentence per check; empty when it did.

    Args:
        told: what ``gate`` returned.
    """
    return [
        f"{check['check']} ({check['measure']}: {check['value']}, limit {check['limit']})"
        for check in told.get("checks", ())
        if not check["passed"] and not check.get(AT_APPROVAL)
    ]


def _yearly_rows(accuracy: dict[str, list[Any]], measure: str) -> list[dict[str, Any]]:
    """The rows over all series of a level and all years ahead."""
    names = list(accuracy)
    rows = (dict(zip(names, row, strict=True)) for row in zip(*accuracy.values(), strict=True))
    return [
        row
        for row in rows
        if row["measure"] == measure
        and row["period_kind"] == "year"
        and row["horizon"] == 0
        and row["product"] == row["district"] == row["municipality"] == "all"
    ]


def _against_baseline(measure: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    ratios = [
        (row["wape"] + EXACT_PERCENT) / (row["baseline_wape"] + EXACT_PERCENT)
        for row in rows
        if math.isfinite(row["wape"]) and math.isfinite(row["baseline_wape"])
    ]
    ratio = float(np.exp(np.mean(np.log(ratios)))) if ratios else 1.0
    limit = chance_limit(_trials(rows))
    return {
        "check": "no worse than the seasonal naive",
        "measure": measure,
        "value": round(ratio, 4),
        "limit": round(limit, 4),
        "passed": ratio <= limit,
        "detail": "WAPE of yearly sums over that of the seasonal naive, geometric mean over "
        "levels; the limit leaves room for chance, less with more origins",
    }


def _trials(rows: list[dict[str, Any]]) -> int:
    """Observations that count: errors of one origin hang together, and origins overlap."""
    found = [
        min(row["observations"], _TRIALS_PER_ORIGIN * row["origins"])
        for row in rows
        if row["level"] == "product"
    ]
    return max(found, default=0)


def _coverage(measure: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    share = NOMINAL_COVERAGE
    for row in rows:
        if row["level"] == "product" and math.isfinite(row["coverage_80"]):
            share = row["coverage_80"]
    low, high = share_interval(share, _trials(rows))
    inside = _COVERAGE[0] <= share <= _COVERAGE[1] or low <= NOMINAL_COVERAGE <= high
    return {
        "check": "the 80 % band covers 80 %",
        "measure": measure,
        "value": round(share, 4),
        "limit": list(_COVERAGE),
        "interval": [round(low, 4), round(high, 4)],
        "passed": inside,
        "detail": "yearly sums per product: 75-85 %, or 80 % inside the share's own 95 % interval; "
        f"each origin counts as {_TRIALS_PER_ORIGIN} observations",
    }


def scores(accuracy: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the headline scores, the baseline beside each, for the manifest."""
    kept = ("measure", "level", "wape", "baseline", "baseline_wape", "coverage_80", "observations")
    return [
        {name: _plain(row[name]) for name in kept}
        for measure in MEASURES
        for row in _yearly_rows(accuracy, measure)
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 (a JSON value)
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value
