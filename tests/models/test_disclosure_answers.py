"""What a reader of protected figures may ask, and what he gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from models.disclosure import ProtectedCube, protect, publish
from models.edition import Edition, open_edition
from models.errors import SelectionError
from models.selection import COLUMNS, Selection, answer
from tests.editions import build_edition
from tests.models.disclosed import HALF, Attacker, required, seen, truth

pytestmark = pytest.mark.unit

MANY = {"districts": 26, "draws": 20, "level": 12.0}


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Months and quarters, a late start, a gap, a held series, cost known for the whole only."""
    return open_edition(build_edition(tmp_path_factory.mktemp("odd"), districts=6, level=25.0))


@pytest.fixture(scope="module")
def cube(edition: Edition) -> ProtectedCube:
    return protect(edition, None)


def test_rows_are_those_of_the_exact_answer_with_hidden_ones_empty(cube: ProtectedCube) -> None:
    for by in ((), ("product",), ("district",), ("municipality", "product", "district")):
        for measure in ("clients", "cost"):
            question = Selection(measure, by=by, frequency="year")
            mine, exact = cube.answer(question), answer(cube.edition, question)
            assert tuple(mine) == (*COLUMNS, "hidden")
            for name in COLUMNS[:7]:
                assert mine[name].tolist() == exact[name].tolist()
            shown = ~mine["hidden"]
            assert np.isnan(mine["mean"][~shown]).all()
            gap = np.abs(mine["mean"] - exact["mean"])[shown]
            assert (gap <= HALF[measure]).all()


def test_something_is_hidden_and_something_is_shown(cube: ProtectedCube) -> None:
    hidden = cube.answer(Selection("clients"))["hidden"]
    assert 0 < hidden.sum() < len(hidden)


def test_no_figure_of_clients_lies_below_the_threshold(cube: ProtectedCube) -> None:
    for by in ((), ("product",), ("district",), ("product", "district")):
        rows = cube.answer(Selection("clients", by=by))
        for name in ("p10", "p50", "p90", "mean"):
            known = rows[name][~np.isnan(rows[name])]
            assert (known >= 10).all()
            assert (known % 5 == 0).all()


def test_all_figures_of_a_hidden_row_are_hidden(cube: ProtectedCube) -> None:
    for measure in ("clients", "volume", "cost"):
        rows = cube.answer(Selection(measure))
        for name in ("p10", "p50", "p90", "mean"):
            assert np.isnan(rows[name][rows["hidden"]]).all()


def test_cost_known_for_the_municipality_only_is_given_for_it_only(cube: ProtectedCube) -> None:
    apart = cube.answer(Selection("cost", products=("VB",)))
    whole = cube.answer(Selection("cost", products=("VB",), by=("product",)))
    assert apart["hidden"].all()
    assert not whole["hidden"].any()


def test_cost_of_a_hidden_cell_is_not_found_by_subtraction(cube: ProtectedCube) -> None:
    """Over districts, products and laws, in years that are not whole as well."""
    edition, cost = cube.edition, seen(cube, "cost", exact=True)
    secret = {node[1:] for node in cube.mask.hidden if node[1] == "product" and node[3] != "all"}
    found = 0
    for year in range(2021, 2027):
        attacker = Attacker(year, edition, measure="cost")
        attacker.learn(cost, 0.01)
        for node in sorted(secret):
            if attacker.of(node).any():
                low, high = attacker.interval(node)
                assert high - low > HALF["cost"]
                found += 1
    assert found > 10


def test_periods_are_bounded_as_in_the_exact_answer(cube: ProtectedCube) -> None:
    question = Selection("cost", by=(), frequency="year", start=date(2022, 2, 1))
    question = replace(question, end=date(2024, 6, 1))
    assert cube.answer(question)["period"].tolist() == [date(2023, 1, 1), date(2024, 1, 1)]
    assert answer(cube.edition, question)["period"].tolist() == [date(2023, 1, 1), date(2024, 1, 1)]
    nothing = cube.answer(replace(question, start=date(2090, 1, 1), end=None))
    assert tuple(nothing) == (*COLUMNS, "hidden")
    assert len(nothing["mean"]) == 0


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (Selection("cost", frequency="month"), "ask by year"),
        (Selection("cost", frequency="all"), "ask by year"),
        (Selection("cost", bands=(95.0,)), "not given where small"),
        (Selection("cost", products=("BG", "DB"), by=("district",)), "Jeugdwet, Wmo 2015"),
        (Selection("cost", districts=("VB0001D01", "VB0001D02"), by=()), "one district or of all"),
        (Selection("cost", products=("XX",)), "is no product"),
    ],
)
def test_what_published_cells_cannot_answer_is_refused_with_what_can_be_asked(
    cube: ProtectedCube, question: Selection, told: str
) -> None:
    with pytest.raises(SelectionError, match=told):
        cube.answer(question)


def test_sums_of_a_law_and_of_single_cells_are_given(cube: ProtectedCube) -> None:
    law = Selection("cost", products=("BG", "DB", "HH"), by=(), frequency="year")
    assert len(cube.answer(law)["mean"]) == len(answer(cube.edition, law)["mean"]) > 0
    cell = Selection("clients", products=("BG",), districts=("VB0001D02",), by=(), frequency="year")
    assert set(cube.answer(cell)["district"]) == {"all"}


def test_municipalities_are_kept_apart(tmp_path: Path) -> None:
    both = open_edition(build_edition(tmp_path, municipality=("VB0001", "VB0002"), level=30.0))
    cube = protect(both, None)
    with pytest.raises(SelectionError, match="over municipalities"):
        cube.answer(Selection("cost", by=("product",)))
    rows = cube.answer(Selection("cost", by=("municipality",)))
    assert set(rows["municipality"]) == {"VB0001", "VB0002"}
    one = cube.answer(Selection("cost", municipalities=("VB0002",), by=()))
    assert set(one["municipality"]) == {"all"}
    alone = {node for node in cube.mask.hidden if node[0] == "VB0002"}
    assert alone < cube.mask.hidden


def narrowed(cube: ProtectedCube, cells: int, *, exact: bool) -> list[str]:
    """Attack hidden rows of an edition, drawn from a seed, and tell which are found too well."""
    true, mine = truth(cube.edition), seen(cube, exact=exact)
    hidden = sorted(mine.hidden)
    drawn = np.random.default_rng(1).permutation(len(hidden))[:cells]
    attackers, faults = {}, []
    for at in drawn:
        node, year = hidden[at]
        if year not in attackers:
            attackers[year] = Attacker(year, cube.edition)
            attackers[year].learn(mine, 1e-4 if exact else HALF["clients"])
        low, high = attackers[year].interval(node)
        least, most = required(*true[node, year])
        if low > least + 0.01 or high < most - 0.01:
            faults.append(f"{node} {year}: {low:g} to {high:g}, {true[node, year]}")
    return faults


def test_forecasts_late_series_and_gaps_are_protected(cube: ProtectedCube) -> None:
    assert narrowed(cube, 60, exact=True) == []
    assert narrowed(cube, 60, exact=False) == []


def test_an_edition_of_the_size_of_the_example_is_protected_in_time(tmp_path: Path) -> None:
    edition = open_edition(build_edition(tmp_path, **MANY), verify=False)
    start = process_time()
    cube = protect(edition, None)
    assert process_time() - start < 5
    assert narrowed(cube, 60, exact=True) == []
    took = []
    for _ in range(5):
        start = process_time()
        cube.answer(Selection("cost"))
        took.append(process_time() - start)
    assert np.median(took) < 0.01


def test_the_next_edition_is_protected_together_with_the_one_before(tmp_path: Path) -> None:
    first = open_edition(build_edition(tmp_path, as_of=date(2022, 12, 31), districts=6, level=25.0))
    second = open_edition(build_edition(tmp_path, districts=6, level=25.0))
    one = protect(first, None)
    two = protect(second, one.mask)
    assert one.mask.hidden <= two.mask.hidden
    assert narrowed(two, 60, exact=True) == []
    again = publish(second, two.mask)
    assert again.mask == two.mask
    assert seen(again).figures == seen(two).figures
