"""How the figures of reports are printed: Dutch, rounded once, and adding up where that is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reports.content import DASH, Column, Line, Table, Total, printed, tight

pytestmark = pytest.mark.unit
EUROS = st.integers(-(10**12), 10**12).map(lambda cents: cents / 100)


def number(text: str) -> int:
    return int(text.replace(".", "").replace("\u2212", "-"))


@given(st.lists(EUROS, min_size=1, max_size=8), st.sampled_from([1, 1000]))
def test_shared_rows_are_printed_such_that_they_add_up(parts: list[float], unit: int) -> None:
    cents = [round(100 * part) for part in parts]
    lines = [Line(("deel", part)) for part in parts]
    places = tuple((row, 1) for row in range(len(parts)))
    lines.append(Line(("som", Total(sum(cents) / 100, places)), is_sum=True))
    columns = (Column("Wat"), Column("2025", "money"))
    table = Table("Som", columns, tuple(lines), shared=tuple(range(len(parts))))
    *shown, total = [number(row[1]) for row in printed(table, unit)]
    assert sum(shown) == total
    assert all(
        abs(one * unit * 100 - exact) < unit * 100 for one, exact in zip(shown, cents, strict=True)
    )
    assert abs(total * unit * 100 - sum(cents)) <= unit * 50


@given(EUROS)
def test_an_amount_is_the_same_wherever_it_stands(amount: float) -> None:
    columns = (Column("Wat"), Column("2025", "money"))
    alone = Table("A", columns, (Line(("x", amount)),))
    summed = Table("B", columns, (Line(("y", 3.0)), Line(("x", Total(amount, ((0, 1),))))))
    assert printed(alone, 1000)[0][1] == printed(summed, 1000)[1][1]


def test_each_kind_is_written_the_dutch_way_and_the_unknown_is_a_dash() -> None:
    kinds = ("text", "money", "thousands", "chance", "percent", "count")
    columns = tuple(Column(kind, kind) for kind in kinds)
    cells = ("naam", -1234567.89, -4900, 0.345, 12.34, 31824)
    nothing: tuple[None, ...] = (None,) * len(kinds)
    table = Table(
        "T", columns, (Line(cells), Line(nothing), Line(("x", float("nan"), *[None] * 4)))
    )
    known, unknown, nan = printed(table, 1000)
    assert known == ["naam", "\u22121.235", "\u22124.900", "34\u00a0%", "12,3\u00a0%", "31.824"]
    assert unknown == [DASH] * len(kinds)
    assert nan[1] == DASH


def test_a_difference_is_rounded_by_itself() -> None:
    columns = tuple(Column(name, "money") for name in ("a", "b", "b-a"))
    table = Table("T", columns, (Line((1400.0, 2600.0, Total(1200.0, ((0, 1),), ((0, 0),)))),))
    assert printed(table, 1000) == [["1", "3", "1"]]


def test_an_amount_does_not_part_from_its_sign() -> None:
    assert tight("van € 3 naar € 4") == "van €\u00a03 naar €\u00a04"
