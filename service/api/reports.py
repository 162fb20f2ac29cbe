"""``GET /v1/reports/…``: figures as documents: the underpinning of a budget, a council's page."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

from apiflask import APIBlueprint
from flask import Response, g, request

from service.access.roles import Role
from service.access.rules import access_rule
from service.api.budgets import found_budget
from service.api.caching import tagged
from service.api.endpoint import Description, endpoint
from service.api.media import negotiated
from service.api.query import Asked, read_question
from service.api.scenarios import found_scenario
from service.problems import ProblemError
from service.reports.asking import CouncilQuestion, ReportQuestion, subject_of
from service.reports.content import Report
from service.reports.findings import Findings, gather
from service.reports.making import council, underpinning
from service.state.kept import Kept

BLUEPRINT = APIBlueprint("reports", __name__, tag={"name": "rapporten"})
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {"docx": DOCX, "pdf": PDF, "xlsx": XLSX}
SHORT = {name: MEDIA_TYPES[name] for name in ("pdf", "docx")}
Query = TypeVar("Query", bound=ReportQuestion)


class _Stamped(ReportQuestion):
    """The question with what is kept as it is now, so that the answer's tag knows both."""

    stamp: tuple[str, ...] = ()


@endpoint(
    BLUEPRINT,
    "/reports/underpinning",
    None,
    Description(question=ReportQuestion, files=tuple(MEDIA_TYPES.values()), problems=(404, 501)),
)
@access_rule(Role.CONTROLLER)
def underpinning_report() -> Response:
    """Onderbouwing van de begroting.

    Wat de gekozen producten in de gekozen jaren gaan kosten, met bandbreedte, oorzaken en
    groeilijnen, naast een begroting en een scenario, en hoe goed eerdere ramingen waren. Als
    Word-document, als toegankelijke PDF (PDF/UA-1), of als werkmap met sommen die meetellen.
    """
    return _answer(ReportQuestion, MEDIA_TYPES, underpinning)


@endpoint(
    BLUEPRINT,
    "/reports/council",
    None,
    Description(question=CouncilQuestion, files=tuple(SHORT.values()), problems=(404, 501)),
)
@access_rule(Role.CONTROLLER)
def council_report() -> Response:
    """Eén bladzijde voor de raad.

    Wat, hoeveel, hoe zeker en waarom, en de begroting ernaast, op één bladzijde A4.
    """
    return _answer(CouncilQuestion, SHORT, council)


def _answer(
    model: type[Query], forms: dict[str, str], make: Callable[[Findings], Report]
) -> Response:
    asked = read_question(model, request.args)
    query = asked.query
    name = query.format or _named(forms)
    budget, scenario = _kept(asked)
    subject = subject_of(asked, budget, scenario)
    write = writer(name)
    media_type = forms[name]

    def answer() -> Response:
        report = make(gather(subject, budget, scenario))
        g.rows = report.rows
        return _file(write(report), media_type, f"{report.name}.{name}")

    stamp = tuple(kept.tag for kept in (budget, scenario) if kept is not None)
    stamped = _Stamped.model_construct(**{**dict(query), "stamp": stamp})
    return tagged([subject.share], stamped, media_type, answer)


def _named(forms: dict[str, str]) -> str:
    media_type = negotiated(tuple(forms.values()))
    return next(name for name, one in forms.items() if one == media_type)


def _kept(asked: Asked[Query]) -> tuple[Kept | None, Kept | None]:
    """Return the budget and the scenario that were named.

    Raises:
        ProblemError: 404 where there is none.
    """
    query = asked.query
    named = (query.budget, found_budget), (query.scenario, found_scenario)
    budget, scenario = (
        None if kept_id is None else find(kept_id, query.municipality) for kept_id, find in named
    )
    return budget, scenario


def writer(form: str) -> Callable[[Report], bytes]:
    """Return what writes a report in a form; its library is loaded when first asked for.

    Args:
        form: docx, pdf or xlsx.

    Raises:
        ProblemError: 501 where the service was installed without the extra for reports.
    """
    try:
        module = import_module(f"service.reports.as_{form}")
    except (ImportError, OSError) as error:  # OSError: a library of the system is missing
        raise ProblemError("no-report-extra", needed=form) from error
    found: Callable[[Report], bytes] = module.write
    return found


def _file(content: bytes, content_type: str, name: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Language"] = "nl"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
