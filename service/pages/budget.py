"""The budget: how likely it is exceeded, what would cover it, and the risk line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.budget import Line, cushion, weigh
from service.access.roles import Role
from service.api.budget_certainty import CertaintyQuestion, certainty_rows
from service.api.budgets import kept_budgets
from service.pages.choices import Option, subject_label, subjects
from service.pages.differences import differences
from service.pages.figures import rows_of
from service.pages.frame import Page, page
from service.pages.money import Year, band, paths, thousands
from service.pages.question import BudgetQuestion, products_of
from service.problems import InputFault
from service.state.kept import Kept

YEARS = 4  # of a multi-year budget
CERTAINTIES = (50, 60, 70, 75, 80, 85, 90, 95)
ODD = (5.0, 0.2)  # an amount so many times the expected one, or less, is asked about


@page("budget", BudgetQuestion, role=Role.CONTROLLER)
def budget(one: Page) -> Mapping[str, Any]:
    """Return what the budget page shows."""
    if one.share is None:
        return {"lines": None}
    query = one.asked.query
    products = products_of(one.asked, one.seen.edition.products)
    after = int(one.seen.edition.manifest["as_of"][:4])
    years = paths(one.seen, products, query.district, after=after)[:YEARS]
    typed = (query.amount_1, query.amount_2, query.amount_3, query.amount_4)
    names = [f"amount{at}" for at in range(1, YEARS + 1)]
    amounts = [thousands(one.asked, name, text) for name, text in zip(names, typed, strict=True)][
        : len(years)
    ]
    certainty = query.certainty / 100
    kept = kept_budgets(one.municipality)
    chosen = chosen_of(one, kept)
    return {
        "subjects": subjects(one),
        "subject": subject_label(one),
        "certainties": [Option(str(value), f"{value} %") for value in CERTAINTIES],
        "fields": [
            {"name": name, "year": year.year, "value": text or ""}
            for name, year, text in zip(names, years, typed, strict=False)
        ],
        "lines": lines(years, amounts, certainty),
        "whole": together(years, amounts, certainty),
        "questions": odd(years, amounts),
        "budgets": [Option(one_kept.id, one_kept.content["name"]) for one_kept in kept],
        "stored": None if chosen is None else stored(one, chosen, certainty),
        "differences": None if chosen is None else differences(one, chosen),
    }


def chosen_of(one: Page, kept: Sequence[Kept]) -> Kept | None:
    """Return the kept budget that was asked for; one that is not there becomes a fault."""
    wanted = one.asked.query.budget
    found = next((each for each in kept if each.id == wanted), None)
    if wanted is not None and found is None:
        known = tuple(each.id for each in kept)
        one.asked.faults.append(InputFault("unknown-value", "budget", wanted, known))
    return found


def lines(
    years: Sequence[Year], amounts: Sequence[int | None], certainty: float
) -> list[dict[str, Any]]:
    """Return a row per year: what is expected, and how the amount stands where one was typed."""
    return [
        _row(str(year.year), year.base, amount, certainty)
        for year, amount in zip(years, amounts, strict=True)
    ]


def together(
    years: Sequence[Year], amounts: Sequence[int | None], certainty: float
) -> dict[str, Any] | None:
    """Return all years as one, with the cushion for them together beside those apart."""
    if not years or any(amount is None for amount in amounts):
        return None
    known = [amount for amount in amounts if amount is not None]
    set_of = [Line(amount, year.base) for amount, year in zip(known, years, strict=True)]
    whole = np.add.reduce([year.base for year in years])
    found = cushion(set_of, certainty)
    return _row("", whole, sum(known), certainty) | {
        "apart": found.apart / 100,
        "together": found.together / 100,
    }


def _row(name: str, draws: Any, amount: int | None, certainty: float) -> dict[str, Any]:  # noqa: ANN401 - an array
    low, mean, high = band(draws)
    found = weigh(Line(amount or 0, draws), certainty)
    row = {"year": name, "p10": low, "mean": mean, "p90": high, "covers": found.covers / 100}
    if amount is None:
        return row | dict.fromkeys(("amount", "probability", "cushion", "effect", "risk"))
    return row | {
        "amount": amount / 100,
        "probability": found.probability,
        "cushion": found.cushion / 100,
        "effect": found.effect / 100,
        "risk": found.shortfall / 100,
    }


def odd(years: Sequence[Year], amounts: Sequence[int | None]) -> list[tuple[int, float]]:
    """Return the years whose amount is so far from what is expected that its unit is asked."""
    found = []
    for year, amount in zip(years, amounts, strict=True):
        expected = float(year.base.mean())
        if amount and expected > 0:
            ratio = amount / expected
            if ratio >= ODD[0] or ratio <= ODD[1]:
                found.append((year.year, ratio))
    return found


def stored(one: Page, kept: Kept, certainty: float) -> dict[str, Any]:
    """Return the lines of a stored budget beside the edition."""
    query = CertaintyQuestion(certainty=certainty)
    rows = list(rows_of(certainty_rows(query, kept, one.seen)))
    return {"name": kept.content["name"], "version": kept.content["version"], "rows": rows}
