"""Queries for Excel and Power BI, ready to use: as M, and in a workbook.

Neither holds a figure or a key. The address in them is the service's own as it was set up, never
the one that a request claims to have come by: a key will be sent there.
"""

from __future__ import annotations

from typing import Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from service.access.rules import OPEN, access_rule
from service.api.editions import NoQuestion
from service.api.media import negotiated
from service.api.query import Question, read_question
from service.context import service
from service.dashboards.queries import QUERIES
from service.dashboards.section import expression, section

BLUEPRINT = APIBlueprint("dashboards", __name__, tag={"name": "algemeen"})
PLAIN = "text/plain"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PowerQueryQuestion(Question):
    """Which query."""

    name: Literal["Ramingen", "Jaarverloop", "Oorzaken", "Producten", "Gebieden"] | None = Field(
        None, description="Eén query, om in een editor te plakken. Standaard allemaal."
    )


@BLUEPRINT.get("/power-query")
@BLUEPRINT.doc(hide=True)
@access_rule(OPEN)
def power_query() -> Response:
    """Query's voor Power Query."""
    asked = read_question(PowerQueryQuestion, request.args).check()
    negotiated((PLAIN,))
    base = _base()
    one = {query.name: query for query in QUERIES}.get(asked.name or "")
    text = section(base) if one is None else expression(one, base)
    return _file(text.encode(), f"{PLAIN}; charset=utf-8", "zorgraming.pq")


@BLUEPRINT.get("/workbook")
@BLUEPRINT.doc(hide=True)
@access_rule(OPEN)
def workbook() -> Response:
    """Werkmap die zichzelf vult."""
    from service.dashboards import workbook as books  # noqa: PLC0415 - loaded when first asked for

    read_question(NoQuestion, request.args).check()
    negotiated((SHEET,))
    return _file(books.workbook(_base()), SHEET, "zorgraming.xlsx")


def _base() -> str:
    """Return the address of the version: the public one, else for who is on this machine."""
    settings = service().settings
    beginning = "" if settings.public_url else settings.local_address
    return beginning + settings.base_path


def _file(content: bytes, content_type: str, name: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Language"] = "nl"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
