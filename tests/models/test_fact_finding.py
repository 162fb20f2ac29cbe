"""Figures of explanations from real editions: the same as answers and causes, summed exactly."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from models.asking import Selection
from models.budget import Line, weigh
from models.disclosure import protect
from models.drivers import CAUSES, causes
from models.edition import Edition, open_edition
from models.explanation import explanation
from models.fact_figures import Source
from models.fact_finding import budget_facts, exact, gather, years_of
from models.scenario import totals
from models.selection import answer
from tests.editions import build_edition
from tests.split_editions import build_split_edition

pytestmark = pytest.mark.unit
COST, CLIENTS = Selection("cost"), Selection("clients")


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("facts") / "editions"
    return open_edition(build_split_edition(folder, seed=3))


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("facts-before") / "editions"
    return open_edition(build_split_edition(folder, seed=4, as_of=date(2022, 12, 31)))


@pytest.fixture(scope="module")
def hiding(edition: Edition) -> Source:
    cube = protect(edition, None)
    return Source(edition, cube.answer, protected=True)


SETS = [(), ("BG",), ("DB",), ("HH",), ("VB",), ("BG", "HH"), ("DB", "VB")]
AREAS = [(), ("VB0001D01",), ("VB0001D03", "VB0001"), ("VB0001",)]


@pytest.mark.parametrize("year", [2021, 2022, 2023, 2024, 2026])
@pytest.mark.parametrize("measure", ["cost", "clients"])
def test_every_selection_is_explained_and_its_causes_add_up(
    edition: Edition, measure: str, year: int
) -> None:
    split = 0
    for products, districts in product(SETS, AREAS):
        wish = Selection(measure, products=products, districts=districts)
        found = gather(exact(edition), wish, [year])
        for part in explanation(found):
            assert not re.search(r"None|nan|  ", part.text), part
        if found.causes is None or found.last is None or found.compared is None:
            continue
        split += 1
        growth = sum(one.mean for one in found.causes)
        difference = (found.last.mean or 0.0) - (found.compared.figure.mean or 0.0)
        assert growth == pytest.approx(difference, abs=0.01)
    assert bool(split) == (year > 2022)


def test_the_figures_are_those_of_the_answer(edition: Edition) -> None:
    found = gather(exact(edition), CLIENTS, [2025])
    asked = replace(CLIENTS, by=(), frequency="year", start=date(2025, 1, 1), end=date(2025, 1, 1))
    rows = answer(edition, asked)
    assert found.figure is not None
    for mine, name in ((found.figure.mean, "mean"), (found.figure.low, "p10")):
        assert mine == rows[name][0]
    assert found.unit == rows["unit"][0]


def test_causes_are_those_of_the_split(edition: Edition) -> None:
    found = gather(exact(edition), replace(COST, products=("HH",)), [2025])
    wish = Selection("cost", products=("HH",), by=(), start=date(2025, 1, 1), end=date(2025, 1, 1))
    rows = causes(edition, wish)
    assert found.causes is not None
    assert [one.code for one in found.causes] == list(CAUSES)
    assert [one.mean for one in found.causes] == rows["mean"][1:-1].tolist()
    assert found.compared is not None
    assert found.compared.year == 2022
    assert found.compared.figure.mean == rows["mean"][0]


@pytest.mark.parametrize("measure", ["cost", "clients"])
def test_several_years_have_the_band_of_their_sum(edition: Edition, measure: str) -> None:
    found = gather(exact(edition), Selection(measure), [2024, 2026])
    assert found.years == (2024, 2025, 2026)
    span = Selection(measure, frequency="year", start=date(2024, 1, 1), end=date(2026, 1, 1))
    sums = totals(edition, span)
    assert sums is not None
    draws = sums.base.sum(axis=0) / 100 / (36 if measure == "clients" else 1)
    assert found.figure is not None
    assert found.figure.mean == pytest.approx(draws.mean(), rel=1e-9)
    assert found.figure.low == pytest.approx(np.quantile(draws, 0.1), rel=0.02)
    assert found.first is not None
    assert found.last is not None


def test_what_has_no_forecast_is_left_out_of_the_comparison_and_named(edition: Edition) -> None:
    found = gather(exact(edition), replace(COST, products=("BG",)), [2025])
    assert [one.label for one in found.unknown.held] == ["Begeleiding"]
    assert found.unknown.held[0].partly
    assert found.compared is not None
    assert found.compared.like
    whole = answer(
        edition,
        Selection("cost", products=("BG",), by=(), frequency="year", start=date(2022, 1, 1),
                  end=date(2022, 1, 1)),
    )["mean"][0]  # fmt: skip
    assert found.compared.figure.mean is not None
    assert found.unknown.held_amount == pytest.approx(whole - found.compared.figure.mean)


def test_months_that_are_not_complete_are_counted(edition: Edition) -> None:
    assert gather(exact(edition), replace(COST, products=("HH",)), [2025]).unknown.open_months == 2
    assert gather(exact(edition), replace(COST, products=("VB",)), [2025]).unknown.open_months == 3


def test_an_edition_without_a_split_compares_and_says_that_causes_are_not_told(
    tmp_path: Path,
) -> None:
    plain = open_edition(build_edition(tmp_path, only=("HH",)))
    found = gather(exact(plain), COST, [2025])
    assert (found.causes, found.no_causes) == (None, "edition")
    assert found.compared is not None
    assert found.compared.year == 2022
    held = open_edition(build_edition(tmp_path, only=("BG", "HH"), seed=2))
    skewed = gather(exact(held), COST, [2025])
    assert skewed.compared is not None
    assert skewed.compared.skewed
    assert "zou scheef zijn" in explanation(skewed)[0].text


def test_a_known_year_is_compared_with_the_year_before(edition: Edition) -> None:
    found = gather(exact(edition), replace(CLIENTS, products=("HH",)), [2022])
    assert found.figure is not None
    assert found.figure.known
    assert found.compared is not None
    assert found.compared.year == 2021
    assert found.no_causes == "known"


def test_a_year_outside_the_edition_has_no_figure(edition: Edition) -> None:
    found = gather(exact(edition), COST, [2031])
    assert found.figure is None
    assert explanation(found)[0].text == (
        "Deze editie heeft geen cijfer voor 2031; ze loopt van 2021 tot en met 2026."
    )
    assert years_of(edition) == (2021, 2022, 2023, 2024, 2025, 2026)


def test_an_earlier_edition_is_told_apart_into_base_and_course(
    edition: Edition, older: Edition
) -> None:
    wish = replace(COST, products=("HH",))
    found = gather(exact(edition), wish, [2025], exact(older))
    assert found.earlier is not None
    assert found.earlier.as_of == date(2022, 12, 31)
    before = gather(exact(older), wish, [2025]).figure
    assert before is not None
    assert found.earlier.figure == before
    if found.earlier.anchor_year is not None:
        mine, theirs = (
            answer(one, replace(wish, by=(), frequency="year", start=date(2022, 1, 1),
                                end=date(2022, 1, 1)))["mean"][0]
            for one in (edition, older)
        )  # fmt: skip
        assert found.earlier.anchor_year == 2022
        assert found.earlier.anchor == pytest.approx(mine - theirs)


def test_an_earlier_edition_without_the_selection_is_none(edition: Edition, tmp_path: Path) -> None:
    other = open_edition(build_edition(tmp_path, only=("DB",), as_of=date(2022, 12, 31)))
    found = gather(exact(edition), replace(COST, products=("HH",)), [2025], exact(other))
    assert found.earlier is None
    assert found.asked_earlier


def test_scores_belong_to_what_was_judged(edition: Edition) -> None:
    found = gather(exact(edition), COST, [2025]).score
    assert found is not None
    assert (found.scope, found.observations, found.error, found.inside) == ("total", 24, 12.0, 19)
    assert gather(exact(edition), replace(COST, products=("HH",)), [2025]).score is None
    part = gather(exact(edition), replace(COST, products=("HH", "DB")), [2025]).score
    assert part is not None
    assert part.scope == "wider"
    partial = replace(exact(edition), whole=False)
    assert gather(partial, COST, [2025]).score is None


def test_protected_rows_make_a_protected_explanation(hiding: Source) -> None:
    cells = hiding.ask(Selection("cost", municipalities=("VB0001",), by=("product",)))
    (at, *_) = np.flatnonzero((cells["kind"] == "forecast") & ~np.isnan(cells["p10"]))
    wish = Selection("cost", ("VB0001",), (str(cells["product"][at]),))
    found = gather(hiding, wish, [int(str(cells["period"][at])[:4])])
    assert found.protected
    assert (found.causes, found.no_causes, found.score) == (None, "protected", None)
    assert found.unknown.held_amount is None
    assert found.figure is not None
    assert found.figure.mean == cells["mean"][at]
    assert (found.figure.low, found.figure.high) == (cells["p10"][at], cells["p90"][at])


def test_a_hidden_cell_is_told_by_no_sentence(edition: Edition, hiding: Source) -> None:
    hidden = hiding.ask(Selection("clients", municipalities=("VB0001",)))
    at = np.flatnonzero(hidden["hidden"] & (hidden["kind"] == "forecast"))
    assert len(at)
    for row in at[:5].tolist():
        product, district = str(hidden["product"][row]), str(hidden["district"][row])
        wish = Selection("clients", ("VB0001",), (product,), (district,))
        year = int(str(hidden["period"][row])[:4])
        told = explanation(gather(hiding, wish, [year]))
        assert told[0].text.startswith("Dit aantal is te klein om te noemen")
        assert not re.search(r"\d+ (cliënt|procent)", " ".join(part.text for part in told))


def test_a_budget_is_taken_over_in_euros() -> None:
    weighed = weigh(Line(100_00, np.array([80_00, 90_00, 110_00, 130_00])), 0.8)
    found = budget_facts(weighed)
    assert (found.amount, found.probability, found.covers) == (100.0, 0.5, 130.0)
    assert (found.cushion, found.shortfall, found.expected) == (30.0, 10.0, 102.5)
