"""No hidden cell can be found: an attacker runs linear programming on all that a reader sees."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.disclosure import Mask, ProtectedCube, protect, publish, weak_spots
from models.edition import Edition
from models.errors import EditionError
from tests.models.disclosed import (
    HALF,
    Attacker,
    Cell,
    Node,
    edition_of,
    required,
    running,
    seen,
    truth,
)

pytestmark = pytest.mark.unit

EPSILON = 1e-4
LAWS = {"a": "L1", "b": "L1", "c": "L1", "d": "L2", "e": "L2"}
WMO = {"a": "L1", "b": "L1", "c": "L1"}

Values = dict[Cell, list[float | None]]


def broken(cube: ProtectedCube, *earlier: ProtectedCube, exact: bool = True) -> list[str]:
    """Return what an attacker finds too well; exactly known figures are his best case."""
    true, mine = truth(cube.edition), seen(cube, exact=exact)
    known = [seen(other, exact=exact) for other in earlier]
    half = EPSILON if exact else HALF["clients"] + EPSILON
    faults = []
    for year in sorted({year for _, year in mine.hidden}):
        attacker = Attacker(year, cube.edition, *(other.edition for other in earlier))
        attacker.learn(mine, half, among=counted(cube.edition, year))
        for other, found in zip(earlier, known, strict=True):
            attacker.learn(found, half, among=counted(other.edition, year))
        public = {node for found in known for node, at in found.figures if at == year}
        for node, at in mine.hidden - withheld(cube):
            if at != year or given_up(node, true[node, year][0], public):
                continue
            low, high = attacker.interval(node, counted(cube.edition, year))
            least, most = required(*true[node, year])
            if low > least + 3 * EPSILON or high < most - 3 * EPSILON:
                faults.append(f"{node} {year}: {low:g} to {high:g}, {true[node, year]}")
    return faults


def withheld(cube: ProtectedCube) -> set[tuple[Node, int]]:
    """Sums held back for what they would tell of others: they are no secret themselves."""
    return {(node[1:], year) for node, year in cube.mask.withheld}


def given_up(node: Node, value: float, public: set[Node]) -> bool:
    """Tell what earlier editions may give away of a hidden node.

    What readers had already cannot be taken back, and a sum that was hidden only now, and is not
    small, may follow from what they had.
    """
    return bool(public) and (node in public or (sum_of(node) and value >= 10))


def sum_of(node: Node) -> bool:
    return node[0] != "product" or node[2] == "all"


def counted(edition: Edition, year: int) -> set[Cell]:
    return {cell[:2] for cell in running(edition, year)}


def small_in_sight(cube: ProtectedCube) -> list[float]:
    return [value for value in seen(cube).figures.values() if value < 10]


# --- layouts made to be difficult ---------------------------------------------------------------

DIAGONAL: Values = {
    (p, d): [3.0 if i == j else 40.0 + 10 * i + j]
    for i, p in enumerate("abc")
    for j, d in enumerate(("D1", "D2", "D3"))
}
ALONE_IN_LAW: Values = {(p, d): [60.0] for p in "ab" for d in ("D1", "D2", "D3")} | {
    ("d", "D1"): [4.0],
    ("d", "D2"): [50.0],
    ("d", "D3"): [70.0],
}
ONE_PRODUCT_HERE: Values = {(p, d): [60.0] for p in "abc" for d in ("D1", "D2")} | {
    ("a", "D3"): [2.0]
}
UNKNOWN_DISTRICT: Values = {(p, d): [90.0] for p in "abc" for d in ("D1", "D2")} | {
    ("a", "VB0001"): [1.0],
    ("b", "VB0001"): [30.0],
}
ALL_ZERO_BUT_ONE: Values = {(p, d): [0.0] for p in "abc" for d in ("D1", "D2")} | {
    ("a", "D1"): [500.0]
}
EMPTY: Values = {(p, d): [0.0, 0.0] for p in "ab" for d in ("D1", "D2")}
ONE_CELL: Values = {("a", "D1"): [7.0, 12.0]}
ALL_SMALL: Values = {(p, d): [2.0, 5.0] for p in "abde" for d in ("D1", "D2", "D3")}
LATE: Values = {(p, d): [80.0, 80.0, 90.0] for p in "abd" for d in ("D1", "D2", "D3")} | {
    ("c", "D1"): [None, 3.0, 90.0],
    ("c", "D2"): [None, None, 60.0],
    ("e", "D3"): [None, 60.0, 9.0],
}
SMALL_PRODUCT: Values = {(p, d): [70.0] for p in "abd" for d in ("D1", "D2", "D3")} | {
    ("c", "D1"): [2.0],
    ("c", "D2"): [3.0],
}


@pytest.mark.parametrize(
    "values",
    [
        DIAGONAL,
        ALONE_IN_LAW,
        ONE_PRODUCT_HERE,
        UNKNOWN_DISTRICT,
        ALL_ZERO_BUT_ONE,
        EMPTY,
        ONE_CELL,
        ALL_SMALL,
        LATE,
        SMALL_PRODUCT,
    ],
)
def test_difficult_tables_are_protected(values: Values) -> None:
    cube = protect(edition_of(values, LAWS), None)
    assert broken(cube) == []
    assert broken(cube, exact=False) == []
    assert small_in_sight(cube) == []
    assert weak_spots(cube.edition, cube.mask) == []


def test_hiding_the_small_cell_only_would_be_found() -> None:
    edition = edition_of(DIAGONAL, LAWS)
    leaves = protect(edition, None).mask.leaves
    small = sorted(("VB0001", "product", p, d) for (p, d), v in DIAGONAL.items() if v[0] == 3.0)
    careless = Mask(frozenset(small), frozenset(), leaves)
    assert [name for _, name, _ in weak_spots(edition, careless)] == ["a x D1", "b x D2", "c x D3"]
    assert len(broken(publish(edition, careless))) == 3


def test_a_mask_that_leaves_a_small_cell_in_sight_is_refused() -> None:
    edition = edition_of(DIAGONAL, LAWS)
    mask = protect(edition, None).mask
    with pytest.raises(EditionError, match="in sight"):
        publish(edition, Mask(frozenset(), frozenset(), mask.leaves))


def test_the_attacker_of_these_tests_finds_what_is_not_protected() -> None:
    edition = edition_of(ONE_PRODUCT_HERE, LAWS)
    attacker = Attacker(2020, edition)
    found = seen(protect(edition, None), exact=True)
    for node, year in found.hidden:
        if node != ("product", "a", "D3"):
            found.figures[node, year] = truth(edition)[node, year][0]
    attacker.learn(found, EPSILON)
    assert attacker.interval(("product", "a", "D3")) == pytest.approx((2, 2), abs=0.01)


def test_a_table_without_small_cells_is_given_whole() -> None:
    cells: Values = {(p, d): [60.0, 10.0] for p in "abd" for d in ("D1", "D2", "VB0001")}
    cube = protect(edition_of(cells, LAWS), None)
    assert cube.mask.hidden == frozenset()
    assert seen(cube).hidden == set()


def test_a_cell_that_is_small_in_one_year_is_hidden_in_all() -> None:
    cube = protect(edition_of(LATE, LAWS), None)
    found = seen(cube)
    hidden = {year for node, year in found.hidden if node == ("product", "e", "D3")}
    assert hidden == {2021, 2022}


# --- random tables ------------------------------------------------------------------------------

COUNTS = st.one_of(st.integers(0, 9), st.integers(10, 30), st.integers(10, 300), st.floats(0, 40))


@st.composite
def tables(draw: st.DrawFn, years: int = 2) -> Values:
    products = draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5, unique=True))
    districts = draw(
        st.lists(st.sampled_from(["D1", "D2", "D3", "VB0001"]), min_size=1, unique=True)
    )
    cells: Values = {}
    for product in sorted(products):
        for district in sorted(districts):
            if draw(st.integers(0, 9)) == 0:
                continue
            absent = draw(st.sampled_from([0] * 6 + list(range(years))))
            counts = [round(float(draw(COUNTS)), 2) for _ in range(years - absent)]
            cells[product, district] = [None] * absent + counts
    if not cells:
        cells[products[0], districts[0]] = [20.0] * years
    return cells


@settings(max_examples=25)
@given(tables())
def test_random_tables_are_protected(values: Values) -> None:
    cube = protect(edition_of(values, LAWS), None)
    assert broken(cube) == []
    assert small_in_sight(cube) == []


@settings(max_examples=12)
@given(tables(), tables(), st.lists(COUNTS, min_size=20, max_size=20))
def test_two_editions_together_give_nothing_away(
    first: Values, other: Values, more: list[float]
) -> None:
    """The second has a year more, and products and districts that the first did not count."""
    second = {cell: [*values, float(more[at])] for at, (cell, values) in enumerate(first.items())}
    for at, (cell, values) in enumerate(other.items()):
        second.setdefault(cell, [*values, float(more[-1 - at % 20])])
    one = protect(edition_of(first, LAWS), None)
    two = protect(edition_of(second, LAWS), one.mask)
    assert one.mask.hidden <= two.mask.hidden
    assert broken(two, one) == []
    assert broken(two) == []


@settings(max_examples=12)
@given(tables(years=1), st.sets(st.integers(0, 19)))
def test_what_an_edition_no_longer_counts_is_not_found_either(
    values: Values, dropped: set[int]
) -> None:
    rest = {cell: v for at, (cell, v) in enumerate(values.items()) if at not in dropped} or values
    one = protect(edition_of(values, LAWS), None)
    two = protect(edition_of(rest, LAWS), one.mask)
    three = protect(edition_of(values, LAWS), two.mask)
    assert one.mask.hidden <= two.mask.hidden <= three.mask.hidden
    assert broken(two) + broken(two, one) == []
    assert broken(three, one, two) == []


# --- from edition to edition --------------------------------------------------------------------


def test_a_hidden_cell_stays_hidden_when_it_grows() -> None:
    small = protect(edition_of(DIAGONAL, LAWS), None)
    grown = edition_of({cell: [90.0] for cell in DIAGONAL}, LAWS)
    assert protect(grown, None).mask.hidden == frozenset()
    assert protect(grown, small.mask).mask.hidden == small.mask.hidden


def test_a_cell_hidden_before_finds_new_company_when_its_old_one_goes() -> None:
    before: Values = {(p, d): [70.0] for p in "ab" for d in ("D1", "D2")} | {("a", "D1"): [4.0]}
    after: Values = {(p, d): [None, 70.0] for p in "ac" for d in ("D1", "D2")}
    one = protect(edition_of(before, LAWS), None)
    two = protect(edition_of(after, LAWS), one.mask)
    assert ("VB0001", "product", "a", "D1") in two.mask.hidden
    assert ("VB0001", "product", "c", "D1") in two.mask.hidden
    assert broken(two) == []


def test_the_sums_of_a_product_added_with_hindsight_are_withheld_in_the_years_before() -> None:
    before: Values = {(p, d): [70.0, 70.0] for p in "ab" for d in ("D1", "D2", "D3")}
    after: Values = {cell: [*values, 70.0] for cell, values in before.items()}
    after |= {("c", d): [20.0, 20.0, 20.0] for d in ("D1", "D2")} | {("c", "D3"): [4.0] * 3}
    one = protect(edition_of(before, LAWS), None)
    two = protect(edition_of(after, LAWS), one.mask)
    held = {year for node, year in seen(two).hidden if node == ("all", "all", "D3")}
    assert held == {2020, 2021}
    assert broken(two, one) == []
    three = protect(edition_of(after, LAWS), two.mask)
    assert three.mask.withheld == two.mask.withheld


def test_a_mask_outlives_its_table() -> None:
    cube = protect(edition_of(LATE, LAWS), None)
    table = cube.mask_table()
    again = Mask.from_table(table)
    assert again == cube.mask
    assert again.table().equals(table)
    assert seen(publish(cube.edition, again)).figures == seen(cube).figures


def test_a_table_that_is_no_mask_is_refused() -> None:
    table = protect(edition_of(LATE, LAWS), None).mask_table()
    with pytest.raises(EditionError, match="no mask"):
        Mask.from_table(table.drop_columns(["law"]))
    with pytest.raises(EditionError, match="no entry"):
        column = table.column("entry").to_pylist()
        spoilt = ["shown", *column[1:]]
        Mask.from_table(table.set_column(0, "entry", [spoilt]))


def test_the_mask_of_other_cells_is_refused() -> None:
    mask = protect(edition_of(LATE, LAWS), None).mask
    with pytest.raises(EditionError, match="not that of"):
        publish(edition_of(DIAGONAL, LAWS), mask)


def test_the_same_edition_gives_the_same_mask() -> None:
    masks = [protect(edition_of(LATE, LAWS), None).mask_table() for _ in range(2)]
    assert masks[0].equals(masks[1])


# --- cost ---------------------------------------------------------------------------------------


def test_cost_beside_clients_at_known_prices_gives_nothing_away() -> None:
    price = {"a": 1000.0, "b": 2500.0, "c": 7000.0}
    cells: Values = {
        (p, d): [3.0 + i if i == j else 40.0 + 10 * i + j]
        for i, p in enumerate("abc")
        for j, d in enumerate(("D1", "D2", "D3", "D4"))
    }
    cube = protect(edition_of(cells, WMO, price=price), None)
    true, mine = truth(cube.edition), seen(cube, exact=True)
    attacker = Attacker(2020, cube.edition)
    attacker.learn(mine, EPSILON)
    attacker.learn(seen(cube, "cost", exact=True), EPSILON, price=price)
    for node, year in mine.hidden:
        low, high = attacker.interval(node)
        least, most = required(*true[node, year])
        assert low <= least + 0.01
        assert high >= most - 0.01


def test_cost_is_hidden_with_its_clients() -> None:
    edition = edition_of(LATE, LAWS, price=dict.fromkeys("abcde", 1000.0))
    cube = protect(edition, None)
    assert seen(cube).hidden <= seen(cube, "cost").hidden


# --- figures ------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(tables())
def test_published_counts_are_rounded_and_never_small(values: Values) -> None:
    cube = protect(edition_of(values, LAWS), None)
    true = truth(cube.edition)
    for key, value in seen(cube).figures.items():
        assert value % 5 == 0
        assert value >= 10
        assert abs(value - true[key][0]) <= 2.5


@settings(max_examples=25)
@given(tables())
def test_sums_contradict_their_parts_by_no_more_than_rounding(values: Values) -> None:
    found = seen(protect(edition_of(values, LAWS), None))
    for (node, year), total in found.figures.items():
        level, name, district = node
        if district != "all" or level != "product":
            continue
        parts = [cell for cell in values if cell[0] == name]
        keys = [(("product", *cell), year) for cell in parts]
        there = [found.figures[key] for key in keys if key in found.figures]
        if any(key in found.hidden for key in keys):
            continue
        assert abs(total - sum(there)) <= 2.5 * (len(there) + 1)


def test_halves_are_rounded_up_and_order_is_kept() -> None:
    counts = [10.0, 12.5, 17.49, 17.5, 22.5]
    cells: Values = {("a", f"D{at}"): [count] for at, count in enumerate(counts)}
    found = seen(protect(edition_of(cells, LAWS), None)).figures
    values = [found[("product", "a", f"D{at}"), 2020] for at in range(len(counts))]
    assert values == [10, 15, 15, 20, 25]
    assert all(a <= b for a, b in pairwise(values))
    assert np.isfinite(values).all()
