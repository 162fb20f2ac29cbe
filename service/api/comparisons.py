"""``GET /v1/comparisons``: what two editions say about the same, row beside row."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api import row_parts as shared
from service.api.beside import Beside, beside, uncounted_notes
from service.api.endpoint import Description, endpoint
from service.api.figure_rows import Columns
from service.api.figures import Figures, figures_answer
from service.api.forecast_notes import notes_of
from service.api.forecast_plan import Plan, make_plans
from service.api.forecast_question import SumQuestion
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import Code, read_question
from service.api.remembering import remembered
from service.api.scope import earlier_shares, visible_shares

BLUEPRINT = APIBlueprint("comparisons", __name__, tag={"name": "ramingen"})
TAKEN = ("p10", "p50", "p90", "mean")


class ComparisonQuestion(SumQuestion):
    """Which editions to compare, and what of them."""

    against: Code | None = Field(
        None,
        description="Editie waarmee vergeleken wordt (id van /editions). Standaard de nieuwste met "
        "een eerdere peildatum, per gemeente.",
    )


class ComparisonRow(shared.SumRow):
    """One figure in two editions; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["actual", "forecast"] = Field(
        description="Of de editie hier een werkelijk cijfer of een raming heeft."
    )
    p10: shared.P10
    p50: shared.P50
    p90: shared.P90
    mean: shared.Mean
    other_kind: Literal["actual", "forecast"] | None = Field(
        description="Hetzelfde in de andere editie; null als die er geen cijfer van heeft."
    )
    other_p10: shared.P10
    other_p50: shared.P50
    other_p90: shared.P90
    other_mean: shared.Mean
    difference: float | None = Field(
        description="mean min other_mean; telt op. null zonder cijfer in de andere editie."
    )
    difference_pct: float | None = Field(
        description="Het verschil in procenten van other_mean; null als dat 0 of onbekend is."
    )
    estimate: shared.Estimate
    edition: shared.EditionId
    as_of: shared.AsOf
    other_edition: str | None = Field(description="De andere editie; null zonder cijfer.")
    other_as_of: date | None = Field(description="Peildatum van de andere editie.")


class ComparisonMeta(shared.FigureMeta):
    """What belongs to the comparison as a whole."""

    frequency: Literal["month", "quarter", "year", "all"] | None = Field(
        description="Lengte van de perioden; null zonder rijen."
    )


class ComparisonAnswer(BaseModel):
    """Two editions side by side, and what belongs to them."""

    meta: ComparisonMeta
    rows: list[ComparisonRow]


@endpoint(
    BLUEPRINT,
    "/comparisons",
    ComparisonAnswer,
    Description(question=ComparisonQuestion, media_types=MEDIA_TYPES, example="comparisons"),
)
@access_rule(Role.CONTROLLER)
@remembered
def comparisons() -> Response:
    """Twee edities naast elkaar.

    Wat een editie en een eerdere over hetzelfde zeggen, met het verschil. Verschillen (difference)
    tellen op; banden niet.
    """
    asked = read_question(ComparisonQuestion, request.args)
    form = form_name(asked.query.format)
    mine = visible_shares(asked)
    plan, other = make_plans(asked, [mine, earlier_shares(asked, mine, asked.query.against)])
    query = asked.check()
    shares = [ask.share for ask in (*plan.asks, *other.asks)]
    return figures_answer(query, shares, form, lambda: _figures(query, plan, other))


def _figures(query: ComparisonQuestion, plan: Plan, other: Plan) -> Figures:
    columns = _columns(beside(query, plan, other))
    notes = notes_of(plan, set(columns["unit"].tolist())) + uncounted_notes(plan, other)
    if not other.asks:
        notes.append(explanations.NO_OTHER_EDITION)
    return Figures(
        name=f"vergelijking-{plan.measure}",
        measure=plan.measure,
        definition=explanations.DEFINITIONS[plan.measure],
        row=ComparisonRow,
        columns=columns,
        notes=notes,
        meta={"frequency": plan.frequency},
    )


def _columns(pair: Beside) -> Columns:
    before = {f"other_{name}": pair.numbers(name) for name in TAKEN}
    difference = np.round(pair.mine["mean"] - before["other_mean"], 2)
    base = np.where(before["other_mean"] == 0, np.nan, before["other_mean"])
    whole = {
        **pair.mine,
        **before,
        "other_kind": pair.texts("kind"),
        "difference": difference,
        "difference_pct": np.round(100 * difference / base, 2),
        "other_edition": pair.texts("edition"),
        "other_as_of": pair.days("as_of"),
    }
    return {name: whole[name] for name in ComparisonRow.model_fields}
