"""``GET /v1/forecasts``: actuals and forecasts of any selection, with the bands of that sum."""

from __future__ import annotations

import io
from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, request

from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api.caching import tagged
from service.api.endpoint import Description, endpoint
from service.api.forecast_answer import ForecastAnswer, ForecastRow
from service.api.forecast_notes import notes_of
from service.api.forecast_plan import Plan, make_plan
from service.api.forecast_question import ForecastQuestion
from service.api.forecast_rows import Columns, make_rows
from service.api.json_rows import envelope
from service.api.media import JSON, JSON_NAME, MEDIA_TYPES, form_name
from service.api.paging import Page, page_of
from service.api.query import read_question
from service.api.resources import list_meta, paged
from service.api.scope import visible_shares
from service.formats import FORMATS, About

BLUEPRINT = APIBlueprint("forecasts", __name__, tag={"name": "ramingen"})


@endpoint(
    BLUEPRINT,
    "/forecasts",
    ForecastAnswer,
    Description(question=ForecastQuestion, media_types=MEDIA_TYPES),
)
@access_rule(Role.CONTROLLER)
def forecasts() -> Response:
    """Ramingen en werkelijke cijfers.

    Gebruik, volume of kosten van elke keuze uit producten, gebieden en perioden. De bandbreedte
    hoort bij de gevraagde som; grenzen van delen tellen niet op, het gemiddelde (mean) wel.
    """
    asked = read_question(ForecastQuestion, request.args)
    form = form_name(asked.query.format)
    plan = make_plan(asked, visible_shares(asked, asked.query.edition))
    query = asked.check()
    shares = [ask.share for ask in plan.asks]
    return tagged(shares, query, form, lambda: _answer(query, plan, form))


def _answer(query: ForecastQuestion, plan: Plan, form: str) -> Response:
    columns = make_rows(query, plan)
    count = len(columns["kind"])
    g.rows = count
    page = page_of(query, count)
    cut = {name: values[page.cut] for name, values in columns.items()}
    response = _written(form, cut, plan, _meta(plan, columns, page))
    response.headers["Content-Language"] = "nl"
    return paged(response, page)


def _written(form: str, columns: Columns, plan: Plan, meta: dict[str, Any]) -> Response:
    if form == JSON_NAME:
        return Response(envelope(columns, meta), content_type=JSON)
    writer, stream = FORMATS[form], io.BytesIO()
    writer.write(columns, stream, _about(meta, columns))
    response = Response(stream.getvalue(), content_type=writer.media_type)
    name = f"zorgraming-{plan.measure}{writer.extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _about(meta: dict[str, Any], columns: Columns) -> About:
    """Return what travels along in forms that have a place for it."""
    editions = [brief["edition"] for brief in meta["editions"]]
    facts = {
        "editie": ", ".join(editions),
        "as_of": meta["data_as_of"],
        "maat": f"{meta['measure']}: {meta['definition']}",
        "raming": meta["disclaimer"],
        "synthetisch": meta["synthetic_label"],
        "opmerkingen": " ".join(meta["notes"]),
    }
    known = {name: info.description or "" for name, info in ForecastRow.model_fields.items()}
    definitions = {name: known.get(name, explanations.BOUND) for name in columns}
    return About({name: text for name, text in facts.items() if text}, definitions)


def _meta(plan: Plan, columns: Columns, page: Page) -> dict[str, Any]:
    shares = [ask.share for ask in plan.asks]
    units = set(columns["unit"].tolist())
    days = sorted(share.edition.manifest["as_of"] for share in shares)
    synthetic = any(share.edition.manifest["synthetic"] for share in shares)
    return {
        **list_meta(shares, page, notes_of(plan, units)),
        "disclaimer": explanations.DISCLAIMER,
        "synthetic_label": explanations.SYNTHETIC if synthetic else None,
        "measure": plan.measure,
        "definition": explanations.DEFINITIONS[plan.measure],
        "unit": units.pop() if len(units) == 1 else None,
        "frequency": plan.frequency,
        "data_as_of": days[0] if days else None,
    }
