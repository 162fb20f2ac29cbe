"""One frequency per product, and no gap that nobody sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.deliveries import (
    MONTHS,
    QUARTERS,
    YEARS,
    deliver,
    errors_of,
    faults_of,
    only,
    series,
    table,
    use,
)
from training.sources.folder import read_folder


@pytest.mark.contract
def test_year_inside_a_monthly_product_is_refused_naming_series_and_periods(
    tmp_path: Path,
) -> None:
    text = use(*series(MONTHS), *series(YEARS[:3], "W2"))
    faults = errors_of(tmp_path, {"care_use": text})
    assert [fault.row for fault in faults] == [14, 15, 16]
    assert "delivered by month" in faults[0].rule
    assert "G1, W2, hbh: 2017-01-01, 2018-01-01, 2019-01-01" in faults[0].rule


@pytest.mark.contract
def test_month_inside_a_quarterly_product_is_refused(tmp_path: Path) -> None:
    text = use(*series(QUARTERS), *series(["2022-02-01"]))
    fault = only(errors_of(tmp_path, {"care_use": text}))
    assert (fault.row, fault.value) == (10, "2022-02-01")
    assert "delivered by quarter" in fault.rule


@pytest.mark.unit
@pytest.mark.parametrize(
    ("usual", "other", "odd"),
    [
        (YEARS, MONTHS, 12),
        (YEARS, QUARTERS, 8),
        (QUARTERS, MONTHS, 12),
        (QUARTERS, YEARS, 6),
        (MONTHS, QUARTERS, 8),
        (YEARS, ["2019-07-01"], 1),
    ],
)
def test_series_of_another_frequency_is_refused_as_a_whole(
    tmp_path: Path, usual: list[str], other: list[str], odd: int
) -> None:
    usual_rows = [row for number in range(9) for row in series(usual, f"W{number}")]
    faults = errors_of(tmp_path, {"care_use": use(*usual_rows, *series(other, "X"))})
    assert len(faults) == odd
    assert all("G1, X, hbh" in fault.rule for fault in faults)


@pytest.mark.unit
def test_years_before_the_months_of_one_series_are_refused(tmp_path: Path) -> None:
    text = use(*series([*YEARS[2:5], *MONTHS]))
    faults = errors_of(tmp_path, {"care_use": text})
    assert [fault.value for fault in faults] == ["2019-01-01", "2020-01-01", "2021-01-01"]


@pytest.mark.unit
def test_years_long_before_the_months_are_refused_to_the_last(tmp_path: Path) -> None:
    faults = errors_of(tmp_path, {"care_use": use(*series([*YEARS[:3], *MONTHS]))})
    assert [fault.value for fault in faults] == YEARS[:3]


@pytest.mark.unit
def test_rows_of_an_unknown_product_say_nothing_about_frequency(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "care_use": use(*series(MONTHS), "G1,W1,hbx,2022-01-01,1,,"),
        "products": table("product", "hbh"),
    }
    assert "not in products.csv" in only(faults_of(tmp_path, files)).rule


@pytest.mark.unit
def test_half_years_are_refused(tmp_path: Path) -> None:
    days = [f"{year}-{month}-01" for year in (2020, 2021, 2022) for month in ("01", "07")]
    assert "six months" in only(errors_of(tmp_path, {"care_use": use(*series(days))})).rule


@pytest.mark.unit
@pytest.mark.parametrize("start", ["2022-02-01", "2022-03-01"])
def test_quarters_start_in_january_april_july_and_october(tmp_path: Path, start: str) -> None:
    first = int(start[5:7])
    days = [
        f"{2020 + month // 12}-{month % 12 + 1:02d}-01" for month in range(first - 1, first + 23, 3)
    ]
    faults = errors_of(tmp_path, {"care_use": use(*series(days))})
    assert len(faults) == len(days)
    assert "1 January, 1 April, 1 July or 1 October" in faults[0].rule


@pytest.mark.unit
def test_sparse_monthly_series_are_monthly(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    days = [f"{2018 + month // 12}-{month % 12 + 1:02d}-01" for month in range(60)]
    rows = []
    for number in range(40):
        kept = np.flatnonzero(rng.random(60) < 0.15)
        rows += series([days[month] for month in kept], f"W{number}")
    faults = faults_of(tmp_path, {"care_use": use(*rows)})
    assert {fault.severity for fault in faults} == {"warning"}


@pytest.mark.contract
def test_gap_is_flagged_with_the_missing_periods_and_stays_unknown(tmp_path: Path) -> None:
    rows = series(MONTHS)
    del rows[3:5]
    panel, warnings = read_folder(deliver(tmp_path, {"care_use": use(*rows)}))
    fault = only(warnings)
    assert (fault.row, fault.value) == (5, "2022-06-01")
    assert "2022-04-01, 2022-05-01" in fault.rule
    assert len(panel.care_use) == 10


@pytest.mark.contract
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (series(["2022-01-01"]), "year"),
        (series(["2022-05-01"]), "month"),
        (series(["2022-04-01"]) + series(QUARTERS, product="b"), "quarter"),
        (series(["2022-05-01"]) + series(QUARTERS, product="b"), "month"),
        (series(["2022-01-01"]) + series(MONTHS, product="b"), "month"),
    ],
)
def test_single_period_takes_the_frequency_of_the_rest_and_is_flagged(
    tmp_path: Path, rows: list[str], expected: str
) -> None:
    panel, warnings = read_folder(deliver(tmp_path, {"care_use": use(*rows)}))
    assert "one period only" in only(warnings).rule
    assert panel.frequencies()["hbh"] == expected


@pytest.mark.unit
def test_series_of_one_period_each_show_their_step_together(tmp_path: Path) -> None:
    rows = [row for at, day in enumerate(MONTHS) for row in series([day], f"W{at}")]
    panel, warnings = read_folder(deliver(tmp_path, {"care_use": use(*rows)}))
    assert warnings == []
    assert panel.frequencies()["hbh"] == "month"
