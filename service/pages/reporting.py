"""From a page to a document: the underpinning of what is selected, with the measure that was tried.

A measure on a page is not kept; the report calls it a proposal and holds all of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g

from models.levers import Lever
from service.access.roles import Role
from service.access.rules import access_rule
from service.api.query import Asked
from service.api.reports import MEDIA_TYPES, writer
from service.context import service, viewer
from service.pages.frame import BLUEPRINT, Page, opened
from service.pages.question import UnderpinningQuestion, products_of
from service.pages.scenario import lever_of, stored_lever
from service.problems import invalid
from service.reports.asking import ReportQuestion, subject_of
from service.reports.findings import gather
from service.reports.making import council, underpinning
from service.state.kept import Kept

PROPOSAL = "voorstel"


@BLUEPRINT.get("/underpinning")
@access_rule(Role.CONTROLLER)
def document() -> Response:
    """Return the document that was asked for, as a file."""
    one = opened("scenario", UnderpinningQuestion)
    query = one.asked.query
    if one.share is None:
        raise invalid(one.asked.faults)
    products = products_of(one.asked, one.seen.edition.products)
    lever = lever_of(one, products)
    if one.asked.faults:
        raise invalid(one.asked.faults)
    question = ReportQuestion(
        municipality=one.municipality,
        edition=query.edition,
        product=products,
        certainty=query.certainty / 100,
    )
    scenario = None if lever is None else proposal(one, lever)
    subject = subject_of(Asked(question), None, scenario)
    make = council if query.document == "council" else underpinning
    report = make(gather(subject, None, scenario))
    g.rows = report.rows
    response = Response(writer(query.format)(report), content_type=MEDIA_TYPES[query.format])
    name = f"{report.name}.{query.format}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def proposal(one: Page, lever: Lever) -> Kept:
    """Return a measure as a scenario that nobody keeps."""
    now: datetime = service().clock().astimezone(UTC)
    content: dict[str, Any] = {
        "name": lever.reason,
        "reason": lever.reason,
        "edition": one.seen.edition.edition_id,
        "levers": [stored_lever(lever)],
    }
    by = viewer().name
    return Kept(one.municipality, PROPOSAL, content, by, now, by, now, 1)
