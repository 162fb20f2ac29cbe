"""``GET /v1/actuals``: what happened, beside what an earlier edition had forecast."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from apiflask import APIBlueprint
from flask import Response, request
from pydantic import ConfigDict, Field

from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api import row_parts as shared
from service.api.beside import Beside, beside, uncounted_notes
from service.api.comparisons import ComparisonAnswer, ComparisonMeta, ComparisonQuestion
from service.api.endpoint import Description, endpoint
from service.api.figure_rows import Columns
from service.api.figures import Figures, figures_answer
from service.api.forecast_notes import draft_notes, lacking_notes
from service.api.forecast_plan import Plan, make_plans
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import read_question
from service.api.remembering import remembered
from service.api.scope import earlier_shares, visible_shares

BLUEPRINT = APIBlueprint("actuals", __name__, tag={"name": "ramingen"})
FORECAST = ("p10", "p50", "p90", "mean")


class ActualRow(shared.SumRow):
    """One actual figure with its forecast; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    actual: float = Field(description="Het werkelijke cijfer.")
    forecast_p10: shared.P10
    forecast_p50: shared.P50
    forecast_p90: shared.P90
    forecast_mean: float | None = Field(
        description="De eerdere raming; null als er toen geen was, of het cijfer al bekend was."
    )
    error: float | None = Field(
        description="forecast_mean min actual; positief is te hoog geraamd."
    )
    error_pct: float | None = Field(
        description="De fout in procenten van actual; null als dat 0 is, of zonder raming."
    )
    outcome: Literal["below", "inside", "above"] | None = Field(
        description="Waar het werkelijke cijfer ligt: onder, in of boven de band van p10 tot p90; "
        "null zonder raming."
    )
    edition: shared.EditionId
    as_of: shared.AsOf
    forecast_edition: str | None = Field(description="De editie met de raming; null zonder raming.")
    forecast_as_of: date | None = Field(description="Peildatum van die editie.")


class ActualMeta(ComparisonMeta):
    """What belongs to the figures as a whole."""


class ActualAnswer(ComparisonAnswer):
    """Actual figures, their forecasts, and what belongs to them."""

    meta: ActualMeta
    rows: list[ActualRow]  # type: ignore[assignment]  # other columns in the same envelope


@endpoint(
    BLUEPRINT,
    "/actuals",
    ActualAnswer,
    Description(question=ComparisonQuestion, media_types=MEDIA_TYPES, example="actuals"),
)
@access_rule(Role.CONTROLLER)
@remembered
def actuals() -> Response:
    """Werkelijke cijfers naast hun raming.

    Wat er gebeurd is volgens de geldende editie, en wat een eerdere editie (against) daarvan had
    geraamd: de fout, en of het binnen de band viel.
    """
    asked = read_question(ComparisonQuestion, request.args)
    form = form_name(asked.query.format)
    mine = visible_shares(asked)
    plan, other = make_plans(asked, [mine, earlier_shares(asked, mine, asked.query.against)])
    query = asked.check()
    shares = [ask.share for ask in (*plan.asks, *other.asks)]
    return figures_answer(query, shares, form, lambda: _figures(query, plan, other))


def _figures(query: ComparisonQuestion, plan: Plan, other: Plan) -> Figures:
    pair = beside(query, plan, other)
    columns = realised(pair.kept(np.asarray(pair.mine["kind"] == "actual")))
    notes = draft_notes(plan.asks) + explanations.unit_notes(set(columns["unit"].tolist()))
    notes += lacking_notes(plan.measure, plan.lacking) + uncounted_notes(plan, other)
    if not other.asks:
        notes.append(explanations.NO_OTHER_EDITION)
    return Figures(
        name=f"werkelijk-{plan.measure}",
        measure=plan.measure,
        definition=explanations.DEFINITIONS[plan.measure],
        row=ActualRow,
        columns=columns,
        notes=notes,
        meta={"frequency": plan.frequency},
    )


def realised(pair: Beside) -> Columns:
    """Return the columns of ``ActualRow``.

    Args:
        pair: actual rows beside those of an earlier edition, which may be actual there too.
    """
    ahead = np.asarray(pair.texts("kind") == "forecast")
    found = {f"forecast_{n}": np.where(ahead, pair.numbers(n), np.nan) for n in FORECAST}
    actual = pair.mine["mean"]
    error = np.round(found["forecast_mean"] - actual, 2)
    whole = {
        **pair.mine,
        **found,
        "actual": actual,
        "error": error,
        "error_pct": np.round(100 * error / np.where(actual == 0, np.nan, actual), 2),
        "outcome": _outcome(actual, found["forecast_p10"], found["forecast_p90"]),
        "forecast_edition": _only(ahead, pair.texts("edition")),
        "forecast_as_of": np.where(ahead, pair.days("as_of"), np.datetime64("NaT", "D")),
    }
    return {name: whole[name] for name in ActualRow.model_fields}


def _outcome(
    actual: npt.NDArray[np.float64], low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]
) -> npt.NDArray[np.object_]:
    told = np.where(actual < low, "below", np.where(actual > high, "above", "inside"))
    return _only(~np.isnan(low) & ~np.isnan(high), told)


def _only(rows: npt.NDArray[np.bool_], values: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """Return texts in some rows, None in the others."""
    found = np.empty(len(rows), dtype=object)
    found[rows] = values[rows]
    return found
