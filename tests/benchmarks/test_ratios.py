"""How errors become ratios, geometric means and intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from budgets import BUDGET, judged_years, ratio_interval, read_ledger
from cases import Case
from project import PROJECT, Paths
from ratios import Losses, Summary, best_at, best_single, geometric_mean, pinball_per_series
from rivals import Forecast
from scores import Contest, Judged, coverage_rows, pinball_rows, point_rows
from speed import fits_of, sampled, scaled_up

from models.catalogue import Frequency
from models.hierarchy import REPORTED_LEVELS
from tests.trained import small_panel

pytestmark = pytest.mark.unit
SERIES, YEARS = 4, 2


def _case(seed: int = 0, units: tuple[str, ...] = ("uur",) * SERIES) -> Case:
    rng = np.random.default_rng(seed)
    keys = pd.DataFrame(
        {
            "municipality": "GM0001",
            "district": ["WK01", "WK01", "WK02", "WK02"],
            "product": ["a", "b", "a", "b"],
            "unit": units,
        }
    )
    history, actual = rng.uniform(50, 90, (SERIES, 12)), rng.uniform(50, 90, (SERIES, 8))
    return Case(Path("panel"), "volume", Frequency.QUARTER, keys, 8060, 8072, history, actual)


def _judged(case: Case, own: float, rivals: dict[str, float]) -> Judged:
    """Everybody is off by the same factor at every series and period."""
    draws = np.array([0.9, 1.0, 1.1])
    paths = Paths((case.actual * own)[:, :, None] * draws, 4)
    said = {
        name: Forecast(*(case.actual * off * part for part in (1.0, 0.9, 1.1)), {})
        for name, off in rivals.items()
    }
    return Judged(case, 0, paths, said)


def _contest(own: float = 1.05, rivals: dict[str, float] | None = None) -> Contest:
    named = rivals or {"seasonal naive": 1.2, "AutoETS": 0.9}
    judged = [_judged(_case(seed), own, named) for seed in (0, 1)]
    return Contest("panel", "volume", "quarter", judged)


def test_yearly_errors_at_every_level_follow_from_the_factor() -> None:
    rows = [row for row in point_rows(_contest()) if row["method"] == PROJECT]
    assert {row["level"] for row in rows} == set(REPORTED_LEVELS)
    assert [row["wape"] for row in rows] == pytest.approx([5.0] * len(rows))
    assert [row["bias"] for row in rows] == pytest.approx([5.0] * len(rows))
    totals = [row for row in rows if row["level"] == "total" and row["span"] == "year"]
    assert [row["observations"] for row in totals] == [4, 2, 2]


def test_unlike_units_have_totals_of_their_own() -> None:
    judged = _judged(_case(units=("uur", "etmaal", "uur", "etmaal")), 1.0, {"AutoETS": 1.1})
    actual, _ = Contest("panel", "volume", "quarter", [judged]).pooled(
        PROJECT, "total", "year", None
    )
    assert len(actual) == 2 * YEARS


def test_the_best_single_method_is_chosen_in_hindsight() -> None:
    contest = _contest()
    assert best_single(contest) == "AutoETS"
    assert best_at(contest, "series") == "AutoETS"


def test_ratios_of_the_summary_are_those_of_the_errors_however_series_are_drawn() -> None:
    rows = Summary([_contest(), _contest()], resamples=20, seed=1).rows()
    yearly = [row for row in rows if row.over.startswith("yearly")]
    assert yearly
    for row in yearly:
        assert (row.value, row.lower, row.upper) == pytest.approx((0.5, 0.5, 0.5))
    assert {row.count for row in yearly} == {2, 8}


def test_drawn_errors_of_a_group_are_added_up_before_they_are_made_absolute() -> None:
    case = _case()
    signs = np.array([1.0, -1.0, 1.0, -1.0])[:, None] * np.ones((1, 8))
    said = Forecast(case.actual + signs, case.actual, case.actual, {})
    contest = Contest(
        "panel", "volume", "quarter",
        [Judged(case, 0, Paths(case.actual[:, :, None], 4), {"AutoETS": said})],
    )  # fmt: skip
    losses = Losses.of(contest)
    found = {level: losses.absolute(level, losses.whole())["AutoETS"] for level in REPORTED_LEVELS}
    assert found == pytest.approx({"series": 32.0, "product": 32.0, "district": 0, "total": 0})
    doubled = (np.array([2.0, 0.0, 1.0, 1.0]), np.array([0]))
    assert losses.absolute("total", doubled)["AutoETS"] == pytest.approx(16.0)


def test_the_pinball_loss_of_the_bootstrap_is_that_of_the_table() -> None:
    contest = _contest()
    own = contest.judged[0]
    rows = [row for row in pinball_rows(contest) if row["span"] == "period"]
    losses = Losses.of(contest)
    found = losses.quantile_loss(losses.whole())
    scale = sum(part.case.actual.sum() for part in contest.judged)
    assert [row["pinball"] for row in rows] == pytest.approx(
        [100 * 2 / 3 * found[row["method"]] / scale for row in rows]
    )
    assert pinball_per_series(own, "AutoETS").shape == (SERIES,)


def test_coverage_counts_groups_years_and_origins() -> None:
    rows = list(coverage_rows(_contest(own=1.0)))
    whole = {row["level"]: row for row in rows if row["year"] is None}
    assert {level: row["observations"] for level, row in whole.items()} == {
        "series": 16, "product": 8, "district": 8, "total": 4,
    }  # fmt: skip
    assert all(row["coverage"] == 1.0 for row in rows)
    assert all(row["coverage"] == 0.0 for row in coverage_rows(_contest(own=2.0)))


def test_a_geometric_mean_is_not_told_where_a_ratio_is_unknown() -> None:
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)
    assert np.isnan(geometric_mean([0.5, np.nan]))
    assert np.isnan(geometric_mean([]))


def test_all_years_of_a_municipality_are_drawn_together() -> None:
    known = pd.DataFrame(
        {
            "municipality": ["GM1", "GM1", "GM2", "GM2"],
            "account": [100.0] * 4,
            PROJECT: [105.0, 100.0, 110.0, 100.0],
            BUDGET: [110.0, 100.0, 110.0, 100.0],
        }
    )
    lower, upper = ratio_interval(known, np.random.default_rng(1))
    assert (lower, upper) == pytest.approx((0.5, 1.0))


def test_prophet_is_timed_on_the_origins_at_which_a_series_was_known() -> None:
    row = np.array([np.nan] * 6 + [5.0] * 6)
    fits = fits_of(row, 24000, Frequency.MONTH, [4, 7, 8, 12], 3)
    assert [len(fit.past.values) for fit in fits] == [2, 6]
    assert {fit.past.first for fit in fits} == {24006}
    halves = sampled([fits] * 9, 5)
    assert [len(half) for half in halves] == [2, 3]
    assert scaled_up(10.0, 5, 50) == 100.0


def _budget_panel(folder: Path) -> Path:
    rows = [
        ("GM0001", "GM0001", "jeugd", f"{year}-01-01", 1000 + year - 2017)
        for year in range(2017, 2023)
    ]
    small_panel(folder, rows, "municipality,district,product,period,cost_eur")
    stated = "municipality,product,year,amount_eur,version,known_from\n"
    for year in range(2017, 2025):
        stated += f"GM0001,jeugd,{year},1500,amended,{year}-10-01\n"
        stated += f"GM0001,jeugd,{year},1100,adopted,{year - 1}-11-01\n"
    (folder / "budget.csv").write_text(stated, encoding="utf-8")
    return folder


def test_a_budget_is_held_against_the_account_when_three_accounts_came_before(
    tmp_path: Path,
) -> None:
    ledger = read_ledger(_budget_panel(tmp_path / "p"))
    assert ledger is not None
    assert ledger.accounts.tolist() == [[1000.0, 1001.0, 1002.0, 1003.0, 1004.0, 1005.0]]
    assert ledger.budgets.tolist() == [[1100.0] * 6]
    assert judged_years(ledger) == [2021, 2022]
