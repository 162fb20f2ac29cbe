"""Growth by cause: parts that add up to the total, whatever is asked and whichever way it goes."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.asking import DIMENSIONS, Selection
from models.drivers import CAUSES, COLUMNS, Columns, causes, read_causes, split
from models.edition import Edition, open_edition
from models.errors import SelectionError
from models.selection import answer
from tests.editions import build_edition
from tests.split_editions import build_split_edition

pytestmark = pytest.mark.unit
DRAWS = 12
Ints = npt.NDArray[np.int64]
BY = [by for n in range(4) for by in combinations(DIMENSIONS, n)]
CODES = ("AA0001", "BB0002")


def whole(low: int, high: int) -> st.SearchStrategy[Ints]:
    return arrays.arrays(np.int64, DRAWS, elements=st.integers(low, high))


def ratio() -> st.SearchStrategy[npt.NDArray[np.float64]]:
    """Growth and decline, and what a cell without anybody gives."""
    usual = st.floats(0.2, 5.0)
    odd = st.sampled_from([0.0, float("nan"), float("inf")])
    return arrays.arrays(np.float64, DRAWS, elements=st.one_of(usual, usual, usual, odd))


RATIOS = st.dictionaries(st.sampled_from(CAUSES[:-1]), ratio(), max_size=5)


@given(base=whole(0, 10**9), later=whole(0, 10**9), ratios=RATIOS)
def test_causes_add_up_to_the_difference_in_every_path(
    base: Ints, later: Ints, ratios: dict[str, npt.NDArray[np.float64]]
) -> None:
    effects = split(base, later, ratios)
    assert effects.shape == (len(CAUSES), DRAWS)
    assert np.array_equal(effects.sum(axis=0), later - base)


@given(base=whole(0, 10**9), later=whole(0, 10**9), ratios=RATIOS)
def test_the_mean_of_every_cause_but_the_interaction_is_a_whole_hundredth(
    base: Ints, later: Ints, ratios: dict[str, npt.NDArray[np.float64]]
) -> None:
    sums = split(base, later, ratios)[:-1].sum(axis=1)
    assert np.all(sums % DRAWS == 0)


@given(base=whole(1, 10**8), ratios=RATIOS)
def test_a_cause_is_what_the_base_would_have_changed_by_alone(
    base: Ints, ratios: dict[str, npt.NDArray[np.float64]]
) -> None:
    usable = np.all([np.isfinite(r) for r in ratios.values()], axis=0)
    effects = split(base, base, ratios)
    for cause in set(CAUSES[:-1]) - {"use"}:
        expected = base * (ratios.get(cause, np.ones(DRAWS)) - 1.0)
        own = effects[CAUSES.index(cause)]
        assert np.all(np.abs(own - np.where(usable, expected, 0.0)) <= 1.5)


@given(base=whole(1, 10**6), growth=st.floats(0.2, 5.0), cause=st.sampled_from(CAUSES[:-1]))
def test_one_cause_alone_explains_everything_up_and_down(
    base: Ints, growth: float, cause: str
) -> None:
    later = np.rint(base * growth).astype(np.int64)
    there = split(base, later, {cause: later / base})
    back = split(later, base, {cause: base / np.maximum(later, 1)}) if later.all() else -there
    for effects, wanted in ((there, later - base), (back, base - later)):
        assert np.all(np.abs(effects[CAUSES.index(cause)] - wanted) <= 1)
        assert np.all(np.abs(effects[-1]) <= 1)


@given(later=whole(0, 10**9), begun=st.sampled_from(["use", "demography"]))
def test_what_begins_from_nothing_is_laid_to_the_cause_that_is_named(
    later: Ints, begun: str
) -> None:
    effects = split(np.zeros(DRAWS, np.int64), later, {"price": np.full(DRAWS, 1.1)}, begun)
    assert np.all(np.abs(effects[CAUSES.index(begun)] - later) <= 1)
    assert not effects[CAUSES.index("price")].any()


def test_the_interaction_and_unknown_causes_take_no_ratio() -> None:
    ones = np.ones(DRAWS, dtype=np.int64)
    with pytest.raises(ValueError, match="interaction, luck"):
        split(ones, ones, {"luck": np.ones(DRAWS), "interaction": np.ones(DRAWS)})


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("drivers") / "editions"
    return open_edition(build_split_edition(folder, municipality=CODES, draws=20))


def means(found: Columns) -> npt.NDArray[np.float64]:
    """Return base, causes and total of each group and year."""
    return found["mean"].reshape(-1, len(CAUSES) + 2)


@pytest.mark.parametrize("measure", ["cost", "clients"])
@pytest.mark.parametrize("by", BY, ids=str)
def test_causes_add_up_for_every_grouping_and_groups_to_the_whole(
    edition: Edition, measure: str, by: tuple[str, ...]
) -> None:
    found = causes(edition, Selection(measure, by=by))
    assert tuple(found) == COLUMNS
    rows = means(found)
    assert np.allclose(rows[:, :-1].sum(axis=1), rows[:, -1], rtol=0, atol=1e-6)
    total = means(causes(edition, Selection(measure, by=())))
    years = len(total)
    assert np.allclose(rows.reshape(-1, years, 8).sum(axis=0), total, rtol=0, atol=1e-5)


@given(
    municipalities=st.sets(st.sampled_from(CODES)),
    products=st.sets(st.sampled_from(["BG", "DB", "HH", "VB"])),
    districts=st.sets(st.sampled_from(["AA0001D01", "BB0002D02", "BB0002"])),
    by=st.sampled_from(BY),
)
def test_causes_add_up_to_the_cent_for_any_selection(
    edition: Edition,
    municipalities: set[str],
    products: set[str],
    districts: set[str],
    by: tuple[str, ...],
) -> None:
    parts = (tuple(sorted(codes)) for codes in (municipalities, products, districts))
    found = causes(edition, Selection("cost", *parts, by=by))
    rows = np.rint(means(found) * 100).astype(np.int64)
    assert np.allclose(rows / 100, means(found), rtol=0, atol=1e-6)  # whole cents
    assert np.array_equal(rows[:, :-1].sum(axis=1), rows[:, -1])
    assert np.all(found["p10"] <= found["p50"] + 1e-9)
    assert np.all(found["p50"] <= found["p90"] + 1e-9)


@pytest.mark.parametrize("measure", ["cost", "clients"])
def test_the_total_of_a_year_is_the_forecast_of_that_year(edition: Edition, measure: str) -> None:
    wish = Selection(measure, products=("DB", "HH"), by=("product",))
    found = causes(edition, wish)
    year = Selection(measure, products=("DB", "HH"), by=("product",), frequency="year",
                     start=date(2023, 1, 1))  # fmt: skip
    expected = answer(edition, year)
    totals = found["cause"] == "total"
    for figure in ("p10", "p50", "p90", "mean"):
        assert found[figure][totals] == pytest.approx(expected[figure], rel=1e-9)


def test_years_are_limited_by_their_first_day(edition: Edition) -> None:
    asked = Selection("cost", by=(), start=date(2024, 1, 1), end=date(2025, 6, 30))
    assert sorted(set(causes(edition, asked)["year"].tolist())) == [2024, 2025]
    none = causes(edition, Selection("cost", by=(), start=date(2090, 1, 1)))
    assert (tuple(none), len(none["mean"])) == (COLUMNS, 0)


def test_series_without_a_forecast_have_no_split(edition: Edition) -> None:
    row = read_causes(edition, "cost").row
    held = edition.series["outcome_cost"] == "held"
    assert held.any()
    assert np.array_equal(row < 0, held)
    only = Selection("cost", products=("BG",), districts=("AA0001D03",))
    assert len(causes(edition, only)["mean"]) == 0


def test_an_edition_without_a_split_and_other_measures_are_refused(
    edition: Edition, tmp_path: Path
) -> None:
    with pytest.raises(SelectionError, match="is not split by cause"):
        causes(edition, Selection("volume", products=("HH",)))
    plain = open_edition(build_edition(tmp_path, draws=5, districts=1))
    with pytest.raises(SelectionError, match="is not split by cause"):
        causes(plain, Selection("cost"))
