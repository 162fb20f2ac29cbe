"""Budgets are followed as far as they have deserved it, and never further than that."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.adopted_budgets import forecast_from_budgets

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
IV3 = Path(__file__).parents[3] / "shared/data/panels/iv3-municipalities-yearly"
KNOWN, HORIZON = 6, 2


def spending(series: int, seed: int = 1) -> Array:
    """Yearly amounts that wander, shape (series, KNOWN + HORIZON)."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(15.0, 0.5, (series, 1)))
    return np.asarray(size * np.exp(rng.normal(0.0, 0.1, (series, KNOWN + HORIZON)).cumsum(axis=1)))


def noise(shape: tuple[int, ...], spread: float, seed: int = 2) -> Array:
    return np.exp(np.random.default_rng(seed).normal(0.0, spread, shape))


def forecast(amounts: Array, budgets: Array, products: str = "") -> Array:
    groups = list(products) or ["P"] * len(amounts)
    return forecast_from_budgets(amounts[:, :KNOWN], budgets, groups)


def missed(guess: Array, truth: Array) -> float:
    return float(np.abs(guess - truth).sum() / truth.sum())


def test_budgets_that_were_always_right_are_followed() -> None:
    amounts = spending(100)
    np.testing.assert_allclose(forecast(amounts, amounts), amounts[:, KNOWN:], rtol=1e-6)


def test_budgets_that_are_noise_leave_the_last_account_standing() -> None:
    amounts = spending(200)
    found = forecast(amounts, amounts * noise(amounts.shape, 0.5))
    last = np.repeat(amounts[:, [KNOWN - 1]], HORIZON, axis=1)
    np.testing.assert_allclose(found, last, rtol=0.15)
    truth = amounts[:, KNOWN:]
    assert missed(found, truth) < 1.1 * missed(last, truth)


def test_most_of_a_lasting_gap_between_accounts_and_budgets_is_made_up() -> None:
    amounts = spending(100)
    budgets = 0.7 * amounts * noise(amounts.shape, 0.02)
    truth = amounts[:, KNOWN:]
    assert missed(forecast(amounts, budgets), truth) < 0.4 * missed(budgets[:, KNOWN:], truth)


def test_a_small_gap_is_taken_to_pass() -> None:
    amounts = spending(100)
    budgets = 0.97 * amounts
    np.testing.assert_allclose(forecast(amounts, budgets), budgets[:, KNOWN:], rtol=1e-6)


def test_products_earn_their_trust_apart() -> None:
    amounts = spending(200)
    budgets = amounts * np.vstack((np.ones((100, 8)), noise((100, 8), 0.8)))
    found = forecast(amounts, budgets, "A" * 100 + "B" * 100)
    truth, last = amounts[:, KNOWN:], amounts[:, [KNOWN - 1]]
    assert missed(found[:100], truth[:100]) < 0.02
    assert missed(found[100:], np.repeat(last[100:], HORIZON, axis=1)) < 0.1


def test_a_single_municipality_goes_only_part_of_the_way() -> None:
    accounts = np.full((1, KNOWN), 100.0)
    budgets = np.full((1, KNOWN + HORIZON), 100.0)
    budgets[:, KNOWN:] = 200.0
    one = forecast_from_budgets(accounts, budgets, ["P"])
    many = forecast_from_budgets(
        accounts.repeat(50, axis=0), budgets.repeat(50, axis=0), ["P"] * 50
    )
    assert np.all((one > 100) & (one < 150))
    assert np.all(many[:, 1] > one[:, 1])


def test_money_of_another_size_gives_the_same_forecast_in_that_size() -> None:
    amounts = spending(30)
    budgets = amounts * noise(amounts.shape, 0.1)
    found = forecast(amounts, budgets)
    np.testing.assert_allclose(forecast(10 * amounts, 10 * budgets), 10 * found)
    one = np.where(np.arange(30) == 3, 10.0, 1.0)[:, None]
    np.testing.assert_allclose(forecast(one * amounts, one * budgets)[3], 10 * found[3], rtol=0.05)


def test_without_a_usable_budget_or_account_there_is_no_signal() -> None:
    amounts = spending(12)
    budgets = amounts.copy()
    budgets[0] = np.nan
    budgets[1, KNOWN:] = 0.0
    budgets[2, KNOWN:] *= 1000.0
    amounts[3, KNOWN - 1] = np.nan
    amounts[4, KNOWN - 1] = -5.0
    silent = np.isnan(forecast(amounts, budgets)).all(axis=1)
    np.testing.assert_array_equal(silent, np.arange(12) < 5)


def test_budgets_without_any_account_beside_them_are_not_followed() -> None:
    amounts = spending(4)
    budgets = np.where(np.arange(KNOWN + HORIZON) < KNOWN, np.nan, amounts)
    assert np.isnan(forecast(amounts, budgets)).all()


def test_years_after_the_last_budget_repeat_the_last_forecast() -> None:
    amounts = spending(5)
    budgets = amounts.copy()
    budgets[:, KNOWN + 1] = np.nan
    found = forecast(amounts, budgets)
    np.testing.assert_array_equal(found[:, 1], found[:, 0])


def test_one_known_year_is_enough_to_speak() -> None:
    amounts = spending(50)
    found = forecast_from_budgets(amounts[:, :1], amounts[:, :3], ["P"] * 50)
    assert np.isfinite(found).all()


@settings(max_examples=50, deadline=None)
@given(
    arrays(np.float64, (4, 5), elements=st.floats(-1e3, 1e9)),
    arrays(np.float64, (4, 7), elements=st.floats(-1e3, 1e9)),
)
def test_whatever_comes_in_a_forecast_is_between_account_and_budget_give_or_take_tenfold(
    accounts: Array, budgets: Array
) -> None:
    found = forecast_from_budgets(accounts, budgets, ["A", "A", "B", "B"])
    seen = np.isfinite(found)
    last = np.repeat(accounts[:, -1:], 2, axis=1)
    assert (last[seen] > 0).all()
    assert ((found[seen] > 0) & (found[seen] < 1000 * last[seen])).all()


@pytest.mark.parametrize(("rows", "years"), [(2, 7), (3, 4)])
def test_arrays_that_do_not_belong_together_are_refused(rows: int, years: int) -> None:
    with pytest.raises(ValueError, match="budgets must hold"):
        forecast_from_budgets(np.ones((3, 5)), np.ones((rows, years)), ["P"] * 3)


def table(name: str, year: str, amount: str) -> dict[tuple[str, str], dict[int, float]]:
    held: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    with (IV3 / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["product"], row["municipality"])
            held[key][int(row[year][:4])] = float(row[amount])
    return held


def spread_out(held: dict[int, float], years: range) -> list[float]:
    return [held.get(year, np.nan) for year in years]


@pytest.mark.parametrize(("product", "most"), [("jeugd", 0.85), ("wmo", 1.05)])
@pytest.mark.skipif(not IV3.is_dir(), reason="the Iv3 panel is not beside the repository")
def test_two_years_ahead_on_dutch_accounts_it_holds_its_own_against_the_budgets(
    product: str, most: float
) -> None:
    paid = table("care_use.csv", "period", "cost_eur")
    planned = table("budget.csv", "year", "amount_eur")
    ours, theirs = 0.0, 0.0
    for year in (2020, 2021, 2022):
        accounts = np.array([spread_out(paid[key], range(2017, year - 1)) for key in paid])
        budgets = np.array([spread_out(planned[key], range(2017, year + 1)) for key in paid])
        truth = np.array([paid[key].get(year, np.nan) for key in paid])
        found = forecast_from_budgets(accounts, budgets, [key[0] for key in paid])[:, 1]
        here = np.array([key[0] == product for key in paid]) & np.isfinite(found) & (truth > 0)
        ours += missed(found[here], truth[here])
        theirs += missed(budgets[here, -1], truth[here])
    assert ours < most * theirs
