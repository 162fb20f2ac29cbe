"""The release gate: every check can fail, and says with which figures."""

from __future__ import annotations

from typing import Any

import pytest

from training.backtest import COLUMNS
from training.gate import gate

pytestmark = pytest.mark.unit


def table(*, wape: float = 5.0, naive: float = 6.0, inside: float = 0.8, seen: int = 60) -> Any:  # noqa: ANN401
    """Accuracy rows over all years of one measure, origins ten."""
    rows = [
        {
            "level": level, "measure": "cost", "period_kind": "year", "horizon": 0, "origins": 10,
            "observations": seen, "wape": wape, "baseline_wape": naive, "coverage_80": inside,
        }
        for level in ("series", "product", "district", "total")
    ]  # fmt: skip
    return {column: [row.get(column, "all") for row in rows] for column in COLUMNS}


def failed(verdict: dict[str, Any]) -> list[str]:
    return [check["check"] for check in verdict["checks"] if not check["passed"]]


def test_better_than_the_baseline_with_right_bands_passes() -> None:
    assert gate(table())["verdict"] == "passed"


def test_as_good_as_the_baseline_passes() -> None:
    assert gate(table(wape=6.0))["verdict"] == "passed"


def test_fewer_observations_leave_more_room_for_chance() -> None:
    assert gate(table(wape=6.6, inside=0.75, seen=4))["verdict"] == "passed"


def test_worse_than_the_baseline_fails_with_the_ratio() -> None:
    verdict = gate(table(wape=6.6))
    assert verdict["verdict"] == "failed"
    assert failed(verdict) == ["no worse than the seasonal naive"]
    assert verdict["checks"][0]["value"] == pytest.approx(1.1, rel=0.01)


@pytest.mark.parametrize("inside", [0.45, 1.0])
def test_bands_that_are_far_too_narrow_or_too_wide_fail(inside: float) -> None:
    verdict = gate(table(inside=inside))
    assert failed(verdict) == ["the 80 % band covers 80 %"]


def test_few_observations_get_the_benefit_of_their_own_interval() -> None:
    assert gate(table(inside=0.5, seen=4))["verdict"] == "passed"


def test_nothing_judged_is_undecided_not_passed() -> None:
    assert gate({column: [] for column in COLUMNS})["verdict"] == "undecided"
