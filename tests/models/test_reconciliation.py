"""Why a forecast differs from a budget and the account: parts that add up, and what they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.asking import Selection
from models.budget_lines import PRODUCT, TAAKVELD, TOTAL, BudgetLine, Ledger
from models.drivers import CAUSES, causes
from models.edition import Edition, open_edition
from models.reconciliation import PARTS, Reconciliation, reconciliation
from models.running_year import running_year
from tests.editions import build_edition
from tests.split_editions import build_split_edition

pytestmark = pytest.mark.unit
HERE, YEAR = "VB0001", 2025


class Place:
    """An edition that a failing example does not print."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        ledger = Ledger(edition, HERE, [BudgetLine(YEAR, TOTAL, None, 0)])
        self.products = ledger.products(ledger.lines[0])

    def laid(self, *lines: BudgetLine, net: tuple[int, ...] = ()) -> Reconciliation:
        return reconciliation(self.edition, HERE, lines, YEAR, net)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder: Path = tmp_path_factory.mktemp("editions")
    return Place(open_edition(build_split_edition(folder, municipality=HERE)))


def per_product(place: Place, amount: int = 10_000_00) -> list[BudgetLine]:
    return [BudgetLine(YEAR, PRODUCT, code, amount) for code in place.products]


amounts = st.integers(0, 10**12)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_parts_of_every_row_and_of_the_sum_add_up_to_the_cent(
    place: Place, data: st.DataObject
) -> None:
    codes = data.draw(st.lists(st.sampled_from(place.products), unique=True))
    lines = [BudgetLine(YEAR, PRODUCT, code, data.draw(amounts)) for code in codes]
    lines += [BudgetLine(YEAR, TAAKVELD, "6.1", data.draw(amounts))]
    lines += [BudgetLine(YEAR, TOTAL, None, data.draw(amounts))] if data.draw(st.booleans()) else []
    net = tuple(data.draw(st.sets(st.integers(0, len(lines) - 1))))
    found = place.laid(*lines, net=net)
    for row in (*found.rows, found.whole):
        assert sum(row.parts.values()) == row.difference
        assert set(row.parts) <= set(PARTS)


def test_a_forecast_line_is_the_account_what_is_to_come_and_growth_by_cause(place: Place) -> None:
    found = place.laid(*per_product(place))
    day = date(YEAR, 1, 1)
    wish = Selection("cost", (HERE,), by=("product",), start=day, end=day)
    growth = causes(place.edition, wish)
    year = running_year(place.edition, wish, found.account_year)
    for row in found.rows:
        (code,) = row.products
        mine = [at for at, name in enumerate(growth["product"]) if name == code]
        by_cause = {growth["cause"][at]: float(growth["mean"][at]) for at in mine}
        for cause in CAUSES:
            assert row.parts.get(cause, 0) == pytest.approx(by_cause[cause] * 100, abs=0.5)
        declared = {
            year["part"][at]: float(year["mean"][at])
            for at, name in enumerate(year["product"])
            if name == code
        }
        assert row.account == pytest.approx(declared["declared"] * 100, abs=0.5)
        assert row.parts.get("completion", 0) == pytest.approx(
            (declared["total"] - declared["declared"]) * 100, abs=0.5
        )
        assert abs(row.parts.get("rest", 0)) <= len(CAUSES)
    assert found.account_year == int(growth["base_year"][0])


def test_what_cannot_be_laid_beside_each_other_has_a_part_by_name(place: Place) -> None:
    first, *others = place.products
    lines = [
        BudgetLine(YEAR, PRODUCT, first, 5_000_00),
        BudgetLine(YEAR, TAAKVELD, "6.1", 700_00),
        BudgetLine(YEAR + 1, PRODUCT, others[0], 1),
    ]
    found = place.laid(*lines, net=(0,))
    rows = {row.line: row for row in found.rows if row.line is not None}
    assert set(rows) == {0, 1}
    assert set(rows[0].parts) == {"net"}
    assert rows[1].parts == {"not_forecast": -700_00}
    assert rows[1].forecast is None
    left = [row.products[0] for row in found.rows if row.line is None]
    assert left == others
    unpaid = sum(row.forecast or 0 for row in found.rows if row.line is None)
    assert found.whole.parts["not_budgeted"] == unpaid


def test_a_line_for_the_whole_municipality_counts_alone_and_holds_what_is_not_forecast(
    place: Place,
) -> None:
    parts = per_product(place)
    carried = BudgetLine(YEAR, TAAKVELD, "6.1", 900_00)
    whole = sum(line.amount for line in parts) + carried.amount
    found = place.laid(*parts, carried, BudgetLine(YEAR, TOTAL, None, whole))
    apart = place.laid(*parts, carried)
    assert found.whole.budget == apart.whole.budget == whole
    assert found.whole.parts == apart.whole.parts
    assert found.whole.parts["not_forecast"] == -900_00


def test_without_a_split_by_cause_growth_is_the_rest(tmp_path: Path) -> None:
    plain = Place(open_edition(build_edition(tmp_path, municipality=HERE)))
    found = plain.laid(*per_product(plain))
    assert set(found.whole.parts) <= {"account", "completion", "rest"}
    assert sum(found.whole.parts.values()) == found.whole.difference


def test_how_far_amounts_are_rounded_is_told(place: Place) -> None:
    code = place.products[0]
    for amount, unit in ((5_000_000_00, 100_000_000), (7_000_00, 100_000), (700, 100), (1, 1)):
        found = place.laid(BudgetLine(YEAR, PRODUCT, code, amount))
        assert found.rounded_to == unit
    assert place.laid(BudgetLine(YEAR, PRODUCT, code, 0)).rounded_to == 1


def test_a_year_that_the_budget_does_not_have_is_refused(place: Place) -> None:
    with pytest.raises(ValueError, match="no line of 2025"):
        place.laid(BudgetLine(2024, PRODUCT, place.products[0], 1))
