"""``/v1/budgets``: budgets of the asker's municipalities, kept and held against an edition."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, request

from service.access.roles import Role
from service.access.rules import access_rule
from service.api.bodies import check_writable, read_body
from service.api.budget_body import (
    BudgetAnswer,
    BudgetBody,
    BudgetsAnswer,
    answer_of,
    check_budget,
    content_of,
)
from service.api.budget_certainty import CertaintyAnswer, CertaintyQuestion, certainty_answer
from service.api.endpoint import Description, endpoint
from service.api.kept import (
    CitationBody,
    KeptQuestion,
    OneQuestion,
    check_id,
    check_municipality,
    cited,
    condition,
    kept_answer,
    kept_list,
    kept_one,
    read_one,
    removed,
    told,
)
from service.api.media import MEDIA_TYPES
from service.api.query import read_question
from service.context import service, viewer
from service.state.kept import Kept
from service.state.shelves import BudgetShelf

BLUEPRINT = APIBlueprint("budgets", __name__, tag={"name": "begrotingen"})
UNKNOWN = "unknown-budget"
ONE = "/budgets/<budget_id>"


def _shelf() -> BudgetShelf | None:
    engine = service().engine
    return None if engine is None else BudgetShelf(engine, service().clock)


def kept_budgets(municipality: str) -> list[Kept]:
    """Return the budgets of a municipality of the asker; none of another's, none in demo mode."""
    shelf = _shelf()
    if shelf is None or not viewer().sees(municipality):
        return []
    return shelf.all({municipality})


def found_budget(budget_id: str, municipality: str | None) -> Kept:
    """Return a budget of the asker.

    Raises:
        ProblemError: 404 where there is none, 400 where several municipalities have it.
    """
    return kept_one(_shelf(), budget_id, municipality, UNKNOWN)


def _writable() -> BudgetShelf:
    check_writable()
    shelf = _shelf()
    assert shelf is not None  # noqa: S101 - just checked
    return shelf


@endpoint(BLUEPRINT, "/budgets", BudgetsAnswer, Description(question=KeptQuestion))
@access_rule(Role.CONTROLLER)
def budgets() -> Response:
    """Begrotingen.

    De begrotingen en wijzigingen die uw gemeente heeft bewaard.
    """
    return kept_list(read_question(KeptQuestion, request.args), _shelf(), answer_of)


@endpoint(BLUEPRINT, ONE, BudgetAnswer, Description(question=OneQuestion, problems=(404,)))
@access_rule(Role.CONTROLLER)
def budget(budget_id: str) -> Response:
    """Eén begroting.

    De begroting met haar regels, zoals gestuurd.
    """
    found = kept_one(_shelf(), budget_id, read_one().municipality, UNKNOWN)
    return kept_answer(found, answer_of(found))


@endpoint(
    BLUEPRINT,
    ONE,
    BudgetAnswer,
    Description(question=OneQuestion, body=BudgetBody, creates=True, writes=True),
    method="PUT",
)
@access_rule(Role.CONTROLLER)
def put_budget(budget_id: str) -> Response:
    """Begroting bewaren.

    Vervangt de hele begroting; twee keer hetzelfde sturen verandert niets. Alle fouten komen in één
    antwoord. If-Match (de ETag van wat er staat) of If-None-Match: * voorkomt dat u werk van een
    ander overschrijft. Een aangehaalde begroting verandert niet meer.
    """
    query = read_one()
    shelf = _writable()
    sent = read_body(BudgetBody)
    check_id(sent, "budget_id", budget_id)
    if sent.body is not None:
        check_municipality(sent, sent.body.municipality, query.municipality)
        check_budget(sent)
    body = sent.check()
    with told(UNKNOWN):
        kept, is_new = shelf.put(
            body.municipality, budget_id, content_of(body), viewer().name, condition()
        )
    return kept_answer(kept, answer_of(kept), 201 if is_new else 200)


@endpoint(
    BLUEPRINT,
    ONE,
    None,
    Description(question=OneQuestion, problems=(404,), writes=True),
    method="DELETE",
)
@access_rule(Role.CONTROLLER)
def delete_budget(budget_id: str) -> Response:
    """Begroting verwijderen.

    Kan zolang zij niet is aangehaald.
    """
    return removed(_writable(), budget_id, UNKNOWN)


@endpoint(
    BLUEPRINT,
    f"{ONE}/citation",
    BudgetAnswer,
    Description(question=OneQuestion, body=CitationBody, problems=(404,), writes=True),
    method="PUT",
)
@access_rule(Role.CONTROLLER)
def cite_budget(budget_id: str) -> Response:
    """Begroting aanhalen.

    Legt vast in welk document of besluit de begroting staat. Daarna verandert zij niet meer.
    """
    kept = cited(_writable(), budget_id, UNKNOWN)
    return kept_answer(kept, answer_of(kept))


@endpoint(
    BLUEPRINT,
    f"{ONE}/certainty",
    CertaintyAnswer,
    Description(question=CertaintyQuestion, media_types=MEDIA_TYPES, problems=(404,)),
)
@access_rule(Role.CONTROLLER)
def budget_certainty(budget_id: str) -> Response:
    """Hoe zeker een begroting is.

    Per regel, per jaar en over alle jaren: begroot en verwacht, de kans op overschrijding, het
    bedrag dat met de gekozen zekerheid genoeg is, en de regel voor de risicoparagraaf (kans maal
    effect). Een som is berekend over de regels samen; een buffer voor het geheel is daarom kleiner
    dan de buffers van de regels opgeteld.
    """
    asked = read_question(CertaintyQuestion, request.args)
    return certainty_answer(
        asked, lambda municipality: kept_one(_shelf(), budget_id, municipality, UNKNOWN)
    )
