"""Growth lines: thousands that add up, under the task field that holds in the year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.asking import Selection
from models.cause_sums import cause_sums
from models.drivers import CAUSES, causes
from models.edition import Edition, open_edition
from models.errors import SelectionError
from models.growth_lines import GrowthLine, GrowthLines, growth_lines
from models.rounding import nearest, shared_out
from models.taakvelden import UNASSIGNED
from tests.editions import Setting, build_edition
from tests.growing import write_growing

pytestmark = pytest.mark.unit

COST = Selection("cost")
SETTING = Setting(("VB0001",), date(2023, 12, 31), 1, True, draws=20)
PRODUCTS: dict[str, dict[str, str | None]] = {
    "HH": {"taakveld": "6.71a", "category": "01"},
    "BG": {"taakveld": "6.712", "category": "02"},
    "DB": {"taakveld": None, "category": None, "law": None},
    "VB": {"taakveld": None, "category": "44"},
}
Make = Callable[..., Edition]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    def made(
        setting: Setting = SETTING,
        products: dict[str, dict[str, str | None]] | None = None,
        policy: bool = True,
        years: tuple[int, ...] = (2024, 2025, 2026),
    ) -> Edition:
        wished = PRODUCTS if products is None else products
        place = tmp_path_factory.mktemp("editions")
        return open_edition(write_growing(place, setting, wished, policy, years))

    return made


@pytest.fixture(scope="module")
def edition(make: Make) -> Edition:
    return make()


@pytest.fixture(scope="module")
def found(edition: Edition) -> GrowthLines:
    return growth_lines(edition, COST)


def of_kind(found: GrowthLines, kind: str) -> list[GrowthLine]:
    return [line for line in found.lines if line.kind == kind]


def added(lines: list[GrowthLine]) -> tuple[int, ...]:
    return tuple(sum(line.thousands[at] for line in lines) for at in range(3))


# --- thousands ----------------------------------------------------------------------------------


def test_causes_add_up_to_their_task_field_and_these_to_domain_and_total(
    found: GrowthLines,
) -> None:
    for total in of_kind(found, "task_field"):
        assert added([x for x in of_kind(found, "line") if x.field == total.field]) == (
            total.thousands
        )
    for total in of_kind(found, "domain"):
        assert added([x for x in of_kind(found, "task_field") if x.domain == total.domain]) == (
            total.thousands
        )
    (grand,) = of_kind(found, "total")
    assert added(of_kind(found, "domain")) == grand.thousands


def test_the_lines_of_a_cause_add_up_to_its_total_and_the_causes_to_the_grand_total(
    found: GrowthLines,
) -> None:
    for total in of_kind(found, "cause"):
        assert added([x for x in of_kind(found, "line") if x.cause == total.cause]) == (
            total.thousands
        )
    (grand,) = of_kind(found, "total")
    assert added(of_kind(found, "cause")) == grand.thousands


def test_every_amount_is_within_a_thousand_of_what_is_exact(found: GrowthLines) -> None:
    for line in found.lines:
        if line.kind != "cause":  # the sum of its lines, each of which is
            off = np.abs(np.array(line.thousands) - np.array(line.mean) / 1000)
            assert np.all(off < 1)
    (grand,) = of_kind(found, "total")
    assert grand.thousands == tuple(round(mean / 1000) for mean in grand.mean)


def test_every_cell_is_a_number(found: GrowthLines) -> None:
    for line in found.lines:
        assert len(line.thousands) == len(line.mean) == len(line.p10) == len(line.p90) == 3
        assert all(type(amount) is int for amount in line.thousands)
        assert np.all(np.isfinite([line.mean, line.p10, line.p90]))
        assert np.all(np.array(line.p10) <= np.array(line.p90))


def test_more_cost_is_negative_and_the_total_is_that_of_the_causes(
    edition: Edition, found: GrowthLines
) -> None:
    asked = causes(edition, Selection("cost", by=()))
    (grand,) = of_kind(found, "total")
    for at, year in enumerate(found.years):
        of_year = asked["year"] == year
        figures = dict(zip(asked["cause"][of_year], asked["mean"][of_year], strict=True))
        assert grand.mean[at] == pytest.approx(figures["base"] - figures["total"], abs=0.01)
        for line in of_kind(found, "cause"):
            assert line.mean[at] == pytest.approx(-figures[line.cause], abs=0.01)
        assert found.base == pytest.approx(figures["base"], abs=0.01)


def test_growth_of_both_signs_is_in_the_lines(found: GrowthLines) -> None:
    amounts = [amount for line in of_kind(found, "line") for amount in line.thousands]
    assert min(amounts) < 0 < max(amounts)


def test_bands_of_a_line_are_those_of_the_joint_paths(edition: Edition, found: GrowthLines) -> None:
    asked = causes(edition, Selection("cost", products=("HH",), by=()))
    mine = next(x for x in found.lines if x.field and x.field.code == "6.71a" and x.cause == "use")
    rows = (asked["cause"] == "use") & (asked["year"] == 2025)
    assert mine.p10[1] == pytest.approx(-asked["p90"][rows][0], abs=0.01)
    assert mine.p90[1] == pytest.approx(-asked["p10"][rows][0], abs=0.01)


def test_sums_over_products_are_made_draw_by_draw(edition: Edition) -> None:
    codes = [row["product"] for row in edition.products]
    one = cause_sums(edition, COST, dict.fromkeys(codes, "alles"))
    apart = cause_sums(edition, COST, {code: code for code in codes})
    assert np.array_equal(one.growth[0], apart.growth.sum(axis=0))
    assert one.products == (apart.groups,)
    assert one.growth.shape == (1, 3, len(CAUSES), 20)


# --- task fields --------------------------------------------------------------------------------


def test_a_line_stands_under_the_field_of_the_first_year_and_tells_the_later_ones(
    found: GrowthLines,
) -> None:
    fields = [line.field for line in of_kind(found, "task_field")]
    told = [(x.domain, x.code, x.codes, x.certain) for x in fields if x]
    later, none = ("6.711",), (UNASSIGNED,)
    assert told == [
        ("Wmo", "6.71a", (("6.71a",), later, later), True),
        ("Wmo", "6.71b", (("6.71b",), ("6.712",), ("6.712",)), True),
        ("Jeugd", "6.73", (("6.73",), ("6.76",), ("6.76",)), False),
        ("Wet onbekend", None, (none, none, none), False),
    ]


def test_products_that_part_ways_later_stay_on_one_line_that_names_both(make: Make) -> None:
    both: dict[str, dict[str, str | None]] = {
        "HH": {"taakveld": "6.71d", "category": "06"},
        "BG": {"taakveld": "6.71d", "category": "02"},
    }
    lines = growth_lines(make(products=both), Selection("cost", products=("BG", "HH"))).lines
    (field,) = {line.field for line in lines if line.kind == "task_field"}
    assert field is not None
    assert field.codes == (("6.71d",), ("6.712", "6.714"), ("6.712", "6.714"))


def test_a_product_that_is_not_placed_says_why(found: GrowthLines) -> None:
    field = of_kind(found, "task_field")[-1].field
    assert field is not None
    assert field.name == UNASSIGNED
    assert field.reasons == ("een taakveld is niet aangeleverd; een categorie is niet aangeleverd",)


def test_a_line_reads_as_in_a_budget(make: Make) -> None:
    later = Setting(("VB0001",), date(2024, 12, 31), 1, True, draws=20)
    lines = growth_lines(make(later), COST).lines
    assert lines[0].text() == "Wmo 6.711 Hulp bij het huishouden: bevolking"
    assert lines[-1].text() == "Totaal: totaal"


# --- what is in ---------------------------------------------------------------------------------


def test_policy_has_a_line_only_where_events_were_delivered(make: Make, found: GrowthLines) -> None:
    assert "policy" in {line.cause for line in found.lines}
    without = growth_lines(make(policy=False), COST)
    assert {line.cause for line in without.lines} == {*CAUSES, "total"} - {"policy"}


def test_products_without_growth_are_named(found: GrowthLines) -> None:
    (held,) = found.left_out
    assert (held.product, held.series, held.of) == ("BG", 1, 4)
    assert held.reasons == ("te weinig waarnemingen",)


def test_the_reason_of_a_product_is_given_as_it_was_delivered(make: Make) -> None:
    edition = make()
    row = next(row for row in edition.products if row["product"] == "BG")
    row["reason"] = "volgt uit beleid"
    assert growth_lines(edition, COST).left_out[0].reasons == ("volgt uit beleid",)


def test_filters_hold_for_lines_and_for_what_is_left_out(edition: Edition) -> None:
    lines = growth_lines(edition, Selection("cost", products=("VB",)))
    assert {line.domain for line in lines.lines} == {"Jeugd", ""}
    assert lines.left_out == ()


def test_districts_add_up_to_the_municipality(edition: Edition, found: GrowthLines) -> None:
    parts = [
        growth_lines(edition, Selection("cost", districts=(code,))).lines[-1].mean
        for code in edition.dimensions["district"].labels
    ]
    assert np.sum(parts, axis=0) == pytest.approx(np.array(found.lines[-1].mean), abs=0.01)


def test_budget_years_begin_after_the_as_of_year(make: Make) -> None:
    later = Setting(("VB0001",), date(2024, 6, 30), 1, True, draws=20)
    lines = growth_lines(make(later), COST)
    assert (lines.base_year, lines.years, lines.asked) == (2023, (2025, 2026), 4)


def test_no_more_years_than_asked(edition: Edition) -> None:
    assert growth_lines(edition, COST, years=1).years == (2024,)


@pytest.mark.parametrize("years", [0, -1])
def test_no_year_is_refused(edition: Edition, years: int) -> None:
    with pytest.raises(SelectionError, match="no budget year after 2023"):
        growth_lines(edition, COST, years)


def test_an_edition_that_ends_with_the_as_of_year_is_refused(make: Make) -> None:
    with pytest.raises(SelectionError, match="the edition splits no year"):
        growth_lines(make(years=()), COST)


def test_an_edition_without_growth_is_refused(tmp_path: Path) -> None:
    opened = open_edition(build_edition(tmp_path, draws=20))
    with pytest.raises(SelectionError, match="the edition splits no year"):
        growth_lines(opened, COST)


def test_another_measure_than_cost_is_refused(edition: Edition) -> None:
    with pytest.raises(SelectionError, match="is no amount of money"):
        growth_lines(edition, Selection("clients"))


def test_a_selection_without_any_forecast_is_refused(edition: Edition) -> None:
    asked = Selection("cost", products=("BG",), districts=("VB0001D03",))
    with pytest.raises(SelectionError, match="nothing that is selected has a forecast"):
        growth_lines(edition, asked)


# --- rounding -----------------------------------------------------------------------------------

cells = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=12)
units = st.integers(1, 10**8)


@given(cells, units)
def test_parts_are_rounded_down_or_up_and_add_up(parts: list[int], unit: int) -> None:
    whole = nearest(sum(parts), unit)
    found = shared_out(whole, parts, unit)
    assert sum(found) == whole
    assert all(abs(one * unit - part) < unit for one, part in zip(found, parts, strict=True))


@given(cells, units)
def test_the_largest_remainders_go_up(parts: list[int], unit: int) -> None:
    found = shared_out(nearest(sum(parts), unit), parts, unit)
    up = [part % unit for part, one in zip(parts, found, strict=True) if one * unit > part]
    down = [part % unit for part, one in zip(parts, found, strict=True) if one * unit <= part]
    assert not up or not down or min(up) >= max(down)


@given(cells, units)
def test_a_part_that_is_whole_already_stays(parts: list[int], unit: int) -> None:
    scaled = [part * unit for part in parts]
    assert shared_out(sum(parts), scaled, unit) == parts


def test_of_equal_remainders_the_first_goes_up() -> None:
    assert shared_out(1, [5, 5], 10) == [1, 0]
    assert shared_out(-1, [-5, -5], 10) == [0, -1]


@pytest.mark.parametrize(("value", "expected"), [(15, 2), (-15, -2), (14, 1), (-14, -1), (0, 0)])
def test_halves_are_rounded_away_from_zero(value: int, expected: int) -> None:
    assert nearest(value, 10) == expected


def test_a_whole_that_is_not_the_sum_is_refused() -> None:
    with pytest.raises(ValueError, match="are not the sum"):
        shared_out(3, [5, 5], 10)
