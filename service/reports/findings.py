"""The figures of a report, gathered once: from the same functions as the answers of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from models.asking import Selection
from models.budget import amount_for
from models.budget_lines import PRODUCT, TOTAL, Ledger
from models.catalogue import Frequency, ordinal
from models.errors import SelectionError
from models.explanation import Paragraph
from models.growth_lines import GrowthLines, growth_lines
from models.scenario import totals
from service.api import explanations
from service.api.accuracy import AccuracyQuestion, accuracy_rows
from service.api.budget_body import lines_of
from service.api.budget_certainty import CertaintyQuestion, certainty_figures
from service.api.driver_answer import DriverQuestion
from service.api.drivers import driver_rows
from service.api.figure_rows import Columns
from service.api.figures import Figures
from service.api.forecast_notes import notes_of
from service.api.forecast_plan import make_plan
from service.api.forecast_question import ForecastQuestion
from service.api.forecast_rows import make_rows
from service.api.held import HELD
from service.api.query import Asked
from service.api.scenario_body import lever_faults, levers_of
from service.api.scenario_effect import EffectQuestion, effect_figures
from service.api.scope import Share
from service.problems import invalid
from service.reports.asking import Subject
from service.reports.told import explained
from service.state.kept import Kept

__all__ = ["Findings", "Row", "gather"]

HISTORY = 6  # years before the first, for the chart
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Findings:
    """All figures of a report, as rows of the API; what is unknown is None.

    Attributes:
        subject: what it is about.
        years: cost by year, known years before the first included.
        whole: cost of the asked years together; None where part of them is over.
        products: cost by product and asked year.
        enough: year -> euros that are enough with the certainty; None = all years together.
        causes: growth by cause; empty where the edition has no split.
        budget: the budget, or None.
        held: its lines and sums held against the edition.
        lines_left: how many of its lines are outside of what is asked.
        scenario: the scenario, or None.
        effect: base, levers, difference and adjusted by year.
        growth: growth lines, or None.
        scores: how good forecasts were.
        told: what is said about them in plain Dutch, by key of the paragraph.
        held_products: how many products have no forecast, wholly or in part.
        notes: what a reader must know, in Dutch.
    """

    subject: Subject
    years: tuple[Row, ...]
    whole: Row | None
    products: tuple[Row, ...]
    enough: Mapping[int | None, float]
    causes: tuple[Row, ...]
    budget: Kept | None
    held: tuple[Row, ...]
    lines_left: int
    scenario: Kept | None
    effect: tuple[Row, ...]
    growth: GrowthLines | None
    scores: tuple[Row, ...]
    told: Mapping[str, Paragraph]
    held_products: int
    notes: tuple[str, ...]

    def year(self, year: int) -> Row | None:
        """Return the row of a year."""
        return next((row for row in self.years if row["period"].year == year), None)


def gather(subject: Subject, budget: Kept | None = None, scenario: Kept | None = None) -> Findings:
    """Ask for everything a report tells.

    Args:
        subject: what it is about.
        budget: of the same municipality, to stand beside.
        scenario: of the same municipality, to stand beside.

    Raises:
        ProblemError: 400 where a question has no honest answer.
    """
    years, notes = _years(subject)
    held, left = (None, 0) if budget is None else _held(subject, budget)
    effect = None if scenario is None else _effect(subject, scenario)
    more = [note for found in (held, effect) if found is not None for note in found.notes]
    rows = () if held is None else tuple(rows_of(held.columns))
    return Findings(
        subject=subject,
        years=years,
        whole=_whole(subject),
        products=_forecast(subject, by=("municipality", "product", "period"))[0],
        enough=dict(_enough(subject)),
        causes=_causes(subject),
        budget=budget,
        held=rows,
        lines_left=left,
        scenario=scenario,
        effect=() if effect is None else tuple(_effect_rows(effect, subject, scenario)),
        growth=_growth(subject),
        scores=_scores(subject),
        told=explained(subject, rows),
        held_products=len(_held_products(subject)),
        notes=tuple(dict.fromkeys([*notes, *more, *_unpriced(subject.share)])),
    )


def rows_of(columns: Columns) -> Iterator[Row]:
    """Yield columns as rows; what is unknown is None."""
    lists = {
        name: [None if value != value else value for value in values.tolist()]  # noqa: PLR0124
        for name, values in columns.items()
    }
    for row in zip(*lists.values(), strict=True):
        yield dict(zip(lists, row, strict=True))


def _forecast(
    subject: Subject, by: Sequence[str], start: str | None = None
) -> tuple[tuple[Row, ...], list[str]]:
    wish: dict[str, Any] = {
        "municipality": (subject.municipality,),
        "product": subject.products,
        "from": start or subject.start,
        "to": subject.end,
        "measure": "cost",
        "groupBy": tuple(by),
    }
    if "period" in by:
        wish["frequency"] = "year"
    asked = Asked(ForecastQuestion.model_validate(wish))
    plan = make_plan(asked, [subject.share])
    columns = make_rows(asked.query, plan)
    return tuple(rows_of(columns)), notes_of(plan, set(columns["unit"].tolist()))


def _years(subject: Subject) -> tuple[tuple[Row, ...], list[str]]:
    start = f"{subject.years[0] - HISTORY}-01-01"
    return _forecast(subject, ("municipality", "period"), start)


def _whole(subject: Subject) -> Row | None:
    """Return the asked years as one sum, which has a band of its own."""
    if len(subject.years) == 1:
        return None
    rows, _ = _forecast(subject, ("municipality",))
    return rows[0] if rows else None


def _enough(subject: Subject) -> Iterator[tuple[int | None, float]]:
    """Yield what is enough with the certainty, per year and over all of them."""
    asked = Selection(
        "cost",
        (subject.municipality,),
        subject.products,
        by=(),
        frequency=Frequency.YEAR.value,
        start=date(subject.years[0], 1, 1),
        end=date(subject.years[-1], 1, 1),
    )
    found = totals(subject.share.edition, asked)
    if found is None:
        return
    draws = []
    for year in subject.years:
        at = ordinal(date(year, 1, 1), Frequency.YEAR) - found.periods.first
        if 0 <= at < found.periods.steps and found.given[at]:
            draws.append(found.base[at])
            yield year, amount_for(found.base[at], subject.certainty) / 100
    if len(draws) == len(subject.years) > 1:
        whole = np.add.reduce(draws, dtype=np.int64)
        yield None, amount_for(whole, subject.certainty) / 100


def _causes(subject: Subject) -> tuple[Row, ...]:
    about = subject.share.edition.manifest.get("drivers", {})
    if "cost" not in about.get("measures", ()):
        return ()
    wish = {
        "municipality": (subject.municipality,),
        "product": subject.products,
        "from": subject.start,
        "to": subject.end,
        "measure": "cost",
        "groupBy": ("municipality", "year"),
    }
    asked = Asked(DriverQuestion.model_validate(wish))
    return tuple(rows_of(driver_rows(asked, [subject.share])))


def _held(subject: Subject, budget: Kept) -> tuple[Figures, int]:
    """Hold those lines of a budget against the edition that are within what is asked."""
    lines = budget.content["lines"]
    ledger = Ledger(subject.share.edition, budget.municipality, lines_of(budget.content))
    inside = [
        line
        for line, known in zip(lines, ledger.lines, strict=True)
        if known.year in subject.years and _within(subject, known.scope, ledger.products(known))
    ]
    cut = replace(budget, content={**budget.content, "lines": inside})
    query = CertaintyQuestion.model_validate({"certainty": subject.certainty})
    found = certainty_figures(query, cut, subject.share if inside else None)
    return found, len(lines) - len(inside)


def _within(subject: Subject, scope: str, products: Sequence[str]) -> bool:
    """Tell whether a line is of nothing but what is asked; without a choice everything is."""
    if not subject.products:
        return True
    if scope == TOTAL or not products:
        return False
    mine = set(products) & set(subject.products)
    return mine == set(products) if scope == PRODUCT else bool(mine) and mine == set(products)


def _effect_rows(effect: Figures, subject: Subject, scenario: Kept | None) -> Iterator[Row]:
    """Yield the effect by year, and of the years together, with a band of its own."""
    yield from rows_of(effect.columns)
    if scenario is not None and len(subject.years) > 1:
        yield from rows_of(_effect(subject, scenario, ("municipality",)).columns)


def _effect(
    subject: Subject, scenario: Kept, by: Sequence[str] = ("municipality", "period")
) -> Figures:
    faults = lever_faults(subject.share, scenario.municipality, levers_of(scenario.content))
    if faults:
        raise invalid(faults)
    wish = {
        "product": subject.products,
        "from": subject.start,
        "to": subject.end,
        "measure": "cost",
        "groupBy": tuple(by),
        "detail": "levers",
    }
    query = EffectQuestion.model_validate(wish)
    return effect_figures(query, scenario, subject.share, "cost")


def _growth(subject: Subject) -> GrowthLines | None:
    share = subject.share
    as_of = date.fromisoformat(str(share.edition.manifest["as_of"]))
    ahead = subject.years[-1] - as_of.year
    if ahead < 1:
        return None
    asked = Selection("cost", share.municipalities, subject.products)
    try:
        return growth_lines(share.edition, asked, ahead)
    except SelectionError:  # no split by cause, or nothing of it is forecast
        return None


def _scores(subject: Subject) -> tuple[Row, ...]:
    wish = {"measure": ("cost",), "level": ("total", "product"), "product": ()}
    asked = Asked(AccuracyQuestion.model_validate(wish))
    mine = (*subject.products, "all")
    rows = rows_of(accuracy_rows(asked, [subject.share]))
    return tuple(
        row
        for row in rows
        if row["period_kind"] == "year" and (not subject.products or row["product"] in mine)
    )


def _held_products(subject: Subject) -> set[str]:
    series = subject.share.edition.series
    mine = subject.share.series()
    mine = mine[series["outcome_cost"][mine] == HELD]
    found = set(series["product"][mine].tolist())
    return found & set(subject.products) if subject.products else found


def _unpriced(share: Share) -> list[str]:
    about = share.edition.manifest.get("drivers", {})
    split = "cost" in about.get("measures", ())
    return [explanations.UNPRICED] if split and not about.get("priced", True) else []
