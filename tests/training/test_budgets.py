"""Adopted budgets speak where they were known, whole, and no worse than the record so far."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from models.catalogue import Frequency
from models.hierarchy import Hierarchy
from models.history import Block
from models.panel import Panel
from tests.models.panels import Row, panel_of, table
from training.blocks import BlockMaker
from training.budgets import adopted, budget_forecast
from training.fanout import Fanout
from training.fit import fit_frame
from training.frame_fit import FrameFit, OriginFit
from training.frames import frames

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
FIRST, YEARS, HORIZON = 2012, 10, 2
ORIGINS = [6, 8]
TOWNS = [f"G{number}" for number in range(4)]
BUDGETED = "adopted budget and last account"


def budget(year: int, amount: float, **other: object) -> Row:
    row = {"municipality": "G0", "product": "p", "year": year, "amount_cents": amount}
    return {**row, **other}


def laid(*rows: Row) -> dict[int, float]:
    """Adopted budget of the one product per year."""
    found = adopted(table("budget", list(rows)))
    return dict(zip(found["year"].astype(int), found["amount_cents"], strict=True))


class TestAdopted:
    def test_takes_the_first_version_that_was_known_whatever_the_order(self) -> None:
        rows = [
            budget(2020, 150, version="amended", known_from="2020-06-01"),
            budget(2020, 100, version="adopted", known_from="2019-11-05"),
            budget(2020, 175, version="amended twice", known_from="2020-10-01"),
        ]
        assert laid(*rows) == laid(*reversed(rows)) == {2020: 100}

    def test_adds_up_the_task_fields_of_a_product(self) -> None:
        rows = [
            budget(2020, 100, taakveld="6.71a", known_from="2019-11-05"),
            budget(2020, 900, taakveld="6.71a", known_from="2020-05-05"),
            budget(2020, 30, taakveld="6.72a", known_from="2019-11-05"),
        ]
        assert laid(*rows) == {2020: 130}

    def test_leaves_out_what_is_not_budgeted_for_a_product(self) -> None:
        assert laid(budget(2020, 5, product=None, taakveld="6.71a")) == {}

    def test_keeps_municipalities_products_and_years_apart(self) -> None:
        rows = [budget(2020, 1), budget(2021, 2), budget(2020, 3, municipality="G1")]
        assert sorted(adopted(table("budget", rows))["amount_cents"]) == [1, 2, 3]


def block_of_cost(values: Array, districts: list[str] | None = None) -> Block:
    """Yearly cost per municipality, of one product and without districts unless they are named."""
    towns = TOWNS[: len(values)] if districts is None else ["G0"] * len(values)
    keys = pd.DataFrame(
        {"municipality": towns, "district": districts or "-", "product": "p", "unit": "EUR"}
    )
    exposure = np.ones((len(values), values.shape[1] + HORIZON))
    return Block(Hierarchy.of(keys), Frequency.YEAR, FIRST, values, exposure)


def true_budgets(amounts: Array) -> pd.DataFrame:
    """Budgets that come true to the cent, for every municipality and year."""
    rows = [
        budget(FIRST + year, amount, municipality=TOWNS[at])
        for at, own in enumerate(amounts)
        for year, amount in enumerate(own)
    ]
    return table("budget", rows)


def spending(seed: int = 1, years: int = YEARS + HORIZON) -> Array:
    rng = np.random.default_rng(seed)
    return np.asarray(1e8 * np.exp(rng.normal(0, 0.15, (len(TOWNS), years)).cumsum(axis=1))).round()


class TestForecast:
    def test_follows_budgets_that_came_true(self) -> None:
        amounts = spending()
        found = budget_forecast(block_of_cost(amounts[:, :YEARS]), true_budgets(amounts), HORIZON)
        assert found is not None
        truth, last = amounts[:, YEARS:], amounts[:, [YEARS - 1]]
        assert np.abs(found - truth).sum() < 0.5 * np.abs(last - truth).sum()

    def test_leaves_cost_per_district_alone(self) -> None:
        values = spending()[:2, :YEARS]
        budgets = true_budgets(spending())
        assert budget_forecast(block_of_cost(values, ["A", "B"]), budgets, HORIZON) is None
        assert budget_forecast(block_of_cost(values[:1], ["A"]), budgets, HORIZON) is not None

    def test_is_for_years_only(self) -> None:
        values = spending()
        months = Block(
            block_of_cost(values).hierarchy, Frequency.MONTH, FIRST * 12, values, np.ones((4, 24))
        )
        assert budget_forecast(months, true_budgets(values), HORIZON) is None

    def test_says_nothing_without_budgets_or_where_they_are_of_another_town(self) -> None:
        block = block_of_cost(spending()[:1, :YEARS])
        assert budget_forecast(block, table("budget", []), HORIZON) is None
        elsewhere = true_budgets(spending()).assign(municipality="elsewhere")
        assert budget_forecast(block, elsewhere, HORIZON) is None

    def test_budgets_of_years_beyond_the_horizon_change_nothing(self) -> None:
        amounts = spending(years=YEARS + HORIZON + 3)
        block = block_of_cost(amounts[:, :YEARS])
        near = budget_forecast(block, true_budgets(amounts[:, : YEARS + HORIZON]), HORIZON)
        far = budget_forecast(block, true_budgets(amounts), HORIZON)
        assert near is not None
        np.testing.assert_array_equal(near, far)


def delivery(later: float = 1.0) -> Panel:
    """Four towns with a product whose budgets come true and one whose budgets are of no use.

    Args:
        later: what the budgets that became known after 2020 began are multiplied by.
    """
    rng = np.random.default_rng(2)
    care, budgets = [], []
    for product, seed in (("known", 1), ("wild", 3)):
        amounts = spending(seed, YEARS + HORIZON)
        noise = np.exp(rng.normal(0, 0.8 * (product == "wild"), amounts.shape))
        for at, town in enumerate(TOWNS):
            for year in range(YEARS + HORIZON):
                calendar, cents = FIRST + year, float(amounts[at, year])
                row = {"municipality": town, "product": product}
                if year < YEARS:
                    day = f"{calendar}-01-01"
                    care.append({**row, "district": town, "period": day, "cost_cents": cents})
                scale = later if calendar > 2020 else 1.0
                planned = round(cents * float(noise[at, year]) * scale)
                budgets.append({**row, "year": calendar, "amount_cents": planned})
                changed = {"version": "amended", "known_from": f"{calendar}-06-01"}
                budgets.append({**budgets[-1], "amount_cents": 3 * planned, **changed})
    return panel_of(care, "year", budget=budgets)


def fitted(panel: Panel, as_of: date = date(2021, 12, 31)) -> FrameFit:
    (frame,) = frames(panel.as_known_at(as_of), as_of)
    return fit_frame(BlockMaker(panel, frame, as_of, HORIZON), ORIGINS, Fanout())


def of(fit: FrameFit, product: str, origin: int | None = None) -> tuple[OriginFit, npt.NDArray]:
    own = fit.fits["cost", fit.end if origin is None else origin]
    return own, np.flatnonzero(fit.frame.keys["product"] == product)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
class TestInTraining:
    @pytest.fixture(scope="class")
    def plain(self) -> FrameFit:
        return fitted(delivery())

    def test_budgets_are_chosen_for_the_product_where_they_did_no_worse(
        self, plain: FrameFit
    ) -> None:
        own, rows = of(plain, "known")
        assert {own.method[row] for row in rows} == {BUDGETED}
        own, rows = of(plain, "wild")
        assert BUDGETED not in {own.method[row] for row in rows}

    def test_the_forecast_then_lies_near_the_adopted_budget(self, plain: FrameFit) -> None:
        own, rows = of(plain, "known")
        truth = spending(1)[:, YEARS]
        np.testing.assert_allclose(own.mean[rows, 0], truth, rtol=0.2)
        assert np.abs(own.mean[rows, 0] - truth).sum() < np.abs(own.baseline[rows, 0] - truth).sum()

    def test_an_origin_knows_nothing_of_budgets_that_were_adopted_later(
        self, plain: FrameFit
    ) -> None:
        other = fitted(delivery(later=5.0))
        for origin in ORIGINS:  # until the end of 2019, when budgets of 2020 were known
            first, second = (fit.fits["cost", origin] for fit in (plain, other))
            np.testing.assert_array_equal(first.mean, second.mean)
            assert first.method == second.method
        assert not np.allclose(*(fit.fits["cost", fit.end].mean for fit in (plain, other)))
