"""What happened beside what was forecast: the same sums as an answer gives, like with like."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from models.catalogue import Frequency
from models.cube import Floats
from models.edition import Edition, open_edition
from models.realised import Judged, Key, judged
from models.realised_rows import score_rows
from models.selection import Selection, answer
from tests.editions import build_edition

pytestmark = pytest.mark.unit
AS_OF = date(2023, 12, 31)
MONTH = Frequency.MONTH


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Months of two products in four districts, one of which is held in the last district."""
    folder = tmp_path_factory.mktemp("realised")
    return open_edition(build_edition(folder, approved=False, only=("HH", "BG")))


def happened(edition: Edition, factor: float = 1.0, months: int = 12) -> dict[Key, Floats]:
    """Return as outcomes the mean of the paths after the as-of date, times a factor."""
    calendar, axis = edition.calendars[MONTH], edition.axes[MONTH]
    begin = 2024 * 12 - axis.first
    found: dict[Key, Floats] = {}
    for measure, track in edition.tracks.items():
        values = np.full(track.actuals.shape, np.nan)
        for series in np.flatnonzero(track.rows >= 0):
            mean = track.paths[track.rows[series], begin : begin + months].mean(axis=1)
            at = begin + axis.first - calendar.first
            values[series, at : at + months] = np.rint(mean * factor)
        found[measure, MONTH] = values
    return found


def one(found: list[Judged], measure: str, level: str, kind: str = "period") -> Judged:
    (only,) = [
        part
        for part in found
        if (part.measure, part.level, part.period_kind) == (measure, level, kind)
    ]
    return only


@pytest.mark.parametrize("level", ["total", "product", "district", "series"])
@pytest.mark.parametrize("kind", ["period", "year"])
def test_bands_are_those_that_an_answer_gives_of_the_same_sum(
    edition: Edition, level: str, kind: str
) -> None:
    apart = {"total": (), "series": ("product", "district")}.get(level, (level,))
    found = one(judged(edition, happened(edition), AS_OF), "cost", level, kind)
    asked = Selection(
        "cost",
        by=("municipality", *apart),
        frequency="year" if kind == "year" else "month",
        start=date(2024, 1, 1),
        end=date(2024, 12, 1),
    )
    told = answer(edition, asked)
    for row in range(len(told["mean"])):
        group = np.flatnonzero(
            (found.keys["product"] == told["product"][row])
            & (found.keys["district"] == told["district"][row])
        )
        if not len(group):  # held: an answer tells its past only
            continue
        month = int(told["period"][row].astype("datetime64[M]").astype(int)) % 12
        column = np.flatnonzero(found.months == (12 if kind == "year" else month + 1))[0]
        for name in ("p10", "p50", "p90", "mean"):
            mine = getattr(found, name)[group[0], column]
            assert mine == pytest.approx(told[name][row], abs=1e-6), name


def test_what_happened_as_expected_has_no_error_and_no_signal(edition: Edition) -> None:
    total = one(judged(edition, happened(edition), AS_OF), "cost", "total")
    row = next(score_rows(total))
    assert row["wape"] == pytest.approx(0, abs=0.01)
    assert row["coverage_80"] == 1
    assert abs(row["tracking_signal"]) < 0.01
    assert row["observations"] == 12
    assert row["baseline_wape"] > 1


@pytest.mark.parametrize(("factor", "sign"), [(1.5, -1), (0.5, 1)])
def test_errors_that_run_one_way_show_in_bias_and_signal(
    edition: Edition, factor: float, sign: int
) -> None:
    row = next(score_rows(one(judged(edition, happened(edition, factor), AS_OF), "cost", "total")))
    assert row["bias"] == pytest.approx(100 * (1 / factor - 1), abs=0.1)
    assert sign * row["tracking_signal"] > 4
    assert row["coverage_80"] == 0


def test_a_series_without_a_later_figure_counts_on_neither_side(edition: Edition) -> None:
    outcomes = happened(edition)
    lacking = {key: values.copy() for key, values in outcomes.items()}
    first = int(np.flatnonzero(edition.tracks["cost"].rows >= 0)[0])
    lacking["cost", MONTH][first] = np.nan
    total = one(judged(edition, lacking, AS_OF), "cost", "total")
    whole = one(judged(edition, outcomes, AS_OF), "cost", "total")
    assert np.nansum(total.mean) < np.nansum(whole.mean)
    assert next(score_rows(total))["wape"] == pytest.approx(0, abs=0.01)


def test_a_year_is_judged_only_when_all_of_it_came(edition: Edition) -> None:
    kinds = {part.period_kind for part in judged(edition, happened(edition, months=11), AS_OF)}
    assert kinds == {"period"}
    kinds = {part.period_kind for part in judged(edition, happened(edition, months=12), AS_OF)}
    assert kinds == {"period", "year"}


def test_what_the_edition_had_as_actual_is_never_judged(edition: Edition) -> None:
    outcomes = happened(edition)
    calendar = edition.calendars[MONTH]
    for values in outcomes.values():
        values[:, : 2024 * 12 - calendar.first] = 10_000_000
    for part in judged(edition, outcomes, AS_OF):
        judged_months = part.months[np.isfinite(part.actual).any(axis=0)]
        assert judged_months.min() >= 1


def test_a_figure_of_the_whole_municipality_is_judged_as_one_sum(edition: Edition) -> None:
    """Of a product that is spread over districts there is one figure, not one per district."""
    series = dict(edition.series)
    spread = series["product"] == "HH"
    series["outcome_cost"] = np.where(spread, "spread", series["outcome_cost"]).astype(object)
    changed = replace(edition, series=series)
    outcomes = happened(changed)
    values = outcomes["cost", MONTH]
    carrier = int(np.flatnonzero(spread & (edition.tracks["cost"].rows >= 0))[0])
    together = np.nansum(values[spread], axis=0)
    values[spread] = np.nan
    values[carrier] = np.where(together > 0, together, np.nan)
    found = judged(changed, outcomes, AS_OF)
    products = one(found, "cost", "product")
    row = next(r for r in score_rows(products) if r["product"] == "HH")
    assert row["wape"] == pytest.approx(0, abs=0.01)
    apart = one(found, "cost", "series")
    there = np.isfinite(apart.actual).any(axis=1)
    assert set(apart.keys["product"][there]) == {"BG"}


def test_volume_is_never_added_over_products(edition: Edition) -> None:
    levels = {p.level for p in judged(edition, happened(edition), AS_OF) if p.measure == "volume"}
    assert levels == {"product", "series"}


def test_nothing_is_judged_without_a_later_figure(edition: Edition) -> None:
    nothing = {key: np.full_like(values, np.nan) for key, values in happened(edition).items()}
    assert judged(edition, nothing, AS_OF) == []


def test_scores_per_horizon_hold_the_same_figures_as_the_whole(edition: Edition) -> None:
    rows = list(score_rows(one(judged(edition, happened(edition, 1.2), AS_OF), "cost", "total")))
    whole, apart = rows[0], rows[1:]
    assert [row["horizon"] for row in apart] == list(range(1, 13))
    assert sum(row["observations"] for row in apart) == whole["observations"]


def test_scores_do_not_depend_on_where_the_edition_lies(edition: Edition, tmp_path: Path) -> None:
    again = open_edition(build_edition(tmp_path, approved=False, only=("HH", "BG")))
    rows = [
        [row for part in judged(own, happened(own, 1.1), AS_OF) for row in score_rows(part)]
        for own in (edition, again)
    ]
    np.testing.assert_equal(rows[0], rows[1])
