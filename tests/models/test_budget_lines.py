"""Lines of a budget beside an edition: which products they pay for, and what the set needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.asking import Selection
from models.budget import Line, together, weigh
from models.budget_lines import PRODUCT, TAAKVELD, TOTAL, BudgetLine, Held, Ledger
from models.cube import Ints
from models.edition import Edition, open_edition, write_edition
from models.scenario import totals
from tests.editions import Setting, make_content

pytestmark = pytest.mark.unit
HERE = "VB0001"
FIELDS: Mapping[str, Mapping[str, str | None]] = {
    "HH": {"category": "01", "taakveld": "6.71a"},
    "BG": {"category": "02", "taakveld": None},
    "DB": {"category": "07", "taakveld": "6.713"},
}


class Place:
    """An edition that a failing example does not print."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition

    def held(self, *lines: BudgetLine, certainty: float = 0.8) -> list[Held]:
        return list(Ledger(self.edition, HERE, lines).held(certainty))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder: Path = tmp_path_factory.mktemp("editions")
    setting = Setting((HERE, "VB0002"), date(2023, 12, 31), 4, True, draws=40, districts=2)
    content = make_content(setting)
    table = content.tables["products"]
    rows = [{**row, **FIELDS.get(row["product"], {})} for row in table.to_pylist()]
    tables = {**content.tables, "products": pa.Table.from_pylist(rows, schema=table.schema)}
    content = replace(content, tables=tables)
    return Place(open_edition(write_edition(content, folder)))


def draws_of(place: Place, products: tuple[str, ...], year: int) -> Ints:
    found = totals(place.edition, Selection("cost", (HERE,), products, frequency="year"))
    assert found is not None
    return found.base[year - found.periods.first]


def test_a_task_field_pays_for_what_falls_in_it_by_the_numbering_of_its_year(place: Place) -> None:
    def products(year: int, code: str) -> tuple[str, ...]:
        line = BudgetLine(year, TAAKVELD, code, 0)
        return Ledger(place.edition, HERE, [line]).products(line)

    assert products(2024, "6.71a") == ("HH",)
    assert products(2025, "6.711") == ("HH",)
    assert products(2025, "6.71a") == ()
    assert products(2025, "6.712") == ("BG",)
    assert products(2025, "6.713") == ("DB",)
    assert products(2025, "6.91") == ()


@settings(max_examples=25, deadline=None)
@given(
    amounts=st.lists(st.integers(0, 10**8), min_size=3, max_size=3),
    certainty=st.sampled_from([0.5, 0.8, 0.95]),
)
def test_the_sum_of_a_year_is_weighed_over_the_paths_of_its_lines(
    place: Place, amounts: list[int], certainty: float
) -> None:
    lines = [
        BudgetLine(2025, PRODUCT, "HH", amounts[0]),
        BudgetLine(2025, TAAKVELD, "6.712", amounts[1]),
        BudgetLine(2025, TAAKVELD, "6.91", amounts[2]),
    ]
    first, second, carried, whole = place.held(*lines, certainty=certainty)
    parts = [
        Line(amount, draws_of(place, (product,), 2025))
        for amount, product in zip(amounts, ("HH", "BG"), strict=False)
    ]
    assert [first.weighed, second.weighed] == [weigh(part, certainty) for part in parts]
    assert carried.weighed is None
    both = weigh(together(parts), certainty)
    assert whole.weighed is not None
    assert whole.amount == sum(amounts)
    assert whole.weighed.probability == both.probability
    assert whole.weighed.cushion == both.cushion
    assert whole.weighed.shortfall == both.shortfall
    assert whole.weighed.covers == both.covers + amounts[2]
    assert (whole.carried, whole.apart) == (
        1,
        sum(weigh(part, certainty).cushion for part in parts),
    )


def test_a_total_holds_the_other_lines_of_its_year(place: Place) -> None:
    *_, first, second, whole = place.held(
        BudgetLine(2025, TOTAL, None, 500),
        BudgetLine(2025, PRODUCT, "HH", 300),
        BudgetLine(2026, PRODUCT, "HH", 100),
    )
    assert (first.amount, second.amount, whole.amount) == (500, 100, 600)
    assert whole.weighed is not None
    everything = draws_of(place, (), 2025) + draws_of(place, ("HH",), 2026)
    assert whole.weighed == weigh(Line(600, everything), 0.8)


def test_only_the_own_municipality_is_paid_for(place: Place) -> None:
    line = BudgetLine(2025, TOTAL, None, 0)
    (held, _) = place.held(line)
    assert held.weighed is not None
    every = totals(place.edition, Selection("cost", frequency="year"))
    assert every is not None
    mine = draws_of(place, (), 2025)
    assert held.weighed.expected == round(mine.mean())
    assert mine.mean() < every.base[2025 - every.periods.first].mean()


def test_a_known_year_has_an_account_and_a_year_outside_nothing(place: Place) -> None:
    known, outside, *_ = place.held(
        BudgetLine(2022, PRODUCT, "HH", 10), BudgetLine(2060, PRODUCT, "HH", 10)
    )
    assert known.weighed is not None
    assert known.account == known.weighed.expected
    assert known.band == (known.account, known.account, known.account)
    assert (outside.weighed, outside.account, outside.band) == (None, None, None)
