"""The running year: parts that add up per path, to the cent, for every selection."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from models.asking import DIMENSIONS, Selection
from models.drivers import Columns
from models.edition import Edition, open_edition
from models.errors import SelectionError
from models.running_year import COLUMNS, PARTS, open_amounts, running_year
from models.selection import answer
from tests.split_editions import build_split_edition

pytestmark = pytest.mark.unit
FIGURES = ("p10", "p50", "p90", "mean")
TOGETHER = [by for n in range(3) for by in combinations(("municipality", "product"), n)]
EVERY = [by for n in range(4) for by in combinations(DIMENSIONS, n)]


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Two municipalities as of the end of a year, with months still being declared."""
    folder = tmp_path_factory.mktemp("running") / "editions"
    return open_edition(build_split_edition(folder, municipality=("AA0001", "BB0002"), draws=30))


@pytest.fixture(scope="module")
def undeclared(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """The same figures, without declarations."""
    folder = tmp_path_factory.mktemp("undeclared") / "editions"
    codes = ("AA0001", "BB0002")
    return open_edition(
        build_split_edition(folder, municipality=codes, draws=30, declarations=False)
    )


def ask(edition: Edition, year: int | None = None, **wish: tuple[str, ...]) -> Columns:
    return running_year(edition, Selection("cost", **wish), year)  # type: ignore[arg-type]


def part(columns: Columns, name: str, figure: str = "mean") -> list[float]:
    return list(columns[figure][columns["part"] == name].tolist())


def cents(values: list[float]) -> list[int]:
    """Return whole cents; a mean that is none fails."""
    found = [round(value * 100) for value in values]
    assert np.allclose(np.array(found) / 100, values, rtol=0, atol=1e-6)
    return found


@pytest.mark.parametrize("by", TOGETHER, ids=str)
@pytest.mark.parametrize("year", [2022, 2023, 2024])
def test_parts_add_up_to_the_total_and_groups_to_the_whole_to_the_cent(
    edition: Edition, by: tuple[str, ...], year: int
) -> None:
    found = ask(edition, year, by=by, products=("DB", "HH", "VB"))
    whole = ask(edition, year, by=(), products=("DB", "HH", "VB"))
    for name in PARTS:
        assert sum(cents(part(found, name))) == sum(cents(part(whole, name)))
    parts = np.array([cents(part(found, name)) for name in PARTS[:-1]])
    assert parts.sum(axis=0).tolist() == cents(part(found, "total"))


@pytest.mark.parametrize("by", TOGETHER, ids=str)
@pytest.mark.parametrize("year", [2023, 2025])
def test_the_total_is_the_year_that_forecasts_give_bands_included(
    edition: Edition, by: tuple[str, ...], year: int
) -> None:
    found = ask(edition, year, by=by, products=("DB", "HH", "VB"))
    first = date(year, 1, 1)
    wish = Selection(
        "cost", products=("DB", "HH", "VB"), by=by, frequency="year", start=first, end=first
    )
    expected = answer(edition, wish)
    for figure in FIGURES:
        assert part(found, "total", figure) == pytest.approx(expected[figure].tolist(), abs=1e-5)


def test_every_row_has_the_columns_and_ordered_bands(edition: Edition) -> None:
    found = ask(edition, by=("product",), products=("DB", "HH", "VB"))
    assert tuple(found) == COLUMNS
    assert set(found["year"].tolist()) == {2023}  # where the data ends
    assert found["part"].tolist() == list(PARTS) * 3
    assert set(found["price_base"].tolist()) == {"nominal"}
    assert np.all(found["p10"] <= found["p50"])
    assert np.all(found["p50"] <= found["p90"])


def test_declared_is_actuals_and_what_was_declared_of_open_months(
    edition: Edition, undeclared: Edition
) -> None:
    wish = {"by": (), "products": ("HH",), "municipalities": ("AA0001",)}
    with_them, without = ask(edition, **wish), ask(undeclared, **wish)
    amounts = [v for k, v in open_amounts(edition).items() if k[:2] == ("AA0001", "HH")]
    assert len(amounts) == 2
    (more,), (less,) = cents(part(with_them, "declared")), cents(part(without, "declared"))
    assert more - less == sum(amounts) > 0
    assert part(with_them, "total") == part(without, "total")
    assert part(with_them, "declared", "p10") == part(with_them, "declared", "p90")
    width = [part(x, "still_to_come", "p90")[0] - part(x, "still_to_come", "p10")[0]
             for x in (with_them, without)]  # fmt: skip
    assert width[0] == pytest.approx(width[1])  # what was declared does not vary


def test_months_say_what_each_part_covers(edition: Edition, undeclared: Edition) -> None:
    wish = {"by": (), "products": ("HH",)}
    assert ask(edition, **wish)["months"].tolist() == [12, 2, 0, 12]  # two of them still open
    assert ask(undeclared, **wish)["months"].tolist() == [10, 2, 0, 12]
    assert ask(edition, 2022, **wish)["months"].tolist() == [12, 0, 0, 12]
    assert ask(edition, 2025, **wish)["months"].tolist() == [0, 0, 12, 12]


def test_more_declared_than_expected_leaves_something_to_be_credited(edition: Edition) -> None:
    found = ask(edition, by=(), products=("VB",))
    assert part(found, "still_to_come")[0] < 0
    assert part(found, "declared")[0] + part(found, "still_to_come")[0] == pytest.approx(
        part(found, "total")[0]
    )


@pytest.mark.parametrize(
    ("wish", "parameters"),
    [
        ({"by": ("municipality", "district")}, ["by"]),
        ({"by": (), "districts": ("AA0001D01",)}, ["district"]),
        (
            {"by": ("district",), "districts": ("AA0001D01", "AA0001")},
            ["by", "district", "district"],
        ),
    ],
)
def test_districts_of_open_months_are_refused_with_every_fault(
    edition: Edition, wish: dict[str, tuple[str, ...]], parameters: list[str]
) -> None:
    with pytest.raises(SelectionError, match="per municipality only") as caught:
        ask(edition, **wish)
    assert [fault.parameter for fault in caught.value.faults] == parameters


@pytest.mark.parametrize("by", EVERY, ids=str)
def test_without_open_months_every_grouping_adds_up(edition: Edition, by: tuple[str, ...]) -> None:
    whole, found = ask(edition, 2025, by=()), ask(edition, 2025, by=by)
    assert sum(cents(part(found, "total"))) == cents(part(whole, "total"))[0]


def test_without_declarations_districts_are_given(undeclared: Edition) -> None:
    found = ask(undeclared, by=("municipality", "district"), products=("HH",))
    whole = ask(undeclared, by=(), products=("HH",))
    for name in PARTS:
        assert sum(cents(part(found, name))) == cents(part(whole, name))[0]


def test_an_unknown_actual_withholds_its_group_and_no_other(edition: Edition) -> None:
    found = ask(edition, 2021, by=("municipality", "product"))  # May 2021 of BG is not known
    assert set(found["product"].tolist()) == {"DB", "HH", "VB"}
    assert len(ask(edition, 2021, by=())["part"]) == 0


def test_another_measure_and_an_empty_year(edition: Edition) -> None:
    with pytest.raises(SelectionError, match="is not money"):
        running_year(edition, Selection("clients"))
    assert tuple(ask(edition, 1990)) == COLUMNS
    assert len(ask(edition, 1990)["mean"]) == 0


def test_a_held_product_counts_in_its_known_months_only(tmp_path: Path) -> None:
    folder = build_split_edition(tmp_path / "editions", draws=5, held=("cost",))
    found = running_year(open_edition(folder), Selection("cost", by=(), products=("HH",)))
    assert found["months"].tolist() == [10, 0, 0, 10]
    assert part(found, "still_to_come") == [0.0]


def test_what_was_declared_of_a_held_product_is_in_the_year_and_nothing_is_to_come(
    tmp_path: Path,
) -> None:
    options = {"draws": 5, "held": ("cost",)}
    folder = build_split_edition(tmp_path / "editions", invoiced=("HH", 11, 4321), **options)
    wish = Selection("cost", by=(), products=("HH",))
    found = running_year(open_edition(folder), wish)
    without = running_year(open_edition(build_split_edition(tmp_path / "more", **options)), wish)
    assert found["months"].tolist() == [11, 0, 0, 11]
    more = np.array(part(found, "declared")) - part(without, "declared")
    assert more.tolist() == pytest.approx([43.21])
    assert part(found, "declared") == part(found, "total")
