"""Odd but legal deliveries of every frequency: each gives a sound edition, nothing is silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.catalogue import Frequency
from models.edition import Edition
from models.selection import Selection, answer
from tests.training.odd_series import Rows, periods, rows, trained
from tests.training.sound_editions import complaints

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
MONTH, QUARTER, YEAR = Frequency
Delivery = tuple[Rows, Mapping[str, str]]
Panel = Callable[[Frequency, int], Delivery]


def usual(number: int, count: int, level: float = 100.0) -> np.ndarray:
    """Return an ordinary record: a level and the noise of counts."""
    noise = np.random.default_rng(number).normal(0, np.sqrt(level), count)
    return np.maximum(np.round(level + noise), 0.0)


def block(days: list[str], districts: str = "AB", products: str = "P") -> Rows:
    """Return an ordinary record for each of some districts and products."""
    keys = [("M", district, product) for district in districts for product in products]
    return [row for at, key in enumerate(keys) for row in rows(key, usual(at, len(days)), days)]


def one_series(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    return block(days, "A"), {}


def nothing_was_ever_used(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    return [row for name in "AB" for row in rows(("M", name, "P"), np.zeros(count), days)], {}


def one_district_of_many_products(frequency: Frequency, count: int) -> Delivery:
    return block(periods(frequency, count), "A", "PQRSTUV"), {}


def all_series_alike(frequency: Frequency, count: int) -> Delivery:
    days, record = periods(frequency, count), usual(0, count)
    keys = [("M", district, product) for district in "ABC" for product in "PQ"]
    return [row for key in keys for row in rows(key, record, days)], {}


def a_giant_among_tiny_ones(frequency: Frequency, count: int) -> Delivery:
    days, noise = periods(frequency, count), np.random.default_rng(2)
    found = rows(("M", "giant", "P"), usual(1, count, 5e6), days)
    for number in range(6):
        tiny = noise.poisson(0.3 * number, count).astype(float)
        found += rows(("M", f"tiny{number}", "P"), tiny, days)
    return found, {}


def credits_in_the_record(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    care_use = block(days, "ABC")
    care_use[count // 2] = (*care_use[count // 2][:-1], "-5000.50")
    care_use[count - 1] = (*care_use[count - 1][:-1], "-900000.00")
    return care_use, {}


def a_product_that_starts_at_the_end(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    return block(days, "AB") + block(days[-3:], "AB", "N"), {}


def a_district_that_stops(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    return block(days, "AB", "PQ") + block(days[: -max(count // 3, 2)], "C", "PQ"), {}


def municipalities_with_spans_of_their_own(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    late, short = days[count // 2 :], days[:-1]
    found = rows(("M1", "A", "P"), usual(1, count), days)
    found += rows(("M2", "B", "P"), usual(2, len(late)), late)
    return found + rows(("M3", "C", "P"), usual(3, len(short)), short), {}


def events_of_every_kind(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    on = [(days[0], ""), (days[0], "P"), (days[-1], "P"), (days[-1], ""), (days[count // 2], "Q")]
    on += [("1990-01-01", ""), ("2024-03-15", ""), ("2040-01-01", "P")]
    lines = [f"{d},{kind},{p}" for d, p in on for kind in ("level", "slope", "outlier")]
    events = "\n".join(["date,kind,product", *lines]) + "\n"
    return block(days, "AB", "PQ"), {"policy_events.csv": events}


def budgets_that_make_no_sense(frequency: Frequency, count: int) -> Delivery:
    amounts = [("M", 1950, 5, "P"), ("M", 2019, 0, "P"), ("M", 2021, -500, "P")]
    amounts += [("M", 2022, 10**12, "P"), ("M", 2023, 0, "P"), ("M", 2024, 9 * 10**12, "P")]
    amounts += [("M", 2025, -(10**6), "P"), ("M", 2090, 5, "P"), ("ZZ", 2024, 7, "P")]
    lines = [",".join(map(str, amount)) for amount in amounts]
    budget = "\n".join(["municipality,year,amount_eur,product", *lines]) + "\n"
    return block(periods(frequency, count), "A", "PQ"), {"budget.csv": budget}


def the_last_period_is_off(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    high, none, first = usual(1, count), usual(2, count), np.zeros(count)
    high[-1] *= 100
    none[-1], first[-1] = 0, 50
    found = block(days, "A") + rows(("M", "alone", "Q"), high, days)
    for name, record in (("high", high), ("none", none), ("first", first)):
        found += rows(("M", name, "P"), record, days)
    return found, {}


def measures_that_differ_per_series(frequency: Frequency, count: int) -> Delivery:
    days, found = periods(frequency, count), []
    kinds = [("clients",), ("volume",), ("cost",), ("clients", "cost"), ("clients", "volume")]
    for at, measures in enumerate(kinds):
        found += rows(("M", "ABCDE"[at], "P"), usual(at, count), days, measures)
    return found, {}


def a_cost_that_must_be_spread(frequency: Frequency, count: int) -> Delivery:
    days = periods(frequency, count)
    found = rows(("M", "M", "P"), usual(0, count, 300), days, ("cost",))
    found += rows(("M", "none", "P"), np.zeros(count), days, ("clients",))
    return found + rows(("M", "A", "P"), usual(1, count), days, ("clients",)), {}


PANELS: list[Panel] = [
    one_series,
    nothing_was_ever_used,
    one_district_of_many_products,
    all_series_alike,
    a_giant_among_tiny_ones,
    credits_in_the_record,
    a_product_that_starts_at_the_end,
    a_district_that_stops,
    municipalities_with_spans_of_their_own,
    events_of_every_kind,
    budgets_that_make_no_sense,
    the_last_period_is_off,
    measures_that_differ_per_series,
    a_cost_that_must_be_spread,
]
SHORT = [(YEAR, 5), (QUARTER, 6)]  # trained in a second; longer ones follow below


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.__name__)
@pytest.mark.parametrize(("frequency", "count"), SHORT, ids=["year-5", "quarter-6"])
def test_an_odd_panel_gives_a_sound_edition(
    panel: Panel, frequency: Frequency, count: int, tmp_path: Path
) -> None:
    care_use, files = panel(frequency, count)
    assert complaints(trained(tmp_path, care_use, files)) == []


@pytest.mark.slow
@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.__name__)
@pytest.mark.parametrize(
    ("frequency", "count"),
    [(MONTH, 60), (QUARTER, 24), (YEAR, 10)],
    ids=["month", "quarter", "year"],
)
def test_an_odd_panel_with_a_long_record_gives_a_sound_edition(
    panel: Panel, frequency: Frequency, count: int, tmp_path: Path
) -> None:
    care_use, files = panel(frequency, count)
    assert complaints(trained(tmp_path, care_use, files)) == []


@pytest.mark.parametrize("count", [3, 4])
def test_a_few_years_are_enough(count: int, tmp_path: Path) -> None:
    assert complaints(trained(tmp_path, block(periods(YEAR, count), "AB"))) == []


@pytest.mark.parametrize(
    ("frequency", "count"), [(YEAR, 8), (QUARTER, 12)], ids=["year", "quarter"]
)
def test_six_years_ahead_stay_thinkable(frequency: Frequency, count: int, tmp_path: Path) -> None:
    days = periods(frequency, count)
    doubling = np.round(4 * 2 ** (np.arange(count) / frequency.per_year))
    care_use = block(days, "A") + rows(("M", "doubling", "P"), doubling, days)
    edition = trained(tmp_path, care_use, until=date(2029, 12, 31))
    assert complaints(edition) == []
    assert ahead(edition, "doubling")["period"].max() == np.datetime64("2029-01-01")


@pytest.mark.parametrize("frequency", [YEAR, QUARTER], ids=str)
def test_a_delivery_of_which_everything_ended_is_held(frequency: Frequency, tmp_path: Path) -> None:
    days = periods(frequency, 12)
    care_use = rows(("M", "A", "Q"), usual(1, 12), days, ("cost",))
    care_use += rows(("M", "A", "P"), usual(2, 6), days[:6], ("clients",))
    edition = trained(tmp_path, care_use)
    assert complaints(edition) == []
    ended = edition.series["product"] == "P"
    assert list(edition.series["outcome_clients"][ended]) == ["held"]


def test_a_nearly_empty_cell_does_not_rise_with_cells_that_began(tmp_path: Path) -> None:
    """Cells that went from nothing to much say nothing of what is nearly empty for ever."""
    days, late = periods(QUARTER, 24), np.arange(24) >= 16
    sparse = np.zeros(24)
    sparse[[3, 11]] = 1
    care_use = block(days, "ABC") + rows(("M", "sparse", "P"), sparse, days)
    for number in range(4):
        began = np.where(late, usual(number, 24), 0.0)
        care_use += rows(("M", f"began{number}", "P"), began, days)
    edition = trained(tmp_path, care_use)
    assert complaints(edition) == []
    assert np.all(ahead(edition, "sparse", "volume")["mean"] <= 3 * 10)  # its best year


def test_a_record_of_credits_alone_is_not_passed_off_as_fitted(tmp_path: Path) -> None:
    days = periods(YEAR, 8)
    paid_back = [(*row[:-1], f"-{row[-1]}") for row in block(days, "C", "R")]
    edition = trained(tmp_path, block(days, "AB") + paid_back)
    own = edition.series["product"] == "R"
    assert list(edition.series["outcome_cost"][own]) == ["held"]
    assert all(edition.series["reason_cost"][own])


def ahead(edition: Edition, district: str, measure: str = "clients") -> dict[str, Any]:
    """Return the forecast of a district per year."""
    columns = answer(edition, Selection(measure, districts=(district,), frequency=YEAR))
    forecast = columns["kind"] == "forecast"
    return {name: values[forecast] for name, values in columns.items()}
