"""The rows of forecasts: the sums of every edition asked, with labels and origin."""

from __future__ import annotations

import numpy as np

from models.catalogue import ALL
from models.errors import ParameterFault
from service.api.asks import Ask, explained
from service.api.figure_rows import (
    FIGURES,
    ORIGIN,
    PLACE,
    Columns,
    asked_of,
    filled,
    joined,
    origin,
    place_labels,
    price_base,
)
from service.api.forecast_plan import Plan
from service.api.forecast_question import SumQuestion
from service.problems import InputFault

_TOLD = ("period", "frequency", "measure", "unit", "price_base", "kind")
_BEHIND = ("hidden", *ORIGIN)
ROW = (*PLACE, *_TOLD, *FIGURES, *_BEHIND)


def make_rows(query: SumQuestion, plan: Plan) -> Columns:
    """Answer a planned question.

    Args:
        query: the question.
        plan: its sums, per edition.

    Returns:
        The columns ``ROW`` and, between ``mean`` and ``hidden``, those of further bands; sorted
        by municipality, product, district, period.

    Raises:
        ProblemError: 400 for a sum that has no honest answer.
    """
    middle = len(ROW) - len(_BEHIND)
    names = (*ROW[:middle], *bounds_of(query), *ROW[middle:])
    parts = (_part(query, ask) for ask in plan.asks)
    return joined([{name: part[name] for name in names} for part in parts], names)


def bounds_of(query: SumQuestion) -> tuple[str, ...]:
    """Return the columns of the further bands that were asked for."""
    return tuple(f"{end}_{level}" for level in query.bands() for end in ("lower", "upper"))


def _part(query: SumQuestion, ask: Ask) -> Columns:
    def told(fault: ParameterFault, ask: Ask) -> InputFault:
        return explained(fault, query.group_by, ask)

    found = asked_of(ask, lambda: ask.share.answer(ask.selection), told)
    if query.keeps() != ALL:
        kept = found["kind"] == query.keeps()
        found = {name: values[kept] for name, values in found.items()}
    actual = np.asarray(found["kind"] == "actual")
    return {
        **found,
        **place_labels(query, ask.share, found),
        **origin(ask.share, ~actual),
        "actual": np.where(actual, found["mean"], np.nan),
        "price_base": filled(price_base(ask.selection.measure), len(actual)),
    }
