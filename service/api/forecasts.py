"""``GET /v1/forecasts``: actuals and forecasts of any selection, with the bands of that sum."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, request

from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api.endpoint import Description, endpoint
from service.api.figures import Figures, figures_answer
from service.api.forecast_answer import ForecastAnswer, ForecastRow
from service.api.forecast_notes import notes_of
from service.api.forecast_plan import Plan, make_plan
from service.api.forecast_question import ForecastQuestion
from service.api.forecast_rows import make_rows
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import read_question
from service.api.remembering import remembered
from service.api.scope import visible_shares, with_sight

BLUEPRINT = APIBlueprint("forecasts", __name__, tag={"name": "ramingen"})


@endpoint(
    BLUEPRINT,
    "/forecasts",
    ForecastAnswer,
    Description(question=ForecastQuestion, media_types=MEDIA_TYPES, example="forecasts"),
)
@access_rule(Role.READER)
@remembered
def forecasts() -> Response:
    """Ramingen en werkelijke cijfers.

    Gebruik, volume of kosten van elke keuze uit producten, gebieden en perioden. De bandbreedte
    hoort bij de gevraagde som; grenzen van delen tellen niet op, het gemiddelde (mean) wel.
    Een sleutel met de rol reader, en wie cijfers van een andere gemeente vraagt die zij deelt,
    krijgt jaarcijfers waarin kleine aantallen verborgen zijn en de rest is afgerond.
    """
    asked = read_question(ForecastQuestion, request.args)
    form = form_name(asked.query.format)
    seen = visible_shares(asked, asked.query.municipality)
    plan = make_plan(asked, with_sight(seen))
    query = asked.check()
    shares = [ask.share for ask in plan.asks]
    return figures_answer(query, shares, form, lambda: _figures(query, plan))


def _figures(query: ForecastQuestion, plan: Plan) -> Figures:
    columns = make_rows(query, plan)
    return Figures(
        name=plan.measure,
        measure=plan.measure,
        definition=explanations.DEFINITIONS[plan.measure],
        row=ForecastRow,
        columns=columns,
        notes=notes_of(plan, set(columns["unit"].tolist())),
        meta={"frequency": plan.frequency, "sight": plan.sights},
    )
